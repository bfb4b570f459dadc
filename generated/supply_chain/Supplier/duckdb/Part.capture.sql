-- Part: appends to bxc_change_Part the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_Part as
select
  j.part_no, j.description, j.unit_price, j.lead_days, j.cost, j.discontinued
from (
  select part_no, description, unit_price, lead_days, cost, discontinued, bxc_old_part_no, bxc_put
  from bxc_journal_Part
  where part_no is not null
  qualify row_number() over (partition by part_no order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_Part as l where l.bxc_put > j.bxc_put and l.bxc_old_part_no = j.part_no);

delete from bxc_state_Part using (
    select bxc_old_part_no as part_no from bxc_journal_Part
    union
    select part_no from bxc_journal_Part
  ) as t
where bxc_state_Part.part_no = t.part_no;

insert into bxc_state_Part (
  part_no, description, unit_price, lead_days, cost, discontinued
)
select
  part_no, description, unit_price, lead_days, cost, discontinued
from bxc_outside_Part;

delete from bxc_journal_Part;

-- what differs now was done by others
create or replace temp table bxc_outside_Part as
select
  case when o.part_no is null then 'insert' when n.part_no is null then 'delete' else 'update' end as bxc_op,
  o.part_no as bxc_old_part_no, o.description as bxc_old_description, o.unit_price as bxc_old_unit_price,
  o.lead_days as bxc_old_lead_days, o.cost as bxc_old_cost, o.discontinued as bxc_old_discontinued,
  n.part_no as part_no, n.description as description, n.unit_price as unit_price, n.lead_days as lead_days,
  n.cost as cost, n.discontinued as discontinued
from bxc_state_Part as o
full join Part as n on o.part_no = n.part_no
where o.part_no is null or n.part_no is null
  or (o.part_no is distinct from n.part_no or o.description is distinct from n.description or
  o.unit_price is distinct from n.unit_price or o.lead_days is distinct from n.lead_days or
  o.cost is distinct from n.cost or o.discontinued is distinct from n.discontinued);

insert into bxc_change_Part (
  bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
  bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
)
select
  bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
  bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
from bxc_outside_Part;

delete from bxc_state_Part using bxc_outside_Part as d where bxc_state_Part.part_no = d.bxc_old_part_no;

insert into bxc_state_Part (
  part_no, description, unit_price, lead_days, cost, discontinued
)
select
  part_no, description, unit_price, lead_days, cost, discontinued
from bxc_outside_Part
where bxc_op <> 'delete';

drop table bxc_outside_Part;
