-- Offer: the net delta of all edits in bxc_change_Part; the caller deletes what it has consumed.
with recursive
  bxc_rekeyed as materialized (
    select c.*
    from bxc_change_Part as c
    where c.bxc_op = 'update' and c.part_no is not c.bxc_old_part_no
  ),
  bxc_cut as materialized (
    select c.bxc_old_part_no as k1 from bxc_rekeyed as c
    union
    select c.part_no from bxc_rekeyed as c
  ),
  bxc_simple as (
    select min(bxc_seq) as first, max(bxc_seq) as last, 1 as linked, 0 as regrouped
    from (
      select c.bxc_seq, c.bxc_op, coalesce(c.bxc_old_part_no, c.part_no) as k1
      from bxc_change_Part as c
      where (not c.bxc_old_discontinued
        or not c.discontinued)
        and (c.bxc_op <> 'update' or (c.bxc_old_part_no, c.bxc_old_description, c.bxc_old_unit_price, c.bxc_old_lead_days, c.bxc_old_discontinued) is not (c.part_no, c.description, c.unit_price, c.lead_days, c.discontinued))
    )
    where k1 not in (select k1 from bxc_cut)
    group by k1
  ),
  bxc_piece as materialized (
    select c.*
    from bxc_change_Part as c
    where c.bxc_old_part_no in (select k1 from bxc_cut)
      or c.part_no in (select k1 from bxc_cut)
  ),
  bxc_come as materialized (
    select c.part_no as k1, c.bxc_seq,
      row_number() over (partition by c.part_no order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'insert' or c.bxc_op = 'update' and c.part_no is not c.bxc_old_part_no
  ),
  bxc_go as materialized (
    select c.bxc_old_part_no as k1, c.bxc_seq,
      row_number() over (partition by c.bxc_old_part_no order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and c.part_no is not c.bxc_old_part_no
  ),
  bxc_guest as materialized (
    select k1,
      exists (select 1 from Part as s where s.part_no = bxc_cut.k1)
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
    select (select min(p.bxc_seq) from bxc_piece as p where p.bxc_old_part_no = bxc_guest.k1), bxc_go.bxc_seq
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
    select bxc_chain.first, coalesce((select max(p.bxc_seq) from bxc_piece as p where p.bxc_old_part_no = c.part_no and p.part_no = c.part_no and p.bxc_seq > c.bxc_seq), c.bxc_seq), 1, 0
    from bxc_chain
    join bxc_piece as c on c.bxc_seq = bxc_chain.edit
    where bxc_chain.edit not in (select edit from bxc_hop)
  ),
  bxc_seen as materialized (
    select
      (f.bxc_op <> 'insert' and not f.bxc_old_discontinued) is true as bxc_was,
      (l.bxc_op <> 'delete' and not l.discontinued) is true as bxc_is, bxc_life.linked as bxc_linked,
      f.bxc_old_part_no as bxc_old_part_no, f.bxc_old_description as bxc_old_description,
      f.bxc_old_unit_price as bxc_old_unit_price, f.bxc_old_lead_days as bxc_old_lead_days, l.part_no as part_no,
      l.description as description, l.unit_price as unit_price, l.lead_days as lead_days
    from bxc_life
    cross join bxc_change_Part as f on f.bxc_seq = bxc_life.first
    cross join bxc_change_Part as l on l.bxc_seq = bxc_life.last
  ),
  bxc_alone as (
    select
      (f.bxc_op <> 'insert' and not f.bxc_old_discontinued) is true as bxc_was,
      (l.bxc_op <> 'delete' and not l.discontinued) is true as bxc_is, bxc_simple.linked as bxc_linked,
      f.bxc_old_part_no as bxc_old_part_no, f.bxc_old_description as bxc_old_description,
      f.bxc_old_unit_price as bxc_old_unit_price, f.bxc_old_lead_days as bxc_old_lead_days, l.part_no as part_no,
      l.description as description, l.unit_price as unit_price, l.lead_days as lead_days
    from bxc_simple
    cross join bxc_change_Part as f on f.bxc_seq = bxc_simple.first
    cross join bxc_change_Part as l on l.bxc_seq = bxc_simple.last
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
  iif(v.bxc_was, v.bxc_old_part_no, null) as bxc_old_part_no, iif(v.bxc_is, v.part_no, null) as part_no,
  iif(v.bxc_is, v.description, null) as description, iif(v.bxc_is, v.unit_price, null) as unit_price,
  iif(v.bxc_is, v.lead_days, null) as lead_days
from bxc_alone as v
where (v.bxc_was <> v.bxc_is or v.bxc_was and (v.bxc_old_part_no, v.bxc_old_description, v.bxc_old_unit_price, v.bxc_old_lead_days) is not (v.part_no, v.description, v.unit_price, v.lead_days))
union all
select
  'update' as bxc_op, v.bxc_old_part_no as bxc_old_part_no, v.part_no as part_no, v.description as description,
  v.unit_price as unit_price, v.lead_days as lead_days
from bxc_seen as v
where v.bxc_was and v.bxc_is and v.bxc_linked
  and (v.bxc_old_part_no, v.bxc_old_description, v.bxc_old_unit_price, v.bxc_old_lead_days) is not (v.part_no, v.description, v.unit_price, v.lead_days)
union all
select
  'delete' as bxc_op, v.bxc_old_part_no as bxc_old_part_no, null as part_no, null as description,
  null as unit_price, null as lead_days
from bxc_left as v
where not v.bxc_old_part_no in (select e.part_no from bxc_entered as e)
union all
select
  'insert' as bxc_op, null as bxc_old_part_no, v.part_no as part_no, v.description as description,
  v.unit_price as unit_price, v.lead_days as lead_days
from bxc_entered as v
where not v.part_no in (select e.bxc_old_part_no from bxc_left as e)
union all
select
  'update' as bxc_op, v.bxc_old_part_no as bxc_old_part_no, e.part_no as part_no, e.description as description,
  e.unit_price as unit_price, e.lead_days as lead_days
from bxc_left as v
join bxc_entered as e on e.part_no = v.bxc_old_part_no
where (v.bxc_old_part_no, v.bxc_old_description, v.bxc_old_unit_price, v.bxc_old_lead_days) is not (e.part_no, e.description, e.unit_price, e.lead_days);
