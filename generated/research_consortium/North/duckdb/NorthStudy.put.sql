-- Puts the view's new content, staged in bxc_new_NorthStudy, into NorthCase: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind NorthCase.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read NorthCase.capture.sql' -c '.read NorthStudy.put.sql' -c commit

-- the rows of the view that are to come, to change and to go, as a delta
create or replace temp table bxc_batch_NorthStudy as
select
  case when v.case_id is null then 'insert' when n.case_id is null then 'delete' else 'update' end as bxc_op,
  v.case_id as bxc_old_case_id, n.case_id, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.minor
from bxc_new_NorthStudy as n
full join NorthStudy as v on n.case_id = v.case_id
where v.case_id is null
  or n.case_id is null
  or (n.age is distinct from v.age or n.sex is distinct from v.sex or n.diagnosis is distinct from v.diagnosis or
  n.outcome is distinct from v.outcome or n.review is distinct from v.review or
  n.minor is distinct from v.minor);

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_NorthStudy as
select
  s.rowid as bxc_rowid, case when not (s.consent) is true then 1 else 0 end as bxc_layer, s.case_id, s.mrn,
  s.name, s.born, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.consent
from NorthCase as s
semi join (
  select bxc_old_case_id as case_id from bxc_batch_NorthStudy where bxc_op <> 'insert'
  union all
  select case_id from bxc_batch_NorthStudy
  where bxc_op = 'insert'
    or bxc_op = 'update' and case_id is distinct from bxc_old_case_id
) as w on s.case_id = w.case_id;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_NorthStudy as
with
  bxc_key as (
    select case_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
      bool_or(bxc_layer in (1)) as bxc_rejected
    from bxc_seen_NorthStudy
    group by case_id
  ),
  bxc_old as (
    select w.bxc_old_case_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.case_id <> w.bxc_old_case_id) as bxc_renamed
    from bxc_batch_NorthStudy as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_case_id
  ),
  bxc_new as (
    select w.case_id, count(*) as bxc_count
    from bxc_batch_NorthStudy as w
    where w.bxc_op in ('insert', 'update')
    group by w.case_id
  )
select w.*,
  w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as bxc_key_case_id,
    w.bxc_op = 'update' and w.case_id <> w.bxc_old_case_id as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_batch_NorthStudy as w
  left join bxc_key as o on o.case_id = w.bxc_old_case_id
  left join bxc_key as n on n.case_id = w.case_id
  left join bxc_old as p on p.bxc_old_case_id = w.bxc_old_case_id
  left join bxc_old as l on l.bxc_old_case_id = w.case_id
  left join bxc_new as c on c.case_id = w.case_id
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_NorthStudy as
select e.*,
  (e.case_id is distinct from e.bxc_old_case_id or e.mrn is distinct from e.bxc_old_mrn or
    e.name is distinct from e.bxc_old_name or e.born is distinct from e.bxc_old_born or
    e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or
    e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or
    e.review is distinct from e.bxc_old_review or e.consent is distinct from e.bxc_old_consent) as bxc_changed,
  bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
  bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made
from (
  select
    case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
    end as bxc_kind,
    s.bxc_rowid as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
    w.minor as bxc_view_minor, s.case_id as bxc_old_case_id, s.mrn as bxc_old_mrn, s.name as bxc_old_name,
    s.born as bxc_old_born, s.age as bxc_old_age, s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis,
    s.outcome as bxc_old_outcome, s.review as bxc_old_review, s.consent as bxc_old_consent,
    case when bxc_kind in ('update', 'keep') then w.case_id else s.case_id end as case_id, s.mrn as mrn,
    s.name as name, s.born as born, case when bxc_kind in ('update', 'keep') then w.age else s.age end as age,
    case when bxc_kind in ('update', 'keep') then w.sex else s.sex end as sex,
    case when bxc_kind in ('update', 'keep') then w.diagnosis else s.diagnosis end as diagnosis,
    case when bxc_kind in ('update', 'keep') then w.outcome else s.outcome end as outcome,
    case when bxc_kind in ('update', 'keep') then w.review else s.review end as review, s.consent as consent
  from bxc_work_NorthStudy as w
  join bxc_seen_NorthStudy as s on s.case_id = w.bxc_key_case_id
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
    w.minor as bxc_view_minor, cast(null as uuid) as bxc_old_case_id, cast(null as varchar) as bxc_old_mrn,
    cast(null as varchar) as bxc_old_name, cast(null as date) as bxc_old_born,
    cast(null as bigint) as bxc_old_age, cast(null as varchar) as bxc_old_sex,
    cast(null as varchar) as bxc_old_diagnosis, cast(null as varchar) as bxc_old_outcome,
    cast(null as varchar) as bxc_old_review, cast(null as boolean) as bxc_old_consent, w.case_id as case_id,
    cast(null as varchar) as mrn, cast(null as varchar) as name, cast(null as date) as born, w.age as age,
    w.sex as sex, w.diagnosis as diagnosis, w.outcome as outcome, w.review as review,
    cast(false as boolean) as consent
  from bxc_work_NorthStudy as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 NorthStudy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_NorthStudy'
  )
  when 'BXC11' then error(
    'BXC11 NorthStudy: a key belongs to a source row that the view does not show; see bxc_violations_NorthStudy'
  )
  when 'BXC12' then error(
    'BXC12 NorthStudy: a row does not fulfil the condition of the view; see bxc_violations_NorthStudy'
  )
  when 'BXC14' then error(
    'BXC14 NorthStudy: a new row has no value for a key column that the view hides; see bxc_violations_NorthStudy'
  )
  when 'BXC15' then error(
    'BXC15 NorthStudy: a computed column is stated otherwise than its inputs give it; see bxc_violations_NorthStudy'
  )
  when 'BXC16' then error(
    'BXC16 NorthStudy: a value is outside its type, or NULL where the view has none; see bxc_violations_NorthStudy'
  )
  when 'BXC17' then error(
    'BXC17 NorthStudy: a constraint of the source would be broken; see bxc_violations_NorthStudy'
  )
  when 'BXC18' then error(
    'BXC18 NorthStudy: an update speaks of a key that no row has; see bxc_violations_NorthStudy'
  )
  when 'BXC19' then error(
    'BXC19 NorthStudy: a row must not vanish from the view; see bxc_violations_NorthStudy'
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
      then 'BXC10'  -- NorthStudy has another row with the new key
    when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
      then 'BXC11'  -- NorthCase has a row with this key that NorthStudy does not show
    when w.bxc_renames and w.bxc_new_hidden
      then 'BXC11'  -- NorthCase has a row with the new key that NorthStudy does not show
    when w.bxc_creates
      then 'BXC16'  -- a new row needs a value for mrn, which the view hides
    when w.bxc_creates
      then 'BXC16'  -- a new row needs a value for name, which the view hides
    when w.bxc_creates
      then 'BXC16'  -- a new row needs a value for born, which the view hides
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
      then 'BXC18'  -- NorthStudy has no row with the old key
    when w.bxc_op = 'delete' and w.bxc_old_shown
      then 'BXC19'  -- NorthStudy rejects deletes
  end as bxc_code
  from bxc_work_NorthStudy as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- NorthStudy has a row with this key and other values
    when e.bxc_kind in ('insert', 'update', 'revive') and not (e.consent) is true
      then 'BXC12'  -- where of NorthStudy is not true for the row
    when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_minor is distinct from (e.age < 18)
      then 'BXC15'  -- minor is computed, and stated otherwise
    when e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age)
      and not (e.age >= 0 and e.age <= 130)
      then 'BXC17'  -- check plausible is false
  end
  from bxc_effect_NorthStudy as e
  union all
  -- another row of NorthCase has the same case_id
  select 'BXC17'
  from bxc_effect_NorthStudy as e
  semi join (
    select case_id
    from (
      select s.case_id
      from bxc_seen_NorthStudy as s
      semi join (
        select e.case_id as case_id
        from bxc_effect_NorthStudy as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
      ) as t on t.case_id is not distinct from s.case_id
      anti join (
        select bxc_rowid from bxc_effect_NorthStudy where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select case_id from bxc_effect_NorthStudy where bxc_made
    ) as l
    group by case_id
    having count(*) > 1
  ) as r on r.case_id = e.case_id
  where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
  union all
  -- another row of NorthCase has the same mrn
  select 'BXC17'
  from bxc_effect_NorthStudy as e
  semi join (
    select mrn
    from (
      select s.mrn
      from NorthCase as s
      semi join (
        select e.mrn as mrn
        from bxc_effect_NorthStudy as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.mrn is distinct from e.bxc_old_mrn)
      ) as t on t.mrn is not distinct from s.mrn
      anti join (
        select bxc_rowid from bxc_effect_NorthStudy where bxc_gone
      ) as g on g.bxc_rowid = s.rowid
      union all
      select mrn from bxc_effect_NorthStudy where bxc_made
    ) as l
    group by mrn
    having count(*) > 1
  ) as r on r.mrn = e.mrn
  where e.bxc_made and (e.bxc_kind = 'insert' or e.mrn is distinct from e.bxc_old_mrn)
  union all
  -- a key is staged twice: more staged rows than rows of the view find each other
  select 'BXC10'
  where (select count(*) from bxc_new_NorthStudy) - (select count(*) from bxc_batch_NorthStudy where bxc_op = 'insert')
    <> (select count(*) from NorthStudy) - (select count(*) from bxc_batch_NorthStudy where bxc_op = 'delete')
);

-- apply: rows that change leave the source and come back as they are to be
delete from NorthCase as s
where s.rowid in (
  select bxc_rowid from bxc_effect_NorthStudy where bxc_gone
);

insert into NorthCase (
  case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent
)
select
  case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent
from bxc_effect_NorthStudy where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_NorthCase (
  bxc_seq, bxc_op, bxc_via, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age,
  bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born,
  age, sex, diagnosis, outcome, review, consent
)
select
  (select nextval('bxc_seq_NorthCase')),
  case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'NorthStudy', bxc_old_case_id,
  bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
  bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent
from bxc_effect_NorthStudy where bxc_gone or bxc_made;

insert into bxc_journal_NorthCase (
  bxc_put, bxc_old_case_id, case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent
)
select
  (select nextval('bxc_seq_NorthCase')), bxc_old_case_id, case_id, mrn, name, born, age, sex, diagnosis,
  outcome, review, consent
from bxc_effect_NorthStudy where bxc_gone or bxc_made;

drop table bxc_effect_NorthStudy;
drop table bxc_work_NorthStudy;
drop table bxc_seen_NorthStudy;
drop table bxc_batch_NorthStudy;
