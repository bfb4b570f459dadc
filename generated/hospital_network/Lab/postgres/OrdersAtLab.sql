-- OrdersAtLab: view of Analysis, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."OrdersAtLab" as
select
  s.patient_id as patient_id, s.order_no as order_no, s.ordered as ordered, s.analyte as analyte,
  s.status as status, s.result as result, s.unit as unit
from public."Analysis" as s
with cascaded check option;

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_OrdersAtLab" (
  patient_id bigint, order_no bigint, ordered date, analyte text collate "C", status text collate "C",
  result numeric, unit text collate "C"
);

create table if not exists public."bxc_delta_OrdersAtLab" (
  bxc_op text, bxc_old_patient_id bigint, bxc_old_order_no bigint, patient_id bigint, order_no bigint,
  ordered date, analyte text collate "C", status text collate "C", result numeric, unit text collate "C"
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_OrdersAtLab" as
select * from (
  with
    "bxc_seen_OrdersAtLab" as materialized (
      select
        0 as bxc_layer, s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit, s.device,
        s.measured
      from (
        select bxc_old_patient_id as patient_id, bxc_old_order_no as order_no from public."bxc_delta_OrdersAtLab" where bxc_op <> 'insert'
        union
        select patient_id, order_no from public."bxc_delta_OrdersAtLab"
        where bxc_op = 'insert'
          or bxc_op = 'update' and (patient_id is distinct from bxc_old_patient_id or order_no is distinct from bxc_old_order_no)
      ) as w
      join public."Analysis" as s on s.patient_id = w.patient_id and s.order_no = w.order_no
    ),
    "bxc_work_OrdersAtLab" as materialized (
      with
        bxc_key as (
          select patient_id, order_no, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_OrdersAtLab"
          group by patient_id, order_no
        ),
        bxc_old as (
          select w.bxc_old_patient_id, w.bxc_old_order_no, count(*) as bxc_count,
            bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id or w.order_no <> w.bxc_old_order_no)) as bxc_renamed
          from public."bxc_delta_OrdersAtLab" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_patient_id, w.bxc_old_order_no
        ),
        bxc_new as (
          select w.patient_id, w.order_no, count(*) as bxc_count
          from public."bxc_delta_OrdersAtLab" as w
          where w.bxc_op in ('insert', 'update')
          group by w.patient_id, w.order_no
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
          w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id or w.order_no <> w.bxc_old_order_no) as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from public."bxc_delta_OrdersAtLab" as w
        left join bxc_key as o on o.patient_id = w.bxc_old_patient_id and o.order_no = w.bxc_old_order_no
        left join bxc_key as n on n.patient_id = w.patient_id and n.order_no = w.order_no
        left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id and p.bxc_old_order_no = w.bxc_old_order_no
        left join bxc_old as l on l.bxc_old_patient_id = w.patient_id and l.bxc_old_order_no = w.order_no
        left join bxc_new as c on c.patient_id = w.patient_id and c.order_no = w.order_no
      ) as w
    ),
    "bxc_effect_OrdersAtLab" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no)) as bxc_leaves
      from (
        select e.*,
          (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no or
          e.ordered is distinct from e.bxc_old_ordered or e.analyte is distinct from e.bxc_old_analyte or
          e.status is distinct from e.bxc_old_status or e.result is distinct from e.bxc_old_result or
          e.unit is distinct from e.bxc_old_unit or e.device is distinct from e.bxc_old_device or
          e.measured is distinct from e.bxc_old_measured) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
            case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
            s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
            s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result,
            s.unit as bxc_old_unit, s.device as bxc_old_device, s.measured as bxc_old_measured,
            case
              when k.bxc_kind in ('update', 'keep') then w.patient_id
              when k.bxc_kind <> 'delete' then s.patient_id
            end as patient_id,
            case when k.bxc_kind in ('update', 'keep') then w.order_no when k.bxc_kind <> 'delete' then s.order_no end as order_no,
            case when k.bxc_kind in ('update', 'keep') then w.ordered when k.bxc_kind <> 'delete' then s.ordered end as ordered,
            case when k.bxc_kind in ('update', 'keep') then w.analyte when k.bxc_kind <> 'delete' then s.analyte end as analyte,
            case when k.bxc_kind in ('update', 'keep') then w.status when k.bxc_kind <> 'delete' then s.status end as status,
            case when k.bxc_kind in ('update', 'keep') then w.result when k.bxc_kind <> 'delete' then s.result end as result,
            case when k.bxc_kind in ('update', 'keep') then w.unit when k.bxc_kind <> 'delete' then s.unit end as unit,
            case when k.bxc_kind <> 'delete' then s.device end as device,
            case when k.bxc_kind <> 'delete' then s.measured end as measured
          from "bxc_work_OrdersAtLab" as w
          join "bxc_seen_OrdersAtLab" as s on s.patient_id = w.bxc_key_patient_id and s.order_no = w.bxc_key_order_no
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
            case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
            cast(null as bigint) as bxc_old_patient_id, cast(null as bigint) as bxc_old_order_no,
            cast(null as date) as bxc_old_ordered, cast(null as text) as bxc_old_analyte,
            cast(null as text) as bxc_old_status, cast(null as numeric(12, 4)) as bxc_old_result,
            cast(null as text) as bxc_old_unit, cast(null as text) as bxc_old_device,
            cast(null as timestamp) as bxc_old_measured, w.patient_id as patient_id, w.order_no as order_no,
            w.ordered as ordered, w.analyte as analyte, w.status as status, w.result as result, w.unit as unit,
            cast(null as text) as device, cast(null as timestamp) as measured
          from "bxc_work_OrdersAtLab" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as patient_id,
    case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as order_no, b.bxc_detail
  from "bxc_work_OrdersAtLab" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.patient_id is null or w.order_no is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null or w.bxc_old_order_no is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null or w.bxc_old_order_no is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'OrdersAtLab has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'patient_id is NULL',
      w.bxc_op in ('insert', 'update') and w.patient_id is null),
    ('BXC16', 'order_no is NULL',
      w.bxc_op in ('insert', 'update') and w.order_no is null),
    ('BXC16', 'ordered is NULL',
      w.bxc_op in ('insert', 'update') and w.ordered is null),
    ('BXC16', 'ordered is no date',
      w.bxc_op in ('insert', 'update')
      and not (w.ordered between date '0001-01-01' and date '9999-12-31')),
    ('BXC16', 'analyte is NULL',
      w.bxc_op in ('insert', 'update') and w.analyte is null),
    ('BXC16', 'analyte is no varchar(40)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.analyte) <= 40)),
    ('BXC16', 'status is NULL',
      w.bxc_op in ('insert', 'update') and w.status is null),
    ('BXC16', 'status is no enum(''ordered'', ''done'', ''rejected'')',
      w.bxc_op in ('insert', 'update') and not (w.status in ('ordered', 'done', 'rejected'))),
    ('BXC16', 'result is no decimal(12,4)',
      w.bxc_op in ('insert', 'update') and not (w.result <> 'NaN')),
    ('BXC16', 'result is no decimal(12,4)',
      w.bxc_op in ('insert', 'update') and (abs(w.result) >= 100000000 or w.result <> round(w.result, 4))),
    ('BXC16', 'unit is no varchar(12)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.unit) <= 12)),
    ('BXC18', 'OrdersAtLab has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    e.bxc_listed_order_no as order_no, b.bxc_detail
  from "bxc_effect_OrdersAtLab" as e
  cross join lateral (values
    ('BXC10', 'OrdersAtLab has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC17', 'check has_unit is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.unit is distinct from e.bxc_old_unit))
      and not (e.result is null or e.unit is not null)),
    ('BXC17', 'check has_result is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.status is distinct from e.bxc_old_status))
      and not (e.status <> 'done' or e.result is not null))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    e.bxc_listed_order_no as order_no,
    'another row of Analysis has the same patient_id, order_no' as bxc_detail
  from "bxc_effect_OrdersAtLab" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
    and exists (
      select 1 from (
        select patient_id, order_no
        from (
          select s.patient_id, s.order_no
          from (
            select distinct e.patient_id as patient_id, e.order_no as order_no
            from "bxc_effect_OrdersAtLab" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
          ) as t
          join "bxc_seen_OrdersAtLab" as s on t.patient_id = s.patient_id and t.order_no = s.order_no
          where not exists (
              select 1 from "bxc_effect_OrdersAtLab" as g
              where g.bxc_gone and g.bxc_old_patient_id = s.patient_id and g.bxc_old_order_no = s.order_no
            )
          union all
          select patient_id, order_no from "bxc_effect_OrdersAtLab" where bxc_made
        ) as l
        group by patient_id, order_no
        having count(*) > 1
      ) as r
      where r.patient_id = e.patient_id and r.order_no = e.order_no
    )
) as d
union all
select * from (
  with
    "bxc_batch_OrdersAtLab" as materialized (
      select * from (
        select
          case when v.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
          v.patient_id as bxc_old_patient_id, v.order_no as bxc_old_order_no, n.patient_id, n.order_no, n.ordered,
          n.analyte, n.status, n.result, n.unit
        from public."bxc_new_OrdersAtLab" as n
        full join public."OrdersAtLab" as v on n.patient_id = v.patient_id and n.order_no = v.order_no
        where v.patient_id is null
          or n.patient_id is null
          or (n.ordered is distinct from v.ordered or n.analyte is distinct from v.analyte or
          n.status is distinct from v.status or n.result is distinct from v.result or n.unit is distinct from v.unit)
          or (n.patient_id, n.order_no) in (select patient_id, order_no from public."bxc_new_OrdersAtLab" group by patient_id, order_no having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_OrdersAtLab")
    ),
    "bxc_seen_OrdersAtLab" as materialized (
      select
        0 as bxc_layer, s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit, s.device,
        s.measured
      from (
        select bxc_old_patient_id as patient_id, bxc_old_order_no as order_no from "bxc_batch_OrdersAtLab" where bxc_op <> 'insert'
        union
        select patient_id, order_no from "bxc_batch_OrdersAtLab"
        where bxc_op = 'insert'
          or bxc_op = 'update' and (patient_id is distinct from bxc_old_patient_id or order_no is distinct from bxc_old_order_no)
      ) as w
      join public."Analysis" as s on s.patient_id = w.patient_id and s.order_no = w.order_no
    ),
    "bxc_work_OrdersAtLab" as materialized (
      with
        bxc_key as (
          select patient_id, order_no, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_OrdersAtLab"
          group by patient_id, order_no
        ),
        bxc_old as (
          select w.bxc_old_patient_id, w.bxc_old_order_no, count(*) as bxc_count,
            bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id or w.order_no <> w.bxc_old_order_no)) as bxc_renamed
          from "bxc_batch_OrdersAtLab" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_patient_id, w.bxc_old_order_no
        ),
        bxc_new as (
          select w.patient_id, w.order_no, count(*) as bxc_count
          from "bxc_batch_OrdersAtLab" as w
          where w.bxc_op in ('insert', 'update')
          group by w.patient_id, w.order_no
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
          w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id or w.order_no <> w.bxc_old_order_no) as bxc_renames,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from "bxc_batch_OrdersAtLab" as w
        left join bxc_key as o on o.patient_id = w.bxc_old_patient_id and o.order_no = w.bxc_old_order_no
        left join bxc_key as n on n.patient_id = w.patient_id and n.order_no = w.order_no
        left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id and p.bxc_old_order_no = w.bxc_old_order_no
        left join bxc_old as l on l.bxc_old_patient_id = w.patient_id and l.bxc_old_order_no = w.order_no
        left join bxc_new as c on c.patient_id = w.patient_id and c.order_no = w.order_no
      ) as w
    ),
    "bxc_effect_OrdersAtLab" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no)) as bxc_leaves
      from (
        select e.*,
          (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no or
          e.ordered is distinct from e.bxc_old_ordered or e.analyte is distinct from e.bxc_old_analyte or
          e.status is distinct from e.bxc_old_status or e.result is distinct from e.bxc_old_result or
          e.unit is distinct from e.bxc_old_unit or e.device is distinct from e.bxc_old_device or
          e.measured is distinct from e.bxc_old_measured) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
            case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
            s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
            s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result,
            s.unit as bxc_old_unit, s.device as bxc_old_device, s.measured as bxc_old_measured,
            case
              when k.bxc_kind in ('update', 'keep') then w.patient_id
              when k.bxc_kind <> 'delete' then s.patient_id
            end as patient_id,
            case when k.bxc_kind in ('update', 'keep') then w.order_no when k.bxc_kind <> 'delete' then s.order_no end as order_no,
            case when k.bxc_kind in ('update', 'keep') then w.ordered when k.bxc_kind <> 'delete' then s.ordered end as ordered,
            case when k.bxc_kind in ('update', 'keep') then w.analyte when k.bxc_kind <> 'delete' then s.analyte end as analyte,
            case when k.bxc_kind in ('update', 'keep') then w.status when k.bxc_kind <> 'delete' then s.status end as status,
            case when k.bxc_kind in ('update', 'keep') then w.result when k.bxc_kind <> 'delete' then s.result end as result,
            case when k.bxc_kind in ('update', 'keep') then w.unit when k.bxc_kind <> 'delete' then s.unit end as unit,
            case when k.bxc_kind <> 'delete' then s.device end as device,
            case when k.bxc_kind <> 'delete' then s.measured end as measured
          from "bxc_work_OrdersAtLab" as w
          join "bxc_seen_OrdersAtLab" as s on s.patient_id = w.bxc_key_patient_id and s.order_no = w.bxc_key_order_no
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
            case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
            cast(null as bigint) as bxc_old_patient_id, cast(null as bigint) as bxc_old_order_no,
            cast(null as date) as bxc_old_ordered, cast(null as text) as bxc_old_analyte,
            cast(null as text) as bxc_old_status, cast(null as numeric(12, 4)) as bxc_old_result,
            cast(null as text) as bxc_old_unit, cast(null as text) as bxc_old_device,
            cast(null as timestamp) as bxc_old_measured, w.patient_id as patient_id, w.order_no as order_no,
            w.ordered as ordered, w.analyte as analyte, w.status as status, w.result as result, w.unit as unit,
            cast(null as text) as device, cast(null as timestamp) as measured
          from "bxc_work_OrdersAtLab" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as patient_id,
    case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as order_no, b.bxc_detail
  from "bxc_work_OrdersAtLab" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.patient_id is null or w.order_no is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null or w.bxc_old_order_no is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null or w.bxc_old_order_no is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'OrdersAtLab has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'patient_id is NULL',
      w.bxc_op in ('insert', 'update') and w.patient_id is null),
    ('BXC16', 'order_no is NULL',
      w.bxc_op in ('insert', 'update') and w.order_no is null),
    ('BXC16', 'ordered is NULL',
      w.bxc_op in ('insert', 'update') and w.ordered is null),
    ('BXC16', 'ordered is no date',
      w.bxc_op in ('insert', 'update')
      and not (w.ordered between date '0001-01-01' and date '9999-12-31')),
    ('BXC16', 'analyte is NULL',
      w.bxc_op in ('insert', 'update') and w.analyte is null),
    ('BXC16', 'analyte is no varchar(40)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.analyte) <= 40)),
    ('BXC16', 'status is NULL',
      w.bxc_op in ('insert', 'update') and w.status is null),
    ('BXC16', 'status is no enum(''ordered'', ''done'', ''rejected'')',
      w.bxc_op in ('insert', 'update') and not (w.status in ('ordered', 'done', 'rejected'))),
    ('BXC16', 'result is no decimal(12,4)',
      w.bxc_op in ('insert', 'update') and not (w.result <> 'NaN')),
    ('BXC16', 'result is no decimal(12,4)',
      w.bxc_op in ('insert', 'update') and (abs(w.result) >= 100000000 or w.result <> round(w.result, 4))),
    ('BXC16', 'unit is no varchar(12)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.unit) <= 12)),
    ('BXC18', 'OrdersAtLab has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_patient_id as patient_id, e.bxc_listed_order_no as order_no,
    b.bxc_detail
  from "bxc_effect_OrdersAtLab" as e
  cross join lateral (values
    ('BXC10', 'OrdersAtLab has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC17', 'check has_unit is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.unit is distinct from e.bxc_old_unit))
      and not (e.result is null or e.unit is not null)),
    ('BXC17', 'check has_result is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.status is distinct from e.bxc_old_status))
      and not (e.status <> 'done' or e.result is not null))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    e.bxc_listed_order_no as order_no,
    'another row of Analysis has the same patient_id, order_no' as bxc_detail
  from "bxc_effect_OrdersAtLab" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
    and exists (
      select 1 from (
        select patient_id, order_no
        from (
          select s.patient_id, s.order_no
          from (
            select distinct e.patient_id as patient_id, e.order_no as order_no
            from "bxc_effect_OrdersAtLab" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
          ) as t
          join "bxc_seen_OrdersAtLab" as s on t.patient_id = s.patient_id and t.order_no = s.order_no
          where not exists (
              select 1 from "bxc_effect_OrdersAtLab" as g
              where g.bxc_gone and g.bxc_old_patient_id = s.patient_id and g.bxc_old_order_no = s.order_no
            )
          union all
          select patient_id, order_no from "bxc_effect_OrdersAtLab" where bxc_made
        ) as l
        group by patient_id, order_no
        having count(*) > 1
      ) as r
      where r.patient_id = e.patient_id and r.order_no = e.order_no
    )
) as n;

-- the put
create or replace function public."bxc_steps_OrdersAtLab"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_OrdersAtLab" limit 501) as b) > 500;
  analyze "bxc_batch_OrdersAtLab";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_OrdersAtLab";
  create temporary table "bxc_seen_OrdersAtLab" on commit drop as
  select
    0 as bxc_layer, s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit, s.device,
    s.measured
  from (
    select bxc_old_patient_id as patient_id, bxc_old_order_no as order_no from "bxc_batch_OrdersAtLab" where bxc_op <> 'insert'
    union
    select patient_id, order_no from "bxc_batch_OrdersAtLab"
    where bxc_op = 'insert'
      or bxc_op = 'update' and (patient_id is distinct from bxc_old_patient_id or order_no is distinct from bxc_old_order_no)
  ) as w
  join public."Analysis" as s on s.patient_id = w.patient_id and s.order_no = w.order_no;
  if bxc_many then analyze "bxc_seen_OrdersAtLab"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_OrdersAtLab";
  create temporary table "bxc_work_OrdersAtLab" on commit drop as
  with
    bxc_key as (
      select patient_id, order_no, bool_or(bxc_layer = 0) as bxc_shown
      from "bxc_seen_OrdersAtLab"
      group by patient_id, order_no
    ),
    bxc_old as (
      select w.bxc_old_patient_id, w.bxc_old_order_no, count(*) as bxc_count,
        bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id or w.order_no <> w.bxc_old_order_no)) as bxc_renamed
      from "bxc_batch_OrdersAtLab" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_patient_id, w.bxc_old_order_no
    ),
    bxc_new as (
      select w.patient_id, w.order_no, count(*) as bxc_count
      from "bxc_batch_OrdersAtLab" as w
      where w.bxc_op in ('insert', 'update')
      group by w.patient_id, w.order_no
    )
  select w.*,
    w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
  from (
    select w.*,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id or w.order_no <> w.bxc_old_order_no) as bxc_renames,
      coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
      coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
      coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
    from "bxc_batch_OrdersAtLab" as w
    left join bxc_key as o on o.patient_id = w.bxc_old_patient_id and o.order_no = w.bxc_old_order_no
    left join bxc_key as n on n.patient_id = w.patient_id and n.order_no = w.order_no
    left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id and p.bxc_old_order_no = w.bxc_old_order_no
    left join bxc_old as l on l.bxc_old_patient_id = w.patient_id and l.bxc_old_order_no = w.order_no
    left join bxc_new as c on c.patient_id = w.patient_id and c.order_no = w.order_no
  ) as w;
  if bxc_many then analyze "bxc_work_OrdersAtLab"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_OrdersAtLab";
  create temporary table "bxc_effect_OrdersAtLab" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no)) as bxc_leaves
  from (
    select e.*,
      (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no or
      e.ordered is distinct from e.bxc_old_ordered or e.analyte is distinct from e.bxc_old_analyte or
      e.status is distinct from e.bxc_old_status or e.result is distinct from e.bxc_old_result or
      e.unit is distinct from e.bxc_old_unit or e.device is distinct from e.bxc_old_device or
      e.measured is distinct from e.bxc_old_measured) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
        case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
        s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
        s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result,
        s.unit as bxc_old_unit, s.device as bxc_old_device, s.measured as bxc_old_measured,
        case
          when k.bxc_kind in ('update', 'keep') then w.patient_id
          when k.bxc_kind <> 'delete' then s.patient_id
        end as patient_id,
        case when k.bxc_kind in ('update', 'keep') then w.order_no when k.bxc_kind <> 'delete' then s.order_no end as order_no,
        case when k.bxc_kind in ('update', 'keep') then w.ordered when k.bxc_kind <> 'delete' then s.ordered end as ordered,
        case when k.bxc_kind in ('update', 'keep') then w.analyte when k.bxc_kind <> 'delete' then s.analyte end as analyte,
        case when k.bxc_kind in ('update', 'keep') then w.status when k.bxc_kind <> 'delete' then s.status end as status,
        case when k.bxc_kind in ('update', 'keep') then w.result when k.bxc_kind <> 'delete' then s.result end as result,
        case when k.bxc_kind in ('update', 'keep') then w.unit when k.bxc_kind <> 'delete' then s.unit end as unit,
        case when k.bxc_kind <> 'delete' then s.device end as device,
        case when k.bxc_kind <> 'delete' then s.measured end as measured
      from "bxc_work_OrdersAtLab" as w
      join "bxc_seen_OrdersAtLab" as s on s.patient_id = w.bxc_key_patient_id and s.order_no = w.bxc_key_order_no
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
        case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
        cast(null as bigint) as bxc_old_patient_id, cast(null as bigint) as bxc_old_order_no,
        cast(null as date) as bxc_old_ordered, cast(null as text) as bxc_old_analyte,
        cast(null as text) as bxc_old_status, cast(null as numeric(12, 4)) as bxc_old_result,
        cast(null as text) as bxc_old_unit, cast(null as text) as bxc_old_device,
        cast(null as timestamp) as bxc_old_measured, w.patient_id as patient_id, w.order_no as order_no,
        w.ordered as ordered, w.analyte as analyte, w.status as status, w.result as result, w.unit as unit,
        cast(null as text) as device, cast(null as timestamp) as measured
      from "bxc_work_OrdersAtLab" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_OrdersAtLab";
end
$bxc$;

create or replace function public."bxc_apply_OrdersAtLab"() returns bigint
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
      when w.bxc_op in ('insert', 'update') and (w.patient_id is null or w.order_no is null)
        then 'BXC10'  -- the key has a NULL
      when w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null or w.bxc_old_order_no is null)
        then 'BXC10'  -- the old key has a NULL
      when w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null or w.bxc_old_order_no is not null)
        then 'BXC10'  -- an insert has an old key
      when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then 'BXC10'  -- another staged row has the same old key
      when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then 'BXC10'  -- another staged row has the same key
      when w.bxc_op = 'insert' and w.bxc_key_deleted
        then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
      when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then 'BXC10'  -- OrdersAtLab has another row with the new key
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w.patient_id is null
        then 'BXC16'  -- patient_id is NULL
      when w.bxc_op in ('insert', 'update') and w.order_no is null
        then 'BXC16'  -- order_no is NULL
      when w.bxc_op in ('insert', 'update') and w.ordered is null
        then 'BXC16'  -- ordered is NULL
      when w.bxc_op in ('insert', 'update')
        and not (w.ordered between date '0001-01-01' and date '9999-12-31')
        then 'BXC16'  -- ordered is no date
      when w.bxc_op in ('insert', 'update') and w.analyte is null
        then 'BXC16'  -- analyte is NULL
      when w.bxc_op in ('insert', 'update') and not (char_length(w.analyte) <= 40)
        then 'BXC16'  -- analyte is no varchar(40)
      when w.bxc_op in ('insert', 'update') and w.status is null
        then 'BXC16'  -- status is NULL
      when w.bxc_op in ('insert', 'update') and not (w.status in ('ordered', 'done', 'rejected'))
        then 'BXC16'  -- status is no enum('ordered', 'done', 'rejected')
      when w.bxc_op in ('insert', 'update') and not (w.result <> 'NaN')
        then 'BXC16'  -- result is no decimal(12,4)
      when w.bxc_op in ('insert', 'update') and (abs(w.result) >= 100000000 or w.result <> round(w.result, 4))
        then 'BXC16'  -- result is no decimal(12,4)
      when w.bxc_op in ('insert', 'update') and not (char_length(w.unit) <= 12)
        then 'BXC16'  -- unit is no varchar(12)
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- OrdersAtLab has no row with the old key
    end as bxc_code
    from "bxc_work_OrdersAtLab" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- OrdersAtLab has a row with this key and other values
      when e.bxc_made
        and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.unit is distinct from e.bxc_old_unit))
        and not (e.result is null or e.unit is not null)
        then 'BXC17'  -- check has_unit is false
      when e.bxc_made
        and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.status is distinct from e.bxc_old_status))
        and not (e.status <> 'done' or e.result is not null)
        then 'BXC17'  -- check has_result is false
    end
    from "bxc_effect_OrdersAtLab" as e
    union all
    -- another row of Analysis has the same patient_id, order_no
    select 'BXC17'
    from "bxc_effect_OrdersAtLab" as e
    where e.bxc_made
        and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
      and exists (
        select 1 from (
          select patient_id, order_no
          from (
            select s.patient_id, s.order_no
            from (
              select distinct e.patient_id as patient_id, e.order_no as order_no
              from "bxc_effect_OrdersAtLab" as e
              where e.bxc_made
                and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
            ) as t
            join "bxc_seen_OrdersAtLab" as s on t.patient_id = s.patient_id and t.order_no = s.order_no
            where not exists (
                select 1 from "bxc_effect_OrdersAtLab" as g
                where g.bxc_gone and g.bxc_old_patient_id = s.patient_id and g.bxc_old_order_no = s.order_no
              )
            union all
            select patient_id, order_no from "bxc_effect_OrdersAtLab" where bxc_made
          ) as l
          group by patient_id, order_no
          having count(*) > 1
        ) as r
        where r.patient_id = e.patient_id and r.order_no = e.order_no
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 OrdersAtLab: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_OrdersAtLab'
        when 'BXC11' then 'BXC11 OrdersAtLab: a key belongs to a source row that the view does not show; see bxc_violations_OrdersAtLab'
        when 'BXC12' then 'BXC12 OrdersAtLab: a row does not fulfil the condition of the view; see bxc_violations_OrdersAtLab'
        when 'BXC14' then 'BXC14 OrdersAtLab: a new row has no value for a key column that the view hides; see bxc_violations_OrdersAtLab'
        when 'BXC15' then 'BXC15 OrdersAtLab: a computed column is stated otherwise than its inputs give it; see bxc_violations_OrdersAtLab'
        when 'BXC16' then 'BXC16 OrdersAtLab: a value is outside its type, or NULL where the view has none; see bxc_violations_OrdersAtLab'
        when 'BXC17' then 'BXC17 OrdersAtLab: a constraint of the source would be broken; see bxc_violations_OrdersAtLab'
        when 'BXC18' then 'BXC18 OrdersAtLab: an update speaks of a key that no row has; see bxc_violations_OrdersAtLab'
        when 'BXC19' then 'BXC19 OrdersAtLab: a row must not vanish from the view; see bxc_violations_OrdersAtLab'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_OrdersAtLab" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'Analysis';

  with bxc_left as (
    delete from public."Analysis" as s using "bxc_effect_OrdersAtLab" as e
    where e.bxc_leaves and s.patient_id = e.bxc_old_patient_id and s.order_no = e.bxc_old_order_no
    returning 1
  )
  insert into public."Analysis" as s (
      patient_id, order_no, ordered, analyte, status, result, unit, device, measured
  )
  select
      e.patient_id, e.order_no, e.ordered, e.analyte, e.status, e.result, e.unit, e.device, e.measured
  from "bxc_effect_OrdersAtLab" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (patient_id, order_no) do update set
      ordered = excluded.ordered, analyte = excluded.analyte, status = excluded.status,
      result = excluded.result, unit = excluded.unit, device = excluded.device, measured = excluded.measured;

  update public.bxc_session set uncaptured = false where source = 'Analysis';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_Analysis"');
  insert into public."bxc_change_Analysis" (
    bxc_seq, bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte,
    bxc_old_status, bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no,
    ordered, analyte, status, result, unit, device, measured
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'OrdersAtLab',
    bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status, bxc_old_result,
    bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte, status, result,
    unit, device, measured
  from "bxc_effect_OrdersAtLab" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_OrdersAtLab"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Analysis" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_OrdersAtLab";
  create temporary table "bxc_batch_OrdersAtLab" on commit drop as
  select
    case when v.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
    v.patient_id as bxc_old_patient_id, v.order_no as bxc_old_order_no, n.patient_id, n.order_no, n.ordered,
    n.analyte, n.status, n.result, n.unit
  from public."bxc_new_OrdersAtLab" as n
  full join public."OrdersAtLab" as v on n.patient_id = v.patient_id and n.order_no = v.order_no
  where v.patient_id is null
    or n.patient_id is null
    or (n.ordered is distinct from v.ordered or n.analyte is distinct from v.analyte or
    n.status is distinct from v.status or n.result is distinct from v.result or n.unit is distinct from v.unit);

  -- a key is staged twice
  if exists (select patient_id, order_no from public."bxc_new_OrdersAtLab" group by patient_id, order_no having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 OrdersAtLab: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_OrdersAtLab';
  end if;

  perform public."bxc_steps_OrdersAtLab"();

  perform public."bxc_apply_OrdersAtLab"();
end
$bxc$;

create or replace function public."bxc_put_delta_OrdersAtLab"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Analysis" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_OrdersAtLab";
  create temporary table "bxc_batch_OrdersAtLab" on commit drop as
  select * from public."bxc_delta_OrdersAtLab";

  perform public."bxc_steps_OrdersAtLab"();

  perform public."bxc_apply_OrdersAtLab"();
end
$bxc$;

revoke execute on function public."bxc_steps_OrdersAtLab"() from public;

revoke execute on function public."bxc_apply_OrdersAtLab"() from public;

revoke execute on function public."bxc_put_OrdersAtLab"() from public;

revoke execute on function public."bxc_put_delta_OrdersAtLab"() from public;

-- its editors, by this peer's rights
create or replace function public."bxc_grant_OrdersAtLab"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_hospital_network_Lab') then
    return null;
  end if;

  revoke all on public."OrdersAtLab" from "bxc_hospital_network_Lab";
  grant select on public."OrdersAtLab" to "bxc_hospital_network_Lab";

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'patient_id' and granted) then
    grant update (patient_id) on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'order_no' and granted) then
    grant update (order_no) on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'ordered' and granted) then
    grant update (ordered) on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'analyte' and granted) then
    grant update (analyte) on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'status' and granted) then
    grant update (status) on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'result' and granted) then
    grant update (result) on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'lab' and operation = 'update' and attribute = 'unit' and granted) then
    grant update (unit) on public."OrdersAtLab" to "bxc_hospital_network_Lab";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_OrdersAtLab"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_OrdersAtLab"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
