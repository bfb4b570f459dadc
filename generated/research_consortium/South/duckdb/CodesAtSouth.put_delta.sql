-- Puts a delta of the view, staged in bxc_delta_CodesAtSouth, into SouthCode: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind SouthCode.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read SouthCode.capture.sql  .read CodesAtSouth.put_delta.sql  commit;

create or replace temp table bxc_batch_CodesAtSouth as
select 'delta' as bxc_staged, bxc_op, bxc_old_code, code, title from bxc_delta_CodesAtSouth;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 CodesAtSouth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtSouth')
  when 'BXC11' then error('BXC11 CodesAtSouth: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtSouth')
  when 'BXC12' then error('BXC12 CodesAtSouth: a row does not fulfil the condition of the view; see bxc_violations_CodesAtSouth')
  when 'BXC14' then error('BXC14 CodesAtSouth: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtSouth')
  when 'BXC15' then error('BXC15 CodesAtSouth: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtSouth')
  when 'BXC16' then error('BXC16 CodesAtSouth: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtSouth')
  when 'BXC17' then error('BXC17 CodesAtSouth: a constraint of the source would be broken; see bxc_violations_CodesAtSouth')
  when 'BXC18' then error('BXC18 CodesAtSouth: an update speaks of a key that no row has; see bxc_violations_CodesAtSouth')
  when 'BXC19' then error('BXC19 CodesAtSouth: a row must not vanish from the view; see bxc_violations_CodesAtSouth')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from SouthCode as s where s.code = w.code and not (true and exists (select 1 from bxc_batch_CodesAtSouth as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.code is distinct from x.bxc_old_code)))))) as bxc_creates
    from bxc_batch_CodesAtSouth as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, w.code as code, w.title as title
    from work as w
    join SouthCode as s on s.code = w.bxc_old_code
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, cast(null as varchar) as code,
      cast(null as varchar) as title
    from work as w
    join SouthCode as s on s.code = w.bxc_old_code
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, s.code as code, s.title as title
    from work as w
    join SouthCode as s on s.code = w.code
    where w.bxc_op = 'insert' and true and s.code is not distinct from w.code and s.title is not distinct from w.title and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      cast(null as varchar) as bxc_old_code, cast(null as varchar) as bxc_old_title, w.code as code,
      w.title as title
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.code, s.title
    from SouthCode as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_code = s.code)
    union all
    select c.bxc_staged, true, c.code, c.title from change as c where c.bxc_kind <> 'delete'
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
    where w.bxc_op = 'insert' and exists (select 1 from SouthCode as s where s.code = w.code and true and not (s.code is not distinct from w.code and s.title is not distinct from w.title)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and x.bxc_op = 'update' and (x.code is distinct from x.bxc_old_code))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as code, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.code is distinct from w.bxc_old_code) and exists (select 1 from SouthCode as s where s.code = w.code and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and (x.bxc_op = 'delete' or (x.code is distinct from x.bxc_old_code)))
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
    where w.bxc_op = 'update' and not exists (select 1 from SouthCode as s where s.code = w.bxc_old_code and true)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_code as code, 'primary key (code)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.code is distinct from e.bxc_old_code)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.code = e.code) > 1
  )
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_CodesAtSouth as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from SouthCode as s where s.code = w.code and not (true and exists (select 1 from bxc_batch_CodesAtSouth as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.code is distinct from x.bxc_old_code)))))) as bxc_creates
    from bxc_batch_CodesAtSouth as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, w.code as code, w.title as title
    from work as w
    join SouthCode as s on s.code = w.bxc_old_code
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, cast(null as varchar) as code,
      cast(null as varchar) as title
    from work as w
    join SouthCode as s on s.code = w.bxc_old_code
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      s.code as bxc_old_code, s.title as bxc_old_title, s.code as code, s.title as title
    from work as w
    join SouthCode as s on s.code = w.code
    where w.bxc_op = 'insert' and true and s.code is not distinct from w.code and s.title is not distinct from w.title and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
      cast(null as varchar) as bxc_old_code, cast(null as varchar) as bxc_old_title, w.code as code,
      w.title as title
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title)
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from SouthCode as s using bxc_apply_CodesAtSouth as c
where c.bxc_kind <> 'insert' and s.code = c.bxc_old_code;

insert into SouthCode (code, title)
select code, title from bxc_apply_CodesAtSouth where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_SouthCode (bxc_seq, bxc_op, bxc_via, bxc_old_code, bxc_old_title, code, title)
select (select nextval('bxc_seq_SouthCode')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'CodesAtSouth', bxc_old_code, bxc_old_title, code, title
from bxc_apply_CodesAtSouth;

insert into bxc_journal_SouthCode (bxc_put, bxc_old_code, code, title)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_SouthCode), bxc_old_code, code, title
from bxc_apply_CodesAtSouth;

drop table bxc_batch_CodesAtSouth;
drop table bxc_apply_CodesAtSouth;
