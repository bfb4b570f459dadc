-- Assortment: view of Item, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."Assortment" as
select
  s.sku as sku, s.name as name, s.list_price as list_price
from public."Item" as s
with cascaded check option;

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_Assortment" (
  sku text collate "C", name text collate "C", list_price numeric
);

create table if not exists public."bxc_delta_Assortment" (
  bxc_op text, bxc_old_sku text collate "C", sku text collate "C", name text collate "C", list_price numeric
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_Assortment" as
select * from (
  with
    "bxc_seen_Assortment" as materialized (
      select
        0 as bxc_layer, s.sku, s.name, s.list_price, s.shelf
      from (
        select bxc_old_sku as sku from public."bxc_delta_Assortment" where bxc_op <> 'insert'
        union
        select sku from public."bxc_delta_Assortment"
        where bxc_op = 'insert'
          or bxc_op = 'update' and sku is distinct from bxc_old_sku
      ) as w
      join public."Item" as s on s.sku = w.sku
    ),
    "bxc_work_Assortment" as materialized (
      with
        bxc_key as (
          select sku, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_Assortment"
          group by sku
        ),
        bxc_old as (
          select w.bxc_old_sku, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.sku <> w.bxc_old_sku) as bxc_renamed
          from public."bxc_delta_Assortment" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_sku
        ),
        bxc_new as (
          select w.sku, count(*) as bxc_count
          from public."bxc_delta_Assortment" as w
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
        from public."bxc_delta_Assortment" as w
        left join bxc_key as o on o.sku = w.bxc_old_sku
        left join bxc_key as n on n.sku = w.sku
        left join bxc_old as p on p.bxc_old_sku = w.bxc_old_sku
        left join bxc_old as l on l.bxc_old_sku = w.sku
        left join bxc_new as c on c.sku = w.sku
      ) as w
    ),
    "bxc_effect_Assortment" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.sku is distinct from e.bxc_old_sku) as bxc_leaves
      from (
        select e.*,
          (e.sku is distinct from e.bxc_old_sku or e.name is distinct from e.bxc_old_name or
          e.list_price is distinct from e.bxc_old_list_price or e.shelf is distinct from e.bxc_old_shelf) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
            s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
            case when k.bxc_kind in ('update', 'keep') then w.sku when k.bxc_kind <> 'delete' then s.sku end as sku,
            case when k.bxc_kind in ('update', 'keep') then w.name when k.bxc_kind <> 'delete' then s.name end as name,
            case
              when k.bxc_kind in ('update', 'keep') then w.list_price
              when k.bxc_kind <> 'delete' then s.list_price
            end as list_price,
            case when k.bxc_kind <> 'delete' then s.shelf end as shelf
          from "bxc_work_Assortment" as w
          join "bxc_seen_Assortment" as s on s.sku = w.bxc_key_sku
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
            cast(null as text) as bxc_old_sku, cast(null as text) as bxc_old_name,
            cast(null as numeric(10, 2)) as bxc_old_list_price, cast(null as text) as bxc_old_shelf, w.sku as sku,
            w.name as name, w.list_price as list_price, cast(null as text) as shelf
          from "bxc_work_Assortment" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged, case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as sku,
    b.bxc_detail
  from "bxc_work_Assortment" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.sku is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_sku is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_sku is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'Assortment has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'sku is NULL',
      w.bxc_op in ('insert', 'update') and w.sku is null),
    ('BXC16', 'sku is no varchar(20)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.sku) <= 20)),
    ('BXC16', 'name is NULL',
      w.bxc_op in ('insert', 'update') and w.name is null),
    ('BXC16', 'list_price is NULL',
      w.bxc_op in ('insert', 'update') and w.list_price is null),
    ('BXC16', 'list_price is no decimal(10,2)',
      w.bxc_op in ('insert', 'update') and not (w.list_price <> 'NaN')),
    ('BXC16', 'list_price is no decimal(10,2)',
      w.bxc_op in ('insert', 'update') and (abs(w.list_price) >= 100000000 or w.list_price <> round(w.list_price, 2))),
    ('BXC18', 'Assortment has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_sku as sku, b.bxc_detail
  from "bxc_effect_Assortment" as e
  cross join lateral (values
    ('BXC10', 'Assortment has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC17', 'check prices is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or e.list_price is distinct from e.bxc_old_list_price)
      and not (e.list_price >= 0.00))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_sku as sku,
    'another row of Item has the same sku' as bxc_detail
  from "bxc_effect_Assortment" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
    and exists (
      select 1 from (
        select sku
        from (
          select s.sku
          from (
            select distinct e.sku as sku
            from "bxc_effect_Assortment" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
          ) as t
          join "bxc_seen_Assortment" as s on t.sku = s.sku
          where not exists (select 1 from "bxc_effect_Assortment" as g where g.bxc_gone and g.bxc_old_sku = s.sku)
          union all
          select sku from "bxc_effect_Assortment" where bxc_made
        ) as l
        group by sku
        having count(*) > 1
      ) as r
      where r.sku = e.sku
    )
) as d
union all
select * from (
  with
    "bxc_batch_Assortment" as materialized (
      select * from (
        select
          case when v.sku is null then 'insert' when n.sku is null then 'delete' else 'update' end as bxc_op,
          v.sku as bxc_old_sku, n.sku, n.name, n.list_price
        from public."bxc_new_Assortment" as n
        full join public."Assortment" as v on n.sku = v.sku
        where v.sku is null
          or n.sku is null
          or (n.name is distinct from v.name or n.list_price is distinct from v.list_price)
          or (n.sku) in (select sku from public."bxc_new_Assortment" group by sku having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_Assortment")
    ),
    "bxc_seen_Assortment" as materialized (
      select
        0 as bxc_layer, s.sku, s.name, s.list_price, s.shelf
      from (
        select bxc_old_sku as sku from "bxc_batch_Assortment" where bxc_op <> 'insert'
        union
        select sku from "bxc_batch_Assortment"
        where bxc_op = 'insert'
          or bxc_op = 'update' and sku is distinct from bxc_old_sku
      ) as w
      join public."Item" as s on s.sku = w.sku
    ),
    "bxc_work_Assortment" as materialized (
      with
        bxc_key as (
          select sku, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_Assortment"
          group by sku
        ),
        bxc_old as (
          select w.bxc_old_sku, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.sku <> w.bxc_old_sku) as bxc_renamed
          from "bxc_batch_Assortment" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_sku
        ),
        bxc_new as (
          select w.sku, count(*) as bxc_count
          from "bxc_batch_Assortment" as w
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
        from "bxc_batch_Assortment" as w
        left join bxc_key as o on o.sku = w.bxc_old_sku
        left join bxc_key as n on n.sku = w.sku
        left join bxc_old as p on p.bxc_old_sku = w.bxc_old_sku
        left join bxc_old as l on l.bxc_old_sku = w.sku
        left join bxc_new as c on c.sku = w.sku
      ) as w
    ),
    "bxc_effect_Assortment" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.sku is distinct from e.bxc_old_sku) as bxc_leaves
      from (
        select e.*,
          (e.sku is distinct from e.bxc_old_sku or e.name is distinct from e.bxc_old_name or
          e.list_price is distinct from e.bxc_old_list_price or e.shelf is distinct from e.bxc_old_shelf) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
            s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
            case when k.bxc_kind in ('update', 'keep') then w.sku when k.bxc_kind <> 'delete' then s.sku end as sku,
            case when k.bxc_kind in ('update', 'keep') then w.name when k.bxc_kind <> 'delete' then s.name end as name,
            case
              when k.bxc_kind in ('update', 'keep') then w.list_price
              when k.bxc_kind <> 'delete' then s.list_price
            end as list_price,
            case when k.bxc_kind <> 'delete' then s.shelf end as shelf
          from "bxc_work_Assortment" as w
          join "bxc_seen_Assortment" as s on s.sku = w.bxc_key_sku
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
            cast(null as text) as bxc_old_sku, cast(null as text) as bxc_old_name,
            cast(null as numeric(10, 2)) as bxc_old_list_price, cast(null as text) as bxc_old_shelf, w.sku as sku,
            w.name as name, w.list_price as list_price, cast(null as text) as shelf
          from "bxc_work_Assortment" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged, case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as sku,
    b.bxc_detail
  from "bxc_work_Assortment" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.sku is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_sku is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_sku is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'Assortment has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'sku is NULL',
      w.bxc_op in ('insert', 'update') and w.sku is null),
    ('BXC16', 'sku is no varchar(20)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.sku) <= 20)),
    ('BXC16', 'name is NULL',
      w.bxc_op in ('insert', 'update') and w.name is null),
    ('BXC16', 'list_price is NULL',
      w.bxc_op in ('insert', 'update') and w.list_price is null),
    ('BXC16', 'list_price is no decimal(10,2)',
      w.bxc_op in ('insert', 'update') and not (w.list_price <> 'NaN')),
    ('BXC16', 'list_price is no decimal(10,2)',
      w.bxc_op in ('insert', 'update') and (abs(w.list_price) >= 100000000 or w.list_price <> round(w.list_price, 2))),
    ('BXC18', 'Assortment has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_sku as sku, b.bxc_detail
  from "bxc_effect_Assortment" as e
  cross join lateral (values
    ('BXC10', 'Assortment has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC17', 'check prices is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or e.list_price is distinct from e.bxc_old_list_price)
      and not (e.list_price >= 0.00))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_sku as sku,
    'another row of Item has the same sku' as bxc_detail
  from "bxc_effect_Assortment" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
    and exists (
      select 1 from (
        select sku
        from (
          select s.sku
          from (
            select distinct e.sku as sku
            from "bxc_effect_Assortment" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
          ) as t
          join "bxc_seen_Assortment" as s on t.sku = s.sku
          where not exists (select 1 from "bxc_effect_Assortment" as g where g.bxc_gone and g.bxc_old_sku = s.sku)
          union all
          select sku from "bxc_effect_Assortment" where bxc_made
        ) as l
        group by sku
        having count(*) > 1
      ) as r
      where r.sku = e.sku
    )
) as n;

-- the put
create or replace function public."bxc_steps_Assortment"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_Assortment" limit 501) as b) > 500;
  analyze "bxc_batch_Assortment";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_Assortment";
  create temporary table "bxc_seen_Assortment" on commit drop as
  select
    0 as bxc_layer, s.sku, s.name, s.list_price, s.shelf
  from (
    select bxc_old_sku as sku from "bxc_batch_Assortment" where bxc_op <> 'insert'
    union
    select sku from "bxc_batch_Assortment"
    where bxc_op = 'insert'
      or bxc_op = 'update' and sku is distinct from bxc_old_sku
  ) as w
  join public."Item" as s on s.sku = w.sku;
  if bxc_many then analyze "bxc_seen_Assortment"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_Assortment";
  create temporary table "bxc_work_Assortment" on commit drop as
  with
    bxc_key as (
      select sku, bool_or(bxc_layer = 0) as bxc_shown
      from "bxc_seen_Assortment"
      group by sku
    ),
    bxc_old as (
      select w.bxc_old_sku, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.sku <> w.bxc_old_sku) as bxc_renamed
      from "bxc_batch_Assortment" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_sku
    ),
    bxc_new as (
      select w.sku, count(*) as bxc_count
      from "bxc_batch_Assortment" as w
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
    from "bxc_batch_Assortment" as w
    left join bxc_key as o on o.sku = w.bxc_old_sku
    left join bxc_key as n on n.sku = w.sku
    left join bxc_old as p on p.bxc_old_sku = w.bxc_old_sku
    left join bxc_old as l on l.bxc_old_sku = w.sku
    left join bxc_new as c on c.sku = w.sku
  ) as w;
  if bxc_many then analyze "bxc_work_Assortment"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_Assortment";
  create temporary table "bxc_effect_Assortment" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.sku is distinct from e.bxc_old_sku) as bxc_leaves
  from (
    select e.*,
      (e.sku is distinct from e.bxc_old_sku or e.name is distinct from e.bxc_old_name or
      e.list_price is distinct from e.bxc_old_list_price or e.shelf is distinct from e.bxc_old_shelf) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
        s.sku as bxc_old_sku, s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf,
        case when k.bxc_kind in ('update', 'keep') then w.sku when k.bxc_kind <> 'delete' then s.sku end as sku,
        case when k.bxc_kind in ('update', 'keep') then w.name when k.bxc_kind <> 'delete' then s.name end as name,
        case
          when k.bxc_kind in ('update', 'keep') then w.list_price
          when k.bxc_kind <> 'delete' then s.list_price
        end as list_price,
        case when k.bxc_kind <> 'delete' then s.shelf end as shelf
      from "bxc_work_Assortment" as w
      join "bxc_seen_Assortment" as s on s.sku = w.bxc_key_sku
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_sku else w.sku end as bxc_listed_sku,
        cast(null as text) as bxc_old_sku, cast(null as text) as bxc_old_name,
        cast(null as numeric(10, 2)) as bxc_old_list_price, cast(null as text) as bxc_old_shelf, w.sku as sku,
        w.name as name, w.list_price as list_price, cast(null as text) as shelf
      from "bxc_work_Assortment" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_Assortment";
end
$bxc$;

create or replace function public."bxc_apply_Assortment"() returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_refused text;
  bxc_number bigint;
begin
  -- the guard: refuses with the lowest code that applies
  select min(b.bxc_code) into bxc_refused
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
        then 'BXC10'  -- Assortment has another row with the new key
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w.sku is null
        then 'BXC16'  -- sku is NULL
      when w.bxc_op in ('insert', 'update') and not (char_length(w.sku) <= 20)
        then 'BXC16'  -- sku is no varchar(20)
      when w.bxc_op in ('insert', 'update') and w.name is null
        then 'BXC16'  -- name is NULL
      when w.bxc_op in ('insert', 'update') and w.list_price is null
        then 'BXC16'  -- list_price is NULL
      when w.bxc_op in ('insert', 'update') and not (w.list_price <> 'NaN')
        then 'BXC16'  -- list_price is no decimal(10,2)
      when w.bxc_op in ('insert', 'update') and (abs(w.list_price) >= 100000000 or w.list_price <> round(w.list_price, 2))
        then 'BXC16'  -- list_price is no decimal(10,2)
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- Assortment has no row with the old key
    end as bxc_code
    from "bxc_work_Assortment" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- Assortment has a row with this key and other values
      when e.bxc_made
        and (e.bxc_kind = 'insert' or e.list_price is distinct from e.bxc_old_list_price)
        and not (e.list_price >= 0.00)
        then 'BXC17'  -- check prices is false
    end
    from "bxc_effect_Assortment" as e
    union all
    -- another row of Item has the same sku
    select 'BXC17'
    from "bxc_effect_Assortment" as e
    where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
      and exists (
        select 1 from (
          select sku
          from (
            select s.sku
            from (
              select distinct e.sku as sku
              from "bxc_effect_Assortment" as e
              where e.bxc_made and (e.bxc_kind = 'insert' or e.sku is distinct from e.bxc_old_sku)
            ) as t
            join "bxc_seen_Assortment" as s on t.sku = s.sku
            where not exists (select 1 from "bxc_effect_Assortment" as g where g.bxc_gone and g.bxc_old_sku = s.sku)
            union all
            select sku from "bxc_effect_Assortment" where bxc_made
          ) as l
          group by sku
          having count(*) > 1
        ) as r
        where r.sku = e.sku
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 Assortment: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Assortment'
        when 'BXC11' then 'BXC11 Assortment: a key belongs to a source row that the view does not show; see bxc_violations_Assortment'
        when 'BXC12' then 'BXC12 Assortment: a row does not fulfil the condition of the view; see bxc_violations_Assortment'
        when 'BXC14' then 'BXC14 Assortment: a new row has no value for a key column that the view hides; see bxc_violations_Assortment'
        when 'BXC15' then 'BXC15 Assortment: a computed column is stated otherwise than its inputs give it; see bxc_violations_Assortment'
        when 'BXC16' then 'BXC16 Assortment: a value is outside its type, or NULL where the view has none; see bxc_violations_Assortment'
        when 'BXC17' then 'BXC17 Assortment: a constraint of the source would be broken; see bxc_violations_Assortment'
        when 'BXC18' then 'BXC18 Assortment: an update speaks of a key that no row has; see bxc_violations_Assortment'
        when 'BXC19' then 'BXC19 Assortment: a row must not vanish from the view; see bxc_violations_Assortment'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_Assortment" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'Item';

  with bxc_left as (
    delete from public."Item" as s using "bxc_effect_Assortment" as e
    where e.bxc_leaves and s.sku = e.bxc_old_sku
    returning 1
  )
  insert into public."Item" as s (
      sku, name, list_price, shelf
  )
  select
      e.sku, e.name, e.list_price, e.shelf
  from "bxc_effect_Assortment" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (sku) do update set
      name = excluded.name, list_price = excluded.list_price, shelf = excluded.shelf;

  update public.bxc_session set uncaptured = false where source = 'Item';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_Item"');
  insert into public."bxc_change_Item" (
    bxc_seq, bxc_op, bxc_via, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name,
    list_price, shelf
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'Assortment',
    bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf
  from "bxc_effect_Assortment" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_Assortment"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Item" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Assortment";
  create temporary table "bxc_batch_Assortment" on commit drop as
  select
    case when v.sku is null then 'insert' when n.sku is null then 'delete' else 'update' end as bxc_op,
    v.sku as bxc_old_sku, n.sku, n.name, n.list_price
  from public."bxc_new_Assortment" as n
  full join public."Assortment" as v on n.sku = v.sku
  where v.sku is null
    or n.sku is null
    or (n.name is distinct from v.name or n.list_price is distinct from v.list_price);

  -- a key is staged twice
  if exists (select sku from public."bxc_new_Assortment" group by sku having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 Assortment: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Assortment';
  end if;

  perform public."bxc_steps_Assortment"();

  perform public."bxc_apply_Assortment"();
end
$bxc$;

create or replace function public."bxc_put_delta_Assortment"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Item" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Assortment";
  create temporary table "bxc_batch_Assortment" on commit drop as
  select * from public."bxc_delta_Assortment";

  perform public."bxc_steps_Assortment"();

  perform public."bxc_apply_Assortment"();
end
$bxc$;

revoke execute on function public."bxc_steps_Assortment"() from public;

revoke execute on function public."bxc_apply_Assortment"() from public;

revoke execute on function public."bxc_put_Assortment"() from public;

revoke execute on function public."bxc_put_delta_Assortment"() from public;

-- its editors, by this peer's rights
create or replace function public."bxc_grant_Assortment"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_supply_chain_Retailer') then
    return null;
  end if;

  revoke all on public."Assortment" from "bxc_supply_chain_Retailer";
  grant select on public."Assortment" to "bxc_supply_chain_Retailer";

  if exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."Assortment" to "bxc_supply_chain_Retailer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."Assortment" to "bxc_supply_chain_Retailer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'sku' and granted) then
    grant update (sku) on public."Assortment" to "bxc_supply_chain_Retailer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'name' and granted) then
    grant update (name) on public."Assortment" to "bxc_supply_chain_Retailer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'list_price' and granted) then
    grant update (list_price) on public."Assortment" to "bxc_supply_chain_Retailer";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_Assortment"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_Assortment"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
