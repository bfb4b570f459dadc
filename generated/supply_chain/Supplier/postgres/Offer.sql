-- Offer: view of Part, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."Offer" with (security_barrier) as
select
  s.part_no as part_no, s.description as description, s.unit_price as unit_price, s.lead_days as lead_days
from public."Part" as s
where (not s.discontinued);

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_Offer" (
  part_no text collate "C", description text collate "C", unit_price numeric, lead_days bigint
);

create table if not exists public."bxc_delta_Offer" (
  bxc_op text, bxc_old_part_no text collate "C", part_no text collate "C", description text collate "C",
  unit_price numeric, lead_days bigint
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_Offer" as
select * from (
  with
    "bxc_seen_Offer" as materialized (
      select
        case when not (not s.discontinued) is true then 1 else 0 end as bxc_layer, s.part_no, s.description,
        s.unit_price, s.lead_days, s.cost, s.discontinued
      from (
        select bxc_old_part_no as part_no from public."bxc_delta_Offer" where bxc_op <> 'insert'
        union
        select part_no from public."bxc_delta_Offer"
        where bxc_op = 'insert'
          or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
      ) as w
      join public."Part" as s on s.part_no = w.part_no
    ),
    "bxc_work_Offer" as materialized (
      with
        bxc_key as (
          select part_no, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden, false as bxc_rejected
          from "bxc_seen_Offer"
          group by part_no
        ),
        bxc_old as (
          select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
          from public."bxc_delta_Offer" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_part_no
        ),
        bxc_new as (
          select w.part_no, count(*) as bxc_count
          from public."bxc_delta_Offer" as w
          where w.bxc_op in ('insert', 'update')
          group by w.part_no
        )
      select w.*,
        w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
          w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from public."bxc_delta_Offer" as w
        left join bxc_key as o on o.part_no = w.bxc_old_part_no
        left join bxc_key as n on n.part_no = w.part_no
        left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
        left join bxc_old as l on l.bxc_old_part_no = w.part_no
        left join bxc_new as c on c.part_no = w.part_no
      ) as w
    ),
    "bxc_effect_Offer" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.part_no is distinct from e.bxc_old_part_no) as bxc_leaves
      from (
        select e.*,
          (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
          e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
          e.cost is distinct from e.bxc_old_cost or e.discontinued is distinct from e.bxc_old_discontinued) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
            s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
            s.lead_days as bxc_old_lead_days, s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.part_no else s.part_no end as part_no,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.description else s.description end as description,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.unit_price else s.unit_price end as unit_price,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.lead_days else s.lead_days end as lead_days,
            s.cost as cost,
            case
              when k.bxc_kind = 'revive' then cast(false as boolean)
              when k.bxc_kind = 'set' then cast(true as boolean)
              else s.discontinued
            end as discontinued
          from "bxc_work_Offer" as w
          join "bxc_seen_Offer" as s on s.part_no = w.bxc_key_part_no
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
            case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
            cast(null as text) as bxc_old_part_no, cast(null as text) as bxc_old_description,
            cast(null as numeric(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
            cast(null as numeric(10, 2)) as bxc_old_cost, cast(null as boolean) as bxc_old_discontinued,
            w.part_no as part_no, w.description as description, w.unit_price as unit_price, w.lead_days as lead_days,
            cast(null as numeric(10, 2)) as cost, cast(false as boolean) as discontinued
          from "bxc_work_Offer" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as part_no, b.bxc_detail
  from "bxc_work_Offer" as w
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
    ('BXC10', 'Offer has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'Part has a row with this key that Offer does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)),
    ('BXC11', 'Part has a row with the new key that Offer does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC11', 'the row that had the new key is hidden by this put, and keeps it',
      w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted),
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
    ('BXC18', 'Offer has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_part_no as part_no, b.bxc_detail
  from "bxc_effect_Offer" as e
  cross join lateral (values
    ('BXC10', 'Offer has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of Offer is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (not e.discontinued) is true),
    ('BXC19', 'Offer would still show the row',
      e.bxc_kind = 'set' and (not e.discontinued) is true),
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
    'another row of Part has the same part_no' as bxc_detail
  from "bxc_effect_Offer" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
    and exists (
      select 1 from (
        select part_no
        from (
          select s.part_no
          from (
            select distinct e.part_no as part_no
            from "bxc_effect_Offer" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
          ) as t
          join "bxc_seen_Offer" as s on t.part_no = s.part_no
          where not exists (
              select 1 from "bxc_effect_Offer" as g
              where g.bxc_gone and g.bxc_old_part_no = s.part_no
            )
          union all
          select part_no from "bxc_effect_Offer" where bxc_made
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
    "bxc_batch_Offer" as materialized (
      select * from (
        select
          case when v.part_no is null then 'insert' when n.part_no is null then 'delete' else 'update' end as bxc_op,
          v.part_no as bxc_old_part_no, n.part_no, n.description, n.unit_price, n.lead_days
        from public."bxc_new_Offer" as n
        full join public."Offer" as v on n.part_no = v.part_no
        where v.part_no is null
          or n.part_no is null
          or (n.description is distinct from v.description or n.unit_price is distinct from v.unit_price or
          n.lead_days is distinct from v.lead_days)
          or (n.part_no) in (select part_no from public."bxc_new_Offer" group by part_no having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_Offer")
    ),
    "bxc_seen_Offer" as materialized (
      select
        case when not (not s.discontinued) is true then 1 else 0 end as bxc_layer, s.part_no, s.description,
        s.unit_price, s.lead_days, s.cost, s.discontinued
      from (
        select bxc_old_part_no as part_no from "bxc_batch_Offer" where bxc_op <> 'insert'
        union
        select part_no from "bxc_batch_Offer"
        where bxc_op = 'insert'
          or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
      ) as w
      join public."Part" as s on s.part_no = w.part_no
    ),
    "bxc_work_Offer" as materialized (
      with
        bxc_key as (
          select part_no, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden, false as bxc_rejected
          from "bxc_seen_Offer"
          group by part_no
        ),
        bxc_old as (
          select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
          from "bxc_batch_Offer" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_part_no
        ),
        bxc_new as (
          select w.part_no, count(*) as bxc_count
          from "bxc_batch_Offer" as w
          where w.bxc_op in ('insert', 'update')
          group by w.part_no
        )
      select w.*,
        w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
          w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from "bxc_batch_Offer" as w
        left join bxc_key as o on o.part_no = w.bxc_old_part_no
        left join bxc_key as n on n.part_no = w.part_no
        left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
        left join bxc_old as l on l.bxc_old_part_no = w.part_no
        left join bxc_new as c on c.part_no = w.part_no
      ) as w
    ),
    "bxc_effect_Offer" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.part_no is distinct from e.bxc_old_part_no) as bxc_leaves
      from (
        select e.*,
          (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
          e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
          e.cost is distinct from e.bxc_old_cost or e.discontinued is distinct from e.bxc_old_discontinued) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
            s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
            s.lead_days as bxc_old_lead_days, s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.part_no else s.part_no end as part_no,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.description else s.description end as description,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.unit_price else s.unit_price end as unit_price,
            case when k.bxc_kind in ('update', 'keep', 'revive') then w.lead_days else s.lead_days end as lead_days,
            s.cost as cost,
            case
              when k.bxc_kind = 'revive' then cast(false as boolean)
              when k.bxc_kind = 'set' then cast(true as boolean)
              else s.discontinued
            end as discontinued
          from "bxc_work_Offer" as w
          join "bxc_seen_Offer" as s on s.part_no = w.bxc_key_part_no
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
            case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
            cast(null as text) as bxc_old_part_no, cast(null as text) as bxc_old_description,
            cast(null as numeric(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
            cast(null as numeric(10, 2)) as bxc_old_cost, cast(null as boolean) as bxc_old_discontinued,
            w.part_no as part_no, w.description as description, w.unit_price as unit_price, w.lead_days as lead_days,
            cast(null as numeric(10, 2)) as cost, cast(false as boolean) as discontinued
          from "bxc_work_Offer" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as part_no, b.bxc_detail
  from "bxc_work_Offer" as w
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
    ('BXC10', 'Offer has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'Part has a row with this key that Offer does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)),
    ('BXC11', 'Part has a row with the new key that Offer does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC11', 'the row that had the new key is hidden by this put, and keeps it',
      w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted),
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
    ('BXC18', 'Offer has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_part_no as part_no, b.bxc_detail
  from "bxc_effect_Offer" as e
  cross join lateral (values
    ('BXC10', 'Offer has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of Offer is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (not e.discontinued) is true),
    ('BXC19', 'Offer would still show the row',
      e.bxc_kind = 'set' and (not e.discontinued) is true),
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
    'another row of Part has the same part_no' as bxc_detail
  from "bxc_effect_Offer" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
    and exists (
      select 1 from (
        select part_no
        from (
          select s.part_no
          from (
            select distinct e.part_no as part_no
            from "bxc_effect_Offer" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
          ) as t
          join "bxc_seen_Offer" as s on t.part_no = s.part_no
          where not exists (
              select 1 from "bxc_effect_Offer" as g
              where g.bxc_gone and g.bxc_old_part_no = s.part_no
            )
          union all
          select part_no from "bxc_effect_Offer" where bxc_made
        ) as l
        group by part_no
        having count(*) > 1
      ) as r
      where r.part_no = e.part_no
    )
) as n;

-- the put
create or replace function public."bxc_steps_Offer"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_Offer" limit 501) as b) > 500;
  analyze "bxc_batch_Offer";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_Offer";
  create temporary table "bxc_seen_Offer" on commit drop as
  select
    case when not (not s.discontinued) is true then 1 else 0 end as bxc_layer, s.part_no, s.description,
    s.unit_price, s.lead_days, s.cost, s.discontinued
  from (
    select bxc_old_part_no as part_no from "bxc_batch_Offer" where bxc_op <> 'insert'
    union
    select part_no from "bxc_batch_Offer"
    where bxc_op = 'insert'
      or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
  ) as w
  join public."Part" as s on s.part_no = w.part_no;
  if bxc_many then analyze "bxc_seen_Offer"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_Offer";
  create temporary table "bxc_work_Offer" on commit drop as
  with
    bxc_key as (
      select part_no, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden, false as bxc_rejected
      from "bxc_seen_Offer"
      group by part_no
    ),
    bxc_old as (
      select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
      from "bxc_batch_Offer" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_part_no
    ),
    bxc_new as (
      select w.part_no, count(*) as bxc_count
      from "bxc_batch_Offer" as w
      where w.bxc_op in ('insert', 'update')
      group by w.part_no
    )
  select w.*,
    w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
  from (
    select w.*,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
      w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no as bxc_renames,
      coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
      coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
      coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
      coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
    from "bxc_batch_Offer" as w
    left join bxc_key as o on o.part_no = w.bxc_old_part_no
    left join bxc_key as n on n.part_no = w.part_no
    left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
    left join bxc_old as l on l.bxc_old_part_no = w.part_no
    left join bxc_new as c on c.part_no = w.part_no
  ) as w;
  if bxc_many then analyze "bxc_work_Offer"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_Offer";
  create temporary table "bxc_effect_Offer" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.part_no is distinct from e.bxc_old_part_no) as bxc_leaves
  from (
    select e.*,
      (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
      e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
      e.cost is distinct from e.bxc_old_cost or e.discontinued is distinct from e.bxc_old_discontinued) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
        s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
        s.lead_days as bxc_old_lead_days, s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued,
        case when k.bxc_kind in ('update', 'keep', 'revive') then w.part_no else s.part_no end as part_no,
        case when k.bxc_kind in ('update', 'keep', 'revive') then w.description else s.description end as description,
        case when k.bxc_kind in ('update', 'keep', 'revive') then w.unit_price else s.unit_price end as unit_price,
        case when k.bxc_kind in ('update', 'keep', 'revive') then w.lead_days else s.lead_days end as lead_days,
        s.cost as cost,
        case
          when k.bxc_kind = 'revive' then cast(false as boolean)
          when k.bxc_kind = 'set' then cast(true as boolean)
          else s.discontinued
        end as discontinued
      from "bxc_work_Offer" as w
      join "bxc_seen_Offer" as s on s.part_no = w.bxc_key_part_no
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
        case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
        cast(null as text) as bxc_old_part_no, cast(null as text) as bxc_old_description,
        cast(null as numeric(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
        cast(null as numeric(10, 2)) as bxc_old_cost, cast(null as boolean) as bxc_old_discontinued,
        w.part_no as part_no, w.description as description, w.unit_price as unit_price, w.lead_days as lead_days,
        cast(null as numeric(10, 2)) as cost, cast(false as boolean) as discontinued
      from "bxc_work_Offer" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_Offer";
end
$bxc$;

create or replace function public."bxc_apply_Offer"() returns bigint
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
        then 'BXC10'  -- Offer has another row with the new key
      when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
        then 'BXC11'  -- Part has a row with this key that Offer does not show
      when w.bxc_renames and w.bxc_new_hidden
        then 'BXC11'  -- Part has a row with the new key that Offer does not show
      when w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted
        then 'BXC11'  -- the row that had the new key is hidden by this put, and keeps it
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
        then 'BXC18'  -- Offer has no row with the old key
    end as bxc_code
    from "bxc_work_Offer" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- Offer has a row with this key and other values
      when e.bxc_kind in ('insert', 'update', 'revive') and not (not e.discontinued) is true
        then 'BXC12'  -- where of Offer is not true for the row
      when e.bxc_made
        and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price)
        and not (e.unit_price >= 0.00)
        then 'BXC17'  -- check prices is false
      when e.bxc_made
        and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days)
        and not (e.lead_days >= 0 and e.lead_days <= 365)
        then 'BXC17'  -- check lead_time is false
      when e.bxc_kind = 'set' and (not e.discontinued) is true
        then 'BXC19'  -- Offer would still show the row
    end
    from "bxc_effect_Offer" as e
    union all
    -- another row of Part has the same part_no
    select 'BXC17'
    from "bxc_effect_Offer" as e
    where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
      and exists (
        select 1 from (
          select part_no
          from (
            select s.part_no
            from (
              select distinct e.part_no as part_no
              from "bxc_effect_Offer" as e
              where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
            ) as t
            join "bxc_seen_Offer" as s on t.part_no = s.part_no
            where not exists (
                select 1 from "bxc_effect_Offer" as g
                where g.bxc_gone and g.bxc_old_part_no = s.part_no
              )
            union all
            select part_no from "bxc_effect_Offer" where bxc_made
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
        when 'BXC10' then 'BXC10 Offer: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Offer'
        when 'BXC11' then 'BXC11 Offer: a key belongs to a source row that the view does not show; see bxc_violations_Offer'
        when 'BXC12' then 'BXC12 Offer: a row does not fulfil the condition of the view; see bxc_violations_Offer'
        when 'BXC14' then 'BXC14 Offer: a new row has no value for a key column that the view hides; see bxc_violations_Offer'
        when 'BXC15' then 'BXC15 Offer: a computed column is stated otherwise than its inputs give it; see bxc_violations_Offer'
        when 'BXC16' then 'BXC16 Offer: a value is outside its type, or NULL where the view has none; see bxc_violations_Offer'
        when 'BXC17' then 'BXC17 Offer: a constraint of the source would be broken; see bxc_violations_Offer'
        when 'BXC18' then 'BXC18 Offer: an update speaks of a key that no row has; see bxc_violations_Offer'
        when 'BXC19' then 'BXC19 Offer: a row must not vanish from the view; see bxc_violations_Offer'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_Offer" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'Part';

  with bxc_left as (
    delete from public."Part" as s using "bxc_effect_Offer" as e
    where e.bxc_leaves and s.part_no = e.bxc_old_part_no
    returning 1
  )
  insert into public."Part" as s (
      part_no, description, unit_price, lead_days, cost, discontinued
  )
  select
      e.part_no, e.description, e.unit_price, e.lead_days, e.cost, e.discontinued
  from "bxc_effect_Offer" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (part_no) do update set
      description = excluded.description, unit_price = excluded.unit_price, lead_days = excluded.lead_days,
      cost = excluded.cost, discontinued = excluded.discontinued;

  update public.bxc_session set uncaptured = false where source = 'Part';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_Part"');
  insert into public."bxc_change_Part" (
    bxc_seq, bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
    bxc_old_cost, bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'Offer',
    bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
    bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
  from "bxc_effect_Offer" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_Offer"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Part" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Offer";
  create temporary table "bxc_batch_Offer" on commit drop as
  select
    case when v.part_no is null then 'insert' when n.part_no is null then 'delete' else 'update' end as bxc_op,
    v.part_no as bxc_old_part_no, n.part_no, n.description, n.unit_price, n.lead_days
  from public."bxc_new_Offer" as n
  full join public."Offer" as v on n.part_no = v.part_no
  where v.part_no is null
    or n.part_no is null
    or (n.description is distinct from v.description or n.unit_price is distinct from v.unit_price or
    n.lead_days is distinct from v.lead_days);

  -- a key is staged twice
  if exists (select part_no from public."bxc_new_Offer" group by part_no having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 Offer: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Offer';
  end if;

  perform public."bxc_steps_Offer"();

  perform public."bxc_apply_Offer"();
end
$bxc$;

create or replace function public."bxc_put_delta_Offer"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Part" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Offer";
  create temporary table "bxc_batch_Offer" on commit drop as
  select * from public."bxc_delta_Offer";

  perform public."bxc_steps_Offer"();

  perform public."bxc_apply_Offer"();
end
$bxc$;

revoke execute on function public."bxc_steps_Offer"() from public;

revoke execute on function public."bxc_apply_Offer"() from public;

revoke execute on function public."bxc_put_Offer"() from public;

revoke execute on function public."bxc_put_delta_Offer"() from public;

-- edits of the view itself; as definer, for who edits the view has no rights on what is behind it
create or replace function public."bxc_edit_Offer"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  lock table public."Part" in share row exclusive mode;

  if tg_op = 'INSERT' then
    drop table if exists pg_temp."bxc_batch_Offer";
    create temporary table "bxc_batch_Offer" on commit drop as
    select text 'insert' as bxc_op, cast(null as text) as bxc_old_part_no, new.part_no as part_no,
      new.description as description, new.unit_price as unit_price, new.lead_days as lead_days;
  elsif tg_op = 'UPDATE' then
    drop table if exists pg_temp."bxc_batch_Offer";
    create temporary table "bxc_batch_Offer" on commit drop as
    select text 'update' as bxc_op, old.part_no as bxc_old_part_no, new.part_no as part_no,
      new.description as description, new.unit_price as unit_price, new.lead_days as lead_days;
  else
    drop table if exists pg_temp."bxc_batch_Offer";
    create temporary table "bxc_batch_Offer" on commit drop as
    select text 'delete' as bxc_op, old.part_no as bxc_old_part_no, cast(null as text) as part_no,
      cast(null as text) as description, cast(null as numeric(10, 2)) as unit_price,
      cast(null as bigint) as lead_days;
  end if;

  perform public."bxc_steps_Offer"();

  bxc_number := public."bxc_apply_Offer"();

  if bxc_number is not null then
    perform public."bxc_judge_Part"(bxc_number);
  end if;

  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$bxc$;

create or replace trigger "bxc_edit_Offer"
instead of insert or update or delete on public."Offer"
for each row execute function public."bxc_edit_Offer"();

-- its editors, by this peer's rights
create or replace function public."bxc_grant_Offer"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_supply_chain_Supplier') then
    return null;
  end if;

  revoke all on public."Offer" from "bxc_supply_chain_Supplier";
  grant select on public."Offer" to "bxc_supply_chain_Supplier";

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."Offer" to "bxc_supply_chain_Supplier";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."Offer" to "bxc_supply_chain_Supplier";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'part_no' and granted) then
    grant update (part_no) on public."Offer" to "bxc_supply_chain_Supplier";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'description' and granted) then
    grant update (description) on public."Offer" to "bxc_supply_chain_Supplier";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'unit_price' and granted) then
    grant update (unit_price) on public."Offer" to "bxc_supply_chain_Supplier";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'lead_days' and granted) then
    grant update (lead_days) on public."Offer" to "bxc_supply_chain_Supplier";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_Offer"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_Offer"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
