-- supply_chain version 1: the sources of Supplier in DuckDB.
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
  ('catalogue', 'update', 'part_no', false),
  ('catalogue', 'update', 'description', true),
  ('catalogue', 'update', 'unit_price', true),
  ('catalogue', 'update', 'lead_days', true),
  ('catalogue', 'insert', '', true),
  ('catalogue', 'delete', '', true),
  ('orders', 'update', 'order', false),
  ('orders', 'update', 'line', false),
  ('orders', 'update', 'part_no', false),
  ('orders', 'update', 'quantity', false),
  ('orders', 'update', 'due', false),
  ('orders', 'update', 'state', true),
  ('orders', 'update', 'promised', true),
  ('orders', 'insert', '', false),
  ('orders', 'delete', '', false)
on conflict do nothing;

-- Part: rows, captured edits, and the rows as last captured
create table if not exists Part (
  part_no varchar not null check (length(part_no) <= 20 and not contains(part_no, chr(0))),
  description varchar not null check (not contains(description, chr(0))),
  unit_price decimal(10, 2) not null,
  lead_days bigint not null,
  cost decimal(10, 2),
  discontinued boolean not null default false,
  primary key (part_no),
  constraint prices check (unit_price >= 0.00),
  constraint lead_time check (lead_days >= 0 and lead_days <= 365)
);

create sequence if not exists bxc_seq_Part;

create table if not exists bxc_change_Part (
  bxc_seq bigint not null default nextval('bxc_seq_Part'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_part_no varchar, bxc_old_description varchar,
  bxc_old_unit_price decimal(10, 2), bxc_old_lead_days bigint, bxc_old_cost decimal(10, 2),
  bxc_old_discontinued boolean, part_no varchar, description varchar, unit_price decimal(10, 2),
  lead_days bigint, cost decimal(10, 2), discontinued boolean
);

create table if not exists bxc_state_Part as select * from Part;

create table if not exists bxc_journal_Part (
  bxc_put bigint, bxc_old_part_no varchar, part_no varchar, description varchar, unit_price decimal(10, 2),
  lead_days bigint, cost decimal(10, 2), discontinued boolean
);

-- SalesOrder: rows, captured edits, and the rows as last captured
create table if not exists SalesOrder (
  "order" bigint not null,
  line bigint not null,
  part_no varchar not null check (length(part_no) <= 20 and not contains(part_no, chr(0))),
  quantity bigint not null,
  due date not null check (due between date '0001-01-01' and date '9999-12-31'),
  state varchar not null default 'placed' check (state in ('placed', 'accepted', 'shipped', 'received')),
  promised date check (promised between date '0001-01-01' and date '9999-12-31'),
  carrier varchar check (not contains(carrier, chr(0))),
  primary key ("order", line),
  constraint amount check (quantity > 0)
);

create sequence if not exists bxc_seq_SalesOrder;

create table if not exists bxc_change_SalesOrder (
  bxc_seq bigint not null default nextval('bxc_seq_SalesOrder'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_order bigint, bxc_old_line bigint,
  bxc_old_part_no varchar, bxc_old_quantity bigint, bxc_old_due date, bxc_old_state varchar,
  bxc_old_promised date, bxc_old_carrier varchar, "order" bigint, line bigint, part_no varchar,
  quantity bigint, due date, state varchar, promised date, carrier varchar
);

create table if not exists bxc_state_SalesOrder as select * from SalesOrder;

create table if not exists bxc_journal_SalesOrder (
  bxc_put bigint, bxc_old_order bigint, bxc_old_line bigint, "order" bigint, line bigint, part_no varchar,
  quantity bigint, due date, state varchar, promised date, carrier varchar
);

-- rows of Part that break the spec
create view if not exists bxc_violations_Part (
  bxc_code, bxc_constraint, part_no, bxc_detail
) as
select 'BXC16', 'part_no not null', s.part_no, 'part_no is NULL'
from Part as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s.part_no, 'part_no is no varchar(20)'
from Part as s
where not (length(s.part_no) <= 20 and not contains(s.part_no, chr(0)))
union all
select 'BXC16', 'description not null', s.part_no, 'description is NULL'
from Part as s
where s.description is null
union all
select 'BXC16', 'description text', s.part_no, 'description is no text'
from Part as s
where not (not contains(s.description, chr(0)))
union all
select 'BXC16', 'unit_price not null', s.part_no, 'unit_price is NULL'
from Part as s
where s.unit_price is null
union all
select 'BXC16', 'lead_days not null', s.part_no, 'lead_days is NULL'
from Part as s
where s.lead_days is null
union all
select 'BXC16', 'discontinued not null', s.part_no, 'discontinued is NULL'
from Part as s
where s.discontinued is null
union all
select 'BXC17', 'check prices', s.part_no, 'check prices is false'
from Part as s
where not (s.unit_price >= 0.00)
union all
select 'BXC17', 'check lead_time', s.part_no, 'check lead_time is false'
from Part as s
where not (s.lead_days >= 0 and s.lead_days <= 365)
union all
select 'BXC17', 'primary key (part_no)', s.part_no, 'another row of Part has the same part_no'
from Part as s
where (s.part_no) in (
  select part_no
  from Part
  where not (part_no is null)
  group by part_no
  having count(*) > 1
);

-- rows of SalesOrder that break the spec
create view if not exists bxc_violations_SalesOrder (
  bxc_code, bxc_constraint, "order", line, bxc_detail
) as
select 'BXC16', 'order not null', s."order", s.line, 'order is NULL'
from SalesOrder as s
where s."order" is null
union all
select 'BXC16', 'line not null', s."order", s.line, 'line is NULL'
from SalesOrder as s
where s.line is null
union all
select 'BXC16', 'part_no not null', s."order", s.line, 'part_no is NULL'
from SalesOrder as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s."order", s.line, 'part_no is no varchar(20)'
from SalesOrder as s
where not (length(s.part_no) <= 20 and not contains(s.part_no, chr(0)))
union all
select 'BXC16', 'quantity not null', s."order", s.line, 'quantity is NULL'
from SalesOrder as s
where s.quantity is null
union all
select 'BXC16', 'due not null', s."order", s.line, 'due is NULL'
from SalesOrder as s
where s.due is null
union all
select 'BXC16', 'due date', s."order", s.line, 'due is no date'
from SalesOrder as s
where not (s.due between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'state not null', s."order", s.line, 'state is NULL'
from SalesOrder as s
where s.state is null
union all
select 'BXC16', 'state enum(''placed'', ''accepted'', ''shipped'', ''received'')', s."order", s.line,
  'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'
from SalesOrder as s
where not (s.state in ('placed', 'accepted', 'shipped', 'received'))
union all
select 'BXC16', 'promised date', s."order", s.line, 'promised is no date'
from SalesOrder as s
where not (s.promised between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'carrier text', s."order", s.line, 'carrier is no text'
from SalesOrder as s
where not (not contains(s.carrier, chr(0)))
union all
select 'BXC17', 'check amount', s."order", s.line, 'check amount is false'
from SalesOrder as s
where not (s.quantity > 0)
union all
select 'BXC17', 'primary key (order, line)', s."order", s.line,
  'another row of SalesOrder has the same order, line'
from SalesOrder as s
where (s."order", s.line) in (
  select "order", line
  from SalesOrder
  where not ("order" is null or line is null)
  group by "order", line
  having count(*) > 1
);
