-- research_consortium version 1: the sources of North in SQLite.
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
  ('north_cases', 'update', 'case_id', 0),
  ('north_cases', 'update', 'age', 1),
  ('north_cases', 'update', 'sex', 1),
  ('north_cases', 'update', 'diagnosis', 1),
  ('north_cases', 'update', 'outcome', 1),
  ('north_cases', 'update', 'review', 0),
  ('north_cases', 'update', 'minor', 0),
  ('north_cases', 'insert', '', 1),
  ('north_cases', 'delete', '', 1),
  ('code_book', 'update', 'code', 0),
  ('code_book', 'update', 'title', 0),
  ('code_book', 'insert', '', 0),
  ('code_book', 'delete', '', 0);

-- NorthCase: rows, captured edits, and rows that break the spec

create table if not exists NorthCase (
  case_id text not null primary key check (case_id glob '????????-????-????-????-????????????' and case_id not glob '*[^-0-9a-f]*' and length(replace(case_id, '-', '')) = 32),
  mrn text not null unique check (length(mrn) <= 16 and (instr(cast(mrn as blob), x'00') = 0 or instr(mrn, char(0)) = 0)),
  name text not null check ((instr(cast(name as blob), x'00') = 0 or instr(name, char(0)) = 0)),
  born text not null check (born glob '????-??-??' and born is date(born, '+0 days') and born >= '0001'),
  age integer not null,
  sex text not null check (sex in ('f', 'm', 'x')),
  diagnosis text not null check (length(diagnosis) <= 8 and (instr(cast(diagnosis as blob), x'00') = 0 or instr(diagnosis, char(0)) = 0)),
  outcome text check (outcome in ('recovered', 'improved', 'unchanged', 'died')),
  review text check ((instr(cast(review as blob), x'00') = 0 or instr(review, char(0)) = 0)),
  consent integer not null default 0 check (consent in (0, 1)),
  constraint plausible check (age >= 0 and age <= 130)
) strict;

create table if not exists bxc_change_NorthCase (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_case_id text, bxc_old_mrn text,
  bxc_old_name text, bxc_old_born text, bxc_old_age integer, bxc_old_sex text, bxc_old_diagnosis text,
  bxc_old_outcome text, bxc_old_review text, bxc_old_consent integer, case_id text, mrn text, name text,
  born text, age integer, sex text, diagnosis text, outcome text, review text, consent integer
) strict;

create view if not exists bxc_violations_NorthCase (bxc_code, bxc_constraint, case_id, bxc_detail) as
select 'BXC16', 'case_id not null', s.case_id, 'case_id is NULL'
from NorthCase as s
where s.case_id is null
union all
select 'BXC16', 'case_id uuid', s.case_id, 'case_id is no uuid'
from NorthCase as s
where not (s.case_id glob '????????-????-????-????-????????????' and s.case_id not glob '*[^-0-9a-f]*' and length(replace(s.case_id, '-', '')) = 32)
union all
select 'BXC16', 'mrn not null', s.case_id, 'mrn is NULL'
from NorthCase as s
where s.mrn is null
union all
select 'BXC16', 'mrn varchar(16)', s.case_id, 'mrn is no varchar(16)'
from NorthCase as s
where not (length(s.mrn) <= 16 and (instr(cast(s.mrn as blob), x'00') = 0 or instr(s.mrn, char(0)) = 0))
union all
select 'BXC16', 'name not null', s.case_id, 'name is NULL'
from NorthCase as s
where s.name is null
union all
select 'BXC16', 'name text', s.case_id, 'name is no text'
from NorthCase as s
where not ((instr(cast(s.name as blob), x'00') = 0 or instr(s.name, char(0)) = 0))
union all
select 'BXC16', 'born not null', s.case_id, 'born is NULL'
from NorthCase as s
where s.born is null
union all
select 'BXC16', 'born date', s.case_id, 'born is no date'
from NorthCase as s
where not (s.born glob '????-??-??' and s.born is date(s.born, '+0 days') and s.born >= '0001')
union all
select 'BXC16', 'age not null', s.case_id, 'age is NULL'
from NorthCase as s
where s.age is null
union all
select 'BXC16', 'sex not null', s.case_id, 'sex is NULL'
from NorthCase as s
where s.sex is null
union all
select 'BXC16', 'sex enum(''f'', ''m'', ''x'')', s.case_id, 'sex is no enum(''f'', ''m'', ''x'')'
from NorthCase as s
where not (s.sex in ('f', 'm', 'x'))
union all
select 'BXC16', 'diagnosis not null', s.case_id, 'diagnosis is NULL'
from NorthCase as s
where s.diagnosis is null
union all
select 'BXC16', 'diagnosis varchar(8)', s.case_id, 'diagnosis is no varchar(8)'
from NorthCase as s
where not (length(s.diagnosis) <= 8 and (instr(cast(s.diagnosis as blob), x'00') = 0 or instr(s.diagnosis, char(0)) = 0))
union all
select 'BXC16', 'outcome enum(''recovered'', ''improved'', ''unchanged'', ''died'')', s.case_id, 'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'
from NorthCase as s
where not (s.outcome in ('recovered', 'improved', 'unchanged', 'died'))
union all
select 'BXC16', 'review text', s.case_id, 'review is no text'
from NorthCase as s
where not ((instr(cast(s.review as blob), x'00') = 0 or instr(s.review, char(0)) = 0))
union all
select 'BXC16', 'consent not null', s.case_id, 'consent is NULL'
from NorthCase as s
where s.consent is null
union all
select 'BXC16', 'consent bool', s.case_id, 'consent is no bool'
from NorthCase as s
where not (s.consent in (0, 1))
union all
select 'BXC17', 'check plausible', s.case_id, 'check plausible is false'
from NorthCase as s
where not (s.age >= 0 and s.age <= 130)
union all
select 'BXC17', 'primary key (case_id)', s.case_id, 'another row of NorthCase has the same case_id'
from NorthCase as s
where s.case_id in (select case_id from NorthCase where case_id is not null group by case_id having count(*) > 1)
union all
select 'BXC17', 'unique (mrn)', s.case_id, 'another row of NorthCase has the same mrn'
from NorthCase as s
where s.mrn in (select mrn from NorthCase where mrn is not null group by mrn having count(*) > 1);

-- NorthCode: rows, captured edits, and rows that break the spec

create table if not exists NorthCode (
  code text not null primary key check (length(code) <= 8 and (instr(cast(code as blob), x'00') = 0 or instr(code, char(0)) = 0)),
  title text not null check ((instr(cast(title as blob), x'00') = 0 or instr(title, char(0)) = 0)),
  in_use integer not null default 1 check (in_use in (0, 1))
) strict;

create table if not exists bxc_change_NorthCode (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_code text, bxc_old_title text,
  bxc_old_in_use integer, code text, title text, in_use integer
) strict;

create view if not exists bxc_violations_NorthCode (bxc_code, bxc_constraint, code, bxc_detail) as
select 'BXC16', 'code not null', s.code, 'code is NULL'
from NorthCode as s
where s.code is null
union all
select 'BXC16', 'code varchar(8)', s.code, 'code is no varchar(8)'
from NorthCode as s
where not (length(s.code) <= 8 and (instr(cast(s.code as blob), x'00') = 0 or instr(s.code, char(0)) = 0))
union all
select 'BXC16', 'title not null', s.code, 'title is NULL'
from NorthCode as s
where s.title is null
union all
select 'BXC16', 'title text', s.code, 'title is no text'
from NorthCode as s
where not ((instr(cast(s.title as blob), x'00') = 0 or instr(s.title, char(0)) = 0))
union all
select 'BXC16', 'in_use not null', s.code, 'in_use is NULL'
from NorthCode as s
where s.in_use is null
union all
select 'BXC16', 'in_use bool', s.code, 'in_use is no bool'
from NorthCode as s
where not (s.in_use in (0, 1))
union all
select 'BXC17', 'primary key (code)', s.code, 'another row of NorthCode has the same code'
from NorthCode as s
where s.code in (select code from NorthCode where code is not null group by code having count(*) > 1);

-- capture of edits of NorthCase
create trigger if not exists bxc_capture_insert_NorthCase after insert on NorthCase
when (select uncaptured from bxc_session) is not 'NorthCase'
begin
  insert into bxc_change_NorthCase (
    bxc_op, bxc_via, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex,
      bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex,
      diagnosis, outcome, review, consent
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, null, null, null, null,
      new.case_id, new.mrn, new.name, new.born, new.age, new.sex, new.diagnosis, new.outcome, new.review,
      new.consent
  );
end;

create trigger if not exists bxc_capture_update_NorthCase after update on NorthCase
when (select uncaptured from bxc_session) is not 'NorthCase'
begin
  insert into bxc_change_NorthCase (
    bxc_op, bxc_via, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex,
      bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex,
      diagnosis, outcome, review, consent
  ) values (
    'update', (select putting from bxc_session), old.case_id, old.mrn, old.name, old.born, old.age, old.sex,
      old.diagnosis, old.outcome, old.review, old.consent, new.case_id, new.mrn, new.name, new.born, new.age,
      new.sex, new.diagnosis, new.outcome, new.review, new.consent
  );
end;

create trigger if not exists bxc_capture_delete_NorthCase after delete on NorthCase
when (select uncaptured from bxc_session) is not 'NorthCase'
begin
  insert into bxc_change_NorthCase (
    bxc_op, bxc_via, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex,
      bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex,
      diagnosis, outcome, review, consent
  ) values (
    'delete', (select putting from bxc_session), old.case_id, old.mrn, old.name, old.born, old.age, old.sex,
      old.diagnosis, old.outcome, old.review, old.consent, null, null, null, null, null, null, null, null, null,
      null
  );
end;

-- what an edit through a view of NorthCase changes without a right
create view if not exists bxc_unlicensed_NorthCase (bxc_view, bxc_right) as
select 'NorthStudy', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and c.consent
        and (c.bxc_op <> 'insert' and c.bxc_old_consent) is not true
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and c.bxc_old_consent
        and (c.bxc_op <> 'delete' and c.consent) is not true
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_case_id is not c.case_id
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'case_id' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_consent
        and c.bxc_op <> 'delete'
        and c.consent then 'update case_id'
    when c.bxc_old_age is not c.age
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'age' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_consent
        and c.bxc_op <> 'delete'
        and c.consent then 'update age'
    when c.bxc_old_sex is not c.sex
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'sex' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_consent
        and c.bxc_op <> 'delete'
        and c.consent then 'update sex'
    when c.bxc_old_diagnosis is not c.diagnosis
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'diagnosis' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_consent
        and c.bxc_op <> 'delete'
        and c.consent then 'update diagnosis'
    when c.bxc_old_outcome is not c.outcome
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'outcome' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_consent
        and c.bxc_op <> 'delete'
        and c.consent then 'update outcome'
    when c.bxc_old_review is not c.review
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'review' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_consent
        and c.bxc_op <> 'delete'
        and c.consent then 'update review'
    when c.bxc_old_age < 18 is not c.age < 18
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_consent
        and c.bxc_op <> 'delete'
        and c.consent then 'update minor'
  end as bxc_right
  from bxc_change_NorthCase as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;

-- capture of edits of NorthCode
create trigger if not exists bxc_capture_insert_NorthCode after insert on NorthCode
when (select uncaptured from bxc_session) is not 'NorthCode'
begin
  insert into bxc_change_NorthCode (
    bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
  ) values (
    'insert', (select putting from bxc_session), null, null, null, new.code, new.title, new.in_use
  );
end;

create trigger if not exists bxc_capture_update_NorthCode after update on NorthCode
when (select uncaptured from bxc_session) is not 'NorthCode'
begin
  insert into bxc_change_NorthCode (
    bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
  ) values (
    'update', (select putting from bxc_session), old.code, old.title, old.in_use, new.code, new.title,
      new.in_use
  );
end;

create trigger if not exists bxc_capture_delete_NorthCode after delete on NorthCode
when (select uncaptured from bxc_session) is not 'NorthCode'
begin
  insert into bxc_change_NorthCode (
    bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
  ) values (
    'delete', (select putting from bxc_session), old.code, old.title, old.in_use, null, null, null
  );
end;

-- what an edit through a view of NorthCode changes without a right
create view if not exists bxc_unlicensed_NorthCode (bxc_view, bxc_right) as
select 'CodesAtNorth', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and (c.bxc_op <> 'insert') is not true
        and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and (c.bxc_op <> 'delete') is not true
        and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_code is not c.code
        and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'code' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update code'
    when c.bxc_old_title is not c.title
        and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'title' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_op <> 'delete' then 'update title'
  end as bxc_right
  from bxc_change_NorthCode as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
