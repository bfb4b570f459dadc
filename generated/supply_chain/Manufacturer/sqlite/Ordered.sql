-- Ordered: view of PurchaseOrder, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Ordered as
select
  s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised
from PurchaseOrder as s;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_Ordered (
  "order" integer, line integer, part_no text, quantity integer, due text, state text, promised text
) strict;

create table if not exists bxc_delta_Ordered (
  bxc_op text, bxc_old_order integer, bxc_old_line integer, "order" integer, line integer, part_no text,
  quantity integer, due text, state text, promised text
) strict;

create table if not exists bxc_work_Ordered (
  bxc_op text, bxc_old_order integer, bxc_old_line integer, "order" integer, line integer, part_no text,
  quantity integer, due text, state text, promised text
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_Ordered (bxc_code, bxc_staged, "order", line, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_order, bxc_old_line, "order", line, part_no, quantity, due, state, promised
    from bxc_delta_Ordered
    where (select putting from bxc_session) is null
    union all
    select 'new',
      iif(exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line), 'update', 'insert'),
      iif(exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line), w."order", null) as bxc_old_order,
      iif(exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line), w.line, null) as bxc_old_line,
      "order", line, part_no, quantity, due, state, promised
    from bxc_new_Ordered as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from PurchaseOrder as s
        where s."order" = w."order" and s.line = w.line
          and (s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised) is (w."order", w.line, w.part_no, w.quantity, w.due, w.state, w.promised)
      )
      or (w."order", w.line) in (select x."order", x.line from bxc_new_Ordered as x where 1 group by x."order", x.line having count(*) > 1))
    union all
    select 'new', 'delete', s."order", s.line, null, null, null, null, null, null, null
    from bxc_session as i
    cross join PurchaseOrder as s
    where i.putting is null
      and exists (select 1 from bxc_new_Ordered)
      and not (s."order", s.line) in (select x."order", x.line from bxc_new_Ordered as x where x."order" is not null and x.line is not null)
    union all
    select 'work', bxc_op, bxc_old_order, bxc_old_line, "order", line, part_no, quantity, due, state, promised
    from bxc_work_Ordered
    where not (select putting from bxc_session) is null
  ),
  bxc_known as materialized (
    select w.*
    from bxc_stage as w
  ),
  bxc_judged as materialized (
    select w.*
    from bxc_known as w
  ),
  bxc_every_effect as (
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w."order" as bxc_key_order, w.line as bxc_key_line,
      s."order" as bxc_old_order, s.line as bxc_old_line, s.part_no as bxc_old_part_no,
      s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state, s.promised as bxc_old_promised,
      s.project as bxc_old_project, w."order" as "order", w.line as line, w.part_no as part_no,
      w.quantity as quantity, w.due as due, w.state as state, w.promised as promised, s.project as project
    from bxc_judged as w
    cross join PurchaseOrder as s on s."order" = w.bxc_old_order and s.line = w.bxc_old_line
    where likelihood(w.bxc_op = 'update', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'delete' as bxc_kind, w.bxc_old_order as bxc_key_order,
      w.bxc_old_line as bxc_key_line, s."order" as bxc_old_order, s.line as bxc_old_line,
      s.part_no as bxc_old_part_no, s.quantity as bxc_old_quantity, s.due as bxc_old_due, s.state as bxc_old_state,
      s.promised as bxc_old_promised, s.project as bxc_old_project, null as "order", null as line, null as part_no,
      null as quantity, null as due, null as state, null as promised, null as project
    from bxc_judged as w
    cross join PurchaseOrder as s on s."order" = w.bxc_old_order and s.line = w.bxc_old_line
    where likelihood(w.bxc_op = 'delete', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w."order" as bxc_key_order, w.line as bxc_key_line,
      null as bxc_old_order, null as bxc_old_line, null as bxc_old_part_no, null as bxc_old_quantity,
      null as bxc_old_due, null as bxc_old_state, null as bxc_old_promised, null as bxc_old_project,
      w."order" as "order", w.line as line, w.part_no as part_no, w.quantity as quantity, w.due as due,
      w.state as state, w.promised as promised, null as project
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from PurchaseOrder as s
        where s."order" = w."order" and s.line = w.line
          and ((w.bxc_staged, w."order", w.line) in (
            select x.bxc_staged, x.bxc_old_order, x.bxc_old_line
            from bxc_judged as x
            where (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x."order", x.line) <> (x.bxc_old_order, x.bxc_old_line))
          )) is not true
      )
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a."order", a.line, a.part_no, a.quantity, a.due, a.state, a.promised, a.project)
          is not (a.bxc_old_order, a.bxc_old_line, a.bxc_old_part_no, a.bxc_old_quantity, a.bxc_old_due, a.bxc_old_state,
          a.bxc_old_promised, a.bxc_old_project) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a."order", a.line, a.part_no, a.quantity, a.due, a.state, a.promised, a.project)
          is not (a.bxc_old_order, a.bxc_old_line, a.bxc_old_part_no, a.bxc_old_quantity, a.bxc_old_due, a.bxc_old_state,
          a.bxc_old_promised, a.bxc_old_project) as bxc_made
    from bxc_every_effect as a
  )
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t."order" is null
    or t.line is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_order is null
    or t.bxc_old_line is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_order is not null
    or t.bxc_old_line is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_order, t.bxc_old_line) in (
    select x.bxc_staged, x.bxc_old_order, x.bxc_old_line
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_order, x.bxc_old_line
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t."order", t.line) in (
    select x.bxc_staged, x."order", x.line
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x."order", x.line
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t."order", t.line) in (
    select x.bxc_staged, x.bxc_old_order, x.bxc_old_line
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'Ordered has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from PurchaseOrder as s
    where s."order" = t."order" and s.line = t.line
      and not ((s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised) is (t."order", t.line, t.part_no, t.quantity, t.due, t.state, t.promised))
      and ((t.bxc_staged, t."order", t.line) in (
        select x.bxc_staged, x.bxc_old_order, x.bxc_old_line
        from bxc_judged as x
        where (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x."order", x.line) <> (x.bxc_old_order, x.bxc_old_line))
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'Ordered has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and (t."order", t.line) <> (t.bxc_old_order, t.bxc_old_line)
  and exists (select 1 from PurchaseOrder as s where s."order" = t."order" and s.line = t.line)
  and ((t.bxc_staged, t."order", t.line) in (
    select x.bxc_staged, x.bxc_old_order, x.bxc_old_line
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x."order", x.line) <> (x.bxc_old_order, x.bxc_old_line))
  )) is not true
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'order is NULL'), (2, 'line is NULL'), (3, 'part_no is NULL'), (4, 'part_no is no varchar(20)'),
    (5, 'quantity is NULL'), (6, 'due is NULL'), (7, 'due is no date'), (8, 'state is NULL'),
    (9, 'state is no enum(''placed'', ''accepted'', ''shipped'', ''received'')'), (10, 'promised is no date')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t."order" is null
    when 2 then t.line is null
    when 3 then t.part_no is null
    when 4 then not (length(t.part_no) <= 20 and (instr(cast(t.part_no as blob), x'00') = 0 or instr(t.part_no, char(0)) = 0))
    when 5 then t.quantity is null
    when 6 then t.due is null
    when 7 then not (t.due glob '????-??-??' and t.due is date(t.due, '+0 days') and t.due >= '0001')
    when 8 then t.state is null
    when 9 then not (t.state in ('placed', 'accepted', 'shipped', 'received'))
    when 10 then not (t.promised glob '????-??-??' and t.promised is date(t.promised, '+0 days') and t.promised >= '0001')
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_order, t."order"),
  iif(t.bxc_op is 'delete', t.bxc_old_line, t.line), 'Ordered has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (
    select 1 from PurchaseOrder as s
    where s."order" = t.bxc_old_order and s.line = t.bxc_old_line
  )
union all
select 'BXC17', e.bxc_staged, e.bxc_key_order, e.bxc_key_line, 'check amount is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.quantity is not e.bxc_old_quantity)
  and not (e.quantity > 0)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_order, e.bxc_key_line,
  'another row of PurchaseOrder has the same order, line'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e."order", e.line) is not (e.bxc_old_order, e.bxc_old_line))
  and e."order" is not null and e.line is not null
  and (exists (
    select 1 from PurchaseOrder as s
    where s."order" = e."order" and s.line = e.line
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_order = s."order" and y.bxc_old_line = s.line
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y."order" = e."order" and y.line = e.line
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_Ordered (bxc_staged) as select null where 0;

create view if not exists bxc_delete_Ordered as select * from bxc_work_Ordered;

create trigger if not exists bxc_at_delete_Ordered instead of insert on bxc_delete_Ordered
begin
  delete from PurchaseOrder
  where PurchaseOrder."order" = new.bxc_old_order and PurchaseOrder.line = new.bxc_old_line;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_Ordered as select * from bxc_work_Ordered;

create trigger if not exists bxc_at_shift_Ordered instead of insert on bxc_shift_Ordered
begin
  insert into bxc_change_PurchaseOrder (
    bxc_op, bxc_via, bxc_old_order, bxc_old_line, bxc_old_part_no, bxc_old_quantity, bxc_old_due, bxc_old_state,
    bxc_old_promised, bxc_old_project, "order", line, part_no, quantity, due, state, promised, project
  )
  select
    'update', 'Ordered', s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised, s.project,
    new."order", new.line, new.part_no, new.quantity, new.due, new.state, new.promised, s.project
  from PurchaseOrder as s
  where s."order" = new.bxc_old_order and s.line = new.bxc_old_line
    and (s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised) is not (new."order", new.line, new.part_no, new.quantity, new.due, new.state, new.promised);
end;

create view if not exists bxc_rewrite_Ordered as select * from bxc_change_PurchaseOrder;

create trigger if not exists bxc_at_rewrite_Ordered instead of insert on bxc_rewrite_Ordered
begin
  update PurchaseOrder set
    "order" = new."order", line = new.line, part_no = new.part_no, quantity = new.quantity, due = new.due,
    state = new.state, promised = new.promised
  where PurchaseOrder."order" = new.bxc_old_order and PurchaseOrder.line = new.bxc_old_line;
end;

create view if not exists bxc_rekey_Ordered as select * from bxc_change_PurchaseOrder;

create trigger if not exists bxc_at_rekey_Ordered instead of insert on bxc_rekey_Ordered
begin
  delete from PurchaseOrder
  where PurchaseOrder."order" = new.bxc_old_order and PurchaseOrder.line = new.bxc_old_line;
end;

create trigger if not exists bxc_move_Ordered instead of insert on bxc_put_Ordered
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'PurchaseOrder',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_PurchaseOrder);

  insert into bxc_shift_Ordered
  select * from bxc_work_Ordered as w
  where w.bxc_op = 'update' and (w."order", w.line) <> (w.bxc_old_order, w.bxc_old_line);

  insert into bxc_rewrite_Ordered
  select * from bxc_change_PurchaseOrder as c
  where c.bxc_seq > (select moved from bxc_session)
    and (c."order", c.line) is (c.bxc_old_order, c.bxc_old_line);

  insert into bxc_rekey_Ordered
  select * from bxc_change_PurchaseOrder as c
  where c.bxc_seq > (select moved from bxc_session)
    and (c."order", c.line) is not (c.bxc_old_order, c.bxc_old_line);

  insert into PurchaseOrder (
    "order", line, part_no, quantity, due, state, promised, project
  )
  select
    c."order", c.line, c.part_no, c.quantity, c.due, c.state, c.promised, c.project
  from bxc_change_PurchaseOrder as c
  where c.bxc_seq > (select moved from bxc_session)
    and (c."order", c.line) is not (c.bxc_old_order, c.bxc_old_line)
  on conflict do nothing;

  select raise(abort, 'BXC17 Ordered: a constraint of the source would be broken; see bxc_violations_Ordered')
  where changes() <> (
    select count(*)
    from bxc_change_PurchaseOrder as c
    where c.bxc_seq > (select moved from bxc_session)
      and (c."order", c.line) is not (c.bxc_old_order, c.bxc_old_line)
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_Ordered instead of insert on bxc_put_Ordered
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_Ordered select * from bxc_delta_Ordered;

  insert into bxc_put_Ordered values ('work');
end;

create trigger if not exists bxc_stage_new_Ordered instead of insert on bxc_put_Ordered
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 Ordered: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Ordered')
  where exists (select x."order", x.line from bxc_new_Ordered as x where 1 group by x."order", x.line having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_Ordered (
    bxc_op, bxc_old_order, bxc_old_line, "order", line, part_no, quantity, due, state, promised
  )
  select
    iif(exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line), 'update', 'insert'),
    iif(exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line), w."order", null),
    iif(exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line), w.line, null),
    w."order", w.line, w.part_no, w.quantity, w.due, w.state, w.promised
  from bxc_new_Ordered as w
  where not exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line and (s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised) is (w."order", w.line, w.part_no, w.quantity, w.due, w.state, w.promised));

  -- rows that are gone
  insert into bxc_work_Ordered (bxc_op, bxc_old_order, bxc_old_line)
  select 'delete', s."order", s.line
  from PurchaseOrder as s
  where not (s."order", s.line) in (select x."order", x.line from bxc_new_Ordered as x where 1);

  insert into bxc_put_Ordered values ('work');
end;

create trigger if not exists bxc_apply_Ordered instead of insert on bxc_put_Ordered
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'Ordered',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_PurchaseOrder),
    written = 0,
    careful = exists (
      select 1 from bxc_work_Ordered as w
      where w.bxc_op = 'insert' and ((w."order", w.line) in (select x.bxc_old_order, x.bxc_old_line from bxc_work_Ordered as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and ((w."order", w.line) <> (w.bxc_old_order, w.bxc_old_line))
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_Ordered as v)
    when 'BXC10' then raise(abort, 'BXC10 Ordered: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Ordered')
    when 'BXC11' then raise(abort, 'BXC11 Ordered: a key belongs to a source row that the view does not show; see bxc_violations_Ordered')
    when 'BXC12' then raise(abort, 'BXC12 Ordered: a row does not fulfil the condition of the view; see bxc_violations_Ordered')
    when 'BXC14' then raise(abort, 'BXC14 Ordered: a new row has no value for a key column that the view hides; see bxc_violations_Ordered')
    when 'BXC15' then raise(abort, 'BXC15 Ordered: a computed column is stated otherwise than its inputs give it; see bxc_violations_Ordered')
    when 'BXC16' then raise(abort, 'BXC16 Ordered: a value is outside its type, or NULL where the view has none; see bxc_violations_Ordered')
    when 'BXC17' then raise(abort, 'BXC17 Ordered: a constraint of the source would be broken; see bxc_violations_Ordered')
    when 'BXC18' then raise(abort, 'BXC18 Ordered: an update speaks of a key that no row has; see bxc_violations_Ordered')
    when 'BXC19' then raise(abort, 'BXC19 Ordered: a row must not vanish from the view; see bxc_violations_Ordered')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_Ordered
  select * from bxc_work_Ordered as w
  where w.bxc_op = 'delete';

  update PurchaseOrder set
    part_no = w.part_no, quantity = w.quantity, due = w.due, state = w.state, promised = w.promised
  from bxc_work_Ordered as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w."order" = w.bxc_old_order and w.line = w.bxc_old_line
    and PurchaseOrder."order" = +w.bxc_old_order and PurchaseOrder.line = +w.bxc_old_line
    and (PurchaseOrder.part_no, PurchaseOrder.quantity, PurchaseOrder.due, PurchaseOrder.state, PurchaseOrder.promised) is not (w.part_no, w.quantity, w.due, w.state, w.promised)
    and w."order" is not null
    and w.line is not null
    and w.part_no is not null
    and length(w.part_no) <= 20 and (instr(cast(w.part_no as blob), x'00') = 0 or instr(w.part_no, char(0)) = 0)
    and w.quantity is not null
    and w.due is not null
    and w.due glob '????-??-??' and w.due is date(w.due, '+0 days') and w.due >= '0001'
    and w.state is not null
    and w.state in ('placed', 'accepted', 'shipped', 'received')
    and (w.promised glob '????-??-??' and w.promised is date(w.promised, '+0 days') and w.promised >= '0001') is not false
    and (w.quantity is PurchaseOrder.quantity or (w.quantity > 0) is not false);
  update bxc_session set written = written + changes();

  insert into bxc_put_Ordered select 'move' where (select careful from bxc_session);

  insert into PurchaseOrder (
    "order", line, part_no, quantity, due, state, promised, project
  )
  select
    w."order", w.line, w.part_no, w.quantity, w.due, w.state, w.promised, null
  from bxc_work_Ordered as w
  where w.bxc_op = 'insert'
    and w.bxc_old_order is null
    and w.bxc_old_line is null
    and not exists (select 1 from PurchaseOrder as s where s."order" = w."order" and s.line = w.line)
    and w."order" is not null
    and w.line is not null
    and w.part_no is not null
    and length(w.part_no) <= 20 and (instr(cast(w.part_no as blob), x'00') = 0 or instr(w.part_no, char(0)) = 0)
    and w.quantity is not null
    and w.due is not null
    and w.due glob '????-??-??' and w.due is date(w.due, '+0 days') and w.due >= '0001'
    and w.state is not null
    and w.state in ('placed', 'accepted', 'shipped', 'received')
    and (w.promised glob '????-??-??' and w.promised is date(w.promised, '+0 days') and w.promised >= '0001') is not false
    and (w.quantity > 0) is not false
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_Ordered) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_order, x.bxc_old_line from bxc_work_Ordered as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_order, x.bxc_old_line having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x."order", x.line from bxc_work_Ordered as x where x.bxc_op in ('insert', 'update') group by x."order", x.line having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_order is null then 'BXC10'
            when w.bxc_op in ('update', 'delete') and w.bxc_old_line is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_order is not null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_line is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w."order" is null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.line is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w."order" is not null
              and w.line is not null
              and w.part_no is not null
              and length(w.part_no) <= 20 and (instr(cast(w.part_no as blob), x'00') = 0 or instr(w.part_no, char(0)) = 0)
              and w.quantity is not null
              and w.due is not null
              and w.due glob '????-??-??' and w.due is date(w.due, '+0 days') and w.due >= '0001'
              and w.state is not null
              and w.state in ('placed', 'accepted', 'shipped', 'received')
              and (w.promised glob '????-??-??' and w.promised is date(w.promised, '+0 days') and w.promised >= '0001') is not false
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_Ordered as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when (w.quantity > 0) is false then 'BXC17'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select 1 as shown,
                case
                  when not ((s."order", s.line, s.part_no, s.quantity, s.due, s.state, s.promised) is (w."order", w.line, w.part_no, w.quantity, w.due, w.state, w.promised)) then 'BXC10'
                  else null
                end as code
              from PurchaseOrder as s
              where s."order" = w."order" and s.line = w.line
            )
          ) as code
          from bxc_work_Ordered as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when w.quantity is not s.quantity and (w.quantity > 0) is false then 'BXC17'
                  when (s.part_no, s.quantity, s.due, s.state, s.promised) is not (w.part_no, w.quantity, w.due, w.state, w.promised) then 'BXC17'
                  else null
                end as code
              from PurchaseOrder as s
              where s."order" = w.bxc_old_order and s.line = w.bxc_old_line
            )
          ) as code
          from bxc_work_Ordered as w
          where w.bxc_op = 'update'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 Ordered: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Ordered')
    when 'BXC11' then raise(abort, 'BXC11 Ordered: a key belongs to a source row that the view does not show; see bxc_violations_Ordered')
    when 'BXC12' then raise(abort, 'BXC12 Ordered: a row does not fulfil the condition of the view; see bxc_violations_Ordered')
    when 'BXC14' then raise(abort, 'BXC14 Ordered: a new row has no value for a key column that the view hides; see bxc_violations_Ordered')
    when 'BXC15' then raise(abort, 'BXC15 Ordered: a computed column is stated otherwise than its inputs give it; see bxc_violations_Ordered')
    when 'BXC16' then raise(abort, 'BXC16 Ordered: a value is outside its type, or NULL where the view has none; see bxc_violations_Ordered')
    when 'BXC17' then raise(abort, 'BXC17 Ordered: a constraint of the source would be broken; see bxc_violations_Ordered')
    when 'BXC18' then raise(abort, 'BXC18 Ordered: an update speaks of a key that no row has; see bxc_violations_Ordered')
    when 'BXC19' then raise(abort, 'BXC19 Ordered: a row must not vanish from the view; see bxc_violations_Ordered')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_Ordered;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_Ordered instead of insert on Ordered
begin
  insert into bxc_work_Ordered (
    bxc_op, bxc_old_order, bxc_old_line, "order", line, part_no, quantity, due, state, promised
  ) values (
    'insert', null, null, new."order", new.line, new.part_no, new.quantity, new.due, new.state, new.promised
  );
  insert into bxc_put_Ordered values ('work');
  select raise(abort, 'BXC13 Ordered: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_PurchaseOrder)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_Ordered instead of update on Ordered
begin
  insert into bxc_work_Ordered (
    bxc_op, bxc_old_order, bxc_old_line, "order", line, part_no, quantity, due, state, promised
  ) values (
    'update', old."order", old.line, new."order", new.line, new.part_no, new.quantity, new.due, new.state,
    new.promised
  );
  insert into bxc_put_Ordered values ('work');
  select raise(abort, 'BXC13 Ordered: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_PurchaseOrder)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_Ordered instead of delete on Ordered
begin
  insert into bxc_work_Ordered (
    bxc_op, bxc_old_order, bxc_old_line, "order", line, part_no, quantity, due, state, promised
  ) values (
    'delete', old."order", old.line, null, null, null, null, null, null, null
  );
  insert into bxc_put_Ordered values ('work');
  select raise(abort, 'BXC13 Ordered: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_PurchaseOrder)
    and not (select loading from bxc_session);
end;

-- rights to edit PurchaseOrder where that changes Ordered
create trigger if not exists bxc_rights_insert_Ordered after insert on PurchaseOrder
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 Ordered: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_Ordered after delete on PurchaseOrder
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 Ordered: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_Ordered after update of "order", line, part_no, quantity, due, state, promised on PurchaseOrder
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old."order", old.line, old.part_no, old.quantity, old.due, old.state, old.promised) is not (new."order", new.line, new.part_no, new.quantity, new.due, new.state, new.promised)
begin
  select case
    when old."order" is not new."order"
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'order' and granted) then raise(abort, 'BXC13 Ordered: this peer has no right to update order')
    when old.line is not new.line
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'line' and granted) then raise(abort, 'BXC13 Ordered: this peer has no right to update line')
    when old.part_no is not new.part_no
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'part_no' and granted) then raise(abort, 'BXC13 Ordered: this peer has no right to update part_no')
    when old.quantity is not new.quantity
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'quantity' and granted) then raise(abort, 'BXC13 Ordered: this peer has no right to update quantity')
    when old.due is not new.due
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'due' and granted) then raise(abort, 'BXC13 Ordered: this peer has no right to update due')
    when old.state is not new.state
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'state' and granted) then raise(abort, 'BXC13 Ordered: this peer has no right to update state')
    when old.promised is not new.promised
        and not exists (select 1 from bxc_rights where share = 'orders' and operation = 'update' and attribute = 'promised' and granted) then raise(abort, 'BXC13 Ordered: this peer has no right to update promised')
  end;
end;
