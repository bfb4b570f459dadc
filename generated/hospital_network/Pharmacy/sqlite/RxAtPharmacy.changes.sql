-- RxAtPharmacy: the net delta of all edits in bxc_change_Dispensing; the caller deletes what it has consumed.
with recursive
  bxc_rekeyed as materialized (
    select c.*
    from bxc_change_Dispensing as c
    where c.bxc_op = 'update' and c.rx is not c.bxc_old_rx
  ),
  bxc_cut as materialized (
    select c.bxc_old_rx as k1 from bxc_rekeyed as c
    union
    select c.rx from bxc_rekeyed as c
  ),
  bxc_simple as (
    select min(bxc_seq) as first, max(bxc_seq) as last, 1 as linked, 0 as regrouped
    from (
      select c.bxc_seq, c.bxc_op, coalesce(c.bxc_old_rx, c.rx) as k1
      from bxc_change_Dispensing as c
      where (c.bxc_op <> 'update' or (c.bxc_old_rx, c.bxc_old_drug, c.bxc_old_quantity, c.bxc_old_dispensed, c.bxc_old_unit_price) is not (c.rx, c.drug, c.quantity, c.dispensed, c.unit_price))
    )
    where k1 not in (select k1 from bxc_cut)
    group by k1
  ),
  bxc_piece as materialized (
    select c.*
    from bxc_change_Dispensing as c
    where c.bxc_old_rx in (select k1 from bxc_cut)
      or c.rx in (select k1 from bxc_cut)
  ),
  bxc_come as materialized (
    select c.rx as k1, c.bxc_seq,
      row_number() over (partition by c.rx order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'insert' or c.bxc_op = 'update' and c.rx is not c.bxc_old_rx
  ),
  bxc_go as materialized (
    select c.bxc_old_rx as k1, c.bxc_seq,
      row_number() over (partition by c.bxc_old_rx order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and c.rx is not c.bxc_old_rx
  ),
  bxc_guest as materialized (
    select k1,
      exists (select 1 from Dispensing as s where s.rx = bxc_cut.k1)
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
    select (select min(p.bxc_seq) from bxc_piece as p where p.bxc_old_rx = bxc_guest.k1), bxc_go.bxc_seq
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
    select bxc_chain.first, coalesce((select max(p.bxc_seq) from bxc_piece as p where p.bxc_old_rx = c.rx and p.rx = c.rx and p.bxc_seq > c.bxc_seq), c.bxc_seq), 1, 0
    from bxc_chain
    join bxc_piece as c on c.bxc_seq = bxc_chain.edit
    where bxc_chain.edit not in (select edit from bxc_hop)
  ),
  bxc_seen as materialized (
    select
      (f.bxc_op <> 'insert') is true as bxc_was, (l.bxc_op <> 'delete') is true as bxc_is,
      bxc_life.linked as bxc_linked, f.bxc_old_rx as bxc_old_rx, f.bxc_old_drug as bxc_old_drug,
      f.bxc_old_quantity as bxc_old_quantity, f.bxc_old_dispensed as bxc_old_dispensed,
      f.bxc_old_unit_price as bxc_old_unit_price, f.bxc_old_quantity - f.bxc_old_dispensed as bxc_old_outstanding,
      l.rx as rx, l.drug as drug, l.quantity as quantity, l.dispensed as dispensed, l.unit_price as unit_price,
      l.quantity - l.dispensed as outstanding
    from bxc_life
    cross join bxc_change_Dispensing as f on f.bxc_seq = bxc_life.first
    cross join bxc_change_Dispensing as l on l.bxc_seq = bxc_life.last
  ),
  bxc_alone as (
    select
      (f.bxc_op <> 'insert') is true as bxc_was, (l.bxc_op <> 'delete') is true as bxc_is,
      bxc_simple.linked as bxc_linked, f.bxc_old_rx as bxc_old_rx, f.bxc_old_drug as bxc_old_drug,
      f.bxc_old_quantity as bxc_old_quantity, f.bxc_old_dispensed as bxc_old_dispensed,
      f.bxc_old_unit_price as bxc_old_unit_price, f.bxc_old_quantity - f.bxc_old_dispensed as bxc_old_outstanding,
      l.rx as rx, l.drug as drug, l.quantity as quantity, l.dispensed as dispensed, l.unit_price as unit_price,
      l.quantity - l.dispensed as outstanding
    from bxc_simple
    cross join bxc_change_Dispensing as f on f.bxc_seq = bxc_simple.first
    cross join bxc_change_Dispensing as l on l.bxc_seq = bxc_simple.last
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
  iif(v.bxc_was, v.bxc_old_rx, null) as bxc_old_rx, iif(v.bxc_is, v.rx, null) as rx,
  iif(v.bxc_is, v.drug, null) as drug, iif(v.bxc_is, v.quantity, null) as quantity,
  iif(v.bxc_is, v.dispensed, null) as dispensed, iif(v.bxc_is, v.unit_price, null) as unit_price,
  iif(v.bxc_is, v.outstanding, null) as outstanding
from bxc_alone as v
where (v.bxc_was <> v.bxc_is or v.bxc_was and (v.bxc_old_rx, v.bxc_old_drug, v.bxc_old_quantity, v.bxc_old_dispensed, v.bxc_old_unit_price, v.bxc_old_outstanding) is not (v.rx, v.drug, v.quantity, v.dispensed, v.unit_price, v.outstanding))
union all
select
  'update' as bxc_op, v.bxc_old_rx as bxc_old_rx, v.rx as rx, v.drug as drug, v.quantity as quantity,
  v.dispensed as dispensed, v.unit_price as unit_price, v.outstanding as outstanding
from bxc_seen as v
where v.bxc_was and v.bxc_is and v.bxc_linked
  and (v.bxc_old_rx, v.bxc_old_drug, v.bxc_old_quantity, v.bxc_old_dispensed, v.bxc_old_unit_price, v.bxc_old_outstanding) is not (v.rx, v.drug, v.quantity, v.dispensed, v.unit_price, v.outstanding)
union all
select
  'delete' as bxc_op, v.bxc_old_rx as bxc_old_rx, null as rx, null as drug, null as quantity, null as dispensed,
  null as unit_price, null as outstanding
from bxc_left as v
where not v.bxc_old_rx in (select e.rx from bxc_entered as e)
union all
select
  'insert' as bxc_op, null as bxc_old_rx, v.rx as rx, v.drug as drug, v.quantity as quantity,
  v.dispensed as dispensed, v.unit_price as unit_price, v.outstanding as outstanding
from bxc_entered as v
where not v.rx in (select e.bxc_old_rx from bxc_left as e)
union all
select
  'update' as bxc_op, v.bxc_old_rx as bxc_old_rx, e.rx as rx, e.drug as drug, e.quantity as quantity,
  e.dispensed as dispensed, e.unit_price as unit_price, e.outstanding as outstanding
from bxc_left as v
join bxc_entered as e on e.rx = v.bxc_old_rx
where (v.bxc_old_rx, v.bxc_old_drug, v.bxc_old_quantity, v.bxc_old_dispensed, v.bxc_old_unit_price, v.bxc_old_outstanding) is not (e.rx, e.drug, e.quantity, e.dispensed, e.unit_price, e.outstanding);
