-- Puts a delta of the view, staged in bxc_delta_RxAtHospital, into Prescription: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind Prescription.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read Prescription.capture.sql' -c '.read RxAtHospital.put_delta.sql' -c commit

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_RxAtHospital as
select
  s.rowid as bxc_rowid, case when not (s.released) is true then 1 else 0 end as bxc_layer, s.rx,
  s.patient_id, s.drug, s.quantity, s.dispensed, s.unit_price, s.prescriber, s.released
from Prescription as s
semi join (
  select bxc_old_rx as rx from bxc_delta_RxAtHospital where bxc_op <> 'insert'
  union all
  select rx from bxc_delta_RxAtHospital
  where bxc_op = 'insert'
    or bxc_op = 'update' and rx is distinct from bxc_old_rx
) as w on s.rx = w.rx;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_RxAtHospital as
with
  bxc_key as (
    select rx, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
      bool_or(bxc_layer in (1)) as bxc_rejected
    from bxc_seen_RxAtHospital
    group by rx
  ),
  bxc_old as (
    select w.bxc_old_rx, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.rx <> w.bxc_old_rx) as bxc_renamed
    from bxc_delta_RxAtHospital as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_rx
  ),
  bxc_new as (
    select w.rx, count(*) as bxc_count
    from bxc_delta_RxAtHospital as w
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
  from bxc_delta_RxAtHospital as w
  left join bxc_key as o on o.rx = w.bxc_old_rx
  left join bxc_key as n on n.rx = w.rx
  left join bxc_old as p on p.bxc_old_rx = w.bxc_old_rx
  left join bxc_old as l on l.bxc_old_rx = w.rx
  left join bxc_new as c on c.rx = w.rx
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_RxAtHospital as
select e.*,
  (e.rx is distinct from e.bxc_old_rx or e.patient_id is distinct from e.bxc_old_patient_id or
    e.drug is distinct from e.bxc_old_drug or e.quantity is distinct from e.bxc_old_quantity or
    e.dispensed is distinct from e.bxc_old_dispensed or e.unit_price is distinct from e.bxc_old_unit_price or
    e.prescriber is distinct from e.bxc_old_prescriber or e.released is distinct from e.bxc_old_released) as bxc_changed,
  bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
  bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
from (
  select
    case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
    end as bxc_kind,
    s.bxc_rowid as bxc_rowid, case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
    w.outstanding as bxc_view_outstanding, s.rx as bxc_old_rx, s.patient_id as bxc_old_patient_id,
    s.drug as bxc_old_drug, s.quantity as bxc_old_quantity, s.dispensed as bxc_old_dispensed,
    s.unit_price as bxc_old_unit_price, s.prescriber as bxc_old_prescriber, s.released as bxc_old_released,
    case when bxc_kind in ('update', 'keep') then w.rx else s.rx end as rx, s.patient_id as patient_id,
    case when bxc_kind in ('update', 'keep') then w.drug else s.drug end as drug,
    case when bxc_kind in ('update', 'keep') then w.quantity else s.quantity end as quantity,
    case when bxc_kind in ('update', 'keep') then w.dispensed else s.dispensed end as dispensed,
    case when bxc_kind in ('update', 'keep') then w.unit_price else s.unit_price end as unit_price,
    s.prescriber as prescriber,
    case when bxc_kind = 'set' then cast(false as boolean) else s.released end as released
  from bxc_work_RxAtHospital as w
  join bxc_seen_RxAtHospital as s on s.rx = w.bxc_key_rx
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_rx else w.rx end as bxc_listed_rx,
    w.outstanding as bxc_view_outstanding, cast(null as uuid) as bxc_old_rx,
    cast(null as bigint) as bxc_old_patient_id, cast(null as varchar) as bxc_old_drug,
    cast(null as bigint) as bxc_old_quantity, cast(null as bigint) as bxc_old_dispensed,
    cast(null as decimal(8, 2)) as bxc_old_unit_price, cast(null as varchar) as bxc_old_prescriber,
    cast(null as boolean) as bxc_old_released, w.rx as rx, cast(null as bigint) as patient_id, w.drug as drug,
    w.quantity as quantity, w.dispensed as dispensed, w.unit_price as unit_price,
    cast(null as varchar) as prescriber, cast(false as boolean) as released
  from bxc_work_RxAtHospital as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 RxAtHospital: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_RxAtHospital'
  )
  when 'BXC11' then error(
    'BXC11 RxAtHospital: a key belongs to a source row that the view does not show; see bxc_violations_RxAtHospital'
  )
  when 'BXC12' then error(
    'BXC12 RxAtHospital: a row does not fulfil the condition of the view; see bxc_violations_RxAtHospital'
  )
  when 'BXC14' then error(
    'BXC14 RxAtHospital: a new row has no value for a key column that the view hides; see bxc_violations_RxAtHospital'
  )
  when 'BXC15' then error(
    'BXC15 RxAtHospital: a computed column is stated otherwise than its inputs give it; see bxc_violations_RxAtHospital'
  )
  when 'BXC16' then error(
    'BXC16 RxAtHospital: a value is outside its type, or NULL where the view has none; see bxc_violations_RxAtHospital'
  )
  when 'BXC17' then error(
    'BXC17 RxAtHospital: a constraint of the source would be broken; see bxc_violations_RxAtHospital'
  )
  when 'BXC18' then error(
    'BXC18 RxAtHospital: an update speaks of a key that no row has; see bxc_violations_RxAtHospital'
  )
  when 'BXC19' then error(
    'BXC19 RxAtHospital: a row must not vanish from the view; see bxc_violations_RxAtHospital'
  )
end as bxc_refused
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
      then 'BXC10'  -- RxAtHospital has another row with the new key
    when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
      then 'BXC11'  -- Prescription has a row with this key that RxAtHospital does not show
    when w.bxc_renames and w.bxc_new_hidden
      then 'BXC11'  -- Prescription has a row with the new key that RxAtHospital does not show
    when w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted
      then 'BXC11'  -- the row that had the new key is hidden by this put, and keeps it
    when w.bxc_creates
      then 'BXC16'  -- a new row needs a value for patient_id, which the view hides
    when w.bxc_creates
      then 'BXC16'  -- a new row needs a value for prescriber, which the view hides
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w.rx is null
      then 'BXC16'  -- rx is NULL
    when w.bxc_op in ('insert', 'update') and w.drug is null
      then 'BXC16'  -- drug is NULL
    when w.bxc_op in ('insert', 'update')
      and not (length(w.drug) <= 60 and not contains(w.drug, chr(0)))
      then 'BXC16'  -- drug is no varchar(60)
    when w.bxc_op in ('insert', 'update') and w.quantity is null
      then 'BXC16'  -- quantity is NULL
    when w.bxc_op in ('insert', 'update') and w.dispensed is null
      then 'BXC16'  -- dispensed is NULL
    when w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 1000000
      then 'BXC16'  -- unit_price is no decimal(8,2)
    when w.bxc_op in ('insert', 'update') and w.outstanding is null
      then 'BXC16'  -- outstanding is NULL
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- RxAtHospital has no row with the old key
  end as bxc_code
  from bxc_work_RxAtHospital as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- RxAtHospital has a row with this key and other values
    when e.bxc_kind in ('insert', 'update', 'revive') and not (e.released) is true
      then 'BXC12'  -- where of RxAtHospital is not true for the row
    when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_outstanding is distinct from try(cast(e.quantity as hugeint) - cast(e.dispensed as hugeint))
      then 'BXC15'  -- outstanding is computed, and stated otherwise
    when e.bxc_made
      and (e.bxc_kind = 'insert' or (e.dispensed is distinct from e.bxc_old_dispensed or e.quantity is distinct from e.bxc_old_quantity))
      and not (e.quantity >= 1 and e.quantity <= 1000 and e.dispensed >= 0 and e.dispensed <= 1000)
      then 'BXC17'  -- check amounts is false
    when e.bxc_kind = 'set' and (e.released) is true
      then 'BXC19'  -- RxAtHospital would still show the row
  end
  from bxc_effect_RxAtHospital as e
  union all
  -- another row of Prescription has the same rx
  select 'BXC17'
  from bxc_effect_RxAtHospital as e
  semi join (
    select rx
    from (
      select s.rx
      from bxc_seen_RxAtHospital as s
      semi join (
        select e.rx as rx
        from bxc_effect_RxAtHospital as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
      ) as t on t.rx is not distinct from s.rx
      anti join (
        select bxc_rowid from bxc_effect_RxAtHospital where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select rx from bxc_effect_RxAtHospital where bxc_made
    ) as l
    group by rx
    having count(*) > 1
  ) as r on r.rx = e.rx
  where e.bxc_made and (e.bxc_kind = 'insert' or e.rx is distinct from e.bxc_old_rx)
  union all
  -- no row of Patient for patient_id
  select 'BXC17'
  from bxc_effect_RxAtHospital as e
  anti join (
    select s.patient_id
    from Patient as s
    semi join (
      select e.patient_id as patient_id
      from bxc_effect_RxAtHospital as e
      where e.bxc_made
        and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
    ) as t on t.patient_id is not distinct from s.patient_id
  ) as r on r.patient_id = e.patient_id
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.patient_id is distinct from e.bxc_old_patient_id) and e.patient_id is not null
);

-- apply: rows that change leave the source and come back as they are to be
delete from Prescription as s
where s.rowid in (
  select bxc_rowid from bxc_effect_RxAtHospital where bxc_gone
);

insert into Prescription (
  rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
)
select
  rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
from bxc_effect_RxAtHospital where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_Prescription (
  bxc_seq, bxc_op, bxc_via, bxc_old_rx, bxc_old_patient_id, bxc_old_drug, bxc_old_quantity,
  bxc_old_dispensed, bxc_old_unit_price, bxc_old_prescriber, bxc_old_released, rx, patient_id, drug,
  quantity, dispensed, unit_price, prescriber, released
)
select
  (select nextval('bxc_seq_Prescription')),
  case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'RxAtHospital', bxc_old_rx,
  bxc_old_patient_id, bxc_old_drug, bxc_old_quantity, bxc_old_dispensed, bxc_old_unit_price,
  bxc_old_prescriber, bxc_old_released, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber,
  released
from bxc_effect_RxAtHospital where bxc_gone or bxc_made;

insert into bxc_journal_Prescription (
  bxc_put, bxc_old_rx, rx, patient_id, drug, quantity, dispensed, unit_price, prescriber, released
)
select
  (select nextval('bxc_seq_Prescription')), bxc_old_rx, rx, patient_id, drug, quantity, dispensed,
  unit_price, prescriber, released
from bxc_effect_RxAtHospital where bxc_gone or bxc_made;

drop table bxc_effect_RxAtHospital;
drop table bxc_work_RxAtHospital;
drop table bxc_seen_RxAtHospital;
