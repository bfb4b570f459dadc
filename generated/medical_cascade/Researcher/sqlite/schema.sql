-- medical_cascade version 1: the sources of Researcher in SQLite.
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
  ('mechanism', 'update', 'medication_name', 0),
  ('mechanism', 'update', 'mechanism_of_action', 1),
  ('mechanism', 'insert', '', 0),
  ('mechanism', 'delete', '', 0);

-- D2: rows, captured edits, and rows that break the spec

create table if not exists D2 (
  medication_name text not null primary key check ((instr(cast(medication_name as blob), x'00') = 0 or instr(medication_name, char(0)) = 0)),
  mechanism_of_action text check ((instr(cast(mechanism_of_action as blob), x'00') = 0 or instr(mechanism_of_action, char(0)) = 0)),
  mode_of_action text check ((instr(cast(mode_of_action as blob), x'00') = 0 or instr(mode_of_action, char(0)) = 0)),
  shared integer not null default 1 check (shared in (0, 1))
) strict;

create table if not exists bxc_change_D2 (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_medication_name text,
  bxc_old_mechanism_of_action text, bxc_old_mode_of_action text, bxc_old_shared integer, medication_name text,
  mechanism_of_action text, mode_of_action text, shared integer
) strict;

create view if not exists bxc_violations_D2 (bxc_code, bxc_constraint, medication_name, bxc_detail) as
select 'BXC16', 'medication_name not null', s.medication_name, 'medication_name is NULL'
from D2 as s
where s.medication_name is null
union all
select 'BXC16', 'medication_name text', s.medication_name, 'medication_name is no text'
from D2 as s
where not ((instr(cast(s.medication_name as blob), x'00') = 0 or instr(s.medication_name, char(0)) = 0))
union all
select 'BXC16', 'mechanism_of_action text', s.medication_name, 'mechanism_of_action is no text'
from D2 as s
where not ((instr(cast(s.mechanism_of_action as blob), x'00') = 0 or instr(s.mechanism_of_action, char(0)) = 0))
union all
select 'BXC16', 'mode_of_action text', s.medication_name, 'mode_of_action is no text'
from D2 as s
where not ((instr(cast(s.mode_of_action as blob), x'00') = 0 or instr(s.mode_of_action, char(0)) = 0))
union all
select 'BXC16', 'shared not null', s.medication_name, 'shared is NULL'
from D2 as s
where s.shared is null
union all
select 'BXC16', 'shared bool', s.medication_name, 'shared is no bool'
from D2 as s
where not (s.shared in (0, 1))
union all
select 'BXC17', 'primary key (medication_name)', s.medication_name, 'another row of D2 has the same medication_name'
from D2 as s
where s.medication_name in (select medication_name from D2 where medication_name is not null group by medication_name having count(*) > 1);

-- capture of edits of D2
create trigger if not exists bxc_capture_insert_D2 after insert on D2
when (select uncaptured from bxc_session) is not 'D2'
begin
  insert into bxc_change_D2 (
    bxc_op, bxc_via, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
      bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, new.medication_name,
      new.mechanism_of_action, new.mode_of_action, new.shared
  );
end;

create trigger if not exists bxc_capture_update_D2 after update on D2
when (select uncaptured from bxc_session) is not 'D2'
begin
  insert into bxc_change_D2 (
    bxc_op, bxc_via, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
      bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
  ) values (
    'update', (select putting from bxc_session), old.medication_name, old.mechanism_of_action,
      old.mode_of_action, old.shared, new.medication_name, new.mechanism_of_action, new.mode_of_action, new.shared
  );
end;

create trigger if not exists bxc_capture_delete_D2 after delete on D2
when (select uncaptured from bxc_session) is not 'D2'
begin
  insert into bxc_change_D2 (
    bxc_op, bxc_via, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
      bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
  ) values (
    'delete', (select putting from bxc_session), old.medication_name, old.mechanism_of_action,
      old.mode_of_action, old.shared, null, null, null, null
  );
end;

-- what an edit through a view of D2 changes without a right
create view if not exists bxc_unlicensed_D2 (bxc_view, bxc_right) as
select 'D23', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and c.shared = 1
        and (c.bxc_op <> 'insert' and c.bxc_old_shared = 1) is not true
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and c.bxc_old_shared = 1
        and (c.bxc_op <> 'delete' and c.shared = 1) is not true
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_medication_name is not c.medication_name
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'medication_name' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_shared = 1
        and c.bxc_op <> 'delete'
        and c.shared = 1 then 'update medication_name'
    when c.bxc_old_mechanism_of_action is not c.mechanism_of_action
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'mechanism_of_action' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_shared = 1
        and c.bxc_op <> 'delete'
        and c.shared = 1 then 'update mechanism_of_action'
  end as bxc_right
  from bxc_change_D2 as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
