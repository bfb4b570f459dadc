-- D31: the view of D3
select
  s.patient_id as patient_id, s.medication_name as medication_name, s.clinical_data as clinical_data,
  s.dosage as dosage
from public."D3" as s
where (s.patient_id = 188);
