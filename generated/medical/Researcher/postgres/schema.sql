-- medical version 1: the sources of Researcher in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_medical_Researcher') then
    create role "bxc_medical_Researcher" nologin;
  end if;
  grant usage on schema public to "bxc_medical_Researcher";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_medical_Researcher';
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
  ('mechanism', 'update', 'medication_name', false),
  ('mechanism', 'update', 'mechanism_of_action', true),
  ('mechanism', 'insert', '', false),
  ('mechanism', 'delete', '', false)
on conflict do nothing;

-- the sources
create table if not exists public."D2" (
  medication_name text collate "C" not null,
  mechanism_of_action text collate "C",
  mode_of_action text collate "C",
  shared boolean not null default true,
  primary key (medication_name)
);

-- D2: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_D2";

create table if not exists public."bxc_change_D2" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_medication_name text collate "C",
  bxc_old_mechanism_of_action text collate "C", bxc_old_mode_of_action text collate "C",
  bxc_old_shared boolean, medication_name text collate "C", mechanism_of_action text collate "C",
  mode_of_action text collate "C", shared boolean
);

create index if not exists "bxc_log_D2" on public."bxc_change_D2" (bxc_seq);

insert into public.bxc_session (source) values ('D2') on conflict do nothing;

-- rows of D2 that break the spec
create or replace view public."bxc_violations_D2" (
  bxc_code, bxc_constraint, medication_name, bxc_detail
) as
select 'BXC16', 'medication_name not null', s.medication_name, 'medication_name is NULL'
from public."D2" as s
where s.medication_name is null
union all
select 'BXC16', 'shared not null', s.medication_name, 'shared is NULL'
from public."D2" as s
where s.shared is null
union all
select 'BXC17', 'primary key (medication_name)', s.medication_name,
  'another row of D2 has the same medication_name'
from public."D2" as s
where (s.medication_name) in (
  select medication_name
  from public."D2"
  where not (medication_name is null)
  group by medication_name
  having count(*) > 1
);

-- what an edit of D2 changes without a right
create or replace function public."bxc_judge_D2"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'D2' and s.loading) or not exists (
    select 1 from (values
      ('mechanism', 'insert', ''),
      ('mechanism', 'delete', ''),
      ('mechanism', 'update', 'medication_name'),
      ('mechanism', 'update', 'mechanism_of_action')
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
    select 'D23' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and (c.shared = true) is true and not (c.bxc_op <> 'insert' and (c.bxc_old_shared = true) is true) and not exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and (c.bxc_old_shared = true) is true and not (c.bxc_op <> 'delete' and (c.shared = true) is true) and not exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_medication_name is distinct from c.medication_name and c.bxc_op <> 'insert' and (c.bxc_old_shared = true) is true and c.bxc_op <> 'delete' and (c.shared = true) is true and not exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'medication_name' and granted) then 'update medication_name'
        when c.bxc_old_mechanism_of_action is distinct from c.mechanism_of_action and c.bxc_op <> 'insert' and (c.bxc_old_shared = true) is true and c.bxc_op <> 'delete' and (c.shared = true) is true and not exists (select 1 from public.bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'mechanism_of_action' and granted) then 'update mechanism_of_action'
      end as bxc_right
      from public."bxc_change_D2" as c
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

revoke execute on function public."bxc_judge_D2"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_D2"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'D2' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_D2"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_D2" (
      bxc_seq, bxc_op, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
      bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
    )
    select
      bxc_number, 'insert', cast(null as text), cast(null as text), cast(null as text), cast(null as boolean),
      n.medication_name, n.mechanism_of_action, n.mode_of_action, n.shared
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_D2" (
      bxc_seq, bxc_op, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
      bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
    )
    select
      bxc_number, 'update', o.medication_name, o.mechanism_of_action, o.mode_of_action, o.shared,
      n.medication_name, n.mechanism_of_action, n.mode_of_action, n.shared
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.medication_name is distinct from n.medication_name or
      o.mechanism_of_action is distinct from n.mechanism_of_action or
      o.mode_of_action is distinct from n.mode_of_action or o.shared is distinct from n.shared);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_D2" (
      bxc_seq, bxc_op, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
      bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
    )
    select
      bxc_number, 'delete', o.medication_name, o.mechanism_of_action, o.mode_of_action, o.shared,
      cast(null as text), cast(null as text), cast(null as text), cast(null as boolean)
    from bxc_was as o;
  else
    insert into public."bxc_change_D2" (
      bxc_seq, bxc_op, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
      bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
    )
    select
      bxc_number, 'delete', o.medication_name, o.mechanism_of_action, o.mode_of_action, o.shared,
      cast(null as text), cast(null as text), cast(null as text), cast(null as boolean)
    from public."D2" as o;
  end if;

  if found then
    perform public."bxc_judge_D2"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."D2"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_D2"();

create or replace trigger bxc_capture_update
after update on public."D2"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_D2"();

create or replace trigger bxc_capture_delete
after delete on public."D2"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_D2"();

create or replace trigger bxc_capture_truncate
before truncate on public."D2"
for each statement execute function public."bxc_capture_D2"();
