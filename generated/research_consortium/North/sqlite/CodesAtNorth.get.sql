-- CodesAtNorth: the view of NorthCode
select
  s.code, s.title
from NorthCode as s;
