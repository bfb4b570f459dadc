-- supply_chain version 1: the sources of Retailer in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_supply_chain_Retailer') then
    create role "bxc_supply_chain_Retailer" nologin;
  end if;
  grant usage on schema public to "bxc_supply_chain_Retailer";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_supply_chain_Retailer';
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
  ('prices', 'update', 'sku', false),
  ('prices', 'update', 'name', false),
  ('prices', 'update', 'list_price', false),
  ('prices', 'insert', '', false),
  ('prices', 'delete', '', false)
on conflict do nothing;

-- the sources
create table if not exists public."Item" (
  sku text collate "C" not null check (char_length(sku) <= 20),
  name text collate "C" not null,
  list_price numeric(10, 2) not null check (list_price <> 'NaN'),
  shelf text collate "C",
  primary key (sku),
  constraint prices check (list_price >= 0.00)
);

-- Item: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Item";

create table if not exists public."bxc_change_Item" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_sku text collate "C",
  bxc_old_name text collate "C", bxc_old_list_price numeric(10, 2), bxc_old_shelf text collate "C",
  sku text collate "C", name text collate "C", list_price numeric(10, 2), shelf text collate "C"
);

create index if not exists "bxc_log_Item" on public."bxc_change_Item" (bxc_seq);

insert into public.bxc_session (source) values ('Item') on conflict do nothing;

-- rows of Item that break the spec
create or replace view public."bxc_violations_Item" (
  bxc_code, bxc_constraint, sku, bxc_detail
) as
select 'BXC16', 'sku not null', s.sku, 'sku is NULL'
from public."Item" as s
where s.sku is null
union all
select 'BXC16', 'sku varchar(20)', s.sku, 'sku is no varchar(20)'
from public."Item" as s
where not (char_length(s.sku) <= 20)
union all
select 'BXC16', 'name not null', s.sku, 'name is NULL'
from public."Item" as s
where s.name is null
union all
select 'BXC16', 'list_price not null', s.sku, 'list_price is NULL'
from public."Item" as s
where s.list_price is null
union all
select 'BXC16', 'list_price decimal(10,2)', s.sku, 'list_price is no decimal(10,2)'
from public."Item" as s
where not (s.list_price <> 'NaN')
union all
select 'BXC17', 'check prices', s.sku, 'check prices is false'
from public."Item" as s
where not (s.list_price >= 0.00)
union all
select 'BXC17', 'primary key (sku)', s.sku, 'another row of Item has the same sku'
from public."Item" as s
where (s.sku) in (
  select sku
  from public."Item"
  where not (sku is null)
  group by sku
  having count(*) > 1
);

-- what an edit of Item changes without a right
create or replace function public."bxc_judge_Item"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Item' and s.loading) or not exists (
    select 1 from (values
      ('prices', 'insert', ''),
      ('prices', 'delete', ''),
      ('prices', 'update', 'sku'),
      ('prices', 'update', 'name'),
      ('prices', 'update', 'list_price')
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
    select 'Assortment' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and not (c.bxc_op <> 'insert' and true) and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and not (c.bxc_op <> 'delete' and true) and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_sku is distinct from c.sku and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'sku' and granted) then 'update sku'
        when c.bxc_old_name is distinct from c.name and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'name' and granted) then 'update name'
        when c.bxc_old_list_price is distinct from c.list_price and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'list_price' and granted) then 'update list_price'
      end as bxc_right
      from public."bxc_change_Item" as c
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

revoke execute on function public."bxc_judge_Item"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Item"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Item' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Item"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Item" (
      bxc_seq, bxc_op, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price,
      shelf
    )
    select
      bxc_number, 'insert', cast(null as text), cast(null as text), cast(null as numeric(10, 2)),
      cast(null as text), n.sku, n.name, n.list_price, n.shelf
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Item" (
      bxc_seq, bxc_op, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price,
      shelf
    )
    select
      bxc_number, 'update', o.sku, o.name, o.list_price, o.shelf, n.sku, n.name, n.list_price, n.shelf
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.sku is distinct from n.sku or o.name is distinct from n.name or
      o.list_price is distinct from n.list_price or o.shelf is distinct from n.shelf);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Item" (
      bxc_seq, bxc_op, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price,
      shelf
    )
    select
      bxc_number, 'delete', o.sku, o.name, o.list_price, o.shelf, cast(null as text), cast(null as text),
      cast(null as numeric(10, 2)), cast(null as text)
    from bxc_was as o;
  else
    insert into public."bxc_change_Item" (
      bxc_seq, bxc_op, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price,
      shelf
    )
    select
      bxc_number, 'delete', o.sku, o.name, o.list_price, o.shelf, cast(null as text), cast(null as text),
      cast(null as numeric(10, 2)), cast(null as text)
    from public."Item" as o;
  end if;

  if found then
    perform public."bxc_judge_Item"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Item"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Item"();

create or replace trigger bxc_capture_update
after update on public."Item"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Item"();

create or replace trigger bxc_capture_delete
after delete on public."Item"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Item"();

create or replace trigger bxc_capture_truncate
before truncate on public."Item"
for each statement execute function public."bxc_capture_Item"();
