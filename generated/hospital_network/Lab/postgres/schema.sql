-- hospital_network version 1: the sources of Lab in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_hospital_network_Lab') then
    create role "bxc_hospital_network_Lab" nologin;
  end if;
  grant usage on schema public to "bxc_hospital_network_Lab";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_hospital_network_Lab';
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
  ('lab', 'update', 'ordered', false),
  ('lab', 'update', 'analyte', false),
  ('lab', 'update', 'status', true),
  ('lab', 'update', 'result', true),
  ('lab', 'update', 'unit', true),
  ('lab', 'insert', '', false),
  ('lab', 'delete', '', false)
on conflict do nothing;

-- the sources
create table if not exists public."Analysis" (
  patient_id bigint not null,
  order_no bigint not null,
  ordered date not null check (ordered between date '0001-01-01' and date '9999-12-31'),
  analyte text collate "C" not null check (char_length(analyte) <= 40),
  status text collate "C" not null default 'ordered' check (status in ('ordered', 'done', 'rejected')),
  result numeric(12, 4) check (result <> 'NaN'),
  unit text collate "C" check (char_length(unit) <= 12),
  device text collate "C",
  measured timestamp check (measured between timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999'),
  primary key (patient_id, order_no),
  constraint has_unit check (result is null or unit is not null),
  constraint has_result check (status <> 'done' or result is not null)
);

-- Analysis: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Analysis";

create table if not exists public."bxc_change_Analysis" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_patient_id bigint,
  bxc_old_order_no bigint, bxc_old_ordered date, bxc_old_analyte text collate "C",
  bxc_old_status text collate "C", bxc_old_result numeric(12, 4), bxc_old_unit text collate "C",
  bxc_old_device text collate "C", bxc_old_measured timestamp, patient_id bigint, order_no bigint,
  ordered date, analyte text collate "C", status text collate "C", result numeric(12, 4),
  unit text collate "C", device text collate "C", measured timestamp
);

create index if not exists "bxc_log_Analysis" on public."bxc_change_Analysis" (bxc_seq);

insert into public.bxc_session (source) values ('Analysis') on conflict do nothing;

-- rows of Analysis that break the spec
create or replace view public."bxc_violations_Analysis" (
  bxc_code, bxc_constraint, patient_id, order_no, bxc_detail
) as
select 'BXC16', 'patient_id not null', s.patient_id, s.order_no, 'patient_id is NULL'
from public."Analysis" as s
where s.patient_id is null
union all
select 'BXC16', 'order_no not null', s.patient_id, s.order_no, 'order_no is NULL'
from public."Analysis" as s
where s.order_no is null
union all
select 'BXC16', 'ordered not null', s.patient_id, s.order_no, 'ordered is NULL'
from public."Analysis" as s
where s.ordered is null
union all
select 'BXC16', 'ordered date', s.patient_id, s.order_no, 'ordered is no date'
from public."Analysis" as s
where not (s.ordered between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'analyte not null', s.patient_id, s.order_no, 'analyte is NULL'
from public."Analysis" as s
where s.analyte is null
union all
select 'BXC16', 'analyte varchar(40)', s.patient_id, s.order_no, 'analyte is no varchar(40)'
from public."Analysis" as s
where not (char_length(s.analyte) <= 40)
union all
select 'BXC16', 'status not null', s.patient_id, s.order_no, 'status is NULL'
from public."Analysis" as s
where s.status is null
union all
select 'BXC16', 'status enum(''ordered'', ''done'', ''rejected'')', s.patient_id, s.order_no,
  'status is no enum(''ordered'', ''done'', ''rejected'')'
from public."Analysis" as s
where not (s.status in ('ordered', 'done', 'rejected'))
union all
select 'BXC16', 'result decimal(12,4)', s.patient_id, s.order_no, 'result is no decimal(12,4)'
from public."Analysis" as s
where not (s.result <> 'NaN')
union all
select 'BXC16', 'unit varchar(12)', s.patient_id, s.order_no, 'unit is no varchar(12)'
from public."Analysis" as s
where not (char_length(s.unit) <= 12)
union all
select 'BXC16', 'measured timestamp', s.patient_id, s.order_no, 'measured is no timestamp'
from public."Analysis" as s
where not (s.measured between timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999')
union all
select 'BXC17', 'check has_unit', s.patient_id, s.order_no, 'check has_unit is false'
from public."Analysis" as s
where not (s.result is null or s.unit is not null)
union all
select 'BXC17', 'check has_result', s.patient_id, s.order_no, 'check has_result is false'
from public."Analysis" as s
where not (s.status <> 'done' or s.result is not null)
union all
select 'BXC17', 'primary key (patient_id, order_no)', s.patient_id, s.order_no,
  'another row of Analysis has the same patient_id, order_no'
from public."Analysis" as s
where (s.patient_id, s.order_no) in (
  select patient_id, order_no
  from public."Analysis"
  where not (patient_id is null or order_no is null)
  group by patient_id, order_no
  having count(*) > 1
);

-- what an edit of Analysis changes without a right
create or replace function public."bxc_judge_Analysis"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Analysis' and s.loading) or not exists (
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
    select 'OrdersAtLab' as bxc_view, c.bxc_right
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
      from public."bxc_change_Analysis" as c
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

revoke execute on function public."bxc_judge_Analysis"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Analysis"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Analysis' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Analysis"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Analysis" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
      status, result, unit, device, measured
    )
    select
      bxc_number, 'insert', cast(null as bigint), cast(null as bigint), cast(null as date), cast(null as text),
      cast(null as text), cast(null as numeric(12, 4)), cast(null as text), cast(null as text),
      cast(null as timestamp), n.patient_id, n.order_no, n.ordered, n.analyte, n.status, n.result, n.unit,
      n.device, n.measured
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Analysis" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
      status, result, unit, device, measured
    )
    select
      bxc_number, 'update', o.patient_id, o.order_no, o.ordered, o.analyte, o.status, o.result, o.unit, o.device,
      o.measured, n.patient_id, n.order_no, n.ordered, n.analyte, n.status, n.result, n.unit, n.device,
      n.measured
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.patient_id is distinct from n.patient_id or o.order_no is distinct from n.order_no or
      o.ordered is distinct from n.ordered or o.analyte is distinct from n.analyte or
      o.status is distinct from n.status or o.result is distinct from n.result or o.unit is distinct from n.unit or
      o.device is distinct from n.device or o.measured is distinct from n.measured);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Analysis" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
      status, result, unit, device, measured
    )
    select
      bxc_number, 'delete', o.patient_id, o.order_no, o.ordered, o.analyte, o.status, o.result, o.unit, o.device,
      o.measured, cast(null as bigint), cast(null as bigint), cast(null as date), cast(null as text),
      cast(null as text), cast(null as numeric(12, 4)), cast(null as text), cast(null as text),
      cast(null as timestamp)
    from bxc_was as o;
  else
    insert into public."bxc_change_Analysis" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
      status, result, unit, device, measured
    )
    select
      bxc_number, 'delete', o.patient_id, o.order_no, o.ordered, o.analyte, o.status, o.result, o.unit, o.device,
      o.measured, cast(null as bigint), cast(null as bigint), cast(null as date), cast(null as text),
      cast(null as text), cast(null as numeric(12, 4)), cast(null as text), cast(null as text),
      cast(null as timestamp)
    from public."Analysis" as o;
  end if;

  if found then
    perform public."bxc_judge_Analysis"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Analysis"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Analysis"();

create or replace trigger bxc_capture_update
after update on public."Analysis"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Analysis"();

create or replace trigger bxc_capture_delete
after delete on public."Analysis"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Analysis"();

create or replace trigger bxc_capture_truncate
before truncate on public."Analysis"
for each statement execute function public."bxc_capture_Analysis"();
