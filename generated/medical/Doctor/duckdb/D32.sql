-- D32: view of D3, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists D32 as
select distinct
  s.medication_name as medication_name, s.mechanism_of_action as mechanism_of_action
from D3 as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_D32 (
  medication_name varchar, mechanism_of_action varchar
);

create table if not exists bxc_delta_D32 (
  bxc_op varchar, bxc_old_medication_name varchar, medication_name varchar, mechanism_of_action varchar
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_D32 as
select * from (
  with
    bxc_seen_D32 as materialized (
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
      ) as w on s.medication_name = w.medication_name
    ),
    bxc_work_D32 as materialized (
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
      ) as w
    ),
    bxc_effect_D32 as materialized (
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
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_medication_name as medication_name,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.medication_name is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'D32 has another row with the new key'} end,
      case when w.bxc_creates
        then {'code': 'BXC14', 'detail': 'a new row needs a fresh value for patient_id, which the view hides'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.medication_name is null
        then {'code': 'BXC16', 'detail': 'medication_name is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
        then {'code': 'BXC16', 'detail': 'medication_name is no text'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.mechanism_of_action, chr(0)))
        then {'code': 'BXC16', 'detail': 'mechanism_of_action is no text'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'D32 has no row with the old key'} end,
      case when w.bxc_op = 'delete' and w.bxc_old_shown
        then {'code': 'BXC19', 'detail': 'D32 rejects deletes'} end
    ]) as bxc_broken
    from bxc_work_D32 as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_medication_name as medication_name,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_medication_name, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'D32 has a row with this key and other values'} end
    ]) as bxc_broken
    from bxc_effect_D32 as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_medication_name as medication_name,
    'another row of D3 has the same patient_id' as bxc_detail
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
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_medication_name as medication_name,
    'another row of D3 has the same medication_name and other mechanism_of_action' as bxc_detail
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
)
union all
select * from (
  with
    bxc_batch_D32 as materialized (
      select * from (
        select
          case when v.medication_name is null then 'insert' when n.medication_name is null then 'delete' else 'update' end as bxc_op,
          v.medication_name as bxc_old_medication_name, n.medication_name, n.mechanism_of_action
        from bxc_new_D32 as n
        full join D32 as v on n.medication_name = v.medication_name
        where v.medication_name is null
          or n.medication_name is null
          or n.mechanism_of_action is distinct from v.mechanism_of_action
          or (n.medication_name) in (select (medication_name) from bxc_new_D32 group by medication_name having count(*) > 1)
      )
      where exists (select 1 from bxc_new_D32)
    ),
    bxc_seen_D32 as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.patient_id, s.medication_name, s.clinical_data,
        s.mechanism_of_action, s.dosage
      from D3 as s
      semi join (
        select bxc_old_medication_name as medication_name from bxc_batch_D32 where bxc_op <> 'insert'
        union all
        select medication_name from bxc_batch_D32
        where bxc_op = 'insert'
          or bxc_op = 'update' and medication_name is distinct from bxc_old_medication_name
      ) as w on s.medication_name = w.medication_name
    ),
    bxc_work_D32 as materialized (
      with
        bxc_key as (
          select medication_name, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_D32
          group by medication_name
        ),
        bxc_old as (
          select w.bxc_old_medication_name, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name) as bxc_renamed
          from bxc_batch_D32 as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_medication_name
        ),
        bxc_new as (
          select w.medication_name, count(*) as bxc_count
          from bxc_batch_D32 as w
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
        from bxc_batch_D32 as w
        left join bxc_key as o on o.medication_name = w.bxc_old_medication_name
        left join bxc_key as n on n.medication_name = w.medication_name
        left join bxc_old as p on p.bxc_old_medication_name = w.bxc_old_medication_name
        left join bxc_old as l on l.bxc_old_medication_name = w.medication_name
        left join bxc_new as c on c.medication_name = w.medication_name
      ) as w
    ),
    bxc_effect_D32 as materialized (
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
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_medication_name as medication_name,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.medication_name is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_medication_name is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_medication_name is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'D32 has another row with the new key'} end,
      case when w.bxc_creates
        then {'code': 'BXC14', 'detail': 'a new row needs a fresh value for patient_id, which the view hides'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.medication_name is null
        then {'code': 'BXC16', 'detail': 'medication_name is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
        then {'code': 'BXC16', 'detail': 'medication_name is no text'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.mechanism_of_action, chr(0)))
        then {'code': 'BXC16', 'detail': 'mechanism_of_action is no text'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'D32 has no row with the old key'} end,
      case when w.bxc_op = 'delete' and w.bxc_old_shown
        then {'code': 'BXC19', 'detail': 'D32 rejects deletes'} end
    ]) as bxc_broken
    from bxc_work_D32 as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_medication_name as medication_name,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_medication_name, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'D32 has a row with this key and other values'} end
    ]) as bxc_broken
    from bxc_effect_D32 as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_medication_name as medication_name,
    'another row of D3 has the same patient_id' as bxc_detail
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
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_medication_name as medication_name,
    'another row of D3 has the same medication_name and other mechanism_of_action' as bxc_detail
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
