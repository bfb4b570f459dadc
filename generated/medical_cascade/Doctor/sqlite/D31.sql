-- D31: view of D3, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists D31 as
select
  s.patient_id, s.medication_name, s.mechanism_of_action, s.clinical_data, s.dosage
from D3 as s
where s.patient_id = 188;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_D31 (
  patient_id integer, medication_name text, mechanism_of_action text, clinical_data text, dosage text
) strict;

create table if not exists bxc_delta_D31 (
  bxc_op text, bxc_old_patient_id integer, patient_id integer, medication_name text, mechanism_of_action text,
  clinical_data text, dosage text
) strict;

create table if not exists bxc_work_D31 (
  bxc_op text, bxc_old_patient_id integer, patient_id integer, medication_name text, mechanism_of_action text,
  clinical_data text, dosage text
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_D31 (bxc_code, bxc_staged, patient_id, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_patient_id, patient_id, medication_name, mechanism_of_action, clinical_data, dosage
    from bxc_delta_D31
    where (select putting from bxc_session) is null
    union all
    select 'new',
      iif(exists (select 1 from D3 as s where s.patient_id = w.patient_id and s.patient_id = 188), 'update', 'insert'),
      iif(exists (select 1 from D3 as s where s.patient_id = w.patient_id and s.patient_id = 188), w.patient_id, null) as bxc_old_patient_id,
      patient_id, medication_name, mechanism_of_action, clinical_data, dosage
    from bxc_new_D31 as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from D3 as s
        where s.patient_id = w.patient_id
          and s.patient_id = 188
          and (s.patient_id, s.medication_name, s.mechanism_of_action, s.clinical_data, s.dosage) is (w.patient_id, w.medication_name, w.mechanism_of_action, w.clinical_data, w.dosage)
      )
      or w.patient_id in (select x.patient_id from bxc_new_D31 as x where 1 group by x.patient_id having count(*) > 1))
    union all
    select 'new', 'delete', s.patient_id, null, null, null, null, null
    from bxc_session as i
    cross join D3 as s
    where i.putting is null
      and exists (select 1 from bxc_new_D31)
      and s.patient_id = 188
      and not s.patient_id in (select x.patient_id from bxc_new_D31 as x where x.patient_id is not null)
    union all
    select 'work', bxc_op, bxc_old_patient_id, patient_id, medication_name, mechanism_of_action, clinical_data, dosage
    from bxc_work_D31
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.patient_id as bxc_key_patient_id,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, w.patient_id as patient_id, w.medication_name as medication_name,
      w.clinical_data as clinical_data, w.mechanism_of_action as mechanism_of_action, w.dosage as dosage
    from bxc_judged as w
    cross join D3 as s on s.patient_id = w.bxc_old_patient_id
    where likelihood(w.bxc_op = 'update', 0.0000001)
      and s.patient_id = 188
    union all
    select w.bxc_staged as bxc_staged, 'delete' as bxc_kind, w.bxc_old_patient_id as bxc_key_patient_id,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, null as patient_id, null as medication_name, null as clinical_data,
      null as mechanism_of_action, null as dosage
    from bxc_judged as w
    cross join D3 as s on s.patient_id = w.bxc_old_patient_id
    where likelihood(w.bxc_op = 'delete', 0.0000001)
      and s.patient_id = 188
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.patient_id as bxc_key_patient_id,
      null as bxc_old_patient_id, null as bxc_old_medication_name, null as bxc_old_clinical_data,
      null as bxc_old_mechanism_of_action, null as bxc_old_dosage, w.patient_id as patient_id,
      w.medication_name as medication_name, w.clinical_data as clinical_data,
      w.mechanism_of_action as mechanism_of_action, w.dosage as dosage
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from D3 as s
        where s.patient_id = w.patient_id
          and (s.patient_id = 188 and (w.bxc_staged, w.patient_id) in (
            select x.bxc_staged, x.bxc_old_patient_id
            from bxc_judged as x
            where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.patient_id <> x.bxc_old_patient_id)
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
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id), 'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.patient_id is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id), 'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_patient_id is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_patient_id is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_patient_id) in (
    select x.bxc_staged, x.bxc_old_patient_id
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_patient_id
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t.patient_id) in (
    select x.bxc_staged, x.patient_id
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x.patient_id
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t.patient_id) in (
    select x.bxc_staged, x.bxc_old_patient_id
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'D31 has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from D3 as s
    where s.patient_id = t.patient_id
      and s.patient_id = 188
      and not ((s.patient_id, s.medication_name, s.mechanism_of_action, s.clinical_data, s.dosage) is (t.patient_id, t.medication_name, t.mechanism_of_action, t.clinical_data, t.dosage))
      and (s.patient_id = 188 and (t.bxc_staged, t.patient_id) in (
        select x.bxc_staged, x.bxc_old_patient_id
        from bxc_judged as x
        where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.patient_id <> x.bxc_old_patient_id)
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'D31 has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.patient_id <> t.bxc_old_patient_id
  and exists (select 1 from D3 as s where s.patient_id = t.patient_id and s.patient_id = 188)
  and ((t.bxc_staged, t.patient_id) in (
    select x.bxc_staged, x.bxc_old_patient_id
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.patient_id <> x.bxc_old_patient_id)
  )) is not true
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'D3 has a row with the new key that D31 does not show'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.patient_id <> t.bxc_old_patient_id
  and exists (select 1 from D3 as s where s.patient_id = t.patient_id and (s.patient_id = 188) is not true)
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'D3 has a row with this key that D31 does not show'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (select 1 from D3 as s where s.patient_id = t.patient_id and (s.patient_id = 188) is not true)
  and not exists (
    select 1 from D3 as s
    where s.patient_id = t.patient_id
      and s.patient_id = 188
      and (s.patient_id = 188 and (t.bxc_staged, t.patient_id) in (
        select x.bxc_staged, x.bxc_old_patient_id
        from bxc_judged as x
        where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.patient_id <> x.bxc_old_patient_id)
      )) is not true
  )
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'patient_id is NULL'), (2, 'medication_name is NULL'), (3, 'medication_name is no text'),
    (4, 'mechanism_of_action is no text'), (5, 'clinical_data is no text'), (6, 'dosage is no text')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.patient_id is null
    when 2 then t.medication_name is null
    when 3 then not ((instr(cast(t.medication_name as blob), x'00') = 0 or instr(t.medication_name, char(0)) = 0))
    when 4 then not ((instr(cast(t.mechanism_of_action as blob), x'00') = 0 or instr(t.mechanism_of_action, char(0)) = 0))
    when 5 then not ((instr(cast(t.clinical_data as blob), x'00') = 0 or instr(t.clinical_data, char(0)) = 0))
    when 6 then not ((instr(cast(t.dosage as blob), x'00') = 0 or instr(t.dosage, char(0)) = 0))
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  'D31 has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from D3 as s where s.patient_id = t.bxc_old_patient_id and s.patient_id = 188)
union all
select 'BXC12', e.bxc_staged, e.bxc_key_patient_id, 'where of D31 is not true for the row'
from bxc_effect as e
where e.bxc_kind in ('insert', 'update', 'revive')
  and (e.patient_id = 188) is not true
union all
select 'BXC17', e.bxc_staged, e.bxc_key_patient_id, 'another row of D3 has the same patient_id'
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
select 'BXC17', e.bxc_staged, e.bxc_key_patient_id,
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
create view if not exists bxc_put_D31 (bxc_staged) as select null where 0;

create view if not exists bxc_delete_D31 as select * from bxc_work_D31;

create trigger if not exists bxc_at_delete_D31 instead of insert on bxc_delete_D31
begin
  delete from D3
  where D3.patient_id = new.bxc_old_patient_id
    and D3.patient_id = 188;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_D31 as select * from bxc_work_D31;

create trigger if not exists bxc_at_shift_D31 instead of insert on bxc_shift_D31
begin
  insert into bxc_change_D3 (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data,
    bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action,
    dosage
  )
  select
    'update', 'D31', s.patient_id, s.medication_name, s.clinical_data, s.mechanism_of_action, s.dosage,
    new.patient_id, new.medication_name, new.clinical_data, new.mechanism_of_action, new.dosage
  from D3 as s
  where s.patient_id = new.bxc_old_patient_id
    and s.patient_id = 188
    and (s.patient_id, s.medication_name, s.clinical_data, s.mechanism_of_action, s.dosage) is not (new.patient_id, new.medication_name, new.clinical_data, new.mechanism_of_action, new.dosage);
end;

create view if not exists bxc_rewrite_D31 as select * from bxc_change_D3;

create trigger if not exists bxc_at_rewrite_D31 instead of insert on bxc_rewrite_D31
begin
  update D3 set
    patient_id = new.patient_id, medication_name = new.medication_name, clinical_data = new.clinical_data,
    mechanism_of_action = new.mechanism_of_action, dosage = new.dosage
  where D3.patient_id = new.bxc_old_patient_id;
end;

create view if not exists bxc_rekey_D31 as select * from bxc_change_D3;

create trigger if not exists bxc_at_rekey_D31 instead of insert on bxc_rekey_D31
begin
  delete from D3
  where D3.patient_id = new.bxc_old_patient_id;
end;

create trigger if not exists bxc_move_D31 instead of insert on bxc_put_D31
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'D3',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_D3);

  insert into bxc_shift_D31
  select * from bxc_work_D31 as w
  where w.bxc_op = 'update' and w.patient_id <> w.bxc_old_patient_id;

  insert into bxc_rewrite_D31
  select * from bxc_change_D3 as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.patient_id is c.bxc_old_patient_id;

  insert into bxc_rekey_D31
  select * from bxc_change_D3 as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.patient_id is not c.bxc_old_patient_id;

  insert into D3 (
    patient_id, medication_name, clinical_data, mechanism_of_action, dosage
  )
  select
    c.patient_id, c.medication_name, c.clinical_data, c.mechanism_of_action, c.dosage
  from bxc_change_D3 as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.patient_id is not c.bxc_old_patient_id
  on conflict do nothing;

  select raise(abort, 'BXC17 D31: a constraint of the source would be broken; see bxc_violations_D31')
  where changes() <> (
    select count(*)
    from bxc_change_D3 as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.patient_id is not c.bxc_old_patient_id
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_D31 instead of insert on bxc_put_D31
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_D31 select * from bxc_delta_D31;

  insert into bxc_put_D31 values ('work');
end;

create trigger if not exists bxc_stage_new_D31 instead of insert on bxc_put_D31
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 D31: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D31')
  where exists (select x.patient_id from bxc_new_D31 as x where 1 group by x.patient_id having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_D31 (
    bxc_op, bxc_old_patient_id, patient_id, medication_name, mechanism_of_action, clinical_data, dosage
  )
  select
    iif(exists (select 1 from D3 as s where s.patient_id = w.patient_id and s.patient_id = 188), 'update', 'insert'),
    iif(exists (select 1 from D3 as s where s.patient_id = w.patient_id and s.patient_id = 188), w.patient_id, null),
    w.patient_id, w.medication_name, w.mechanism_of_action, w.clinical_data, w.dosage
  from bxc_new_D31 as w
  where not exists (select 1 from D3 as s where s.patient_id = w.patient_id and s.patient_id = 188 and (s.patient_id, s.medication_name, s.mechanism_of_action, s.clinical_data, s.dosage) is (w.patient_id, w.medication_name, w.mechanism_of_action, w.clinical_data, w.dosage));

  -- rows that are gone
  insert into bxc_work_D31 (bxc_op, bxc_old_patient_id)
  select 'delete', s.patient_id
  from D3 as s
  where s.patient_id = 188
    and not s.patient_id in (select x.patient_id from bxc_new_D31 as x where 1);

  insert into bxc_put_D31 values ('work');
end;

create trigger if not exists bxc_apply_D31 instead of insert on bxc_put_D31
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'D31',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_D3),
    written = 0,
    careful = exists (
      select 1 from bxc_work_D31 as w
      where w.bxc_op = 'insert' and (w.patient_id in (select x.bxc_old_patient_id from bxc_work_D31 as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.patient_id <> w.bxc_old_patient_id)
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_D31 as v)
    when 'BXC10' then raise(abort, 'BXC10 D31: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D31')
    when 'BXC11' then raise(abort, 'BXC11 D31: a key belongs to a source row that the view does not show; see bxc_violations_D31')
    when 'BXC12' then raise(abort, 'BXC12 D31: a row does not fulfil the condition of the view; see bxc_violations_D31')
    when 'BXC14' then raise(abort, 'BXC14 D31: a new row has no value for a key column that the view hides; see bxc_violations_D31')
    when 'BXC15' then raise(abort, 'BXC15 D31: a computed column is stated otherwise than its inputs give it; see bxc_violations_D31')
    when 'BXC16' then raise(abort, 'BXC16 D31: a value is outside its type, or NULL where the view has none; see bxc_violations_D31')
    when 'BXC17' then raise(abort, 'BXC17 D31: a constraint of the source would be broken; see bxc_violations_D31')
    when 'BXC18' then raise(abort, 'BXC18 D31: an update speaks of a key that no row has; see bxc_violations_D31')
    when 'BXC19' then raise(abort, 'BXC19 D31: a row must not vanish from the view; see bxc_violations_D31')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_D31
  select * from bxc_work_D31 as w
  where w.bxc_op = 'delete';

  update D3 set
    medication_name = w.medication_name, clinical_data = w.clinical_data,
    mechanism_of_action = w.mechanism_of_action, dosage = w.dosage
  from bxc_work_D31 as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.patient_id = w.bxc_old_patient_id
    and D3.patient_id = +w.bxc_old_patient_id
    and D3.patient_id = 188
    and (D3.medication_name, D3.clinical_data, D3.mechanism_of_action, D3.dosage) is not (w.medication_name, w.clinical_data, w.mechanism_of_action, w.dosage)
    and w.patient_id is not null
    and w.medication_name is not null
    and (instr(cast(w.medication_name as blob), x'00') = 0 or instr(w.medication_name, char(0)) = 0)
    and ((instr(cast(w.mechanism_of_action as blob), x'00') = 0 or instr(w.mechanism_of_action, char(0)) = 0)) is not false
    and ((instr(cast(w.clinical_data as blob), x'00') = 0 or instr(w.clinical_data, char(0)) = 0)) is not false
    and ((instr(cast(w.dosage as blob), x'00') = 0 or instr(w.dosage, char(0)) = 0)) is not false
    and (w.patient_id = 188) is true;
  update bxc_session set written = written + changes();

  insert into bxc_put_D31 select 'move' where (select careful from bxc_session);

  insert into D3 (
    patient_id, medication_name, clinical_data, mechanism_of_action, dosage
  )
  select
    w.patient_id, w.medication_name, w.clinical_data, w.mechanism_of_action, w.dosage
  from bxc_work_D31 as w
  where w.bxc_op = 'insert'
    and w.bxc_old_patient_id is null
    and not exists (select 1 from D3 as s where s.patient_id = w.patient_id)
    and w.patient_id is not null
    and w.medication_name is not null
    and (instr(cast(w.medication_name as blob), x'00') = 0 or instr(w.medication_name, char(0)) = 0)
    and ((instr(cast(w.mechanism_of_action as blob), x'00') = 0 or instr(w.mechanism_of_action, char(0)) = 0)) is not false
    and ((instr(cast(w.clinical_data as blob), x'00') = 0 or instr(w.clinical_data, char(0)) = 0)) is not false
    and ((instr(cast(w.dosage as blob), x'00') = 0 or instr(w.dosage, char(0)) = 0)) is not false
    and (w.patient_id = 188) is true
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_D31) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_patient_id from bxc_work_D31 as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_patient_id having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.patient_id from bxc_work_D31 as x where x.bxc_op in ('insert', 'update') group by x.patient_id having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_patient_id is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_patient_id is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.patient_id is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.patient_id is not null
              and w.medication_name is not null
              and (instr(cast(w.medication_name as blob), x'00') = 0 or instr(w.medication_name, char(0)) = 0)
              and ((instr(cast(w.mechanism_of_action as blob), x'00') = 0 or instr(w.mechanism_of_action, char(0)) = 0)) is not false
              and ((instr(cast(w.clinical_data as blob), x'00') = 0 or instr(w.clinical_data, char(0)) = 0)) is not false
              and ((instr(cast(w.dosage as blob), x'00') = 0 or instr(w.dosage, char(0)) = 0)) is not false
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_D31 as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when (w.patient_id = 188) is not true then 'BXC12'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select (s.patient_id = 188) is true as shown,
                case
                  when not ((s.patient_id, s.medication_name, s.mechanism_of_action, s.clinical_data, s.dosage) is (w.patient_id, w.medication_name, w.mechanism_of_action, w.clinical_data, w.dosage)) then 'BXC10'
                  else null
                end as code
              from D3 as s
              where s.patient_id = w.patient_id
            )
          ) as code
          from bxc_work_D31 as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when (w.patient_id = 188) is not true then 'BXC12'
                  when (s.medication_name, s.clinical_data, s.mechanism_of_action, s.dosage) is not (w.medication_name, w.clinical_data, w.mechanism_of_action, w.dosage) then 'BXC17'
                  else null
                end as code
              from D3 as s
              where s.patient_id = w.bxc_old_patient_id and s.patient_id = 188
            )
          ) as code
          from bxc_work_D31 as w
          where w.bxc_op = 'update'
        )
      ), null) as code
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
    when 'BXC10' then raise(abort, 'BXC10 D31: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D31')
    when 'BXC11' then raise(abort, 'BXC11 D31: a key belongs to a source row that the view does not show; see bxc_violations_D31')
    when 'BXC12' then raise(abort, 'BXC12 D31: a row does not fulfil the condition of the view; see bxc_violations_D31')
    when 'BXC14' then raise(abort, 'BXC14 D31: a new row has no value for a key column that the view hides; see bxc_violations_D31')
    when 'BXC15' then raise(abort, 'BXC15 D31: a computed column is stated otherwise than its inputs give it; see bxc_violations_D31')
    when 'BXC16' then raise(abort, 'BXC16 D31: a value is outside its type, or NULL where the view has none; see bxc_violations_D31')
    when 'BXC17' then raise(abort, 'BXC17 D31: a constraint of the source would be broken; see bxc_violations_D31')
    when 'BXC18' then raise(abort, 'BXC18 D31: an update speaks of a key that no row has; see bxc_violations_D31')
    when 'BXC19' then raise(abort, 'BXC19 D31: a row must not vanish from the view; see bxc_violations_D31')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_D31;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_D31 instead of insert on D31
begin
  insert into bxc_work_D31 (
    bxc_op, bxc_old_patient_id, patient_id, medication_name, mechanism_of_action, clinical_data, dosage
  ) values (
    'insert', null, new.patient_id, new.medication_name, new.mechanism_of_action, new.clinical_data, new.dosage
  );
  insert into bxc_put_D31 values ('work');
  select raise(abort, 'BXC13 D31: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D3)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_D31 instead of update on D31
begin
  insert into bxc_work_D31 (
    bxc_op, bxc_old_patient_id, patient_id, medication_name, mechanism_of_action, clinical_data, dosage
  ) values (
    'update', old.patient_id, new.patient_id, new.medication_name, new.mechanism_of_action, new.clinical_data,
    new.dosage
  );
  insert into bxc_put_D31 values ('work');
  select raise(abort, 'BXC13 D31: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D3)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_D31 instead of delete on D31
begin
  insert into bxc_work_D31 (
    bxc_op, bxc_old_patient_id, patient_id, medication_name, mechanism_of_action, clinical_data, dosage
  ) values (
    'delete', old.patient_id, null, null, null, null, null
  );
  insert into bxc_put_D31 values ('work');
  select raise(abort, 'BXC13 D31: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_D3)
    and not (select loading from bxc_session);
end;

-- rights to edit D3 where that changes D31
create trigger if not exists bxc_rights_insert_D31 after insert on D3
when exists (select 1 from bxc_session where putting is null and not loading)
  and new.patient_id = 188
  and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 D31: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_D31 after delete on D3
when exists (select 1 from bxc_session where putting is null and not loading)
  and old.patient_id = 188
  and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 D31: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_D31 after update of patient_id, medication_name, clinical_data, mechanism_of_action, dosage on D3
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.patient_id, old.medication_name, old.clinical_data, old.mechanism_of_action, old.dosage) is not (new.patient_id, new.medication_name, new.clinical_data, new.mechanism_of_action, new.dosage)
begin
  select case
    when new.patient_id = 188
        and (old.patient_id = 188) is not true
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'insert' and attribute = '' and granted) then raise(abort, 'BXC13 D31: this peer has no right to insert rows')
    when old.patient_id = 188
        and (new.patient_id = 188) is not true
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'delete' and attribute = '' and granted) then raise(abort, 'BXC13 D31: this peer has no right to delete rows')
    when old.patient_id is not new.patient_id
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'patient_id' and granted)
        and old.patient_id = 188
        and new.patient_id = 188 then raise(abort, 'BXC13 D31: this peer has no right to update patient_id')
    when old.medication_name is not new.medication_name
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'medication_name' and granted)
        and old.patient_id = 188
        and new.patient_id = 188 then raise(abort, 'BXC13 D31: this peer has no right to update medication_name')
    when old.mechanism_of_action is not new.mechanism_of_action
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'mechanism_of_action' and granted)
        and old.patient_id = 188
        and new.patient_id = 188 then raise(abort, 'BXC13 D31: this peer has no right to update mechanism_of_action')
    when old.clinical_data is not new.clinical_data
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'clinical_data' and granted)
        and old.patient_id = 188
        and new.patient_id = 188 then raise(abort, 'BXC13 D31: this peer has no right to update clinical_data')
    when old.dosage is not new.dosage
        and not exists (select 1 from bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'dosage' and granted)
        and old.patient_id = 188
        and new.patient_id = 188 then raise(abort, 'BXC13 D31: this peer has no right to update dosage')
  end;
end;
