-- D32: the net delta of all edits in bxc_change_D3; the caller deletes what it has consumed.
with recursive
  bxc_rekeyed as materialized (
    select c.*
    from bxc_change_D3 as c
    where c.bxc_op = 'update' and c.patient_id is not c.bxc_old_patient_id
  ),
  bxc_cut as materialized (
    select c.bxc_old_patient_id as k1 from bxc_rekeyed as c
    union
    select c.patient_id from bxc_rekeyed as c
  ),
  bxc_simple as (
    select min(bxc_seq) as first, max(bxc_seq) as last, max(iif(bxc_op = 'insert', bxc_seq, 0)) <= min(bxc_seq) as linked, max(regrouped) as regrouped
    from (
      select c.bxc_seq, c.bxc_op, coalesce(c.bxc_old_patient_id, c.patient_id) as k1, (c.bxc_op = 'update' and c.bxc_via is not 'D32' and c.medication_name is not c.bxc_old_medication_name) as regrouped
      from bxc_change_D3 as c
      where (c.bxc_op <> 'update' or (c.bxc_old_medication_name, c.bxc_old_mechanism_of_action) is not (c.medication_name, c.mechanism_of_action))
    )
    where k1 not in (select k1 from bxc_cut)
    group by k1
  ),
  bxc_piece as materialized (
    select c.*
    from bxc_change_D3 as c
    where c.bxc_old_patient_id in (select k1 from bxc_cut)
      or c.patient_id in (select k1 from bxc_cut)
  ),
  bxc_strayed as materialized (
    select c.*
    from bxc_piece as c
    where c.bxc_op = 'update' and c.bxc_via is not 'D32' and c.medication_name is not c.bxc_old_medication_name
  ),
  bxc_come as materialized (
    select c.patient_id as k1, c.bxc_seq,
      row_number() over (partition by c.patient_id order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'insert' or c.bxc_op = 'update' and c.patient_id is not c.bxc_old_patient_id
  ),
  bxc_go as materialized (
    select c.bxc_old_patient_id as k1, c.bxc_seq,
      row_number() over (partition by c.bxc_old_patient_id order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and c.patient_id is not c.bxc_old_patient_id
  ),
  bxc_guest as materialized (
    select k1,
      exists (select 1 from D3 as s where s.patient_id = bxc_cut.k1)
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
    select (select min(p.bxc_seq) from bxc_piece as p where p.bxc_old_patient_id = bxc_guest.k1), bxc_go.bxc_seq
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
    select bxc_chain.first, coalesce((select max(p.bxc_seq) from bxc_piece as p where p.bxc_old_patient_id = c.patient_id and p.patient_id = c.patient_id and p.bxc_seq > c.bxc_seq), c.bxc_seq), 1, exists (
        select 1
        from bxc_strayed as p
        join bxc_chain as e on e.first = bxc_chain.first
        join bxc_piece as g on g.bxc_seq = e.edit
        where p.bxc_seq = e.edit
          or p.bxc_seq < e.edit and p.bxc_seq > coalesce((select max(d.edit) from bxc_chain as d where d.first = e.first and d.edit < e.edit), 0) and p.bxc_old_patient_id = g.bxc_old_patient_id and p.patient_id = g.bxc_old_patient_id
          or p.bxc_seq > e.edit and e.edit not in (select edit from bxc_hop) and p.bxc_old_patient_id = g.patient_id and p.patient_id = g.patient_id
      )
    from bxc_chain
    join bxc_piece as c on c.bxc_seq = bxc_chain.edit
    where bxc_chain.edit not in (select edit from bxc_hop)
  ),
  bxc_seen as materialized (
    select
      (f.bxc_op <> 'insert') is true as bxc_was, (l.bxc_op <> 'delete') is true as bxc_is,
      bxc_life.linked as bxc_linked, f.bxc_old_medication_name as bxc_old_medication_name,
      f.bxc_old_mechanism_of_action as bxc_old_mechanism_of_action, l.medication_name as medication_name,
      l.mechanism_of_action as mechanism_of_action, bxc_life.regrouped as bxc_regrouped, l.patient_id as bxc_end_1
    from bxc_life
    cross join bxc_change_D3 as f on f.bxc_seq = bxc_life.first
    cross join bxc_change_D3 as l on l.bxc_seq = bxc_life.last
  ),
  bxc_before as materialized (
    select v.bxc_old_medication_name, v.bxc_old_mechanism_of_action
    from bxc_seen as v
    where v.bxc_was
    group by v.bxc_old_medication_name
  ),
  bxc_after as (
    select distinct v.medication_name
    from bxc_seen as v
    where v.bxc_is
  ),
  bxc_renamed as materialized (
    select v.bxc_old_medication_name, v.medication_name
    from (
      select v.*, row_number() over (partition by v.bxc_old_medication_name order by v.medication_name) as bxc_first, row_number() over (partition by v.medication_name order by v.bxc_old_medication_name) as bxc_second
      from (
        select distinct v.bxc_old_medication_name, v.medication_name
        from bxc_seen as v
        where v.bxc_was and v.bxc_is and v.bxc_linked and not v.bxc_regrouped
        and v.bxc_old_medication_name is not v.medication_name
        and not exists (select 1 from D3 as s where s.medication_name = v.bxc_old_medication_name)
        and not (v.medication_name in (select b.bxc_old_medication_name from bxc_before as b) or exists (select 1 from D3 as s where s.medication_name = v.medication_name and not s.patient_id in (select bxc_end_1 from bxc_seen where bxc_is)))
      ) as v
    ) as v
    where bxc_first = 1 and bxc_second = 1
  )
select
  'update' as bxc_op, v.bxc_old_medication_name as bxc_old_medication_name, v.medication_name as medication_name,
  (select s.mechanism_of_action from D3 as s where s.medication_name = v.medication_name limit 1) as mechanism_of_action
from bxc_renamed as v
union all
select
  iif(v.bxc_here, 'update', 'delete') as bxc_op, v.bxc_old_medication_name as bxc_old_medication_name,
  iif(v.bxc_here, v.bxc_now_medication_name, null) as medication_name,
  iif(v.bxc_here, v.bxc_now_mechanism_of_action, null) as mechanism_of_action
from (
  select
    v.*, exists (select 1 from D3 as s where s.medication_name = v.bxc_old_medication_name) as bxc_here,
    v.bxc_old_medication_name as bxc_now_medication_name,
    (select s.mechanism_of_action from D3 as s where s.medication_name = v.bxc_old_medication_name limit 1) as bxc_now_mechanism_of_action
  from bxc_before as v
) as v
where (not v.bxc_here or v.bxc_now_mechanism_of_action is not v.bxc_old_mechanism_of_action)
  and not v.bxc_old_medication_name in (select r.bxc_old_medication_name from bxc_renamed as r)
union all
select
  'insert' as bxc_op, null as bxc_old_medication_name, v.medication_name as medication_name,
  (select s.mechanism_of_action from D3 as s where s.medication_name = v.medication_name limit 1) as mechanism_of_action
from bxc_after as v
where not (v.medication_name in (select b.bxc_old_medication_name from bxc_before as b) or exists (select 1 from D3 as s where s.medication_name = v.medication_name and not s.patient_id in (select bxc_end_1 from bxc_seen where bxc_is)))
  and not v.medication_name in (select r.medication_name from bxc_renamed as r);
