-- CodesAtNorth: view of NorthCode, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists CodesAtNorth as
select
  s.code, s.title
from NorthCode as s;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_CodesAtNorth (
  code text, title text
) strict;

create table if not exists bxc_delta_CodesAtNorth (
  bxc_op text, bxc_old_code text, code text, title text
) strict;

create table if not exists bxc_work_CodesAtNorth (
  bxc_op text, bxc_old_code text, code text, title text
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_CodesAtNorth (bxc_code, bxc_staged, code, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_code, code, title
    from bxc_delta_CodesAtNorth
    where (select putting from bxc_session) is null
    union all
    select 'new', iif(exists (select 1 from NorthCode as s where s.code = w.code), 'update', 'insert'),
      iif(exists (select 1 from NorthCode as s where s.code = w.code), w.code, null) as bxc_old_code, code, title
    from bxc_new_CodesAtNorth as w
    where (select putting from bxc_session) is null
      and (not exists (select 1 from NorthCode as s where s.code = w.code and (s.code, s.title) is (w.code, w.title))
      or w.code in (select x.code from bxc_new_CodesAtNorth as x where 1 group by x.code having count(*) > 1))
    union all
    select 'new', 'delete', s.code, null, null
    from bxc_session as i
    cross join NorthCode as s
    where i.putting is null
      and exists (select 1 from bxc_new_CodesAtNorth)
      and not s.code in (select x.code from bxc_new_CodesAtNorth as x where x.code is not null)
    union all
    select 'work', bxc_op, bxc_old_code, code, title
    from bxc_work_CodesAtNorth
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.code as bxc_key_code, s.code as bxc_old_code,
      s.title as bxc_old_title, s.in_use as bxc_old_in_use, w.code as code, w.title as title, s.in_use as in_use
    from bxc_judged as w
    cross join NorthCode as s on s.code = w.bxc_old_code
    where likelihood(w.bxc_op = 'update', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'delete' as bxc_kind, w.bxc_old_code as bxc_key_code, s.code as bxc_old_code,
      s.title as bxc_old_title, s.in_use as bxc_old_in_use, null as code, null as title, null as in_use
    from bxc_judged as w
    cross join NorthCode as s on s.code = w.bxc_old_code
    where likelihood(w.bxc_op = 'delete', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.code as bxc_key_code, null as bxc_old_code,
      null as bxc_old_title, null as bxc_old_in_use, w.code as code, w.title as title, 1 as in_use
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from NorthCode as s
        where s.code = w.code
          and ((w.bxc_staged, w.code) in (
            select x.bxc_staged, x.bxc_old_code
            from bxc_judged as x
            where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.code <> x.bxc_old_code)
          )) is not true
      )
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.code, a.title, a.in_use)
          is not (a.bxc_old_code, a.bxc_old_title, a.bxc_old_in_use) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.code, a.title, a.in_use)
          is not (a.bxc_old_code, a.bxc_old_title, a.bxc_old_in_use) as bxc_made
    from bxc_every_effect as a
  )
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code), 'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.code is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code), 'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_code is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code), 'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_code is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code),
  'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_code) in (
    select x.bxc_staged, x.bxc_old_code
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_code
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code),
  'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t.code) in (
    select x.bxc_staged, x.code
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x.code
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t.code) in (
    select x.bxc_staged, x.bxc_old_code
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code),
  'CodesAtNorth has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from NorthCode as s
    where s.code = t.code
      and not ((s.code, s.title) is (t.code, t.title))
      and ((t.bxc_staged, t.code) in (
        select x.bxc_staged, x.bxc_old_code
        from bxc_judged as x
        where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.code <> x.bxc_old_code)
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code),
  'CodesAtNorth has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.code <> t.bxc_old_code
  and exists (select 1 from NorthCode as s where s.code = t.code)
  and ((t.bxc_staged, t.code) in (
    select x.bxc_staged, x.bxc_old_code
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.code <> x.bxc_old_code)
  )) is not true
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code),
  'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'code is NULL'), (2, 'code is no varchar(8)'), (3, 'title is NULL'), (4, 'title is no text')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.code is null
    when 2 then not (length(t.code) <= 8 and (instr(cast(t.code as blob), x'00') = 0 or instr(t.code, char(0)) = 0))
    when 3 then t.title is null
    when 4 then not ((instr(cast(t.title as blob), x'00') = 0 or instr(t.title, char(0)) = 0))
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_code, t.code),
  'CodesAtNorth has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from NorthCode as s where s.code = t.bxc_old_code)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_code, 'another row of NorthCode has the same code'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.code is not e.bxc_old_code)
  and e.code is not null
  and (exists (
    select 1 from NorthCode as s
    where s.code = e.code
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_code = s.code
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.code = e.code
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_CodesAtNorth (bxc_staged) as select null where 0;

create view if not exists bxc_delete_CodesAtNorth as select * from bxc_work_CodesAtNorth;

create trigger if not exists bxc_at_delete_CodesAtNorth instead of insert on bxc_delete_CodesAtNorth
begin
  delete from NorthCode
  where NorthCode.code = new.bxc_old_code;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_CodesAtNorth as select * from bxc_work_CodesAtNorth;

create trigger if not exists bxc_at_shift_CodesAtNorth instead of insert on bxc_shift_CodesAtNorth
begin
  insert into bxc_change_NorthCode (
    bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
  )
  select
    'update', 'CodesAtNorth', s.code, s.title, s.in_use, new.code, new.title, s.in_use
  from NorthCode as s
  where s.code = new.bxc_old_code
    and (s.code, s.title) is not (new.code, new.title);
end;

create view if not exists bxc_rewrite_CodesAtNorth as select * from bxc_change_NorthCode;

create trigger if not exists bxc_at_rewrite_CodesAtNorth instead of insert on bxc_rewrite_CodesAtNorth
begin
  update NorthCode set
    code = new.code, title = new.title
  where NorthCode.code = new.bxc_old_code;
end;

create view if not exists bxc_rekey_CodesAtNorth as select * from bxc_change_NorthCode;

create trigger if not exists bxc_at_rekey_CodesAtNorth instead of insert on bxc_rekey_CodesAtNorth
begin
  delete from NorthCode
  where NorthCode.code = new.bxc_old_code;
end;

create trigger if not exists bxc_move_CodesAtNorth instead of insert on bxc_put_CodesAtNorth
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'NorthCode',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_NorthCode);

  insert into bxc_shift_CodesAtNorth
  select * from bxc_work_CodesAtNorth as w
  where w.bxc_op = 'update' and w.code <> w.bxc_old_code;

  insert into bxc_rewrite_CodesAtNorth
  select * from bxc_change_NorthCode as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.code is c.bxc_old_code;

  insert into bxc_rekey_CodesAtNorth
  select * from bxc_change_NorthCode as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.code is not c.bxc_old_code;

  insert into NorthCode (
    code, title, in_use
  )
  select
    c.code, c.title, c.in_use
  from bxc_change_NorthCode as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.code is not c.bxc_old_code
  on conflict do nothing;

  select raise(abort, 'BXC17 CodesAtNorth: a constraint of the source would be broken; see bxc_violations_CodesAtNorth')
  where changes() <> (
    select count(*)
    from bxc_change_NorthCode as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.code is not c.bxc_old_code
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_CodesAtNorth instead of insert on bxc_put_CodesAtNorth
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_CodesAtNorth select * from bxc_delta_CodesAtNorth;

  insert into bxc_put_CodesAtNorth values ('work');
end;

create trigger if not exists bxc_stage_new_CodesAtNorth instead of insert on bxc_put_CodesAtNorth
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 CodesAtNorth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtNorth')
  where exists (select x.code from bxc_new_CodesAtNorth as x where 1 group by x.code having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_CodesAtNorth (
    bxc_op, bxc_old_code, code, title
  )
  select
    iif(exists (select 1 from NorthCode as s where s.code = w.code), 'update', 'insert'),
    iif(exists (select 1 from NorthCode as s where s.code = w.code), w.code, null),
    w.code, w.title
  from bxc_new_CodesAtNorth as w
  where not exists (select 1 from NorthCode as s where s.code = w.code and (s.code, s.title) is (w.code, w.title));

  -- rows that are gone
  insert into bxc_work_CodesAtNorth (bxc_op, bxc_old_code)
  select 'delete', s.code
  from NorthCode as s
  where not s.code in (select x.code from bxc_new_CodesAtNorth as x where 1);

  insert into bxc_put_CodesAtNorth values ('work');
end;

create trigger if not exists bxc_apply_CodesAtNorth instead of insert on bxc_put_CodesAtNorth
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'CodesAtNorth',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_NorthCode),
    written = 0,
    careful = exists (
      select 1 from bxc_work_CodesAtNorth as w
      where w.bxc_op = 'insert' and (w.code in (select x.bxc_old_code from bxc_work_CodesAtNorth as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.code <> w.bxc_old_code)
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_CodesAtNorth as v)
    when 'BXC10' then raise(abort, 'BXC10 CodesAtNorth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtNorth')
    when 'BXC11' then raise(abort, 'BXC11 CodesAtNorth: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtNorth')
    when 'BXC12' then raise(abort, 'BXC12 CodesAtNorth: a row does not fulfil the condition of the view; see bxc_violations_CodesAtNorth')
    when 'BXC14' then raise(abort, 'BXC14 CodesAtNorth: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtNorth')
    when 'BXC15' then raise(abort, 'BXC15 CodesAtNorth: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtNorth')
    when 'BXC16' then raise(abort, 'BXC16 CodesAtNorth: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtNorth')
    when 'BXC17' then raise(abort, 'BXC17 CodesAtNorth: a constraint of the source would be broken; see bxc_violations_CodesAtNorth')
    when 'BXC18' then raise(abort, 'BXC18 CodesAtNorth: an update speaks of a key that no row has; see bxc_violations_CodesAtNorth')
    when 'BXC19' then raise(abort, 'BXC19 CodesAtNorth: a row must not vanish from the view; see bxc_violations_CodesAtNorth')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_CodesAtNorth
  select * from bxc_work_CodesAtNorth as w
  where w.bxc_op = 'delete';

  update NorthCode set
    title = w.title
  from bxc_work_CodesAtNorth as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.code = w.bxc_old_code
    and NorthCode.code = +w.bxc_old_code
    and NorthCode.title is not w.title
    and w.code is not null
    and length(w.code) <= 8 and (instr(cast(w.code as blob), x'00') = 0 or instr(w.code, char(0)) = 0)
    and w.title is not null
    and (instr(cast(w.title as blob), x'00') = 0 or instr(w.title, char(0)) = 0);
  update bxc_session set written = written + changes();

  insert into bxc_put_CodesAtNorth select 'move' where (select careful from bxc_session);

  insert into NorthCode (
    code, title, in_use
  )
  select
    w.code, w.title, 1
  from bxc_work_CodesAtNorth as w
  where w.bxc_op = 'insert'
    and w.bxc_old_code is null
    and not exists (select 1 from NorthCode as s where s.code = w.code)
    and w.code is not null
    and length(w.code) <= 8 and (instr(cast(w.code as blob), x'00') = 0 or instr(w.code, char(0)) = 0)
    and w.title is not null
    and (instr(cast(w.title as blob), x'00') = 0 or instr(w.title, char(0)) = 0)
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_CodesAtNorth) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_code from bxc_work_CodesAtNorth as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_code having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.code from bxc_work_CodesAtNorth as x where x.bxc_op in ('insert', 'update') group by x.code having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_code is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_code is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.code is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.code is not null
              and length(w.code) <= 8 and (instr(cast(w.code as blob), x'00') = 0 or instr(w.code, char(0)) = 0)
              and w.title is not null
              and (instr(cast(w.title as blob), x'00') = 0 or instr(w.title, char(0)) = 0)
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_CodesAtNorth as w
          union all
          select (
            select case
              when count(*) = 0 then
                'BXC17'
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select 1 as shown,
                case
                  when not ((s.code, s.title) is (w.code, w.title)) then 'BXC10'
                  else null
                end as code
              from NorthCode as s
              where s.code = w.code
            )
          ) as code
          from bxc_work_CodesAtNorth as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when s.title is not w.title then 'BXC17'
                  else null
                end as code
              from NorthCode as s
              where s.code = w.bxc_old_code
            )
          ) as code
          from bxc_work_CodesAtNorth as w
          where w.bxc_op = 'update'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 CodesAtNorth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtNorth')
    when 'BXC11' then raise(abort, 'BXC11 CodesAtNorth: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtNorth')
    when 'BXC12' then raise(abort, 'BXC12 CodesAtNorth: a row does not fulfil the condition of the view; see bxc_violations_CodesAtNorth')
    when 'BXC14' then raise(abort, 'BXC14 CodesAtNorth: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtNorth')
    when 'BXC15' then raise(abort, 'BXC15 CodesAtNorth: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtNorth')
    when 'BXC16' then raise(abort, 'BXC16 CodesAtNorth: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtNorth')
    when 'BXC17' then raise(abort, 'BXC17 CodesAtNorth: a constraint of the source would be broken; see bxc_violations_CodesAtNorth')
    when 'BXC18' then raise(abort, 'BXC18 CodesAtNorth: an update speaks of a key that no row has; see bxc_violations_CodesAtNorth')
    when 'BXC19' then raise(abort, 'BXC19 CodesAtNorth: a row must not vanish from the view; see bxc_violations_CodesAtNorth')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_CodesAtNorth;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_CodesAtNorth instead of insert on CodesAtNorth
begin
  insert into bxc_work_CodesAtNorth (
    bxc_op, bxc_old_code, code, title
  ) values (
    'insert', null, new.code, new.title
  );
  insert into bxc_put_CodesAtNorth values ('work');
  select raise(abort, 'BXC13 CodesAtNorth: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_NorthCode)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_CodesAtNorth instead of update on CodesAtNorth
begin
  insert into bxc_work_CodesAtNorth (
    bxc_op, bxc_old_code, code, title
  ) values (
    'update', old.code, new.code, new.title
  );
  insert into bxc_put_CodesAtNorth values ('work');
  select raise(abort, 'BXC13 CodesAtNorth: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_NorthCode)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_CodesAtNorth instead of delete on CodesAtNorth
begin
  insert into bxc_work_CodesAtNorth (
    bxc_op, bxc_old_code, code, title
  ) values (
    'delete', old.code, null, null
  );
  insert into bxc_put_CodesAtNorth values ('work');
  select raise(abort, 'BXC13 CodesAtNorth: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_NorthCode)
    and not (select loading from bxc_session);
end;

-- rights to edit NorthCode where that changes CodesAtNorth
create trigger if not exists bxc_rights_insert_CodesAtNorth after insert on NorthCode
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 CodesAtNorth: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_CodesAtNorth after delete on NorthCode
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 CodesAtNorth: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_CodesAtNorth after update of code, title on NorthCode
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.code, old.title) is not (new.code, new.title)
begin
  select case
    when old.code is not new.code
        and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'code' and granted) then raise(abort, 'BXC13 CodesAtNorth: this peer has no right to update code')
    when old.title is not new.title
        and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'title' and granted) then raise(abort, 'BXC13 CodesAtNorth: this peer has no right to update title')
  end;
end;
