-- OrdersAtLab: view of Analysis, staging, put and edits.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists OrdersAtLab as
select
  s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit
from Analysis as s;

-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own
create table if not exists bxc_new_OrdersAtLab (
  patient_id integer, order_no integer, ordered text, analyte text, status text, result integer, unit text
) strict;

create table if not exists bxc_delta_OrdersAtLab (
  bxc_op text, bxc_old_patient_id integer, bxc_old_order_no integer, patient_id integer, order_no integer,
  ordered text, analyte text, status text, result integer, unit text
) strict;

create table if not exists bxc_work_OrdersAtLab (
  bxc_op text, bxc_old_patient_id integer, bxc_old_order_no integer, patient_id integer, order_no integer,
  ordered text, analyte text, status text, result integer, unit text
) strict;

-- every staged row that breaks a rule
create view if not exists bxc_violations_OrdersAtLab (bxc_code, bxc_staged, patient_id, order_no, bxc_detail) as
with
  bxc_stage as materialized (
    select 'delta' as bxc_staged, bxc_op, bxc_old_patient_id, bxc_old_order_no, patient_id, order_no, ordered, analyte, status, result, unit
    from bxc_delta_OrdersAtLab
    where (select putting from bxc_session) is null
    union all
    select 'new',
      iif(exists (select 1 from Analysis as s where s.patient_id = w.patient_id and s.order_no = w.order_no), 'update', 'insert'),
      iif(exists (select 1 from Analysis as s where s.patient_id = w.patient_id and s.order_no = w.order_no), w.patient_id, null) as bxc_old_patient_id,
      iif(exists (select 1 from Analysis as s where s.patient_id = w.patient_id and s.order_no = w.order_no), w.order_no, null) as bxc_old_order_no,
      patient_id, order_no, ordered, analyte, status, result, unit
    from bxc_new_OrdersAtLab as w
    where (select putting from bxc_session) is null
      and (not exists (
        select 1 from Analysis as s
        where s.patient_id = w.patient_id and s.order_no = w.order_no
          and (s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit) is (w.patient_id, w.order_no, w.ordered, w.analyte, w.status, w.result, w.unit)
      )
      or (w.patient_id, w.order_no) in (select x.patient_id, x.order_no from bxc_new_OrdersAtLab as x where 1 group by x.patient_id, x.order_no having count(*) > 1))
    union all
    select 'new', 'delete', s.patient_id, s.order_no, null, null, null, null, null, null, null
    from bxc_session as i
    cross join Analysis as s
    where i.putting is null
      and exists (select 1 from bxc_new_OrdersAtLab)
      and not (s.patient_id, s.order_no) in (select x.patient_id, x.order_no from bxc_new_OrdersAtLab as x where x.patient_id is not null and x.order_no is not null)
    union all
    select 'work', bxc_op, bxc_old_patient_id, bxc_old_order_no, patient_id, order_no, ordered, analyte, status, result, unit
    from bxc_work_OrdersAtLab
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
    select w.bxc_staged as bxc_staged, 'update' as bxc_kind, w.patient_id as bxc_key_patient_id,
      w.order_no as bxc_key_order_no, s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no,
      s.ordered as bxc_old_ordered, s.analyte as bxc_old_analyte, s.status as bxc_old_status,
      s.result as bxc_old_result, s.unit as bxc_old_unit, s.device as bxc_old_device, s.measured as bxc_old_measured,
      w.patient_id as patient_id, w.order_no as order_no, w.ordered as ordered, w.analyte as analyte,
      w.status as status, w.result as result, w.unit as unit, s.device as device, s.measured as measured
    from bxc_judged as w
    cross join Analysis as s on s.patient_id = w.bxc_old_patient_id and s.order_no = w.bxc_old_order_no
    where likelihood(w.bxc_op = 'update', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'delete' as bxc_kind, w.bxc_old_patient_id as bxc_key_patient_id,
      w.bxc_old_order_no as bxc_key_order_no, s.patient_id as bxc_old_patient_id, s.order_no as bxc_old_order_no,
      s.ordered as bxc_old_ordered, s.analyte as bxc_old_analyte, s.status as bxc_old_status,
      s.result as bxc_old_result, s.unit as bxc_old_unit, s.device as bxc_old_device, s.measured as bxc_old_measured,
      null as patient_id, null as order_no, null as ordered, null as analyte, null as status, null as result,
      null as unit, null as device, null as measured
    from bxc_judged as w
    cross join Analysis as s on s.patient_id = w.bxc_old_patient_id and s.order_no = w.bxc_old_order_no
    where likelihood(w.bxc_op = 'delete', 0.0000001)
    union all
    select w.bxc_staged as bxc_staged, 'insert' as bxc_kind, w.patient_id as bxc_key_patient_id,
      w.order_no as bxc_key_order_no, null as bxc_old_patient_id, null as bxc_old_order_no, null as bxc_old_ordered,
      null as bxc_old_analyte, null as bxc_old_status, null as bxc_old_result, null as bxc_old_unit,
      null as bxc_old_device, null as bxc_old_measured, w.patient_id as patient_id, w.order_no as order_no,
      w.ordered as ordered, w.analyte as analyte, w.status as status, w.result as result, w.unit as unit,
      null as device, null as measured
    from bxc_judged as w
    where w.bxc_op = 'insert' and not exists (
        select 1 from Analysis as s
        where s.patient_id = w.patient_id and s.order_no = w.order_no
          and ((w.bxc_staged, w.patient_id, w.order_no) in (
            select x.bxc_staged, x.bxc_old_patient_id, x.bxc_old_order_no
            from bxc_judged as x
            where (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.patient_id, x.order_no) <> (x.bxc_old_patient_id, x.bxc_old_order_no))
          )) is not true
      )
  ),
  bxc_effect as materialized (
    select a.*, row_number() over () as bxc_row,
      a.bxc_kind not in ('insert', 'keep')
        and (a.patient_id, a.order_no, a.ordered, a.analyte, a.status, a.result, a.unit, a.device, a.measured)
          is not (a.bxc_old_patient_id, a.bxc_old_order_no, a.bxc_old_ordered, a.bxc_old_analyte, a.bxc_old_status,
          a.bxc_old_result, a.bxc_old_unit, a.bxc_old_device, a.bxc_old_measured) as bxc_gone,
      a.bxc_kind not in ('delete', 'keep')
        and (a.patient_id, a.order_no, a.ordered, a.analyte, a.status, a.result, a.unit, a.device, a.measured)
          is not (a.bxc_old_patient_id, a.bxc_old_order_no, a.bxc_old_ordered, a.bxc_old_analyte, a.bxc_old_status,
          a.bxc_old_result, a.bxc_old_unit, a.bxc_old_device, a.bxc_old_measured) as bxc_made
    from bxc_every_effect as a
  )
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), 'the key has a NULL'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.patient_id is null
    or t.order_no is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), 'the old key has a NULL'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_old_patient_id is null
    or t.bxc_old_order_no is null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), 'an insert has an old key'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_old_patient_id is not null
    or t.bxc_old_order_no is not null)
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), 'another staged row has the same old key'
from bxc_judged as t
where t.bxc_op in ('update', 'delete')
  and (t.bxc_staged, t.bxc_old_patient_id, t.bxc_old_order_no) in (
    select x.bxc_staged, x.bxc_old_patient_id, x.bxc_old_order_no
    from bxc_judged as x
    where x.bxc_op in ('update', 'delete')
    group by x.bxc_staged, x.bxc_old_patient_id, x.bxc_old_order_no
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), 'another staged row has the same key'
from bxc_judged as t
where t.bxc_op in ('insert', 'update')
  and (t.bxc_staged, t.patient_id, t.order_no) in (
    select x.bxc_staged, x.patient_id, x.order_no
    from bxc_judged as x
    where x.bxc_op in ('insert', 'update')
    group by x.bxc_staged, x.patient_id, x.order_no
    having count(*) > 1
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no),
  'another staged row deletes this key: stage one update instead of both'
from bxc_judged as t
where t.bxc_op = 'insert'
  and (t.bxc_staged, t.patient_id, t.order_no) in (
    select x.bxc_staged, x.bxc_old_patient_id, x.bxc_old_order_no
    from bxc_judged as x
    where x.bxc_op = 'delete'
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no),
  'OrdersAtLab has a row with this key and other values'
from bxc_judged as t
where t.bxc_op = 'insert'
  and exists (
    select 1 from Analysis as s
    where s.patient_id = t.patient_id and s.order_no = t.order_no
      and not ((s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit) is (t.patient_id, t.order_no, t.ordered, t.analyte, t.status, t.result, t.unit))
      and ((t.bxc_staged, t.patient_id, t.order_no) in (
        select x.bxc_staged, x.bxc_old_patient_id, x.bxc_old_order_no
        from bxc_judged as x
        where (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.patient_id, x.order_no) <> (x.bxc_old_patient_id, x.bxc_old_order_no))
      )) is not true
  )
union all
select 'BXC10', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), 'OrdersAtLab has another row with the new key'
from bxc_judged as t
where t.bxc_op = 'update'
  and (t.patient_id, t.order_no) <> (t.bxc_old_patient_id, t.bxc_old_order_no)
  and exists (select 1 from Analysis as s where s.patient_id = t.patient_id and s.order_no = t.order_no)
  and ((t.bxc_staged, t.patient_id, t.order_no) in (
    select x.bxc_staged, x.bxc_old_patient_id, x.bxc_old_order_no
    from bxc_judged as x
    where (x.bxc_op = 'delete' or x.bxc_op = 'update' and (x.patient_id, x.order_no) <> (x.bxc_old_patient_id, x.bxc_old_order_no))
  )) is not true
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), 'bxc_op is none of insert, update, delete'
from bxc_judged as t
where coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')
union all
select 'BXC16', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), f.column2
from bxc_judged as t
cross join (
  values
    (1, 'patient_id is NULL'), (2, 'order_no is NULL'), (3, 'ordered is NULL'), (4, 'ordered is no date'),
    (5, 'analyte is NULL'), (6, 'analyte is no varchar(40)'), (7, 'status is NULL'),
    (8, 'status is no enum(''ordered'', ''done'', ''rejected'')'), (9, 'result is no decimal(12,4)'),
    (10, 'unit is no varchar(12)')
) as f
where t.bxc_op in ('insert', 'update')
  and case f.column1
    when 1 then t.patient_id is null
    when 2 then t.order_no is null
    when 3 then t.ordered is null
    when 4 then not (t.ordered glob '????-??-??' and t.ordered is date(t.ordered, '+0 days') and t.ordered >= '0001')
    when 5 then t.analyte is null
    when 6 then not (length(t.analyte) <= 40 and (instr(cast(t.analyte as blob), x'00') = 0 or instr(t.analyte, char(0)) = 0))
    when 7 then t.status is null
    when 8 then not (t.status in ('ordered', 'done', 'rejected'))
    when 9 then not (t.result between -999999999999 and 999999999999)
    when 10 then not (length(t.unit) <= 12 and (instr(cast(t.unit as blob), x'00') = 0 or instr(t.unit, char(0)) = 0))
  end
union all
select 'BXC18', t.bxc_staged, iif(t.bxc_op is 'delete', t.bxc_old_patient_id, t.patient_id),
  iif(t.bxc_op is 'delete', t.bxc_old_order_no, t.order_no), 'OrdersAtLab has no row with the old key'
from bxc_judged as t
where t.bxc_op = 'update'
  and not exists (
    select 1 from Analysis as s
    where s.patient_id = t.bxc_old_patient_id and s.order_no = t.bxc_old_order_no
  )
union all
select 'BXC17', e.bxc_staged, e.bxc_key_patient_id, e.bxc_key_order_no, 'check has_unit is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e.result, e.unit) is not (e.bxc_old_result, e.bxc_old_unit))
  and not (e.result is null or e.unit is not null)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_patient_id, e.bxc_key_order_no, 'check has_result is false'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e.status, e.result) is not (e.bxc_old_status, e.bxc_old_result))
  and not (e.status <> 'done' or e.result is not null)
union all
select 'BXC17', e.bxc_staged, e.bxc_key_patient_id, e.bxc_key_order_no,
  'another row of Analysis has the same patient_id, order_no'
from bxc_effect as e
where e.bxc_made
  and (e.bxc_kind = 'insert' or (e.patient_id, e.order_no) is not (e.bxc_old_patient_id, e.bxc_old_order_no))
  and e.patient_id is not null and e.order_no is not null
  and (exists (
    select 1 from Analysis as s
    where s.patient_id = e.patient_id and s.order_no = e.order_no
      and not exists (
        select 1 from bxc_effect as y
        where y.bxc_staged = e.bxc_staged and y.bxc_gone
          and y.bxc_old_patient_id = s.patient_id and y.bxc_old_order_no = s.order_no
      )
  )
    or exists (
    select 1 from bxc_effect as y
    where y.bxc_staged = e.bxc_staged
      and y.patient_id = e.patient_id and y.order_no = e.order_no
      and y.bxc_row <> e.bxc_row
      and y.bxc_made
  ));

-- the put
create view if not exists bxc_put_OrdersAtLab (bxc_staged) as select null where 0;

create view if not exists bxc_delete_OrdersAtLab as select * from bxc_work_OrdersAtLab;

create trigger if not exists bxc_at_delete_OrdersAtLab instead of insert on bxc_delete_OrdersAtLab
begin
  delete from Analysis
  where Analysis.patient_id = new.bxc_old_patient_id and Analysis.order_no = new.bxc_old_order_no;
  update bxc_session set written = written + changes();
end;

create view if not exists bxc_shift_OrdersAtLab as select * from bxc_work_OrdersAtLab;

create trigger if not exists bxc_at_shift_OrdersAtLab instead of insert on bxc_shift_OrdersAtLab
begin
  insert into bxc_change_Analysis (
    bxc_op, bxc_via, bxc_old_patient_id, bxc_old_order_no, bxc_old_ordered, bxc_old_analyte, bxc_old_status,
    bxc_old_result, bxc_old_unit, bxc_old_device, bxc_old_measured, patient_id, order_no, ordered, analyte, status,
    result, unit, device, measured
  )
  select
    'update', 'OrdersAtLab', s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit, s.device,
    s.measured, new.patient_id, new.order_no, new.ordered, new.analyte, new.status, new.result, new.unit, s.device,
    s.measured
  from Analysis as s
  where s.patient_id = new.bxc_old_patient_id and s.order_no = new.bxc_old_order_no
    and (s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit) is not (new.patient_id, new.order_no, new.ordered, new.analyte, new.status, new.result, new.unit);
end;

create view if not exists bxc_rewrite_OrdersAtLab as select * from bxc_change_Analysis;

create trigger if not exists bxc_at_rewrite_OrdersAtLab instead of insert on bxc_rewrite_OrdersAtLab
begin
  update Analysis set
    patient_id = new.patient_id, order_no = new.order_no, ordered = new.ordered, analyte = new.analyte,
    status = new.status, result = new.result, unit = new.unit
  where Analysis.patient_id = new.bxc_old_patient_id and Analysis.order_no = new.bxc_old_order_no;
end;

create view if not exists bxc_rekey_OrdersAtLab as select * from bxc_change_Analysis;

create trigger if not exists bxc_at_rekey_OrdersAtLab instead of insert on bxc_rekey_OrdersAtLab
begin
  delete from Analysis
  where Analysis.patient_id = new.bxc_old_patient_id and Analysis.order_no = new.bxc_old_order_no;
end;

create trigger if not exists bxc_move_OrdersAtLab instead of insert on bxc_put_OrdersAtLab
when new.bxc_staged = 'move'
begin
  update bxc_session set
    uncaptured = 'Analysis',
    moved = (select coalesce(max(bxc_seq), 0) from bxc_change_Analysis);

  insert into bxc_shift_OrdersAtLab
  select * from bxc_work_OrdersAtLab as w
  where w.bxc_op = 'update' and (w.patient_id, w.order_no) <> (w.bxc_old_patient_id, w.bxc_old_order_no);

  insert into bxc_rewrite_OrdersAtLab
  select * from bxc_change_Analysis as c
  where c.bxc_seq > (select moved from bxc_session)
    and (c.patient_id, c.order_no) is (c.bxc_old_patient_id, c.bxc_old_order_no);

  insert into bxc_rekey_OrdersAtLab
  select * from bxc_change_Analysis as c
  where c.bxc_seq > (select moved from bxc_session)
    and (c.patient_id, c.order_no) is not (c.bxc_old_patient_id, c.bxc_old_order_no);

  insert into Analysis (
    patient_id, order_no, ordered, analyte, status, result, unit, device, measured
  )
  select
    c.patient_id, c.order_no, c.ordered, c.analyte, c.status, c.result, c.unit, c.device, c.measured
  from bxc_change_Analysis as c
  where c.bxc_seq > (select moved from bxc_session)
    and (c.patient_id, c.order_no) is not (c.bxc_old_patient_id, c.bxc_old_order_no)
  on conflict do nothing;

  select raise(abort, 'BXC17 OrdersAtLab: a constraint of the source would be broken; see bxc_violations_OrdersAtLab')
  where changes() <> (
    select count(*)
    from bxc_change_Analysis as c
    where c.bxc_seq > (select moved from bxc_session)
      and (c.patient_id, c.order_no) is not (c.bxc_old_patient_id, c.bxc_old_order_no)
  );

  update bxc_session set uncaptured = null;
end;

create trigger if not exists bxc_stage_delta_OrdersAtLab instead of insert on bxc_put_OrdersAtLab
when new.bxc_staged = 'delta'
begin
  insert into bxc_work_OrdersAtLab select * from bxc_delta_OrdersAtLab;

  insert into bxc_put_OrdersAtLab values ('work');
end;

create trigger if not exists bxc_stage_new_OrdersAtLab instead of insert on bxc_put_OrdersAtLab
when new.bxc_staged = 'new'
begin
  select raise(abort, 'BXC10 OrdersAtLab: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_OrdersAtLab')
  where exists (select x.patient_id, x.order_no from bxc_new_OrdersAtLab as x where 1 group by x.patient_id, x.order_no having count(*) > 1);

  -- rows that are new or differ
  insert into bxc_work_OrdersAtLab (
    bxc_op, bxc_old_patient_id, bxc_old_order_no, patient_id, order_no, ordered, analyte, status, result, unit
  )
  select
    iif(exists (select 1 from Analysis as s where s.patient_id = w.patient_id and s.order_no = w.order_no), 'update', 'insert'),
    iif(exists (select 1 from Analysis as s where s.patient_id = w.patient_id and s.order_no = w.order_no), w.patient_id, null),
    iif(exists (select 1 from Analysis as s where s.patient_id = w.patient_id and s.order_no = w.order_no), w.order_no, null),
    w.patient_id, w.order_no, w.ordered, w.analyte, w.status, w.result, w.unit
  from bxc_new_OrdersAtLab as w
  where not exists (select 1 from Analysis as s where s.patient_id = w.patient_id and s.order_no = w.order_no and (s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit) is (w.patient_id, w.order_no, w.ordered, w.analyte, w.status, w.result, w.unit));

  -- rows that are gone
  insert into bxc_work_OrdersAtLab (bxc_op, bxc_old_patient_id, bxc_old_order_no)
  select 'delete', s.patient_id, s.order_no
  from Analysis as s
  where not (s.patient_id, s.order_no) in (select x.patient_id, x.order_no from bxc_new_OrdersAtLab as x where 1);

  insert into bxc_put_OrdersAtLab values ('work');
end;

create trigger if not exists bxc_apply_OrdersAtLab instead of insert on bxc_put_OrdersAtLab
when new.bxc_staged = 'work'
begin
  update bxc_session set
    putting = 'OrdersAtLab',
    mark = (select coalesce(max(bxc_seq), 0) from bxc_change_Analysis),
    written = 0,
    careful = exists (
      select 1 from bxc_work_OrdersAtLab as w
      where w.bxc_op = 'insert' and ((w.patient_id, w.order_no) in (select x.bxc_old_patient_id, x.bxc_old_order_no from bxc_work_OrdersAtLab as x where x.bxc_op = 'delete'))
        or w.bxc_op = 'update' and ((w.patient_id, w.order_no) <> (w.bxc_old_patient_id, w.bxc_old_order_no))
    );

  -- where rows move, all of the put is judged before anything changes
  select case (select min(v.bxc_code) from bxc_violations_OrdersAtLab as v)
    when 'BXC10' then raise(abort, 'BXC10 OrdersAtLab: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_OrdersAtLab')
    when 'BXC11' then raise(abort, 'BXC11 OrdersAtLab: a key belongs to a source row that the view does not show; see bxc_violations_OrdersAtLab')
    when 'BXC12' then raise(abort, 'BXC12 OrdersAtLab: a row does not fulfil the condition of the view; see bxc_violations_OrdersAtLab')
    when 'BXC14' then raise(abort, 'BXC14 OrdersAtLab: a new row has no value for a key column that the view hides; see bxc_violations_OrdersAtLab')
    when 'BXC15' then raise(abort, 'BXC15 OrdersAtLab: a computed column is stated otherwise than its inputs give it; see bxc_violations_OrdersAtLab')
    when 'BXC16' then raise(abort, 'BXC16 OrdersAtLab: a value is outside its type, or NULL where the view has none; see bxc_violations_OrdersAtLab')
    when 'BXC17' then raise(abort, 'BXC17 OrdersAtLab: a constraint of the source would be broken; see bxc_violations_OrdersAtLab')
    when 'BXC18' then raise(abort, 'BXC18 OrdersAtLab: an update speaks of a key that no row has; see bxc_violations_OrdersAtLab')
    when 'BXC19' then raise(abort, 'BXC19 OrdersAtLab: a row must not vanish from the view; see bxc_violations_OrdersAtLab')
  end
  where (select careful from bxc_session);

  -- vanished rows first, then rows that keep their key, then those that move, then new rows;
  -- what breaks a rule is left out, and found below
  insert into bxc_delete_OrdersAtLab
  select * from bxc_work_OrdersAtLab as w
  where w.bxc_op = 'delete';

  update Analysis set
    ordered = w.ordered, analyte = w.analyte, status = w.status, result = w.result, unit = w.unit
  from bxc_work_OrdersAtLab as w
  where likelihood(w.bxc_op = 'update', 0.0000001)
    and w.patient_id = w.bxc_old_patient_id and w.order_no = w.bxc_old_order_no
    and Analysis.patient_id = +w.bxc_old_patient_id and Analysis.order_no = +w.bxc_old_order_no
    and (Analysis.ordered, Analysis.analyte, Analysis.status, Analysis.result, Analysis.unit) is not (w.ordered, w.analyte, w.status, w.result, w.unit)
    and w.patient_id is not null
    and w.order_no is not null
    and w.ordered is not null
    and w.ordered glob '????-??-??' and w.ordered is date(w.ordered, '+0 days') and w.ordered >= '0001'
    and w.analyte is not null
    and length(w.analyte) <= 40 and (instr(cast(w.analyte as blob), x'00') = 0 or instr(w.analyte, char(0)) = 0)
    and w.status is not null
    and w.status in ('ordered', 'done', 'rejected')
    and (w.result between -999999999999 and 999999999999) is not false
    and (length(w.unit) <= 12 and (instr(cast(w.unit as blob), x'00') = 0 or instr(w.unit, char(0)) = 0)) is not false
    and ((w.result, w.unit) is (Analysis.result, Analysis.unit) or (w.result is null or w.unit is not null) is not false)
    and ((w.status, w.result) is (Analysis.status, Analysis.result) or (w.status <> 'done' or w.result is not null) is not false);
  update bxc_session set written = written + changes();

  insert into bxc_put_OrdersAtLab select 'move' where (select careful from bxc_session);

  insert into Analysis (
    patient_id, order_no, ordered, analyte, status, result, unit, device, measured
  )
  select
    w.patient_id, w.order_no, w.ordered, w.analyte, w.status, w.result, w.unit, null, null
  from bxc_work_OrdersAtLab as w
  where w.bxc_op = 'insert'
    and w.bxc_old_patient_id is null
    and w.bxc_old_order_no is null
    and not exists (select 1 from Analysis as s where s.patient_id = w.patient_id and s.order_no = w.order_no)
    and w.patient_id is not null
    and w.order_no is not null
    and w.ordered is not null
    and w.ordered glob '????-??-??' and w.ordered is date(w.ordered, '+0 days') and w.ordered >= '0001'
    and w.analyte is not null
    and length(w.analyte) <= 40 and (instr(cast(w.analyte as blob), x'00') = 0 or instr(w.analyte, char(0)) = 0)
    and w.status is not null
    and w.status in ('ordered', 'done', 'rejected')
    and (w.result between -999999999999 and 999999999999) is not false
    and (length(w.unit) <= 12 and (instr(cast(w.unit as blob), x'00') = 0 or instr(w.unit, char(0)) = 0)) is not false
    and (w.result is null or w.unit is not null) is not false
    and (w.status <> 'done' or w.result is not null) is not false
  on conflict do nothing;
  update bxc_session set written = written + changes();

  -- else it is judged now
  select case (
    select min(code) from (
      select iif((select count(*) from bxc_work_OrdersAtLab) is not (select written from bxc_session), (
        select min(code) from (
          select 'BXC10' as code where exists (select x.bxc_old_patient_id, x.bxc_old_order_no from bxc_work_OrdersAtLab as x where x.bxc_op in ('update', 'delete') group by x.bxc_old_patient_id, x.bxc_old_order_no having count(*) > 1)
          union all
          select 'BXC10' as code where exists (select x.patient_id, x.order_no from bxc_work_OrdersAtLab as x where x.bxc_op in ('insert', 'update') group by x.patient_id, x.order_no having count(*) > 1)
          union all
          select case
            when w.bxc_op in ('update', 'delete') and w.bxc_old_patient_id is null then 'BXC10'
            when w.bxc_op in ('update', 'delete') and w.bxc_old_order_no is null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_patient_id is not null then 'BXC10'
            when w.bxc_op = 'insert' and w.bxc_old_order_no is not null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.patient_id is null then 'BXC10'
            when w.bxc_op in ('insert', 'update') and w.order_no is null then 'BXC10'
            when coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete') then 'BXC16'
            when w.bxc_op <> 'delete' and not (
              w.patient_id is not null
              and w.order_no is not null
              and w.ordered is not null
              and w.ordered glob '????-??-??' and w.ordered is date(w.ordered, '+0 days') and w.ordered >= '0001'
              and w.analyte is not null
              and length(w.analyte) <= 40 and (instr(cast(w.analyte as blob), x'00') = 0 or instr(w.analyte, char(0)) = 0)
              and w.status is not null
              and w.status in ('ordered', 'done', 'rejected')
              and (w.result between -999999999999 and 999999999999) is not false
              and (length(w.unit) <= 12 and (instr(cast(w.unit as blob), x'00') = 0 or instr(w.unit, char(0)) = 0)) is not false
            ) then 'BXC16'
            else null
          end as code
          from bxc_work_OrdersAtLab as w
          union all
          select (
            select case
              when count(*) = 0 then
                case
                  when (w.result is null or w.unit is not null) is false then 'BXC17'
                  when (w.status <> 'done' or w.result is not null) is false then 'BXC17'
                  else 'BXC17'
                end
              when not max(shown) then 'BXC11'
              else min(iif(shown, code, null))
            end
            from (
              select 1 as shown,
                case
                  when not ((s.patient_id, s.order_no, s.ordered, s.analyte, s.status, s.result, s.unit) is (w.patient_id, w.order_no, w.ordered, w.analyte, w.status, w.result, w.unit)) then 'BXC10'
                  else null
                end as code
              from Analysis as s
              where s.patient_id = w.patient_id and s.order_no = w.order_no
            )
          ) as code
          from bxc_work_OrdersAtLab as w
          where w.bxc_op = 'insert'
          union all
          select (
            select iif(count(*) = 0, 'BXC18', min(code))
            from (
              select case
                  when (w.result, w.unit) is not (s.result, s.unit) and (w.result is null or w.unit is not null) is false then 'BXC17'
                  when (w.status, w.result) is not (s.status, s.result) and (w.status <> 'done' or w.result is not null) is false then 'BXC17'
                  when (s.ordered, s.analyte, s.status, s.result, s.unit) is not (w.ordered, w.analyte, w.status, w.result, w.unit) then 'BXC17'
                  else null
                end as code
              from Analysis as s
              where s.patient_id = w.bxc_old_patient_id and s.order_no = w.bxc_old_order_no
            )
          ) as code
          from bxc_work_OrdersAtLab as w
          where w.bxc_op = 'update'
        )
      ), null) as code
    )
  )
    when 'BXC10' then raise(abort, 'BXC10 OrdersAtLab: a key is NULL, staged twice, or taken by a row that stays; see bxc_violations_OrdersAtLab')
    when 'BXC11' then raise(abort, 'BXC11 OrdersAtLab: a key belongs to a source row that the view does not show; see bxc_violations_OrdersAtLab')
    when 'BXC12' then raise(abort, 'BXC12 OrdersAtLab: a row does not fulfil the condition of the view; see bxc_violations_OrdersAtLab')
    when 'BXC14' then raise(abort, 'BXC14 OrdersAtLab: a new row has no value for a key column that the view hides; see bxc_violations_OrdersAtLab')
    when 'BXC15' then raise(abort, 'BXC15 OrdersAtLab: a computed column is stated otherwise than its inputs give it; see bxc_violations_OrdersAtLab')
    when 'BXC16' then raise(abort, 'BXC16 OrdersAtLab: a value is outside its type, or NULL where the view has none; see bxc_violations_OrdersAtLab')
    when 'BXC17' then raise(abort, 'BXC17 OrdersAtLab: a constraint of the source would be broken; see bxc_violations_OrdersAtLab')
    when 'BXC18' then raise(abort, 'BXC18 OrdersAtLab: an update speaks of a key that no row has; see bxc_violations_OrdersAtLab')
    when 'BXC19' then raise(abort, 'BXC19 OrdersAtLab: a row must not vanish from the view; see bxc_violations_OrdersAtLab')
  end
  where not (select careful from bxc_session);

  update bxc_session set putting = null;
  delete from bxc_work_OrdersAtLab;
end;

-- edits of the view itself
create trigger if not exists bxc_edit_insert_OrdersAtLab instead of insert on OrdersAtLab
begin
  insert into bxc_work_OrdersAtLab (
    bxc_op, bxc_old_patient_id, bxc_old_order_no, patient_id, order_no, ordered, analyte, status, result, unit
  ) values (
    'insert', null, null, new.patient_id, new.order_no, new.ordered, new.analyte, new.status, new.result, new.unit
  );
  insert into bxc_put_OrdersAtLab values ('work');
  select raise(abort, 'BXC13 OrdersAtLab: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Analysis)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_update_OrdersAtLab instead of update on OrdersAtLab
begin
  insert into bxc_work_OrdersAtLab (
    bxc_op, bxc_old_patient_id, bxc_old_order_no, patient_id, order_no, ordered, analyte, status, result, unit
  ) values (
    'update', old.patient_id, old.order_no, new.patient_id, new.order_no, new.ordered, new.analyte, new.status,
    new.result, new.unit
  );
  insert into bxc_put_OrdersAtLab values ('work');
  select raise(abort, 'BXC13 OrdersAtLab: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Analysis)
    and not (select loading from bxc_session);
end;

create trigger if not exists bxc_edit_delete_OrdersAtLab instead of delete on OrdersAtLab
begin
  insert into bxc_work_OrdersAtLab (
    bxc_op, bxc_old_patient_id, bxc_old_order_no, patient_id, order_no, ordered, analyte, status, result, unit
  ) values (
    'delete', old.patient_id, old.order_no, null, null, null, null, null, null, null
  );
  insert into bxc_put_OrdersAtLab values ('work');
  select raise(abort, 'BXC13 OrdersAtLab: this peer has no right to this edit; see bxc_rights')
  where exists (select 1 from bxc_unlicensed_Analysis)
    and not (select loading from bxc_session);
end;

-- rights to edit Analysis where that changes OrdersAtLab
create trigger if not exists bxc_rights_insert_OrdersAtLab after insert on Analysis
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'insert' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 OrdersAtLab: this peer has no right to insert rows');
end;

create trigger if not exists bxc_rights_delete_OrdersAtLab after delete on Analysis
when exists (select 1 from bxc_session where putting is null and not loading)
  and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'delete' and attribute = '' and granted)
begin
  select raise(abort, 'BXC13 OrdersAtLab: this peer has no right to delete rows');
end;

create trigger if not exists bxc_rights_update_OrdersAtLab after update of patient_id, order_no, ordered, analyte, status, result, unit on Analysis
when exists (select 1 from bxc_session where putting is null and not loading)
  and (old.patient_id, old.order_no, old.ordered, old.analyte, old.status, old.result, old.unit) is not (new.patient_id, new.order_no, new.ordered, new.analyte, new.status, new.result, new.unit)
begin
  select case
    when old.patient_id is not new.patient_id
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'patient_id' and granted) then raise(abort, 'BXC13 OrdersAtLab: this peer has no right to update patient_id')
    when old.order_no is not new.order_no
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'order_no' and granted) then raise(abort, 'BXC13 OrdersAtLab: this peer has no right to update order_no')
    when old.ordered is not new.ordered
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'ordered' and granted) then raise(abort, 'BXC13 OrdersAtLab: this peer has no right to update ordered')
    when old.analyte is not new.analyte
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'analyte' and granted) then raise(abort, 'BXC13 OrdersAtLab: this peer has no right to update analyte')
    when old.status is not new.status
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'status' and granted) then raise(abort, 'BXC13 OrdersAtLab: this peer has no right to update status')
    when old.result is not new.result
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'result' and granted) then raise(abort, 'BXC13 OrdersAtLab: this peer has no right to update result')
    when old.unit is not new.unit
        and not exists (select 1 from bxc_rights where share = 'lab' and operation = 'update' and attribute = 'unit' and granted) then raise(abort, 'BXC13 OrdersAtLab: this peer has no right to update unit')
  end;
end;
