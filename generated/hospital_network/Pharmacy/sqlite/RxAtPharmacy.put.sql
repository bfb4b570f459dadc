-- Puts the view's new content, staged in bxc_new_RxAtPharmacy, into Dispensing: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read RxAtPharmacy.put.sql  commit;
insert into bxc_put_RxAtPharmacy (bxc_staged) values ('new');
