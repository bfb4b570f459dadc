-- Puts the view's new content, staged in bxc_new_OrdersAtLab, into Analysis: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read OrdersAtLab.put.sql  commit;
insert into bxc_put_OrdersAtLab (bxc_staged) values ('new');
