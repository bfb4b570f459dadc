-- Released: view of Prescription, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."Released" with (security_barrier) as
select
  s.rx as rx, s.patient_id as patient_id, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed,
  s.unit_price as unit_price, s.prescriber as prescriber, s.released as released
from public."Prescription" as s
where (s.released);

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_Released" (
  rx uuid, patient_id bigint, drug text collate "C", quantity bigint, dispensed bigint, unit_price numeric,
  prescriber text collate "C", released boolean
);

create table if not exists public."bxc_delta_Released" (
  bxc_op text, bxc_old_rx uuid, rx uuid, patient_id bigint, drug text collate "C", quantity bigint,
  dispensed bigint, unit_price numeric, prescriber text collate "C", released boolean
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_Released" as
select * from (
  with
    "bxc_seen_Released" as materialized (
      select
        case when not (s.released) is true then 1 else 0 end as bxc_layer, s.rx, s.patient_id, s.drug, s.quantity,
        s.dispensed, s.unit_price, s.prescriber, s.released
      from (
        select bxc_old_rx as rx from public."bxc_delta_Released" where bxc_op <> 'insert'
        union
        select rx from public."bxc_delta_Released"
        where bxc_op = 'insert'
          or bxc_op = 'update' and rx is distinct from bxc_old_rx
      ) as w
      join public."Prescription" as s on s.rx = w.rx
    ),
    "bxc_work_Released" as materialized (
      with
        bxc_key as (
          select rx, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from "bxc_seen_Released"
          group by rx
        ),
        bxc_old as (
          select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
          from public."bxc_delta_Released" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_rx
        ),
        bxc_new as (
          select w.rx, count(*) as bxc_count
          from public."bxc_delta_Released" as w
          where w.bxc_op in ('insert', 'update')
          group by w.rx
        )
      select w.*,
        w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
          w.bxc_op = 'update' and w.rx <> w.bxc_old_rx as bxc_renames, coalesce(o.bxc_shown, false) as bxc_old_shown,
          coalesce(n.bxc_shown, false) as bxc_new_shown, coalesce(n.bxc_hidden, false) as bxc_new_hidden,
          coalesce(n.bxc_rejected, false) as bxc_new_rejected, coalesce(l.bxc_deleted, false) as bxc_key_deleted,
          coalesce(l.bxc_renamed, false) as bxc_key_renamed, coalesce(p.bxc_count, 0) as bxc_old_count,
          coalesce(c.bxc_count, 0) as bxc_new_count
        from public."bxc_delta_Released" as w
        left join bxc_key as o on o.rx = w.bxc_old_rx
        left join bxc_key as n on n.rx = w.rx
        left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
        left join bxc_old as l on l.bxc_old_rx = w.rx
        left join bxc_new as c on c.rx = w.rx
      ) as w
    ),
    "bxc_effect_Released" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.rx is distinct from e.bxc_old_rx) as bxc_leaves
      from (
        select e.*,
          (e.rx is distinct from e.bxc_old_rx or e.patient_id is distinct from e.bxc_old_patient_id or
          e.drug is distinct from e.bxc_old_drug or e.quantity is distinct from e.bxc_old_quantity or
          e.dispensed is distinct from e.bxc_old_dispensed or e.unit_price is distinct from e.bxc_old_unit_price or
          e.prescriber is distinct from e.bxc_old_prescriber or e.released is distinct from e.bxc_old_released) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
            s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id, s.drug as bxc_old_drug,
            s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
            s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
            case when k.bxc_kind in ('update', 'keep') then w.rx else s.rx end as rx,
            case when k.bxc_kind in ('update', 'keep') then w.patient_id else s.patient_id end as patient_id,
            case when k.bxc_kind in ('update', 'keep') then w.drug else s.drug end as drug,
            case when k.bxc_kind in ('update', 'keep') then w.quantity else s.quantity end as quantity,
            case when k.bxc_kind in ('update', 'keep') then w.dispensed else s.dispensed end as dispensed,
            case when k.bxc_kind in ('update', 'keep') then w.unit_price else s.unit_price end as unit_price,
            case when k.bxc_kind in ('update', 'keep') then w.prescriber else s.prescriber end as prescriber,
            case
              when k.bxc_kind in ('update', 'keep') then w.released
              when k.bxc_kind = 'set' then cast(false as boolean)
              else s.released
            end as released
          from "bxc_work_Released" as w
          join "bxc_seen_Released" as s on s.rx = w.bxc_key_rx
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
            cast(null as uuid) as bxc_old_rx, cast(null as bigint) as bxc_old_patient_id,
            cast(null as text) as bxc_old_drug, cast(null as bigint) as bxc_old_quantity,
            cast(null as bigint) as bxc_old_dispensed, cast(null as numeric(8, 2)) as bxc_old_unit_price,
            cast(null as text) as bxc_old_prescriber, cast(null as boolean) as bxc_old_released, w.rx as rx,
            w.patient_id as patient_id, w.drug as drug, w.quantity as quantity, w.dispensed as dispensed,
            w.unit_price as unit_price, w.prescriber as prescriber, w.released as released
          from "bxc_work_Released" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as rx,
    b.bxc_detail
  from "bxc_work_Released" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.rx is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_rx is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_rx is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'Released has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'Prescription has a row with this key that Released does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)),
    ('BXC11', 'Prescription has a row with the new key that Released does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC11', 'the row that had the new key is hidden by this put, and keeps it',
      w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'rx is NULL',
      w.bxc_op in ('insert', 'update') and w.rx is null),
    ('BXC16', 'patient_id is NULL',
      w.bxc_op in ('insert', 'update') and w.patient_id is null),
    ('BXC16', 'drug is NULL',
      w.bxc_op in ('insert', 'update') and w.drug is null),
    ('BXC16', 'drug is no varchar(60)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.drug) <= 60)),
    ('BXC16', 'quantity is NULL',
      w.bxc_op in ('insert', 'update') and w.quantity is null),
    ('BXC16', 'dispensed is NULL',
      w.bxc_op in ('insert', 'update') and w.dispensed is null),
    ('BXC16', 'unit_price is no decimal(8,2)',
      w.bxc_op in ('insert', 'update') and not (w.unit_price <> 'NaN')),
    ('BXC16', 'unit_price is no decimal(8,2)',
      w.bxc_op in ('insert', 'update') and (abs(w.unit_price) >= 1000000 or w.unit_price <> round(w.unit_price, 2))),
    ('BXC16', 'prescriber is NULL',
      w.bxc_op in ('insert', 'update') and w.prescriber is null),
    ('BXC16', 'released is NULL',
      w.bxc_op in ('insert', 'update') and w.released is null),
    ('BXC18', 'Released has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_rx as rx, b.bxc_detail
  from "bxc_effect_Released" as e
  cross join lateral (values
    ('BXC10', 'Released has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of Released is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (e.released) is true),
    ('BXC19', 'Released would still show the row',
      e.bxc_kind = 'set' and (e.released) is true),
    ('BXC17', 'check amounts is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
      and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_rx as rx,
    'another row of Prescription has the same rx' as bxc_detail
  from "bxc_effect_Released" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
    and exists (
      select 1 from (
        select rx
        from (
          select s.rx
          from (
            select distinct e.rx as rx
            from "bxc_effect_Released" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
          ) as t
          join "bxc_seen_Released" as s on t.rx = s.rx
          where not exists (select 1 from "bxc_effect_Released" as g where g.bxc_gone and g.bxc_old_rx = s.rx)
          union all
          select rx from "bxc_effect_Released" where bxc_made
        ) as l
        group by rx
        having count(*) > 1
      ) as r
      where r.rx = e.rx
    )
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_rx as rx,
    'no row of Patient for patient_id' as bxc_detail
  from "bxc_effect_Released" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
    and not exists (
      select 1 from (
        select s.patient_id
        from (
          select distinct e.patient_id as patient_id
          from "bxc_effect_Released" as e
          where e.bxc_made
            and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
        ) as t
        join public."Patient" as s on t.patient_id = s.patient_id
      ) as r
      where r.patient_id = e.patient_id
    )
) as d
union all
select * from (
  with
    "bxc_batch_Released" as materialized (
      select * from (
        select
          case when v.rx is null then 'insert' when n.rx is null then 'delete' else 'update' end as bxc_op,
          v.rx as bxc_old_rx, n.rx, n.patient_id, n.drug, n.quantity, n.dispensed, n.unit_price, n.prescriber,
          n.released
        from public."bxc_new_Released" as n
        full join public."Released" as v on n.rx = v.rx
        where v.rx is null
          or n.rx is null
          or (n.patient_id is distinct from v.patient_id or n.drug is distinct from v.drug or
          n.quantity is distinct from v.quantity or n.dispensed is distinct from v.dispensed or
          n.unit_price is distinct from v.unit_price or n.prescriber is distinct from v.prescriber or
          n.released is distinct from v.released)
          or (n.rx) in (select rx from public."bxc_new_Released" group by rx having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_Released")
    ),
    "bxc_seen_Released" as materialized (
      select
        case when not (s.released) is true then 1 else 0 end as bxc_layer, s.rx, s.patient_id, s.drug, s.quantity,
        s.dispensed, s.unit_price, s.prescriber, s.released
      from (
        select bxc_old_rx as rx from "bxc_batch_Released" where bxc_op <> 'insert'
        union
        select rx from "bxc_batch_Released"
        where bxc_op = 'insert'
          or bxc_op = 'update' and rx is distinct from bxc_old_rx
      ) as w
      join public."Prescription" as s on s.rx = w.rx
    ),
    "bxc_work_Released" as materialized (
      with
        bxc_key as (
          select rx, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from "bxc_seen_Released"
          group by rx
        ),
        bxc_old as (
          select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
          from "bxc_batch_Released" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_rx
        ),
        bxc_new as (
          select w.rx, count(*) as bxc_count
          from "bxc_batch_Released" as w
          where w.bxc_op in ('insert', 'update')
          group by w.rx
        )
      select w.*,
        w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
          w.bxc_op = 'update' and w.rx <> w.bxc_old_rx as bxc_renames, coalesce(o.bxc_shown, false) as bxc_old_shown,
          coalesce(n.bxc_shown, false) as bxc_new_shown, coalesce(n.bxc_hidden, false) as bxc_new_hidden,
          coalesce(n.bxc_rejected, false) as bxc_new_rejected, coalesce(l.bxc_deleted, false) as bxc_key_deleted,
          coalesce(l.bxc_renamed, false) as bxc_key_renamed, coalesce(p.bxc_count, 0) as bxc_old_count,
          coalesce(c.bxc_count, 0) as bxc_new_count
        from "bxc_batch_Released" as w
        left join bxc_key as o on o.rx = w.bxc_old_rx
        left join bxc_key as n on n.rx = w.rx
        left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
        left join bxc_old as l on l.bxc_old_rx = w.rx
        left join bxc_new as c on c.rx = w.rx
      ) as w
    ),
    "bxc_effect_Released" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.rx is distinct from e.bxc_old_rx) as bxc_leaves
      from (
        select e.*,
          (e.rx is distinct from e.bxc_old_rx or e.patient_id is distinct from e.bxc_old_patient_id or
          e.drug is distinct from e.bxc_old_drug or e.quantity is distinct from e.bxc_old_quantity or
          e.dispensed is distinct from e.bxc_old_dispensed or e.unit_price is distinct from e.bxc_old_unit_price or
          e.prescriber is distinct from e.bxc_old_prescriber or e.released is distinct from e.bxc_old_released) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
            s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id, s.drug as bxc_old_drug,
            s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
            s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
            case when k.bxc_kind in ('update', 'keep') then w.rx else s.rx end as rx,
            case when k.bxc_kind in ('update', 'keep') then w.patient_id else s.patient_id end as patient_id,
            case when k.bxc_kind in ('update', 'keep') then w.drug else s.drug end as drug,
            case when k.bxc_kind in ('update', 'keep') then w.quantity else s.quantity end as quantity,
            case when k.bxc_kind in ('update', 'keep') then w.dispensed else s.dispensed end as dispensed,
            case when k.bxc_kind in ('update', 'keep') then w.unit_price else s.unit_price end as unit_price,
            case when k.bxc_kind in ('update', 'keep') then w.prescriber else s.prescriber end as prescriber,
            case
              when k.bxc_kind in ('update', 'keep') then w.released
              when k.bxc_kind = 'set' then cast(false as boolean)
              else s.released
            end as released
          from "bxc_work_Released" as w
          join "bxc_seen_Released" as s on s.rx = w.bxc_key_rx
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
            cast(null as uuid) as bxc_old_rx, cast(null as bigint) as bxc_old_patient_id,
            cast(null as text) as bxc_old_drug, cast(null as bigint) as bxc_old_quantity,
            cast(null as bigint) as bxc_old_dispensed, cast(null as numeric(8, 2)) as bxc_old_unit_price,
            cast(null as text) as bxc_old_prescriber, cast(null as boolean) as bxc_old_released, w.rx as rx,
            w.patient_id as patient_id, w.drug as drug, w.quantity as quantity, w.dispensed as dispensed,
            w.unit_price as unit_price, w.prescriber as prescriber, w.released as released
          from "bxc_work_Released" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as rx,
    b.bxc_detail
  from "bxc_work_Released" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.rx is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_rx is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_rx is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'Released has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'Prescription has a row with this key that Released does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)),
    ('BXC11', 'Prescription has a row with the new key that Released does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC11', 'the row that had the new key is hidden by this put, and keeps it',
      w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'rx is NULL',
      w.bxc_op in ('insert', 'update') and w.rx is null),
    ('BXC16', 'patient_id is NULL',
      w.bxc_op in ('insert', 'update') and w.patient_id is null),
    ('BXC16', 'drug is NULL',
      w.bxc_op in ('insert', 'update') and w.drug is null),
    ('BXC16', 'drug is no varchar(60)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.drug) <= 60)),
    ('BXC16', 'quantity is NULL',
      w.bxc_op in ('insert', 'update') and w.quantity is null),
    ('BXC16', 'dispensed is NULL',
      w.bxc_op in ('insert', 'update') and w.dispensed is null),
    ('BXC16', 'unit_price is no decimal(8,2)',
      w.bxc_op in ('insert', 'update') and not (w.unit_price <> 'NaN')),
    ('BXC16', 'unit_price is no decimal(8,2)',
      w.bxc_op in ('insert', 'update') and (abs(w.unit_price) >= 1000000 or w.unit_price <> round(w.unit_price, 2))),
    ('BXC16', 'prescriber is NULL',
      w.bxc_op in ('insert', 'update') and w.prescriber is null),
    ('BXC16', 'released is NULL',
      w.bxc_op in ('insert', 'update') and w.released is null),
    ('BXC18', 'Released has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_rx as rx, b.bxc_detail
  from "bxc_effect_Released" as e
  cross join lateral (values
    ('BXC10', 'Released has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of Released is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (e.released) is true),
    ('BXC19', 'Released would still show the row',
      e.bxc_kind = 'set' and (e.released) is true),
    ('BXC17', 'check amounts is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
      and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_rx as rx,
    'another row of Prescription has the same rx' as bxc_detail
  from "bxc_effect_Released" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
    and exists (
      select 1 from (
        select rx
        from (
          select s.rx
          from (
            select distinct e.rx as rx
            from "bxc_effect_Released" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
          ) as t
          join "bxc_seen_Released" as s on t.rx = s.rx
          where not exists (select 1 from "bxc_effect_Released" as g where g.bxc_gone and g.bxc_old_rx = s.rx)
          union all
          select rx from "bxc_effect_Released" where bxc_made
        ) as l
        group by rx
        having count(*) > 1
      ) as r
      where r.rx = e.rx
    )
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_rx as rx,
    'no row of Patient for patient_id' as bxc_detail
  from "bxc_effect_Released" as e
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
    and not exists (
      select 1 from (
        select s.patient_id
        from (
          select distinct e.patient_id as patient_id
          from "bxc_effect_Released" as e
          where e.bxc_made
            and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
        ) as t
        join public."Patient" as s on t.patient_id = s.patient_id
      ) as r
      where r.patient_id = e.patient_id
    )
) as n;

-- the put
create or replace function public."bxc_steps_Released"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_Released" limit 501) as b) > 500;
  analyze "bxc_batch_Released";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_Released";
  create temporary table "bxc_seen_Released" on commit drop as
  select
    case when not (s.released) is true then 1 else 0 end as bxc_layer, s.rx, s.patient_id, s.drug, s.quantity,
    s.dispensed, s.unit_price, s.prescriber, s.released
  from (
    select bxc_old_rx as rx from "bxc_batch_Released" where bxc_op <> 'insert'
    union
    select rx from "bxc_batch_Released"
    where bxc_op = 'insert'
      or bxc_op = 'update' and rx is distinct from bxc_old_rx
  ) as w
  join public."Prescription" as s on s.rx = w.rx;
  if bxc_many then analyze "bxc_seen_Released"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_Released";
  create temporary table "bxc_work_Released" on commit drop as
  with
    bxc_key as (
      select rx, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
        bool_or(bxc_layer in (1)) as bxc_rejected
      from "bxc_seen_Released"
      group by rx
    ),
    bxc_old as (
      select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
      from "bxc_batch_Released" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_rx
    ),
    bxc_new as (
      select w.rx, count(*) as bxc_count
      from "bxc_batch_Released" as w
      where w.bxc_op in ('insert', 'update')
      group by w.rx
    )
  select w.*,
    w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
  from (
    select w.*,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.bxc_op = 'update' and w.rx <> w.bxc_old_rx as bxc_renames, coalesce(o.bxc_shown, false) as bxc_old_shown,
      coalesce(n.bxc_shown, false) as bxc_new_shown, coalesce(n.bxc_hidden, false) as bxc_new_hidden,
      coalesce(n.bxc_rejected, false) as bxc_new_rejected, coalesce(l.bxc_deleted, false) as bxc_key_deleted,
      coalesce(l.bxc_renamed, false) as bxc_key_renamed, coalesce(p.bxc_count, 0) as bxc_old_count,
      coalesce(c.bxc_count, 0) as bxc_new_count
    from "bxc_batch_Released" as w
    left join bxc_key as o on o.rx = w.bxc_old_rx
    left join bxc_key as n on n.rx = w.rx
    left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
    left join bxc_old as l on l.bxc_old_rx = w.rx
    left join bxc_new as c on c.rx = w.rx
  ) as w;
  if bxc_many then analyze "bxc_work_Released"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_Released";
  create temporary table "bxc_effect_Released" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.rx is distinct from e.bxc_old_rx) as bxc_leaves
  from (
    select e.*,
      (e.rx is distinct from e.bxc_old_rx or e.patient_id is distinct from e.bxc_old_patient_id or
      e.drug is distinct from e.bxc_old_drug or e.quantity is distinct from e.bxc_old_quantity or
      e.dispensed is distinct from e.bxc_old_dispensed or e.unit_price is distinct from e.bxc_old_unit_price or
      e.prescriber is distinct from e.bxc_old_prescriber or e.released is distinct from e.bxc_old_released) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
        s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id, s.drug as bxc_old_drug,
        s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
        s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
        case when k.bxc_kind in ('update', 'keep') then w.rx else s.rx end as rx,
        case when k.bxc_kind in ('update', 'keep') then w.patient_id else s.patient_id end as patient_id,
        case when k.bxc_kind in ('update', 'keep') then w.drug else s.drug end as drug,
        case when k.bxc_kind in ('update', 'keep') then w.quantity else s.quantity end as quantity,
        case when k.bxc_kind in ('update', 'keep') then w.dispensed else s.dispensed end as dispensed,
        case when k.bxc_kind in ('update', 'keep') then w.unit_price else s.unit_price end as unit_price,
        case when k.bxc_kind in ('update', 'keep') then w.prescriber else s.prescriber end as prescriber,
        case
          when k.bxc_kind in ('update', 'keep') then w.released
          when k.bxc_kind = 'set' then cast(false as boolean)
          else s.released
        end as released
      from "bxc_work_Released" as w
      join "bxc_seen_Released" as s on s.rx = w.bxc_key_rx
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
        cast(null as uuid) as bxc_old_rx, cast(null as bigint) as bxc_old_patient_id,
        cast(null as text) as bxc_old_drug, cast(null as bigint) as bxc_old_quantity,
        cast(null as bigint) as bxc_old_dispensed, cast(null as numeric(8, 2)) as bxc_old_unit_price,
        cast(null as text) as bxc_old_prescriber, cast(null as boolean) as bxc_old_released, w.rx as rx,
        w.patient_id as patient_id, w.drug as drug, w.quantity as quantity, w.dispensed as dispensed,
        w.unit_price as unit_price, w.prescriber as prescriber, w.released as released
      from "bxc_work_Released" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_Released";
end
$bxc$;

create or replace function public."bxc_apply_Released"() returns bigint
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
      when w.bxc_op in ('insert', 'update') and (w.rx is null)
        then 'BXC10'  -- the key has a NULL
      when w.bxc_op in ('update', 'delete') and (w.bxc_old_rx is null)
        then 'BXC10'  -- the old key has a NULL
      when w.bxc_op = 'insert' and (w.bxc_old_rx is not null)
        then 'BXC10'  -- an insert has an old key
      when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then 'BXC10'  -- another staged row has the same old key
      when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then 'BXC10'  -- another staged row has the same key
      when w.bxc_op = 'insert' and w.bxc_key_deleted
        then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
      when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then 'BXC10'  -- Released has another row with the new key
      when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
        then 'BXC11'  -- Prescription has a row with this key that Released does not show
      when w.bxc_renames and w.bxc_new_hidden
        then 'BXC11'  -- Prescription has a row with the new key that Released does not show
      when w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted
        then 'BXC11'  -- the row that had the new key is hidden by this put, and keeps it
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w.rx is null
        then 'BXC16'  -- rx is NULL
      when w.bxc_op in ('insert', 'update') and w.patient_id is null
        then 'BXC16'  -- patient_id is NULL
      when w.bxc_op in ('insert', 'update') and w.drug is null
        then 'BXC16'  -- drug is NULL
      when w.bxc_op in ('insert', 'update') and not (char_length(w.drug) <= 60)
        then 'BXC16'  -- drug is no varchar(60)
      when w.bxc_op in ('insert', 'update') and w.quantity is null
        then 'BXC16'  -- quantity is NULL
      when w.bxc_op in ('insert', 'update') and w.dispensed is null
        then 'BXC16'  -- dispensed is NULL
      when w.bxc_op in ('insert', 'update') and not (w.unit_price <> 'NaN')
        then 'BXC16'  -- unit_price is no decimal(8,2)
      when w.bxc_op in ('insert', 'update') and (abs(w.unit_price) >= 1000000 or w.unit_price <> round(w.unit_price, 2))
        then 'BXC16'  -- unit_price is no decimal(8,2)
      when w.bxc_op in ('insert', 'update') and w.prescriber is null
        then 'BXC16'  -- prescriber is NULL
      when w.bxc_op in ('insert', 'update') and w.released is null
        then 'BXC16'  -- released is NULL
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- Released has no row with the old key
    end as bxc_code
    from "bxc_work_Released" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- Released has a row with this key and other values
      when e.bxc_kind in ('insert', 'update', 'revive') and not (e.released) is true
        then 'BXC12'  -- where of Released is not true for the row
      when e.bxc_made
        and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
        and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000)
        then 'BXC17'  -- check amounts is false
      when e.bxc_kind = 'set' and (e.released) is true
        then 'BXC19'  -- Released would still show the row
    end
    from "bxc_effect_Released" as e
    union all
    -- another row of Prescription has the same rx
    select 'BXC17'
    from "bxc_effect_Released" as e
    where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
      and exists (
        select 1 from (
          select rx
          from (
            select s.rx
            from (
              select distinct e.rx as rx
              from "bxc_effect_Released" as e
              where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
            ) as t
            join "bxc_seen_Released" as s on t.rx = s.rx
            where not exists (select 1 from "bxc_effect_Released" as g where g.bxc_gone and g.bxc_old_rx = s.rx)
            union all
            select rx from "bxc_effect_Released" where bxc_made
          ) as l
          group by rx
          having count(*) > 1
        ) as r
        where r.rx = e.rx
      )
    union all
    -- no row of Patient for patient_id
    select 'BXC17'
    from "bxc_effect_Released" as e
    where e.bxc_made
        and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
      and not exists (
        select 1 from (
          select s.patient_id
          from (
            select distinct e.patient_id as patient_id
            from "bxc_effect_Released" as e
            where e.bxc_made
              and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
          ) as t
          join public."Patient" as s on t.patient_id = s.patient_id
        ) as r
        where r.patient_id = e.patient_id
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 Released: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Released'
        when 'BXC11' then 'BXC11 Released: a key belongs to a source row that the view does not show; see bxc_violations_Released'
        when 'BXC12' then 'BXC12 Released: a row does not fulfil the condition of the view; see bxc_violations_Released'
        when 'BXC14' then 'BXC14 Released: a new row has no value for a key column that the view hides; see bxc_violations_Released'
        when 'BXC15' then 'BXC15 Released: a computed column is stated otherwise than its inputs give it; see bxc_violations_Released'
        when 'BXC16' then 'BXC16 Released: a value is outside its type, or NULL where the view has none; see bxc_violations_Released'
        when 'BXC17' then 'BXC17 Released: a constraint of the source would be broken; see bxc_violations_Released'
        when 'BXC18' then 'BXC18 Released: an update speaks of a key that no row has; see bxc_violations_Released'
        when 'BXC19' then 'BXC19 Released: a row must not vanish from the view; see bxc_violations_Released'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_Released" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'Prescription';

  with bxc_left as (
    delete from public."Prescription" as s using "bxc_effect_Released" as e
    where e.bxc_leaves and s.rx = e.bxc_old_rx
    returning 1
  )
  insert into public."Prescription" as s (
      rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
  )
  select
      e.rx, e.patient_id, e.drug, e.quantity, e.dispensed, e.unit_price, e.prescriber, e.released
  from "bxc_effect_Released" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (rx) do update set
      patient_id = excluded.patient_id, drug = excluded.drug, quantity = excluded.quantity,
      dispensed = excluded.dispensed, unit_price = excluded.unit_price, prescriber = excluded.prescriber,
      released = excluded.released;

  update public.bxc_session set uncaptured = false where source = 'Prescription';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_Prescription"');
  insert into public."bxc_change_Prescription" (
    bxc_seq, bxc_op, bxc_via, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity,
    bxc_old_dispensed, bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug,
    quantity, dispensed, unit_price, prescriber, released
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'Released',
    bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
    bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber,
    released
  from "bxc_effect_Released" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_Released"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Prescription" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Released";
  create temporary table "bxc_batch_Released" on commit drop as
  select
    case when v.rx is null then 'insert' when n.rx is null then 'delete' else 'update' end as bxc_op,
    v.rx as bxc_old_rx, n.rx, n.patient_id, n.drug, n.quantity, n.dispensed, n.unit_price, n.prescriber,
    n.released
  from public."bxc_new_Released" as n
  full join public."Released" as v on n.rx = v.rx
  where v.rx is null
    or n.rx is null
    or (n.patient_id is distinct from v.patient_id or n.drug is distinct from v.drug or
    n.quantity is distinct from v.quantity or n.dispensed is distinct from v.dispensed or
    n.unit_price is distinct from v.unit_price or n.prescriber is distinct from v.prescriber or
    n.released is distinct from v.released);

  -- a key is staged twice
  if exists (select rx from public."bxc_new_Released" group by rx having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 Released: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Released';
  end if;

  perform public."bxc_steps_Released"();

  perform public."bxc_apply_Released"();
end
$bxc$;

create or replace function public."bxc_put_delta_Released"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Prescription" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_Released";
  create temporary table "bxc_batch_Released" on commit drop as
  select * from public."bxc_delta_Released";

  perform public."bxc_steps_Released"();

  perform public."bxc_apply_Released"();
end
$bxc$;

revoke execute on function public."bxc_steps_Released"() from public;

revoke execute on function public."bxc_apply_Released"() from public;

revoke execute on function public."bxc_put_Released"() from public;

revoke execute on function public."bxc_put_delta_Released"() from public;

-- edits of the view itself; as definer, for who edits the view has no rights on what is behind it
create or replace function public."bxc_edit_Released"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  lock table public."Prescription" in share row exclusive mode;

  if tg_op = 'INSERT' then
    drop table if exists pg_temp."bxc_batch_Released";
    create temporary table "bxc_batch_Released" on commit drop as
    select text 'insert' as bxc_op, cast(null as uuid) as bxc_old_rx, new.rx as rx, new.patient_id as patient_id,
      new.drug as drug, new.quantity as quantity, new.dispensed as dispensed, new.unit_price as unit_price,
      new.prescriber as prescriber, new.released as released;
  elsif tg_op = 'UPDATE' then
    drop table if exists pg_temp."bxc_batch_Released";
    create temporary table "bxc_batch_Released" on commit drop as
    select text 'update' as bxc_op, old.rx as bxc_old_rx, new.rx as rx, new.patient_id as patient_id,
      new.drug as drug, new.quantity as quantity, new.dispensed as dispensed, new.unit_price as unit_price,
      new.prescriber as prescriber, new.released as released;
  else
    drop table if exists pg_temp."bxc_batch_Released";
    create temporary table "bxc_batch_Released" on commit drop as
    select text 'delete' as bxc_op, old.rx as bxc_old_rx, cast(null as uuid) as rx,
      cast(null as bigint) as patient_id, cast(null as text) as drug, cast(null as bigint) as quantity,
      cast(null as bigint) as dispensed, cast(null as numeric(8, 2)) as unit_price,
      cast(null as text) as prescriber, cast(null as boolean) as released;
  end if;

  perform public."bxc_steps_Released"();

  bxc_number := public."bxc_apply_Released"();

  if bxc_number is not null then
    perform public."bxc_judge_Prescription"(bxc_number);
  end if;

  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$bxc$;

create or replace trigger "bxc_edit_Released"
instead of insert or update or delete on public."Released"
for each row execute function public."bxc_edit_Released"();

-- its editors
do $bxc$
begin
  if exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_hospital_network_Hospital') then
    grant select, insert, update, delete on public."Released" to "bxc_hospital_network_Hospital";
  end if;
end
$bxc$;
