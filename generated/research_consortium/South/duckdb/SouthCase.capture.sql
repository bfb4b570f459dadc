-- SouthCase: appends to bxc_change_SouthCase the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_SouthCase as
select
  j.case_id, j.name, j.age, j.sex, j.diagnosis, j.outcome, j.review, j.consent
from (
  select case_id, name, age, sex, diagnosis, outcome, review, consent, bxc_old_case_id, bxc_put
  from bxc_journal_SouthCase
  where case_id is not null
  qualify row_number() over (partition by case_id order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_SouthCase as l where l.bxc_put > j.bxc_put and l.bxc_old_case_id = j.case_id);

delete from bxc_state_SouthCase using (
    select bxc_old_case_id as case_id from bxc_journal_SouthCase
    union
    select case_id from bxc_journal_SouthCase
  ) as t
where bxc_state_SouthCase.case_id = t.case_id;

insert into bxc_state_SouthCase (
  case_id, name, age, sex, diagnosis, outcome, review, consent
)
select
  case_id, name, age, sex, diagnosis, outcome, review, consent
from bxc_outside_SouthCase;

delete from bxc_journal_SouthCase;

-- what differs now was done by others
create or replace temp table bxc_outside_SouthCase as
select
  case when o.case_id is null then 'insert' when n.case_id is null then 'delete' else 'update' end as bxc_op,
  o.case_id as bxc_old_case_id, o.name as bxc_old_name, o.age as bxc_old_age, o.sex as bxc_old_sex,
  o.diagnosis as bxc_old_diagnosis, o.outcome as bxc_old_outcome, o.review as bxc_old_review,
  o.consent as bxc_old_consent, n.case_id as case_id, n.name as name, n.age as age, n.sex as sex,
  n.diagnosis as diagnosis, n.outcome as outcome, n.review as review, n.consent as consent
from bxc_state_SouthCase as o
full join SouthCase as n on o.case_id = n.case_id
where o.case_id is null or n.case_id is null
  or (o.case_id is distinct from n.case_id or o.name is distinct from n.name or o.age is distinct from n.age or
  o.sex is distinct from n.sex or o.diagnosis is distinct from n.diagnosis or
  o.outcome is distinct from n.outcome or o.review is distinct from n.review or
  o.consent is distinct from n.consent);

insert into bxc_change_SouthCase (
  bxc_op, bxc_old_case_id, bxc_old_name, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
  bxc_old_review, bxc_old_consent, case_id, name, age, sex, diagnosis, outcome, review, consent
)
select
  bxc_op, bxc_old_case_id, bxc_old_name, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
  bxc_old_review, bxc_old_consent, case_id, name, age, sex, diagnosis, outcome, review, consent
from bxc_outside_SouthCase;

delete from bxc_state_SouthCase using bxc_outside_SouthCase as d where bxc_state_SouthCase.case_id = d.bxc_old_case_id;

insert into bxc_state_SouthCase (
  case_id, name, age, sex, diagnosis, outcome, review, consent
)
select
  case_id, name, age, sex, diagnosis, outcome, review, consent
from bxc_outside_SouthCase
where bxc_op <> 'delete';

drop table bxc_outside_SouthCase;
