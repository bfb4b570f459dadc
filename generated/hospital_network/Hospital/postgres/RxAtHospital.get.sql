-- RxAtHospital: the view of Prescription
select
  s.rx as rx, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed, s.unit_price as unit_price,
  (s.quantity - s.dispensed) as outstanding
from public."Prescription" as s
where (s.released);
