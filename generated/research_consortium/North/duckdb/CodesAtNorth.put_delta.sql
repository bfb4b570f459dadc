-- Puts a delta of the view, staged in bxc_delta_CodesAtNorth, into NorthCode: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind NorthCode.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read NorthCode.capture.sql  .read CodesAtNorth.put_delta.sql  commit;

create or replace temp table bxc_batch_CodesAtNorth as
select 'delta' as bxc_staged, bxc_op, bxc_old_code, code, title from bxc_delta_CodesAtNorth;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 CodesAtNorth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtNorth')
  when 'BXC11' then error('BXC11 CodesAtNorth: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtNorth')
  when 'BXC12' then error('BXC12 CodesAtNorth: a row does not fulfil the condition of the view; see bxc_violations_CodesAtNorth')
  when 'BXC14' then error('BXC14 CodesAtNorth: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtNorth')
  when 'BXC15' then error('BXC15 CodesAtNorth: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtNorth')
  when 'BXC16' then error('BXC16 CodesAtNorth: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtNorth')
  when 'BXC17' then error('BXC17 CodesAtNorth: a constraint of the source would be broken; see bxc_violations_CodesAtNorth')
  when 'BXC18' then error('BXC18 CodesAtNorth: an update speaks of a key that no row has; see bxc_violations_CodesAtNorth')
  when 'BXC19' then error('BXC19 CodesAtNorth: a row must not vanish from the view; see bxc_violations_CodesAtNorth')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from NorthCode as s where s.code = w.code and not (true and exists (select 1 from bxc_batch_CodesAtNorth as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.code is distinct from x.bxc_old_code)))))) as bxc_creates
    from bxc_batch_CodesAtNorth as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, s.in_use as bxc_old_in_use, w.code as code, w.title as title,
      s.in_use as in_use
    from work as w
    join NorthCode as s on s.code = w.bxc_old_code
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, s.in_use as bxc_old_in_use, cast(null as varchar) as code,
      cast(null as varchar) as title, cast(null as boolean) as in_use
    from work as w
    join NorthCode as s on s.code = w.bxc_old_code
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, s.in_use as bxc_old_in_use, s.code as code, s.title as title,
      s.in_use as in_use
    from work as w
    join NorthCode as s on s.code = w.code
    where w.bxc_op = 'insert' and true and s.code is not distinct from w.code and s.title is not distinct from w.title and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      cast(null as varchar) as bxc_old_code, cast(null as varchar) as bxc_old_title,
      cast(null as boolean) as bxc_old_in_use, w.code as code, w.title as title, cast(true as boolean) as in_use
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or e.in_use is distinct from e.bxc_old_in_use)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.code, s.title, s.in_use
    from NorthCode as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_code = s.code)
    union all
    select c.bxc_staged, true, c.code, c.title, c.in_use from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w.code is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_code is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_code is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_code = w.bxc_old_code) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x.code = w.code) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from NorthCode as s where s.code = w.code and true and not (s.code is not distinct from w.code and s.title is not distinct from w.title)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and x.bxc_op = 'update' and (x.code is distinct from x.bxc_old_code))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.code is distinct from w.bxc_old_code) and exists (select 1 from NorthCode as s where s.code = w.code and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and (x.bxc_op = 'delete' or (x.code is distinct from x.bxc_old_code)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'code is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.code is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'code is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (length(w.code) <= 8 and not contains(w.code, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'title is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.title is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'title is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.title, chr(0)))
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from NorthCode as s where s.code = w.bxc_old_code and true)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_code as code, 'primary key (code)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.code is distinct from e.bxc_old_code)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.code = e.code) > 1
  )
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_CodesAtNorth as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from NorthCode as s where s.code = w.code and not (true and exists (select 1 from bxc_batch_CodesAtNorth as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.code is distinct from x.bxc_old_code)))))) as bxc_creates
    from bxc_batch_CodesAtNorth as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, s.in_use as bxc_old_in_use, w.code as code, w.title as title,
      s.in_use as in_use
    from work as w
    join NorthCode as s on s.code = w.bxc_old_code
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, s.in_use as bxc_old_in_use, cast(null as varchar) as code,
      cast(null as varchar) as title, cast(null as boolean) as in_use
    from work as w
    join NorthCode as s on s.code = w.bxc_old_code
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, s.in_use as bxc_old_in_use, s.code as code, s.title as title,
      s.in_use as in_use
    from work as w
    join NorthCode as s on s.code = w.code
    where w.bxc_op = 'insert' and true and s.code is not distinct from w.code and s.title is not distinct from w.title and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      cast(null as varchar) as bxc_old_code, cast(null as varchar) as bxc_old_title,
      cast(null as boolean) as bxc_old_in_use, w.code as code, w.title as title, cast(true as boolean) as in_use
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or e.in_use is distinct from e.bxc_old_in_use)
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from NorthCode as s using bxc_apply_CodesAtNorth as c
where c.bxc_kind <> 'insert' and s.code = c.bxc_old_code;

insert into NorthCode (code, title, in_use)
select code, title, in_use from bxc_apply_CodesAtNorth where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_NorthCode (bxc_seq, bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use)
select (select nextval('bxc_seq_NorthCode')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'CodesAtNorth', bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
from bxc_apply_CodesAtNorth;

insert into bxc_journal_NorthCode (bxc_put, bxc_old_code, code, title, in_use)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_NorthCode), bxc_old_code, code, title, in_use
from bxc_apply_CodesAtNorth;

drop table bxc_batch_CodesAtNorth;
drop table bxc_apply_CodesAtNorth;
