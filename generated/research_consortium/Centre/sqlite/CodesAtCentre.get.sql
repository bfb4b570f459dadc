-- CodesAtCentre: the view of Code
select
  s.code, s.title
from Code as s;
