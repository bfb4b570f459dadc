-- D31: the net delta of all edits in bxc_change_D3; the caller deletes what it has consumed.
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
    select min(bxc_seq) as first, max(bxc_seq) as last, 1 as linked, 0 as regrouped
    from (
      select c.bxc_seq, c.bxc_op, coalesce(c.bxc_old_patient_id, c.patient_id) as k1
      from bxc_change_D3 as c
      where (c.bxc_old_patient_id = 188
        or c.patient_id = 188)
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
    select bxc_chain.first, coalesce((select max(p.bxc_seq) from bxc_piece as p where p.bxc_old_patient_id = c.patient_id and p.patient_id = c.patient_id and p.bxc_seq > c.bxc_seq), c.bxc_seq), 1, 0
    from bxc_chain
    join bxc_piece as c on c.bxc_seq = bxc_chain.edit
    where bxc_chain.edit not in (select edit from bxc_hop)
  ),
  bxc_seen as materialized (
    select
      (f.bxc_op <> 'insert' and f.bxc_old_patient_id = 188) is true as bxc_was,
      (l.bxc_op <> 'delete' and l.patient_id = 188) is true as bxc_is, bxc_life.linked as bxc_linked,
      f.bxc_old_patient_id as bxc_old_patient_id, f.bxc_old_medication_name as bxc_old_medication_name,
      f.bxc_old_mechanism_of_action as bxc_old_mechanism_of_action, f.bxc_old_clinical_data as bxc_old_clinical_data,
      f.bxc_old_dosage as bxc_old_dosage, l.patient_id as patient_id, l.medication_name as medication_name,
      l.mechanism_of_action as mechanism_of_action, l.clinical_data as clinical_data, l.dosage as dosage
    from bxc_life
    cross join bxc_change_D3 as f on f.bxc_seq = bxc_life.first
    cross join bxc_change_D3 as l on l.bxc_seq = bxc_life.last
  ),
  bxc_alone as (
    select
      (f.bxc_op <> 'insert' and f.bxc_old_patient_id = 188) is true as bxc_was,
      (l.bxc_op <> 'delete' and l.patient_id = 188) is true as bxc_is, bxc_simple.linked as bxc_linked,
      f.bxc_old_patient_id as bxc_old_patient_id, f.bxc_old_medication_name as bxc_old_medication_name,
      f.bxc_old_mechanism_of_action as bxc_old_mechanism_of_action, f.bxc_old_clinical_data as bxc_old_clinical_data,
      f.bxc_old_dosage as bxc_old_dosage, l.patient_id as patient_id, l.medication_name as medication_name,
      l.mechanism_of_action as mechanism_of_action, l.clinical_data as clinical_data, l.dosage as dosage
    from bxc_simple
    cross join bxc_change_D3 as f on f.bxc_seq = bxc_simple.first
    cross join bxc_change_D3 as l on l.bxc_seq = bxc_simple.last
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
  iif(v.bxc_was, v.bxc_old_patient_id, null) as bxc_old_patient_id,
  iif(v.bxc_is, v.patient_id, null) as patient_id, iif(v.bxc_is, v.medication_name, null) as medication_name,
  iif(v.bxc_is, v.mechanism_of_action, null) as mechanism_of_action,
  iif(v.bxc_is, v.clinical_data, null) as clinical_data, iif(v.bxc_is, v.dosage, null) as dosage
from bxc_alone as v
where (v.bxc_was <> v.bxc_is or v.bxc_was and (v.bxc_old_patient_id, v.bxc_old_medication_name, v.bxc_old_mechanism_of_action, v.bxc_old_clinical_data, v.bxc_old_dosage) is not (v.patient_id, v.medication_name, v.mechanism_of_action, v.clinical_data, v.dosage))
union all
select
  'update' as bxc_op, v.bxc_old_patient_id as bxc_old_patient_id, v.patient_id as patient_id,
  v.medication_name as medication_name, v.mechanism_of_action as mechanism_of_action,
  v.clinical_data as clinical_data, v.dosage as dosage
from bxc_seen as v
where v.bxc_was and v.bxc_is and v.bxc_linked
  and (v.bxc_old_patient_id, v.bxc_old_medication_name, v.bxc_old_mechanism_of_action, v.bxc_old_clinical_data, v.bxc_old_dosage) is not (v.patient_id, v.medication_name, v.mechanism_of_action, v.clinical_data, v.dosage)
union all
select
  'delete' as bxc_op, v.bxc_old_patient_id as bxc_old_patient_id, null as patient_id, null as medication_name,
  null as mechanism_of_action, null as clinical_data, null as dosage
from bxc_left as v
where not v.bxc_old_patient_id in (select e.patient_id from bxc_entered as e)
union all
select
  'insert' as bxc_op, null as bxc_old_patient_id, v.patient_id as patient_id,
  v.medication_name as medication_name, v.mechanism_of_action as mechanism_of_action,
  v.clinical_data as clinical_data, v.dosage as dosage
from bxc_entered as v
where not v.patient_id in (select e.bxc_old_patient_id from bxc_left as e)
union all
select
  'update' as bxc_op, v.bxc_old_patient_id as bxc_old_patient_id, e.patient_id as patient_id,
  e.medication_name as medication_name, e.mechanism_of_action as mechanism_of_action,
  e.clinical_data as clinical_data, e.dosage as dosage
from bxc_left as v
join bxc_entered as e on e.patient_id = v.bxc_old_patient_id
where (v.bxc_old_patient_id, v.bxc_old_medication_name, v.bxc_old_mechanism_of_action, v.bxc_old_clinical_data, v.bxc_old_dosage) is not (e.patient_id, e.medication_name, e.mechanism_of_action, e.clinical_data, e.dosage);
