-- Puts a delta of the view, staged in bxc_delta_D32, into D3: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind D3.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read D3.capture.sql' -c '.read D32.put_delta.sql' -c commit

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_D32 as
select
  s.rowid as bxc_rowid, 0 as bxc_layer, s.patient_id, s.medication_name, s.clinical_data,
  s.mechanism_of_action, s.dosage
from D3 as s
semi join (
  select bxc_old_medication_name as medication_name from bxc_delta_D32 where bxc_op <> 'insert'
  union all
  select medication_name from bxc_delta_D32
  where bxc_op = 'insert'
    or bxc_op = 'update' and medication_name is distinct from bxc_old_medication_name
) as w on s.medication_name = w.medication_name;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_D32 as
with
  bxc_key as (
    select medication_name, bool_or(bxc_layer = 0) as bxc_shown
    from bxc_seen_D32
    group by medication_name
  ),
  bxc_old as (
    select w.bxc_old_medication_name, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name) as bxc_renamed
    from bxc_delta_D32 as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_medication_name
  ),
  bxc_new as (
    select w.medication_name, count(*) as bxc_count
    from bxc_delta_D32 as w
    where w.bxc_op in ('insert', 'update')
    group by w.medication_name
  )
select w.*,
  w.bxc_op = 'insert' and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
    w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_delta_D32 as w
  left join bxc_key as o on o.medication_name = w.bxc_old_medication_name
  left join bxc_key as n on n.medication_name = w.medication_name
  left join bxc_old as p on p.bxc_old_medication_name = w.bxc_old_medication_name
  left join bxc_old as l on l.bxc_old_medication_name = w.medication_name
  left join bxc_new as c on c.medication_name = w.medication_name
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_D32 as
select e.*,
  (e.patient_id is distinct from e.bxc_old_patient_id or
    e.medication_name is distinct from e.bxc_old_medication_name or
    e.clinical_data is distinct from e.bxc_old_clinical_data or
    e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
    e.dosage is distinct from e.bxc_old_dosage) as bxc_changed,
  bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
  bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
from (
  select
    case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
    end as bxc_kind,
    s.bxc_rowid as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
    s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
    s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
    s.dosage as bxc_old_dosage, s.patient_id as patient_id,
    case when bxc_kind in ('update', 'keep') then w.medication_name else s.medication_name end as medication_name,
    s.clinical_data as clinical_data,
    case when bxc_kind in ('update', 'keep') then w.mechanism_of_action else s.mechanism_of_action end as mechanism_of_action,
    s.dosage as dosage
  from bxc_work_D32 as w
  join bxc_seen_D32 as s on s.medication_name = w.bxc_key_medication_name
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
    cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_medication_name,
    cast(null as varchar) as bxc_old_clinical_data, cast(null as varchar) as bxc_old_mechanism_of_action,
    cast(null as varchar) as bxc_old_dosage, cast(null as bigint) as patient_id,
    w.medication_name as medication_name, cast(null as varchar) as clinical_data,
    w.mechanism_of_action as mechanism_of_action, cast(null as varchar) as dosage
  from bxc_work_D32 as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 D32: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D32'
  )
  when 'BXC11' then error(
    'BXC11 D32: a key belongs to a source row that the view does not show; see bxc_violations_D32'
  )
  when 'BXC12' then error(
    'BXC12 D32: a row does not fulfil the condition of the view; see bxc_violations_D32'
  )
  when 'BXC14' then error(
    'BXC14 D32: a new row has no value for a key column that the view hides; see bxc_violations_D32'
  )
  when 'BXC15' then error(
    'BXC15 D32: a computed column is stated otherwise than its inputs give it; see bxc_violations_D32'
  )
  when 'BXC16' then error(
    'BXC16 D32: a value is outside its type, or NULL where the view has none; see bxc_violations_D32'
  )
  when 'BXC17' then error(
    'BXC17 D32: a constraint of the source would be broken; see bxc_violations_D32'
  )
  when 'BXC18' then error(
    'BXC18 D32: an update speaks of a key that no row has; see bxc_violations_D32'
  )
  when 'BXC19' then error(
    'BXC19 D32: a row must not vanish from the view; see bxc_violations_D32'
  )
end as bxc_refused
from (
  select case
    when w.bxc_op in ('insert', 'update') and (w.medication_name is null)
      then 'BXC10'  -- the key has a NULL
    when w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)
      then 'BXC10'  -- the old key has a NULL
    when w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)
      then 'BXC10'  -- an insert has an old key
    when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
      then 'BXC10'  -- another staged row has the same old key
    when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
      then 'BXC10'  -- another staged row has the same key
    when w.bxc_op = 'insert' and w.bxc_key_deleted
      then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
    when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
      then 'BXC10'  -- D32 has another row with the new key
    when w.bxc_creates
      then 'BXC14'  -- a new row needs a fresh value for patient_id, which the view hides
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w.medication_name is null
      then 'BXC16'  -- medication_name is NULL
    when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
      then 'BXC16'  -- medication_name is no text
    when w.bxc_op in ('insert', 'update') and not (not contains(w.mechanism_of_action, chr(0)))
      then 'BXC16'  -- mechanism_of_action is no text
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- D32 has no row with the old key
    when w.bxc_op = 'delete' and w.bxc_old_shown
      then 'BXC19'  -- D32 rejects deletes
  end as bxc_code
  from bxc_work_D32 as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- D32 has a row with this key and other values
  end
  from bxc_effect_D32 as e
  union all
  -- another row of D3 has the same patient_id
  select 'BXC17'
  from bxc_effect_D32 as e
  semi join (
    select patient_id
    from (
      select s.patient_id
      from D3 as s
      semi join (
        select e.patient_id as patient_id
        from bxc_effect_D32 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
      ) as t on t.patient_id is not distinct from s.patient_id
      anti join (
        select bxc_rowid from bxc_effect_D32 where bxc_gone
      ) as g on g.bxc_rowid = s.rowid
      union all
      select patient_id from bxc_effect_D32 where bxc_made
    ) as l
    group by patient_id
    having count(*) > 1
  ) as r on r.patient_id = e.patient_id
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
  union all
  -- another row of D3 has the same medication_name and other mechanism_of_action
  select 'BXC17'
  from bxc_effect_D32 as e
  semi join (
    select medication_name
    from (
      select s.medication_name, s.mechanism_of_action
      from bxc_seen_D32 as s
      semi join (
        select e.medication_name as medication_name
        from bxc_effect_D32 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
            e.medication_name is distinct from e.bxc_old_medication_name))
      ) as t on t.medication_name is not distinct from s.medication_name
      anti join (
        select bxc_rowid from bxc_effect_D32 where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select medication_name, mechanism_of_action from bxc_effect_D32 where bxc_made
    ) as l
    group by medication_name
    having min(mechanism_of_action) <> max(mechanism_of_action) or count(mechanism_of_action) between 1 and count(*) - 1
  ) as r on r.medication_name is not distinct from e.medication_name
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
        e.medication_name is distinct from e.bxc_old_medication_name))
);

-- apply: rows that change leave the source and come back as they are to be
delete from D3 as s
where s.rowid in (
  select bxc_rowid from bxc_effect_D32 where bxc_gone
);

insert into D3 (
  patient_id, medication_name, clinical_data, mechanism_of_action, dosage
)
select
  patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_effect_D32 where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_D3 (
  bxc_seq, bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data,
  bxc_old_mechanism_of_action, bxc_old_dosage, patient_id, medication_name, clinical_data,
  mechanism_of_action, dosage
)
select
  (select nextval('bxc_seq_D3')), case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end,
  'D32', bxc_old_patient_id, bxc_old_medication_name, bxc_old_clinical_data, bxc_old_mechanism_of_action,
  bxc_old_dosage, patient_id, medication_name, clinical_data, mechanism_of_action, dosage
from bxc_effect_D32 where bxc_gone or bxc_made;

insert into bxc_journal_D3 (
  bxc_put, bxc_old_patient_id, patient_id, medication_name, clinical_data, mechanism_of_action, dosage
)
select
  (select nextval('bxc_seq_D3')), bxc_old_patient_id, patient_id, medication_name, clinical_data,
  mechanism_of_action, dosage
from bxc_effect_D32 where bxc_gone or bxc_made;

drop table bxc_effect_D32;
drop table bxc_work_D32;
drop table bxc_seen_D32;
