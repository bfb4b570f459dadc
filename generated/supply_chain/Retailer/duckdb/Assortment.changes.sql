-- Assortment: the net delta of all edits in bxc_change_Item; the caller deletes what it has consumed.
-- Run Item.capture.sql first, in the same transaction.
with recursive
  several as (
    select k1
    from (
      select coalesce(c.sku, c.bxc_old_sku) as k1, c.bxc_op = 'update' and c.bxc_old_sku is distinct from c.sku as bxc_moved
      from bxc_change_Item as c
      union all
      select c.bxc_old_sku as k1, true
      from bxc_change_Item as c
      where c.bxc_op = 'update' and c.bxc_old_sku is distinct from c.sku
    ) as c
    group by k1
    having count(*) > 1 or bool_or(bxc_moved)
  ),
  edit as (
    select c.*
    from bxc_change_Item as c
    semi join several as m on m.k1 = coalesce(c.sku, c.bxc_old_sku)
  ),
  side as (
    select 2 * c.bxc_seq as bxc_at,
      c.bxc_old_sku as k1, c.bxc_old_sku as sku, c.bxc_old_name as name, c.bxc_old_list_price as list_price,
      c.bxc_old_shelf as shelf
    from edit as c
    where c.bxc_op <> 'insert'
    union all
    select 2 * c.bxc_seq + 1,
      c.sku, c.sku, c.name, c.list_price, c.shelf
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
    select c.bxc_seq, c.bxc_old_sku as k1, c.sku as n1, c.bxc_op = 'delete' as bxc_dead
    from edit as c
    where c.bxc_op = 'delete'
      or c.bxc_op = 'update' and c.bxc_old_sku is distinct from c.sku
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
      c.bxc_old_sku as bxc_from_k1, c.sku as bxc_to_k1, c.bxc_old_sku as bxc_was_sku,
      c.bxc_old_name as bxc_was_name, c.bxc_old_list_price as bxc_was_list_price, c.sku as bxc_is_sku,
      c.name as bxc_is_name, c.list_price as bxc_is_list_price
    from bxc_change_Item as c
    anti join several as m on m.k1 = coalesce(c.sku, c.bxc_old_sku)
    union all
    select
      (f.k1 is not null and true) as bxc_was, (l.k1 is not null and true) as bxc_is, f.k1 as bxc_from_k1,
      l.k1 as bxc_to_k1, f.sku as bxc_was_sku, f.name as bxc_was_name, f.list_price as bxc_was_list_price,
      l.sku as bxc_is_sku, l.name as bxc_is_name, l.list_price as bxc_is_list_price
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
select 'update' as bxc_op, p.bxc_was_sku as bxc_old_sku, p.bxc_is_sku as sku, p.bxc_is_name as name,
  p.bxc_is_list_price as list_price
from pair as p
where p.bxc_was and p.bxc_is and (p.bxc_was_sku is distinct from p.bxc_is_sku or p.bxc_was_name is distinct from p.bxc_is_name or
  p.bxc_was_list_price is distinct from p.bxc_is_list_price)
union all
select case when g.bxc_was is null then 'insert' when c.bxc_is is null then 'delete' else 'update' end as bxc_op,
  g.bxc_was_sku as bxc_old_sku, c.bxc_is_sku as sku, c.bxc_is_name as name,
  c.bxc_is_list_price as list_price
from gone as g
full join come as c on g.bxc_was_sku = c.bxc_is_sku
where g.bxc_was is null or c.bxc_is is null
  or (g.bxc_was_sku is distinct from c.bxc_is_sku or g.bxc_was_name is distinct from c.bxc_is_name or
  g.bxc_was_list_price is distinct from c.bxc_is_list_price);
