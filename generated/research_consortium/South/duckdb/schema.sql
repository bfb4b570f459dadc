-- research_consortium version 1: the sources of South in DuckDB.
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
  ('south_cases', 'update', 'case_id', false),
  ('south_cases', 'update', 'age', true),
  ('south_cases', 'update', 'sex', true),
  ('south_cases', 'update', 'diagnosis', true),
  ('south_cases', 'update', 'outcome', true),
  ('south_cases', 'update', 'review', false),
  ('south_cases', 'update', 'minor', false),
  ('south_cases', 'insert', '', true),
  ('south_cases', 'delete', '', true),
  ('code_book', 'update', 'code', false),
  ('code_book', 'update', 'title', false),
  ('code_book', 'insert', '', false),
  ('code_book', 'delete', '', false)
on conflict do nothing;

-- SouthCase: rows, captured edits, and the rows as last captured
create table if not exists SouthCase (
  case_id uuid not null,
  name varchar not null check (not contains(name, chr(0))),
  age bigint not null,
  sex varchar not null check (sex in ('f', 'm', 'x')),
  diagnosis varchar not null check (length(diagnosis) <= 8 and not contains(diagnosis, chr(0))),
  outcome varchar check (outcome in ('recovered', 'improved', 'unchanged', 'died')),
  review varchar check (not contains(review, chr(0))),
  consent boolean not null default false,
  primary key (case_id),
  constraint plausible check (age >= 0 and age <= 130)
);

create sequence if not exists bxc_seq_SouthCase;

create table if not exists bxc_change_SouthCase (
  bxc_seq bigint not null default nextval('bxc_seq_SouthCase'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_case_id uuid, bxc_old_name varchar, bxc_old_age bigint,
  bxc_old_sex varchar, bxc_old_diagnosis varchar, bxc_old_outcome varchar, bxc_old_review varchar,
  bxc_old_consent boolean, case_id uuid, name varchar, age bigint, sex varchar, diagnosis varchar,
  outcome varchar, review varchar, consent boolean
);

create table if not exists bxc_state_SouthCase as select * from SouthCase;

create table if not exists bxc_journal_SouthCase (
  bxc_put bigint, bxc_old_case_id uuid, case_id uuid, name varchar, age bigint, sex varchar,
  diagnosis varchar, outcome varchar, review varchar, consent boolean
);

-- SouthCode: rows, captured edits, and the rows as last captured
create table if not exists SouthCode (
  code varchar not null check (length(code) <= 8 and not contains(code, chr(0))),
  title varchar not null check (not contains(title, chr(0))),
  primary key (code)
);

create sequence if not exists bxc_seq_SouthCode;

create table if not exists bxc_change_SouthCode (
  bxc_seq bigint not null default nextval('bxc_seq_SouthCode'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_code varchar, bxc_old_title varchar, code varchar,
  title varchar
);

create table if not exists bxc_state_SouthCode as select * from SouthCode;

create table if not exists bxc_journal_SouthCode (
  bxc_put bigint, bxc_old_code varchar, code varchar, title varchar
);

-- rows of SouthCase that break the spec
create view if not exists bxc_violations_SouthCase (
  bxc_code, bxc_constraint, case_id, bxc_detail
) as
select 'BXC16', 'case_id not null', s.case_id, 'case_id is NULL'
from SouthCase as s
where s.case_id is null
union all
select 'BXC16', 'name not null', s.case_id, 'name is NULL'
from SouthCase as s
where s.name is null
union all
select 'BXC16', 'name text', s.case_id, 'name is no text'
from SouthCase as s
where not (not contains(s.name, chr(0)))
union all
select 'BXC16', 'age not null', s.case_id, 'age is NULL'
from SouthCase as s
where s.age is null
union all
select 'BXC16', 'sex not null', s.case_id, 'sex is NULL'
from SouthCase as s
where s.sex is null
union all
select 'BXC16', 'sex enum(''f'', ''m'', ''x'')', s.case_id, 'sex is no enum(''f'', ''m'', ''x'')'
from SouthCase as s
where not (s.sex in ('f', 'm', 'x'))
union all
select 'BXC16', 'diagnosis not null', s.case_id, 'diagnosis is NULL'
from SouthCase as s
where s.diagnosis is null
union all
select 'BXC16', 'diagnosis varchar(8)', s.case_id, 'diagnosis is no varchar(8)'
from SouthCase as s
where not (length(s.diagnosis) <= 8 and not contains(s.diagnosis, chr(0)))
union all
select 'BXC16', 'outcome enum(''recovered'', ''improved'', ''unchanged'', ''died'')', s.case_id,
  'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'
from SouthCase as s
where not (s.outcome in ('recovered', 'improved', 'unchanged', 'died'))
union all
select 'BXC16', 'review text', s.case_id, 'review is no text'
from SouthCase as s
where not (not contains(s.review, chr(0)))
union all
select 'BXC16', 'consent not null', s.case_id, 'consent is NULL'
from SouthCase as s
where s.consent is null
union all
select 'BXC17', 'check plausible', s.case_id, 'check plausible is false'
from SouthCase as s
where not (s.age >= 0 and s.age <= 130)
union all
select 'BXC17', 'primary key (case_id)', s.case_id, 'another row of SouthCase has the same case_id'
from SouthCase as s
where (s.case_id) in (
  select case_id
  from SouthCase
  where not (case_id is null)
  group by case_id
  having count(*) > 1
);

-- rows of SouthCode that break the spec
create view if not exists bxc_violations_SouthCode (
  bxc_code, bxc_constraint, code, bxc_detail
) as
select 'BXC16', 'code not null', s.code, 'code is NULL'
from SouthCode as s
where s.code is null
union all
select 'BXC16', 'code varchar(8)', s.code, 'code is no varchar(8)'
from SouthCode as s
where not (length(s.code) <= 8 and not contains(s.code, chr(0)))
union all
select 'BXC16', 'title not null', s.code, 'title is NULL'
from SouthCode as s
where s.title is null
union all
select 'BXC16', 'title text', s.code, 'title is no text'
from SouthCode as s
where not (not contains(s.title, chr(0)))
union all
select 'BXC17', 'primary key (code)', s.code, 'another row of SouthCode has the same code'
from SouthCode as s
where (s.code) in (
  select code
  from SouthCode
  where not (code is null)
  group by code
  having count(*) > 1
);
