-- Code: appends to bxc_change_Code the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_Code as
select
  j.code, j.title, j.revised
from (
  select code, title, revised, bxc_old_code, bxc_put
  from bxc_journal_Code
  where code is not null
  qualify row_number() over (partition by code order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_Code as l where l.bxc_put > j.bxc_put and l.bxc_old_code = j.code);

delete from bxc_state_Code using (
    select bxc_old_code as code from bxc_journal_Code
    union
    select code from bxc_journal_Code
  ) as t
where bxc_state_Code.code = t.code;

insert into bxc_state_Code (
  code, title, revised
)
select
  code, title, revised
from bxc_outside_Code;

delete from bxc_journal_Code;

-- what differs now was done by others
create or replace temp table bxc_outside_Code as
select
  case when o.code is null then 'insert' when n.code is null then 'delete' else 'update' end as bxc_op,
  o.code as bxc_old_code, o.title as bxc_old_title, o.revised as bxc_old_revised, n.code as code,
  n.title as title, n.revised as revised
from bxc_state_Code as o
full join Code as n on o.code = n.code
where o.code is null or n.code is null
  or (o.code is distinct from n.code or o.title is distinct from n.title or o.revised is distinct from n.revised);

insert into bxc_change_Code (
  bxc_op, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
)
select
  bxc_op, bxc_old_code, bxc_old_title, bxc_old_revised, code, title, revised
from bxc_outside_Code;

delete from bxc_state_Code using bxc_outside_Code as d where bxc_state_Code.code = d.bxc_old_code;

insert into bxc_state_Code (
  code, title, revised
)
select
  code, title, revised
from bxc_outside_Code
where bxc_op <> 'delete';

drop table bxc_outside_Code;
