-- supply_chain version 1: the sources of Supplier in SQLite.
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
  ('catalogue', 'update', 'description', 1),
  ('catalogue', 'update', 'unit_price', 1),
  ('catalogue', 'update', 'lead_days', 1),
  ('catalogue', 'insert', '', 1),
  ('catalogue', 'delete', '', 1),
  ('orders', 'update', 'order', 0),
  ('orders', 'update', 'line', 0),
  ('orders', 'update', 'part_no', 0),
  ('orders', 'update', 'quantity', 0),
  ('orders', 'update', 'due', 0),
  ('orders', 'update', 'state', 1),
  ('orders', 'update', 'promised', 1),
  ('orders', 'insert', '', 0),
  ('orders', 'delete', '', 0);

-- Part: rows, captured edits, and rows that break the spec

create table if not exists Part (
  part_no text not null primary key check (length(part_no) <= 20 and (instr(cast(part_no as blob), x'00') = 0 or instr(part_no, char(0)) = 0)),
  description text not null check ((instr(cast(description as blob), x'00') = 0 or instr(description, char(0)) = 0)),
  unit_price integer /* decimal(10,2) */ not null check (unit_price between -9999999999 and 9999999999),
  lead_days integer not null,
  cost integer /* decimal(10,2) */ check (cost between -9999999999 and 9999999999),
  discontinued integer not null default 0 check (discontinued in (0, 1)),
  constraint prices check (unit_price >= 0),
  constraint lead_time check (lead_days >= 0 and lead_days <= 365)
) strict;

create table if not exists bxc_change_Part (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_part_no text,
  bxc_old_description text, bxc_old_unit_price integer, bxc_old_lead_days integer, bxc_old_cost integer,
  bxc_old_discontinued integer, part_no text, description text, unit_price integer, lead_days integer,
  cost integer, discontinued integer
) strict;

create view if not exists bxc_violations_Part (bxc_code, bxc_constraint, part_no, bxc_detail) as
select 'BXC16', 'part_no not null', s.part_no, 'part_no is NULL'
from Part as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s.part_no, 'part_no is no varchar(20)'
from Part as s
where not (length(s.part_no) <= 20 and (instr(cast(s.part_no as blob), x'00') = 0 or instr(s.part_no, char(0)) = 0))
union all
select 'BXC16', 'description not null', s.part_no, 'description is NULL'
from Part as s
where s.description is null
union all
select 'BXC16', 'description text', s.part_no, 'description is no text'
from Part as s
where not ((instr(cast(s.description as blob), x'00') = 0 or instr(s.description, char(0)) = 0))
union all
select 'BXC16', 'unit_price not null', s.part_no, 'unit_price is NULL'
from Part as s
where s.unit_price is null
union all
select 'BXC16', 'unit_price decimal(10,2)', s.part_no, 'unit_price is no decimal(10,2)'
from Part as s
where not (s.unit_price between -9999999999 and 9999999999)
union all
select 'BXC16', 'lead_days not null', s.part_no, 'lead_days is NULL'
from Part as s
where s.lead_days is null
union all
select 'BXC16', 'cost decimal(10,2)', s.part_no, 'cost is no decimal(10,2)'
from Part as s
where not (s.cost between -9999999999 and 9999999999)
union all
select 'BXC16', 'discontinued not null', s.part_no, 'discontinued is NULL'
from Part as s
where s.discontinued is null
union all
select 'BXC16', 'discontinued bool', s.part_no, 'discontinued is no bool'
from Part as s
where not (s.discontinued in (0, 1))
union all
select 'BXC17', 'check prices', s.part_no, 'check prices is false'
from Part as s
where not (s.unit_price >= 0)
union all
select 'BXC17', 'check lead_time', s.part_no, 'check lead_time is false'
from Part as s
where not (s.lead_days >= 0 and s.lead_days <= 365)
union all
select 'BXC17', 'primary key (part_no)', s.part_no, 'another row of Part has the same part_no'
from Part as s
where s.part_no in (select part_no from Part where part_no is not null group by part_no having count(*) > 1);

-- SalesOrder: rows, captured edits, and rows that break the spec

create table if not exists SalesOrder (
  "order" integer not null,
  line integer not null,
  part_no text not null check (length(part_no) <= 20 and (instr(cast(part_no as blob), x'00') = 0 or instr(part_no, char(0)) = 0)),
  quantity integer not null,
  due text not null check (due glob '????-??-??' and due is date(due, '+0 days') and due >= '0001'),
  state text not null default 'placed' check (state in ('placed', 'accepted', 'shipped', 'received')),
  promised text check (promised glob '????-??-??' and promised is date(promised, '+0 days') and promised >= '0001'),
  carrier text check ((instr(cast(carrier as blob), x'00') = 0 or instr(carrier, char(0)) = 0)),
  primary key ("order", line),
  constraint amount check (quantity > 0)
) strict;

create table if not exists bxc_change_SalesOrder (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_order integer, bxc_old_line integer,
  bxc_old_part_no text, bxc_old_quantity integer, bxc_old_due text, bxc_old_state text, bxc_old_promised text,
  bxc_old_carrier text, "order" integer, line integer, part_no text, quantity integer, due text, state text,
  promised text, carrier text
) strict;

create view if not exists bxc_violations_SalesOrder (bxc_code, bxc_constraint, "order", line, bxc_detail) as
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
where not (length(s.part_no) <= 20 and (instr(cast(s.part_no as blob), x'00') = 0 or instr(s.part_no, char(0)) = 0))
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
where not (s.due glob '????-??-??' and s.due is date(s.due, '+0 days') and s.due >= '0001')
union all
select 'BXC16', 'state not null', s."order", s.line, 'state is NULL'
from SalesOrder as s
where s.state is null
union all
select 'BXC16', 'state enum(''placed'', ''accepted'', ''shipped'', ''received'')', s."order", s.line, 'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'
from SalesOrder as s
where not (s.state in ('placed', 'accepted', 'shipped', 'received'))
union all
select 'BXC16', 'promised date', s."order", s.line, 'promised is no date'
from SalesOrder as s
where not (s.promised glob '????-??-??' and s.promised is date(s.promised, '+0 days') and s.promised >= '0001')
union all
select 'BXC16', 'carrier text', s."order", s.line, 'carrier is no text'
from SalesOrder as s
where not ((instr(cast(s.carrier as blob), x'00') = 0 or instr(s.carrier, char(0)) = 0))
union all
select 'BXC17', 'check amount', s."order", s.line, 'check amount is false'
from SalesOrder as s
where not (s.quantity > 0)
union all
select 'BXC17', 'primary key (order, line)', s."order", s.line, 'another row of SalesOrder has the same order, line'
from SalesOrder as s
where (s."order", s.line) in (select "order", line from SalesOrder where "order" is not null and line is not null group by "order", line having count(*) > 1);

-- capture of edits of Part
create trigger if not exists bxc_capture_insert_Part after insert on Part
when (select uncaptured from bxc_session) is not 'Part'
begin
  insert into bxc_change_Part (
    bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
      bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, new.part_no,
      new.description, new.unit_price, new.lead_days, new.cost, new.discontinued
  );
end;

create trigger if not exists bxc_capture_update_Part after update on Part
when (select uncaptured from bxc_session) is not 'Part'
begin
  insert into bxc_change_Part (
    bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
      bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
  ) values (
    'update', (select putting from bxc_session), old.part_no, old.description, old.unit_price, old.lead_days,
      old.cost, old.discontinued, new.part_no, new.description, new.unit_price, new.lead_days, new.cost,
      new.discontinued
  );
end;

create trigger if not exists bxc_capture_delete_Part after delete on Part
when (select uncaptured from bxc_session) is not 'Part'
begin
  insert into bxc_change_Part (
    bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
      bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
  ) values (
    'delete', (select putting from bxc_session), old.part_no, old.description, old.unit_price, old.lead_days,
      old.cost, old.discontinued, null, null, null, null, null, null
  );
end;

-- what an edit through a view of Part changes without a right
create view if not exists bxc_unlicensed_Part (bxc_view, bxc_right) as
select 'Offer', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and not c.discontinued
        and (c.bxc_op <> 'insert' and not c.bxc_old_discontinued) is not true
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and not c.bxc_old_discontinued
        and (c.bxc_op <> 'delete' and not c.discontinued) is not true
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_part_no is not c.part_no
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'part_no' and granted)
        and c.bxc_op <> 'insert'
        and not c.bxc_old_discontinued
        and c.bxc_op <> 'delete'
        and not c.discontinued then 'update part_no'
    when c.bxc_old_description is not c.description
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'description' and granted)
        and c.bxc_op <> 'insert'
        and not c.bxc_old_discontinued
        and c.bxc_op <> 'delete'
        and not c.discontinued then 'update description'
    when c.bxc_old_unit_price is not c.unit_price
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'unit_price' and granted)
        and c.bxc_op <> 'insert'
        and not c.bxc_old_discontinued
        and c.bxc_op <> 'delete'
        and not c.discontinued then 'update unit_price'
    when c.bxc_old_lead_days is not c.lead_days
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'lead_days' and granted)
        and c.bxc_op <> 'insert'
        and not c.bxc_old_discontinued
        and c.bxc_op <> 'delete'
        and not c.discontinued then 'update lead_days'
  end as bxc_right
  from bxc_change_Part as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;

-- capture of edits of SalesOrder
create trigger if not exists bxc_capture_insert_SalesOrder after insert on SalesOrder
when (select uncaptured from bxc_session) is not 'SalesOrder'
begin
  insert into bxc_change_SalesOrder (
    bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
      bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised, carrier
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, null, null, new."order",
      new.line, new.part_no, new.quantity, new.due, new.state, new.promised, new.carrier
  );
end;

create trigger if not exists bxc_capture_update_SalesOrder after update on SalesOrder
when (select uncaptured from bxc_session) is not 'SalesOrder'
begin
  insert into bxc_change_SalesOrder (
    bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
      bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised, carrier
  ) values (
    'update', (select putting from bxc_session), old."order", old.line, old.part_no, old.quantity, old.due,
      old.state, old.promised, old.carrier, new."order", new.line, new.part_no, new.quantity, new.due, new.state,
      new.promised, new.carrier
  );
end;

create trigger if not exists bxc_capture_delete_SalesOrder after delete on SalesOrder
when (select uncaptured from bxc_session) is not 'SalesOrder'
begin
  insert into bxc_change_SalesOrder (
    bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
      bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised, carrier
  ) values (
    'delete', (select putting from bxc_session), old."order", old.line, old.part_no, old.quantity, old.due,
      old.state, old.promised, old.carrier, null, null, null, null, null, null, null, null
  );
end;

-- what an edit through a view of SalesOrder changes without a right
create view if not exists bxc_unlicensed_SalesOrder (bxc_view, bxc_right) as
select 'ToDeliver', bxc_right
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
  from bxc_change_SalesOrder as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
