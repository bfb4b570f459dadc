-- D13: view of D1, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."D13" with (security_barrier) as
select
  s.patient_id as patient_id, s.medication_name as medication_name,
  s.mechanism_of_action as mechanism_of_action, s.clinical_data as clinical_data, s.dosage as dosage
from public."D1" as s
where (s.patient_id = 188)
with cascaded check option;

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_D13" (
  patient_id bigint, medication_name text collate "C", mechanism_of_action text collate "C",
  clinical_data text collate "C", dosage text collate "C"
);

create table if not exists public."bxc_delta_D13" (
  bxc_op text, bxc_old_patient_id bigint, patient_id bigint, medication_name text collate "C",
  mechanism_of_action text collate "C", clinical_data text collate "C", dosage text collate "C"
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_D13" as
select * from (
  with
    "bxc_seen_D13" as materialized (
      select
        case when not (s.patient_id = 188) is true then 1 else 0 end as bxc_layer, s.patient_id, s.medication_name,
        s.mechanism_of_action, s.clinical_data, s.address, s.dosage
      from (
        select bxc_old_patient_id as patient_id from public."bxc_delta_D13" where bxc_op <> 'insert'
        union
        select patient_id from public."bxc_delta_D13"
        where bxc_op = 'insert'
          or bxc_op = 'update' and patient_id is distinct from bxc_old_patient_id
      ) as w
      join public."D1" as s on s.patient_id = w.patient_id
    ),
    "bxc_work_D13" as materialized (
      with
        bxc_key as (
          select patient_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from "bxc_seen_D13"
          group by patient_id
        ),
        bxc_old as (
          select w.bxc_old_patient_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.patient_id <> w.bxc_old_patient_id) as bxc_renamed
          from public."bxc_delta_D13" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_patient_id
        ),
        bxc_new as (
          select w.patient_id, count(*) as bxc_count
          from public."bxc_delta_D13" as w
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
        from public."bxc_delta_D13" as w
        left join bxc_key as o on o.patient_id = w.bxc_old_patient_id
        left join bxc_key as n on n.patient_id = w.patient_id
        left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id
        left join bxc_old as l on l.bxc_old_patient_id = w.patient_id
        left join bxc_new as c on c.patient_id = w.patient_id
      ) as w
    ),
    "bxc_effect_D13" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.patient_id is distinct from e.bxc_old_patient_id) as bxc_leaves
      from (
        select e.*,
          (e.patient_id is distinct from e.bxc_old_patient_id or
          e.medication_name is distinct from e.bxc_old_medication_name or
          e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
          e.clinical_data is distinct from e.bxc_old_clinical_data or e.address is distinct from e.bxc_old_address or
          e.dosage is distinct from e.bxc_old_dosage) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
            s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
            s.mechanism_of_action as bxc_old_mechanism_of_action, s.clinical_data as bxc_old_clinical_data,
            s.address as bxc_old_address, s.dosage as bxc_old_dosage,
            case
              when k.bxc_kind in ('update', 'keep') then w.patient_id
              when k.bxc_kind <> 'delete' then s.patient_id
            end as patient_id,
            case
              when k.bxc_kind in ('update', 'keep') then w.medication_name
              when k.bxc_kind <> 'delete' then s.medication_name
            end as medication_name,
            case
              when k.bxc_kind in ('update', 'keep') then w.mechanism_of_action
              when k.bxc_kind <> 'delete' then s.mechanism_of_action
            end as mechanism_of_action,
            case
              when k.bxc_kind in ('update', 'keep') then w.clinical_data
              when k.bxc_kind <> 'delete' then s.clinical_data
            end as clinical_data,
            case when k.bxc_kind <> 'delete' then s.address end as address,
            case when k.bxc_kind in ('update', 'keep') then w.dosage when k.bxc_kind <> 'delete' then s.dosage end as dosage
          from "bxc_work_D13" as w
          join "bxc_seen_D13" as s on s.patient_id = w.bxc_key_patient_id
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
            cast(null as bigint) as bxc_old_patient_id, cast(null as text) as bxc_old_medication_name,
            cast(null as text) as bxc_old_mechanism_of_action, cast(null as text) as bxc_old_clinical_data,
            cast(null as text) as bxc_old_address, cast(null as text) as bxc_old_dosage, w.patient_id as patient_id,
            w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
            w.clinical_data as clinical_data, cast(null as text) as address, w.dosage as dosage
          from "bxc_work_D13" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as patient_id, b.bxc_detail
  from "bxc_work_D13" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.patient_id is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'D13 has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'D1 has a row with this key that D13 does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed))),
    ('BXC11', 'D1 has a row with the new key that D13 does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'patient_id is NULL',
      w.bxc_op in ('insert', 'update') and w.patient_id is null),
    ('BXC16', 'medication_name is NULL',
      w.bxc_op in ('insert', 'update') and w.medication_name is null),
    ('BXC18', 'D13 has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_patient_id as patient_id, b.bxc_detail
  from "bxc_effect_D13" as e
  cross join lateral (values
    ('BXC10', 'D13 has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of D13 is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (e.patient_id = 188) is true)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    'another row of D1 has the same patient_id' as bxc_detail
  from "bxc_effect_D13" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
    and exists (
      select 1 from (
        select patient_id
        from (
          select s.patient_id
          from (
            select distinct e.patient_id as patient_id
            from "bxc_effect_D13" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
          ) as t
          join "bxc_seen_D13" as s on t.patient_id = s.patient_id
          where not exists (
              select 1 from "bxc_effect_D13" as g
              where g.bxc_gone and g.bxc_old_patient_id = s.patient_id
            )
          union all
          select patient_id from "bxc_effect_D13" where bxc_made
        ) as l
        group by patient_id
        having count(*) > 1
      ) as r
      where r.patient_id = e.patient_id
    )
) as d
union all
select * from (
  with
    "bxc_batch_D13" as materialized (
      select * from (
        select
          case when v.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
          v.patient_id as bxc_old_patient_id, n.patient_id, n.medication_name, n.mechanism_of_action,
          n.clinical_data, n.dosage
        from public."bxc_new_D13" as n
        full join public."D13" as v on n.patient_id = v.patient_id
        where v.patient_id is null
          or n.patient_id is null
          or (n.medication_name is distinct from v.medication_name or
          n.mechanism_of_action is distinct from v.mechanism_of_action or
          n.clinical_data is distinct from v.clinical_data or n.dosage is distinct from v.dosage)
          or (n.patient_id) in (select patient_id from public."bxc_new_D13" group by patient_id having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_D13")
    ),
    "bxc_seen_D13" as materialized (
      select
        case when not (s.patient_id = 188) is true then 1 else 0 end as bxc_layer, s.patient_id, s.medication_name,
        s.mechanism_of_action, s.clinical_data, s.address, s.dosage
      from (
        select bxc_old_patient_id as patient_id from "bxc_batch_D13" where bxc_op <> 'insert'
        union
        select patient_id from "bxc_batch_D13"
        where bxc_op = 'insert'
          or bxc_op = 'update' and patient_id is distinct from bxc_old_patient_id
      ) as w
      join public."D1" as s on s.patient_id = w.patient_id
    ),
    "bxc_work_D13" as materialized (
      with
        bxc_key as (
          select patient_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from "bxc_seen_D13"
          group by patient_id
        ),
        bxc_old as (
          select w.bxc_old_patient_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.patient_id <> w.bxc_old_patient_id) as bxc_renamed
          from "bxc_batch_D13" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_patient_id
        ),
        bxc_new as (
          select w.patient_id, count(*) as bxc_count
          from "bxc_batch_D13" as w
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
        from "bxc_batch_D13" as w
        left join bxc_key as o on o.patient_id = w.bxc_old_patient_id
        left join bxc_key as n on n.patient_id = w.patient_id
        left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id
        left join bxc_old as l on l.bxc_old_patient_id = w.patient_id
        left join bxc_new as c on c.patient_id = w.patient_id
      ) as w
    ),
    "bxc_effect_D13" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.patient_id is distinct from e.bxc_old_patient_id) as bxc_leaves
      from (
        select e.*,
          (e.patient_id is distinct from e.bxc_old_patient_id or
          e.medication_name is distinct from e.bxc_old_medication_name or
          e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
          e.clinical_data is distinct from e.bxc_old_clinical_data or e.address is distinct from e.bxc_old_address or
          e.dosage is distinct from e.bxc_old_dosage) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
            s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
            s.mechanism_of_action as bxc_old_mechanism_of_action, s.clinical_data as bxc_old_clinical_data,
            s.address as bxc_old_address, s.dosage as bxc_old_dosage,
            case
              when k.bxc_kind in ('update', 'keep') then w.patient_id
              when k.bxc_kind <> 'delete' then s.patient_id
            end as patient_id,
            case
              when k.bxc_kind in ('update', 'keep') then w.medication_name
              when k.bxc_kind <> 'delete' then s.medication_name
            end as medication_name,
            case
              when k.bxc_kind in ('update', 'keep') then w.mechanism_of_action
              when k.bxc_kind <> 'delete' then s.mechanism_of_action
            end as mechanism_of_action,
            case
              when k.bxc_kind in ('update', 'keep') then w.clinical_data
              when k.bxc_kind <> 'delete' then s.clinical_data
            end as clinical_data,
            case when k.bxc_kind <> 'delete' then s.address end as address,
            case when k.bxc_kind in ('update', 'keep') then w.dosage when k.bxc_kind <> 'delete' then s.dosage end as dosage
          from "bxc_work_D13" as w
          join "bxc_seen_D13" as s on s.patient_id = w.bxc_key_patient_id
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
            cast(null as bigint) as bxc_old_patient_id, cast(null as text) as bxc_old_medication_name,
            cast(null as text) as bxc_old_mechanism_of_action, cast(null as text) as bxc_old_clinical_data,
            cast(null as text) as bxc_old_address, cast(null as text) as bxc_old_dosage, w.patient_id as patient_id,
            w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
            w.clinical_data as clinical_data, cast(null as text) as address, w.dosage as dosage
          from "bxc_work_D13" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as patient_id, b.bxc_detail
  from "bxc_work_D13" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.patient_id is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_patient_id is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_patient_id is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'D13 has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'D1 has a row with this key that D13 does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed))),
    ('BXC11', 'D1 has a row with the new key that D13 does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'patient_id is NULL',
      w.bxc_op in ('insert', 'update') and w.patient_id is null),
    ('BXC16', 'medication_name is NULL',
      w.bxc_op in ('insert', 'update') and w.medication_name is null),
    ('BXC18', 'D13 has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_patient_id as patient_id, b.bxc_detail
  from "bxc_effect_D13" as e
  cross join lateral (values
    ('BXC10', 'D13 has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of D13 is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (e.patient_id = 188) is true)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_patient_id as patient_id,
    'another row of D1 has the same patient_id' as bxc_detail
  from "bxc_effect_D13" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
    and exists (
      select 1 from (
        select patient_id
        from (
          select s.patient_id
          from (
            select distinct e.patient_id as patient_id
            from "bxc_effect_D13" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
          ) as t
          join "bxc_seen_D13" as s on t.patient_id = s.patient_id
          where not exists (
              select 1 from "bxc_effect_D13" as g
              where g.bxc_gone and g.bxc_old_patient_id = s.patient_id
            )
          union all
          select patient_id from "bxc_effect_D13" where bxc_made
        ) as l
        group by patient_id
        having count(*) > 1
      ) as r
      where r.patient_id = e.patient_id
    )
) as n;

-- the put
create or replace function public."bxc_steps_D13"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_D13" limit 501) as b) > 500;
  analyze "bxc_batch_D13";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_D13";
  create temporary table "bxc_seen_D13" on commit drop as
  select
    case when not (s.patient_id = 188) is true then 1 else 0 end as bxc_layer, s.patient_id, s.medication_name,
    s.mechanism_of_action, s.clinical_data, s.address, s.dosage
  from (
    select bxc_old_patient_id as patient_id from "bxc_batch_D13" where bxc_op <> 'insert'
    union
    select patient_id from "bxc_batch_D13"
    where bxc_op = 'insert'
      or bxc_op = 'update' and patient_id is distinct from bxc_old_patient_id
  ) as w
  join public."D1" as s on s.patient_id = w.patient_id;
  if bxc_many then analyze "bxc_seen_D13"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_D13";
  create temporary table "bxc_work_D13" on commit drop as
  with
    bxc_key as (
      select patient_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
        bool_or(bxc_layer in (1)) as bxc_rejected
      from "bxc_seen_D13"
      group by patient_id
    ),
    bxc_old as (
      select w.bxc_old_patient_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.patient_id <> w.bxc_old_patient_id) as bxc_renamed
      from "bxc_batch_D13" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_patient_id
    ),
    bxc_new as (
      select w.patient_id, count(*) as bxc_count
      from "bxc_batch_D13" as w
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
    from "bxc_batch_D13" as w
    left join bxc_key as o on o.patient_id = w.bxc_old_patient_id
    left join bxc_key as n on n.patient_id = w.patient_id
    left join bxc_old as p on p.bxc_old_patient_id = w.bxc_old_patient_id
    left join bxc_old as l on l.bxc_old_patient_id = w.patient_id
    left join bxc_new as c on c.patient_id = w.patient_id
  ) as w;
  if bxc_many then analyze "bxc_work_D13"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_D13";
  create temporary table "bxc_effect_D13" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.patient_id is distinct from e.bxc_old_patient_id) as bxc_leaves
  from (
    select e.*,
      (e.patient_id is distinct from e.bxc_old_patient_id or
      e.medication_name is distinct from e.bxc_old_medication_name or
      e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
      e.clinical_data is distinct from e.bxc_old_clinical_data or e.address is distinct from e.bxc_old_address or
      e.dosage is distinct from e.bxc_old_dosage) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
        s.patient_id as bxc_old_patient_id, s.medication_name as bxc_old_medication_name,
        s.mechanism_of_action as bxc_old_mechanism_of_action, s.clinical_data as bxc_old_clinical_data,
        s.address as bxc_old_address, s.dosage as bxc_old_dosage,
        case
          when k.bxc_kind in ('update', 'keep') then w.patient_id
          when k.bxc_kind <> 'delete' then s.patient_id
        end as patient_id,
        case
          when k.bxc_kind in ('update', 'keep') then w.medication_name
          when k.bxc_kind <> 'delete' then s.medication_name
        end as medication_name,
        case
          when k.bxc_kind in ('update', 'keep') then w.mechanism_of_action
          when k.bxc_kind <> 'delete' then s.mechanism_of_action
        end as mechanism_of_action,
        case
          when k.bxc_kind in ('update', 'keep') then w.clinical_data
          when k.bxc_kind <> 'delete' then s.clinical_data
        end as clinical_data,
        case when k.bxc_kind <> 'delete' then s.address end as address,
        case when k.bxc_kind in ('update', 'keep') then w.dosage when k.bxc_kind <> 'delete' then s.dosage end as dosage
      from "bxc_work_D13" as w
      join "bxc_seen_D13" as s on s.patient_id = w.bxc_key_patient_id
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_patient_id else w.patient_id end as bxc_listed_patient_id,
        cast(null as bigint) as bxc_old_patient_id, cast(null as text) as bxc_old_medication_name,
        cast(null as text) as bxc_old_mechanism_of_action, cast(null as text) as bxc_old_clinical_data,
        cast(null as text) as bxc_old_address, cast(null as text) as bxc_old_dosage, w.patient_id as patient_id,
        w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
        w.clinical_data as clinical_data, cast(null as text) as address, w.dosage as dosage
      from "bxc_work_D13" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_D13";
end
$bxc$;

create or replace function public."bxc_apply_D13"() returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_refused text;
  bxc_number bigint;
begin
  -- the guard: refuses with the lowest code that applies
  select min(b.bxc_code) into bxc_refused
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
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- D13 has no row with the old key
    end as bxc_code
    from "bxc_work_D13" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- D13 has a row with this key and other values
      when e.bxc_kind in ('insert', 'update', 'revive') and not (e.patient_id = 188) is true
        then 'BXC12'  -- where of D13 is not true for the row
    end
    from "bxc_effect_D13" as e
    union all
    -- another row of D1 has the same patient_id
    select 'BXC17'
    from "bxc_effect_D13" as e
    where e.bxc_made
        and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
      and exists (
        select 1 from (
          select patient_id
          from (
            select s.patient_id
            from (
              select distinct e.patient_id as patient_id
              from "bxc_effect_D13" as e
              where e.bxc_made
                and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id)
            ) as t
            join "bxc_seen_D13" as s on t.patient_id = s.patient_id
            where not exists (
                select 1 from "bxc_effect_D13" as g
                where g.bxc_gone and g.bxc_old_patient_id = s.patient_id
              )
            union all
            select patient_id from "bxc_effect_D13" where bxc_made
          ) as l
          group by patient_id
          having count(*) > 1
        ) as r
        where r.patient_id = e.patient_id
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 D13: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D13'
        when 'BXC11' then 'BXC11 D13: a key belongs to a source row that the view does not show; see bxc_violations_D13'
        when 'BXC12' then 'BXC12 D13: a row does not fulfil the condition of the view; see bxc_violations_D13'
        when 'BXC14' then 'BXC14 D13: a new row has no value for a key column that the view hides; see bxc_violations_D13'
        when 'BXC15' then 'BXC15 D13: a computed column is stated otherwise than its inputs give it; see bxc_violations_D13'
        when 'BXC16' then 'BXC16 D13: a value is outside its type, or NULL where the view has none; see bxc_violations_D13'
        when 'BXC17' then 'BXC17 D13: a constraint of the source would be broken; see bxc_violations_D13'
        when 'BXC18' then 'BXC18 D13: an update speaks of a key that no row has; see bxc_violations_D13'
        when 'BXC19' then 'BXC19 D13: a row must not vanish from the view; see bxc_violations_D13'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_D13" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'D1';

  with bxc_left as (
    delete from public."D1" as s using "bxc_effect_D13" as e
    where e.bxc_leaves and s.patient_id = e.bxc_old_patient_id
    returning 1
  )
  insert into public."D1" as s (
      patient_id, medication_name, mechanism_of_action, clinical_data, address, dosage
  )
  select
      e.patient_id, e.medication_name, e.mechanism_of_action, e.clinical_data, e.address, e.dosage
  from "bxc_effect_D13" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (patient_id) do update set
      medication_name = excluded.medication_name, mechanism_of_action = excluded.mechanism_of_action,
      clinical_data = excluded.clinical_data, address = excluded.address, dosage = excluded.dosage;

  update public.bxc_session set uncaptured = false where source = 'D1';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_D1"');
  insert into public."bxc_change_D1" (
    bxc_seq, bxc_op, bxc_via, bxc_old_patient_id, bxc_old_medication_name, bxc_old_mechanism_of_action,
    bxc_old_clinical_data, bxc_old_address, bxc_old_dosage, patient_id, medication_name, mechanism_of_action,
    clinical_data, address, dosage
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'D13',
    bxc_old_patient_id, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_clinical_data,
    bxc_old_address, bxc_old_dosage, patient_id, medication_name, mechanism_of_action, clinical_data, address,
    dosage
  from "bxc_effect_D13" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_D13"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."D1" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_D13";
  create temporary table "bxc_batch_D13" on commit drop as
  select
    case when v.patient_id is null then 'insert' when n.patient_id is null then 'delete' else 'update' end as bxc_op,
    v.patient_id as bxc_old_patient_id, n.patient_id, n.medication_name, n.mechanism_of_action,
    n.clinical_data, n.dosage
  from public."bxc_new_D13" as n
  full join public."D13" as v on n.patient_id = v.patient_id
  where v.patient_id is null
    or n.patient_id is null
    or (n.medication_name is distinct from v.medication_name or
    n.mechanism_of_action is distinct from v.mechanism_of_action or
    n.clinical_data is distinct from v.clinical_data or n.dosage is distinct from v.dosage);

  -- a key is staged twice
  if exists (select patient_id from public."bxc_new_D13" group by patient_id having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 D13: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D13';
  end if;

  perform public."bxc_steps_D13"();

  perform public."bxc_apply_D13"();
end
$bxc$;

create or replace function public."bxc_put_delta_D13"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."D1" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_D13";
  create temporary table "bxc_batch_D13" on commit drop as
  select * from public."bxc_delta_D13";

  perform public."bxc_steps_D13"();

  perform public."bxc_apply_D13"();
end
$bxc$;

revoke execute on function public."bxc_steps_D13"() from public;

revoke execute on function public."bxc_apply_D13"() from public;

revoke execute on function public."bxc_put_D13"() from public;

revoke execute on function public."bxc_put_delta_D13"() from public;

-- its editors, by this peer's rights
create or replace function public."bxc_grant_D13"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_medical_cascade_Patient') then
    return null;
  end if;

  revoke all on public."D13" from "bxc_medical_cascade_Patient";
  grant select on public."D13" to "bxc_medical_cascade_Patient";

  if exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."D13" to "bxc_medical_cascade_Patient";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."D13" to "bxc_medical_cascade_Patient";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'patient_id' and granted) then
    grant update (patient_id) on public."D13" to "bxc_medical_cascade_Patient";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'medication_name' and granted) then
    grant update (medication_name) on public."D13" to "bxc_medical_cascade_Patient";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'mechanism_of_action' and granted) then
    grant update (mechanism_of_action) on public."D13" to "bxc_medical_cascade_Patient";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'clinical_data' and granted) then
    grant update (clinical_data) on public."D13" to "bxc_medical_cascade_Patient";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'clinical' and operation = 'update' and attribute = 'dosage' and granted) then
    grant update (dosage) on public."D13" to "bxc_medical_cascade_Patient";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_D13"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_D13"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
