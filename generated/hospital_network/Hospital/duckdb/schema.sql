-- hospital_network version 1: the sources of Hospital in DuckDB.
-- Install once, before the views; running it again changes nothing.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- This peer's rights in its shares; attribute is '' for insert and delete.
create table if not exists bxc_rights (
  share varchar not null,
  operation varchar not null check (operation in ('update', 'insert', 'delete')),
  attribute varchar not null,
  granted boolean not null,
  primary key (share, operation, attribute)
);

insert into bxc_rights values
  ('lab', 'update', 'patient_id', false),
  ('lab', 'update', 'order_no', false),
  ('lab', 'update', 'ordered', true),
  ('lab', 'update', 'analyte', true),
  ('lab', 'update', 'status', false),
  ('lab', 'update', 'result', false),
  ('lab', 'update', 'unit', false),
  ('lab', 'insert', '', true),
  ('lab', 'delete', '', true),
  ('pharmacy', 'update', 'rx', false),
  ('pharmacy', 'update', 'drug', true),
  ('pharmacy', 'update', 'quantity', true),
  ('pharmacy', 'update', 'dispensed', false),
  ('pharmacy', 'update', 'unit_price', false),
  ('pharmacy', 'update', 'outstanding', false),
  ('pharmacy', 'insert', '', true),
  ('pharmacy', 'delete', '', true)
on conflict do nothing;

-- Patient: rows, captured edits, and the rows as last captured
create table if not exists Patient (
  patient_id bigint not null,
  name varchar not null check (not contains(name, chr(0))),
  born date not null check (born between date '0001-01-01' and date '9999-12-31'),
  ward varchar not null check (ward in ('medicine', 'surgery', 'maternity', 'day clinic')),
  primary key (patient_id)
);

create sequence if not exists bxc_seq_Patient;

create table if not exists bxc_change_Patient (
  bxc_seq bigint not null default nextval('bxc_seq_Patient'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_patient_id bigint, bxc_old_name varchar,
  bxc_old_born date, bxc_old_ward varchar, patient_id bigint, name varchar, born date, ward varchar
);

create table if not exists bxc_state_Patient as select * from Patient;

create table if not exists bxc_journal_Patient (
  bxc_put bigint, bxc_old_patient_id bigint, patient_id bigint, name varchar, born date, ward varchar
);

-- LabOrder: rows, captured edits, and the rows as last captured
create table if not exists LabOrder (
  patient_id bigint not null,
  order_no bigint not null,
  ordered date not null check (ordered between date '0001-01-01' and date '9999-12-31'),
  analyte varchar not null check (length(analyte) <= 40 and not contains(analyte, chr(0))),
  status varchar not null default 'ordered' check (status in ('ordered', 'done', 'rejected')),
  result decimal(12, 4),
  unit varchar check (length(unit) <= 12 and not contains(unit, chr(0))),
  note varchar check (not contains(note, chr(0))),
  primary key (patient_id, order_no),
  constraint has_unit check (result is null or unit is not null),
  constraint has_result check (status <> 'done' or result is not null)
);

create sequence if not exists bxc_seq_LabOrder;

create table if not exists bxc_change_LabOrder (
  bxc_seq bigint not null default nextval('bxc_seq_LabOrder'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_patient_id bigint, bxc_old_order_no bigint,
  bxc_old_ordered date, bxc_old_analyte varchar, bxc_old_status varchar, bxc_old_result decimal(12, 4),
  bxc_old_unit varchar, bxc_old_note varchar, patient_id bigint, order_no bigint, ordered date,
  analyte varchar, status varchar, result decimal(12, 4), unit varchar, note varchar
);

create table if not exists bxc_state_LabOrder as select * from LabOrder;

create table if not exists bxc_journal_LabOrder (
  bxc_put bigint, bxc_old_patient_id bigint, bxc_old_order_no bigint, patient_id bigint, order_no bigint,
  ordered date, analyte varchar, status varchar, result decimal(12, 4), unit varchar, note varchar
);

-- Prescription: rows, captured edits, and the rows as last captured
create table if not exists Prescription (
  rx uuid not null,
  patient_id bigint not null,
  drug varchar not null check (length(drug) <= 60 and not contains(drug, chr(0))),
  quantity bigint not null,
  dispensed bigint not null default 0,
  unit_price decimal(8, 2),
  prescriber varchar not null check (not contains(prescriber, chr(0))),
  released boolean not null default false,
  primary key (rx),
  constraint amounts check (quantity >= 1 and quantity <= 1000 and dispensed >= 0 and dispensed <= 1000)
);

create sequence if not exists bxc_seq_Prescription;

create table if not exists bxc_change_Prescription (
  bxc_seq bigint not null default nextval('bxc_seq_Prescription'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_rx uuid, bxc_old_patient_id bigint, bxc_old_drug varchar,
  bxc_old_quantity bigint, bxc_old_dispensed bigint, bxc_old_unit_price decimal(8, 2),
  bxc_old_prescriber varchar, bxc_old_released boolean, rx uuid, patient_id bigint, drug varchar,
  quantity bigint, dispensed bigint, unit_price decimal(8, 2), prescriber varchar, released boolean
);

create table if not exists bxc_state_Prescription as select * from Prescription;

create table if not exists bxc_journal_Prescription (
  bxc_put bigint, bxc_old_rx uuid, rx uuid, patient_id bigint, drug varchar, quantity bigint,
  dispensed bigint, unit_price decimal(8, 2), prescriber varchar, released boolean
);

-- rows of Patient that break the spec
create view if not exists bxc_violations_Patient (
  bxc_code, bxc_constraint, patient_id, bxc_detail
) as
select 'BXC16', 'patient_id not null', s.patient_id, 'patient_id is NULL'
from Patient as s
where s.patient_id is null
union all
select 'BXC16', 'name not null', s.patient_id, 'name is NULL'
from Patient as s
where s.name is null
union all
select 'BXC16', 'name text', s.patient_id, 'name is no text'
from Patient as s
where not (not contains(s.name, chr(0)))
union all
select 'BXC16', 'born not null', s.patient_id, 'born is NULL'
from Patient as s
where s.born is null
union all
select 'BXC16', 'born date', s.patient_id, 'born is no date'
from Patient as s
where not (s.born between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'ward not null', s.patient_id, 'ward is NULL'
from Patient as s
where s.ward is null
union all
select 'BXC16', 'ward enum(''medicine'', ''surgery'', ''maternity'', ''day clinic'')', s.patient_id,
  'ward is no enum(''medicine'', ''surgery'', ''maternity'', ''day clinic'')'
from Patient as s
where not (s.ward in ('medicine', 'surgery', 'maternity', 'day clinic'))
union all
select 'BXC17', 'primary key (patient_id)', s.patient_id, 'another row of Patient has the same patient_id'
from Patient as s
where (s.patient_id) in (
  select patient_id
  from Patient
  where not (patient_id is null)
  group by patient_id
  having count(*) > 1
);

-- rows of LabOrder that break the spec
create view if not exists bxc_violations_LabOrder (
  bxc_code, bxc_constraint, patient_id, order_no, bxc_detail
) as
select 'BXC16', 'patient_id not null', s.patient_id, s.order_no, 'patient_id is NULL'
from LabOrder as s
where s.patient_id is null
union all
select 'BXC16', 'order_no not null', s.patient_id, s.order_no, 'order_no is NULL'
from LabOrder as s
where s.order_no is null
union all
select 'BXC16', 'ordered not null', s.patient_id, s.order_no, 'ordered is NULL'
from LabOrder as s
where s.ordered is null
union all
select 'BXC16', 'ordered date', s.patient_id, s.order_no, 'ordered is no date'
from LabOrder as s
where not (s.ordered between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'analyte not null', s.patient_id, s.order_no, 'analyte is NULL'
from LabOrder as s
where s.analyte is null
union all
select 'BXC16', 'analyte varchar(40)', s.patient_id, s.order_no, 'analyte is no varchar(40)'
from LabOrder as s
where not (length(s.analyte) <= 40 and not contains(s.analyte, chr(0)))
union all
select 'BXC16', 'status not null', s.patient_id, s.order_no, 'status is NULL'
from LabOrder as s
where s.status is null
union all
select 'BXC16', 'status enum(''ordered'', ''done'', ''rejected'')', s.patient_id, s.order_no,
  'status is no enum(''ordered'', ''done'', ''rejected'')'
from LabOrder as s
where not (s.status in ('ordered', 'done', 'rejected'))
union all
select 'BXC16', 'unit varchar(12)', s.patient_id, s.order_no, 'unit is no varchar(12)'
from LabOrder as s
where not (length(s.unit) <= 12 and not contains(s.unit, chr(0)))
union all
select 'BXC16', 'note text', s.patient_id, s.order_no, 'note is no text'
from LabOrder as s
where not (not contains(s.note, chr(0)))
union all
select 'BXC17', 'check has_unit', s.patient_id, s.order_no, 'check has_unit is false'
from LabOrder as s
where not (s.result is null or s.unit is not null)
union all
select 'BXC17', 'check has_result', s.patient_id, s.order_no, 'check has_result is false'
from LabOrder as s
where not (s.status <> 'done' or s.result is not null)
union all
select 'BXC17', 'primary key (patient_id, order_no)', s.patient_id, s.order_no,
  'another row of LabOrder has the same patient_id, order_no'
from LabOrder as s
where (s.patient_id, s.order_no) in (
  select patient_id, order_no
  from LabOrder
  where not (patient_id is null or order_no is null)
  group by patient_id, order_no
  having count(*) > 1
)
union all
select 'BXC17', 'patient_id references Patient(patient_id)', s.patient_id, s.order_no,
  'no row of Patient for patient_id'
from LabOrder as s
where s.patient_id is not null and not exists (select 1 from Patient as t where t.patient_id = s.patient_id);

-- rows of Prescription that break the spec
create view if not exists bxc_violations_Prescription (
  bxc_code, bxc_constraint, rx, bxc_detail
) as
select 'BXC16', 'rx not null', s.rx, 'rx is NULL'
from Prescription as s
where s.rx is null
union all
select 'BXC16', 'patient_id not null', s.rx, 'patient_id is NULL'
from Prescription as s
where s.patient_id is null
union all
select 'BXC16', 'drug not null', s.rx, 'drug is NULL'
from Prescription as s
where s.drug is null
union all
select 'BXC16', 'drug varchar(60)', s.rx, 'drug is no varchar(60)'
from Prescription as s
where not (length(s.drug) <= 60 and not contains(s.drug, chr(0)))
union all
select 'BXC16', 'quantity not null', s.rx, 'quantity is NULL'
from Prescription as s
where s.quantity is null
union all
select 'BXC16', 'dispensed not null', s.rx, 'dispensed is NULL'
from Prescription as s
where s.dispensed is null
union all
select 'BXC16', 'prescriber not null', s.rx, 'prescriber is NULL'
from Prescription as s
where s.prescriber is null
union all
select 'BXC16', 'prescriber text', s.rx, 'prescriber is no text'
from Prescription as s
where not (not contains(s.prescriber, chr(0)))
union all
select 'BXC16', 'released not null', s.rx, 'released is NULL'
from Prescription as s
where s.released is null
union all
select 'BXC17', 'check amounts', s.rx, 'check amounts is false'
from Prescription as s
where not (s.quantity >= 1 and s.quantity <= 1000 and s.dispensed >= 0 and s.dispensed <= 1000)
union all
select 'BXC17', 'primary key (rx)', s.rx, 'another row of Prescription has the same rx'
from Prescription as s
where (s.rx) in (
  select rx
  from Prescription
  where not (rx is null)
  group by rx
  having count(*) > 1
)
union all
select 'BXC17', 'patient_id references Patient(patient_id)', s.rx, 'no row of Patient for patient_id'
from Prescription as s
where s.patient_id is not null and not exists (select 1 from Patient as t where t.patient_id = s.patient_id);
