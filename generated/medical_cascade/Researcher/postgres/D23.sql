-- D23: view of D2, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."D23" with (security_barrier) as
select
  s.medication_name as medication_name, s.mechanism_of_action as mechanism_of_action
from public."D2" as s
where (s.shared = true);

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_D23" (
  medication_name text collate "C", mechanism_of_action text collate "C"
);

create table if not exists public."bxc_delta_D23" (
  bxc_op text, bxc_old_medication_name text collate "C", medication_name text collate "C",
  mechanism_of_action text collate "C"
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_D23" as
select * from (
  with
    "bxc_seen_D23" as materialized (
      select
        case when not (s.shared = true) is true then 1 else 0 end as bxc_layer, s.medication_name,
        s.mechanism_of_action, s.mode_of_action, s.shared
      from (
        select bxc_old_medication_name as medication_name from public."bxc_delta_D23" where bxc_op <> 'insert'
        union
        select medication_name from public."bxc_delta_D23"
        where bxc_op = 'insert'
          or bxc_op = 'update' and medication_name is distinct from bxc_old_medication_name
      ) as w
      join public."D2" as s on s.medication_name = w.medication_name
    ),
    "bxc_work_D23" as materialized (
      with
        bxc_key as (
          select medication_name, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            false as bxc_rejected
          from "bxc_seen_D23"
          group by medication_name
        ),
        bxc_old as (
          select w.bxc_old_medication_name, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name) as bxc_renamed
          from public."bxc_delta_D23" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_medication_name
        ),
        bxc_new as (
          select w.medication_name, count(*) as bxc_count
          from public."bxc_delta_D23" as w
          where w.bxc_op in ('insert', 'update')
          group by w.medication_name
        )
      select w.*,
        w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
          w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from public."bxc_delta_D23" as w
        left join bxc_key as o on o.medication_name = w.bxc_old_medication_name
        left join bxc_key as n on n.medication_name = w.medication_name
        left join bxc_old as p on p.bxc_old_medication_name = w.bxc_old_medication_name
        left join bxc_old as l on l.bxc_old_medication_name = w.medication_name
        left join bxc_new as c on c.medication_name = w.medication_name
      ) as w
    ),
    "bxc_effect_D23" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.medication_name is distinct from e.bxc_old_medication_name) as bxc_leaves
      from (
        select e.*,
          (e.medication_name is distinct from e.bxc_old_medication_name or
          e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
          e.mode_of_action is distinct from e.bxc_old_mode_of_action or e.shared is distinct from e.bxc_old_shared) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
            s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
            s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.medication_name else s.medication_name end as medication_name,
            case
              when k.bxc_kind in ('update', 'keep', 'revive') then w.mechanism_of_action
              else s.mechanism_of_action
            end as mechanism_of_action,
            s.mode_of_action as mode_of_action,
            case
              when k.bxc_kind = 'revive' then cast(true as boolean)
              when k.bxc_kind = 'set' then cast(false as boolean)
              else s.shared
            end as shared
          from "bxc_work_D23" as w
          join "bxc_seen_D23" as s on s.medication_name = w.bxc_key_medication_name
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
          when w.bxc_op = 'insert' and s.bxc_layer in (1) and not (w.bxc_new_shown and not w.bxc_key_renamed) then 'revive'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
            cast(null as text) as bxc_old_medication_name, cast(null as text) as bxc_old_mechanism_of_action,
            cast(null as text) as bxc_old_mode_of_action, cast(null as boolean) as bxc_old_shared,
            w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
            cast(null as text) as mode_of_action, cast(true as boolean) as shared
          from "bxc_work_D23" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as medication_name,
    b.bxc_detail
  from "bxc_work_D23" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.medication_name is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'D23 has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'D2 has a row with this key that D23 does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)),
    ('BXC11', 'D2 has a row with the new key that D23 does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC11', 'the row that had the new key is hidden by this put, and keeps it',
      w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'medication_name is NULL',
      w.bxc_op in ('insert', 'update') and w.medication_name is null),
    ('BXC18', 'D23 has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_medication_name as medication_name, b.bxc_detail
  from "bxc_effect_D23" as e
  cross join lateral (values
    ('BXC10', 'D23 has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of D23 is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (e.shared = true) is true),
    ('BXC19', 'D23 would still show the row',
      e.bxc_kind = 'set' and (e.shared = true) is true)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_medication_name as medication_name,
    'another row of D2 has the same medication_name' as bxc_detail
  from "bxc_effect_D23" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
    and exists (
      select 1 from (
        select medication_name
        from (
          select s.medication_name
          from (
            select distinct e.medication_name as medication_name
            from "bxc_effect_D23" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
          ) as t
          join "bxc_seen_D23" as s on t.medication_name = s.medication_name
          where not exists (
              select 1 from "bxc_effect_D23" as g
              where g.bxc_gone and g.bxc_old_medication_name = s.medication_name
            )
          union all
          select medication_name from "bxc_effect_D23" where bxc_made
        ) as l
        group by medication_name
        having count(*) > 1
      ) as r
      where r.medication_name = e.medication_name
    )
) as d
union all
select * from (
  with
    "bxc_batch_D23" as materialized (
      select * from (
        select
          case when v.medication_name is null then 'insert' when n.medication_name is null then 'delete' else 'update' end as bxc_op,
          v.medication_name as bxc_old_medication_name, n.medication_name, n.mechanism_of_action
        from public."bxc_new_D23" as n
        full join public."D23" as v on n.medication_name = v.medication_name
        where v.medication_name is null
          or n.medication_name is null
          or n.mechanism_of_action is distinct from v.mechanism_of_action
          or (n.medication_name) in (select medication_name from public."bxc_new_D23" group by medication_name having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_D23")
    ),
    "bxc_seen_D23" as materialized (
      select
        case when not (s.shared = true) is true then 1 else 0 end as bxc_layer, s.medication_name,
        s.mechanism_of_action, s.mode_of_action, s.shared
      from (
        select bxc_old_medication_name as medication_name from "bxc_batch_D23" where bxc_op <> 'insert'
        union
        select medication_name from "bxc_batch_D23"
        where bxc_op = 'insert'
          or bxc_op = 'update' and medication_name is distinct from bxc_old_medication_name
      ) as w
      join public."D2" as s on s.medication_name = w.medication_name
    ),
    "bxc_work_D23" as materialized (
      with
        bxc_key as (
          select medication_name, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            false as bxc_rejected
          from "bxc_seen_D23"
          group by medication_name
        ),
        bxc_old as (
          select w.bxc_old_medication_name, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name) as bxc_renamed
          from "bxc_batch_D23" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_medication_name
        ),
        bxc_new as (
          select w.medication_name, count(*) as bxc_count
          from "bxc_batch_D23" as w
          where w.bxc_op in ('insert', 'update')
          group by w.medication_name
        )
      select w.*,
        w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
          w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from "bxc_batch_D23" as w
        left join bxc_key as o on o.medication_name = w.bxc_old_medication_name
        left join bxc_key as n on n.medication_name = w.medication_name
        left join bxc_old as p on p.bxc_old_medication_name = w.bxc_old_medication_name
        left join bxc_old as l on l.bxc_old_medication_name = w.medication_name
        left join bxc_new as c on c.medication_name = w.medication_name
      ) as w
    ),
    "bxc_effect_D23" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.medication_name is distinct from e.bxc_old_medication_name) as bxc_leaves
      from (
        select e.*,
          (e.medication_name is distinct from e.bxc_old_medication_name or
          e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
          e.mode_of_action is distinct from e.bxc_old_mode_of_action or e.shared is distinct from e.bxc_old_shared) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
            s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
            s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.medication_name else s.medication_name end as medication_name,
            case
              when k.bxc_kind in ('update', 'keep', 'revive') then w.mechanism_of_action
              else s.mechanism_of_action
            end as mechanism_of_action,
            s.mode_of_action as mode_of_action,
            case
              when k.bxc_kind = 'revive' then cast(true as boolean)
              when k.bxc_kind = 'set' then cast(false as boolean)
              else s.shared
            end as shared
          from "bxc_work_D23" as w
          join "bxc_seen_D23" as s on s.medication_name = w.bxc_key_medication_name
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
          when w.bxc_op = 'insert' and s.bxc_layer in (1) and not (w.bxc_new_shown and not w.bxc_key_renamed) then 'revive'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
            cast(null as text) as bxc_old_medication_name, cast(null as text) as bxc_old_mechanism_of_action,
            cast(null as text) as bxc_old_mode_of_action, cast(null as boolean) as bxc_old_shared,
            w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
            cast(null as text) as mode_of_action, cast(true as boolean) as shared
          from "bxc_work_D23" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as medication_name,
    b.bxc_detail
  from "bxc_work_D23" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.medication_name is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'D23 has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'D2 has a row with this key that D23 does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)),
    ('BXC11', 'D2 has a row with the new key that D23 does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC11', 'the row that had the new key is hidden by this put, and keeps it',
      w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'medication_name is NULL',
      w.bxc_op in ('insert', 'update') and w.medication_name is null),
    ('BXC18', 'D23 has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_medication_name as medication_name, b.bxc_detail
  from "bxc_effect_D23" as e
  cross join lateral (values
    ('BXC10', 'D23 has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of D23 is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (e.shared = true) is true),
    ('BXC19', 'D23 would still show the row',
      e.bxc_kind = 'set' and (e.shared = true) is true)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_medication_name as medication_name,
    'another row of D2 has the same medication_name' as bxc_detail
  from "bxc_effect_D23" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
    and exists (
      select 1 from (
        select medication_name
        from (
          select s.medication_name
          from (
            select distinct e.medication_name as medication_name
            from "bxc_effect_D23" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
          ) as t
          join "bxc_seen_D23" as s on t.medication_name = s.medication_name
          where not exists (
              select 1 from "bxc_effect_D23" as g
              where g.bxc_gone and g.bxc_old_medication_name = s.medication_name
            )
          union all
          select medication_name from "bxc_effect_D23" where bxc_made
        ) as l
        group by medication_name
        having count(*) > 1
      ) as r
      where r.medication_name = e.medication_name
    )
) as n;

-- the put
create or replace function public."bxc_steps_D23"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_D23" limit 501) as b) > 500;
  analyze "bxc_batch_D23";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_D23";
  create temporary table "bxc_seen_D23" on commit drop as
  select
    case when not (s.shared = true) is true then 1 else 0 end as bxc_layer, s.medication_name,
    s.mechanism_of_action, s.mode_of_action, s.shared
  from (
    select bxc_old_medication_name as medication_name from "bxc_batch_D23" where bxc_op <> 'insert'
    union
    select medication_name from "bxc_batch_D23"
    where bxc_op = 'insert'
      or bxc_op = 'update' and medication_name is distinct from bxc_old_medication_name
  ) as w
  join public."D2" as s on s.medication_name = w.medication_name;
  if bxc_many then analyze "bxc_seen_D23"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_D23";
  create temporary table "bxc_work_D23" on commit drop as
  with
    bxc_key as (
      select medication_name, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
        false as bxc_rejected
      from "bxc_seen_D23"
      group by medication_name
    ),
    bxc_old as (
      select w.bxc_old_medication_name, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name) as bxc_renamed
      from "bxc_batch_D23" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_medication_name
    ),
    bxc_new as (
      select w.medication_name, count(*) as bxc_count
      from "bxc_batch_D23" as w
      where w.bxc_op in ('insert', 'update')
      group by w.medication_name
    )
  select w.*,
    w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
  from (
    select w.*,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name as bxc_renames,
      coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
      coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
      coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
      coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
    from "bxc_batch_D23" as w
    left join bxc_key as o on o.medication_name = w.bxc_old_medication_name
    left join bxc_key as n on n.medication_name = w.medication_name
    left join bxc_old as p on p.bxc_old_medication_name = w.bxc_old_medication_name
    left join bxc_old as l on l.bxc_old_medication_name = w.medication_name
    left join bxc_new as c on c.medication_name = w.medication_name
  ) as w;
  if bxc_many then analyze "bxc_work_D23"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_D23";
  create temporary table "bxc_effect_D23" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.medication_name is distinct from e.bxc_old_medication_name) as bxc_leaves
  from (
    select e.*,
      (e.medication_name is distinct from e.bxc_old_medication_name or
      e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
      e.mode_of_action is distinct from e.bxc_old_mode_of_action or e.shared is distinct from e.bxc_old_shared) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
        s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
        s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared,
        case when k.bxc_kind in ('update', 'keep', 'revive') then w.medication_name else s.medication_name end as medication_name,
        case
          when k.bxc_kind in ('update', 'keep', 'revive') then w.mechanism_of_action
          else s.mechanism_of_action
        end as mechanism_of_action,
        s.mode_of_action as mode_of_action,
        case
          when k.bxc_kind = 'revive' then cast(true as boolean)
          when k.bxc_kind = 'set' then cast(false as boolean)
          else s.shared
        end as shared
      from "bxc_work_D23" as w
      join "bxc_seen_D23" as s on s.medication_name = w.bxc_key_medication_name
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
      when w.bxc_op = 'insert' and s.bxc_layer in (1) and not (w.bxc_new_shown and not w.bxc_key_renamed) then 'revive'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
        cast(null as text) as bxc_old_medication_name, cast(null as text) as bxc_old_mechanism_of_action,
        cast(null as text) as bxc_old_mode_of_action, cast(null as boolean) as bxc_old_shared,
        w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
        cast(null as text) as mode_of_action, cast(true as boolean) as shared
      from "bxc_work_D23" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_D23";
end
$bxc$;

create or replace function public."bxc_apply_D23"() returns bigint
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
      when w.bxc_op in ('insert', 'update') and (w.medication_name is null)
        then 'BXC10'  -- the key has a NULL
      when w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)
        then 'BXC10'  -- the old key has a NULL
      when w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)
        then 'BXC10'  -- an insert has an old key
      when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then 'BXC10'  -- another staged row has the same old key
      when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then 'BXC10'  -- another staged row has the same key
      when w.bxc_op = 'insert' and w.bxc_key_deleted
        then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
      when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then 'BXC10'  -- D23 has another row with the new key
      when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
        then 'BXC11'  -- D2 has a row with this key that D23 does not show
      when w.bxc_renames and w.bxc_new_hidden
        then 'BXC11'  -- D2 has a row with the new key that D23 does not show
      when w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted
        then 'BXC11'  -- the row that had the new key is hidden by this put, and keeps it
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w.medication_name is null
        then 'BXC16'  -- medication_name is NULL
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- D23 has no row with the old key
    end as bxc_code
    from "bxc_work_D23" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- D23 has a row with this key and other values
      when e.bxc_kind in ('insert', 'update', 'revive') and not (e.shared = true) is true
        then 'BXC12'  -- where of D23 is not true for the row
      when e.bxc_kind = 'set' and (e.shared = true) is true
        then 'BXC19'  -- D23 would still show the row
    end
    from "bxc_effect_D23" as e
    union all
    -- another row of D2 has the same medication_name
    select 'BXC17'
    from "bxc_effect_D23" as e
    where e.bxc_made
        and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
      and exists (
        select 1 from (
          select medication_name
          from (
            select s.medication_name
            from (
              select distinct e.medication_name as medication_name
              from "bxc_effect_D23" as e
              where e.bxc_made
                and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
            ) as t
            join "bxc_seen_D23" as s on t.medication_name = s.medication_name
            where not exists (
                select 1 from "bxc_effect_D23" as g
                where g.bxc_gone and g.bxc_old_medication_name = s.medication_name
              )
            union all
            select medication_name from "bxc_effect_D23" where bxc_made
          ) as l
          group by medication_name
          having count(*) > 1
        ) as r
        where r.medication_name = e.medication_name
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 D23: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D23'
        when 'BXC11' then 'BXC11 D23: a key belongs to a source row that the view does not show; see bxc_violations_D23'
        when 'BXC12' then 'BXC12 D23: a row does not fulfil the condition of the view; see bxc_violations_D23'
        when 'BXC14' then 'BXC14 D23: a new row has no value for a key column that the view hides; see bxc_violations_D23'
        when 'BXC15' then 'BXC15 D23: a computed column is stated otherwise than its inputs give it; see bxc_violations_D23'
        when 'BXC16' then 'BXC16 D23: a value is outside its type, or NULL where the view has none; see bxc_violations_D23'
        when 'BXC17' then 'BXC17 D23: a constraint of the source would be broken; see bxc_violations_D23'
        when 'BXC18' then 'BXC18 D23: an update speaks of a key that no row has; see bxc_violations_D23'
        when 'BXC19' then 'BXC19 D23: a row must not vanish from the view; see bxc_violations_D23'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_D23" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'D2';

  with bxc_left as (
    delete from public."D2" as s using "bxc_effect_D23" as e
    where e.bxc_leaves and s.medication_name = e.bxc_old_medication_name
    returning 1
  )
  insert into public."D2" as s (
      medication_name, mechanism_of_action, mode_of_action, shared
  )
  select
      e.medication_name, e.mechanism_of_action, e.mode_of_action, e.shared
  from "bxc_effect_D23" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (medication_name) do update set
      mechanism_of_action = excluded.mechanism_of_action, mode_of_action = excluded.mode_of_action,
      shared = excluded.shared;

  update public.bxc_session set uncaptured = false where source = 'D2';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_D2"');
  insert into public."bxc_change_D2" (
    bxc_seq, bxc_op, bxc_via, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
    bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'D23',
    bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action, bxc_old_shared,
    medication_name, mechanism_of_action, mode_of_action, shared
  from "bxc_effect_D23" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_D23"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."D2" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_D23";
  create temporary table "bxc_batch_D23" on commit drop as
  select
    case when v.medication_name is null then 'insert' when n.medication_name is null then 'delete' else 'update' end as bxc_op,
    v.medication_name as bxc_old_medication_name, n.medication_name, n.mechanism_of_action
  from public."bxc_new_D23" as n
  full join public."D23" as v on n.medication_name = v.medication_name
  where v.medication_name is null
    or n.medication_name is null
    or n.mechanism_of_action is distinct from v.mechanism_of_action;

  -- a key is staged twice
  if exists (select medication_name from public."bxc_new_D23" group by medication_name having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 D23: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D23';
  end if;

  perform public."bxc_steps_D23"();

  perform public."bxc_apply_D23"();
end
$bxc$;

create or replace function public."bxc_put_delta_D23"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."D2" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_D23";
  create temporary table "bxc_batch_D23" on commit drop as
  select * from public."bxc_delta_D23";

  perform public."bxc_steps_D23"();

  perform public."bxc_apply_D23"();
end
$bxc$;

revoke execute on function public."bxc_steps_D23"() from public;

revoke execute on function public."bxc_apply_D23"() from public;

revoke execute on function public."bxc_put_D23"() from public;

revoke execute on function public."bxc_put_delta_D23"() from public;

-- edits of the view itself; as definer, for who edits the view has no rights on what is behind it
create or replace function public."bxc_edit_D23"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  lock table public."D2" in share row exclusive mode;

  if tg_op = 'INSERT' then
    drop table if exists pg_temp."bxc_batch_D23";
    create temporary table "bxc_batch_D23" on commit drop as
    select text 'insert' as bxc_op, cast(null as text) as bxc_old_medication_name,
      new.medication_name as medication_name, new.mechanism_of_action as mechanism_of_action;
  elsif tg_op = 'UPDATE' then
    drop table if exists pg_temp."bxc_batch_D23";
    create temporary table "bxc_batch_D23" on commit drop as
    select text 'update' as bxc_op, old.medication_name as bxc_old_medication_name,
      new.medication_name as medication_name, new.mechanism_of_action as mechanism_of_action;
  else
    drop table if exists pg_temp."bxc_batch_D23";
    create temporary table "bxc_batch_D23" on commit drop as
    select text 'delete' as bxc_op, old.medication_name as bxc_old_medication_name,
      cast(null as text) as medication_name, cast(null as text) as mechanism_of_action;
  end if;

  perform public."bxc_steps_D23"();

  bxc_number := public."bxc_apply_D23"();

  if bxc_number is not null then
    perform public."bxc_judge_D2"(bxc_number);
  end if;

  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$bxc$;

create or replace trigger "bxc_edit_D23"
instead of insert or update or delete on public."D23"
for each row execute function public."bxc_edit_D23"();

-- its editors, by this peer's rights
create or replace function public."bxc_grant_D23"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_medical_cascade_Researcher') then
    return null;
  end if;

  revoke all on public."D23" from "bxc_medical_cascade_Researcher";
  grant select on public."D23" to "bxc_medical_cascade_Researcher";

  if exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."D23" to "bxc_medical_cascade_Researcher";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."D23" to "bxc_medical_cascade_Researcher";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'medication_name' and granted) then
    grant update (medication_name) on public."D23" to "bxc_medical_cascade_Researcher";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'mechanism_of_action' and granted) then
    grant update (mechanism_of_action) on public."D23" to "bxc_medical_cascade_Researcher";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_D23"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_D23"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
