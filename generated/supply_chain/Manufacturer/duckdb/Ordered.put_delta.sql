-- Puts a delta of the view, staged in bxc_delta_Ordered, into PurchaseOrder: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind PurchaseOrder.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read PurchaseOrder.capture.sql' -c '.read Ordered.put_delta.sql' -c commit

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_Ordered as
select
  s.rowid as bxc_rowid, 0 as bxc_layer, s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised,
  s.project
from PurchaseOrder as s
semi join (
  select bxc_old_order as "order", bxc_old_line as line from bxc_delta_Ordered where bxc_op <> 'insert'
  union all
  select "order", line from bxc_delta_Ordered
  where bxc_op = 'insert'
    or bxc_op = 'update' and ("order" is distinct from bxc_old_order or line is distinct from bxc_old_line)
) as w on s."order" = w."order" and s.line = w.line;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_Ordered as
with
  bxc_key as (
    select "order", line, bool_or(bxc_layer = 0) as bxc_shown
    from bxc_seen_Ordered
    group by "order", line
  ),
  bxc_old as (
    select w.bxc_old_order, w.bxc_old_line, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line)) as bxc_renamed
    from bxc_delta_Ordered as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_order, w.bxc_old_line
  ),
  bxc_new as (
    select w."order", w.line, count(*) as bxc_count
    from bxc_delta_Ordered as w
    where w.bxc_op in ('insert', 'update')
    group by w."order", w.line
  )
select w.*,
  w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_order else w."order" end as bxc_key_order,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_line else w.line end as bxc_key_line,
    w.bxc_op = 'update' and (w."order" <> w.bxc_old_order or w.line <> w.bxc_old_line) as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_delta_Ordered as w
  left join bxc_key as o on o."order" = w.bxc_old_order and o.line = w.bxc_old_line
  left join bxc_key as n on n."order" = w."order" and n.line = w.line
  left join bxc_old as p on p.bxc_old_order = w.bxc_old_order and p.bxc_old_line = w.bxc_old_line
  left join bxc_old as l on l.bxc_old_order = w."order" and l.bxc_old_line = w.line
  left join bxc_new as c on c."order" = w."order" and c.line = w.line
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_Ordered as
select e.*,
  (e."order" is distinct from e.bxc_old_order or e.line is distinct from e.bxc_old_line or
    e.part_no is distinct from e.bxc_old_part_no or e.quantity is distinct from e.bxc_old_quantity or
    e.due is distinct from e.bxc_old_due or e.state is distinct from e.bxc_old_state or
    e.promised is distinct from e.bxc_old_promised or e.project is distinct from e.bxc_old_project) as bxc_changed,
  bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
  bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
from (
  select
    case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind,
    s.bxc_rowid as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
    case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
    s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
    s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state,
    s.promised as bxc_old_promised, s.project as bxc_old_project,
    case when bxc_kind in ('update', 'keep') then w."order" when bxc_kind <> 'delete' then s."order" end as "order",
    case when bxc_kind in ('update', 'keep') then w.line when bxc_kind <> 'delete' then s.line end as line,
    case when bxc_kind in ('update', 'keep') then w.part_no when bxc_kind <> 'delete' then s.part_no end as part_no,
    case when bxc_kind in ('update', 'keep') then w.quantity when bxc_kind <> 'delete' then s.quantity end as quantity,
    case when bxc_kind in ('update', 'keep') then w.due when bxc_kind <> 'delete' then s.due end as due,
    case when bxc_kind in ('update', 'keep') then w.state when bxc_kind <> 'delete' then s.state end as state,
    case when bxc_kind in ('update', 'keep') then w.promised when bxc_kind <> 'delete' then s.promised end as promised,
    case when bxc_kind <> 'delete' then s.project end as project
  from bxc_work_Ordered as w
  join bxc_seen_Ordered as s on s."order" = w.bxc_key_order and s.line = w.bxc_key_line
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_order else w."order" end as bxc_listed_order,
    case when w.bxc_op = 'delete' then w.bxc_old_line else w.line end as bxc_listed_line,
    cast(null as bigint) as bxc_old_order, cast(null as bigint) as bxc_old_line,
    cast(null as varchar) as bxc_old_part_no, cast(null as bigint) as bxc_old_quantity,
    cast(null as date) as bxc_old_due, cast(null as varchar) as bxc_old_state,
    cast(null as date) as bxc_old_promised, cast(null as varchar) as bxc_old_project, w."order" as "order",
    w.line as line, w.part_no as part_no, w.quantity as quantity, w.due as due, w.state as state,
    w.promised as promised, cast(null as varchar) as project
  from bxc_work_Ordered as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 Ordered: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Ordered'
  )
  when 'BXC11' then error(
    'BXC11 Ordered: a key belongs to a source row that the view does not show; see bxc_violations_Ordered'
  )
  when 'BXC12' then error(
    'BXC12 Ordered: a row does not fulfil the condition of the view; see bxc_violations_Ordered'
  )
  when 'BXC14' then error(
    'BXC14 Ordered: a new row has no value for a key column that the view hides; see bxc_violations_Ordered'
  )
  when 'BXC15' then error(
    'BXC15 Ordered: a computed column is stated otherwise than its inputs give it; see bxc_violations_Ordered'
  )
  when 'BXC16' then error(
    'BXC16 Ordered: a value is outside its type, or NULL where the view has none; see bxc_violations_Ordered'
  )
  when 'BXC17' then error(
    'BXC17 Ordered: a constraint of the source would be broken; see bxc_violations_Ordered'
  )
  when 'BXC18' then error(
    'BXC18 Ordered: an update speaks of a key that no row has; see bxc_violations_Ordered'
  )
  when 'BXC19' then error(
    'BXC19 Ordered: a row must not vanish from the view; see bxc_violations_Ordered'
  )
end as bxc_refused
from (
  select case
    when w.bxc_op in ('insert', 'update') and (w."order" is null or w.line is null)
      then 'BXC10'  -- the key has a NULL
    when w.bxc_op in ('update', 'delete') and (w.bxc_old_order is null or w.bxc_old_line is null)
      then 'BXC10'  -- the old key has a NULL
    when w.bxc_op = 'insert' and (w.bxc_old_order is not null or w.bxc_old_line is not null)
      then 'BXC10'  -- an insert has an old key
    when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
      then 'BXC10'  -- another staged row has the same old key
    when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
      then 'BXC10'  -- another staged row has the same key
    when w.bxc_op = 'insert' and w.bxc_key_deleted
      then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
    when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
      then 'BXC10'  -- Ordered has another row with the new key
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w."order" is null
      then 'BXC16'  -- order is NULL
    when w.bxc_op in ('insert', 'update') and w.line is null
      then 'BXC16'  -- line is NULL
    when w.bxc_op in ('insert', 'update') and w.part_no is null
      then 'BXC16'  -- part_no is NULL
    when w.bxc_op in ('insert', 'update')
      and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
      then 'BXC16'  -- part_no is no varchar(20)
    when w.bxc_op in ('insert', 'update') and w.quantity is null
      then 'BXC16'  -- quantity is NULL
    when w.bxc_op in ('insert', 'update') and w.due is null
      then 'BXC16'  -- due is NULL
    when w.bxc_op in ('insert', 'update')
      and not (w.due between date '0001-01-01' and date '9999-12-31')
      then 'BXC16'  -- due is no date
    when w.bxc_op in ('insert', 'update') and w.state is null
      then 'BXC16'  -- state is NULL
    when w.bxc_op in ('insert', 'update')
      and not (w.state in ('placed', 'accepted', 'shipped', 'received'))
      then 'BXC16'  -- state is no enum('placed', 'accepted', 'shipped', 'received')
    when w.bxc_op in ('insert', 'update')
      and not (w.promised between date '0001-01-01' and date '9999-12-31')
      then 'BXC16'  -- promised is no date
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- Ordered has no row with the old key
  end as bxc_code
  from bxc_work_Ordered as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- Ordered has a row with this key and other values
    when e.bxc_made and (e.bxc_kind = 'insert' or e.quantity is distinct from e.bxc_old_quantity)
      and not (e.quantity > 0)
      then 'BXC17'  -- check amount is false
  end
  from bxc_effect_Ordered as e
  union all
  -- another row of PurchaseOrder has the same order, line
  select 'BXC17'
  from bxc_effect_Ordered as e
  semi join (
    select "order", line
    from (
      select s."order", s.line
      from bxc_seen_Ordered as s
      semi join (
        select e."order" as "order", e.line as line
        from bxc_effect_Ordered as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
      ) as t on t."order" is not distinct from s."order" and t.line is not distinct from s.line
      anti join (
        select bxc_rowid from bxc_effect_Ordered where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select "order", line from bxc_effect_Ordered where bxc_made
    ) as l
    group by "order", line
    having count(*) > 1
  ) as r on r."order" = e."order" and r.line = e.line
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.line is distinct from e.bxc_old_line or e."order" is distinct from e.bxc_old_order))
);

-- apply: rows that change leave the source and come back as they are to be
delete from PurchaseOrder as s
where s.rowid in (
  select bxc_rowid from bxc_effect_Ordered where bxc_gone
);

insert into PurchaseOrder (
  "order", line, part_no, quantity, due, state, promised, project
)
select
  "order", line, part_no, quantity, due, state, promised, project
from bxc_effect_Ordered where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_PurchaseOrder (
  bxc_seq, bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due,
  bxc_old_state, bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised,
  project
)
select
  (select nextval('bxc_seq_PurchaseOrder')),
  case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'Ordered', bxc_old_order,
  bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state, bxc_old_promised,
  bxc_old_project, "order", line, part_no, quantity, due, state, promised, project
from bxc_effect_Ordered where bxc_gone or bxc_made;

insert into bxc_journal_PurchaseOrder (
  bxc_put, bxc_old_order, bxc_old_line, "order", line, part_no, quantity, due, state, promised, project
)
select
  (select nextval('bxc_seq_PurchaseOrder')), bxc_old_order, bxc_old_line, "order", line, part_no, quantity,
  due, state, promised, project
from bxc_effect_Ordered where bxc_gone or bxc_made;

drop table bxc_effect_Ordered;
drop table bxc_work_Ordered;
drop table bxc_seen_Ordered;
