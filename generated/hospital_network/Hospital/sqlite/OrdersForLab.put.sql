-- Puts the view's new content, staged in bxc_new_OrdersForLab, into LabOrder: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read OrdersForLab.put.sql  commit;
insert into bxc_put_OrdersForLab (bxc_staged) values ('new');
