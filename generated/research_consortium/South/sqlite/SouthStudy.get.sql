-- SouthStudy: the view of SouthCase
select
  s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.age < 18 as minor
from SouthCase as s
where s.consent;
