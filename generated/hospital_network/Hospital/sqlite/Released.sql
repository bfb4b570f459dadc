-- Released: view of Prescription, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Released as
select
  s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released
from Prescription as s
where s.released;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_Released (
  rx text, patient_id integer, drug text, quantity integer, dispensed integer, unit_price integer,
  prescriber text, released integer
) strict;

create table if not exists bxc_delta_Released (
  bxc_op text, bxc_old_rx text, rx text, patient_id integer, drug text, quantity integer, dispensed integer,
  unit_price integer, prescriber text, released integer
) strict;

create table if not exists bxc_work_Released (
  bxc_op text, bxc_old_rx text, rx text, patient_id integer, drug text, quantity integer, dispensed integer,
  unit_price integer, prescriber text, released integer
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_Released (bxc_code, bxc_staged, rx, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
    from bxc_delta_Released
    where (select putting from bxc_session) is null
    union all
    select 'new', iif(exists (select 1 from Prescription as s where s.rx = w.rx and s.released), 'update', 'insert'),
      iif(exists (select 1 from Prescription as s where s.rx = w.rx and s.released), w.rx, null) as bxc_old_rx, rx,
      patient_id, drug, quantity, dispensed, unit_price, prescriber, released
    from bxc_new_Released as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from Prescription as s
        where s.rx = w.rx
          and s.released
          and (s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released) is (w.rx, w.patient_id, w.drug, w.quantity, w.dispensed, w.unit_price, w.prescriber, w.released)
      )
      or w.rx in (select x.rx from bxc_new_Released as x where 1 group by x.rx having count(*) > 1))
    union all
    select 'new', 'delete', s.rx, null, null, null, null, null, null, null, null
    from bxc_session as i
    cross join Prescription as s
    where i.putting is null
      and exists (select 1 from bxc_new_Released)
      and s.released
      and not s.rx in (select x.rx from bxc_new_Released as x where x.rx is not null)
    union all
    select 'work', bxc_op, bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
    from bxc_work_Released
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.rx as bxc_key_rx, s.rx as bxc_old_rx,
      s.patient_id as bxc_old_patient_id, s.drug as bxc_old_drug, s.quantity as bxc_old_quantity,
      s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber,
      s.released as bxc_old_released, w.rx as rx, w.patient_id as patient_id, w.drug as drug, w.quantity as quantity,
      w.dispensed as dispensed, w.unit_price as unit_price, w.prescriber as prescriber, w.released as released
    from bxc_judged as w
    cross join Prescription as s on s.rx = w.bxc_old_rx
    where likelihood(w.bxc_op = 'update', 0.0000001)
      and s.released
    union all
    select w.bxc_staged as bxc_staged, 'set' as bxc_kind, w.bxc_old_rx as bxc_key_rx, s.rx as bxc_old_rx,
      s.patient_id as bxc_old_patient_id, s.drug as bxc_old_drug, s.quantity as bxc_old_quantity,
      s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber,
      s.released as bxc_old_released, s.rx as rx, s.patient_id as patient_id, s.drug as drug, s.quantity as quantity,
      s.dispensed as dispensed, s.unit_price as unit_price, s.prescriber as prescriber, 0 as released
    from bxc_judged as w
    cross join Prescription as s on s.rx = w.bxc_old_rx
    where likelihood(w.bxc_op = 'delete', 0.0000001)
      and s.released
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.rx as bxc_key_rx, null as bxc_old_rx,
      null as bxc_old_patient_id, null as bxc_old_drug, null as bxc_old_quantity, null as bxc_old_dispensed,
      null as bxc_old_unit_price, null as bxc_old_prescriber, null as bxc_old_released, w.rx as rx,
      w.patient_id as patient_id, w.drug as drug, w.quantity as quantity, w.dispensed as dispensed,
      w.unit_price as unit_price, w.prescriber as prescriber, w.released as released
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from Prescription as s
        where s.rx = w.rx
          and (s.released and (w.bxc_staged, w.rx) in (
            select x.bxc_staged, x.bxc_old_rx
            from bxc_judged as x
            where x.bxc_op = 'update' and x.rx <> x.bxc_old_rx
          )) is not true
      )
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.rx, a.patient_id, a.drug, a.quantity, a.dispensed, a.unit_price, a.prescriber, a.released)
          is not (a.bxc_old_rx, a.bxc_old_patient_id, a.bxc_old_drug, a.bxc_old_quantity, a.bxc_old_dispensed,
          a.bxc_old_unit_price, a.bxc_old_prescriber, a.bxc_old_released) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.rx, a.patient_id, a.drug, a.quantity, a.dispensed, a.unit_price, a.prescriber, a.released)
          is not (a.bxc_old_rx, a.bxc_old_patient_id, a.bxc_old_drug, a.bxc_old_quantity, a.bxc_old_dispensed,
          a.bxc_old_unit_price, a.bxc_old_prescriber, a.bxc_old_released) as bxc_made
    from bxc_every_effect as a
  )
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx), 'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.rx is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx), 'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_rx is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx), 'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_rx is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_rx) in (
    select x.bxc_staged, x.bxc_old_rx
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_rx
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx), 'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t.rx) in (
    select x.bxc_staged, x.rx
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x.rx
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t.rx) in (
    select x.bxc_staged, x.bxc_old_rx
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'Released has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from Prescription as s
    where s.rx = t.rx
      and s.released
      and not ((s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released) is (t.rx, t.patient_id, t.drug, t.quantity, t.dispensed, t.unit_price, t.prescriber, t.released))
      and (s.released and (t.bxc_staged, t.rx) in (
        select x.bxc_staged, x.bxc_old_rx
        from bxc_judged as x
        where x.bxc_op = 'update' and x.rx <> x.bxc_old_rx
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'Released has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.rx <> t.bxc_old_rx
  and exists (select 1 from Prescription as s where s.rx = t.rx and s.released)
  and ((t.bxc_staged, t.rx) in (
    select x.bxc_staged, x.bxc_old_rx
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.rx <> x.bxc_old_rx)
  )) is not true
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'Prescription has a row with the new key that Released does not show'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.rx <> t.bxc_old_rx
  and exists (select 1 from Prescription as s where s.rx = t.rx and (s.released) is not true)
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'the row that had the new key is hidden by this put, and keeps it'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.rx <> t.bxc_old_rx
  and (t.bxc_staged, t.rx) in (
    select x.bxc_staged, x.bxc_old_rx
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
  and exists (select 1 from Prescription as s where s.rx = t.rx and s.released)
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'Prescription has a row with this key that Released does not show'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (select 1 from Prescription as s where s.rx = t.rx and (s.released) is not true)
  and not exists (
    select 1 from Prescription as s
    where s.rx = t.rx
      and s.released
      and (s.released and (t.bxc_staged, t.rx) in (
        select x.bxc_staged, x.bxc_old_rx
        from bxc_judged as x
        where x.bxc_op = 'update' and x.rx <> x.bxc_old_rx
      )) is not true
  )
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'rx is NULL'), (2, 'rx is no uuid'), (3, 'patient_id is NULL'), (4, 'drug is NULL'),
    (5, 'drug is no varchar(60)'), (6, 'quantity is NULL'), (7, 'dispensed is NULL'),
    (8, 'unit_price is no decimal(8,2)'), (9, 'prescriber is NULL'), (10, 'prescriber is no text'),
    (11, 'released is NULL'), (12, 'released is no bool')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.rx is null
    when 2 then not (t.rx glob '????????-????-????-????-????????????' and t.rx not glob '*[^-0-9a-f]*' and length(replace(t.rx, '-', '')) = 32)
    when 3 then t.patient_id is null
    when 4 then t.drug is null
    when 5 then not (length(t.drug) <= 60 and (instr(cast(t.drug as blob), x'00') = 0 or instr(t.drug, char(0)) = 0))
    when 6 then t.quantity is null
    when 7 then t.dispensed is null
    when 8 then not (t.unit_price between -99999999 and 99999999)
    when 9 then t.prescriber is null
    when 10 then not ((instr(cast(t.prescriber as blob), x'00') = 0 or instr(t.prescriber, char(0)) = 0))
    when 11 then t.released is null
    when 12 then not (t.released in (0, 1))
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx), 'Released has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from Prescription as s where s.rx = t.bxc_old_rx and s.released)
union all
select 'BXC12', e.bxc_staged, e.bxc_key_rx, 'where of Released is not true for the row'
from bxc_effect as e
where e.bxc_kind in ('insert', 'update', 'revive')
  and (e.released) is not true
union all
select 'BXC19', e.bxc_staged, e.bxc_key_rx, 'Released would still show the row'
from bxc_effect as e
where e.bxc_kind = 'set'
  and (e.released) is true
union all
select 'BXC17', e.bxc_staged, e.bxc_key_rx, 'check amounts is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e.quantity, e.dispensed) is not (e.bxc_old_quantity, e.bxc_old_dispensed))
  and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_rx, 'another row of Prescription has the same rx'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.rx is not e.bxc_old_rx)
  and e.rx is not null
  and (exists (
    select 1 from Prescription as s
    where s.rx = e.rx
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_rx = s.rx
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.rx = e.rx
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ))
union all
select 'BXC17', e.bxc_staged, e.bxc_key_rx, 'no row of Patient for patient_id'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.patient_id is not e.bxc_old_patient_id)
  and e.patient_id is not null
  and not exists (select 1 from Patient as r where r.patient_id = e.patient_id);

-- the put
create view if not exists bxc_put_Released (bxc_staged) as select null where 0;

create view if not exists bxc_delete_Released as select * from bxc_work_Released;

create trigger if not exists bxc_at_delete_Released instead of insert on bxc_delete_Released
begin
  update Prescription set released = 0
  where Prescription.rx = new.bxc_old_rx
    and Prescription.released;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_Released as select * from bxc_work_Released;

create trigger if not exists bxc_at_shift_Released instead of insert on bxc_shift_Released
begin
  insert into bxc_change_Prescription (
    bxc_op, bxc_via, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
    bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed,
    unit_price, prescriber, released
  )
  select
    'update', 'Released', s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber,
    s.released, new.rx, new.patient_id, new.drug, new.quantity, new.dispensed, new.unit_price, new.prescriber,
    new.released
  from Prescription as s
  where s.rx = new.bxc_old_rx
    and s.released
    and (s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released) is not (new.rx, new.patient_id, new.drug, new.quantity, new.dispensed, new.unit_price, new.prescriber, new.released);
end;

create view if not exists bxc_rewrite_Released as select * from bxc_change_Prescription;

create trigger if not exists bxc_at_rewrite_Released instead of insert on bxc_rewrite_Released
begin
  update Prescription set
    rx = new.rx, patient_id = new.patient_id, drug = new.drug, quantity = new.quantity, dispensed = new.dispensed,
    unit_price = new.unit_price, prescriber = new.prescriber, released = new.released
  where Prescription.rx = new.bxc_old_rx;
end;

create view if not exists bxc_rekey_Released as select * from bxc_change_Prescription;

create trigger if not exists bxc_at_rekey_Released instead of insert on bxc_rekey_Released
begin
  delete from Prescription
  where Prescription.rx = new.bxc_old_rx;
end;

create trigger if not exists bxc_move_Released instead of insert on bxc_put_Released
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'Prescription',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_Prescription);

  insert into bxc_shift_Released
  select * from bxc_work_Released as w
  where w.bxc_op = 'update' and w.rx <> w.bxc_old_rx;

  insert into bxc_rewrite_Released
  select * from bxc_change_Prescription as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.rx is c.bxc_old_rx;

  insert into bxc_rekey_Released
  select * from bxc_change_Prescription as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.rx is not c.bxc_old_rx;

  insert into Prescription (
    rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
  )
  select
    c.rx, c.patient_id, c.drug, c.quantity, c.dispensed, c.unit_price, c.prescriber, c.released
  from bxc_change_Prescription as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.rx is not c.bxc_old_rx
  on conflict do nothing;

  select raise(abort, 'BXC17 Released: a constraint of the source would be broken; see bxc_violations_Released')
  where changes() <> (
    select count(*)
    from bxc_change_Prescription as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.rx is not c.bxc_old_rx
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_Released instead of insert on bxc_put_Released
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_Released select * from bxc_delta_Released;

  insert into bxc_put_Released values ('work');
end;

create trigger if not exists bxc_stage_new_Released instead of insert on bxc_put_Released
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 Released: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Released')
  where exists (select x.rx from bxc_new_Released as x where 1 group by x.rx having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_Released (
    bxc_op, bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
  )
  select
    iif(exists (select 1 from Prescription as s where s.rx = w.rx and s.released), 'update', 'insert'),
    iif(exists (select 1 from Prescription as s where s.rx = w.rx and s.released), w.rx, null),
    w.rx, w.patient_id, w.drug, w.quantity, w.dispensed, w.unit_price, w.prescriber, w.released
  from bxc_new_Released as w
  where not exists (select 1 from Prescription as s where s.rx = w.rx and s.released and (s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released) is (w.rx, w.patient_id, w.drug, w.quantity, w.dispensed, w.unit_price, w.prescriber, w.released));

  -- rows that are gone
  insert into bxc_work_Released (bxc_op, bxc_old_rx)
  select 'delete', s.rx
  from Prescription as s
  where s.released
    and not s.rx in (select x.rx from bxc_new_Released as x where 1);

  insert into bxc_put_Released values ('work');
end;

create trigger if not exists bxc_apply_Released instead of insert on bxc_put_Released
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'Released',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_Prescription),
    written = 0,
    careful = exists (
      select 1 from bxc_work_Released as w
      where w.bxc_op = 'insert' and (w.rx in (select x.bxc_old_rx from bxc_work_Released as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.rx <> w.bxc_old_rx)
        or w.bxc_op = 'delete' and (exists (select 1 from Prescription as s where s.rx = w.bxc_old_rx and s.released and (((0) is true) or ((s.quantity, s.dispensed) is not (s.quantity, s.dispensed) and (s.quantity >= 1 and s.quantity <= 1000 and s.dispensed >= 0 and s.dispensed <= 1000) is false))))
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_Released as v)
    when 'BXC10' then raise(abort, 'BXC10 Released: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Released')
    when 'BXC11' then raise(abort, 'BXC11 Released: a key belongs to a source row that the view does not show; see bxc_violations_Released')
    when 'BXC12' then raise(abort, 'BXC12 Released: a row does not fulfil the condition of the view; see bxc_violations_Released')
    when 'BXC14' then raise(abort, 'BXC14 Released: a new row has no value for a key column that the view hides; see bxc_violations_Released')
    when 'BXC15' then raise(abort, 'BXC15 Released: a computed column is stated otherwise than its inputs give it; see bxc_violations_Released')
    when 'BXC16' then raise(abort, 'BXC16 Released: a value is outside its type, or NULL where the view has none; see bxc_violations_Released')
    when 'BXC17' then raise(abort, 'BXC17 Released: a constraint of the source would be broken; see bxc_violations_Released')
    when 'BXC18' then raise(abort, 'BXC18 Released: an update speaks of a key that no row has; see bxc_violations_Released')
    when 'BXC19' then raise(abort, 'BXC19 Released: a row must not vanish from the view; see bxc_violations_Released')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_Released
  select * from bxc_work_Released as w
  where w.bxc_op = 'delete';

  update Prescription set
    patient_id = w.patient_id, drug = w.drug, quantity = w.quantity, dispensed = w.dispensed,
    unit_price = w.unit_price, prescriber = w.prescriber, released = w.released
  from bxc_work_Released as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.rx = w.bxc_old_rx
    and Prescription.rx = +w.bxc_old_rx
    and Prescription.released
    and (Prescription.patient_id, Prescription.drug, Prescription.quantity, Prescription.dispensed, Prescription.unit_price, Prescription.prescriber, Prescription.released) is not (w.patient_id, w.drug, w.quantity, w.dispensed, w.unit_price, w.prescriber, w.released)
    and w.rx is not null
    and w.rx glob '????????-????-????-????-????????????' and w.rx not glob '*[^-0-9a-f]*' and length(replace(w.rx, '-', '')) = 32
    and w.patient_id is not null
    and w.drug is not null
    and length(w.drug) <= 60 and (instr(cast(w.drug as blob), x'00') = 0 or instr(w.drug, char(0)) = 0)
    and w.quantity is not null
    and w.dispensed is not null
    and (w.unit_price between -99999999 and 99999999) is not false
    and w.prescriber is not null
    and (instr(cast(w.prescriber as blob), x'00') = 0 or instr(w.prescriber, char(0)) = 0)
    and w.released is not null
    and w.released in (0, 1)
    and (w.released) is true
    and ((w.quantity, w.dispensed) is (Prescription.quantity, Prescription.dispensed) or (w.quantity >= 1 and w.quantity <= 1000 and w.dispensed >= 0 and w.dispensed <= 1000) is not false);
  update bxc_session set written = written + changes();

  insert into bxc_put_Released select 'move' where (select careful from bxc_session);

  insert into Prescription (
    rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
  )
  select
    w.rx, w.patient_id, w.drug, w.quantity, w.dispensed, w.unit_price, w.prescriber, w.released
  from bxc_work_Released as w
  where w.bxc_op = 'insert'
    and w.bxc_old_rx is null
    and not exists (select 1 from Prescription as s where s.rx = w.rx)
    and w.rx is not null
    and w.rx glob '????????-????-????-????-????????????' and w.rx not glob '*[^-0-9a-f]*' and length(replace(w.rx, '-', '')) = 32
    and w.patient_id is not null
    and w.drug is not null
    and length(w.drug) <= 60 and (instr(cast(w.drug as blob), x'00') = 0 or instr(w.drug, char(0)) = 0)
    and w.quantity is not null
    and w.dispensed is not null
    and (w.unit_price between -99999999 and 99999999) is not false
    and w.prescriber is not null
    and (instr(cast(w.prescriber as blob), x'00') = 0 or instr(w.prescriber, char(0)) = 0)
    and w.released is not null
    and w.released in (0, 1)
    and (w.released) is true
    and (w.quantity >= 1 and w.quantity <= 1000 and w.dispensed >= 0 and w.dispensed <= 1000) is not false
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_Released) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_rx from bxc_work_Released as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_rx having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.rx from bxc_work_Released as x where x.bxc_op in ('insert', 'update') group by x.rx having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_rx is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_rx is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.rx is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.rx is not null
              and w.rx glob '????????-????-????-????-????????????' and w.rx not glob '*[^-0-9a-f]*' and length(replace(w.rx, '-', '')) = 32
              and w.patient_id is not null
              and w.drug is not null
              and length(w.drug) <= 60 and (instr(cast(w.drug as blob), x'00') = 0 or instr(w.drug, char(0)) = 0)
              and w.quantity is not null
              and w.dispensed is not null
              and (w.unit_price between -99999999 and 99999999) is not false
              and w.prescriber is not null
              and (instr(cast(w.prescriber as blob), x'00') = 0 or instr(w.prescriber, char(0)) = 0)
              and w.released is not null
              and w.released in (0, 1)
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_Released as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when (w.released) is not true then 'BXC12'
                  when (w.quantity >= 1 and w.quantity <= 1000 and w.dispensed >= 0 and w.dispensed <= 1000) is false then 'BXC17'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select (s.released) is true as shown,
                case
                  when not ((s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released) is (w.rx, w.patient_id, w.drug, w.quantity, w.dispensed, w.unit_price, w.prescriber, w.released)) then 'BXC10'
                  else null
                end as code
              from Prescription as s
              where s.rx = w.rx
            )
          ) as code
          from bxc_work_Released as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when (w.released) is not true then 'BXC12'
                  when (w.quantity, w.dispensed) is not (s.quantity, s.dispensed) and (w.quantity >= 1 and w.quantity <= 1000 and w.dispensed >= 0 and w.dispensed <= 1000) is false then 'BXC17'
                  when (s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released) is not (w.patient_id, w.drug, w.quantity, w.dispensed, w.unit_price, w.prescriber, w.released) then 'BXC17'
                  else null
                end as code
              from Prescription as s
              where s.rx = w.bxc_old_rx and s.released
            )
          ) as code
          from bxc_work_Released as w
          where w.bxc_op = 'update'
        )
      ), null) as code
      union all
      select 'BXC17' where exists (
            select 1 from bxc_change_Prescription as c
            where c.bxc_seq > (select mark from bxc_session)
            and c.patient_id is not null
            and (c.bxc_op = 'insert' or c.patient_id is not c.bxc_old_patient_id)
            and not exists (select 1 from Patient as t where t.patient_id = c.patient_id)
          )
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 Released: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Released')
    when 'BXC11' then raise(abort, 'BXC11 Released: a key belongs to a source row that the view does not show; see bxc_violations_Released')
    when 'BXC12' then raise(abort, 'BXC12 Released: a row does not fulfil the condition of the view; see bxc_violations_Released')
    when 'BXC14' then raise(abort, 'BXC14 Released: a new row has no value for a key column that the view hides; see bxc_violations_Released')
    when 'BXC15' then raise(abort, 'BXC15 Released: a computed column is stated otherwise than its inputs give it; see bxc_violations_Released')
    when 'BXC16' then raise(abort, 'BXC16 Released: a value is outside its type, or NULL where the view has none; see bxc_violations_Released')
    when 'BXC17' then raise(abort, 'BXC17 Released: a constraint of the source would be broken; see bxc_violations_Released')
    when 'BXC18' then raise(abort, 'BXC18 Released: an update speaks of a key that no row has; see bxc_violations_Released')
    when 'BXC19' then raise(abort, 'BXC19 Released: a row must not vanish from the view; see bxc_violations_Released')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_Released;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_Released instead of insert on Released
begin
  insert into bxc_work_Released (
    bxc_op, bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
  ) values (
    'insert', null, new.rx, new.patient_id, new.drug, new.quantity, new.dispensed, new.unit_price, new.prescriber,
    new.released
  );
  insert into bxc_put_Released values ('work');
  select raise(abort, 'BXC13 Released: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Prescription)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_Released instead of update on Released
begin
  insert into bxc_work_Released (
    bxc_op, bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
  ) values (
    'update', old.rx, new.rx, new.patient_id, new.drug, new.quantity, new.dispensed, new.unit_price,
    new.prescriber, new.released
  );
  insert into bxc_put_Released values ('work');
  select raise(abort, 'BXC13 Released: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Prescription)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_Released instead of delete on Released
begin
  insert into bxc_work_Released (
    bxc_op, bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
  ) values (
    'delete', old.rx, null, null, null, null, null, null, null, null
  );
  insert into bxc_put_Released values ('work');
  select raise(abort, 'BXC13 Released: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Prescription)
    and not (select loading from bxc_session);
end;
