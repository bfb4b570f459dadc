-- Puts a delta of the view, staged in bxc_delta_PriceList, into Variant: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind Variant.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read Variant.capture.sql' -c '.read PriceList.put_delta.sql' -c commit

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_PriceList as
select
  s.rowid as bxc_rowid, 0 as bxc_layer, s.id, s.sku, s.size, s.name, s.list_price, s.stock
from Variant as s
semi join (
  select bxc_old_sku as sku from bxc_delta_PriceList where bxc_op <> 'insert'
  union all
  select sku from bxc_delta_PriceList
  where bxc_op = 'insert'
    or bxc_op = 'update' and sku is distinct from bxc_old_sku
) as w on s.sku = w.sku;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_PriceList as
with
  bxc_key as (
    select sku, bool_or(bxc_layer = 0) as bxc_shown
    from bxc_seen_PriceList
    group by sku
  ),
  bxc_old as (
    select w.bxc_old_sku, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.sku <> w.bxc_old_sku) as bxc_renamed
    from bxc_delta_PriceList as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_sku
  ),
  bxc_new as (
    select w.sku, count(*) as bxc_count
    from bxc_delta_PriceList as w
    where w.bxc_op in ('insert', 'update')
    group by w.sku
  )
select w.*,
  w.bxc_op = 'insert' and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
    w.bxc_op = 'update' and w.sku <> w.bxc_old_sku as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_delta_PriceList as w
  left join bxc_key as o on o.sku = w.bxc_old_sku
  left join bxc_key as n on n.sku = w.sku
  left join bxc_old as p on p.bxc_old_sku = w.bxc_old_sku
  left join bxc_old as l on l.bxc_old_sku = w.sku
  left join bxc_new as c on c.sku = w.sku
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_PriceList as
select e.*,
  (e.id is distinct from e.bxc_old_id or e.sku is distinct from e.bxc_old_sku or
    e.size is distinct from e.bxc_old_size or e.name is distinct from e.bxc_old_name or
    e.list_price is distinct from e.bxc_old_list_price or e.stock is distinct from e.bxc_old_stock) as bxc_changed,
  bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
  bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
from (
  select
    case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
    end as bxc_kind,
    s.bxc_rowid as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku, s.id as bxc_old_id,
    s.sku as bxc_old_sku, s.size as bxc_old_size, s.name as bxc_old_name, s.list_price as bxc_old_list_price,
    s.stock as bxc_old_stock, s.id as id,
    case when bxc_kind in ('update', 'keep') then w.sku else s.sku end as sku, s.size as size,
    case when bxc_kind in ('update', 'keep') then w.name else s.name end as name,
    case when bxc_kind in ('update', 'keep') then w.list_price else s.list_price end as list_price,
    s.stock as stock
  from bxc_work_PriceList as w
  join bxc_seen_PriceList as s on s.sku = w.bxc_key_sku
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
    cast(null as bigint) as bxc_old_id, cast(null as varchar) as bxc_old_sku,
    cast(null as varchar) as bxc_old_size, cast(null as varchar) as bxc_old_name,
    cast(null as decimal(10, 2)) as bxc_old_list_price, cast(null as bigint) as bxc_old_stock,
    cast(null as bigint) as id, w.sku as sku, cast(null as varchar) as size, w.name as name,
    w.list_price as list_price, cast(0 as bigint) as stock
  from bxc_work_PriceList as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 PriceList: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_PriceList'
  )
  when 'BXC11' then error(
    'BXC11 PriceList: a key belongs to a source row that the view does not show; see bxc_violations_PriceList'
  )
  when 'BXC12' then error(
    'BXC12 PriceList: a row does not fulfil the condition of the view; see bxc_violations_PriceList'
  )
  when 'BXC14' then error(
    'BXC14 PriceList: a new row has no value for a key column that the view hides; see bxc_violations_PriceList'
  )
  when 'BXC15' then error(
    'BXC15 PriceList: a computed column is stated otherwise than its inputs give it; see bxc_violations_PriceList'
  )
  when 'BXC16' then error(
    'BXC16 PriceList: a value is outside its type, or NULL where the view has none; see bxc_violations_PriceList'
  )
  when 'BXC17' then error(
    'BXC17 PriceList: a constraint of the source would be broken; see bxc_violations_PriceList'
  )
  when 'BXC18' then error(
    'BXC18 PriceList: an update speaks of a key that no row has; see bxc_violations_PriceList'
  )
  when 'BXC19' then error(
    'BXC19 PriceList: a row must not vanish from the view; see bxc_violations_PriceList'
  )
end as bxc_refused
from (
  select case
    when w.bxc_op in ('insert', 'update') and (w.sku is null)
      then 'BXC10'  -- the key has a NULL
    when w.bxc_op in ('update', 'delete') and (w.bxc_old_sku is null)
      then 'BXC10'  -- the old key has a NULL
    when w.bxc_op = 'insert' and (w.bxc_old_sku is not null)
      then 'BXC10'  -- an insert has an old key
    when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
      then 'BXC10'  -- another staged row has the same old key
    when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
      then 'BXC10'  -- another staged row has the same key
    when w.bxc_op = 'insert' and w.bxc_key_deleted
      then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
    when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
      then 'BXC10'  -- PriceList has another row with the new key
    when w.bxc_creates
      then 'BXC14'  -- a new row needs a fresh value for id, which the view hides
    when w.bxc_creates
      then 'BXC16'  -- a new row needs a value for size, which the view hides
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w.sku is null
      then 'BXC16'  -- sku is NULL
    when w.bxc_op in ('insert', 'update')
      and not (length(w.sku) <= 20 and not contains(w.sku, chr(0)))
      then 'BXC16'  -- sku is no varchar(20)
    when w.bxc_op in ('insert', 'update') and w.name is null
      then 'BXC16'  -- name is NULL
    when w.bxc_op in ('insert', 'update') and not (not contains(w.name, chr(0)))
      then 'BXC16'  -- name is no text
    when w.bxc_op in ('insert', 'update') and w.list_price is null
      then 'BXC16'  -- list_price is NULL
    when w.bxc_op in ('insert', 'update') and abs(w.list_price) >= 100000000
      then 'BXC16'  -- list_price is no decimal(10,2)
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- PriceList has no row with the old key
    when w.bxc_op = 'delete' and w.bxc_old_shown
      then 'BXC19'  -- PriceList rejects deletes
  end as bxc_code
  from bxc_work_PriceList as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- PriceList has a row with this key and other values
    when e.bxc_made
      and (e.bxc_kind = 'insert' or e.list_price is distinct from e.bxc_old_list_price)
      and not (e.list_price >= 0.00)
      then 'BXC17'  -- check prices is false
  end
  from bxc_effect_PriceList as e
  union all
  -- another row of Variant has the same id
  select 'BXC17'
  from bxc_effect_PriceList as e
  semi join (
    select id
    from (
      select s.id
      from Variant as s
      semi join (
        select e.id as id
        from bxc_effect_PriceList as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.id is distinct from e.bxc_old_id)
      ) as t on t.id is not distinct from s.id
      anti join (
        select bxc_rowid from bxc_effect_PriceList where bxc_gone
      ) as g on g.bxc_rowid = s.rowid
      union all
      select id from bxc_effect_PriceList where bxc_made
    ) as l
    group by id
    having count(*) > 1
  ) as r on r.id = e.id
  where e.bxc_made and (e.bxc_kind = 'insert' or e.id is distinct from e.bxc_old_id)
  union all
  -- another row of Variant has the same sku, size
  select 'BXC17'
  from bxc_effect_PriceList as e
  semi join (
    select sku, size
    from (
      select s.sku, s.size
      from bxc_seen_PriceList as s
      semi join (
        select e.sku as sku, e.size as size
        from bxc_effect_PriceList as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.size is distinct from e.bxc_old_size or e.sku is distinct from e.bxc_old_sku))
      ) as t on t.sku is not distinct from s.sku and t.size is not distinct from s.size
      anti join (
        select bxc_rowid from bxc_effect_PriceList where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select sku, size from bxc_effect_PriceList where bxc_made
    ) as l
    group by sku, size
    having count(*) > 1
  ) as r on r.sku = e.sku and r.size = e.size
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.size is distinct from e.bxc_old_size or e.sku is distinct from e.bxc_old_sku))
  union all
  -- another row of Variant has the same sku and other name, list_price
  select 'BXC17'
  from bxc_effect_PriceList as e
  semi join (
    select sku
    from (
      select s.sku, s.name, s.list_price
      from bxc_seen_PriceList as s
      semi join (
        select e.sku as sku
        from bxc_effect_PriceList as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.list_price is distinct from e.bxc_old_list_price or e.name is distinct from e.bxc_old_name or
            e.sku is distinct from e.bxc_old_sku))
      ) as t on t.sku is not distinct from s.sku
      anti join (
        select bxc_rowid from bxc_effect_PriceList where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select sku, name, list_price from bxc_effect_PriceList where bxc_made
    ) as l
    group by sku
    having min(name) <> max(name) or count(name) between 1 and count(*) - 1 or min(list_price) <> max(list_price) or count(list_price) between 1 and count(*) - 1
  ) as r on r.sku is not distinct from e.sku
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.list_price is distinct from e.bxc_old_list_price or e.name is distinct from e.bxc_old_name or
        e.sku is distinct from e.bxc_old_sku))
);

-- apply: rows that change leave the source and come back as they are to be
delete from Variant as s
where s.rowid in (
  select bxc_rowid from bxc_effect_PriceList where bxc_gone
);

insert into Variant (
  id, sku, size, name, list_price, stock
)
select
  id, sku, size, name, list_price, stock
from bxc_effect_PriceList where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_Variant (
  bxc_seq, bxc_op, bxc_via, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price,
  bxc_old_stock, id, sku, size, name, list_price, stock
)
select
  (select nextval('bxc_seq_Variant')),
  case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'PriceList', bxc_old_id,
  bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock, id, sku, size, name,
  list_price, stock
from bxc_effect_PriceList where bxc_gone or bxc_made;

insert into bxc_journal_Variant (
  bxc_put, bxc_old_id, id, sku, size, name, list_price, stock
)
select
  (select nextval('bxc_seq_Variant')), bxc_old_id, id, sku, size, name, list_price, stock
from bxc_effect_PriceList where bxc_gone or bxc_made;

drop table bxc_effect_PriceList;
drop table bxc_work_PriceList;
drop table bxc_seen_PriceList;
