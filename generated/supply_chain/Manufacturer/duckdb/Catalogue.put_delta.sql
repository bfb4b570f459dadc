-- Puts a delta of the view, staged in bxc_delta_Catalogue, into Component: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind Component.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read Component.capture.sql  .read Catalogue.put_delta.sql  commit;

create or replace temp table bxc_batch_Catalogue as
select 'delta' as bxc_staged, bxc_op, bxc_old_part_no, part_no, description, unit_price, lead_days from bxc_delta_Catalogue;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 Catalogue: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Catalogue')
  when 'BXC11' then error('BXC11 Catalogue: a key belongs to a source row that the view does not show; see bxc_violations_Catalogue')
  when 'BXC12' then error('BXC12 Catalogue: a row does not fulfil the condition of the view; see bxc_violations_Catalogue')
  when 'BXC14' then error('BXC14 Catalogue: a new row has no value for a key column that the view hides; see bxc_violations_Catalogue')
  when 'BXC15' then error('BXC15 Catalogue: a computed column is stated otherwise than its inputs give it; see bxc_violations_Catalogue')
  when 'BXC16' then error('BXC16 Catalogue: a value is outside its type, or NULL where the view has none; see bxc_violations_Catalogue')
  when 'BXC17' then error('BXC17 Catalogue: a constraint of the source would be broken; see bxc_violations_Catalogue')
  when 'BXC18' then error('BXC18 Catalogue: an update speaks of a key that no row has; see bxc_violations_Catalogue')
  when 'BXC19' then error('BXC19 Catalogue: a row must not vanish from the view; see bxc_violations_Catalogue')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Component as s where s.part_no = w.part_no and not (true and exists (select 1 from bxc_batch_Catalogue as x where x.bxc_staged = w.bxc_staged and x.bxc_old_part_no = w.part_no and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.part_no is distinct from x.bxc_old_part_no)))))) as bxc_creates
    from bxc_batch_Catalogue as w
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
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_Catalogue as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Component as s where s.part_no = w.part_no and not (true and exists (select 1 from bxc_batch_Catalogue as x where x.bxc_staged = w.bxc_staged and x.bxc_old_part_no = w.part_no and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.part_no is distinct from x.bxc_old_part_no)))))) as bxc_creates
    from bxc_batch_Catalogue as w
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
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from Component as s using bxc_apply_Catalogue as c
where c.bxc_kind <> 'insert' and s.part_no = c.bxc_old_part_no;

insert into Component (part_no, description, unit_price, lead_days, preferred)
select part_no, description, unit_price, lead_days, preferred from bxc_apply_Catalogue where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_Component (bxc_seq, bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_preferred, part_no, description, unit_price, lead_days, preferred)
select (select nextval('bxc_seq_Component')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'Catalogue', bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_preferred, part_no, description, unit_price, lead_days, preferred
from bxc_apply_Catalogue;

insert into bxc_journal_Component (bxc_put, bxc_old_part_no, part_no, description, unit_price, lead_days, preferred)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_Component), bxc_old_part_no, part_no, description, unit_price, lead_days, preferred
from bxc_apply_Catalogue;

drop table bxc_batch_Catalogue;
drop table bxc_apply_Catalogue;
