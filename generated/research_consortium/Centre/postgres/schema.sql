-- research_consortium version 1: the sources of Centre in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_research_consortium_Centre') then
    create role "bxc_research_consortium_Centre" nologin;
  end if;
  grant usage on schema public to "bxc_research_consortium_Centre";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_research_consortium_Centre';
end
$bxc$;

-- One row a source: what is going on. Others see nothing of it, for it is reset in the transaction that set it.
create table if not exists public.bxc_session (
  source text primary key,
  uncaptured boolean not null default false, -- edits are not captured: a put captures its own, a load is no edit
  loading boolean not null default false     -- no right is asked for; whoever sets it resets it in the same transaction
);

-- This peer's rights in its shares; attribute is '' for insert and delete.
create table if not exists public.bxc_rights (
  share text not null,
  operation text not null check (operation in ('update', 'insert', 'delete')),
  attribute text not null,
  granted boolean not null,
  primary key (share, operation, attribute)
);

insert into public.bxc_rights values
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

-- the sources
create table if not exists public."StudyCase" (
  site text collate "C" not null check (site in ('north', 'south')),
  case_id uuid not null,
  age bigint not null,
  sex text collate "C" not null check (sex in ('f', 'm', 'x')),
  diagnosis text collate "C" not null check (char_length(diagnosis) <= 8),
  outcome text collate "C" check (outcome in ('recovered', 'improved', 'unchanged', 'died')),
  review text collate "C",
  weight double precision check (weight not in ('NaN', 'Infinity', '-Infinity')),
  primary key (site, case_id),
  constraint plausible check (age >= 0 and age <= 130)
);

create table if not exists public."Code" (
  code text collate "C" not null check (char_length(code) <= 8),
  title text collate "C" not null,
  revised timestamp check (revised between timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999'),
  primary key (code)
);

-- StudyCase: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_StudyCase";

create table if not exists public."bxc_change_StudyCase" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_site text collate "C",
  bxc_old_case_id uuid, bxc_old_age bigint, bxc_old_sex text collate "C", bxc_old_diagnosis text collate "C",
  bxc_old_outcome text collate "C", bxc_old_review text collate "C", bxc_old_weight double precision,
  site text collate "C", case_id uuid, age bigint, sex text collate "C", diagnosis text collate "C",
  outcome text collate "C", review text collate "C", weight double precision
);

create index if not exists "bxc_log_StudyCase" on public."bxc_change_StudyCase" (bxc_seq);

insert into public.bxc_session (source) values ('StudyCase') on conflict do nothing;

-- rows of StudyCase that break the spec
create or replace view public."bxc_violations_StudyCase" (
  bxc_code, bxc_constraint, site, case_id, bxc_detail
) as
select 'BXC16', 'site not null', s.site, s.case_id, 'site is NULL'
from public."StudyCase" as s
where s.site is null
union all
select 'BXC16', 'site enum(''north'', ''south'')', s.site, s.case_id, 'site is no enum(''north'', ''south'')'
from public."StudyCase" as s
where not (s.site in ('north', 'south'))
union all
select 'BXC16', 'case_id not null', s.site, s.case_id, 'case_id is NULL'
from public."StudyCase" as s
where s.case_id is null
union all
select 'BXC16', 'age not null', s.site, s.case_id, 'age is NULL'
from public."StudyCase" as s
where s.age is null
union all
select 'BXC16', 'sex not null', s.site, s.case_id, 'sex is NULL'
from public."StudyCase" as s
where s.sex is null
union all
select 'BXC16', 'sex enum(''f'', ''m'', ''x'')', s.site, s.case_id, 'sex is no enum(''f'', ''m'', ''x'')'
from public."StudyCase" as s
where not (s.sex in ('f', 'm', 'x'))
union all
select 'BXC16', 'diagnosis not null', s.site, s.case_id, 'diagnosis is NULL'
from public."StudyCase" as s
where s.diagnosis is null
union all
select 'BXC16', 'diagnosis varchar(8)', s.site, s.case_id, 'diagnosis is no varchar(8)'
from public."StudyCase" as s
where not (char_length(s.diagnosis) <= 8)
union all
select 'BXC16', 'outcome enum(''recovered'', ''improved'', ''unchanged'', ''died'')', s.site, s.case_id,
  'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'
from public."StudyCase" as s
where not (s.outcome in ('recovered', 'improved', 'unchanged', 'died'))
union all
select 'BXC16', 'weight real', s.site, s.case_id, 'weight is no real'
from public."StudyCase" as s
where not (s.weight not in ('NaN', 'Infinity', '-Infinity'))
union all
select 'BXC17', 'check plausible', s.site, s.case_id, 'check plausible is false'
from public."StudyCase" as s
where not (s.age >= 0 and s.age <= 130)
union all
select 'BXC17', 'primary key (site, case_id)', s.site, s.case_id,
  'another row of StudyCase has the same site, case_id'
from public."StudyCase" as s
where (s.site, s.case_id) in (
  select site, case_id
  from public."StudyCase"
  where not (site is null or case_id is null)
  group by site, case_id
  having count(*) > 1
);

-- what an edit of StudyCase changes without a right
create or replace function public."bxc_judge_StudyCase"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'StudyCase' and s.loading) or not exists (
    select 1 from (values
      ('north_cases', 'insert', ''),
      ('north_cases', 'delete', ''),
      ('north_cases', 'update', 'case_id'),
      ('north_cases', 'update', 'age'),
      ('north_cases', 'update', 'sex'),
      ('north_cases', 'update', 'diagnosis'),
      ('north_cases', 'update', 'outcome'),
      ('north_cases', 'update', 'review'),
      ('south_cases', 'insert', ''),
      ('south_cases', 'delete', ''),
      ('south_cases', 'update', 'case_id'),
      ('south_cases', 'update', 'age'),
      ('south_cases', 'update', 'sex'),
      ('south_cases', 'update', 'diagnosis'),
      ('south_cases', 'update', 'outcome'),
      ('south_cases', 'update', 'review')
    ) as n (share, operation, attribute)
    where not exists (
    select 1 from public.bxc_rights as r
    where r.share = n.share and r.operation = n.operation and r.attribute = n.attribute and r.granted
    )
  ) then
    return;  -- nothing is forbidden
  end if;

  select f.bxc_view, f.bxc_right into bxc_view, bxc_right
  from (
    select 'StudyOfNorth' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and (c.site = 'north') is true and not (c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true) and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true and not (c.bxc_op <> 'delete' and (c.site = 'north') is true) and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_case_id is distinct from c.case_id and c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true and c.bxc_op <> 'delete' and (c.site = 'north') is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'case_id' and granted) then 'update case_id'
        when c.bxc_old_age is distinct from c.age and c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true and c.bxc_op <> 'delete' and (c.site = 'north') is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'age' and granted) then 'update age'
        when c.bxc_old_sex is distinct from c.sex and c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true and c.bxc_op <> 'delete' and (c.site = 'north') is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'sex' and granted) then 'update sex'
        when c.bxc_old_diagnosis is distinct from c.diagnosis and c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true and c.bxc_op <> 'delete' and (c.site = 'north') is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'diagnosis' and granted) then 'update diagnosis'
        when c.bxc_old_outcome is distinct from c.outcome and c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true and c.bxc_op <> 'delete' and (c.site = 'north') is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'outcome' and granted) then 'update outcome'
        when c.bxc_old_review is distinct from c.review and c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true and c.bxc_op <> 'delete' and (c.site = 'north') is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'review' and granted) then 'update review'
        when (c.bxc_old_age < 18) is distinct from (c.age < 18) and c.bxc_op <> 'insert' and (c.bxc_old_site = 'north') is true and c.bxc_op <> 'delete' and (c.site = 'north') is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and granted) then 'update minor'
      end as bxc_right
      from public."bxc_change_StudyCase" as c
      where c.bxc_seq = bxc_number
    ) as c
    where c.bxc_right is not null
    union all
    select 'StudyOfSouth' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and (c.site = 'south') is true and not (c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true) and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true and not (c.bxc_op <> 'delete' and (c.site = 'south') is true) and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_case_id is distinct from c.case_id and c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true and c.bxc_op <> 'delete' and (c.site = 'south') is true and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'case_id' and granted) then 'update case_id'
        when c.bxc_old_age is distinct from c.age and c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true and c.bxc_op <> 'delete' and (c.site = 'south') is true and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'age' and granted) then 'update age'
        when c.bxc_old_sex is distinct from c.sex and c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true and c.bxc_op <> 'delete' and (c.site = 'south') is true and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'sex' and granted) then 'update sex'
        when c.bxc_old_diagnosis is distinct from c.diagnosis and c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true and c.bxc_op <> 'delete' and (c.site = 'south') is true and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'diagnosis' and granted) then 'update diagnosis'
        when c.bxc_old_outcome is distinct from c.outcome and c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true and c.bxc_op <> 'delete' and (c.site = 'south') is true and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'outcome' and granted) then 'update outcome'
        when c.bxc_old_review is distinct from c.review and c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true and c.bxc_op <> 'delete' and (c.site = 'south') is true and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'review' and granted) then 'update review'
        when (c.bxc_old_age < 18) is distinct from (c.age < 18) and c.bxc_op <> 'insert' and (c.bxc_old_site = 'south') is true and c.bxc_op <> 'delete' and (c.site = 'south') is true and not exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and granted) then 'update minor'
      end as bxc_right
      from public."bxc_change_StudyCase" as c
      where c.bxc_seq = bxc_number
    ) as c
    where c.bxc_right is not null
  ) as f
  limit 1;

  if found then
    raise exception using errcode = 'BXC13',
      message = 'BXC13 ' || bxc_view || ': this peer has no right to ' || bxc_right;
  end if;
end
$bxc$;

revoke execute on function public."bxc_judge_StudyCase"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_StudyCase"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'StudyCase' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_StudyCase"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_StudyCase" (
      bxc_seq, bxc_op, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis,
      bxc_old_outcome, bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review,
      weight
    )
    select
      bxc_number, 'insert', cast(null as text), cast(null as uuid), cast(null as bigint), cast(null as text),
      cast(null as text), cast(null as text), cast(null as text), cast(null as double precision), n.site,
      n.case_id, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.weight
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_StudyCase" (
      bxc_seq, bxc_op, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis,
      bxc_old_outcome, bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review,
      weight
    )
    select
      bxc_number, 'update', o.site, o.case_id, o.age, o.sex, o.diagnosis, o.outcome, o.review, o.weight, n.site,
      n.case_id, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.weight
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.site is distinct from n.site or o.case_id is distinct from n.case_id or o.age is distinct from n.age or
      o.sex is distinct from n.sex or o.diagnosis is distinct from n.diagnosis or
      o.outcome is distinct from n.outcome or o.review is distinct from n.review or
      o.weight is distinct from n.weight);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_StudyCase" (
      bxc_seq, bxc_op, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis,
      bxc_old_outcome, bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review,
      weight
    )
    select
      bxc_number, 'delete', o.site, o.case_id, o.age, o.sex, o.diagnosis, o.outcome, o.review, o.weight,
      cast(null as text), cast(null as uuid), cast(null as bigint), cast(null as text), cast(null as text),
      cast(null as text), cast(null as text), cast(null as double precision)
    from bxc_was as o;
  else
    insert into public."bxc_change_StudyCase" (
      bxc_seq, bxc_op, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis,
      bxc_old_outcome, bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review,
      weight
    )
    select
      bxc_number, 'delete', o.site, o.case_id, o.age, o.sex, o.diagnosis, o.outcome, o.review, o.weight,
      cast(null as text), cast(null as uuid), cast(null as bigint), cast(null as text), cast(null as text),
      cast(null as text), cast(null as text), cast(null as double precision)
    from public."StudyCase" as o;
  end if;

  if found then
    perform public."bxc_judge_StudyCase"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."StudyCase"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_StudyCase"();

create or replace trigger bxc_capture_update
after update on public."StudyCase"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_StudyCase"();

create or replace trigger bxc_capture_delete
after delete on public."StudyCase"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_StudyCase"();

create or replace trigger bxc_capture_truncate
before truncate on public."StudyCase"
for each statement execute function public."bxc_capture_StudyCase"();

-- Code: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Code";

create table if not exists public."bxc_change_Code" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_code text collate "C",
  bxc_old_title text collate "C", bxc_old_revised timestamp, code text collate "C", title text collate "C",
  revised timestamp
);

create index if not exists "bxc_log_Code" on public."bxc_change_Code" (bxc_seq);

insert into public.bxc_session (source) values ('Code') on conflict do nothing;

-- rows of Code that break the spec
create or replace view public."bxc_violations_Code" (
  bxc_code, bxc_constraint, code, bxc_detail
) as
select 'BXC16', 'code not null', s.code, 'code is NULL'
from public."Code" as s
where s.code is null
union all
select 'BXC16', 'code varchar(8)', s.code, 'code is no varchar(8)'
from public."Code" as s
where not (char_length(s.code) <= 8)
union all
select 'BXC16', 'title not null', s.code, 'title is NULL'
from public."Code" as s
where s.title is null
union all
select 'BXC16', 'revised timestamp', s.code, 'revised is no timestamp'
from public."Code" as s
where not (s.revised between timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999')
union all
select 'BXC17', 'primary key (code)', s.code, 'another row of Code has the same code'
from public."Code" as s
where (s.code) in (
  select code
  from public."Code"
  where not (code is null)
  group by code
  having count(*) > 1
);

-- what an edit of Code changes without a right
create or replace function public."bxc_judge_Code"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Code' and s.loading) or not exists (
    select 1 from (values
      ('code_book', 'insert', ''),
      ('code_book', 'delete', ''),
      ('code_book', 'update', 'code'),
      ('code_book', 'update', 'title')
    ) as n (share, operation, attribute)
    where not exists (
    select 1 from public.bxc_rights as r
    where r.share = n.share and r.operation = n.operation and r.attribute = n.attribute and r.granted
    )
  ) then
    return;  -- nothing is forbidden
  end if;

  select f.bxc_view, f.bxc_right into bxc_view, bxc_right
  from (
    select 'CodesAtCentre' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and not (c.bxc_op <> 'insert' and true) and not exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and not (c.bxc_op <> 'delete' and true) and not exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_code is distinct from c.code and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'code' and granted) then 'update code'
        when c.bxc_old_title is distinct from c.title and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'title' and granted) then 'update title'
      end as bxc_right
      from public."bxc_change_Code" as c
      where c.bxc_seq = bxc_number
    ) as c
    where c.bxc_right is not null
  ) as f
  limit 1;

  if found then
    raise exception using errcode = 'BXC13',
      message = 'BXC13 ' || bxc_view || ': this peer has no right to ' || bxc_right;
  end if;
end
$bxc$;

revoke execute on function public."bxc_judge_Code"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Code"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Code' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Code"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Code" (
      bxc_seq, bxc_op, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
    )
    select
      bxc_number, 'insert', cast(null as text), cast(null as text), cast(null as timestamp), n.code, n.title,
      n.revised
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Code" (
      bxc_seq, bxc_op, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
    )
    select
      bxc_number, 'update', o.code, o.title, o.revised, n.code, n.title, n.revised
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.code is distinct from n.code or o.title is distinct from n.title or o.revised is distinct from n.revised);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Code" (
      bxc_seq, bxc_op, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
    )
    select
      bxc_number, 'delete', o.code, o.title, o.revised, cast(null as text), cast(null as text),
      cast(null as timestamp)
    from bxc_was as o;
  else
    insert into public."bxc_change_Code" (
      bxc_seq, bxc_op, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
    )
    select
      bxc_number, 'delete', o.code, o.title, o.revised, cast(null as text), cast(null as text),
      cast(null as timestamp)
    from public."Code" as o;
  end if;

  if found then
    perform public."bxc_judge_Code"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Code"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Code"();

create or replace trigger bxc_capture_update
after update on public."Code"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Code"();

create or replace trigger bxc_capture_delete
after delete on public."Code"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Code"();

create or replace trigger bxc_capture_truncate
before truncate on public."Code"
for each statement execute function public."bxc_capture_Code"();
