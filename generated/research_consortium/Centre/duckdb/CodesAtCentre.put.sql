-- Puts the view's new content, staged in bxc_new_CodesAtCentre, into Code: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind Code.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read Code.capture.sql' -c '.read CodesAtCentre.put.sql' -c commit

-- the rows of the view that are to come, to change and to go, as a delta
create or replace temp table bxc_batch_CodesAtCentre as
select
  case when v.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
  v.code as bxc_old_code, n.code, n.title
from bxc_new_CodesAtCentre as n
full join CodesAtCentre as v on n.code = v.code
where v.code is null
  or n.code is null
  or n.title is distinct from v.title;

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_CodesAtCentre as
select
  s.rowid as bxc_rowid, 0 as bxc_layer, s.code, s.title, s.revised
from Code as s
semi join (
  select bxc_old_code as code from bxc_batch_CodesAtCentre where bxc_op <> 'insert'
  union all
  select code from bxc_batch_CodesAtCentre
  where bxc_op = 'insert'
    or bxc_op = 'update' and code is distinct from bxc_old_code
) as w on s.code = w.code;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_CodesAtCentre as
with
  bxc_key as (
    select code, bool_or(bxc_layer = 0) as bxc_shown
    from bxc_seen_CodesAtCentre
    group by code
  ),
  bxc_old as (
    select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
    from bxc_batch_CodesAtCentre as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_code
  ),
  bxc_new as (
    select w.code, count(*) as bxc_count
    from bxc_batch_CodesAtCentre as w
    where w.bxc_op in ('insert', 'update')
    group by w.code
  )
select w.*,
  w.bxc_op = 'insert' and not (w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)) as bxc_creates
from (
  select w.*,
    case when w.bxc_op in ('update', 'delete') then w.bxc_old_code else w.code end as bxc_key_code,
    w.bxc_op = 'update' and w.code <> w.bxc_old_code as bxc_renames,
    coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
    coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
    coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
  from bxc_batch_CodesAtCentre as w
  left join bxc_key as o on o.code = w.bxc_old_code
  left join bxc_key as n on n.code = w.code
  left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
  left join bxc_old as l on l.bxc_old_code = w.code
  left join bxc_new as c on c.code = w.code
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_CodesAtCentre as
select e.*,
  (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or
    e.revised is distinct from e.bxc_old_revised) as bxc_changed,
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
    case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
    s.code as bxc_old_code, s.title as bxc_old_title, s.revised as bxc_old_revised,
    case when bxc_kind in ('update', 'keep') then w.code when bxc_kind <> 'delete' then s.code end as code,
    case when bxc_kind in ('update', 'keep') then w.title when bxc_kind <> 'delete' then s.title end as title,
    case when bxc_kind <> 'delete' then s.revised end as revised
  from bxc_work_CodesAtCentre as w
  join bxc_seen_CodesAtCentre as s on s.code = w.bxc_key_code
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
    cast(null as varchar) as bxc_old_code, cast(null as varchar) as bxc_old_title,
    cast(null as timestamp) as bxc_old_revised, w.code as code, w.title as title,
    cast(null as timestamp) as revised
  from bxc_work_CodesAtCentre as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 CodesAtCentre: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtCentre'
  )
  when 'BXC11' then error(
    'BXC11 CodesAtCentre: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtCentre'
  )
  when 'BXC12' then error(
    'BXC12 CodesAtCentre: a row does not fulfil the condition of the view; see bxc_violations_CodesAtCentre'
  )
  when 'BXC14' then error(
    'BXC14 CodesAtCentre: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtCentre'
  )
  when 'BXC15' then error(
    'BXC15 CodesAtCentre: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtCentre'
  )
  when 'BXC16' then error(
    'BXC16 CodesAtCentre: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtCentre'
  )
  when 'BXC17' then error(
    'BXC17 CodesAtCentre: a constraint of the source would be broken; see bxc_violations_CodesAtCentre'
  )
  when 'BXC18' then error(
    'BXC18 CodesAtCentre: an update speaks of a key that no row has; see bxc_violations_CodesAtCentre'
  )
  when 'BXC19' then error(
    'BXC19 CodesAtCentre: a row must not vanish from the view; see bxc_violations_CodesAtCentre'
  )
end as bxc_refused
from (
  select case
    when w.bxc_op in ('insert', 'update') and (w.code is null)
      then 'BXC10'  -- the key has a NULL
    when w.bxc_op in ('update', 'delete') and (w.bxc_old_code is null)
      then 'BXC10'  -- the old key has a NULL
    when w.bxc_op = 'insert' and (w.bxc_old_code is not null)
      then 'BXC10'  -- an insert has an old key
    when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
      then 'BXC10'  -- another staged row has the same old key
    when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
      then 'BXC10'  -- another staged row has the same key
    when w.bxc_op = 'insert' and w.bxc_key_deleted
      then 'BXC10'  -- another staged row deletes this key: stage one update instead of both
    when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
      then 'BXC10'  -- CodesAtCentre has another row with the new key
    when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
      then 'BXC16'  -- bxc_op is none of insert, update, delete
    when w.bxc_op in ('insert', 'update') and w.code is null
      then 'BXC16'  -- code is NULL
    when w.bxc_op in ('insert', 'update')
      and not (length(w.code) <= 8 and not contains(w.code, chr(0)))
      then 'BXC16'  -- code is no varchar(8)
    when w.bxc_op in ('insert', 'update') and w.title is null
      then 'BXC16'  -- title is NULL
    when w.bxc_op in ('insert', 'update') and not (not contains(w.title, chr(0)))
      then 'BXC16'  -- title is no text
    when w.bxc_op = 'update' and not w.bxc_old_shown
      then 'BXC18'  -- CodesAtCentre has no row with the old key
  end as bxc_code
  from bxc_work_CodesAtCentre as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- CodesAtCentre has a row with this key and other values
  end
  from bxc_effect_CodesAtCentre as e
  union all
  -- another row of Code has the same code
  select 'BXC17'
  from bxc_effect_CodesAtCentre as e
  semi join (
    select code
    from (
      select s.code
      from bxc_seen_CodesAtCentre as s
      semi join (
        select e.code as code
        from bxc_effect_CodesAtCentre as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
      ) as t on t.code is not distinct from s.code
      anti join (
        select bxc_rowid from bxc_effect_CodesAtCentre where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select code from bxc_effect_CodesAtCentre where bxc_made
    ) as l
    group by code
    having count(*) > 1
  ) as r on r.code = e.code
  where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
  union all
  -- a key is staged twice: more staged rows than rows of the view find each other
  select 'BXC10'
  where (select count(*) from bxc_new_CodesAtCentre) - (select count(*) from bxc_batch_CodesAtCentre where bxc_op = 'insert')
    <> (select count(*) from CodesAtCentre) - (select count(*) from bxc_batch_CodesAtCentre where bxc_op = 'delete')
);

-- apply: rows that change leave the source and come back as they are to be
delete from Code as s
where s.rowid in (
  select bxc_rowid from bxc_effect_CodesAtCentre where bxc_gone
);

insert into Code (
  code, title, revised
)
select
  code, title, revised
from bxc_effect_CodesAtCentre where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_Code (
  bxc_seq, bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
)
select
  (select nextval('bxc_seq_Code')),
  case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'CodesAtCentre', bxc_old_code,
  bxc_old_title, bxc_old_revised, code, title, revised
from bxc_effect_CodesAtCentre where bxc_gone or bxc_made;

insert into bxc_journal_Code (
  bxc_put, bxc_old_code, code, title, revised
)
select
  (select nextval('bxc_seq_Code')), bxc_old_code, code, title, revised
from bxc_effect_CodesAtCentre where bxc_gone or bxc_made;

drop table bxc_effect_CodesAtCentre;
drop table bxc_work_CodesAtCentre;
drop table bxc_seen_CodesAtCentre;
drop table bxc_batch_CodesAtCentre;
