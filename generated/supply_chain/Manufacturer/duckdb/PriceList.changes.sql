-- PriceList: the net delta of all edits in bxc_change_Variant; the caller deletes what it has consumed.
-- Run Variant.capture.sql first, in the same transaction.
with recursive
  side as (
    select c.bxc_seq, 0 as bxc_side,
      c.bxc_old_id as k1, c.bxc_old_id as id, c.bxc_old_sku as sku, c.bxc_old_size as size,
      c.bxc_old_name as name, c.bxc_old_list_price as list_price, c.bxc_old_stock as stock
    from bxc_change_Variant as c
    where c.bxc_op <> 'insert'
    union all
    select c.bxc_seq, 1,
      c.id, c.id, c.sku, c.size, c.name, c.list_price, c.stock
    from bxc_change_Variant as c
    where c.bxc_op <> 'delete'
  ),
  first as (
    select * from side
    qualify row_number() over (partition by k1 order by bxc_seq, bxc_side) = 1 and bxc_side = 0
  ),
  last as (
    select * from side
    qualify row_number() over (partition by k1 order by bxc_seq desc, bxc_side desc) = 1 and bxc_side = 1
  ),
  depart as (
    select c.bxc_seq, c.bxc_old_id as k1, c.id as n1, c.bxc_op = 'delete' as bxc_dead
    from bxc_change_Variant as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and c.bxc_old_id is distinct from c.id
  ),
  hop as (
    select d.bxc_seq, d.k1, d.n1, d.bxc_dead, min(x.bxc_seq) as bxc_next
    from depart as d
    left join depart as x on x.k1 = d.n1 and x.bxc_seq > d.bxc_seq
    group by all
  ),
  first_hop as (
    select *
    from hop
    qualify row_number() over (partition by k1 order by bxc_seq) = 1
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
      (f.k1 is not null and true) as bxc_was, (l.k1 is not null and true) as bxc_is, f.k1 as bxc_from_k1,
      l.k1 as bxc_to_k1, f.sku as bxc_was_sku, f.name as bxc_was_name, f.list_price as bxc_was_list_price,
      l.sku as bxc_is_sku, l.name as bxc_is_name, l.list_price as bxc_is_list_price
    from (
      select f.*, case when l.a1 is not null then l.n1 when not exists (select 1 from depart as d where d.k1 = f.k1) then f.k1 end as n1
      from first as f
      left join link as l on l.a1 = f.k1
    ) as f
    full join last as l on l.k1 = f.n1
  ),
  touched as (
    select p.bxc_was_sku as sku from pair as p where p.bxc_was
    union
    select p.bxc_is_sku from pair as p where p.bxc_is
  ),
  now_row as (
    select s.sku as sku, s.name as name, s.list_price as list_price,
      exists (select 1 from pair as p where p.bxc_to_k1 = s.id) as bxc_edited
    from Variant as s
    semi join touched as t on s.sku = t.sku
    where true
  ),
  now as (
    select sku, name, list_price from now_row
    qualify row_number() over (partition by sku) = 1
  ),
  was_row as (
    select p.bxc_was_sku as sku, p.bxc_was_name as name, p.bxc_was_list_price as list_price from pair as p where p.bxc_was
    union all
    select sku, name, list_price from now_row where not bxc_edited
  ),
  was as (
    select sku, name, list_price from was_row
    qualify row_number() over (partition by sku) = 1
  ),
  moved as (
    select distinct p.bxc_was_sku as bxc_old_sku, p.bxc_is_sku as sku
    from pair as p
    where p.bxc_was and p.bxc_is and p.bxc_was_sku is distinct from p.bxc_is_sku
      and not exists (select 1 from now as x where x.sku = p.bxc_was_sku)
      and not exists (select 1 from was as x where x.sku = p.bxc_is_sku)
      and not exists (
        select 1 from bxc_change_Variant as c
        where c.bxc_op = 'update' and c.bxc_old_sku is distinct from c.sku
          and c.bxc_via is distinct from 'PriceList' and (c.bxc_old_id = p.bxc_from_k1 or c.id = p.bxc_to_k1)
      )
  ),
  renamed as (
    select * from moved
    qualify count(*) over (partition by sku) = 1 and count(*) over (partition by bxc_old_sku) = 1
  )
select 'update' as bxc_op, r.bxc_old_sku as bxc_old_sku, n.sku as sku, n.name as name, n.list_price as list_price
from renamed as r
join now as n on n.sku = r.sku
union all
select case when w.sku is null then 'insert' when n.sku is null then 'delete' else 'update' end as bxc_op,
  w.sku as bxc_old_sku, n.sku as sku, n.name as name, n.list_price as list_price
from was as w
full join now as n on w.sku = n.sku
where (w.sku is null or n.sku is null or (w.sku is distinct from n.sku or w.name is distinct from n.name or
  w.list_price is distinct from n.list_price))
  and not exists (select 1 from renamed as r where r.bxc_old_sku = w.sku or r.sku = n.sku);
