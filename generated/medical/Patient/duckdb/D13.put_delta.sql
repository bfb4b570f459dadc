-- Puts a delta of the view, staged in bxc_delta_D13, into D1: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind D1.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read D1.capture.sql' -c '.read D13.put_delta.sql' -c commit

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_D13 as
select
  s.rowid as bxc_rowid, case when not (s.patient_id = 188) is true then 1 else 0 end as bxc_layer,
  s.patient_id, s.medication_name, s.clinical_data, s.address, s.dosage
from D1 as s
semi join (
  select bxc_old_patient_id as patient_id from bxc_delta_D13 where bxc_op <> 'insert'
  union all
  select patient_id from bxc_delta_D13
  where bxc_op = 'insert'
    or bxc_op = 'update' and patient_id is distinct from bxc_old_patient_id
) as w on s.patient_id = w.patient_id;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_D13 as
with
  bxc_key as (
    select patient_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
      bool_or(bxc_layer in (1)) as bxc_rejected
    from bxc_seen_D13
    group by patient_id
  ),
  bxc_old as (
    select w.bxc_old_patient_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.patient_id <> w.bxc_old_patient_id) as bxc_renamed
    from bxc_delta_D13 as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_patient_id
  ),
  bxc_new as (
    select w.patient_id, count(*) as bxc_count
    from bxc_delta_D13 as w
    where w.bxc_op in ('insert', 'update')
    group by w.patient_id
  )
select w.*,
  w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end as bxc_key_patient_id,
    w.bxc_op = 'update' and w.patient_id <> w.bxc_old_patient_id as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_delta_D13 as w
  left join bxc_key as o on o.patient_id = w.bxc_old_patient_id
  left join bxc_key as n on n.patient_id = w.patient_id
  left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id
  left join bxc_old as l on l.bxc_old_patient_id = w.patient_id
  left join bxc_new as c on c.patient_id = w.patient_id
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_D13 as
select e.*,
  (e.patient_id is distinct from e.bxc_old_patient_id or
    e.medication_name is distinct from e.bxc_old_medication_name or
    e.clinical_data is distinct from e.bxc_old_clinical_data or e.address is distinct from e.bxc_old_address or
    e.dosage is distinct from e.bxc_old_dosage) as bxc_changed,
  bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
  bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
from (
  select
    case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind,
    s.bxc_rowid as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
    s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
    s.clinical_data as bxc_old_clinical_data, s.address as bxc_old_address, s.dosage as bxc_old_dosage,
    case when bxc_kind in ('update', 'keep') then w.patient_id when bxc_kind <> 'delete' then s.patient_id end as patient_id,
    case
      when bxc_kind in ('update', 'keep') then w.medication_name
      when bxc_kind <> 'delete' then s.medication_name
    end as medication_name,
    case
      when bxc_kind in ('update', 'keep') then w.clinical_data
      when bxc_kind <> 'delete' then s.clinical_data
    end as clinical_data,
    case when bxc_kind <> 'delete' then s.address end as address,
    case when bxc_kind in ('update', 'keep') then w.dosage when bxc_kind <> 'delete' then s.dosage end as dosage
  from bxc_work_D13 as w
  join bxc_seen_D13 as s on s.patient_id = w.bxc_key_patient_id
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
    cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_medication_name,
    cast(null as varchar) as bxc_old_clinical_data, cast(null as varchar) as bxc_old_address,
    cast(null as varchar) as bxc_old_dosage, w.patient_id as patient_id, w.medication_name as medication_name,
    w.clinical_data as clinical_data, cast(null as varchar) as address, w.dosage as dosage
  from bxc_work_D13 as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 D13: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D13'
  )
  when 'BXC11' then error(
    'BXC11 D13: a key belongs to a source row that the view does not show; see bxc_violations_D13'
  )
  when 'BXC12' then error(
    'BXC12 D13: a row does not fulfil the condition of the view; see bxc_violations_D13'
  )
  when 'BXC14' then error(
    'BXC14 D13: a new row has no value for a key column that the view hides; see bxc_violations_D13'
  )
  when 'BXC15' then error(
    'BXC15 D13: a computed column is stated otherwise than its inputs give it; see bxc_violations_D13'
  )
  when 'BXC16' then error(
    'BXC16 D13: a value is outside its type, or NULL where the view has none; see bxc_violations_D13'
  )
  when 'BXC17' then error(
    'BXC17 D13: a constraint of the source would be broken; see bxc_violations_D13'
  )
  when 'BXC18' then error(
    'BXC18 D13: an update speaks of a key that no row has; see bxc_violations_D13'
  )
  when 'BXC19' then error(
    'BXC19 D13: a row must not vanish from the view; see bxc_violations_D13'
  )
end as bxc_refused
from (
  select case
    when w.bxc_op in ('insert', 'update') and (w.patient_id is null)
      then 'BXC10'  -- the key has a NULL
    when w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null)
      then 'BXC10'  -- the old key has a NULL
    when w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null)
      then 'BXC10'  -- an insert has an old key
    when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
      then 'BXC10'  -- another staged row has the same old key
    when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
      then 'BXC10'  -- another staged row has the same key
    when w.bxc_op = 'insert' and w.bxc_key_deleted
      then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
    when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
      then 'BXC10'  -- D13 has another row with the new key
    when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed))
      then 'BXC11'  -- D1 has a row with this key that D13 does not show
    when w.bxc_renames and w.bxc_new_hidden
      then 'BXC11'  -- D1 has a row with the new key that D13 does not show
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w.patient_id is null
      then 'BXC16'  -- patient_id is NULL
    when w.bxc_op in ('insert', 'update') and w.medication_name is null
      then 'BXC16'  -- medication_name is NULL
    when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
      then 'BXC16'  -- medication_name is no text
    when w.bxc_op in ('insert', 'update') and not (not contains(w.clinical_data, chr(0)))
      then 'BXC16'  -- clinical_data is no text
    when w.bxc_op in ('insert', 'update') and not (not contains(w.dosage, chr(0)))
      then 'BXC16'  -- dosage is no text
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- D13 has no row with the old key
  end as bxc_code
  from bxc_work_D13 as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- D13 has a row with this key and other values
    when e.bxc_kind in ('insert', 'update', 'revive') and not (e.patient_id = 188) is true
      then 'BXC12'  -- where of D13 is not true for the row
  end
  from bxc_effect_D13 as e
  union all
  -- another row of D1 has the same patient_id
  select 'BXC17'
  from bxc_effect_D13 as e
  semi join (
    select patient_id
    from (
      select s.patient_id
      from bxc_seen_D13 as s
      semi join (
        select e.patient_id as patient_id
        from bxc_effect_D13 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
      ) as t on t.patient_id is not distinct from s.patient_id
      anti join (
        select bxc_rowid from bxc_effect_D13 where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select patient_id from bxc_effect_D13 where bxc_made
    ) as l
    group by patient_id
    having count(*) > 1
  ) as r on r.patient_id = e.patient_id
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
);

-- apply: rows that change leave the source and come back as they are to be
delete from D1 as s
where s.rowid in (
  select bxc_rowid from bxc_effect_D13 where bxc_gone
);

insert into D1 (
  patient_id, medication_name, clinical_data, address, dosage
)
select
  patient_id, medication_name, clinical_data, address, dosage
from bxc_effect_D13 where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_D1 (
  bxc_seq, bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data,
  bxc_old_address, bxc_old_dosage, patient_id, medication_name, clinical_data, address, dosage
)
select
  (select nextval('bxc_seq_D1')), case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end,
  'D13', bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data, bxc_old_address, bxc_old_dosage,
  patient_id, medication_name, clinical_data, address, dosage
from bxc_effect_D13 where bxc_gone or bxc_made;

insert into bxc_journal_D1 (
  bxc_put, bxc_old_patient_id, patient_id, medication_name, clinical_data, address, dosage
)
select
  (select nextval('bxc_seq_D1')), bxc_old_patient_id, patient_id, medication_name, clinical_data, address,
  dosage
from bxc_effect_D13 where bxc_gone or bxc_made;

drop table bxc_effect_D13;
drop table bxc_work_D13;
drop table bxc_seen_D13;
