-- medical_cascade version 1: the sources of Doctor in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_medical_cascade_Doctor') then
    create role "bxc_medical_cascade_Doctor" nologin;
  end if;
  grant usage on schema public to "bxc_medical_cascade_Doctor";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_medical_cascade_Doctor';
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
  ('clinical', 'update', 'patient_id', false),
  ('clinical', 'update', 'medication_name', false),
  ('clinical', 'update', 'mechanism_of_action', true),
  ('clinical', 'update', 'clinical_data', true),
  ('clinical', 'update', 'dosage', true),
  ('clinical', 'insert', '', false),
  ('clinical', 'delete', '', false),
  ('mechanism', 'update', 'medication_name', false),
  ('mechanism', 'update', 'mechanism_of_action', false),
  ('mechanism', 'insert', '', false),
  ('mechanism', 'delete', '', false)
on conflict do nothing;

-- the sources
create table if not exists public."D3" (
  patient_id bigint not null,
  medication_name text collate "C" not null,
  clinical_data text collate "C",
  mechanism_of_action text collate "C",
  dosage text collate "C",
  primary key (patient_id)
);

-- D3: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_D3";

create table if not exists public."bxc_change_D3" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_patient_id bigint,
  bxc_old_medication_name text collate "C", bxc_old_clinical_data text collate "C",
  bxc_old_mechanism_of_action text collate "C", bxc_old_dosage text collate "C", patient_id bigint,
  medication_name text collate "C", clinical_data text collate "C", mechanism_of_action text collate "C",
  dosage text collate "C"
);

create index if not exists "bxc_log_D3" on public."bxc_change_D3" (bxc_seq);

insert into public.bxc_session (source) values ('D3') on conflict do nothing;

-- rows of D3 that break the spec
create or replace view public."bxc_violations_D3" (
  bxc_code, bxc_constraint, patient_id, bxc_detail
) as
select 'BXC16', 'patient_id not null', s.patient_id, 'patient_id is NULL'
from public."D3" as s
where s.patient_id is null
union all
select 'BXC16', 'medication_name not null', s.patient_id, 'medication_name is NULL'
from public."D3" as s
where s.medication_name is null
union all
select 'BXC17', 'primary key (patient_id)', s.patient_id, 'another row of D3 has the same patient_id'
from public."D3" as s
where (s.patient_id) in (
  select patient_id
  from public."D3"
  where not (patient_id is null)
  group by patient_id
  having count(*) > 1
)
union all
select 'BXC17', 'determines medication_name -> mechanism_of_action', s.patient_id,
  'another row of D3 has the same medication_name and other mechanism_of_action'
from public."D3" as s
where (s.patient_id) in (
  select o.patient_id
  from (
    select medication_name
      from public."D3"
      group by medication_name
      having count(distinct mechanism_of_action) > 1 or count(mechanism_of_action) between 1 and count(*) - 1
  ) as g
  join public."D3" as o on o.medication_name = g.medication_name
);

-- with these, puts and changes take time by the delta and not by the table
create index if not exists "bxc_a9d76cb74c_D3" on public."D3" (medication_name, mechanism_of_action);

-- what an edit of D3 changes without a right
create or replace function public."bxc_judge_D3"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'D3' and s.loading) or not exists (
    select 1 from (values
      ('clinical', 'insert', ''),
      ('clinical', 'delete', ''),
      ('clinical', 'update', 'patient_id'),
      ('clinical', 'update', 'medication_name'),
      ('clinical', 'update', 'mechanism_of_action'),
      ('clinical', 'update', 'clinical_data'),
      ('clinical', 'update', 'dosage'),
      ('mechanism', 'insert', ''),
      ('mechanism', 'delete', ''),
      ('mechanism', 'update', 'medication_name'),
      ('mechanism', 'update', 'mechanism_of_action')
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
    select 'D31' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and (c.patient_id = 188) is true and not (c.bxc_op <> 'insert' and (c.bxc_old_patient_id = 188) is true) and not exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and (c.bxc_old_patient_id = 188) is true and not (c.bxc_op <> 'delete' and (c.patient_id = 188) is true) and not exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_patient_id is distinct from c.patient_id and c.bxc_op <> 'insert' and (c.bxc_old_patient_id = 188) is true and c.bxc_op <> 'delete' and (c.patient_id = 188) is true and not exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'patient_id' and granted) then 'update patient_id'
        when c.bxc_old_medication_name is distinct from c.medication_name and c.bxc_op <> 'insert' and (c.bxc_old_patient_id = 188) is true and c.bxc_op <> 'delete' and (c.patient_id = 188) is true and not exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'medication_name' and granted) then 'update medication_name'
        when c.bxc_old_mechanism_of_action is distinct from c.mechanism_of_action and c.bxc_op <> 'insert' and (c.bxc_old_patient_id = 188) is true and c.bxc_op <> 'delete' and (c.patient_id = 188) is true and not exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'mechanism_of_action' and granted) then 'update mechanism_of_action'
        when c.bxc_old_clinical_data is distinct from c.clinical_data and c.bxc_op <> 'insert' and (c.bxc_old_patient_id = 188) is true and c.bxc_op <> 'delete' and (c.patient_id = 188) is true and not exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'clinical_data' and granted) then 'update clinical_data'
        when c.bxc_old_dosage is distinct from c.dosage and c.bxc_op <> 'insert' and (c.bxc_old_patient_id = 188) is true and c.bxc_op <> 'delete' and (c.patient_id = 188) is true and not exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'dosage' and granted) then 'update dosage'
      end as bxc_right
      from public."bxc_change_D3" as c
      where c.bxc_seq = bxc_number
    ) as c
    where c.bxc_right is not null
    union all
    select 'D32' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and (c.bxc_old_medication_name is distinct from c.medication_name and not c.bxc_via is not distinct from 'D32' or not (c.bxc_op <> 'insert' and true)) and not (exists (select 1 from public."D3" as s where s.medication_name = c.medication_name and not exists (select 1 from public."bxc_change_D3" as d where d.bxc_seq = bxc_number and d.bxc_op <> 'delete' and d.patient_id = s.patient_id)) or exists (select 1 from public."bxc_change_D3" as d where d.bxc_seq = bxc_number and d.bxc_op <> 'insert' and d.bxc_old_medication_name = c.medication_name and true)) and not exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and (c.bxc_old_medication_name is distinct from c.medication_name and not c.bxc_via is not distinct from 'D32' or not (c.bxc_op <> 'delete' and true)) and not exists (select 1 from public."D3" as s where s.medication_name = c.bxc_old_medication_name) and not exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_medication_name is distinct from c.medication_name and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and (not c.bxc_old_medication_name is distinct from c.medication_name or c.bxc_via is not distinct from 'D32') and not exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'medication_name' and granted) then 'update medication_name'
        when c.bxc_old_mechanism_of_action is distinct from c.mechanism_of_action and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and (not c.bxc_old_medication_name is distinct from c.medication_name or c.bxc_via is not distinct from 'D32') and not exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'mechanism_of_action' and granted) then 'update mechanism_of_action'
      end as bxc_right
      from public."bxc_change_D3" as c
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

revoke execute on function public."bxc_judge_D3"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_D3"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'D3' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_D3"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_D3" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data,
      bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data,
      mechanism_of_action, dosage
    )
    select
      bxc_number, 'insert', cast(null as bigint), cast(null as text), cast(null as text), cast(null as text),
      cast(null as text), n.patient_id, n.medication_name, n.clinical_data, n.mechanism_of_action, n.dosage
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_D3" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data,
      bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data,
      mechanism_of_action, dosage
    )
    select
      bxc_number, 'update', o.patient_id, o.medication_name, o.clinical_data, o.mechanism_of_action, o.dosage,
      n.patient_id, n.medication_name, n.clinical_data, n.mechanism_of_action, n.dosage
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.patient_id is distinct from n.patient_id or o.medication_name is distinct from n.medication_name or
      o.clinical_data is distinct from n.clinical_data or
      o.mechanism_of_action is distinct from n.mechanism_of_action or o.dosage is distinct from n.dosage);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_D3" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data,
      bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data,
      mechanism_of_action, dosage
    )
    select
      bxc_number, 'delete', o.patient_id, o.medication_name, o.clinical_data, o.mechanism_of_action, o.dosage,
      cast(null as bigint), cast(null as text), cast(null as text), cast(null as text), cast(null as text)
    from bxc_was as o;
  else
    insert into public."bxc_change_D3" (
      bxc_seq, bxc_op, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data,
      bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data,
      mechanism_of_action, dosage
    )
    select
      bxc_number, 'delete', o.patient_id, o.medication_name, o.clinical_data, o.mechanism_of_action, o.dosage,
      cast(null as bigint), cast(null as text), cast(null as text), cast(null as text), cast(null as text)
    from public."D3" as o;
  end if;

  if found then
    perform public."bxc_judge_D3"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."D3"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_D3"();

create or replace trigger bxc_capture_update
after update on public."D3"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_D3"();

create or replace trigger bxc_capture_delete
after delete on public."D3"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_D3"();

create or replace trigger bxc_capture_truncate
before truncate on public."D3"
for each statement execute function public."bxc_capture_D3"();
