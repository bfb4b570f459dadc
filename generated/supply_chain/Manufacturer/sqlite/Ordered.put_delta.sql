-- Puts a delta of the view, staged in bxc_delta_Ordered, into PurchaseOrder: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read Ordered.put_delta.sql  commit;
insert into bxc_put_Ordered (bxc_staged) values ('delta');
