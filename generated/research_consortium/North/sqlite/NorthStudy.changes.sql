-- NorthStudy: the net delta of all edits in bxc_change_NorthCase; the caller deletes what it has consumed.
with recursive
  bxc_rekeyed as materialized (
    select c.*
    from bxc_change_NorthCase as c
    where c.bxc_op = 'update' and c.case_id is not c.bxc_old_case_id
  ),
  bxc_cut as materialized (
    select c.bxc_old_case_id as k1 from bxc_rekeyed as c
    union
    select c.case_id from bxc_rekeyed as c
  ),
  bxc_simple as (
    select min(bxc_seq) as first, max(bxc_seq) as last, 1 as linked, 0 as regrouped
    from (
      select c.bxc_seq, c.bxc_op, coalesce(c.bxc_old_case_id, c.case_id) as k1
      from bxc_change_NorthCase as c
      where (c.bxc_old_consent
        or c.consent)
        and (c.bxc_op <> 'update' or (c.bxc_old_case_id, c.bxc_old_age, c.bxc_old_sex, c.bxc_old_diagnosis, c.bxc_old_outcome, c.bxc_old_review, c.bxc_old_consent) is not (c.case_id, c.age, c.sex, c.diagnosis, c.outcome, c.review, c.consent))
    )
    where k1 not in (select k1 from bxc_cut)
    group by k1
  ),
  bxc_piece as materialized (
    select c.*
    from bxc_change_NorthCase as c
    where c.bxc_old_case_id in (select k1 from bxc_cut)
      or c.case_id in (select k1 from bxc_cut)
  ),
  bxc_come as materialized (
    select c.case_id as k1, c.bxc_seq,
      row_number() over (partition by c.case_id order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'insert' or c.bxc_op = 'update' and c.case_id is not c.bxc_old_case_id
  ),
  bxc_go as materialized (
    select c.bxc_old_case_id as k1, c.bxc_seq,
      row_number() over (partition by c.bxc_old_case_id order by c.bxc_seq) as number
    from bxc_piece as c
    where c.bxc_op = 'delete' or c.bxc_op = 'update' and c.case_id is not c.bxc_old_case_id
  ),
  bxc_guest as materialized (
    select k1,
      exists (select 1 from NorthCase as s where s.case_id = bxc_cut.k1)
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
    select (select min(p.bxc_seq) from bxc_piece as p where p.bxc_old_case_id = bxc_guest.k1), bxc_go.bxc_seq
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
    select bxc_chain.first, coalesce((select max(p.bxc_seq) from bxc_piece as p where p.bxc_old_case_id = c.case_id and p.case_id = c.case_id and p.bxc_seq > c.bxc_seq), c.bxc_seq), 1, 0
    from bxc_chain
    join bxc_piece as c on c.bxc_seq = bxc_chain.edit
    where bxc_chain.edit not in (select edit from bxc_hop)
  ),
  bxc_seen as materialized (
    select
      (f.bxc_op <> 'insert' and f.bxc_old_consent) is true as bxc_was,
      (l.bxc_op <> 'delete' and l.consent) is true as bxc_is, bxc_life.linked as bxc_linked,
      f.bxc_old_case_id as bxc_old_case_id, f.bxc_old_age as bxc_old_age, f.bxc_old_sex as bxc_old_sex,
      f.bxc_old_diagnosis as bxc_old_diagnosis, f.bxc_old_outcome as bxc_old_outcome,
      f.bxc_old_review as bxc_old_review, f.bxc_old_age < 18 as bxc_old_minor, l.case_id as case_id, l.age as age,
      l.sex as sex, l.diagnosis as diagnosis, l.outcome as outcome, l.review as review, l.age < 18 as minor
    from bxc_life
    cross join bxc_change_NorthCase as f on f.bxc_seq = bxc_life.first
    cross join bxc_change_NorthCase as l on l.bxc_seq = bxc_life.last
  ),
  bxc_alone as (
    select
      (f.bxc_op <> 'insert' and f.bxc_old_consent) is true as bxc_was,
      (l.bxc_op <> 'delete' and l.consent) is true as bxc_is, bxc_simple.linked as bxc_linked,
      f.bxc_old_case_id as bxc_old_case_id, f.bxc_old_age as bxc_old_age, f.bxc_old_sex as bxc_old_sex,
      f.bxc_old_diagnosis as bxc_old_diagnosis, f.bxc_old_outcome as bxc_old_outcome,
      f.bxc_old_review as bxc_old_review, f.bxc_old_age < 18 as bxc_old_minor, l.case_id as case_id, l.age as age,
      l.sex as sex, l.diagnosis as diagnosis, l.outcome as outcome, l.review as review, l.age < 18 as minor
    from bxc_simple
    cross join bxc_change_NorthCase as f on f.bxc_seq = bxc_simple.first
    cross join bxc_change_NorthCase as l on l.bxc_seq = bxc_simple.last
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
  iif(v.bxc_was, v.bxc_old_case_id, null) as bxc_old_case_id, iif(v.bxc_is, v.case_id, null) as case_id,
  iif(v.bxc_is, v.age, null) as age, iif(v.bxc_is, v.sex, null) as sex,
  iif(v.bxc_is, v.diagnosis, null) as diagnosis, iif(v.bxc_is, v.outcome, null) as outcome,
  iif(v.bxc_is, v.review, null) as review, iif(v.bxc_is, v.minor, null) as minor
from bxc_alone as v
where (v.bxc_was <> v.bxc_is or v.bxc_was and (v.bxc_old_case_id, v.bxc_old_age, v.bxc_old_sex, v.bxc_old_diagnosis, v.bxc_old_outcome, v.bxc_old_review, v.bxc_old_minor) is not (v.case_id, v.age, v.sex, v.diagnosis, v.outcome, v.review, v.minor))
union all
select
  'update' as bxc_op, v.bxc_old_case_id as bxc_old_case_id, v.case_id as case_id, v.age as age, v.sex as sex,
  v.diagnosis as diagnosis, v.outcome as outcome, v.review as review, v.minor as minor
from bxc_seen as v
where v.bxc_was and v.bxc_is and v.bxc_linked
  and (v.bxc_old_case_id, v.bxc_old_age, v.bxc_old_sex, v.bxc_old_diagnosis, v.bxc_old_outcome, v.bxc_old_review, v.bxc_old_minor) is not (v.case_id, v.age, v.sex, v.diagnosis, v.outcome, v.review, v.minor)
union all
select
  'delete' as bxc_op, v.bxc_old_case_id as bxc_old_case_id, null as case_id, null as age, null as sex,
  null as diagnosis, null as outcome, null as review, null as minor
from bxc_left as v
where not v.bxc_old_case_id in (select e.case_id from bxc_entered as e)
union all
select
  'insert' as bxc_op, null as bxc_old_case_id, v.case_id as case_id, v.age as age, v.sex as sex,
  v.diagnosis as diagnosis, v.outcome as outcome, v.review as review, v.minor as minor
from bxc_entered as v
where not v.case_id in (select e.bxc_old_case_id from bxc_left as e)
union all
select
  'update' as bxc_op, v.bxc_old_case_id as bxc_old_case_id, e.case_id as case_id, e.age as age, e.sex as sex,
  e.diagnosis as diagnosis, e.outcome as outcome, e.review as review, e.minor as minor
from bxc_left as v
join bxc_entered as e on e.case_id = v.bxc_old_case_id
where (v.bxc_old_case_id, v.bxc_old_age, v.bxc_old_sex, v.bxc_old_diagnosis, v.bxc_old_outcome, v.bxc_old_review, v.bxc_old_minor) is not (e.case_id, e.age, e.sex, e.diagnosis, e.outcome, e.review, e.minor);
