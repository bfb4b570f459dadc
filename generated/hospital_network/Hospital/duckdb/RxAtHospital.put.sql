-- Puts the view's new content, staged in bxc_new_RxAtHospital, into Prescription: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind Prescription.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read Prescription.capture.sql  .read RxAtHospital.put.sql  commit;

create or replace temp table bxc_batch_RxAtHospital as
select 'new' as bxc_staged, case when v.rx is null then 'insert' else 'update' end as bxc_op,
  v.rx as bxc_old_rx, n.rx, n.drug, n.quantity, n.dispensed, n.unit_price, n.outstanding
from bxc_new_RxAtHospital as n
left join RxAtHospital as v on n.rx = v.rx
union all
select 'new', 'delete',
  v.rx as bxc_old_rx, cast(null as uuid) as rx, cast(null as varchar) as drug, cast(null as bigint) as quantity,
  cast(null as bigint) as dispensed, cast(null as decimal(8, 2)) as unit_price,
  cast(null as bigint) as outstanding
from RxAtHospital as v
anti join bxc_new_RxAtHospital as n on n.rx = v.rx
where true;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 RxAtHospital: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_RxAtHospital')
  when 'BXC11' then error('BXC11 RxAtHospital: a key belongs to a source row that the view does not show; see bxc_violations_RxAtHospital')
  when 'BXC12' then error('BXC12 RxAtHospital: a row does not fulfil the condition of the view; see bxc_violations_RxAtHospital')
  when 'BXC14' then error('BXC14 RxAtHospital: a new row has no value for a key column that the view hides; see bxc_violations_RxAtHospital')
  when 'BXC15' then error('BXC15 RxAtHospital: a computed column is stated otherwise than its inputs give it; see bxc_violations_RxAtHospital')
  when 'BXC16' then error('BXC16 RxAtHospital: a value is outside its type, or NULL where the view has none; see bxc_violations_RxAtHospital')
  when 'BXC17' then error('BXC17 RxAtHospital: a constraint of the source would be broken; see bxc_violations_RxAtHospital')
  when 'BXC18' then error('BXC18 RxAtHospital: an update speaks of a key that no row has; see bxc_violations_RxAtHospital')
  when 'BXC19' then error('BXC19 RxAtHospital: a row must not vanish from the view; see bxc_violations_RxAtHospital')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Prescription as s where s.rx = w.rx and not (coalesce((s.released), false) and exists (select 1 from bxc_batch_RxAtHospital as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and x.bxc_op = 'update' and (x.rx is distinct from x.bxc_old_rx))))) as bxc_creates
    from bxc_batch_RxAtHospital as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id,
      s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
      s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
      w.rx as rx, s.patient_id as patient_id, w.drug as drug, w.quantity as quantity, w.dispensed as dispensed,
      try_cast(w.unit_price as decimal(8, 2)) as unit_price, s.prescriber as prescriber, s.released as released
    from work as w
    join Prescription as s on s.rx = w.bxc_old_rx
    where w.bxc_op = 'update' and coalesce((s.released), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'set' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id,
      s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
      s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
      s.rx as rx, s.patient_id as patient_id, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed,
      s.unit_price as unit_price, s.prescriber as prescriber, cast(false as boolean) as released
    from work as w
    join Prescription as s on s.rx = w.bxc_old_rx
    where w.bxc_op = 'delete' and coalesce((s.released), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id,
      s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
      s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
      s.rx as rx, s.patient_id as patient_id, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed,
      s.unit_price as unit_price, s.prescriber as prescriber, s.released as released
    from work as w
    join Prescription as s on s.rx = w.rx
    where w.bxc_op = 'insert' and coalesce((s.released), false) and s.rx is not distinct from w.rx and s.drug is not distinct from w.drug and s.quantity is not distinct from w.quantity and s.dispensed is not distinct from w.dispensed and s.unit_price is not distinct from w.unit_price and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx,
      cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_drug,
      cast(null as bigint) as bxc_old_quantity, cast(null as bigint) as bxc_old_dispensed,
      cast(null as decimal(8, 2)) as bxc_old_unit_price, cast(null as varchar) as bxc_old_prescriber,
      cast(null as boolean) as bxc_old_released, w.rx as rx, cast(null as bigint) as patient_id, w.drug as drug,
      w.quantity as quantity, w.dispensed as dispensed, try_cast(w.unit_price as decimal(8, 2)) as unit_price,
      cast(null as varchar) as prescriber, cast(false as boolean) as released
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.rx is distinct from e.bxc_old_rx or e.patient_id is distinct from e.bxc_old_patient_id or e.drug is distinct from e.bxc_old_drug or e.quantity is distinct from e.bxc_old_quantity or e.dispensed is distinct from e.bxc_old_dispensed or e.unit_price is distinct from e.bxc_old_unit_price or e.prescriber is distinct from e.bxc_old_prescriber or e.released is distinct from e.bxc_old_released)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.rx, s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released
    from Prescription as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_rx = s.rx)
    union all
    select c.bxc_staged, true, c.rx, c.patient_id, c.drug, c.quantity, c.dispensed, c.unit_price, c.prescriber, c.released from change as c where c.bxc_kind <> 'delete'
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
    where w.bxc_op = 'insert' and exists (select 1 from Prescription as s where s.rx = w.rx and coalesce((s.released), false) and not (s.rx is not distinct from w.rx and s.drug is not distinct from w.drug and s.quantity is not distinct from w.quantity and s.dispensed is not distinct from w.dispensed and s.unit_price is not distinct from w.unit_price)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and x.bxc_op = 'update' and (x.rx is distinct from x.bxc_old_rx))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.rx is distinct from w.bxc_old_rx) and exists (select 1 from Prescription as s where s.rx = w.rx and coalesce((s.released), false)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and (x.bxc_op = 'delete' or (x.rx is distinct from x.bxc_old_rx)))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'a row that the view hides has the key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from Prescription as s where s.rx = w.rx and not coalesce((s.released), false)) and not (exists (select 1 from Prescription as s where s.rx = w.rx and coalesce((s.released), false)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and x.bxc_op = 'update' and (x.rx is distinct from x.bxc_old_rx)))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'a row that the view hides has the new key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.rx is distinct from w.bxc_old_rx) and exists (select 1 from Prescription as s where s.rx = w.rx and not coalesce((s.released), false))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'a row that this put hides keeps the new key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.rx is distinct from w.bxc_old_rx) and exists (select 1 from Prescription as s where s.rx = w.rx and coalesce((s.released), false)) and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and x.bxc_op = 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'a new row has no value for patient_id' as bxc_detail
    from work as w
    where w.bxc_creates
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as rx, 'a new row has no value for prescriber' as bxc_detail
    from work as w
    where w.bxc_creates
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
    where w.bxc_op = 'update' and not exists (select 1 from Prescription as s where s.rx = w.bxc_old_rx and coalesce((s.released), false))
    union all
    select 'BXC12' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_rx as rx, 'where is not true for the row' as bxc_detail
    from effect as e
    where e.bxc_kind in ('insert', 'update', 'revive') and not coalesce((e.released), false)
    union all
    select 'BXC19' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_rx as rx, 'the row would still be in the view' as bxc_detail
    from effect as e
    where e.bxc_kind = 'set' and coalesce((e.released), false)
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
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_rx as rx, 'patient_id references Patient(patient_id)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.patient_id is distinct from e.bxc_old_patient_id)) and e.patient_id is not null and not exists (select 1 from Patient as t where t.patient_id = e.patient_id)
  )
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_RxAtHospital as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from Prescription as s where s.rx = w.rx and not (coalesce((s.released), false) and exists (select 1 from bxc_batch_RxAtHospital as x where x.bxc_staged = w.bxc_staged and x.bxc_old_rx = w.rx and x.bxc_op = 'update' and (x.rx is distinct from x.bxc_old_rx))))) as bxc_creates
    from bxc_batch_RxAtHospital as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id,
      s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
      s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
      w.rx as rx, s.patient_id as patient_id, w.drug as drug, w.quantity as quantity, w.dispensed as dispensed,
      try_cast(w.unit_price as decimal(8, 2)) as unit_price, s.prescriber as prescriber, s.released as released
    from work as w
    join Prescription as s on s.rx = w.bxc_old_rx
    where w.bxc_op = 'update' and coalesce((s.released), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'set' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id,
      s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
      s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
      s.rx as rx, s.patient_id as patient_id, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed,
      s.unit_price as unit_price, s.prescriber as prescriber, cast(false as boolean) as released
    from work as w
    join Prescription as s on s.rx = w.bxc_old_rx
    where w.bxc_op = 'delete' and coalesce((s.released), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id,
      s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
      s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
      s.rx as rx, s.patient_id as patient_id, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed,
      s.unit_price as unit_price, s.prescriber as prescriber, s.released as released
    from work as w
    join Prescription as s on s.rx = w.rx
    where w.bxc_op = 'insert' and coalesce((s.released), false) and s.rx is not distinct from w.rx and s.drug is not distinct from w.drug and s.quantity is not distinct from w.quantity and s.dispensed is not distinct from w.dispensed and s.unit_price is not distinct from w.unit_price and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx,
      cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_drug,
      cast(null as bigint) as bxc_old_quantity, cast(null as bigint) as bxc_old_dispensed,
      cast(null as decimal(8, 2)) as bxc_old_unit_price, cast(null as varchar) as bxc_old_prescriber,
      cast(null as boolean) as bxc_old_released, w.rx as rx, cast(null as bigint) as patient_id, w.drug as drug,
      w.quantity as quantity, w.dispensed as dispensed, try_cast(w.unit_price as decimal(8, 2)) as unit_price,
      cast(null as varchar) as prescriber, cast(false as boolean) as released
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.rx is distinct from e.bxc_old_rx or e.patient_id is distinct from e.bxc_old_patient_id or e.drug is distinct from e.bxc_old_drug or e.quantity is distinct from e.bxc_old_quantity or e.dispensed is distinct from e.bxc_old_dispensed or e.unit_price is distinct from e.bxc_old_unit_price or e.prescriber is distinct from e.bxc_old_prescriber or e.released is distinct from e.bxc_old_released)
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from Prescription as s using bxc_apply_RxAtHospital as c
where c.bxc_kind <> 'insert' and s.rx = c.bxc_old_rx;

insert into Prescription (rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released)
select rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released from bxc_apply_RxAtHospital where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_Prescription (bxc_seq, bxc_op, bxc_via, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released)
select (select nextval('bxc_seq_Prescription')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'RxAtHospital', bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
from bxc_apply_RxAtHospital;

insert into bxc_journal_Prescription (bxc_put, bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_Prescription), bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
from bxc_apply_RxAtHospital;

drop table bxc_batch_RxAtHospital;
drop table bxc_apply_RxAtHospital;
