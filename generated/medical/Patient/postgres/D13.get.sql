-- D13: the view of D1
select
  s.patient_id as patient_id, s.medication_name as medication_name, s.clinical_data as clinical_data,
  s.dosage as dosage
from public."D1" as s
where (s.patient_id = 188);
