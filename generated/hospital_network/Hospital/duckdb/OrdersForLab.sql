-- OrdersForLab: view of LabOrder, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists OrdersForLab as
select
  s.patient_id as patient_id, s.order_no as order_no, s.ordered as ordered, s.analyte as analyte,
  s.status as status, s.result as result, s.unit as unit
from LabOrder as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_OrdersForLab (
  patient_id bigint, order_no bigint, ordered date, analyte varchar, status varchar, result decimal(38, 4),
  unit varchar
);

create table if not exists bxc_delta_OrdersForLab (
  bxc_op varchar, bxc_old_patient_id bigint, bxc_old_order_no bigint, patient_id bigint, order_no bigint,
  ordered date, analyte varchar, status varchar, result decimal(38, 4), unit varchar
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_OrdersForLab as
select * from (
  with
    bxc_seen_OrdersForLab as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result,
        s.unit, s.note
      from LabOrder as s
      semi join (
        select bxc_old_patient_id as patient_id, bxc_old_order_no as order_no from bxc_delta_OrdersForLab where bxc_op <> 'insert'
        union all
        select patient_id, order_no from bxc_delta_OrdersForLab
        where bxc_op = 'insert'
          or bxc_op = 'update' and (patient_id is distinct from bxc_old_patient_id or order_no is distinct from bxc_old_order_no)
      ) as w on s.patient_id = w.patient_id and s.order_no = w.order_no
    ),
    bxc_work_OrdersForLab as materialized (
      with
        bxc_key as (
          select patient_id, order_no, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_OrdersForLab
          group by patient_id, order_no
        ),
        bxc_old as (
          select w.bxc_old_patient_id, w.bxc_old_order_no, count(*) as bxc_count,
            bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id or w.order_no <> w.bxc_old_order_no)) as bxc_renamed
          from bxc_delta_OrdersForLab as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_patient_id, w.bxc_old_order_no
        ),
        bxc_new as (
          select w.patient_id, w.order_no, count(*) as bxc_count
          from bxc_delta_OrdersForLab as w
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
        from bxc_delta_OrdersForLab as w
        left join bxc_key as o on o.patient_id = w.bxc_old_patient_id and o.order_no = w.bxc_old_order_no
        left join bxc_key as n on n.patient_id = w.patient_id and n.order_no = w.order_no
        left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id and p.bxc_old_order_no = w.bxc_old_order_no
        left join bxc_old as l on l.bxc_old_patient_id = w.patient_id and l.bxc_old_order_no = w.order_no
        left join bxc_new as c on c.patient_id = w.patient_id and c.order_no = w.order_no
      ) as w
    ),
    bxc_effect_OrdersForLab as materialized (
      select e.*,
        (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no or
          e.ordered is distinct from e.bxc_old_ordered or e.analyte is distinct from e.bxc_old_analyte or
          e.status is distinct from e.bxc_old_status or e.result is distinct from e.bxc_old_result or
          e.unit is distinct from e.bxc_old_unit or e.note is distinct from e.bxc_old_note) as bxc_changed,
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
          case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
          case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
          s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
          s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result,
          s.unit as bxc_old_unit, s.note as bxc_old_note,
          case when bxc_kind in ('update', 'keep') then w.patient_id when bxc_kind <> 'delete' then s.patient_id end as patient_id,
          case when bxc_kind in ('update', 'keep') then w.order_no when bxc_kind <> 'delete' then s.order_no end as order_no,
          case when bxc_kind in ('update', 'keep') then w.ordered when bxc_kind <> 'delete' then s.ordered end as ordered,
          case when bxc_kind in ('update', 'keep') then w.analyte when bxc_kind <> 'delete' then s.analyte end as analyte,
          case when bxc_kind in ('update', 'keep') then w.status when bxc_kind <> 'delete' then s.status end as status,
          case when bxc_kind in ('update', 'keep') then w.result when bxc_kind <> 'delete' then s.result end as result,
          case when bxc_kind in ('update', 'keep') then w.unit when bxc_kind <> 'delete' then s.unit end as unit,
          case when bxc_kind <> 'delete' then s.note end as note
        from bxc_work_OrdersForLab as w
        join bxc_seen_OrdersForLab as s on s.patient_id = w.bxc_key_patient_id and s.order_no = w.bxc_key_order_no
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
          case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
          cast(null as bigint) as bxc_old_patient_id, cast(null as bigint) as bxc_old_order_no,
          cast(null as date) as bxc_old_ordered, cast(null as varchar) as bxc_old_analyte,
          cast(null as varchar) as bxc_old_status, cast(null as decimal(12, 4)) as bxc_old_result,
          cast(null as varchar) as bxc_old_unit, cast(null as varchar) as bxc_old_note, w.patient_id as patient_id,
          w.order_no as order_no, w.ordered as ordered, w.analyte as analyte, w.status as status, w.result as result,
          w.unit as unit, cast(null as varchar) as note
        from bxc_work_OrdersForLab as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_patient_id as patient_id,
    b.bxc_listed_order_no as order_no, bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id, case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.patient_id is null or w.order_no is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null or w.bxc_old_order_no is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null or w.bxc_old_order_no is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'OrdersForLab has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.patient_id is null
        then {'code': 'BXC16', 'detail': 'patient_id is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.order_no is null
        then {'code': 'BXC16', 'detail': 'order_no is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.ordered is null
        then {'code': 'BXC16', 'detail': 'ordered is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.ordered between date '0001-01-01' and date '9999-12-31')
        then {'code': 'BXC16', 'detail': 'ordered is no date'} end,
      case when w.bxc_op in ('insert', 'update') and w.analyte is null
        then {'code': 'BXC16', 'detail': 'analyte is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.analyte) <= 40 and not contains(w.analyte, chr(0)))
        then {'code': 'BXC16', 'detail': 'analyte is no varchar(40)'} end,
      case when w.bxc_op in ('insert', 'update') and w.status is null
        then {'code': 'BXC16', 'detail': 'status is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (w.status in ('ordered', 'done', 'rejected'))
        then {'code': 'BXC16', 'detail': 'status is no enum(''ordered'', ''done'', ''rejected'')'} end,
      case when w.bxc_op in ('insert', 'update') and abs(w.result) >= 100000000
        then {'code': 'BXC16', 'detail': 'result is no decimal(12,4)'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.unit) <= 12 and not contains(w.unit, chr(0)))
        then {'code': 'BXC16', 'detail': 'unit is no varchar(12)'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'OrdersForLab has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_OrdersForLab as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_patient_id as patient_id,
    b.bxc_listed_order_no as order_no, bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_patient_id, e.bxc_listed_order_no, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'OrdersForLab has a row with this key and other values'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.unit is distinct from e.bxc_old_unit))
      and not (e.result is null or e.unit is not null)
        then {'code': 'BXC17', 'detail': 'check has_unit is false'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.status is distinct from e.bxc_old_status))
      and not (e.status <> 'done' or e.result is not null)
        then {'code': 'BXC17', 'detail': 'check has_result is false'} end
    ]) as bxc_broken
    from bxc_effect_OrdersForLab as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    e.bxc_listed_order_no as order_no,
    'another row of LabOrder has the same patient_id, order_no' as bxc_detail
  from bxc_effect_OrdersForLab as e
  semi join (
    select patient_id, order_no
    from (
      select s.patient_id, s.order_no
      from bxc_seen_OrdersForLab as s
      semi join (
        select e.patient_id as patient_id, e.order_no as order_no
        from bxc_effect_OrdersForLab as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
      ) as t on t.patient_id is not distinct from s.patient_id and t.order_no is not distinct from s.order_no
      anti join (
        select bxc_rowid from bxc_effect_OrdersForLab where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select patient_id, order_no from bxc_effect_OrdersForLab where bxc_made
    ) as l
    group by patient_id, order_no
    having count(*) > 1
  ) as r on r.patient_id = e.patient_id and r.order_no = e.order_no
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    e.bxc_listed_order_no as order_no, 'no row of Patient for patient_id' as bxc_detail
  from bxc_effect_OrdersForLab as e
  anti join (
    select s.patient_id
    from Patient as s
    semi join (
      select e.patient_id as patient_id
      from bxc_effect_OrdersForLab as e
      where e.bxc_made
        and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
    ) as t on t.patient_id is not distinct from s.patient_id
  ) as r on r.patient_id = e.patient_id
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
)
union all
select * from (
  with
    bxc_batch_OrdersForLab as materialized (
      select * from (
        select
          case when v.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
          v.patient_id as bxc_old_patient_id, v.order_no as bxc_old_order_no, n.patient_id, n.order_no, n.ordered,
          n.analyte, n.status, n.result, n.unit
        from bxc_new_OrdersForLab as n
        full join OrdersForLab as v on n.patient_id = v.patient_id and n.order_no = v.order_no
        where v.patient_id is null
          or n.patient_id is null
          or (n.ordered is distinct from v.ordered or n.analyte is distinct from v.analyte or
          n.status is distinct from v.status or n.result is distinct from v.result or n.unit is distinct from v.unit)
          or (n.patient_id, n.order_no) in (select (patient_id, order_no) from bxc_new_OrdersForLab group by patient_id, order_no having count(*) > 1)
      )
      where exists (select 1 from bxc_new_OrdersForLab)
    ),
    bxc_seen_OrdersForLab as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result,
        s.unit, s.note
      from LabOrder as s
      semi join (
        select bxc_old_patient_id as patient_id, bxc_old_order_no as order_no from bxc_batch_OrdersForLab where bxc_op <> 'insert'
        union all
        select patient_id, order_no from bxc_batch_OrdersForLab
        where bxc_op = 'insert'
          or bxc_op = 'update' and (patient_id is distinct from bxc_old_patient_id or order_no is distinct from bxc_old_order_no)
      ) as w on s.patient_id = w.patient_id and s.order_no = w.order_no
    ),
    bxc_work_OrdersForLab as materialized (
      with
        bxc_key as (
          select patient_id, order_no, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_OrdersForLab
          group by patient_id, order_no
        ),
        bxc_old as (
          select w.bxc_old_patient_id, w.bxc_old_order_no, count(*) as bxc_count,
            bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id or w.order_no <> w.bxc_old_order_no)) as bxc_renamed
          from bxc_batch_OrdersForLab as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_patient_id, w.bxc_old_order_no
        ),
        bxc_new as (
          select w.patient_id, w.order_no, count(*) as bxc_count
          from bxc_batch_OrdersForLab as w
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
        from bxc_batch_OrdersForLab as w
        left join bxc_key as o on o.patient_id = w.bxc_old_patient_id and o.order_no = w.bxc_old_order_no
        left join bxc_key as n on n.patient_id = w.patient_id and n.order_no = w.order_no
        left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id and p.bxc_old_order_no = w.bxc_old_order_no
        left join bxc_old as l on l.bxc_old_patient_id = w.patient_id and l.bxc_old_order_no = w.order_no
        left join bxc_new as c on c.patient_id = w.patient_id and c.order_no = w.order_no
      ) as w
    ),
    bxc_effect_OrdersForLab as materialized (
      select e.*,
        (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no or
          e.ordered is distinct from e.bxc_old_ordered or e.analyte is distinct from e.bxc_old_analyte or
          e.status is distinct from e.bxc_old_status or e.result is distinct from e.bxc_old_result or
          e.unit is distinct from e.bxc_old_unit or e.note is distinct from e.bxc_old_note) as bxc_changed,
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
          case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
          case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
          s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
          s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result,
          s.unit as bxc_old_unit, s.note as bxc_old_note,
          case when bxc_kind in ('update', 'keep') then w.patient_id when bxc_kind <> 'delete' then s.patient_id end as patient_id,
          case when bxc_kind in ('update', 'keep') then w.order_no when bxc_kind <> 'delete' then s.order_no end as order_no,
          case when bxc_kind in ('update', 'keep') then w.ordered when bxc_kind <> 'delete' then s.ordered end as ordered,
          case when bxc_kind in ('update', 'keep') then w.analyte when bxc_kind <> 'delete' then s.analyte end as analyte,
          case when bxc_kind in ('update', 'keep') then w.status when bxc_kind <> 'delete' then s.status end as status,
          case when bxc_kind in ('update', 'keep') then w.result when bxc_kind <> 'delete' then s.result end as result,
          case when bxc_kind in ('update', 'keep') then w.unit when bxc_kind <> 'delete' then s.unit end as unit,
          case when bxc_kind <> 'delete' then s.note end as note
        from bxc_work_OrdersForLab as w
        join bxc_seen_OrdersForLab as s on s.patient_id = w.bxc_key_patient_id and s.order_no = w.bxc_key_order_no
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
          case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no,
          cast(null as bigint) as bxc_old_patient_id, cast(null as bigint) as bxc_old_order_no,
          cast(null as date) as bxc_old_ordered, cast(null as varchar) as bxc_old_analyte,
          cast(null as varchar) as bxc_old_status, cast(null as decimal(12, 4)) as bxc_old_result,
          cast(null as varchar) as bxc_old_unit, cast(null as varchar) as bxc_old_note, w.patient_id as patient_id,
          w.order_no as order_no, w.ordered as ordered, w.analyte as analyte, w.status as status, w.result as result,
          w.unit as unit, cast(null as varchar) as note
        from bxc_work_OrdersForLab as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_patient_id as patient_id,
    b.bxc_listed_order_no as order_no, bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id, case when w.bxc_op = 'delete' then w.bxc_old_order_no else w.order_no end as bxc_listed_order_no, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.patient_id is null or w.order_no is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null or w.bxc_old_order_no is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null or w.bxc_old_order_no is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'OrdersForLab has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.patient_id is null
        then {'code': 'BXC16', 'detail': 'patient_id is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.order_no is null
        then {'code': 'BXC16', 'detail': 'order_no is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.ordered is null
        then {'code': 'BXC16', 'detail': 'ordered is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.ordered between date '0001-01-01' and date '9999-12-31')
        then {'code': 'BXC16', 'detail': 'ordered is no date'} end,
      case when w.bxc_op in ('insert', 'update') and w.analyte is null
        then {'code': 'BXC16', 'detail': 'analyte is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.analyte) <= 40 and not contains(w.analyte, chr(0)))
        then {'code': 'BXC16', 'detail': 'analyte is no varchar(40)'} end,
      case when w.bxc_op in ('insert', 'update') and w.status is null
        then {'code': 'BXC16', 'detail': 'status is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (w.status in ('ordered', 'done', 'rejected'))
        then {'code': 'BXC16', 'detail': 'status is no enum(''ordered'', ''done'', ''rejected'')'} end,
      case when w.bxc_op in ('insert', 'update') and abs(w.result) >= 100000000
        then {'code': 'BXC16', 'detail': 'result is no decimal(12,4)'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.unit) <= 12 and not contains(w.unit, chr(0)))
        then {'code': 'BXC16', 'detail': 'unit is no varchar(12)'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'OrdersForLab has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_OrdersForLab as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_patient_id as patient_id,
    b.bxc_listed_order_no as order_no, bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_patient_id, e.bxc_listed_order_no, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'OrdersForLab has a row with this key and other values'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.unit is distinct from e.bxc_old_unit))
      and not (e.result is null or e.unit is not null)
        then {'code': 'BXC17', 'detail': 'check has_unit is false'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.status is distinct from e.bxc_old_status))
      and not (e.status <> 'done' or e.result is not null)
        then {'code': 'BXC17', 'detail': 'check has_result is false'} end
    ]) as bxc_broken
    from bxc_effect_OrdersForLab as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    e.bxc_listed_order_no as order_no,
    'another row of LabOrder has the same patient_id, order_no' as bxc_detail
  from bxc_effect_OrdersForLab as e
  semi join (
    select patient_id, order_no
    from (
      select s.patient_id, s.order_no
      from bxc_seen_OrdersForLab as s
      semi join (
        select e.patient_id as patient_id, e.order_no as order_no
        from bxc_effect_OrdersForLab as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
      ) as t on t.patient_id is not distinct from s.patient_id and t.order_no is not distinct from s.order_no
      anti join (
        select bxc_rowid from bxc_effect_OrdersForLab where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select patient_id, order_no from bxc_effect_OrdersForLab where bxc_made
    ) as l
    group by patient_id, order_no
    having count(*) > 1
  ) as r on r.patient_id = e.patient_id and r.order_no = e.order_no
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id))
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    e.bxc_listed_order_no as order_no, 'no row of Patient for patient_id' as bxc_detail
  from bxc_effect_OrdersForLab as e
  anti join (
    select s.patient_id
    from Patient as s
    semi join (
      select e.patient_id as patient_id
      from bxc_effect_OrdersForLab as e
      where e.bxc_made
        and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
    ) as t on t.patient_id is not distinct from s.patient_id
  ) as r on r.patient_id = e.patient_id
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
);
