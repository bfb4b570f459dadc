-- research_consortium version 1: the sources of North in DuckDB.
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
  ('north_cases', 'update', 'case_id', false),
  ('north_cases', 'update', 'age', true),
  ('north_cases', 'update', 'sex', true),
  ('north_cases', 'update', 'diagnosis', true),
  ('north_cases', 'update', 'outcome', true),
  ('north_cases', 'update', 'review', false),
  ('north_cases', 'update', 'minor', false),
  ('north_cases', 'insert', '', true),
  ('north_cases', 'delete', '', true),
  ('code_book', 'update', 'code', false),
  ('code_book', 'update', 'title', false),
  ('code_book', 'insert', '', false),
  ('code_book', 'delete', '', false)
on conflict do nothing;

-- NorthCase: rows, captured edits, and the rows as last captured
create table if not exists NorthCase (
  case_id uuid not null,
  mrn varchar not null check (length(mrn) <= 16 and not contains(mrn, chr(0))),
  name varchar not null check (not contains(name, chr(0))),
  born date not null check (born between date '0001-01-01' and date '9999-12-31'),
  age bigint not null,
  sex varchar not null check (sex in ('f', 'm', 'x')),
  diagnosis varchar not null check (length(diagnosis) <= 8 and not contains(diagnosis, chr(0))),
  outcome varchar check (outcome in ('recovered', 'improved', 'unchanged', 'died')),
  review varchar check (not contains(review, chr(0))),
  consent boolean not null default false,
  primary key (case_id),
  unique (mrn),
  constraint plausible check (age >= 0 and age <= 130)
);

create sequence if not exists bxc_seq_NorthCase;

create table if not exists bxc_change_NorthCase (
  bxc_seq bigint not null default nextval('bxc_seq_NorthCase'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_case_id uuid, bxc_old_mrn varchar, bxc_old_name varchar,
  bxc_old_born date, bxc_old_age bigint, bxc_old_sex varchar, bxc_old_diagnosis varchar,
  bxc_old_outcome varchar, bxc_old_review varchar, bxc_old_consent boolean, case_id uuid, mrn varchar,
  name varchar, born date, age bigint, sex varchar, diagnosis varchar, outcome varchar, review varchar,
  consent boolean
);

create table if not exists bxc_state_NorthCase as select * from NorthCase;

create table if not exists bxc_journal_NorthCase (
  bxc_put bigint, bxc_old_case_id uuid, case_id uuid, mrn varchar, name varchar, born date, age bigint,
  sex varchar, diagnosis varchar, outcome varchar, review varchar, consent boolean
);

-- NorthCode: rows, captured edits, and the rows as last captured
create table if not exists NorthCode (
  code varchar not null check (length(code) <= 8 and not contains(code, chr(0))),
  title varchar not null check (not contains(title, chr(0))),
  in_use boolean not null default true,
  primary key (code)
);

create sequence if not exists bxc_seq_NorthCode;

create table if not exists bxc_change_NorthCode (
  bxc_seq bigint not null default nextval('bxc_seq_NorthCode'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_code varchar, bxc_old_title varchar,
  bxc_old_in_use boolean, code varchar, title varchar, in_use boolean
);

create table if not exists bxc_state_NorthCode as select * from NorthCode;

create table if not exists bxc_journal_NorthCode (
  bxc_put bigint, bxc_old_code varchar, code varchar, title varchar, in_use boolean
);

-- rows of NorthCase that break the spec
create view if not exists bxc_violations_NorthCase (
  bxc_code, bxc_constraint, case_id, bxc_detail
) as
select 'BXC16', 'case_id not null', s.case_id, 'case_id is NULL'
from NorthCase as s
where s.case_id is null
union all
select 'BXC16', 'mrn not null', s.case_id, 'mrn is NULL'
from NorthCase as s
where s.mrn is null
union all
select 'BXC16', 'mrn varchar(16)', s.case_id, 'mrn is no varchar(16)'
from NorthCase as s
where not (length(s.mrn) <= 16 and not contains(s.mrn, chr(0)))
union all
select 'BXC16', 'name not null', s.case_id, 'name is NULL'
from NorthCase as s
where s.name is null
union all
select 'BXC16', 'name text', s.case_id, 'name is no text'
from NorthCase as s
where not (not contains(s.name, chr(0)))
union all
select 'BXC16', 'born not null', s.case_id, 'born is NULL'
from NorthCase as s
where s.born is null
union all
select 'BXC16', 'born date', s.case_id, 'born is no date'
from NorthCase as s
where not (s.born between date '0001-01-01' and date '9999-12-31')
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
where not (length(s.diagnosis) <= 8 and not contains(s.diagnosis, chr(0)))
union all
select 'BXC16', 'outcome enum(''recovered'', ''improved'', ''unchanged'', ''died'')', s.case_id,
  'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'
from NorthCase as s
where not (s.outcome in ('recovered', 'improved', 'unchanged', 'died'))
union all
select 'BXC16', 'review text', s.case_id, 'review is no text'
from NorthCase as s
where not (not contains(s.review, chr(0)))
union all
select 'BXC16', 'consent not null', s.case_id, 'consent is NULL'
from NorthCase as s
where s.consent is null
union all
select 'BXC17', 'check plausible', s.case_id, 'check plausible is false'
from NorthCase as s
where not (s.age >= 0 and s.age <= 130)
union all
select 'BXC17', 'primary key (case_id)', s.case_id, 'another row of NorthCase has the same case_id'
from NorthCase as s
where (s.case_id) in (
  select case_id
  from NorthCase
  where not (case_id is null)
  group by case_id
  having count(*) > 1
)
union all
select 'BXC17', 'unique (mrn)', s.case_id, 'another row of NorthCase has the same mrn'
from NorthCase as s
where (s.mrn) in (
  select mrn
  from NorthCase
  where not (mrn is null)
  group by mrn
  having count(*) > 1
);

-- rows of NorthCode that break the spec
create view if not exists bxc_violations_NorthCode (
  bxc_code, bxc_constraint, code, bxc_detail
) as
select 'BXC16', 'code not null', s.code, 'code is NULL'
from NorthCode as s
where s.code is null
union all
select 'BXC16', 'code varchar(8)', s.code, 'code is no varchar(8)'
from NorthCode as s
where not (length(s.code) <= 8 and not contains(s.code, chr(0)))
union all
select 'BXC16', 'title not null', s.code, 'title is NULL'
from NorthCode as s
where s.title is null
union all
select 'BXC16', 'title text', s.code, 'title is no text'
from NorthCode as s
where not (not contains(s.title, chr(0)))
union all
select 'BXC16', 'in_use not null', s.code, 'in_use is NULL'
from NorthCode as s
where s.in_use is null
union all
select 'BXC17', 'primary key (code)', s.code, 'another row of NorthCode has the same code'
from NorthCode as s
where (s.code) in (
  select code
  from NorthCode
  where not (code is null)
  group by code
  having count(*) > 1
);
