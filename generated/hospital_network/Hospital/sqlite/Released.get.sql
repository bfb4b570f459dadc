-- Released: the view of Prescription
select
  s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released
from Prescription as s
where s.released;
