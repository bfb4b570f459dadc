-- D23: the view of D2
select
  s.medication_name as medication_name, s.mechanism_of_action as mechanism_of_action
from public."D2" as s
where (s.shared = true);
