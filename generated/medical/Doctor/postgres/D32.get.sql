-- D32: the view of D3
select distinct
  s.medication_name as medication_name, s.mechanism_of_action as mechanism_of_action
from public."D3" as s;
