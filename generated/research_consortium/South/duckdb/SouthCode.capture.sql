-- SouthCode: appends to bxc_change_SouthCode the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_SouthCode as
select
  j.code, j.title
from (
  select code, title, bxc_old_code, bxc_put
  from bxc_journal_SouthCode
  where code is not null
  qualify row_number() over (partition by code order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_SouthCode as l where l.bxc_put > j.bxc_put and l.bxc_old_code = j.code);

delete from bxc_state_SouthCode using (
    select bxc_old_code as code from bxc_journal_SouthCode
    union
    select code from bxc_journal_SouthCode
  ) as t
where bxc_state_SouthCode.code = t.code;

insert into bxc_state_SouthCode (
  code, title
)
select
  code, title
from bxc_outside_SouthCode;

delete from bxc_journal_SouthCode;

-- what differs now was done by others
create or replace temp table bxc_outside_SouthCode as
select
  case when o.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
  o.code as bxc_old_code, o.title as bxc_old_title, n.code as code, n.title as title
from bxc_state_SouthCode as o
full join SouthCode as n on o.code = n.code
where o.code is null or n.code is null
  or (o.code is distinct from n.code or o.title is distinct from n.title);

insert into bxc_change_SouthCode (
  bxc_op, bxc_old_code, bxc_old_title, code, title
)
select
  bxc_op, bxc_old_code, bxc_old_title, code, title
from bxc_outside_SouthCode;

delete from bxc_state_SouthCode using bxc_outside_SouthCode as d where bxc_state_SouthCode.code = d.bxc_old_code;

insert into bxc_state_SouthCode (
  code, title
)
select
  code, title
from bxc_outside_SouthCode
where bxc_op <> 'delete';

drop table bxc_outside_SouthCode;
