-- medical version 1: the sources of Doctor in DuckDB.
-- Install once, before the views; running it again changes nothing.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- This peer's rights in its shares; attribute is '' for insert and delete.
create table if not exists bxc_rights (
  share varchar not null,
  operation varchar not null check (operation in ('update', 'insert', 'delete')),
  attribute varchar not null,
  granted boolean not null,
  primary key (share, operation, attribute)
);

insert into bxc_rights values
  ('clinical', 'update', 'patient_id', false),
  ('clinical', 'update', 'medication_name', true),
  ('clinical', 'update', 'clinical_data', true),
  ('clinical', 'update', 'dosage', true),
  ('clinical', 'insert', '', false),
  ('clinical', 'delete', '', false),
  ('mechanism', 'update', 'medication_name', false),
  ('mechanism', 'update', 'mechanism_of_action', false),
  ('mechanism', 'insert', '', true),
  ('mechanism', 'delete', '', true)
on conflict do nothing;

-- D3: rows, captured edits, and the rows as last captured
create table if not exists D3 (
  patient_id bigint not null,
  medication_name varchar not null check (not contains(medication_name, chr(0))),
  clinical_data varchar check (not contains(clinical_data, chr(0))),
  mechanism_of_action varchar check (not contains(mechanism_of_action, chr(0))),
  dosage varchar check (not contains(dosage, chr(0))),
  primary key (patient_id)
);

create sequence if not exists bxc_seq_D3;

create table if not exists bxc_change_D3 (
  bxc_seq bigint not null default nextval('bxc_seq_D3'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_patient_id bigint, bxc_old_medication_name varchar,
  bxc_old_clinical_data varchar, bxc_old_mechanism_of_action varchar, bxc_old_dosage varchar,
  patient_id bigint, medication_name varchar, clinical_data varchar, mechanism_of_action varchar,
  dosage varchar
);

create table if not exists bxc_state_D3 as select * from D3;

create table if not exists bxc_journal_D3 (
  bxc_put bigint, bxc_old_patient_id bigint, patient_id bigint, medication_name varchar,
  clinical_data varchar, mechanism_of_action varchar, dosage varchar
);

-- rows of D3 that break the spec
create view if not exists bxc_violations_D3 (
  bxc_code, bxc_constraint, patient_id, bxc_detail
) as
select 'BXC16', 'patient_id not null', s.patient_id, 'patient_id is NULL'
from D3 as s
where s.patient_id is null
union all
select 'BXC16', 'medication_name not null', s.patient_id, 'medication_name is NULL'
from D3 as s
where s.medication_name is null
union all
select 'BXC16', 'medication_name text', s.patient_id, 'medication_name is no text'
from D3 as s
where not (not contains(s.medication_name, chr(0)))
union all
select 'BXC16', 'clinical_data text', s.patient_id, 'clinical_data is no text'
from D3 as s
where not (not contains(s.clinical_data, chr(0)))
union all
select 'BXC16', 'mechanism_of_action text', s.patient_id, 'mechanism_of_action is no text'
from D3 as s
where not (not contains(s.mechanism_of_action, chr(0)))
union all
select 'BXC16', 'dosage text', s.patient_id, 'dosage is no text'
from D3 as s
where not (not contains(s.dosage, chr(0)))
union all
select 'BXC17', 'primary key (patient_id)', s.patient_id, 'another row of D3 has the same patient_id'
from D3 as s
where (s.patient_id) in (
  select patient_id
  from D3
  where not (patient_id is null)
  group by patient_id
  having count(*) > 1
)
union all
select 'BXC17', 'determines medication_name -> mechanism_of_action', s.patient_id,
  'another row of D3 has the same medication_name and other mechanism_of_action'
from D3 as s
where (s.patient_id) in (
  select o.patient_id
  from (
    select medication_name
      from D3
      group by medication_name
      having min(mechanism_of_action) <> max(mechanism_of_action) or count(mechanism_of_action) between 1 and count(*) - 1
  ) as g
  join D3 as o on o.medication_name is not distinct from g.medication_name
);
