-- SalesOrder: appends to bxc_change_SalesOrder the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_SalesOrder as
select
  j."order", j.line, j.part_no, j.quantity, j.due, j.state, j.promised, j.carrier
from (
  select "order", line, part_no, quantity, due, state, promised, carrier, bxc_old_order, bxc_old_line, bxc_put
  from bxc_journal_SalesOrder
  where "order" is not null
  qualify row_number() over (partition by "order", line order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_SalesOrder as l where l.bxc_put > j.bxc_put and l.bxc_old_order = j."order" and l.bxc_old_line = j.line);

delete from bxc_state_SalesOrder using (
    select bxc_old_order as "order", bxc_old_line as line from bxc_journal_SalesOrder
    union
    select "order", line from bxc_journal_SalesOrder
  ) as t
where bxc_state_SalesOrder."order" = t."order" and bxc_state_SalesOrder.line = t.line;

insert into bxc_state_SalesOrder (
  "order", line, part_no, quantity, due, state, promised, carrier
)
select
  "order", line, part_no, quantity, due, state, promised, carrier
from bxc_outside_SalesOrder;

delete from bxc_journal_SalesOrder;

-- what differs now was done by others
create or replace temp table bxc_outside_SalesOrder as
select
  case when o."order" is null then 'insert' when n."order" is null then 'delete' else 'update' end as bxc_op,
  o."order" as bxc_old_order, o.line as bxc_old_line, o.part_no as bxc_old_part_no,
  o.quantity as bxc_old_quantity, o.due as bxc_old_due, o.state as bxc_old_state,
  o.promised as bxc_old_promised, o.carrier as bxc_old_carrier, n."order" as "order", n.line as line,
  n.part_no as part_no, n.quantity as quantity, n.due as due, n.state as state, n.promised as promised,
  n.carrier as carrier
from bxc_state_SalesOrder as o
full join SalesOrder as n on o."order" = n."order" and o.line = n.line
where o."order" is null or n."order" is null
  or (o."order" is distinct from n."order" or o.line is distinct from n.line or
  o.part_no is distinct from n.part_no or o.quantity is distinct from n.quantity or
  o.due is distinct from n.due or o.state is distinct from n.state or o.promised is distinct from n.promised or
  o.carrier is distinct from n.carrier);

insert into bxc_change_SalesOrder (
  bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
  bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised, carrier
)
select
  bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
  bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised, carrier
from bxc_outside_SalesOrder;

delete from bxc_state_SalesOrder using bxc_outside_SalesOrder as d where bxc_state_SalesOrder."order" = d.bxc_old_order and bxc_state_SalesOrder.line = d.bxc_old_line;

insert into bxc_state_SalesOrder (
  "order", line, part_no, quantity, due, state, promised, carrier
)
select
  "order", line, part_no, quantity, due, state, promised, carrier
from bxc_outside_SalesOrder
where bxc_op <> 'delete';

drop table bxc_outside_SalesOrder;
