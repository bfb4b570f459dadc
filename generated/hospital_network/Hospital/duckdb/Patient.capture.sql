-- Patient: appends to bxc_change_Patient the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_Patient as
select
  j.patient_id, j.name, j.born, j.ward
from (
  select patient_id, name, born, ward, bxc_old_patient_id, bxc_put
  from bxc_journal_Patient
  where patient_id is not null
  qualify row_number() over (partition by patient_id order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_Patient as l where l.bxc_put > j.bxc_put and l.bxc_old_patient_id = j.patient_id);

delete from bxc_state_Patient using (
    select bxc_old_patient_id as patient_id from bxc_journal_Patient
    union
    select patient_id from bxc_journal_Patient
  ) as t
where bxc_state_Patient.patient_id = t.patient_id;

insert into bxc_state_Patient (
  patient_id, name, born, ward
)
select
  patient_id, name, born, ward
from bxc_outside_Patient;

delete from bxc_journal_Patient;

-- what differs now was done by others
create or replace temp table bxc_outside_Patient as
select
  case when o.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
  o.patient_id as bxc_old_patient_id, o.name as bxc_old_name, o.born as bxc_old_born, o.ward as bxc_old_ward,
  n.patient_id as patient_id, n.name as name, n.born as born, n.ward as ward
from bxc_state_Patient as o
full join Patient as n on o.patient_id = n.patient_id
where o.patient_id is null or n.patient_id is null
  or (o.patient_id is distinct from n.patient_id or o.name is distinct from n.name or
  o.born is distinct from n.born or o.ward is distinct from n.ward);

insert into bxc_change_Patient (
  bxc_op, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born, ward
)
select
  bxc_op, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born, ward
from bxc_outside_Patient;

delete from bxc_state_Patient using bxc_outside_Patient as d where bxc_state_Patient.patient_id = d.bxc_old_patient_id;

insert into bxc_state_Patient (
  patient_id, name, born, ward
)
select
  patient_id, name, born, ward
from bxc_outside_Patient
where bxc_op <> 'delete';

drop table bxc_outside_Patient;
