-- Offer: the view of Part
select
  s.part_no, s.description, s.unit_price, s.lead_days
from Part as s
where not s.discontinued;
