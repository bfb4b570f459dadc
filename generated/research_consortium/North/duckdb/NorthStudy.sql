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
    bxc_seen_NorthStudy as (
      select
        s.rowid as bxc_rowid, case when not (s.consent) is true then 1 else 0 end as bxc_layer, s.case_id, s.mrn,
        s.name, s.born, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.consent
      from NorthCase as s
      semi join (
        select bxc_old_case_id as case_id from bxc_delta_NorthStudy where bxc_op <> 'insert'
        union all
        select case_id from bxc_delta_NorthStudy
        where bxc_op <> 'delete' and case_id is distinct from bxc_old_case_id
      ) as w on s.case_id = w.case_id
    ),
    bxc_work_NorthStudy as (
      with
        bxc_key as (
          select case_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from bxc_seen_NorthStudy
          group by case_id
        ),
        bxc_old as (
          select w.bxc_old_case_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.case_id is distinct from w.bxc_old_case_id) as bxc_renamed
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
    bxc_effect_NorthStudy as (
      select e.*,
        (e.case_id is distinct from e.bxc_old_case_id or e.mrn is distinct from e.bxc_old_mrn or
          e.name is distinct from e.bxc_old_name or e.born is distinct from e.bxc_old_born or
          e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or
          e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or
          e.review is distinct from e.bxc_old_review or e.consent is distinct from e.bxc_old_consent) as bxc_changed,
        bxc_changed and e.bxc_kind <> 'insert' as bxc_gone, bxc_changed and e.bxc_kind <> 'delete' as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and not w.bxc_creates
              and s.case_id is not distinct from w.case_id and s.age is not distinct from w.age and
              s.sex is not distinct from w.sex and s.diagnosis is not distinct from w.diagnosis and
              s.outcome is not distinct from w.outcome and s.review is not distinct from w.review then 'same'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and not w.bxc_key_renamed then 'taken'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid, w.bxc_key_case_id, w.minor as bxc_view_minor, s.case_id as bxc_old_case_id,
          s.mrn as bxc_old_mrn, s.name as bxc_old_name, s.born as bxc_old_born, s.age as bxc_old_age,
          s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis, s.outcome as bxc_old_outcome,
          s.review as bxc_old_review, s.consent as bxc_old_consent,
          case when bxc_kind = 'update' then w.case_id else s.case_id end as case_id, s.mrn as mrn, s.name as name,
          s.born as born, case when bxc_kind = 'update' then w.age else s.age end as age,
          case when bxc_kind = 'update' then w.sex else s.sex end as sex,
          case when bxc_kind = 'update' then w.diagnosis else s.diagnosis end as diagnosis,
          case when bxc_kind = 'update' then w.outcome else s.outcome end as outcome,
          case when bxc_kind = 'update' then w.review else s.review end as review, s.consent as consent
        from bxc_work_NorthStudy as w
        join bxc_seen_NorthStudy as s on s.case_id = w.bxc_key_case_id
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid, w.bxc_key_case_id, w.minor as bxc_view_minor,
          cast(null as uuid) as bxc_old_case_id, cast(null as varchar) as bxc_old_mrn,
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
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'the key has a NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and (w.case_id is null)
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'the old key has a NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('update', 'delete') and (w.bxc_old_case_id is null)
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'an insert has an old key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'insert' and (w.bxc_old_case_id is not null)
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'two rows have this old key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'two rows have this new key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'another row deletes this key; say update instead' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'insert' and w.bxc_key_deleted
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'the new key is taken by another row' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'update' and w.case_id is distinct from w.bxc_old_case_id and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
  union all
  select 'BXC11' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'a row that the view hides has the key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
  union all
  select 'BXC11' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'a row that the view hides has the new key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'update' and w.case_id is distinct from w.bxc_old_case_id and w.bxc_new_hidden
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'a new row has no value for mrn' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_creates
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'a new row has no value for name' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_creates
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'a new row has no value for born' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_creates
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'bxc_op is not insert, update or delete' as bxc_detail
  from bxc_work_NorthStudy as w
  where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id, 'case_id is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.case_id is null
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id, 'age is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.age is null
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id, 'sex is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.sex is null
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'sex is outside its type' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and not (w.sex in ('f', 'm', 'x'))
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'diagnosis is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.diagnosis is null
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'diagnosis is outside its type' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and not (length(w.diagnosis) <= 8 and not contains(w.diagnosis, chr(0)))
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'outcome is outside its type' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'review is outside its type' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and not (not contains(w.review, chr(0)))
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id, 'minor is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.minor is null
  union all
  select 'BXC18' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'no row of the view has the old key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'update' and not w.bxc_old_shown
  union all
  select 'BXC19' as bxc_code, 'delta' as bxc_staged, w.bxc_key_case_id as case_id,
    'the view rejects deletes' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'delete' and w.bxc_old_shown
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, e.bxc_key_case_id as case_id,
    'the key is taken by another row' as bxc_detail
  from bxc_effect_NorthStudy as e
  where e.bxc_kind = 'taken'
  union all
  select 'BXC12' as bxc_code, 'delta' as bxc_staged, e.bxc_key_case_id as case_id,
    'where is not true for the row' as bxc_detail
  from bxc_effect_NorthStudy as e
  where e.bxc_kind in ('insert', 'update', 'revive') and not (e.consent) is true
  union all
  select 'BXC15' as bxc_code, 'delta' as bxc_staged, e.bxc_key_case_id as case_id,
    'minor is computed and stated otherwise' as bxc_detail
  from bxc_effect_NorthStudy as e
  where e.bxc_kind in ('insert', 'update', 'revive', 'same') and e.bxc_view_minor is distinct from (e.age < 18)
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_key_case_id as case_id, 'check plausible' as bxc_detail
  from bxc_effect_NorthStudy as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age) and not (e.age >= 0 and e.age <= 130)
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_key_case_id as case_id,
    'primary key (case_id)' as bxc_detail
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
    )
    group by case_id
    having count(*) > 1
  ) as r on r.case_id = e.case_id
  where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_key_case_id as case_id, 'unique (mrn)' as bxc_detail
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
    )
    group by mrn
    having count(*) > 1
  ) as r on r.mrn = e.mrn
  where e.bxc_made and (e.bxc_kind = 'insert' or e.mrn is distinct from e.bxc_old_mrn)
)
union all
select * from (
  with
    bxc_batch_NorthStudy as (
      select * from (
        select
          case when v.case_id is null then 'insert' when n.case_id is null then 'delete' else 'update' end as bxc_op,
          v.case_id as bxc_old_case_id, n.case_id, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.minor
        from bxc_new_NorthStudy as n
        full join NorthStudy as v on n.case_id = v.case_id
        where v.case_id is null or n.case_id is null or (n.age is distinct from v.age or n.sex is distinct from v.sex or n.diagnosis is distinct from v.diagnosis or
          n.outcome is distinct from v.outcome or n.review is distinct from v.review or
          n.minor is distinct from v.minor) or (n.case_id) in (select (case_id) from bxc_new_NorthStudy group by case_id having count(*) > 1)
      )
      where exists (select 1 from bxc_new_NorthStudy)
    ),
    bxc_seen_NorthStudy as (
      select
        s.rowid as bxc_rowid, case when not (s.consent) is true then 1 else 0 end as bxc_layer, s.case_id, s.mrn,
        s.name, s.born, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.consent
      from NorthCase as s
      semi join (
        select bxc_old_case_id as case_id from bxc_batch_NorthStudy where bxc_op <> 'insert'
        union all
        select case_id from bxc_batch_NorthStudy
        where bxc_op <> 'delete' and case_id is distinct from bxc_old_case_id
      ) as w on s.case_id = w.case_id
    ),
    bxc_work_NorthStudy as (
      with
        bxc_key as (
          select case_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from bxc_seen_NorthStudy
          group by case_id
        ),
        bxc_old as (
          select w.bxc_old_case_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.case_id is distinct from w.bxc_old_case_id) as bxc_renamed
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
    bxc_effect_NorthStudy as (
      select e.*,
        (e.case_id is distinct from e.bxc_old_case_id or e.mrn is distinct from e.bxc_old_mrn or
          e.name is distinct from e.bxc_old_name or e.born is distinct from e.bxc_old_born or
          e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or
          e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or
          e.review is distinct from e.bxc_old_review or e.consent is distinct from e.bxc_old_consent) as bxc_changed,
        bxc_changed and e.bxc_kind <> 'insert' as bxc_gone, bxc_changed and e.bxc_kind <> 'delete' as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and not w.bxc_creates
              and s.case_id is not distinct from w.case_id and s.age is not distinct from w.age and
              s.sex is not distinct from w.sex and s.diagnosis is not distinct from w.diagnosis and
              s.outcome is not distinct from w.outcome and s.review is not distinct from w.review then 'same'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and not w.bxc_key_renamed then 'taken'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid, w.bxc_key_case_id, w.minor as bxc_view_minor, s.case_id as bxc_old_case_id,
          s.mrn as bxc_old_mrn, s.name as bxc_old_name, s.born as bxc_old_born, s.age as bxc_old_age,
          s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis, s.outcome as bxc_old_outcome,
          s.review as bxc_old_review, s.consent as bxc_old_consent,
          case when bxc_kind = 'update' then w.case_id else s.case_id end as case_id, s.mrn as mrn, s.name as name,
          s.born as born, case when bxc_kind = 'update' then w.age else s.age end as age,
          case when bxc_kind = 'update' then w.sex else s.sex end as sex,
          case when bxc_kind = 'update' then w.diagnosis else s.diagnosis end as diagnosis,
          case when bxc_kind = 'update' then w.outcome else s.outcome end as outcome,
          case when bxc_kind = 'update' then w.review else s.review end as review, s.consent as consent
        from bxc_work_NorthStudy as w
        join bxc_seen_NorthStudy as s on s.case_id = w.bxc_key_case_id
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid, w.bxc_key_case_id, w.minor as bxc_view_minor,
          cast(null as uuid) as bxc_old_case_id, cast(null as varchar) as bxc_old_mrn,
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
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id, 'the key has a NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and (w.case_id is null)
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'the old key has a NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('update', 'delete') and (w.bxc_old_case_id is null)
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'an insert has an old key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'insert' and (w.bxc_old_case_id is not null)
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'two rows have this old key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'two rows have this new key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'another row deletes this key; say update instead' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'insert' and w.bxc_key_deleted
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'the new key is taken by another row' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'update' and w.case_id is distinct from w.bxc_old_case_id and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
  union all
  select 'BXC11' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'a row that the view hides has the key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
  union all
  select 'BXC11' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'a row that the view hides has the new key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'update' and w.case_id is distinct from w.bxc_old_case_id and w.bxc_new_hidden
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'a new row has no value for mrn' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_creates
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'a new row has no value for name' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_creates
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'a new row has no value for born' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_creates
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'bxc_op is not insert, update or delete' as bxc_detail
  from bxc_work_NorthStudy as w
  where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id, 'case_id is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.case_id is null
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id, 'age is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.age is null
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id, 'sex is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.sex is null
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'sex is outside its type' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and not (w.sex in ('f', 'm', 'x'))
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id, 'diagnosis is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.diagnosis is null
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'diagnosis is outside its type' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and not (length(w.diagnosis) <= 8 and not contains(w.diagnosis, chr(0)))
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'outcome is outside its type' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'review is outside its type' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and not (not contains(w.review, chr(0)))
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id, 'minor is NULL' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op in ('insert', 'update') and w.minor is null
  union all
  select 'BXC18' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'no row of the view has the old key' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'update' and not w.bxc_old_shown
  union all
  select 'BXC19' as bxc_code, 'new' as bxc_staged, w.bxc_key_case_id as case_id,
    'the view rejects deletes' as bxc_detail
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'delete' and w.bxc_old_shown
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, e.bxc_key_case_id as case_id,
    'the key is taken by another row' as bxc_detail
  from bxc_effect_NorthStudy as e
  where e.bxc_kind = 'taken'
  union all
  select 'BXC12' as bxc_code, 'new' as bxc_staged, e.bxc_key_case_id as case_id,
    'where is not true for the row' as bxc_detail
  from bxc_effect_NorthStudy as e
  where e.bxc_kind in ('insert', 'update', 'revive') and not (e.consent) is true
  union all
  select 'BXC15' as bxc_code, 'new' as bxc_staged, e.bxc_key_case_id as case_id,
    'minor is computed and stated otherwise' as bxc_detail
  from bxc_effect_NorthStudy as e
  where e.bxc_kind in ('insert', 'update', 'revive', 'same') and e.bxc_view_minor is distinct from (e.age < 18)
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_key_case_id as case_id, 'check plausible' as bxc_detail
  from bxc_effect_NorthStudy as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age) and not (e.age >= 0 and e.age <= 130)
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_key_case_id as case_id,
    'primary key (case_id)' as bxc_detail
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
    )
    group by case_id
    having count(*) > 1
  ) as r on r.case_id = e.case_id
  where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_key_case_id as case_id, 'unique (mrn)' as bxc_detail
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
    )
    group by mrn
    having count(*) > 1
  ) as r on r.mrn = e.mrn
  where e.bxc_made and (e.bxc_kind = 'insert' or e.mrn is distinct from e.bxc_old_mrn)
);
