-- Puts a delta of the view, staged in bxc_delta_NorthStudy, into NorthCase: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind NorthCase.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read NorthCase.capture.sql  .read NorthStudy.put_delta.sql  commit;

create or replace temp table bxc_batch_NorthStudy as
select 'delta' as bxc_staged, bxc_op, bxc_old_case_id, case_id, age, sex, diagnosis, outcome, review, minor from bxc_delta_NorthStudy;

-- guard: the lowest code that applies
select case error_code
  when 'BXC10' then error('BXC10 NorthStudy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_NorthStudy')
  when 'BXC11' then error('BXC11 NorthStudy: a key belongs to a source row that the view does not show; see bxc_violations_NorthStudy')
  when 'BXC12' then error('BXC12 NorthStudy: a row does not fulfil the condition of the view; see bxc_violations_NorthStudy')
  when 'BXC14' then error('BXC14 NorthStudy: a new row has no value for a key column that the view hides; see bxc_violations_NorthStudy')
  when 'BXC15' then error('BXC15 NorthStudy: a computed column is stated otherwise than its inputs give it; see bxc_violations_NorthStudy')
  when 'BXC16' then error('BXC16 NorthStudy: a value is outside its type, or NULL where the view has none; see bxc_violations_NorthStudy')
  when 'BXC17' then error('BXC17 NorthStudy: a constraint of the source would be broken; see bxc_violations_NorthStudy')
  when 'BXC18' then error('BXC18 NorthStudy: an update speaks of a key that no row has; see bxc_violations_NorthStudy')
  when 'BXC19' then error('BXC19 NorthStudy: a row must not vanish from the view; see bxc_violations_NorthStudy')
end
from (
  with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from NorthCase as s where s.case_id = w.case_id and not (coalesce((s.consent), false) and exists (select 1 from bxc_batch_NorthStudy as x where x.bxc_staged = w.bxc_staged and x.bxc_old_case_id = w.case_id and x.bxc_op = 'update' and (x.case_id is distinct from x.bxc_old_case_id))))) as bxc_creates
    from bxc_batch_NorthStudy as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as bxc_key_case_id,
      w.minor as bxc_view_minor, s.case_id as bxc_old_case_id, s.mrn as bxc_old_mrn, s.name as bxc_old_name,
      s.born as bxc_old_born, s.age as bxc_old_age, s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis,
      s.outcome as bxc_old_outcome, s.review as bxc_old_review, s.consent as bxc_old_consent, w.case_id as case_id,
      s.mrn as mrn, s.name as name, s.born as born, w.age as age, w.sex as sex, w.diagnosis as diagnosis,
      w.outcome as outcome, w.review as review, s.consent as consent
    from work as w
    join NorthCase as s on s.case_id = w.bxc_old_case_id
    where w.bxc_op = 'update' and coalesce((s.consent), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as bxc_key_case_id,
      w.minor as bxc_view_minor, s.case_id as bxc_old_case_id, s.mrn as bxc_old_mrn, s.name as bxc_old_name,
      s.born as bxc_old_born, s.age as bxc_old_age, s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis,
      s.outcome as bxc_old_outcome, s.review as bxc_old_review, s.consent as bxc_old_consent, s.case_id as case_id,
      s.mrn as mrn, s.name as name, s.born as born, s.age as age, s.sex as sex, s.diagnosis as diagnosis,
      s.outcome as outcome, s.review as review, s.consent as consent
    from work as w
    join NorthCase as s on s.case_id = w.case_id
    where w.bxc_op = 'insert' and coalesce((s.consent), false) and s.case_id is not distinct from w.case_id and s.age is not distinct from w.age and s.sex is not distinct from w.sex and s.diagnosis is not distinct from w.diagnosis and s.outcome is not distinct from w.outcome and s.review is not distinct from w.review and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as bxc_key_case_id,
      w.minor as bxc_view_minor, cast(null as uuid) as bxc_old_case_id, cast(null as varchar) as bxc_old_mrn,
      cast(null as varchar) as bxc_old_name, cast(null as date) as bxc_old_born, cast(null as bigint) as bxc_old_age,
      cast(null as varchar) as bxc_old_sex, cast(null as varchar) as bxc_old_diagnosis,
      cast(null as varchar) as bxc_old_outcome, cast(null as varchar) as bxc_old_review,
      cast(null as boolean) as bxc_old_consent, w.case_id as case_id, cast(null as varchar) as mrn,
      cast(null as varchar) as name, cast(null as date) as born, w.age as age, w.sex as sex,
      w.diagnosis as diagnosis, w.outcome as outcome, w.review as review, cast(false as boolean) as consent
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.case_id is distinct from e.bxc_old_case_id or e.mrn is distinct from e.bxc_old_mrn or e.name is distinct from e.bxc_old_name or e.born is distinct from e.bxc_old_born or e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or e.review is distinct from e.bxc_old_review or e.consent is distinct from e.bxc_old_consent)
  ),
  batch as (
    select distinct bxc_staged from work
  ),
  after as (
    select b.bxc_staged, false as bxc_made, s.case_id, s.mrn, s.name, s.born, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.consent
    from NorthCase as s
    cross join batch as b
    where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and c.bxc_old_case_id = s.case_id)
    union all
    select c.bxc_staged, true, c.case_id, c.mrn, c.name, c.born, c.age, c.sex, c.diagnosis, c.outcome, c.review, c.consent from change as c where c.bxc_kind <> 'delete'
  ),
  violation as (
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'the key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (w.case_id is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'the old key has a NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (w.bxc_old_case_id is null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'an insert has an old key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and (w.bxc_old_case_id is not null)
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'two rows have this old key' as bxc_detail
    from work as w
    where w.bxc_op in ('update', 'delete') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('update', 'delete') and x.bxc_old_case_id = w.bxc_old_case_id) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'two rows have this new key' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and (select count(*) from work as x where x.bxc_staged = w.bxc_staged and x.bxc_op in ('insert', 'update') and x.case_id = w.case_id) > 1
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'another row deletes this key; say update instead' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_case_id = w.case_id and x.bxc_op = 'delete')
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'the key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from NorthCase as s where s.case_id = w.case_id and coalesce((s.consent), false) and not (s.case_id is not distinct from w.case_id and s.age is not distinct from w.age and s.sex is not distinct from w.sex and s.diagnosis is not distinct from w.diagnosis and s.outcome is not distinct from w.outcome and s.review is not distinct from w.review)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_case_id = w.case_id and x.bxc_op = 'update' and (x.case_id is distinct from x.bxc_old_case_id))
    union all
    select 'BXC10' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'the new key is taken by another row' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.case_id is distinct from w.bxc_old_case_id) and exists (select 1 from NorthCase as s where s.case_id = w.case_id and coalesce((s.consent), false)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_case_id = w.case_id and (x.bxc_op = 'delete' or (x.case_id is distinct from x.bxc_old_case_id)))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'a row that the view hides has the key' as bxc_detail
    from work as w
    where w.bxc_op = 'insert' and exists (select 1 from NorthCase as s where s.case_id = w.case_id and not coalesce((s.consent), false)) and not (exists (select 1 from NorthCase as s where s.case_id = w.case_id and coalesce((s.consent), false)) and not exists (select 1 from work as x where x.bxc_staged = w.bxc_staged and x.bxc_old_case_id = w.case_id and x.bxc_op = 'update' and (x.case_id is distinct from x.bxc_old_case_id)))
    union all
    select 'BXC11' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'a row that the view hides has the new key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and (w.case_id is distinct from w.bxc_old_case_id) and exists (select 1 from NorthCase as s where s.case_id = w.case_id and not coalesce((s.consent), false))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'a new row has no value for mrn' as bxc_detail
    from work as w
    where w.bxc_creates
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'a new row has no value for name' as bxc_detail
    from work as w
    where w.bxc_creates
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'a new row has no value for born' as bxc_detail
    from work as w
    where w.bxc_creates
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'bxc_op is not insert, update or delete' as bxc_detail
    from work as w
    where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'case_id is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.case_id is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'age is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.age is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'sex is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.sex is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'sex is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (w.sex in ('f', 'm', 'x'))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'diagnosis is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.diagnosis is null
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'diagnosis is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (length(w.diagnosis) <= 8 and not contains(w.diagnosis, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'outcome is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (w.outcome in ('recovered', 'improved', 'unchanged', 'died'))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'review is outside its type' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and not (not contains(w.review, chr(0)))
    union all
    select 'BXC16' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'minor is NULL' as bxc_detail
    from work as w
    where w.bxc_op in ('insert', 'update') and w.minor is null
    union all
    select 'BXC18' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'no row of the view has the old key' as bxc_detail
    from work as w
    where w.bxc_op = 'update' and not exists (select 1 from NorthCase as s where s.case_id = w.bxc_old_case_id and coalesce((s.consent), false))
    union all
    select 'BXC19' as bxc_code, w.bxc_staged as bxc_staged, case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as case_id, 'the view rejects deletes' as bxc_detail
    from work as w
    where w.bxc_op = 'delete' and exists (select 1 from NorthCase as s where s.case_id = w.bxc_old_case_id and coalesce((s.consent), false))
    union all
    select 'BXC12' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_case_id as case_id, 'where is not true for the row' as bxc_detail
    from effect as e
    where e.bxc_kind in ('insert', 'update', 'revive') and not coalesce((e.consent), false)
    union all
    select 'BXC15' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_case_id as case_id, 'minor is computed and stated otherwise' as bxc_detail
    from effect as e
    where e.bxc_kind in ('insert', 'update', 'revive', 'same') and e.bxc_view_minor is distinct from (e.age < 18)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_case_id as case_id, 'check plausible' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.age is distinct from e.bxc_old_age)) and not (e.age >= 0 and e.age <= 130)
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_case_id as case_id, 'primary key (case_id)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.case_id is distinct from e.bxc_old_case_id)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.case_id = e.case_id) > 1
    union all
    select 'BXC17' as bxc_code, e.bxc_staged as bxc_staged, e.bxc_key_case_id as case_id, 'unique (mrn)' as bxc_detail
    from change as e
    where e.bxc_kind <> 'delete' and (e.bxc_kind = 'insert' or (e.mrn is distinct from e.bxc_old_mrn)) and (select count(*) from after as a where a.bxc_staged = e.bxc_staged and a.mrn = e.mrn) > 1
  )
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table bxc_apply_NorthStudy as
with
  work as (
    select w.*, (w.bxc_op = 'insert' and not exists (select 1 from NorthCase as s where s.case_id = w.case_id and not (coalesce((s.consent), false) and exists (select 1 from bxc_batch_NorthStudy as x where x.bxc_staged = w.bxc_staged and x.bxc_old_case_id = w.case_id and x.bxc_op = 'update' and (x.case_id is distinct from x.bxc_old_case_id))))) as bxc_creates
    from bxc_batch_NorthStudy as w
  ),
  effect as (
    select
      w.bxc_staged as bxc_staged, 'update' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as bxc_key_case_id,
      w.minor as bxc_view_minor, s.case_id as bxc_old_case_id, s.mrn as bxc_old_mrn, s.name as bxc_old_name,
      s.born as bxc_old_born, s.age as bxc_old_age, s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis,
      s.outcome as bxc_old_outcome, s.review as bxc_old_review, s.consent as bxc_old_consent, w.case_id as case_id,
      s.mrn as mrn, s.name as name, s.born as born, w.age as age, w.sex as sex, w.diagnosis as diagnosis,
      w.outcome as outcome, w.review as review, s.consent as consent
    from work as w
    join NorthCase as s on s.case_id = w.bxc_old_case_id
    where w.bxc_op = 'update' and coalesce((s.consent), false)
    union all
    select
      w.bxc_staged as bxc_staged, 'same' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as bxc_key_case_id,
      w.minor as bxc_view_minor, s.case_id as bxc_old_case_id, s.mrn as bxc_old_mrn, s.name as bxc_old_name,
      s.born as bxc_old_born, s.age as bxc_old_age, s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis,
      s.outcome as bxc_old_outcome, s.review as bxc_old_review, s.consent as bxc_old_consent, s.case_id as case_id,
      s.mrn as mrn, s.name as name, s.born as born, s.age as age, s.sex as sex, s.diagnosis as diagnosis,
      s.outcome as outcome, s.review as review, s.consent as consent
    from work as w
    join NorthCase as s on s.case_id = w.case_id
    where w.bxc_op = 'insert' and coalesce((s.consent), false) and s.case_id is not distinct from w.case_id and s.age is not distinct from w.age and s.sex is not distinct from w.sex and s.diagnosis is not distinct from w.diagnosis and s.outcome is not distinct from w.outcome and s.review is not distinct from w.review and not w.bxc_creates
    union all
    select
      w.bxc_staged as bxc_staged, 'insert' as bxc_kind,
      case when w.bxc_op in ('update', 'delete') then w.bxc_old_case_id else w.case_id end as bxc_key_case_id,
      w.minor as bxc_view_minor, cast(null as uuid) as bxc_old_case_id, cast(null as varchar) as bxc_old_mrn,
      cast(null as varchar) as bxc_old_name, cast(null as date) as bxc_old_born, cast(null as bigint) as bxc_old_age,
      cast(null as varchar) as bxc_old_sex, cast(null as varchar) as bxc_old_diagnosis,
      cast(null as varchar) as bxc_old_outcome, cast(null as varchar) as bxc_old_review,
      cast(null as boolean) as bxc_old_consent, w.case_id as case_id, cast(null as varchar) as mrn,
      cast(null as varchar) as name, cast(null as date) as born, w.age as age, w.sex as sex,
      w.diagnosis as diagnosis, w.outcome as outcome, w.review as review, cast(false as boolean) as consent
    from work as w
    where w.bxc_creates
  ),
  change as (
    select e.* from effect as e
    where e.bxc_kind in ('insert', 'delete') or (e.case_id is distinct from e.bxc_old_case_id or e.mrn is distinct from e.bxc_old_mrn or e.name is distinct from e.bxc_old_name or e.born is distinct from e.bxc_old_born or e.age is distinct from e.bxc_old_age or e.sex is distinct from e.bxc_old_sex or e.diagnosis is distinct from e.bxc_old_diagnosis or e.outcome is distinct from e.bxc_old_outcome or e.review is distinct from e.bxc_old_review or e.consent is distinct from e.bxc_old_consent)
  )
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from NorthCase as s using bxc_apply_NorthStudy as c
where c.bxc_kind <> 'insert' and s.case_id = c.bxc_old_case_id;

insert into NorthCase (case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent)
select case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent from bxc_apply_NorthStudy where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into bxc_change_NorthCase (bxc_seq, bxc_op, bxc_via, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent)
select (select nextval('bxc_seq_NorthCase')),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  'NorthStudy', bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex, bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent
from bxc_apply_NorthStudy;

insert into bxc_journal_NorthCase (bxc_put, bxc_old_case_id, case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent)
select (select coalesce(max(bxc_put), 0) + 1 from bxc_journal_NorthCase), bxc_old_case_id, case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent
from bxc_apply_NorthStudy;

drop table bxc_batch_NorthStudy;
drop table bxc_apply_NorthStudy;
