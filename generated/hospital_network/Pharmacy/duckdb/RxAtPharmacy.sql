-- RxAtPharmacy: view of Dispensing, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists RxAtPharmacy as
select
  s.rx as rx, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed, s.unit_price as unit_price,
  (s.quantity - s.dispensed) as outstanding
from Dispensing as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_RxAtPharmacy (
  rx uuid, drug varchar, quantity bigint, dispensed bigint, unit_price decimal(38, 2), outstanding bigint
);

create table if not exists bxc_delta_RxAtPharmacy (
  bxc_op varchar, bxc_old_rx uuid, rx uuid, drug varchar, quantity bigint, dispensed bigint,
  unit_price decimal(38, 2), outstanding bigint
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_RxAtPharmacy as
with
  staged as (
    select 'delta' as bxc_staged, bxc_op, bxc_old_rx, rx, drug, quantity, dispensed, unit_price, outstanding from bxc_delta_RxAtPharmacy
    union all
    select 'new' as bxc_staged, case when v.rx is null then 'insert' else 'update' end as bxc_op,
      v.rx as bxc_old_rx, n.rx, n.drug, n.quantity, n.dispensed, n.unit_price, n.outstanding
    from bxc_new_RxAtPharmacy as n
    left join RxAtPharmacy as v on n.rx = v.rx
    union all
    select 'new', 'delete',
      v.rx as bxc_old_rx, cast(null as uuid) as rx, cast(null as varchar) as drug, cast(null as bigint) as quantity,
      cast(null as bigint) as dispensed, cast(null as decimal(8, 2)) as unit_price,
      cast(null as bigint) as outstanding
    from RxAtPharmacy as v
    anti join bxc_new_RxAtPharmacy as n on n.rx = v.rx
    where exists (select 1 from bxc_new_RxAtPharmacy)
  ),
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Dispensing as s where s.rx = w.rx and not (true and exists (select 1 from staged as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.rx is distinct from x.bxc_old_rx)))))) as bxc_creates
    from staged as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
      s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
      s.batch as bxc_old_batch, w.rx as rx, w.drug as drug, w.quantity as quantity, w.dispensed as dispensed,
      try_cast(w.unit_price as decimal(8, 2)) as unit_price, s.batch as batch
    from work as w
    join Dispensing as s on s.rx = w.bxc_old_rx
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
      s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
      s.batch as bxc_old_batch, cast(null as uuid) as rx, cast(null as varchar) as drug,
      cast(null as bigint) as quantity, cast(null as bigint) as dispensed, cast(null as decimal(8, 2)) as unit_price,
      cast(null as varchar) as batch
    from work as w
    join Dispensing as s on s.rx = w.bxc_old_rx
    where w.bxc_op = 'delete' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
      s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
      s.batch as bxc_old_batch, s.rx as rx, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed,
      s.unit_price as unit_price, s.batch as batch
    from work as w
    join Dispensing as s on s.rx = w.rx
    where w.bxc_op = 'insert' and true and s.rx is not distinct from w.rx and s.drug is not distinct from w.drug and s.quantity is not distinct from w.quantity and s.dispensed is not distinct from w.dispensed and s.unit_price is not distinct from w.unit_price and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx, cast(null as varchar) as bxc_old_drug,
      cast(null as bigint) as bxc_old_quantity, cast(null as bigint) as bxc_old_dispensed,
      cast(null as decimal(8, 2)) as bxc_old_unit_price, cast(null as varchar) as bxc_old_batch, w.rx as rx,
      w.drug as drug, w.quantity as quantity, w.dispensed as dispensed,
      try_cast(w.unit_price as decimal(8, 2)) as unit_price, cast(null as varchar) as batch
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.rx is distinct from e.bxc_old_rx or e.drug is distinct from e.bxc_old_drug or e.quantity is distinct from e.bxc_old_quantity or e.dispensed is distinct from e.bxc_old_dispensed or e.unit_price is distinct from e.bxc_old_unit_price or e.batch is distinct from e.bxc_old_batch)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.batch
    from Dispensing as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_rx = s.rx)
    union all
    select c.bxc_staged, true, c.rx, c.drug, c.quantity, c.dispensed, c.unit_price, c.batch from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w.rx is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_rx is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_rx is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_rx = w.bxc_old_rx) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x.rx = w.rx) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from Dispensing as s where s.rx = w.rx and true and not (s.rx is not distinct from w.rx and s.drug is not distinct from w.drug and s.quantity is not distinct from w.quantity and s.dispensed is not distinct from w.dispensed and s.unit_price is not distinct from w.unit_price)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and x.bxc_op = 'update' and (x.rx is distinct from x.bxc_old_rx))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.rx is distinct from w.bxc_old_rx) and exists (select 1 from Dispensing as s where s.rx = w.rx and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and (x.bxc_op = 'delete' or (x.rx is distinct from x.bxc_old_rx)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'rx is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.rx is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'drug is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.drug is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'drug is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (length(w.drug) <= 60 and not contains(w.drug, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'quantity is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.quantity is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'dispensed is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.dispensed is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'unit_price has too many digits' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 1000000
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'outstanding is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.outstanding is null
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from Dispensing as s where s.rx = w.bxc_old_rx and true)
    union all
    select 'BXC15' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_rx as rx, 'outstanding is computed and stated otherwise' as bxc_detail
    from effect as e
    where e.bxc_kind in ('insert', 'update', 'revive', 'same') and e.bxc_view_outstanding is distinct from (e.quantity - e.dispensed)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_rx as rx, 'check amounts' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity)) and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_rx as rx, 'primary key (rx)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.rx is distinct from e.bxc_old_rx)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.rx = e.rx) > 1
  )
select bxc_code, bxc_staged, rx, bxc_detail from violation;
