-- D32: the net delta of all edits in bxc_change_D3; the caller deletes what it has consumed.
-- Run D3.capture.sql first, in the same transaction.
with recursive
  side as (
    select c.bxc_seq, 0 as bxc_side,
      c.bxc_old_patient_id as k1, c.bxc_old_patient_id as patient_id,
      c.bxc_old_medication_name as medication_name, c.bxc_old_clinical_data as clinical_data,
      c.bxc_old_mechanism_of_action as mechanism_of_action, c.bxc_old_dosage as dosage
    from bxc_change_D3 as c
    where c.bxc_op <> 'insert'
    union all
    select c.bxc_seq, 1,
      c.patient_id, c.patient_id, c.medication_name, c.clinical_data, c.mechanism_of_action, c.dosage
    from bxc_change_D3 as c
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
    select c.bxc_seq, c.bxc_old_patient_id as k1, c.patient_id as n1, c.bxc_op = 'delete' as bxc_dead
    from bxc_change_D3 as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and c.bxc_old_patient_id is distinct from c.patient_id
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
      l.k1 as bxc_to_k1, f.medication_name as bxc_was_medication_name,
      f.mechanism_of_action as bxc_was_mechanism_of_action, l.medication_name as bxc_is_medication_name,
      l.mechanism_of_action as bxc_is_mechanism_of_action
    from (
      select f.*, case when l.a1 is not null then l.n1 when not exists (select 1 from depart as d where d.k1 = f.k1) then f.k1 end as n1
      from first as f
      left join link as l on l.a1 = f.k1
    ) as f
    full join last as l on l.k1 = f.n1
  ),
  touched as (
    select p.bxc_was_medication_name as medication_name from pair as p where p.bxc_was
    union
    select p.bxc_is_medication_name from pair as p where p.bxc_is
  ),
  now_row as (
    select s.medication_name as medication_name, s.mechanism_of_action as mechanism_of_action,
      exists (select 1 from pair as p where p.bxc_to_k1 = s.patient_id) as bxc_edited
    from D3 as s
    semi join touched as t on s.medication_name = t.medication_name
    where true
  ),
  now as (
    select medication_name, mechanism_of_action from now_row
    qualify row_number() over (partition by medication_name) = 1
  ),
  was_row as (
    select p.bxc_was_medication_name as medication_name, p.bxc_was_mechanism_of_action as mechanism_of_action from pair as p where p.bxc_was
    union all
    select medication_name, mechanism_of_action from now_row where not bxc_edited
  ),
  was as (
    select medication_name, mechanism_of_action from was_row
    qualify row_number() over (partition by medication_name) = 1
  ),
  moved as (
    select distinct p.bxc_was_medication_name as bxc_old_medication_name, p.bxc_is_medication_name as medication_name
    from pair as p
    where p.bxc_was and p.bxc_is and p.bxc_was_medication_name is distinct from p.bxc_is_medication_name
      and not exists (select 1 from now as x where x.medication_name = p.bxc_was_medication_name)
      and not exists (select 1 from was as x where x.medication_name = p.bxc_is_medication_name)
      and not exists (
        select 1 from bxc_change_D3 as c
        where c.bxc_op = 'update' and c.bxc_old_medication_name is distinct from c.medication_name
          and c.bxc_via is distinct from 'D32' and (c.bxc_old_patient_id = p.bxc_from_k1 or c.patient_id = p.bxc_to_k1)
      )
  ),
  renamed as (
    select * from moved
    qualify count(*) over (partition by medication_name) = 1 and count(*) over (partition by bxc_old_medication_name) = 1
  )
select 'update' as bxc_op, r.bxc_old_medication_name as bxc_old_medication_name,
  n.medication_name as medication_name, n.mechanism_of_action as mechanism_of_action
from renamed as r
join now as n on n.medication_name = r.medication_name
union all
select case when w.medication_name is null then 'insert' when n.medication_name is null then 'delete' else 'update' end as bxc_op,
  w.medication_name as bxc_old_medication_name, n.medication_name as medication_name,
  n.mechanism_of_action as mechanism_of_action
from was as w
full join now as n on w.medication_name = n.medication_name
where (w.medication_name is null or n.medication_name is null or (w.medication_name is distinct from n.medication_name or
  w.mechanism_of_action is distinct from n.mechanism_of_action))
  and not exists (select 1 from renamed as r where r.bxc_old_medication_name = w.medication_name or r.medication_name = n.medication_name);
