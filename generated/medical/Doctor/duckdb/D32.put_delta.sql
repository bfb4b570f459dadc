-- Puts a delta of the view, staged in bxc_delta_D32, into D3: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind D3.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read D3.capture.sql  .read D32.put_delta.sql  commit;

create or replace temp table bxc_batch_D32 as
select 'delta' as bxc_staged, bxc_op, bxc_old_medication_name, medication_name, mechanism_of_action from bxc_delta_D32;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 D32: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D32')
  when 'BXC11' then error('BXC11 D32: a key belongs to a source row that the view does not show; see bxc_violations_D32')
  when 'BXC12' then error('BXC12 D32: a row does not fulfil the condition of the view; see bxc_violations_D32')
  when 'BXC14' then error('BXC14 D32: a new row has no value for a key column that the view hides; see bxc_violations_D32')
  when 'BXC15' then error('BXC15 D32: a computed column is stated otherwise than its inputs give it; see bxc_violations_D32')
  when 'BXC16' then error('BXC16 D32: a value is outside its type, or NULL where the view has none; see bxc_violations_D32')
  when 'BXC17' then error('BXC17 D32: a constraint of the source would be broken; see bxc_violations_D32')
  when 'BXC18' then error('BXC18 D32: an update speaks of a key that no row has; see bxc_violations_D32')
  when 'BXC19' then error('BXC19 D32: a row must not vanish from the view; see bxc_violations_D32')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from D3 as s where s.medication_name = w.medication_name and not (true and exists (select 1 from bxc_batch_D32 as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and x.bxc_op = 'update' and (x.medication_name is distinct from x.bxc_old_medication_name))))) as bxc_creates
    from bxc_batch_D32 as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, s.patient_id as patient_id, w.medication_name as medication_name,
      s.clinical_data as clinical_data, w.mechanism_of_action as mechanism_of_action, s.dosage as dosage
    from work as w
    join D3 as s on s.medication_name = w.bxc_old_medication_name
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, s.patient_id as patient_id, s.medication_name as medication_name,
      s.clinical_data as clinical_data, s.mechanism_of_action as mechanism_of_action, s.dosage as dosage
    from work as w
    join D3 as s on s.medication_name = w.medication_name
    where w.bxc_op = 'insert' and true and s.medication_name is not distinct from w.medication_name and s.mechanism_of_action is not distinct from w.mechanism_of_action and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_medication_name,
      cast(null as varchar) as bxc_old_clinical_data, cast(null as varchar) as bxc_old_mechanism_of_action,
      cast(null as varchar) as bxc_old_dosage, cast(null as bigint) as patient_id,
      w.medication_name as medication_name, cast(null as varchar) as clinical_data,
      w.mechanism_of_action as mechanism_of_action, cast(null as varchar) as dosage
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
    where w.bxc_op = 'insert' and exists (select 1 from D3 as s where s.medication_name = w.medication_name and true and not (s.medication_name is not distinct from w.medication_name and s.mechanism_of_action is not distinct from w.mechanism_of_action)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and x.bxc_op = 'update' and (x.medication_name is distinct from x.bxc_old_medication_name))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.medication_name is distinct from w.bxc_old_medication_name) and exists (select 1 from D3 as s where s.medication_name = w.medication_name and true) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and (x.bxc_op = 'delete' or (x.medication_name is distinct from x.bxc_old_medication_name)))
    union all
    select 'BXC14' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'a new row has no value for the hidden key column patient_id' as bxc_detail
    from work as w
    where w.bxc_creates
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
    where w.bxc_op = 'update' and not exists (select 1 from D3 as s where s.medication_name = w.bxc_old_medication_name and true)
    union all
    select 'BXC19' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as medication_name, 'the view rejects deletes' as bxc_detail
    from work as w
    where w.bxc_op = 'delete' and exists (select 1 from D3 as s where s.medication_name = w.bxc_old_medication_name and true)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_medication_name as medication_name, 'primary key (patient_id)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.patient_id is distinct from e.bxc_old_patient_id)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.patient_id = e.patient_id) > 1
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_medication_name as medication_name, 'determines medication_name -> mechanism_of_action' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or e.medication_name is distinct from e.bxc_old_medication_name)) and exists (select 1 from after as a where a.bxc_staged = e.bxc_staged and a.medication_name is not distinct from e.medication_name and (a.mechanism_of_action is distinct from e.mechanism_of_action))
  )
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_D32 as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from D3 as s where s.medication_name = w.medication_name and not (true and exists (select 1 from bxc_batch_D32 as x where x.bxc_staged = w.bxc_staged and x.bxc_old_medication_name = w.medication_name and x.bxc_op = 'update' and (x.medication_name is distinct from x.bxc_old_medication_name))))) as bxc_creates
    from bxc_batch_D32 as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, s.patient_id as patient_id, w.medication_name as medication_name,
      s.clinical_data as clinical_data, w.mechanism_of_action as mechanism_of_action, s.dosage as dosage
    from work as w
    join D3 as s on s.medication_name = w.bxc_old_medication_name
    where w.bxc_op = 'update' and true
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
      s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
      s.dosage as bxc_old_dosage, s.patient_id as patient_id, s.medication_name as medication_name,
      s.clinical_data as clinical_data, s.mechanism_of_action as mechanism_of_action, s.dosage as dosage
    from work as w
    join D3 as s on s.medication_name = w.medication_name
    where w.bxc_op = 'insert' and true and s.medication_name is not distinct from w.medication_name and s.mechanism_of_action is not distinct from w.mechanism_of_action and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
      cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_medication_name,
      cast(null as varchar) as bxc_old_clinical_data, cast(null as varchar) as bxc_old_mechanism_of_action,
      cast(null as varchar) as bxc_old_dosage, cast(null as bigint) as patient_id,
      w.medication_name as medication_name, cast(null as varchar) as clinical_data,
      w.mechanism_of_action as mechanism_of_action, cast(null as varchar) as dosage
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.patient_id is distinct from e.bxc_old_patient_id or e.medication_name is distinct from e.bxc_old_medication_name or e.clinical_data is distinct from e.bxc_old_clinical_data or e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or e.dosage is distinct from e.bxc_old_dosage)
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from D3 as s using bxc_apply_D32 as c
where c.bxc_kind <> 'insert' and s.patient_id = c.bxc_old_patient_id;

insert into D3 (patient_id, medication_name, clinical_data, mechanism_of_action, dosage)
select patient_id, medication_name, clinical_data, mechanism_of_action, dosage from bxc_apply_D32 where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_D3 (bxc_seq, bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data, bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action, dosage)
select (select nextval('bxc_seq_D3')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'D32', bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data, bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_apply_D32;

insert into bxc_journal_D3 (bxc_put, bxc_old_patient_id, patient_id, medication_name, clinical_data, mechanism_of_action, dosage)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_D3), bxc_old_patient_id, patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_apply_D32;

drop table bxc_batch_D32;
drop table bxc_apply_D32;
