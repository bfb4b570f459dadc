-- Component: appends to bxc_change_Component the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_Component as
select
  j.part_no, j.description, j.unit_price, j.lead_days, j.preferred
from (
  select part_no, description, unit_price, lead_days, preferred, bxc_old_part_no, bxc_put
  from bxc_journal_Component
  where part_no is not null
  qualify row_number() over (partition by part_no order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_Component as l where l.bxc_put > j.bxc_put and l.bxc_old_part_no = j.part_no);

delete from bxc_state_Component using (
    select bxc_old_part_no as part_no from bxc_journal_Component
    union
    select part_no from bxc_journal_Component
  ) as t
where bxc_state_Component.part_no = t.part_no;

insert into bxc_state_Component (
  part_no, description, unit_price, lead_days, preferred
)
select
  part_no, description, unit_price, lead_days, preferred
from bxc_outside_Component;

delete from bxc_journal_Component;

-- what differs now was done by others
create or replace temp table bxc_outside_Component as
select
  case when o.part_no is null then 'insert' when n.part_no is null then 'delete' else 'update' end as bxc_op,
  o.part_no as bxc_old_part_no, o.description as bxc_old_description, o.unit_price as bxc_old_unit_price,
  o.lead_days as bxc_old_lead_days, o.preferred as bxc_old_preferred, n.part_no as part_no,
  n.description as description, n.unit_price as unit_price, n.lead_days as lead_days,
  n.preferred as preferred
from bxc_state_Component as o
full join Component as n on o.part_no = n.part_no
where o.part_no is null or n.part_no is null
  or (o.part_no is distinct from n.part_no or o.description is distinct from n.description or
  o.unit_price is distinct from n.unit_price or o.lead_days is distinct from n.lead_days or
  o.preferred is distinct from n.preferred);

insert into bxc_change_Component (
  bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_preferred,
  part_no, description, unit_price, lead_days, preferred
)
select
  bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_preferred,
  part_no, description, unit_price, lead_days, preferred
from bxc_outside_Component;

delete from bxc_state_Component using bxc_outside_Component as d where bxc_state_Component.part_no = d.bxc_old_part_no;

insert into bxc_state_Component (
  part_no, description, unit_price, lead_days, preferred
)
select
  part_no, description, unit_price, lead_days, preferred
from bxc_outside_Component
where bxc_op <> 'delete';

drop table bxc_outside_Component;
