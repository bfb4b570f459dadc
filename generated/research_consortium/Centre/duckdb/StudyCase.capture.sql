-- StudyCase: appends to bxc_change_StudyCase the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_StudyCase as
select
  j.site, j.case_id, j.age, j.sex, j.diagnosis, j.outcome, j.review, j.weight
from (
  select site, case_id, age, sex, diagnosis, outcome, review, weight, bxc_old_site, bxc_old_case_id, bxc_put
  from bxc_journal_StudyCase
  where site is not null
  qualify row_number() over (partition by site, case_id order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_StudyCase as l where l.bxc_put > j.bxc_put and l.bxc_old_site = j.site and l.bxc_old_case_id = j.case_id);

delete from bxc_state_StudyCase using (
    select bxc_old_site as site, bxc_old_case_id as case_id from bxc_journal_StudyCase
    union
    select site, case_id from bxc_journal_StudyCase
  ) as t
where bxc_state_StudyCase.site = t.site and bxc_state_StudyCase.case_id = t.case_id;

insert into bxc_state_StudyCase (
  site, case_id, age, sex, diagnosis, outcome, review, weight
)
select
  site, case_id, age, sex, diagnosis, outcome, review, weight
from bxc_outside_StudyCase;

delete from bxc_journal_StudyCase;

-- what differs now was done by others
create or replace temp table bxc_outside_StudyCase as
select
  case when o.site is null then 'insert' when n.site is null then 'delete' else 'update' end as bxc_op,
  o.site as bxc_old_site, o.case_id as bxc_old_case_id, o.age as bxc_old_age, o.sex as bxc_old_sex,
  o.diagnosis as bxc_old_diagnosis, o.outcome as bxc_old_outcome, o.review as bxc_old_review,
  o.weight as bxc_old_weight, n.site as site, n.case_id as case_id, n.age as age, n.sex as sex,
  n.diagnosis as diagnosis, n.outcome as outcome, n.review as review, n.weight as weight
from bxc_state_StudyCase as o
full join StudyCase as n on o.site = n.site and o.case_id = n.case_id
where o.site is null or n.site is null
  or (o.site is distinct from n.site or o.case_id is distinct from n.case_id or o.age is distinct from n.age or
  o.sex is distinct from n.sex or o.diagnosis is distinct from n.diagnosis or
  o.outcome is distinct from n.outcome or o.review is distinct from n.review or
  o.weight is distinct from n.weight);

insert into bxc_change_StudyCase (
  bxc_op, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
  bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review, weight
)
select
  bxc_op, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
  bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review, weight
from bxc_outside_StudyCase;

delete from bxc_state_StudyCase using bxc_outside_StudyCase as d where bxc_state_StudyCase.site = d.bxc_old_site and bxc_state_StudyCase.case_id = d.bxc_old_case_id;

insert into bxc_state_StudyCase (
  site, case_id, age, sex, diagnosis, outcome, review, weight
)
select
  site, case_id, age, sex, diagnosis, outcome, review, weight
from bxc_outside_StudyCase
where bxc_op <> 'delete';

drop table bxc_outside_StudyCase;
