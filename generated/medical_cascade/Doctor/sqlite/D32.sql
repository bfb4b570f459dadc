-- D32: view of D3, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists D32 as
select distinct
  s.medication_name, s.mechanism_of_action
from D3 as s;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_D32 (
  medication_name text, mechanism_of_action text
) strict;

create table if not exists bxc_delta_D32 (
  bxc_op text, bxc_old_medication_name text, medication_name text, mechanism_of_action text
) strict;

create table if not exists bxc_work_D32 (
  bxc_op text, bxc_old_medication_name text, medication_name text, mechanism_of_action text
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_D32 (bxc_code, bxc_staged, medication_name, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
    from bxc_delta_D32
    where (select putting from bxc_session) is null
    union all
    select 'new', iif(exists (select 1 from D3 as s where s.medication_name = w.medication_name), 'update', 'insert'),
      iif(exists (select 1 from D3 as s where s.medication_name = w.medication_name), w.medication_name, null) as bxc_old_medication_name,
      medication_name, mechanism_of_action
    from bxc_new_D32 as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from D3 as s
        where s.medication_name = w.medication_name
          and (s.medication_name, s.mechanism_of_action) is (w.medication_name, w.mechanism_of_action)
      )
      or w.medication_name in (select x.medication_name from bxc_new_D32 as x where 1 group by x.medication_name having count(*) > 1))
    union all
    select distinct 'new', 'delete', s.medication_name, null, null
    from bxc_session as i
    cross join D3 as s
    where i.putting is null
      and exists (select 1 from bxc_new_D32)
      and not s.medication_name in (select x.medication_name from bxc_new_D32 as x where x.medication_name is not null)
    union all
    select 'work', bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
    from bxc_work_D32
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
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, s.patient_id as patient_id, w.medication_name as medication_name,
      s.clinical_data as clinical_data, w.mechanism_of_action as mechanism_of_action, s.dosage as dosage
    from bxc_judged as w
    cross join D3 as s on s.medication_name = w.bxc_old_medication_name
    where likelihood(w.bxc_op = 'update', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.medication_name as bxc_key_medication_name,
      null as bxc_old_patient_id, null as bxc_old_medication_name, null as bxc_old_clinical_data,
      null as bxc_old_mechanism_of_action, null as bxc_old_dosage, null as patient_id,
      w.medication_name as medication_name, null as clinical_data, w.mechanism_of_action as mechanism_of_action,
      null as dosage
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from D3 as s
        where s.medication_name = w.medication_name
          and ((w.bxc_staged, w.medication_name) in (
            select x.bxc_staged, x.bxc_old_medication_name
            from bxc_judged as x
            where x.bxc_op = 'update' and x.medication_name <> x.bxc_old_medication_name
          )) is not true
      )
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.patient_id, a.medication_name, a.clinical_data, a.mechanism_of_action, a.dosage)
          is not (a.bxc_old_patient_id, a.bxc_old_medication_name, a.bxc_old_clinical_data, a.bxc_old_mechanism_of_action,
          a.bxc_old_dosage) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.patient_id, a.medication_name, a.clinical_data, a.mechanism_of_action, a.dosage)
          is not (a.bxc_old_patient_id, a.bxc_old_medication_name, a.bxc_old_clinical_data, a.bxc_old_mechanism_of_action,
          a.bxc_old_dosage) as bxc_made
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
  'D32 has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from D3 as s
    where s.medication_name = t.medication_name
      and not ((s.medication_name, s.mechanism_of_action) is (t.medication_name, t.mechanism_of_action))
      and ((t.bxc_staged, t.medication_name) in (
        select x.bxc_staged, x.bxc_old_medication_name
        from bxc_judged as x
        where x.bxc_op = 'update' and x.medication_name <> x.bxc_old_medication_name
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'D32 has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.medication_name <> t.bxc_old_medication_name
  and exists (select 1 from D3 as s where s.medication_name = t.medication_name)
  and ((t.bxc_staged, t.medication_name) in (
    select x.bxc_staged, x.bxc_old_medication_name
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.medication_name <> x.bxc_old_medication_name)
  )) is not true
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
  'D32 has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from D3 as s where s.medication_name = t.bxc_old_medication_name)
union all
select 'BXC19', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_medication_name, t.medication_name),
  'D32 rejects deletes'
from bxc_judged as t
where t.bxc_op = 'delete'
  and exists (select 1 from D3 as s where s.medication_name = t.bxc_old_medication_name)
union all
select 'BXC14', e.bxc_staged, e.bxc_key_medication_name,
  'a new row needs a fresh value for patient_id, which the view hides'
from bxc_effect as e
where e.bxc_kind = 'insert'
union all
select 'BXC17', e.bxc_staged, e.bxc_key_medication_name, 'another row of D3 has the same patient_id'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.patient_id is not e.bxc_old_patient_id)
  and e.patient_id is not null
  and (exists (
    select 1 from D3 as s
    where s.patient_id = e.patient_id
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_patient_id = s.patient_id
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.patient_id = e.patient_id
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ))
union all
select 'BXC17', e.bxc_staged, e.bxc_key_medication_name,
  'another row of D3 has the same medication_name and other mechanism_of_action'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e.medication_name, e.mechanism_of_action) is not (e.bxc_old_medication_name, e.bxc_old_mechanism_of_action))
  and (exists (
    select 1 from D3 as s
    where s.medication_name is e.medication_name
      and s.mechanism_of_action is not e.mechanism_of_action
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_patient_id = s.patient_id
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.medication_name is e.medication_name
      and y.mechanism_of_action is not e.mechanism_of_action
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_D32 (bxc_staged) as select null where 0;

create view if not exists bxc_delete_D32 as select * from bxc_work_D32;

create trigger if not exists bxc_at_delete_D32 instead of insert on bxc_delete_D32
begin
  select null;  -- left out, and so refused
end;

create view if not exists bxc_shift_D32 as select * from bxc_work_D32;

create trigger if not exists bxc_at_shift_D32 instead of insert on bxc_shift_D32
begin
  insert into bxc_change_D3 (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data,
    bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action,
    dosage
  )
  select
    'update', 'D32', s.patient_id, s.medication_name, s.clinical_data, s.mechanism_of_action, s.dosage,
    s.patient_id, new.medication_name, s.clinical_data, new.mechanism_of_action, s.dosage
  from D3 as s
  where s.medication_name = new.bxc_old_medication_name
    and (s.medication_name, s.mechanism_of_action) is not (new.medication_name, new.mechanism_of_action);
end;

create view if not exists bxc_rewrite_D32 as select * from bxc_change_D3;

create trigger if not exists bxc_at_rewrite_D32 instead of insert on bxc_rewrite_D32
begin
  update D3 set
    medication_name = new.medication_name, mechanism_of_action = new.mechanism_of_action
  where D3.patient_id = new.bxc_old_patient_id;
end;

create trigger if not exists bxc_move_D32 instead of insert on bxc_put_D32
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'D3',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_D3);

  insert into bxc_shift_D32
  select * from bxc_work_D32 as w
  where w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name;

  insert into bxc_rewrite_D32
  select * from bxc_change_D3 as c
  where c.bxc_seq > (select moved from bxc_session);

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_D32 instead of insert on bxc_put_D32
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_D32 select * from bxc_delta_D32;

  insert into bxc_put_D32 values ('work');
end;

create trigger if not exists bxc_stage_new_D32 instead of insert on bxc_put_D32
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 D32: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D32')
  where exists (select x.medication_name from bxc_new_D32 as x where 1 group by x.medication_name having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_D32 (
    bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
  )
  select
    iif(exists (select 1 from D3 as s where s.medication_name = w.medication_name), 'update', 'insert'),
    iif(exists (select 1 from D3 as s where s.medication_name = w.medication_name), w.medication_name, null),
    w.medication_name, w.mechanism_of_action
  from bxc_new_D32 as w
  where not exists (select 1 from D3 as s where s.medication_name = w.medication_name and (s.medication_name, s.mechanism_of_action) is (w.medication_name, w.mechanism_of_action));

  -- rows that are gone
  insert into bxc_work_D32 (bxc_op, bxc_old_medication_name)
  select distinct 'delete', s.medication_name
  from D3 as s
  where not s.medication_name in (select x.medication_name from bxc_new_D32 as x where 1);

  insert into bxc_put_D32 values ('work');
end;

create trigger if not exists bxc_apply_D32 instead of insert on bxc_put_D32
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'D32',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_D3),
    written = 0,
    careful = exists (
      select 1 from bxc_work_D32 as w
      where w.bxc_op = 'insert' and (w.medication_name in (select x.bxc_old_medication_name from bxc_work_D32 as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.medication_name <> w.bxc_old_medication_name)
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_D32 as v)
    when 'BXC10' then raise(abort, 'BXC10 D32: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D32')
    when 'BXC11' then raise(abort, 'BXC11 D32: a key belongs to a source row that the view does not show; see bxc_violations_D32')
    when 'BXC12' then raise(abort, 'BXC12 D32: a row does not fulfil the condition of the view; see bxc_violations_D32')
    when 'BXC14' then raise(abort, 'BXC14 D32: a new row has no value for a key column that the view hides; see bxc_violations_D32')
    when 'BXC15' then raise(abort, 'BXC15 D32: a computed column is stated otherwise than its inputs give it; see bxc_violations_D32')
    when 'BXC16' then raise(abort, 'BXC16 D32: a value is outside its type, or NULL where the view has none; see bxc_violations_D32')
    when 'BXC17' then raise(abort, 'BXC17 D32: a constraint of the source would be broken; see bxc_violations_D32')
    when 'BXC18' then raise(abort, 'BXC18 D32: an update speaks of a key that no row has; see bxc_violations_D32')
    when 'BXC19' then raise(abort, 'BXC19 D32: a row must not vanish from the view; see bxc_violations_D32')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_D32
  select * from bxc_work_D32 as w
  where w.bxc_op = 'delete';

  update D3 set
    mechanism_of_action = w.mechanism_of_action
  from bxc_work_D32 as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.medication_name = w.bxc_old_medication_name
    and D3.medication_name = +w.bxc_old_medication_name
    and D3.mechanism_of_action is not w.mechanism_of_action
    and w.medication_name is not null
    and (instr(cast(w.medication_name as blob), x'00') = 0 or instr(w.medication_name, char(0)) = 0)
    and ((instr(cast(w.mechanism_of_action as blob), x'00') = 0 or instr(w.mechanism_of_action, char(0)) = 0)) is not false;
  update bxc_session set written = written + changes();

  insert into bxc_put_D32 select 'move' where (select careful from bxc_session);

  insert into D3 (
    patient_id, medication_name, clinical_data, mechanism_of_action, dosage
  )
  select
    null, w.medication_name, null, w.mechanism_of_action, null
  from bxc_work_D32 as w
  where w.bxc_op = 'insert'
    and w.bxc_old_medication_name is null
    and not exists (select 1 from D3 as s where s.medication_name = w.medication_name)
    and w.medication_name is not null
    and (instr(cast(w.medication_name as blob), x'00') = 0 or instr(w.medication_name, char(0)) = 0)
    and ((instr(cast(w.mechanism_of_action as blob), x'00') = 0 or instr(w.mechanism_of_action, char(0)) = 0)) is not false
    and 0
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_medication_name from bxc_work_D32 as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_medication_name having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.medication_name from bxc_work_D32 as x where x.bxc_op in ('insert', 'update') group by x.medication_name having count(*) > 1)
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
          from bxc_work_D32 as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when 1 then 'BXC14'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select 1 as shown,
                case
                  when not ((s.medication_name, s.mechanism_of_action) is (w.medication_name, w.mechanism_of_action)) then 'BXC10'
                  else null
                end as code
              from D3 as s
              where s.medication_name = w.medication_name
            )
          ) as code
          from bxc_work_D32 as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when s.mechanism_of_action is not w.mechanism_of_action then 'BXC17'
                  else null
                end as code
              from D3 as s
              where s.medication_name = w.bxc_old_medication_name
            )
          ) as code
          from bxc_work_D32 as w
          where w.bxc_op = 'update'
          union all
          select iif(exists (select 1 from D3 as s where s.medication_name = w.bxc_old_medication_name), 'BXC19', null) as code
          from bxc_work_D32 as w
          where w.bxc_op = 'delete'
        )
      ) as code
      union all
      select 'BXC17' where exists (
            select 1 from bxc_change_D3 as c
            where c.bxc_seq > (select mark from bxc_session)
            and c.bxc_op <> 'delete'
            and (c.bxc_op = 'insert' or (c.medication_name, c.mechanism_of_action) is not (c.bxc_old_medication_name, c.bxc_old_mechanism_of_action))
            and (exists (select 1 from D3 as s where s.medication_name is c.medication_name and s.mechanism_of_action < c.mechanism_of_action)
              or exists (select 1 from D3 as s where s.medication_name is c.medication_name and s.mechanism_of_action > c.mechanism_of_action)
              or c.mechanism_of_action is null and exists (select 1 from D3 as s where s.medication_name is c.medication_name and s.mechanism_of_action >= '')
              or c.mechanism_of_action is not null and exists (select 1 from D3 as s where s.medication_name is c.medication_name and s.mechanism_of_action is null))
          )
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 D32: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D32')
    when 'BXC11' then raise(abort, 'BXC11 D32: a key belongs to a source row that the view does not show; see bxc_violations_D32')
    when 'BXC12' then raise(abort, 'BXC12 D32: a row does not fulfil the condition of the view; see bxc_violations_D32')
    when 'BXC14' then raise(abort, 'BXC14 D32: a new row has no value for a key column that the view hides; see bxc_violations_D32')
    when 'BXC15' then raise(abort, 'BXC15 D32: a computed column is stated otherwise than its inputs give it; see bxc_violations_D32')
    when 'BXC16' then raise(abort, 'BXC16 D32: a value is outside its type, or NULL where the view has none; see bxc_violations_D32')
    when 'BXC17' then raise(abort, 'BXC17 D32: a constraint of the source would be broken; see bxc_violations_D32')
    when 'BXC18' then raise(abort, 'BXC18 D32: an update speaks of a key that no row has; see bxc_violations_D32')
    when 'BXC19' then raise(abort, 'BXC19 D32: a row must not vanish from the view; see bxc_violations_D32')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_D32;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_D32 instead of insert on D32
begin
  insert into bxc_work_D32 (
    bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
  ) values (
    'insert', null, new.medication_name, new.mechanism_of_action
  );
  insert into bxc_put_D32 values ('work');
  select raise(abort, 'BXC13 D32: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D3)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_D32 instead of update on D32
begin
  insert into bxc_work_D32 (
    bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
  ) values (
    'update', old.medication_name, new.medication_name, new.mechanism_of_action
  );
  insert into bxc_put_D32 values ('work');
  select raise(abort, 'BXC13 D32: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D3)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_D32 instead of delete on D32
begin
  insert into bxc_work_D32 (
    bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action
  ) values (
    'delete', old.medication_name, null, null
  );
  insert into bxc_put_D32 values ('work');
  select raise(abort, 'BXC13 D32: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D3)
    and not (select loading from bxc_session);
end;

-- rights to edit D3 where that changes D32
create trigger if not exists bxc_rights_insert_D32 after insert on D3
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'insert' and attribute = '' and granted)
  and not exists (select 1 from D3 as s where s.medication_name = new.medication_name and s.patient_id is not new.patient_id)
begin
  select raise(abort, 'BXC13 D32: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_D32 after delete on D3
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'delete' and attribute = '' and granted)
  and not exists (select 1 from D3 as s where s.medication_name = old.medication_name)
begin
  select raise(abort, 'BXC13 D32: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_D32 after update of medication_name, mechanism_of_action on D3
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.medication_name, old.mechanism_of_action) is not (new.medication_name, new.mechanism_of_action)
begin
  select case
    when old.medication_name is not new.medication_name
        and not exists (select 1 from D3 as s where s.medication_name = new.medication_name and s.patient_id is not new.patient_id)
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'insert' and attribute = '' and granted) then raise(abort, 'BXC13 D32: this peer has no right to insert rows')
    when old.medication_name is not new.medication_name
        and not exists (select 1 from D3 as s where s.medication_name = old.medication_name)
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'delete' and attribute = '' and granted) then raise(abort, 'BXC13 D32: this peer has no right to delete rows')
    when old.medication_name is not new.medication_name
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'medication_name' and granted)
        and old.medication_name is new.medication_name then raise(abort, 'BXC13 D32: this peer has no right to update medication_name')
    when old.mechanism_of_action is not new.mechanism_of_action
        and not exists (select 1 from bxc_rights where share = 'mechanism' and operation = 'update' and attribute = 'mechanism_of_action' and granted)
        and old.medication_name is new.medication_name then raise(abort, 'BXC13 D32: this peer has no right to update mechanism_of_action')
  end;
end;
