-- RxAtPharmacy: the view of Dispensing
select
  s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.quantity - s.dispensed as outstanding
from Dispensing as s;
