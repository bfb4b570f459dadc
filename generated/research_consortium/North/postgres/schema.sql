-- research_consortium version 1: the sources of North in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_research_consortium_North') then
    create role "bxc_research_consortium_North" nologin;
  end if;
  grant usage on schema public to "bxc_research_consortium_North";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_research_consortium_North';
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

-- the sources
create table if not exists public."NorthCase" (
  case_id uuid not null,
  mrn text collate "C" not null check (char_length(mrn) <= 16),
  name text collate "C" not null,
  born date not null check (born between date '0001-01-01' and date '9999-12-31'),
  age bigint not null,
  sex text collate "C" not null check (sex in ('f', 'm', 'x')),
  diagnosis text collate "C" not null check (char_length(diagnosis) <= 8),
  outcome text collate "C" check (outcome in ('recovered', 'improved', 'unchanged', 'died')),
  review text collate "C",
  consent boolean not null default false,
  primary key (case_id),
  unique (mrn),
  constraint plausible check (age >= 0 and age <= 130)
);

create table if not exists public."NorthCode" (
  code text collate "C" not null check (char_length(code) <= 8),
  title text collate "C" not null,
  in_use boolean not null default true,
  primary key (code)
);

-- NorthCase: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_NorthCase";

create table if not exists public."bxc_change_NorthCase" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_case_id uuid,
  bxc_old_mrn text collate "C", bxc_old_name text collate "C", bxc_old_born date, bxc_old_age bigint,
  bxc_old_sex text collate "C", bxc_old_diagnosis text collate "C", bxc_old_outcome text collate "C",
  bxc_old_review text collate "C", bxc_old_consent boolean, case_id uuid, mrn text collate "C",
  name text collate "C", born date, age bigint, sex text collate "C", diagnosis text collate "C",
  outcome text collate "C", review text collate "C", consent boolean
);

create index if not exists "bxc_log_NorthCase" on public."bxc_change_NorthCase" (bxc_seq);

insert into public.bxc_session (source) values ('NorthCase') on conflict do nothing;

-- rows of NorthCase that break the spec
create or replace view public."bxc_violations_NorthCase" (
  bxc_code, bxc_constraint, case_id, bxc_detail
) as
select 'BXC16', 'case_id not null', s.case_id, 'case_id is NULL'
from public."NorthCase" as s
where s.case_id is null
union all
select 'BXC16', 'mrn not null', s.case_id, 'mrn is NULL'
from public."NorthCase" as s
where s.mrn is null
union all
select 'BXC16', 'mrn varchar(16)', s.case_id, 'mrn is no varchar(16)'
from public."NorthCase" as s
where not (char_length(s.mrn) <= 16)
union all
select 'BXC16', 'name not null', s.case_id, 'name is NULL'
from public."NorthCase" as s
where s.name is null
union all
select 'BXC16', 'born not null', s.case_id, 'born is NULL'
from public."NorthCase" as s
where s.born is null
union all
select 'BXC16', 'born date', s.case_id, 'born is no date'
from public."NorthCase" as s
where not (s.born between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'age not null', s.case_id, 'age is NULL'
from public."NorthCase" as s
where s.age is null
union all
select 'BXC16', 'sex not null', s.case_id, 'sex is NULL'
from public."NorthCase" as s
where s.sex is null
union all
select 'BXC16', 'sex enum(''f'', ''m'', ''x'')', s.case_id, 'sex is no enum(''f'', ''m'', ''x'')'
from public."NorthCase" as s
where not (s.sex in ('f', 'm', 'x'))
union all
select 'BXC16', 'diagnosis not null', s.case_id, 'diagnosis is NULL'
from public."NorthCase" as s
where s.diagnosis is null
union all
select 'BXC16', 'diagnosis varchar(8)', s.case_id, 'diagnosis is no varchar(8)'
from public."NorthCase" as s
where not (char_length(s.diagnosis) <= 8)
union all
select 'BXC16', 'outcome enum(''recovered'', ''improved'', ''unchanged'', ''died'')', s.case_id,
  'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'
from public."NorthCase" as s
where not (s.outcome in ('recovered', 'improved', 'unchanged', 'died'))
union all
select 'BXC16', 'consent not null', s.case_id, 'consent is NULL'
from public."NorthCase" as s
where s.consent is null
union all
select 'BXC17', 'check plausible', s.case_id, 'check plausible is false'
from public."NorthCase" as s
where not (s.age >= 0 and s.age <= 130)
union all
select 'BXC17', 'primary key (case_id)', s.case_id, 'another row of NorthCase has the same case_id'
from public."NorthCase" as s
where (s.case_id) in (
  select case_id
  from public."NorthCase"
  where not (case_id is null)
  group by case_id
  having count(*) > 1
)
union all
select 'BXC17', 'unique (mrn)', s.case_id, 'another row of NorthCase has the same mrn'
from public."NorthCase" as s
where (s.mrn) in (
  select mrn
  from public."NorthCase"
  where not (mrn is null)
  group by mrn
  having count(*) > 1
);

-- what an edit of NorthCase changes without a right
create or replace function public."bxc_judge_NorthCase"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'NorthCase' and s.loading) or not exists (
    select 1 from (values
      ('north_cases', 'insert', ''),
      ('north_cases', 'delete', ''),
      ('north_cases', 'update', 'case_id'),
      ('north_cases', 'update', 'age'),
      ('north_cases', 'update', 'sex'),
      ('north_cases', 'update', 'diagnosis'),
      ('north_cases', 'update', 'outcome'),
      ('north_cases', 'update', 'review')
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
    select 'NorthStudy' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and (c.consent) is true and not (c.bxc_op <> 'insert' and (c.bxc_old_consent) is true) and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and (c.bxc_old_consent) is true and not (c.bxc_op <> 'delete' and (c.consent) is true) and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_case_id is distinct from c.case_id and c.bxc_op <> 'insert' and (c.bxc_old_consent) is true and c.bxc_op <> 'delete' and (c.consent) is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'case_id' and granted) then 'update case_id'
        when c.bxc_old_age is distinct from c.age and c.bxc_op <> 'insert' and (c.bxc_old_consent) is true and c.bxc_op <> 'delete' and (c.consent) is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'age' and granted) then 'update age'
        when c.bxc_old_sex is distinct from c.sex and c.bxc_op <> 'insert' and (c.bxc_old_consent) is true and c.bxc_op <> 'delete' and (c.consent) is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'sex' and granted) then 'update sex'
        when c.bxc_old_diagnosis is distinct from c.diagnosis and c.bxc_op <> 'insert' and (c.bxc_old_consent) is true and c.bxc_op <> 'delete' and (c.consent) is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'diagnosis' and granted) then 'update diagnosis'
        when c.bxc_old_outcome is distinct from c.outcome and c.bxc_op <> 'insert' and (c.bxc_old_consent) is true and c.bxc_op <> 'delete' and (c.consent) is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'outcome' and granted) then 'update outcome'
        when c.bxc_old_review is distinct from c.review and c.bxc_op <> 'insert' and (c.bxc_old_consent) is true and c.bxc_op <> 'delete' and (c.consent) is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'review' and granted) then 'update review'
        when (c.bxc_old_age < 18) is distinct from (c.age < 18) and c.bxc_op <> 'insert' and (c.bxc_old_consent) is true and c.bxc_op <> 'delete' and (c.consent) is true and not exists (select 1 from public.bxc_rights where share = 'north_cases' and operation = 'update' and granted) then 'update minor'
      end as bxc_right
      from public."bxc_change_NorthCase" as c
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

revoke execute on function public."bxc_judge_NorthCase"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_NorthCase"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'NorthCase' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_NorthCase"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_NorthCase" (
      bxc_seq, bxc_op, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex,
      bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex,
      diagnosis, outcome, review, consent
    )
    select
      bxc_number, 'insert', cast(null as uuid), cast(null as text), cast(null as text), cast(null as date),
      cast(null as bigint), cast(null as text), cast(null as text), cast(null as text), cast(null as text),
      cast(null as boolean), n.case_id, n.mrn, n.name, n.born, n.age, n.sex, n.diagnosis, n.outcome, n.review,
      n.consent
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_NorthCase" (
      bxc_seq, bxc_op, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex,
      bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex,
      diagnosis, outcome, review, consent
    )
    select
      bxc_number, 'update', o.case_id, o.mrn, o.name, o.born, o.age, o.sex, o.diagnosis, o.outcome, o.review,
      o.consent, n.case_id, n.mrn, n.name, n.born, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.consent
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.case_id is distinct from n.case_id or o.mrn is distinct from n.mrn or o.name is distinct from n.name or
      o.born is distinct from n.born or o.age is distinct from n.age or o.sex is distinct from n.sex or
      o.diagnosis is distinct from n.diagnosis or o.outcome is distinct from n.outcome or
      o.review is distinct from n.review or o.consent is distinct from n.consent);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_NorthCase" (
      bxc_seq, bxc_op, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex,
      bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex,
      diagnosis, outcome, review, consent
    )
    select
      bxc_number, 'delete', o.case_id, o.mrn, o.name, o.born, o.age, o.sex, o.diagnosis, o.outcome, o.review,
      o.consent, cast(null as uuid), cast(null as text), cast(null as text), cast(null as date),
      cast(null as bigint), cast(null as text), cast(null as text), cast(null as text), cast(null as text),
      cast(null as boolean)
    from bxc_was as o;
  else
    insert into public."bxc_change_NorthCase" (
      bxc_seq, bxc_op, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex,
      bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex,
      diagnosis, outcome, review, consent
    )
    select
      bxc_number, 'delete', o.case_id, o.mrn, o.name, o.born, o.age, o.sex, o.diagnosis, o.outcome, o.review,
      o.consent, cast(null as uuid), cast(null as text), cast(null as text), cast(null as date),
      cast(null as bigint), cast(null as text), cast(null as text), cast(null as text), cast(null as text),
      cast(null as boolean)
    from public."NorthCase" as o;
  end if;

  if found then
    perform public."bxc_judge_NorthCase"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."NorthCase"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_NorthCase"();

create or replace trigger bxc_capture_update
after update on public."NorthCase"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_NorthCase"();

create or replace trigger bxc_capture_delete
after delete on public."NorthCase"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_NorthCase"();

create or replace trigger bxc_capture_truncate
before truncate on public."NorthCase"
for each statement execute function public."bxc_capture_NorthCase"();

-- NorthCode: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_NorthCode";

create table if not exists public."bxc_change_NorthCode" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_code text collate "C",
  bxc_old_title text collate "C", bxc_old_in_use boolean, code text collate "C", title text collate "C",
  in_use boolean
);

create index if not exists "bxc_log_NorthCode" on public."bxc_change_NorthCode" (bxc_seq);

insert into public.bxc_session (source) values ('NorthCode') on conflict do nothing;

-- rows of NorthCode that break the spec
create or replace view public."bxc_violations_NorthCode" (
  bxc_code, bxc_constraint, code, bxc_detail
) as
select 'BXC16', 'code not null', s.code, 'code is NULL'
from public."NorthCode" as s
where s.code is null
union all
select 'BXC16', 'code varchar(8)', s.code, 'code is no varchar(8)'
from public."NorthCode" as s
where not (char_length(s.code) <= 8)
union all
select 'BXC16', 'title not null', s.code, 'title is NULL'
from public."NorthCode" as s
where s.title is null
union all
select 'BXC16', 'in_use not null', s.code, 'in_use is NULL'
from public."NorthCode" as s
where s.in_use is null
union all
select 'BXC17', 'primary key (code)', s.code, 'another row of NorthCode has the same code'
from public."NorthCode" as s
where (s.code) in (
  select code
  from public."NorthCode"
  where not (code is null)
  group by code
  having count(*) > 1
);

-- what an edit of NorthCode changes without a right
create or replace function public."bxc_judge_NorthCode"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'NorthCode' and s.loading) or not exists (
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
    select 'CodesAtNorth' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and not (c.bxc_op <> 'insert' and true) and not exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and not (c.bxc_op <> 'delete' and true) and not exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_code is distinct from c.code and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'code' and granted) then 'update code'
        when c.bxc_old_title is distinct from c.title and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'title' and granted) then 'update title'
      end as bxc_right
      from public."bxc_change_NorthCode" as c
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

revoke execute on function public."bxc_judge_NorthCode"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_NorthCode"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'NorthCode' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_NorthCode"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_NorthCode" (
      bxc_seq, bxc_op, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
    )
    select
      bxc_number, 'insert', cast(null as text), cast(null as text), cast(null as boolean), n.code, n.title,
      n.in_use
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_NorthCode" (
      bxc_seq, bxc_op, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
    )
    select
      bxc_number, 'update', o.code, o.title, o.in_use, n.code, n.title, n.in_use
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.code is distinct from n.code or o.title is distinct from n.title or o.in_use is distinct from n.in_use);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_NorthCode" (
      bxc_seq, bxc_op, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
    )
    select
      bxc_number, 'delete', o.code, o.title, o.in_use, cast(null as text), cast(null as text),
      cast(null as boolean)
    from bxc_was as o;
  else
    insert into public."bxc_change_NorthCode" (
      bxc_seq, bxc_op, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
    )
    select
      bxc_number, 'delete', o.code, o.title, o.in_use, cast(null as text), cast(null as text),
      cast(null as boolean)
    from public."NorthCode" as o;
  end if;

  if found then
    perform public."bxc_judge_NorthCode"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."NorthCode"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_NorthCode"();

create or replace trigger bxc_capture_update
after update on public."NorthCode"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_NorthCode"();

create or replace trigger bxc_capture_delete
after delete on public."NorthCode"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_NorthCode"();

create or replace trigger bxc_capture_truncate
before truncate on public."NorthCode"
for each statement execute function public."bxc_capture_NorthCode"();
