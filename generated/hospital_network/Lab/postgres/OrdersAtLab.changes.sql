-- OrdersAtLab: the net delta of all edits in bxc_change_Analysis; the caller deletes what it has consumed.
with recursive
  several as (
    select k1, k2
    from (
      select coalesce(c.patient_id, c.bxc_old_patient_id) as k1, coalesce(c.order_no, c.bxc_old_order_no) as k2, c.bxc_op = 'update' and (c.bxc_old_patient_id is distinct from c.patient_id or c.bxc_old_order_no is distinct from c.order_no) as bxc_moved
      from public."bxc_change_Analysis" as c
      union all
      select c.bxc_old_patient_id as k1, c.bxc_old_order_no as k2, true
      from public."bxc_change_Analysis" as c
      where c.bxc_op = 'update' and (c.bxc_old_patient_id is distinct from c.patient_id or c.bxc_old_order_no is distinct from c.order_no)
    ) as c
    group by k1, k2
    having count(*) > 1 or bool_or(bxc_moved)
  ),
  edit as (
    select c.*
    from several as m
    join public."bxc_change_Analysis" as c on m.k1 = coalesce(c.patient_id, c.bxc_old_patient_id) and m.k2 = coalesce(c.order_no, c.bxc_old_order_no)
  ),
  side as (
    select 2 * c.bxc_seq as bxc_at,
      c.bxc_old_patient_id as k1, c.bxc_old_order_no as k2, c.bxc_old_patient_id as patient_id,
      c.bxc_old_order_no as order_no, c.bxc_old_ordered as ordered, c.bxc_old_analyte as analyte,
      c.bxc_old_status as status, c.bxc_old_result as result, c.bxc_old_unit as unit, c.bxc_old_device as device,
      c.bxc_old_measured as measured
    from edit as c
    where c.bxc_op <> 'insert'
    union all
    select 2 * c.bxc_seq + 1,
      c.patient_id, c.order_no, c.patient_id, c.order_no, c.ordered, c.analyte, c.status, c.result, c.unit,
      c.device, c.measured
    from edit as c
    where c.bxc_op <> 'delete'
  ),
  ends as (
    select k1, k2, min(bxc_at) as bxc_first, max(bxc_at) as bxc_last
    from side
    group by k1, k2
  ),
  first as (
    select s.*
    from side as s
    join ends as e on e.k1 = s.k1 and e.k2 = s.k2 and e.bxc_first = s.bxc_at
    where s.bxc_at % 2 = 0
  ),
  last as (
    select s.*
    from side as s
    join ends as e on e.k1 = s.k1 and e.k2 = s.k2 and e.bxc_last = s.bxc_at
    where s.bxc_at % 2 = 1
  ),
  depart as (
    select c.bxc_seq, c.bxc_old_patient_id as k1, c.bxc_old_order_no as k2, c.patient_id as n1, c.order_no as n2, c.bxc_op = 'delete' as bxc_dead
    from edit as c
    where c.bxc_op = 'delete'
      or c.bxc_op = 'update' and (c.bxc_old_patient_id is distinct from c.patient_id or c.bxc_old_order_no is distinct from c.order_no)
  ),
  hop as (
    select d.bxc_seq, d.k1, d.k2, d.n1, d.n2, d.bxc_dead, min(x.bxc_seq) as bxc_next
    from depart as d
    left join depart as x on x.k1 = d.n1 and x.k2 = d.n2 and x.bxc_seq > d.bxc_seq
    group by d.bxc_seq, d.k1, d.k2, d.n1, d.n2, d.bxc_dead
  ),
  first_hop as (
    select *
    from (
      select h.*, row_number() over (partition by k1, k2 order by h.bxc_seq) as bxc_nth
      from hop as h
    ) as h
    where bxc_nth = 1
  ),
  walk (a1, a2, n1, n2, bxc_dead, bxc_next) as (
    select f.k1 as a1, f.k2 as a2, h.n1, h.n2, h.bxc_dead, h.bxc_next
    from first as f
    join first_hop as h on h.k1 = f.k1 and h.k2 = f.k2
    union all
    select w.a1, w.a2, h.n1, h.n2, h.bxc_dead, h.bxc_next
    from walk as w
    join hop as h on h.k1 = w.n1 and h.k2 = w.n2 and h.bxc_seq = w.bxc_next
    where not w.bxc_dead
  ),
  link as (
    select a1, a2, n1, n2 from walk where not bxc_dead and bxc_next is null
  ),
  pair as (
    select
      (c.bxc_op <> 'insert' and true) as bxc_was, (c.bxc_op <> 'delete' and true) as bxc_is,
      c.bxc_old_patient_id as bxc_from_k1, c.bxc_old_order_no as bxc_from_k2, c.patient_id as bxc_to_k1,
      c.order_no as bxc_to_k2, c.bxc_old_patient_id as bxc_was_patient_id,
      c.bxc_old_order_no as bxc_was_order_no, c.bxc_old_ordered as bxc_was_ordered,
      c.bxc_old_analyte as bxc_was_analyte, c.bxc_old_status as bxc_was_status,
      c.bxc_old_result as bxc_was_result, c.bxc_old_unit as bxc_was_unit, c.patient_id as bxc_is_patient_id,
      c.order_no as bxc_is_order_no, c.ordered as bxc_is_ordered, c.analyte as bxc_is_analyte,
      c.status as bxc_is_status, c.result as bxc_is_result, c.unit as bxc_is_unit
    from public."bxc_change_Analysis" as c
    where not exists (
        select 1 from several as m
        where m.k1 = coalesce(c.patient_id, c.bxc_old_patient_id) and m.k2 = coalesce(c.order_no, c.bxc_old_order_no)
      )
    union all
    select
      (f.k1 is not null and true) as bxc_was, (l.k1 is not null and true) as bxc_is, f.k1 as bxc_from_k1,
      f.k2 as bxc_from_k2, l.k1 as bxc_to_k1, l.k2 as bxc_to_k2, f.patient_id as bxc_was_patient_id,
      f.order_no as bxc_was_order_no, f.ordered as bxc_was_ordered, f.analyte as bxc_was_analyte,
      f.status as bxc_was_status, f.result as bxc_was_result, f.unit as bxc_was_unit,
      l.patient_id as bxc_is_patient_id, l.order_no as bxc_is_order_no, l.ordered as bxc_is_ordered,
      l.analyte as bxc_is_analyte, l.status as bxc_is_status, l.result as bxc_is_result, l.unit as bxc_is_unit
    from (
      select f.*,
        case when l.a1 is not null then l.n1
          when not exists (select 1 from depart as d where d.k1 = f.k1 and d.k2 = f.k2) then f.k1
        end as n1,
        case when l.a1 is not null then l.n2
          when not exists (select 1 from depart as d where d.k1 = f.k1 and d.k2 = f.k2) then f.k2
        end as n2
      from first as f
      left join link as l on l.a1 = f.k1 and l.a2 = f.k2
    ) as f
    full join last as l on l.k1 = f.n1 and l.k2 = f.n2
  ),
  gone as (
    select * from pair where bxc_was and not bxc_is
  ),
  come as (
    select * from pair where bxc_is and not bxc_was
  )
select 'update' as bxc_op, p.bxc_was_patient_id as bxc_old_patient_id, p.bxc_was_order_no as bxc_old_order_no,
  p.bxc_is_patient_id as patient_id, p.bxc_is_order_no as order_no, p.bxc_is_ordered as ordered,
  p.bxc_is_analyte as analyte, p.bxc_is_status as status, p.bxc_is_result as result, p.bxc_is_unit as unit
from pair as p
where p.bxc_was and p.bxc_is and (p.bxc_was_patient_id is distinct from p.bxc_is_patient_id or
  p.bxc_was_order_no is distinct from p.bxc_is_order_no or
  p.bxc_was_ordered is distinct from p.bxc_is_ordered or p.bxc_was_analyte is distinct from p.bxc_is_analyte or
  p.bxc_was_status is distinct from p.bxc_is_status or p.bxc_was_result is distinct from p.bxc_is_result or
  p.bxc_was_unit is distinct from p.bxc_is_unit)
union all
select case when g.bxc_was is null then 'insert' when c.bxc_is is null then 'delete' else 'update' end as bxc_op,
  g.bxc_was_patient_id as bxc_old_patient_id, g.bxc_was_order_no as bxc_old_order_no,
  c.bxc_is_patient_id as patient_id, c.bxc_is_order_no as order_no, c.bxc_is_ordered as ordered,
  c.bxc_is_analyte as analyte, c.bxc_is_status as status, c.bxc_is_result as result, c.bxc_is_unit as unit
from gone as g
full join come as c on g.bxc_was_patient_id = c.bxc_is_patient_id and g.bxc_was_order_no = c.bxc_is_order_no
where g.bxc_was is null or c.bxc_is is null
  or (g.bxc_was_patient_id is distinct from c.bxc_is_patient_id or
  g.bxc_was_order_no is distinct from c.bxc_is_order_no or
  g.bxc_was_ordered is distinct from c.bxc_is_ordered or g.bxc_was_analyte is distinct from c.bxc_is_analyte or
  g.bxc_was_status is distinct from c.bxc_is_status or g.bxc_was_result is distinct from c.bxc_is_result or
  g.bxc_was_unit is distinct from c.bxc_is_unit);
