-- D23: the view of D2
select
  s.medication_name, s.mechanism_of_action
from D2 as s
where s.shared = 1;
