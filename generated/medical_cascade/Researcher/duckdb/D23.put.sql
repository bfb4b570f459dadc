-- Puts the view's new content, staged in bxc_new_D23, into D2: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind D2.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read D2.capture.sql' -c '.read D23.put.sql' -c commit

-- the rows of the view that are to come, to change and to go, as a delta
create or replace temp table bxc_batch_D23 as
select
  case when v.medication_name is null then 'insert' when n.medication_name is null then 'delete' else 'update' end as bxc_op,
  v.medication_name as bxc_old_medication_name, n.medication_name, n.mechanism_of_action
from bxc_new_D23 as n
full join D23 as v on n.medication_name = v.medication_name
where v.medication_name is null
  or n.medication_name is null
  or n.mechanism_of_action is distinct from v.mechanism_of_action;

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_D23 as
select
  s.rowid as bxc_rowid, case when not (s.shared = true) is true then 1 else 0 end as bxc_layer,
  s.medication_name, s.mechanism_of_action, s.mode_of_action, s.shared
from D2 as s
semi join (
  select bxc_old_medication_name as medication_name from bxc_batch_D23 where bxc_op <> 'insert'
  union all
  select medication_name from bxc_batch_D23
  where bxc_op = 'insert'
    or bxc_op = 'update' and medication_name is distinct from bxc_old_medication_name
) as w on s.medication_name = w.medication_name;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_D23 as
with
  bxc_key as (
    select medication_name, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
      false as bxc_rejected
    from bxc_seen_D23
    group by medication_name
  ),
  bxc_old as (
    select w.bxc_old_medication_name, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name) as bxc_renamed
    from bxc_batch_D23 as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_medication_name
  ),
  bxc_new as (
    select w.medication_name, count(*) as bxc_count
    from bxc_batch_D23 as w
    where w.bxc_op in ('insert', 'update')
    group by w.medication_name
  )
select w.*,
  w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_medication_name else w.medication_name end as bxc_key_medication_name,
    w.bxc_op = 'update' and w.medication_name <> w.bxc_old_medication_name as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_batch_D23 as w
  left join bxc_key as o on o.medication_name = w.bxc_old_medication_name
  left join bxc_key as n on n.medication_name = w.medication_name
  left join bxc_old as p on p.bxc_old_medication_name = w.bxc_old_medication_name
  left join bxc_old as l on l.bxc_old_medication_name = w.medication_name
  left join bxc_new as c on c.medication_name = w.medication_name
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_D23 as
select e.*,
  (e.medication_name is distinct from e.bxc_old_medication_name or
    e.mechanism_of_action is distinct from e.bxc_old_mechanism_of_action or
    e.mode_of_action is distinct from e.bxc_old_mode_of_action or e.shared is distinct from e.bxc_old_shared) as bxc_changed,
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
    case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
    s.medication_name as bxc_old_medication_name, s.mechanism_of_action as bxc_old_mechanism_of_action,
    s.mode_of_action as bxc_old_mode_of_action, s.shared as bxc_old_shared,
    case when bxc_kind in ('update', 'keep', 'revive') then w.medication_name else s.medication_name end as medication_name,
    case
      when bxc_kind in ('update', 'keep', 'revive') then w.mechanism_of_action
      else s.mechanism_of_action
    end as mechanism_of_action,
    s.mode_of_action as mode_of_action,
    case
      when bxc_kind = 'revive' then cast(true as boolean)
      when bxc_kind = 'set' then cast(false as boolean)
      else s.shared
    end as shared
  from bxc_work_D23 as w
  join bxc_seen_D23 as s on s.medication_name = w.bxc_key_medication_name
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_medication_name else w.medication_name end as bxc_listed_medication_name,
    cast(null as varchar) as bxc_old_medication_name, cast(null as varchar) as bxc_old_mechanism_of_action,
    cast(null as varchar) as bxc_old_mode_of_action, cast(null as boolean) as bxc_old_shared,
    w.medication_name as medication_name, w.mechanism_of_action as mechanism_of_action,
    cast(null as varchar) as mode_of_action, cast(true as boolean) as shared
  from bxc_work_D23 as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 D23: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_D23'
  )
  when 'BXC11' then error(
    'BXC11 D23: a key belongs to a source row that the view does not show; see bxc_violations_D23'
  )
  when 'BXC12' then error(
    'BXC12 D23: a row does not fulfil the condition of the view; see bxc_violations_D23'
  )
  when 'BXC14' then error(
    'BXC14 D23: a new row has no value for a key column that the view hides; see bxc_violations_D23'
  )
  when 'BXC15' then error(
    'BXC15 D23: a computed column is stated otherwise than its inputs give it; see bxc_violations_D23'
  )
  when 'BXC16' then error(
    'BXC16 D23: a value is outside its type, or NULL where the view has none; see bxc_violations_D23'
  )
  when 'BXC17' then error(
    'BXC17 D23: a constraint of the source would be broken; see bxc_violations_D23'
  )
  when 'BXC18' then error(
    'BXC18 D23: an update speaks of a key that no row has; see bxc_violations_D23'
  )
  when 'BXC19' then error(
    'BXC19 D23: a row must not vanish from the view; see bxc_violations_D23'
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
      then 'BXC10'  -- D23 has another row with the new key
    when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
      then 'BXC11'  -- D2 has a row with this key that D23 does not show
    when w.bxc_renames and w.bxc_new_hidden
      then 'BXC11'  -- D2 has a row with the new key that D23 does not show
    when w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted
      then 'BXC11'  -- the row that had the new key is hidden by this put, and keeps it
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w.medication_name is null
      then 'BXC16'  -- medication_name is NULL
    when w.bxc_op in ('insert', 'update') and not (not contains(w.medication_name, chr(0)))
      then 'BXC16'  -- medication_name is no text
    when w.bxc_op in ('insert', 'update') and not (not contains(w.mechanism_of_action, chr(0)))
      then 'BXC16'  -- mechanism_of_action is no text
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- D23 has no row with the old key
  end as bxc_code
  from bxc_work_D23 as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- D23 has a row with this key and other values
    when e.bxc_kind in ('insert', 'update', 'revive') and not (e.shared = true) is true
      then 'BXC12'  -- where of D23 is not true for the row
    when e.bxc_kind = 'set' and (e.shared = true) is true
      then 'BXC19'  -- D23 would still show the row
  end
  from bxc_effect_D23 as e
  union all
  -- another row of D2 has the same medication_name
  select 'BXC17'
  from bxc_effect_D23 as e
  semi join (
    select medication_name
    from (
      select s.medication_name
      from bxc_seen_D23 as s
      semi join (
        select e.medication_name as medication_name
        from bxc_effect_D23 as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
      ) as t on t.medication_name is not distinct from s.medication_name
      anti join (
        select bxc_rowid from bxc_effect_D23 where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select medication_name from bxc_effect_D23 where bxc_made
    ) as l
    group by medication_name
    having count(*) > 1
  ) as r on r.medication_name = e.medication_name
  where e.bxc_made
      and (e.bxc_kind = 'insert' or e.medication_name is distinct from e.bxc_old_medication_name)
  union all
  -- a key is staged twice: more staged rows than rows of the view find each other
  select 'BXC10'
  where (select count(*) from bxc_new_D23) - (select count(*) from bxc_batch_D23 where bxc_op = 'insert')
    <> (select count(*) from D23) - (select count(*) from bxc_batch_D23 where bxc_op = 'delete')
);

-- apply: rows that change leave the source and come back as they are to be
delete from D2 as s
where s.rowid in (
  select bxc_rowid from bxc_effect_D23 where bxc_gone
);

insert into D2 (
  medication_name, mechanism_of_action, mode_of_action, shared
)
select
  medication_name, mechanism_of_action, mode_of_action, shared
from bxc_effect_D23 where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_D2 (
  bxc_seq, bxc_op, bxc_via, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action,
  bxc_old_shared, medication_name, mechanism_of_action, mode_of_action, shared
)
select
  (select nextval('bxc_seq_D2')), case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end,
  'D23', bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action, bxc_old_shared,
  medication_name, mechanism_of_action, mode_of_action, shared
from bxc_effect_D23 where bxc_gone or bxc_made;

insert into bxc_journal_D2 (
  bxc_put, bxc_old_medication_name, medication_name, mechanism_of_action, mode_of_action, shared
)
select
  (select nextval('bxc_seq_D2')), bxc_old_medication_name, medication_name, mechanism_of_action,
  mode_of_action, shared
from bxc_effect_D23 where bxc_gone or bxc_made;

drop table bxc_effect_D23;
drop table bxc_work_D23;
drop table bxc_seen_D23;
drop table bxc_batch_D23;
