-- Offer: the net delta of all edits in bxc_change_Part; the caller deletes what it has consumed.
with recursive
  several as (
    select k1
    from (
      select coalesce(c.part_no, c.bxc_old_part_no) as k1, c.bxc_op = 'update' and c.bxc_old_part_no is distinct from c.part_no as bxc_moved
      from public."bxc_change_Part" as c
      union all
      select c.bxc_old_part_no as k1, true
      from public."bxc_change_Part" as c
      where c.bxc_op = 'update' and c.bxc_old_part_no is distinct from c.part_no
    ) as c
    group by k1
    having count(*) > 1 or bool_or(bxc_moved)
  ),
  edit as (
    select c.*
    from several as m
    join public."bxc_change_Part" as c on m.k1 = coalesce(c.part_no, c.bxc_old_part_no)
  ),
  side as (
    select 2 * c.bxc_seq as bxc_at,
      c.bxc_old_part_no as k1, c.bxc_old_part_no as part_no, c.bxc_old_description as description,
      c.bxc_old_unit_price as unit_price, c.bxc_old_lead_days as lead_days, c.bxc_old_cost as cost,
      c.bxc_old_discontinued as discontinued
    from edit as c
    where c.bxc_op <> 'insert'
    union all
    select 2 * c.bxc_seq + 1,
      c.part_no, c.part_no, c.description, c.unit_price, c.lead_days, c.cost, c.discontinued
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
    select c.bxc_seq, c.bxc_old_part_no as k1, c.part_no as n1, c.bxc_op = 'delete' as bxc_dead
    from edit as c
    where c.bxc_op = 'delete'
      or c.bxc_op = 'update' and c.bxc_old_part_no is distinct from c.part_no
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
      (c.bxc_op <> 'insert' and (not c.bxc_old_discontinued) is true) as bxc_was,
      (c.bxc_op <> 'delete' and (not c.discontinued) is true) as bxc_is, c.bxc_old_part_no as bxc_from_k1,
      c.part_no as bxc_to_k1, c.bxc_old_part_no as bxc_was_part_no, c.bxc_old_description as bxc_was_description,
      c.bxc_old_unit_price as bxc_was_unit_price, c.bxc_old_lead_days as bxc_was_lead_days,
      c.part_no as bxc_is_part_no, c.description as bxc_is_description, c.unit_price as bxc_is_unit_price,
      c.lead_days as bxc_is_lead_days
    from public."bxc_change_Part" as c
    where not exists (
        select 1 from several as m
        where m.k1 = coalesce(c.part_no, c.bxc_old_part_no)
      )
    union all
    select
      (f.k1 is not null and (not f.discontinued) is true) as bxc_was,
      (l.k1 is not null and (not l.discontinued) is true) as bxc_is, f.k1 as bxc_from_k1, l.k1 as bxc_to_k1,
      f.part_no as bxc_was_part_no, f.description as bxc_was_description, f.unit_price as bxc_was_unit_price,
      f.lead_days as bxc_was_lead_days, l.part_no as bxc_is_part_no, l.description as bxc_is_description,
      l.unit_price as bxc_is_unit_price, l.lead_days as bxc_is_lead_days
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
select 'update' as bxc_op, p.bxc_was_part_no as bxc_old_part_no, p.bxc_is_part_no as part_no,
  p.bxc_is_description as description, p.bxc_is_unit_price as unit_price, p.bxc_is_lead_days as lead_days
from pair as p
where p.bxc_was and p.bxc_is and (p.bxc_was_part_no is distinct from p.bxc_is_part_no or
  p.bxc_was_description is distinct from p.bxc_is_description or
  p.bxc_was_unit_price is distinct from p.bxc_is_unit_price or
  p.bxc_was_lead_days is distinct from p.bxc_is_lead_days)
union all
select case when g.bxc_was is null then 'insert' when c.bxc_is is null then 'delete' else 'update' end as bxc_op,
  g.bxc_was_part_no as bxc_old_part_no, c.bxc_is_part_no as part_no, c.bxc_is_description as description,
  c.bxc_is_unit_price as unit_price, c.bxc_is_lead_days as lead_days
from gone as g
full join come as c on g.bxc_was_part_no = c.bxc_is_part_no
where g.bxc_was is null or c.bxc_is is null
  or (g.bxc_was_part_no is distinct from c.bxc_is_part_no or
  g.bxc_was_description is distinct from c.bxc_is_description or
  g.bxc_was_unit_price is distinct from c.bxc_is_unit_price or
  g.bxc_was_lead_days is distinct from c.bxc_is_lead_days);
