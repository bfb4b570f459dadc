-- hospital_network version 1: the sources of Pharmacy in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_hospital_network_Pharmacy') then
    create role "bxc_hospital_network_Pharmacy" nologin;
  end if;
  grant usage on schema public to "bxc_hospital_network_Pharmacy";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_hospital_network_Pharmacy';
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
  ('pharmacy', 'update', 'rx', false),
  ('pharmacy', 'update', 'drug', false),
  ('pharmacy', 'update', 'quantity', false),
  ('pharmacy', 'update', 'dispensed', true),
  ('pharmacy', 'update', 'unit_price', true),
  ('pharmacy', 'update', 'outstanding', false),
  ('pharmacy', 'insert', '', false),
  ('pharmacy', 'delete', '', false)
on conflict do nothing;

-- the sources
create table if not exists public."Dispensing" (
  rx uuid not null,
  drug text collate "C" not null check (char_length(drug) <= 60),
  quantity bigint not null,
  dispensed bigint not null default 0,
  unit_price numeric(8, 2) check (unit_price <> 'NaN'),
  batch text collate "C",
  primary key (rx),
  constraint amounts check (quantity >= 1 and quantity <= 1000 and dispensed >= 0 and dispensed <= 1000)
);

-- Dispensing: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Dispensing";

create table if not exists public."bxc_change_Dispensing" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_rx uuid,
  bxc_old_drug text collate "C", bxc_old_quantity bigint, bxc_old_dispensed bigint,
  bxc_old_unit_price numeric(8, 2), bxc_old_batch text collate "C", rx uuid, drug text collate "C",
  quantity bigint, dispensed bigint, unit_price numeric(8, 2), batch text collate "C"
);

create index if not exists "bxc_log_Dispensing" on public."bxc_change_Dispensing" (bxc_seq);

insert into public.bxc_session (source) values ('Dispensing') on conflict do nothing;

-- rows of Dispensing that break the spec
create or replace view public."bxc_violations_Dispensing" (
  bxc_code, bxc_constraint, rx, bxc_detail
) as
select 'BXC16', 'rx not null', s.rx, 'rx is NULL'
from public."Dispensing" as s
where s.rx is null
union all
select 'BXC16', 'drug not null', s.rx, 'drug is NULL'
from public."Dispensing" as s
where s.drug is null
union all
select 'BXC16', 'drug varchar(60)', s.rx, 'drug is no varchar(60)'
from public."Dispensing" as s
where not (char_length(s.drug) <= 60)
union all
select 'BXC16', 'quantity not null', s.rx, 'quantity is NULL'
from public."Dispensing" as s
where s.quantity is null
union all
select 'BXC16', 'dispensed not null', s.rx, 'dispensed is NULL'
from public."Dispensing" as s
where s.dispensed is null
union all
select 'BXC16', 'unit_price decimal(8,2)', s.rx, 'unit_price is no decimal(8,2)'
from public."Dispensing" as s
where not (s.unit_price <> 'NaN')
union all
select 'BXC17', 'check amounts', s.rx, 'check amounts is false'
from public."Dispensing" as s
where not (s.quantity >= 1 and s.quantity <= 1000 and s.dispensed >= 0 and s.dispensed <= 1000)
union all
select 'BXC17', 'primary key (rx)', s.rx, 'another row of Dispensing has the same rx'
from public."Dispensing" as s
where (s.rx) in (
  select rx
  from public."Dispensing"
  where not (rx is null)
  group by rx
  having count(*) > 1
);

-- what an edit of Dispensing changes without a right
create or replace function public."bxc_judge_Dispensing"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Dispensing' and s.loading) or not exists (
    select 1 from (values
      ('pharmacy', 'insert', ''),
      ('pharmacy', 'delete', ''),
      ('pharmacy', 'update', 'rx'),
      ('pharmacy', 'update', 'drug'),
      ('pharmacy', 'update', 'quantity'),
      ('pharmacy', 'update', 'dispensed'),
      ('pharmacy', 'update', 'unit_price')
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
    select 'RxAtPharmacy' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and not (c.bxc_op <> 'insert' and true) and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and not (c.bxc_op <> 'delete' and true) and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_rx is distinct from c.rx and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'rx' and granted) then 'update rx'
        when c.bxc_old_drug is distinct from c.drug and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'drug' and granted) then 'update drug'
        when c.bxc_old_quantity is distinct from c.quantity and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'quantity' and granted) then 'update quantity'
        when c.bxc_old_dispensed is distinct from c.dispensed and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'dispensed' and granted) then 'update dispensed'
        when c.bxc_old_unit_price is distinct from c.unit_price and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'unit_price' and granted) then 'update unit_price'
        when (c.bxc_old_quantity - c.bxc_old_dispensed) is distinct from (c.quantity - c.dispensed) and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and granted) then 'update outstanding'
      end as bxc_right
      from public."bxc_change_Dispensing" as c
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

revoke execute on function public."bxc_judge_Dispensing"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Dispensing"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Dispensing' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Dispensing"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Dispensing" (
      bxc_seq, bxc_op, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
      bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
    )
    select
      bxc_number, 'insert', cast(null as uuid), cast(null as text), cast(null as bigint), cast(null as bigint),
      cast(null as numeric(8, 2)), cast(null as text), n.rx, n.drug, n.quantity, n.dispensed, n.unit_price,
      n.batch
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Dispensing" (
      bxc_seq, bxc_op, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
      bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
    )
    select
      bxc_number, 'update', o.rx, o.drug, o.quantity, o.dispensed, o.unit_price, o.batch, n.rx, n.drug,
      n.quantity, n.dispensed, n.unit_price, n.batch
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.rx is distinct from n.rx or o.drug is distinct from n.drug or o.quantity is distinct from n.quantity or
      o.dispensed is distinct from n.dispensed or o.unit_price is distinct from n.unit_price or
      o.batch is distinct from n.batch);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Dispensing" (
      bxc_seq, bxc_op, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
      bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
    )
    select
      bxc_number, 'delete', o.rx, o.drug, o.quantity, o.dispensed, o.unit_price, o.batch, cast(null as uuid),
      cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as numeric(8, 2)),
      cast(null as text)
    from bxc_was as o;
  else
    insert into public."bxc_change_Dispensing" (
      bxc_seq, bxc_op, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
      bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
    )
    select
      bxc_number, 'delete', o.rx, o.drug, o.quantity, o.dispensed, o.unit_price, o.batch, cast(null as uuid),
      cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as numeric(8, 2)),
      cast(null as text)
    from public."Dispensing" as o;
  end if;

  if found then
    perform public."bxc_judge_Dispensing"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Dispensing"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Dispensing"();

create or replace trigger bxc_capture_update
after update on public."Dispensing"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Dispensing"();

create or replace trigger bxc_capture_delete
after delete on public."Dispensing"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Dispensing"();

create or replace trigger bxc_capture_truncate
before truncate on public."Dispensing"
for each statement execute function public."bxc_capture_Dispensing"();
