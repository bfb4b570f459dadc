-- Catalogue: view of Component, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Catalogue as
select
  s.part_no as part_no, s.description as description, s.unit_price as unit_price, s.lead_days as lead_days
from Component as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_Catalogue (
  part_no varchar, description varchar, unit_price decimal(38, 2), lead_days bigint
);

create table if not exists bxc_delta_Catalogue (
  bxc_op varchar, bxc_old_part_no varchar, part_no varchar, description varchar, unit_price decimal(38, 2),
  lead_days bigint
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_Catalogue as
with
  staged as (
    select 'delta' as bxc_staged, bxc_op, bxc_old_part_no, part_no, description, unit_price, lead_days from bxc_delta_Catalogue
    union all
    select 'new' as bxc_staged, case when v.part_no is null then 'insert' else 'update' end as bxc_op,
      v.part_no as bxc_old_part_no, n.part_no, n.description, n.unit_price, n.lead_days
    from bxc_new_Catalogue as n
    left join Catalogue as v on n.part_no = v.part_no
    union all
    select 'new', 'delete',
      v.part_no as bxc_old_part_no, cast(null as varchar) as part_no, cast(null as varchar) as description,
      cast(null as decimal(10, 2)) as unit_price, cast(null as bigint) as lead_days
    from Catalogue as v
    anti join bxc_new_Catalogue as n on n.part_no = v.part_no
    where exists (select 1 from bxc_new_Catalogue)
  ),
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Component as s where s.part_no = w.part_no and not (true and exists (select 1 from staged as x where x.bxc_staged = w.bxc_staged and x.bxc_old_part_no = w.part_no and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.part_no is distinct from x.bxc_old_part_no)))))) as bxc_creates
    from staged as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
      s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
      s.lead_days as bxc_old_lead_days, s.preferred as bxc_old_preferred, w.part_no as part_no,
      w.description as description, try_cast(w.unit_price as decimal(10, 2)) as unit_price, w.lead_days as lead_days,
      s.preferred as preferred
    from work as w
    join Component as s on s.part_no = w.bxc_old_part_no
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
      s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
      s.lead_days as bxc_old_lead_days, s.preferred as bxc_old_preferred, cast(null as varchar) as part_no,
      cast(null as varchar) as description, cast(null as decimal(10, 2)) as unit_price,
      cast(null as bigint) as lead_days, cast(null as boolean) as preferred
    from work as w
    join Component as s on s.part_no = w.bxc_old_part_no
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
      s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
      s.lead_days as bxc_old_lead_days, s.preferred as bxc_old_preferred, s.part_no as part_no,
      s.description as description, s.unit_price as unit_price, s.lead_days as lead_days, s.preferred as preferred
    from work as w
    join Component as s on s.part_no = w.part_no
    where w.bxc_op = 'insert' and true and s.part_no is not distinct from w.part_no and s.description is not distinct from w.description and s.unit_price is not distinct from w.unit_price and s.lead_days is not distinct from w.lead_days and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
      cast(null as varchar) as bxc_old_part_no, cast(null as varchar) as bxc_old_description,
      cast(null as decimal(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
      cast(null as boolean) as bxc_old_preferred, w.part_no as part_no, w.description as description,
      try_cast(w.unit_price as decimal(10, 2)) as unit_price, w.lead_days as lead_days,
      cast(false as boolean) as preferred
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or e.preferred is distinct from e.bxc_old_preferred)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.part_no, s.description, s.unit_price, s.lead_days, s.preferred
    from Component as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_part_no = s.part_no)
    union all
    select c.bxc_staged, true, c.part_no, c.description, c.unit_price, c.lead_days, c.preferred from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w.part_no is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_part_no = w.bxc_old_part_no) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x.part_no = w.part_no) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_part_no = w.part_no and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from Component as s where s.part_no = w.part_no and true and not (s.part_no is not distinct from w.part_no and s.description is not distinct from w.description and s.unit_price is not distinct from w.unit_price and s.lead_days is not distinct from w.lead_days)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_part_no = w.part_no and x.bxc_op = 'update' and (x.part_no is distinct from x.bxc_old_part_no))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.part_no is distinct from w.bxc_old_part_no) and exists (select 1 from Component as s where s.part_no = w.part_no and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_part_no = w.part_no and (x.bxc_op = 'delete' or (x.part_no is distinct from x.bxc_old_part_no)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'part_no is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.part_no is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'part_no is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'description is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.description is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'description is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.description, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'unit_price is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.unit_price is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'unit_price has too many digits' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 100000000
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'lead_days is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.lead_days is null
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as part_no, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from Component as s where s.part_no = w.bxc_old_part_no and true)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_part_no as part_no, 'check prices' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.unit_price is distinct from e.bxc_old_unit_price)) and not (e.unit_price >= 0.00)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_part_no as part_no, 'check lead_time' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.lead_days is distinct from e.bxc_old_lead_days)) and not (e.lead_days >= 0 and e.lead_days <= 365)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_part_no as part_no, 'primary key (part_no)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.part_no is distinct from e.bxc_old_part_no)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.part_no = e.part_no) > 1
  )
select bxc_code, bxc_staged, part_no, bxc_detail from violation;
