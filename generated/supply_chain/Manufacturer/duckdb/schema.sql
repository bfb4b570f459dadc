-- supply_chain version 1: the sources of Manufacturer in DuckDB.
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
  ('catalogue', 'update', 'description', false),
  ('catalogue', 'update', 'unit_price', false),
  ('catalogue', 'update', 'lead_days', false),
  ('catalogue', 'insert', '', false),
  ('catalogue', 'delete', '', false),
  ('orders', 'update', 'order', false),
  ('orders', 'update', 'line', false),
  ('orders', 'update', 'part_no', true),
  ('orders', 'update', 'quantity', true),
  ('orders', 'update', 'due', true),
  ('orders', 'update', 'state', false),
  ('orders', 'update', 'promised', false),
  ('orders', 'insert', '', true),
  ('orders', 'delete', '', true),
  ('prices', 'update', 'sku', false),
  ('prices', 'update', 'name', true),
  ('prices', 'update', 'list_price', true),
  ('prices', 'insert', '', true),
  ('prices', 'delete', '', true)
on conflict do nothing;

-- Component: rows, captured edits, and the rows as last captured
create table if not exists Component (
  part_no varchar not null check (length(part_no) <= 20 and not contains(part_no, chr(0))),
  description varchar not null check (not contains(description, chr(0))),
  unit_price decimal(10, 2) not null,
  lead_days bigint not null,
  preferred boolean not null default false,
  primary key (part_no),
  constraint prices check (unit_price >= 0.00),
  constraint lead_time check (lead_days >= 0 and lead_days <= 365)
);

create sequence if not exists bxc_seq_Component;

create table if not exists bxc_change_Component (
  bxc_seq bigint not null default nextval('bxc_seq_Component'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_part_no varchar, bxc_old_description varchar,
  bxc_old_unit_price decimal(10, 2), bxc_old_lead_days bigint, bxc_old_preferred boolean, part_no varchar,
  description varchar, unit_price decimal(10, 2), lead_days bigint, preferred boolean
);

create table if not exists bxc_state_Component as select * from Component;

create table if not exists bxc_journal_Component (
  bxc_put bigint, bxc_old_part_no varchar, part_no varchar, description varchar, unit_price decimal(10, 2),
  lead_days bigint, preferred boolean
);

-- PurchaseOrder: rows, captured edits, and the rows as last captured
create table if not exists PurchaseOrder (
  "order" bigint not null,
  line bigint not null,
  part_no varchar not null check (length(part_no) <= 20 and not contains(part_no, chr(0))),
  quantity bigint not null,
  due date not null check (due between date '0001-01-01' and date '9999-12-31'),
  state varchar not null default 'placed' check (state in ('placed', 'accepted', 'shipped', 'received')),
  promised date check (promised between date '0001-01-01' and date '9999-12-31'),
  project varchar check (not contains(project, chr(0))),
  primary key ("order", line),
  constraint amount check (quantity > 0)
);

create sequence if not exists bxc_seq_PurchaseOrder;

create table if not exists bxc_change_PurchaseOrder (
  bxc_seq bigint not null default nextval('bxc_seq_PurchaseOrder'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_order bigint, bxc_old_line bigint,
  bxc_old_part_no varchar, bxc_old_quantity bigint, bxc_old_due date, bxc_old_state varchar,
  bxc_old_promised date, bxc_old_project varchar, "order" bigint, line bigint, part_no varchar,
  quantity bigint, due date, state varchar, promised date, project varchar
);

create table if not exists bxc_state_PurchaseOrder as select * from PurchaseOrder;

create table if not exists bxc_journal_PurchaseOrder (
  bxc_put bigint, bxc_old_order bigint, bxc_old_line bigint, "order" bigint, line bigint, part_no varchar,
  quantity bigint, due date, state varchar, promised date, project varchar
);

-- Variant: rows, captured edits, and the rows as last captured
create table if not exists Variant (
  id bigint not null,
  sku varchar not null check (length(sku) <= 20 and not contains(sku, chr(0))),
  size varchar not null check (length(size) <= 8 and not contains(size, chr(0))),
  name varchar not null check (not contains(name, chr(0))),
  list_price decimal(10, 2) not null,
  stock bigint not null default 0,
  primary key (id),
  unique (sku, size),
  constraint prices check (list_price >= 0.00)
);

create sequence if not exists bxc_seq_Variant;

create table if not exists bxc_change_Variant (
  bxc_seq bigint not null default nextval('bxc_seq_Variant'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_id bigint, bxc_old_sku varchar, bxc_old_size varchar,
  bxc_old_name varchar, bxc_old_list_price decimal(10, 2), bxc_old_stock bigint, id bigint, sku varchar,
  size varchar, name varchar, list_price decimal(10, 2), stock bigint
);

create table if not exists bxc_state_Variant as select * from Variant;

create table if not exists bxc_journal_Variant (
  bxc_put bigint, bxc_old_id bigint, id bigint, sku varchar, size varchar, name varchar,
  list_price decimal(10, 2), stock bigint
);

-- rows of Component that break the spec
create view if not exists bxc_violations_Component (
  bxc_code, bxc_constraint, part_no, bxc_detail
) as
select 'BXC16', 'part_no not null', s.part_no, 'part_no is NULL'
from Component as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s.part_no, 'part_no is no varchar(20)'
from Component as s
where not (length(s.part_no) <= 20 and not contains(s.part_no, chr(0)))
union all
select 'BXC16', 'description not null', s.part_no, 'description is NULL'
from Component as s
where s.description is null
union all
select 'BXC16', 'description text', s.part_no, 'description is no text'
from Component as s
where not (not contains(s.description, chr(0)))
union all
select 'BXC16', 'unit_price not null', s.part_no, 'unit_price is NULL'
from Component as s
where s.unit_price is null
union all
select 'BXC16', 'lead_days not null', s.part_no, 'lead_days is NULL'
from Component as s
where s.lead_days is null
union all
select 'BXC16', 'preferred not null', s.part_no, 'preferred is NULL'
from Component as s
where s.preferred is null
union all
select 'BXC17', 'check prices', s.part_no, 'check prices is false'
from Component as s
where not (s.unit_price >= 0.00)
union all
select 'BXC17', 'check lead_time', s.part_no, 'check lead_time is false'
from Component as s
where not (s.lead_days >= 0 and s.lead_days <= 365)
union all
select 'BXC17', 'primary key (part_no)', s.part_no, 'another row of Component has the same part_no'
from Component as s
where (s.part_no) in (
  select part_no
  from Component
  where not (part_no is null)
  group by part_no
  having count(*) > 1
);

-- rows of PurchaseOrder that break the spec
create view if not exists bxc_violations_PurchaseOrder (
  bxc_code, bxc_constraint, "order", line, bxc_detail
) as
select 'BXC16', 'order not null', s."order", s.line, 'order is NULL'
from PurchaseOrder as s
where s."order" is null
union all
select 'BXC16', 'line not null', s."order", s.line, 'line is NULL'
from PurchaseOrder as s
where s.line is null
union all
select 'BXC16', 'part_no not null', s."order", s.line, 'part_no is NULL'
from PurchaseOrder as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s."order", s.line, 'part_no is no varchar(20)'
from PurchaseOrder as s
where not (length(s.part_no) <= 20 and not contains(s.part_no, chr(0)))
union all
select 'BXC16', 'quantity not null', s."order", s.line, 'quantity is NULL'
from PurchaseOrder as s
where s.quantity is null
union all
select 'BXC16', 'due not null', s."order", s.line, 'due is NULL'
from PurchaseOrder as s
where s.due is null
union all
select 'BXC16', 'due date', s."order", s.line, 'due is no date'
from PurchaseOrder as s
where not (s.due between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'state not null', s."order", s.line, 'state is NULL'
from PurchaseOrder as s
where s.state is null
union all
select 'BXC16', 'state enum(''placed'', ''accepted'', ''shipped'', ''received'')', s."order", s.line,
  'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'
from PurchaseOrder as s
where not (s.state in ('placed', 'accepted', 'shipped', 'received'))
union all
select 'BXC16', 'promised date', s."order", s.line, 'promised is no date'
from PurchaseOrder as s
where not (s.promised between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'project text', s."order", s.line, 'project is no text'
from PurchaseOrder as s
where not (not contains(s.project, chr(0)))
union all
select 'BXC17', 'check amount', s."order", s.line, 'check amount is false'
from PurchaseOrder as s
where not (s.quantity > 0)
union all
select 'BXC17', 'primary key (order, line)', s."order", s.line,
  'another row of PurchaseOrder has the same order, line'
from PurchaseOrder as s
where (s."order", s.line) in (
  select "order", line
  from PurchaseOrder
  where not ("order" is null or line is null)
  group by "order", line
  having count(*) > 1
);

-- rows of Variant that break the spec
create view if not exists bxc_violations_Variant (
  bxc_code, bxc_constraint, id, bxc_detail
) as
select 'BXC16', 'id not null', s.id, 'id is NULL'
from Variant as s
where s.id is null
union all
select 'BXC16', 'sku not null', s.id, 'sku is NULL'
from Variant as s
where s.sku is null
union all
select 'BXC16', 'sku varchar(20)', s.id, 'sku is no varchar(20)'
from Variant as s
where not (length(s.sku) <= 20 and not contains(s.sku, chr(0)))
union all
select 'BXC16', 'size not null', s.id, 'size is NULL'
from Variant as s
where s.size is null
union all
select 'BXC16', 'size varchar(8)', s.id, 'size is no varchar(8)'
from Variant as s
where not (length(s.size) <= 8 and not contains(s.size, chr(0)))
union all
select 'BXC16', 'name not null', s.id, 'name is NULL'
from Variant as s
where s.name is null
union all
select 'BXC16', 'name text', s.id, 'name is no text'
from Variant as s
where not (not contains(s.name, chr(0)))
union all
select 'BXC16', 'list_price not null', s.id, 'list_price is NULL'
from Variant as s
where s.list_price is null
union all
select 'BXC16', 'stock not null', s.id, 'stock is NULL'
from Variant as s
where s.stock is null
union all
select 'BXC17', 'check prices', s.id, 'check prices is false'
from Variant as s
where not (s.list_price >= 0.00)
union all
select 'BXC17', 'primary key (id)', s.id, 'another row of Variant has the same id'
from Variant as s
where (s.id) in (
  select id
  from Variant
  where not (id is null)
  group by id
  having count(*) > 1
)
union all
select 'BXC17', 'unique (sku, size)', s.id, 'another row of Variant has the same sku, size'
from Variant as s
where (s.sku, s.size) in (
  select sku, size
  from Variant
  where not (sku is null or size is null)
  group by sku, size
  having count(*) > 1
)
union all
select 'BXC17', 'determines sku -> name, list_price', s.id,
  'another row of Variant has the same sku and other name, list_price'
from Variant as s
where (s.id) in (
  select o.id
  from (
    select sku
      from Variant
      group by sku
      having min(name) <> max(name) or count(name) between 1 and count(*) - 1
        or min(list_price) <> max(list_price) or count(list_price) between 1 and count(*) - 1
  ) as g
  join Variant as o on o.sku is not distinct from g.sku
);
