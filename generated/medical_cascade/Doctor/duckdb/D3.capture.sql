-- D3: appends to bxc_change_D3 the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_D3 as
select
  j.patient_id, j.medication_name, j.clinical_data, j.mechanism_of_action, j.dosage
from (
  select patient_id, medication_name, clinical_data, mechanism_of_action, dosage, bxc_old_patient_id, bxc_put
  from bxc_journal_D3
  where patient_id is not null
  qualify row_number() over (partition by patient_id order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_D3 as l where l.bxc_put > j.bxc_put and l.bxc_old_patient_id = j.patient_id);

delete from bxc_state_D3 using (
    select bxc_old_patient_id as patient_id from bxc_journal_D3
    union
    select patient_id from bxc_journal_D3
  ) as t
where bxc_state_D3.patient_id = t.patient_id;

insert into bxc_state_D3 (
  patient_id, medication_name, clinical_data, mechanism_of_action, dosage
)
select
  patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_outside_D3;

delete from bxc_journal_D3;

-- what differs now was done by others
create or replace temp table bxc_outside_D3 as
select
  case when o.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
  o.patient_id as bxc_old_patient_id, o.medication_name as bxc_old_medication_name,
  o.clinical_data as bxc_old_clinical_data, o.mechanism_of_action as bxc_old_mechanism_of_action,
  o.dosage as bxc_old_dosage, n.patient_id as patient_id, n.medication_name as medication_name,
  n.clinical_data as clinical_data, n.mechanism_of_action as mechanism_of_action, n.dosage as dosage
from bxc_state_D3 as o
full join D3 as n on o.patient_id = n.patient_id
where o.patient_id is null or n.patient_id is null
  or (o.patient_id is distinct from n.patient_id or o.medication_name is distinct from n.medication_name or
  o.clinical_data is distinct from n.clinical_data or
  o.mechanism_of_action is distinct from n.mechanism_of_action or o.dosage is distinct from n.dosage);

insert into bxc_change_D3 (
  bxc_op, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data, bxc_old_mechanism_of_action,
  bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action, dosage
)
select
  bxc_op, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data, bxc_old_mechanism_of_action,
  bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_outside_D3;

delete from bxc_state_D3 using bxc_outside_D3 as d where bxc_state_D3.patient_id = d.bxc_old_patient_id;

insert into bxc_state_D3 (
  patient_id, medication_name, clinical_data, mechanism_of_action, dosage
)
select
  patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_outside_D3
where bxc_op <> 'delete';

drop table bxc_outside_D3;
