-- Assortment: view of Item, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Assortment as
select
  s.sku, s.name, s.list_price
from Item as s;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_Assortment (
  sku text, name text, list_price integer
) strict;

create table if not exists bxc_delta_Assortment (
  bxc_op text, bxc_old_sku text, sku text, name text, list_price integer
) strict;

create table if not exists bxc_work_Assortment (
  bxc_op text, bxc_old_sku text, sku text, name text, list_price integer
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_Assortment (bxc_code, bxc_staged, sku, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_sku, sku, name, list_price
    from bxc_delta_Assortment
    where (select putting from bxc_session) is null
    union all
    select 'new', iif(exists (select 1 from Item as s where s.sku = w.sku), 'update', 'insert'),
      iif(exists (select 1 from Item as s where s.sku = w.sku), w.sku, null) as bxc_old_sku, sku, name, list_price
    from bxc_new_Assortment as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from Item as s
        where s.sku = w.sku
          and (s.sku, s.name, s.list_price) is (w.sku, w.name, w.list_price)
      )
      or w.sku in (select x.sku from bxc_new_Assortment as x where 1 group by x.sku having count(*) > 1))
    union all
    select 'new', 'delete', s.sku, null, null, null
    from bxc_session as i
    cross join Item as s
    where i.putting is null
      and exists (select 1 from bxc_new_Assortment)
      and not s.sku in (select x.sku from bxc_new_Assortment as x where x.sku is not null)
    union all
    select 'work', bxc_op, bxc_old_sku, sku, name, list_price
    from bxc_work_Assortment
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.sku as bxc_key_sku, s.sku as bxc_old_sku,
      s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf, w.sku as sku,
      w.name as name, w.list_price as list_price, s.shelf as shelf
    from bxc_judged as w
    cross join Item as s on s.sku = w.bxc_old_sku
    where likelihood(w.bxc_op = 'update', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'delete' as bxc_kind, w.bxc_old_sku as bxc_key_sku, s.sku as bxc_old_sku,
      s.name as bxc_old_name, s.list_price as bxc_old_list_price, s.shelf as bxc_old_shelf, null as sku,
      null as name, null as list_price, null as shelf
    from bxc_judged as w
    cross join Item as s on s.sku = w.bxc_old_sku
    where likelihood(w.bxc_op = 'delete', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.sku as bxc_key_sku, null as bxc_old_sku,
      null as bxc_old_name, null as bxc_old_list_price, null as bxc_old_shelf, w.sku as sku, w.name as name,
      w.list_price as list_price, null as shelf
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from Item as s
        where s.sku = w.sku
          and ((w.bxc_staged, w.sku) in (
            select x.bxc_staged, x.bxc_old_sku
            from bxc_judged as x
            where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.sku <> x.bxc_old_sku)
          )) is not true
      )
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.sku, a.name, a.list_price, a.shelf)
          is not (a.bxc_old_sku, a.bxc_old_name, a.bxc_old_list_price, a.bxc_old_shelf) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.sku, a.name, a.list_price, a.shelf)
          is not (a.bxc_old_sku, a.bxc_old_name, a.bxc_old_list_price, a.bxc_old_shelf) as bxc_made
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
  'Assortment has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from Item as s
    where s.sku = t.sku
      and not ((s.sku, s.name, s.list_price) is (t.sku, t.name, t.list_price))
      and ((t.bxc_staged, t.sku) in (
        select x.bxc_staged, x.bxc_old_sku
        from bxc_judged as x
        where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.sku <> x.bxc_old_sku)
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_sku, t.sku),
  'Assortment has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.sku <> t.bxc_old_sku
  and exists (select 1 from Item as s where s.sku = t.sku)
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
  'Assortment has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from Item as s where s.sku = t.bxc_old_sku)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_sku, 'check prices is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.list_price is not e.bxc_old_list_price)
  and not (e.list_price >= 0)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_sku, 'another row of Item has the same sku'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.sku is not e.bxc_old_sku)
  and e.sku is not null
  and (exists (
    select 1 from Item as s
    where s.sku = e.sku
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_sku = s.sku
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.sku = e.sku
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_Assortment (bxc_staged) as select null where 0;

create view if not exists bxc_delete_Assortment as select * from bxc_work_Assortment;

create trigger if not exists bxc_at_delete_Assortment instead of insert on bxc_delete_Assortment
begin
  delete from Item
  where Item.sku = new.bxc_old_sku;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_Assortment as select * from bxc_work_Assortment;

create trigger if not exists bxc_at_shift_Assortment instead of insert on bxc_shift_Assortment
begin
  insert into bxc_change_Item (
    bxc_op, bxc_via, bxc_old_sku, bxc_old_name, bxc_old_list_price, bxc_old_shelf, sku, name, list_price, shelf
  )
  select
    'update', 'Assortment', s.sku, s.name, s.list_price, s.shelf, new.sku, new.name, new.list_price, s.shelf
  from Item as s
  where s.sku = new.bxc_old_sku
    and (s.sku, s.name, s.list_price) is not (new.sku, new.name, new.list_price);
end;

create view if not exists bxc_rewrite_Assortment as select * from bxc_change_Item;

create trigger if not exists bxc_at_rewrite_Assortment instead of insert on bxc_rewrite_Assortment
begin
  update Item set
    sku = new.sku, name = new.name, list_price = new.list_price
  where Item.sku = new.bxc_old_sku;
end;

create view if not exists bxc_rekey_Assortment as select * from bxc_change_Item;

create trigger if not exists bxc_at_rekey_Assortment instead of insert on bxc_rekey_Assortment
begin
  delete from Item
  where Item.sku = new.bxc_old_sku;
end;

create trigger if not exists bxc_move_Assortment instead of insert on bxc_put_Assortment
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'Item',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_Item);

  insert into bxc_shift_Assortment
  select * from bxc_work_Assortment as w
  where w.bxc_op = 'update' and w.sku <> w.bxc_old_sku;

  insert into bxc_rewrite_Assortment
  select * from bxc_change_Item as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.sku is c.bxc_old_sku;

  insert into bxc_rekey_Assortment
  select * from bxc_change_Item as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.sku is not c.bxc_old_sku;

  insert into Item (
    sku, name, list_price, shelf
  )
  select
    c.sku, c.name, c.list_price, c.shelf
  from bxc_change_Item as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.sku is not c.bxc_old_sku
  on conflict do nothing;

  select raise(abort, 'BXC17 Assortment: a constraint of the source would be broken; see bxc_violations_Assortment')
  where changes() <> (
    select count(*)
    from bxc_change_Item as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.sku is not c.bxc_old_sku
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_Assortment instead of insert on bxc_put_Assortment
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_Assortment select * from bxc_delta_Assortment;

  insert into bxc_put_Assortment values ('work');
end;

create trigger if not exists bxc_stage_new_Assortment instead of insert on bxc_put_Assortment
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 Assortment: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Assortment')
  where exists (select x.sku from bxc_new_Assortment as x where 1 group by x.sku having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_Assortment (
    bxc_op, bxc_old_sku, sku, name, list_price
  )
  select
    iif(exists (select 1 from Item as s where s.sku = w.sku), 'update', 'insert'),
    iif(exists (select 1 from Item as s where s.sku = w.sku), w.sku, null),
    w.sku, w.name, w.list_price
  from bxc_new_Assortment as w
  where not exists (select 1 from Item as s where s.sku = w.sku and (s.sku, s.name, s.list_price) is (w.sku, w.name, w.list_price));

  -- rows that are gone
  insert into bxc_work_Assortment (bxc_op, bxc_old_sku)
  select 'delete', s.sku
  from Item as s
  where not s.sku in (select x.sku from bxc_new_Assortment as x where 1);

  insert into bxc_put_Assortment values ('work');
end;

create trigger if not exists bxc_apply_Assortment instead of insert on bxc_put_Assortment
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'Assortment',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_Item),
    written = 0,
    careful = exists (
      select 1 from bxc_work_Assortment as w
      where w.bxc_op = 'insert' and (w.sku in (select x.bxc_old_sku from bxc_work_Assortment as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.sku <> w.bxc_old_sku)
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_Assortment as v)
    when 'BXC10' then raise(abort, 'BXC10 Assortment: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Assortment')
    when 'BXC11' then raise(abort, 'BXC11 Assortment: a key belongs to a source row that the view does not show; see bxc_violations_Assortment')
    when 'BXC12' then raise(abort, 'BXC12 Assortment: a row does not fulfil the condition of the view; see bxc_violations_Assortment')
    when 'BXC14' then raise(abort, 'BXC14 Assortment: a new row has no value for a key column that the view hides; see bxc_violations_Assortment')
    when 'BXC15' then raise(abort, 'BXC15 Assortment: a computed column is stated otherwise than its inputs give it; see bxc_violations_Assortment')
    when 'BXC16' then raise(abort, 'BXC16 Assortment: a value is outside its type, or NULL where the view has none; see bxc_violations_Assortment')
    when 'BXC17' then raise(abort, 'BXC17 Assortment: a constraint of the source would be broken; see bxc_violations_Assortment')
    when 'BXC18' then raise(abort, 'BXC18 Assortment: an update speaks of a key that no row has; see bxc_violations_Assortment')
    when 'BXC19' then raise(abort, 'BXC19 Assortment: a row must not vanish from the view; see bxc_violations_Assortment')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_Assortment
  select * from bxc_work_Assortment as w
  where w.bxc_op = 'delete';

  update Item set
    name = w.name, list_price = w.list_price
  from bxc_work_Assortment as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.sku = w.bxc_old_sku
    and Item.sku = +w.bxc_old_sku
    and (Item.name, Item.list_price) is not (w.name, w.list_price)
    and w.sku is not null
    and length(w.sku) <= 20 and (instr(cast(w.sku as blob), x'00') = 0 or instr(w.sku, char(0)) = 0)
    and w.name is not null
    and (instr(cast(w.name as blob), x'00') = 0 or instr(w.name, char(0)) = 0)
    and w.list_price is not null
    and w.list_price between -9999999999 and 9999999999
    and (w.list_price is Item.list_price or (w.list_price >= 0) is not false);
  update bxc_session set written = written + changes();

  insert into bxc_put_Assortment select 'move' where (select careful from bxc_session);

  insert into Item (
    sku, name, list_price, shelf
  )
  select
    w.sku, w.name, w.list_price, null
  from bxc_work_Assortment as w
  where w.bxc_op = 'insert'
    and w.bxc_old_sku is null
    and not exists (select 1 from Item as s where s.sku = w.sku)
    and w.sku is not null
    and length(w.sku) <= 20 and (instr(cast(w.sku as blob), x'00') = 0 or instr(w.sku, char(0)) = 0)
    and w.name is not null
    and (instr(cast(w.name as blob), x'00') = 0 or instr(w.name, char(0)) = 0)
    and w.list_price is not null
    and w.list_price between -9999999999 and 9999999999
    and (w.list_price >= 0) is not false
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_Assortment) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_sku from bxc_work_Assortment as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_sku having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.sku from bxc_work_Assortment as x where x.bxc_op in ('insert', 'update') group by x.sku having count(*) > 1)
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
          from bxc_work_Assortment as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
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
              from Item as s
              where s.sku = w.sku
            )
          ) as code
          from bxc_work_Assortment as w
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
              from Item as s
              where s.sku = w.bxc_old_sku
            )
          ) as code
          from bxc_work_Assortment as w
          where w.bxc_op = 'update'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 Assortment: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Assortment')
    when 'BXC11' then raise(abort, 'BXC11 Assortment: a key belongs to a source row that the view does not show; see bxc_violations_Assortment')
    when 'BXC12' then raise(abort, 'BXC12 Assortment: a row does not fulfil the condition of the view; see bxc_violations_Assortment')
    when 'BXC14' then raise(abort, 'BXC14 Assortment: a new row has no value for a key column that the view hides; see bxc_violations_Assortment')
    when 'BXC15' then raise(abort, 'BXC15 Assortment: a computed column is stated otherwise than its inputs give it; see bxc_violations_Assortment')
    when 'BXC16' then raise(abort, 'BXC16 Assortment: a value is outside its type, or NULL where the view has none; see bxc_violations_Assortment')
    when 'BXC17' then raise(abort, 'BXC17 Assortment: a constraint of the source would be broken; see bxc_violations_Assortment')
    when 'BXC18' then raise(abort, 'BXC18 Assortment: an update speaks of a key that no row has; see bxc_violations_Assortment')
    when 'BXC19' then raise(abort, 'BXC19 Assortment: a row must not vanish from the view; see bxc_violations_Assortment')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_Assortment;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_Assortment instead of insert on Assortment
begin
  insert into bxc_work_Assortment (
    bxc_op, bxc_old_sku, sku, name, list_price
  ) values (
    'insert', null, new.sku, new.name, new.list_price
  );
  insert into bxc_put_Assortment values ('work');
  select raise(abort, 'BXC13 Assortment: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Item)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_Assortment instead of update on Assortment
begin
  insert into bxc_work_Assortment (
    bxc_op, bxc_old_sku, sku, name, list_price
  ) values (
    'update', old.sku, new.sku, new.name, new.list_price
  );
  insert into bxc_put_Assortment values ('work');
  select raise(abort, 'BXC13 Assortment: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Item)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_Assortment instead of delete on Assortment
begin
  insert into bxc_work_Assortment (
    bxc_op, bxc_old_sku, sku, name, list_price
  ) values (
    'delete', old.sku, null, null, null
  );
  insert into bxc_put_Assortment values ('work');
  select raise(abort, 'BXC13 Assortment: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Item)
    and not (select loading from bxc_session);
end;

-- rights to edit Item where that changes Assortment
create trigger if not exists bxc_rights_insert_Assortment after insert on Item
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 Assortment: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_Assortment after delete on Item
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 Assortment: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_Assortment after update of sku, name, list_price on Item
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.sku, old.name, old.list_price) is not (new.sku, new.name, new.list_price)
begin
  select case
    when old.sku is not new.sku
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'sku' and granted) then raise(abort, 'BXC13 Assortment: this peer has no right to update sku')
    when old.name is not new.name
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'name' and granted) then raise(abort, 'BXC13 Assortment: this peer has no right to update name')
    when old.list_price is not new.list_price
        and not exists (select 1 from bxc_rights where share = 'prices' and operation = 'update' and attribute = 'list_price' and granted) then raise(abort, 'BXC13 Assortment: this peer has no right to update list_price')
  end;
end;
