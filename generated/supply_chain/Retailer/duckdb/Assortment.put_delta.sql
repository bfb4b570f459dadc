-- Puts a delta of the view, staged in bxc_delta_Assortment, into Item: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind Item.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read Item.capture.sql  .read Assortment.put_delta.sql  commit;

create or replace temp table bxc_batch_Assortment as
select 'delta' as bxc_staged, bxc_op, bxc_old_sku, sku, name, list_price from bxc_delta_Assortment;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 Assortment: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Assortment')
  when 'BXC11' then error('BXC11 Assortment: a key belongs to a source row that the view does not show; see bxc_violations_Assortment')
  when 'BXC12' then error('BXC12 Assortment: a row does not fulfil the condition of the view; see bxc_violations_Assortment')
  when 'BXC14' then error('BXC14 Assortment: a new row has no value for a key column that the view hides; see bxc_violations_Assortment')
  when 'BXC15' then error('BXC15 Assortment: a computed column is stated otherwise than its inputs give it; see bxc_violations_Assortment')
  when 'BXC16' then error('BXC16 Assortment: a value is outside its type, or NULL where the view has none; see bxc_violations_Assortment')
  when 'BXC17' then error('BXC17 Assortment: a constraint of the source would be broken; see bxc_violations_Assortment')
  when 'BXC18' then error('BXC18 Assortment: an update speaks of a key that no row has; see bxc_violations_Assortment')
  when 'BXC19' then error('BXC19 Assortment: a row must not vanish from the view; see bxc_violations_Assortment')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Item as s where s.sku = w.sku and not (true and exists (select 1 from bxc_batch_Assortment as x where x.bxc_staged = w.bxc_staged and x.bxc_old_sku = w.sku and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.sku is distinct from x.bxc_old_sku)))))) as bxc_creates
    from bxc_batch_Assortment as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
      w.sku as sku, w.name as name, try_cast(w.list_price as decimal(10, 2)) as list_price, s.shelf as shelf
    from work as w
    join Item as s on s.sku = w.bxc_old_sku
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
      cast(null as varchar) as sku, cast(null as varchar) as name, cast(null as decimal(10, 2)) as list_price,
      cast(null as varchar) as shelf
    from work as w
    join Item as s on s.sku = w.bxc_old_sku
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
      s.sku as sku, s.name as name, s.list_price as list_price, s.shelf as shelf
    from work as w
    join Item as s on s.sku = w.sku
    where w.bxc_op = 'insert' and true and s.sku is not distinct from w.sku and s.name is not distinct from w.name and s.list_price is not distinct from w.list_price and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      cast(null as varchar) as bxc_old_sku, cast(null as varchar) as bxc_old_name,
      cast(null as decimal(10, 2)) as bxc_old_list_price, cast(null as varchar) as bxc_old_shelf, w.sku as sku,
      w.name as name, try_cast(w.list_price as decimal(10, 2)) as list_price, cast(null as varchar) as shelf
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.sku is distinct from e.bxc_old_sku or e.name is distinct from e.bxc_old_name or e.list_price is distinct from e.bxc_old_list_price or e.shelf is distinct from e.bxc_old_shelf)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.sku, s.name, s.list_price, s.shelf
    from Item as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_sku = s.sku)
    union all
    select c.bxc_staged, true, c.sku, c.name, c.list_price, c.shelf from change as c where c.bxc_kind <> 'delete'
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
    where w.bxc_op = 'insert' and exists (select 1 from Item as s where s.sku = w.sku and true and not (s.sku is not distinct from w.sku and s.name is not distinct from w.name and s.list_price is not distinct from w.list_price)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_sku = w.sku and x.bxc_op = 'update' and (x.sku is distinct from x.bxc_old_sku))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as sku, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.sku is distinct from w.bxc_old_sku) and exists (select 1 from Item as s where s.sku = w.sku and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_sku = w.sku and (x.bxc_op = 'delete' or (x.sku is distinct from x.bxc_old_sku)))
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
    where w.bxc_op = 'update' and not exists (select 1 from Item as s where s.sku = w.bxc_old_sku and true)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_sku as sku, 'check prices' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.list_price is distinct from e.bxc_old_list_price)) and not (e.list_price >= 0.00)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_sku as sku, 'primary key (sku)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.sku is distinct from e.bxc_old_sku)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.sku = e.sku) > 1
  )
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_Assortment as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Item as s where s.sku = w.sku and not (true and exists (select 1 from bxc_batch_Assortment as x where x.bxc_staged = w.bxc_staged and x.bxc_old_sku = w.sku and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.sku is distinct from x.bxc_old_sku)))))) as bxc_creates
    from bxc_batch_Assortment as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
      w.sku as sku, w.name as name, try_cast(w.list_price as decimal(10, 2)) as list_price, s.shelf as shelf
    from work as w
    join Item as s on s.sku = w.bxc_old_sku
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
      cast(null as varchar) as sku, cast(null as varchar) as name, cast(null as decimal(10, 2)) as list_price,
      cast(null as varchar) as shelf
    from work as w
    join Item as s on s.sku = w.bxc_old_sku
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
      s.sku as sku, s.name as name, s.list_price as list_price, s.shelf as shelf
    from work as w
    join Item as s on s.sku = w.sku
    where w.bxc_op = 'insert' and true and s.sku is not distinct from w.sku and s.name is not distinct from w.name and s.list_price is not distinct from w.list_price and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
      cast(null as varchar) as bxc_old_sku, cast(null as varchar) as bxc_old_name,
      cast(null as decimal(10, 2)) as bxc_old_list_price, cast(null as varchar) as bxc_old_shelf, w.sku as sku,
      w.name as name, try_cast(w.list_price as decimal(10, 2)) as list_price, cast(null as varchar) as shelf
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.sku is distinct from e.bxc_old_sku or e.name is distinct from e.bxc_old_name or e.list_price is distinct from e.bxc_old_list_price or e.shelf is distinct from e.bxc_old_shelf)
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from Item as s using bxc_apply_Assortment as c
where c.bxc_kind <> 'insert' and s.sku = c.bxc_old_sku;

insert into Item (sku, name, list_price, shelf)
select sku, name, list_price, shelf from bxc_apply_Assortment where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_Item (bxc_seq, bxc_op, bxc_via, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf)
select (select nextval('bxc_seq_Item')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'Assortment', bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf
from bxc_apply_Assortment;

insert into bxc_journal_Item (bxc_put, bxc_old_sku, sku, name, list_price, shelf)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_Item), bxc_old_sku, sku, name, list_price, shelf
from bxc_apply_Assortment;

drop table bxc_batch_Assortment;
drop table bxc_apply_Assortment;
