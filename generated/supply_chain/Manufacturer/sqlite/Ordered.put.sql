-- Puts the view's new content, staged in bxc_new_Ordered, into PurchaseOrder: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read Ordered.put.sql  commit;
insert into bxc_put_Ordered (bxc_staged) values ('new');
