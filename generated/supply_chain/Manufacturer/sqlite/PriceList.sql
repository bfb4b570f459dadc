-- PriceList: view of Variant, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists PriceList as
select distinct
  s.sku, s.name, s.list_price
from Variant as s;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_PriceList (
  sku text, name text, list_price integer
) strict;

create table if not exists bxc_delta_PriceList (
  bxc_op text, bxc_old_sku text, sku text, name text, list_price integer
) strict;

create table if not exists bxc_work_PriceList (
  bxc_op text, bxc_old_sku text, sku text, name text, list_price integer
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_PriceList (bxc_code, bxc_staged, sku, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_sku, sku, name, list_price
    from bxc_delta_PriceList
    where (select putting from bxc_session) is null
    union all
    select 'new', iif(exists (select 1 from Variant as s where s.sku = w.sku), 'update', 'insert'),
      iif(exists (select 1 from Variant as s where s.sku = w.sku), w.sku, null) as bxc_old_sku, sku, name,
      list_price
    from bxc_new_PriceList as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from Variant as s
        where s.sku = w.sku
          and (s.sku, s.name, s.list_price) is (w.sku, w.name, w.list_price)
      )
      or w.sku in (select x.sku from bxc_new_PriceList as x where 1 group by x.sku having count(*) > 1))
    union all
    select distinct 'new', 'delete', s.sku, null, null, null
    from bxc_session as i
    cross join Variant as s
    where i.putting is null
      and exists (select 1 from bxc_new_PriceList)
      and not s.sku in (select x.sku from bxc_new_PriceList as x where x.sku is not null)
    union all
    select 'work', bxc_op, bxc_old_sku, sku, name, list_price
    from bxc_work_PriceList
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.sku as bxc_key_sku, s.id as bxc_old_id,
      s.sku as bxc_old_sku, s.size as bxc_old_size, s.name as bxc_old_name, s.list_price as bxc_old_list_price,
      s.stock as bxc_old_stock, s.id as id, w.sku as sku, s.size as size, w.name as name, w.list_price as list_price,
      s.stock as stock
    from bxc_judged as w
    cross join Variant as s on s.sku = w.bxc_old_sku
    where likelihood(w.bxc_op = 'update', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.sku as bxc_key_sku, null as bxc_old_id,
      null as bxc_old_sku, null as bxc_old_size, null as bxc_old_name, null as bxc_old_list_price,
      null as bxc_old_stock, null as id, w.sku as sku, null as size, w.name as name, w.list_price as list_price,
      0 as stock
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from Variant as s
        where s.sku = w.sku
          and ((w.bxc_staged, w.sku) in (
            select x.bxc_staged, x.bxc_old_sku
            from bxc_judged as x
            where x.bxc_op = 'update' and x.sku <> x.bxc_old_sku
          )) is not true
      )
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.id, a.sku, a.size, a.name, a.list_price, a.stock)
          is not (a.bxc_old_id, a.bxc_old_sku, a.bxc_old_size, a.bxc_old_name, a.bxc_old_list_price, a.bxc_old_stock) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.id, a.sku, a.size, a.name, a.list_price, a.stock)
          is not (a.bxc_old_id, a.bxc_old_sku, a.bxc_old_size, a.bxc_old_name, a.bxc_old_list_price, a.bxc_old_stock) as bxc_made
    from bxc_every_effect as a
  )
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku), 'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.sku is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku), 'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_sku is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku), 'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_sku is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku),
  'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_sku) in (
    select x.bxc_staged, x.bxc_old_sku
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_sku
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku), 'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t.sku) in (
    select x.bxc_staged, x.sku
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x.sku
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t.sku) in (
    select x.bxc_staged, x.bxc_old_sku
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku),
  'PriceList has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from Variant as s
    where s.sku = t.sku
      and not ((s.sku, s.name, s.list_price) is (t.sku, t.name, t.list_price))
      and ((t.bxc_staged, t.sku) in (
        select x.bxc_staged, x.bxc_old_sku
        from bxc_judged as x
        where x.bxc_op = 'update' and x.sku <> x.bxc_old_sku
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku),
  'PriceList has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.sku <> t.bxc_old_sku
  and exists (select 1 from Variant as s where s.sku = t.sku)
  and ((t.bxc_staged, t.sku) in (
    select x.bxc_staged, x.bxc_old_sku
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.sku <> x.bxc_old_sku)
  )) is not true
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku),
  'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'sku is NULL'), (2, 'sku is no varchar(20)'), (3, 'name is NULL'), (4, 'name is no text'),
    (5, 'list_price is NULL'), (6, 'list_price is no decimal(10,2)')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.sku is null
    when 2 then not (length(t.sku) <= 20 and (instr(cast(t.sku as blob), x'00') = 0 or instr(t.sku, char(0)) = 0))
    when 3 then t.name is null
    when 4 then not ((instr(cast(t.name as blob), x'00') = 0 or instr(t.name, char(0)) = 0))
    when 5 then t.list_price is null
    when 6 then not (t.list_price between -9999999999 and 9999999999)
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku),
  'PriceList has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from Variant as s where s.sku = t.bxc_old_sku)
union all
select 'BXC19', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku), 'PriceList rejects deletes'
from bxc_judged as t
where t.bxc_op = 'delete'
  and exists (select 1 from Variant as s where s.sku = t.bxc_old_sku)
union all
select 'BXC14', e.bxc_staged, e.bxc_key_sku, 'a new row needs a fresh value for id, which the view hides'
from bxc_effect as e
where e.bxc_kind = 'insert'
union all
select 'BXC16', e.bxc_staged, e.bxc_key_sku, 'a new row needs a value for size, which the view hides'
from bxc_effect as e
where e.bxc_kind = 'insert'
union all
select 'BXC17', e.bxc_staged, e.bxc_key_sku, 'check prices is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.list_price is not e.bxc_old_list_price)
  and not (e.list_price >= 0)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_sku, 'another row of Variant has the same id'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.id is not e.bxc_old_id)
  and e.id is not null
  and (exists (
    select 1 from Variant as s
    where s.id = e.id
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_id = s.id
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.id = e.id
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ))
union all
select 'BXC17', e.bxc_staged, e.bxc_key_sku, 'another row of Variant has the same sku, size'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e.sku, e.size) is not (e.bxc_old_sku, e.bxc_old_size))
  and e.sku is not null and e.size is not null
  and (exists (
    select 1 from Variant as s
    where s.sku = e.sku and s.size = e.size
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_id = s.id
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.sku = e.sku and y.size = e.size
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ))
union all
select 'BXC17', e.bxc_staged, e.bxc_key_sku, 'another row of Variant has the same sku and other name, list_price'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e.sku, e.name, e.list_price) is not (e.bxc_old_sku, e.bxc_old_name, e.bxc_old_list_price))
  and (exists (
    select 1 from Variant as s
    where s.sku is e.sku
      and (s.name, s.list_price) is not (e.name, e.list_price)
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_id = s.id
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.sku is e.sku
      and (y.name, y.list_price) is not (e.name, e.list_price)
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_PriceList (bxc_staged) as select null where 0;

create view if not exists bxc_delete_PriceList as select * from bxc_work_PriceList;

create trigger if not exists bxc_at_delete_PriceList instead of insert on bxc_delete_PriceList
begin
  select null;  -- left out, and so refused
end;

create view if not exists bxc_shift_PriceList as select * from bxc_work_PriceList;

create trigger if not exists bxc_at_shift_PriceList instead of insert on bxc_shift_PriceList
begin
  insert into bxc_change_Variant (
    bxc_op, bxc_via, bxc_old_id, bxc_old_sku, bxc_old_size, bxc_old_name, bxc_old_list_price, bxc_old_stock, id,
    sku, size, name, list_price, stock
  )
  select
    'update', 'PriceList', s.id, s.sku, s.size, s.name, s.list_price, s.stock, s.id, new.sku, s.size, new.name,
    new.list_price, s.stock
  from Variant as s
  where s.sku = new.bxc_old_sku
    and (s.sku, s.name, s.list_price) is not (new.sku, new.name, new.list_price);
end;

create view if not exists bxc_rewrite_PriceList as select * from bxc_change_Variant;

create trigger if not exists bxc_at_rewrite_PriceList instead of insert on bxc_rewrite_PriceList
begin
  update Variant set
    sku = new.sku, name = new.name, list_price = new.list_price
  where Variant.id = new.bxc_old_id;
end;

create view if not exists bxc_rekey_PriceList as select * from bxc_change_Variant;

create trigger if not exists bxc_at_rekey_PriceList instead of insert on bxc_rekey_PriceList
begin
  delete from Variant
  where Variant.id = new.bxc_old_id;
end;

create trigger if not exists bxc_move_PriceList instead of insert on bxc_put_PriceList
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'Variant',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_Variant);

  insert into bxc_shift_PriceList
  select * from bxc_work_PriceList as w
  where w.bxc_op = 'update' and w.sku <> w.bxc_old_sku;

  insert into bxc_rewrite_PriceList
  select * from bxc_change_Variant as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.sku is c.bxc_old_sku;

  insert into bxc_rekey_PriceList
  select * from bxc_change_Variant as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.sku is not c.bxc_old_sku;

  insert into Variant (
    id, sku, size, name, list_price, stock
  )
  select
    c.id, c.sku, c.size, c.name, c.list_price, c.stock
  from bxc_change_Variant as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.sku is not c.bxc_old_sku
  on conflict do nothing;

  select raise(abort, 'BXC17 PriceList: a constraint of the source would be broken; see bxc_violations_PriceList')
  where changes() <> (
    select count(*)
    from bxc_change_Variant as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.sku is not c.bxc_old_sku
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_PriceList instead of insert on bxc_put_PriceList
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_PriceList select * from bxc_delta_PriceList;

  insert into bxc_put_PriceList values ('work');
end;

create trigger if not exists bxc_stage_new_PriceList instead of insert on bxc_put_PriceList
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 PriceList: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_PriceList')
  where exists (select x.sku from bxc_new_PriceList as x where 1 group by x.sku having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_PriceList (
    bxc_op, bxc_old_sku, sku, name, list_price
  )
  select
    iif(exists (select 1 from Variant as s where s.sku = w.sku), 'update', 'insert'),
    iif(exists (select 1 from Variant as s where s.sku = w.sku), w.sku, null),
    w.sku, w.name, w.list_price
  from bxc_new_PriceList as w
  where not exists (select 1 from Variant as s where s.sku = w.sku and (s.sku, s.name, s.list_price) is (w.sku, w.name, w.list_price));

  -- rows that are gone
  insert into bxc_work_PriceList (bxc_op, bxc_old_sku)
  select distinct 'delete', s.sku
  from Variant as s
  where not s.sku in (select x.sku from bxc_new_PriceList as x where 1);

  insert into bxc_put_PriceList values ('work');
end;

create trigger if not exists bxc_apply_PriceList instead of insert on bxc_put_PriceList
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'PriceList',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_Variant),
    written = 0,
    careful = exists (
      select 1 from bxc_work_PriceList as w
      where w.bxc_op = 'insert' and (w.sku in (select x.bxc_old_sku from bxc_work_PriceList as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.sku <> w.bxc_old_sku)
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_PriceList as v)
    when 'BXC10' then raise(abort, 'BXC10 PriceList: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_PriceList')
    when 'BXC11' then raise(abort, 'BXC11 PriceList: a key belongs to a source row that the view does not show; see bxc_violations_PriceList')
    when 'BXC12' then raise(abort, 'BXC12 PriceList: a row does not fulfil the condition of the view; see bxc_violations_PriceList')
    when 'BXC14' then raise(abort, 'BXC14 PriceList: a new row has no value for a key column that the view hides; see bxc_violations_PriceList')
    when 'BXC15' then raise(abort, 'BXC15 PriceList: a computed column is stated otherwise than its inputs give it; see bxc_violations_PriceList')
    when 'BXC16' then raise(abort, 'BXC16 PriceList: a value is outside its type, or NULL where the view has none; see bxc_violations_PriceList')
    when 'BXC17' then raise(abort, 'BXC17 PriceList: a constraint of the source would be broken; see bxc_violations_PriceList')
    when 'BXC18' then raise(abort, 'BXC18 PriceList: an update speaks of a key that no row has; see bxc_violations_PriceList')
    when 'BXC19' then raise(abort, 'BXC19 PriceList: a row must not vanish from the view; see bxc_violations_PriceList')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_PriceList
  select * from bxc_work_PriceList as w
  where w.bxc_op = 'delete';

  update Variant set
    name = w.name, list_price = w.list_price
  from bxc_work_PriceList as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.sku = w.bxc_old_sku
    and Variant.sku = +w.bxc_old_sku
    and (Variant.name, Variant.list_price) is not (w.name, w.list_price)
    and w.sku is not null
    and length(w.sku) <= 20 and (instr(cast(w.sku as blob), x'00') = 0 or instr(w.sku, char(0)) = 0)
    and w.name is not null
    and (instr(cast(w.name as blob), x'00') = 0 or instr(w.name, char(0)) = 0)
    and w.list_price is not null
    and w.list_price between -9999999999 and 9999999999
    and (w.list_price is Variant.list_price or (w.list_price >= 0) is not false);
  update bxc_session set written = written + changes();

  insert into bxc_put_PriceList select 'move' where (select careful from bxc_session);

  insert into Variant (
    id, sku, size, name, list_price, stock
  )
  select
    null, w.sku, null, w.name, w.list_price, 0
  from bxc_work_PriceList as w
  where w.bxc_op = 'insert'
    and w.bxc_old_sku is null
    and not exists (select 1 from Variant as s where s.sku = w.sku)
    and w.sku is not null
    and length(w.sku) <= 20 and (instr(cast(w.sku as blob), x'00') = 0 or instr(w.sku, char(0)) = 0)
    and w.name is not null
    and (instr(cast(w.name as blob), x'00') = 0 or instr(w.name, char(0)) = 0)
    and w.list_price is not null
    and w.list_price between -9999999999 and 9999999999
    and 0
    and 0
    and (w.list_price >= 0) is not false
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_sku from bxc_work_PriceList as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_sku having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.sku from bxc_work_PriceList as x where x.bxc_op in ('insert', 'update') group by x.sku having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_sku is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_sku is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.sku is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.sku is not null
              and length(w.sku) <= 20 and (instr(cast(w.sku as blob), x'00') = 0 or instr(w.sku, char(0)) = 0)
              and w.name is not null
              and (instr(cast(w.name as blob), x'00') = 0 or instr(w.name, char(0)) = 0)
              and w.list_price is not null
              and w.list_price between -9999999999 and 9999999999
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_PriceList as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when 1 then 'BXC14'
                  when 1 then 'BXC16'
                  when (w.list_price >= 0) is false then 'BXC17'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select 1 as shown,
                case
                  when not ((s.sku, s.name, s.list_price) is (w.sku, w.name, w.list_price)) then 'BXC10'
                  else null
                end as code
              from Variant as s
              where s.sku = w.sku
            )
          ) as code
          from bxc_work_PriceList as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when w.list_price is not s.list_price and (w.list_price >= 0) is false then 'BXC17'
                  when (s.name, s.list_price) is not (w.name, w.list_price) then 'BXC17'
                  else null
                end as code
              from Variant as s
              where s.sku = w.bxc_old_sku
            )
          ) as code
          from bxc_work_PriceList as w
          where w.bxc_op = 'update'
          union all
          select iif(exists (select 1 from Variant as s where s.sku = w.bxc_old_sku), 'BXC19', null) as code
          from bxc_work_PriceList as w
          where w.bxc_op = 'delete'
        )
      ) as code
      union all
      select 'BXC17' where exists (
            select 1 from bxc_change_Variant as c
            where c.bxc_seq > (select mark from bxc_session)
            and c.bxc_op <> 'delete'
            and (c.bxc_op = 'insert' or (c.sku, c.name, c.list_price) is not (c.bxc_old_sku, c.bxc_old_name, c.bxc_old_list_price))
            and (exists (select 1 from Variant as s where s.sku is c.sku and s.name < c.name)
              or exists (select 1 from Variant as s where s.sku is c.sku and s.name > c.name)
              or exists (select 1 from Variant as s where s.sku is c.sku and s.name is c.name and s.list_price < c.list_price)
              or exists (select 1 from Variant as s where s.sku is c.sku and s.name is c.name and s.list_price > c.list_price))
          )
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 PriceList: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_PriceList')
    when 'BXC11' then raise(abort, 'BXC11 PriceList: a key belongs to a source row that the view does not show; see bxc_violations_PriceList')
    when 'BXC12' then raise(abort, 'BXC12 PriceList: a row does not fulfil the condition of the view; see bxc_violations_PriceList')
    when 'BXC14' then raise(abort, 'BXC14 PriceList: a new row has no value for a key column that the view hides; see bxc_violations_PriceList')
    when 'BXC15' then raise(abort, 'BXC15 PriceList: a computed column is stated otherwise than its inputs give it; see bxc_violations_PriceList')
    when 'BXC16' then raise(abort, 'BXC16 PriceList: a value is outside its type, or NULL where the view has none; see bxc_violations_PriceList')
    when 'BXC17' then raise(abort, 'BXC17 PriceList: a constraint of the source would be broken; see bxc_violations_PriceList')
    when 'BXC18' then raise(abort, 'BXC18 PriceList: an update speaks of a key that no row has; see bxc_violations_PriceList')
    when 'BXC19' then raise(abort, 'BXC19 PriceList: a row must not vanish from the view; see bxc_violations_PriceList')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_PriceList;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_PriceList instead of insert on PriceList
begin
  insert into bxc_work_PriceList (
    bxc_op, bxc_old_sku, sku, name, list_price
  ) values (
    'insert', null, new.sku, new.name, new.list_price
  );
  insert into bxc_put_PriceList values ('work');
  select raise(abort, 'BXC13 PriceList: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Variant)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_PriceList instead of update on PriceList
begin
  insert into bxc_work_PriceList (
    bxc_op, bxc_old_sku, sku, name, list_price
  ) values (
    'update', old.sku, new.sku, new.name, new.list_price
  );
  insert into bxc_put_PriceList values ('work');
  select raise(abort, 'BXC13 PriceList: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Variant)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_PriceList instead of delete on PriceList
begin
  insert into bxc_work_PriceList (
    bxc_op, bxc_old_sku, sku, name, list_price
  ) values (
    'delete', old.sku, null, null, null
  );
  insert into bxc_put_PriceList values ('work');
  select raise(abort, 'BXC13 PriceList: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Variant)
    and not (select loading from bxc_session);
end;

-- rights to edit Variant where that changes PriceList
create trigger if not exists bxc_rights_insert_PriceList after insert on Variant
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'insert' and attribute = '' and granted)
  and not exists (select 1 from Variant as s where s.sku = new.sku and s.id is not new.id)
begin
  select raise(abort, 'BXC13 PriceList: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_PriceList after delete on Variant
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'delete' and attribute = '' and granted)
  and not exists (select 1 from Variant as s where s.sku = old.sku)
begin
  select raise(abort, 'BXC13 PriceList: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_PriceList after update of sku, name, list_price on Variant
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.sku, old.name, old.list_price) is not (new.sku, new.name, new.list_price)
begin
  select case
    when old.sku is not new.sku
        and not exists (select 1 from Variant as s where s.sku = new.sku and s.id is not new.id)
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'insert' and attribute = '' and granted) then raise(abort, 'BXC13 PriceList: this peer has no right to insert rows')
    when old.sku is not new.sku
        and not exists (select 1 from Variant as s where s.sku = old.sku)
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'delete' and attribute = '' and granted) then raise(abort, 'BXC13 PriceList: this peer has no right to delete rows')
    when old.sku is not new.sku
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'sku' and granted)
        and old.sku is new.sku then raise(abort, 'BXC13 PriceList: this peer has no right to update sku')
    when old.name is not new.name
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'name' and granted)
        and old.sku is new.sku then raise(abort, 'BXC13 PriceList: this peer has no right to update name')
    when old.list_price is not new.list_price
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'list_price' and granted)
        and old.sku is new.sku then raise(abort, 'BXC13 PriceList: this peer has no right to update list_price')
  end;
end;
