-- supply_chain version 1: the sources of Manufacturer in SQLite.
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
  ('catalogue', 'update', 'part_no', 0),
  ('catalogue', 'update', 'description', 0),
  ('catalogue', 'update', 'unit_price', 0),
  ('catalogue', 'update', 'lead_days', 0),
  ('catalogue', 'insert', '', 0),
  ('catalogue', 'delete', '', 0),
  ('orders', 'update', 'order', 0),
  ('orders', 'update', 'line', 0),
  ('orders', 'update', 'part_no', 1),
  ('orders', 'update', 'quantity', 1),
  ('orders', 'update', 'due', 1),
  ('orders', 'update', 'state', 0),
  ('orders', 'update', 'promised', 0),
  ('orders', 'insert', '', 1),
  ('orders', 'delete', '', 1),
  ('prices', 'update', 'sku', 0),
  ('prices', 'update', 'name', 1),
  ('prices', 'update', 'list_price', 1),
  ('prices', 'insert', '', 1),
  ('prices', 'delete', '', 1);

-- Component: rows, captured edits, and rows that break the spec

create table if not exists Component (
  part_no text not null primary key check (length(part_no) <= 20 and (instr(cast(part_no as blob), x'00') = 0 or instr(part_no, char(0)) = 0)),
  description text not null check ((instr(cast(description as blob), x'00') = 0 or instr(description, char(0)) = 0)),
  unit_price integer /* decimal(10,2) */ not null check (unit_price between -9999999999 and 9999999999),
  lead_days integer not null,
  preferred integer not null default 0 check (preferred in (0, 1)),
  constraint prices check (unit_price >= 0),
  constraint lead_time check (lead_days >= 0 and lead_days <= 365)
) strict;

create table if not exists bxc_change_Component (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_part_no text,
  bxc_old_description text, bxc_old_unit_price integer, bxc_old_lead_days integer, bxc_old_preferred integer,
  part_no text, description text, unit_price integer, lead_days integer, preferred integer
) strict;

create view if not exists bxc_violations_Component (bxc_code, bxc_constraint, part_no, bxc_detail) as
select 'BXC16', 'part_no not null', s.part_no, 'part_no is NULL'
from Component as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s.part_no, 'part_no is no varchar(20)'
from Component as s
where not (length(s.part_no) <= 20 and (instr(cast(s.part_no as blob), x'00') = 0 or instr(s.part_no, char(0)) = 0))
union all
select 'BXC16', 'description not null', s.part_no, 'description is NULL'
from Component as s
where s.description is null
union all
select 'BXC16', 'description text', s.part_no, 'description is no text'
from Component as s
where not ((instr(cast(s.description as blob), x'00') = 0 or instr(s.description, char(0)) = 0))
union all
select 'BXC16', 'unit_price not null', s.part_no, 'unit_price is NULL'
from Component as s
where s.unit_price is null
union all
select 'BXC16', 'unit_price decimal(10,2)', s.part_no, 'unit_price is no decimal(10,2)'
from Component as s
where not (s.unit_price between -9999999999 and 9999999999)
union all
select 'BXC16', 'lead_days not null', s.part_no, 'lead_days is NULL'
from Component as s
where s.lead_days is null
union all
select 'BXC16', 'preferred not null', s.part_no, 'preferred is NULL'
from Component as s
where s.preferred is null
union all
select 'BXC16', 'preferred bool', s.part_no, 'preferred is no bool'
from Component as s
where not (s.preferred in (0, 1))
union all
select 'BXC17', 'check prices', s.part_no, 'check prices is false'
from Component as s
where not (s.unit_price >= 0)
union all
select 'BXC17', 'check lead_time', s.part_no, 'check lead_time is false'
from Component as s
where not (s.lead_days >= 0 and s.lead_days <= 365)
union all
select 'BXC17', 'primary key (part_no)', s.part_no, 'another row of Component has the same part_no'
from Component as s
where s.part_no in (select part_no from Component where part_no is not null group by part_no having count(*) > 1);

-- PurchaseOrder: rows, captured edits, and rows that break the spec

create table if not exists PurchaseOrder (
  "order" integer not null,
  line integer not null,
  part_no text not null check (length(part_no) <= 20 and (instr(cast(part_no as blob), x'00') = 0 or instr(part_no, char(0)) = 0)),
  quantity integer not null,
  due text not null check (due glob '????-??-??' and due is date(due, '+0 days') and due >= '0001'),
  state text not null default 'placed' check (state in ('placed', 'accepted', 'shipped', 'received')),
  promised text check (promised glob '????-??-??' and promised is date(promised, '+0 days') and promised >= '0001'),
  project text check ((instr(cast(project as blob), x'00') = 0 or instr(project, char(0)) = 0)),
  primary key ("order", line),
  constraint amount check (quantity > 0)
) strict;

create table if not exists bxc_change_PurchaseOrder (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_order integer, bxc_old_line integer,
  bxc_old_part_no text, bxc_old_quantity integer, bxc_old_due text, bxc_old_state text, bxc_old_promised text,
  bxc_old_project text, "order" integer, line integer, part_no text, quantity integer, due text, state text,
  promised text, project text
) strict;

create view if not exists bxc_violations_PurchaseOrder (bxc_code, bxc_constraint, "order", line, bxc_detail) as
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
where not (length(s.part_no) <= 20 and (instr(cast(s.part_no as blob), x'00') = 0 or instr(s.part_no, char(0)) = 0))
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
where not (s.due glob '????-??-??' and s.due is date(s.due, '+0 days') and s.due >= '0001')
union all
select 'BXC16', 'state not null', s."order", s.line, 'state is NULL'
from PurchaseOrder as s
where s.state is null
union all
select 'BXC16', 'state enum(''placed'', ''accepted'', ''shipped'', ''received'')', s."order", s.line, 'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'
from PurchaseOrder as s
where not (s.state in ('placed', 'accepted', 'shipped', 'received'))
union all
select 'BXC16', 'promised date', s."order", s.line, 'promised is no date'
from PurchaseOrder as s
where not (s.promised glob '????-??-??' and s.promised is date(s.promised, '+0 days') and s.promised >= '0001')
union all
select 'BXC16', 'project text', s."order", s.line, 'project is no text'
from PurchaseOrder as s
where not ((instr(cast(s.project as blob), x'00') = 0 or instr(s.project, char(0)) = 0))
union all
select 'BXC17', 'check amount', s."order", s.line, 'check amount is false'
from PurchaseOrder as s
where not (s.quantity > 0)
union all
select 'BXC17', 'primary key (order, line)', s."order", s.line, 'another row of PurchaseOrder has the same order, line'
from PurchaseOrder as s
where (s."order", s.line) in (select "order", line from PurchaseOrder where "order" is not null and line is not null group by "order", line having count(*) > 1);

-- Variant: rows, captured edits, and rows that break the spec

create table if not exists Variant (
  id integer primary key,
  sku text not null check (length(sku) <= 20 and (instr(cast(sku as blob), x'00') = 0 or instr(sku, char(0)) = 0)),
  size text not null check (length(size) <= 8 and (instr(cast(size as blob), x'00') = 0 or instr(size, char(0)) = 0)),
  name text not null check ((instr(cast(name as blob), x'00') = 0 or instr(name, char(0)) = 0)),
  list_price integer /* decimal(10,2) */ not null check (list_price between -9999999999 and 9999999999),
  stock integer not null default 0,
  unique (sku, size),
  constraint prices check (list_price >= 0)
) strict;

create table if not exists bxc_change_Variant (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_id integer, bxc_old_sku text,
  bxc_old_size text, bxc_old_name text, bxc_old_list_price integer, bxc_old_stock integer, id integer, sku text,
  size text, name text, list_price integer, stock integer
) strict;

create view if not exists bxc_violations_Variant (bxc_code, bxc_constraint, id, bxc_detail) as
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
where not (length(s.sku) <= 20 and (instr(cast(s.sku as blob), x'00') = 0 or instr(s.sku, char(0)) = 0))
union all
select 'BXC16', 'size not null', s.id, 'size is NULL'
from Variant as s
where s.size is null
union all
select 'BXC16', 'size varchar(8)', s.id, 'size is no varchar(8)'
from Variant as s
where not (length(s.size) <= 8 and (instr(cast(s.size as blob), x'00') = 0 or instr(s.size, char(0)) = 0))
union all
select 'BXC16', 'name not null', s.id, 'name is NULL'
from Variant as s
where s.name is null
union all
select 'BXC16', 'name text', s.id, 'name is no text'
from Variant as s
where not ((instr(cast(s.name as blob), x'00') = 0 or instr(s.name, char(0)) = 0))
union all
select 'BXC16', 'list_price not null', s.id, 'list_price is NULL'
from Variant as s
where s.list_price is null
union all
select 'BXC16', 'list_price decimal(10,2)', s.id, 'list_price is no decimal(10,2)'
from Variant as s
where not (s.list_price between -9999999999 and 9999999999)
union all
select 'BXC16', 'stock not null', s.id, 'stock is NULL'
from Variant as s
where s.stock is null
union all
select 'BXC17', 'check prices', s.id, 'check prices is false'
from Variant as s
where not (s.list_price >= 0)
union all
select 'BXC17', 'primary key (id)', s.id, 'another row of Variant has the same id'
from Variant as s
where s.id in (select id from Variant where id is not null group by id having count(*) > 1)
union all
select 'BXC17', 'unique (sku, size)', s.id, 'another row of Variant has the same sku, size'
from Variant as s
where (s.sku, s.size) in (select sku, size from Variant where sku is not null and size is not null group by sku, size having count(*) > 1)
union all
select 'BXC17', 'determines sku -> name, list_price', s.id, 'another row of Variant has the same sku and other name, list_price'
from Variant as s
where s.id in (select o.id from (select sku from Variant group by sku having min(name) is not max(name) or count(name) between 1 and count(*) - 1 or min(list_price) is not max(list_price) or count(list_price) between 1 and count(*) - 1) as g join Variant as o on o.sku is g.sku);

-- with these, puts and changes take time by the delta and not by the table
create index if not exists bxc_index_Variant_sku_name_list_price on Variant (sku, name, list_price);

-- capture of edits of Component
create trigger if not exists bxc_capture_insert_Component after insert on Component
when (select uncaptured from bxc_session) is not 'Component'
begin
  insert into bxc_change_Component (
    bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
      bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, new.part_no, new.description,
      new.unit_price, new.lead_days, new.preferred
  );
end;

create trigger if not exists bxc_capture_update_Component after update on Component
when (select uncaptured from bxc_session) is not 'Component'
begin
  insert into bxc_change_Component (
    bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
      bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
  ) values (
    'update', (select putting from bxc_session), old.part_no, old.description, old.unit_price, old.lead_days,
      old.preferred, new.part_no, new.description, new.unit_price, new.lead_days, new.preferred
  );
end;

create trigger if not exists bxc_capture_delete_Component after delete on Component
when (select uncaptured from bxc_session) is not 'Component'
begin
  insert into bxc_change_Component (
    bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
      bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
  ) values (
    'delete', (select putting from bxc_session), old.part_no, old.description, old.unit_price, old.lead_days,
      old.preferred, null, null, null, null, null
  );
end;

-- what an edit through a view of Component changes without a right
create view if not exists bxc_unlicensed_Component (bxc_view, bxc_right) as
select 'Catalogue', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and (c.bxc_op <> 'insert') is not true
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and (c.bxc_op <> 'delete') is not true
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_part_no is not c.part_no
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'part_no' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update part_no'
    when c.bxc_old_description is not c.description
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'description' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update description'
    when c.bxc_old_unit_price is not c.unit_price
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'unit_price' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update unit_price'
    when c.bxc_old_lead_days is not c.lead_days
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'lead_days' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update lead_days'
  end as bxc_right
  from bxc_change_Component as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;

-- capture of edits of PurchaseOrder
create trigger if not exists bxc_capture_insert_PurchaseOrder after insert on PurchaseOrder
when (select uncaptured from bxc_session) is not 'PurchaseOrder'
begin
  insert into bxc_change_PurchaseOrder (
    bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
      bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised, project
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, null, null, new."order",
      new.line, new.part_no, new.quantity, new.due, new.state, new.promised, new.project
  );
end;

create trigger if not exists bxc_capture_update_PurchaseOrder after update on PurchaseOrder
when (select uncaptured from bxc_session) is not 'PurchaseOrder'
begin
  insert into bxc_change_PurchaseOrder (
    bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
      bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised, project
  ) values (
    'update', (select putting from bxc_session), old."order", old.line, old.part_no, old.quantity, old.due,
      old.state, old.promised, old.project, new."order", new.line, new.part_no, new.quantity, new.due, new.state,
      new.promised, new.project
  );
end;

create trigger if not exists bxc_capture_delete_PurchaseOrder after delete on PurchaseOrder
when (select uncaptured from bxc_session) is not 'PurchaseOrder'
begin
  insert into bxc_change_PurchaseOrder (
    bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
      bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised, project
  ) values (
    'delete', (select putting from bxc_session), old."order", old.line, old.part_no, old.quantity, old.due,
      old.state, old.promised, old.project, null, null, null, null, null, null, null, null
  );
end;

-- what an edit through a view of PurchaseOrder changes without a right
create view if not exists bxc_unlicensed_PurchaseOrder (bxc_view, bxc_right) as
select 'Ordered', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and (c.bxc_op <> 'insert') is not true
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and (c.bxc_op <> 'delete') is not true
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_order is not c."order"
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'order' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update order'
    when c.bxc_old_line is not c.line
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'line' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update line'
    when c.bxc_old_part_no is not c.part_no
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'part_no' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update part_no'
    when c.bxc_old_quantity is not c.quantity
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'quantity' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update quantity'
    when c.bxc_old_due is not c.due
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'due' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update due'
    when c.bxc_old_state is not c.state
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'state' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update state'
    when c.bxc_old_promised is not c.promised
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'promised' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update promised'
  end as bxc_right
  from bxc_change_PurchaseOrder as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;

-- capture of edits of Variant
create trigger if not exists bxc_capture_insert_Variant after insert on Variant
when (select uncaptured from bxc_session) is not 'Variant'
begin
  insert into bxc_change_Variant (
    bxc_op, bxc_via, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock, id,
      sku, size, name, list_price, stock
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, new.id, new.sku, new.size,
      new.name, new.list_price, new.stock
  );
end;

create trigger if not exists bxc_capture_update_Variant after update on Variant
when (select uncaptured from bxc_session) is not 'Variant'
begin
  insert into bxc_change_Variant (
    bxc_op, bxc_via, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock, id,
      sku, size, name, list_price, stock
  ) values (
    'update', (select putting from bxc_session), old.id, old.sku, old.size, old.name, old.list_price, old.stock,
      new.id, new.sku, new.size, new.name, new.list_price, new.stock
  );
end;

create trigger if not exists bxc_capture_delete_Variant after delete on Variant
when (select uncaptured from bxc_session) is not 'Variant'
begin
  insert into bxc_change_Variant (
    bxc_op, bxc_via, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock, id,
      sku, size, name, list_price, stock
  ) values (
    'delete', (select putting from bxc_session), old.id, old.sku, old.size, old.name, old.list_price, old.stock,
      null, null, null, null, null, null
  );
end;

-- what an edit through a view of Variant changes without a right
create view if not exists bxc_unlicensed_Variant (bxc_view, bxc_right) as
select 'PriceList', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and (c.bxc_old_sku is not c.sku and not c.bxc_via is 'PriceList' or (c.bxc_op <> 'insert') is not true)
        and not (exists (select 1 from Variant as s where s.sku = c.sku and not exists (select 1 from bxc_change_Variant as d where d.bxc_seq > (select mark from bxc_session) and d.bxc_op <> 'delete' and d.id is s.id)) or exists (select 1 from bxc_change_Variant as d where d.bxc_seq > (select mark from bxc_session) and d.bxc_op <> 'insert' and d.bxc_old_sku = c.sku))
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and (c.bxc_old_sku is not c.sku and not c.bxc_via is 'PriceList' or (c.bxc_op <> 'delete') is not true)
        and not exists (select 1 from Variant as s where s.sku = c.bxc_old_sku)
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_sku is not c.sku
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'sku' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete'
        and (c.bxc_old_sku is c.sku or c.bxc_via is 'PriceList') then 'update sku'
    when c.bxc_old_name is not c.name
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'name' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete'
        and (c.bxc_old_sku is c.sku or c.bxc_via is 'PriceList') then 'update name'
    when c.bxc_old_list_price is not c.list_price
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'list_price' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete'
        and (c.bxc_old_sku is c.sku or c.bxc_via is 'PriceList') then 'update list_price'
  end as bxc_right
  from bxc_change_Variant as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
