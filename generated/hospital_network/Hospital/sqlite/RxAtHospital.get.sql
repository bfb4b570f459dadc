-- RxAtHospital: the view of Prescription
select
  s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.quantity - s.dispensed as outstanding
from Prescription as s
where s.released;
