-- NorthStudy: view of NorthCase, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists NorthStudy as
select
  s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.age < 18 as minor
from NorthCase as s
where s.consent;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_NorthStudy (
  case_id text, age integer, sex text, diagnosis text, outcome text, review text, minor integer
) strict;

create table if not exists bxc_delta_NorthStudy (
  bxc_op text, bxc_old_case_id text, case_id text, age integer, sex text, diagnosis text, outcome text,
  review text, minor integer
) strict;

create table if not exists bxc_work_NorthStudy (
  bxc_op text, bxc_old_case_id text, case_id text, age integer, sex text, diagnosis text, outcome text,
  review text, minor integer
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_NorthStudy (bxc_code, bxc_staged, case_id, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_case_id, case_id, age, sex, diagnosis, outcome, review, minor
    from bxc_delta_NorthStudy
    where (select putting from bxc_session) is null
    union all
    select 'new',
      iif(exists (select 1 from NorthCase as s where s.case_id = w.case_id and s.consent), 'update', 'insert'),
      iif(exists (select 1 from NorthCase as s where s.case_id = w.case_id and s.consent), w.case_id, null) as bxc_old_case_id,
      case_id, age, sex, diagnosis, outcome, review, minor
    from bxc_new_NorthStudy as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from NorthCase as s
        where s.case_id = w.case_id
          and s.consent
          and (s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.age < 18) is (w.case_id, w.age, w.sex, w.diagnosis, w.outcome, w.review, w.minor)
      )
      or w.case_id in (select x.case_id from bxc_new_NorthStudy as x where 1 group by x.case_id having count(*) > 1))
    union all
    select 'new', 'delete', s.case_id, null, null, null, null, null, null, null
    from bxc_session as i
    cross join NorthCase as s
    where i.putting is null
      and exists (select 1 from bxc_new_NorthStudy)
      and s.consent
      and not s.case_id in (select x.case_id from bxc_new_NorthStudy as x where x.case_id is not null)
    union all
    select 'work', bxc_op, bxc_old_case_id, case_id, age, sex, diagnosis, outcome, review, minor
    from bxc_work_NorthStudy
    where not (select putting from bxc_session) is null
  ),
  bxc_known as materialized (
    select w.*
    from bxc_stage as w
  ),
  bxc_judged as materialized (
    select w.*
    from bxc_known as w
  ),
  bxc_every_effect as (
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.case_id as bxc_key_case_id, w.minor as bxc_stated_minor,
      s.case_id as bxc_old_case_id, s.mrn as bxc_old_mrn, s.name as bxc_old_name, s.born as bxc_old_born,
      s.age as bxc_old_age, s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis, s.outcome as bxc_old_outcome,
      s.review as bxc_old_review, s.consent as bxc_old_consent, w.case_id as case_id, s.mrn as mrn, s.name as name,
      s.born as born, w.age as age, w.sex as sex, w.diagnosis as diagnosis, w.outcome as outcome, w.review as review,
      s.consent as consent
    from bxc_judged as w
    cross join NorthCase as s on s.case_id = w.bxc_old_case_id
    where likelihood(w.bxc_op = 'update', 0.0000001)
      and s.consent
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.case_id as bxc_key_case_id, w.minor as bxc_stated_minor,
      null as bxc_old_case_id, null as bxc_old_mrn, null as bxc_old_name, null as bxc_old_born, null as bxc_old_age,
      null as bxc_old_sex, null as bxc_old_diagnosis, null as bxc_old_outcome, null as bxc_old_review,
      null as bxc_old_consent, w.case_id as case_id, null as mrn, null as name, null as born, w.age as age,
      w.sex as sex, w.diagnosis as diagnosis, w.outcome as outcome, w.review as review, 0 as consent
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from NorthCase as s
        where s.case_id = w.case_id
          and (s.consent and (w.bxc_staged, w.case_id) in (
            select x.bxc_staged, x.bxc_old_case_id
            from bxc_judged as x
            where x.bxc_op = 'update' and x.case_id <> x.bxc_old_case_id
          )) is not true
      )
    union all
    select w.bxc_staged as bxc_staged, 'keep' as bxc_kind, w.case_id as bxc_key_case_id, w.minor as bxc_stated_minor,
      s.case_id as bxc_old_case_id, s.mrn as bxc_old_mrn, s.name as bxc_old_name, s.born as bxc_old_born,
      s.age as bxc_old_age, s.sex as bxc_old_sex, s.diagnosis as bxc_old_diagnosis, s.outcome as bxc_old_outcome,
      s.review as bxc_old_review, s.consent as bxc_old_consent, w.case_id as case_id, s.mrn as mrn, s.name as name,
      s.born as born, w.age as age, w.sex as sex, w.diagnosis as diagnosis, w.outcome as outcome, w.review as review,
      s.consent as consent
    from bxc_judged as w
    cross join NorthCase as s on s.case_id = w.case_id
    where likelihood(w.bxc_op = 'insert', 0.0000001)
      and s.consent
      and ((w.bxc_staged, w.case_id) in (select x.bxc_staged, x.bxc_old_case_id from bxc_judged as x where x.bxc_op = 'update' and x.case_id <> x.bxc_old_case_id)) is not true
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.case_id, a.mrn, a.name, a.born, a.age, a.sex, a.diagnosis, a.outcome, a.review, a.consent)
          is not (a.bxc_old_case_id, a.bxc_old_mrn, a.bxc_old_name, a.bxc_old_born, a.bxc_old_age, a.bxc_old_sex,
          a.bxc_old_diagnosis, a.bxc_old_outcome, a.bxc_old_review, a.bxc_old_consent) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.case_id, a.mrn, a.name, a.born, a.age, a.sex, a.diagnosis, a.outcome, a.review, a.consent)
          is not (a.bxc_old_case_id, a.bxc_old_mrn, a.bxc_old_name, a.bxc_old_born, a.bxc_old_age, a.bxc_old_sex,
          a.bxc_old_diagnosis, a.bxc_old_outcome, a.bxc_old_review, a.bxc_old_consent) as bxc_made
    from bxc_every_effect as a
  )
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id), 'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.case_id is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id), 'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_case_id is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id), 'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_case_id is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_case_id) in (
    select x.bxc_staged, x.bxc_old_case_id
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_case_id
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t.case_id) in (
    select x.bxc_staged, x.case_id
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x.case_id
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t.case_id) in (
    select x.bxc_staged, x.bxc_old_case_id
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'NorthStudy has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from NorthCase as s
    where s.case_id = t.case_id
      and s.consent
      and not ((s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review) is (t.case_id, t.age, t.sex, t.diagnosis, t.outcome, t.review))
      and (s.consent and (t.bxc_staged, t.case_id) in (
        select x.bxc_staged, x.bxc_old_case_id
        from bxc_judged as x
        where x.bxc_op = 'update' and x.case_id <> x.bxc_old_case_id
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'NorthStudy has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.case_id <> t.bxc_old_case_id
  and exists (select 1 from NorthCase as s where s.case_id = t.case_id and s.consent)
  and ((t.bxc_staged, t.case_id) in (
    select x.bxc_staged, x.bxc_old_case_id
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and x.case_id <> x.bxc_old_case_id)
  )) is not true
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'NorthCase has a row with the new key that NorthStudy does not show'
from bxc_judged as t
where t.bxc_op = 'update'
  and t.case_id <> t.bxc_old_case_id
  and exists (select 1 from NorthCase as s where s.case_id = t.case_id and (s.consent) is not true)
union all
select 'BXC11', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'NorthCase has a row with this key that NorthStudy does not show'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (select 1 from NorthCase as s where s.case_id = t.case_id and (s.consent) is not true)
  and not exists (
    select 1 from NorthCase as s
    where s.case_id = t.case_id
      and s.consent
      and (s.consent and (t.bxc_staged, t.case_id) in (
        select x.bxc_staged, x.bxc_old_case_id
        from bxc_judged as x
        where x.bxc_op = 'update' and x.case_id <> x.bxc_old_case_id
      )) is not true
  )
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'case_id is NULL'), (2, 'case_id is no uuid'), (3, 'age is NULL'), (4, 'sex is NULL'),
    (5, 'sex is no enum(''f'', ''m'', ''x'')'), (6, 'diagnosis is NULL'), (7, 'diagnosis is no varchar(8)'),
    (8, 'outcome is no enum(''recovered'', ''improved'', ''unchanged'', ''died'')'), (9, 'review is no text'),
    (10, 'minor is NULL'), (11, 'minor is no bool')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.case_id is null
    when 2 then not (t.case_id glob '????????-????-????-????-????????????' and t.case_id not glob '*[^-0-9a-f]*' and length(replace(t.case_id, '-', '')) = 32)
    when 3 then t.age is null
    when 4 then t.sex is null
    when 5 then not (t.sex in ('f', 'm', 'x'))
    when 6 then t.diagnosis is null
    when 7 then not (length(t.diagnosis) <= 8 and (instr(cast(t.diagnosis as blob), x'00') = 0 or instr(t.diagnosis, char(0)) = 0))
    when 8 then not (t.outcome in ('recovered', 'improved', 'unchanged', 'died'))
    when 9 then not ((instr(cast(t.review as blob), x'00') = 0 or instr(t.review, char(0)) = 0))
    when 10 then t.minor is null
    when 11 then not (t.minor in (0, 1))
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id),
  'NorthStudy has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (select 1 from NorthCase as s where s.case_id = t.bxc_old_case_id and s.consent)
union all
select 'BXC19', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_case_id, t.case_id), 'NorthStudy rejects deletes'
from bxc_judged as t
where t.bxc_op = 'delete'
  and exists (select 1 from NorthCase as s where s.case_id = t.bxc_old_case_id and s.consent)
union all
select 'BXC12', e.bxc_staged, e.bxc_key_case_id, 'where of NorthStudy is not true for the row'
from bxc_effect as e
where e.bxc_kind in ('insert', 'update', 'revive')
  and (e.consent) is not true
union all
select 'BXC16', e.bxc_staged, e.bxc_key_case_id, 'a new row needs a value for mrn, which the view hides'
from bxc_effect as e
where e.bxc_kind = 'insert'
union all
select 'BXC16', e.bxc_staged, e.bxc_key_case_id, 'a new row needs a value for name, which the view hides'
from bxc_effect as e
where e.bxc_kind = 'insert'
union all
select 'BXC16', e.bxc_staged, e.bxc_key_case_id, 'a new row needs a value for born, which the view hides'
from bxc_effect as e
where e.bxc_kind = 'insert'
union all
select 'BXC15', e.bxc_staged, e.bxc_key_case_id, 'minor is computed, and stated otherwise'
from bxc_effect as e
where e.bxc_kind in ('insert', 'update', 'revive', 'keep')
  and e.bxc_stated_minor is not (e.age < 18)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_case_id, 'check plausible is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.age is not e.bxc_old_age)
  and not (e.age >= 0 and e.age <= 130)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_case_id, 'another row of NorthCase has the same case_id'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.case_id is not e.bxc_old_case_id)
  and e.case_id is not null
  and (exists (
    select 1 from NorthCase as s
    where s.case_id = e.case_id
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_case_id = s.case_id
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.case_id = e.case_id
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ))
union all
select 'BXC17', e.bxc_staged, e.bxc_key_case_id, 'another row of NorthCase has the same mrn'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or e.mrn is not e.bxc_old_mrn)
  and e.mrn is not null
  and (exists (
    select 1 from NorthCase as s
    where s.mrn = e.mrn
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_case_id = s.case_id
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.mrn = e.mrn
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_NorthStudy (bxc_staged) as select null where 0;

create view if not exists bxc_delete_NorthStudy as select * from bxc_work_NorthStudy;

create trigger if not exists bxc_at_delete_NorthStudy instead of insert on bxc_delete_NorthStudy
begin
  select null;  -- left out, and so refused
end;

create view if not exists bxc_shift_NorthStudy as select * from bxc_work_NorthStudy;

create trigger if not exists bxc_at_shift_NorthStudy instead of insert on bxc_shift_NorthStudy
begin
  insert into bxc_change_NorthCase (
    bxc_op, bxc_via, bxc_old_case_id, bxc_old_mrn, bxc_old_name, bxc_old_born, bxc_old_age, bxc_old_sex,
    bxc_old_diagnosis, bxc_old_outcome, bxc_old_review, bxc_old_consent, case_id, mrn, name, born, age, sex,
    diagnosis, outcome, review, consent
  )
  select
    'update', 'NorthStudy', s.case_id, s.mrn, s.name, s.born, s.age, s.sex, s.diagnosis, s.outcome, s.review,
    s.consent, new.case_id, s.mrn, s.name, s.born, new.age, new.sex, new.diagnosis, new.outcome, new.review,
    s.consent
  from NorthCase as s
  where s.case_id = new.bxc_old_case_id
    and s.consent
    and (s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review) is not (new.case_id, new.age, new.sex, new.diagnosis, new.outcome, new.review);
end;

create view if not exists bxc_rewrite_NorthStudy as select * from bxc_change_NorthCase;

create trigger if not exists bxc_at_rewrite_NorthStudy instead of insert on bxc_rewrite_NorthStudy
begin
  update NorthCase set
    case_id = new.case_id, age = new.age, sex = new.sex, diagnosis = new.diagnosis, outcome = new.outcome,
    review = new.review, consent = new.consent
  where NorthCase.case_id = new.bxc_old_case_id;
end;

create view if not exists bxc_rekey_NorthStudy as select * from bxc_change_NorthCase;

create trigger if not exists bxc_at_rekey_NorthStudy instead of insert on bxc_rekey_NorthStudy
begin
  delete from NorthCase
  where NorthCase.case_id = new.bxc_old_case_id;
end;

create trigger if not exists bxc_move_NorthStudy instead of insert on bxc_put_NorthStudy
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'NorthCase',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_NorthCase);

  insert into bxc_shift_NorthStudy
  select * from bxc_work_NorthStudy as w
  where w.bxc_op = 'update' and w.case_id <> w.bxc_old_case_id;

  insert into bxc_rewrite_NorthStudy
  select * from bxc_change_NorthCase as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.case_id is c.bxc_old_case_id;

  insert into bxc_rekey_NorthStudy
  select * from bxc_change_NorthCase as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.case_id is not c.bxc_old_case_id;

  insert into NorthCase (
    case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent
  )
  select
    c.case_id, c.mrn, c.name, c.born, c.age, c.sex, c.diagnosis, c.outcome, c.review, c.consent
  from bxc_change_NorthCase as c
  where c.bxc_seq > (select moved from bxc_session)
    and c.case_id is not c.bxc_old_case_id
  on conflict do nothing;

  select raise(abort, 'BXC17 NorthStudy: a constraint of the source would be broken; see bxc_violations_NorthStudy')
  where changes() <> (
    select count(*)
    from bxc_change_NorthCase as c
    where c.bxc_seq > (select moved from bxc_session)
      and c.case_id is not c.bxc_old_case_id
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_NorthStudy instead of insert on bxc_put_NorthStudy
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_NorthStudy select * from bxc_delta_NorthStudy;

  insert into bxc_put_NorthStudy values ('work');
end;

create trigger if not exists bxc_stage_new_NorthStudy instead of insert on bxc_put_NorthStudy
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 NorthStudy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_NorthStudy')
  where exists (select x.case_id from bxc_new_NorthStudy as x where 1 group by x.case_id having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_NorthStudy (
    bxc_op, bxc_old_case_id, case_id, age, sex, diagnosis, outcome, review, minor
  )
  select
    iif(exists (select 1 from NorthCase as s where s.case_id = w.case_id and s.consent), 'update', 'insert'),
    iif(exists (select 1 from NorthCase as s where s.case_id = w.case_id and s.consent), w.case_id, null),
    w.case_id, w.age, w.sex, w.diagnosis, w.outcome, w.review, w.minor
  from bxc_new_NorthStudy as w
  where not exists (select 1 from NorthCase as s where s.case_id = w.case_id and s.consent and (s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review, s.age < 18) is (w.case_id, w.age, w.sex, w.diagnosis, w.outcome, w.review, w.minor));

  -- rows that are gone
  insert into bxc_work_NorthStudy (bxc_op, bxc_old_case_id)
  select 'delete', s.case_id
  from NorthCase as s
  where s.consent
    and not s.case_id in (select x.case_id from bxc_new_NorthStudy as x where 1);

  insert into bxc_put_NorthStudy values ('work');
end;

create trigger if not exists bxc_apply_NorthStudy instead of insert on bxc_put_NorthStudy
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'NorthStudy',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_NorthCase),
    written = 0,
    careful = exists (
      select 1 from bxc_work_NorthStudy as w
      where w.bxc_op = 'insert' and (w.case_id in (select x.bxc_old_case_id from bxc_work_NorthStudy as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and (w.case_id <> w.bxc_old_case_id)
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_NorthStudy as v)
    when 'BXC10' then raise(abort, 'BXC10 NorthStudy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_NorthStudy')
    when 'BXC11' then raise(abort, 'BXC11 NorthStudy: a key belongs to a source row that the view does not show; see bxc_violations_NorthStudy')
    when 'BXC12' then raise(abort, 'BXC12 NorthStudy: a row does not fulfil the condition of the view; see bxc_violations_NorthStudy')
    when 'BXC14' then raise(abort, 'BXC14 NorthStudy: a new row has no value for a key column that the view hides; see bxc_violations_NorthStudy')
    when 'BXC15' then raise(abort, 'BXC15 NorthStudy: a computed column is stated otherwise than its inputs give it; see bxc_violations_NorthStudy')
    when 'BXC16' then raise(abort, 'BXC16 NorthStudy: a value is outside its type, or NULL where the view has none; see bxc_violations_NorthStudy')
    when 'BXC17' then raise(abort, 'BXC17 NorthStudy: a constraint of the source would be broken; see bxc_violations_NorthStudy')
    when 'BXC18' then raise(abort, 'BXC18 NorthStudy: an update speaks of a key that no row has; see bxc_violations_NorthStudy')
    when 'BXC19' then raise(abort, 'BXC19 NorthStudy: a row must not vanish from the view; see bxc_violations_NorthStudy')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_NorthStudy
  select * from bxc_work_NorthStudy as w
  where w.bxc_op = 'delete';

  update NorthCase set
    age = w.age, sex = w.sex, diagnosis = w.diagnosis, outcome = w.outcome, review = w.review
  from bxc_work_NorthStudy as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.case_id = w.bxc_old_case_id
    and NorthCase.case_id = +w.bxc_old_case_id
    and NorthCase.consent
    and (NorthCase.age, NorthCase.sex, NorthCase.diagnosis, NorthCase.outcome, NorthCase.review) is not (w.age, w.sex, w.diagnosis, w.outcome, w.review)
    and w.case_id is not null
    and w.case_id glob '????????-????-????-????-????????????' and w.case_id not glob '*[^-0-9a-f]*' and length(replace(w.case_id, '-', '')) = 32
    and w.age is not null
    and w.sex is not null
    and w.sex in ('f', 'm', 'x')
    and w.diagnosis is not null
    and length(w.diagnosis) <= 8 and (instr(cast(w.diagnosis as blob), x'00') = 0 or instr(w.diagnosis, char(0)) = 0)
    and (w.outcome in ('recovered', 'improved', 'unchanged', 'died')) is not false
    and ((instr(cast(w.review as blob), x'00') = 0 or instr(w.review, char(0)) = 0)) is not false
    and w.minor is not null
    and w.minor in (0, 1)
    and w.minor is (w.age < 18)
    and (w.age is NorthCase.age or (w.age >= 0 and w.age <= 130) is not false);
  update bxc_session set written = written + changes();

  insert into bxc_put_NorthStudy select 'move' where (select careful from bxc_session);

  insert into NorthCase (
    case_id, mrn, name, born, age, sex, diagnosis, outcome, review, consent
  )
  select
    w.case_id, null, null, null, w.age, w.sex, w.diagnosis, w.outcome, w.review, 0
  from bxc_work_NorthStudy as w
  where w.bxc_op = 'insert'
    and w.bxc_old_case_id is null
    and not exists (select 1 from NorthCase as s where s.case_id = w.case_id)
    and w.case_id is not null
    and w.case_id glob '????????-????-????-????-????????????' and w.case_id not glob '*[^-0-9a-f]*' and length(replace(w.case_id, '-', '')) = 32
    and w.age is not null
    and w.sex is not null
    and w.sex in ('f', 'm', 'x')
    and w.diagnosis is not null
    and length(w.diagnosis) <= 8 and (instr(cast(w.diagnosis as blob), x'00') = 0 or instr(w.diagnosis, char(0)) = 0)
    and (w.outcome in ('recovered', 'improved', 'unchanged', 'died')) is not false
    and ((instr(cast(w.review as blob), x'00') = 0 or instr(w.review, char(0)) = 0)) is not false
    and w.minor is not null
    and w.minor in (0, 1)
    and (0) is true
    and w.minor is (w.age < 18)
    and 0
    and 0
    and 0
    and (w.age >= 0 and w.age <= 130) is not false
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_NorthStudy) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_case_id from bxc_work_NorthStudy as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_case_id having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.case_id from bxc_work_NorthStudy as x where x.bxc_op in ('insert', 'update') group by x.case_id having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_case_id is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_case_id is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.case_id is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.case_id is not null
              and w.case_id glob '????????-????-????-????-????????????' and w.case_id not glob '*[^-0-9a-f]*' and length(replace(w.case_id, '-', '')) = 32
              and w.age is not null
              and w.sex is not null
              and w.sex in ('f', 'm', 'x')
              and w.diagnosis is not null
              and length(w.diagnosis) <= 8 and (instr(cast(w.diagnosis as blob), x'00') = 0 or instr(w.diagnosis, char(0)) = 0)
              and (w.outcome in ('recovered', 'improved', 'unchanged', 'died')) is not false
              and ((instr(cast(w.review as blob), x'00') = 0 or instr(w.review, char(0)) = 0)) is not false
              and w.minor is not null
              and w.minor in (0, 1)
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_NorthStudy as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when (0) is not true then 'BXC12'
                  when w.minor is not (w.age < 18) then 'BXC15'
                  when 1 then 'BXC16'
                  when 1 then 'BXC16'
                  when 1 then 'BXC16'
                  when (w.age >= 0 and w.age <= 130) is false then 'BXC17'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select (s.consent) is true as shown,
                case
                  when not ((s.case_id, s.age, s.sex, s.diagnosis, s.outcome, s.review) is (w.case_id, w.age, w.sex, w.diagnosis, w.outcome, w.review)) then 'BXC10'
                  when w.minor is not (s.age < 18) then 'BXC15'
                  else null
                end as code
              from NorthCase as s
              where s.case_id = w.case_id
            )
          ) as code
          from bxc_work_NorthStudy as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when w.minor is not (w.age < 18) then 'BXC15'
                  when w.age is not s.age and (w.age >= 0 and w.age <= 130) is false then 'BXC17'
                  when (s.age, s.sex, s.diagnosis, s.outcome, s.review) is not (w.age, w.sex, w.diagnosis, w.outcome, w.review) then 'BXC17'
                  else null
                end as code
              from NorthCase as s
              where s.case_id = w.bxc_old_case_id and s.consent
            )
          ) as code
          from bxc_work_NorthStudy as w
          where w.bxc_op = 'update'
          union all
          select iif(exists (select 1 from NorthCase as s where s.case_id = w.bxc_old_case_id and s.consent), 'BXC19', null) as code
          from bxc_work_NorthStudy as w
          where w.bxc_op = 'delete'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 NorthStudy: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_NorthStudy')
    when 'BXC11' then raise(abort, 'BXC11 NorthStudy: a key belongs to a source row that the view does not show; see bxc_violations_NorthStudy')
    when 'BXC12' then raise(abort, 'BXC12 NorthStudy: a row does not fulfil the condition of the view; see bxc_violations_NorthStudy')
    when 'BXC14' then raise(abort, 'BXC14 NorthStudy: a new row has no value for a key column that the view hides; see bxc_violations_NorthStudy')
    when 'BXC15' then raise(abort, 'BXC15 NorthStudy: a computed column is stated otherwise than its inputs give it; see bxc_violations_NorthStudy')
    when 'BXC16' then raise(abort, 'BXC16 NorthStudy: a value is outside its type, or NULL where the view has none; see bxc_violations_NorthStudy')
    when 'BXC17' then raise(abort, 'BXC17 NorthStudy: a constraint of the source would be broken; see bxc_violations_NorthStudy')
    when 'BXC18' then raise(abort, 'BXC18 NorthStudy: an update speaks of a key that no row has; see bxc_violations_NorthStudy')
    when 'BXC19' then raise(abort, 'BXC19 NorthStudy: a row must not vanish from the view; see bxc_violations_NorthStudy')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_NorthStudy;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_NorthStudy instead of insert on NorthStudy
begin
  insert into bxc_work_NorthStudy (
    bxc_op, bxc_old_case_id, case_id, age, sex, diagnosis, outcome, review, minor
  ) values (
    'insert', null, new.case_id, new.age, new.sex, new.diagnosis, new.outcome, new.review,
    coalesce(new.minor, new.age < 18)
  );
  insert into bxc_put_NorthStudy values ('work');
  select raise(abort, 'BXC13 NorthStudy: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_NorthCase)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_NorthStudy instead of update on NorthStudy
begin
  insert into bxc_work_NorthStudy (
    bxc_op, bxc_old_case_id, case_id, age, sex, diagnosis, outcome, review, minor
  ) values (
    'update', old.case_id, new.case_id, new.age, new.sex, new.diagnosis, new.outcome, new.review,
    iif(new.minor is old.minor, new.age < 18, new.minor)
  );
  insert into bxc_put_NorthStudy values ('work');
  select raise(abort, 'BXC13 NorthStudy: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_NorthCase)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_NorthStudy instead of delete on NorthStudy
begin
  insert into bxc_work_NorthStudy (
    bxc_op, bxc_old_case_id, case_id, age, sex, diagnosis, outcome, review, minor
  ) values (
    'delete', old.case_id, null, null, null, null, null, null, null
  );
  insert into bxc_put_NorthStudy values ('work');
  select raise(abort, 'BXC13 NorthStudy: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_NorthCase)
    and not (select loading from bxc_session);
end;

-- rights to edit NorthCase where that changes NorthStudy
create trigger if not exists bxc_rights_insert_NorthStudy after insert on NorthCase
when exists (select 1 from bxc_session where putting is null and not loading)
  and new.consent
  and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 NorthStudy: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_NorthStudy after delete on NorthCase
when exists (select 1 from bxc_session where putting is null and not loading)
  and old.consent
  and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 NorthStudy: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_NorthStudy after update of case_id, age, sex, diagnosis, outcome, review, consent on NorthCase
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.case_id, old.age, old.sex, old.diagnosis, old.outcome, old.review, old.consent) is not (new.case_id, new.age, new.sex, new.diagnosis, new.outcome, new.review, new.consent)
begin
  select case
    when new.consent
        and (old.consent) is not true
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'insert' and attribute = '' and granted) then raise(abort, 'BXC13 NorthStudy: this peer has no right to insert rows')
    when old.consent
        and (new.consent) is not true
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'delete' and attribute = '' and granted) then raise(abort, 'BXC13 NorthStudy: this peer has no right to delete rows')
    when old.case_id is not new.case_id
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'case_id' and granted)
        and old.consent
        and new.consent then raise(abort, 'BXC13 NorthStudy: this peer has no right to update case_id')
    when old.age is not new.age
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'age' and granted)
        and old.consent
        and new.consent then raise(abort, 'BXC13 NorthStudy: this peer has no right to update age')
    when old.sex is not new.sex
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'sex' and granted)
        and old.consent
        and new.consent then raise(abort, 'BXC13 NorthStudy: this peer has no right to update sex')
    when old.diagnosis is not new.diagnosis
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'diagnosis' and granted)
        and old.consent
        and new.consent then raise(abort, 'BXC13 NorthStudy: this peer has no right to update diagnosis')
    when old.outcome is not new.outcome
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'outcome' and granted)
        and old.consent
        and new.consent then raise(abort, 'BXC13 NorthStudy: this peer has no right to update outcome')
    when old.review is not new.review
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and attribute = 'review' and granted)
        and old.consent
        and new.consent then raise(abort, 'BXC13 NorthStudy: this peer has no right to update review')
    when old.age < 18 is not new.age < 18
        and not exists (select 1 from bxc_rights where share = 'north_cases' and operation = 'update' and granted)
        and old.consent
        and new.consent then raise(abort, 'BXC13 NorthStudy: this peer has no right to update minor')
  end;
end;
