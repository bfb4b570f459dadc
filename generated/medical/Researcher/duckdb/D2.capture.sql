-- D2: appends to bxc_change_D2 the edits that others than puts made since its last run.
-- Run it first, in the same transaction: before each put, and before reading the changes of a view.

-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;

-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table bxc_outside_D2 as
select
  j.medication_name, j.mechanism_of_action, j.mode_of_action, j.shared
from (
  select medication_name, mechanism_of_action, mode_of_action, shared, bxc_old_medication_name, bxc_put
  from bxc_journal_D2
  where medication_name is not null
  qualify row_number() over (partition by medication_name order by bxc_put desc) = 1
) as j
where not exists (select 1 from bxc_journal_D2 as l where l.bxc_put > j.bxc_put and l.bxc_old_medication_name = j.medication_name);

delete from bxc_state_D2 using (
    select bxc_old_medication_name as medication_name from bxc_journal_D2
    union
    select medication_name from bxc_journal_D2
  ) as t
where bxc_state_D2.medication_name = t.medication_name;

insert into bxc_state_D2 (
  medication_name, mechanism_of_action, mode_of_action, shared
)
select
  medication_name, mechanism_of_action, mode_of_action, shared
from bxc_outside_D2;

delete from bxc_journal_D2;

-- what differs now was done by others
create or replace temp table bxc_outside_D2 as
select
  case when o.medication_name is null then 'insert' when n.medication_name is null then 'delete' else 'update' end as bxc_op,
  o.medication_name as bxc_old_medication_name, o.mechanism_of_action as bxc_old_mechanism_of_action,
  o.mode_of_action as bxc_old_mode_of_action, o.shared as bxc_old_shared,
  n.medication_name as medication_name, n.mechanism_of_action as mechanism_of_action,
  n.mode_of_action as mode_of_action, n.shared as shared
from bxc_state_D2 as o
full join D2 as n on o.medication_name = n.medication_name
where o.medication_name is null or n.medication_name is null
  or (o.medication_name is distinct from n.medication_name or
  o.mechanism_of_action is distinct from n.mechanism_of_action or
  o.mode_of_action is distinct from n.mode_of_action or o.shared is distinct from n.shared);

insert into bxc_change_D2 (
  bxc_op, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action, bxc_old_shared,
  medication_name, mechanism_of_action, mode_of_action, shared
)
select
  bxc_op, bxc_old_medication_name, bxc_old_mechanism_of_action, bxc_old_mode_of_action, bxc_old_shared,
  medication_name, mechanism_of_action, mode_of_action, shared
from bxc_outside_D2;

delete from bxc_state_D2 using bxc_outside_D2 as d where bxc_state_D2.medication_name = d.bxc_old_medication_name;

insert into bxc_state_D2 (
  medication_name, mechanism_of_action, mode_of_action, shared
)
select
  medication_name, mechanism_of_action, mode_of_action, shared
from bxc_outside_D2
where bxc_op <> 'delete';

drop table bxc_outside_D2;
