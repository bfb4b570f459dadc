-- Prescription: appends to bxc_change_Prescription the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_Prescription as
select
  j.rx, j.patient_id, j.drug, j.quantity, j.dispensed, j.unit_price, j.prescriber, j.released
from (
  select rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released, bxc_old_rx, bxc_put
  from bxc_journal_Prescription
  where rx is not null
  qualify row_number() over (partition by rx order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_Prescription as l where l.bxc_put > j.bxc_put and l.bxc_old_rx = j.rx);

delete from bxc_state_Prescription using (
    select bxc_old_rx as rx from bxc_journal_Prescription
    union
    select rx from bxc_journal_Prescription
  ) as t
where bxc_state_Prescription.rx = t.rx;

insert into bxc_state_Prescription (
  rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
)
select
  rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
from bxc_outside_Prescription;

delete from bxc_journal_Prescription;

-- what differs now was done by others
create or replace temp table bxc_outside_Prescription as
select
  case when o.rx is null then 'insert' when n.rx is null then 'delete' else 'update' end as bxc_op,
  o.rx as bxc_old_rx, o.patient_id as bxc_old_patient_id, o.drug as bxc_old_drug,
  o.quantity as bxc_old_quantity, o.dispensed as bxc_old_dispensed, o.unit_price as bxc_old_unit_price,
  o.prescriber as bxc_old_prescriber, o.released as bxc_old_released, n.rx as rx, n.patient_id as patient_id,
  n.drug as drug, n.quantity as quantity, n.dispensed as dispensed, n.unit_price as unit_price,
  n.prescriber as prescriber, n.released as released
from bxc_state_Prescription as o
full join Prescription as n on o.rx = n.rx
where o.rx is null or n.rx is null
  or (o.rx is distinct from n.rx or o.patient_id is distinct from n.patient_id or o.drug is distinct from n.drug or
  o.quantity is distinct from n.quantity or o.dispensed is distinct from n.dispensed or
  o.unit_price is distinct from n.unit_price or o.prescriber is distinct from n.prescriber or
  o.released is distinct from n.released);

insert into bxc_change_Prescription (
  bxc_op, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
  bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
  unit_price, prescriber, released
)
select
  bxc_op, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
  bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
  unit_price, prescriber, released
from bxc_outside_Prescription;

delete from bxc_state_Prescription using bxc_outside_Prescription as d where bxc_state_Prescription.rx = d.bxc_old_rx;

insert into bxc_state_Prescription (
  rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
)
select
  rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
from bxc_outside_Prescription
where bxc_op <> 'delete';

drop table bxc_outside_Prescription;
