-- Puts a delta of the view, staged in bxc_delta_OrdersAtLab, into Analysis: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read OrdersAtLab.put_delta.sql  commit;
insert into bxc_put_OrdersAtLab (bxc_staged) values ('delta');
