-- Offer: the view of Part
select
  s.part_no as part_no, s.description as description, s.unit_price as unit_price, s.lead_days as lead_days
from public."Part" as s
where (not s.discontinued);
