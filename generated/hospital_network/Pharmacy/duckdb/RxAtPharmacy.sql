-- RxAtPharmacy: view of Dispensing, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists RxAtPharmacy as
select
  s.rx as rx, s.drug as drug, s.quantity as quantity, s.dispensed as dispensed, s.unit_price as unit_price,
  (s.quantity - s.dispensed) as outstanding
from Dispensing as s;

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_RxAtPharmacy (
  rx uuid, drug varchar, quantity bigint, dispensed bigint, unit_price decimal(38, 2), outstanding bigint
);

create table if not exists bxc_delta_RxAtPharmacy (
  bxc_op varchar, bxc_old_rx uuid, rx uuid, drug varchar, quantity bigint, dispensed bigint,
  unit_price decimal(38, 2), outstanding bigint
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_RxAtPharmacy as
select * from (
  with
    bxc_seen_RxAtPharmacy as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.batch
      from Dispensing as s
      semi join (
        select bxc_old_rx as rx from bxc_delta_RxAtPharmacy where bxc_op <> 'insert'
        union all
        select rx from bxc_delta_RxAtPharmacy
        where bxc_op = 'insert'
          or bxc_op = 'update' and rx is distinct from bxc_old_rx
      ) as w on s.rx = w.rx
    ),
    bxc_work_RxAtPharmacy as materialized (
      with
        bxc_key as (
          select rx, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_RxAtPharmacy
          group by rx
        ),
        bxc_old as (
          select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
          from bxc_delta_RxAtPharmacy as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_rx
        ),
        bxc_new as (
          select w.rx, count(*) as bxc_count
          from bxc_delta_RxAtPharmacy as w
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
        from bxc_delta_RxAtPharmacy as w
        left join bxc_key as o on o.rx = w.bxc_old_rx
        left join bxc_key as n on n.rx = w.rx
        left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
        left join bxc_old as l on l.bxc_old_rx = w.rx
        left join bxc_new as c on c.rx = w.rx
      ) as w
    ),
    bxc_effect_RxAtPharmacy as materialized (
      select e.*,
        (e.rx is distinct from e.bxc_old_rx or e.drug is distinct from e.bxc_old_drug or
          e.quantity is distinct from e.bxc_old_quantity or e.dispensed is distinct from e.bxc_old_dispensed or
          e.unit_price is distinct from e.bxc_old_unit_price or e.batch is distinct from e.bxc_old_batch) as bxc_changed,
        bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
          w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
          s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
          s.batch as bxc_old_batch,
          case when bxc_kind in ('update', 'keep') then w.rx when bxc_kind <> 'delete' then s.rx end as rx,
          case when bxc_kind in ('update', 'keep') then w.drug when bxc_kind <> 'delete' then s.drug end as drug,
          case when bxc_kind in ('update', 'keep') then w.quantity when bxc_kind <> 'delete' then s.quantity end as quantity,
          case when bxc_kind in ('update', 'keep') then w.dispensed when bxc_kind <> 'delete' then s.dispensed end as dispensed,
          case when bxc_kind in ('update', 'keep') then w.unit_price when bxc_kind <> 'delete' then s.unit_price end as unit_price,
          case when bxc_kind <> 'delete' then s.batch end as batch
        from bxc_work_RxAtPharmacy as w
        join bxc_seen_RxAtPharmacy as s on s.rx = w.bxc_key_rx
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
          w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx,
          cast(null as varchar) as bxc_old_drug, cast(null as bigint) as bxc_old_quantity,
          cast(null as bigint) as bxc_old_dispensed, cast(null as decimal(8, 2)) as bxc_old_unit_price,
          cast(null as varchar) as bxc_old_batch, w.rx as rx, w.drug as drug, w.quantity as quantity,
          w.dispensed as dispensed, w.unit_price as unit_price, cast(null as varchar) as batch
        from bxc_work_RxAtPharmacy as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_rx as rx, bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.rx is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_rx is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_rx is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'RxAtPharmacy has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.rx is null
        then {'code': 'BXC16', 'detail': 'rx is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.drug is null
        then {'code': 'BXC16', 'detail': 'drug is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.drug) <= 60 and not contains(w.drug, chr(0)))
        then {'code': 'BXC16', 'detail': 'drug is no varchar(60)'} end,
      case when w.bxc_op in ('insert', 'update') and w.quantity is null
        then {'code': 'BXC16', 'detail': 'quantity is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.dispensed is null
        then {'code': 'BXC16', 'detail': 'dispensed is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 1000000
        then {'code': 'BXC16', 'detail': 'unit_price is no decimal(8,2)'} end,
      case when w.bxc_op in ('insert', 'update') and w.outstanding is null
        then {'code': 'BXC16', 'detail': 'outstanding is NULL'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'RxAtPharmacy has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_RxAtPharmacy as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_rx as rx, bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_rx, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'RxAtPharmacy has a row with this key and other values'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_outstanding is distinct from try(cast(e.quantity as hugeint) - cast(e.dispensed as hugeint))
        then {'code': 'BXC15', 'detail': 'outstanding is computed, and stated otherwise'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
      and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000)
        then {'code': 'BXC17', 'detail': 'check amounts is false'} end
    ]) as bxc_broken
    from bxc_effect_RxAtPharmacy as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_rx as rx,
    'another row of Dispensing has the same rx' as bxc_detail
  from bxc_effect_RxAtPharmacy as e
  semi join (
    select rx
    from (
      select s.rx
      from bxc_seen_RxAtPharmacy as s
      semi join (
        select e.rx as rx
        from bxc_effect_RxAtPharmacy as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
      ) as t on t.rx is not distinct from s.rx
      anti join (
        select bxc_rowid from bxc_effect_RxAtPharmacy where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select rx from bxc_effect_RxAtPharmacy where bxc_made
    ) as l
    group by rx
    having count(*) > 1
  ) as r on r.rx = e.rx
  where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
)
union all
select * from (
  with
    bxc_batch_RxAtPharmacy as materialized (
      select * from (
        select
          case when v.rx is null then 'insert' when n.rx is null then 'delete' else 'update' end as bxc_op,
          v.rx as bxc_old_rx, n.rx, n.drug, n.quantity, n.dispensed, n.unit_price, n.outstanding
        from bxc_new_RxAtPharmacy as n
        full join RxAtPharmacy as v on n.rx = v.rx
        where v.rx is null
          or n.rx is null
          or (n.drug is distinct from v.drug or n.quantity is distinct from v.quantity or
          n.dispensed is distinct from v.dispensed or n.unit_price is distinct from v.unit_price or
          n.outstanding is distinct from v.outstanding)
          or (n.rx) in (select (rx) from bxc_new_RxAtPharmacy group by rx having count(*) > 1)
      )
      where exists (select 1 from bxc_new_RxAtPharmacy)
    ),
    bxc_seen_RxAtPharmacy as materialized (
      select
        s.rowid as bxc_rowid, 0 as bxc_layer, s.rx, s.drug, s.quantity, s.dispensed, s.unit_price, s.batch
      from Dispensing as s
      semi join (
        select bxc_old_rx as rx from bxc_batch_RxAtPharmacy where bxc_op <> 'insert'
        union all
        select rx from bxc_batch_RxAtPharmacy
        where bxc_op = 'insert'
          or bxc_op = 'update' and rx is distinct from bxc_old_rx
      ) as w on s.rx = w.rx
    ),
    bxc_work_RxAtPharmacy as materialized (
      with
        bxc_key as (
          select rx, bool_or(bxc_layer = 0) as bxc_shown
          from bxc_seen_RxAtPharmacy
          group by rx
        ),
        bxc_old as (
          select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
          from bxc_batch_RxAtPharmacy as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_rx
        ),
        bxc_new as (
          select w.rx, count(*) as bxc_count
          from bxc_batch_RxAtPharmacy as w
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
        from bxc_batch_RxAtPharmacy as w
        left join bxc_key as o on o.rx = w.bxc_old_rx
        left join bxc_key as n on n.rx = w.rx
        left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
        left join bxc_old as l on l.bxc_old_rx = w.rx
        left join bxc_new as c on c.rx = w.rx
      ) as w
    ),
    bxc_effect_RxAtPharmacy as materialized (
      select e.*,
        (e.rx is distinct from e.bxc_old_rx or e.drug is distinct from e.bxc_old_drug or
          e.quantity is distinct from e.bxc_old_quantity or e.dispensed is distinct from e.bxc_old_dispensed or
          e.unit_price is distinct from e.bxc_old_unit_price or e.batch is distinct from e.bxc_old_batch) as bxc_changed,
        bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'delete'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) then 'keep'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
          w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.drug as bxc_old_drug,
          s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed, s.unit_price as bxc_old_unit_price,
          s.batch as bxc_old_batch,
          case when bxc_kind in ('update', 'keep') then w.rx when bxc_kind <> 'delete' then s.rx end as rx,
          case when bxc_kind in ('update', 'keep') then w.drug when bxc_kind <> 'delete' then s.drug end as drug,
          case when bxc_kind in ('update', 'keep') then w.quantity when bxc_kind <> 'delete' then s.quantity end as quantity,
          case when bxc_kind in ('update', 'keep') then w.dispensed when bxc_kind <> 'delete' then s.dispensed end as dispensed,
          case when bxc_kind in ('update', 'keep') then w.unit_price when bxc_kind <> 'delete' then s.unit_price end as unit_price,
          case when bxc_kind <> 'delete' then s.batch end as batch
        from bxc_work_RxAtPharmacy as w
        join bxc_seen_RxAtPharmacy as s on s.rx = w.bxc_key_rx
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid,
          case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
          w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx,
          cast(null as varchar) as bxc_old_drug, cast(null as bigint) as bxc_old_quantity,
          cast(null as bigint) as bxc_old_dispensed, cast(null as decimal(8, 2)) as bxc_old_unit_price,
          cast(null as varchar) as bxc_old_batch, w.rx as rx, w.drug as drug, w.quantity as quantity,
          w.dispensed as dispensed, w.unit_price as unit_price, cast(null as varchar) as batch
        from bxc_work_RxAtPharmacy as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_rx as rx, bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.rx is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_rx is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_rx is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'RxAtPharmacy has another row with the new key'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.rx is null
        then {'code': 'BXC16', 'detail': 'rx is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.drug is null
        then {'code': 'BXC16', 'detail': 'drug is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.drug) <= 60 and not contains(w.drug, chr(0)))
        then {'code': 'BXC16', 'detail': 'drug is no varchar(60)'} end,
      case when w.bxc_op in ('insert', 'update') and w.quantity is null
        then {'code': 'BXC16', 'detail': 'quantity is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.dispensed is null
        then {'code': 'BXC16', 'detail': 'dispensed is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 1000000
        then {'code': 'BXC16', 'detail': 'unit_price is no decimal(8,2)'} end,
      case when w.bxc_op in ('insert', 'update') and w.outstanding is null
        then {'code': 'BXC16', 'detail': 'outstanding is NULL'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'RxAtPharmacy has no row with the old key'} end
    ]) as bxc_broken
    from bxc_work_RxAtPharmacy as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_rx as rx, bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_rx, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'RxAtPharmacy has a row with this key and other values'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_outstanding is distinct from try(cast(e.quantity as hugeint) - cast(e.dispensed as hugeint))
        then {'code': 'BXC15', 'detail': 'outstanding is computed, and stated otherwise'} end,
      case when e.bxc_made
      and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
      and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000)
        then {'code': 'BXC17', 'detail': 'check amounts is false'} end
    ]) as bxc_broken
    from bxc_effect_RxAtPharmacy as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_rx as rx,
    'another row of Dispensing has the same rx' as bxc_detail
  from bxc_effect_RxAtPharmacy as e
  semi join (
    select rx
    from (
      select s.rx
      from bxc_seen_RxAtPharmacy as s
      semi join (
        select e.rx as rx
        from bxc_effect_RxAtPharmacy as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
      ) as t on t.rx is not distinct from s.rx
      anti join (
        select bxc_rowid from bxc_effect_RxAtPharmacy where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select rx from bxc_effect_RxAtPharmacy where bxc_made
    ) as l
    group by rx
    having count(*) > 1
  ) as r on r.rx = e.rx
  where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
);
