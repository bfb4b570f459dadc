-- supply_chain version 1: the sources of Retailer in DuckDB.
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
  ('prices', 'update', 'sku', false),
  ('prices', 'update', 'name', false),
  ('prices', 'update', 'list_price', false),
  ('prices', 'insert', '', false),
  ('prices', 'delete', '', false)
on conflict do nothing;

-- Item: rows, captured edits, and the rows as last captured
create table if not exists Item (
  sku varchar not null check (length(sku) <= 20 and not contains(sku, chr(0))),
  name varchar not null check (not contains(name, chr(0))),
  list_price decimal(10, 2) not null,
  shelf varchar check (not contains(shelf, chr(0))),
  primary key (sku),
  constraint prices check (list_price >= 0.00)
);

create sequence if not exists bxc_seq_Item;

create table if not exists bxc_change_Item (
  bxc_seq bigint not null default nextval('bxc_seq_Item'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_sku varchar, bxc_old_name varchar,
  bxc_old_list_price decimal(10, 2), bxc_old_shelf varchar, sku varchar, name varchar,
  list_price decimal(10, 2), shelf varchar
);

create table if not exists bxc_state_Item as select * from Item;

create table if not exists bxc_journal_Item (
  bxc_put bigint, bxc_old_sku varchar, sku varchar, name varchar, list_price decimal(10, 2), shelf varchar
);

-- rows of Item that break the spec
create view if not exists bxc_violations_Item (
  bxc_code, bxc_constraint, sku, bxc_detail
) as
select 'BXC16', 'sku not null', s.sku, 'sku is NULL'
from Item as s
where s.sku is null
union all
select 'BXC16', 'sku varchar(20)', s.sku, 'sku is no varchar(20)'
from Item as s
where not (length(s.sku) <= 20 and not contains(s.sku, chr(0)))
union all
select 'BXC16', 'name not null', s.sku, 'name is NULL'
from Item as s
where s.name is null
union all
select 'BXC16', 'name text', s.sku, 'name is no text'
from Item as s
where not (not contains(s.name, chr(0)))
union all
select 'BXC16', 'list_price not null', s.sku, 'list_price is NULL'
from Item as s
where s.list_price is null
union all
select 'BXC16', 'shelf text', s.sku, 'shelf is no text'
from Item as s
where not (not contains(s.shelf, chr(0)))
union all
select 'BXC17', 'check prices', s.sku, 'check prices is false'
from Item as s
where not (s.list_price >= 0.00)
union all
select 'BXC17', 'primary key (sku)', s.sku, 'another row of Item has the same sku'
from Item as s
where (s.sku) in (
  select sku
  from Item
  where not (sku is null)
  group by sku
  having count(*) > 1
);
