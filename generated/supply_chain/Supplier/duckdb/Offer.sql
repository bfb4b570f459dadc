-- Offer: view of Part, staging and violations.
-- Install once, after schema.sql; running it again changes nothing.

create view if not exists Offer as
select
  s.part_no as part_no, s.description as description, s.unit_price as unit_price, s.lead_days as lead_days
from Part as s
where (not s.discontinued);

-- staging: callers fill and clear these; a put only reads them
create table if not exists bxc_new_Offer (
  part_no varchar, description varchar, unit_price decimal(38, 2), lead_days bigint
);

create table if not exists bxc_delta_Offer (
  bxc_op varchar, bxc_old_part_no varchar, part_no varchar, description varchar, unit_price decimal(38, 2),
  lead_days bigint
);

-- every staged row that breaks a rule
create view if not exists bxc_violations_Offer as
select * from (
  with
    bxc_seen_Offer as (
      select
        s.rowid as bxc_rowid, case when not (not s.discontinued) is true then 1 else 0 end as bxc_layer, s.part_no,
        s.description, s.unit_price, s.lead_days, s.cost, s.discontinued
      from Part as s
      semi join (
        select bxc_old_part_no as part_no from bxc_delta_Offer where bxc_op <> 'insert'
        union all
        select part_no from bxc_delta_Offer
        where bxc_op <> 'delete' and part_no is distinct from bxc_old_part_no
      ) as w on s.part_no = w.part_no
    ),
    bxc_work_Offer as (
      with
        bxc_key as (
          select part_no, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden, false as bxc_rejected
          from bxc_seen_Offer
          group by part_no
        ),
        bxc_old as (
          select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.part_no is distinct from w.bxc_old_part_no) as bxc_renamed
          from bxc_delta_Offer as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_part_no
        ),
        bxc_new as (
          select w.part_no, count(*) as bxc_count
          from bxc_delta_Offer as w
          where w.bxc_op in ('insert', 'update')
          group by w.part_no
        )
      select w.*,
        w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from bxc_delta_Offer as w
        left join bxc_key as o on o.part_no = w.bxc_old_part_no
        left join bxc_key as n on n.part_no = w.part_no
        left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
        left join bxc_old as l on l.bxc_old_part_no = w.part_no
        left join bxc_new as c on c.part_no = w.part_no
      ) as w
    ),
    bxc_effect_Offer as (
      select e.*,
        (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
          e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
          e.cost is distinct from e.bxc_old_cost or e.discontinued is distinct from e.bxc_old_discontinued) as bxc_changed,
        bxc_changed and e.bxc_kind <> 'insert' as bxc_gone, bxc_changed and e.bxc_kind <> 'delete' as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and not w.bxc_creates
              and s.part_no is not distinct from w.part_no and s.description is not distinct from w.description and
              s.unit_price is not distinct from w.unit_price and s.lead_days is not distinct from w.lead_days then 'same'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and not w.bxc_key_renamed then 'taken'
            when w.bxc_op = 'insert' and s.bxc_layer in (1) and not (w.bxc_new_shown and not w.bxc_key_renamed) then 'revive'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid, w.bxc_key_part_no, s.part_no as bxc_old_part_no,
          s.description as bxc_old_description, s.unit_price as bxc_old_unit_price, s.lead_days as bxc_old_lead_days,
          s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued,
          case when bxc_kind in ('update', 'revive') then w.part_no else s.part_no end as part_no,
          case when bxc_kind in ('update', 'revive') then w.description else s.description end as description,
          case when bxc_kind in ('update', 'revive') then w.unit_price else s.unit_price end as unit_price,
          case when bxc_kind in ('update', 'revive') then w.lead_days else s.lead_days end as lead_days,
          s.cost as cost,
          case
            when bxc_kind = 'revive' then cast(false as boolean)
            when bxc_kind = 'set' then cast(true as boolean)
            else s.discontinued
          end as discontinued
        from bxc_work_Offer as w
        join bxc_seen_Offer as s on s.part_no = w.bxc_key_part_no
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid, w.bxc_key_part_no, cast(null as varchar) as bxc_old_part_no,
          cast(null as varchar) as bxc_old_description, cast(null as decimal(10, 2)) as bxc_old_unit_price,
          cast(null as bigint) as bxc_old_lead_days, cast(null as decimal(10, 2)) as bxc_old_cost,
          cast(null as boolean) as bxc_old_discontinued, w.part_no as part_no, w.description as description,
          w.unit_price as unit_price, w.lead_days as lead_days, cast(null as decimal(10, 2)) as cost,
          cast(false as boolean) as discontinued
        from bxc_work_Offer as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'the key has a NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and (w.part_no is null)
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'the old key has a NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'an insert has an old key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'two rows have this old key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'two rows have this new key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'another row deletes this key; say update instead' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'insert' and w.bxc_key_deleted
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'the new key is taken by another row' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'update' and w.part_no is distinct from w.bxc_old_part_no and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
  union all
  select 'BXC11' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'a row that the view hides has the key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
  union all
  select 'BXC11' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'a row that the view hides has the new key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'update' and w.part_no is distinct from w.bxc_old_part_no and w.bxc_new_hidden
  union all
  select 'BXC11' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'a row that this put hides keeps the new key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'update' and w.part_no is distinct from w.bxc_old_part_no and w.bxc_new_shown and w.bxc_key_deleted
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'bxc_op is not insert, update or delete' as bxc_detail
  from bxc_work_Offer as w
  where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no, 'part_no is NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.part_no is null
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'part_no is outside its type' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'description is NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.description is null
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'description is outside its type' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and not (not contains(w.description, chr(0)))
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'unit_price is NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.unit_price is null
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'unit_price has too many digits' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 100000000
  union all
  select 'BXC16' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'lead_days is NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.lead_days is null
  union all
  select 'BXC18' as bxc_code, 'delta' as bxc_staged, w.bxc_key_part_no as part_no,
    'no row of the view has the old key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'update' and not w.bxc_old_shown
  union all
  select 'BXC10' as bxc_code, 'delta' as bxc_staged, e.bxc_key_part_no as part_no,
    'the key is taken by another row' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_kind = 'taken'
  union all
  select 'BXC12' as bxc_code, 'delta' as bxc_staged, e.bxc_key_part_no as part_no,
    'where is not true for the row' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_kind in ('insert', 'update', 'revive') and not (not e.discontinued) is true
  union all
  select 'BXC19' as bxc_code, 'delta' as bxc_staged, e.bxc_key_part_no as part_no,
    'the row would still be in the view' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_kind = 'set' and (not e.discontinued) is true
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_key_part_no as part_no, 'check prices' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price) and not (e.unit_price >= 0.00)
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_key_part_no as part_no, 'check lead_time' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days) and not (e.lead_days >= 0 and e.lead_days <= 365)
  union all
  select 'BXC17' as bxc_code, 'delta' as bxc_staged, e.bxc_key_part_no as part_no,
    'primary key (part_no)' as bxc_detail
  from bxc_effect_Offer as e
  semi join (
    select part_no
    from (
      select s.part_no
      from bxc_seen_Offer as s
      semi join (
        select e.part_no as part_no
        from bxc_effect_Offer as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
      ) as t on t.part_no is not distinct from s.part_no
      anti join (
        select bxc_rowid from bxc_effect_Offer where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select part_no from bxc_effect_Offer where bxc_made
    )
    group by part_no
    having count(*) > 1
  ) as r on r.part_no = e.part_no
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
)
union all
select * from (
  with
    bxc_batch_Offer as (
      select * from (
        select
          case when v.part_no is null then 'insert' when n.part_no is null then 'delete' else 'update' end as bxc_op,
          v.part_no as bxc_old_part_no, n.part_no, n.description, n.unit_price, n.lead_days
        from bxc_new_Offer as n
        full join Offer as v on n.part_no = v.part_no
        where v.part_no is null or n.part_no is null or (n.description is distinct from v.description or n.unit_price is distinct from v.unit_price or
          n.lead_days is distinct from v.lead_days) or (n.part_no) in (select (part_no) from bxc_new_Offer group by part_no having count(*) > 1)
      )
      where exists (select 1 from bxc_new_Offer)
    ),
    bxc_seen_Offer as (
      select
        s.rowid as bxc_rowid, case when not (not s.discontinued) is true then 1 else 0 end as bxc_layer, s.part_no,
        s.description, s.unit_price, s.lead_days, s.cost, s.discontinued
      from Part as s
      semi join (
        select bxc_old_part_no as part_no from bxc_batch_Offer where bxc_op <> 'insert'
        union all
        select part_no from bxc_batch_Offer
        where bxc_op <> 'delete' and part_no is distinct from bxc_old_part_no
      ) as w on s.part_no = w.part_no
    ),
    bxc_work_Offer as (
      with
        bxc_key as (
          select part_no, bool_or(bxc_layer = 0) as bxc_shown, bool_or(bxc_layer <> 0) as bxc_hidden, false as bxc_rejected
          from bxc_seen_Offer
          group by part_no
        ),
        bxc_old as (
          select w.bxc_old_part_no, count(*) as bxc_count, bool_or(w.bxc_op = 'delete') as bxc_deleted,
            bool_or(w.bxc_op = 'update' and w.part_no is distinct from w.bxc_old_part_no) as bxc_renamed
          from bxc_batch_Offer as w
          where w.bxc_op in ('update', 'delete')
          group by w.bxc_old_part_no
        ),
        bxc_new as (
          select w.part_no, count(*) as bxc_count
          from bxc_batch_Offer as w
          where w.bxc_op in ('insert', 'update')
          group by w.part_no
        )
      select w.*,
        w.bxc_op = 'insert' and not w.bxc_new_hidden and not (w.bxc_new_shown and not w.bxc_key_renamed) as bxc_creates
      from (
        select w.*,
          case when w.bxc_op in ('update', 'delete') then w.bxc_old_part_no else w.part_no end as bxc_key_part_no,
          coalesce(o.bxc_shown, false) as bxc_old_shown, coalesce(n.bxc_shown, false) as bxc_new_shown,
          coalesce(n.bxc_hidden, false) as bxc_new_hidden, coalesce(n.bxc_rejected, false) as bxc_new_rejected,
          coalesce(l.bxc_deleted, false) as bxc_key_deleted, coalesce(l.bxc_renamed, false) as bxc_key_renamed,
          coalesce(p.bxc_count, 0) as bxc_old_count, coalesce(c.bxc_count, 0) as bxc_new_count
        from bxc_batch_Offer as w
        left join bxc_key as o on o.part_no = w.bxc_old_part_no
        left join bxc_key as n on n.part_no = w.part_no
        left join bxc_old as p on p.bxc_old_part_no = w.bxc_old_part_no
        left join bxc_old as l on l.bxc_old_part_no = w.part_no
        left join bxc_new as c on c.part_no = w.part_no
      ) as w
    ),
    bxc_effect_Offer as (
      select e.*,
        (e.part_no is distinct from e.bxc_old_part_no or e.description is distinct from e.bxc_old_description or
          e.unit_price is distinct from e.bxc_old_unit_price or e.lead_days is distinct from e.bxc_old_lead_days or
          e.cost is distinct from e.bxc_old_cost or e.discontinued is distinct from e.bxc_old_discontinued) as bxc_changed,
        bxc_changed and e.bxc_kind <> 'insert' as bxc_gone, bxc_changed and e.bxc_kind <> 'delete' as bxc_made
      from (
        select
          case
            when w.bxc_op = 'update' and s.bxc_layer = 0 then 'update'
            when w.bxc_op = 'delete' and s.bxc_layer = 0 then 'set'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and not w.bxc_creates
              and s.part_no is not distinct from w.part_no and s.description is not distinct from w.description and
              s.unit_price is not distinct from w.unit_price and s.lead_days is not distinct from w.lead_days then 'same'
            when w.bxc_op = 'insert' and s.bxc_layer = 0 and not w.bxc_key_renamed then 'taken'
            when w.bxc_op = 'insert' and s.bxc_layer in (1) and not (w.bxc_new_shown and not w.bxc_key_renamed) then 'revive'
          end as bxc_kind,
          s.bxc_rowid as bxc_rowid, w.bxc_key_part_no, s.part_no as bxc_old_part_no,
          s.description as bxc_old_description, s.unit_price as bxc_old_unit_price, s.lead_days as bxc_old_lead_days,
          s.cost as bxc_old_cost, s.discontinued as bxc_old_discontinued,
          case when bxc_kind in ('update', 'revive') then w.part_no else s.part_no end as part_no,
          case when bxc_kind in ('update', 'revive') then w.description else s.description end as description,
          case when bxc_kind in ('update', 'revive') then w.unit_price else s.unit_price end as unit_price,
          case when bxc_kind in ('update', 'revive') then w.lead_days else s.lead_days end as lead_days,
          s.cost as cost,
          case
            when bxc_kind = 'revive' then cast(false as boolean)
            when bxc_kind = 'set' then cast(true as boolean)
            else s.discontinued
          end as discontinued
        from bxc_work_Offer as w
        join bxc_seen_Offer as s on s.part_no = w.bxc_key_part_no
        union all
        select
          'insert' as bxc_kind, null as bxc_rowid, w.bxc_key_part_no, cast(null as varchar) as bxc_old_part_no,
          cast(null as varchar) as bxc_old_description, cast(null as decimal(10, 2)) as bxc_old_unit_price,
          cast(null as bigint) as bxc_old_lead_days, cast(null as decimal(10, 2)) as bxc_old_cost,
          cast(null as boolean) as bxc_old_discontinued, w.part_no as part_no, w.description as description,
          w.unit_price as unit_price, w.lead_days as lead_days, cast(null as decimal(10, 2)) as cost,
          cast(false as boolean) as discontinued
        from bxc_work_Offer as w
        where w.bxc_creates
      ) as e
      where e.bxc_kind is not null
    )
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no, 'the key has a NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and (w.part_no is null)
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'the old key has a NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('update', 'delete') and (w.bxc_old_part_no is null)
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'an insert has an old key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'insert' and (w.bxc_old_part_no is not null)
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'two rows have this old key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('update', 'delete') and w.bxc_old_count > 1
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'two rows have this new key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.bxc_new_count > 1
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'another row deletes this key; say update instead' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'insert' and w.bxc_key_deleted
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'the new key is taken by another row' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'update' and w.part_no is distinct from w.bxc_old_part_no and w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)
  union all
  select 'BXC11' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'a row that the view hides has the key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'insert' and w.bxc_new_rejected and not (w.bxc_new_shown and not w.bxc_key_renamed)
  union all
  select 'BXC11' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'a row that the view hides has the new key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'update' and w.part_no is distinct from w.bxc_old_part_no and w.bxc_new_hidden
  union all
  select 'BXC11' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'a row that this put hides keeps the new key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'update' and w.part_no is distinct from w.bxc_old_part_no and w.bxc_new_shown and w.bxc_key_deleted
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'bxc_op is not insert, update or delete' as bxc_detail
  from bxc_work_Offer as w
  where coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no, 'part_no is NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.part_no is null
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'part_no is outside its type' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and not (length(w.part_no) <= 20 and not contains(w.part_no, chr(0)))
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'description is NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.description is null
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'description is outside its type' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and not (not contains(w.description, chr(0)))
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no, 'unit_price is NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.unit_price is null
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'unit_price has too many digits' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and abs(w.unit_price) >= 100000000
  union all
  select 'BXC16' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no, 'lead_days is NULL' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op in ('insert', 'update') and w.lead_days is null
  union all
  select 'BXC18' as bxc_code, 'new' as bxc_staged, w.bxc_key_part_no as part_no,
    'no row of the view has the old key' as bxc_detail
  from bxc_work_Offer as w
  where w.bxc_op = 'update' and not w.bxc_old_shown
  union all
  select 'BXC10' as bxc_code, 'new' as bxc_staged, e.bxc_key_part_no as part_no,
    'the key is taken by another row' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_kind = 'taken'
  union all
  select 'BXC12' as bxc_code, 'new' as bxc_staged, e.bxc_key_part_no as part_no,
    'where is not true for the row' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_kind in ('insert', 'update', 'revive') and not (not e.discontinued) is true
  union all
  select 'BXC19' as bxc_code, 'new' as bxc_staged, e.bxc_key_part_no as part_no,
    'the row would still be in the view' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_kind = 'set' and (not e.discontinued) is true
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_key_part_no as part_no, 'check prices' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.unit_price is distinct from e.bxc_old_unit_price) and not (e.unit_price >= 0.00)
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_key_part_no as part_no, 'check lead_time' as bxc_detail
  from bxc_effect_Offer as e
  where e.bxc_made and (e.bxc_kind = 'insert' or e.lead_days is distinct from e.bxc_old_lead_days) and not (e.lead_days >= 0 and e.lead_days <= 365)
  union all
  select 'BXC17' as bxc_code, 'new' as bxc_staged, e.bxc_key_part_no as part_no,
    'primary key (part_no)' as bxc_detail
  from bxc_effect_Offer as e
  semi join (
    select part_no
    from (
      select s.part_no
      from bxc_seen_Offer as s
      semi join (
        select e.part_no as part_no
        from bxc_effect_Offer as e
        where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
      ) as t on t.part_no is not distinct from s.part_no
      anti join (
        select bxc_rowid from bxc_effect_Offer where bxc_gone
      ) as g on g.bxc_rowid = s.bxc_rowid
      union all
      select part_no from bxc_effect_Offer where bxc_made
    )
    group by part_no
    having count(*) > 1
  ) as r on r.part_no = e.part_no
  where e.bxc_made and (e.bxc_kind = 'insert' or e.part_no is distinct from e.bxc_old_part_no)
);
