-- CodesAtCentre: view of Code, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."CodesAtCentre" as
select
  s.code as code, s.title as title
from public."Code" as s
with cascaded check option;

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_CodesAtCentre" (
  code text collate "C", title text collate "C"
);

create table if not exists public."bxc_delta_CodesAtCentre" (
  bxc_op text, bxc_old_code text collate "C", code text collate "C", title text collate "C"
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_CodesAtCentre" as
select * from (
  with
    "bxc_seen_CodesAtCentre" as materialized (
      select
        0 as bxc_layer, s.code, s.title, s.revised
      from (
        select bxc_old_code as code from public."bxc_delta_CodesAtCentre" where bxc_op <> 'insert'
        union
        select code from public."bxc_delta_CodesAtCentre"
        where bxc_op = 'insert'
          or bxc_op = 'update' and code is distinct from bxc_old_code
      ) as w
      join public."Code" as s on s.code = w.code
    ),
    "bxc_work_CodesAtCentre" as materialized (
      with
        bxc_key as (
          select code, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_CodesAtCentre"
          group by code
        ),
        bxc_old as (
          select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
          from public."bxc_delta_CodesAtCentre" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_code
        ),
        bxc_new as (
          select w.code, count(*) as bxc_count
          from public."bxc_delta_CodesAtCentre" as w
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
        from public."bxc_delta_CodesAtCentre" as w
        left join bxc_key as o on o.code = w.bxc_old_code
        left join bxc_key as n on n.code = w.code
        left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
        left join bxc_old as l on l.bxc_old_code = w.code
        left join bxc_new as c on c.code = w.code
      ) as w
    ),
    "bxc_effect_CodesAtCentre" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.code is distinct from e.bxc_old_code) as bxc_leaves
      from (
        select e.*,
          (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or
          e.revised is distinct from e.bxc_old_revised) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
            s.code as bxc_old_code, s.title as bxc_old_title, s.revised as bxc_old_revised,
            case when k.bxc_kind in ('update', 'keep') then w.code when k.bxc_kind <> 'delete' then s.code end as code,
            case when k.bxc_kind in ('update', 'keep') then w.title when k.bxc_kind <> 'delete' then s.title end as title,
            case when k.bxc_kind <> 'delete' then s.revised end as revised
          from "bxc_work_CodesAtCentre" as w
          join "bxc_seen_CodesAtCentre" as s on s.code = w.bxc_key_code
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
            cast(null as text) as bxc_old_code, cast(null as text) as bxc_old_title,
            cast(null as timestamp) as bxc_old_revised, w.code as code, w.title as title,
            cast(null as timestamp) as revised
          from "bxc_work_CodesAtCentre" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as code, b.bxc_detail
  from "bxc_work_CodesAtCentre" as w
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
    ('BXC10', 'CodesAtCentre has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'code is NULL',
      w.bxc_op in ('insert', 'update') and w.code is null),
    ('BXC16', 'code is no varchar(8)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.code) <= 8)),
    ('BXC16', 'title is NULL',
      w.bxc_op in ('insert', 'update') and w.title is null),
    ('BXC18', 'CodesAtCentre has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_code as code, b.bxc_detail
  from "bxc_effect_CodesAtCentre" as e
  cross join lateral (values
    ('BXC10', 'CodesAtCentre has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_code as code,
    'another row of Code has the same code' as bxc_detail
  from "bxc_effect_CodesAtCentre" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
    and exists (
      select 1 from (
        select code
        from (
          select s.code
          from (
            select distinct e.code as code
            from "bxc_effect_CodesAtCentre" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
          ) as t
          join "bxc_seen_CodesAtCentre" as s on t.code = s.code
          where not exists (select 1 from "bxc_effect_CodesAtCentre" as g where g.bxc_gone and g.bxc_old_code = s.code)
          union all
          select code from "bxc_effect_CodesAtCentre" where bxc_made
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
    "bxc_batch_CodesAtCentre" as materialized (
      select * from (
        select
          case when v.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
          v.code as bxc_old_code, n.code, n.title
        from public."bxc_new_CodesAtCentre" as n
        full join public."CodesAtCentre" as v on n.code = v.code
        where v.code is null
          or n.code is null
          or n.title is distinct from v.title
          or (n.code) in (select code from public."bxc_new_CodesAtCentre" group by code having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_CodesAtCentre")
    ),
    "bxc_seen_CodesAtCentre" as materialized (
      select
        0 as bxc_layer, s.code, s.title, s.revised
      from (
        select bxc_old_code as code from "bxc_batch_CodesAtCentre" where bxc_op <> 'insert'
        union
        select code from "bxc_batch_CodesAtCentre"
        where bxc_op = 'insert'
          or bxc_op = 'update' and code is distinct from bxc_old_code
      ) as w
      join public."Code" as s on s.code = w.code
    ),
    "bxc_work_CodesAtCentre" as materialized (
      with
        bxc_key as (
          select code, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_CodesAtCentre"
          group by code
        ),
        bxc_old as (
          select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
          from "bxc_batch_CodesAtCentre" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_code
        ),
        bxc_new as (
          select w.code, count(*) as bxc_count
          from "bxc_batch_CodesAtCentre" as w
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
        from "bxc_batch_CodesAtCentre" as w
        left join bxc_key as o on o.code = w.bxc_old_code
        left join bxc_key as n on n.code = w.code
        left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
        left join bxc_old as l on l.bxc_old_code = w.code
        left join bxc_new as c on c.code = w.code
      ) as w
    ),
    "bxc_effect_CodesAtCentre" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.code is distinct from e.bxc_old_code) as bxc_leaves
      from (
        select e.*,
          (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or
          e.revised is distinct from e.bxc_old_revised) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
            s.code as bxc_old_code, s.title as bxc_old_title, s.revised as bxc_old_revised,
            case when k.bxc_kind in ('update', 'keep') then w.code when k.bxc_kind <> 'delete' then s.code end as code,
            case when k.bxc_kind in ('update', 'keep') then w.title when k.bxc_kind <> 'delete' then s.title end as title,
            case when k.bxc_kind <> 'delete' then s.revised end as revised
          from "bxc_work_CodesAtCentre" as w
          join "bxc_seen_CodesAtCentre" as s on s.code = w.bxc_key_code
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
            cast(null as text) as bxc_old_code, cast(null as text) as bxc_old_title,
            cast(null as timestamp) as bxc_old_revised, w.code as code, w.title as title,
            cast(null as timestamp) as revised
          from "bxc_work_CodesAtCentre" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged, case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as code,
    b.bxc_detail
  from "bxc_work_CodesAtCentre" as w
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
    ('BXC10', 'CodesAtCentre has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'code is NULL',
      w.bxc_op in ('insert', 'update') and w.code is null),
    ('BXC16', 'code is no varchar(8)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.code) <= 8)),
    ('BXC16', 'title is NULL',
      w.bxc_op in ('insert', 'update') and w.title is null),
    ('BXC18', 'CodesAtCentre has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_code as code, b.bxc_detail
  from "bxc_effect_CodesAtCentre" as e
  cross join lateral (values
    ('BXC10', 'CodesAtCentre has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_code as code,
    'another row of Code has the same code' as bxc_detail
  from "bxc_effect_CodesAtCentre" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
    and exists (
      select 1 from (
        select code
        from (
          select s.code
          from (
            select distinct e.code as code
            from "bxc_effect_CodesAtCentre" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
          ) as t
          join "bxc_seen_CodesAtCentre" as s on t.code = s.code
          where not exists (select 1 from "bxc_effect_CodesAtCentre" as g where g.bxc_gone and g.bxc_old_code = s.code)
          union all
          select code from "bxc_effect_CodesAtCentre" where bxc_made
        ) as l
        group by code
        having count(*) > 1
      ) as r
      where r.code = e.code
    )
) as n;

-- the put
create or replace function public."bxc_steps_CodesAtCentre"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_CodesAtCentre" limit 501) as b) > 500;
  analyze "bxc_batch_CodesAtCentre";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_CodesAtCentre";
  create temporary table "bxc_seen_CodesAtCentre" on commit drop as
  select
    0 as bxc_layer, s.code, s.title, s.revised
  from (
    select bxc_old_code as code from "bxc_batch_CodesAtCentre" where bxc_op <> 'insert'
    union
    select code from "bxc_batch_CodesAtCentre"
    where bxc_op = 'insert'
      or bxc_op = 'update' and code is distinct from bxc_old_code
  ) as w
  join public."Code" as s on s.code = w.code;
  if bxc_many then analyze "bxc_seen_CodesAtCentre"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_CodesAtCentre";
  create temporary table "bxc_work_CodesAtCentre" on commit drop as
  with
    bxc_key as (
      select code, bool_or(bxc_layer = 0) as bxc_shown
      from "bxc_seen_CodesAtCentre"
      group by code
    ),
    bxc_old as (
      select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
      from "bxc_batch_CodesAtCentre" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_code
    ),
    bxc_new as (
      select w.code, count(*) as bxc_count
      from "bxc_batch_CodesAtCentre" as w
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
    from "bxc_batch_CodesAtCentre" as w
    left join bxc_key as o on o.code = w.bxc_old_code
    left join bxc_key as n on n.code = w.code
    left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
    left join bxc_old as l on l.bxc_old_code = w.code
    left join bxc_new as c on c.code = w.code
  ) as w;
  if bxc_many then analyze "bxc_work_CodesAtCentre"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_CodesAtCentre";
  create temporary table "bxc_effect_CodesAtCentre" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.code is distinct from e.bxc_old_code) as bxc_leaves
  from (
    select e.*,
      (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or
      e.revised is distinct from e.bxc_old_revised) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
        s.code as bxc_old_code, s.title as bxc_old_title, s.revised as bxc_old_revised,
        case when k.bxc_kind in ('update', 'keep') then w.code when k.bxc_kind <> 'delete' then s.code end as code,
        case when k.bxc_kind in ('update', 'keep') then w.title when k.bxc_kind <> 'delete' then s.title end as title,
        case when k.bxc_kind <> 'delete' then s.revised end as revised
      from "bxc_work_CodesAtCentre" as w
      join "bxc_seen_CodesAtCentre" as s on s.code = w.bxc_key_code
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
        cast(null as text) as bxc_old_code, cast(null as text) as bxc_old_title,
        cast(null as timestamp) as bxc_old_revised, w.code as code, w.title as title,
        cast(null as timestamp) as revised
      from "bxc_work_CodesAtCentre" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_CodesAtCentre";
end
$bxc$;

create or replace function public."bxc_apply_CodesAtCentre"() returns bigint
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
        then 'BXC10'  -- CodesAtCentre has another row with the new key
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w.code is null
        then 'BXC16'  -- code is NULL
      when w.bxc_op in ('insert', 'update') and not (char_length(w.code) <= 8)
        then 'BXC16'  -- code is no varchar(8)
      when w.bxc_op in ('insert', 'update') and w.title is null
        then 'BXC16'  -- title is NULL
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- CodesAtCentre has no row with the old key
    end as bxc_code
    from "bxc_work_CodesAtCentre" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- CodesAtCentre has a row with this key and other values
    end
    from "bxc_effect_CodesAtCentre" as e
    union all
    -- another row of Code has the same code
    select 'BXC17'
    from "bxc_effect_CodesAtCentre" as e
    where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
      and exists (
        select 1 from (
          select code
          from (
            select s.code
            from (
              select distinct e.code as code
              from "bxc_effect_CodesAtCentre" as e
              where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
            ) as t
            join "bxc_seen_CodesAtCentre" as s on t.code = s.code
            where not exists (select 1 from "bxc_effect_CodesAtCentre" as g where g.bxc_gone and g.bxc_old_code = s.code)
            union all
            select code from "bxc_effect_CodesAtCentre" where bxc_made
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
        when 'BXC10' then 'BXC10 CodesAtCentre: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtCentre'
        when 'BXC11' then 'BXC11 CodesAtCentre: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtCentre'
        when 'BXC12' then 'BXC12 CodesAtCentre: a row does not fulfil the condition of the view; see bxc_violations_CodesAtCentre'
        when 'BXC14' then 'BXC14 CodesAtCentre: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtCentre'
        when 'BXC15' then 'BXC15 CodesAtCentre: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtCentre'
        when 'BXC16' then 'BXC16 CodesAtCentre: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtCentre'
        when 'BXC17' then 'BXC17 CodesAtCentre: a constraint of the source would be broken; see bxc_violations_CodesAtCentre'
        when 'BXC18' then 'BXC18 CodesAtCentre: an update speaks of a key that no row has; see bxc_violations_CodesAtCentre'
        when 'BXC19' then 'BXC19 CodesAtCentre: a row must not vanish from the view; see bxc_violations_CodesAtCentre'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_CodesAtCentre" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'Code';

  with bxc_left as (
    delete from public."Code" as s using "bxc_effect_CodesAtCentre" as e
    where e.bxc_leaves and s.code = e.bxc_old_code
    returning 1
  )
  insert into public."Code" as s (
      code, title, revised
  )
  select
      e.code, e.title, e.revised
  from "bxc_effect_CodesAtCentre" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (code) do update set
      title = excluded.title, revised = excluded.revised;

  update public.bxc_session set uncaptured = false where source = 'Code';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_Code"');
  insert into public."bxc_change_Code" (
    bxc_seq, bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'CodesAtCentre',
    bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
  from "bxc_effect_CodesAtCentre" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_CodesAtCentre"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Code" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_CodesAtCentre";
  create temporary table "bxc_batch_CodesAtCentre" on commit drop as
  select
    case when v.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
    v.code as bxc_old_code, n.code, n.title
  from public."bxc_new_CodesAtCentre" as n
  full join public."CodesAtCentre" as v on n.code = v.code
  where v.code is null
    or n.code is null
    or n.title is distinct from v.title;

  -- a key is staged twice
  if exists (select code from public."bxc_new_CodesAtCentre" group by code having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 CodesAtCentre: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtCentre';
  end if;

  perform public."bxc_steps_CodesAtCentre"();

  perform public."bxc_apply_CodesAtCentre"();
end
$bxc$;

create or replace function public."bxc_put_delta_CodesAtCentre"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Code" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_CodesAtCentre";
  create temporary table "bxc_batch_CodesAtCentre" on commit drop as
  select * from public."bxc_delta_CodesAtCentre";

  perform public."bxc_steps_CodesAtCentre"();

  perform public."bxc_apply_CodesAtCentre"();
end
$bxc$;

revoke execute on function public."bxc_steps_CodesAtCentre"() from public;

revoke execute on function public."bxc_apply_CodesAtCentre"() from public;

revoke execute on function public."bxc_put_CodesAtCentre"() from public;

revoke execute on function public."bxc_put_delta_CodesAtCentre"() from public;

-- its editors, by this peer's rights
create or replace function public."bxc_grant_CodesAtCentre"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_research_consortium_Centre') then
    return null;
  end if;

  revoke all on public."CodesAtCentre" from "bxc_research_consortium_Centre";
  grant select on public."CodesAtCentre" to "bxc_research_consortium_Centre";

  if exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."CodesAtCentre" to "bxc_research_consortium_Centre";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."CodesAtCentre" to "bxc_research_consortium_Centre";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'code' and granted) then
    grant update (code) on public."CodesAtCentre" to "bxc_research_consortium_Centre";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'title' and granted) then
    grant update (title) on public."CodesAtCentre" to "bxc_research_consortium_Centre";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_CodesAtCentre"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_CodesAtCentre"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
