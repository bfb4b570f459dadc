-- Ordered: view of PurchaseOrder, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Ordered as
select
  s."order" as "order", s.line as line, s.part_no as part_no, s.quantity as quantity, s.due as due,
  s.state as state, s.promised as promised
from PurchaseOrder as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_Ordered (
  "order" bigint, line bigint, part_no varchar, quantity bigint, due date, state varchar, promised date
);

create table if not exists bxc_delta_Ordered (
  bxc_op varchar, bxc_old_order bigint, bxc_old_line bigint, "order" bigint, line bigint, part_no varchar,
  quantity bigint, due date, state varchar, promised date
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_Ordered as
with
  staged as (
    select 'delta' as bxc_staged, bxc_op, bxc_old_order, bxc_old_line, "order", line, part_no, quantity, due, state, promised from bxc_delta_Ordered
    union all
    select 'new' as bxc_staged, case when v."order" is null then 'insert' else 'update' end as bxc_op,
      v."order" as bxc_old_order, v.line as bxc_old_line, n."order", n.line, n.part_no, n.quantity, n.due, n.state,
      n.promised
    from bxc_new_Ordered as n
    left join Ordered as v on n."order" = v."order" and n.line = v.line
    union all
    select 'new', 'delete',
      v."order" as bxc_old_order, v.line as bxc_old_line, cast(null as bigint) as "order",
      cast(null as bigint) as line, cast(null as varchar) as part_no, cast(null as bigint) as quantity,
      cast(null as date) as due, cast(null as varchar) as state, cast(null as date) as promised
    from Ordered as v
    anti join bxc_new_Ordered as n on n."order" = v."order" and n.line = v.line
    where exists (select 1 from bxc_new_Ordered)
  ),
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line and not (true and exists (select 1 from staged as x where x.bxc_staged = w.bxc_staged and x.bxc_old_order = w."order" and x.bxc_old_line = w.line and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x."order" is distinct from x.bxc_old_order or x.line is distinct from x.bxc_old_line)))))) as bxc_creates
    from staged as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as bxc_key_order,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as bxc_key_line,
      s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
      s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state, s.promised as bxc_old_promised,
      s.project as bxc_old_project, w."order" as "order", w.line as line, w.part_no as part_no,
      w.quantity as quantity, w.due as due, w.state as state, w.promised as promised, s.project as project
    from work as w
    join PurchaseOrder as s on s."order" = w.bxc_old_order and s.line = w.bxc_old_line
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as bxc_key_order,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as bxc_key_line,
      s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
      s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state, s.promised as bxc_old_promised,
      s.project as bxc_old_project, cast(null as bigint) as "order", cast(null as bigint) as line,
      cast(null as varchar) as part_no, cast(null as bigint) as quantity, cast(null as date) as due,
      cast(null as varchar) as state, cast(null as date) as promised, cast(null as varchar) as project
    from work as w
    join PurchaseOrder as s on s."order" = w.bxc_old_order and s.line = w.bxc_old_line
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as bxc_key_order,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as bxc_key_line,
      s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
      s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state, s.promised as bxc_old_promised,
      s.project as bxc_old_project, s."order" as "order", s.line as line, s.part_no as part_no,
      s.quantity as quantity, s.due as due, s.state as state, s.promised as promised, s.project as project
    from work as w
    join PurchaseOrder as s on s."order" = w."order" and s.line = w.line
    where w.bxc_op = 'insert' and true and s."order" is not distinct from w."order" and s.line is not distinct from w.line and s.part_no is not distinct from w.part_no and s.quantity is not distinct from w.quantity and s.due is not distinct from w.due and s.state is not distinct from w.state and s.promised is not distinct from w.promised and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as bxc_key_order,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as bxc_key_line,
      cast(null as bigint) as bxc_old_order, cast(null as bigint) as bxc_old_line,
      cast(null as varchar) as bxc_old_part_no, cast(null as bigint) as bxc_old_quantity,
      cast(null as date) as bxc_old_due, cast(null as varchar) as bxc_old_state,
      cast(null as date) as bxc_old_promised, cast(null as varchar) as bxc_old_project, w."order" as "order",
      w.line as line, w.part_no as part_no, w.quantity as quantity, w.due as due, w.state as state,
      w.promised as promised, cast(null as varchar) as project
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line or e.part_no is distinct from e.bxc_old_part_no or e.quantity is distinct from e.bxc_old_quantity or e.due is distinct from e.bxc_old_due or e.state is distinct from e.bxc_old_state or e.promised is distinct from e.bxc_old_promised or e.project is distinct from e.bxc_old_project)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised, s.project
    from PurchaseOrder as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_order = s."order" and c.bxc_old_line = s.line)
    union all
    select c.bxc_staged, true, c."order", c.line, c.part_no, c.quantity, c.due, c.state, c.promised, c.project from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w."order" is null or w.line is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_order is null or w.bxc_old_line is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_order is not null or w.bxc_old_line is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_order = w.bxc_old_order and x.bxc_old_line = w.bxc_old_line) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x."order" = w."order" and x.line = w.line) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_order = w."order" and x.bxc_old_line = w.line and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line and true and not (s."order" is not distinct from w."order" and s.line is not distinct from w.line and s.part_no is not distinct from w.part_no and s.quantity is not distinct from w.quantity and s.due is not distinct from w.due and s.state is not distinct from w.state and s.promised is not distinct from w.promised)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_order = w."order" and x.bxc_old_line = w.line and x.bxc_op = 'update' and (x."order" is distinct from x.bxc_old_order or x.line is distinct from x.bxc_old_line))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w."order" is distinct from w.bxc_old_order or w.line is distinct from w.bxc_old_line) and exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_order = w."order" and x.bxc_old_line = w.line and (x.bxc_op = 'delete' or (x."order" is distinct from x.bxc_old_order or x.line is distinct from x.bxc_old_line)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'order is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w."order" is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'line is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.line is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'part_no is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.part_no is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'part_no is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'quantity is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.quantity is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'due is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.due is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'due is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (w.due between date '0001-01-01' and date '9999-12-31')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'state is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.state is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'state is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (w.state in ('placed', 'accepted', 'shipped', 'received'))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'promised is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (w.promised between date '0001-01-01' and date '9999-12-31')
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as "order", case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as line, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from PurchaseOrder as s where s."order" = w.bxc_old_order and s.line = w.bxc_old_line and true)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_order as "order", e.bxc_key_line as line, 'check amount' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.quantity is distinct from e.bxc_old_quantity)) and not (e.quantity > 0)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_order as "order", e.bxc_key_line as line, 'primary key (order, line)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a."order" = e."order" and a.line = e.line) > 1
  )
select bxc_code, bxc_staged, "order", line, bxc_detail from violation;
