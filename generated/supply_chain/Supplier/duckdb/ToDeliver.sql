-- ToDeliver: view of SalesOrder, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists ToDeliver as
select
  s."order" as "order", s.line as line, s.part_no as part_no, s.quantity as quantity, s.due as due,
  s.state as state, s.promised as promised
from SalesOrder as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_ToDeliver (
  "order" bigint, line bigint, part_no varchar, quantity bigint, due date, state varchar, promised date
);

create table if not exists bxc_delta_ToDeliver (
  bxc_op varchar, bxc_old_order bigint, bxc_old_line bigint, "order" bigint, line bigint, part_no varchar,
  quantity bigint, due date, state varchar, promised date
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_ToDeliver as
select * from (
  with
    bxc_seen_ToDeliver as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised,
        s.carrier
      from SalesOrder as s
      semi join (
        select bxc_old_order as "order", bxc_old_line as line from bxc_delta_ToDeliver where bxc_op <> 'insert'
        union all
        select "order", line from bxc_delta_ToDeliver
        where bxc_op = 'insert'
          or bxc_op = 'update' and ("order" is distinct from bxc_old_order or line is distinct from bxc_old_line)
      ) as w on s."order" = w."order" and s.line = w.line
    ),
    bxc_work_ToDeliver as materialized (
      with
        bxc_key as (
          select "order", line, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_ToDeliver
          group by "order", line
        ),
        bxc_old as (
          select w.bxc_old_order, w.bxc_old_line, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line)) as bxc_renamed
          from bxc_delta_ToDeliver as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_order, w.bxc_old_line
        ),
        bxc_new as (
          select w."order", w.line, count(*) as bxc_count
          from bxc_delta_ToDeliver as w
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
        from bxc_delta_ToDeliver as w
        left join bxc_key as o on o."order" = w.bxc_old_order and o.line = w.bxc_old_line
        left join bxc_key as n on n."order" = w."order" and n.line = w.line
        left join bxc_old as p on p.bxc_old_order = w.bxc_old_order and p.bxc_old_line = w.bxc_old_line
        left join bxc_old as l on l.bxc_old_order = w."order" and l.bxc_old_line = w.line
        left join bxc_new as c on c."order" = w."order" and c.line = w.line
      ) as w
    ),
    bxc_effect_ToDeliver as materialized (
      select e.*,
        (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line or
          e.part_no is distinct from e.bxc_old_part_no or e.quantity is distinct from e.bxc_old_quantity or
          e.due is distinct from e.bxc_old_due or e.state is distinct from e.bxc_old_state or
          e.promised is distinct from e.bxc_old_promised or e.carrier is distinct from e.bxc_old_carrier) as bxc_changed,
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
          case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
          case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
          s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
          s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state,
          s.promised as bxc_old_promised, s.carrier as bxc_old_carrier,
          case when bxc_kind in ('update', 'keep') then w."order" when bxc_kind <> 'delete' then s."order" end as "order",
          case when bxc_kind in ('update', 'keep') then w.line when bxc_kind <> 'delete' then s.line end as line,
          case when bxc_kind in ('update', 'keep') then w.part_no when bxc_kind <> 'delete' then s.part_no end as part_no,
          case when bxc_kind in ('update', 'keep') then w.quantity when bxc_kind <> 'delete' then s.quantity end as quantity,
          case when bxc_kind in ('update', 'keep') then w.due when bxc_kind <> 'delete' then s.due end as due,
          case when bxc_kind in ('update', 'keep') then w.state when bxc_kind <> 'delete' then s.state end as state,
          case when bxc_kind in ('update', 'keep') then w.promised when bxc_kind <> 'delete' then s.promised end as promised,
          case when bxc_kind <> 'delete' then s.carrier end as carrier
        from bxc_work_ToDeliver as w
        join bxc_seen_ToDeliver as s on s."order" = w.bxc_key_order and s.line = w.bxc_key_line
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
          case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
          cast(null as bigint) as bxc_old_order, cast(null as bigint) as bxc_old_line,
          cast(null as varchar) as bxc_old_part_no, cast(null as bigint) as bxc_old_quantity,
          cast(null as date) as bxc_old_due, cast(null as varchar) as bxc_old_state,
          cast(null as date) as bxc_old_promised, cast(null as varchar) as bxc_old_carrier, w."order" as "order",
          w.line as line, w.part_no as part_no, w.quantity as quantity, w.due as due, w.state as state,
          w.promised as promised, cast(null as varchar) as carrier
        from bxc_work_ToDeliver as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_order as "order",
    b.bxc_listed_line as line, bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order, case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line, unnest([
      case when w.bxc_op in ('insert', 'update') and (w."order" is null or w.line is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_order is null or w.bxc_old_line is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_order is not null or w.bxc_old_line is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'ToDeliver has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w."order" is null
        then {'code': 'BXC16', 'detail': 'order is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.line is null
        then {'code': 'BXC16', 'detail': 'line is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.part_no is null
        then {'code': 'BXC16', 'detail': 'part_no is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
        then {'code': 'BXC16', 'detail': 'part_no is no varchar(20)'} end,
      case when w.bxc_op in ('insert', 'update') and w.quantity is null
        then {'code': 'BXC16', 'detail': 'quantity is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.due is null
        then {'code': 'BXC16', 'detail': 'due is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.due between date '0001-01-01' and date '9999-12-31')
        then {'code': 'BXC16', 'detail': 'due is no date'} end,
      case when w.bxc_op in ('insert', 'update') and w.state is null
        then {'code': 'BXC16', 'detail': 'state is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.state in ('placed', 'accepted', 'shipped', 'received'))
        then {'code': 'BXC16', 'detail': 'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.promised between date '0001-01-01' and date '9999-12-31')
        then {'code': 'BXC16', 'detail': 'promised is no date'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'ToDeliver has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_ToDeliver as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_order as "order",
    b.bxc_listed_line as line, bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_order, e.bxc_listed_line, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'ToDeliver has a row with this key and other values'} end,
      case when e.bxc_made and (e.bxc_kind = 'insert' or e.quantity is distinct from e.bxc_old_quantity)
      and not (e.quantity > 0)
        then {'code': 'BXC17', 'detail': 'check amount is false'} end
    ]) as bxc_broken
    from bxc_effect_ToDeliver as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_order as "order", e.bxc_listed_line as line,
    'another row of SalesOrder has the same order, line' as bxc_detail
  from bxc_effect_ToDeliver as e
  semi join (
    select "order", line
    from (
      select s."order", s.line
      from bxc_seen_ToDeliver as s
      semi join (
        select e."order" as "order", e.line as line
        from bxc_effect_ToDeliver as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
      ) as t on t."order" is not distinct from s."order" and t.line is not distinct from s.line
      anti join (
        select bxc_rowid from bxc_effect_ToDeliver where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select "order", line from bxc_effect_ToDeliver where bxc_made
    ) as l
    group by "order", line
    having count(*) > 1
  ) as r on r."order" = e."order" and r.line = e.line
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
)
union all
select * from (
  with
    bxc_batch_ToDeliver as materialized (
      select * from (
        select
          case when v."order" is null then 'insert' when n."order" is null then 'delete' else 'update' end as bxc_op,
          v."order" as bxc_old_order, v.line as bxc_old_line, n."order", n.line, n.part_no, n.quantity, n.due,
          n.state, n.promised
        from bxc_new_ToDeliver as n
        full join ToDeliver as v on n."order" = v."order" and n.line = v.line
        where v."order" is null
          or n."order" is null
          or (n.part_no is distinct from v.part_no or n.quantity is distinct from v.quantity or
          n.due is distinct from v.due or n.state is distinct from v.state or n.promised is distinct from v.promised)
          or (n."order", n.line) in (select ("order", line) from bxc_new_ToDeliver group by "order", line having count(*) > 1)
      )
      where exists (select 1 from bxc_new_ToDeliver)
    ),
    bxc_seen_ToDeliver as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised,
        s.carrier
      from SalesOrder as s
      semi join (
        select bxc_old_order as "order", bxc_old_line as line from bxc_batch_ToDeliver where bxc_op <> 'insert'
        union all
        select "order", line from bxc_batch_ToDeliver
        where bxc_op = 'insert'
          or bxc_op = 'update' and ("order" is distinct from bxc_old_order or line is distinct from bxc_old_line)
      ) as w on s."order" = w."order" and s.line = w.line
    ),
    bxc_work_ToDeliver as materialized (
      with
        bxc_key as (
          select "order", line, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_ToDeliver
          group by "order", line
        ),
        bxc_old as (
          select w.bxc_old_order, w.bxc_old_line, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line)) as bxc_renamed
          from bxc_batch_ToDeliver as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_order, w.bxc_old_line
        ),
        bxc_new as (
          select w."order", w.line, count(*) as bxc_count
          from bxc_batch_ToDeliver as w
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
        from bxc_batch_ToDeliver as w
        left join bxc_key as o on o."order" = w.bxc_old_order and o.line = w.bxc_old_line
        left join bxc_key as n on n."order" = w."order" and n.line = w.line
        left join bxc_old as p on p.bxc_old_order = w.bxc_old_order and p.bxc_old_line = w.bxc_old_line
        left join bxc_old as l on l.bxc_old_order = w."order" and l.bxc_old_line = w.line
        left join bxc_new as c on c."order" = w."order" and c.line = w.line
      ) as w
    ),
    bxc_effect_ToDeliver as materialized (
      select e.*,
        (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line or
          e.part_no is distinct from e.bxc_old_part_no or e.quantity is distinct from e.bxc_old_quantity or
          e.due is distinct from e.bxc_old_due or e.state is distinct from e.bxc_old_state or
          e.promised is distinct from e.bxc_old_promised or e.carrier is distinct from e.bxc_old_carrier) as bxc_changed,
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
          case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
          case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
          s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
          s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state,
          s.promised as bxc_old_promised, s.carrier as bxc_old_carrier,
          case when bxc_kind in ('update', 'keep') then w."order" when bxc_kind <> 'delete' then s."order" end as "order",
          case when bxc_kind in ('update', 'keep') then w.line when bxc_kind <> 'delete' then s.line end as line,
          case when bxc_kind in ('update', 'keep') then w.part_no when bxc_kind <> 'delete' then s.part_no end as part_no,
          case when bxc_kind in ('update', 'keep') then w.quantity when bxc_kind <> 'delete' then s.quantity end as quantity,
          case when bxc_kind in ('update', 'keep') then w.due when bxc_kind <> 'delete' then s.due end as due,
          case when bxc_kind in ('update', 'keep') then w.state when bxc_kind <> 'delete' then s.state end as state,
          case when bxc_kind in ('update', 'keep') then w.promised when bxc_kind <> 'delete' then s.promised end as promised,
          case when bxc_kind <> 'delete' then s.carrier end as carrier
        from bxc_work_ToDeliver as w
        join bxc_seen_ToDeliver as s on s."order" = w.bxc_key_order and s.line = w.bxc_key_line
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
          case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
          cast(null as bigint) as bxc_old_order, cast(null as bigint) as bxc_old_line,
          cast(null as varchar) as bxc_old_part_no, cast(null as bigint) as bxc_old_quantity,
          cast(null as date) as bxc_old_due, cast(null as varchar) as bxc_old_state,
          cast(null as date) as bxc_old_promised, cast(null as varchar) as bxc_old_carrier, w."order" as "order",
          w.line as line, w.part_no as part_no, w.quantity as quantity, w.due as due, w.state as state,
          w.promised as promised, cast(null as varchar) as carrier
        from bxc_work_ToDeliver as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_order as "order", b.bxc_listed_line as line,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order, case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line, unnest([
      case when w.bxc_op in ('insert', 'update') and (w."order" is null or w.line is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_order is null or w.bxc_old_line is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_order is not null or w.bxc_old_line is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'ToDeliver has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w."order" is null
        then {'code': 'BXC16', 'detail': 'order is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.line is null
        then {'code': 'BXC16', 'detail': 'line is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.part_no is null
        then {'code': 'BXC16', 'detail': 'part_no is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
        then {'code': 'BXC16', 'detail': 'part_no is no varchar(20)'} end,
      case when w.bxc_op in ('insert', 'update') and w.quantity is null
        then {'code': 'BXC16', 'detail': 'quantity is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.due is null
        then {'code': 'BXC16', 'detail': 'due is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.due between date '0001-01-01' and date '9999-12-31')
        then {'code': 'BXC16', 'detail': 'due is no date'} end,
      case when w.bxc_op in ('insert', 'update') and w.state is null
        then {'code': 'BXC16', 'detail': 'state is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.state in ('placed', 'accepted', 'shipped', 'received'))
        then {'code': 'BXC16', 'detail': 'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.promised between date '0001-01-01' and date '9999-12-31')
        then {'code': 'BXC16', 'detail': 'promised is no date'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'ToDeliver has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_ToDeliver as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_order as "order", b.bxc_listed_line as line,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_order, e.bxc_listed_line, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'ToDeliver has a row with this key and other values'} end,
      case when e.bxc_made and (e.bxc_kind = 'insert' or e.quantity is distinct from e.bxc_old_quantity)
      and not (e.quantity > 0)
        then {'code': 'BXC17', 'detail': 'check amount is false'} end
    ]) as bxc_broken
    from bxc_effect_ToDeliver as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_order as "order", e.bxc_listed_line as line,
    'another row of SalesOrder has the same order, line' as bxc_detail
  from bxc_effect_ToDeliver as e
  semi join (
    select "order", line
    from (
      select s."order", s.line
      from bxc_seen_ToDeliver as s
      semi join (
        select e."order" as "order", e.line as line
        from bxc_effect_ToDeliver as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
      ) as t on t."order" is not distinct from s."order" and t.line is not distinct from s.line
      anti join (
        select bxc_rowid from bxc_effect_ToDeliver where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select "order", line from bxc_effect_ToDeliver where bxc_made
    ) as l
    group by "order", line
    having count(*) > 1
  ) as r on r."order" = e."order" and r.line = e.line
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
);
