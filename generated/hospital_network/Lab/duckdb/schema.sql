-- hospital_network version 1: the sources of Lab in DuckDB.
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
  ('lab', 'update', 'ordered', false),
  ('lab', 'update', 'analyte', false),
  ('lab', 'update', 'status', true),
  ('lab', 'update', 'result', true),
  ('lab', 'update', 'unit', true),
  ('lab', 'insert', '', false),
  ('lab', 'delete', '', false)
on conflict do nothing;

-- Analysis: rows, captured edits, and the rows as last captured
create table if not exists Analysis (
  patient_id bigint not null,
  order_no bigint not null,
  ordered date not null check (ordered between date '0001-01-01' and date '9999-12-31'),
  analyte varchar not null check (length(analyte) <= 40 and not contains(analyte, chr(0))),
  status varchar not null default 'ordered' check (status in ('ordered', 'done', 'rejected')),
  result decimal(12, 4),
  unit varchar check (length(unit) <= 12 and not contains(unit, chr(0))),
  device varchar check (not contains(device, chr(0))),
  measured timestamp check (measured between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'),
  primary key (patient_id, order_no),
  constraint has_unit check (result is null or unit is not null),
  constraint has_result check (status <> 'done' or result is not null)
);

create sequence if not exists bxc_seq_Analysis;

create table if not exists bxc_change_Analysis (
  bxc_seq bigint not null default nextval('bxc_seq_Analysis'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_patient_id bigint, bxc_old_order_no bigint,
  bxc_old_ordered date, bxc_old_analyte varchar, bxc_old_status varchar, bxc_old_result decimal(12, 4),
  bxc_old_unit varchar, bxc_old_device varchar, bxc_old_measured timestamp, patient_id bigint,
  order_no bigint, ordered date, analyte varchar, status varchar, result decimal(12, 4), unit varchar,
  device varchar, measured timestamp
);

create table if not exists bxc_state_Analysis as select * from Analysis;

create table if not exists bxc_journal_Analysis (
  bxc_put bigint, bxc_old_patient_id bigint, bxc_old_order_no bigint, patient_id bigint, order_no bigint,
  ordered date, analyte varchar, status varchar, result decimal(12, 4), unit varchar, device varchar,
  measured timestamp
);

-- rows of Analysis that break the spec
create view if not exists bxc_violations_Analysis (
  bxc_code, bxc_constraint, patient_id, order_no, bxc_detail
) as
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
where not (s.ordered between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'analyte not null', s.patient_id, s.order_no, 'analyte is NULL'
from Analysis as s
where s.analyte is null
union all
select 'BXC16', 'analyte varchar(40)', s.patient_id, s.order_no, 'analyte is no varchar(40)'
from Analysis as s
where not (length(s.analyte) <= 40 and not contains(s.analyte, chr(0)))
union all
select 'BXC16', 'status not null', s.patient_id, s.order_no, 'status is NULL'
from Analysis as s
where s.status is null
union all
select 'BXC16', 'status enum(''ordered'', ''done'', ''rejected'')', s.patient_id, s.order_no,
  'status is no enum(''ordered'', ''done'', ''rejected'')'
from Analysis as s
where not (s.status in ('ordered', 'done', 'rejected'))
union all
select 'BXC16', 'unit varchar(12)', s.patient_id, s.order_no, 'unit is no varchar(12)'
from Analysis as s
where not (length(s.unit) <= 12 and not contains(s.unit, chr(0)))
union all
select 'BXC16', 'device text', s.patient_id, s.order_no, 'device is no text'
from Analysis as s
where not (not contains(s.device, chr(0)))
union all
select 'BXC16', 'measured timestamp', s.patient_id, s.order_no, 'measured is no timestamp'
from Analysis as s
where not (s.measured between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999')
union all
select 'BXC17', 'check has_unit', s.patient_id, s.order_no, 'check has_unit is false'
from Analysis as s
where not (s.result is null or s.unit is not null)
union all
select 'BXC17', 'check has_result', s.patient_id, s.order_no, 'check has_result is false'
from Analysis as s
where not (s.status <> 'done' or s.result is not null)
union all
select 'BXC17', 'primary key (patient_id, order_no)', s.patient_id, s.order_no,
  'another row of Analysis has the same patient_id, order_no'
from Analysis as s
where (s.patient_id, s.order_no) in (
  select patient_id, order_no
  from Analysis
  where not (patient_id is null or order_no is null)
  group by patient_id, order_no
  having count(*) > 1
);
