-- research_consortium version 1: the sources of Centre in DuckDB.
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
  ('north_cases', 'update', 'age', false),
  ('north_cases', 'update', 'sex', false),
  ('north_cases', 'update', 'diagnosis', false),
  ('north_cases', 'update', 'outcome', false),
  ('north_cases', 'update', 'review', true),
  ('north_cases', 'update', 'minor', false),
  ('north_cases', 'insert', '', false),
  ('north_cases', 'delete', '', false),
  ('south_cases', 'update', 'case_id', false),
  ('south_cases', 'update', 'age', false),
  ('south_cases', 'update', 'sex', false),
  ('south_cases', 'update', 'diagnosis', false),
  ('south_cases', 'update', 'outcome', false),
  ('south_cases', 'update', 'review', true),
  ('south_cases', 'update', 'minor', false),
  ('south_cases', 'insert', '', false),
  ('south_cases', 'delete', '', false),
  ('code_book', 'update', 'code', false),
  ('code_book', 'update', 'title', true),
  ('code_book', 'insert', '', true),
  ('code_book', 'delete', '', true)
on conflict do nothing;

-- StudyCase: rows, captured edits, and the rows as last captured
create table if not exists StudyCase (
  site varchar not null check (site in ('north', 'south')),
  case_id uuid not null,
  age bigint not null,
  sex varchar not null check (sex in ('f', 'm', 'x')),
  diagnosis varchar not null check (length(diagnosis) <= 8 and not contains(diagnosis, chr(0))),
  outcome varchar check (outcome in ('recovered', 'improved', 'unchanged', 'died')),
  review varchar check (not contains(review, chr(0))),
  weight double check (isfinite(weight)),
  primary key (site, case_id),
  constraint plausible check (age >= 0 and age <= 130)
);

create sequence if not exists bxc_seq_StudyCase;

create table if not exists bxc_change_StudyCase (
  bxc_seq bigint not null default nextval('bxc_seq_StudyCase'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_site varchar, bxc_old_case_id uuid, bxc_old_age bigint,
  bxc_old_sex varchar, bxc_old_diagnosis varchar, bxc_old_outcome varchar, bxc_old_review varchar,
  bxc_old_weight double, site varchar, case_id uuid, age bigint, sex varchar, diagnosis varchar,
  outcome varchar, review varchar, weight double
);

create table if not exists bxc_state_StudyCase as select * from StudyCase;

create table if not exists bxc_journal_StudyCase (
  bxc_put bigint, bxc_old_site varchar, bxc_old_case_id uuid, site varchar, case_id uuid, age bigint,
  sex varchar, diagnosis varchar, outcome varchar, review varchar, weight double
);

-- Code: rows, captured edits, and the rows as last captured
create table if not exists Code (
  code varchar not null check (length(code) <= 8 and not contains(code, chr(0))),
  title varchar not null check (not contains(title, chr(0))),
  revised timestamp check (revised between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'),
  primary key (code)
);

create sequence if not exists bxc_seq_Code;

create table if not exists bxc_change_Code (
  bxc_seq bigint not null default nextval('bxc_seq_Code'),
  bxc_op varchar not null, bxc_via varchar, bxc_old_code varchar, bxc_old_title varchar,
  bxc_old_revised timestamp, code varchar, title varchar, revised timestamp
);

create table if not exists bxc_state_Code as select * from Code;

create table if not exists bxc_journal_Code (
  bxc_put bigint, bxc_old_code varchar, code varchar, title varchar, revised timestamp
);

-- rows of StudyCase that break the spec
create view if not exists bxc_violations_StudyCase (
  bxc_code, bxc_constraint, site, case_id, bxc_detail
) as
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
where not (length(s.diagnosis) <= 8 and not contains(s.diagnosis, chr(0)))
union all
select 'BXC16', 'outcome enum(''recovered'', ''improved'', ''unchanged'', ''died'')', s.site, s.case_id,
  'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'
from StudyCase as s
where not (s.outcome in ('recovered', 'improved', 'unchanged', 'died'))
union all
select 'BXC16', 'review text', s.site, s.case_id, 'review is no text'
from StudyCase as s
where not (not contains(s.review, chr(0)))
union all
select 'BXC16', 'weight real', s.site, s.case_id, 'weight is no real'
from StudyCase as s
where not (isfinite(s.weight))
union all
select 'BXC17', 'check plausible', s.site, s.case_id, 'check plausible is false'
from StudyCase as s
where not (s.age >= 0 and s.age <= 130)
union all
select 'BXC17', 'primary key (site, case_id)', s.site, s.case_id,
  'another row of StudyCase has the same site, case_id'
from StudyCase as s
where (s.site, s.case_id) in (
  select site, case_id
  from StudyCase
  where not (site is null or case_id is null)
  group by site, case_id
  having count(*) > 1
);

-- rows of Code that break the spec
create view if not exists bxc_violations_Code (
  bxc_code, bxc_constraint, code, bxc_detail
) as
select 'BXC16', 'code not null', s.code, 'code is NULL'
from Code as s
where s.code is null
union all
select 'BXC16', 'code varchar(8)', s.code, 'code is no varchar(8)'
from Code as s
where not (length(s.code) <= 8 and not contains(s.code, chr(0)))
union all
select 'BXC16', 'title not null', s.code, 'title is NULL'
from Code as s
where s.title is null
union all
select 'BXC16', 'title text', s.code, 'title is no text'
from Code as s
where not (not contains(s.title, chr(0)))
union all
select 'BXC16', 'revised timestamp', s.code, 'revised is no timestamp'
from Code as s
where not (s.revised between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999')
union all
select 'BXC17', 'primary key (code)', s.code, 'another row of Code has the same code'
from Code as s
where (s.code) in (
  select code
  from Code
  where not (code is null)
  group by code
  having count(*) > 1
);
