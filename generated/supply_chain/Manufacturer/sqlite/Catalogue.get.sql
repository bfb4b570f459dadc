-- Catalogue: the view of Component
select
  s.part_no, s.description, s.unit_price, s.lead_days
from Component as s;
