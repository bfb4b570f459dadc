-- CodesAtSouth: view of SouthCode, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."CodesAtSouth" as
select
  s.code as code, s.title as title
from public."SouthCode" as s
with cascaded check option;

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_CodesAtSouth" (
  code text collate "C", title text collate "C"
);

create table if not exists public."bxc_delta_CodesAtSouth" (
  bxc_op text, bxc_old_code text collate "C", code text collate "C", title text collate "C"
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_CodesAtSouth" as
select * from (
  with
    "bxc_seen_CodesAtSouth" as materialized (
      select
        0 as bxc_layer, s.code, s.title
      from (
        select bxc_old_code as code from public."bxc_delta_CodesAtSouth" where bxc_op <> 'insert'
        union
        select code from public."bxc_delta_CodesAtSouth"
        where bxc_op = 'insert'
          or bxc_op = 'update' and code is distinct from bxc_old_code
      ) as w
      join public."SouthCode" as s on s.code = w.code
    ),
    "bxc_work_CodesAtSouth" as materialized (
      with
        bxc_key as (
          select code, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_CodesAtSouth"
          group by code
        ),
        bxc_old as (
          select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
          from public."bxc_delta_CodesAtSouth" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_code
        ),
        bxc_new as (
          select w.code, count(*) as bxc_count
          from public."bxc_delta_CodesAtSouth" as w
          where w.bxc_op in ('insert', 'update')
          group by w.code
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
          w.bxc_op = 'update' and w.code <> w.bxc_old_code as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from public."bxc_delta_CodesAtSouth" as w
        left join bxc_key as o on o.code = w.bxc_old_code
        left join bxc_key as n on n.code = w.code
        left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
        left join bxc_old as l on l.bxc_old_code = w.code
        left join bxc_new as c on c.code = w.code
      ) as w
    ),
    "bxc_effect_CodesAtSouth" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.code is distinct from e.bxc_old_code) as bxc_leaves
      from (
        select e.*,
          (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
            s.code as bxc_old_code, s.title as bxc_old_title,
            case when k.bxc_kind in ('update', 'keep') then w.code when k.bxc_kind <> 'delete' then s.code end as code,
            case when k.bxc_kind in ('update', 'keep') then w.title when k.bxc_kind <> 'delete' then s.title end as title
          from "bxc_work_CodesAtSouth" as w
          join "bxc_seen_CodesAtSouth" as s on s.code = w.bxc_key_code
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
            cast(null as text) as bxc_old_code, cast(null as text) as bxc_old_title, w.code as code, w.title as title
          from "bxc_work_CodesAtSouth" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as code, b.bxc_detail
  from "bxc_work_CodesAtSouth" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.code is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_code is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_code is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'CodesAtSouth has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'code is NULL',
      w.bxc_op in ('insert', 'update') and w.code is null),
    ('BXC16', 'code is no varchar(8)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.code) <= 8)),
    ('BXC16', 'title is NULL',
      w.bxc_op in ('insert', 'update') and w.title is null),
    ('BXC18', 'CodesAtSouth has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_code as code, b.bxc_detail
  from "bxc_effect_CodesAtSouth" as e
  cross join lateral (values
    ('BXC10', 'CodesAtSouth has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_code as code,
    'another row of SouthCode has the same code' as bxc_detail
  from "bxc_effect_CodesAtSouth" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
    and exists (
      select 1 from (
        select code
        from (
          select s.code
          from (
            select distinct e.code as code
            from "bxc_effect_CodesAtSouth" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
          ) as t
          join "bxc_seen_CodesAtSouth" as s on t.code = s.code
          where not exists (select 1 from "bxc_effect_CodesAtSouth" as g where g.bxc_gone and g.bxc_old_code = s.code)
          union all
          select code from "bxc_effect_CodesAtSouth" where bxc_made
        ) as l
        group by code
        having count(*) > 1
      ) as r
      where r.code = e.code
    )
) as d
union all
select * from (
  with
    "bxc_batch_CodesAtSouth" as materialized (
      select * from (
        select
          case when v.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
          v.code as bxc_old_code, n.code, n.title
        from public."bxc_new_CodesAtSouth" as n
        full join public."CodesAtSouth" as v on n.code = v.code
        where v.code is null
          or n.code is null
          or n.title is distinct from v.title
          or (n.code) in (select code from public."bxc_new_CodesAtSouth" group by code having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_CodesAtSouth")
    ),
    "bxc_seen_CodesAtSouth" as materialized (
      select
        0 as bxc_layer, s.code, s.title
      from (
        select bxc_old_code as code from "bxc_batch_CodesAtSouth" where bxc_op <> 'insert'
        union
        select code from "bxc_batch_CodesAtSouth"
        where bxc_op = 'insert'
          or bxc_op = 'update' and code is distinct from bxc_old_code
      ) as w
      join public."SouthCode" as s on s.code = w.code
    ),
    "bxc_work_CodesAtSouth" as materialized (
      with
        bxc_key as (
          select code, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_CodesAtSouth"
          group by code
        ),
        bxc_old as (
          select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
          from "bxc_batch_CodesAtSouth" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_code
        ),
        bxc_new as (
          select w.code, count(*) as bxc_count
          from "bxc_batch_CodesAtSouth" as w
          where w.bxc_op in ('insert', 'update')
          group by w.code
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
          w.bxc_op = 'update' and w.code <> w.bxc_old_code as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from "bxc_batch_CodesAtSouth" as w
        left join bxc_key as o on o.code = w.bxc_old_code
        left join bxc_key as n on n.code = w.code
        left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
        left join bxc_old as l on l.bxc_old_code = w.code
        left join bxc_new as c on c.code = w.code
      ) as w
    ),
    "bxc_effect_CodesAtSouth" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.code is distinct from e.bxc_old_code) as bxc_leaves
      from (
        select e.*,
          (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
            s.code as bxc_old_code, s.title as bxc_old_title,
            case when k.bxc_kind in ('update', 'keep') then w.code when k.bxc_kind <> 'delete' then s.code end as code,
            case when k.bxc_kind in ('update', 'keep') then w.title when k.bxc_kind <> 'delete' then s.title end as title
          from "bxc_work_CodesAtSouth" as w
          join "bxc_seen_CodesAtSouth" as s on s.code = w.bxc_key_code
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
            cast(null as text) as bxc_old_code, cast(null as text) as bxc_old_title, w.code as code, w.title as title
          from "bxc_work_CodesAtSouth" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged, case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as code,
    b.bxc_detail
  from "bxc_work_CodesAtSouth" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.code is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_code is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_code is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'CodesAtSouth has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'code is NULL',
      w.bxc_op in ('insert', 'update') and w.code is null),
    ('BXC16', 'code is no varchar(8)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.code) <= 8)),
    ('BXC16', 'title is NULL',
      w.bxc_op in ('insert', 'update') and w.title is null),
    ('BXC18', 'CodesAtSouth has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_code as code, b.bxc_detail
  from "bxc_effect_CodesAtSouth" as e
  cross join lateral (values
    ('BXC10', 'CodesAtSouth has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_code as code,
    'another row of SouthCode has the same code' as bxc_detail
  from "bxc_effect_CodesAtSouth" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
    and exists (
      select 1 from (
        select code
        from (
          select s.code
          from (
            select distinct e.code as code
            from "bxc_effect_CodesAtSouth" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
          ) as t
          join "bxc_seen_CodesAtSouth" as s on t.code = s.code
          where not exists (select 1 from "bxc_effect_CodesAtSouth" as g where g.bxc_gone and g.bxc_old_code = s.code)
          union all
          select code from "bxc_effect_CodesAtSouth" where bxc_made
        ) as l
        group by code
        having count(*) > 1
      ) as r
      where r.code = e.code
    )
) as n;

-- the put
create or replace function public."bxc_steps_CodesAtSouth"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_CodesAtSouth" limit 501) as b) > 500;
  analyze "bxc_batch_CodesAtSouth";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_CodesAtSouth";
  create temporary table "bxc_seen_CodesAtSouth" on commit drop as
  select
    0 as bxc_layer, s.code, s.title
  from (
    select bxc_old_code as code from "bxc_batch_CodesAtSouth" where bxc_op <> 'insert'
    union
    select code from "bxc_batch_CodesAtSouth"
    where bxc_op = 'insert'
      or bxc_op = 'update' and code is distinct from bxc_old_code
  ) as w
  join public."SouthCode" as s on s.code = w.code;
  if bxc_many then analyze "bxc_seen_CodesAtSouth"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_CodesAtSouth";
  create temporary table "bxc_work_CodesAtSouth" on commit drop as
  with
    bxc_key as (
      select code, bool_or(bxc_layer = 0) as bxc_shown
      from "bxc_seen_CodesAtSouth"
      group by code
    ),
    bxc_old as (
      select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
      from "bxc_batch_CodesAtSouth" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_code
    ),
    bxc_new as (
      select w.code, count(*) as bxc_count
      from "bxc_batch_CodesAtSouth" as w
      where w.bxc_op in ('insert', 'update')
      group by w.code
    )
  select w.*,
    w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
  from (
    select w.*,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      w.bxc_op = 'update' and w.code <> w.bxc_old_code as bxc_renames,
      coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
      coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
      coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
    from "bxc_batch_CodesAtSouth" as w
    left join bxc_key as o on o.code = w.bxc_old_code
    left join bxc_key as n on n.code = w.code
    left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
    left join bxc_old as l on l.bxc_old_code = w.code
    left join bxc_new as c on c.code = w.code
  ) as w;
  if bxc_many then analyze "bxc_work_CodesAtSouth"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_CodesAtSouth";
  create temporary table "bxc_effect_CodesAtSouth" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.code is distinct from e.bxc_old_code) as bxc_leaves
  from (
    select e.*,
      (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
        s.code as bxc_old_code, s.title as bxc_old_title,
        case when k.bxc_kind in ('update', 'keep') then w.code when k.bxc_kind <> 'delete' then s.code end as code,
        case when k.bxc_kind in ('update', 'keep') then w.title when k.bxc_kind <> 'delete' then s.title end as title
      from "bxc_work_CodesAtSouth" as w
      join "bxc_seen_CodesAtSouth" as s on s.code = w.bxc_key_code
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
        cast(null as text) as bxc_old_code, cast(null as text) as bxc_old_title, w.code as code, w.title as title
      from "bxc_work_CodesAtSouth" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_CodesAtSouth";
end
$bxc$;

create or replace function public."bxc_apply_CodesAtSouth"() returns bigint
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
      when w.bxc_op in ('insert', 'update') and (w.code is null)
        then 'BXC10'  -- the key has a NULL
      when w.bxc_op in ('update', 'delete') and (w.bxc_old_code is null)
        then 'BXC10'  -- the old key has a NULL
      when w.bxc_op = 'insert' and (w.bxc_old_code is not null)
        then 'BXC10'  -- an insert has an old key
      when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then 'BXC10'  -- another staged row has the same old key
      when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then 'BXC10'  -- another staged row has the same key
      when w.bxc_op = 'insert' and w.bxc_key_deleted
        then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
      when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then 'BXC10'  -- CodesAtSouth has another row with the new key
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w.code is null
        then 'BXC16'  -- code is NULL
      when w.bxc_op in ('insert', 'update') and not (char_length(w.code) <= 8)
        then 'BXC16'  -- code is no varchar(8)
      when w.bxc_op in ('insert', 'update') and w.title is null
        then 'BXC16'  -- title is NULL
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- CodesAtSouth has no row with the old key
    end as bxc_code
    from "bxc_work_CodesAtSouth" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- CodesAtSouth has a row with this key and other values
    end
    from "bxc_effect_CodesAtSouth" as e
    union all
    -- another row of SouthCode has the same code
    select 'BXC17'
    from "bxc_effect_CodesAtSouth" as e
    where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
      and exists (
        select 1 from (
          select code
          from (
            select s.code
            from (
              select distinct e.code as code
              from "bxc_effect_CodesAtSouth" as e
              where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
            ) as t
            join "bxc_seen_CodesAtSouth" as s on t.code = s.code
            where not exists (select 1 from "bxc_effect_CodesAtSouth" as g where g.bxc_gone and g.bxc_old_code = s.code)
            union all
            select code from "bxc_effect_CodesAtSouth" where bxc_made
          ) as l
          group by code
          having count(*) > 1
        ) as r
        where r.code = e.code
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 CodesAtSouth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtSouth'
        when 'BXC11' then 'BXC11 CodesAtSouth: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtSouth'
        when 'BXC12' then 'BXC12 CodesAtSouth: a row does not fulfil the condition of the view; see bxc_violations_CodesAtSouth'
        when 'BXC14' then 'BXC14 CodesAtSouth: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtSouth'
        when 'BXC15' then 'BXC15 CodesAtSouth: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtSouth'
        when 'BXC16' then 'BXC16 CodesAtSouth: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtSouth'
        when 'BXC17' then 'BXC17 CodesAtSouth: a constraint of the source would be broken; see bxc_violations_CodesAtSouth'
        when 'BXC18' then 'BXC18 CodesAtSouth: an update speaks of a key that no row has; see bxc_violations_CodesAtSouth'
        when 'BXC19' then 'BXC19 CodesAtSouth: a row must not vanish from the view; see bxc_violations_CodesAtSouth'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_CodesAtSouth" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'SouthCode';

  with bxc_left as (
    delete from public."SouthCode" as s using "bxc_effect_CodesAtSouth" as e
    where e.bxc_leaves and s.code = e.bxc_old_code
    returning 1
  )
  insert into public."SouthCode" as s (
      code, title
  )
  select
      e.code, e.title
  from "bxc_effect_CodesAtSouth" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (code) do update set
      title = excluded.title;

  update public.bxc_session set uncaptured = false where source = 'SouthCode';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_SouthCode"');
  insert into public."bxc_change_SouthCode" (
    bxc_seq, bxc_op, bxc_via, bxc_old_code, bxc_old_title, code, title
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'CodesAtSouth',
    bxc_old_code, bxc_old_title, code, title
  from "bxc_effect_CodesAtSouth" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_CodesAtSouth"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."SouthCode" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_CodesAtSouth";
  create temporary table "bxc_batch_CodesAtSouth" on commit drop as
  select
    case when v.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
    v.code as bxc_old_code, n.code, n.title
  from public."bxc_new_CodesAtSouth" as n
  full join public."CodesAtSouth" as v on n.code = v.code
  where v.code is null
    or n.code is null
    or n.title is distinct from v.title;

  -- a key is staged twice
  if exists (select code from public."bxc_new_CodesAtSouth" group by code having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 CodesAtSouth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtSouth';
  end if;

  perform public."bxc_steps_CodesAtSouth"();

  perform public."bxc_apply_CodesAtSouth"();
end
$bxc$;

create or replace function public."bxc_put_delta_CodesAtSouth"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."SouthCode" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_CodesAtSouth";
  create temporary table "bxc_batch_CodesAtSouth" on commit drop as
  select * from public."bxc_delta_CodesAtSouth";

  perform public."bxc_steps_CodesAtSouth"();

  perform public."bxc_apply_CodesAtSouth"();
end
$bxc$;

revoke execute on function public."bxc_steps_CodesAtSouth"() from public;

revoke execute on function public."bxc_apply_CodesAtSouth"() from public;

revoke execute on function public."bxc_put_CodesAtSouth"() from public;

revoke execute on function public."bxc_put_delta_CodesAtSouth"() from public;

-- its editors, by this peer's rights
create or replace function public."bxc_grant_CodesAtSouth"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_research_consortium_South') then
    return null;
  end if;

  revoke all on public."CodesAtSouth" from "bxc_research_consortium_South";
  grant select on public."CodesAtSouth" to "bxc_research_consortium_South";

  if exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."CodesAtSouth" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."CodesAtSouth" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'code' and granted) then
    grant update (code) on public."CodesAtSouth" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'title' and granted) then
    grant update (title) on public."CodesAtSouth" to "bxc_research_consortium_South";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_CodesAtSouth"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_CodesAtSouth"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
