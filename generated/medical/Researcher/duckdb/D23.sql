-- D23: view of D2, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists D23 as
select
  s.medication_name as medication_name, s.mechanism_of_action as mechanism_of_action
from D2 as s
where (s.shared = true);

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_D23 (
  medication_name varchar, mechanism_of_action varchar
);

create table if not exists bxc_delta_D23 (
  bxc_op varchar, bxc_old_medication_name varchar, medication_name varchar, mechanism_of_action varchar
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_D23 as
select * from (
  with
    bxc_seen_D23 as materialized (
      select
        s.rowid as bxc_rowid, case when not (s.shared = true) is true then 1 else 0 end as bxc_layer,
        s.medication_name, s.mechanism_of_action, s.mode_of_action, s.shared
      from D2 as s
      semi join (
        select bxc_old_medication_name as medication_name from bxc_delta_D23 where bxc_op <> 'insert'
        union all
        select medication_name from bxc_delta_D23
        where bxc_op = 'insert'
          or bxc_op = 'update' and medication_name is distinct from bxc_old_medication_name
      ) as w on s.medication_name = w.medication_name
    ),
    bxc_work_D23 as materialized (
      with
        bxc_key as (
          select medication_name, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            false as bxc_rejected
          from bxc_seen_D23
          group by medication_name
        ),
        bxc_old as (
          select w.bxc_old_medication_name, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name) as bxc_renamed
          from bxc_delta_D23 as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_medication_name
        ),
        bxc_new as (
          select w.medication_name, count(*) as bxc_count
          from bxc_delta_D23 as w
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
        from bxc_delta_D23 as w
        left join bxc_key as o on o.medication_name = w.bxc_old_medication_name
        left join bxc_key as n on n.medication_name = w.medication_name
        left join bxc_old as p on p.bxc_old_medication_name = w.bxc_old_medication_name
        left join bxc_old as l on l.bxc_old_medication_name = w.medication_name
        left join bxc_new as c on c.medication_name = w.medication_name
      ) as w
    ),
    bxc_effect_D23 as materialized (
      select e.*,
        (e.medication_name is distinct from e.bxc_old_medication_name or
          e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
          e.mode_of_action is distinct from e.bxc_old_mode_of_action or e.shared is distinct from e.bxc_old_shared) as bxc_changed,
        bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
            when w.bxc_op = 'insert' and s.bxc_layer in (1) and not (w.bxc_new_shown and not w.bxc_key_renamed) then 'revive'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
          s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
          s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared,
          case when bxc_kind in ('update', 'keep', 'revive') then w.medication_name else s.medication_name end as medication_name,
          case
            when bxc_kind in ('update', 'keep', 'revive') then w.mechanism_of_action
            else s.mechanism_of_action
          end as mechanism_of_action,
          s.mode_of_action as mode_of_action,
          case
            when bxc_kind = 'revive' then cast(true as boolean)
            when bxc_kind = 'set' then cast(false as boolean)
            else s.shared
          end as shared
        from bxc_work_D23 as w
        join bxc_seen_D23 as s on s.medication_name = w.bxc_key_medication_name
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
          cast(null as varchar) as bxc_old_medication_name, cast(null as varchar) as bxc_old_mechanism_of_action,
          cast(null as varchar) as bxc_old_mode_of_action, cast(null as boolean) as bxc_old_shared,
          w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
          cast(null as varchar) as mode_of_action, cast(true as boolean) as shared
        from bxc_work_D23 as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_medication_name as medication_name,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.medication_name is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'D23 has another row with the new key'} end,
      case when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
        then {'code': 'BXC11', 'detail': 'D2 has a row with this key that D23 does not show'} end,
      case when w.bxc_renames and w.bxc_new_hidden
        then {'code': 'BXC11', 'detail': 'D2 has a row with the new key that D23 does not show'} end,
      case when w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted
        then {'code': 'BXC11', 'detail': 'the row that had the new key is hidden by this put, and keeps it'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.medication_name is null
        then {'code': 'BXC16', 'detail': 'medication_name is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
        then {'code': 'BXC16', 'detail': 'medication_name is no text'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.mechanism_of_action, chr(0)))
        then {'code': 'BXC16', 'detail': 'mechanism_of_action is no text'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'D23 has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_D23 as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_medication_name as medication_name,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_medication_name, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'D23 has a row with this key and other values'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive') and not (e.shared = true) is true
        then {'code': 'BXC12', 'detail': 'where of D23 is not true for the row'} end,
      case when e.bxc_kind = 'set' and (e.shared = true) is true
        then {'code': 'BXC19', 'detail': 'D23 would still show the row'} end
    ]) as bxc_broken
    from bxc_effect_D23 as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_medication_name as medication_name,
    'another row of D2 has the same medication_name' as bxc_detail
  from bxc_effect_D23 as e
  semi join (
    select medication_name
    from (
      select s.medication_name
      from bxc_seen_D23 as s
      semi join (
        select e.medication_name as medication_name
        from bxc_effect_D23 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
      ) as t on t.medication_name is not distinct from s.medication_name
      anti join (
        select bxc_rowid from bxc_effect_D23 where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select medication_name from bxc_effect_D23 where bxc_made
    ) as l
    group by medication_name
    having count(*) > 1
  ) as r on r.medication_name = e.medication_name
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
)
union all
select * from (
  with
    bxc_batch_D23 as materialized (
      select * from (
        select
          case when v.medication_name is null then 'insert' when n.medication_name is null then 'delete' else 'update' end as bxc_op,
          v.medication_name as bxc_old_medication_name, n.medication_name, n.mechanism_of_action
        from bxc_new_D23 as n
        full join D23 as v on n.medication_name = v.medication_name
        where v.medication_name is null
          or n.medication_name is null
          or n.mechanism_of_action is distinct from v.mechanism_of_action
          or (n.medication_name) in (select (medication_name) from bxc_new_D23 group by medication_name having count(*) > 1)
      )
      where exists (select 1 from bxc_new_D23)
    ),
    bxc_seen_D23 as materialized (
      select
        s.rowid as bxc_rowid, case when not (s.shared = true) is true then 1 else 0 end as bxc_layer,
        s.medication_name, s.mechanism_of_action, s.mode_of_action, s.shared
      from D2 as s
      semi join (
        select bxc_old_medication_name as medication_name from bxc_batch_D23 where bxc_op <> 'insert'
        union all
        select medication_name from bxc_batch_D23
        where bxc_op = 'insert'
          or bxc_op = 'update' and medication_name is distinct from bxc_old_medication_name
      ) as w on s.medication_name = w.medication_name
    ),
    bxc_work_D23 as materialized (
      with
        bxc_key as (
          select medication_name, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            false as bxc_rejected
          from bxc_seen_D23
          group by medication_name
        ),
        bxc_old as (
          select w.bxc_old_medication_name, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name) as bxc_renamed
          from bxc_batch_D23 as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_medication_name
        ),
        bxc_new as (
          select w.medication_name, count(*) as bxc_count
          from bxc_batch_D23 as w
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
        from bxc_batch_D23 as w
        left join bxc_key as o on o.medication_name = w.bxc_old_medication_name
        left join bxc_key as n on n.medication_name = w.medication_name
        left join bxc_old as p on p.bxc_old_medication_name = w.bxc_old_medication_name
        left join bxc_old as l on l.bxc_old_medication_name = w.medication_name
        left join bxc_new as c on c.medication_name = w.medication_name
      ) as w
    ),
    bxc_effect_D23 as materialized (
      select e.*,
        (e.medication_name is distinct from e.bxc_old_medication_name or
          e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
          e.mode_of_action is distinct from e.bxc_old_mode_of_action or e.shared is distinct from e.bxc_old_shared) as bxc_changed,
        bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
            when w.bxc_op = 'insert' and s.bxc_layer in (1) and not (w.bxc_new_shown and not w.bxc_key_renamed) then 'revive'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
          s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
          s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared,
          case when bxc_kind in ('update', 'keep', 'revive') then w.medication_name else s.medication_name end as medication_name,
          case
            when bxc_kind in ('update', 'keep', 'revive') then w.mechanism_of_action
            else s.mechanism_of_action
          end as mechanism_of_action,
          s.mode_of_action as mode_of_action,
          case
            when bxc_kind = 'revive' then cast(true as boolean)
            when bxc_kind = 'set' then cast(false as boolean)
            else s.shared
          end as shared
        from bxc_work_D23 as w
        join bxc_seen_D23 as s on s.medication_name = w.bxc_key_medication_name
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
          cast(null as varchar) as bxc_old_medication_name, cast(null as varchar) as bxc_old_mechanism_of_action,
          cast(null as varchar) as bxc_old_mode_of_action, cast(null as boolean) as bxc_old_shared,
          w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
          cast(null as varchar) as mode_of_action, cast(true as boolean) as shared
        from bxc_work_D23 as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_medication_name as medication_name,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.medication_name is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'D23 has another row with the new key'} end,
      case when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
        then {'code': 'BXC11', 'detail': 'D2 has a row with this key that D23 does not show'} end,
      case when w.bxc_renames and w.bxc_new_hidden
        then {'code': 'BXC11', 'detail': 'D2 has a row with the new key that D23 does not show'} end,
      case when w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted
        then {'code': 'BXC11', 'detail': 'the row that had the new key is hidden by this put, and keeps it'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.medication_name is null
        then {'code': 'BXC16', 'detail': 'medication_name is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
        then {'code': 'BXC16', 'detail': 'medication_name is no text'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.mechanism_of_action, chr(0)))
        then {'code': 'BXC16', 'detail': 'mechanism_of_action is no text'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'D23 has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_D23 as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_medication_name as medication_name,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_medication_name, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'D23 has a row with this key and other values'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive') and not (e.shared = true) is true
        then {'code': 'BXC12', 'detail': 'where of D23 is not true for the row'} end,
      case when e.bxc_kind = 'set' and (e.shared = true) is true
        then {'code': 'BXC19', 'detail': 'D23 would still show the row'} end
    ]) as bxc_broken
    from bxc_effect_D23 as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_medication_name as medication_name,
    'another row of D2 has the same medication_name' as bxc_detail
  from bxc_effect_D23 as e
  semi join (
    select medication_name
    from (
      select s.medication_name
      from bxc_seen_D23 as s
      semi join (
        select e.medication_name as medication_name
        from bxc_effect_D23 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
      ) as t on t.medication_name is not distinct from s.medication_name
      anti join (
        select bxc_rowid from bxc_effect_D23 where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select medication_name from bxc_effect_D23 where bxc_made
    ) as l
    group by medication_name
    having count(*) > 1
  ) as r on r.medication_name = e.medication_name
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
);
