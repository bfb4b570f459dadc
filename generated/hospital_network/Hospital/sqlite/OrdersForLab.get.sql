-- OrdersForLab: the view of LabOrder
select
  s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit
from LabOrder as s;
