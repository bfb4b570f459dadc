-- ToDeliver: the view of SalesOrder
select
  s."order" as "order", s.line as line, s.part_no as part_no, s.quantity as quantity, s.due as due,
  s.state as state, s.promised as promised
from public."SalesOrder" as s;
