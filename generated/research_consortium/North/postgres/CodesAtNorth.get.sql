-- CodesAtNorth: the view of NorthCode
select
  s.code as code, s.title as title
from public."NorthCode" as s;
