-- D32: the net delta of all edits in bxc_change_D3; the caller deletes what it has consumed.
with recursive
  several as (
    select k1
    from (
      select coalesce(c.patient_id, c.bxc_old_patient_id) as k1, c.bxc_op = 'update' and c.bxc_old_patient_id is distinct from c.patient_id as bxc_moved
      from public."bxc_change_D3" as c
      union all
      select c.bxc_old_patient_id as k1, true
      from public."bxc_change_D3" as c
      where c.bxc_op = 'update' and c.bxc_old_patient_id is distinct from c.patient_id
    ) as c
    group by k1
    having count(*) > 1 or bool_or(bxc_moved)
  ),
  edit as (
    select c.*
    from several as m
    join public."bxc_change_D3" as c on m.k1 = coalesce(c.patient_id, c.bxc_old_patient_id)
  ),
  side as (
    select 2 * c.bxc_seq as bxc_at,
      c.bxc_old_patient_id as k1, c.bxc_old_patient_id as patient_id,
      c.bxc_old_medication_name as medication_name, c.bxc_old_clinical_data as clinical_data,
      c.bxc_old_mechanism_of_action as mechanism_of_action, c.bxc_old_dosage as dosage
    from edit as c
    where c.bxc_op <> 'insert'
    union all
    select 2 * c.bxc_seq + 1,
      c.patient_id, c.patient_id, c.medication_name, c.clinical_data, c.mechanism_of_action, c.dosage
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
    select c.bxc_seq, c.bxc_old_patient_id as k1, c.patient_id as n1, c.bxc_op = 'delete' as bxc_dead
    from edit as c
    where c.bxc_op = 'delete'
      or c.bxc_op = 'update' and c.bxc_old_patient_id is distinct from c.patient_id
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
      c.bxc_old_patient_id as bxc_from_k1, c.patient_id as bxc_to_k1,
      c.bxc_old_medication_name as bxc_was_medication_name,
      c.bxc_old_mechanism_of_action as bxc_was_mechanism_of_action, c.medication_name as bxc_is_medication_name,
      c.mechanism_of_action as bxc_is_mechanism_of_action
    from public."bxc_change_D3" as c
    where not exists (
        select 1 from several as m
        where m.k1 = coalesce(c.patient_id, c.bxc_old_patient_id)
      )
    union all
    select
      (f.k1 is not null and true) as bxc_was, (l.k1 is not null and true) as bxc_is, f.k1 as bxc_from_k1,
      l.k1 as bxc_to_k1, f.medication_name as bxc_was_medication_name,
      f.mechanism_of_action as bxc_was_mechanism_of_action, l.medication_name as bxc_is_medication_name,
      l.mechanism_of_action as bxc_is_mechanism_of_action
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
    select p.bxc_was_medication_name as medication_name,
      (array_agg(cast(p.bxc_was_mechanism_of_action as text)))[1] as mechanism_of_action
    from pair as p
    where p.bxc_was
    group by p.bxc_was_medication_name
  ),
  now_edited as (
    select p.bxc_is_medication_name as medication_name,
      (array_agg(cast(p.bxc_is_mechanism_of_action as text)))[1] as mechanism_of_action
    from pair as p
    where p.bxc_is
    group by p.bxc_is_medication_name
  ),
  asked as (
    select medication_name from was_edited as w where not exists (select 1 from now_edited as n where w.medication_name = n.medication_name)
    union all
    select medication_name from now_edited as n where not exists (select 1 from was_edited as w where w.medication_name = n.medication_name)
  ),
  untouched as (
    select s.medication_name as medication_name,
      (array_agg(cast(s.mechanism_of_action as text)))[1] as mechanism_of_action
    from asked as t
    join public."D3" as s on s.medication_name = t.medication_name
    where not exists (select 1 from pair as p where p.bxc_to_k1 = s.patient_id)
    group by s.medication_name
  ),
  was as (
    select * from was_edited
    union all
    select * from untouched as u where not exists (select 1 from was_edited as e where u.medication_name = e.medication_name)
  ),
  now as (
    select * from now_edited
    union all
    select * from untouched as u where not exists (select 1 from now_edited as e where u.medication_name = e.medication_name)
  ),
  otherwise as (
    select c.bxc_old_patient_id as k1, c.patient_id as n1
    from public."bxc_change_D3" as c
    where c.bxc_op = 'update' and c.bxc_via is distinct from 'D32'
      and c.bxc_old_medication_name is distinct from c.medication_name
  ),
  moved as (
    select distinct p.bxc_was_medication_name as bxc_old_medication_name, p.bxc_is_medication_name as medication_name
    from pair as p
    where p.bxc_was and p.bxc_is and p.bxc_was_medication_name is distinct from p.bxc_is_medication_name
      and not exists (
        select 1 from now as g
        where g.medication_name = p.bxc_was_medication_name
      )
      and not exists (
        select 1 from was as h
        where h.medication_name = p.bxc_is_medication_name
      )
      and not exists (select 1 from otherwise as o where o.k1 = p.bxc_from_k1)
      and not exists (select 1 from otherwise as x where x.n1 = p.bxc_to_k1)
  ),
  renamed as (
    select bxc_old_medication_name, medication_name
    from (
      select m.*, count(*) over (partition by medication_name) as bxc_into,
        count(*) over (partition by bxc_old_medication_name) as bxc_from
      from moved as m
    ) as m
    where bxc_into = 1 and bxc_from = 1
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
where (w.medication_name is null or n.medication_name is null
  or (w.medication_name is distinct from n.medication_name or
  w.mechanism_of_action is distinct from n.mechanism_of_action))
  and not exists (select 1 from renamed as r where r.bxc_old_medication_name = w.medication_name or r.medication_name = n.medication_name);
