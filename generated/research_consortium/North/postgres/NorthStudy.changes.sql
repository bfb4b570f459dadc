-- NorthStudy: the net delta of all edits in bxc_change_NorthCase; the caller deletes what it has consumed.
with recursive
  several as (
    select k1
    from (
      select coalesce(c.case_id, c.bxc_old_case_id) as k1, c.bxc_op = 'update' and c.bxc_old_case_id is distinct from c.case_id as bxc_moved
      from public."bxc_change_NorthCase" as c
      union all
      select c.bxc_old_case_id as k1, true
      from public."bxc_change_NorthCase" as c
      where c.bxc_op = 'update' and c.bxc_old_case_id is distinct from c.case_id
    ) as c
    group by k1
    having count(*) > 1 or bool_or(bxc_moved)
  ),
  edit as (
    select c.*
    from several as m
    join public."bxc_change_NorthCase" as c on m.k1 = coalesce(c.case_id, c.bxc_old_case_id)
  ),
  side as (
    select 2 * c.bxc_seq as bxc_at,
      c.bxc_old_case_id as k1, c.bxc_old_case_id as case_id, c.bxc_old_mrn as mrn, c.bxc_old_name as name,
      c.bxc_old_born as born, c.bxc_old_age as age, c.bxc_old_sex as sex, c.bxc_old_diagnosis as diagnosis,
      c.bxc_old_outcome as outcome, c.bxc_old_review as review, c.bxc_old_consent as consent
    from edit as c
    where c.bxc_op <> 'insert'
    union all
    select 2 * c.bxc_seq + 1,
      c.case_id, c.case_id, c.mrn, c.name, c.born, c.age, c.sex, c.diagnosis, c.outcome, c.review, c.consent
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
    select c.bxc_seq, c.bxc_old_case_id as k1, c.case_id as n1, c.bxc_op = 'delete' as bxc_dead
    from edit as c
    where c.bxc_op = 'delete'
      or c.bxc_op = 'update' and c.bxc_old_case_id is distinct from c.case_id
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
      (c.bxc_op <> 'insert' and (c.bxc_old_consent) is true) as bxc_was,
      (c.bxc_op <> 'delete' and (c.consent) is true) as bxc_is, c.bxc_old_case_id as bxc_from_k1,
      c.case_id as bxc_to_k1, c.bxc_old_case_id as bxc_was_case_id, c.bxc_old_age as bxc_was_age,
      c.bxc_old_sex as bxc_was_sex, c.bxc_old_diagnosis as bxc_was_diagnosis,
      c.bxc_old_outcome as bxc_was_outcome, c.bxc_old_review as bxc_was_review,
      (c.bxc_old_age < 18) as bxc_was_minor, c.case_id as bxc_is_case_id, c.age as bxc_is_age,
      c.sex as bxc_is_sex, c.diagnosis as bxc_is_diagnosis, c.outcome as bxc_is_outcome,
      c.review as bxc_is_review, (c.age < 18) as bxc_is_minor
    from public."bxc_change_NorthCase" as c
    where not exists (
        select 1 from several as m
        where m.k1 = coalesce(c.case_id, c.bxc_old_case_id)
      )
    union all
    select
      (f.k1 is not null and (f.consent) is true) as bxc_was,
      (l.k1 is not null and (l.consent) is true) as bxc_is, f.k1 as bxc_from_k1, l.k1 as bxc_to_k1,
      f.case_id as bxc_was_case_id, f.age as bxc_was_age, f.sex as bxc_was_sex, f.diagnosis as bxc_was_diagnosis,
      f.outcome as bxc_was_outcome, f.review as bxc_was_review, (f.age < 18) as bxc_was_minor,
      l.case_id as bxc_is_case_id, l.age as bxc_is_age, l.sex as bxc_is_sex, l.diagnosis as bxc_is_diagnosis,
      l.outcome as bxc_is_outcome, l.review as bxc_is_review, (l.age < 18) as bxc_is_minor
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
select 'update' as bxc_op, p.bxc_was_case_id as bxc_old_case_id, p.bxc_is_case_id as case_id, p.bxc_is_age as age,
  p.bxc_is_sex as sex, p.bxc_is_diagnosis as diagnosis, p.bxc_is_outcome as outcome,
  p.bxc_is_review as review, p.bxc_is_minor as minor
from pair as p
where p.bxc_was and p.bxc_is and (p.bxc_was_case_id is distinct from p.bxc_is_case_id or p.bxc_was_age is distinct from p.bxc_is_age or
  p.bxc_was_sex is distinct from p.bxc_is_sex or p.bxc_was_diagnosis is distinct from p.bxc_is_diagnosis or
  p.bxc_was_outcome is distinct from p.bxc_is_outcome or p.bxc_was_review is distinct from p.bxc_is_review or
  p.bxc_was_minor is distinct from p.bxc_is_minor)
union all
select case when g.bxc_was is null then 'insert' when c.bxc_is is null then 'delete' else 'update' end as bxc_op,
  g.bxc_was_case_id as bxc_old_case_id, c.bxc_is_case_id as case_id, c.bxc_is_age as age,
  c.bxc_is_sex as sex, c.bxc_is_diagnosis as diagnosis, c.bxc_is_outcome as outcome,
  c.bxc_is_review as review, c.bxc_is_minor as minor
from gone as g
full join come as c on g.bxc_was_case_id = c.bxc_is_case_id
where g.bxc_was is null or c.bxc_is is null
  or (g.bxc_was_case_id is distinct from c.bxc_is_case_id or g.bxc_was_age is distinct from c.bxc_is_age or
  g.bxc_was_sex is distinct from c.bxc_is_sex or g.bxc_was_diagnosis is distinct from c.bxc_is_diagnosis or
  g.bxc_was_outcome is distinct from c.bxc_is_outcome or g.bxc_was_review is distinct from c.bxc_is_review or
  g.bxc_was_minor is distinct from c.bxc_is_minor);
