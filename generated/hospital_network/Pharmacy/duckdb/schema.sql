-- hospital_network version 1: the sources of Pharmacy in DuckDB.
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
  ('pharmacy', 'update', 'rx', false),
  ('pharmacy', 'update', 'drug', false),
  ('pharmacy', 'update', 'quantity', false),
  ('pharmacy', 'update', 'dispensed', true),
  ('pharmacy', 'update', 'unit_price', true),
  ('pharmacy', 'update', 'outstanding', false),
  ('pharmacy', 'insert', '', false),
  ('pharmacy', 'delete', '', false)
on conflict do nothing;

-- Dispensing: rows, captured edits, and the rows as last captured
create table if not exists Dispensing (
  rx uuid not null,
  drug varchar not null check (length(drug) <= 60 and not contains(drug, chr(0))),
  quantity bigint not null,
  dispensed bigint not null default 0,
  unit_price decimal(8, 2),
  batch varchar check (not contains(batch, chr(0))),
  primary key (rx),
  constraint amounts check (quantity >= 1 and quantity <= 1000 and dispensed >= 0 and dispensed <= 1000)
);

create sequence if not exists bxc_seq_Dispensing;

create table if not exists bxc_change_Dispensing (
  bxc_seq bigint not null default nextval('bxc_seq_Dispensing'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_rx uuid, bxc_old_drug varchar, bxc_old_quantity bigint,
  bxc_old_dispensed bigint, bxc_old_unit_price decimal(8, 2), bxc_old_batch varchar, rx uuid, drug varchar,
  quantity bigint, dispensed bigint, unit_price decimal(8, 2), batch varchar
);

create table if not exists bxc_state_Dispensing as select * from Dispensing;

create table if not exists bxc_journal_Dispensing (
  bxc_put bigint, bxc_old_rx uuid, rx uuid, drug varchar, quantity bigint, dispensed bigint,
  unit_price decimal(8, 2), batch varchar
);

-- rows of Dispensing that break the spec
create view if not exists bxc_violations_Dispensing (
  bxc_code, bxc_constraint, rx, bxc_detail
) as
select 'BXC16', 'rx not null', s.rx, 'rx is NULL'
from Dispensing as s
where s.rx is null
union all
select 'BXC16', 'drug not null', s.rx, 'drug is NULL'
from Dispensing as s
where s.drug is null
union all
select 'BXC16', 'drug varchar(60)', s.rx, 'drug is no varchar(60)'
from Dispensing as s
where not (length(s.drug) <= 60 and not contains(s.drug, chr(0)))
union all
select 'BXC16', 'quantity not null', s.rx, 'quantity is NULL'
from Dispensing as s
where s.quantity is null
union all
select 'BXC16', 'dispensed not null', s.rx, 'dispensed is NULL'
from Dispensing as s
where s.dispensed is null
union all
select 'BXC16', 'batch text', s.rx, 'batch is no text'
from Dispensing as s
where not (not contains(s.batch, chr(0)))
union all
select 'BXC17', 'check amounts', s.rx, 'check amounts is false'
from Dispensing as s
where not (s.quantity >= 1 and s.quantity <= 1000 and s.dispensed >= 0 and s.dispensed <= 1000)
union all
select 'BXC17', 'primary key (rx)', s.rx, 'another row of Dispensing has the same rx'
from Dispensing as s
where (s.rx) in (
  select rx
  from Dispensing
  where not (rx is null)
  group by rx
  having count(*) > 1
);
