-- ToDeliver: the net delta of all edits in bxc_change_SalesOrder; the caller deletes what it has consumed.
with recursive
  several as (
    select k1, k2
    from (
      select coalesce(c."order", c.bxc_old_order) as k1, coalesce(c.line, c.bxc_old_line) as k2, c.bxc_op = 'update' and (c.bxc_old_order is distinct from c."order" or c.bxc_old_line is distinct from c.line) as bxc_moved
      from public."bxc_change_SalesOrder" as c
      union all
      select c.bxc_old_order as k1, c.bxc_old_line as k2, true
      from public."bxc_change_SalesOrder" as c
      where c.bxc_op = 'update' and (c.bxc_old_order is distinct from c."order" or c.bxc_old_line is distinct from c.line)
    ) as c
    group by k1, k2
    having count(*) > 1 or bool_or(bxc_moved)
  ),
  edit as (
    select c.*
    from several as m
    join public."bxc_change_SalesOrder" as c on m.k1 = coalesce(c."order", c.bxc_old_order) and m.k2 = coalesce(c.line, c.bxc_old_line)
  ),
  side as (
    select 2 * c.bxc_seq as bxc_at,
      c.bxc_old_order as k1, c.bxc_old_line as k2, c.bxc_old_order as "order", c.bxc_old_line as line,
      c.bxc_old_part_no as part_no, c.bxc_old_quantity as quantity, c.bxc_old_due as due,
      c.bxc_old_state as state, c.bxc_old_promised as promised, c.bxc_old_carrier as carrier
    from edit as c
    where c.bxc_op <> 'insert'
    union all
    select 2 * c.bxc_seq + 1,
      c."order", c.line, c."order", c.line, c.part_no, c.quantity, c.due, c.state, c.promised, c.carrier
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
    select c.bxc_seq, c.bxc_old_order as k1, c.bxc_old_line as k2, c."order" as n1, c.line as n2, c.bxc_op = 'delete' as bxc_dead
    from edit as c
    where c.bxc_op = 'delete'
      or c.bxc_op = 'update' and (c.bxc_old_order is distinct from c."order" or c.bxc_old_line is distinct from c.line)
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
      c.bxc_old_order as bxc_from_k1, c.bxc_old_line as bxc_from_k2, c."order" as bxc_to_k1, c.line as bxc_to_k2,
      c.bxc_old_order as bxc_was_order, c.bxc_old_line as bxc_was_line, c.bxc_old_part_no as bxc_was_part_no,
      c.bxc_old_quantity as bxc_was_quantity, c.bxc_old_due as bxc_was_due, c.bxc_old_state as bxc_was_state,
      c.bxc_old_promised as bxc_was_promised, c."order" as bxc_is_order, c.line as bxc_is_line,
      c.part_no as bxc_is_part_no, c.quantity as bxc_is_quantity, c.due as bxc_is_due, c.state as bxc_is_state,
      c.promised as bxc_is_promised
    from public."bxc_change_SalesOrder" as c
    where not exists (
        select 1 from several as m
        where m.k1 = coalesce(c."order", c.bxc_old_order) and m.k2 = coalesce(c.line, c.bxc_old_line)
      )
    union all
    select
      (f.k1 is not null and true) as bxc_was, (l.k1 is not null and true) as bxc_is, f.k1 as bxc_from_k1,
      f.k2 as bxc_from_k2, l.k1 as bxc_to_k1, l.k2 as bxc_to_k2, f."order" as bxc_was_order,
      f.line as bxc_was_line, f.part_no as bxc_was_part_no, f.quantity as bxc_was_quantity, f.due as bxc_was_due,
      f.state as bxc_was_state, f.promised as bxc_was_promised, l."order" as bxc_is_order, l.line as bxc_is_line,
      l.part_no as bxc_is_part_no, l.quantity as bxc_is_quantity, l.due as bxc_is_due, l.state as bxc_is_state,
      l.promised as bxc_is_promised
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
select 'update' as bxc_op, p.bxc_was_order as bxc_old_order, p.bxc_was_line as bxc_old_line,
  p.bxc_is_order as "order", p.bxc_is_line as line, p.bxc_is_part_no as part_no,
  p.bxc_is_quantity as quantity, p.bxc_is_due as due, p.bxc_is_state as state, p.bxc_is_promised as promised
from pair as p
where p.bxc_was and p.bxc_is and (p.bxc_was_order is distinct from p.bxc_is_order or p.bxc_was_line is distinct from p.bxc_is_line or
  p.bxc_was_part_no is distinct from p.bxc_is_part_no or
  p.bxc_was_quantity is distinct from p.bxc_is_quantity or p.bxc_was_due is distinct from p.bxc_is_due or
  p.bxc_was_state is distinct from p.bxc_is_state or p.bxc_was_promised is distinct from p.bxc_is_promised)
union all
select case when g.bxc_was is null then 'insert' when c.bxc_is is null then 'delete' else 'update' end as bxc_op,
  g.bxc_was_order as bxc_old_order, g.bxc_was_line as bxc_old_line, c.bxc_is_order as "order",
  c.bxc_is_line as line, c.bxc_is_part_no as part_no, c.bxc_is_quantity as quantity, c.bxc_is_due as due,
  c.bxc_is_state as state, c.bxc_is_promised as promised
from gone as g
full join come as c on g.bxc_was_order = c.bxc_is_order and g.bxc_was_line = c.bxc_is_line
where g.bxc_was is null or c.bxc_is is null
  or (g.bxc_was_order is distinct from c.bxc_is_order or g.bxc_was_line is distinct from c.bxc_is_line or
  g.bxc_was_part_no is distinct from c.bxc_is_part_no or
  g.bxc_was_quantity is distinct from c.bxc_is_quantity or g.bxc_was_due is distinct from c.bxc_is_due or
  g.bxc_was_state is distinct from c.bxc_is_state or g.bxc_was_promised is distinct from c.bxc_is_promised);
