-- medical_cascade version 1: the sources of Patient in SQLite.
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
  ('clinical', 'update', 'patient_id', 0),
  ('clinical', 'update', 'medication_name', 0),
  ('clinical', 'update', 'mechanism_of_action', 0),
  ('clinical', 'update', 'clinical_data', 1),
  ('clinical', 'update', 'dosage', 0),
  ('clinical', 'insert', '', 0),
  ('clinical', 'delete', '', 0);

-- D1: rows, captured edits, and rows that break the spec

create table if not exists D1 (
  patient_id integer primary key,
  medication_name text not null check ((instr(cast(medication_name as blob), x'00') = 0 or instr(medication_name, char(0)) = 0)),
  mechanism_of_action text check ((instr(cast(mechanism_of_action as blob), x'00') = 0 or instr(mechanism_of_action, char(0)) = 0)),
  clinical_data text check ((instr(cast(clinical_data as blob), x'00') = 0 or instr(clinical_data, char(0)) = 0)),
  address text check ((instr(cast(address as blob), x'00') = 0 or instr(address, char(0)) = 0)),
  dosage text check ((instr(cast(dosage as blob), x'00') = 0 or instr(dosage, char(0)) = 0))
) strict;

create table if not exists bxc_change_D1 (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_patient_id integer,
  bxc_old_medication_name text, bxc_old_mechanism_of_action text, bxc_old_clinical_data text,
  bxc_old_address text, bxc_old_dosage text, patient_id integer, medication_name text, mechanism_of_action text,
  clinical_data text, address text, dosage text
) strict;

create view if not exists bxc_violations_D1 (bxc_code, bxc_constraint, patient_id, bxc_detail) as
select 'BXC16', 'patient_id not null', s.patient_id, 'patient_id is NULL'
from D1 as s
where s.patient_id is null
union all
select 'BXC16', 'medication_name not null', s.patient_id, 'medication_name is NULL'
from D1 as s
where s.medication_name is null
union all
select 'BXC16', 'medication_name text', s.patient_id, 'medication_name is no text'
from D1 as s
where not ((instr(cast(s.medication_name as blob), x'00') = 0 or instr(s.medication_name, char(0)) = 0))
union all
select 'BXC16', 'mechanism_of_action text', s.patient_id, 'mechanism_of_action is no text'
from D1 as s
where not ((instr(cast(s.mechanism_of_action as blob), x'00') = 0 or instr(s.mechanism_of_action, char(0)) = 0))
union all
select 'BXC16', 'clinical_data text', s.patient_id, 'clinical_data is no text'
from D1 as s
where not ((instr(cast(s.clinical_data as blob), x'00') = 0 or instr(s.clinical_data, char(0)) = 0))
union all
select 'BXC16', 'address text', s.patient_id, 'address is no text'
from D1 as s
where not ((instr(cast(s.address as blob), x'00') = 0 or instr(s.address, char(0)) = 0))
union all
select 'BXC16', 'dosage text', s.patient_id, 'dosage is no text'
from D1 as s
where not ((instr(cast(s.dosage as blob), x'00') = 0 or instr(s.dosage, char(0)) = 0))
union all
select 'BXC17', 'primary key (patient_id)', s.patient_id, 'another row of D1 has the same patient_id'
from D1 as s
where s.patient_id in (select patient_id from D1 where patient_id is not null group by patient_id having count(*) > 1);

-- capture of edits of D1
create trigger if not exists bxc_capture_insert_D1 after insert on D1
when (select uncaptured from bxc_session) is not 'D1'
begin
  insert into bxc_change_D1 (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_mechanism_of_action,
      bxc_old_clinical_data, bxc_old_address, bxc_old_dosage, patient_id, medication_name, mechanism_of_action,
      clinical_data, address, dosage
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, new.patient_id,
      new.medication_name, new.mechanism_of_action, new.clinical_data, new.address, new.dosage
  );
end;

create trigger if not exists bxc_capture_update_D1 after update on D1
when (select uncaptured from bxc_session) is not 'D1'
begin
  insert into bxc_change_D1 (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_mechanism_of_action,
      bxc_old_clinical_data, bxc_old_address, bxc_old_dosage, patient_id, medication_name, mechanism_of_action,
      clinical_data, address, dosage
  ) values (
    'update', (select putting from bxc_session), old.patient_id, old.medication_name, old.mechanism_of_action,
      old.clinical_data, old.address, old.dosage, new.patient_id, new.medication_name, new.mechanism_of_action,
      new.clinical_data, new.address, new.dosage
  );
end;

create trigger if not exists bxc_capture_delete_D1 after delete on D1
when (select uncaptured from bxc_session) is not 'D1'
begin
  insert into bxc_change_D1 (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_mechanism_of_action,
      bxc_old_clinical_data, bxc_old_address, bxc_old_dosage, patient_id, medication_name, mechanism_of_action,
      clinical_data, address, dosage
  ) values (
    'delete', (select putting from bxc_session), old.patient_id, old.medication_name, old.mechanism_of_action,
      old.clinical_data, old.address, old.dosage, null, null, null, null, null, null
  );
end;

-- what an edit through a view of D1 changes without a right
create view if not exists bxc_unlicensed_D1 (bxc_view, bxc_right) as
select 'D13', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and c.patient_id = 188
        and (c.bxc_op <> 'insert' and c.bxc_old_patient_id = 188) is not true
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and c.bxc_old_patient_id = 188
        and (c.bxc_op <> 'delete' and c.patient_id = 188) is not true
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_patient_id is not c.patient_id
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'patient_id' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_patient_id = 188
        and c.bxc_op <> 'delete'
        and c.patient_id = 188 then 'update patient_id'
    when c.bxc_old_medication_name is not c.medication_name
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'medication_name' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_patient_id = 188
        and c.bxc_op <> 'delete'
        and c.patient_id = 188 then 'update medication_name'
    when c.bxc_old_mechanism_of_action is not c.mechanism_of_action
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'mechanism_of_action' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_patient_id = 188
        and c.bxc_op <> 'delete'
        and c.patient_id = 188 then 'update mechanism_of_action'
    when c.bxc_old_clinical_data is not c.clinical_data
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'clinical_data' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_patient_id = 188
        and c.bxc_op <> 'delete'
        and c.patient_id = 188 then 'update clinical_data'
    when c.bxc_old_dosage is not c.dosage
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'dosage' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_patient_id = 188
        and c.bxc_op <> 'delete'
        and c.patient_id = 188 then 'update dosage'
  end as bxc_right
  from bxc_change_D1 as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
