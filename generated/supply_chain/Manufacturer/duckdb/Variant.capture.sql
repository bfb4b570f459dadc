-- Variant: appends to bxc_change_Variant the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_Variant as
select
  j.id, j.sku, j.size, j.name, j.list_price, j.stock
from (
  select id, sku, size, name, list_price, stock, bxc_old_id, bxc_put
  from bxc_journal_Variant
  where id is not null
  qualify row_number() over (partition by id order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_Variant as l where l.bxc_put > j.bxc_put and l.bxc_old_id = j.id);

delete from bxc_state_Variant using (
    select bxc_old_id as id from bxc_journal_Variant
    union
    select id from bxc_journal_Variant
  ) as t
where bxc_state_Variant.id = t.id;

insert into bxc_state_Variant (
  id, sku, size, name, list_price, stock
)
select
  id, sku, size, name, list_price, stock
from bxc_outside_Variant;

delete from bxc_journal_Variant;

-- what differs now was done by others
create or replace temp table bxc_outside_Variant as
select
  case when o.id is null then 'insert' when n.id is null then 'delete' else 'update' end as bxc_op,
  o.id as bxc_old_id, o.sku as bxc_old_sku, o.size as bxc_old_size, o.name as bxc_old_name,
  o.list_price as bxc_old_list_price, o.stock as bxc_old_stock, n.id as id, n.sku as sku, n.size as size,
  n.name as name, n.list_price as list_price, n.stock as stock
from bxc_state_Variant as o
full join Variant as n on o.id = n.id
where o.id is null or n.id is null
  or (o.id is distinct from n.id or o.sku is distinct from n.sku or o.size is distinct from n.size or
  o.name is distinct from n.name or o.list_price is distinct from n.list_price or
  o.stock is distinct from n.stock);

insert into bxc_change_Variant (
  bxc_op, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock, id, sku,
  size, name, list_price, stock
)
select
  bxc_op, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock, id, sku,
  size, name, list_price, stock
from bxc_outside_Variant;

delete from bxc_state_Variant using bxc_outside_Variant as d where bxc_state_Variant.id = d.bxc_old_id;

insert into bxc_state_Variant (
  id, sku, size, name, list_price, stock
)
select
  id, sku, size, name, list_price, stock
from bxc_outside_Variant
where bxc_op <> 'delete';

drop table bxc_outside_Variant;
