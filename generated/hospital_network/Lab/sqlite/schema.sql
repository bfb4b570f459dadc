-- hospital_network version 1: the sources of Lab in SQLite.
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
  ('lab', 'update', 'ordered', 0),
  ('lab', 'update', 'analyte', 0),
  ('lab', 'update', 'status', 1),
  ('lab', 'update', 'result', 1),
  ('lab', 'update', 'unit', 1),
  ('lab', 'insert', '', 0),
  ('lab', 'delete', '', 0);

-- Analysis: rows, captured edits, and rows that break the spec

create table if not exists Analysis (
  patient_id integer not null,
  order_no integer not null,
  ordered text not null check (ordered glob '????-??-??' and ordered is date(ordered, '+0 days') and ordered >= '0001'),
  analyte text not null check (length(analyte) <= 40 and (instr(cast(analyte as blob), x'00') = 0 or instr(analyte, char(0)) = 0)),
  status text not null default 'ordered' check (status in ('ordered', 'done', 'rejected')),
  result integer /* decimal(12,4) */ check (result between -999999999999 and 999999999999),
  unit text check (length(unit) <= 12 and (instr(cast(unit as blob), x'00') = 0 or instr(unit, char(0)) = 0)),
  device text check ((instr(cast(device as blob), x'00') = 0 or instr(device, char(0)) = 0)),
  measured text check (measured glob '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' and substr(measured, 1, 19) is datetime(substr(measured, 1, 19), '+0 days') and measured >= '0001'),
  primary key (patient_id, order_no),
  constraint has_unit check (result is null or unit is not null),
  constraint has_result check (status <> 'done' or result is not null)
) strict;

create table if not exists bxc_change_Analysis (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_patient_id integer,
  bxc_old_order_no integer, bxc_old_ordered text, bxc_old_analyte text, bxc_old_status text,
  bxc_old_result integer, bxc_old_unit text, bxc_old_device text, bxc_old_measured text, patient_id integer,
  order_no integer, ordered text, analyte text, status text, result integer, unit text, device text,
  measured text
) strict;

create view if not exists bxc_violations_Analysis (bxc_code, bxc_constraint, patient_id, order_no, bxc_detail) as
select 'BXC16', 'patient_id not null', s.patient_id, s.order_no, 'patient_id is NULL'
from Analysis as s
where s.patient_id is null
union all
select 'BXC16', 'order_no not null', s.patient_id, s.order_no, 'order_no is NULL'
from Analysis as s
where s.order_no is null
union all
select 'BXC16', 'ordered not null', s.patient_id, s.order_no, 'ordered is NULL'
from Analysis as s
where s.ordered is null
union all
select 'BXC16', 'ordered date', s.patient_id, s.order_no, 'ordered is no date'
from Analysis as s
where not (s.ordered glob '????-??-??' and s.ordered is date(s.ordered, '+0 days') and s.ordered >= '0001')
union all
select 'BXC16', 'analyte not null', s.patient_id, s.order_no, 'analyte is NULL'
from Analysis as s
where s.analyte is null
union all
select 'BXC16', 'analyte varchar(40)', s.patient_id, s.order_no, 'analyte is no varchar(40)'
from Analysis as s
where not (length(s.analyte) <= 40 and (instr(cast(s.analyte as blob), x'00') = 0 or instr(s.analyte, char(0)) = 0))
union all
select 'BXC16', 'status not null', s.patient_id, s.order_no, 'status is NULL'
from Analysis as s
where s.status is null
union all
select 'BXC16', 'status enum(''ordered'', ''done'', ''rejected'')', s.patient_id, s.order_no, 'status is no enum(''ordered'', ''done'', ''rejected'')'
from Analysis as s
where not (s.status in ('ordered', 'done', 'rejected'))
union all
select 'BXC16', 'result decimal(12,4)', s.patient_id, s.order_no, 'result is no decimal(12,4)'
from Analysis as s
where not (s.result between -999999999999 and 999999999999)
union all
select 'BXC16', 'unit varchar(12)', s.patient_id, s.order_no, 'unit is no varchar(12)'
from Analysis as s
where not (length(s.unit) <= 12 and (instr(cast(s.unit as blob), x'00') = 0 or instr(s.unit, char(0)) = 0))
union all
select 'BXC16', 'device text', s.patient_id, s.order_no, 'device is no text'
from Analysis as s
where not ((instr(cast(s.device as blob), x'00') = 0 or instr(s.device, char(0)) = 0))
union all
select 'BXC16', 'measured timestamp', s.patient_id, s.order_no, 'measured is no timestamp'
from Analysis as s
where not (s.measured glob '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' and substr(s.measured, 1, 19) is datetime(substr(s.measured, 1, 19), '+0 days') and s.measured >= '0001')
union all
select 'BXC17', 'check has_unit', s.patient_id, s.order_no, 'check has_unit is false'
from Analysis as s
where not (s.result is null or s.unit is not null)
union all
select 'BXC17', 'check has_result', s.patient_id, s.order_no, 'check has_result is false'
from Analysis as s
where not (s.status <> 'done' or s.result is not null)
union all
select 'BXC17', 'primary key (patient_id, order_no)', s.patient_id, s.order_no, 'another row of Analysis has the same patient_id, order_no'
from Analysis as s
where (s.patient_id, s.order_no) in (select patient_id, order_no from Analysis where patient_id is not null and order_no is not null group by patient_id, order_no having count(*) > 1);

-- capture of edits of Analysis
create trigger if not exists bxc_capture_insert_Analysis after insert on Analysis
when (select uncaptured from bxc_session) is not 'Analysis'
begin
  insert into bxc_change_Analysis (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
      status, result, unit, device, measured
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, null, null, null,
      new.patient_id, new.order_no, new.ordered, new.analyte, new.status, new.result, new.unit, new.device,
      new.measured
  );
end;

create trigger if not exists bxc_capture_update_Analysis after update on Analysis
when (select uncaptured from bxc_session) is not 'Analysis'
begin
  insert into bxc_change_Analysis (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
      status, result, unit, device, measured
  ) values (
    'update', (select putting from bxc_session), old.patient_id, old.order_no, old.ordered, old.analyte,
      old.status, old.result, old.unit, old.device, old.measured, new.patient_id, new.order_no, new.ordered,
      new.analyte, new.status, new.result, new.unit, new.device, new.measured
  );
end;

create trigger if not exists bxc_capture_delete_Analysis after delete on Analysis
when (select uncaptured from bxc_session) is not 'Analysis'
begin
  insert into bxc_change_Analysis (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
      bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte,
      status, result, unit, device, measured
  ) values (
    'delete', (select putting from bxc_session), old.patient_id, old.order_no, old.ordered, old.analyte,
      old.status, old.result, old.unit, old.device, old.measured, null, null, null, null, null, null, null, null,
      null
  );
end;

-- what an edit through a view of Analysis changes without a right
create view if not exists bxc_unlicensed_Analysis (bxc_view, bxc_right) as
select 'OrdersAtLab', bxc_right
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
  from bxc_change_Analysis as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
