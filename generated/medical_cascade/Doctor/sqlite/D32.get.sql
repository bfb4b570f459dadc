-- D32: the view of D3
select distinct
  s.medication_name, s.mechanism_of_action
from D3 as s;
