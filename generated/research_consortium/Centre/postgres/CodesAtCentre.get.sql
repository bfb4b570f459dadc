-- CodesAtCentre: the view of Code
select
  s.code as code, s.title as title
from public."Code" as s;
