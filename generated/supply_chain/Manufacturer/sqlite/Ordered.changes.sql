-- Ordered: the net delta of all edits in bxc_change_PurchaseOrder; the caller deletes what it has consumed.
with recursive
  bxc_rekeyed as materialized (
    select c.*
    from bxc_change_PurchaseOrder as c
    where c.bxc_op = 'update' and (c."order", c.line) is not (c.bxc_old_order, c.bxc_old_line)
  ),
  bxc_cut as materialized (
    select c.bxc_old_order as k1, c.bxc_old_line as k2 from bxc_rekeyed as c
    union
    select c."order", c.line from bxc_rekeyed as c
  ),
  bxc_simple as (
    select min(bxc_seq) as first, max(bxc_seq) as last, 1 as linked, 0 as regrouped
    from (
      select c.bxc_seq, c.bxc_op, coalesce(c.bxc_old_order, c."order") as k1, coalesce(c.bxc_old_line, c.line) as k2
      from bxc_change_PurchaseOrder as c
      where (c.bxc_op <> 'update' or (c.bxc_old_order, c.bxc_old_line, c.bxc_old_part_no, c.bxc_old_quantity, c.bxc_old_due, c.bxc_old_state, c.bxc_old_promised) is not (c."order", c.line, c.part_no, c.quantity, c.due, c.state, c.promised))
    )
    where (k1, k2) not in (select k1, k2 from bxc_cut)
    group by k1, k2
  ),
  bxc_piece as materialized (
    select c.*
    from bxc_change_PurchaseOrder as c
    where (c.bxc_old_order, c.bxc_old_line) in (select k1, k2 from bxc_cut)
      or (c."order", c.line) in (select k1, k2 from bxc_cut)
  ),
  bxc_come as materialized (
    select c."order" as k1, c.line as k2, c.bxc_seq,
      row_number() over (partition by c."order", c.line order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'insert' or c.bxc_op = 'update' and (c."order", c.line) is not (c.bxc_old_order, c.bxc_old_line)
  ),
  bxc_go as materialized (
    select c.bxc_old_order as k1, c.bxc_old_line as k2, c.bxc_seq,
      row_number() over (partition by c.bxc_old_order, c.bxc_old_line order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and (c."order", c.line) is not (c.bxc_old_order, c.bxc_old_line)
  ),
  bxc_guest as materialized (
    select k1, k2,
      exists (select 1 from PurchaseOrder as s where s."order" = bxc_cut.k1 and s.line = bxc_cut.k2)
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
    select (select min(p.bxc_seq) from bxc_piece as p where p.bxc_old_order = bxc_guest.k1 and p.bxc_old_line = bxc_guest.k2), bxc_go.bxc_seq
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
    select bxc_chain.first, coalesce((select max(p.bxc_seq) from bxc_piece as p where p.bxc_old_order = c."order" and p.bxc_old_line = c.line and p."order" = c."order" and p.line = c.line and p.bxc_seq > c.bxc_seq), c.bxc_seq), 1, 0
    from bxc_chain
    join bxc_piece as c on c.bxc_seq = bxc_chain.edit
    where bxc_chain.edit not in (select edit from bxc_hop)
  ),
  bxc_seen as materialized (
    select
      (f.bxc_op <> 'insert') is true as bxc_was, (l.bxc_op <> 'delete') is true as bxc_is,
      bxc_life.linked as bxc_linked, f.bxc_old_order as bxc_old_order, f.bxc_old_line as bxc_old_line,
      f.bxc_old_part_no as bxc_old_part_no, f.bxc_old_quantity as bxc_old_quantity, f.bxc_old_due as bxc_old_due,
      f.bxc_old_state as bxc_old_state, f.bxc_old_promised as bxc_old_promised, l."order" as "order", l.line as line,
      l.part_no as part_no, l.quantity as quantity, l.due as due, l.state as state, l.promised as promised
    from bxc_life
    cross join bxc_change_PurchaseOrder as f on f.bxc_seq = bxc_life.first
    cross join bxc_change_PurchaseOrder as l on l.bxc_seq = bxc_life.last
  ),
  bxc_alone as (
    select
      (f.bxc_op <> 'insert') is true as bxc_was, (l.bxc_op <> 'delete') is true as bxc_is,
      bxc_simple.linked as bxc_linked, f.bxc_old_order as bxc_old_order, f.bxc_old_line as bxc_old_line,
      f.bxc_old_part_no as bxc_old_part_no, f.bxc_old_quantity as bxc_old_quantity, f.bxc_old_due as bxc_old_due,
      f.bxc_old_state as bxc_old_state, f.bxc_old_promised as bxc_old_promised, l."order" as "order", l.line as line,
      l.part_no as part_no, l.quantity as quantity, l.due as due, l.state as state, l.promised as promised
    from bxc_simple
    cross join bxc_change_PurchaseOrder as f on f.bxc_seq = bxc_simple.first
    cross join bxc_change_PurchaseOrder as l on l.bxc_seq = bxc_simple.last
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
  iif(v.bxc_was, v.bxc_old_order, null) as bxc_old_order, iif(v.bxc_was, v.bxc_old_line, null) as bxc_old_line,
  iif(v.bxc_is, v."order", null) as "order", iif(v.bxc_is, v.line, null) as line,
  iif(v.bxc_is, v.part_no, null) as part_no, iif(v.bxc_is, v.quantity, null) as quantity,
  iif(v.bxc_is, v.due, null) as due, iif(v.bxc_is, v.state, null) as state,
  iif(v.bxc_is, v.promised, null) as promised
from bxc_alone as v
where (v.bxc_was <> v.bxc_is or v.bxc_was and (v.bxc_old_order, v.bxc_old_line, v.bxc_old_part_no, v.bxc_old_quantity, v.bxc_old_due, v.bxc_old_state, v.bxc_old_promised) is not (v."order", v.line, v.part_no, v.quantity, v.due, v.state, v.promised))
union all
select
  'update' as bxc_op, v.bxc_old_order as bxc_old_order, v.bxc_old_line as bxc_old_line, v."order" as "order",
  v.line as line, v.part_no as part_no, v.quantity as quantity, v.due as due, v.state as state,
  v.promised as promised
from bxc_seen as v
where v.bxc_was and v.bxc_is and v.bxc_linked
  and (v.bxc_old_order, v.bxc_old_line, v.bxc_old_part_no, v.bxc_old_quantity, v.bxc_old_due, v.bxc_old_state, v.bxc_old_promised) is not (v."order", v.line, v.part_no, v.quantity, v.due, v.state, v.promised)
union all
select
  'delete' as bxc_op, v.bxc_old_order as bxc_old_order, v.bxc_old_line as bxc_old_line, null as "order",
  null as line, null as part_no, null as quantity, null as due, null as state, null as promised
from bxc_left as v
where not (v.bxc_old_order, v.bxc_old_line) in (select e."order", e.line from bxc_entered as e)
union all
select
  'insert' as bxc_op, null as bxc_old_order, null as bxc_old_line, v."order" as "order", v.line as line,
  v.part_no as part_no, v.quantity as quantity, v.due as due, v.state as state, v.promised as promised
from bxc_entered as v
where not (v."order", v.line) in (select e.bxc_old_order, e.bxc_old_line from bxc_left as e)
union all
select
  'update' as bxc_op, v.bxc_old_order as bxc_old_order, v.bxc_old_line as bxc_old_line, e."order" as "order",
  e.line as line, e.part_no as part_no, e.quantity as quantity, e.due as due, e.state as state,
  e.promised as promised
from bxc_left as v
join bxc_entered as e on e."order" = v.bxc_old_order and e.line = v.bxc_old_line
where (v.bxc_old_order, v.bxc_old_line, v.bxc_old_part_no, v.bxc_old_quantity, v.bxc_old_due, v.bxc_old_state, v.bxc_old_promised) is not (e."order", e.line, e.part_no, e.quantity, e.due, e.state, e.promised);
