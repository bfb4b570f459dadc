-- CodesAtCentre: view of Code, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists CodesAtCentre as
select
  s.code, s.title
from Code as s;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_CodesAtCentre (
  code text, title text
) strict;

create table if not exists bxc_delta_CodesAtCentre (
  bxc_op text, bxc_old_code text, code text, title text
) strict;

create table if not exists bxc_work_CodesAtCentre (
  bxc_op text, bxc_old_code text, code text, title text
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_CodesAtCentre (bxc_code, bxc_staged, code, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_code, code, title
    from bxc_delta_CodesAtCentre
    where (select putting from bxc_session) is null
    union all
    select 'new', iif(exists (select 1 from Code as s where s.code = w.code), 'update', 'insert'),
      iif(exists (select 1 from Code as s where s.code = w.code), w.code, null) as bxc_old_code, code, title
    from bxc_new_CodesAtCentre as w
    where (select putting from bxc_session) is null
      and (not exists (select 1 from Code as s where s.code = w.code and (s.code, s.title) is (w.code, w.title))
      or w.code in (select x.code from bxc_new_CodesAtCentre as x where 1 group by x.code having count(*) > 1))
    union all
    select 'new', 'delete', s.code, null, null
    from bxc_session as i
    cross join Code as s
    where i.putting is null
      and exists (select 1 from bxc_new_CodesAtCentre)
      and not s.code in (select x.code from bxc_new_CodesAtCentre as x where x.code is not null)
    union all
    select 'work', bxc_op, bxc_old_code, code, title
    from bxc_work_CodesAtCentre
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
      s.title as bxc_old_title, s.revised as bxc_old_revised, w.code as code, w.title as title, s.revised as revised
    from bxc_judged as w
    cross join Code as s on s.code = w.bxc_old_code
    where likelihood(w.bxc_op = 'update', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'delete' as bxc_kind, w.bxc_old_code as bxc_key_code, s.code as bxc_old_code,
      s.title as bxc_old_title, s.revised as bxc_old_revised, null as code, null as title, null as revised
    from bxc_judged as w
    cross join Code as s on s.code = w.bxc_old_code
    where likelihood(w.bxc_op = 'delete', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.code as bxc_key_code, null as bxc_old_code,
      null as bxc_old_title, null as bxc_old_revised, w.code as code, w.title as title, null as revised
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from Code as s
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
        and (a.code, a.title, a.revised)
          is not (a.bxc_old_code, a.bxc_old_title, a.bxc_old_revised) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.code, a.title, a.revised)
          is not (a.bxc_old_code, a.bxc_old_title, a.bxc_old_revised) as bxc_made
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
  'CodesAtCentre has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from Code as s
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
  'CodesAtCentre has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.code <> t.bxc_old_code
  and exists (select 1 from Code as s where s.code = t.code)
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
  'CodesAtCentre has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from Code as s where s.code = t.bxc_old_code)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_code, 'another row of Code has the same code'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.code is not e.bxc_old_code)
  and e.code is not null
  and (exists (
    select 1 from Code as s
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
create view if not exists bxc_put_CodesAtCentre (bxc_staged) as select null where 0;

create view if not exists bxc_delete_CodesAtCentre as select * from bxc_work_CodesAtCentre;

create trigger if not exists bxc_at_delete_CodesAtCentre instead of insert on bxc_delete_CodesAtCentre
begin
  delete from Code
  where Code.code = new.bxc_old_code;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_CodesAtCentre as select * from bxc_work_CodesAtCentre;

create trigger if not exists bxc_at_shift_CodesAtCentre instead of insert on bxc_shift_CodesAtCentre
begin
  insert into bxc_change_Code (
    bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
  )
  select
    'update', 'CodesAtCentre', s.code, s.title, s.revised, new.code, new.title, s.revised
  from Code as s
  where s.code = new.bxc_old_code
    and (s.code, s.title) is not (new.code, new.title);
end;

create view if not exists bxc_rewrite_CodesAtCentre as select * from bxc_change_Code;

create trigger if not exists bxc_at_rewrite_CodesAtCentre instead of insert on bxc_rewrite_CodesAtCentre
begin
  update Code set
    code = new.code, title = new.title
  where Code.code = new.bxc_old_code;
end;

create view if not exists bxc_rekey_CodesAtCentre as select * from bxc_change_Code;

create trigger if not exists bxc_at_rekey_CodesAtCentre instead of insert on bxc_rekey_CodesAtCentre
begin
  delete from Code
  where Code.code = new.bxc_old_code;
end;

create trigger if not exists bxc_move_CodesAtCentre instead of insert on bxc_put_CodesAtCentre
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'Code',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_Code);

  insert into bxc_shift_CodesAtCentre
  select * from bxc_work_CodesAtCentre as w
  where w.bxc_op = 'update' and w.code <> w.bxc_old_code;

  insert into bxc_rewrite_CodesAtCentre
  select * from bxc_change_Code as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.code is c.bxc_old_code;

  insert into bxc_rekey_CodesAtCentre
  select * from bxc_change_Code as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.code is not c.bxc_old_code;

  insert into Code (
    code, title, revised
  )
  select
    c.code, c.title, c.revised
  from bxc_change_Code as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.code is not c.bxc_old_code
  on conflict do nothing;

  select raise(abort, 'BXC17 CodesAtCentre: a constraint of the source would be broken; see bxc_violations_CodesAtCentre')
  where changes() <> (
    select count(*)
    from bxc_change_Code as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.code is not c.bxc_old_code
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_CodesAtCentre instead of insert on bxc_put_CodesAtCentre
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_CodesAtCentre select * from bxc_delta_CodesAtCentre;

  insert into bxc_put_CodesAtCentre values ('work');
end;

create trigger if not exists bxc_stage_new_CodesAtCentre instead of insert on bxc_put_CodesAtCentre
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 CodesAtCentre: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtCentre')
  where exists (select x.code from bxc_new_CodesAtCentre as x where 1 group by x.code having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_CodesAtCentre (
    bxc_op, bxc_old_code, code, title
  )
  select
    iif(exists (select 1 from Code as s where s.code = w.code), 'update', 'insert'),
    iif(exists (select 1 from Code as s where s.code = w.code), w.code, null),
    w.code, w.title
  from bxc_new_CodesAtCentre as w
  where not exists (select 1 from Code as s where s.code = w.code and (s.code, s.title) is (w.code, w.title));

  -- rows that are gone
  insert into bxc_work_CodesAtCentre (bxc_op, bxc_old_code)
  select 'delete', s.code
  from Code as s
  where not s.code in (select x.code from bxc_new_CodesAtCentre as x where 1);

  insert into bxc_put_CodesAtCentre values ('work');
end;

create trigger if not exists bxc_apply_CodesAtCentre instead of insert on bxc_put_CodesAtCentre
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'CodesAtCentre',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_Code),
    written = 0,
    careful = exists (
      select 1 from bxc_work_CodesAtCentre as w
      where w.bxc_op = 'insert' and (w.code in (select x.bxc_old_code from bxc_work_CodesAtCentre as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.code <> w.bxc_old_code)
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_CodesAtCentre as v)
    when 'BXC10' then raise(abort, 'BXC10 CodesAtCentre: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtCentre')
    when 'BXC11' then raise(abort, 'BXC11 CodesAtCentre: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtCentre')
    when 'BXC12' then raise(abort, 'BXC12 CodesAtCentre: a row does not fulfil the condition of the view; see bxc_violations_CodesAtCentre')
    when 'BXC14' then raise(abort, 'BXC14 CodesAtCentre: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtCentre')
    when 'BXC15' then raise(abort, 'BXC15 CodesAtCentre: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtCentre')
    when 'BXC16' then raise(abort, 'BXC16 CodesAtCentre: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtCentre')
    when 'BXC17' then raise(abort, 'BXC17 CodesAtCentre: a constraint of the source would be broken; see bxc_violations_CodesAtCentre')
    when 'BXC18' then raise(abort, 'BXC18 CodesAtCentre: an update speaks of a key that no row has; see bxc_violations_CodesAtCentre')
    when 'BXC19' then raise(abort, 'BXC19 CodesAtCentre: a row must not vanish from the view; see bxc_violations_CodesAtCentre')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_CodesAtCentre
  select * from bxc_work_CodesAtCentre as w
  where w.bxc_op = 'delete';

  update Code set
    title = w.title
  from bxc_work_CodesAtCentre as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.code = w.bxc_old_code
    and Code.code = +w.bxc_old_code
    and Code.title is not w.title
    and w.code is not null
    and length(w.code) <= 8 and (instr(cast(w.code as blob), x'00') = 0 or instr(w.code, char(0)) = 0)
    and w.title is not null
    and (instr(cast(w.title as blob), x'00') = 0 or instr(w.title, char(0)) = 0);
  update bxc_session set written = written + changes();

  insert into bxc_put_CodesAtCentre select 'move' where (select careful from bxc_session);

  insert into Code (
    code, title, revised
  )
  select
    w.code, w.title, null
  from bxc_work_CodesAtCentre as w
  where w.bxc_op = 'insert'
    and w.bxc_old_code is null
    and not exists (select 1 from Code as s where s.code = w.code)
    and w.code is not null
    and length(w.code) <= 8 and (instr(cast(w.code as blob), x'00') = 0 or instr(w.code, char(0)) = 0)
    and w.title is not null
    and (instr(cast(w.title as blob), x'00') = 0 or instr(w.title, char(0)) = 0)
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_CodesAtCentre) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_code from bxc_work_CodesAtCentre as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_code having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.code from bxc_work_CodesAtCentre as x where x.bxc_op in ('insert', 'update') group by x.code having count(*) > 1)
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
          from bxc_work_CodesAtCentre as w
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
              from Code as s
              where s.code = w.code
            )
          ) as code
          from bxc_work_CodesAtCentre as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when s.title is not w.title then 'BXC17'
                  else null
                end as code
              from Code as s
              where s.code = w.bxc_old_code
            )
          ) as code
          from bxc_work_CodesAtCentre as w
          where w.bxc_op = 'update'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 CodesAtCentre: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtCentre')
    when 'BXC11' then raise(abort, 'BXC11 CodesAtCentre: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtCentre')
    when 'BXC12' then raise(abort, 'BXC12 CodesAtCentre: a row does not fulfil the condition of the view; see bxc_violations_CodesAtCentre')
    when 'BXC14' then raise(abort, 'BXC14 CodesAtCentre: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtCentre')
    when 'BXC15' then raise(abort, 'BXC15 CodesAtCentre: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtCentre')
    when 'BXC16' then raise(abort, 'BXC16 CodesAtCentre: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtCentre')
    when 'BXC17' then raise(abort, 'BXC17 CodesAtCentre: a constraint of the source would be broken; see bxc_violations_CodesAtCentre')
    when 'BXC18' then raise(abort, 'BXC18 CodesAtCentre: an update speaks of a key that no row has; see bxc_violations_CodesAtCentre')
    when 'BXC19' then raise(abort, 'BXC19 CodesAtCentre: a row must not vanish from the view; see bxc_violations_CodesAtCentre')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_CodesAtCentre;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_CodesAtCentre instead of insert on CodesAtCentre
begin
  insert into bxc_work_CodesAtCentre (
    bxc_op, bxc_old_code, code, title
  ) values (
    'insert', null, new.code, new.title
  );
  insert into bxc_put_CodesAtCentre values ('work');
  select raise(abort, 'BXC13 CodesAtCentre: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Code)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_CodesAtCentre instead of update on CodesAtCentre
begin
  insert into bxc_work_CodesAtCentre (
    bxc_op, bxc_old_code, code, title
  ) values (
    'update', old.code, new.code, new.title
  );
  insert into bxc_put_CodesAtCentre values ('work');
  select raise(abort, 'BXC13 CodesAtCentre: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Code)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_CodesAtCentre instead of delete on CodesAtCentre
begin
  insert into bxc_work_CodesAtCentre (
    bxc_op, bxc_old_code, code, title
  ) values (
    'delete', old.code, null, null
  );
  insert into bxc_put_CodesAtCentre values ('work');
  select raise(abort, 'BXC13 CodesAtCentre: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Code)
    and not (select loading from bxc_session);
end;

-- rights to edit Code where that changes CodesAtCentre
create trigger if not exists bxc_rights_insert_CodesAtCentre after insert on Code
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 CodesAtCentre: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_CodesAtCentre after delete on Code
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 CodesAtCentre: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_CodesAtCentre after update of code, title on Code
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.code, old.title) is not (new.code, new.title)
begin
  select case
    when old.code is not new.code
        and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'code' and granted) then raise(abort, 'BXC13 CodesAtCentre: this peer has no right to update code')
    when old.title is not new.title
        and not exists (select 1 from bxc_rights where share = 'code_book' and operation = 'update' and attribute = 'title' and granted) then raise(abort, 'BXC13 CodesAtCentre: this peer has no right to update title')
  end;
end;
