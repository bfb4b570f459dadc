-- CodesAtSouth: the view of SouthCode
select
  s.code, s.title
from SouthCode as s;
