-- D31: view of D3, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists D31 as
select
  s.patient_id as patient_id, s.medication_name as medication_name, s.clinical_data as clinical_data,
  s.dosage as dosage
from D3 as s
where (s.patient_id = 188);

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_D31 (
  patient_id bigint, medication_name varchar, clinical_data varchar, dosage varchar
);

create table if not exists bxc_delta_D31 (
  bxc_op varchar, bxc_old_patient_id bigint, patient_id bigint, medication_name varchar,
  clinical_data varchar, dosage varchar
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_D31 as
select * from (
  with
    bxc_seen_D31 as materialized (
      select
        s.rowid as bxc_rowid, case when not (s.patient_id = 188) is true then 1 else 0 end as bxc_layer,
        s.patient_id, s.medication_name, s.clinical_data, s.mechanism_of_action, s.dosage
      from D3 as s
      semi join (
        select bxc_old_patient_id as patient_id from bxc_delta_D31 where bxc_op <> 'insert'
        union all
        select patient_id from bxc_delta_D31
        where bxc_op = 'insert'
          or bxc_op = 'update' and patient_id is distinct from bxc_old_patient_id
      ) as w on s.patient_id = w.patient_id
    ),
    bxc_known1_D31 as materialized (
      select
        s.medication_name, first(s.mechanism_of_action) as mechanism_of_action
      from D3 as s
      semi join (
        select w.medication_name as medication_name
        from bxc_delta_D31 as w
        left join bxc_seen_D31 as o on o.patient_id = case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end
        where w.bxc_op = 'insert' or w.bxc_op = 'update' and w.medication_name is distinct from o.medication_name
      ) as t on t.medication_name is not distinct from s.medication_name
      group by s.medication_name
    ),
    bxc_work_D31 as materialized (
      with
        bxc_key as (
          select patient_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from bxc_seen_D31
          group by patient_id
        ),
        bxc_old as (
          select w.bxc_old_patient_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.patient_id <> w.bxc_old_patient_id) as bxc_renamed
          from bxc_delta_D31 as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_patient_id
        ),
        bxc_new as (
          select w.patient_id, count(*) as bxc_count
          from bxc_delta_D31 as w
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
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count,
          k1.bxc_known is not null as bxc_found_mechanism_of_action,
          k1.mechanism_of_action as bxc_value_mechanism_of_action
        from bxc_delta_D31 as w
        left join bxc_key as o on o.patient_id = w.bxc_old_patient_id
        left join bxc_key as n on n.patient_id = w.patient_id
        left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id
        left join bxc_old as l on l.bxc_old_patient_id = w.patient_id
        left join bxc_new as c on c.patient_id = w.patient_id
        left join (select true as bxc_known, * from bxc_known1_D31) as k1 on k1.medication_name is not distinct from w.medication_name
      ) as w
    ),
    bxc_effect_D31 as materialized (
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
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
          s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
          s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
          s.dosage as bxc_old_dosage,
          case when bxc_kind in ('update', 'keep') then w.patient_id when bxc_kind <> 'delete' then s.patient_id end as patient_id,
          case
            when bxc_kind in ('update', 'keep') then w.medication_name
            when bxc_kind <> 'delete' then s.medication_name
          end as medication_name,
          case
            when bxc_kind in ('update', 'keep') then w.clinical_data
            when bxc_kind <> 'delete' then s.clinical_data
          end as clinical_data,
          case
            when bxc_kind = 'update' then case when w.medication_name is distinct from s.medication_name and w.bxc_found_mechanism_of_action then w.bxc_value_mechanism_of_action else s.mechanism_of_action end
            when bxc_kind <> 'delete' then s.mechanism_of_action
          end as mechanism_of_action,
          case when bxc_kind in ('update', 'keep') then w.dosage when bxc_kind <> 'delete' then s.dosage end as dosage
        from bxc_work_D31 as w
        join bxc_seen_D31 as s on s.patient_id = w.bxc_key_patient_id
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
          cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_medication_name,
          cast(null as varchar) as bxc_old_clinical_data, cast(null as varchar) as bxc_old_mechanism_of_action,
          cast(null as varchar) as bxc_old_dosage, w.patient_id as patient_id, w.medication_name as medication_name,
          w.clinical_data as clinical_data,
          case when w.bxc_found_mechanism_of_action then w.bxc_value_mechanism_of_action else cast(null as varchar) end as mechanism_of_action,
          w.dosage as dosage
        from bxc_work_D31 as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_patient_id as patient_id,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.patient_id is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'D31 has another row with the new key'} end,
      case when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed))
        then {'code': 'BXC11', 'detail': 'D3 has a row with this key that D31 does not show'} end,
      case when w.bxc_renames and w.bxc_new_hidden
        then {'code': 'BXC11', 'detail': 'D3 has a row with the new key that D31 does not show'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.patient_id is null
        then {'code': 'BXC16', 'detail': 'patient_id is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.medication_name is null
        then {'code': 'BXC16', 'detail': 'medication_name is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
        then {'code': 'BXC16', 'detail': 'medication_name is no text'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.clinical_data, chr(0)))
        then {'code': 'BXC16', 'detail': 'clinical_data is no text'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.dosage, chr(0)))
        then {'code': 'BXC16', 'detail': 'dosage is no text'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'D31 has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_D31 as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_patient_id as patient_id,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_patient_id, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'D31 has a row with this key and other values'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive') and not (e.patient_id = 188) is true
        then {'code': 'BXC12', 'detail': 'where of D31 is not true for the row'} end
    ]) as bxc_broken
    from bxc_effect_D31 as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    'another row of D3 has the same patient_id' as bxc_detail
  from bxc_effect_D31 as e
  semi join (
    select patient_id
    from (
      select s.patient_id
      from bxc_seen_D31 as s
      semi join (
        select e.patient_id as patient_id
        from bxc_effect_D31 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
      ) as t on t.patient_id is not distinct from s.patient_id
      anti join (
        select bxc_rowid from bxc_effect_D31 where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select patient_id from bxc_effect_D31 where bxc_made
    ) as l
    group by patient_id
    having count(*) > 1
  ) as r on r.patient_id = e.patient_id
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    'another row of D3 has the same medication_name and other mechanism_of_action' as bxc_detail
  from bxc_effect_D31 as e
  semi join (
    select medication_name
    from (
      select s.medication_name, s.mechanism_of_action
      from D3 as s
      semi join (
        select e.medication_name as medication_name
        from bxc_effect_D31 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
            e.medication_name is distinct from e.bxc_old_medication_name))
      ) as t on t.medication_name is not distinct from s.medication_name
      anti join (
        select bxc_rowid from bxc_effect_D31 where bxc_gone
      ) as g on g.bxc_rowid = s.rowid
      union all
      select medication_name, mechanism_of_action from bxc_effect_D31 where bxc_made
    ) as l
    group by medication_name
    having min(mechanism_of_action) <> max(mechanism_of_action) or count(mechanism_of_action) between 1 and count(*) - 1
  ) as r on r.medication_name is not distinct from e.medication_name
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
        e.medication_name is distinct from e.bxc_old_medication_name))
)
union all
select * from (
  with
    bxc_batch_D31 as materialized (
      select * from (
        select
          case when v.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
          v.patient_id as bxc_old_patient_id, n.patient_id, n.medication_name, n.clinical_data, n.dosage
        from bxc_new_D31 as n
        full join D31 as v on n.patient_id = v.patient_id
        where v.patient_id is null
          or n.patient_id is null
          or (n.medication_name is distinct from v.medication_name or n.clinical_data is distinct from v.clinical_data or
          n.dosage is distinct from v.dosage)
          or (n.patient_id) in (select (patient_id) from bxc_new_D31 group by patient_id having count(*) > 1)
      )
      where exists (select 1 from bxc_new_D31)
    ),
    bxc_seen_D31 as materialized (
      select
        s.rowid as bxc_rowid, case when not (s.patient_id = 188) is true then 1 else 0 end as bxc_layer,
        s.patient_id, s.medication_name, s.clinical_data, s.mechanism_of_action, s.dosage
      from D3 as s
      semi join (
        select bxc_old_patient_id as patient_id from bxc_batch_D31 where bxc_op <> 'insert'
        union all
        select patient_id from bxc_batch_D31
        where bxc_op = 'insert'
          or bxc_op = 'update' and patient_id is distinct from bxc_old_patient_id
      ) as w on s.patient_id = w.patient_id
    ),
    bxc_known1_D31 as materialized (
      select
        s.medication_name, first(s.mechanism_of_action) as mechanism_of_action
      from D3 as s
      semi join (
        select w.medication_name as medication_name
        from bxc_batch_D31 as w
        left join bxc_seen_D31 as o on o.patient_id = case when w.bxc_op in ('update', 'delete') then w.bxc_old_patient_id else w.patient_id end
        where w.bxc_op = 'insert' or w.bxc_op = 'update' and w.medication_name is distinct from o.medication_name
      ) as t on t.medication_name is not distinct from s.medication_name
      group by s.medication_name
    ),
    bxc_work_D31 as materialized (
      with
        bxc_key as (
          select patient_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from bxc_seen_D31
          group by patient_id
        ),
        bxc_old as (
          select w.bxc_old_patient_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.patient_id <> w.bxc_old_patient_id) as bxc_renamed
          from bxc_batch_D31 as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_patient_id
        ),
        bxc_new as (
          select w.patient_id, count(*) as bxc_count
          from bxc_batch_D31 as w
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
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count,
          k1.bxc_known is not null as bxc_found_mechanism_of_action,
          k1.mechanism_of_action as bxc_value_mechanism_of_action
        from bxc_batch_D31 as w
        left join bxc_key as o on o.patient_id = w.bxc_old_patient_id
        left join bxc_key as n on n.patient_id = w.patient_id
        left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id
        left join bxc_old as l on l.bxc_old_patient_id = w.patient_id
        left join bxc_new as c on c.patient_id = w.patient_id
        left join (select true as bxc_known, * from bxc_known1_D31) as k1 on k1.medication_name is not distinct from w.medication_name
      ) as w
    ),
    bxc_effect_D31 as materialized (
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
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
          s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
          s.clinical_data as bxc_old_clinical_data, s.mechanism_of_action as bxc_old_mechanism_of_action,
          s.dosage as bxc_old_dosage,
          case when bxc_kind in ('update', 'keep') then w.patient_id when bxc_kind <> 'delete' then s.patient_id end as patient_id,
          case
            when bxc_kind in ('update', 'keep') then w.medication_name
            when bxc_kind <> 'delete' then s.medication_name
          end as medication_name,
          case
            when bxc_kind in ('update', 'keep') then w.clinical_data
            when bxc_kind <> 'delete' then s.clinical_data
          end as clinical_data,
          case
            when bxc_kind = 'update' then case when w.medication_name is distinct from s.medication_name and w.bxc_found_mechanism_of_action then w.bxc_value_mechanism_of_action else s.mechanism_of_action end
            when bxc_kind <> 'delete' then s.mechanism_of_action
          end as mechanism_of_action,
          case when bxc_kind in ('update', 'keep') then w.dosage when bxc_kind <> 'delete' then s.dosage end as dosage
        from bxc_work_D31 as w
        join bxc_seen_D31 as s on s.patient_id = w.bxc_key_patient_id
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
          cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_medication_name,
          cast(null as varchar) as bxc_old_clinical_data, cast(null as varchar) as bxc_old_mechanism_of_action,
          cast(null as varchar) as bxc_old_dosage, w.patient_id as patient_id, w.medication_name as medication_name,
          w.clinical_data as clinical_data,
          case when w.bxc_found_mechanism_of_action then w.bxc_value_mechanism_of_action else cast(null as varchar) end as mechanism_of_action,
          w.dosage as dosage
        from bxc_work_D31 as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_patient_id as patient_id,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.patient_id is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'D31 has another row with the new key'} end,
      case when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed))
        then {'code': 'BXC11', 'detail': 'D3 has a row with this key that D31 does not show'} end,
      case when w.bxc_renames and w.bxc_new_hidden
        then {'code': 'BXC11', 'detail': 'D3 has a row with the new key that D31 does not show'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.patient_id is null
        then {'code': 'BXC16', 'detail': 'patient_id is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.medication_name is null
        then {'code': 'BXC16', 'detail': 'medication_name is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
        then {'code': 'BXC16', 'detail': 'medication_name is no text'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.clinical_data, chr(0)))
        then {'code': 'BXC16', 'detail': 'clinical_data is no text'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.dosage, chr(0)))
        then {'code': 'BXC16', 'detail': 'dosage is no text'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'D31 has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_D31 as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_patient_id as patient_id,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_patient_id, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'D31 has a row with this key and other values'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive') and not (e.patient_id = 188) is true
        then {'code': 'BXC12', 'detail': 'where of D31 is not true for the row'} end
    ]) as bxc_broken
    from bxc_effect_D31 as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    'another row of D3 has the same patient_id' as bxc_detail
  from bxc_effect_D31 as e
  semi join (
    select patient_id
    from (
      select s.patient_id
      from bxc_seen_D31 as s
      semi join (
        select e.patient_id as patient_id
        from bxc_effect_D31 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
      ) as t on t.patient_id is not distinct from s.patient_id
      anti join (
        select bxc_rowid from bxc_effect_D31 where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select patient_id from bxc_effect_D31 where bxc_made
    ) as l
    group by patient_id
    having count(*) > 1
  ) as r on r.patient_id = e.patient_id
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    'another row of D3 has the same medication_name and other mechanism_of_action' as bxc_detail
  from bxc_effect_D31 as e
  semi join (
    select medication_name
    from (
      select s.medication_name, s.mechanism_of_action
      from D3 as s
      semi join (
        select e.medication_name as medication_name
        from bxc_effect_D31 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
            e.medication_name is distinct from e.bxc_old_medication_name))
      ) as t on t.medication_name is not distinct from s.medication_name
      anti join (
        select bxc_rowid from bxc_effect_D31 where bxc_gone
      ) as g on g.bxc_rowid = s.rowid
      union all
      select medication_name, mechanism_of_action from bxc_effect_D31 where bxc_made
    ) as l
    group by medication_name
    having min(mechanism_of_action) <> max(mechanism_of_action) or count(mechanism_of_action) between 1 and count(*) - 1
  ) as r on r.medication_name is not distinct from e.medication_name
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
        e.medication_name is distinct from e.bxc_old_medication_name))
);
