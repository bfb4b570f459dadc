-- Analysis: appends to bxc_change_Analysis the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_Analysis as
select
  j.patient_id, j.order_no, j.ordered, j.analyte, j.status, j.result, j.unit, j.device, j.measured
from (
  select patient_id, order_no, ordered, analyte, status, result, unit, device, measured, bxc_old_patient_id,
    bxc_old_order_no, bxc_put
  from bxc_journal_Analysis
  where patient_id is not null
  qualify row_number() over (partition by patient_id, order_no order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_Analysis as l where l.bxc_put > j.bxc_put and l.bxc_old_patient_id = j.patient_id and l.bxc_old_order_no = j.order_no);

delete from bxc_state_Analysis using (
    select bxc_old_patient_id as patient_id, bxc_old_order_no as order_no from bxc_journal_Analysis
    union
    select patient_id, order_no from bxc_journal_Analysis
  ) as t
where bxc_state_Analysis.patient_id = t.patient_id and bxc_state_Analysis.order_no = t.order_no;

insert into bxc_state_Analysis (
  patient_id, order_no, ordered, analyte, status, result, unit, device, measured
)
select
  patient_id, order_no, ordered, analyte, status, result, unit, device, measured
from bxc_outside_Analysis;

delete from bxc_journal_Analysis;

-- what differs now was done by others
create or replace temp table bxc_outside_Analysis as
select
  case when o.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
  o.patient_id as bxc_old_patient_id, o.order_no as bxc_old_order_no, o.ordered as bxc_old_ordered,
  o.analyte as bxc_old_analyte, o.status as bxc_old_status, o.result as bxc_old_result,
  o.unit as bxc_old_unit, o.device as bxc_old_device, o.measured as bxc_old_measured,
  n.patient_id as patient_id, n.order_no as order_no, n.ordered as ordered, n.analyte as analyte,
  n.status as status, n.result as result, n.unit as unit, n.device as device, n.measured as measured
from bxc_state_Analysis as o
full join Analysis as n on o.patient_id = n.patient_id and o.order_no = n.order_no
where o.patient_id is null or n.patient_id is null
  or (o.patient_id is distinct from n.patient_id or o.order_no is distinct from n.order_no or
  o.ordered is distinct from n.ordered or o.analyte is distinct from n.analyte or
  o.status is distinct from n.status or o.result is distinct from n.result or o.unit is distinct from n.unit or
  o.device is distinct from n.device or o.measured is distinct from n.measured);

insert into bxc_change_Analysis (
  bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
  bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
  status, result, unit, device, measured
)
select
  bxc_op, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
  bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
  status, result, unit, device, measured
from bxc_outside_Analysis;

delete from bxc_state_Analysis using bxc_outside_Analysis as d where bxc_state_Analysis.patient_id = d.bxc_old_patient_id and bxc_state_Analysis.order_no = d.bxc_old_order_no;

insert into bxc_state_Analysis (
  patient_id, order_no, ordered, analyte, status, result, unit, device, measured
)
select
  patient_id, order_no, ordered, analyte, status, result, unit, device, measured
from bxc_outside_Analysis
where bxc_op <> 'delete';

drop table bxc_outside_Analysis;
