-- NorthStudy: the view of NorthCase
select
  s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.age < 18 as minor
from NorthCase as s
where s.consent;
