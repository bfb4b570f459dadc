-- D23: view of D2, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists D23 as
select
  s.medication_name as medication_name, s.mechanism_of_action as mechanism_of_action
from D2 as s
where coalesce((s.shared = true), false);

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_D23 (
  medication_name varchar, mechanism_of_action varchar
);

create table if not exists bxc_delta_D23 (
  bxc_op varchar, bxc_old_medication_name varchar, medication_name varchar, mechanism_of_action varchar
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_D23 as
with
  staged as (
    select 'delta' as bxc_staged, bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action from bxc_delta_D23
    union all
    select 'new' as bxc_staged, case when v.medication_name is null then 'insert' else 'update' end as bxc_op,
      v.medication_name as bxc_old_medication_name, n.medication_name, n.mechanism_of_action
    from bxc_new_D23 as n
    left join D23 as v on n.medication_name = v.medication_name
    union all
    select 'new', 'delete',
      v.medication_name as bxc_old_medication_name, cast(null as varchar) as medication_name,
      cast(null as varchar) as mechanism_of_action
    from D23 as v
    anti join bxc_new_D23 as n on n.medication_name = v.medication_name
    where exists (select 1 from bxc_new_D23)
  ),
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from D2 as s where s.medication_name = w.medication_name and not (coalesce((s.shared = true), false) and exists (select 1 from staged as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and x.bxc_op = 'update' and (x.medication_name is distinct from x.bxc_old_medication_name))))) as bxc_creates
    from staged as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared, w.medication_name as medication_name,
      w.mechanism_of_action as mechanism_of_action, s.mode_of_action as mode_of_action, s.shared as shared
    from work as w
    join D2 as s on s.medication_name = w.bxc_old_medication_name
    where w.bxc_op = 'update' and coalesce((s.shared = true), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'set' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared, s.medication_name as medication_name,
      s.mechanism_of_action as mechanism_of_action, s.mode_of_action as mode_of_action,
      cast(false as boolean) as shared
    from work as w
    join D2 as s on s.medication_name = w.bxc_old_medication_name
    where w.bxc_op = 'delete' and coalesce((s.shared = true), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared, s.medication_name as medication_name,
      s.mechanism_of_action as mechanism_of_action, s.mode_of_action as mode_of_action, s.shared as shared
    from work as w
    join D2 as s on s.medication_name = w.medication_name
    where w.bxc_op = 'insert' and coalesce((s.shared = true), false) and s.medication_name is not distinct from w.medication_name and s.mechanism_of_action is not distinct from w.mechanism_of_action and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'revive' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared, w.medication_name as medication_name,
      w.mechanism_of_action as mechanism_of_action, s.mode_of_action as mode_of_action,
      cast(true as boolean) as shared
    from work as w
    join D2 as s on s.medication_name = w.medication_name
    where w.bxc_op = 'insert' and not coalesce((s.shared = true), false) and not (exists (select 1 from D2 as s where s.medication_name = w.medication_name and coalesce((s.shared = true), false)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and x.bxc_op = 'update' and (x.medication_name is distinct from x.bxc_old_medication_name)))
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      cast(null as varchar) as bxc_old_medication_name, cast(null as varchar) as bxc_old_mechanism_of_action,
      cast(null as varchar) as bxc_old_mode_of_action, cast(null as boolean) as bxc_old_shared,
      w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
      cast(null as varchar) as mode_of_action, cast(true as boolean) as shared
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.medication_name is distinct from e.bxc_old_medication_name or e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or e.mode_of_action is distinct from e.bxc_old_mode_of_action or e.shared is distinct from e.bxc_old_shared)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.medication_name, s.mechanism_of_action, s.mode_of_action, s.shared
    from D2 as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_medication_name = s.medication_name)
    union all
    select c.bxc_staged, true, c.medication_name, c.mechanism_of_action, c.mode_of_action, c.shared from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w.medication_name is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_medication_name = w.bxc_old_medication_name) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x.medication_name = w.medication_name) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from D2 as s where s.medication_name = w.medication_name and coalesce((s.shared = true), false) and not (s.medication_name is not distinct from w.medication_name and s.mechanism_of_action is not distinct from w.mechanism_of_action)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and x.bxc_op = 'update' and (x.medication_name is distinct from x.bxc_old_medication_name))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.medication_name is distinct from w.bxc_old_medication_name) and exists (select 1 from D2 as s where s.medication_name = w.medication_name and coalesce((s.shared = true), false)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and (x.bxc_op = 'delete' or (x.medication_name is distinct from x.bxc_old_medication_name)))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'a row that the view hides has the new key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.medication_name is distinct from w.bxc_old_medication_name) and exists (select 1 from D2 as s where s.medication_name = w.medication_name and not coalesce((s.shared = true), false))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'a row that this put hides keeps the new key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.medication_name is distinct from w.bxc_old_medication_name) and exists (select 1 from D2 as s where s.medication_name = w.medication_name and coalesce((s.shared = true), false)) and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and x.bxc_op = 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'medication_name is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.medication_name is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'medication_name is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'mechanism_of_action is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.mechanism_of_action, chr(0)))
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from D2 as s where s.medication_name = w.bxc_old_medication_name and coalesce((s.shared = true), false))
    union all
    select 'BXC12' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_medication_name as medication_name, 'where is not true for the row' as bxc_detail
    from effect as e
    where e.bxc_kind in ('insert', 'update', 'revive') and not coalesce((e.shared = true), false)
    union all
    select 'BXC19' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_medication_name as medication_name, 'the row would still be in the view' as bxc_detail
    from effect as e
    where e.bxc_kind = 'set' and coalesce((e.shared = true), false)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_medication_name as medication_name, 'primary key (medication_name)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.medication_name is distinct from e.bxc_old_medication_name)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.medication_name = e.medication_name) > 1
  )
select bxc_code, bxc_staged, medication_name, bxc_detail from violation;
