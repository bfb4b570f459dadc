-- NorthStudy: view of NorthCase, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists NorthStudy as
select
  s.case_id as case_id, s.age as age, s.sex as sex, s.diagnosis as diagnosis, s.outcome as outcome,
  s.review as review, (s.age < 18) as minor
from NorthCase as s
where (s.consent);

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_NorthStudy (
  case_id uuid, age bigint, sex varchar, diagnosis varchar, outcome varchar, review varchar, minor boolean
);

create table if not exists bxc_delta_NorthStudy (
  bxc_op varchar, bxc_old_case_id uuid, case_id uuid, age bigint, sex varchar, diagnosis varchar,
  outcome varchar, review varchar, minor boolean
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_NorthStudy as
select * from (
  with
    bxc_seen_NorthStudy as materialized (
      select
        s.rowid as bxc_rowid, case when not (s.consent) is true then 1 else 0 end as bxc_layer, s.case_id, s.mrn,
        s.name, s.born, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.consent
      from NorthCase as s
      semi join (
        select bxc_old_case_id as case_id from bxc_delta_NorthStudy where bxc_op <> 'insert'
        union all
        select case_id from bxc_delta_NorthStudy
        where bxc_op = 'insert'
          or bxc_op = 'update' and case_id is distinct from bxc_old_case_id
      ) as w on s.case_id = w.case_id
    ),
    bxc_work_NorthStudy as materialized (
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
          from bxc_delta_NorthStudy as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_case_id
        ),
        bxc_new as (
          select w.case_id, count(*) as bxc_count
          from bxc_delta_NorthStudy as w
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
        from bxc_delta_NorthStudy as w
        left join bxc_key as o on o.case_id = w.bxc_old_case_id
        left join bxc_key as n on n.case_id = w.case_id
        left join bxc_old as p on p.bxc_old_case_id = w.bxc_old_case_id
        left join bxc_old as l on l.bxc_old_case_id = w.case_id
        left join bxc_new as c on c.case_id = w.case_id
      ) as w
    ),
    bxc_effect_NorthStudy as materialized (
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
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_case_id as case_id,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.case_id is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_case_id is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_case_id is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'NorthStudy has another row with the new key'} end,
      case when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
        then {'code': 'BXC11', 'detail': 'NorthCase has a row with this key that NorthStudy does not show'} end,
      case when w.bxc_renames and w.bxc_new_hidden
        then {'code': 'BXC11', 'detail': 'NorthCase has a row with the new key that NorthStudy does not show'} end,
      case when w.bxc_creates
        then {'code': 'BXC16', 'detail': 'a new row needs a value for mrn, which the view hides'} end,
      case when w.bxc_creates
        then {'code': 'BXC16', 'detail': 'a new row needs a value for name, which the view hides'} end,
      case when w.bxc_creates
        then {'code': 'BXC16', 'detail': 'a new row needs a value for born, which the view hides'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.case_id is null
        then {'code': 'BXC16', 'detail': 'case_id is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.age is null
        then {'code': 'BXC16', 'detail': 'age is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.sex is null
        then {'code': 'BXC16', 'detail': 'sex is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (w.sex in ('f', 'm', 'x'))
        then {'code': 'BXC16', 'detail': 'sex is no enum(''f'', ''m'', ''x'')'} end,
      case when w.bxc_op in ('insert', 'update') and w.diagnosis is null
        then {'code': 'BXC16', 'detail': 'diagnosis is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.diagnosis) <= 8 and not contains(w.diagnosis, chr(0)))
        then {'code': 'BXC16', 'detail': 'diagnosis is no varchar(8)'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))
        then {'code': 'BXC16', 'detail': 'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.review, chr(0)))
        then {'code': 'BXC16', 'detail': 'review is no text'} end,
      case when w.bxc_op in ('insert', 'update') and w.minor is null
        then {'code': 'BXC16', 'detail': 'minor is NULL'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'NorthStudy has no row with the old key'} end,
      case when w.bxc_op = 'delete' and w.bxc_old_shown
        then {'code': 'BXC19', 'detail': 'NorthStudy rejects deletes'} end
    ]) as bxc_broken
    from bxc_work_NorthStudy as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'delta' as bxc_staged, b.bxc_listed_case_id as case_id,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_case_id, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'NorthStudy has a row with this key and other values'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive') and not (e.consent) is true
        then {'code': 'BXC12', 'detail': 'where of NorthStudy is not true for the row'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_minor is distinct from (e.age < 18)
        then {'code': 'BXC15', 'detail': 'minor is computed, and stated otherwise'} end,
      case when e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age)
      and not (e.age >= 0 and e.age <= 130)
        then {'code': 'BXC17', 'detail': 'check plausible is false'} end
    ]) as bxc_broken
    from bxc_effect_NorthStudy as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_case_id as case_id,
    'another row of NorthCase has the same case_id' as bxc_detail
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
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_case_id as case_id,
    'another row of NorthCase has the same mrn' as bxc_detail
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
)
union all
select * from (
  with
    bxc_batch_NorthStudy as materialized (
      select * from (
        select
          case when v.case_id is null then 'insert' when n.case_id is null then 'delete' else 'update' end as bxc_op,
          v.case_id as bxc_old_case_id, n.case_id, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.minor
        from bxc_new_NorthStudy as n
        full join NorthStudy as v on n.case_id = v.case_id
        where v.case_id is null
          or n.case_id is null
          or (n.age is distinct from v.age or n.sex is distinct from v.sex or n.diagnosis is distinct from v.diagnosis or
          n.outcome is distinct from v.outcome or n.review is distinct from v.review or
          n.minor is distinct from v.minor)
          or (n.case_id) in (select (case_id) from bxc_new_NorthStudy group by case_id having count(*) > 1)
      )
      where exists (select 1 from bxc_new_NorthStudy)
    ),
    bxc_seen_NorthStudy as materialized (
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
      ) as w on s.case_id = w.case_id
    ),
    bxc_work_NorthStudy as materialized (
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
      ) as w
    ),
    bxc_effect_NorthStudy as materialized (
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
      where e.bxc_kind is not null
    )
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_case_id as case_id,
    bxc_broken.detail as bxc_detail
  from (
    select case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id, unnest([
      case when w.bxc_op in ('insert', 'update') and (w.case_id is null)
        then {'code': 'BXC10', 'detail': 'the key has a NULL'} end,
      case when w.bxc_op in ('update', 'delete') and (w.bxc_old_case_id is null)
        then {'code': 'BXC10', 'detail': 'the old key has a NULL'} end,
      case when w.bxc_op = 'insert' and (w.bxc_old_case_id is not null)
        then {'code': 'BXC10', 'detail': 'an insert has an old key'} end,
      case when w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same old key'} end,
      case when w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
        then {'code': 'BXC10', 'detail': 'another staged row has the same key'} end,
      case when w.bxc_op = 'insert' and w.bxc_key_deleted
        then {'code': 'BXC10', 'detail': 'another staged row deletes this key: stage one update instead of both'} end,
      case when w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
        then {'code': 'BXC10', 'detail': 'NorthStudy has another row with the new key'} end,
      case when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
        then {'code': 'BXC11', 'detail': 'NorthCase has a row with this key that NorthStudy does not show'} end,
      case when w.bxc_renames and w.bxc_new_hidden
        then {'code': 'BXC11', 'detail': 'NorthCase has a row with the new key that NorthStudy does not show'} end,
      case when w.bxc_creates
        then {'code': 'BXC16', 'detail': 'a new row needs a value for mrn, which the view hides'} end,
      case when w.bxc_creates
        then {'code': 'BXC16', 'detail': 'a new row needs a value for name, which the view hides'} end,
      case when w.bxc_creates
        then {'code': 'BXC16', 'detail': 'a new row needs a value for born, which the view hides'} end,
      case when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
        then {'code': 'BXC16', 'detail': 'bxc_op is none of insert, update, delete'} end,
      case when w.bxc_op in ('insert', 'update') and w.case_id is null
        then {'code': 'BXC16', 'detail': 'case_id is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.age is null
        then {'code': 'BXC16', 'detail': 'age is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and w.sex is null
        then {'code': 'BXC16', 'detail': 'sex is NULL'} end,
      case when w.bxc_op in ('insert', 'update') and not (w.sex in ('f', 'm', 'x'))
        then {'code': 'BXC16', 'detail': 'sex is no enum(''f'', ''m'', ''x'')'} end,
      case when w.bxc_op in ('insert', 'update') and w.diagnosis is null
        then {'code': 'BXC16', 'detail': 'diagnosis is NULL'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (length(w.diagnosis) <= 8 and not contains(w.diagnosis, chr(0)))
        then {'code': 'BXC16', 'detail': 'diagnosis is no varchar(8)'} end,
      case when w.bxc_op in ('insert', 'update')
      and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))
        then {'code': 'BXC16', 'detail': 'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'} end,
      case when w.bxc_op in ('insert', 'update') and not (not contains(w.review, chr(0)))
        then {'code': 'BXC16', 'detail': 'review is no text'} end,
      case when w.bxc_op in ('insert', 'update') and w.minor is null
        then {'code': 'BXC16', 'detail': 'minor is NULL'} end,
      case when w.bxc_op = 'update' and not w.bxc_old_shown
        then {'code': 'BXC18', 'detail': 'NorthStudy has no row with the old key'} end,
      case when w.bxc_op = 'delete' and w.bxc_old_shown
        then {'code': 'BXC19', 'detail': 'NorthStudy rejects deletes'} end
    ]) as bxc_broken
    from bxc_work_NorthStudy as w
  ) as b
  where bxc_broken is not null
  union all
  select bxc_broken.code as bxc_code, 'new' as bxc_staged, b.bxc_listed_case_id as case_id,
    bxc_broken.detail as bxc_detail
  from (
    select e.bxc_listed_case_id, unnest([
      case when e.bxc_kind = 'keep' and e.bxc_changed
        then {'code': 'BXC10', 'detail': 'NorthStudy has a row with this key and other values'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive') and not (e.consent) is true
        then {'code': 'BXC12', 'detail': 'where of NorthStudy is not true for the row'} end,
      case when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_minor is distinct from (e.age < 18)
        then {'code': 'BXC15', 'detail': 'minor is computed, and stated otherwise'} end,
      case when e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age)
      and not (e.age >= 0 and e.age <= 130)
        then {'code': 'BXC17', 'detail': 'check plausible is false'} end
    ]) as bxc_broken
    from bxc_effect_NorthStudy as e
  ) as b
  where bxc_broken is not null
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_case_id as case_id,
    'another row of NorthCase has the same case_id' as bxc_detail
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
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_case_id as case_id,
    'another row of NorthCase has the same mrn' as bxc_detail
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
);
