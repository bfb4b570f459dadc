-- supply_chain version 1: the sources of Retailer in SQLite.
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
  ('prices', 'update', 'sku', 0),
  ('prices', 'update', 'name', 0),
  ('prices', 'update', 'list_price', 0),
  ('prices', 'insert', '', 0),
  ('prices', 'delete', '', 0);

-- Item: rows, captured edits, and rows that break the spec

create table if not exists Item (
  sku text not null primary key check (length(sku) <= 20 and (instr(cast(sku as blob), x'00') = 0 or instr(sku, char(0)) = 0)),
  name text not null check ((instr(cast(name as blob), x'00') = 0 or instr(name, char(0)) = 0)),
  list_price integer /* decimal(10,2) */ not null check (list_price between -9999999999 and 9999999999),
  shelf text check ((instr(cast(shelf as blob), x'00') = 0 or instr(shelf, char(0)) = 0)),
  constraint prices check (list_price >= 0)
) strict;

create table if not exists bxc_change_Item (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_sku text, bxc_old_name text,
  bxc_old_list_price integer, bxc_old_shelf text, sku text, name text, list_price integer, shelf text
) strict;

create view if not exists bxc_violations_Item (bxc_code, bxc_constraint, sku, bxc_detail) as
select 'BXC16', 'sku not null', s.sku, 'sku is NULL'
from Item as s
where s.sku is null
union all
select 'BXC16', 'sku varchar(20)', s.sku, 'sku is no varchar(20)'
from Item as s
where not (length(s.sku) <= 20 and (instr(cast(s.sku as blob), x'00') = 0 or instr(s.sku, char(0)) = 0))
union all
select 'BXC16', 'name not null', s.sku, 'name is NULL'
from Item as s
where s.name is null
union all
select 'BXC16', 'name text', s.sku, 'name is no text'
from Item as s
where not ((instr(cast(s.name as blob), x'00') = 0 or instr(s.name, char(0)) = 0))
union all
select 'BXC16', 'list_price not null', s.sku, 'list_price is NULL'
from Item as s
where s.list_price is null
union all
select 'BXC16', 'list_price decimal(10,2)', s.sku, 'list_price is no decimal(10,2)'
from Item as s
where not (s.list_price between -9999999999 and 9999999999)
union all
select 'BXC16', 'shelf text', s.sku, 'shelf is no text'
from Item as s
where not ((instr(cast(s.shelf as blob), x'00') = 0 or instr(s.shelf, char(0)) = 0))
union all
select 'BXC17', 'check prices', s.sku, 'check prices is false'
from Item as s
where not (s.list_price >= 0)
union all
select 'BXC17', 'primary key (sku)', s.sku, 'another row of Item has the same sku'
from Item as s
where s.sku in (select sku from Item where sku is not null group by sku having count(*) > 1);

-- capture of edits of Item
create trigger if not exists bxc_capture_insert_Item after insert on Item
when (select uncaptured from bxc_session) is not 'Item'
begin
  insert into bxc_change_Item (
    bxc_op, bxc_via, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, new.sku, new.name, new.list_price,
      new.shelf
  );
end;

create trigger if not exists bxc_capture_update_Item after update on Item
when (select uncaptured from bxc_session) is not 'Item'
begin
  insert into bxc_change_Item (
    bxc_op, bxc_via, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf
  ) values (
    'update', (select putting from bxc_session), old.sku, old.name, old.list_price, old.shelf, new.sku, new.name,
      new.list_price, new.shelf
  );
end;

create trigger if not exists bxc_capture_delete_Item after delete on Item
when (select uncaptured from bxc_session) is not 'Item'
begin
  insert into bxc_change_Item (
    bxc_op, bxc_via, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf
  ) values (
    'delete', (select putting from bxc_session), old.sku, old.name, old.list_price, old.shelf, null, null, null,
      null
  );
end;

-- what an edit through a view of Item changes without a right
create view if not exists bxc_unlicensed_Item (bxc_view, bxc_right) as
select 'Assortment', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and (c.bxc_op <> 'insert') is not true
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and (c.bxc_op <> 'delete') is not true
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_sku is not c.sku
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'sku' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update sku'
    when c.bxc_old_name is not c.name
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'name' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update name'
    when c.bxc_old_list_price is not c.list_price
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'list_price' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update list_price'
  end as bxc_right
  from bxc_change_Item as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
