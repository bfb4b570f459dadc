-- research_consortium version 1: the sources of Centre in SQLite.
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
  ('north_cases', 'update', 'age', 0),
  ('north_cases', 'update', 'sex', 0),
  ('north_cases', 'update', 'diagnosis', 0),
  ('north_cases', 'update', 'outcome', 0),
  ('north_cases', 'update', 'review', 1),
  ('north_cases', 'update', 'minor', 0),
  ('north_cases', 'insert', '', 0),
  ('north_cases', 'delete', '', 0),
  ('south_cases', 'update', 'case_id', 0),
  ('south_cases', 'update', 'age', 0),
  ('south_cases', 'update', 'sex', 0),
  ('south_cases', 'update', 'diagnosis', 0),
  ('south_cases', 'update', 'outcome', 0),
  ('south_cases', 'update', 'review', 1),
  ('south_cases', 'update', 'minor', 0),
  ('south_cases', 'insert', '', 0),
  ('south_cases', 'delete', '', 0),
  ('code_book', 'update', 'code', 0),
  ('code_book', 'update', 'title', 1),
  ('code_book', 'insert', '', 1),
  ('code_book', 'delete', '', 1);

-- StudyCase: rows, captured edits, and rows that break the spec

create table if not exists StudyCase (
  site text not null check (site in ('north', 'south')),
  case_id text not null check (case_id glob '????????-????-????-????-????????????' and case_id not glob '*[^-0-9a-f]*' and length(replace(case_id, '-', '')) = 32),
  age integer not null,
  sex text not null check (sex in ('f', 'm', 'x')),
  diagnosis text not null check (length(diagnosis) <= 8 and (instr(cast(diagnosis as blob), x'00') = 0 or instr(diagnosis, char(0)) = 0)),
  outcome text check (outcome in ('recovered', 'improved', 'unchanged', 'died')),
  review text check ((instr(cast(review as blob), x'00') = 0 or instr(review, char(0)) = 0)),
  weight real check (abs(weight) < 9e999),
  primary key (site, case_id),
  constraint plausible check (age >= 0 and age <= 130)
) strict;

create table if not exists bxc_change_StudyCase (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_site text, bxc_old_case_id text,
  bxc_old_age integer, bxc_old_sex text, bxc_old_diagnosis text, bxc_old_outcome text, bxc_old_review text,
  bxc_old_weight real, site text, case_id text, age integer, sex text, diagnosis text, outcome text, review text,
  weight real
) strict;

create view if not exists bxc_violations_StudyCase (bxc_code, bxc_constraint, site, case_id, bxc_detail) as
select 'BXC16', 'site not null', s.site, s.case_id, 'site is NULL'
from StudyCase as s
where s.site is null
union all
select 'BXC16', 'site enum(''north'', ''south'')', s.site, s.case_id, 'site is no enum(''north'', ''south'')'
from StudyCase as s
where not (s.site in ('north', 'south'))
union all
select 'BXC16', 'case_id not null', s.site, s.case_id, 'case_id is NULL'
from StudyCase as s
where s.case_id is null
union all
select 'BXC16', 'case_id uuid', s.site, s.case_id, 'case_id is no uuid'
from StudyCase as s
where not (s.case_id glob '????????-????-????-????-????????????' and s.case_id not glob '*[^-0-9a-f]*' and length(replace(s.case_id, '-', '')) = 32)
union all
select 'BXC16', 'age not null', s.site, s.case_id, 'age is NULL'
from StudyCase as s
where s.age is null
union all
select 'BXC16', 'sex not null', s.site, s.case_id, 'sex is NULL'
from StudyCase as s
where s.sex is null
union all
select 'BXC16', 'sex enum(''f'', ''m'', ''x'')', s.site, s.case_id, 'sex is no enum(''f'', ''m'', ''x'')'
from StudyCase as s
where not (s.sex in ('f', 'm', 'x'))
union all
select 'BXC16', 'diagnosis not null', s.site, s.case_id, 'diagnosis is NULL'
from StudyCase as s
where s.diagnosis is null
union all
select 'BXC16', 'diagnosis varchar(8)', s.site, s.case_id, 'diagnosis is no varchar(8)'
from StudyCase as s
where not (length(s.diagnosis) <= 8 and (instr(cast(s.diagnosis as blob), x'00') = 0 or instr(s.diagnosis, char(0)) = 0))
union all
select 'BXC16', 'outcome enum(''recovered'', ''improved'', ''unchanged'', ''died'')', s.site, s.case_id, 'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'
from StudyCase as s
where not (s.outcome in ('recovered', 'improved', 'unchanged', 'died'))
union all
select 'BXC16', 'review text', s.site, s.case_id, 'review is no text'
from StudyCase as s
where not ((instr(cast(s.review as blob), x'00') = 0 or instr(s.review, char(0)) = 0))
union all
select 'BXC16', 'weight real', s.site, s.case_id, 'weight is no real'
from StudyCase as s
where not (abs(s.weight) < 9e999)
union all
select 'BXC17', 'check plausible', s.site, s.case_id, 'check plausible is false'
from StudyCase as s
where not (s.age >= 0 and s.age <= 130)
union all
select 'BXC17', 'primary key (site, case_id)', s.site, s.case_id, 'another row of StudyCase has the same site, case_id'
from StudyCase as s
where (s.site, s.case_id) in (select site, case_id from StudyCase where site is not null and case_id is not null group by site, case_id having count(*) > 1);

-- Code: rows, captured edits, and rows that break the spec

create table if not exists Code (
  code text not null primary key check (length(code) <= 8 and (instr(cast(code as blob), x'00') = 0 or instr(code, char(0)) = 0)),
  title text not null check ((instr(cast(title as blob), x'00') = 0 or instr(title, char(0)) = 0)),
  revised text check (revised glob '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' and substr(revised, 1, 19) is datetime(substr(revised, 1, 19), '+0 days') and revised >= '0001')
) strict;

create table if not exists bxc_change_Code (
  bxc_seq integer primary key, bxc_op text not null, bxc_via text, bxc_old_code text, bxc_old_title text,
  bxc_old_revised text, code text, title text, revised text
) strict;

create view if not exists bxc_violations_Code (bxc_code, bxc_constraint, code, bxc_detail) as
select 'BXC16', 'code not null', s.code, 'code is NULL'
from Code as s
where s.code is null
union all
select 'BXC16', 'code varchar(8)', s.code, 'code is no varchar(8)'
from Code as s
where not (length(s.code) <= 8 and (instr(cast(s.code as blob), x'00') = 0 or instr(s.code, char(0)) = 0))
union all
select 'BXC16', 'title not null', s.code, 'title is NULL'
from Code as s
where s.title is null
union all
select 'BXC16', 'title text', s.code, 'title is no text'
from Code as s
where not ((instr(cast(s.title as blob), x'00') = 0 or instr(s.title, char(0)) = 0))
union all
select 'BXC16', 'revised timestamp', s.code, 'revised is no timestamp'
from Code as s
where not (s.revised glob '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' and substr(s.revised, 1, 19) is datetime(substr(s.revised, 1, 19), '+0 days') and s.revised >= '0001')
union all
select 'BXC17', 'primary key (code)', s.code, 'another row of Code has the same code'
from Code as s
where s.code in (select code from Code where code is not null group by code having count(*) > 1);

-- capture of edits of StudyCase
create trigger if not exists bxc_capture_insert_StudyCase after insert on StudyCase
when (select uncaptured from bxc_session) is not 'StudyCase'
begin
  insert into bxc_change_StudyCase (
    bxc_op, bxc_via, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
      bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review, weight
  ) values (
    'insert', (select putting from bxc_session), null, null, null, null, null, null, null, null, new.site,
      new.case_id, new.age, new.sex, new.diagnosis, new.outcome, new.review, new.weight
  );
end;

create trigger if not exists bxc_capture_update_StudyCase after update on StudyCase
when (select uncaptured from bxc_session) is not 'StudyCase'
begin
  insert into bxc_change_StudyCase (
    bxc_op, bxc_via, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
      bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review, weight
  ) values (
    'update', (select putting from bxc_session), old.site, old.case_id, old.age, old.sex, old.diagnosis,
      old.outcome, old.review, old.weight, new.site, new.case_id, new.age, new.sex, new.diagnosis, new.outcome,
      new.review, new.weight
  );
end;

create trigger if not exists bxc_capture_delete_StudyCase after delete on StudyCase
when (select uncaptured from bxc_session) is not 'StudyCase'
begin
  insert into bxc_change_StudyCase (
    bxc_op, bxc_via, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
      bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review, weight
  ) values (
    'delete', (select putting from bxc_session), old.site, old.case_id, old.age, old.sex, old.diagnosis,
      old.outcome, old.review, old.weight, null, null, null, null, null, null, null, null
  );
end;

-- what an edit through a view of StudyCase changes without a right
create view if not exists bxc_unlicensed_StudyCase (bxc_view, bxc_right) as
select 'StudyOfNorth', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and c.site = 'north'
        and (c.bxc_op <> 'insert' and c.bxc_old_site = 'north') is not true
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and c.bxc_old_site = 'north'
        and (c.bxc_op <> 'delete' and c.site = 'north') is not true
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_case_id is not c.case_id
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'case_id' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'north'
        and c.bxc_op <> 'delete'
        and c.site = 'north' then 'update case_id'
    when c.bxc_old_age is not c.age
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'age' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'north'
        and c.bxc_op <> 'delete'
        and c.site = 'north' then 'update age'
    when c.bxc_old_sex is not c.sex
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'sex' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'north'
        and c.bxc_op <> 'delete'
        and c.site = 'north' then 'update sex'
    when c.bxc_old_diagnosis is not c.diagnosis
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'diagnosis' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'north'
        and c.bxc_op <> 'delete'
        and c.site = 'north' then 'update diagnosis'
    when c.bxc_old_outcome is not c.outcome
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'outcome' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'north'
        and c.bxc_op <> 'delete'
        and c.site = 'north' then 'update outcome'
    when c.bxc_old_review is not c.review
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'review' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'north'
        and c.bxc_op <> 'delete'
        and c.site = 'north' then 'update review'
    when c.bxc_old_age < 18 is not c.age < 18
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'north'
        and c.bxc_op <> 'delete'
        and c.site = 'north' then 'update minor'
  end as bxc_right
  from bxc_change_StudyCase as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null
union all
select 'StudyOfSouth', bxc_right
from (
  select case
    when c.bxc_op <> 'delete'
        and c.site = 'south'
        and (c.bxc_op <> 'insert' and c.bxc_old_site = 'south') is not true
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
    when c.bxc_op <> 'insert'
        and c.bxc_old_site = 'south'
        and (c.bxc_op <> 'delete' and c.site = 'south') is not true
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
    when c.bxc_old_case_id is not c.case_id
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'case_id' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'south'
        and c.bxc_op <> 'delete'
        and c.site = 'south' then 'update case_id'
    when c.bxc_old_age is not c.age
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'age' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'south'
        and c.bxc_op <> 'delete'
        and c.site = 'south' then 'update age'
    when c.bxc_old_sex is not c.sex
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'sex' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'south'
        and c.bxc_op <> 'delete'
        and c.site = 'south' then 'update sex'
    when c.bxc_old_diagnosis is not c.diagnosis
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'diagnosis' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'south'
        and c.bxc_op <> 'delete'
        and c.site = 'south' then 'update diagnosis'
    when c.bxc_old_outcome is not c.outcome
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'outcome' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'south'
        and c.bxc_op <> 'delete'
        and c.site = 'south' then 'update outcome'
    when c.bxc_old_review is not c.review
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'review' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'south'
        and c.bxc_op <> 'delete'
        and c.site = 'south' then 'update review'
    when c.bxc_old_age < 18 is not c.age < 18
        and not exists (select 1 from bxc_rights where share = 'south_cases' and operation = 'update' and granted)
        and c.bxc_op <> 'insert'
        and c.bxc_old_site = 'south'
        and c.bxc_op <> 'delete'
        and c.site = 'south' then 'update minor'
  end as bxc_right
  from bxc_change_StudyCase as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;

-- capture of edits of Code
create trigger if not exists bxc_capture_insert_Code after insert on Code
when (select uncaptured from bxc_session) is not 'Code'
begin
  insert into bxc_change_Code (
    bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
  ) values (
    'insert', (select putting from bxc_session), null, null, null, new.code, new.title, new.revised
  );
end;

create trigger if not exists bxc_capture_update_Code after update on Code
when (select uncaptured from bxc_session) is not 'Code'
begin
  insert into bxc_change_Code (
    bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
  ) values (
    'update', (select putting from bxc_session), old.code, old.title, old.revised, new.code, new.title,
      new.revised
  );
end;

create trigger if not exists bxc_capture_delete_Code after delete on Code
when (select uncaptured from bxc_session) is not 'Code'
begin
  insert into bxc_change_Code (
    bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
  ) values (
    'delete', (select putting from bxc_session), old.code, old.title, old.revised, null, null, null
  );
end;

-- what an edit through a view of Code changes without a right
create view if not exists bxc_unlicensed_Code (bxc_view, bxc_right) as
select 'CodesAtCentre', bxc_right
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
  from bxc_change_Code as c
  where c.bxc_seq > (select mark from bxc_session)
)
where bxc_right is not null;
