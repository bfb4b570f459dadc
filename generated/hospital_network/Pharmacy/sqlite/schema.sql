-- hospital_network version 1: the sources of Pharmacy in SQLite.
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
  ('pharmacy', 'update', 'rx', 0),
  ('pharmacy', 'update', 'drug', 0),
  ('pharmacy', 'update', 'quantity', 0),
  ('pharmacy', 'update', 'dispensed', 1),
  ('pharmacy', 'update', 'unit_price', 1),
  ('pharmacy', 'update', 'outstanding', 0),
  ('pharmacy', 'insert', '', 0),
  ('pharmacy', 'delete', '', 0);

-- Dispensing: rows, captured edits, and rows that break the spec

create table if not exists Dispensing (
  rx text not null primary key check (rx glob '????????-????-????-????-????????????' and rx not glob '*[^-0-9a-f]*' and length(replace(rx, '-', '')) = 32),
  drug text not null check (length(drug) <= 60 and (instr(cast(drug as blob), x'00') = 0 or instr(drug, char(0)) = 0)),
  quantity integer not null,
  dispensed integer not null default 0,
  unit_price integer /* decimal(8,2) */ check (unit_price between -99999999 and 99999999),
  batch text check ((instr(cast(batch as blob), x'00') = 0 or instr(batch, char(0)) = 0)),
  constraint amounts check (quantity >= 1 and quantity <= 1000 and dispensed >= 0 and dispensed <= 1000)
) strict;

create table if not exists bxc_change_Dispensing (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_rx text, bxc_old_drug text,
  bxc_old_quantity integer, bxc_old_dispensed integer, bxc_old_unit_price integer, bxc_old_batch text, rx text,
  drug text, quantity integer, dispensed integer, unit_price integer, batch text
) strict;

create view if not exists bxc_violations_Dispensing (bxc_code, bxc_constraint, rx, bxc_detail) as
select 'BXC16', 'rx not null', s.rx, 'rx is NULL'
from Dispensing as s
where s.rx is null
union all
select 'BXC16', 'rx uuid', s.rx, 'rx is no uuid'
from Dispensing as s
where not (s.rx glob '????????-????-????-????-????????????' and s.rx not glob '*[^-0-9a-f]*' and length(replace(s.rx, '-', '')) = 32)
union all
select 'BXC16', 'drug not null', s.rx, 'drug is NULL'
from Dispensing as s
where s.drug is null
union all
select 'BXC16', 'drug varchar(60)', s.rx, 'drug is no varchar(60)'
from Dispensing as s
where not (length(s.drug) <= 60 and (instr(cast(s.drug as blob), x'00') = 0 or instr(s.drug, char(0)) = 0))
union all
select 'BXC16', 'quantity not null', s.rx, 'quantity is NULL'
from Dispensing as s
where s.quantity is null
union all
select 'BXC16', 'dispensed not null', s.rx, 'dispensed is NULL'
from Dispensing as s
where s.dispensed is null
union all
select 'BXC16', 'unit_price decimal(8,2)', s.rx, 'unit_price is no decimal(8,2)'
from Dispensing as s
where not (s.unit_price between -99999999 and 99999999)
union all
select 'BXC16', 'batch text', s.rx, 'batch is no text'
from Dispensing as s
where not ((instr(cast(s.batch as blob), x'00') = 0 or instr(s.batch, char(0)) = 0))
union all
select 'BXC17', 'check amounts', s.rx, 'check amounts is false'
from Dispensing as s
where not (s.quantity >= 1 and s.quantity <= 1000 and s.dispensed >= 0 and s.dispensed <= 1000)
union all
select 'BXC17', 'primary key (rx)', s.rx, 'another row of Dispensing has the same rx'
from Dispensing as s
where s.rx in (select rx from Dispensing where rx is not null group by rx having count(*) > 1);

-- capture of edits of Dispensing
create trigger if not exists bxc_capture_insert_Dispensing after insert on Dispensing
when (select uncaptured from bxc_session) is not 'Dispensing'
begin
  insert into bxc_change_Dispensing (
    bxc_op, bxc_via, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
      bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, new.rx, new.drug,
      new.quantity, new.dispensed, new.unit_price, new.batch
  );
end;

create trigger if not exists bxc_capture_update_Dispensing after update on Dispensing
when (select uncaptured from bxc_session) is not 'Dispensing'
begin
  insert into bxc_change_Dispensing (
    bxc_op, bxc_via, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
      bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
  ) values (
    'update', (select putting from bxc_session), old.rx, old.drug, old.quantity, old.dispensed, old.unit_price,
      old.batch, new.rx, new.drug, new.quantity, new.dispensed, new.unit_price, new.batch
  );
end;

create trigger if not exists bxc_capture_delete_Dispensing after delete on Dispensing
when (select uncaptured from bxc_session) is not 'Dispensing'
begin
  insert into bxc_change_Dispensing (
    bxc_op, bxc_via, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
      bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
  ) values (
    'delete', (select putting from bxc_session), old.rx, old.drug, old.quantity, old.dispensed, old.unit_price,
      old.batch, null, null, null, null, null, null
  );
end;

-- what an edit through a view of Dispensing changes without a right
create view if not exists bxc_unlicensed_Dispensing (bxc_view, bxc_right) as
select 'RxAtPharmacy', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and (c.bxc_op <> 'insert') is not true
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and (c.bxc_op <> 'delete') is not true
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_rx is not c.rx
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'rx' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update rx'
    when c.bxc_old_drug is not c.drug
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'drug' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update drug'
    when c.bxc_old_quantity is not c.quantity
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'quantity' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update quantity'
    when c.bxc_old_dispensed is not c.dispensed
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'dispensed' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update dispensed'
    when c.bxc_old_unit_price is not c.unit_price
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'unit_price' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update unit_price'
    when c.bxc_old_quantity - c.bxc_old_dispensed is not c.quantity - c.dispensed
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update outstanding'
  end as bxc_right
  from bxc_change_Dispensing as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
