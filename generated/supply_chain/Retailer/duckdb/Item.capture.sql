-- Item: appends to bxc_change_Item the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_Item as
select
  j.sku, j.name, j.list_price, j.shelf
from (
  select sku, name, list_price, shelf, bxc_old_sku, bxc_put
  from bxc_journal_Item
  where sku is not null
  qualify row_number() over (partition by sku order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_Item as l where l.bxc_put > j.bxc_put and l.bxc_old_sku = j.sku);

delete from bxc_state_Item using (
    select bxc_old_sku as sku from bxc_journal_Item
    union
    select sku from bxc_journal_Item
  ) as t
where bxc_state_Item.sku = t.sku;

insert into bxc_state_Item (
  sku, name, list_price, shelf
)
select
  sku, name, list_price, shelf
from bxc_outside_Item;

delete from bxc_journal_Item;

-- what differs now was done by others
create or replace temp table bxc_outside_Item as
select
  case when o.sku is null then 'insert' when n.sku is null then 'delete' else 'update' end as bxc_op,
  o.sku as bxc_old_sku, o.name as bxc_old_name, o.list_price as bxc_old_list_price, o.shelf as bxc_old_shelf,
  n.sku as sku, n.name as name, n.list_price as list_price, n.shelf as shelf
from bxc_state_Item as o
full join Item as n on o.sku = n.sku
where o.sku is null or n.sku is null
  or (o.sku is distinct from n.sku or o.name is distinct from n.name or
  o.list_price is distinct from n.list_price or o.shelf is distinct from n.shelf);

insert into bxc_change_Item (
  bxc_op, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf
)
select
  bxc_op, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf
from bxc_outside_Item;

delete from bxc_state_Item using bxc_outside_Item as d where bxc_state_Item.sku = d.bxc_old_sku;

insert into bxc_state_Item (
  sku, name, list_price, shelf
)
select
  sku, name, list_price, shelf
from bxc_outside_Item
where bxc_op <> 'delete';

drop table bxc_outside_Item;
