-- supply_chain version 1: the sources of Supplier in PostgreSQL.
-- Install once, before the views; running it again changes nothing.

-- whoever edits views by hand is a member of this role
do $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_supply_chain_Supplier') then
    create role "bxc_supply_chain_Supplier" nologin;
  end if;
  grant usage on schema public to "bxc_supply_chain_Supplier";
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'there is no role %: views are edited by their owner only', 'bxc_supply_chain_Supplier';
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
  ('catalogue', 'update', 'description', true),
  ('catalogue', 'update', 'unit_price', true),
  ('catalogue', 'update', 'lead_days', true),
  ('catalogue', 'insert', '', true),
  ('catalogue', 'delete', '', true),
  ('orders', 'update', 'order', false),
  ('orders', 'update', 'line', false),
  ('orders', 'update', 'part_no', false),
  ('orders', 'update', 'quantity', false),
  ('orders', 'update', 'due', false),
  ('orders', 'update', 'state', true),
  ('orders', 'update', 'promised', true),
  ('orders', 'insert', '', false),
  ('orders', 'delete', '', false)
on conflict do nothing;

-- the sources
create table if not exists public."Part" (
  part_no text collate "C" not null check (char_length(part_no) <= 20),
  description text collate "C" not null,
  unit_price numeric(10, 2) not null check (unit_price <> 'NaN'),
  lead_days bigint not null,
  cost numeric(10, 2) check (cost <> 'NaN'),
  discontinued boolean not null default false,
  primary key (part_no),
  constraint prices check (unit_price >= 0.00),
  constraint lead_time check (lead_days >= 0 and lead_days <= 365)
);

create table if not exists public."SalesOrder" (
  "order" bigint not null,
  line bigint not null,
  part_no text collate "C" not null check (char_length(part_no) <= 20),
  quantity bigint not null,
  due date not null check (due between date '0001-01-01' and date '9999-12-31'),
  state text collate "C" not null default 'placed' check (state in ('placed', 'accepted', 'shipped', 'received')),
  promised date check (promised between date '0001-01-01' and date '9999-12-31'),
  carrier text collate "C",
  primary key ("order", line),
  constraint amount check (quantity > 0)
);

-- Part: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_Part";

create table if not exists public."bxc_change_Part" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_part_no text collate "C",
  bxc_old_description text collate "C", bxc_old_unit_price numeric(10, 2), bxc_old_lead_days bigint,
  bxc_old_cost numeric(10, 2), bxc_old_discontinued boolean, part_no text collate "C",
  description text collate "C", unit_price numeric(10, 2), lead_days bigint, cost numeric(10, 2),
  discontinued boolean
);

create index if not exists "bxc_log_Part" on public."bxc_change_Part" (bxc_seq);

insert into public.bxc_session (source) values ('Part') on conflict do nothing;

-- rows of Part that break the spec
create or replace view public."bxc_violations_Part" (
  bxc_code, bxc_constraint, part_no, bxc_detail
) as
select 'BXC16', 'part_no not null', s.part_no, 'part_no is NULL'
from public."Part" as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s.part_no, 'part_no is no varchar(20)'
from public."Part" as s
where not (char_length(s.part_no) <= 20)
union all
select 'BXC16', 'description not null', s.part_no, 'description is NULL'
from public."Part" as s
where s.description is null
union all
select 'BXC16', 'unit_price not null', s.part_no, 'unit_price is NULL'
from public."Part" as s
where s.unit_price is null
union all
select 'BXC16', 'unit_price decimal(10,2)', s.part_no, 'unit_price is no decimal(10,2)'
from public."Part" as s
where not (s.unit_price <> 'NaN')
union all
select 'BXC16', 'lead_days not null', s.part_no, 'lead_days is NULL'
from public."Part" as s
where s.lead_days is null
union all
select 'BXC16', 'cost decimal(10,2)', s.part_no, 'cost is no decimal(10,2)'
from public."Part" as s
where not (s.cost <> 'NaN')
union all
select 'BXC16', 'discontinued not null', s.part_no, 'discontinued is NULL'
from public."Part" as s
where s.discontinued is null
union all
select 'BXC17', 'check prices', s.part_no, 'check prices is false'
from public."Part" as s
where not (s.unit_price >= 0.00)
union all
select 'BXC17', 'check lead_time', s.part_no, 'check lead_time is false'
from public."Part" as s
where not (s.lead_days >= 0 and s.lead_days <= 365)
union all
select 'BXC17', 'primary key (part_no)', s.part_no, 'another row of Part has the same part_no'
from public."Part" as s
where (s.part_no) in (
  select part_no
  from public."Part"
  where not (part_no is null)
  group by part_no
  having count(*) > 1
);

-- what an edit of Part changes without a right
create or replace function public."bxc_judge_Part"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Part' and s.loading) or not exists (
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
    select 'Offer' as bxc_view, c.bxc_right
    from (
      select case
        when c.bxc_op <> 'delete' and (not c.discontinued) is true and not (c.bxc_op <> 'insert' and (not c.bxc_old_discontinued) is true) and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'insert' and attribute = '' and granted) then 'insert rows'
        when c.bxc_op <> 'insert' and (not c.bxc_old_discontinued) is true and not (c.bxc_op <> 'delete' and (not c.discontinued) is true) and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'delete' and attribute = '' and granted) then 'delete rows'
        when c.bxc_old_part_no is distinct from c.part_no and c.bxc_op <> 'insert' and (not c.bxc_old_discontinued) is true and c.bxc_op <> 'delete' and (not c.discontinued) is true and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'part_no' and granted) then 'update part_no'
        when c.bxc_old_description is distinct from c.description and c.bxc_op <> 'insert' and (not c.bxc_old_discontinued) is true and c.bxc_op <> 'delete' and (not c.discontinued) is true and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'description' and granted) then 'update description'
        when c.bxc_old_unit_price is distinct from c.unit_price and c.bxc_op <> 'insert' and (not c.bxc_old_discontinued) is true and c.bxc_op <> 'delete' and (not c.discontinued) is true and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'unit_price' and granted) then 'update unit_price'
        when c.bxc_old_lead_days is distinct from c.lead_days and c.bxc_op <> 'insert' and (not c.bxc_old_discontinued) is true and c.bxc_op <> 'delete' and (not c.discontinued) is true and not exists (select 1 from public.bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'lead_days' and granted) then 'update lead_days'
      end as bxc_right
      from public."bxc_change_Part" as c
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

revoke execute on function public."bxc_judge_Part"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_Part"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'Part' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_Part"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_Part" (
      bxc_seq, bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
      bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
    )
    select
      bxc_number, 'insert', cast(null as text), cast(null as text), cast(null as numeric(10, 2)),
      cast(null as bigint), cast(null as numeric(10, 2)), cast(null as boolean), n.part_no, n.description,
      n.unit_price, n.lead_days, n.cost, n.discontinued
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_Part" (
      bxc_seq, bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
      bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
    )
    select
      bxc_number, 'update', o.part_no, o.description, o.unit_price, o.lead_days, o.cost, o.discontinued,
      n.part_no, n.description, n.unit_price, n.lead_days, n.cost, n.discontinued
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o.part_no is distinct from n.part_no or o.description is distinct from n.description or
      o.unit_price is distinct from n.unit_price or o.lead_days is distinct from n.lead_days or
      o.cost is distinct from n.cost or o.discontinued is distinct from n.discontinued);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_Part" (
      bxc_seq, bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
      bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
    )
    select
      bxc_number, 'delete', o.part_no, o.description, o.unit_price, o.lead_days, o.cost, o.discontinued,
      cast(null as text), cast(null as text), cast(null as numeric(10, 2)), cast(null as bigint),
      cast(null as numeric(10, 2)), cast(null as boolean)
    from bxc_was as o;
  else
    insert into public."bxc_change_Part" (
      bxc_seq, bxc_op, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
      bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
    )
    select
      bxc_number, 'delete', o.part_no, o.description, o.unit_price, o.lead_days, o.cost, o.discontinued,
      cast(null as text), cast(null as text), cast(null as numeric(10, 2)), cast(null as bigint),
      cast(null as numeric(10, 2)), cast(null as boolean)
    from public."Part" as o;
  end if;

  if found then
    perform public."bxc_judge_Part"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."Part"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_Part"();

create or replace trigger bxc_capture_update
after update on public."Part"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_Part"();

create or replace trigger bxc_capture_delete
after delete on public."Part"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_Part"();

create or replace trigger bxc_capture_truncate
before truncate on public."Part"
for each statement execute function public."bxc_capture_Part"();

-- SalesOrder: captured edits, and rows that break the spec
create sequence if not exists public."bxc_seq_SalesOrder";

create table if not exists public."bxc_change_SalesOrder" (
  bxc_seq bigint not null, bxc_op text not null, bxc_via text, bxc_old_order bigint, bxc_old_line bigint,
  bxc_old_part_no text collate "C", bxc_old_quantity bigint, bxc_old_due date,
  bxc_old_state text collate "C", bxc_old_promised date, bxc_old_carrier text collate "C", "order" bigint,
  line bigint, part_no text collate "C", quantity bigint, due date, state text collate "C", promised date,
  carrier text collate "C"
);

create index if not exists "bxc_log_SalesOrder" on public."bxc_change_SalesOrder" (bxc_seq);

insert into public.bxc_session (source) values ('SalesOrder') on conflict do nothing;

-- rows of SalesOrder that break the spec
create or replace view public."bxc_violations_SalesOrder" (
  bxc_code, bxc_constraint, "order", line, bxc_detail
) as
select 'BXC16', 'order not null', s."order", s.line, 'order is NULL'
from public."SalesOrder" as s
where s."order" is null
union all
select 'BXC16', 'line not null', s."order", s.line, 'line is NULL'
from public."SalesOrder" as s
where s.line is null
union all
select 'BXC16', 'part_no not null', s."order", s.line, 'part_no is NULL'
from public."SalesOrder" as s
where s.part_no is null
union all
select 'BXC16', 'part_no varchar(20)', s."order", s.line, 'part_no is no varchar(20)'
from public."SalesOrder" as s
where not (char_length(s.part_no) <= 20)
union all
select 'BXC16', 'quantity not null', s."order", s.line, 'quantity is NULL'
from public."SalesOrder" as s
where s.quantity is null
union all
select 'BXC16', 'due not null', s."order", s.line, 'due is NULL'
from public."SalesOrder" as s
where s.due is null
union all
select 'BXC16', 'due date', s."order", s.line, 'due is no date'
from public."SalesOrder" as s
where not (s.due between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC16', 'state not null', s."order", s.line, 'state is NULL'
from public."SalesOrder" as s
where s.state is null
union all
select 'BXC16', 'state enum(''placed'', ''accepted'', ''shipped'', ''received'')', s."order", s.line,
  'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'
from public."SalesOrder" as s
where not (s.state in ('placed', 'accepted', 'shipped', 'received'))
union all
select 'BXC16', 'promised date', s."order", s.line, 'promised is no date'
from public."SalesOrder" as s
where not (s.promised between date '0001-01-01' and date '9999-12-31')
union all
select 'BXC17', 'check amount', s."order", s.line, 'check amount is false'
from public."SalesOrder" as s
where not (s.quantity > 0)
union all
select 'BXC17', 'primary key (order, line)', s."order", s.line,
  'another row of SalesOrder has the same order, line'
from public."SalesOrder" as s
where (s."order", s.line) in (
  select "order", line
  from public."SalesOrder"
  where not ("order" is null or line is null)
  group by "order", line
  having count(*) > 1
);

-- what an edit of SalesOrder changes without a right
create or replace function public."bxc_judge_SalesOrder"(bxc_number bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_view text;
  bxc_right text;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'SalesOrder' and s.loading) or not exists (
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
    select 'ToDeliver' as bxc_view, c.bxc_right
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
      from public."bxc_change_SalesOrder" as c
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

revoke execute on function public."bxc_judge_SalesOrder"(bigint) from public;

-- capture; as definer, for who edits a table has no rights on what is captured of it
create or replace function public."bxc_capture_SalesOrder"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  if exists (select 1 from public.bxc_session as s where s.source = 'SalesOrder' and s.uncaptured) then
    return null;
  end if;

  bxc_number := nextval('public."bxc_seq_SalesOrder"');

  if tg_op = 'INSERT' then
    insert into public."bxc_change_SalesOrder" (
      bxc_seq, bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
      bxc_old_state, bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised,
      carrier
    )
    select
      bxc_number, 'insert', cast(null as bigint), cast(null as bigint), cast(null as text), cast(null as bigint),
      cast(null as date), cast(null as text), cast(null as date), cast(null as text), n."order", n.line,
      n.part_no, n.quantity, n.due, n.state, n.promised, n.carrier
    from bxc_now as n;
  elsif tg_op = 'UPDATE' then
    insert into public."bxc_change_SalesOrder" (
      bxc_seq, bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
      bxc_old_state, bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised,
      carrier
    )
    select
      bxc_number, 'update', o."order", o.line, o.part_no, o.quantity, o.due, o.state, o.promised, o.carrier,
      n."order", n.line, n.part_no, n.quantity, n.due, n.state, n.promised, n.carrier
    from (select row_number() over () as bxc_row, t.* from bxc_was as t) as o
    join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row
    where (o."order" is distinct from n."order" or o.line is distinct from n.line or
      o.part_no is distinct from n.part_no or o.quantity is distinct from n.quantity or
      o.due is distinct from n.due or o.state is distinct from n.state or o.promised is distinct from n.promised or
      o.carrier is distinct from n.carrier);
  elsif tg_op = 'DELETE' then
    insert into public."bxc_change_SalesOrder" (
      bxc_seq, bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
      bxc_old_state, bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised,
      carrier
    )
    select
      bxc_number, 'delete', o."order", o.line, o.part_no, o.quantity, o.due, o.state, o.promised, o.carrier,
      cast(null as bigint), cast(null as bigint), cast(null as text), cast(null as bigint), cast(null as date),
      cast(null as text), cast(null as date), cast(null as text)
    from bxc_was as o;
  else
    insert into public."bxc_change_SalesOrder" (
      bxc_seq, bxc_op, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
      bxc_old_state, bxc_old_promised, bxc_old_carrier, "order", line, part_no, quantity, due, state, promised,
      carrier
    )
    select
      bxc_number, 'delete', o."order", o.line, o.part_no, o.quantity, o.due, o.state, o.promised, o.carrier,
      cast(null as bigint), cast(null as bigint), cast(null as text), cast(null as bigint), cast(null as date),
      cast(null as text), cast(null as date), cast(null as text)
    from public."SalesOrder" as o;
  end if;

  if found then
    perform public."bxc_judge_SalesOrder"(bxc_number);
  end if;

  return null;
end
$bxc$;

create or replace trigger bxc_capture_insert
after insert on public."SalesOrder"
referencing new table as bxc_now
for each statement execute function public."bxc_capture_SalesOrder"();

create or replace trigger bxc_capture_update
after update on public."SalesOrder"
referencing old table as bxc_was new table as bxc_now
for each statement execute function public."bxc_capture_SalesOrder"();

create or replace trigger bxc_capture_delete
after delete on public."SalesOrder"
referencing old table as bxc_was
for each statement execute function public."bxc_capture_SalesOrder"();

create or replace trigger bxc_capture_truncate
before truncate on public."SalesOrder"
for each statement execute function public."bxc_capture_SalesOrder"();
