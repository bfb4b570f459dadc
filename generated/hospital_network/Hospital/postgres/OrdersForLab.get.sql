-- OrdersForLab: the view of LabOrder
select
  s.patient_id as patient_id, s.order_no as order_no, s.ordered as ordered, s.analyte as analyte,
  s.status as status, s.result as result, s.unit as unit
from public."LabOrder" as s;
