-- StudyOfNorth: the view of StudyCase
select
  s.case_id as case_id, s.age as age, s.sex as sex, s.diagnosis as diagnosis, s.outcome as outcome,
  s.review as review, (s.age < 18) as minor
from public."StudyCase" as s
where (s.site = 'north');
