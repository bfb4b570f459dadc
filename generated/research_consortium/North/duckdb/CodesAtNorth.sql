-- CodesAtNorth: view of NorthCode, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists CodesAtNorth as
select
  s.code as code, s.title as title
from NorthCode as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_CodesAtNorth (
  code varchar, title varchar
);

create table if not exists bxc_delta_CodesAtNorth (
  bxc_op varchar, bxc_old_code varchar, code varchar, title varchar
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_CodesAtNorth as
with
  staged as (
    select 'delta' as bxc_staged, bxc_op, bxc_old_code, code, title from bxc_delta_CodesAtNorth
    union all
    select 'new' as bxc_staged, case when v.code is null then 'insert' else 'update' end as bxc_op,
      v.code as bxc_old_code, n.code, n.title
    from bxc_new_CodesAtNorth as n
    left join CodesAtNorth as v on n.code = v.code
    union all
    select 'new', 'delete',
      v.code as bxc_old_code, cast(null as varchar) as code, cast(null as varchar) as title
    from CodesAtNorth as v
    anti join bxc_new_CodesAtNorth as n on n.code = v.code
    where exists (select 1 from bxc_new_CodesAtNorth)
  ),
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from NorthCode as s where s.code = w.code and not (true and exists (select 1 from staged as x where x.bxc_staged = w.bxc_staged and x.bxc_old_code = w.code and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.code is distinct from x.bxc_old_code)))))) as bxc_creates
    from staged as w
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
select bxc_code, bxc_staged, code, bxc_detail from violation;
