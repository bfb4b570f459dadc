-- Puts the view's new content, staged in bxc_new_StudyOfNorth, into StudyCase: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind StudyCase.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read StudyCase.capture.sql' -c '.read StudyOfNorth.put.sql' -c commit

-- the rows of the view that are to come, to change and to go, as a delta
create or replace temp table bxc_batch_StudyOfNorth as
select
  case when v.case_id is null then 'insert' when n.case_id is null then 'delete' else 'update' end as bxc_op,
  v.case_id as bxc_old_case_id, n.case_id, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.minor
from bxc_new_StudyOfNorth as n
full join StudyOfNorth as v on n.case_id = v.case_id
where v.case_id is null
  or n.case_id is null
  or (n.age is distinct from v.age or n.sex is distinct from v.sex or n.diagnosis is distinct from v.diagnosis or
  n.outcome is distinct from v.outcome or n.review is distinct from v.review or
  n.minor is distinct from v.minor);

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_StudyOfNorth as
select
  s.rowid as bxc_rowid, case when not (s.site = 'north') is true then 1 else 0 end as bxc_layer, s.site,
  s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.weight
from StudyCase as s
semi join (
  select bxc_old_case_id as case_id from bxc_batch_StudyOfNorth where bxc_op <> 'insert'
  union all
  select case_id from bxc_batch_StudyOfNorth
  where bxc_op = 'insert'
    or bxc_op = 'update' and case_id is distinct from bxc_old_case_id
) as w on s.case_id = w.case_id
where s.site = cast('north' as varchar);

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_StudyOfNorth as
with
  bxc_key as (
    select case_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
      bool_or(bxc_layer in (1)) as bxc_rejected
    from bxc_seen_StudyOfNorth
    group by case_id
  ),
  bxc_old as (
    select w.bxc_old_case_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.case_id <> w.bxc_old_case_id) as bxc_renamed
    from bxc_batch_StudyOfNorth as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_case_id
  ),
  bxc_new as (
    select w.case_id, count(*) as bxc_count
    from bxc_batch_StudyOfNorth as w
    where w.bxc_op in ('insert', 'update')
    group by w.case_id
  )
select w.*,
  w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as bxc_key_case_id,
    w.bxc_op = 'update' and w.case_id <> w.bxc_old_case_id as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_batch_StudyOfNorth as w
  left join bxc_key as o on o.case_id = w.bxc_old_case_id
  left join bxc_key as n on n.case_id = w.case_id
  left join bxc_old as p on p.bxc_old_case_id = w.bxc_old_case_id
  left join bxc_old as l on l.bxc_old_case_id = w.case_id
  left join bxc_new as c on c.case_id = w.case_id
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_StudyOfNorth as
select e.*,
  (e.site is distinct from e.bxc_old_site or e.case_id is distinct from e.bxc_old_case_id or
    e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or
    e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or
    e.review is distinct from e.bxc_old_review or e.weight is distinct from e.bxc_old_weight) as bxc_changed,
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
    case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
    w.minor as bxc_view_minor, s.site as bxc_old_site, s.case_id as bxc_old_case_id, s.age as bxc_old_age,
    s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis, s.outcome as bxc_old_outcome,
    s.review as bxc_old_review, s.weight as bxc_old_weight,
    case when bxc_kind <> 'delete' then s.site end as site,
    case when bxc_kind in ('update', 'keep') then w.case_id when bxc_kind <> 'delete' then s.case_id end as case_id,
    case when bxc_kind in ('update', 'keep') then w.age when bxc_kind <> 'delete' then s.age end as age,
    case when bxc_kind in ('update', 'keep') then w.sex when bxc_kind <> 'delete' then s.sex end as sex,
    case when bxc_kind in ('update', 'keep') then w.diagnosis when bxc_kind <> 'delete' then s.diagnosis end as diagnosis,
    case when bxc_kind in ('update', 'keep') then w.outcome when bxc_kind <> 'delete' then s.outcome end as outcome,
    case when bxc_kind in ('update', 'keep') then w.review when bxc_kind <> 'delete' then s.review end as review,
    case when bxc_kind <> 'delete' then s.weight end as weight
  from bxc_work_StudyOfNorth as w
  join bxc_seen_StudyOfNorth as s on s.case_id = w.bxc_key_case_id
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
    w.minor as bxc_view_minor, cast(null as varchar) as bxc_old_site, cast(null as uuid) as bxc_old_case_id,
    cast(null as bigint) as bxc_old_age, cast(null as varchar) as bxc_old_sex,
    cast(null as varchar) as bxc_old_diagnosis, cast(null as varchar) as bxc_old_outcome,
    cast(null as varchar) as bxc_old_review, cast(null as double) as bxc_old_weight,
    cast('north' as varchar) as site, w.case_id as case_id, w.age as age, w.sex as sex,
    w.diagnosis as diagnosis, w.outcome as outcome, w.review as review, cast(null as double) as weight
  from bxc_work_StudyOfNorth as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 StudyOfNorth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_StudyOfNorth'
  )
  when 'BXC11' then error(
    'BXC11 StudyOfNorth: a key belongs to a source row that the view does not show; see bxc_violations_StudyOfNorth'
  )
  when 'BXC12' then error(
    'BXC12 StudyOfNorth: a row does not fulfil the condition of the view; see bxc_violations_StudyOfNorth'
  )
  when 'BXC14' then error(
    'BXC14 StudyOfNorth: a new row has no value for a key column that the view hides; see bxc_violations_StudyOfNorth'
  )
  when 'BXC15' then error(
    'BXC15 StudyOfNorth: a computed column is stated otherwise than its inputs give it; see bxc_violations_StudyOfNorth'
  )
  when 'BXC16' then error(
    'BXC16 StudyOfNorth: a value is outside its type, or NULL where the view has none; see bxc_violations_StudyOfNorth'
  )
  when 'BXC17' then error(
    'BXC17 StudyOfNorth: a constraint of the source would be broken; see bxc_violations_StudyOfNorth'
  )
  when 'BXC18' then error(
    'BXC18 StudyOfNorth: an update speaks of a key that no row has; see bxc_violations_StudyOfNorth'
  )
  when 'BXC19' then error(
    'BXC19 StudyOfNorth: a row must not vanish from the view; see bxc_violations_StudyOfNorth'
  )
end as bxc_refused
from (
  select case
    when w.bxc_op in ('insert', 'update') and (w.case_id is null)
      then 'BXC10'  -- the key has a NULL
    when w.bxc_op in ('update', 'delete') and (w.bxc_old_case_id is null)
      then 'BXC10'  -- the old key has a NULL
    when w.bxc_op = 'insert' and (w.bxc_old_case_id is not null)
      then 'BXC10'  -- an insert has an old key
    when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
      then 'BXC10'  -- another staged row has the same old key
    when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
      then 'BXC10'  -- another staged row has the same key
    when w.bxc_op = 'insert' and w.bxc_key_deleted
      then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
    when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
      then 'BXC10'  -- StudyOfNorth has another row with the new key
    when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed))
      then 'BXC11'  -- StudyCase has a row with this key that StudyOfNorth does not show
    when w.bxc_renames and w.bxc_new_hidden
      then 'BXC11'  -- StudyCase has a row with the new key that StudyOfNorth does not show
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w.case_id is null
      then 'BXC16'  -- case_id is NULL
    when w.bxc_op in ('insert', 'update') and w.age is null
      then 'BXC16'  -- age is NULL
    when w.bxc_op in ('insert', 'update') and w.sex is null
      then 'BXC16'  -- sex is NULL
    when w.bxc_op in ('insert', 'update') and not (w.sex in ('f', 'm', 'x'))
      then 'BXC16'  -- sex is no enum('f', 'm', 'x')
    when w.bxc_op in ('insert', 'update') and w.diagnosis is null
      then 'BXC16'  -- diagnosis is NULL
    when w.bxc_op in ('insert', 'update')
      and not (length(w.diagnosis) <= 8 and not contains(w.diagnosis, chr(0)))
      then 'BXC16'  -- diagnosis is no varchar(8)
    when w.bxc_op in ('insert', 'update')
      and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))
      then 'BXC16'  -- outcome is no enum('recovered', 'improved', 'unchanged', 'died')
    when w.bxc_op in ('insert', 'update') and not (not contains(w.review, chr(0)))
      then 'BXC16'  -- review is no text
    when w.bxc_op in ('insert', 'update') and w.minor is null
      then 'BXC16'  -- minor is NULL
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- StudyOfNorth has no row with the old key
  end as bxc_code
  from bxc_work_StudyOfNorth as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- StudyOfNorth has a row with this key and other values
    when e.bxc_kind in ('insert', 'update', 'revive') and not (e.site = 'north') is true
      then 'BXC12'  -- where of StudyOfNorth is not true for the row
    when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_minor is distinct from (e.age < 18)
      then 'BXC15'  -- minor is computed, and stated otherwise
    when e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age)
      and not (e.age >= 0 and e.age <= 130)
      then 'BXC17'  -- check plausible is false
  end
  from bxc_effect_StudyOfNorth as e
  union all
  -- another row of StudyCase has the same site, case_id
  select 'BXC17'
  from bxc_effect_StudyOfNorth as e
  semi join (
    select site, case_id
    from (
      select s.site, s.case_id
      from bxc_seen_StudyOfNorth as s
      semi join (
        select e.site as site, e.case_id as case_id
        from bxc_effect_StudyOfNorth as e
        where e.bxc_made
          and (e.bxc_kind = 'insert' or (e.case_id is distinct from e.bxc_old_case_id or e.site is distinct from e.bxc_old_site))
      ) as t on t.site is not distinct from s.site and t.case_id is not distinct from s.case_id
      anti join (
        select bxc_rowid from bxc_effect_StudyOfNorth where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select site, case_id from bxc_effect_StudyOfNorth where bxc_made
    ) as l
    group by site, case_id
    having count(*) > 1
  ) as r on r.site = e.site and r.case_id = e.case_id
  where e.bxc_made
      and (e.bxc_kind = 'insert' or (e.case_id is distinct from e.bxc_old_case_id or e.site is distinct from e.bxc_old_site))
  union all
  -- a key is staged twice: more staged rows than rows of the view find each other
  select 'BXC10'
  where (select count(*) from bxc_new_StudyOfNorth) - (select count(*) from bxc_batch_StudyOfNorth where bxc_op = 'insert')
    <> (select count(*) from StudyOfNorth) - (select count(*) from bxc_batch_StudyOfNorth where bxc_op = 'delete')
);

-- apply: rows that change leave the source and come back as they are to be
delete from StudyCase as s
where s.rowid in (
  select bxc_rowid from bxc_effect_StudyOfNorth where bxc_gone
);

insert into StudyCase (
  site, case_id, age, sex, diagnosis, outcome, review, weight
)
select
  site, case_id, age, sex, diagnosis, outcome, review, weight
from bxc_effect_StudyOfNorth where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_StudyCase (
  bxc_seq, bxc_op, bxc_via, bxc_old_site, bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis,
  bxc_old_outcome, bxc_old_review, bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review,
  weight
)
select
  (select nextval('bxc_seq_StudyCase')),
  case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'StudyOfNorth', bxc_old_site,
  bxc_old_case_id, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome, bxc_old_review,
  bxc_old_weight, site, case_id, age, sex, diagnosis, outcome, review, weight
from bxc_effect_StudyOfNorth where bxc_gone or bxc_made;

insert into bxc_journal_StudyCase (
  bxc_put, bxc_old_site, bxc_old_case_id, site, case_id, age, sex, diagnosis, outcome, review, weight
)
select
  (select nextval('bxc_seq_StudyCase')), bxc_old_site, bxc_old_case_id, site, case_id, age, sex, diagnosis,
  outcome, review, weight
from bxc_effect_StudyOfNorth where bxc_gone or bxc_made;

drop table bxc_effect_StudyOfNorth;
drop table bxc_work_StudyOfNorth;
drop table bxc_seen_StudyOfNorth;
drop table bxc_batch_StudyOfNorth;
