-- Puts a delta of the view, staged in bxc_delta_Offer, into Part: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind Part.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read Part.capture.sql' -c '.read Offer.put_delta.sql' -c commit

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_Offer as
select
  s.rowid as bxc_rowid, case when not (not s.discontinued) is true then 1 else 0 end as bxc_layer, s.part_no,
  s.description, s.unit_price, s.lead_days, s.cost, s.discontinued
from Part as s
semi join (
  select bxc_old_part_no as part_no from bxc_delta_Offer where bxc_op <> 'insert'
  union all
  select part_no from bxc_delta_Offer
  where bxc_op = 'insert'
    or bxc_op = 'update' and part_no is distinct from bxc_old_part_no
) as w on s.part_no = w.part_no;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_Offer as
with
  bxc_key as (
    select part_no, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden, false as bxc_rejected
    from bxc_seen_Offer
    group by part_no
  ),
  bxc_old as (
    select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no) as bxc_renamed
    from bxc_delta_Offer as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_part_no
  ),
  bxc_new as (
    select w.part_no, count(*) as bxc_count
    from bxc_delta_Offer as w
    where w.bxc_op in ('insert', 'update')
    group by w.part_no
  )
select w.*,
  w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
    w.bxc_op = 'update' and w.part_no <> w.bxc_old_part_no as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_delta_Offer as w
  left join bxc_key as o on o.part_no = w.bxc_old_part_no
  left join bxc_key as n on n.part_no = w.part_no
  left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
  left join bxc_old as l on l.bxc_old_part_no = w.part_no
  left join bxc_new as c on c.part_no = w.part_no
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_Offer as
select e.*,
  (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
    e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
    e.cost is distinct from e.bxc_old_cost or e.discontinued is distinct from e.bxc_old_discontinued) as bxc_changed,
  bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
  bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
from (
  select
    case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
      when w.bxc_op = 'insert' and s.bxc_layer in (1) and not (w.bxc_new_shown and not w.bxc_key_renamed) then 'revive'
    end as bxc_kind,
    s.bxc_rowid as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
    s.part_no as bxc_old_part_no, s.description as bxc_old_description, s.unit_price as bxc_old_unit_price,
    s.lead_days as bxc_old_lead_days, s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued,
    case when bxc_kind in ('update', 'keep', 'revive') then w.part_no else s.part_no end as part_no,
    case when bxc_kind in ('update', 'keep', 'revive') then w.description else s.description end as description,
    case when bxc_kind in ('update', 'keep', 'revive') then w.unit_price else s.unit_price end as unit_price,
    case when bxc_kind in ('update', 'keep', 'revive') then w.lead_days else s.lead_days end as lead_days,
    s.cost as cost,
    case
      when bxc_kind = 'revive' then cast(false as boolean)
      when bxc_kind = 'set' then cast(true as boolean)
      else s.discontinued
    end as discontinued
  from bxc_work_Offer as w
  join bxc_seen_Offer as s on s.part_no = w.bxc_key_part_no
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_part_no else w.part_no end as bxc_listed_part_no,
    cast(null as varchar) as bxc_old_part_no, cast(null as varchar) as bxc_old_description,
    cast(null as decimal(10, 2)) as bxc_old_unit_price, cast(null as bigint) as bxc_old_lead_days,
    cast(null as decimal(10, 2)) as bxc_old_cost, cast(null as boolean) as bxc_old_discontinued,
    w.part_no as part_no, w.description as description, w.unit_price as unit_price, w.lead_days as lead_days,
    cast(null as decimal(10, 2)) as cost, cast(false as boolean) as discontinued
  from bxc_work_Offer as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 Offer: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_Offer'
  )
  when 'BXC11' then error(
    'BXC11 Offer: a key belongs to a source row that the view does not show; see bxc_violations_Offer'
  )
  when 'BXC12' then error(
    'BXC12 Offer: a row does not fulfil the condition of the view; see bxc_violations_Offer'
  )
  when 'BXC14' then error(
    'BXC14 Offer: a new row has no value for a key column that the view hides; see bxc_violations_Offer'
  )
  when 'BXC15' then error(
    'BXC15 Offer: a computed column is stated otherwise than its inputs give it; see bxc_violations_Offer'
  )
  when 'BXC16' then error(
    'BXC16 Offer: a value is outside its type, or NULL where the view has none; see bxc_violations_Offer'
  )
  when 'BXC17' then error(
    'BXC17 Offer: a constraint of the source would be broken; see bxc_violations_Offer'
  )
  when 'BXC18' then error(
    'BXC18 Offer: an update speaks of a key that no row has; see bxc_violations_Offer'
  )
  when 'BXC19' then error(
    'BXC19 Offer: a row must not vanish from the view; see bxc_violations_Offer'
  )
end as bxc_refused
from (
  select case
    when w.bxc_op in ('insert', 'update') and (w.part_no is null)
      then 'BXC10'  -- the key has a NULL
    when w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)
      then 'BXC10'  -- the old key has a NULL
    when w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)
      then 'BXC10'  -- an insert has an old key
    when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
      then 'BXC10'  -- another staged row has the same old key
    when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
      then 'BXC10'  -- another staged row has the same key
    when w.bxc_op = 'insert' and w.bxc_key_deleted
      then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
    when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
      then 'BXC10'  -- Offer has another row with the new key
    when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
      then 'BXC11'  -- Part has a row with this key that Offer does not show
    when w.bxc_renames and w.bxc_new_hidden
      then 'BXC11'  -- Part has a row with the new key that Offer does not show
    when w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted
      then 'BXC11'  -- the row that had the new key is hidden by this put, and keeps it
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w.part_no is null
      then 'BXC16'  -- part_no is NULL
    when w.bxc_op in ('insert', 'update')
      and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
      then 'BXC16'  -- part_no is no varchar(20)
    when w.bxc_op in ('insert', 'update') and w.description is null
      then 'BXC16'  -- description is NULL
    when w.bxc_op in ('insert', 'update') and not (not contains(w.description, chr(0)))
      then 'BXC16'  -- description is no text
    when w.bxc_op in ('insert', 'update') and w.unit_price is null
      then 'BXC16'  -- unit_price is NULL
    when w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 100000000
      then 'BXC16'  -- unit_price is no decimal(10,2)
    when w.bxc_op in ('insert', 'update') and w.lead_days is null
      then 'BXC16'  -- lead_days is NULL
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- Offer has no row with the old key
  end as bxc_code
  from bxc_work_Offer as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- Offer has a row with this key and other values
    when e.bxc_kind in ('insert', 'update', 'revive') and not (not e.discontinued) is true
      then 'BXC12'  -- where of Offer is not true for the row
    when e.bxc_made
      and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price)
      and not (e.unit_price >= 0.00)
      then 'BXC17'  -- check prices is false
    when e.bxc_made
      and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days)
      and not (e.lead_days >= 0 and e.lead_days <= 365)
      then 'BXC17'  -- check lead_time is false
    when e.bxc_kind = 'set' and (not e.discontinued) is true
      then 'BXC19'  -- Offer would still show the row
  end
  from bxc_effect_Offer as e
  union all
  -- another row of Part has the same part_no
  select 'BXC17'
  from bxc_effect_Offer as e
  semi join (
    select part_no
    from (
      select s.part_no
      from bxc_seen_Offer as s
      semi join (
        select e.part_no as part_no
        from bxc_effect_Offer as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
      ) as t on t.part_no is not distinct from s.part_no
      anti join (
        select bxc_rowid from bxc_effect_Offer where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select part_no from bxc_effect_Offer where bxc_made
    ) as l
    group by part_no
    having count(*) > 1
  ) as r on r.part_no = e.part_no
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
);

-- apply: rows that change leave the source and come back as they are to be
delete from Part as s
where s.rowid in (
  select bxc_rowid from bxc_effect_Offer where bxc_gone
);

insert into Part (
  part_no, description, unit_price, lead_days, cost, discontinued
)
select
  part_no, description, unit_price, lead_days, cost, discontinued
from bxc_effect_Offer where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_Part (
  bxc_seq, bxc_op, bxc_via, bxc_old_part_no, bxc_old_description, bxc_old_unit_price, bxc_old_lead_days,
  bxc_old_cost, bxc_old_discontinued, part_no, description, unit_price, lead_days, cost, discontinued
)
select
  (select nextval('bxc_seq_Part')),
  case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'Offer', bxc_old_part_no,
  bxc_old_description, bxc_old_unit_price, bxc_old_lead_days, bxc_old_cost, bxc_old_discontinued, part_no,
  description, unit_price, lead_days, cost, discontinued
from bxc_effect_Offer where bxc_gone or bxc_made;

insert into bxc_journal_Part (
  bxc_put, bxc_old_part_no, part_no, description, unit_price, lead_days, cost, discontinued
)
select
  (select nextval('bxc_seq_Part')), bxc_old_part_no, part_no, description, unit_price, lead_days, cost,
  discontinued
from bxc_effect_Offer where bxc_gone or bxc_made;

drop table bxc_effect_Offer;
drop table bxc_work_Offer;
drop table bxc_seen_Offer;
