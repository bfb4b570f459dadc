-- medical version 1: the sources of Researcher in DuckDB.
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
  ('mechanism', 'update', 'medication_name', false),
  ('mechanism', 'update', 'mechanism_of_action', true),
  ('mechanism', 'insert', '', false),
  ('mechanism', 'delete', '', false)
on conflict do nothing;

-- D2: rows, captured edits, and the rows as last captured
create table if not exists D2 (
  medication_name varchar not null check (not contains(medication_name, chr(0))),
  mechanism_of_action varchar check (not contains(mechanism_of_action, chr(0))),
  mode_of_action varchar check (not contains(mode_of_action, chr(0))),
  shared boolean not null default true,
  primary key (medication_name)
);

create sequence if not exists bxc_seq_D2;

create table if not exists bxc_change_D2 (
  bxc_seq bigint not null default nextval('bxc_seq_D2'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_medication_name varchar,
  bxc_old_mechanism_of_action varchar, bxc_old_mode_of_action varchar, bxc_old_shared boolean,
  medication_name varchar, mechanism_of_action varchar, mode_of_action varchar, shared boolean
);

create table if not exists bxc_state_D2 as select * from D2;

create table if not exists bxc_journal_D2 (
  bxc_put bigint, bxc_old_medication_name varchar, medication_name varchar, mechanism_of_action varchar,
  mode_of_action varchar, shared boolean
);

-- rows of D2 that break the spec
create view if not exists bxc_violations_D2 (
  bxc_code, bxc_constraint, medication_name, bxc_detail
) as
select 'BXC16', 'medication_name not null', s.medication_name, 'medication_name is NULL'
from D2 as s
where s.medication_name is null
union all
select 'BXC16', 'medication_name text', s.medication_name, 'medication_name is no text'
from D2 as s
where not (not contains(s.medication_name, chr(0)))
union all
select 'BXC16', 'mechanism_of_action text', s.medication_name, 'mechanism_of_action is no text'
from D2 as s
where not (not contains(s.mechanism_of_action, chr(0)))
union all
select 'BXC16', 'mode_of_action text', s.medication_name, 'mode_of_action is no text'
from D2 as s
where not (not contains(s.mode_of_action, chr(0)))
union all
select 'BXC16', 'shared not null', s.medication_name, 'shared is NULL'
from D2 as s
where s.shared is null
union all
select 'BXC17', 'primary key (medication_name)', s.medication_name,
  'another row of D2 has the same medication_name'
from D2 as s
where (s.medication_name) in (
  select medication_name
  from D2
  where not (medication_name is null)
  group by medication_name
  having count(*) > 1
);
