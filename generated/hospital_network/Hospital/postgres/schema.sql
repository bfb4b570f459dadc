-- hospital_network version 1: the sources of Hospital in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_hospital_network_Hospital') then
    create role "bxc_hospital_network_Hospital" nologin;
  end if;
  grant usage on schema public to "bxc_hospital_network_Hospital";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_hospital_network_Hospital';
end
$bxc$;

-- One row a source: what is going on. Others see nothing of it, for it is reset in the transaction that set it.
create table if not exists public.bxc_session (
  source text primary key,
  uncaptured boolean not null default false, -- edits are not captured: a put captures its own, a load is no edit
  loading boolean not null default false     -- no right is asked for; whoever sets it resets it in the same transaction
);

-- This peer's rights in its shares; attribute is '' for insert and delete.
create table if not exists public.bxc_rights (
  share text not null,
  operation text not null check (operation in ('update', 'insert', 'delete')),
  attribute text not null,
  granted boolean not null,
  primary key (share, operation, attribute)
);

insert into public.bxc_rights values
  ('lab', 'update', 'patient_id', false),
  ('lab', 'update', 'order_no', false),
  ('lab', 'update', 'ordered', true),
  ('lab', 'update', 'analyte', true),
  ('lab', 'update', 'status', false),
  ('lab', 'update', 'result', false),
  ('lab', 'update', 'unit', false),
  ('lab', 'insert', '', true),
  ('lab', 'delete', '', true),
  ('pharmacy', 'update', 'rx', false),
  ('pharmacy', 'update', 'drug', true),
  ('pharmacy', 'update', 'quantity', true),
  ('pharmacy', 'update', 'dispensed', false),
  ('pharmacy', 'update', 'unit_price', false),
  ('pharmacy', 'update', 'outstanding', false),
  ('pharmacy', 'insert', '', true),
  ('pharmacy', 'delete', '', true)
on conflict do nothing;

-- the sources
create table if not exists public."Patient" (
  patient_id bigint not null,
  name text collate "C" not null,
  born date not null check (born between date '0001-01-01' and date '9999-12-31'),
  ward text collate "C" not null check (ward in ('medicine', 'surgery', 'maternity', 'day clinic')),
  primary key (patient_id)
);

create table if not exists public."LabOrder" (
  patient_id bigint not null,
  order_no bigint not null,
  ordered date not null check (ordered between date '0001-01-01' and date '9999-12-31'),
  analyte text collate "C" not null check (char_length(analyte) <= 40),
  status text collate "C" not null default 'ordered' check (status in ('ordered', 'done', 'rejected')),
  result numeric(12, 4) check (result <> 'NaN'),
  unit text collate "C" check (char_length(unit) <= 12),
  note text collate "C",
  primary key (patient_id, order_no),
  constraint has_unit check (result is null or unit is not null),
  constraint has_result check (status <> 'done' or result is not null),
  foreign key (patient_id) references public."Patient" (patient_id) deferrable
);

create table if not exists public."Prescription" (
  rx uuid not null,
  patient_id bigint not null,
  drug text collate "C" not null check (char_length(drug) <= 60),
  quantity bigint not null,
  dispensed bigint not null default 0,
  unit_price numeric(8, 2) check (unit_price <> 'NaN'),
  prescriber text collate "C" not null,
  released boolean not null default false,
  primary key (rx),
  constraint amounts check (quantity >= 1 and quantity <= 1000 and dispensed >= 0 and dispensed <= 1000),
  foreign key (patient_id) references public."Patient" (patient_id) deferrable
);

-- Patient: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Patient";

create table if not exists public."bxc_change_Patient" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_patient_id bigint,
  bxc_old_name text collate "C", bxc_old_born date, bxc_old_ward text collate "C", patient_id bigint,
  name text collate "C", born date, ward text collate "C"
);

create index if not exists "bxc_log_Patient" on public."bxc_change_Patient" (bxc_seq);

insert into public.bxc_session (source) values ('Patient') on conflict do nothing;

-- rows of Patient that break the spec
create or replace view public."bxc_violations_Patient" (
  bxc_code, bxc_constraint, patient_id, bxc_detail
) as
select 'BXC16', 'patient_id not null', s.patient_id, 'patient_id is NULL'
from public."Patient" as s
where s.patient_id is null
union all
select 'BXC16', 'name not null', s.patient_id, 'name is NULL'
from public."Patient" as s
where s.name is null
union all
select 'BXC16', 'born not null', s.patient_id, 'born is NULL'
from public."Patient" as s
where s.born is null
union all
select 'BXC16', 'born date', s.patient_id, 'born is no date'
from public."Patient" as s
where not (s.born between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'ward not null', s.patient_id, 'ward is NULL'
from public."Patient" as s
where s.ward is null
union all
select 'BXC16', 'ward enum(''medicine'', ''surgery'', ''maternity'', ''day clinic'')', s.patient_id,
  'ward is no enum(''medicine'', ''surgery'', ''maternity'', ''day clinic'')'
from public."Patient" as s
where not (s.ward in ('medicine', 'surgery', 'maternity', 'day clinic'))
union all
select 'BXC17', 'primary key (patient_id)', s.patient_id, 'another row of Patient has the same patient_id'
from public."Patient" as s
where (s.patient_id) in (
  select patient_id
  from public."Patient"
  where not (patient_id is null)
  group by patient_id
  having count(*) > 1
);

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Patient"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Patient' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Patient"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Patient" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born,
      ward
    )
    select
      bxc_number, 'insert', cast(null as bigint), cast(null as text), cast(null as date), cast(null as text),
      n.patient_id, n.name, n.born, n.ward
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Patient" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born,
      ward
    )
    select
      bxc_number, 'update', o.patient_id, o.name, o.born, o.ward, n.patient_id, n.name, n.born, n.ward
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.patient_id is distinct from n.patient_id or o.name is distinct from n.name or
      o.born is distinct from n.born or o.ward is distinct from n.ward);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Patient" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born,
      ward
    )
    select
      bxc_number, 'delete', o.patient_id, o.name, o.born, o.ward, cast(null as bigint), cast(null as text),
      cast(null as date), cast(null as text)
    from bxc_was as o;
  else
    insert into public."bxc_change_Patient" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born,
      ward
    )
    select
      bxc_number, 'delete', o.patient_id, o.name, o.born, o.ward, cast(null as bigint), cast(null as text),
      cast(null as date), cast(null as text)
    from public."Patient" as o;
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Patient"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Patient"();

create or replace trigger bxc_capture_update
after update on public."Patient"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Patient"();

create or replace trigger bxc_capture_delete
after delete on public."Patient"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Patient"();

create or replace trigger bxc_capture_truncate
before truncate on public."Patient"
for each statement execute function public."bxc_capture_Patient"();

-- LabOrder: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_LabOrder";

create table if not exists public."bxc_change_LabOrder" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_patient_id bigint,
  bxc_old_order_no bigint, bxc_old_ordered date, bxc_old_analyte text collate "C",
  bxc_old_status text collate "C", bxc_old_result numeric(12, 4), bxc_old_unit text collate "C",
  bxc_old_note text collate "C", patient_id bigint, order_no bigint, ordered date, analyte text collate "C",
  status text collate "C", result numeric(12, 4), unit text collate "C", note text collate "C"
);

create index if not exists "bxc_log_LabOrder" on public."bxc_change_LabOrder" (bxc_seq);

insert into public.bxc_session (source) values ('LabOrder') on conflict do nothing;

-- rows of LabOrder that break the spec
create or replace view public."bxc_violations_LabOrder" (
  bxc_code, bxc_constraint, patient_id, order_no, bxc_detail
) as
select 'BXC16', 'patient_id not null', s.patient_id, s.order_no, 'patient_id is NULL'
from public."LabOrder" as s
where s.patient_id is null
union all
select 'BXC16', 'order_no not null', s.patient_id, s.order_no, 'order_no is NULL'
from public."LabOrder" as s
where s.order_no is null
union all
select 'BXC16', 'ordered not null', s.patient_id, s.order_no, 'ordered is NULL'
from public."LabOrder" as s
where s.ordered is null
union all
select 'BXC16', 'ordered date', s.patient_id, s.order_no, 'ordered is no date'
from public."LabOrder" as s
where not (s.ordered between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'analyte not null', s.patient_id, s.order_no, 'analyte is NULL'
from public."LabOrder" as s
where s.analyte is null
union all
select 'BXC16', 'analyte varchar(40)', s.patient_id, s.order_no, 'analyte is no varchar(40)'
from public."LabOrder" as s
where not (char_length(s.analyte) <= 40)
union all
select 'BXC16', 'status not null', s.patient_id, s.order_no, 'status is NULL'
from public."LabOrder" as s
where s.status is null
union all
select 'BXC16', 'status enum(''ordered'', ''done'', ''rejected'')', s.patient_id, s.order_no,
  'status is no enum(''ordered'', ''done'', ''rejected'')'
from public."LabOrder" as s
where not (s.status in ('ordered', 'done', 'rejected'))
union all
select 'BXC16', 'result decimal(12,4)', s.patient_id, s.order_no, 'result is no decimal(12,4)'
from public."LabOrder" as s
where not (s.result <> 'NaN')
union all
select 'BXC16', 'unit varchar(12)', s.patient_id, s.order_no, 'unit is no varchar(12)'
from public."LabOrder" as s
where not (char_length(s.unit) <= 12)
union all
select 'BXC17', 'check has_unit', s.patient_id, s.order_no, 'check has_unit is false'
from public."LabOrder" as s
where not (s.result is null or s.unit is not null)
union all
select 'BXC17', 'check has_result', s.patient_id, s.order_no, 'check has_result is false'
from public."LabOrder" as s
where not (s.status <> 'done' or s.result is not null)
union all
select 'BXC17', 'primary key (patient_id, order_no)', s.patient_id, s.order_no,
  'another row of LabOrder has the same patient_id, order_no'
from public."LabOrder" as s
where (s.patient_id, s.order_no) in (
  select patient_id, order_no
  from public."LabOrder"
  where not (patient_id is null or order_no is null)
  group by patient_id, order_no
  having count(*) > 1
)
union all
select 'BXC17', 'patient_id references Patient(patient_id)', s.patient_id, s.order_no,
  'no row of Patient for patient_id'
from public."LabOrder" as s
where s.patient_id is not null and not exists (select 1 from public."Patient" as t where t.patient_id = s.patient_id);

-- what an edit of LabOrder changes without a right
create or replace function public."bxc_judge_LabOrder"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'LabOrder' and s.loading) or not exists (
    select 1 from (values
      ('lab', 'insert', ''),
      ('lab', 'delete', ''),
      ('lab', 'update', 'patient_id'),
      ('lab', 'update', 'order_no'),
      ('lab', 'update', 'ordered'),
      ('lab', 'update', 'analyte'),
      ('lab', 'update', 'status'),
      ('lab', 'update', 'result'),
      ('lab', 'update', 'unit')
    ) as n (share, operation, attribute)
    where not exists (
    select 1 from public.bxc_rights as r
    where r.share = n.share and r.operation = n.operation and r.attribute = n.attribute and r.granted
    )
  ) then
    return;  -- nothing is forbidden
  end if;

  select f.bxc_view, f.bxc_right into bxc_view, bxc_right
  from (
    select 'OrdersForLab' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and not (c.bxc_op <> 'insert' and true) and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and not (c.bxc_op <> 'delete' and true) and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_patient_id is distinct from c.patient_id and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'patient_id' and granted) then 'update patient_id'
        when c.bxc_old_order_no is distinct from c.order_no and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'order_no' and granted) then 'update order_no'
        when c.bxc_old_ordered is distinct from c.ordered and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'ordered' and granted) then 'update ordered'
        when c.bxc_old_analyte is distinct from c.analyte and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'analyte' and granted) then 'update analyte'
        when c.bxc_old_status is distinct from c.status and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'status' and granted) then 'update status'
        when c.bxc_old_result is distinct from c.result and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'result' and granted) then 'update result'
        when c.bxc_old_unit is distinct from c.unit and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'unit' and granted) then 'update unit'
      end as bxc_right
      from public."bxc_change_LabOrder" as c
      where c.bxc_seq = bxc_number
    ) as c
    where c.bxc_right is not null
  ) as f
  limit 1;

  if found then
    raise exception using errcode = 'BXC13',
      message = 'BXC13 ' || bxc_view || ': this peer has no right to ' || bxc_right;
  end if;
end
$bxc$;

revoke execute on function public."bxc_judge_LabOrder"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_LabOrder"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'LabOrder' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_LabOrder"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_LabOrder" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit,
      note
    )
    select
      bxc_number, 'insert', cast(null as bigint), cast(null as bigint), cast(null as date), cast(null as text),
      cast(null as text), cast(null as numeric(12, 4)), cast(null as text), cast(null as text), n.patient_id,
      n.order_no, n.ordered, n.analyte, n.status, n.result, n.unit, n.note
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_LabOrder" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit,
      note
    )
    select
      bxc_number, 'update', o.patient_id, o.order_no, o.ordered, o.analyte, o.status, o.result, o.unit, o.note,
      n.patient_id, n.order_no, n.ordered, n.analyte, n.status, n.result, n.unit, n.note
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.patient_id is distinct from n.patient_id or o.order_no is distinct from n.order_no or
      o.ordered is distinct from n.ordered or o.analyte is distinct from n.analyte or
      o.status is distinct from n.status or o.result is distinct from n.result or o.unit is distinct from n.unit or
      o.note is distinct from n.note);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_LabOrder" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit,
      note
    )
    select
      bxc_number, 'delete', o.patient_id, o.order_no, o.ordered, o.analyte, o.status, o.result, o.unit, o.note,
      cast(null as bigint), cast(null as bigint), cast(null as date), cast(null as text), cast(null as text),
      cast(null as numeric(12, 4)), cast(null as text), cast(null as text)
    from bxc_was as o;
  else
    insert into public."bxc_change_LabOrder" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit,
      note
    )
    select
      bxc_number, 'delete', o.patient_id, o.order_no, o.ordered, o.analyte, o.status, o.result, o.unit, o.note,
      cast(null as bigint), cast(null as bigint), cast(null as date), cast(null as text), cast(null as text),
      cast(null as numeric(12, 4)), cast(null as text), cast(null as text)
    from public."LabOrder" as o;
  end if;

  if found then
    perform public."bxc_judge_LabOrder"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."LabOrder"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_LabOrder"();

create or replace trigger bxc_capture_update
after update on public."LabOrder"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_LabOrder"();

create or replace trigger bxc_capture_delete
after delete on public."LabOrder"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_LabOrder"();

create or replace trigger bxc_capture_truncate
before truncate on public."LabOrder"
for each statement execute function public."bxc_capture_LabOrder"();

-- Prescription: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Prescription";

create table if not exists public."bxc_change_Prescription" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_rx uuid, bxc_old_patient_id bigint,
  bxc_old_drug text collate "C", bxc_old_quantity bigint, bxc_old_dispensed bigint,
  bxc_old_unit_price numeric(8, 2), bxc_old_prescriber text collate "C", bxc_old_released boolean, rx uuid,
  patient_id bigint, drug text collate "C", quantity bigint, dispensed bigint, unit_price numeric(8, 2),
  prescriber text collate "C", released boolean
);

create index if not exists "bxc_log_Prescription" on public."bxc_change_Prescription" (bxc_seq);

insert into public.bxc_session (source) values ('Prescription') on conflict do nothing;

-- rows of Prescription that break the spec
create or replace view public."bxc_violations_Prescription" (
  bxc_code, bxc_constraint, rx, bxc_detail
) as
select 'BXC16', 'rx not null', s.rx, 'rx is NULL'
from public."Prescription" as s
where s.rx is null
union all
select 'BXC16', 'patient_id not null', s.rx, 'patient_id is NULL'
from public."Prescription" as s
where s.patient_id is null
union all
select 'BXC16', 'drug not null', s.rx, 'drug is NULL'
from public."Prescription" as s
where s.drug is null
union all
select 'BXC16', 'drug varchar(60)', s.rx, 'drug is no varchar(60)'
from public."Prescription" as s
where not (char_length(s.drug) <= 60)
union all
select 'BXC16', 'quantity not null', s.rx, 'quantity is NULL'
from public."Prescription" as s
where s.quantity is null
union all
select 'BXC16', 'dispensed not null', s.rx, 'dispensed is NULL'
from public."Prescription" as s
where s.dispensed is null
union all
select 'BXC16', 'unit_price decimal(8,2)', s.rx, 'unit_price is no decimal(8,2)'
from public."Prescription" as s
where not (s.unit_price <> 'NaN')
union all
select 'BXC16', 'prescriber not null', s.rx, 'prescriber is NULL'
from public."Prescription" as s
where s.prescriber is null
union all
select 'BXC16', 'released not null', s.rx, 'released is NULL'
from public."Prescription" as s
where s.released is null
union all
select 'BXC17', 'check amounts', s.rx, 'check amounts is false'
from public."Prescription" as s
where not (s.quantity >= 1 and s.quantity <= 1000 and s.dispensed >= 0 and s.dispensed <= 1000)
union all
select 'BXC17', 'primary key (rx)', s.rx, 'another row of Prescription has the same rx'
from public."Prescription" as s
where (s.rx) in (
  select rx
  from public."Prescription"
  where not (rx is null)
  group by rx
  having count(*) > 1
)
union all
select 'BXC17', 'patient_id references Patient(patient_id)', s.rx, 'no row of Patient for patient_id'
from public."Prescription" as s
where s.patient_id is not null and not exists (select 1 from public."Patient" as t where t.patient_id = s.patient_id);

-- with these, puts and changes take time by the delta and not by the table
create index if not exists "bxc_a064937a54_Prescription" on public."Prescription" (patient_id);

-- what an edit of Prescription changes without a right
create or replace function public."bxc_judge_Prescription"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Prescription' and s.loading) or not exists (
    select 1 from (values
      ('pharmacy', 'insert', ''),
      ('pharmacy', 'delete', ''),
      ('pharmacy', 'update', 'rx'),
      ('pharmacy', 'update', 'drug'),
      ('pharmacy', 'update', 'quantity'),
      ('pharmacy', 'update', 'dispensed'),
      ('pharmacy', 'update', 'unit_price')
    ) as n (share, operation, attribute)
    where not exists (
    select 1 from public.bxc_rights as r
    where r.share = n.share and r.operation = n.operation and r.attribute = n.attribute and r.granted
    )
  ) then
    return;  -- nothing is forbidden
  end if;

  select f.bxc_view, f.bxc_right into bxc_view, bxc_right
  from (
    select 'RxAtHospital' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and (c.released) is true and not (c.bxc_op <> 'insert' and (c.bxc_old_released) is true) and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and (c.bxc_old_released) is true and not (c.bxc_op <> 'delete' and (c.released) is true) and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_rx is distinct from c.rx and c.bxc_op <> 'insert' and (c.bxc_old_released) is true and c.bxc_op <> 'delete' and (c.released) is true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'rx' and granted) then 'update rx'
        when c.bxc_old_drug is distinct from c.drug and c.bxc_op <> 'insert' and (c.bxc_old_released) is true and c.bxc_op <> 'delete' and (c.released) is true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'drug' and granted) then 'update drug'
        when c.bxc_old_quantity is distinct from c.quantity and c.bxc_op <> 'insert' and (c.bxc_old_released) is true and c.bxc_op <> 'delete' and (c.released) is true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'quantity' and granted) then 'update quantity'
        when c.bxc_old_dispensed is distinct from c.dispensed and c.bxc_op <> 'insert' and (c.bxc_old_released) is true and c.bxc_op <> 'delete' and (c.released) is true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'dispensed' and granted) then 'update dispensed'
        when c.bxc_old_unit_price is distinct from c.unit_price and c.bxc_op <> 'insert' and (c.bxc_old_released) is true and c.bxc_op <> 'delete' and (c.released) is true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'unit_price' and granted) then 'update unit_price'
        when (c.bxc_old_quantity - c.bxc_old_dispensed) is distinct from (c.quantity - c.dispensed) and c.bxc_op <> 'insert' and (c.bxc_old_released) is true and c.bxc_op <> 'delete' and (c.released) is true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and granted) then 'update outstanding'
      end as bxc_right
      from public."bxc_change_Prescription" as c
      where c.bxc_seq = bxc_number
    ) as c
    where c.bxc_right is not null
  ) as f
  limit 1;

  if found then
    raise exception using errcode = 'BXC13',
      message = 'BXC13 ' || bxc_view || ': this peer has no right to ' || bxc_right;
  end if;
end
$bxc$;

revoke execute on function public."bxc_judge_Prescription"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Prescription"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Prescription' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Prescription"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Prescription" (
      bxc_seq, bxc_op, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
      bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
      unit_price, prescriber, released
    )
    select
      bxc_number, 'insert', cast(null as uuid), cast(null as bigint), cast(null as text), cast(null as bigint),
      cast(null as bigint), cast(null as numeric(8, 2)), cast(null as text), cast(null as boolean), n.rx,
      n.patient_id, n.drug, n.quantity, n.dispensed, n.unit_price, n.prescriber, n.released
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Prescription" (
      bxc_seq, bxc_op, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
      bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
      unit_price, prescriber, released
    )
    select
      bxc_number, 'update', o.rx, o.patient_id, o.drug, o.quantity, o.dispensed, o.unit_price, o.prescriber,
      o.released, n.rx, n.patient_id, n.drug, n.quantity, n.dispensed, n.unit_price, n.prescriber, n.released
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.rx is distinct from n.rx or o.patient_id is distinct from n.patient_id or o.drug is distinct from n.drug or
      o.quantity is distinct from n.quantity or o.dispensed is distinct from n.dispensed or
      o.unit_price is distinct from n.unit_price or o.prescriber is distinct from n.prescriber or
      o.released is distinct from n.released);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Prescription" (
      bxc_seq, bxc_op, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
      bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
      unit_price, prescriber, released
    )
    select
      bxc_number, 'delete', o.rx, o.patient_id, o.drug, o.quantity, o.dispensed, o.unit_price, o.prescriber,
      o.released, cast(null as uuid), cast(null as bigint), cast(null as text), cast(null as bigint),
      cast(null as bigint), cast(null as numeric(8, 2)), cast(null as text), cast(null as boolean)
    from bxc_was as o;
  else
    insert into public."bxc_change_Prescription" (
      bxc_seq, bxc_op, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
      bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
      unit_price, prescriber, released
    )
    select
      bxc_number, 'delete', o.rx, o.patient_id, o.drug, o.quantity, o.dispensed, o.unit_price, o.prescriber,
      o.released, cast(null as uuid), cast(null as bigint), cast(null as text), cast(null as bigint),
      cast(null as bigint), cast(null as numeric(8, 2)), cast(null as text), cast(null as boolean)
    from public."Prescription" as o;
  end if;

  if found then
    perform public."bxc_judge_Prescription"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Prescription"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Prescription"();

create or replace trigger bxc_capture_update
after update on public."Prescription"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Prescription"();

create or replace trigger bxc_capture_delete
after delete on public."Prescription"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Prescription"();

create or replace trigger bxc_capture_truncate
before truncate on public."Prescription"
for each statement execute function public."bxc_capture_Prescription"();
