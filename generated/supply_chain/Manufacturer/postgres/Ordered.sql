-- Ordered: view of PurchaseOrder, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."Ordered" as
select
  s."order" as "order", s.line as line, s.part_no as part_no, s.quantity as quantity, s.due as due,
  s.state as state, s.promised as promised
from public."PurchaseOrder" as s
with cascaded check option;

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_Ordered" (
  "order" bigint, line bigint, part_no text collate "C", quantity bigint, due date, state text collate "C",
  promised date
);

create table if not exists public."bxc_delta_Ordered" (
  bxc_op text, bxc_old_order bigint, bxc_old_line bigint, "order" bigint, line bigint,
  part_no text collate "C", quantity bigint, due date, state text collate "C", promised date
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_Ordered" as
select * from (
  with
    "bxc_seen_Ordered" as materialized (
      select
        0 as bxc_layer, s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised, s.project
      from (
        select bxc_old_order as "order", bxc_old_line as line from public."bxc_delta_Ordered" where bxc_op <> 'insert'
        union
        select "order", line from public."bxc_delta_Ordered"
        where bxc_op = 'insert'
          or bxc_op = 'update' and ("order" is distinct from bxc_old_order or line is distinct from bxc_old_line)
      ) as w
      join public."PurchaseOrder" as s on s."order" = w."order" and s.line = w.line
    ),
    "bxc_work_Ordered" as materialized (
      with
        bxc_key as (
          select "order", line, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_Ordered"
          group by "order", line
        ),
        bxc_old as (
          select w.bxc_old_order, w.bxc_old_line, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line)) as bxc_renamed
          from public."bxc_delta_Ordered" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_order, w.bxc_old_line
        ),
        bxc_new as (
          select w."order", w.line, count(*) as bxc_count
          from public."bxc_delta_Ordered" as w
          where w.bxc_op in ('insert', 'update')
          group by w."order", w.line
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as bxc_key_order,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as bxc_key_line,
          w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line) as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from public."bxc_delta_Ordered" as w
        left join bxc_key as o on o."order" = w.bxc_old_order and o.line = w.bxc_old_line
        left join bxc_key as n on n."order" = w."order" and n.line = w.line
        left join bxc_old as p on p.bxc_old_order = w.bxc_old_order and p.bxc_old_line = w.bxc_old_line
        left join bxc_old as l on l.bxc_old_order = w."order" and l.bxc_old_line = w.line
        left join bxc_new as c on c."order" = w."order" and c.line = w.line
      ) as w
    ),
    "bxc_effect_Ordered" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line)) as bxc_leaves
      from (
        select e.*,
          (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line or
          e.part_no is distinct from e.bxc_old_part_no or e.quantity is distinct from e.bxc_old_quantity or
          e.due is distinct from e.bxc_old_due or e.state is distinct from e.bxc_old_state or
          e.promised is distinct from e.bxc_old_promised or e.project is distinct from e.bxc_old_project) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
            case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
            s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
            s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state,
            s.promised as bxc_old_promised, s.project as bxc_old_project,
            case when k.bxc_kind in ('update', 'keep') then w."order" when k.bxc_kind <> 'delete' then s."order" end as "order",
            case when k.bxc_kind in ('update', 'keep') then w.line when k.bxc_kind <> 'delete' then s.line end as line,
            case when k.bxc_kind in ('update', 'keep') then w.part_no when k.bxc_kind <> 'delete' then s.part_no end as part_no,
            case when k.bxc_kind in ('update', 'keep') then w.quantity when k.bxc_kind <> 'delete' then s.quantity end as quantity,
            case when k.bxc_kind in ('update', 'keep') then w.due when k.bxc_kind <> 'delete' then s.due end as due,
            case when k.bxc_kind in ('update', 'keep') then w.state when k.bxc_kind <> 'delete' then s.state end as state,
            case when k.bxc_kind in ('update', 'keep') then w.promised when k.bxc_kind <> 'delete' then s.promised end as promised,
            case when k.bxc_kind <> 'delete' then s.project end as project
          from "bxc_work_Ordered" as w
          join "bxc_seen_Ordered" as s on s."order" = w.bxc_key_order and s.line = w.bxc_key_line
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
            case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
            cast(null as bigint) as bxc_old_order, cast(null as bigint) as bxc_old_line,
            cast(null as text) as bxc_old_part_no, cast(null as bigint) as bxc_old_quantity,
            cast(null as date) as bxc_old_due, cast(null as text) as bxc_old_state,
            cast(null as date) as bxc_old_promised, cast(null as text) as bxc_old_project, w."order" as "order",
            w.line as line, w.part_no as part_no, w.quantity as quantity, w.due as due, w.state as state,
            w.promised as promised, cast(null as text) as project
          from "bxc_work_Ordered" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as "order",
    case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as line, b.bxc_detail
  from "bxc_work_Ordered" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w."order" is null or w.line is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_order is null or w.bxc_old_line is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_order is not null or w.bxc_old_line is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'Ordered has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'order is NULL',
      w.bxc_op in ('insert', 'update') and w."order" is null),
    ('BXC16', 'line is NULL',
      w.bxc_op in ('insert', 'update') and w.line is null),
    ('BXC16', 'part_no is NULL',
      w.bxc_op in ('insert', 'update') and w.part_no is null),
    ('BXC16', 'part_no is no varchar(20)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.part_no) <= 20)),
    ('BXC16', 'quantity is NULL',
      w.bxc_op in ('insert', 'update') and w.quantity is null),
    ('BXC16', 'due is NULL',
      w.bxc_op in ('insert', 'update') and w.due is null),
    ('BXC16', 'due is no date',
      w.bxc_op in ('insert', 'update')
      and not (w.due between date '0001-01-01' and date '9999-12-31')),
    ('BXC16', 'state is NULL',
      w.bxc_op in ('insert', 'update') and w.state is null),
    ('BXC16', 'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')',
      w.bxc_op in ('insert', 'update')
      and not (w.state in ('placed', 'accepted', 'shipped', 'received'))),
    ('BXC16', 'promised is no date',
      w.bxc_op in ('insert', 'update')
      and not (w.promised between date '0001-01-01' and date '9999-12-31')),
    ('BXC18', 'Ordered has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_order as "order", e.bxc_listed_line as line, b.bxc_detail
  from "bxc_effect_Ordered" as e
  cross join lateral (values
    ('BXC10', 'Ordered has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC17', 'check amount is false',
      e.bxc_made and (e.bxc_kind = 'insert' or e.quantity is distinct from e.bxc_old_quantity)
      and not (e.quantity > 0))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_order as "order", e.bxc_listed_line as line,
    'another row of PurchaseOrder has the same order, line' as bxc_detail
  from "bxc_effect_Ordered" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
    and exists (
      select 1 from (
        select "order", line
        from (
          select s."order", s.line
          from (
            select distinct e."order" as "order", e.line as line
            from "bxc_effect_Ordered" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
          ) as t
          join "bxc_seen_Ordered" as s on t."order" = s."order" and t.line = s.line
          where not exists (
              select 1 from "bxc_effect_Ordered" as g
              where g.bxc_gone and g.bxc_old_order = s."order" and g.bxc_old_line = s.line
            )
          union all
          select "order", line from "bxc_effect_Ordered" where bxc_made
        ) as l
        group by "order", line
        having count(*) > 1
      ) as r
      where r."order" = e."order" and r.line = e.line
    )
) as d
union all
select * from (
  with
    "bxc_batch_Ordered" as materialized (
      select * from (
        select
          case when v."order" is null then 'insert' when n."order" is null then 'delete' else 'update' end as bxc_op,
          v."order" as bxc_old_order, v.line as bxc_old_line, n."order", n.line, n.part_no, n.quantity, n.due,
          n.state, n.promised
        from public."bxc_new_Ordered" as n
        full join public."Ordered" as v on n."order" = v."order" and n.line = v.line
        where v."order" is null
          or n."order" is null
          or (n.part_no is distinct from v.part_no or n.quantity is distinct from v.quantity or
          n.due is distinct from v.due or n.state is distinct from v.state or n.promised is distinct from v.promised)
          or (n."order", n.line) in (select "order", line from public."bxc_new_Ordered" group by "order", line having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_Ordered")
    ),
    "bxc_seen_Ordered" as materialized (
      select
        0 as bxc_layer, s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised, s.project
      from (
        select bxc_old_order as "order", bxc_old_line as line from "bxc_batch_Ordered" where bxc_op <> 'insert'
        union
        select "order", line from "bxc_batch_Ordered"
        where bxc_op = 'insert'
          or bxc_op = 'update' and ("order" is distinct from bxc_old_order or line is distinct from bxc_old_line)
      ) as w
      join public."PurchaseOrder" as s on s."order" = w."order" and s.line = w.line
    ),
    "bxc_work_Ordered" as materialized (
      with
        bxc_key as (
          select "order", line, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_Ordered"
          group by "order", line
        ),
        bxc_old as (
          select w.bxc_old_order, w.bxc_old_line, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line)) as bxc_renamed
          from "bxc_batch_Ordered" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_order, w.bxc_old_line
        ),
        bxc_new as (
          select w."order", w.line, count(*) as bxc_count
          from "bxc_batch_Ordered" as w
          where w.bxc_op in ('insert', 'update')
          group by w."order", w.line
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as bxc_key_order,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as bxc_key_line,
          w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line) as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from "bxc_batch_Ordered" as w
        left join bxc_key as o on o."order" = w.bxc_old_order and o.line = w.bxc_old_line
        left join bxc_key as n on n."order" = w."order" and n.line = w.line
        left join bxc_old as p on p.bxc_old_order = w.bxc_old_order and p.bxc_old_line = w.bxc_old_line
        left join bxc_old as l on l.bxc_old_order = w."order" and l.bxc_old_line = w.line
        left join bxc_new as c on c."order" = w."order" and c.line = w.line
      ) as w
    ),
    "bxc_effect_Ordered" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line)) as bxc_leaves
      from (
        select e.*,
          (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line or
          e.part_no is distinct from e.bxc_old_part_no or e.quantity is distinct from e.bxc_old_quantity or
          e.due is distinct from e.bxc_old_due or e.state is distinct from e.bxc_old_state or
          e.promised is distinct from e.bxc_old_promised or e.project is distinct from e.bxc_old_project) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
            case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
            s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
            s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state,
            s.promised as bxc_old_promised, s.project as bxc_old_project,
            case when k.bxc_kind in ('update', 'keep') then w."order" when k.bxc_kind <> 'delete' then s."order" end as "order",
            case when k.bxc_kind in ('update', 'keep') then w.line when k.bxc_kind <> 'delete' then s.line end as line,
            case when k.bxc_kind in ('update', 'keep') then w.part_no when k.bxc_kind <> 'delete' then s.part_no end as part_no,
            case when k.bxc_kind in ('update', 'keep') then w.quantity when k.bxc_kind <> 'delete' then s.quantity end as quantity,
            case when k.bxc_kind in ('update', 'keep') then w.due when k.bxc_kind <> 'delete' then s.due end as due,
            case when k.bxc_kind in ('update', 'keep') then w.state when k.bxc_kind <> 'delete' then s.state end as state,
            case when k.bxc_kind in ('update', 'keep') then w.promised when k.bxc_kind <> 'delete' then s.promised end as promised,
            case when k.bxc_kind <> 'delete' then s.project end as project
          from "bxc_work_Ordered" as w
          join "bxc_seen_Ordered" as s on s."order" = w.bxc_key_order and s.line = w.bxc_key_line
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
            case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
            cast(null as bigint) as bxc_old_order, cast(null as bigint) as bxc_old_line,
            cast(null as text) as bxc_old_part_no, cast(null as bigint) as bxc_old_quantity,
            cast(null as date) as bxc_old_due, cast(null as text) as bxc_old_state,
            cast(null as date) as bxc_old_promised, cast(null as text) as bxc_old_project, w."order" as "order",
            w.line as line, w.part_no as part_no, w.quantity as quantity, w.due as due, w.state as state,
            w.promised as promised, cast(null as text) as project
          from "bxc_work_Ordered" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as "order",
    case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as line, b.bxc_detail
  from "bxc_work_Ordered" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w."order" is null or w.line is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_order is null or w.bxc_old_line is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_order is not null or w.bxc_old_line is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'Ordered has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'order is NULL',
      w.bxc_op in ('insert', 'update') and w."order" is null),
    ('BXC16', 'line is NULL',
      w.bxc_op in ('insert', 'update') and w.line is null),
    ('BXC16', 'part_no is NULL',
      w.bxc_op in ('insert', 'update') and w.part_no is null),
    ('BXC16', 'part_no is no varchar(20)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.part_no) <= 20)),
    ('BXC16', 'quantity is NULL',
      w.bxc_op in ('insert', 'update') and w.quantity is null),
    ('BXC16', 'due is NULL',
      w.bxc_op in ('insert', 'update') and w.due is null),
    ('BXC16', 'due is no date',
      w.bxc_op in ('insert', 'update')
      and not (w.due between date '0001-01-01' and date '9999-12-31')),
    ('BXC16', 'state is NULL',
      w.bxc_op in ('insert', 'update') and w.state is null),
    ('BXC16', 'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')',
      w.bxc_op in ('insert', 'update')
      and not (w.state in ('placed', 'accepted', 'shipped', 'received'))),
    ('BXC16', 'promised is no date',
      w.bxc_op in ('insert', 'update')
      and not (w.promised between date '0001-01-01' and date '9999-12-31')),
    ('BXC18', 'Ordered has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_order as "order", e.bxc_listed_line as line, b.bxc_detail
  from "bxc_effect_Ordered" as e
  cross join lateral (values
    ('BXC10', 'Ordered has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC17', 'check amount is false',
      e.bxc_made and (e.bxc_kind = 'insert' or e.quantity is distinct from e.bxc_old_quantity)
      and not (e.quantity > 0))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_order as "order", e.bxc_listed_line as line,
    'another row of PurchaseOrder has the same order, line' as bxc_detail
  from "bxc_effect_Ordered" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
    and exists (
      select 1 from (
        select "order", line
        from (
          select s."order", s.line
          from (
            select distinct e."order" as "order", e.line as line
            from "bxc_effect_Ordered" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
          ) as t
          join "bxc_seen_Ordered" as s on t."order" = s."order" and t.line = s.line
          where not exists (
              select 1 from "bxc_effect_Ordered" as g
              where g.bxc_gone and g.bxc_old_order = s."order" and g.bxc_old_line = s.line
            )
          union all
          select "order", line from "bxc_effect_Ordered" where bxc_made
        ) as l
        group by "order", line
        having count(*) > 1
      ) as r
      where r."order" = e."order" and r.line = e.line
    )
) as n;

-- the put
create or replace function public."bxc_steps_Ordered"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_Ordered" limit 501) as b) > 500;
  analyze "bxc_batch_Ordered";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_Ordered";
  create temporary table "bxc_seen_Ordered" on commit drop as
  select
    0 as bxc_layer, s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised, s.project
  from (
    select bxc_old_order as "order", bxc_old_line as line from "bxc_batch_Ordered" where bxc_op <> 'insert'
    union
    select "order", line from "bxc_batch_Ordered"
    where bxc_op = 'insert'
      or bxc_op = 'update' and ("order" is distinct from bxc_old_order or line is distinct from bxc_old_line)
  ) as w
  join public."PurchaseOrder" as s on s."order" = w."order" and s.line = w.line;
  if bxc_many then analyze "bxc_seen_Ordered"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_Ordered";
  create temporary table "bxc_work_Ordered" on commit drop as
  with
    bxc_key as (
      select "order", line, bool_or(bxc_layer = 0) as bxc_shown
      from "bxc_seen_Ordered"
      group by "order", line
    ),
    bxc_old as (
      select w.bxc_old_order, w.bxc_old_line, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line)) as bxc_renamed
      from "bxc_batch_Ordered" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_order, w.bxc_old_line
    ),
    bxc_new as (
      select w."order", w.line, count(*) as bxc_count
      from "bxc_batch_Ordered" as w
      where w.bxc_op in ('insert', 'update')
      group by w."order", w.line
    )
  select w.*,
    w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
  from (
    select w.*,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as bxc_key_order,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as bxc_key_line,
      w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line) as bxc_renames,
      coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
      coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
      coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
    from "bxc_batch_Ordered" as w
    left join bxc_key as o on o."order" = w.bxc_old_order and o.line = w.bxc_old_line
    left join bxc_key as n on n."order" = w."order" and n.line = w.line
    left join bxc_old as p on p.bxc_old_order = w.bxc_old_order and p.bxc_old_line = w.bxc_old_line
    left join bxc_old as l on l.bxc_old_order = w."order" and l.bxc_old_line = w.line
    left join bxc_new as c on c."order" = w."order" and c.line = w.line
  ) as w;
  if bxc_many then analyze "bxc_work_Ordered"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_Ordered";
  create temporary table "bxc_effect_Ordered" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line)) as bxc_leaves
  from (
    select e.*,
      (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line or
      e.part_no is distinct from e.bxc_old_part_no or e.quantity is distinct from e.bxc_old_quantity or
      e.due is distinct from e.bxc_old_due or e.state is distinct from e.bxc_old_state or
      e.promised is distinct from e.bxc_old_promised or e.project is distinct from e.bxc_old_project) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
        case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
        s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
        s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state,
        s.promised as bxc_old_promised, s.project as bxc_old_project,
        case when k.bxc_kind in ('update', 'keep') then w."order" when k.bxc_kind <> 'delete' then s."order" end as "order",
        case when k.bxc_kind in ('update', 'keep') then w.line when k.bxc_kind <> 'delete' then s.line end as line,
        case when k.bxc_kind in ('update', 'keep') then w.part_no when k.bxc_kind <> 'delete' then s.part_no end as part_no,
        case when k.bxc_kind in ('update', 'keep') then w.quantity when k.bxc_kind <> 'delete' then s.quantity end as quantity,
        case when k.bxc_kind in ('update', 'keep') then w.due when k.bxc_kind <> 'delete' then s.due end as due,
        case when k.bxc_kind in ('update', 'keep') then w.state when k.bxc_kind <> 'delete' then s.state end as state,
        case when k.bxc_kind in ('update', 'keep') then w.promised when k.bxc_kind <> 'delete' then s.promised end as promised,
        case when k.bxc_kind <> 'delete' then s.project end as project
      from "bxc_work_Ordered" as w
      join "bxc_seen_Ordered" as s on s."order" = w.bxc_key_order and s.line = w.bxc_key_line
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
        case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
        cast(null as bigint) as bxc_old_order, cast(null as bigint) as bxc_old_line,
        cast(null as text) as bxc_old_part_no, cast(null as bigint) as bxc_old_quantity,
        cast(null as date) as bxc_old_due, cast(null as text) as bxc_old_state,
        cast(null as date) as bxc_old_promised, cast(null as text) as bxc_old_project, w."order" as "order",
        w.line as line, w.part_no as part_no, w.quantity as quantity, w.due as due, w.state as state,
        w.promised as promised, cast(null as text) as project
      from "bxc_work_Ordered" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_Ordered";
end
$bxc$;

create or replace function public."bxc_apply_Ordered"() returns bigint
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
      when w.bxc_op in ('insert', 'update') and (w."order" is null or w.line is null)
        then 'BXC10'  -- the key has a NULL
      when w.bxc_op in ('update', 'delete') and (w.bxc_old_order is null or w.bxc_old_line is null)
        then 'BXC10'  -- the old key has a NULL
      when w.bxc_op = 'insert' and (w.bxc_old_order is not null or w.bxc_old_line is not null)
        then 'BXC10'  -- an insert has an old key
      when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then 'BXC10'  -- another staged row has the same old key
      when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then 'BXC10'  -- another staged row has the same key
      when w.bxc_op = 'insert' and w.bxc_key_deleted
        then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
      when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then 'BXC10'  -- Ordered has another row with the new key
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w."order" is null
        then 'BXC16'  -- order is NULL
      when w.bxc_op in ('insert', 'update') and w.line is null
        then 'BXC16'  -- line is NULL
      when w.bxc_op in ('insert', 'update') and w.part_no is null
        then 'BXC16'  -- part_no is NULL
      when w.bxc_op in ('insert', 'update') and not (char_length(w.part_no) <= 20)
        then 'BXC16'  -- part_no is no varchar(20)
      when w.bxc_op in ('insert', 'update') and w.quantity is null
        then 'BXC16'  -- quantity is NULL
      when w.bxc_op in ('insert', 'update') and w.due is null
        then 'BXC16'  -- due is NULL
      when w.bxc_op in ('insert', 'update')
        and not (w.due between date '0001-01-01' and date '9999-12-31')
        then 'BXC16'  -- due is no date
      when w.bxc_op in ('insert', 'update') and w.state is null
        then 'BXC16'  -- state is NULL
      when w.bxc_op in ('insert', 'update')
        and not (w.state in ('placed', 'accepted', 'shipped', 'received'))
        then 'BXC16'  -- state is no enum('placed', 'accepted', 'shipped', 'received')
      when w.bxc_op in ('insert', 'update')
        and not (w.promised between date '0001-01-01' and date '9999-12-31')
        then 'BXC16'  -- promised is no date
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- Ordered has no row with the old key
    end as bxc_code
    from "bxc_work_Ordered" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- Ordered has a row with this key and other values
      when e.bxc_made and (e.bxc_kind = 'insert' or e.quantity is distinct from e.bxc_old_quantity)
        and not (e.quantity > 0)
        then 'BXC17'  -- check amount is false
    end
    from "bxc_effect_Ordered" as e
    union all
    -- another row of PurchaseOrder has the same order, line
    select 'BXC17'
    from "bxc_effect_Ordered" as e
    where e.bxc_made
        and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
      and exists (
        select 1 from (
          select "order", line
          from (
            select s."order", s.line
            from (
              select distinct e."order" as "order", e.line as line
              from "bxc_effect_Ordered" as e
              where e.bxc_made
                and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
            ) as t
            join "bxc_seen_Ordered" as s on t."order" = s."order" and t.line = s.line
            where not exists (
                select 1 from "bxc_effect_Ordered" as g
                where g.bxc_gone and g.bxc_old_order = s."order" and g.bxc_old_line = s.line
              )
            union all
            select "order", line from "bxc_effect_Ordered" where bxc_made
          ) as l
          group by "order", line
          having count(*) > 1
        ) as r
        where r."order" = e."order" and r.line = e.line
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 Ordered: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Ordered'
        when 'BXC11' then 'BXC11 Ordered: a key belongs to a source row that the view does not show; see bxc_violations_Ordered'
        when 'BXC12' then 'BXC12 Ordered: a row does not fulfil the condition of the view; see bxc_violations_Ordered'
        when 'BXC14' then 'BXC14 Ordered: a new row has no value for a key column that the view hides; see bxc_violations_Ordered'
        when 'BXC15' then 'BXC15 Ordered: a computed column is stated otherwise than its inputs give it; see bxc_violations_Ordered'
        when 'BXC16' then 'BXC16 Ordered: a value is outside its type, or NULL where the view has none; see bxc_violations_Ordered'
        when 'BXC17' then 'BXC17 Ordered: a constraint of the source would be broken; see bxc_violations_Ordered'
        when 'BXC18' then 'BXC18 Ordered: an update speaks of a key that no row has; see bxc_violations_Ordered'
        when 'BXC19' then 'BXC19 Ordered: a row must not vanish from the view; see bxc_violations_Ordered'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_Ordered" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'PurchaseOrder';

  with bxc_left as (
    delete from public."PurchaseOrder" as s using "bxc_effect_Ordered" as e
    where e.bxc_leaves and s."order" = e.bxc_old_order and s.line = e.bxc_old_line
    returning 1
  )
  insert into public."PurchaseOrder" as s (
      "order", line, part_no, quantity, due, state, promised, project
  )
  select
      e."order", e.line, e.part_no, e.quantity, e.due, e.state, e.promised, e.project
  from "bxc_effect_Ordered" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict ("order", line) do update set
      part_no = excluded.part_no, quantity = excluded.quantity, due = excluded.due, state = excluded.state,
      promised = excluded.promised, project = excluded.project;

  update public.bxc_session set uncaptured = false where source = 'PurchaseOrder';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_PurchaseOrder"');
  insert into public."bxc_change_PurchaseOrder" (
    bxc_seq, bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
    bxc_old_state, bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised,
    project
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'Ordered',
    bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
    bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised, project
  from "bxc_effect_Ordered" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_Ordered"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."PurchaseOrder" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Ordered";
  create temporary table "bxc_batch_Ordered" on commit drop as
  select
    case when v."order" is null then 'insert' when n."order" is null then 'delete' else 'update' end as bxc_op,
    v."order" as bxc_old_order, v.line as bxc_old_line, n."order", n.line, n.part_no, n.quantity, n.due,
    n.state, n.promised
  from public."bxc_new_Ordered" as n
  full join public."Ordered" as v on n."order" = v."order" and n.line = v.line
  where v."order" is null
    or n."order" is null
    or (n.part_no is distinct from v.part_no or n.quantity is distinct from v.quantity or
    n.due is distinct from v.due or n.state is distinct from v.state or n.promised is distinct from v.promised);

  -- a key is staged twice
  if exists (select "order", line from public."bxc_new_Ordered" group by "order", line having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 Ordered: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Ordered';
  end if;

  perform public."bxc_steps_Ordered"();

  perform public."bxc_apply_Ordered"();
end
$bxc$;

create or replace function public."bxc_put_delta_Ordered"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."PurchaseOrder" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Ordered";
  create temporary table "bxc_batch_Ordered" on commit drop as
  select * from public."bxc_delta_Ordered";

  perform public."bxc_steps_Ordered"();

  perform public."bxc_apply_Ordered"();
end
$bxc$;

revoke execute on function public."bxc_steps_Ordered"() from public;

revoke execute on function public."bxc_apply_Ordered"() from public;

revoke execute on function public."bxc_put_Ordered"() from public;

revoke execute on function public."bxc_put_delta_Ordered"() from public;

-- its editors, by this peer's rights
create or replace function public."bxc_grant_Ordered"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_supply_chain_Manufacturer') then
    return null;
  end if;

  revoke all on public."Ordered" from "bxc_supply_chain_Manufacturer";
  grant select on public."Ordered" to "bxc_supply_chain_Manufacturer";

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'order' and granted) then
    grant update ("order") on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'line' and granted) then
    grant update (line) on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'part_no' and granted) then
    grant update (part_no) on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'quantity' and granted) then
    grant update (quantity) on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'due' and granted) then
    grant update (due) on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'state' and granted) then
    grant update (state) on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'promised' and granted) then
    grant update (promised) on public."Ordered" to "bxc_supply_chain_Manufacturer";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_Ordered"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_Ordered"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
