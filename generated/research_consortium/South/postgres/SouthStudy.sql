-- SouthStudy: view of SouthCase, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create or replace view public."SouthStudy" with (security_barrier) as
select
  s.case_id as case_id, s.age as age, s.sex as sex, s.diagnosis as diagnosis, s.outcome as outcome,
  s.review as review, (s.age < 18) as minor
from public."SouthCase" as s
where (s.consent);

-- staging: callers fill and clear these; a put only reads them
create table if not exists public."bxc_new_SouthStudy" (
  case_id uuid, age bigint, sex text collate "C", diagnosis text collate "C", outcome text collate "C",
  review text collate "C", minor boolean
);

create table if not exists public."bxc_delta_SouthStudy" (
  bxc_op text, bxc_old_case_id uuid, case_id uuid, age bigint, sex text collate "C",
  diagnosis text collate "C", outcome text collate "C", review text collate "C", minor boolean
);

-- every staged row that breaks a rule
create or replace view public."bxc_violations_SouthStudy" as
select * from (
  with
    "bxc_seen_SouthStudy" as materialized (
      select
        case when not (s.consent) is true then 1 else 0 end as bxc_layer, s.case_id, s.name, s.age, s.sex,
        s.diagnosis, s.outcome, s.review, s.consent
      from (
        select bxc_old_case_id as case_id from public."bxc_delta_SouthStudy" where bxc_op <> 'insert'
        union
        select case_id from public."bxc_delta_SouthStudy"
        where bxc_op = 'insert'
          or bxc_op = 'update' and case_id is distinct from bxc_old_case_id
      ) as w
      join public."SouthCase" as s on s.case_id = w.case_id
    ),
    "bxc_work_SouthStudy" as materialized (
      with
        bxc_key as (
          select case_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from "bxc_seen_SouthStudy"
          group by case_id
        ),
        bxc_old as (
          select w.bxc_old_case_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.case_id <> w.bxc_old_case_id) as bxc_renamed
          from public."bxc_delta_SouthStudy" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_case_id
        ),
        bxc_new as (
          select w.case_id, count(*) as bxc_count
          from public."bxc_delta_SouthStudy" as w
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
        from public."bxc_delta_SouthStudy" as w
        left join bxc_key as o on o.case_id = w.bxc_old_case_id
        left join bxc_key as n on n.case_id = w.case_id
        left join bxc_old as p on p.bxc_old_case_id = w.bxc_old_case_id
        left join bxc_old as l on l.bxc_old_case_id = w.case_id
        left join bxc_new as c on c.case_id = w.case_id
      ) as w
    ),
    "bxc_effect_SouthStudy" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.case_id is distinct from e.bxc_old_case_id) as bxc_leaves
      from (
        select e.*,
          (e.case_id is distinct from e.bxc_old_case_id or e.name is distinct from e.bxc_old_name or
          e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or
          e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or
          e.review is distinct from e.bxc_old_review or e.consent is distinct from e.bxc_old_consent) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
            w.minor as bxc_view_minor, s.case_id as bxc_old_case_id, s.name as bxc_old_name, s.age as bxc_old_age,
            s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis, s.outcome as bxc_old_outcome,
            s.review as bxc_old_review, s.consent as bxc_old_consent,
            case when k.bxc_kind in ('update', 'keep') then w.case_id else s.case_id end as case_id, s.name as name,
            case when k.bxc_kind in ('update', 'keep') then w.age else s.age end as age,
            case when k.bxc_kind in ('update', 'keep') then w.sex else s.sex end as sex,
            case when k.bxc_kind in ('update', 'keep') then w.diagnosis else s.diagnosis end as diagnosis,
            case when k.bxc_kind in ('update', 'keep') then w.outcome else s.outcome end as outcome,
            case when k.bxc_kind in ('update', 'keep') then w.review else s.review end as review, s.consent as consent
          from "bxc_work_SouthStudy" as w
          join "bxc_seen_SouthStudy" as s on s.case_id = w.bxc_key_case_id
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
            w.minor as bxc_view_minor, cast(null as uuid) as bxc_old_case_id, cast(null as text) as bxc_old_name,
            cast(null as bigint) as bxc_old_age, cast(null as text) as bxc_old_sex,
            cast(null as text) as bxc_old_diagnosis, cast(null as text) as bxc_old_outcome,
            cast(null as text) as bxc_old_review, cast(null as boolean) as bxc_old_consent, w.case_id as case_id,
            cast(null as text) as name, w.age as age, w.sex as sex, w.diagnosis as diagnosis, w.outcome as outcome,
            w.review as review, cast(false as boolean) as consent
          from "bxc_work_SouthStudy" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'delta' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as case_id, b.bxc_detail
  from "bxc_work_SouthStudy" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.case_id is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_case_id is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_case_id is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'SouthStudy has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'SouthCase has a row with this key that SouthStudy does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)),
    ('BXC11', 'SouthCase has a row with the new key that SouthStudy does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC16', 'a new row needs a value for name, which the view hides',
      w.bxc_creates),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'case_id is NULL',
      w.bxc_op in ('insert', 'update') and w.case_id is null),
    ('BXC16', 'age is NULL',
      w.bxc_op in ('insert', 'update') and w.age is null),
    ('BXC16', 'sex is NULL',
      w.bxc_op in ('insert', 'update') and w.sex is null),
    ('BXC16', 'sex is no enum(''f'', ''m'', ''x'')',
      w.bxc_op in ('insert', 'update') and not (w.sex in ('f', 'm', 'x'))),
    ('BXC16', 'diagnosis is NULL',
      w.bxc_op in ('insert', 'update') and w.diagnosis is null),
    ('BXC16', 'diagnosis is no varchar(8)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.diagnosis) <= 8)),
    ('BXC16', 'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')',
      w.bxc_op in ('insert', 'update')
      and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))),
    ('BXC16', 'minor is NULL',
      w.bxc_op in ('insert', 'update') and w.minor is null),
    ('BXC18', 'SouthStudy has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown),
    ('BXC19', 'SouthStudy rejects deletes',
      w.bxc_op = 'delete' and w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'delta' as bxc_staged, e.bxc_listed_case_id as case_id, b.bxc_detail
  from "bxc_effect_SouthStudy" as e
  cross join lateral (values
    ('BXC10', 'SouthStudy has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of SouthStudy is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (e.consent) is true),
    ('BXC15', 'minor is computed, and stated otherwise',
      e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_minor is distinct from (e.age < 18)),
    ('BXC17', 'check plausible is false',
      e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age)
      and not (e.age >= 0 and e.age <= 130))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_listed_case_id as case_id,
    'another row of SouthCase has the same case_id' as bxc_detail
  from "bxc_effect_SouthStudy" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
    and exists (
      select 1 from (
        select case_id
        from (
          select s.case_id
          from (
            select distinct e.case_id as case_id
            from "bxc_effect_SouthStudy" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
          ) as t
          join "bxc_seen_SouthStudy" as s on t.case_id = s.case_id
          where not exists (
              select 1 from "bxc_effect_SouthStudy" as g
              where g.bxc_gone and g.bxc_old_case_id = s.case_id
            )
          union all
          select case_id from "bxc_effect_SouthStudy" where bxc_made
        ) as l
        group by case_id
        having count(*) > 1
      ) as r
      where r.case_id = e.case_id
    )
) as d
union all
select * from (
  with
    "bxc_batch_SouthStudy" as materialized (
      select * from (
        select
          case when v.case_id is null then 'insert' when n.case_id is null then 'delete' else 'update' end as bxc_op,
          v.case_id as bxc_old_case_id, n.case_id, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.minor
        from public."bxc_new_SouthStudy" as n
        full join public."SouthStudy" as v on n.case_id = v.case_id
        where v.case_id is null
          or n.case_id is null
          or (n.age is distinct from v.age or n.sex is distinct from v.sex or n.diagnosis is distinct from v.diagnosis or
          n.outcome is distinct from v.outcome or n.review is distinct from v.review or
          n.minor is distinct from v.minor)
          or (n.case_id) in (select case_id from public."bxc_new_SouthStudy" group by case_id having count(*) > 1)
      ) as b
      where exists (select 1 from public."bxc_new_SouthStudy")
    ),
    "bxc_seen_SouthStudy" as materialized (
      select
        case when not (s.consent) is true then 1 else 0 end as bxc_layer, s.case_id, s.name, s.age, s.sex,
        s.diagnosis, s.outcome, s.review, s.consent
      from (
        select bxc_old_case_id as case_id from "bxc_batch_SouthStudy" where bxc_op <> 'insert'
        union
        select case_id from "bxc_batch_SouthStudy"
        where bxc_op = 'insert'
          or bxc_op = 'update' and case_id is distinct from bxc_old_case_id
      ) as w
      join public."SouthCase" as s on s.case_id = w.case_id
    ),
    "bxc_work_SouthStudy" as materialized (
      with
        bxc_key as (
          select case_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
            bool_or(bxc_layer in (1)) as bxc_rejected
          from "bxc_seen_SouthStudy"
          group by case_id
        ),
        bxc_old as (
          select w.bxc_old_case_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.case_id <> w.bxc_old_case_id) as bxc_renamed
          from "bxc_batch_SouthStudy" as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_case_id
        ),
        bxc_new as (
          select w.case_id, count(*) as bxc_count
          from "bxc_batch_SouthStudy" as w
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
        from "bxc_batch_SouthStudy" as w
        left join bxc_key as o on o.case_id = w.bxc_old_case_id
        left join bxc_key as n on n.case_id = w.case_id
        left join bxc_old as p on p.bxc_old_case_id = w.bxc_old_case_id
        left join bxc_old as l on l.bxc_old_case_id = w.case_id
        left join bxc_new as c on c.case_id = w.case_id
      ) as w
    ),
    "bxc_effect_SouthStudy" as materialized (
      select e.*,
        e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
        e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
        e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
          and e.case_id is distinct from e.bxc_old_case_id) as bxc_leaves
      from (
        select e.*,
          (e.case_id is distinct from e.bxc_old_case_id or e.name is distinct from e.bxc_old_name or
          e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or
          e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or
          e.review is distinct from e.bxc_old_review or e.consent is distinct from e.bxc_old_consent) as bxc_changed
        from (
          select
            k.bxc_kind as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
            w.minor as bxc_view_minor, s.case_id as bxc_old_case_id, s.name as bxc_old_name, s.age as bxc_old_age,
            s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis, s.outcome as bxc_old_outcome,
            s.review as bxc_old_review, s.consent as bxc_old_consent,
            case when k.bxc_kind in ('update', 'keep') then w.case_id else s.case_id end as case_id, s.name as name,
            case when k.bxc_kind in ('update', 'keep') then w.age else s.age end as age,
            case when k.bxc_kind in ('update', 'keep') then w.sex else s.sex end as sex,
            case when k.bxc_kind in ('update', 'keep') then w.diagnosis else s.diagnosis end as diagnosis,
            case when k.bxc_kind in ('update', 'keep') then w.outcome else s.outcome end as outcome,
            case when k.bxc_kind in ('update', 'keep') then w.review else s.review end as review, s.consent as consent
          from "bxc_work_SouthStudy" as w
          join "bxc_seen_SouthStudy" as s on s.case_id = w.bxc_key_case_id
          cross join lateral (select case
          when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
          when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
        end as bxc_kind) as k
          where k.bxc_kind is not null
          union all
          select
            'insert' as bxc_kind,
            case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
            w.minor as bxc_view_minor, cast(null as uuid) as bxc_old_case_id, cast(null as text) as bxc_old_name,
            cast(null as bigint) as bxc_old_age, cast(null as text) as bxc_old_sex,
            cast(null as text) as bxc_old_diagnosis, cast(null as text) as bxc_old_outcome,
            cast(null as text) as bxc_old_review, cast(null as boolean) as bxc_old_consent, w.case_id as case_id,
            cast(null as text) as name, w.age as age, w.sex as sex, w.diagnosis as diagnosis, w.outcome as outcome,
            w.review as review, cast(false as boolean) as consent
          from "bxc_work_SouthStudy" as w
          where w.bxc_creates
        ) as e
      ) as e
    )
  select b.bxc_code, 'new' as bxc_staged,
    case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as case_id, b.bxc_detail
  from "bxc_work_SouthStudy" as w
  cross join lateral (values
    ('BXC10', 'the key has a NULL',
      w.bxc_op in ('insert', 'update') and (w.case_id is null)),
    ('BXC10', 'the old key has a NULL',
      w.bxc_op in ('update', 'delete') and (w.bxc_old_case_id is null)),
    ('BXC10', 'an insert has an old key',
      w.bxc_op = 'insert' and (w.bxc_old_case_id is not null)),
    ('BXC10', 'another staged row has the same old key',
      w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1),
    ('BXC10', 'another staged row has the same key',
      w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1),
    ('BXC10', 'another staged row deletes this key: stage one update instead of both',
      w.bxc_op = 'insert' and w.bxc_key_deleted),
    ('BXC10', 'SouthStudy has another row with the new key',
      w.bxc_renames and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)),
    ('BXC11', 'SouthCase has a row with this key that SouthStudy does not show',
      w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)),
    ('BXC11', 'SouthCase has a row with the new key that SouthStudy does not show',
      w.bxc_renames and w.bxc_new_hidden),
    ('BXC16', 'a new row needs a value for name, which the view hides',
      w.bxc_creates),
    ('BXC16', 'bxc_op is none of insert, update, delete',
      coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')),
    ('BXC16', 'case_id is NULL',
      w.bxc_op in ('insert', 'update') and w.case_id is null),
    ('BXC16', 'age is NULL',
      w.bxc_op in ('insert', 'update') and w.age is null),
    ('BXC16', 'sex is NULL',
      w.bxc_op in ('insert', 'update') and w.sex is null),
    ('BXC16', 'sex is no enum(''f'', ''m'', ''x'')',
      w.bxc_op in ('insert', 'update') and not (w.sex in ('f', 'm', 'x'))),
    ('BXC16', 'diagnosis is NULL',
      w.bxc_op in ('insert', 'update') and w.diagnosis is null),
    ('BXC16', 'diagnosis is no varchar(8)',
      w.bxc_op in ('insert', 'update') and not (char_length(w.diagnosis) <= 8)),
    ('BXC16', 'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')',
      w.bxc_op in ('insert', 'update')
      and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))),
    ('BXC16', 'minor is NULL',
      w.bxc_op in ('insert', 'update') and w.minor is null),
    ('BXC18', 'SouthStudy has no row with the old key',
      w.bxc_op = 'update' and not w.bxc_old_shown),
    ('BXC19', 'SouthStudy rejects deletes',
      w.bxc_op = 'delete' and w.bxc_old_shown)
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select b.bxc_code, 'new' as bxc_staged, e.bxc_listed_case_id as case_id, b.bxc_detail
  from "bxc_effect_SouthStudy" as e
  cross join lateral (values
    ('BXC10', 'SouthStudy has a row with this key and other values',
      e.bxc_kind = 'keep' and e.bxc_changed),
    ('BXC12', 'where of SouthStudy is not true for the row',
      e.bxc_kind in ('insert', 'update', 'revive') and not (e.consent) is true),
    ('BXC15', 'minor is computed, and stated otherwise',
      e.bxc_kind in ('insert', 'update', 'revive', 'keep')
      and e.bxc_view_minor is distinct from (e.age < 18)),
    ('BXC17', 'check plausible is false',
      e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age)
      and not (e.age >= 0 and e.age <= 130))
  ) as b (bxc_code, bxc_detail, bxc_broken)
  where b.bxc_broken
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_listed_case_id as case_id,
    'another row of SouthCase has the same case_id' as bxc_detail
  from "bxc_effect_SouthStudy" as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
    and exists (
      select 1 from (
        select case_id
        from (
          select s.case_id
          from (
            select distinct e.case_id as case_id
            from "bxc_effect_SouthStudy" as e
            where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
          ) as t
          join "bxc_seen_SouthStudy" as s on t.case_id = s.case_id
          where not exists (
              select 1 from "bxc_effect_SouthStudy" as g
              where g.bxc_gone and g.bxc_old_case_id = s.case_id
            )
          union all
          select case_id from "bxc_effect_SouthStudy" where bxc_made
        ) as l
        group by case_id
        having count(*) > 1
      ) as r
      where r.case_id = e.case_id
    )
) as n;

-- the put
create or replace function public."bxc_steps_SouthStudy"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
declare
  bxc_many boolean;
begin
  bxc_many := (select count(*) from (select 1 from "bxc_batch_SouthStudy" limit 501) as b) > 500;
  analyze "bxc_batch_SouthStudy";

  -- the source rows whose keys are staged; bxc_layer is 0 where the view shows the row
  drop table if exists pg_temp."bxc_seen_SouthStudy";
  create temporary table "bxc_seen_SouthStudy" on commit drop as
  select
    case when not (s.consent) is true then 1 else 0 end as bxc_layer, s.case_id, s.name, s.age, s.sex,
    s.diagnosis, s.outcome, s.review, s.consent
  from (
    select bxc_old_case_id as case_id from "bxc_batch_SouthStudy" where bxc_op <> 'insert'
    union
    select case_id from "bxc_batch_SouthStudy"
    where bxc_op = 'insert'
      or bxc_op = 'update' and case_id is distinct from bxc_old_case_id
  ) as w
  join public."SouthCase" as s on s.case_id = w.case_id;
  if bxc_many then analyze "bxc_seen_SouthStudy"; end if;

  -- the staged rows, with what is known of their keys
  drop table if exists pg_temp."bxc_work_SouthStudy";
  create temporary table "bxc_work_SouthStudy" on commit drop as
  with
    bxc_key as (
      select case_id, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden,
        bool_or(bxc_layer in (1)) as bxc_rejected
      from "bxc_seen_SouthStudy"
      group by case_id
    ),
    bxc_old as (
      select w.bxc_old_case_id, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
        bool_or(w.bxc_op = 'update' and w.case_id <> w.bxc_old_case_id) as bxc_renamed
      from "bxc_batch_SouthStudy" as w
      where w.bxc_op in ('update', 'delete')
      group by w.bxc_old_case_id
    ),
    bxc_new as (
      select w.case_id, count(*) as bxc_count
      from "bxc_batch_SouthStudy" as w
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
    from "bxc_batch_SouthStudy" as w
    left join bxc_key as o on o.case_id = w.bxc_old_case_id
    left join bxc_key as n on n.case_id = w.case_id
    left join bxc_old as p on p.bxc_old_case_id = w.bxc_old_case_id
    left join bxc_old as l on l.bxc_old_case_id = w.case_id
    left join bxc_new as c on c.case_id = w.case_id
  ) as w;
  if bxc_many then analyze "bxc_work_SouthStudy"; end if;

  -- every source row that they touch, before and after
  drop table if exists pg_temp."bxc_effect_SouthStudy";
  create temporary table "bxc_effect_SouthStudy" on commit drop as
  select e.*,
    e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,
    e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,
    e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')
      and e.case_id is distinct from e.bxc_old_case_id) as bxc_leaves
  from (
    select e.*,
      (e.case_id is distinct from e.bxc_old_case_id or e.name is distinct from e.bxc_old_name or
      e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or
      e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or
      e.review is distinct from e.bxc_old_review or e.consent is distinct from e.bxc_old_consent) as bxc_changed
    from (
      select
        k.bxc_kind as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
        w.minor as bxc_view_minor, s.case_id as bxc_old_case_id, s.name as bxc_old_name, s.age as bxc_old_age,
        s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis, s.outcome as bxc_old_outcome,
        s.review as bxc_old_review, s.consent as bxc_old_consent,
        case when k.bxc_kind in ('update', 'keep') then w.case_id else s.case_id end as case_id, s.name as name,
        case when k.bxc_kind in ('update', 'keep') then w.age else s.age end as age,
        case when k.bxc_kind in ('update', 'keep') then w.sex else s.sex end as sex,
        case when k.bxc_kind in ('update', 'keep') then w.diagnosis else s.diagnosis end as diagnosis,
        case when k.bxc_kind in ('update', 'keep') then w.outcome else s.outcome end as outcome,
        case when k.bxc_kind in ('update', 'keep') then w.review else s.review end as review, s.consent as consent
      from "bxc_work_SouthStudy" as w
      join "bxc_seen_SouthStudy" as s on s.case_id = w.bxc_key_case_id
      cross join lateral (select case
      when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
      when w.bxc_op = 'insert' and s.bxc_layer = 0 and (w.bxc_new_shown and not w.bxc_key_renamed) then 'keep'
    end as bxc_kind) as k
      where k.bxc_kind is not null
      union all
      select
        'insert' as bxc_kind,
        case when w.bxc_op = 'delete' then w.bxc_old_case_id else w.case_id end as bxc_listed_case_id,
        w.minor as bxc_view_minor, cast(null as uuid) as bxc_old_case_id, cast(null as text) as bxc_old_name,
        cast(null as bigint) as bxc_old_age, cast(null as text) as bxc_old_sex,
        cast(null as text) as bxc_old_diagnosis, cast(null as text) as bxc_old_outcome,
        cast(null as text) as bxc_old_review, cast(null as boolean) as bxc_old_consent, w.case_id as case_id,
        cast(null as text) as name, w.age as age, w.sex as sex, w.diagnosis as diagnosis, w.outcome as outcome,
        w.review as review, cast(false as boolean) as consent
      from "bxc_work_SouthStudy" as w
      where w.bxc_creates
    ) as e
  ) as e;
  analyze "bxc_effect_SouthStudy";
end
$bxc$;

create or replace function public."bxc_apply_SouthStudy"() returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
declare
  bxc_refused text;
  bxc_number bigint;
begin
  -- the guard: refuses with the lowest code that applies
  select min(b.bxc_code) into bxc_refused
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
        then 'BXC10'  -- SouthStudy has another row with the new key
      when w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
        then 'BXC11'  -- SouthCase has a row with this key that SouthStudy does not show
      when w.bxc_renames and w.bxc_new_hidden
        then 'BXC11'  -- SouthCase has a row with the new key that SouthStudy does not show
      when w.bxc_creates
        then 'BXC16'  -- a new row needs a value for name, which the view hides
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
      when w.bxc_op in ('insert', 'update') and not (char_length(w.diagnosis) <= 8)
        then 'BXC16'  -- diagnosis is no varchar(8)
      when w.bxc_op in ('insert', 'update')
        and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))
        then 'BXC16'  -- outcome is no enum('recovered', 'improved', 'unchanged', 'died')
      when w.bxc_op in ('insert', 'update') and w.minor is null
        then 'BXC16'  -- minor is NULL
      when w.bxc_op = 'update' and not w.bxc_old_shown
        then 'BXC18'  -- SouthStudy has no row with the old key
      when w.bxc_op = 'delete' and w.bxc_old_shown
        then 'BXC19'  -- SouthStudy rejects deletes
    end as bxc_code
    from "bxc_work_SouthStudy" as w
    union all
    select case
      when e.bxc_kind = 'keep' and e.bxc_changed
        then 'BXC10'  -- SouthStudy has a row with this key and other values
      when e.bxc_kind in ('insert', 'update', 'revive') and not (e.consent) is true
        then 'BXC12'  -- where of SouthStudy is not true for the row
      when e.bxc_kind in ('insert', 'update', 'revive', 'keep')
        and e.bxc_view_minor is distinct from (e.age < 18)
        then 'BXC15'  -- minor is computed, and stated otherwise
      when e.bxc_made and (e.bxc_kind = 'insert' or e.age is distinct from e.bxc_old_age)
        and not (e.age >= 0 and e.age <= 130)
        then 'BXC17'  -- check plausible is false
    end
    from "bxc_effect_SouthStudy" as e
    union all
    -- another row of SouthCase has the same case_id
    select 'BXC17'
    from "bxc_effect_SouthStudy" as e
    where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
      and exists (
        select 1 from (
          select case_id
          from (
            select s.case_id
            from (
              select distinct e.case_id as case_id
              from "bxc_effect_SouthStudy" as e
              where e.bxc_made and (e.bxc_kind = 'insert' or e.case_id is distinct from e.bxc_old_case_id)
            ) as t
            join "bxc_seen_SouthStudy" as s on t.case_id = s.case_id
            where not exists (
                select 1 from "bxc_effect_SouthStudy" as g
                where g.bxc_gone and g.bxc_old_case_id = s.case_id
              )
            union all
            select case_id from "bxc_effect_SouthStudy" where bxc_made
          ) as l
          group by case_id
          having count(*) > 1
        ) as r
        where r.case_id = e.case_id
      )
  ) as b;
  if bxc_refused is not null then
    raise exception using errcode = bxc_refused, message =
      case bxc_refused
        when 'BXC10' then 'BXC10 SouthStudy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_SouthStudy'
        when 'BXC11' then 'BXC11 SouthStudy: a key belongs to a source row that the view does not show; see bxc_violations_SouthStudy'
        when 'BXC12' then 'BXC12 SouthStudy: a row does not fulfil the condition of the view; see bxc_violations_SouthStudy'
        when 'BXC14' then 'BXC14 SouthStudy: a new row has no value for a key column that the view hides; see bxc_violations_SouthStudy'
        when 'BXC15' then 'BXC15 SouthStudy: a computed column is stated otherwise than its inputs give it; see bxc_violations_SouthStudy'
        when 'BXC16' then 'BXC16 SouthStudy: a value is outside its type, or NULL where the view has none; see bxc_violations_SouthStudy'
        when 'BXC17' then 'BXC17 SouthStudy: a constraint of the source would be broken; see bxc_violations_SouthStudy'
        when 'BXC18' then 'BXC18 SouthStudy: an update speaks of a key that no row has; see bxc_violations_SouthStudy'
        when 'BXC19' then 'BXC19 SouthStudy: a row must not vanish from the view; see bxc_violations_SouthStudy'
      end;
  end if;

  if not exists (select 1 from "bxc_effect_SouthStudy" where bxc_gone or bxc_made) then return null; end if;

  -- the put captures its edits itself, and asks for no right
  update public.bxc_session set uncaptured = true where source = 'SouthCase';

  with bxc_left as (
    delete from public."SouthCase" as s using "bxc_effect_SouthStudy" as e
    where e.bxc_leaves and s.case_id = e.bxc_old_case_id
    returning 1
  )
  insert into public."SouthCase" as s (
      case_id, name, age, sex, diagnosis, outcome, review, consent
  )
  select
      e.case_id, e.name, e.age, e.sex, e.diagnosis, e.outcome, e.review, e.consent
  from "bxc_effect_SouthStudy" as e
  where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first
  on conflict (case_id) do update set
      name = excluded.name, age = excluded.age, sex = excluded.sex, diagnosis = excluded.diagnosis,
      outcome = excluded.outcome, review = excluded.review, consent = excluded.consent;

  update public.bxc_session set uncaptured = false where source = 'SouthCase';

  -- capture: one number for the whole put, for its rows change at once
  bxc_number := nextval('public."bxc_seq_SouthCase"');
  insert into public."bxc_change_SouthCase" (
    bxc_seq, bxc_op, bxc_via, bxc_old_case_id, bxc_old_name, bxc_old_age, bxc_old_sex, bxc_old_diagnosis,
    bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, name, age, sex, diagnosis, outcome, review,
    consent
  )
  select
    bxc_number, case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end, 'SouthStudy',
    bxc_old_case_id, bxc_old_name, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome,
    bxc_old_review, bxc_old_consent, case_id, name, age, sex, diagnosis, outcome, review, consent
  from "bxc_effect_SouthStudy" where bxc_gone or bxc_made;

  return bxc_number;
end
$bxc$;

create or replace function public."bxc_put_SouthStudy"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."SouthCase" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_SouthStudy";
  create temporary table "bxc_batch_SouthStudy" on commit drop as
  select
    case when v.case_id is null then 'insert' when n.case_id is null then 'delete' else 'update' end as bxc_op,
    v.case_id as bxc_old_case_id, n.case_id, n.age, n.sex, n.diagnosis, n.outcome, n.review, n.minor
  from public."bxc_new_SouthStudy" as n
  full join public."SouthStudy" as v on n.case_id = v.case_id
  where v.case_id is null
    or n.case_id is null
    or (n.age is distinct from v.age or n.sex is distinct from v.sex or n.diagnosis is distinct from v.diagnosis or
    n.outcome is distinct from v.outcome or n.review is distinct from v.review or
    n.minor is distinct from v.minor);

  -- a key is staged twice
  if exists (select case_id from public."bxc_new_SouthStudy" group by case_id having count(*) > 1) then
    raise exception using errcode = 'BXC10', message =
      'BXC10 SouthStudy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_SouthStudy';
  end if;

  perform public."bxc_steps_SouthStudy"();

  perform public."bxc_apply_SouthStudy"();
end
$bxc$;

create or replace function public."bxc_put_delta_SouthStudy"() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $bxc$
begin
  lock table public."SouthCase" in share row exclusive mode;

  drop table if exists pg_temp."bxc_batch_SouthStudy";
  create temporary table "bxc_batch_SouthStudy" on commit drop as
  select * from public."bxc_delta_SouthStudy";

  perform public."bxc_steps_SouthStudy"();

  perform public."bxc_apply_SouthStudy"();
end
$bxc$;

revoke execute on function public."bxc_steps_SouthStudy"() from public;

revoke execute on function public."bxc_apply_SouthStudy"() from public;

revoke execute on function public."bxc_put_SouthStudy"() from public;

revoke execute on function public."bxc_put_delta_SouthStudy"() from public;

-- edits of the view itself; as definer, for who edits the view has no rights on what is behind it
create or replace function public."bxc_edit_SouthStudy"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
security definer
as $bxc$
declare
  bxc_number bigint;
begin
  lock table public."SouthCase" in share row exclusive mode;

  if tg_op = 'INSERT' then
    drop table if exists pg_temp."bxc_batch_SouthStudy";
    create temporary table "bxc_batch_SouthStudy" on commit drop as
    select text 'insert' as bxc_op, cast(null as uuid) as bxc_old_case_id, new.case_id as case_id, new.age as age,
      new.sex as sex, new.diagnosis as diagnosis, new.outcome as outcome, new.review as review,
      new.minor as minor;
  elsif tg_op = 'UPDATE' then
    drop table if exists pg_temp."bxc_batch_SouthStudy";
    create temporary table "bxc_batch_SouthStudy" on commit drop as
    select text 'update' as bxc_op, old.case_id as bxc_old_case_id, new.case_id as case_id, new.age as age,
      new.sex as sex, new.diagnosis as diagnosis, new.outcome as outcome, new.review as review,
      new.minor as minor;
  else
    drop table if exists pg_temp."bxc_batch_SouthStudy";
    create temporary table "bxc_batch_SouthStudy" on commit drop as
    select text 'delete' as bxc_op, old.case_id as bxc_old_case_id, cast(null as uuid) as case_id,
      cast(null as bigint) as age, cast(null as text) as sex, cast(null as text) as diagnosis,
      cast(null as text) as outcome, cast(null as text) as review, cast(null as boolean) as minor;
  end if;

  perform public."bxc_steps_SouthStudy"();

  if tg_op = 'INSERT' and new.minor is null or tg_op = 'UPDATE' and not new.minor is distinct from old.minor then
    update "bxc_work_SouthStudy" set minor = (select (e.age < 18) from "bxc_effect_SouthStudy" as e limit 1);
    update "bxc_effect_SouthStudy" set bxc_view_minor = (select (e.age < 18) from "bxc_effect_SouthStudy" as e limit 1);
  end if;

  bxc_number := public."bxc_apply_SouthStudy"();

  if bxc_number is not null then
    perform public."bxc_judge_SouthCase"(bxc_number);
  end if;

  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$bxc$;

create or replace trigger "bxc_edit_SouthStudy"
instead of insert or update or delete on public."SouthStudy"
for each row execute function public."bxc_edit_SouthStudy"();

-- its editors, by this peer's rights
create or replace function public."bxc_grant_SouthStudy"() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $bxc$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'bxc_research_consortium_South') then
    return null;
  end if;

  revoke all on public."SouthStudy" from "bxc_research_consortium_South";
  grant select on public."SouthStudy" to "bxc_research_consortium_South";

  if exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'insert' and attribute = '' and granted) then
    grant insert on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'delete' and attribute = '' and granted) then
    grant delete on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'case_id' and granted) then
    grant update (case_id) on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'age' and granted) then
    grant update (age) on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'sex' and granted) then
    grant update (sex) on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'diagnosis' and granted) then
    grant update (diagnosis) on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'outcome' and granted) then
    grant update (outcome) on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  if exists (select 1 from public.bxc_rights where share = 'south_cases' and operation = 'update' and attribute = 'review' and granted) then
    grant update (review) on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  if true then
    grant update (minor) on public."SouthStudy" to "bxc_research_consortium_South";
  end if;

  return null;
end
$bxc$;

create or replace trigger "bxc_grant_SouthStudy"
after insert or update or delete on public.bxc_rights
for each statement execute function public."bxc_grant_SouthStudy"();

update public.bxc_rights set granted = granted where false;  -- grants what is granted now
