-- Catalogue: view of Component, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Catalogue as
select
  s.part_no as part_no, s.description as description, s.unit_price as unit_price, s.lead_days as lead_days
from Component as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_Catalogue (
  part_no varchar, description varchar, unit_price decimal(38, 2), lead_days bigint
);

create table if not exists bxc_delta_Catalogue (
  bxc_op varchar, bxc_old_part_no varchar, part_no varchar, description varchar, unit_price decimal(38, 2),
  lead_days bigint
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_Catalogue as
select * from (
  with
    bxc_seen_Catalogue as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.part_no, s.description, s.unit_price, s.lead_days, s.preferred
      from Component as s
      semi join (
        select bxc_old_part_no as part_no from bxc_delta_Catalogue where bxc_op <> 'insert'
        union all
        select part_no from bxc_delta_Catalogue
        where bxc_op = 'insert'
          or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
      ) as w on s.part_no = w.part_no
    ),
    bxc_work_Catalogue as materialized (
      with
        bxc_key as (
          select part_no, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_Catalogue
          group by part_no
        ),
        bxc_old as (
          select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
          from bxc_delta_Catalogue as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_part_no
        ),
        bxc_new as (
          select w.part_no, count(*) as bxc_count
          from bxc_delta_Catalogue as w
          where w.bxc_op in ('insert', 'update')
          group by w.part_no
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
          w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from bxc_delta_Catalogue as w
        left join bxc_key as o on o.part_no = w.bxc_old_part_no
        left join bxc_key as n on n.part_no = w.part_no
        left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
        left join bxc_old as l on l.bxc_old_part_no = w.part_no
        left join bxc_new as c on c.part_no = w.part_no
      ) as w
    ),
    bxc_effect_Catalogue as materialized (
      select e.*,
        (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
          e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
          e.preferred is distinct from e.bxc_old_preferred) as bxc_changed,
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
          case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
          s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
          s.lead_days as bxc_old_lead_days, s.preferred as bxc_old_preferred,
          case when bxc_kind in ('update', 'keep') then w.part_no when bxc_kind <> 'delete' then s.part_no end as part_no,
          case
            when bxc_kind in ('update', 'keep') then w.description
            when bxc_kind <> 'delete' then s.description
          end as description,
          case when bxc_kind in ('update', 'keep') then w.unit_price when bxc_kind <> 'delete' then s.unit_price end as unit_price,
          case when bxc_kind in ('update', 'keep') then w.lead_days when bxc_kind <> 'delete' then s.lead_days end as lead_days,
          case when bxc_kind <> 'delete' then s.preferred end as preferred
        from bxc_work_Catalogue as w
        join bxc_seen_Catalogue as s on s.part_no = w.bxc_key_part_no
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
          cast(null as varchar) as bxc_old_part_no, cast(null as varchar) as bxc_old_description,
          cast(null as decimal(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
          cast(null as boolean) as bxc_old_preferred, w.part_no as part_no, w.description as description,
          w.unit_price as unit_price, w.lead_days as lead_days, cast(false as boolean) as preferred
        from bxc_work_Catalogue as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_part_no as part_no,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.part_no is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'Catalogue has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.part_no is null
        then {'code': 'BXC16', 'detail': 'part_no is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
        then {'code': 'BXC16', 'detail': 'part_no is no varchar(20)'} end,
      case when w.bxc_op in ('insert', 'update') and w.description is null
        then {'code': 'BXC16', 'detail': 'description is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.description, chr(0)))
        then {'code': 'BXC16', 'detail': 'description is no text'} end,
      case when w.bxc_op in ('insert', 'update') and w.unit_price is null
        then {'code': 'BXC16', 'detail': 'unit_price is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 100000000
        then {'code': 'BXC16', 'detail': 'unit_price is no decimal(10,2)'} end,
      case when w.bxc_op in ('insert', 'update') and w.lead_days is null
        then {'code': 'BXC16', 'detail': 'lead_days is NULL'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'Catalogue has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_Catalogue as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_part_no as part_no,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_part_no, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'Catalogue has a row with this key and other values'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price)
      and not (e.unit_price >= 0.00)
        then {'code': 'BXC17', 'detail': 'check prices is false'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days)
      and not (e.lead_days >= 0 and e.lead_days <= 365)
        then {'code': 'BXC17', 'detail': 'check lead_time is false'} end
    ]) as bxc_broken
    from bxc_effect_Catalogue as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_part_no as part_no,
    'another row of Component has the same part_no' as bxc_detail
  from bxc_effect_Catalogue as e
  semi join (
    select part_no
    from (
      select s.part_no
      from bxc_seen_Catalogue as s
      semi join (
        select e.part_no as part_no
        from bxc_effect_Catalogue as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
      ) as t on t.part_no is not distinct from s.part_no
      anti join (
        select bxc_rowid from bxc_effect_Catalogue where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select part_no from bxc_effect_Catalogue where bxc_made
    ) as l
    group by part_no
    having count(*) > 1
  ) as r on r.part_no = e.part_no
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
)
union all
select * from (
  with
    bxc_batch_Catalogue as materialized (
      select * from (
        select
          case when v.part_no is null then 'insert' when n.part_no is null then 'delete' else 'update' end as bxc_op,
          v.part_no as bxc_old_part_no, n.part_no, n.description, n.unit_price, n.lead_days
        from bxc_new_Catalogue as n
        full join Catalogue as v on n.part_no = v.part_no
        where v.part_no is null
          or n.part_no is null
          or (n.description is distinct from v.description or n.unit_price is distinct from v.unit_price or
          n.lead_days is distinct from v.lead_days)
          or (n.part_no) in (select (part_no) from bxc_new_Catalogue group by part_no having count(*) > 1)
      )
      where exists (select 1 from bxc_new_Catalogue)
    ),
    bxc_seen_Catalogue as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.part_no, s.description, s.unit_price, s.lead_days, s.preferred
      from Component as s
      semi join (
        select bxc_old_part_no as part_no from bxc_batch_Catalogue where bxc_op <> 'insert'
        union all
        select part_no from bxc_batch_Catalogue
        where bxc_op = 'insert'
          or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
      ) as w on s.part_no = w.part_no
    ),
    bxc_work_Catalogue as materialized (
      with
        bxc_key as (
          select part_no, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_Catalogue
          group by part_no
        ),
        bxc_old as (
          select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
          from bxc_batch_Catalogue as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_part_no
        ),
        bxc_new as (
          select w.part_no, count(*) as bxc_count
          from bxc_batch_Catalogue as w
          where w.bxc_op in ('insert', 'update')
          group by w.part_no
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
          w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from bxc_batch_Catalogue as w
        left join bxc_key as o on o.part_no = w.bxc_old_part_no
        left join bxc_key as n on n.part_no = w.part_no
        left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
        left join bxc_old as l on l.bxc_old_part_no = w.part_no
        left join bxc_new as c on c.part_no = w.part_no
      ) as w
    ),
    bxc_effect_Catalogue as materialized (
      select e.*,
        (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
          e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
          e.preferred is distinct from e.bxc_old_preferred) as bxc_changed,
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
          case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
          s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
          s.lead_days as bxc_old_lead_days, s.preferred as bxc_old_preferred,
          case when bxc_kind in ('update', 'keep') then w.part_no when bxc_kind <> 'delete' then s.part_no end as part_no,
          case
            when bxc_kind in ('update', 'keep') then w.description
            when bxc_kind <> 'delete' then s.description
          end as description,
          case when bxc_kind in ('update', 'keep') then w.unit_price when bxc_kind <> 'delete' then s.unit_price end as unit_price,
          case when bxc_kind in ('update', 'keep') then w.lead_days when bxc_kind <> 'delete' then s.lead_days end as lead_days,
          case when bxc_kind <> 'delete' then s.preferred end as preferred
        from bxc_work_Catalogue as w
        join bxc_seen_Catalogue as s on s.part_no = w.bxc_key_part_no
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
          cast(null as varchar) as bxc_old_part_no, cast(null as varchar) as bxc_old_description,
          cast(null as decimal(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
          cast(null as boolean) as bxc_old_preferred, w.part_no as part_no, w.description as description,
          w.unit_price as unit_price, w.lead_days as lead_days, cast(false as boolean) as preferred
        from bxc_work_Catalogue as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_part_no as part_no,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.part_no is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'Catalogue has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.part_no is null
        then {'code': 'BXC16', 'detail': 'part_no is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
        then {'code': 'BXC16', 'detail': 'part_no is no varchar(20)'} end,
      case when w.bxc_op in ('insert', 'update') and w.description is null
        then {'code': 'BXC16', 'detail': 'description is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.description, chr(0)))
        then {'code': 'BXC16', 'detail': 'description is no text'} end,
      case when w.bxc_op in ('insert', 'update') and w.unit_price is null
        then {'code': 'BXC16', 'detail': 'unit_price is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 100000000
        then {'code': 'BXC16', 'detail': 'unit_price is no decimal(10,2)'} end,
      case when w.bxc_op in ('insert', 'update') and w.lead_days is null
        then {'code': 'BXC16', 'detail': 'lead_days is NULL'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'Catalogue has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_Catalogue as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_part_no as part_no,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_part_no, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'Catalogue has a row with this key and other values'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price)
      and not (e.unit_price >= 0.00)
        then {'code': 'BXC17', 'detail': 'check prices is false'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days)
      and not (e.lead_days >= 0 and e.lead_days <= 365)
        then {'code': 'BXC17', 'detail': 'check lead_time is false'} end
    ]) as bxc_broken
    from bxc_effect_Catalogue as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_part_no as part_no,
    'another row of Component has the same part_no' as bxc_detail
  from bxc_effect_Catalogue as e
  semi join (
    select part_no
    from (
      select s.part_no
      from bxc_seen_Catalogue as s
      semi join (
        select e.part_no as part_no
        from bxc_effect_Catalogue as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
      ) as t on t.part_no is not distinct from s.part_no
      anti join (
        select bxc_rowid from bxc_effect_Catalogue where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select part_no from bxc_effect_Catalogue where bxc_made
    ) as l
    group by part_no
    having count(*) > 1
  ) as r on r.part_no = e.part_no
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
);
