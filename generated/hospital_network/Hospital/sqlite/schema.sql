-- hospital_network version 1: the sources of Hospital in SQLite.
-- Install once, before the views; running it again changes nothing.
-- Open connections with `pragma foreign_keys = on`, and with `pragma recursive_triggers = on` where edits
-- say `insert or replace`: SQLite hides the replaced row from triggers otherwise.

-- One row: what is going on. A put sets and resets it in its own statement.
create table if not exists bxc_session (
  id integer primary key check (id = 1),
  putting text,                       -- the view whose put is running
  uncaptured text,                    -- the source whose edits the put has captured itself
  mark integer not null default 0,    -- the last edit captured before the put
  careful integer,                    -- 1: rows move, so all of the put is judged before anything changes
  moved integer not null default 0,   -- the last edit captured before those rows move
  written integer not null default 0, -- how many source rows the put has written by itself
  loading integer not null default 0  -- 1: no right is asked for; whoever sets it resets it in the same transaction
) strict;

insert or ignore into bxc_session (id) values (1);

-- This peer's rights in its shares; attribute is '' for insert and delete.
create table if not exists bxc_rights (
  share text not null,
  operation text not null check (operation in ('update', 'insert', 'delete')),
  attribute text not null,
  granted integer not null check (granted in (0, 1)),
  primary key (share, operation, attribute)
) strict, without rowid;

insert or ignore into bxc_rights (share, operation, attribute, granted) values
  ('lab', 'update', 'patient_id', 0),
  ('lab', 'update', 'order_no', 0),
  ('lab', 'update', 'ordered', 1),
  ('lab', 'update', 'analyte', 1),
  ('lab', 'update', 'status', 0),
  ('lab', 'update', 'result', 0),
  ('lab', 'update', 'unit', 0),
  ('lab', 'insert', '', 1),
  ('lab', 'delete', '', 1),
  ('pharmacy', 'update', 'rx', 0),
  ('pharmacy', 'update', 'drug', 1),
  ('pharmacy', 'update', 'quantity', 1),
  ('pharmacy', 'update', 'dispensed', 0),
  ('pharmacy', 'update', 'unit_price', 0),
  ('pharmacy', 'update', 'outstanding', 0),
  ('pharmacy', 'insert', '', 1),
  ('pharmacy', 'delete', '', 1);

-- Patient: rows, captured edits, and rows that break the spec

create table if not exists Patient (
  patient_id integer primary key,
  name text not null check ((instr(cast(name as blob), x'00') = 0 or instr(name, char(0)) = 0)),
  born text not null check (born glob '????-??-??' and born is date(born, '+0 days') and born >= '0001'),
  ward text not null check (ward in ('medicine', 'surgery', 'maternity', 'day clinic'))
) strict;

create table if not exists bxc_change_Patient (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_patient_id integer, bxc_old_name text,
  bxc_old_born text, bxc_old_ward text, patient_id integer, name text, born text, ward text
) strict;

create view if not exists bxc_violations_Patient (bxc_code, bxc_constraint, patient_id, bxc_detail) as
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
where not ((instr(cast(s.name as blob), x'00') = 0 or instr(s.name, char(0)) = 0))
union all
select 'BXC16', 'born not null', s.patient_id, 'born is NULL'
from Patient as s
where s.born is null
union all
select 'BXC16', 'born date', s.patient_id, 'born is no date'
from Patient as s
where not (s.born glob '????-??-??' and s.born is date(s.born, '+0 days') and s.born >= '0001')
union all
select 'BXC16', 'ward not null', s.patient_id, 'ward is NULL'
from Patient as s
where s.ward is null
union all
select 'BXC16', 'ward enum(''medicine'', ''surgery'', ''maternity'', ''day clinic'')', s.patient_id, 'ward is no enum(''medicine'', ''surgery'', ''maternity'', ''day clinic'')'
from Patient as s
where not (s.ward in ('medicine', 'surgery', 'maternity', 'day clinic'))
union all
select 'BXC17', 'primary key (patient_id)', s.patient_id, 'another row of Patient has the same patient_id'
from Patient as s
where s.patient_id in (select patient_id from Patient where patient_id is not null group by patient_id having count(*) > 1);

-- LabOrder: rows, captured edits, and rows that break the spec

create table if not exists LabOrder (
  patient_id integer not null,
  order_no integer not null,
  ordered text not null check (ordered glob '????-??-??' and ordered is date(ordered, '+0 days') and ordered >= '0001'),
  analyte text not null check (length(analyte) <= 40 and (instr(cast(analyte as blob), x'00') = 0 or instr(analyte, char(0)) = 0)),
  status text not null default 'ordered' check (status in ('ordered', 'done', 'rejected')),
  result integer /* decimal(12,4) */ check (result between -999999999999 and 999999999999),
  unit text check (length(unit) <= 12 and (instr(cast(unit as blob), x'00') = 0 or instr(unit, char(0)) = 0)),
  note text check ((instr(cast(note as blob), x'00') = 0 or instr(note, char(0)) = 0)),
  primary key (patient_id, order_no),
  constraint has_unit check (result is null or unit is not null),
  constraint has_result check (status <> 'done' or result is not null),
  foreign key (patient_id) references Patient (patient_id)
) strict;

create table if not exists bxc_change_LabOrder (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_patient_id integer,
  bxc_old_order_no integer, bxc_old_ordered text, bxc_old_analyte text, bxc_old_status text,
  bxc_old_result integer, bxc_old_unit text, bxc_old_note text, patient_id integer, order_no integer,
  ordered text, analyte text, status text, result integer, unit text, note text
) strict;

create view if not exists bxc_violations_LabOrder (bxc_code, bxc_constraint, patient_id, order_no, bxc_detail) as
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
where not (s.ordered glob '????-??-??' and s.ordered is date(s.ordered, '+0 days') and s.ordered >= '0001')
union all
select 'BXC16', 'analyte not null', s.patient_id, s.order_no, 'analyte is NULL'
from LabOrder as s
where s.analyte is null
union all
select 'BXC16', 'analyte varchar(40)', s.patient_id, s.order_no, 'analyte is no varchar(40)'
from LabOrder as s
where not (length(s.analyte) <= 40 and (instr(cast(s.analyte as blob), x'00') = 0 or instr(s.analyte, char(0)) = 0))
union all
select 'BXC16', 'status not null', s.patient_id, s.order_no, 'status is NULL'
from LabOrder as s
where s.status is null
union all
select 'BXC16', 'status enum(''ordered'', ''done'', ''rejected'')', s.patient_id, s.order_no, 'status is no enum(''ordered'', ''done'', ''rejected'')'
from LabOrder as s
where not (s.status in ('ordered', 'done', 'rejected'))
union all
select 'BXC16', 'result decimal(12,4)', s.patient_id, s.order_no, 'result is no decimal(12,4)'
from LabOrder as s
where not (s.result between -999999999999 and 999999999999)
union all
select 'BXC16', 'unit varchar(12)', s.patient_id, s.order_no, 'unit is no varchar(12)'
from LabOrder as s
where not (length(s.unit) <= 12 and (instr(cast(s.unit as blob), x'00') = 0 or instr(s.unit, char(0)) = 0))
union all
select 'BXC16', 'note text', s.patient_id, s.order_no, 'note is no text'
from LabOrder as s
where not ((instr(cast(s.note as blob), x'00') = 0 or instr(s.note, char(0)) = 0))
union all
select 'BXC17', 'check has_unit', s.patient_id, s.order_no, 'check has_unit is false'
from LabOrder as s
where not (s.result is null or s.unit is not null)
union all
select 'BXC17', 'check has_result', s.patient_id, s.order_no, 'check has_result is false'
from LabOrder as s
where not (s.status <> 'done' or s.result is not null)
union all
select 'BXC17', 'primary key (patient_id, order_no)', s.patient_id, s.order_no, 'another row of LabOrder has the same patient_id, order_no'
from LabOrder as s
where (s.patient_id, s.order_no) in (select patient_id, order_no from LabOrder where patient_id is not null and order_no is not null group by patient_id, order_no having count(*) > 1)
union all
select 'BXC17', 'patient_id references Patient(patient_id)', s.patient_id, s.order_no, 'no row of Patient for patient_id'
from LabOrder as s
where s.patient_id is not null and not exists (select 1 from Patient as t where t.patient_id = s.patient_id);

-- Prescription: rows, captured edits, and rows that break the spec

create table if not exists Prescription (
  rx text not null primary key check (rx glob '????????-????-????-????-????????????' and rx not glob '*[^-0-9a-f]*' and length(replace(rx, '-', '')) = 32),
  patient_id integer not null,
  drug text not null check (length(drug) <= 60 and (instr(cast(drug as blob), x'00') = 0 or instr(drug, char(0)) = 0)),
  quantity integer not null,
  dispensed integer not null default 0,
  unit_price integer /* decimal(8,2) */ check (unit_price between -99999999 and 99999999),
  prescriber text not null check ((instr(cast(prescriber as blob), x'00') = 0 or instr(prescriber, char(0)) = 0)),
  released integer not null default 0 check (released in (0, 1)),
  constraint amounts check (quantity >= 1 and quantity <= 1000 and dispensed >= 0 and dispensed <= 1000),
  foreign key (patient_id) references Patient (patient_id)
) strict;

create table if not exists bxc_change_Prescription (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_rx text, bxc_old_patient_id integer,
  bxc_old_drug text, bxc_old_quantity integer, bxc_old_dispensed integer, bxc_old_unit_price integer,
  bxc_old_prescriber text, bxc_old_released integer, rx text, patient_id integer, drug text, quantity integer,
  dispensed integer, unit_price integer, prescriber text, released integer
) strict;

create view if not exists bxc_violations_Prescription (bxc_code, bxc_constraint, rx, bxc_detail) as
select 'BXC16', 'rx not null', s.rx, 'rx is NULL'
from Prescription as s
where s.rx is null
union all
select 'BXC16', 'rx uuid', s.rx, 'rx is no uuid'
from Prescription as s
where not (s.rx glob '????????-????-????-????-????????????' and s.rx not glob '*[^-0-9a-f]*' and length(replace(s.rx, '-', '')) = 32)
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
where not (length(s.drug) <= 60 and (instr(cast(s.drug as blob), x'00') = 0 or instr(s.drug, char(0)) = 0))
union all
select 'BXC16', 'quantity not null', s.rx, 'quantity is NULL'
from Prescription as s
where s.quantity is null
union all
select 'BXC16', 'dispensed not null', s.rx, 'dispensed is NULL'
from Prescription as s
where s.dispensed is null
union all
select 'BXC16', 'unit_price decimal(8,2)', s.rx, 'unit_price is no decimal(8,2)'
from Prescription as s
where not (s.unit_price between -99999999 and 99999999)
union all
select 'BXC16', 'prescriber not null', s.rx, 'prescriber is NULL'
from Prescription as s
where s.prescriber is null
union all
select 'BXC16', 'prescriber text', s.rx, 'prescriber is no text'
from Prescription as s
where not ((instr(cast(s.prescriber as blob), x'00') = 0 or instr(s.prescriber, char(0)) = 0))
union all
select 'BXC16', 'released not null', s.rx, 'released is NULL'
from Prescription as s
where s.released is null
union all
select 'BXC16', 'released bool', s.rx, 'released is no bool'
from Prescription as s
where not (s.released in (0, 1))
union all
select 'BXC17', 'check amounts', s.rx, 'check amounts is false'
from Prescription as s
where not (s.quantity >= 1 and s.quantity <= 1000 and s.dispensed >= 0 and s.dispensed <= 1000)
union all
select 'BXC17', 'primary key (rx)', s.rx, 'another row of Prescription has the same rx'
from Prescription as s
where s.rx in (select rx from Prescription where rx is not null group by rx having count(*) > 1)
union all
select 'BXC17', 'patient_id references Patient(patient_id)', s.rx, 'no row of Patient for patient_id'
from Prescription as s
where s.patient_id is not null and not exists (select 1 from Patient as t where t.patient_id = s.patient_id);

-- with these, puts and changes take time by the delta and not by the table
create index if not exists bxc_index_Prescription_patient_id on Prescription (patient_id);

-- capture of edits of Patient
create trigger if not exists bxc_capture_insert_Patient after insert on Patient
when (select uncaptured from bxc_session) is not 'Patient'
begin
  insert into bxc_change_Patient (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born, ward
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, new.patient_id, new.name, new.born,
      new.ward
  );
end;

create trigger if not exists bxc_capture_update_Patient after update on Patient
when (select uncaptured from bxc_session) is not 'Patient'
begin
  insert into bxc_change_Patient (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born, ward
  ) values (
    'update', (select putting from bxc_session), old.patient_id, old.name, old.born, old.ward, new.patient_id,
      new.name, new.born, new.ward
  );
end;

create trigger if not exists bxc_capture_delete_Patient after delete on Patient
when (select uncaptured from bxc_session) is not 'Patient'
begin
  insert into bxc_change_Patient (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_name, bxc_old_born, bxc_old_ward, patient_id, name, born, ward
  ) values (
    'delete', (select putting from bxc_session), old.patient_id, old.name, old.born, old.ward, null, null, null,
      null
  );
end;

-- capture of edits of LabOrder
create trigger if not exists bxc_capture_insert_LabOrder after insert on LabOrder
when (select uncaptured from bxc_session) is not 'LabOrder'
begin
  insert into bxc_change_LabOrder (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit,
      note
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, null, null, new.patient_id,
      new.order_no, new.ordered, new.analyte, new.status, new.result, new.unit, new.note
  );
end;

create trigger if not exists bxc_capture_update_LabOrder after update on LabOrder
when (select uncaptured from bxc_session) is not 'LabOrder'
begin
  insert into bxc_change_LabOrder (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit,
      note
  ) values (
    'update', (select putting from bxc_session), old.patient_id, old.order_no, old.ordered, old.analyte,
      old.status, old.result, old.unit, old.note, new.patient_id, new.order_no, new.ordered, new.analyte,
      new.status, new.result, new.unit, new.note
  );
end;

create trigger if not exists bxc_capture_delete_LabOrder after delete on LabOrder
when (select uncaptured from bxc_session) is not 'LabOrder'
begin
  insert into bxc_change_LabOrder (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_note, patient_id, order_no, ordered, analyte, status, result, unit,
      note
  ) values (
    'delete', (select putting from bxc_session), old.patient_id, old.order_no, old.ordered, old.analyte,
      old.status, old.result, old.unit, old.note, null, null, null, null, null, null, null, null
  );
end;

-- what an edit through a view of LabOrder changes without a right
create view if not exists bxc_unlicensed_LabOrder (bxc_view, bxc_right) as
select 'OrdersForLab', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and (c.bxc_op <> 'insert') is not true
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and (c.bxc_op <> 'delete') is not true
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_patient_id is not c.patient_id
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'patient_id' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update patient_id'
    when c.bxc_old_order_no is not c.order_no
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'order_no' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update order_no'
    when c.bxc_old_ordered is not c.ordered
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'ordered' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update ordered'
    when c.bxc_old_analyte is not c.analyte
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'analyte' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update analyte'
    when c.bxc_old_status is not c.status
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'status' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update status'
    when c.bxc_old_result is not c.result
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'result' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update result'
    when c.bxc_old_unit is not c.unit
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'unit' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update unit'
  end as bxc_right
  from bxc_change_LabOrder as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;

-- capture of edits of Prescription
create trigger if not exists bxc_capture_insert_Prescription after insert on Prescription
when (select uncaptured from bxc_session) is not 'Prescription'
begin
  insert into bxc_change_Prescription (
    bxc_op, bxc_via, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
      bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
      unit_price, prescriber, released
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, null, null, new.rx,
      new.patient_id, new.drug, new.quantity, new.dispensed, new.unit_price, new.prescriber, new.released
  );
end;

create trigger if not exists bxc_capture_update_Prescription after update on Prescription
when (select uncaptured from bxc_session) is not 'Prescription'
begin
  insert into bxc_change_Prescription (
    bxc_op, bxc_via, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
      bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
      unit_price, prescriber, released
  ) values (
    'update', (select putting from bxc_session), old.rx, old.patient_id, old.drug, old.quantity, old.dispensed,
      old.unit_price, old.prescriber, old.released, new.rx, new.patient_id, new.drug, new.quantity, new.dispensed,
      new.unit_price, new.prescriber, new.released
  );
end;

create trigger if not exists bxc_capture_delete_Prescription after delete on Prescription
when (select uncaptured from bxc_session) is not 'Prescription'
begin
  insert into bxc_change_Prescription (
    bxc_op, bxc_via, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
      bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
      unit_price, prescriber, released
  ) values (
    'delete', (select putting from bxc_session), old.rx, old.patient_id, old.drug, old.quantity, old.dispensed,
      old.unit_price, old.prescriber, old.released, null, null, null, null, null, null, null, null
  );
end;

-- what an edit through a view of Prescription changes without a right
create view if not exists bxc_unlicensed_Prescription (bxc_view, bxc_right) as
select 'RxAtHospital', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and c.released
        and (c.bxc_op <> 'insert' and c.bxc_old_released) is not true
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and c.bxc_old_released
        and (c.bxc_op <> 'delete' and c.released) is not true
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_rx is not c.rx
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'rx' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_released
        and c.bxc_op <> 'delete'
        and c.released then 'update rx'
    when c.bxc_old_drug is not c.drug
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'drug' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_released
        and c.bxc_op <> 'delete'
        and c.released then 'update drug'
    when c.bxc_old_quantity is not c.quantity
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'quantity' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_released
        and c.bxc_op <> 'delete'
        and c.released then 'update quantity'
    when c.bxc_old_dispensed is not c.dispensed
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'dispensed' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_released
        and c.bxc_op <> 'delete'
        and c.released then 'update dispensed'
    when c.bxc_old_unit_price is not c.unit_price
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'unit_price' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_released
        and c.bxc_op <> 'delete'
        and c.released then 'update unit_price'
    when c.bxc_old_quantity - c.bxc_old_dispensed is not c.quantity - c.dispensed
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_released
        and c.bxc_op <> 'delete'
        and c.released then 'update outstanding'
  end as bxc_right
  from bxc_change_Prescription as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
