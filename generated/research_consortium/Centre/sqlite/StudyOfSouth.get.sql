-- StudyOfSouth: the view of StudyCase
select
  s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.age < 18 as minor
from StudyCase as s
where s.site = 'south';
