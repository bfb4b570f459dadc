-- D13: the view of D1
select
  s.patient_id, s.medication_name, s.mechanism_of_action, s.clinical_data, s.dosage
from D1 as s
where s.patient_id = 188;
