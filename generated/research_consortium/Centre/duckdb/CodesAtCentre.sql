-- CodesAtCentre: view of Code, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists CodesAtCentre as
select
  s.code as code, s.title as title
from Code as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_CodesAtCentre (
  code varchar, title varchar
);

create table if not exists bxc_delta_CodesAtCentre (
  bxc_op varchar, bxc_old_code varchar, code varchar, title varchar
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_CodesAtCentre as
select * from (
  with
    bxc_seen_CodesAtCentre as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.code, s.title, s.revised
      from Code as s
      semi join (
        select bxc_old_code as code from bxc_delta_CodesAtCentre where bxc_op <> 'insert'
        union all
        select code from bxc_delta_CodesAtCentre
        where bxc_op = 'insert'
          or bxc_op = 'update' and code is distinct from bxc_old_code
      ) as w on s.code = w.code
    ),
    bxc_work_CodesAtCentre as materialized (
      with
        bxc_key as (
          select code, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_CodesAtCentre
          group by code
        ),
        bxc_old as (
          select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
          from bxc_delta_CodesAtCentre as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_code
        ),
        bxc_new as (
          select w.code, count(*) as bxc_count
          from bxc_delta_CodesAtCentre as w
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
        from bxc_delta_CodesAtCentre as w
        left join bxc_key as o on o.code = w.bxc_old_code
        left join bxc_key as n on n.code = w.code
        left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
        left join bxc_old as l on l.bxc_old_code = w.code
        left join bxc_new as c on c.code = w.code
      ) as w
    ),
    bxc_effect_CodesAtCentre as materialized (
      select e.*,
        (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or
          e.revised is distinct from e.bxc_old_revised) as bxc_changed,
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
          case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
          s.code as bxc_old_code, s.title as bxc_old_title, s.revised as bxc_old_revised,
          case when bxc_kind in ('update', 'keep') then w.code when bxc_kind <> 'delete' then s.code end as code,
          case when bxc_kind in ('update', 'keep') then w.title when bxc_kind <> 'delete' then s.title end as title,
          case when bxc_kind <> 'delete' then s.revised end as revised
        from bxc_work_CodesAtCentre as w
        join bxc_seen_CodesAtCentre as s on s.code = w.bxc_key_code
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
          cast(null as varchar) as bxc_old_code, cast(null as varchar) as bxc_old_title,
          cast(null as timestamp) as bxc_old_revised, w.code as code, w.title as title,
          cast(null as timestamp) as revised
        from bxc_work_CodesAtCentre as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_code as code,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.code is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_code is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_code is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'CodesAtCentre has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.code is null
        then {'code': 'BXC16', 'detail': 'code is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.code) <= 8 and not contains(w.code, chr(0)))
        then {'code': 'BXC16', 'detail': 'code is no varchar(8)'} end,
      case when w.bxc_op in ('insert', 'update') and w.title is null
        then {'code': 'BXC16', 'detail': 'title is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.title, chr(0)))
        then {'code': 'BXC16', 'detail': 'title is no text'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'CodesAtCentre has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_CodesAtCentre as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_code as code,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_code, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'CodesAtCentre has a row with this key and other values'} end
    ]) as bxc_broken
    from bxc_effect_CodesAtCentre as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_code as code,
    'another row of Code has the same code' as bxc_detail
  from bxc_effect_CodesAtCentre as e
  semi join (
    select code
    from (
      select s.code
      from bxc_seen_CodesAtCentre as s
      semi join (
        select e.code as code
        from bxc_effect_CodesAtCentre as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
      ) as t on t.code is not distinct from s.code
      anti join (
        select bxc_rowid from bxc_effect_CodesAtCentre where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select code from bxc_effect_CodesAtCentre where bxc_made
    ) as l
    group by code
    having count(*) > 1
  ) as r on r.code = e.code
  where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
)
union all
select * from (
  with
    bxc_batch_CodesAtCentre as materialized (
      select * from (
        select
          case when v.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
          v.code as bxc_old_code, n.code, n.title
        from bxc_new_CodesAtCentre as n
        full join CodesAtCentre as v on n.code = v.code
        where v.code is null
          or n.code is null
          or n.title is distinct from v.title
          or (n.code) in (select (code) from bxc_new_CodesAtCentre group by code having count(*) > 1)
      )
      where exists (select 1 from bxc_new_CodesAtCentre)
    ),
    bxc_seen_CodesAtCentre as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.code, s.title, s.revised
      from Code as s
      semi join (
        select bxc_old_code as code from bxc_batch_CodesAtCentre where bxc_op <> 'insert'
        union all
        select code from bxc_batch_CodesAtCentre
        where bxc_op = 'insert'
          or bxc_op = 'update' and code is distinct from bxc_old_code
      ) as w on s.code = w.code
    ),
    bxc_work_CodesAtCentre as materialized (
      with
        bxc_key as (
          select code, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_CodesAtCentre
          group by code
        ),
        bxc_old as (
          select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
          from bxc_batch_CodesAtCentre as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_code
        ),
        bxc_new as (
          select w.code, count(*) as bxc_count
          from bxc_batch_CodesAtCentre as w
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
        from bxc_batch_CodesAtCentre as w
        left join bxc_key as o on o.code = w.bxc_old_code
        left join bxc_key as n on n.code = w.code
        left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
        left join bxc_old as l on l.bxc_old_code = w.code
        left join bxc_new as c on c.code = w.code
      ) as w
    ),
    bxc_effect_CodesAtCentre as materialized (
      select e.*,
        (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or
          e.revised is distinct from e.bxc_old_revised) as bxc_changed,
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
          case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
          s.code as bxc_old_code, s.title as bxc_old_title, s.revised as bxc_old_revised,
          case when bxc_kind in ('update', 'keep') then w.code when bxc_kind <> 'delete' then s.code end as code,
          case when bxc_kind in ('update', 'keep') then w.title when bxc_kind <> 'delete' then s.title end as title,
          case when bxc_kind <> 'delete' then s.revised end as revised
        from bxc_work_CodesAtCentre as w
        join bxc_seen_CodesAtCentre as s on s.code = w.bxc_key_code
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
          cast(null as varchar) as bxc_old_code, cast(null as varchar) as bxc_old_title,
          cast(null as timestamp) as bxc_old_revised, w.code as code, w.title as title,
          cast(null as timestamp) as revised
        from bxc_work_CodesAtCentre as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_code as code,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.code is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_code is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_code is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'CodesAtCentre has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.code is null
        then {'code': 'BXC16', 'detail': 'code is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.code) <= 8 and not contains(w.code, chr(0)))
        then {'code': 'BXC16', 'detail': 'code is no varchar(8)'} end,
      case when w.bxc_op in ('insert', 'update') and w.title is null
        then {'code': 'BXC16', 'detail': 'title is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.title, chr(0)))
        then {'code': 'BXC16', 'detail': 'title is no text'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'CodesAtCentre has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_CodesAtCentre as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_code as code,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_code, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'CodesAtCentre has a row with this key and other values'} end
    ]) as bxc_broken
    from bxc_effect_CodesAtCentre as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_code as code,
    'another row of Code has the same code' as bxc_detail
  from bxc_effect_CodesAtCentre as e
  semi join (
    select code
    from (
      select s.code
      from bxc_seen_CodesAtCentre as s
      semi join (
        select e.code as code
        from bxc_effect_CodesAtCentre as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
      ) as t on t.code is not distinct from s.code
      anti join (
        select bxc_rowid from bxc_effect_CodesAtCentre where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select code from bxc_effect_CodesAtCentre where bxc_made
    ) as l
    group by code
    having count(*) > 1
  ) as r on r.code = e.code
  where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
);
