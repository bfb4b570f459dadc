-- PriceList: view of Variant, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists PriceList as
select distinct
  s.sku as sku, s.name as name, s.list_price as list_price
from Variant as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_PriceList (
  sku varchar, name varchar, list_price decimal(38, 2)
);

create table if not exists bxc_delta_PriceList (
  bxc_op varchar, bxc_old_sku varchar, sku varchar, name varchar, list_price decimal(38, 2)
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_PriceList as
with
  staged as (
    select 'delta' as bxc_staged, bxc_op, bxc_old_sku, sku, name, list_price from bxc_delta_PriceList
    union all
    select 'new' as bxc_staged, case when v.sku is null then 'insert' else 'update' end as bxc_op,
      v.sku as bxc_old_sku, n.sku, n.name, n.list_price
    from bxc_new_PriceList as n
    left join PriceList as v on n.sku = v.sku
    union all
    select 'new', 'delete',
      v.sku as bxc_old_sku, cast(null as varchar) as sku, cast(null as varchar) as name,
      cast(null as decimal(10, 2)) as list_price
    from PriceList as v
    anti join bxc_new_PriceList as n on n.sku = v.sku
    where exists (select 1 from bxc_new_PriceList)
  ),
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Variant as s where s.sku = w.sku and not (true and exists (select 1 from staged as x where x.bxc_staged = w.bxc_staged and x.bxc_old_sku = w.sku and x.bxc_op = 'update' and (x.sku is distinct from x.bxc_old_sku))))) as bxc_creates
    from staged as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      s.id as bxc_old_id, s.sku as bxc_old_sku, s.size as bxc_old_size, s.name as bxc_old_name,
      s.list_price as bxc_old_list_price, s.stock as bxc_old_stock, s.id as id, w.sku as sku, s.size as size,
      w.name as name, try_cast(w.list_price as decimal(10, 2)) as list_price, s.stock as stock
    from work as w
    join Variant as s on s.sku = w.bxc_old_sku
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      s.id as bxc_old_id, s.sku as bxc_old_sku, s.size as bxc_old_size, s.name as bxc_old_name,
      s.list_price as bxc_old_list_price, s.stock as bxc_old_stock, s.id as id, s.sku as sku, s.size as size,
      s.name as name, s.list_price as list_price, s.stock as stock
    from work as w
    join Variant as s on s.sku = w.sku
    where w.bxc_op = 'insert' and true and s.sku is not distinct from w.sku and s.name is not distinct from w.name and s.list_price is not distinct from w.list_price and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      cast(null as bigint) as bxc_old_id, cast(null as varchar) as bxc_old_sku,
      cast(null as varchar) as bxc_old_size, cast(null as varchar) as bxc_old_name,
      cast(null as decimal(10, 2)) as bxc_old_list_price, cast(null as bigint) as bxc_old_stock,
      cast(null as bigint) as id, w.sku as sku, cast(null as varchar) as size, w.name as name,
      try_cast(w.list_price as decimal(10, 2)) as list_price, cast(0 as bigint) as stock
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.id is distinct from e.bxc_old_id or e.sku is distinct from e.bxc_old_sku or e.size is distinct from e.bxc_old_size or e.name is distinct from e.bxc_old_name or e.list_price is distinct from e.bxc_old_list_price or e.stock is distinct from e.bxc_old_stock)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.id, s.sku, s.size, s.name, s.list_price, s.stock
    from Variant as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_id = s.id)
    union all
    select c.bxc_staged, true, c.id, c.sku, c.size, c.name, c.list_price, c.stock from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w.sku is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_sku is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_sku is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_sku = w.bxc_old_sku) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x.sku = w.sku) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_sku = w.sku and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from Variant as s where s.sku = w.sku and true and not (s.sku is not distinct from w.sku and s.name is not distinct from w.name and s.list_price is not distinct from w.list_price)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_sku = w.sku and x.bxc_op = 'update' and (x.sku is distinct from x.bxc_old_sku))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.sku is distinct from w.bxc_old_sku) and exists (select 1 from Variant as s where s.sku = w.sku and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_sku = w.sku and (x.bxc_op = 'delete' or (x.sku is distinct from x.bxc_old_sku)))
    union all
    select 'BXC14' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'a new row has no value for the hidden key column id' as bxc_detail
    from work as w
    where w.bxc_creates
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'a new row has no value for size' as bxc_detail
    from work as w
    where w.bxc_creates
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'sku is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.sku is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'sku is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (length(w.sku) <= 20 and not contains(w.sku, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'name is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.name is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'name is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.name, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'list_price is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.list_price is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'list_price has too many digits' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and abs(w.list_price) >= 100000000
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from Variant as s where s.sku = w.bxc_old_sku and true)
    union all
    select 'BXC19' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'the view rejects deletes' as bxc_detail
    from work as w
    where w.bxc_op = 'delete' and exists (select 1 from Variant as s where s.sku = w.bxc_old_sku and true)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_sku as sku, 'check prices' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.list_price is distinct from e.bxc_old_list_price)) and not (e.list_price >= 0.00)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_sku as sku, 'primary key (id)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.id is distinct from e.bxc_old_id)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.id = e.id) > 1
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_sku as sku, 'unique (sku, size)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.size is distinct from e.bxc_old_size or e.sku is distinct from e.bxc_old_sku)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.sku = e.sku and a.size = e.size) > 1
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_sku as sku, 'determines sku -> name, list_price' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.list_price is distinct from e.bxc_old_list_price or e.name is distinct from e.bxc_old_name or e.sku is distinct from e.bxc_old_sku)) and exists (select 1 from after as a where a.bxc_staged = e.bxc_staged and a.sku is not distinct from e.sku and (a.name is distinct from e.name or a.list_price is distinct from e.list_price))
  )
select bxc_code, bxc_staged, sku, bxc_detail from violation;
