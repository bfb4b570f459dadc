-- Puts the view's new content, staged in bxc_new_OrdersForLab, into LabOrder: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind LabOrder.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read LabOrder.capture.sql  .read OrdersForLab.put.sql  commit;

create or replace temp table bxc_batch_OrdersForLab as
select 'new' as bxc_staged, case when v.patient_id is null then 'insert' else 'update' end as bxc_op,
  v.patient_id as bxc_old_patient_id, v.order_no as bxc_old_order_no, n.patient_id, n.order_no, n.ordered,
  n.analyte, n.status, n.result, n.unit
from bxc_new_OrdersForLab as n
left join OrdersForLab as v on n.patient_id = v.patient_id and n.order_no = v.order_no
union all
select 'new', 'delete',
  v.patient_id as bxc_old_patient_id, v.order_no as bxc_old_order_no, cast(null as bigint) as patient_id,
  cast(null as bigint) as order_no, cast(null as date) as ordered, cast(null as varchar) as analyte,
  cast(null as varchar) as status, cast(null as decimal(12, 4)) as result, cast(null as varchar) as unit
from OrdersForLab as v
anti join bxc_new_OrdersForLab as n on n.patient_id = v.patient_id and n.order_no = v.order_no
where true;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 OrdersForLab: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_OrdersForLab')
  when 'BXC11' then error('BXC11 OrdersForLab: a key belongs to a source row that the view does not show; see bxc_violations_OrdersForLab')
  when 'BXC12' then error('BXC12 OrdersForLab: a row does not fulfil the condition of the view; see bxc_violations_OrdersForLab')
  when 'BXC14' then error('BXC14 OrdersForLab: a new row has no value for a key column that the view hides; see bxc_violations_OrdersForLab')
  when 'BXC15' then error('BXC15 OrdersForLab: a computed column is stated otherwise than its inputs give it; see bxc_violations_OrdersForLab')
  when 'BXC16' then error('BXC16 OrdersForLab: a value is outside its type, or NULL where the view has none; see bxc_violations_OrdersForLab')
  when 'BXC17' then error('BXC17 OrdersForLab: a constraint of the source would be broken; see bxc_violations_OrdersForLab')
  when 'BXC18' then error('BXC18 OrdersForLab: an update speaks of a key that no row has; see bxc_violations_OrdersForLab')
  when 'BXC19' then error('BXC19 OrdersForLab: a row must not vanish from the view; see bxc_violations_OrdersForLab')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from LabOrder as s where s.patient_id = w.patient_id and s.order_no = w.order_no and not (true and exists (select 1 from bxc_batch_OrdersForLab as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and x.bxc_old_order_no = w.order_no and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.patient_id is distinct from x.bxc_old_patient_id or x.order_no is distinct from x.bxc_old_order_no)))))) as bxc_creates
    from bxc_batch_OrdersForLab as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
      s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result, s.unit as bxc_old_unit,
      s.note as bxc_old_note, w.patient_id as patient_id, w.order_no as order_no, w.ordered as ordered,
      w.analyte as analyte, w.status as status, try_cast(w.result as decimal(12, 4)) as result, w.unit as unit,
      s.note as note
    from work as w
    join LabOrder as s on s.patient_id = w.bxc_old_patient_id and s.order_no = w.bxc_old_order_no
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
      s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result, s.unit as bxc_old_unit,
      s.note as bxc_old_note, cast(null as bigint) as patient_id, cast(null as bigint) as order_no,
      cast(null as date) as ordered, cast(null as varchar) as analyte, cast(null as varchar) as status,
      cast(null as decimal(12, 4)) as result, cast(null as varchar) as unit, cast(null as varchar) as note
    from work as w
    join LabOrder as s on s.patient_id = w.bxc_old_patient_id and s.order_no = w.bxc_old_order_no
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
      s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result, s.unit as bxc_old_unit,
      s.note as bxc_old_note, s.patient_id as patient_id, s.order_no as order_no, s.ordered as ordered,
      s.analyte as analyte, s.status as status, s.result as result, s.unit as unit, s.note as note
    from work as w
    join LabOrder as s on s.patient_id = w.patient_id and s.order_no = w.order_no
    where w.bxc_op = 'insert' and true and s.patient_id is not distinct from w.patient_id and s.order_no is not distinct from w.order_no and s.ordered is not distinct from w.ordered and s.analyte is not distinct from w.analyte and s.status is not distinct from w.status and s.result is not distinct from w.result and s.unit is not distinct from w.unit and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      cast(null as bigint) as bxc_old_patient_id, cast(null as bigint) as bxc_old_order_no,
      cast(null as date) as bxc_old_ordered, cast(null as varchar) as bxc_old_analyte,
      cast(null as varchar) as bxc_old_status, cast(null as decimal(12, 4)) as bxc_old_result,
      cast(null as varchar) as bxc_old_unit, cast(null as varchar) as bxc_old_note, w.patient_id as patient_id,
      w.order_no as order_no, w.ordered as ordered, w.analyte as analyte, w.status as status,
      try_cast(w.result as decimal(12, 4)) as result, w.unit as unit, cast(null as varchar) as note
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no or e.ordered is distinct from e.bxc_old_ordered or e.analyte is distinct from e.bxc_old_analyte or e.status is distinct from e.bxc_old_status or e.result is distinct from e.bxc_old_result or e.unit is distinct from e.bxc_old_unit or e.note is distinct from e.bxc_old_note)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit, s.note
    from LabOrder as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_patient_id = s.patient_id and c.bxc_old_order_no = s.order_no)
    union all
    select c.bxc_staged, true, c.patient_id, c.order_no, c.ordered, c.analyte, c.status, c.result, c.unit, c.note from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w.patient_id is null or w.order_no is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null or w.bxc_old_order_no is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null or w.bxc_old_order_no is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_patient_id = w.bxc_old_patient_id and x.bxc_old_order_no = w.bxc_old_order_no) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x.patient_id = w.patient_id and x.order_no = w.order_no) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and x.bxc_old_order_no = w.order_no and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from LabOrder as s where s.patient_id = w.patient_id and s.order_no = w.order_no and true and not (s.patient_id is not distinct from w.patient_id and s.order_no is not distinct from w.order_no and s.ordered is not distinct from w.ordered and s.analyte is not distinct from w.analyte and s.status is not distinct from w.status and s.result is not distinct from w.result and s.unit is not distinct from w.unit)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and x.bxc_old_order_no = w.order_no and x.bxc_op = 'update' and (x.patient_id is distinct from x.bxc_old_patient_id or x.order_no is distinct from x.bxc_old_order_no))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.patient_id is distinct from w.bxc_old_patient_id or w.order_no is distinct from w.bxc_old_order_no) and exists (select 1 from LabOrder as s where s.patient_id = w.patient_id and s.order_no = w.order_no and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and x.bxc_old_order_no = w.order_no and (x.bxc_op = 'delete' or (x.patient_id is distinct from x.bxc_old_patient_id or x.order_no is distinct from x.bxc_old_order_no)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'patient_id is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.patient_id is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'order_no is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.order_no is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'ordered is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.ordered is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'ordered is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (w.ordered between date '0001-01-01' and date '9999-12-31')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'analyte is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.analyte is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'analyte is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (length(w.analyte) <= 40 and not contains(w.analyte, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'status is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.status is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'status is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (w.status in ('ordered', 'done', 'rejected'))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'result has too many digits' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and abs(w.result) >= 100000000
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'unit is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (length(w.unit) <= 12 and not contains(w.unit, chr(0)))
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as order_no, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from LabOrder as s where s.patient_id = w.bxc_old_patient_id and s.order_no = w.bxc_old_order_no and true)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_patient_id as patient_id, e.bxc_key_order_no as order_no, 'check has_unit' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.unit is distinct from e.bxc_old_unit)) and not (e.result is null or e.unit is not null)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_patient_id as patient_id, e.bxc_key_order_no as order_no, 'check has_result' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.result is distinct from e.bxc_old_result or e.status is distinct from e.bxc_old_status)) and not (e.status <> 'done' or e.result is not null)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_patient_id as patient_id, e.bxc_key_order_no as order_no, 'primary key (patient_id, order_no)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.order_no is distinct from e.bxc_old_order_no or e.patient_id is distinct from e.bxc_old_patient_id)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.patient_id = e.patient_id and a.order_no = e.order_no) > 1
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_patient_id as patient_id, e.bxc_key_order_no as order_no, 'patient_id references Patient(patient_id)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.patient_id is distinct from e.bxc_old_patient_id)) and e.patient_id is not null and not exists (select 1 from Patient as t where t.patient_id = e.patient_id)
  )
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_OrdersForLab as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from LabOrder as s where s.patient_id = w.patient_id and s.order_no = w.order_no and not (true and exists (select 1 from bxc_batch_OrdersForLab as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and x.bxc_old_order_no = w.order_no and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.patient_id is distinct from x.bxc_old_patient_id or x.order_no is distinct from x.bxc_old_order_no)))))) as bxc_creates
    from bxc_batch_OrdersForLab as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
      s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result, s.unit as bxc_old_unit,
      s.note as bxc_old_note, w.patient_id as patient_id, w.order_no as order_no, w.ordered as ordered,
      w.analyte as analyte, w.status as status, try_cast(w.result as decimal(12, 4)) as result, w.unit as unit,
      s.note as note
    from work as w
    join LabOrder as s on s.patient_id = w.bxc_old_patient_id and s.order_no = w.bxc_old_order_no
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
      s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result, s.unit as bxc_old_unit,
      s.note as bxc_old_note, cast(null as bigint) as patient_id, cast(null as bigint) as order_no,
      cast(null as date) as ordered, cast(null as varchar) as analyte, cast(null as varchar) as status,
      cast(null as decimal(12, 4)) as result, cast(null as varchar) as unit, cast(null as varchar) as note
    from work as w
    join LabOrder as s on s.patient_id = w.bxc_old_patient_id and s.order_no = w.bxc_old_order_no
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no, s.ordered as bxc_old_ordered,
      s.analyte as bxc_old_analyte, s.status as bxc_old_status, s.result as bxc_old_result, s.unit as bxc_old_unit,
      s.note as bxc_old_note, s.patient_id as patient_id, s.order_no as order_no, s.ordered as ordered,
      s.analyte as analyte, s.status as status, s.result as result, s.unit as unit, s.note as note
    from work as w
    join LabOrder as s on s.patient_id = w.patient_id and s.order_no = w.order_no
    where w.bxc_op = 'insert' and true and s.patient_id is not distinct from w.patient_id and s.order_no is not distinct from w.order_no and s.ordered is not distinct from w.ordered and s.analyte is not distinct from w.analyte and s.status is not distinct from w.status and s.result is not distinct from w.result and s.unit is not distinct from w.unit and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order_no else w.order_no end as bxc_key_order_no,
      cast(null as bigint) as bxc_old_patient_id, cast(null as bigint) as bxc_old_order_no,
      cast(null as date) as bxc_old_ordered, cast(null as varchar) as bxc_old_analyte,
      cast(null as varchar) as bxc_old_status, cast(null as decimal(12, 4)) as bxc_old_result,
      cast(null as varchar) as bxc_old_unit, cast(null as varchar) as bxc_old_note, w.patient_id as patient_id,
      w.order_no as order_no, w.ordered as ordered, w.analyte as analyte, w.status as status,
      try_cast(w.result as decimal(12, 4)) as result, w.unit as unit, cast(null as varchar) as note
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.patient_id is distinct from e.bxc_old_patient_id or e.order_no is distinct from e.bxc_old_order_no or e.ordered is distinct from e.bxc_old_ordered or e.analyte is distinct from e.bxc_old_analyte or e.status is distinct from e.bxc_old_status or e.result is distinct from e.bxc_old_result or e.unit is distinct from e.bxc_old_unit or e.note is distinct from e.bxc_old_note)
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from LabOrder as s using bxc_apply_OrdersForLab as c
where c.bxc_kind <> 'insert' and s.patient_id = c.bxc_old_patient_id and s.order_no = c.bxc_old_order_no;

insert into LabOrder (patient_id, order_no, ordered, analyte, status, result, unit, note)
select patient_id, order_no, ordered, analyte, status, result, unit, note from bxc_apply_OrdersForLab where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_LabOrder (bxc_seq, bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status, bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit, note)
select (select nextval('bxc_seq_LabOrder')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'OrdersForLab', bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status, bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit, note
from bxc_apply_OrdersForLab;

insert into bxc_journal_LabOrder (bxc_put, bxc_old_patient_id, bxc_old_order_no, patient_id, order_no, ordered, analyte, status, result, unit, note)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_LabOrder), bxc_old_patient_id, bxc_old_order_no, patient_id, order_no, ordered, analyte, status, result, unit, note
from bxc_apply_OrdersForLab;

drop table bxc_batch_OrdersForLab;
drop table bxc_apply_OrdersForLab;
