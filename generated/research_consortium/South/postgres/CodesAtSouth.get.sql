-- CodesAtSouth: the view of SouthCode
select
  s.code as code, s.title as title
from public."SouthCode" as s;
