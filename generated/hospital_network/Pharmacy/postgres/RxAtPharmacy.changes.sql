-- RxAtPharmacy: the net delta of all edits in bxc_change_Dispensing; the caller deletes what it has consumed.
with recursive
  several as (
    select k1
    from (
      select coalesce(c.rx, c.bxc_old_rx) as k1, c.bxc_op = 'update' and c.bxc_old_rx is distinct from c.rx as bxc_moved
      from public."bxc_change_Dispensing" as c
      union all
      select c.bxc_old_rx as k1, true
      from public."bxc_change_Dispensing" as c
      where c.bxc_op = 'update' and c.bxc_old_rx is distinct from c.rx
    ) as c
    group by k1
    having count(*) > 1 or bool_or(bxc_moved)
  ),
  edit as (
    select c.*
    from several as m
    join public."bxc_change_Dispensing" as c on m.k1 = coalesce(c.rx, c.bxc_old_rx)
  ),
  side as (
    select 2 * c.bxc_seq as bxc_at,
      c.bxc_old_rx as k1, c.bxc_old_rx as rx, c.bxc_old_drug as drug, c.bxc_old_quantity as quantity,
      c.bxc_old_dispensed as dispensed, c.bxc_old_unit_price as unit_price, c.bxc_old_batch as batch
    from edit as c
    where c.bxc_op <> 'insert'
    union all
    select 2 * c.bxc_seq + 1,
      c.rx, c.rx, c.drug, c.quantity, c.dispensed, c.unit_price, c.batch
    from edit as c
    where c.bxc_op <> 'delete'
  ),
  ends as (
    select k1, min(bxc_at) as bxc_first, max(bxc_at) as bxc_last
    from side
    group by k1
  ),
  first as (
    select s.*
    from side as s
    join ends as e on e.k1 = s.k1 and e.bxc_first = s.bxc_at
    where s.bxc_at % 2 = 0
  ),
  last as (
    select s.*
    from side as s
    join ends as e on e.k1 = s.k1 and e.bxc_last = s.bxc_at
    where s.bxc_at % 2 = 1
  ),
  depart as (
    select c.bxc_seq, c.bxc_old_rx as k1, c.rx as n1, c.bxc_op = 'delete' as bxc_dead
    from edit as c
    where c.bxc_op = 'delete'
      or c.bxc_op = 'update' and c.bxc_old_rx is distinct from c.rx
  ),
  hop as (
    select d.bxc_seq, d.k1, d.n1, d.bxc_dead, min(x.bxc_seq) as bxc_next
    from depart as d
    left join depart as x on x.k1 = d.n1 and x.bxc_seq > d.bxc_seq
    group by d.bxc_seq, d.k1, d.n1, d.bxc_dead
  ),
  first_hop as (
    select *
    from (
      select h.*, row_number() over (partition by k1 order by h.bxc_seq) as bxc_nth
      from hop as h
    ) as h
    where bxc_nth = 1
  ),
  walk (a1, n1, bxc_dead, bxc_next) as (
    select f.k1 as a1, h.n1, h.bxc_dead, h.bxc_next
    from first as f
    join first_hop as h on h.k1 = f.k1
    union all
    select w.a1, h.n1, h.bxc_dead, h.bxc_next
    from walk as w
    join hop as h on h.k1 = w.n1 and h.bxc_seq = w.bxc_next
    where not w.bxc_dead
  ),
  link as (
    select a1, n1 from walk where not bxc_dead and bxc_next is null
  ),
  pair as (
    select
      (c.bxc_op <> 'insert' and true) as bxc_was, (c.bxc_op <> 'delete' and true) as bxc_is,
      c.bxc_old_rx as bxc_from_k1, c.rx as bxc_to_k1, c.bxc_old_rx as bxc_was_rx, c.bxc_old_drug as bxc_was_drug,
      c.bxc_old_quantity as bxc_was_quantity, c.bxc_old_dispensed as bxc_was_dispensed,
      c.bxc_old_unit_price as bxc_was_unit_price,
      (c.bxc_old_quantity - c.bxc_old_dispensed) as bxc_was_outstanding, c.rx as bxc_is_rx,
      c.drug as bxc_is_drug, c.quantity as bxc_is_quantity, c.dispensed as bxc_is_dispensed,
      c.unit_price as bxc_is_unit_price, (c.quantity - c.dispensed) as bxc_is_outstanding
    from public."bxc_change_Dispensing" as c
    where not exists (select 1 from several as m where m.k1 = coalesce(c.rx, c.bxc_old_rx))
    union all
    select
      (f.k1 is not null and true) as bxc_was, (l.k1 is not null and true) as bxc_is, f.k1 as bxc_from_k1,
      l.k1 as bxc_to_k1, f.rx as bxc_was_rx, f.drug as bxc_was_drug, f.quantity as bxc_was_quantity,
      f.dispensed as bxc_was_dispensed, f.unit_price as bxc_was_unit_price,
      (f.quantity - f.dispensed) as bxc_was_outstanding, l.rx as bxc_is_rx, l.drug as bxc_is_drug,
      l.quantity as bxc_is_quantity, l.dispensed as bxc_is_dispensed, l.unit_price as bxc_is_unit_price,
      (l.quantity - l.dispensed) as bxc_is_outstanding
    from (
      select f.*,
        case when l.a1 is not null then l.n1
          when not exists (select 1 from depart as d where d.k1 = f.k1) then f.k1
        end as n1
      from first as f
      left join link as l on l.a1 = f.k1
    ) as f
    full join last as l on l.k1 = f.n1
  ),
  gone as (
    select * from pair where bxc_was and not bxc_is
  ),
  come as (
    select * from pair where bxc_is and not bxc_was
  )
select 'update' as bxc_op, p.bxc_was_rx as bxc_old_rx, p.bxc_is_rx as rx, p.bxc_is_drug as drug,
  p.bxc_is_quantity as quantity, p.bxc_is_dispensed as dispensed, p.bxc_is_unit_price as unit_price,
  p.bxc_is_outstanding as outstanding
from pair as p
where p.bxc_was and p.bxc_is and (p.bxc_was_rx is distinct from p.bxc_is_rx or p.bxc_was_drug is distinct from p.bxc_is_drug or
  p.bxc_was_quantity is distinct from p.bxc_is_quantity or
  p.bxc_was_dispensed is distinct from p.bxc_is_dispensed or
  p.bxc_was_unit_price is distinct from p.bxc_is_unit_price or
  p.bxc_was_outstanding is distinct from p.bxc_is_outstanding)
union all
select case when g.bxc_was is null then 'insert' when c.bxc_is is null then 'delete' else 'update' end as bxc_op,
  g.bxc_was_rx as bxc_old_rx, c.bxc_is_rx as rx, c.bxc_is_drug as drug, c.bxc_is_quantity as quantity,
  c.bxc_is_dispensed as dispensed, c.bxc_is_unit_price as unit_price, c.bxc_is_outstanding as outstanding
from gone as g
full join come as c on g.bxc_was_rx = c.bxc_is_rx
where g.bxc_was is null or c.bxc_is is null
  or (g.bxc_was_rx is distinct from c.bxc_is_rx or g.bxc_was_drug is distinct from c.bxc_is_drug or
  g.bxc_was_quantity is distinct from c.bxc_is_quantity or
  g.bxc_was_dispensed is distinct from c.bxc_is_dispensed or
  g.bxc_was_unit_price is distinct from c.bxc_is_unit_price or
  g.bxc_was_outstanding is distinct from c.bxc_is_outstanding);
