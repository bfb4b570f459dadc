-- PriceList: the net delta of all edits in bxc_change_Variant; the caller deletes what it has consumed.
with recursive
  bxc_rekeyed as materialized (
    select c.*
    from bxc_change_Variant as c
    where c.bxc_op = 'update' and c.id is not c.bxc_old_id
  ),
  bxc_cut as materialized (
    select c.bxc_old_id as k1 from bxc_rekeyed as c
    union
    select c.id from bxc_rekeyed as c
  ),
  bxc_simple as (
    select min(bxc_seq) as first, max(bxc_seq) as last, max(iif(bxc_op = 'insert', bxc_seq, 0)) <= min(bxc_seq) as linked, max(regrouped) as regrouped
    from (
      select c.bxc_seq, c.bxc_op, coalesce(c.bxc_old_id, c.id) as k1, (c.bxc_op = 'update' and c.bxc_via is not 'PriceList' and c.sku is not c.bxc_old_sku) as regrouped
      from bxc_change_Variant as c
      where (c.bxc_op <> 'update' or (c.bxc_old_sku, c.bxc_old_name, c.bxc_old_list_price) is not (c.sku, c.name, c.list_price))
    )
    where k1 not in (select k1 from bxc_cut)
    group by k1
  ),
  bxc_piece as materialized (
    select c.*
    from bxc_change_Variant as c
    where c.bxc_old_id in (select k1 from bxc_cut)
      or c.id in (select k1 from bxc_cut)
  ),
  bxc_strayed as materialized (
    select c.*
    from bxc_piece as c
    where c.bxc_op = 'update' and c.bxc_via is not 'PriceList' and c.sku is not c.bxc_old_sku
  ),
  bxc_come as materialized (
    select c.id as k1, c.bxc_seq,
      row_number() over (partition by c.id order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'insert' or c.bxc_op = 'update' and c.id is not c.bxc_old_id
  ),
  bxc_go as materialized (
    select c.bxc_old_id as k1, c.bxc_seq,
      row_number() over (partition by c.bxc_old_id order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and c.id is not c.bxc_old_id
  ),
  bxc_guest as materialized (
    select k1,
      exists (select 1 from Variant as s where s.id = bxc_cut.k1)
        - (select count(*) from bxc_come where bxc_come.k1 = bxc_cut.k1)
        + (select count(*) from bxc_go where bxc_go.k1 = bxc_cut.k1) as at_first
    from bxc_cut
  ),
  bxc_hop as materialized (
    select bxc_come.bxc_seq as edit, bxc_go.bxc_seq as next
    from bxc_come
    join bxc_guest on bxc_guest.k1 = bxc_come.k1
    join bxc_go on bxc_go.k1 = bxc_come.k1 and bxc_go.number = bxc_come.number + bxc_guest.at_first
  ),
  bxc_chain (first, edit) as (
    select (select min(p.bxc_seq) from bxc_piece as p where p.bxc_old_id = bxc_guest.k1), bxc_go.bxc_seq
    from bxc_guest
    join bxc_go on bxc_go.number = 1 and bxc_go.k1 = bxc_guest.k1
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
    select *
    from bxc_simple
    union all
    select bxc_chain.first, coalesce((select max(p.bxc_seq) from bxc_piece as p where p.bxc_old_id = c.id and p.id = c.id and p.bxc_seq > c.bxc_seq), c.bxc_seq), 1, exists (
        select 1
        from bxc_strayed as p
        join bxc_chain as e on e.first = bxc_chain.first
        join bxc_piece as g on g.bxc_seq = e.edit
        where p.bxc_seq = e.edit
          or p.bxc_seq < e.edit and p.bxc_seq > coalesce((select max(d.edit) from bxc_chain as d where d.first = e.first and d.edit < e.edit), 0) and p.bxc_old_id = g.bxc_old_id and p.id = g.bxc_old_id
          or p.bxc_seq > e.edit and e.edit not in (select edit from bxc_hop) and p.bxc_old_id = g.id and p.id = g.id
      )
    from bxc_chain
    join bxc_piece as c on c.bxc_seq = bxc_chain.edit
    where bxc_chain.edit not in (select edit from bxc_hop)
  ),
  bxc_seen as materialized (
    select
      (f.bxc_op <> 'insert') is true as bxc_was, (l.bxc_op <> 'delete') is true as bxc_is,
      bxc_life.linked as bxc_linked, f.bxc_old_sku as bxc_old_sku, f.bxc_old_name as bxc_old_name,
      f.bxc_old_list_price as bxc_old_list_price, l.sku as sku, l.name as name, l.list_price as list_price,
      bxc_life.regrouped as bxc_regrouped, l.id as bxc_end_1
    from bxc_life
    cross join bxc_change_Variant as f on f.bxc_seq = bxc_life.first
    cross join bxc_change_Variant as l on l.bxc_seq = bxc_life.last
  ),
  bxc_before as materialized (
    select v.bxc_old_sku, v.bxc_old_name, v.bxc_old_list_price
    from bxc_seen as v
    where v.bxc_was
    group by v.bxc_old_sku
  ),
  bxc_after as (
    select distinct v.sku
    from bxc_seen as v
    where v.bxc_is
  ),
  bxc_renamed as materialized (
    select v.bxc_old_sku, v.sku
    from (
      select v.*, row_number() over (partition by v.bxc_old_sku order by v.sku) as bxc_first, row_number() over (partition by v.sku order by v.bxc_old_sku) as bxc_second
      from (
        select distinct v.bxc_old_sku, v.sku
        from bxc_seen as v
        where v.bxc_was and v.bxc_is and v.bxc_linked and not v.bxc_regrouped
        and v.bxc_old_sku is not v.sku
        and not exists (select 1 from Variant as s where s.sku = v.bxc_old_sku)
        and not (v.sku in (select b.bxc_old_sku from bxc_before as b) or exists (select 1 from Variant as s where s.sku = v.sku and not s.id in (select bxc_end_1 from bxc_seen where bxc_is)))
      ) as v
    ) as v
    where bxc_first = 1 and bxc_second = 1
  )
select
  'update' as bxc_op, v.bxc_old_sku as bxc_old_sku, v.sku as sku,
  (select s.name from Variant as s where s.sku = v.sku limit 1) as name,
  (select s.list_price from Variant as s where s.sku = v.sku limit 1) as list_price
from bxc_renamed as v
union all
select
  iif(v.bxc_here, 'update', 'delete') as bxc_op, v.bxc_old_sku as bxc_old_sku,
  iif(v.bxc_here, v.bxc_now_sku, null) as sku, iif(v.bxc_here, v.bxc_now_name, null) as name,
  iif(v.bxc_here, v.bxc_now_list_price, null) as list_price
from (
  select
    v.*, exists (select 1 from Variant as s where s.sku = v.bxc_old_sku) as bxc_here,
    v.bxc_old_sku as bxc_now_sku,
    (select s.name from Variant as s where s.sku = v.bxc_old_sku limit 1) as bxc_now_name,
    (select s.list_price from Variant as s where s.sku = v.bxc_old_sku limit 1) as bxc_now_list_price
  from bxc_before as v
) as v
where (not v.bxc_here or (v.bxc_now_name, v.bxc_now_list_price) is not (v.bxc_old_name, v.bxc_old_list_price))
  and not v.bxc_old_sku in (select r.bxc_old_sku from bxc_renamed as r)
union all
select
  'insert' as bxc_op, null as bxc_old_sku, v.sku as sku,
  (select s.name from Variant as s where s.sku = v.sku limit 1) as name,
  (select s.list_price from Variant as s where s.sku = v.sku limit 1) as list_price
from bxc_after as v
where not (v.sku in (select b.bxc_old_sku from bxc_before as b) or exists (select 1 from Variant as s where s.sku = v.sku and not s.id in (select bxc_end_1 from bxc_seen where bxc_is)))
  and not v.sku in (select r.sku from bxc_renamed as r);
