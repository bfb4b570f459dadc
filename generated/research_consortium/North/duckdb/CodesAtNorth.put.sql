-- Puts the view's new content, staged in bxc_new_CodesAtNorth, into NorthCode: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind NorthCode.capture.sql; after an error roll back. For example:
--   duckdb -bail my.db -c begin -c '.read NorthCode.capture.sql' -c '.read CodesAtNorth.put.sql' -c commit

-- the rows of the view that are to come, to change and to go, as a delta
create or replace temp table bxc_batch_CodesAtNorth as
select
  case when v.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
  v.code as bxc_old_code, n.code, n.title
from bxc_new_CodesAtNorth as n
full join CodesAtNorth as v on n.code = v.code
where v.code is null
  or n.code is null
  or n.title is distinct from v.title;

-- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
create or replace temp table bxc_seen_CodesAtNorth as
select
  s.rowid as bxc_rowid, 0 as bxc_layer, s.code, s.title, s.in_use
from NorthCode as s
semi join (
  select bxc_old_code as code from bxc_batch_CodesAtNorth where bxc_op <> 'insert'
  union all
  select code from bxc_batch_CodesAtNorth
  where bxc_op = 'insert'
    or bxc_op = 'update' and code is distinct from bxc_old_code
) as w on s.code = w.code;

-- the staged rows, with what is known of their keys
create or replace temp table bxc_work_CodesAtNorth as
with
  bxc_key as (
    select code, bool_or(bxc_layer = 0) as bxc_shown
    from bxc_seen_CodesAtNorth
    group by code
  ),
  bxc_old as (
    select w.bxc_old_code, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
      bool_or(w.bxc_op = 'update' and w.code <> w.bxc_old_code) as bxc_renamed
    from bxc_batch_CodesAtNorth as w
    where w.bxc_op in ('update', 'delete')
    group by w.bxc_old_code
  ),
  bxc_new as (
    select w.code, count(*) as bxc_count
    from bxc_batch_CodesAtNorth as w
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
  from bxc_batch_CodesAtNorth as w
  left join bxc_key as o on o.code = w.bxc_old_code
  left join bxc_key as n on n.code = w.code
  left join bxc_old as p on p.bxc_old_code = w.bxc_old_code
  left join bxc_old as l on l.bxc_old_code = w.code
  left join bxc_new as c on c.code = w.code
) as w;

-- every source row that they touch, before and after
create or replace temp table bxc_effect_CodesAtNorth as
select e.*,
  (e.code is distinct from e.bxc_old_code or e.title is distinct from e.bxc_old_title or
    e.in_use is distinct from e.bxc_old_in_use) as bxc_changed,
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
    s.code as bxc_old_code, s.title as bxc_old_title, s.in_use as bxc_old_in_use,
    case when bxc_kind in ('update', 'keep') then w.code when bxc_kind <> 'delete' then s.code end as code,
    case when bxc_kind in ('update', 'keep') then w.title when bxc_kind <> 'delete' then s.title end as title,
    case when bxc_kind <> 'delete' then s.in_use end as in_use
  from bxc_work_CodesAtNorth as w
  join bxc_seen_CodesAtNorth as s on s.code = w.bxc_key_code
  union all
  select
    'insert' as bxc_kind, null as bxc_rowid,
    case when w.bxc_op = 'delete' then w.bxc_old_code else w.code end as bxc_listed_code,
    cast(null as varchar) as bxc_old_code, cast(null as varchar) as bxc_old_title,
    cast(null as boolean) as bxc_old_in_use, w.code as code, w.title as title, cast(true as boolean) as in_use
  from bxc_work_CodesAtNorth as w
  where w.bxc_creates
) as e
where e.bxc_kind is not null;

-- the guard: refuses with the lowest code that applies
select case min(bxc_code)
  when 'BXC10' then error(
    'BXC10 CodesAtNorth: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_CodesAtNorth'
  )
  when 'BXC11' then error(
    'BXC11 CodesAtNorth: a key belongs to a source row that the view does not show; see bxc_violations_CodesAtNorth'
  )
  when 'BXC12' then error(
    'BXC12 CodesAtNorth: a row does not fulfil the condition of the view; see bxc_violations_CodesAtNorth'
  )
  when 'BXC14' then error(
    'BXC14 CodesAtNorth: a new row has no value for a key column that the view hides; see bxc_violations_CodesAtNorth'
  )
  when 'BXC15' then error(
    'BXC15 CodesAtNorth: a computed column is stated otherwise than its inputs give it; see bxc_violations_CodesAtNorth'
  )
  when 'BXC16' then error(
    'BXC16 CodesAtNorth: a value is outside its type, or NULL where the view has none; see bxc_violations_CodesAtNorth'
  )
  when 'BXC17' then error(
    'BXC17 CodesAtNorth: a constraint of the source would be broken; see bxc_violations_CodesAtNorth'
  )
  when 'BXC18' then error(
    'BXC18 CodesAtNorth: an update speaks of a key that no row has; see bxc_violations_CodesAtNorth'
  )
  when 'BXC19' then error(
    'BXC19 CodesAtNorth: a row must not vanish from the view; see bxc_violations_CodesAtNorth'
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
      then 'BXC10'  -- CodesAtNorth has another row with the new key
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
      then 'BXC18'  -- CodesAtNorth has no row with the old key
  end as bxc_code
  from bxc_work_CodesAtNorth as w
  union all
  select case
    when e.bxc_kind = 'keep' and e.bxc_changed
      then 'BXC10'  -- CodesAtNorth has a row with this key and other values
  end
  from bxc_effect_CodesAtNorth as e
  union all
  -- another row of NorthCode has the same code
  select 'BXC17'
  from bxc_effect_CodesAtNorth as e
  semi join (
    select code
    from (
      select s.code
      from bxc_seen_CodesAtNorth as s
      semi join (
        select e.code as code
        from bxc_effect_CodesAtNorth as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
      ) as t on t.code is not distinct from s.code
      anti join (
        select bxc_rowid from bxc_effect_CodesAtNorth where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select code from bxc_effect_CodesAtNorth where bxc_made
    ) as l
    group by code
    having count(*) > 1
  ) as r on r.code = e.code
  where e.bxc_made and (e.bxc_kind = 'insert' or e.code is distinct from e.bxc_old_code)
  union all
  -- a key is staged twice: more staged rows than rows of the view find each other
  select 'BXC10'
  where (select count(*) from bxc_new_CodesAtNorth) - (select count(*) from bxc_batch_CodesAtNorth where bxc_op = 'insert')
    <> (select count(*) from CodesAtNorth) - (select count(*) from bxc_batch_CodesAtNorth where bxc_op = 'delete')
);

-- apply: rows that change leave the source and come back as they are to be
delete from NorthCode as s
where s.rowid in (
  select bxc_rowid from bxc_effect_CodesAtNorth where bxc_gone
);

insert into NorthCode (
  code, title, in_use
)
select
  code, title, in_use
from bxc_effect_CodesAtNorth where bxc_made;

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_NorthCode (
  bxc_seq, bxc_op, bxc_via, bxc_old_code, bxc_old_title, bxc_old_in_use, code, title, in_use
)
select
  (select nextval('bxc_seq_NorthCode')),
  case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'CodesAtNorth', bxc_old_code,
  bxc_old_title, bxc_old_in_use, code, title, in_use
from bxc_effect_CodesAtNorth where bxc_gone or bxc_made;

insert into bxc_journal_NorthCode (
  bxc_put, bxc_old_code, code, title, in_use
)
select
  (select nextval('bxc_seq_NorthCode')), bxc_old_code, code, title, in_use
from bxc_effect_CodesAtNorth where bxc_gone or bxc_made;

drop table bxc_effect_CodesAtNorth;
drop table bxc_work_CodesAtNorth;
drop table bxc_seen_CodesAtNorth;
drop table bxc_batch_CodesAtNorth;
