-- Released: the view of Prescription
select
  s.rx as rx, s.patient_id as patient_id, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed,
  s.unit_price as unit_price, s.prescriber as prescriber, s.released as released
from public."Prescription" as s
where (s.released);
