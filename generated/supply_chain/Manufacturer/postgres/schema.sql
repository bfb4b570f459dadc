-- supply_chain version 1: the sources of Manufacturer in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_supply_chain_Manufacturer') then
    create role "bxc_supply_chain_Manufacturer" nologin;
  end if;
  grant usage on schema public to "bxc_supply_chain_Manufacturer";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_supply_chain_Manufacturer';
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
  ('catalogue', 'update', 'part_no', false),
  ('catalogue', 'update', 'description', false),
  ('catalogue', 'update', 'unit_price', false),
  ('catalogue', 'update', 'lead_days', false),
  ('catalogue', 'insert', '', false),
  ('catalogue', 'delete', '', false),
  ('orders', 'update', 'order', false),
  ('orders', 'update', 'line', false),
  ('orders', 'update', 'part_no', true),
  ('orders', 'update', 'quantity', true),
  ('orders', 'update', 'due', true),
  ('orders', 'update', 'state', false),
  ('orders', 'update', 'promised', false),
  ('orders', 'insert', '', true),
  ('orders', 'delete', '', true),
  ('prices', 'update', 'sku', false),
  ('prices', 'update', 'name', true),
  ('prices', 'update', 'list_price', true),
  ('prices', 'insert', '', true),
  ('prices', 'delete', '', true)
on conflict do nothing;

-- the sources
create table if not exists public."Component" (
  part_no text collate "C" not null check (char_length(part_no) <= 20),
  description text collate "C" not null,
  unit_price numeric(10, 2) not null check (unit_price <> 'NaN'),
  lead_days bigint not null,
  preferred boolean not null default false,
  primary key (part_no),
  constraint prices check (unit_price >= 0.00),
  constraint lead_time check (lead_days >= 0 and lead_days <= 365)
);

create table if not exists public."PurchaseOrder" (
  "order" bigint not null,
  line bigint not null,
  part_no text collate "C" not null check (char_length(part_no) <= 20),
  quantity bigint not null,
  due date not null check (due between date '0001-01-01' and date '9999-12-31'),
  state text collate "C" not null default 'placed' check (state in ('placed', 'accepted', 'shipped', 'received')),
  promised date check (promised between date '0001-01-01' and date '9999-12-31'),
  project text collate "C",
  primary key ("order", line),
  constraint amount check (quantity > 0)
);

create table if not exists public."Variant" (
  id bigint not null,
  sku text collate "C" not null check (char_length(sku) <= 20),
  size text collate "C" not null check (char_length(size) <= 8),
  name text collate "C" not null,
  list_price numeric(10, 2) not null check (list_price <> 'NaN'),
  stock bigint not null default 0,
  primary key (id),
  unique (sku, size),
  constraint prices check (list_price >= 0.00)
);

-- Component: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Component";

create table if not exists public."bxc_change_Component" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_part_no text collate "C",
  bxc_old_description text collate "C", bxc_old_unit_price numeric(10, 2), bxc_old_lead_days bigint,
  bxc_old_preferred boolean, part_no text collate "C", description text collate "C",
  unit_price numeric(10, 2), lead_days bigint, preferred boolean
);

create index if not exists "bxc_log_Component" on public."bxc_change_Component" (bxc_seq);

insert into public.bxc_session (source) values ('Component') on conflict do nothing;

-- rows of Component that break the spec
create or replace view public."bxc_violations_Component" (
  bxc_code, bxc_constraint, part_no, bxc_detail
) as
select 'BXC16', 'part_no not null', s.part_no, 'part_no is NULL'
from public."Component" as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s.part_no, 'part_no is no varchar(20)'
from public."Component" as s
where not (char_length(s.part_no) <= 20)
union all
select 'BXC16', 'description not null', s.part_no, 'description is NULL'
from public."Component" as s
where s.description is null
union all
select 'BXC16', 'unit_price not null', s.part_no, 'unit_price is NULL'
from public."Component" as s
where s.unit_price is null
union all
select 'BXC16', 'unit_price decimal(10,2)', s.part_no, 'unit_price is no decimal(10,2)'
from public."Component" as s
where not (s.unit_price <> 'NaN')
union all
select 'BXC16', 'lead_days not null', s.part_no, 'lead_days is NULL'
from public."Component" as s
where s.lead_days is null
union all
select 'BXC16', 'preferred not null', s.part_no, 'preferred is NULL'
from public."Component" as s
where s.preferred is null
union all
select 'BXC17', 'check prices', s.part_no, 'check prices is false'
from public."Component" as s
where not (s.unit_price >= 0.00)
union all
select 'BXC17', 'check lead_time', s.part_no, 'check lead_time is false'
from public."Component" as s
where not (s.lead_days >= 0 and s.lead_days <= 365)
union all
select 'BXC17', 'primary key (part_no)', s.part_no, 'another row of Component has the same part_no'
from public."Component" as s
where (s.part_no) in (
  select part_no
  from public."Component"
  where not (part_no is null)
  group by part_no
  having count(*) > 1
);

-- what an edit of Component changes without a right
create or replace function public."bxc_judge_Component"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Component' and s.loading) or not exists (
    select 1 from (values
      ('catalogue', 'insert', ''),
      ('catalogue', 'delete', ''),
      ('catalogue', 'update', 'part_no'),
      ('catalogue', 'update', 'description'),
      ('catalogue', 'update', 'unit_price'),
      ('catalogue', 'update', 'lead_days')
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
    select 'Catalogue' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and not (c.bxc_op <> 'insert' and true) and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and not (c.bxc_op <> 'delete' and true) and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_part_no is distinct from c.part_no and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'part_no' and granted) then 'update part_no'
        when c.bxc_old_description is distinct from c.description and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'description' and granted) then 'update description'
        when c.bxc_old_unit_price is distinct from c.unit_price and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'unit_price' and granted) then 'update unit_price'
        when c.bxc_old_lead_days is distinct from c.lead_days and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'lead_days' and granted) then 'update lead_days'
      end as bxc_right
      from public."bxc_change_Component" as c
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

revoke execute on function public."bxc_judge_Component"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Component"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Component' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Component"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Component" (
      bxc_seq, bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
      bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
    )
    select
      bxc_number, 'insert', cast(null as text), cast(null as text), cast(null as numeric(10, 2)),
      cast(null as bigint), cast(null as boolean), n.part_no, n.description, n.unit_price, n.lead_days,
      n.preferred
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Component" (
      bxc_seq, bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
      bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
    )
    select
      bxc_number, 'update', o.part_no, o.description, o.unit_price, o.lead_days, o.preferred, n.part_no,
      n.description, n.unit_price, n.lead_days, n.preferred
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.part_no is distinct from n.part_no or o.description is distinct from n.description or
      o.unit_price is distinct from n.unit_price or o.lead_days is distinct from n.lead_days or
      o.preferred is distinct from n.preferred);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Component" (
      bxc_seq, bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
      bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
    )
    select
      bxc_number, 'delete', o.part_no, o.description, o.unit_price, o.lead_days, o.preferred, cast(null as text),
      cast(null as text), cast(null as numeric(10, 2)), cast(null as bigint), cast(null as boolean)
    from bxc_was as o;
  else
    insert into public."bxc_change_Component" (
      bxc_seq, bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
      bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
    )
    select
      bxc_number, 'delete', o.part_no, o.description, o.unit_price, o.lead_days, o.preferred, cast(null as text),
      cast(null as text), cast(null as numeric(10, 2)), cast(null as bigint), cast(null as boolean)
    from public."Component" as o;
  end if;

  if found then
    perform public."bxc_judge_Component"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Component"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Component"();

create or replace trigger bxc_capture_update
after update on public."Component"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Component"();

create or replace trigger bxc_capture_delete
after delete on public."Component"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Component"();

create or replace trigger bxc_capture_truncate
before truncate on public."Component"
for each statement execute function public."bxc_capture_Component"();

-- PurchaseOrder: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_PurchaseOrder";

create table if not exists public."bxc_change_PurchaseOrder" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_order bigint, bxc_old_line bigint,
  bxc_old_part_no text collate "C", bxc_old_quantity bigint, bxc_old_due date,
  bxc_old_state text collate "C", bxc_old_promised date, bxc_old_project text collate "C", "order" bigint,
  line bigint, part_no text collate "C", quantity bigint, due date, state text collate "C", promised date,
  project text collate "C"
);

create index if not exists "bxc_log_PurchaseOrder" on public."bxc_change_PurchaseOrder" (bxc_seq);

insert into public.bxc_session (source) values ('PurchaseOrder') on conflict do nothing;

-- rows of PurchaseOrder that break the spec
create or replace view public."bxc_violations_PurchaseOrder" (
  bxc_code, bxc_constraint, "order", line, bxc_detail
) as
select 'BXC16', 'order not null', s."order", s.line, 'order is NULL'
from public."PurchaseOrder" as s
where s."order" is null
union all
select 'BXC16', 'line not null', s."order", s.line, 'line is NULL'
from public."PurchaseOrder" as s
where s.line is null
union all
select 'BXC16', 'part_no not null', s."order", s.line, 'part_no is NULL'
from public."PurchaseOrder" as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s."order", s.line, 'part_no is no varchar(20)'
from public."PurchaseOrder" as s
where not (char_length(s.part_no) <= 20)
union all
select 'BXC16', 'quantity not null', s."order", s.line, 'quantity is NULL'
from public."PurchaseOrder" as s
where s.quantity is null
union all
select 'BXC16', 'due not null', s."order", s.line, 'due is NULL'
from public."PurchaseOrder" as s
where s.due is null
union all
select 'BXC16', 'due date', s."order", s.line, 'due is no date'
from public."PurchaseOrder" as s
where not (s.due between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'state not null', s."order", s.line, 'state is NULL'
from public."PurchaseOrder" as s
where s.state is null
union all
select 'BXC16', 'state enum(''placed'', ''accepted'', ''shipped'', ''received'')', s."order", s.line,
  'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'
from public."PurchaseOrder" as s
where not (s.state in ('placed', 'accepted', 'shipped', 'received'))
union all
select 'BXC16', 'promised date', s."order", s.line, 'promised is no date'
from public."PurchaseOrder" as s
where not (s.promised between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC17', 'check amount', s."order", s.line, 'check amount is false'
from public."PurchaseOrder" as s
where not (s.quantity > 0)
union all
select 'BXC17', 'primary key (order, line)', s."order", s.line,
  'another row of PurchaseOrder has the same order, line'
from public."PurchaseOrder" as s
where (s."order", s.line) in (
  select "order", line
  from public."PurchaseOrder"
  where not ("order" is null or line is null)
  group by "order", line
  having count(*) > 1
);

-- what an edit of PurchaseOrder changes without a right
create or replace function public."bxc_judge_PurchaseOrder"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'PurchaseOrder' and s.loading) or not exists (
    select 1 from (values
      ('orders', 'insert', ''),
      ('orders', 'delete', ''),
      ('orders', 'update', 'order'),
      ('orders', 'update', 'line'),
      ('orders', 'update', 'part_no'),
      ('orders', 'update', 'quantity'),
      ('orders', 'update', 'due'),
      ('orders', 'update', 'state'),
      ('orders', 'update', 'promised')
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
    select 'Ordered' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and not (c.bxc_op <> 'insert' and true) and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and not (c.bxc_op <> 'delete' and true) and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_order is distinct from c."order" and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'order' and granted) then 'update order'
        when c.bxc_old_line is distinct from c.line and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'line' and granted) then 'update line'
        when c.bxc_old_part_no is distinct from c.part_no and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'part_no' and granted) then 'update part_no'
        when c.bxc_old_quantity is distinct from c.quantity and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'quantity' and granted) then 'update quantity'
        when c.bxc_old_due is distinct from c.due and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'due' and granted) then 'update due'
        when c.bxc_old_state is distinct from c.state and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'state' and granted) then 'update state'
        when c.bxc_old_promised is distinct from c.promised and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and not exists (select 1 from public.bxc_rights where share = 'orders' and operation = 'update' and attribute = 'promised' and granted) then 'update promised'
      end as bxc_right
      from public."bxc_change_PurchaseOrder" as c
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

revoke execute on function public."bxc_judge_PurchaseOrder"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_PurchaseOrder"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'PurchaseOrder' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_PurchaseOrder"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_PurchaseOrder" (
      bxc_seq, bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
      bxc_old_state, bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised,
      project
    )
    select
      bxc_number, 'insert', cast(null as bigint), cast(null as bigint), cast(null as text), cast(null as bigint),
      cast(null as date), cast(null as text), cast(null as date), cast(null as text), n."order", n.line,
      n.part_no, n.quantity, n.due, n.state, n.promised, n.project
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_PurchaseOrder" (
      bxc_seq, bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
      bxc_old_state, bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised,
      project
    )
    select
      bxc_number, 'update', o."order", o.line, o.part_no, o.quantity, o.due, o.state, o.promised, o.project,
      n."order", n.line, n.part_no, n.quantity, n.due, n.state, n.promised, n.project
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o."order" is distinct from n."order" or o.line is distinct from n.line or
      o.part_no is distinct from n.part_no or o.quantity is distinct from n.quantity or
      o.due is distinct from n.due or o.state is distinct from n.state or o.promised is distinct from n.promised or
      o.project is distinct from n.project);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_PurchaseOrder" (
      bxc_seq, bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
      bxc_old_state, bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised,
      project
    )
    select
      bxc_number, 'delete', o."order", o.line, o.part_no, o.quantity, o.due, o.state, o.promised, o.project,
      cast(null as bigint), cast(null as bigint), cast(null as text), cast(null as bigint), cast(null as date),
      cast(null as text), cast(null as date), cast(null as text)
    from bxc_was as o;
  else
    insert into public."bxc_change_PurchaseOrder" (
      bxc_seq, bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
      bxc_old_state, bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised,
      project
    )
    select
      bxc_number, 'delete', o."order", o.line, o.part_no, o.quantity, o.due, o.state, o.promised, o.project,
      cast(null as bigint), cast(null as bigint), cast(null as text), cast(null as bigint), cast(null as date),
      cast(null as text), cast(null as date), cast(null as text)
    from public."PurchaseOrder" as o;
  end if;

  if found then
    perform public."bxc_judge_PurchaseOrder"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."PurchaseOrder"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_PurchaseOrder"();

create or replace trigger bxc_capture_update
after update on public."PurchaseOrder"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_PurchaseOrder"();

create or replace trigger bxc_capture_delete
after delete on public."PurchaseOrder"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_PurchaseOrder"();

create or replace trigger bxc_capture_truncate
before truncate on public."PurchaseOrder"
for each statement execute function public."bxc_capture_PurchaseOrder"();

-- Variant: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Variant";

create table if not exists public."bxc_change_Variant" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_id bigint,
  bxc_old_sku text collate "C", bxc_old_size text collate "C", bxc_old_name text collate "C",
  bxc_old_list_price numeric(10, 2), bxc_old_stock bigint, id bigint, sku text collate "C",
  size text collate "C", name text collate "C", list_price numeric(10, 2), stock bigint
);

create index if not exists "bxc_log_Variant" on public."bxc_change_Variant" (bxc_seq);

insert into public.bxc_session (source) values ('Variant') on conflict do nothing;

-- rows of Variant that break the spec
create or replace view public."bxc_violations_Variant" (
  bxc_code, bxc_constraint, id, bxc_detail
) as
select 'BXC16', 'id not null', s.id, 'id is NULL'
from public."Variant" as s
where s.id is null
union all
select 'BXC16', 'sku not null', s.id, 'sku is NULL'
from public."Variant" as s
where s.sku is null
union all
select 'BXC16', 'sku varchar(20)', s.id, 'sku is no varchar(20)'
from public."Variant" as s
where not (char_length(s.sku) <= 20)
union all
select 'BXC16', 'size not null', s.id, 'size is NULL'
from public."Variant" as s
where s.size is null
union all
select 'BXC16', 'size varchar(8)', s.id, 'size is no varchar(8)'
from public."Variant" as s
where not (char_length(s.size) <= 8)
union all
select 'BXC16', 'name not null', s.id, 'name is NULL'
from public."Variant" as s
where s.name is null
union all
select 'BXC16', 'list_price not null', s.id, 'list_price is NULL'
from public."Variant" as s
where s.list_price is null
union all
select 'BXC16', 'list_price decimal(10,2)', s.id, 'list_price is no decimal(10,2)'
from public."Variant" as s
where not (s.list_price <> 'NaN')
union all
select 'BXC16', 'stock not null', s.id, 'stock is NULL'
from public."Variant" as s
where s.stock is null
union all
select 'BXC17', 'check prices', s.id, 'check prices is false'
from public."Variant" as s
where not (s.list_price >= 0.00)
union all
select 'BXC17', 'primary key (id)', s.id, 'another row of Variant has the same id'
from public."Variant" as s
where (s.id) in (
  select id
  from public."Variant"
  where not (id is null)
  group by id
  having count(*) > 1
)
union all
select 'BXC17', 'unique (sku, size)', s.id, 'another row of Variant has the same sku, size'
from public."Variant" as s
where (s.sku, s.size) in (
  select sku, size
  from public."Variant"
  where not (sku is null or size is null)
  group by sku, size
  having count(*) > 1
)
union all
select 'BXC17', 'determines sku -> name, list_price', s.id,
  'another row of Variant has the same sku and other name, list_price'
from public."Variant" as s
where (s.id) in (
  select o.id
  from (
    select sku
      from public."Variant"
      group by sku
      having count(distinct name) > 1 or count(name) between 1 and count(*) - 1
        or count(distinct list_price) > 1 or count(list_price) between 1 and count(*) - 1
  ) as g
  join public."Variant" as o on o.sku = g.sku
);

-- with these, puts and changes take time by the delta and not by the table
create index if not exists "bxc_8c11a1d1c0_Variant" on public."Variant" (sku, name, list_price);

-- what an edit of Variant changes without a right
create or replace function public."bxc_judge_Variant"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Variant' and s.loading) or not exists (
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
    select 'PriceList' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and true and (c.bxc_old_sku is distinct from c.sku and not c.bxc_via is not distinct from 'PriceList' or not (c.bxc_op <> 'insert' and true)) and not (exists (select 1 from public."Variant" as s where s.sku = c.sku and not exists (select 1 from public."bxc_change_Variant" as d where d.bxc_seq = bxc_number and d.bxc_op <> 'delete' and d.id = s.id)) or exists (select 1 from public."bxc_change_Variant" as d where d.bxc_seq = bxc_number and d.bxc_op <> 'insert' and d.bxc_old_sku = c.sku and true)) and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and true and (c.bxc_old_sku is distinct from c.sku and not c.bxc_via is not distinct from 'PriceList' or not (c.bxc_op <> 'delete' and true)) and not exists (select 1 from public."Variant" as s where s.sku = c.bxc_old_sku) and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_sku is distinct from c.sku and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and (not c.bxc_old_sku is distinct from c.sku or c.bxc_via is not distinct from 'PriceList') and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'sku' and granted) then 'update sku'
        when c.bxc_old_name is distinct from c.name and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and (not c.bxc_old_sku is distinct from c.sku or c.bxc_via is not distinct from 'PriceList') and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'name' and granted) then 'update name'
        when c.bxc_old_list_price is distinct from c.list_price and c.bxc_op <> 'insert' and true and c.bxc_op <> 'delete' and true and (not c.bxc_old_sku is distinct from c.sku or c.bxc_via is not distinct from 'PriceList') and not exists (select 1 from public.bxc_rights where share = 'prices' and operation = 'update' and attribute = 'list_price' and granted) then 'update list_price'
      end as bxc_right
      from public."bxc_change_Variant" as c
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

revoke execute on function public."bxc_judge_Variant"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Variant"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Variant' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Variant"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Variant" (
      bxc_seq, bxc_op, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock,
      id, sku, size, name, list_price, stock
    )
    select
      bxc_number, 'insert', cast(null as bigint), cast(null as text), cast(null as text), cast(null as text),
      cast(null as numeric(10, 2)), cast(null as bigint), n.id, n.sku, n.size, n.name, n.list_price, n.stock
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Variant" (
      bxc_seq, bxc_op, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock,
      id, sku, size, name, list_price, stock
    )
    select
      bxc_number, 'update', o.id, o.sku, o.size, o.name, o.list_price, o.stock, n.id, n.sku, n.size, n.name,
      n.list_price, n.stock
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.id is distinct from n.id or o.sku is distinct from n.sku or o.size is distinct from n.size or
      o.name is distinct from n.name or o.list_price is distinct from n.list_price or
      o.stock is distinct from n.stock);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Variant" (
      bxc_seq, bxc_op, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock,
      id, sku, size, name, list_price, stock
    )
    select
      bxc_number, 'delete', o.id, o.sku, o.size, o.name, o.list_price, o.stock, cast(null as bigint),
      cast(null as text), cast(null as text), cast(null as text), cast(null as numeric(10, 2)),
      cast(null as bigint)
    from bxc_was as o;
  else
    insert into public."bxc_change_Variant" (
      bxc_seq, bxc_op, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock,
      id, sku, size, name, list_price, stock
    )
    select
      bxc_number, 'delete', o.id, o.sku, o.size, o.name, o.list_price, o.stock, cast(null as bigint),
      cast(null as text), cast(null as text), cast(null as text), cast(null as numeric(10, 2)),
      cast(null as bigint)
    from public."Variant" as o;
  end if;

  if found then
    perform public."bxc_judge_Variant"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Variant"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Variant"();

create or replace trigger bxc_capture_update
after update on public."Variant"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Variant"();

create or replace trigger bxc_capture_delete
after delete on public."Variant"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Variant"();

create or replace trigger bxc_capture_truncate
before truncate on public."Variant"
for each statement execute function public."bxc_capture_Variant"();
