-- OrdersAtLab: the view of Analysis
select
  s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit
from Analysis as s;
