-- OrdersAtLab: the net delta of all edits in bxc_change_Analysis; the caller deletes what it has consumed.
with recursive
  bxc_rekeyed as materialized (
    select c.*
    from bxc_change_Analysis as c
    where c.bxc_op = 'update' and (c.patient_id, c.order_no) is not (c.bxc_old_patient_id, c.bxc_old_order_no)
  ),
  bxc_cut as materialized (
    select c.bxc_old_patient_id as k1, c.bxc_old_order_no as k2 from bxc_rekeyed as c
    union
    select c.patient_id, c.order_no from bxc_rekeyed as c
  ),
  bxc_simple as (
    select min(bxc_seq) as first, max(bxc_seq) as last, 1 as linked, 0 as regrouped
    from (
      select c.bxc_seq, c.bxc_op, coalesce(c.bxc_old_patient_id, c.patient_id) as k1, coalesce(c.bxc_old_order_no, c.order_no) as k2
      from bxc_change_Analysis as c
      where (c.bxc_op <> 'update' or (c.bxc_old_patient_id, c.bxc_old_order_no, c.bxc_old_ordered, c.bxc_old_analyte, c.bxc_old_status, c.bxc_old_result, c.bxc_old_unit) is not (c.patient_id, c.order_no, c.ordered, c.analyte, c.status, c.result, c.unit))
    )
    where (k1, k2) not in (select k1, k2 from bxc_cut)
    group by k1, k2
  ),
  bxc_piece as materialized (
    select c.*
    from bxc_change_Analysis as c
    where (c.bxc_old_patient_id, c.bxc_old_order_no) in (select k1, k2 from bxc_cut)
      or (c.patient_id, c.order_no) in (select k1, k2 from bxc_cut)
  ),
  bxc_come as materialized (
    select c.patient_id as k1, c.order_no as k2, c.bxc_seq,
      row_number() over (partition by c.patient_id, c.order_no order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'insert' or c.bxc_op = 'update' and (c.patient_id, c.order_no) is not (c.bxc_old_patient_id, c.bxc_old_order_no)
  ),
  bxc_go as materialized (
    select c.bxc_old_patient_id as k1, c.bxc_old_order_no as k2, c.bxc_seq,
      row_number() over (partition by c.bxc_old_patient_id, c.bxc_old_order_no order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and (c.patient_id, c.order_no) is not (c.bxc_old_patient_id, c.bxc_old_order_no)
  ),
  bxc_guest as materialized (
    select k1, k2,
      exists (select 1 from Analysis as s where s.patient_id = bxc_cut.k1 and s.order_no = bxc_cut.k2)
        - (select count(*) from bxc_come where bxc_come.k1 = bxc_cut.k1 and bxc_come.k2 = bxc_cut.k2)
        + (select count(*) from bxc_go where bxc_go.k1 = bxc_cut.k1 and bxc_go.k2 = bxc_cut.k2) as at_first
    from bxc_cut
  ),
  bxc_hop as materialized (
    select bxc_come.bxc_seq as edit, bxc_go.bxc_seq as next
    from bxc_come
    join bxc_guest on bxc_guest.k1 = bxc_come.k1 and bxc_guest.k2 = bxc_come.k2
    join bxc_go on bxc_go.k1 = bxc_come.k1 and bxc_go.k2 = bxc_come.k2 and bxc_go.number = bxc_come.number + bxc_guest.at_first
  ),
  bxc_chain (first, edit) as (
    select (select min(p.bxc_seq) from bxc_piece as p where p.bxc_old_patient_id = bxc_guest.k1 and p.bxc_old_order_no = bxc_guest.k2), bxc_go.bxc_seq
    from bxc_guest
    join bxc_go on bxc_go.number = 1 and bxc_go.k1 = bxc_guest.k1 and bxc_go.k2 = bxc_guest.k2
    where bxc_guest.at_first = 1
    union all
    select p.bxc_seq, p.bxc_seq
    from bxc_piece as p
    where p.bxc_op = 'insert'
    union all
    select bxc_chain.first, bxc_hop.next
    from bxc_chain
    join bxc_hop on bxc_hop.edit = bxc_chain.edit
  ),
  bxc_life (first, last, linked, regrouped) as (
    select bxc_chain.first, coalesce((select max(p.bxc_seq) from bxc_piece as p where p.bxc_old_patient_id = c.patient_id and p.bxc_old_order_no = c.order_no and p.patient_id = c.patient_id and p.order_no = c.order_no and p.bxc_seq > c.bxc_seq), c.bxc_seq), 1, 0
    from bxc_chain
    join bxc_piece as c on c.bxc_seq = bxc_chain.edit
    where bxc_chain.edit not in (select edit from bxc_hop)
  ),
  bxc_seen as materialized (
    select
      (f.bxc_op <> 'insert') is true as bxc_was, (l.bxc_op <> 'delete') is true as bxc_is,
      bxc_life.linked as bxc_linked, f.bxc_old_patient_id as bxc_old_patient_id,
      f.bxc_old_order_no as bxc_old_order_no, f.bxc_old_ordered as bxc_old_ordered,
      f.bxc_old_analyte as bxc_old_analyte, f.bxc_old_status as bxc_old_status, f.bxc_old_result as bxc_old_result,
      f.bxc_old_unit as bxc_old_unit, l.patient_id as patient_id, l.order_no as order_no, l.ordered as ordered,
      l.analyte as analyte, l.status as status, l.result as result, l.unit as unit
    from bxc_life
    cross join bxc_change_Analysis as f on f.bxc_seq = bxc_life.first
    cross join bxc_change_Analysis as l on l.bxc_seq = bxc_life.last
  ),
  bxc_alone as (
    select
      (f.bxc_op <> 'insert') is true as bxc_was, (l.bxc_op <> 'delete') is true as bxc_is,
      bxc_simple.linked as bxc_linked, f.bxc_old_patient_id as bxc_old_patient_id,
      f.bxc_old_order_no as bxc_old_order_no, f.bxc_old_ordered as bxc_old_ordered,
      f.bxc_old_analyte as bxc_old_analyte, f.bxc_old_status as bxc_old_status, f.bxc_old_result as bxc_old_result,
      f.bxc_old_unit as bxc_old_unit, l.patient_id as patient_id, l.order_no as order_no, l.ordered as ordered,
      l.analyte as analyte, l.status as status, l.result as result, l.unit as unit
    from bxc_simple
    cross join bxc_change_Analysis as f on f.bxc_seq = bxc_simple.first
    cross join bxc_change_Analysis as l on l.bxc_seq = bxc_simple.last
  ),
  bxc_left as materialized (
    select v.*
    from bxc_seen as v
    where v.bxc_was and not (v.bxc_was and v.bxc_is and v.bxc_linked)
  ),
  bxc_entered as materialized (
    select v.*
    from bxc_seen as v
    where v.bxc_is and not (v.bxc_was and v.bxc_is and v.bxc_linked)
  )
select
  case when not v.bxc_is then 'delete' when v.bxc_was then 'update' else 'insert' end as bxc_op,
  iif(v.bxc_was, v.bxc_old_patient_id, null) as bxc_old_patient_id,
  iif(v.bxc_was, v.bxc_old_order_no, null) as bxc_old_order_no, iif(v.bxc_is, v.patient_id, null) as patient_id,
  iif(v.bxc_is, v.order_no, null) as order_no, iif(v.bxc_is, v.ordered, null) as ordered,
  iif(v.bxc_is, v.analyte, null) as analyte, iif(v.bxc_is, v.status, null) as status,
  iif(v.bxc_is, v.result, null) as result, iif(v.bxc_is, v.unit, null) as unit
from bxc_alone as v
where (v.bxc_was <> v.bxc_is or v.bxc_was and (v.bxc_old_patient_id, v.bxc_old_order_no, v.bxc_old_ordered, v.bxc_old_analyte, v.bxc_old_status, v.bxc_old_result, v.bxc_old_unit) is not (v.patient_id, v.order_no, v.ordered, v.analyte, v.status, v.result, v.unit))
union all
select
  'update' as bxc_op, v.bxc_old_patient_id as bxc_old_patient_id, v.bxc_old_order_no as bxc_old_order_no,
  v.patient_id as patient_id, v.order_no as order_no, v.ordered as ordered, v.analyte as analyte,
  v.status as status, v.result as result, v.unit as unit
from bxc_seen as v
where v.bxc_was and v.bxc_is and v.bxc_linked
  and (v.bxc_old_patient_id, v.bxc_old_order_no, v.bxc_old_ordered, v.bxc_old_analyte, v.bxc_old_status, v.bxc_old_result, v.bxc_old_unit) is not (v.patient_id, v.order_no, v.ordered, v.analyte, v.status, v.result, v.unit)
union all
select
  'delete' as bxc_op, v.bxc_old_patient_id as bxc_old_patient_id, v.bxc_old_order_no as bxc_old_order_no,
  null as patient_id, null as order_no, null as ordered, null as analyte, null as status, null as result,
  null as unit
from bxc_left as v
where not (v.bxc_old_patient_id, v.bxc_old_order_no) in (select e.patient_id, e.order_no from bxc_entered as e)
union all
select
  'insert' as bxc_op, null as bxc_old_patient_id, null as bxc_old_order_no, v.patient_id as patient_id,
  v.order_no as order_no, v.ordered as ordered, v.analyte as analyte, v.status as status, v.result as result,
  v.unit as unit
from bxc_entered as v
where not (v.patient_id, v.order_no) in (select e.bxc_old_patient_id, e.bxc_old_order_no from bxc_left as e)
union all
select
  'update' as bxc_op, v.bxc_old_patient_id as bxc_old_patient_id, v.bxc_old_order_no as bxc_old_order_no,
  e.patient_id as patient_id, e.order_no as order_no, e.ordered as ordered, e.analyte as analyte,
  e.status as status, e.result as result, e.unit as unit
from bxc_left as v
join bxc_entered as e on e.patient_id = v.bxc_old_patient_id and e.order_no = v.bxc_old_order_no
where (v.bxc_old_patient_id, v.bxc_old_order_no, v.bxc_old_ordered, v.bxc_old_analyte, v.bxc_old_status, v.bxc_old_result, v.bxc_old_unit) is not (e.patient_id, e.order_no, e.ordered, e.analyte, e.status, e.result, e.unit);
