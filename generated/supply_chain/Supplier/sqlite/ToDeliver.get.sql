-- ToDeliver: the view of SalesOrder
select
  s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised
from SalesOrder as s;
