-- Assortment: view of Item, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Assortment as
select
  s.sku as sku, s.name as name, s.list_price as list_price
from Item as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_Assortment (
  sku varchar, name varchar, list_price decimal(38, 2)
);

create table if not exists bxc_delta_Assortment (
  bxc_op varchar, bxc_old_sku varchar, sku varchar, name varchar, list_price decimal(38, 2)
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_Assortment as
select * from (
  with
    bxc_seen_Assortment as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.sku, s.name, s.list_price, s.shelf
      from Item as s
      semi join (
        select bxc_old_sku as sku from bxc_delta_Assortment where bxc_op <> 'insert'
        union all
        select sku from bxc_delta_Assortment
        where bxc_op = 'insert'
          or bxc_op = 'update' and sku is distinct from bxc_old_sku
      ) as w on s.sku = w.sku
    ),
    bxc_work_Assortment as materialized (
      with
        bxc_key as (
          select sku, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_Assortment
          group by sku
        ),
        bxc_old as (
          select w.bxc_old_sku, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.sku <> w.bxc_old_sku) as bxc_renamed
          from bxc_delta_Assortment as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_sku
        ),
        bxc_new as (
          select w.sku, count(*) as bxc_count
          from bxc_delta_Assortment as w
          where w.bxc_op in ('insert', 'update')
          group by w.sku
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
          w.bxc_op = 'update' and w.sku <> w.bxc_old_sku as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from bxc_delta_Assortment as w
        left join bxc_key as o on o.sku = w.bxc_old_sku
        left join bxc_key as n on n.sku = w.sku
        left join bxc_old as p on p.bxc_old_sku = w.bxc_old_sku
        left join bxc_old as l on l.bxc_old_sku = w.sku
        left join bxc_new as c on c.sku = w.sku
      ) as w
    ),
    bxc_effect_Assortment as materialized (
      select e.*,
        (e.sku is distinct from e.bxc_old_sku or e.name is distinct from e.bxc_old_name or
          e.list_price is distinct from e.bxc_old_list_price or e.shelf is distinct from e.bxc_old_shelf) as bxc_changed,
        bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku, s.sku as bxc_old_sku,
          s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
          case when bxc_kind in ('update', 'keep') then w.sku when bxc_kind <> 'delete' then s.sku end as sku,
          case when bxc_kind in ('update', 'keep') then w.name when bxc_kind <> 'delete' then s.name end as name,
          case when bxc_kind in ('update', 'keep') then w.list_price when bxc_kind <> 'delete' then s.list_price end as list_price,
          case when bxc_kind <> 'delete' then s.shelf end as shelf
        from bxc_work_Assortment as w
        join bxc_seen_Assortment as s on s.sku = w.bxc_key_sku
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
          cast(null as varchar) as bxc_old_sku, cast(null as varchar) as bxc_old_name,
          cast(null as decimal(10, 2)) as bxc_old_list_price, cast(null as varchar) as bxc_old_shelf, w.sku as sku,
          w.name as name, w.list_price as list_price, cast(null as varchar) as shelf
        from bxc_work_Assortment as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_sku as sku,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.sku is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_sku is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_sku is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'Assortment has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.sku is null
        then {'code': 'BXC16', 'detail': 'sku is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.sku) <= 20 and not contains(w.sku, chr(0)))
        then {'code': 'BXC16', 'detail': 'sku is no varchar(20)'} end,
      case when w.bxc_op in ('insert', 'update') and w.name is null
        then {'code': 'BXC16', 'detail': 'name is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.name, chr(0)))
        then {'code': 'BXC16', 'detail': 'name is no text'} end,
      case when w.bxc_op in ('insert', 'update') and w.list_price is null
        then {'code': 'BXC16', 'detail': 'list_price is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and abs(w.list_price) >= 100000000
        then {'code': 'BXC16', 'detail': 'list_price is no decimal(10,2)'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'Assortment has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_Assortment as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_sku as sku,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_sku, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'Assortment has a row with this key and other values'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or e.list_price is distinct from e.bxc_old_list_price)
      and not (e.list_price >= 0.00)
        then {'code': 'BXC17', 'detail': 'check prices is false'} end
    ]) as bxc_broken
    from bxc_effect_Assortment as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_sku as sku,
    'another row of Item has the same sku' as bxc_detail
  from bxc_effect_Assortment as e
  semi join (
    select sku
    from (
      select s.sku
      from bxc_seen_Assortment as s
      semi join (
        select e.sku as sku
        from bxc_effect_Assortment as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
      ) as t on t.sku is not distinct from s.sku
      anti join (
        select bxc_rowid from bxc_effect_Assortment where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select sku from bxc_effect_Assortment where bxc_made
    ) as l
    group by sku
    having count(*) > 1
  ) as r on r.sku = e.sku
  where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
)
union all
select * from (
  with
    bxc_batch_Assortment as materialized (
      select * from (
        select
          case when v.sku is null then 'insert' when n.sku is null then 'delete' else 'update' end as bxc_op,
          v.sku as bxc_old_sku, n.sku, n.name, n.list_price
        from bxc_new_Assortment as n
        full join Assortment as v on n.sku = v.sku
        where v.sku is null
          or n.sku is null
          or (n.name is distinct from v.name or n.list_price is distinct from v.list_price)
          or (n.sku) in (select (sku) from bxc_new_Assortment group by sku having count(*) > 1)
      )
      where exists (select 1 from bxc_new_Assortment)
    ),
    bxc_seen_Assortment as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.sku, s.name, s.list_price, s.shelf
      from Item as s
      semi join (
        select bxc_old_sku as sku from bxc_batch_Assortment where bxc_op <> 'insert'
        union all
        select sku from bxc_batch_Assortment
        where bxc_op = 'insert'
          or bxc_op = 'update' and sku is distinct from bxc_old_sku
      ) as w on s.sku = w.sku
    ),
    bxc_work_Assortment as materialized (
      with
        bxc_key as (
          select sku, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_Assortment
          group by sku
        ),
        bxc_old as (
          select w.bxc_old_sku, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.sku <> w.bxc_old_sku) as bxc_renamed
          from bxc_batch_Assortment as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_sku
        ),
        bxc_new as (
          select w.sku, count(*) as bxc_count
          from bxc_batch_Assortment as w
          where w.bxc_op in ('insert', 'update')
          group by w.sku
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_sku else w.sku end as bxc_key_sku,
          w.bxc_op = 'update' and w.sku <> w.bxc_old_sku as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from bxc_batch_Assortment as w
        left join bxc_key as o on o.sku = w.bxc_old_sku
        left join bxc_key as n on n.sku = w.sku
        left join bxc_old as p on p.bxc_old_sku = w.bxc_old_sku
        left join bxc_old as l on l.bxc_old_sku = w.sku
        left join bxc_new as c on c.sku = w.sku
      ) as w
    ),
    bxc_effect_Assortment as materialized (
      select e.*,
        (e.sku is distinct from e.bxc_old_sku or e.name is distinct from e.bxc_old_name or
          e.list_price is distinct from e.bxc_old_list_price or e.shelf is distinct from e.bxc_old_shelf) as bxc_changed,
        bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku, s.sku as bxc_old_sku,
          s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
          case when bxc_kind in ('update', 'keep') then w.sku when bxc_kind <> 'delete' then s.sku end as sku,
          case when bxc_kind in ('update', 'keep') then w.name when bxc_kind <> 'delete' then s.name end as name,
          case when bxc_kind in ('update', 'keep') then w.list_price when bxc_kind <> 'delete' then s.list_price end as list_price,
          case when bxc_kind <> 'delete' then s.shelf end as shelf
        from bxc_work_Assortment as w
        join bxc_seen_Assortment as s on s.sku = w.bxc_key_sku
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
          cast(null as varchar) as bxc_old_sku, cast(null as varchar) as bxc_old_name,
          cast(null as decimal(10, 2)) as bxc_old_list_price, cast(null as varchar) as bxc_old_shelf, w.sku as sku,
          w.name as name, w.list_price as list_price, cast(null as varchar) as shelf
        from bxc_work_Assortment as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_sku as sku, bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.sku is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_sku is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_sku is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'Assortment has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.sku is null
        then {'code': 'BXC16', 'detail': 'sku is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.sku) <= 20 and not contains(w.sku, chr(0)))
        then {'code': 'BXC16', 'detail': 'sku is no varchar(20)'} end,
      case when w.bxc_op in ('insert', 'update') and w.name is null
        then {'code': 'BXC16', 'detail': 'name is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.name, chr(0)))
        then {'code': 'BXC16', 'detail': 'name is no text'} end,
      case when w.bxc_op in ('insert', 'update') and w.list_price is null
        then {'code': 'BXC16', 'detail': 'list_price is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and abs(w.list_price) >= 100000000
        then {'code': 'BXC16', 'detail': 'list_price is no decimal(10,2)'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'Assortment has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_Assortment as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_sku as sku, bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_sku, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'Assortment has a row with this key and other values'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or e.list_price is distinct from e.bxc_old_list_price)
      and not (e.list_price >= 0.00)
        then {'code': 'BXC17', 'detail': 'check prices is false'} end
    ]) as bxc_broken
    from bxc_effect_Assortment as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_sku as sku,
    'another row of Item has the same sku' as bxc_detail
  from bxc_effect_Assortment as e
  semi join (
    select sku
    from (
      select s.sku
      from bxc_seen_Assortment as s
      semi join (
        select e.sku as sku
        from bxc_effect_Assortment as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
      ) as t on t.sku is not distinct from s.sku
      anti join (
        select bxc_rowid from bxc_effect_Assortment where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select sku from bxc_effect_Assortment where bxc_made
    ) as l
    group by sku
    having count(*) > 1
  ) as r on r.sku = e.sku
  where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
);
