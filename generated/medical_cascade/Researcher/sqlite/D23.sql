-- D23: view of D2, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists D23 as
select
  s.medication_name, s.mechanism_of_action
from D2 as s
where s.shared = 1;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_D23 (
  medication_name text, mechanism_of_action text
) strict;

create table if not exists bxc_delta_D23 (
  bxc_op text, bxc_old_medication_name text, medication_name text, mechanism_of_action text
) strict;

create table if not exists bxc_work_D23 (
  bxc_op text, bxc_old_medication_name text, medication_name text, mechanism_of_action text
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_D23 (bxc_code, bxc_staged, medication_name, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
    from bxc_delta_D23
    where (select putting from bxc_session) is null
    union all
    select 'new',
      iif(exists (select 1 from D2 as s where s.medication_name = w.medication_name and s.shared = 1), 'update', 'insert'),
      iif(exists (select 1 from D2 as s where s.medication_name = w.medication_name and s.shared = 1), w.medication_name, null) as bxc_old_medication_name,
      medication_name, mechanism_of_action
    from bxc_new_D23 as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from D2 as s
        where s.medication_name = w.medication_name
          and s.shared = 1
          and (s.medication_name, s.mechanism_of_action) is (w.medication_name, w.mechanism_of_action)
      )
      or w.medication_name in (select x.medication_name from bxc_new_D23 as x where 1 group by x.medication_name having count(*) > 1))
    union all
    select 'new', 'delete', s.medication_name, null, null
    from bxc_session as i
    cross join D2 as s
    where i.putting is null
      and exists (select 1 from bxc_new_D23)
      and s.shared = 1
      and not s.medication_name in (select x.medication_name from bxc_new_D23 as x where x.medication_name is not null)
    union all
    select 'work', bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
    from bxc_work_D23
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.medication_name as bxc_key_medication_name,
      s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared, w.medication_name as medication_name,
      w.mechanism_of_action as mechanism_of_action, s.mode_of_action as mode_of_action, s.shared as shared
    from bxc_judged as w
    cross join D2 as s on s.medication_name = w.bxc_old_medication_name
    where likelihood(w.bxc_op = 'update', 0.0000001)
      and s.shared = 1
    union all
    select w.bxc_staged as bxc_staged, 'set' as bxc_kind, w.bxc_old_medication_name as bxc_key_medication_name,
      s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared, s.medication_name as medication_name,
      s.mechanism_of_action as mechanism_of_action, s.mode_of_action as mode_of_action, 0 as shared
    from bxc_judged as w
    cross join D2 as s on s.medication_name = w.bxc_old_medication_name
    where likelihood(w.bxc_op = 'delete', 0.0000001)
      and s.shared = 1
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.medication_name as bxc_key_medication_name,
      null as bxc_old_medication_name, null as bxc_old_mechanism_of_action, null as bxc_old_mode_of_action,
      null as bxc_old_shared, w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
      null as mode_of_action, 1 as shared
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from D2 as s
        where s.medication_name = w.medication_name
          and (s.shared = 1 and (w.bxc_staged, w.medication_name) in (
            select x.bxc_staged, x.bxc_old_medication_name
            from bxc_judged as x
            where x.bxc_op = 'update' and x.medication_name <> x.bxc_old_medication_name
          )) is not true
      )
    union all
    select w.bxc_staged as bxc_staged, 'revive' as bxc_kind, w.medication_name as bxc_key_medication_name,
      s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared, w.medication_name as medication_name,
      w.mechanism_of_action as mechanism_of_action, s.mode_of_action as mode_of_action, 1 as shared
    from bxc_judged as w
    cross join D2 as s on s.medication_name = w.medication_name
    where likelihood(w.bxc_op = 'insert', 0.0000001)
      and (s.shared = 1) is not true
      and not (exists (select 1 from D2 as v where v.medication_name = w.medication_name and v.shared = 1) and (((w.bxc_staged, w.medication_name) in (select x.bxc_staged, x.bxc_old_medication_name from bxc_judged as x where x.bxc_op = 'update' and x.medication_name <> x.bxc_old_medication_name)) is not true))
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.medication_name, a.mechanism_of_action, a.mode_of_action, a.shared)
          is not (a.bxc_old_medication_name, a.bxc_old_mechanism_of_action, a.bxc_old_mode_of_action, a.bxc_old_shared) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.medication_name, a.mechanism_of_action, a.mode_of_action, a.shared)
          is not (a.bxc_old_medication_name, a.bxc_old_mechanism_of_action, a.bxc_old_mode_of_action, a.bxc_old_shared) as bxc_made
    from bxc_every_effect as a
  )
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.medication_name is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_medication_name is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_medication_name is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_medication_name) in (
    select x.bxc_staged, x.bxc_old_medication_name
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_medication_name
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t.medication_name) in (
    select x.bxc_staged, x.medication_name
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x.medication_name
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t.medication_name) in (
    select x.bxc_staged, x.bxc_old_medication_name
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'D23 has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from D2 as s
    where s.medication_name = t.medication_name
      and s.shared = 1
      and not ((s.medication_name, s.mechanism_of_action) is (t.medication_name, t.mechanism_of_action))
      and (s.shared = 1 and (t.bxc_staged, t.medication_name) in (
        select x.bxc_staged, x.bxc_old_medication_name
        from bxc_judged as x
        where x.bxc_op = 'update' and x.medication_name <> x.bxc_old_medication_name
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'D23 has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.medication_name <> t.bxc_old_medication_name
  and exists (select 1 from D2 as s where s.medication_name = t.medication_name and s.shared = 1)
  and ((t.bxc_staged, t.medication_name) in (
    select x.bxc_staged, x.bxc_old_medication_name
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.medication_name <> x.bxc_old_medication_name)
  )) is not true
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'D2 has a row with the new key that D23 does not show'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.medication_name <> t.bxc_old_medication_name
  and exists (
    select 1 from D2 as s
    where s.medication_name = t.medication_name
      and (s.shared = 1) is not true
  )
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'the row that had the new key is hidden by this put, and keeps it'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.medication_name <> t.bxc_old_medication_name
  and (t.bxc_staged, t.medication_name) in (
    select x.bxc_staged, x.bxc_old_medication_name
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
  and exists (select 1 from D2 as s where s.medication_name = t.medication_name and s.shared = 1)
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'medication_name is NULL'), (2, 'medication_name is no text'), (3, 'mechanism_of_action is no text')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.medication_name is null
    when 2 then not ((instr(cast(t.medication_name as blob), x'00') = 0 or instr(t.medication_name, char(0)) = 0))
    when 3 then not ((instr(cast(t.mechanism_of_action as blob), x'00') = 0 or instr(t.mechanism_of_action, char(0)) = 0))
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'D23 has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from D2 as s where s.medication_name = t.bxc_old_medication_name and s.shared = 1)
union all
select 'BXC12', e.bxc_staged, e.bxc_key_medication_name, 'where of D23 is not true for the row'
from bxc_effect as e
where e.bxc_kind in ('insert', 'update', 'revive')
  and (e.shared = 1) is not true
union all
select 'BXC19', e.bxc_staged, e.bxc_key_medication_name, 'D23 would still show the row'
from bxc_effect as e
where e.bxc_kind = 'set'
  and (e.shared = 1) is true
union all
select 'BXC17', e.bxc_staged, e.bxc_key_medication_name, 'another row of D2 has the same medication_name'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.medication_name is not e.bxc_old_medication_name)
  and e.medication_name is not null
  and (exists (
    select 1 from D2 as s
    where s.medication_name = e.medication_name
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_medication_name = s.medication_name
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.medication_name = e.medication_name
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_D23 (bxc_staged) as select null where 0;

create view if not exists bxc_delete_D23 as select * from bxc_work_D23;

create trigger if not exists bxc_at_delete_D23 instead of insert on bxc_delete_D23
begin
  update D2 set shared = 0
  where D2.medication_name = new.bxc_old_medication_name
    and D2.shared = 1;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_D23 as select * from bxc_work_D23;

create trigger if not exists bxc_at_shift_D23 instead of insert on bxc_shift_D23
begin
  insert into bxc_change_D2 (
    bxc_op, bxc_via, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action, bxc_old_shared,
    medication_name, mechanism_of_action, mode_of_action, shared
  )
  select
    'update', 'D23', s.medication_name, s.mechanism_of_action, s.mode_of_action, s.shared, new.medication_name,
    new.mechanism_of_action, s.mode_of_action, s.shared
  from D2 as s
  where s.medication_name = new.bxc_old_medication_name
    and s.shared = 1
    and (s.medication_name, s.mechanism_of_action) is not (new.medication_name, new.mechanism_of_action);
end;

create view if not exists bxc_revive_D23 as select * from bxc_work_D23;

create trigger if not exists bxc_at_revive_D23 instead of insert on bxc_revive_D23
begin
  insert into bxc_change_D2 (
    bxc_op, bxc_via, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action, bxc_old_shared,
    medication_name, mechanism_of_action, mode_of_action, shared
  )
  select
    'update', 'D23', s.medication_name, s.mechanism_of_action, s.mode_of_action, s.shared, new.medication_name,
    new.mechanism_of_action, s.mode_of_action, 1
  from D2 as s
  where s.medication_name = new.medication_name
    and (s.shared = 1) is not true;
end;

create view if not exists bxc_rewrite_D23 as select * from bxc_change_D2;

create trigger if not exists bxc_at_rewrite_D23 instead of insert on bxc_rewrite_D23
begin
  update D2 set
    medication_name = new.medication_name, mechanism_of_action = new.mechanism_of_action, shared = new.shared
  where D2.medication_name = new.bxc_old_medication_name;
end;

create view if not exists bxc_rekey_D23 as select * from bxc_change_D2;

create trigger if not exists bxc_at_rekey_D23 instead of insert on bxc_rekey_D23
begin
  delete from D2
  where D2.medication_name = new.bxc_old_medication_name;
end;

create trigger if not exists bxc_move_D23 instead of insert on bxc_put_D23
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'D2',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_D2);

  insert into bxc_shift_D23
  select * from bxc_work_D23 as w
  where w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name;

  insert into bxc_revive_D23
  select * from bxc_work_D23 as w
  where w.bxc_op = 'insert';

  insert into bxc_rewrite_D23
  select * from bxc_change_D2 as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.medication_name is c.bxc_old_medication_name;

  insert into bxc_rekey_D23
  select * from bxc_change_D2 as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.medication_name is not c.bxc_old_medication_name;

  insert into D2 (
    medication_name, mechanism_of_action, mode_of_action, shared
  )
  select
    c.medication_name, c.mechanism_of_action, c.mode_of_action, c.shared
  from bxc_change_D2 as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.medication_name is not c.bxc_old_medication_name
  on conflict do nothing;

  select raise(abort, 'BXC17 D23: a constraint of the source would be broken; see bxc_violations_D23')
  where changes() <> (
    select count(*)
    from bxc_change_D2 as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.medication_name is not c.bxc_old_medication_name
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_D23 instead of insert on bxc_put_D23
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_D23 select * from bxc_delta_D23;

  insert into bxc_put_D23 values ('work');
end;

create trigger if not exists bxc_stage_new_D23 instead of insert on bxc_put_D23
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 D23: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D23')
  where exists (select x.medication_name from bxc_new_D23 as x where 1 group by x.medication_name having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_D23 (
    bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
  )
  select
    iif(exists (select 1 from D2 as s where s.medication_name = w.medication_name and s.shared = 1), 'update', 'insert'),
    iif(exists (select 1 from D2 as s where s.medication_name = w.medication_name and s.shared = 1), w.medication_name, null),
    w.medication_name, w.mechanism_of_action
  from bxc_new_D23 as w
  where not exists (select 1 from D2 as s where s.medication_name = w.medication_name and s.shared = 1 and (s.medication_name, s.mechanism_of_action) is (w.medication_name, w.mechanism_of_action));

  -- rows that are gone
  insert into bxc_work_D23 (bxc_op, bxc_old_medication_name)
  select 'delete', s.medication_name
  from D2 as s
  where s.shared = 1
    and not s.medication_name in (select x.medication_name from bxc_new_D23 as x where 1);

  insert into bxc_put_D23 values ('work');
end;

create trigger if not exists bxc_apply_D23 instead of insert on bxc_put_D23
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'D23',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_D2),
    written = 0,
    careful = exists (
      select 1 from bxc_work_D23 as w
      where w.bxc_op = 'insert' and (w.medication_name in (select x.bxc_old_medication_name from bxc_work_D23 as x where x.bxc_op = 'delete') or exists (select 1 from D2 as s where s.medication_name = w.medication_name and (s.shared = 1) is not true))
        or w.bxc_op = 'update' and (w.medication_name <> w.bxc_old_medication_name)
        or w.bxc_op = 'delete' and (exists (select 1 from D2 as s where s.medication_name = w.bxc_old_medication_name and s.shared = 1 and (((0 = 1) is true))))
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_D23 as v)
    when 'BXC10' then raise(abort, 'BXC10 D23: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D23')
    when 'BXC11' then raise(abort, 'BXC11 D23: a key belongs to a source row that the view does not show; see bxc_violations_D23')
    when 'BXC12' then raise(abort, 'BXC12 D23: a row does not fulfil the condition of the view; see bxc_violations_D23')
    when 'BXC14' then raise(abort, 'BXC14 D23: a new row has no value for a key column that the view hides; see bxc_violations_D23')
    when 'BXC15' then raise(abort, 'BXC15 D23: a computed column is stated otherwise than its inputs give it; see bxc_violations_D23')
    when 'BXC16' then raise(abort, 'BXC16 D23: a value is outside its type, or NULL where the view has none; see bxc_violations_D23')
    when 'BXC17' then raise(abort, 'BXC17 D23: a constraint of the source would be broken; see bxc_violations_D23')
    when 'BXC18' then raise(abort, 'BXC18 D23: an update speaks of a key that no row has; see bxc_violations_D23')
    when 'BXC19' then raise(abort, 'BXC19 D23: a row must not vanish from the view; see bxc_violations_D23')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_D23
  select * from bxc_work_D23 as w
  where w.bxc_op = 'delete';

  update D2 set
    mechanism_of_action = w.mechanism_of_action
  from bxc_work_D23 as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.medication_name = w.bxc_old_medication_name
    and D2.medication_name = +w.bxc_old_medication_name
    and D2.shared = 1
    and D2.mechanism_of_action is not w.mechanism_of_action
    and w.medication_name is not null
    and (instr(cast(w.medication_name as blob), x'00') = 0 or instr(w.medication_name, char(0)) = 0)
    and ((instr(cast(w.mechanism_of_action as blob), x'00') = 0 or instr(w.mechanism_of_action, char(0)) = 0)) is not false;
  update bxc_session set written = written + changes();

  insert into bxc_put_D23 select 'move' where (select careful from bxc_session);

  insert into D2 (
    medication_name, mechanism_of_action, mode_of_action, shared
  )
  select
    w.medication_name, w.mechanism_of_action, null, 1
  from bxc_work_D23 as w
  where w.bxc_op = 'insert'
    and w.bxc_old_medication_name is null
    and not exists (select 1 from D2 as s where s.medication_name = w.medication_name)
    and w.medication_name is not null
    and (instr(cast(w.medication_name as blob), x'00') = 0 or instr(w.medication_name, char(0)) = 0)
    and ((instr(cast(w.mechanism_of_action as blob), x'00') = 0 or instr(w.mechanism_of_action, char(0)) = 0)) is not false
    and (1 = 1) is true
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_D23) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_medication_name from bxc_work_D23 as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_medication_name having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.medication_name from bxc_work_D23 as x where x.bxc_op in ('insert', 'update') group by x.medication_name having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_medication_name is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_medication_name is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.medication_name is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.medication_name is not null
              and (instr(cast(w.medication_name as blob), x'00') = 0 or instr(w.medication_name, char(0)) = 0)
              and ((instr(cast(w.mechanism_of_action as blob), x'00') = 0 or instr(w.mechanism_of_action, char(0)) = 0)) is not false
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_D23 as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when (1 = 1) is not true then 'BXC12'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select (s.shared = 1) is true as shown,
                case
                  when not ((s.medication_name, s.mechanism_of_action) is (w.medication_name, w.mechanism_of_action)) then 'BXC10'
                  else null
                end as code
              from D2 as s
              where s.medication_name = w.medication_name
            )
          ) as code
          from bxc_work_D23 as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when s.mechanism_of_action is not w.mechanism_of_action then 'BXC17'
                  else null
                end as code
              from D2 as s
              where s.medication_name = w.bxc_old_medication_name and s.shared = 1
            )
          ) as code
          from bxc_work_D23 as w
          where w.bxc_op = 'update'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 D23: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D23')
    when 'BXC11' then raise(abort, 'BXC11 D23: a key belongs to a source row that the view does not show; see bxc_violations_D23')
    when 'BXC12' then raise(abort, 'BXC12 D23: a row does not fulfil the condition of the view; see bxc_violations_D23')
    when 'BXC14' then raise(abort, 'BXC14 D23: a new row has no value for a key column that the view hides; see bxc_violations_D23')
    when 'BXC15' then raise(abort, 'BXC15 D23: a computed column is stated otherwise than its inputs give it; see bxc_violations_D23')
    when 'BXC16' then raise(abort, 'BXC16 D23: a value is outside its type, or NULL where the view has none; see bxc_violations_D23')
    when 'BXC17' then raise(abort, 'BXC17 D23: a constraint of the source would be broken; see bxc_violations_D23')
    when 'BXC18' then raise(abort, 'BXC18 D23: an update speaks of a key that no row has; see bxc_violations_D23')
    when 'BXC19' then raise(abort, 'BXC19 D23: a row must not vanish from the view; see bxc_violations_D23')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_D23;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_D23 instead of insert on D23
begin
  insert into bxc_work_D23 (
    bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
  ) values (
    'insert', null, new.medication_name, new.mechanism_of_action
  );
  insert into bxc_put_D23 values ('work');
  select raise(abort, 'BXC13 D23: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D2)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_D23 instead of update on D23
begin
  insert into bxc_work_D23 (
    bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
  ) values (
    'update', old.medication_name, new.medication_name, new.mechanism_of_action
  );
  insert into bxc_put_D23 values ('work');
  select raise(abort, 'BXC13 D23: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D2)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_D23 instead of delete on D23
begin
  insert into bxc_work_D23 (
    bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
  ) values (
    'delete', old.medication_name, null, null
  );
  insert into bxc_put_D23 values ('work');
  select raise(abort, 'BXC13 D23: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D2)
    and not (select loading from bxc_session);
end;

-- rights to edit D2 where that changes D23
create trigger if not exists bxc_rights_insert_D23 after insert on D2
when exists (select 1 from bxc_session where putting is null and not loading)
  and new.shared = 1
  and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 D23: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_D23 after delete on D2
when exists (select 1 from bxc_session where putting is null and not loading)
  and old.shared = 1
  and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 D23: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_D23 after update of medication_name, mechanism_of_action, shared on D2
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.medication_name, old.mechanism_of_action, old.shared) is not (new.medication_name, new.mechanism_of_action, new.shared)
begin
  select case
    when new.shared = 1
        and (old.shared = 1) is not true
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'insert' and attribute = '' and granted) then raise(abort, 'BXC13 D23: this peer has no right to insert rows')
    when old.shared = 1
        and (new.shared = 1) is not true
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'delete' and attribute = '' and granted) then raise(abort, 'BXC13 D23: this peer has no right to delete rows')
    when old.medication_name is not new.medication_name
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'medication_name' and granted)
        and old.shared = 1
        and new.shared = 1 then raise(abort, 'BXC13 D23: this peer has no right to update medication_name')
    when old.mechanism_of_action is not new.mechanism_of_action
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'mechanism_of_action' and granted)
        and old.shared = 1
        and new.shared = 1 then raise(abort, 'BXC13 D23: this peer has no right to update mechanism_of_action')
  end;
end;
