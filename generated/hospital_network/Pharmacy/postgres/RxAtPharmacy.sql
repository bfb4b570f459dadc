-- RxAtPharmacy: view of Dispensing, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."RxAtPharmacy" as
select
  s.rx as rx, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed, s.unit_price as unit_price,
  (s.quantity - s.dispensed) as outstanding
from public."Dispensing" as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_RxAtPharmacy" (
  rx uuid, drug text collate "C", quantity bigint, dispensed bigint, unit_price numeric, outstanding bigint
);

create table if not exists public."bxc_delta_RxAtPharmacy" (
  bxc_op text, bxc_old_rx uuid, rx uuid, drug text collate "C", quantity bigint, dispensed bigint,
  unit_price numeric, outstanding bigint
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_RxAtPharmacy" as
select * from (
  with
    "bxc_seen_RxAtPharmacy" as materialized (
      select
        0 as bxc_layer, s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.batch
      from (
        select bxc_old_rx as rx from public."bxc_delta_RxAtPharmacy" where bxc_op <> 'insert'
        union
        select rx from public."bxc_delta_RxAtPharmacy"
        where bxc_op = 'insert'
          or bxc_op = 'update' and rx is distinct from bxc_old_rx
      ) as w
      join public."Dispensing" as s on s.rx = w.rx
    ),
    "bxc_work_RxAtPharmacy" as materialized (
      with
        bxc_key as (
          select rx, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_RxAtPharmacy"
          group by rx
        ),
        bxc_old as (
          select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
          from public."bxc_delta_RxAtPharmacy" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_rx
        ),
        bxc_new as (
          select w.rx, count(*) as bxc_count
          from public."bxc_delta_RxAtPharmacy" as w
          where w.bxc_op in ('insert', 'update')
          group by w.rx
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
          w.bxc_op = 'update' and w.rx <> w.bxc_old_rx as bxc_renames, coalesce(o.bxc_shown, false) as bxc_old_shown,
          coalesce(n.bxc_shown, false) as bxc_new_shown, coalesce(l.bxc_deleted, false) as bxc_key_deleted,
          coalesce(l.bxc_renamed, false) as bxc_key_renamed, coalesce(p.bxc_count, 0) as bxc_old_count,
          coalesce(c.bxc_count, 0) as bxc_new_count
        from public."bxc_delta_RxAtPharmacy" as w
        left join bxc_key as o on o.rx = w.bxc_old_rx
        left join bxc_key as n on n.rx = w.rx
        left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
        left join bxc_old as l on l.bxc_old_rx = w.rx
        left join bxc_new as c on c.rx = w.rx
      ) as w
    ),
    "bxc_effect_RxAtPharmacy" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.rx is distinct from e.bxc_old_rx) as bxc_leaves
      from (
        select e.*,
          (e.rx is distinct from e.bxc_old_rx or e.drug is distinct from e.bxc_old_drug or
          e.quantity is distinct from e.bxc_old_quantity or e.dispensed is distinct from e.bxc_old_dispensed or
          e.unit_price is distinct from e.bxc_old_unit_price or e.batch is distinct from e.bxc_old_batch) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
            w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
            s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
            s.batch as bxc_old_batch,
            case when k.bxc_kind in ('update', 'keep') then w.rx when k.bxc_kind <> 'delete' then s.rx end as rx,
            case when k.bxc_kind in ('update', 'keep') then w.drug when k.bxc_kind <> 'delete' then s.drug end as drug,
            case when k.bxc_kind in ('update', 'keep') then w.quantity when k.bxc_kind <> 'delete' then s.quantity end as quantity,
            case
              when k.bxc_kind in ('update', 'keep') then w.dispensed
              when k.bxc_kind <> 'delete' then s.dispensed
            end as dispensed,
            case
              when k.bxc_kind in ('update', 'keep') then w.unit_price
              when k.bxc_kind <> 'delete' then s.unit_price
            end as unit_price,
            case when k.bxc_kind <> 'delete' then s.batch end as batch
          from "bxc_work_RxAtPharmacy" as w
          join "bxc_seen_RxAtPharmacy" as s on s.rx = w.bxc_key_rx
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
            w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx,
            cast(null as text) as bxc_old_drug, cast(null as bigint) as bxc_old_quantity,
            cast(null as bigint) as bxc_old_dispensed, cast(null as numeric(8, 2)) as bxc_old_unit_price,
            cast(null as text) as bxc_old_batch, w.rx as rx, w.drug as drug, w.quantity as quantity,
            w.dispensed as dispensed, w.unit_price as unit_price, cast(null as text) as batch
          from "bxc_work_RxAtPharmacy" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as rx,
    b.bxc_detail
  from "bxc_work_RxAtPharmacy" as w
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
    ('BXC10', 'RxAtPharmacy has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'rx is NULL',
      w.bxc_op in ('insert', 'update') and w.rx is null),
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
    ('BXC16', 'outstanding is NULL',
      w.bxc_op in ('insert', 'update') and w.outstanding is null),
    ('BXC18', 'RxAtPharmacy has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_rx as rx, b.bxc_detail
  from "bxc_effect_RxAtPharmacy" as e
  cross join lateral (values
    ('BXC10', 'RxAtPharmacy has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC15', 'outstanding is computed, and stated otherwise',
      e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_outstanding is distinct from (cast(e.quantity as numeric) - cast(e.dispensed as numeric))),
    ('BXC17', 'check amounts is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
      and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_rx as rx,
    'another row of Dispensing has the same rx' as bxc_detail
  from "bxc_effect_RxAtPharmacy" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
    and exists (
      select 1 from (
        select rx
        from (
          select s.rx
          from (
            select distinct e.rx as rx
            from "bxc_effect_RxAtPharmacy" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
          ) as t
          join "bxc_seen_RxAtPharmacy" as s on t.rx = s.rx
          where not exists (select 1 from "bxc_effect_RxAtPharmacy" as g where g.bxc_gone and g.bxc_old_rx = s.rx)
          union all
          select rx from "bxc_effect_RxAtPharmacy" where bxc_made
        ) as l
        group by rx
        having count(*) > 1
      ) as r
      where r.rx = e.rx
    )
) as d
union all
select * from (
  with
    "bxc_batch_RxAtPharmacy" as materialized (
      select * from (
        select
          case when v.rx is null then 'insert' when n.rx is null then 'delete' else 'update' end as bxc_op,
          v.rx as bxc_old_rx, n.rx, n.drug, n.quantity, n.dispensed, n.unit_price, n.outstanding
        from public."bxc_new_RxAtPharmacy" as n
        full join public."RxAtPharmacy" as v on n.rx = v.rx
        where v.rx is null
          or n.rx is null
          or (n.drug is distinct from v.drug or n.quantity is distinct from v.quantity or
          n.dispensed is distinct from v.dispensed or n.unit_price is distinct from v.unit_price or
          n.outstanding is distinct from v.outstanding)
          or (n.rx) in (select rx from public."bxc_new_RxAtPharmacy" group by rx having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_RxAtPharmacy")
    ),
    "bxc_seen_RxAtPharmacy" as materialized (
      select
        0 as bxc_layer, s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.batch
      from (
        select bxc_old_rx as rx from "bxc_batch_RxAtPharmacy" where bxc_op <> 'insert'
        union
        select rx from "bxc_batch_RxAtPharmacy"
        where bxc_op = 'insert'
          or bxc_op = 'update' and rx is distinct from bxc_old_rx
      ) as w
      join public."Dispensing" as s on s.rx = w.rx
    ),
    "bxc_work_RxAtPharmacy" as materialized (
      with
        bxc_key as (
          select rx, bool_or(bxc_layer = 0) as bxc_shown
          from "bxc_seen_RxAtPharmacy"
          group by rx
        ),
        bxc_old as (
          select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
          from "bxc_batch_RxAtPharmacy" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_rx
        ),
        bxc_new as (
          select w.rx, count(*) as bxc_count
          from "bxc_batch_RxAtPharmacy" as w
          where w.bxc_op in ('insert', 'update')
          group by w.rx
        )
      select w.*,
        w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
          w.bxc_op = 'update' and w.rx <> w.bxc_old_rx as bxc_renames, coalesce(o.bxc_shown, false) as bxc_old_shown,
          coalesce(n.bxc_shown, false) as bxc_new_shown, coalesce(l.bxc_deleted, false) as bxc_key_deleted,
          coalesce(l.bxc_renamed, false) as bxc_key_renamed, coalesce(p.bxc_count, 0) as bxc_old_count,
          coalesce(c.bxc_count, 0) as bxc_new_count
        from "bxc_batch_RxAtPharmacy" as w
        left join bxc_key as o on o.rx = w.bxc_old_rx
        left join bxc_key as n on n.rx = w.rx
        left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
        left join bxc_old as l on l.bxc_old_rx = w.rx
        left join bxc_new as c on c.rx = w.rx
      ) as w
    ),
    "bxc_effect_RxAtPharmacy" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.rx is distinct from e.bxc_old_rx) as bxc_leaves
      from (
        select e.*,
          (e.rx is distinct from e.bxc_old_rx or e.drug is distinct from e.bxc_old_drug or
          e.quantity is distinct from e.bxc_old_quantity or e.dispensed is distinct from e.bxc_old_dispensed or
          e.unit_price is distinct from e.bxc_old_unit_price or e.batch is distinct from e.bxc_old_batch) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
            w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
            s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
            s.batch as bxc_old_batch,
            case when k.bxc_kind in ('update', 'keep') then w.rx when k.bxc_kind <> 'delete' then s.rx end as rx,
            case when k.bxc_kind in ('update', 'keep') then w.drug when k.bxc_kind <> 'delete' then s.drug end as drug,
            case when k.bxc_kind in ('update', 'keep') then w.quantity when k.bxc_kind <> 'delete' then s.quantity end as quantity,
            case
              when k.bxc_kind in ('update', 'keep') then w.dispensed
              when k.bxc_kind <> 'delete' then s.dispensed
            end as dispensed,
            case
              when k.bxc_kind in ('update', 'keep') then w.unit_price
              when k.bxc_kind <> 'delete' then s.unit_price
            end as unit_price,
            case when k.bxc_kind <> 'delete' then s.batch end as batch
          from "bxc_work_RxAtPharmacy" as w
          join "bxc_seen_RxAtPharmacy" as s on s.rx = w.bxc_key_rx
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
            w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx,
            cast(null as text) as bxc_old_drug, cast(null as bigint) as bxc_old_quantity,
            cast(null as bigint) as bxc_old_dispensed, cast(null as numeric(8, 2)) as bxc_old_unit_price,
            cast(null as text) as bxc_old_batch, w.rx as rx, w.drug as drug, w.quantity as quantity,
            w.dispensed as dispensed, w.unit_price as unit_price, cast(null as text) as batch
          from "bxc_work_RxAtPharmacy" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as rx,
    b.bxc_detail
  from "bxc_work_RxAtPharmacy" as w
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
    ('BXC10', 'RxAtPharmacy has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'rx is NULL',
      w.bxc_op in ('insert', 'update') and w.rx is null),
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
    ('BXC16', 'outstanding is NULL',
      w.bxc_op in ('insert', 'update') and w.outstanding is null),
    ('BXC18', 'RxAtPharmacy has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_rx as rx, b.bxc_detail
  from "bxc_effect_RxAtPharmacy" as e
  cross join lateral (values
    ('BXC10', 'RxAtPharmacy has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC15', 'outstanding is computed, and stated otherwise',
      e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_outstanding is distinct from (cast(e.quantity as numeric) - cast(e.dispensed as numeric))),
    ('BXC17', 'check amounts is false',
      e.bxc_made
      and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
      and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_rx as rx,
    'another row of Dispensing has the same rx' as bxc_detail
  from "bxc_effect_RxAtPharmacy" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
    and exists (
      select 1 from (
        select rx
        from (
          select s.rx
          from (
            select distinct e.rx as rx
            from "bxc_effect_RxAtPharmacy" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
          ) as t
          join "bxc_seen_RxAtPharmacy" as s on t.rx = s.rx
          where not exists (select 1 from "bxc_effect_RxAtPharmacy" as g where g.bxc_gone and g.bxc_old_rx = s.rx)
          union all
          select rx from "bxc_effect_RxAtPharmacy" where bxc_made
        ) as l
        group by rx
        having count(*) > 1
      ) as r
      where r.rx = e.rx
    )
) as n;

-- the put
create or replace function public."bxc_steps_RxAtPharmacy"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_RxAtPharmacy" limit 501) as b) > 500;
  analyze "bxc_batch_RxAtPharmacy";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_RxAtPharmacy";
  create temporary table "bxc_seen_RxAtPharmacy" on commit drop as
  select
    0 as bxc_layer, s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.batch
  from (
    select bxc_old_rx as rx from "bxc_batch_RxAtPharmacy" where bxc_op <> 'insert'
    union
    select rx from "bxc_batch_RxAtPharmacy"
    where bxc_op = 'insert'
      or bxc_op = 'update' and rx is distinct from bxc_old_rx
  ) as w
  join public."Dispensing" as s on s.rx = w.rx;
  if bxc_many then analyze "bxc_seen_RxAtPharmacy"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_RxAtPharmacy";
  create temporary table "bxc_work_RxAtPharmacy" on commit drop as
  with
    bxc_key as (
      select rx, bool_or(bxc_layer = 0) as bxc_shown
      from "bxc_seen_RxAtPharmacy"
      group by rx
    ),
    bxc_old as (
      select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
      from "bxc_batch_RxAtPharmacy" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_rx
    ),
    bxc_new as (
      select w.rx, count(*) as bxc_count
      from "bxc_batch_RxAtPharmacy" as w
      where w.bxc_op in ('insert', 'update')
      group by w.rx
    )
  select w.*,
    w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
  from (
    select w.*,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_rx else w.rx end as bxc_key_rx,
      w.bxc_op = 'update' and w.rx <> w.bxc_old_rx as bxc_renames, coalesce(o.bxc_shown, false) as bxc_old_shown,
      coalesce(n.bxc_shown, false) as bxc_new_shown, coalesce(l.bxc_deleted, false) as bxc_key_deleted,
      coalesce(l.bxc_renamed, false) as bxc_key_renamed, coalesce(p.bxc_count, 0) as bxc_old_count,
      coalesce(c.bxc_count, 0) as bxc_new_count
    from "bxc_batch_RxAtPharmacy" as w
    left join bxc_key as o on o.rx = w.bxc_old_rx
    left join bxc_key as n on n.rx = w.rx
    left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
    left join bxc_old as l on l.bxc_old_rx = w.rx
    left join bxc_new as c on c.rx = w.rx
  ) as w;
  if bxc_many then analyze "bxc_work_RxAtPharmacy"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_RxAtPharmacy";
  create temporary table "bxc_effect_RxAtPharmacy" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.rx is distinct from e.bxc_old_rx) as bxc_leaves
  from (
    select e.*,
      (e.rx is distinct from e.bxc_old_rx or e.drug is distinct from e.bxc_old_drug or
      e.quantity is distinct from e.bxc_old_quantity or e.dispensed is distinct from e.bxc_old_dispensed or
      e.unit_price is distinct from e.bxc_old_unit_price or e.batch is distinct from e.bxc_old_batch) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
        w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
        s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
        s.batch as bxc_old_batch,
        case when k.bxc_kind in ('update', 'keep') then w.rx when k.bxc_kind <> 'delete' then s.rx end as rx,
        case when k.bxc_kind in ('update', 'keep') then w.drug when k.bxc_kind <> 'delete' then s.drug end as drug,
        case when k.bxc_kind in ('update', 'keep') then w.quantity when k.bxc_kind <> 'delete' then s.quantity end as quantity,
        case
          when k.bxc_kind in ('update', 'keep') then w.dispensed
          when k.bxc_kind <> 'delete' then s.dispensed
        end as dispensed,
        case
          when k.bxc_kind in ('update', 'keep') then w.unit_price
          when k.bxc_kind <> 'delete' then s.unit_price
        end as unit_price,
        case when k.bxc_kind <> 'delete' then s.batch end as batch
      from "bxc_work_RxAtPharmacy" as w
      join "bxc_seen_RxAtPharmacy" as s on s.rx = w.bxc_key_rx
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
        w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx,
        cast(null as text) as bxc_old_drug, cast(null as bigint) as bxc_old_quantity,
        cast(null as bigint) as bxc_old_dispensed, cast(null as numeric(8, 2)) as bxc_old_unit_price,
        cast(null as text) as bxc_old_batch, w.rx as rx, w.drug as drug, w.quantity as quantity,
        w.dispensed as dispensed, w.unit_price as unit_price, cast(null as text) as batch
      from "bxc_work_RxAtPharmacy" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_RxAtPharmacy";
end
$bxc$;

create or replace function public."bxc_apply_RxAtPharmacy"() returns bigint
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
        then 'BXC10'  -- RxAtPharmacy has another row with the new key
      when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then 'BXC16'  -- bxc_op is none of insert, update, delete
      when w.bxc_op in ('insert', 'update') and w.rx is null
        then 'BXC16'  -- rx is NULL
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
      when w.bxc_op in ('insert', 'update') and w.outstanding is null
        then 'BXC16'  -- outstanding is NULL
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- RxAtPharmacy has no row with the old key
    end as bxc_code
    from "bxc_work_RxAtPharmacy" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- RxAtPharmacy has a row with this key and other values
      when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
        and e.bxc_view_outstanding is distinct from (cast(e.quantity as numeric) - cast(e.dispensed as numeric))
        then 'BXC15'  -- outstanding is computed, and stated otherwise
      when e.bxc_made
        and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
        and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000)
        then 'BXC17'  -- check amounts is false
    end
    from "bxc_effect_RxAtPharmacy" as e
    union all
    -- another row of Dispensing has the same rx
    select 'BXC17'
    from "bxc_effect_RxAtPharmacy" as e
    where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
      and exists (
        select 1 from (
          select rx
          from (
            select s.rx
            from (
              select distinct e.rx as rx
              from "bxc_effect_RxAtPharmacy" as e
              where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
            ) as t
            join "bxc_seen_RxAtPharmacy" as s on t.rx = s.rx
            where not exists (select 1 from "bxc_effect_RxAtPharmacy" as g where g.bxc_gone and g.bxc_old_rx = s.rx)
            union all
            select rx from "bxc_effect_RxAtPharmacy" where bxc_made
          ) as l
          group by rx
          having count(*) > 1
        ) as r
        where r.rx = e.rx
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 RxAtPharmacy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_RxAtPharmacy'
        when 'BXC11' then 'BXC11 RxAtPharmacy: a key belongs to a source row that the view does not show; see bxc_violations_RxAtPharmacy'
        when 'BXC12' then 'BXC12 RxAtPharmacy: a row does not fulfil the condition of the view; see bxc_violations_RxAtPharmacy'
        when 'BXC14' then 'BXC14 RxAtPharmacy: a new row has no value for a key column that the view hides; see bxc_violations_RxAtPharmacy'
        when 'BXC15' then 'BXC15 RxAtPharmacy: a computed column is stated otherwise than its inputs give it; see bxc_violations_RxAtPharmacy'
        when 'BXC16' then 'BXC16 RxAtPharmacy: a value is outside its type, or NULL where the view has none; see bxc_violations_RxAtPharmacy'
        when 'BXC17' then 'BXC17 RxAtPharmacy: a constraint of the source would be broken; see bxc_violations_RxAtPharmacy'
        when 'BXC18' then 'BXC18 RxAtPharmacy: an update speaks of a key that no row has; see bxc_violations_RxAtPharmacy'
        when 'BXC19' then 'BXC19 RxAtPharmacy: a row must not vanish from the view; see bxc_violations_RxAtPharmacy'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_RxAtPharmacy" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'Dispensing';

  with bxc_left as (
    delete from public."Dispensing" as s using "bxc_effect_RxAtPharmacy" as e
    where e.bxc_leaves and s.rx = e.bxc_old_rx
    returning 1
  )
  insert into public."Dispensing" as s (
      rx, drug, quantity, dispensed, unit_price, batch
  )
  select
      e.rx, e.drug, e.quantity, e.dispensed, e.unit_price, e.batch
  from "bxc_effect_RxAtPharmacy" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (rx) do update set
      drug = excluded.drug, quantity = excluded.quantity, dispensed = excluded.dispensed,
      unit_price = excluded.unit_price, batch = excluded.batch;

  update public.bxc_session set uncaptured = false where source = 'Dispensing';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_Dispensing"');
  insert into public."bxc_change_Dispensing" (
    bxc_seq, bxc_op, bxc_via, bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed,
    bxc_old_unit_price, bxc_old_batch, rx, drug, quantity, dispensed, unit_price, batch
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'RxAtPharmacy',
    bxc_old_rx, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price, bxc_old_batch, rx, drug,
    quantity, dispensed, unit_price, batch
  from "bxc_effect_RxAtPharmacy" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_RxAtPharmacy"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Dispensing" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_RxAtPharmacy";
  create temporary table "bxc_batch_RxAtPharmacy" on commit drop as
  select
    case when v.rx is null then 'insert' when n.rx is null then 'delete' else 'update' end as bxc_op,
    v.rx as bxc_old_rx, n.rx, n.drug, n.quantity, n.dispensed, n.unit_price, n.outstanding
  from public."bxc_new_RxAtPharmacy" as n
  full join public."RxAtPharmacy" as v on n.rx = v.rx
  where v.rx is null
    or n.rx is null
    or (n.drug is distinct from v.drug or n.quantity is distinct from v.quantity or
    n.dispensed is distinct from v.dispensed or n.unit_price is distinct from v.unit_price or
    n.outstanding is distinct from v.outstanding);

  -- a key is staged twice
  if exists (select rx from public."bxc_new_RxAtPharmacy" group by rx having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 RxAtPharmacy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_RxAtPharmacy';
  end if;

  perform public."bxc_steps_RxAtPharmacy"();

  perform public."bxc_apply_RxAtPharmacy"();
end
$bxc$;

create or replace function public."bxc_put_delta_RxAtPharmacy"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."Dispensing" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_RxAtPharmacy";
  create temporary table "bxc_batch_RxAtPharmacy" on commit drop as
  select * from public."bxc_delta_RxAtPharmacy";

  perform public."bxc_steps_RxAtPharmacy"();

  perform public."bxc_apply_RxAtPharmacy"();
end
$bxc$;

revoke execute on function public."bxc_steps_RxAtPharmacy"() from public;

revoke execute on function public."bxc_apply_RxAtPharmacy"() from public;

revoke execute on function public."bxc_put_RxAtPharmacy"() from public;

revoke execute on function public."bxc_put_delta_RxAtPharmacy"() from public;

-- edits of the view itself; as definer, for who edits the view has no rights on what is behind it
create or replace function public."bxc_edit_RxAtPharmacy"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  lock table public."Dispensing" in share row exclusive mode;

  if tg_op = 'INSERT' then
    drop table if exists pg_temp."bxc_batch_RxAtPharmacy";
    create temporary table "bxc_batch_RxAtPharmacy" on commit drop as
    select text 'insert' as bxc_op, cast(null as uuid) as bxc_old_rx, new.rx as rx, new.drug as drug,
      new.quantity as quantity, new.dispensed as dispensed, new.unit_price as unit_price,
      new.outstanding as outstanding;
  elsif tg_op = 'UPDATE' then
    drop table if exists pg_temp."bxc_batch_RxAtPharmacy";
    create temporary table "bxc_batch_RxAtPharmacy" on commit drop as
    select text 'update' as bxc_op, old.rx as bxc_old_rx, new.rx as rx, new.drug as drug, new.quantity as quantity,
      new.dispensed as dispensed, new.unit_price as unit_price, new.outstanding as outstanding;
  else
    drop table if exists pg_temp."bxc_batch_RxAtPharmacy";
    create temporary table "bxc_batch_RxAtPharmacy" on commit drop as
    select text 'delete' as bxc_op, old.rx as bxc_old_rx, cast(null as uuid) as rx, cast(null as text) as drug,
      cast(null as bigint) as quantity, cast(null as bigint) as dispensed,
      cast(null as numeric(8, 2)) as unit_price, cast(null as bigint) as outstanding;
  end if;

  perform public."bxc_steps_RxAtPharmacy"();

  if tg_op = 'INSERT' and new.outstanding is null or tg_op = 'UPDATE' and not new.outstanding is distinct from old.outstanding then
    update "bxc_work_RxAtPharmacy" set outstanding = (select case when (cast(e.quantity as numeric) - cast(e.dispensed as numeric)) between -9223372036854775808 and 9223372036854775807 then (cast(e.quantity as numeric) - cast(e.dispensed as numeric)) end from "bxc_effect_RxAtPharmacy" as e limit 1);
    update "bxc_effect_RxAtPharmacy" set bxc_view_outstanding = (select case when (cast(e.quantity as numeric) - cast(e.dispensed as numeric)) between -9223372036854775808 and 9223372036854775807 then (cast(e.quantity as numeric) - cast(e.dispensed as numeric)) end from "bxc_effect_RxAtPharmacy" as e limit 1);
  end if;

  bxc_number := public."bxc_apply_RxAtPharmacy"();

  if bxc_number is not null then
    perform public."bxc_judge_Dispensing"(bxc_number);
  end if;

  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$bxc$;

create or replace trigger "bxc_edit_RxAtPharmacy"
instead of insert or update or delete on public."RxAtPharmacy"
for each row execute function public."bxc_edit_RxAtPharmacy"();

-- its editors, by this peer's rights
create or replace function public."bxc_grant_RxAtPharmacy"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_hospital_network_Pharmacy') then
    return null;
  end if;

  revoke all on public."RxAtPharmacy" from "bxc_hospital_network_Pharmacy";
  grant select on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";

  if exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'rx' and granted) then
    grant update (rx) on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'drug' and granted) then
    grant update (drug) on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'quantity' and granted) then
    grant update (quantity) on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'dispensed' and granted) then
    grant update (dispensed) on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'pharmacy' and operation = 'update' and attribute = 'unit_price' and granted) then
    grant update (unit_price) on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";
  end if;

  if true then
    grant update (outstanding) on public."RxAtPharmacy" to "bxc_hospital_network_Pharmacy";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_RxAtPharmacy"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_RxAtPharmacy"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
