-- Puts the view's new content, staged in bxc_new_RxAtHospital, into Prescription: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read RxAtHospital.put.sql  commit;
insert into bxc_put_RxAtHospital (bxc_staged) values ('new');
