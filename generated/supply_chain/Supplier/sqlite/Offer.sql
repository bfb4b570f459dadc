-- Offer: view of Part, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Offer as
select
  s.part_no, s.description, s.unit_price, s.lead_days
from Part as s
where not s.discontinued;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_Offer (
  part_no text, description text, unit_price integer, lead_days integer
) strict;

create table if not exists bxc_delta_Offer (
  bxc_op text, bxc_old_part_no text, part_no text, description text, unit_price integer, lead_days integer
) strict;

create table if not exists bxc_work_Offer (
  bxc_op text, bxc_old_part_no text, part_no text, description text, unit_price integer, lead_days integer
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_Offer (bxc_code, bxc_staged, part_no, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_part_no, part_no, description, unit_price, lead_days
    from bxc_delta_Offer
    where (select putting from bxc_session) is null
    union all
    select 'new',
      iif(exists (select 1 from Part as s where s.part_no = w.part_no and not s.discontinued), 'update', 'insert'),
      iif(exists (select 1 from Part as s where s.part_no = w.part_no and not s.discontinued), w.part_no, null) as bxc_old_part_no,
      part_no, description, unit_price, lead_days
    from bxc_new_Offer as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from Part as s
        where s.part_no = w.part_no
          and not s.discontinued
          and (s.part_no, s.description, s.unit_price, s.lead_days) is (w.part_no, w.description, w.unit_price, w.lead_days)
      )
      or w.part_no in (select x.part_no from bxc_new_Offer as x where 1 group by x.part_no having count(*) > 1))
    union all
    select 'new', 'delete', s.part_no, null, null, null, null
    from bxc_session as i
    cross join Part as s
    where i.putting is null
      and exists (select 1 from bxc_new_Offer)
      and not s.discontinued
      and not s.part_no in (select x.part_no from bxc_new_Offer as x where x.part_no is not null)
    union all
    select 'work', bxc_op, bxc_old_part_no, part_no, description, unit_price, lead_days
    from bxc_work_Offer
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.part_no as bxc_key_part_no, s.part_no as bxc_old_part_no,
      s.description as bxc_old_description, s.unit_price as bxc_old_unit_price, s.lead_days as bxc_old_lead_days,
      s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued, w.part_no as part_no,
      w.description as description, w.unit_price as unit_price, w.lead_days as lead_days, s.cost as cost,
      s.discontinued as discontinued
    from bxc_judged as w
    cross join Part as s on s.part_no = w.bxc_old_part_no
    where likelihood(w.bxc_op = 'update', 0.0000001)
      and not s.discontinued
    union all
    select w.bxc_staged as bxc_staged, 'set' as bxc_kind, w.bxc_old_part_no as bxc_key_part_no,
      s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
      s.lead_days as bxc_old_lead_days, s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued,
      s.part_no as part_no, s.description as description, s.unit_price as unit_price, s.lead_days as lead_days,
      s.cost as cost, 1 as discontinued
    from bxc_judged as w
    cross join Part as s on s.part_no = w.bxc_old_part_no
    where likelihood(w.bxc_op = 'delete', 0.0000001)
      and not s.discontinued
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.part_no as bxc_key_part_no, null as bxc_old_part_no,
      null as bxc_old_description, null as bxc_old_unit_price, null as bxc_old_lead_days, null as bxc_old_cost,
      null as bxc_old_discontinued, w.part_no as part_no, w.description as description, w.unit_price as unit_price,
      w.lead_days as lead_days, null as cost, 0 as discontinued
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from Part as s
        where s.part_no = w.part_no
          and (not s.discontinued and (w.bxc_staged, w.part_no) in (
            select x.bxc_staged, x.bxc_old_part_no
            from bxc_judged as x
            where x.bxc_op = 'update' and x.part_no <> x.bxc_old_part_no
          )) is not true
      )
    union all
    select w.bxc_staged as bxc_staged, 'revive' as bxc_kind, w.part_no as bxc_key_part_no, s.part_no as bxc_old_part_no,
      s.description as bxc_old_description, s.unit_price as bxc_old_unit_price, s.lead_days as bxc_old_lead_days,
      s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued, w.part_no as part_no,
      w.description as description, w.unit_price as unit_price, w.lead_days as lead_days, s.cost as cost,
      0 as discontinued
    from bxc_judged as w
    cross join Part as s on s.part_no = w.part_no
    where likelihood(w.bxc_op = 'insert', 0.0000001)
      and (not s.discontinued) is not true
      and not (exists (select 1 from Part as v where v.part_no = w.part_no and not v.discontinued) and (((w.bxc_staged, w.part_no) in (select x.bxc_staged, x.bxc_old_part_no from bxc_judged as x where x.bxc_op = 'update' and x.part_no <> x.bxc_old_part_no)) is not true))
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.part_no, a.description, a.unit_price, a.lead_days, a.cost, a.discontinued)
          is not (a.bxc_old_part_no, a.bxc_old_description, a.bxc_old_unit_price, a.bxc_old_lead_days, a.bxc_old_cost,
          a.bxc_old_discontinued) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.part_no, a.description, a.unit_price, a.lead_days, a.cost, a.discontinued)
          is not (a.bxc_old_part_no, a.bxc_old_description, a.bxc_old_unit_price, a.bxc_old_lead_days, a.bxc_old_cost,
          a.bxc_old_discontinued) as bxc_made
    from bxc_every_effect as a
  )
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no), 'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.part_no is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no), 'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_part_no is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no), 'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_part_no is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_part_no) in (
    select x.bxc_staged, x.bxc_old_part_no
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_part_no
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t.part_no) in (
    select x.bxc_staged, x.part_no
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x.part_no
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t.part_no) in (
    select x.bxc_staged, x.bxc_old_part_no
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'Offer has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from Part as s
    where s.part_no = t.part_no
      and not s.discontinued
      and not ((s.part_no, s.description, s.unit_price, s.lead_days) is (t.part_no, t.description, t.unit_price, t.lead_days))
      and (not s.discontinued and (t.bxc_staged, t.part_no) in (
        select x.bxc_staged, x.bxc_old_part_no
        from bxc_judged as x
        where x.bxc_op = 'update' and x.part_no <> x.bxc_old_part_no
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'Offer has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.part_no <> t.bxc_old_part_no
  and exists (select 1 from Part as s where s.part_no = t.part_no and not s.discontinued)
  and ((t.bxc_staged, t.part_no) in (
    select x.bxc_staged, x.bxc_old_part_no
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.part_no <> x.bxc_old_part_no)
  )) is not true
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'Part has a row with the new key that Offer does not show'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.part_no <> t.bxc_old_part_no
  and exists (select 1 from Part as s where s.part_no = t.part_no and (not s.discontinued) is not true)
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'the row that had the new key is hidden by this put, and keeps it'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.part_no <> t.bxc_old_part_no
  and (t.bxc_staged, t.part_no) in (
    select x.bxc_staged, x.bxc_old_part_no
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
  and exists (select 1 from Part as s where s.part_no = t.part_no and not s.discontinued)
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'part_no is NULL'), (2, 'part_no is no varchar(20)'), (3, 'description is NULL'),
    (4, 'description is no text'), (5, 'unit_price is NULL'), (6, 'unit_price is no decimal(10,2)'),
    (7, 'lead_days is NULL')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.part_no is null
    when 2 then not (length(t.part_no) <= 20 and (instr(cast(t.part_no as blob), x'00') = 0 or instr(t.part_no, char(0)) = 0))
    when 3 then t.description is null
    when 4 then not ((instr(cast(t.description as blob), x'00') = 0 or instr(t.description, char(0)) = 0))
    when 5 then t.unit_price is null
    when 6 then not (t.unit_price between -9999999999 and 9999999999)
    when 7 then t.lead_days is null
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_part_no, t.part_no),
  'Offer has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from Part as s where s.part_no = t.bxc_old_part_no and not s.discontinued)
union all
select 'BXC12', e.bxc_staged, e.bxc_key_part_no, 'where of Offer is not true for the row'
from bxc_effect as e
where e.bxc_kind in ('insert', 'update', 'revive')
  and (not e.discontinued) is not true
union all
select 'BXC19', e.bxc_staged, e.bxc_key_part_no, 'Offer would still show the row'
from bxc_effect as e
where e.bxc_kind = 'set'
  and (not e.discontinued) is true
union all
select 'BXC17', e.bxc_staged, e.bxc_key_part_no, 'check prices is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.unit_price is not e.bxc_old_unit_price)
  and not (e.unit_price >= 0)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_part_no, 'check lead_time is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.lead_days is not e.bxc_old_lead_days)
  and not (e.lead_days >= 0 and e.lead_days <= 365)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_part_no, 'another row of Part has the same part_no'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.part_no is not e.bxc_old_part_no)
  and e.part_no is not null
  and (exists (
    select 1 from Part as s
    where s.part_no = e.part_no
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_part_no = s.part_no
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.part_no = e.part_no
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_Offer (bxc_staged) as select null where 0;

create view if not exists bxc_delete_Offer as select * from bxc_work_Offer;

create trigger if not exists bxc_at_delete_Offer instead of insert on bxc_delete_Offer
begin
  update Part set discontinued = 1
  where Part.part_no = new.bxc_old_part_no
    and not Part.discontinued;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_Offer as select * from bxc_work_Offer;

create trigger if not exists bxc_at_shift_Offer instead of insert on bxc_shift_Offer
begin
  insert into bxc_change_Part (
    bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
    bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
  )
  select
    'update', 'Offer', s.part_no, s.description, s.unit_price, s.lead_days, s.cost, s.discontinued, new.part_no,
    new.description, new.unit_price, new.lead_days, s.cost, s.discontinued
  from Part as s
  where s.part_no = new.bxc_old_part_no
    and not s.discontinued
    and (s.part_no, s.description, s.unit_price, s.lead_days) is not (new.part_no, new.description, new.unit_price, new.lead_days);
end;

create view if not exists bxc_revive_Offer as select * from bxc_work_Offer;

create trigger if not exists bxc_at_revive_Offer instead of insert on bxc_revive_Offer
begin
  insert into bxc_change_Part (
    bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost,
    bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
  )
  select
    'update', 'Offer', s.part_no, s.description, s.unit_price, s.lead_days, s.cost, s.discontinued, new.part_no,
    new.description, new.unit_price, new.lead_days, s.cost, 0
  from Part as s
  where s.part_no = new.part_no
    and (not s.discontinued) is not true;
end;

create view if not exists bxc_rewrite_Offer as select * from bxc_change_Part;

create trigger if not exists bxc_at_rewrite_Offer instead of insert on bxc_rewrite_Offer
begin
  update Part set
    part_no = new.part_no, description = new.description, unit_price = new.unit_price, lead_days = new.lead_days,
    discontinued = new.discontinued
  where Part.part_no = new.bxc_old_part_no;
end;

create view if not exists bxc_rekey_Offer as select * from bxc_change_Part;

create trigger if not exists bxc_at_rekey_Offer instead of insert on bxc_rekey_Offer
begin
  delete from Part
  where Part.part_no = new.bxc_old_part_no;
end;

create trigger if not exists bxc_move_Offer instead of insert on bxc_put_Offer
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'Part',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_Part);

  insert into bxc_shift_Offer
  select * from bxc_work_Offer as w
  where w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no;

  insert into bxc_revive_Offer
  select * from bxc_work_Offer as w
  where w.bxc_op = 'insert';

  insert into bxc_rewrite_Offer
  select * from bxc_change_Part as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.part_no is c.bxc_old_part_no;

  insert into bxc_rekey_Offer
  select * from bxc_change_Part as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.part_no is not c.bxc_old_part_no;

  insert into Part (
    part_no, description, unit_price, lead_days, cost, discontinued
  )
  select
    c.part_no, c.description, c.unit_price, c.lead_days, c.cost, c.discontinued
  from bxc_change_Part as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.part_no is not c.bxc_old_part_no
  on conflict do nothing;

  select raise(abort, 'BXC17 Offer: a constraint of the source would be broken; see bxc_violations_Offer')
  where changes() <> (
    select count(*)
    from bxc_change_Part as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.part_no is not c.bxc_old_part_no
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_Offer instead of insert on bxc_put_Offer
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_Offer select * from bxc_delta_Offer;

  insert into bxc_put_Offer values ('work');
end;

create trigger if not exists bxc_stage_new_Offer instead of insert on bxc_put_Offer
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 Offer: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Offer')
  where exists (select x.part_no from bxc_new_Offer as x where 1 group by x.part_no having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_Offer (
    bxc_op, bxc_old_part_no, part_no, description, unit_price, lead_days
  )
  select
    iif(exists (select 1 from Part as s where s.part_no = w.part_no and not s.discontinued), 'update', 'insert'),
    iif(exists (select 1 from Part as s where s.part_no = w.part_no and not s.discontinued), w.part_no, null),
    w.part_no, w.description, w.unit_price, w.lead_days
  from bxc_new_Offer as w
  where not exists (select 1 from Part as s where s.part_no = w.part_no and not s.discontinued and (s.part_no, s.description, s.unit_price, s.lead_days) is (w.part_no, w.description, w.unit_price, w.lead_days));

  -- rows that are gone
  insert into bxc_work_Offer (bxc_op, bxc_old_part_no)
  select 'delete', s.part_no
  from Part as s
  where not s.discontinued
    and not s.part_no in (select x.part_no from bxc_new_Offer as x where 1);

  insert into bxc_put_Offer values ('work');
end;

create trigger if not exists bxc_apply_Offer instead of insert on bxc_put_Offer
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'Offer',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_Part),
    written = 0,
    careful = exists (
      select 1 from bxc_work_Offer as w
      where w.bxc_op = 'insert' and (w.part_no in (select x.bxc_old_part_no from bxc_work_Offer as x where x.bxc_op = 'delete') or exists (select 1 from Part as s where s.part_no = w.part_no and (not s.discontinued) is not true))
        or w.bxc_op = 'update' and (w.part_no <> w.bxc_old_part_no)
        or w.bxc_op = 'delete' and (exists (select 1 from Part as s where s.part_no = w.bxc_old_part_no and not s.discontinued and (((not 1) is true) or (s.unit_price is not s.unit_price and (s.unit_price >= 0) is false) or (s.lead_days is not s.lead_days and (s.lead_days >= 0 and s.lead_days <= 365) is false))))
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_Offer as v)
    when 'BXC10' then raise(abort, 'BXC10 Offer: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Offer')
    when 'BXC11' then raise(abort, 'BXC11 Offer: a key belongs to a source row that the view does not show; see bxc_violations_Offer')
    when 'BXC12' then raise(abort, 'BXC12 Offer: a row does not fulfil the condition of the view; see bxc_violations_Offer')
    when 'BXC14' then raise(abort, 'BXC14 Offer: a new row has no value for a key column that the view hides; see bxc_violations_Offer')
    when 'BXC15' then raise(abort, 'BXC15 Offer: a computed column is stated otherwise than its inputs give it; see bxc_violations_Offer')
    when 'BXC16' then raise(abort, 'BXC16 Offer: a value is outside its type, or NULL where the view has none; see bxc_violations_Offer')
    when 'BXC17' then raise(abort, 'BXC17 Offer: a constraint of the source would be broken; see bxc_violations_Offer')
    when 'BXC18' then raise(abort, 'BXC18 Offer: an update speaks of a key that no row has; see bxc_violations_Offer')
    when 'BXC19' then raise(abort, 'BXC19 Offer: a row must not vanish from the view; see bxc_violations_Offer')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_Offer
  select * from bxc_work_Offer as w
  where w.bxc_op = 'delete';

  update Part set
    description = w.description, unit_price = w.unit_price, lead_days = w.lead_days
  from bxc_work_Offer as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.part_no = w.bxc_old_part_no
    and Part.part_no = +w.bxc_old_part_no
    and not Part.discontinued
    and (Part.description, Part.unit_price, Part.lead_days) is not (w.description, w.unit_price, w.lead_days)
    and w.part_no is not null
    and length(w.part_no) <= 20 and (instr(cast(w.part_no as blob), x'00') = 0 or instr(w.part_no, char(0)) = 0)
    and w.description is not null
    and (instr(cast(w.description as blob), x'00') = 0 or instr(w.description, char(0)) = 0)
    and w.unit_price is not null
    and w.unit_price between -9999999999 and 9999999999
    and w.lead_days is not null
    and (w.unit_price is Part.unit_price or (w.unit_price >= 0) is not false)
    and (w.lead_days is Part.lead_days or (w.lead_days >= 0 and w.lead_days <= 365) is not false);
  update bxc_session set written = written + changes();

  insert into bxc_put_Offer select 'move' where (select careful from bxc_session);

  insert into Part (
    part_no, description, unit_price, lead_days, cost, discontinued
  )
  select
    w.part_no, w.description, w.unit_price, w.lead_days, null, 0
  from bxc_work_Offer as w
  where w.bxc_op = 'insert'
    and w.bxc_old_part_no is null
    and not exists (select 1 from Part as s where s.part_no = w.part_no)
    and w.part_no is not null
    and length(w.part_no) <= 20 and (instr(cast(w.part_no as blob), x'00') = 0 or instr(w.part_no, char(0)) = 0)
    and w.description is not null
    and (instr(cast(w.description as blob), x'00') = 0 or instr(w.description, char(0)) = 0)
    and w.unit_price is not null
    and w.unit_price between -9999999999 and 9999999999
    and w.lead_days is not null
    and (not 0) is true
    and (w.unit_price >= 0) is not false
    and (w.lead_days >= 0 and w.lead_days <= 365) is not false
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_Offer) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_part_no from bxc_work_Offer as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_part_no having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.part_no from bxc_work_Offer as x where x.bxc_op in ('insert', 'update') group by x.part_no having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_part_no is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_part_no is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.part_no is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.part_no is not null
              and length(w.part_no) <= 20 and (instr(cast(w.part_no as blob), x'00') = 0 or instr(w.part_no, char(0)) = 0)
              and w.description is not null
              and (instr(cast(w.description as blob), x'00') = 0 or instr(w.description, char(0)) = 0)
              and w.unit_price is not null
              and w.unit_price between -9999999999 and 9999999999
              and w.lead_days is not null
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_Offer as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when (not 0) is not true then 'BXC12'
                  when (w.unit_price >= 0) is false then 'BXC17'
                  when (w.lead_days >= 0 and w.lead_days <= 365) is false then 'BXC17'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select (not s.discontinued) is true as shown,
                case
                  when not ((s.part_no, s.description, s.unit_price, s.lead_days) is (w.part_no, w.description, w.unit_price, w.lead_days)) then 'BXC10'
                  else null
                end as code
              from Part as s
              where s.part_no = w.part_no
            )
          ) as code
          from bxc_work_Offer as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when w.unit_price is not s.unit_price and (w.unit_price >= 0) is false then 'BXC17'
                  when w.lead_days is not s.lead_days and (w.lead_days >= 0 and w.lead_days <= 365) is false then 'BXC17'
                  when (s.description, s.unit_price, s.lead_days) is not (w.description, w.unit_price, w.lead_days) then 'BXC17'
                  else null
                end as code
              from Part as s
              where s.part_no = w.bxc_old_part_no and not s.discontinued
            )
          ) as code
          from bxc_work_Offer as w
          where w.bxc_op = 'update'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 Offer: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Offer')
    when 'BXC11' then raise(abort, 'BXC11 Offer: a key belongs to a source row that the view does not show; see bxc_violations_Offer')
    when 'BXC12' then raise(abort, 'BXC12 Offer: a row does not fulfil the condition of the view; see bxc_violations_Offer')
    when 'BXC14' then raise(abort, 'BXC14 Offer: a new row has no value for a key column that the view hides; see bxc_violations_Offer')
    when 'BXC15' then raise(abort, 'BXC15 Offer: a computed column is stated otherwise than its inputs give it; see bxc_violations_Offer')
    when 'BXC16' then raise(abort, 'BXC16 Offer: a value is outside its type, or NULL where the view has none; see bxc_violations_Offer')
    when 'BXC17' then raise(abort, 'BXC17 Offer: a constraint of the source would be broken; see bxc_violations_Offer')
    when 'BXC18' then raise(abort, 'BXC18 Offer: an update speaks of a key that no row has; see bxc_violations_Offer')
    when 'BXC19' then raise(abort, 'BXC19 Offer: a row must not vanish from the view; see bxc_violations_Offer')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_Offer;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_Offer instead of insert on Offer
begin
  insert into bxc_work_Offer (
    bxc_op, bxc_old_part_no, part_no, description, unit_price, lead_days
  ) values (
    'insert', null, new.part_no, new.description, new.unit_price, new.lead_days
  );
  insert into bxc_put_Offer values ('work');
  select raise(abort, 'BXC13 Offer: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Part)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_Offer instead of update on Offer
begin
  insert into bxc_work_Offer (
    bxc_op, bxc_old_part_no, part_no, description, unit_price, lead_days
  ) values (
    'update', old.part_no, new.part_no, new.description, new.unit_price, new.lead_days
  );
  insert into bxc_put_Offer values ('work');
  select raise(abort, 'BXC13 Offer: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Part)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_Offer instead of delete on Offer
begin
  insert into bxc_work_Offer (
    bxc_op, bxc_old_part_no, part_no, description, unit_price, lead_days
  ) values (
    'delete', old.part_no, null, null, null, null
  );
  insert into bxc_put_Offer values ('work');
  select raise(abort, 'BXC13 Offer: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Part)
    and not (select loading from bxc_session);
end;

-- rights to edit Part where that changes Offer
create trigger if not exists bxc_rights_insert_Offer after insert on Part
when exists (select 1 from bxc_session where putting is null and not loading)
  and not new.discontinued
  and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 Offer: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_Offer after delete on Part
when exists (select 1 from bxc_session where putting is null and not loading)
  and not old.discontinued
  and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 Offer: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_Offer after update of part_no, description, unit_price, lead_days, discontinued on Part
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.part_no, old.description, old.unit_price, old.lead_days, old.discontinued) is not (new.part_no, new.description, new.unit_price, new.lead_days, new.discontinued)
begin
  select case
    when not new.discontinued
        and (not old.discontinued) is not true
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'insert' and attribute = '' and granted) then raise(abort, 'BXC13 Offer: this peer has no right to insert rows')
    when not old.discontinued
        and (not new.discontinued) is not true
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'delete' and attribute = '' and granted) then raise(abort, 'BXC13 Offer: this peer has no right to delete rows')
    when old.part_no is not new.part_no
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'part_no' and granted)
        and not old.discontinued
        and not new.discontinued then raise(abort, 'BXC13 Offer: this peer has no right to update part_no')
    when old.description is not new.description
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'description' and granted)
        and not old.discontinued
        and not new.discontinued then raise(abort, 'BXC13 Offer: this peer has no right to update description')
    when old.unit_price is not new.unit_price
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'unit_price' and granted)
        and not old.discontinued
        and not new.discontinued then raise(abort, 'BXC13 Offer: this peer has no right to update unit_price')
    when old.lead_days is not new.lead_days
        and not exists (select 1 from bxc_rights where share = 'catalogue' and operation = 'update' and attribute = 'lead_days' and granted)
        and not old.discontinued
        and not new.discontinued then raise(abort, 'BXC13 Offer: this peer has no right to update lead_days')
  end;
end;
