-- Catalogue: view of Component, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."Catalogue" as
select
  s.part_no as part_no, s.description as description, s.unit_price as unit_price, s.lead_days as lead_days
from public."Component" as s
with cascaded check option;

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_Catalogue" (
  part_no text collate "C", description text collate "C", unit_price numeric, lead_days bigint
);

create table if not exists public."bxc_delta_Catalogue" (
  bxc_op text, bxc_old_part_no text collate "C", part_no text collate "C", description text collate "C",
  unit_price numeric, lead_days bigint
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_Catalogue" as
select * from (
  with
    "bxc_seen_Catalogue" as materialized (
      select
        0 as bxc_layer, s.part_no, s.description, s.unit_price, s.lead_days, s.preferred
      from (
        select bxc_old_part_no as part_no from public."bxc_delta_Catalogue" where bxc_op <> 'insert'
        union
        select part_no from public."bxc_delta_Catalogue"
        where bxc_op = 'insert'
          or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
      ) as w
      join public."Component" as s on s.part_no = w.part_no
    ),
    "bxc_work_Catalogue" as materialized (
      with
        bxc_key as (
          select part_no, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_Catalogue"
          group by part_no
        ),
        bxc_old as (
          select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
          from public."bxc_delta_Catalogue" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_part_no
        ),
        bxc_new as (
          select w.part_no, count(*) as bxc_count
          from public."bxc_delta_Catalogue" as w
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
        from public."bxc_delta_Catalogue" as w
        left join bxc_key as o on o.part_no = w.bxc_old_part_no
        left join bxc_key as n on n.part_no = w.part_no
        left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
        left join bxc_old as l on l.bxc_old_part_no = w.part_no
        left join bxc_new as c on c.part_no = w.part_no
      ) as w
    ),
    "bxc_effect_Catalogue" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.part_no is distinct from e.bxc_old_part_no) as bxc_leaves
      from (
        select e.*,
          (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
          e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
          e.preferred is distinct from e.bxc_old_preferred) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
            s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
            s.lead_days as bxc_old_lead_days, s.preferred as bxc_old_preferred,
            case when k.bxc_kind in ('update', 'keep') then w.part_no when k.bxc_kind <> 'delete' then s.part_no end as part_no,
            case
              when k.bxc_kind in ('update', 'keep') then w.description
              when k.bxc_kind <> 'delete' then s.description
            end as description,
            case
              when k.bxc_kind in ('update', 'keep') then w.unit_price
              when k.bxc_kind <> 'delete' then s.unit_price
            end as unit_price,
            case
              when k.bxc_kind in ('update', 'keep') then w.lead_days
              when k.bxc_kind <> 'delete' then s.lead_days
            end as lead_days,
            case when k.bxc_kind <> 'delete' then s.preferred end as preferred
          from "bxc_work_Catalogue" as w
          join "bxc_seen_Catalogue" as s on s.part_no = w.bxc_key_part_no
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
            cast(null as text) as bxc_old_part_no, cast(null as text) as bxc_old_description,
            cast(null as numeric(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
            cast(null as boolean) as bxc_old_preferred, w.part_no as part_no, w.description as description,
            w.unit_price as unit_price, w.lead_days as lead_days, cast(false as boolean) as preferred
          from "bxc_work_Catalogue" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as part_no, b.bxc_detail
  from "bxc_work_Catalogue" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.part_no is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'Catalogue has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'part_no is NULL',
      w.bxc_op in ('insert', 'update') and w.part_no is null),
    ('BXC16', 'part_no is no varchar(20)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.part_no) <= 20)),
    ('BXC16', 'description is NULL',
      w.bxc_op in ('insert', 'update') and w.description is null),
    ('BXC16', 'unit_price is NULL',
      w.bxc_op in ('insert', 'update') and w.unit_price is null),
    ('BXC16', 'unit_price is no decimal(10,2)',
      w.bxc_op in ('insert', 'update') and not (w.unit_price <> 'NaN')),
    ('BXC16', 'unit_price is no decimal(10,2)',
      w.bxc_op in ('insert', 'update') and (abs(w.unit_price) >= 100000000 or w.unit_price <> round(w.unit_price, 2))),
    ('BXC16', 'lead_days is NULL',
      w.bxc_op in ('insert', 'update') and w.lead_days is null),
    ('BXC18', 'Catalogue has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_part_no as part_no, b.bxc_detail
  from "bxc_effect_Catalogue" as e
  cross join lateral (values
    ('BXC10', 'Catalogue has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC17', 'check prices is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price)
      and not (e.unit_price >= 0.00)),
    ('BXC17', 'check lead_time is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days)
      and not (e.lead_days >= 0 and e.lead_days <= 365))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_part_no as part_no,
    'another row of Component has the same part_no' as bxc_detail
  from "bxc_effect_Catalogue" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
    and exists (
      select 1 from (
        select part_no
        from (
          select s.part_no
          from (
            select distinct e.part_no as part_no
            from "bxc_effect_Catalogue" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
          ) as t
          join "bxc_seen_Catalogue" as s on t.part_no = s.part_no
          where not exists (
              select 1 from "bxc_effect_Catalogue" as g
              where g.bxc_gone and g.bxc_old_part_no = s.part_no
            )
          union all
          select part_no from "bxc_effect_Catalogue" where bxc_made
        ) as l
        group by part_no
        having count(*) > 1
      ) as r
      where r.part_no = e.part_no
    )
) as d
union all
select * from (
  with
    "bxc_batch_Catalogue" as materialized (
      select * from (
        select
          case when v.part_no is null then 'insert' when n.part_no is null then 'delete' else 'update' end as bxc_op,
          v.part_no as bxc_old_part_no, n.part_no, n.description, n.unit_price, n.lead_days
        from public."bxc_new_Catalogue" as n
        full join public."Catalogue" as v on n.part_no = v.part_no
        where v.part_no is null
          or n.part_no is null
          or (n.description is distinct from v.description or n.unit_price is distinct from v.unit_price or
          n.lead_days is distinct from v.lead_days)
          or (n.part_no) in (select part_no from public."bxc_new_Catalogue" group by part_no having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_Catalogue")
    ),
    "bxc_seen_Catalogue" as materialized (
      select
        0 as bxc_layer, s.part_no, s.description, s.unit_price, s.lead_days, s.preferred
      from (
        select bxc_old_part_no as part_no from "bxc_batch_Catalogue" where bxc_op <> 'insert'
        union
        select part_no from "bxc_batch_Catalogue"
        where bxc_op = 'insert'
          or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
      ) as w
      join public."Component" as s on s.part_no = w.part_no
    ),
    "bxc_work_Catalogue" as materialized (
      with
        bxc_key as (
          select part_no, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_Catalogue"
          group by part_no
        ),
        bxc_old as (
          select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
          from "bxc_batch_Catalogue" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_part_no
        ),
        bxc_new as (
          select w.part_no, count(*) as bxc_count
          from "bxc_batch_Catalogue" as w
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
        from "bxc_batch_Catalogue" as w
        left join bxc_key as o on o.part_no = w.bxc_old_part_no
        left join bxc_key as n on n.part_no = w.part_no
        left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
        left join bxc_old as l on l.bxc_old_part_no = w.part_no
        left join bxc_new as c on c.part_no = w.part_no
      ) as w
    ),
    "bxc_effect_Catalogue" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.part_no is distinct from e.bxc_old_part_no) as bxc_leaves
      from (
        select e.*,
          (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
          e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
          e.preferred is distinct from e.bxc_old_preferred) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
            s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
            s.lead_days as bxc_old_lead_days, s.preferred as bxc_old_preferred,
            case when k.bxc_kind in ('update', 'keep') then w.part_no when k.bxc_kind <> 'delete' then s.part_no end as part_no,
            case
              when k.bxc_kind in ('update', 'keep') then w.description
              when k.bxc_kind <> 'delete' then s.description
            end as description,
            case
              when k.bxc_kind in ('update', 'keep') then w.unit_price
              when k.bxc_kind <> 'delete' then s.unit_price
            end as unit_price,
            case
              when k.bxc_kind in ('update', 'keep') then w.lead_days
              when k.bxc_kind <> 'delete' then s.lead_days
            end as lead_days,
            case when k.bxc_kind <> 'delete' then s.preferred end as preferred
          from "bxc_work_Catalogue" as w
          join "bxc_seen_Catalogue" as s on s.part_no = w.bxc_key_part_no
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
            cast(null as text) as bxc_old_part_no, cast(null as text) as bxc_old_description,
            cast(null as numeric(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
            cast(null as boolean) as bxc_old_preferred, w.part_no as part_no, w.description as description,
            w.unit_price as unit_price, w.lead_days as lead_days, cast(false as boolean) as preferred
          from "bxc_work_Catalogue" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as part_no, b.bxc_detail
  from "bxc_work_Catalogue" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.part_no is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'Catalogue has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'part_no is NULL',
      w.bxc_op in ('insert', 'update') and w.part_no is null),
    ('BXC16', 'part_no is no varchar(20)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.part_no) <= 20)),
    ('BXC16', 'description is NULL',
      w.bxc_op in ('insert', 'update') and w.description is null),
    ('BXC16', 'unit_price is NULL',
      w.bxc_op in ('insert', 'update') and w.unit_price is null),
    ('BXC16', 'unit_price is no decimal(10,2)',
      w.bxc_op in ('insert', 'update') and not (w.unit_price <> 'NaN')),
    ('BXC16', 'unit_price is no decimal(10,2)',
      w.bxc_op in ('insert', 'update') and (abs(w.unit_price) >= 100000000 or w.unit_price <> round(w.unit_price, 2))),
    ('BXC16', 'lead_days is NULL',
      w.bxc_op in ('insert', 'update') and w.lead_days is null),
    ('BXC18', 'Catalogue has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_part_no as part_no, b.bxc_detail
  from "bxc_effect_Catalogue" as e
  cross join lateral (values
    ('BXC10', 'Catalogue has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC17', 'check prices is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price)
      and not (e.unit_price >= 0.00)),
    ('BXC17', 'check lead_time is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days)
      and not (e.lead_days >= 0 and e.lead_days <= 365))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_part_no as part_no,
    'another row of Component has the same part_no' as bxc_detail
  from "bxc_effect_Catalogue" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
    and exists (
      select 1 from (
        select part_no
        from (
          select s.part_no
          from (
            select distinct e.part_no as part_no
            from "bxc_effect_Catalogue" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
          ) as t
          join "bxc_seen_Catalogue" as s on t.part_no = s.part_no
          where not exists (
              select 1 from "bxc_effect_Catalogue" as g
              where g.bxc_gone and g.bxc_old_part_no = s.part_no
            )
          union all
          select part_no from "bxc_effect_Catalogue" where bxc_made
        ) as l
        group by part_no
        having count(*) > 1
      ) as r
      where r.part_no = e.part_no
    )
) as n;

-- the put
create or replace function public."bxc_steps_Catalogue"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_Catalogue" limit 501) as b) > 500;
  analyze "bxc_batch_Catalogue";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_Catalogue";
  create temporary table "bxc_seen_Catalogue" on commit drop as
  select
    0 as bxc_layer, s.part_no, s.description, s.unit_price, s.lead_days, s.preferred
  from (
    select bxc_old_part_no as part_no from "bxc_batch_Catalogue" where bxc_op <> 'insert'
    union
    select part_no from "bxc_batch_Catalogue"
    where bxc_op = 'insert'
      or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
  ) as w
  join public."Component" as s on s.part_no = w.part_no;
  if bxc_many then analyze "bxc_seen_Catalogue"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_Catalogue";
  create temporary table "bxc_work_Catalogue" on commit drop as
  with
    bxc_key as (
      select part_no, bool_or(bxc_layer = 0) as bxc_shown
      from "bxc_seen_Catalogue"
      group by part_no
    ),
    bxc_old as (
      select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
      from "bxc_batch_Catalogue" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_part_no
    ),
    bxc_new as (
      select w.part_no, count(*) as bxc_count
      from "bxc_batch_Catalogue" as w
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
    from "bxc_batch_Catalogue" as w
    left join bxc_key as o on o.part_no = w.bxc_old_part_no
    left join bxc_key as n on n.part_no = w.part_no
    left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
    left join bxc_old as l on l.bxc_old_part_no = w.part_no
    left join bxc_new as c on c.part_no = w.part_no
  ) as w;
  if bxc_many then analyze "bxc_work_Catalogue"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_Catalogue";
  create temporary table "bxc_effect_Catalogue" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.part_no is distinct from e.bxc_old_part_no) as bxc_leaves
  from (
    select e.*,
      (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
      e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
      e.preferred is distinct from e.bxc_old_preferred) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
        s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
        s.lead_days as bxc_old_lead_days, s.preferred as bxc_old_preferred,
        case when k.bxc_kind in ('update', 'keep') then w.part_no when k.bxc_kind <> 'delete' then s.part_no end as part_no,
        case
          when k.bxc_kind in ('update', 'keep') then w.description
          when k.bxc_kind <> 'delete' then s.description
        end as description,
        case
          when k.bxc_kind in ('update', 'keep') then w.unit_price
          when k.bxc_kind <> 'delete' then s.unit_price
        end as unit_price,
        case
          when k.bxc_kind in ('update', 'keep') then w.lead_days
          when k.bxc_kind <> 'delete' then s.lead_days
        end as lead_days,
        case when k.bxc_kind <> 'delete' then s.preferred end as preferred
      from "bxc_work_Catalogue" as w
      join "bxc_seen_Catalogue" as s on s.part_no = w.bxc_key_part_no
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
        cast(null as text) as bxc_old_part_no, cast(null as text) as bxc_old_description,
        cast(null as numeric(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
        cast(null as boolean) as bxc_old_preferred, w.part_no as part_no, w.description as description,
        w.unit_price as unit_price, w.lead_days as lead_days, cast(false as boolean) as preferred
      from "bxc_work_Catalogue" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_Catalogue";
end
$bxc$;

create or replace function public."bxc_apply_Catalogue"() returns bigint
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
      when w.bxc_op in ('insert', 'update') and (w.part_no is null)
        then 'BXC10'  -- the key has a NULL
      when w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)
        then 'BXC10'  -- the old key has a NULL
      when w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)
        then 'BXC10'  -- an insert has an old key
      when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then 'BXC10'  -- another staged row has the same old key
      when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then 'BXC10'  -- another staged row has the same key
      when w.bxc_op = 'insert' and w.bxc_key_deleted
        then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
      when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then 'BXC10'  -- Catalogue has another row with the new key
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w.part_no is null
        then 'BXC16'  -- part_no is NULL
      when w.bxc_op in ('insert', 'update') and not (char_length(w.part_no) <= 20)
        then 'BXC16'  -- part_no is no varchar(20)
      when w.bxc_op in ('insert', 'update') and w.description is null
        then 'BXC16'  -- description is NULL
      when w.bxc_op in ('insert', 'update') and w.unit_price is null
        then 'BXC16'  -- unit_price is NULL
      when w.bxc_op in ('insert', 'update') and not (w.unit_price <> 'NaN')
        then 'BXC16'  -- unit_price is no decimal(10,2)
      when w.bxc_op in ('insert', 'update') and (abs(w.unit_price) >= 100000000 or w.unit_price <> round(w.unit_price, 2))
        then 'BXC16'  -- unit_price is no decimal(10,2)
      when w.bxc_op in ('insert', 'update') and w.lead_days is null
        then 'BXC16'  -- lead_days is NULL
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- Catalogue has no row with the old key
    end as bxc_code
    from "bxc_work_Catalogue" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- Catalogue has a row with this key and other values
      when e.bxc_made
        and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price)
        and not (e.unit_price >= 0.00)
        then 'BXC17'  -- check prices is false
      when e.bxc_made
        and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days)
        and not (e.lead_days >= 0 and e.lead_days <= 365)
        then 'BXC17'  -- check lead_time is false
    end
    from "bxc_effect_Catalogue" as e
    union all
    -- another row of Component has the same part_no
    select 'BXC17'
    from "bxc_effect_Catalogue" as e
    where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
      and exists (
        select 1 from (
          select part_no
          from (
            select s.part_no
            from (
              select distinct e.part_no as part_no
              from "bxc_effect_Catalogue" as e
              where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
            ) as t
            join "bxc_seen_Catalogue" as s on t.part_no = s.part_no
            where not exists (
                select 1 from "bxc_effect_Catalogue" as g
                where g.bxc_gone and g.bxc_old_part_no = s.part_no
              )
            union all
            select part_no from "bxc_effect_Catalogue" where bxc_made
          ) as l
          group by part_no
          having count(*) > 1
        ) as r
        where r.part_no = e.part_no
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 Catalogue: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Catalogue'
        when 'BXC11' then 'BXC11 Catalogue: a key belongs to a source row that the view does not show; see bxc_violations_Catalogue'
        when 'BXC12' then 'BXC12 Catalogue: a row does not fulfil the condition of the view; see bxc_violations_Catalogue'
        when 'BXC14' then 'BXC14 Catalogue: a new row has no value for a key column that the view hides; see bxc_violations_Catalogue'
        when 'BXC15' then 'BXC15 Catalogue: a computed column is stated otherwise than its inputs give it; see bxc_violations_Catalogue'
        when 'BXC16' then 'BXC16 Catalogue: a value is outside its type, or NULL where the view has none; see bxc_violations_Catalogue'
        when 'BXC17' then 'BXC17 Catalogue: a constraint of the source would be broken; see bxc_violations_Catalogue'
        when 'BXC18' then 'BXC18 Catalogue: an update speaks of a key that no row has; see bxc_violations_Catalogue'
        when 'BXC19' then 'BXC19 Catalogue: a row must not vanish from the view; see bxc_violations_Catalogue'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_Catalogue" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'Component';

  with bxc_left as (
    delete from public."Component" as s using "bxc_effect_Catalogue" as e
    where e.bxc_leaves and s.part_no = e.bxc_old_part_no
    returning 1
  )
  insert into public."Component" as s (
      part_no, description, unit_price, lead_days, preferred
  )
  select
      e.part_no, e.description, e.unit_price, e.lead_days, e.preferred
  from "bxc_effect_Catalogue" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (part_no) do update set
      description = excluded.description, unit_price = excluded.unit_price, lead_days = excluded.lead_days,
      preferred = excluded.preferred;

  update public.bxc_session set uncaptured = false where source = 'Component';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_Component"');
  insert into public."bxc_change_Component" (
    bxc_seq, bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
    bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'Catalogue',
    bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_preferred, part_no,
    description, unit_price, lead_days, preferred
  from "bxc_effect_Catalogue" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_Catalogue"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Component" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Catalogue";
  create temporary table "bxc_batch_Catalogue" on commit drop as
  select
    case when v.part_no is null then 'insert' when n.part_no is null then 'delete' else 'update' end as bxc_op,
    v.part_no as bxc_old_part_no, n.part_no, n.description, n.unit_price, n.lead_days
  from public."bxc_new_Catalogue" as n
  full join public."Catalogue" as v on n.part_no = v.part_no
  where v.part_no is null
    or n.part_no is null
    or (n.description is distinct from v.description or n.unit_price is distinct from v.unit_price or
    n.lead_days is distinct from v.lead_days);

  -- a key is staged twice
  if exists (select part_no from public."bxc_new_Catalogue" group by part_no having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 Catalogue: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Catalogue';
  end if;

  perform public."bxc_steps_Catalogue"();

  perform public."bxc_apply_Catalogue"();
end
$bxc$;

create or replace function public."bxc_put_delta_Catalogue"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Component" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Catalogue";
  create temporary table "bxc_batch_Catalogue" on commit drop as
  select * from public."bxc_delta_Catalogue";

  perform public."bxc_steps_Catalogue"();

  perform public."bxc_apply_Catalogue"();
end
$bxc$;

revoke execute on function public."bxc_steps_Catalogue"() from public;

revoke execute on function public."bxc_apply_Catalogue"() from public;

revoke execute on function public."bxc_put_Catalogue"() from public;

revoke execute on function public."bxc_put_delta_Catalogue"() from public;

-- its editors, by this peer's rights
create or replace function public."bxc_grant_Catalogue"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_supply_chain_Manufacturer') then
    return null;
  end if;

  revoke all on public."Catalogue" from "bxc_supply_chain_Manufacturer";
  grant select on public."Catalogue" to "bxc_supply_chain_Manufacturer";

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."Catalogue" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."Catalogue" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'part_no' and granted) then
    grant update (part_no) on public."Catalogue" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'description' and granted) then
    grant update (description) on public."Catalogue" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'unit_price' and granted) then
    grant update (unit_price) on public."Catalogue" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'lead_days' and granted) then
    grant update (lead_days) on public."Catalogue" to "bxc_supply_chain_Manufacturer";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_Catalogue"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_Catalogue"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
