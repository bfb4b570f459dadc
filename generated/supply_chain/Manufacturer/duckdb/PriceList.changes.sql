-- PriceList: the net delta of all edits in bxc_change_Variant; the caller deletes what it has consumed.
-- Run Variant.capture.sql first, in the same transaction.
with recursive
  several as (
    select k1
    from (
      select coalesce(c.id, c.bxc_old_id) as k1, c.bxc_op = 'update' and c.bxc_old_id is distinct from c.id as bxc_moved
      from bxc_change_Variant as c
      union all
      select c.bxc_old_id as k1, true
      from bxc_change_Variant as c
      where c.bxc_op = 'update' and c.bxc_old_id is distinct from c.id
    ) as c
    group by k1
    having count(*) > 1 or bool_or(bxc_moved)
  ),
  edit as (
    select c.*
    from bxc_change_Variant as c
    semi join several as m on m.k1 = coalesce(c.id, c.bxc_old_id)
  ),
  side as (
    select 2 * c.bxc_seq as bxc_at,
      c.bxc_old_id as k1, c.bxc_old_id as id, c.bxc_old_sku as sku, c.bxc_old_size as size,
      c.bxc_old_name as name, c.bxc_old_list_price as list_price, c.bxc_old_stock as stock
    from edit as c
    where c.bxc_op <> 'insert'
    union all
    select 2 * c.bxc_seq + 1,
      c.id, c.id, c.sku, c.size, c.name, c.list_price, c.stock
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
    select c.bxc_seq, c.bxc_old_id as k1, c.id as n1, c.bxc_op = 'delete' as bxc_dead
    from edit as c
    where c.bxc_op = 'delete'
      or c.bxc_op = 'update' and c.bxc_old_id is distinct from c.id
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
      c.bxc_old_id as bxc_from_k1, c.id as bxc_to_k1, c.bxc_old_sku as bxc_was_sku,
      c.bxc_old_name as bxc_was_name, c.bxc_old_list_price as bxc_was_list_price, c.sku as bxc_is_sku,
      c.name as bxc_is_name, c.list_price as bxc_is_list_price
    from bxc_change_Variant as c
    anti join several as m on m.k1 = coalesce(c.id, c.bxc_old_id)
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
  was_edited as (
    select p.bxc_was_sku as sku, first(p.bxc_was_name) as name, first(p.bxc_was_list_price) as list_price
    from pair as p
    where p.bxc_was
    group by p.bxc_was_sku
  ),
  now_edited as (
    select p.bxc_is_sku as sku, first(p.bxc_is_name) as name, first(p.bxc_is_list_price) as list_price
    from pair as p
    where p.bxc_is
    group by p.bxc_is_sku
  ),
  asked as (
    select sku from was_edited as w anti join now_edited as n on w.sku = n.sku
    union all
    select sku from now_edited as n anti join was_edited as w on w.sku = n.sku
  ),
  untouched as (
    select s.sku as sku, first(s.name) as name, first(s.list_price) as list_price
    from Variant as s
    semi join asked as t on s.sku = t.sku
    anti join pair as p on p.bxc_to_k1 = s.id
    group by s.sku
  ),
  was as (
    select * from was_edited
    union all
    select * from untouched as u anti join was_edited as e on u.sku = e.sku
  ),
  now as (
    select * from now_edited
    union all
    select * from untouched as u anti join now_edited as e on u.sku = e.sku
  ),
  otherwise as (
    select c.bxc_old_id as k1, c.id as n1
    from bxc_change_Variant as c
    where c.bxc_op = 'update' and c.bxc_via is distinct from 'PriceList'
      and c.bxc_old_sku is distinct from c.sku
  ),
  moved as (
    select distinct p.bxc_was_sku as bxc_old_sku, p.bxc_is_sku as sku
    from pair as p
    anti join now as g on g.sku = p.bxc_was_sku
    anti join was as h on h.sku = p.bxc_is_sku
    anti join otherwise as o on o.k1 = p.bxc_from_k1
    anti join otherwise as x on x.n1 = p.bxc_to_k1
    where p.bxc_was and p.bxc_is and p.bxc_was_sku is distinct from p.bxc_is_sku
  ),
  renamed as (
    select bxc_old_sku, sku
    from (
      select m.*, count(*) over (partition by sku) as bxc_into,
        count(*) over (partition by bxc_old_sku) as bxc_from
      from moved as m
    ) as m
    where bxc_into = 1 and bxc_from = 1
  )
select 'update' as bxc_op, r.bxc_old_sku as bxc_old_sku, n.sku as sku, n.name as name, n.list_price as list_price
from renamed as r
join now as n on n.sku = r.sku
union all
select case when w.sku is null then 'insert' when n.sku is null then 'delete' else 'update' end as bxc_op,
  w.sku as bxc_old_sku, n.sku as sku, n.name as name, n.list_price as list_price
from was as w
full join now as n on w.sku = n.sku
where (w.sku is null or n.sku is null
  or (w.sku is distinct from n.sku or w.name is distinct from n.name or
  w.list_price is distinct from n.list_price))
  and not exists (select 1 from renamed as r where r.bxc_old_sku = w.sku or r.sku = n.sku);
