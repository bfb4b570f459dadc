-- RxAtPharmacy: view of Dispensing, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists RxAtPharmacy as
select
  s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.quantity - s.dispensed as outstanding
from Dispensing as s;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_RxAtPharmacy (
  rx text, drug text, quantity integer, dispensed integer, unit_price integer, outstanding integer
) strict;

create table if not exists bxc_delta_RxAtPharmacy (
  bxc_op text, bxc_old_rx text, rx text, drug text, quantity integer, dispensed integer, unit_price integer,
  outstanding integer
) strict;

create table if not exists bxc_work_RxAtPharmacy (
  bxc_op text, bxc_old_rx text, rx text, drug text, quantity integer, dispensed integer, unit_price integer,
  outstanding integer
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_RxAtPharmacy (bxc_code, bxc_staged, rx, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_rx, rx, drug, quantity, dispensed, unit_price, outstanding
    from bxc_delta_RxAtPharmacy
    where (select putting from bxc_session) is null
    union all
    select 'new', iif(exists (select 1 from Dispensing as s where s.rx = w.rx), 'update', 'insert'),
      iif(exists (select 1 from Dispensing as s where s.rx = w.rx), w.rx, null) as bxc_old_rx, rx, drug, quantity,
      dispensed, unit_price, outstanding
    from bxc_new_RxAtPharmacy as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from Dispensing as s
        where s.rx = w.rx
          and (s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.quantity - s.dispensed) is (w.rx, w.drug, w.quantity, w.dispensed, w.unit_price, w.outstanding)
      )
      or w.rx in (select x.rx from bxc_new_RxAtPharmacy as x where 1 group by x.rx having count(*) > 1))
    union all
    select 'new', 'delete', s.rx, null, null, null, null, null, null
    from bxc_session as i
    cross join Dispensing as s
    where i.putting is null
      and exists (select 1 from bxc_new_RxAtPharmacy)
      and not s.rx in (select x.rx from bxc_new_RxAtPharmacy as x where x.rx is not null)
    union all
    select 'work', bxc_op, bxc_old_rx, rx, drug, quantity, dispensed, unit_price, outstanding
    from bxc_work_RxAtPharmacy
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.rx as bxc_key_rx, w.outstanding as bxc_stated_outstanding,
      s.rx as bxc_old_rx, s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
      s.unit_price as bxc_old_unit_price, s.batch as bxc_old_batch, w.rx as rx, w.drug as drug,
      w.quantity as quantity, w.dispensed as dispensed, w.unit_price as unit_price, s.batch as batch
    from bxc_judged as w
    cross join Dispensing as s on s.rx = w.bxc_old_rx
    where likelihood(w.bxc_op = 'update', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'delete' as bxc_kind, w.bxc_old_rx as bxc_key_rx,
      w.outstanding as bxc_stated_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
      s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
      s.batch as bxc_old_batch, null as rx, null as drug, null as quantity, null as dispensed, null as unit_price,
      null as batch
    from bxc_judged as w
    cross join Dispensing as s on s.rx = w.bxc_old_rx
    where likelihood(w.bxc_op = 'delete', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.rx as bxc_key_rx, w.outstanding as bxc_stated_outstanding,
      null as bxc_old_rx, null as bxc_old_drug, null as bxc_old_quantity, null as bxc_old_dispensed,
      null as bxc_old_unit_price, null as bxc_old_batch, w.rx as rx, w.drug as drug, w.quantity as quantity,
      w.dispensed as dispensed, w.unit_price as unit_price, null as batch
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from Dispensing as s
        where s.rx = w.rx
          and ((w.bxc_staged, w.rx) in (
            select x.bxc_staged, x.bxc_old_rx
            from bxc_judged as x
            where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.rx <> x.bxc_old_rx)
          )) is not true
      )
    union all
    select w.bxc_staged as bxc_staged, 'keep' as bxc_kind, w.rx as bxc_key_rx, w.outstanding as bxc_stated_outstanding,
      s.rx as bxc_old_rx, s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
      s.unit_price as bxc_old_unit_price, s.batch as bxc_old_batch, w.rx as rx, w.drug as drug,
      w.quantity as quantity, w.dispensed as dispensed, w.unit_price as unit_price, s.batch as batch
    from bxc_judged as w
    cross join Dispensing as s on s.rx = w.rx
    where likelihood(w.bxc_op = 'insert', 0.0000001)
      and ((w.bxc_staged, w.rx) in (select x.bxc_staged, x.bxc_old_rx from bxc_judged as x where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.rx <> x.bxc_old_rx))) is not true
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.rx, a.drug, a.quantity, a.dispensed, a.unit_price, a.batch)
          is not (a.bxc_old_rx, a.bxc_old_drug, a.bxc_old_quantity, a.bxc_old_dispensed, a.bxc_old_unit_price,
          a.bxc_old_batch) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.rx, a.drug, a.quantity, a.dispensed, a.unit_price, a.batch)
          is not (a.bxc_old_rx, a.bxc_old_drug, a.bxc_old_quantity, a.bxc_old_dispensed, a.bxc_old_unit_price,
          a.bxc_old_batch) as bxc_made
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
  'RxAtPharmacy has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from Dispensing as s
    where s.rx = t.rx
      and not ((s.rx, s.drug, s.quantity, s.dispensed, s.unit_price) is (t.rx, t.drug, t.quantity, t.dispensed, t.unit_price))
      and ((t.bxc_staged, t.rx) in (
        select x.bxc_staged, x.bxc_old_rx
        from bxc_judged as x
        where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.rx <> x.bxc_old_rx)
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'RxAtPharmacy has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.rx <> t.bxc_old_rx
  and exists (select 1 from Dispensing as s where s.rx = t.rx)
  and ((t.bxc_staged, t.rx) in (
    select x.bxc_staged, x.bxc_old_rx
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.rx <> x.bxc_old_rx)
  )) is not true
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
    (1, 'rx is NULL'), (2, 'rx is no uuid'), (3, 'drug is NULL'), (4, 'drug is no varchar(60)'),
    (5, 'quantity is NULL'), (6, 'dispensed is NULL'), (7, 'unit_price is no decimal(8,2)'),
    (8, 'outstanding is NULL')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.rx is null
    when 2 then not (t.rx glob '????????-????-????-????-????????????' and t.rx not glob '*[^-0-9a-f]*' and length(replace(t.rx, '-', '')) = 32)
    when 3 then t.drug is null
    when 4 then not (length(t.drug) <= 60 and (instr(cast(t.drug as blob), x'00') = 0 or instr(t.drug, char(0)) = 0))
    when 5 then t.quantity is null
    when 6 then t.dispensed is null
    when 7 then not (t.unit_price between -99999999 and 99999999)
    when 8 then t.outstanding is null
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_rx, t.rx),
  'RxAtPharmacy has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from Dispensing as s where s.rx = t.bxc_old_rx)
union all
select 'BXC15', e.bxc_staged, e.bxc_key_rx, 'outstanding is computed, and stated otherwise'
from bxc_effect as e
where e.bxc_kind in ('insert', 'update', 'revive', 'keep')
  and e.bxc_stated_outstanding is not (e.quantity - e.dispensed)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_rx, 'check amounts is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e.quantity, e.dispensed) is not (e.bxc_old_quantity, e.bxc_old_dispensed))
  and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_rx, 'another row of Dispensing has the same rx'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.rx is not e.bxc_old_rx)
  and e.rx is not null
  and (exists (
    select 1 from Dispensing as s
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
  ));

-- the put
create view if not exists bxc_put_RxAtPharmacy (bxc_staged) as select null where 0;

create view if not exists bxc_delete_RxAtPharmacy as select * from bxc_work_RxAtPharmacy;

create trigger if not exists bxc_at_delete_RxAtPharmacy instead of insert on bxc_delete_RxAtPharmacy
begin
  delete from Dispensing
  where Dispensing.rx = new.bxc_old_rx;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_RxAtPharmacy as select * from bxc_work_RxAtPharmacy;

create trigger if not exists bxc_at_shift_RxAtPharmacy instead of insert on bxc_shift_RxAtPharmacy
begin
  insert into bxc_change_Dispensing (
    bxc_op, bxc_via, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
    bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
  )
  select
    'update', 'RxAtPharmacy', s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.batch, new.rx, new.drug,
    new.quantity, new.dispensed, new.unit_price, s.batch
  from Dispensing as s
  where s.rx = new.bxc_old_rx
    and (s.rx, s.drug, s.quantity, s.dispensed, s.unit_price) is not (new.rx, new.drug, new.quantity, new.dispensed, new.unit_price);
end;

create view if not exists bxc_rewrite_RxAtPharmacy as select * from bxc_change_Dispensing;

create trigger if not exists bxc_at_rewrite_RxAtPharmacy instead of insert on bxc_rewrite_RxAtPharmacy
begin
  update Dispensing set
    rx = new.rx, drug = new.drug, quantity = new.quantity, dispensed = new.dispensed, unit_price = new.unit_price
  where Dispensing.rx = new.bxc_old_rx;
end;

create view if not exists bxc_rekey_RxAtPharmacy as select * from bxc_change_Dispensing;

create trigger if not exists bxc_at_rekey_RxAtPharmacy instead of insert on bxc_rekey_RxAtPharmacy
begin
  delete from Dispensing
  where Dispensing.rx = new.bxc_old_rx;
end;

create trigger if not exists bxc_move_RxAtPharmacy instead of insert on bxc_put_RxAtPharmacy
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'Dispensing',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_Dispensing);

  insert into bxc_shift_RxAtPharmacy
  select * from bxc_work_RxAtPharmacy as w
  where w.bxc_op = 'update' and w.rx <> w.bxc_old_rx;

  insert into bxc_rewrite_RxAtPharmacy
  select * from bxc_change_Dispensing as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.rx is c.bxc_old_rx;

  insert into bxc_rekey_RxAtPharmacy
  select * from bxc_change_Dispensing as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.rx is not c.bxc_old_rx;

  insert into Dispensing (
    rx, drug, quantity, dispensed, unit_price, batch
  )
  select
    c.rx, c.drug, c.quantity, c.dispensed, c.unit_price, c.batch
  from bxc_change_Dispensing as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.rx is not c.bxc_old_rx
  on conflict do nothing;

  select raise(abort, 'BXC17 RxAtPharmacy: a constraint of the source would be broken; see bxc_violations_RxAtPharmacy')
  where changes() <> (
    select count(*)
    from bxc_change_Dispensing as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.rx is not c.bxc_old_rx
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_RxAtPharmacy instead of insert on bxc_put_RxAtPharmacy
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_RxAtPharmacy select * from bxc_delta_RxAtPharmacy;

  insert into bxc_put_RxAtPharmacy values ('work');
end;

create trigger if not exists bxc_stage_new_RxAtPharmacy instead of insert on bxc_put_RxAtPharmacy
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 RxAtPharmacy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_RxAtPharmacy')
  where exists (select x.rx from bxc_new_RxAtPharmacy as x where 1 group by x.rx having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_RxAtPharmacy (
    bxc_op, bxc_old_rx, rx, drug, quantity, dispensed, unit_price, outstanding
  )
  select
    iif(exists (select 1 from Dispensing as s where s.rx = w.rx), 'update', 'insert'),
    iif(exists (select 1 from Dispensing as s where s.rx = w.rx), w.rx, null),
    w.rx, w.drug, w.quantity, w.dispensed, w.unit_price, w.outstanding
  from bxc_new_RxAtPharmacy as w
  where not exists (select 1 from Dispensing as s where s.rx = w.rx and (s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.quantity - s.dispensed) is (w.rx, w.drug, w.quantity, w.dispensed, w.unit_price, w.outstanding));

  -- rows that are gone
  insert into bxc_work_RxAtPharmacy (bxc_op, bxc_old_rx)
  select 'delete', s.rx
  from Dispensing as s
  where not s.rx in (select x.rx from bxc_new_RxAtPharmacy as x where 1);

  insert into bxc_put_RxAtPharmacy values ('work');
end;

create trigger if not exists bxc_apply_RxAtPharmacy instead of insert on bxc_put_RxAtPharmacy
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'RxAtPharmacy',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_Dispensing),
    written = 0,
    careful = exists (
      select 1 from bxc_work_RxAtPharmacy as w
      where w.bxc_op = 'insert' and (w.rx in (select x.bxc_old_rx from bxc_work_RxAtPharmacy as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.rx <> w.bxc_old_rx)
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_RxAtPharmacy as v)
    when 'BXC10' then raise(abort, 'BXC10 RxAtPharmacy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_RxAtPharmacy')
    when 'BXC11' then raise(abort, 'BXC11 RxAtPharmacy: a key belongs to a source row that the view does not show; see bxc_violations_RxAtPharmacy')
    when 'BXC12' then raise(abort, 'BXC12 RxAtPharmacy: a row does not fulfil the condition of the view; see bxc_violations_RxAtPharmacy')
    when 'BXC14' then raise(abort, 'BXC14 RxAtPharmacy: a new row has no value for a key column that the view hides; see bxc_violations_RxAtPharmacy')
    when 'BXC15' then raise(abort, 'BXC15 RxAtPharmacy: a computed column is stated otherwise than its inputs give it; see bxc_violations_RxAtPharmacy')
    when 'BXC16' then raise(abort, 'BXC16 RxAtPharmacy: a value is outside its type, or NULL where the view has none; see bxc_violations_RxAtPharmacy')
    when 'BXC17' then raise(abort, 'BXC17 RxAtPharmacy: a constraint of the source would be broken; see bxc_violations_RxAtPharmacy')
    when 'BXC18' then raise(abort, 'BXC18 RxAtPharmacy: an update speaks of a key that no row has; see bxc_violations_RxAtPharmacy')
    when 'BXC19' then raise(abort, 'BXC19 RxAtPharmacy: a row must not vanish from the view; see bxc_violations_RxAtPharmacy')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_RxAtPharmacy
  select * from bxc_work_RxAtPharmacy as w
  where w.bxc_op = 'delete';

  update Dispensing set
    drug = w.drug, quantity = w.quantity, dispensed = w.dispensed, unit_price = w.unit_price
  from bxc_work_RxAtPharmacy as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.rx = w.bxc_old_rx
    and Dispensing.rx = +w.bxc_old_rx
    and (Dispensing.drug, Dispensing.quantity, Dispensing.dispensed, Dispensing.unit_price) is not (w.drug, w.quantity, w.dispensed, w.unit_price)
    and w.rx is not null
    and w.rx glob '????????-????-????-????-????????????' and w.rx not glob '*[^-0-9a-f]*' and length(replace(w.rx, '-', '')) = 32
    and w.drug is not null
    and length(w.drug) <= 60 and (instr(cast(w.drug as blob), x'00') = 0 or instr(w.drug, char(0)) = 0)
    and w.quantity is not null
    and w.dispensed is not null
    and (w.unit_price between -99999999 and 99999999) is not false
    and w.outstanding is not null
    and w.outstanding is (w.quantity - w.dispensed)
    and ((w.quantity, w.dispensed) is (Dispensing.quantity, Dispensing.dispensed) or (w.quantity >= 1 and w.quantity <= 1000 and w.dispensed >= 0 and w.dispensed <= 1000) is not false);
  update bxc_session set written = written + changes();

  insert into bxc_put_RxAtPharmacy select 'move' where (select careful from bxc_session);

  insert into Dispensing (
    rx, drug, quantity, dispensed, unit_price, batch
  )
  select
    w.rx, w.drug, w.quantity, w.dispensed, w.unit_price, null
  from bxc_work_RxAtPharmacy as w
  where w.bxc_op = 'insert'
    and w.bxc_old_rx is null
    and not exists (select 1 from Dispensing as s where s.rx = w.rx)
    and w.rx is not null
    and w.rx glob '????????-????-????-????-????????????' and w.rx not glob '*[^-0-9a-f]*' and length(replace(w.rx, '-', '')) = 32
    and w.drug is not null
    and length(w.drug) <= 60 and (instr(cast(w.drug as blob), x'00') = 0 or instr(w.drug, char(0)) = 0)
    and w.quantity is not null
    and w.dispensed is not null
    and (w.unit_price between -99999999 and 99999999) is not false
    and w.outstanding is not null
    and w.outstanding is (w.quantity - w.dispensed)
    and (w.quantity >= 1 and w.quantity <= 1000 and w.dispensed >= 0 and w.dispensed <= 1000) is not false
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_RxAtPharmacy) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_rx from bxc_work_RxAtPharmacy as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_rx having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.rx from bxc_work_RxAtPharmacy as x where x.bxc_op in ('insert', 'update') group by x.rx having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_rx is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_rx is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.rx is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.rx is not null
              and w.rx glob '????????-????-????-????-????????????' and w.rx not glob '*[^-0-9a-f]*' and length(replace(w.rx, '-', '')) = 32
              and w.drug is not null
              and length(w.drug) <= 60 and (instr(cast(w.drug as blob), x'00') = 0 or instr(w.drug, char(0)) = 0)
              and w.quantity is not null
              and w.dispensed is not null
              and (w.unit_price between -99999999 and 99999999) is not false
              and w.outstanding is not null
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_RxAtPharmacy as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when w.outstanding is not (w.quantity - w.dispensed) then 'BXC15'
                  when (w.quantity >= 1 and w.quantity <= 1000 and w.dispensed >= 0 and w.dispensed <= 1000) is false then 'BXC17'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select 1 as shown,
                case
                  when not ((s.rx, s.drug, s.quantity, s.dispensed, s.unit_price) is (w.rx, w.drug, w.quantity, w.dispensed, w.unit_price)) then 'BXC10'
                  when w.outstanding is not (s.quantity - s.dispensed) then 'BXC15'
                  else null
                end as code
              from Dispensing as s
              where s.rx = w.rx
            )
          ) as code
          from bxc_work_RxAtPharmacy as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when w.outstanding is not (w.quantity - w.dispensed) then 'BXC15'
                  when (w.quantity, w.dispensed) is not (s.quantity, s.dispensed) and (w.quantity >= 1 and w.quantity <= 1000 and w.dispensed >= 0 and w.dispensed <= 1000) is false then 'BXC17'
                  when (s.drug, s.quantity, s.dispensed, s.unit_price) is not (w.drug, w.quantity, w.dispensed, w.unit_price) then 'BXC17'
                  else null
                end as code
              from Dispensing as s
              where s.rx = w.bxc_old_rx
            )
          ) as code
          from bxc_work_RxAtPharmacy as w
          where w.bxc_op = 'update'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 RxAtPharmacy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_RxAtPharmacy')
    when 'BXC11' then raise(abort, 'BXC11 RxAtPharmacy: a key belongs to a source row that the view does not show; see bxc_violations_RxAtPharmacy')
    when 'BXC12' then raise(abort, 'BXC12 RxAtPharmacy: a row does not fulfil the condition of the view; see bxc_violations_RxAtPharmacy')
    when 'BXC14' then raise(abort, 'BXC14 RxAtPharmacy: a new row has no value for a key column that the view hides; see bxc_violations_RxAtPharmacy')
    when 'BXC15' then raise(abort, 'BXC15 RxAtPharmacy: a computed column is stated otherwise than its inputs give it; see bxc_violations_RxAtPharmacy')
    when 'BXC16' then raise(abort, 'BXC16 RxAtPharmacy: a value is outside its type, or NULL where the view has none; see bxc_violations_RxAtPharmacy')
    when 'BXC17' then raise(abort, 'BXC17 RxAtPharmacy: a constraint of the source would be broken; see bxc_violations_RxAtPharmacy')
    when 'BXC18' then raise(abort, 'BXC18 RxAtPharmacy: an update speaks of a key that no row has; see bxc_violations_RxAtPharmacy')
    when 'BXC19' then raise(abort, 'BXC19 RxAtPharmacy: a row must not vanish from the view; see bxc_violations_RxAtPharmacy')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_RxAtPharmacy;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_RxAtPharmacy instead of insert on RxAtPharmacy
begin
  insert into bxc_work_RxAtPharmacy (
    bxc_op, bxc_old_rx, rx, drug, quantity, dispensed, unit_price, outstanding
  ) values (
    'insert', null, new.rx, new.drug, new.quantity, new.dispensed, new.unit_price,
    coalesce(new.outstanding, new.quantity - new.dispensed)
  );
  insert into bxc_put_RxAtPharmacy values ('work');
  select raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Dispensing)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_RxAtPharmacy instead of update on RxAtPharmacy
begin
  insert into bxc_work_RxAtPharmacy (
    bxc_op, bxc_old_rx, rx, drug, quantity, dispensed, unit_price, outstanding
  ) values (
    'update', old.rx, new.rx, new.drug, new.quantity, new.dispensed, new.unit_price,
    iif(new.outstanding is old.outstanding, new.quantity - new.dispensed, new.outstanding)
  );
  insert into bxc_put_RxAtPharmacy values ('work');
  select raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Dispensing)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_RxAtPharmacy instead of delete on RxAtPharmacy
begin
  insert into bxc_work_RxAtPharmacy (
    bxc_op, bxc_old_rx, rx, drug, quantity, dispensed, unit_price, outstanding
  ) values (
    'delete', old.rx, null, null, null, null, null, null
  );
  insert into bxc_put_RxAtPharmacy values ('work');
  select raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Dispensing)
    and not (select loading from bxc_session);
end;

-- rights to edit Dispensing where that changes RxAtPharmacy
create trigger if not exists bxc_rights_insert_RxAtPharmacy after insert on Dispensing
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_RxAtPharmacy after delete on Dispensing
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_RxAtPharmacy after update of rx, drug, quantity, dispensed, unit_price on Dispensing
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.rx, old.drug, old.quantity, old.dispensed, old.unit_price) is not (new.rx, new.drug, new.quantity, new.dispensed, new.unit_price)
begin
  select case
    when old.rx is not new.rx
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'rx' and granted) then raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to update rx')
    when old.drug is not new.drug
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'drug' and granted) then raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to update drug')
    when old.quantity is not new.quantity
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'quantity' and granted) then raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to update quantity')
    when old.dispensed is not new.dispensed
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'dispensed' and granted) then raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to update dispensed')
    when old.unit_price is not new.unit_price
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'unit_price' and granted) then raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to update unit_price')
    when old.quantity - old.dispensed is not new.quantity - new.dispensed
        and not exists (select 1 from bxc_rights where share = 'pharmacy' and operation = 'update' and granted) then raise(abort, 'BXC13 RxAtPharmacy: this peer has no right to update outstanding')
  end;
end;
