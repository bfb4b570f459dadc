-- Puts the view's new content, staged in bxc_new_D31, into D3: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind D3.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read D3.capture.sql  .read D31.put.sql  commit;

create or replace temp table bxc_batch_D31 as
select 'new' as bxc_staged, case when v.patient_id is null then 'insert' else 'update' end as bxc_op,
  v.patient_id as bxc_old_patient_id, n.patient_id, n.medication_name, n.clinical_data, n.dosage
from bxc_new_D31 as n
left join D31 as v on n.patient_id = v.patient_id
union all
select 'new', 'delete',
  v.patient_id as bxc_old_patient_id, cast(null as bigint) as patient_id,
  cast(null as varchar) as medication_name, cast(null as varchar) as clinical_data,
  cast(null as varchar) as dosage
from D31 as v
anti join bxc_new_D31 as n on n.patient_id = v.patient_id
where true;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 D31: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D31')
  when 'BXC11' then error('BXC11 D31: a key belongs to a source row that the view does not show; see bxc_violations_D31')
  when 'BXC12' then error('BXC12 D31: a row does not fulfil the condition of the view; see bxc_violations_D31')
  when 'BXC14' then error('BXC14 D31: a new row has no value for a key column that the view hides; see bxc_violations_D31')
  when 'BXC15' then error('BXC15 D31: a computed column is stated otherwise than its inputs give it; see bxc_violations_D31')
  when 'BXC16' then error('BXC16 D31: a value is outside its type, or NULL where the view has none; see bxc_violations_D31')
  when 'BXC17' then error('BXC17 D31: a constraint of the source would be broken; see bxc_violations_D31')
  when 'BXC18' then error('BXC18 D31: an update speaks of a key that no row has; see bxc_violations_D31')
  when 'BXC19' then error('BXC19 D31: a row must not vanish from the view; see bxc_violations_D31')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from D3 as s where s.patient_id = w.patient_id and not (coalesce((s.patient_id = 188), false) and exists (select 1 from bxc_batch_D31 as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.patient_id is distinct from x.bxc_old_patient_id)))))) as bxc_creates
    from bxc_batch_D31 as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, w.patient_id as patient_id, w.medication_name as medication_name,
      w.clinical_data as clinical_data, s.mechanism_of_action as mechanism_of_action, w.dosage as dosage
    from work as w
    join D3 as s on s.patient_id = w.bxc_old_patient_id
    where w.bxc_op = 'update' and coalesce((s.patient_id = 188), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, cast(null as bigint) as patient_id, cast(null as varchar) as medication_name,
      cast(null as varchar) as clinical_data, cast(null as varchar) as mechanism_of_action,
      cast(null as varchar) as dosage
    from work as w
    join D3 as s on s.patient_id = w.bxc_old_patient_id
    where w.bxc_op = 'delete' and coalesce((s.patient_id = 188), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, s.patient_id as patient_id, s.medication_name as medication_name,
      s.clinical_data as clinical_data, s.mechanism_of_action as mechanism_of_action, s.dosage as dosage
    from work as w
    join D3 as s on s.patient_id = w.patient_id
    where w.bxc_op = 'insert' and coalesce((s.patient_id = 188), false) and s.patient_id is not distinct from w.patient_id and s.medication_name is not distinct from w.medication_name and s.clinical_data is not distinct from w.clinical_data and s.dosage is not distinct from w.dosage and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_medication_name,
      cast(null as varchar) as bxc_old_clinical_data, cast(null as varchar) as bxc_old_mechanism_of_action,
      cast(null as varchar) as bxc_old_dosage, w.patient_id as patient_id, w.medication_name as medication_name,
      w.clinical_data as clinical_data, cast(null as varchar) as mechanism_of_action, w.dosage as dosage
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.patient_id is distinct from e.bxc_old_patient_id or e.medication_name is distinct from e.bxc_old_medication_name or e.clinical_data is distinct from e.bxc_old_clinical_data or e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or e.dosage is distinct from e.bxc_old_dosage)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.patient_id, s.medication_name, s.clinical_data, s.mechanism_of_action, s.dosage
    from D3 as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_patient_id = s.patient_id)
    union all
    select c.bxc_staged, true, c.patient_id, c.medication_name, c.clinical_data, c.mechanism_of_action, c.dosage from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w.patient_id is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_patient_id = w.bxc_old_patient_id) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x.patient_id = w.patient_id) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from D3 as s where s.patient_id = w.patient_id and coalesce((s.patient_id = 188), false) and not (s.patient_id is not distinct from w.patient_id and s.medication_name is not distinct from w.medication_name and s.clinical_data is not distinct from w.clinical_data and s.dosage is not distinct from w.dosage)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and x.bxc_op = 'update' and (x.patient_id is distinct from x.bxc_old_patient_id))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.patient_id is distinct from w.bxc_old_patient_id) and exists (select 1 from D3 as s where s.patient_id = w.patient_id and coalesce((s.patient_id = 188), false)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and (x.bxc_op = 'delete' or (x.patient_id is distinct from x.bxc_old_patient_id)))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'a row that the view hides has the key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from D3 as s where s.patient_id = w.patient_id and not coalesce((s.patient_id = 188), false)) and not (exists (select 1 from D3 as s where s.patient_id = w.patient_id and coalesce((s.patient_id = 188), false)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.patient_id is distinct from x.bxc_old_patient_id))))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'a row that the view hides has the new key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.patient_id is distinct from w.bxc_old_patient_id) and exists (select 1 from D3 as s where s.patient_id = w.patient_id and not coalesce((s.patient_id = 188), false))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'patient_id is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.patient_id is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'medication_name is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.medication_name is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'medication_name is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'clinical_data is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.clinical_data, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'dosage is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.dosage, chr(0)))
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as patient_id, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from D3 as s where s.patient_id = w.bxc_old_patient_id and coalesce((s.patient_id = 188), false))
    union all
    select 'BXC12' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_patient_id as patient_id, 'where is not true for the row' as bxc_detail
    from effect as e
    where e.bxc_kind in ('insert', 'update', 'revive') and not coalesce((e.patient_id = 188), false)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_patient_id as patient_id, 'primary key (patient_id)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.patient_id is distinct from e.bxc_old_patient_id)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.patient_id = e.patient_id) > 1
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_patient_id as patient_id, 'determines medication_name -> mechanism_of_action' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or e.medication_name is distinct from e.bxc_old_medication_name)) and exists (select 1 from after as a where a.bxc_staged = e.bxc_staged and a.medication_name is not distinct from e.medication_name and (a.mechanism_of_action is distinct from e.mechanism_of_action))
  )
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_D31 as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from D3 as s where s.patient_id = w.patient_id and not (coalesce((s.patient_id = 188), false) and exists (select 1 from bxc_batch_D31 as x where x.bxc_staged = w.bxc_staged and x.bxc_old_patient_id = w.patient_id and (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.patient_id is distinct from x.bxc_old_patient_id)))))) as bxc_creates
    from bxc_batch_D31 as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, w.patient_id as patient_id, w.medication_name as medication_name,
      w.clinical_data as clinical_data, s.mechanism_of_action as mechanism_of_action, w.dosage as dosage
    from work as w
    join D3 as s on s.patient_id = w.bxc_old_patient_id
    where w.bxc_op = 'update' and coalesce((s.patient_id = 188), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'delete' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, cast(null as bigint) as patient_id, cast(null as varchar) as medication_name,
      cast(null as varchar) as clinical_data, cast(null as varchar) as mechanism_of_action,
      cast(null as varchar) as dosage
    from work as w
    join D3 as s on s.patient_id = w.bxc_old_patient_id
    where w.bxc_op = 'delete' and coalesce((s.patient_id = 188), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, s.patient_id as patient_id, s.medication_name as medication_name,
      s.clinical_data as clinical_data, s.mechanism_of_action as mechanism_of_action, s.dosage as dosage
    from work as w
    join D3 as s on s.patient_id = w.patient_id
    where w.bxc_op = 'insert' and coalesce((s.patient_id = 188), false) and s.patient_id is not distinct from w.patient_id and s.medication_name is not distinct from w.medication_name and s.clinical_data is not distinct from w.clinical_data and s.dosage is not distinct from w.dosage and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
      cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_medication_name,
      cast(null as varchar) as bxc_old_clinical_data, cast(null as varchar) as bxc_old_mechanism_of_action,
      cast(null as varchar) as bxc_old_dosage, w.patient_id as patient_id, w.medication_name as medication_name,
      w.clinical_data as clinical_data, cast(null as varchar) as mechanism_of_action, w.dosage as dosage
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.patient_id is distinct from e.bxc_old_patient_id or e.medication_name is distinct from e.bxc_old_medication_name or e.clinical_data is distinct from e.bxc_old_clinical_data or e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or e.dosage is distinct from e.bxc_old_dosage)
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from D3 as s using bxc_apply_D31 as c
where c.bxc_kind <> 'insert' and s.patient_id = c.bxc_old_patient_id;

insert into D3 (patient_id, medication_name, clinical_data, mechanism_of_action, dosage)
select patient_id, medication_name, clinical_data, mechanism_of_action, dosage from bxc_apply_D31 where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_D3 (bxc_seq, bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data, bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action, dosage)
select (select nextval('bxc_seq_D3')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'D31', bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data, bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_apply_D31;

insert into bxc_journal_D3 (bxc_put, bxc_old_patient_id, patient_id, medication_name, clinical_data, mechanism_of_action, dosage)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_D3), bxc_old_patient_id, patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_apply_D31;

drop table bxc_batch_D31;
drop table bxc_apply_D31;
