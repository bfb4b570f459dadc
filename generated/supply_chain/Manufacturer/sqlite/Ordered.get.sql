-- Ordered: the view of PurchaseOrder
select
  s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised
from PurchaseOrder as s;
