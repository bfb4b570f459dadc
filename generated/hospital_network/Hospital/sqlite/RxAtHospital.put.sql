-- Puts the view's new content, staged in bxc_new_RxAtHospital, into Prescription: all of it or, with a BXC error, nothing.
-- Run it in one transaction; after an error roll back. For example:
--   sqlite3 -bail my.db 'begin immediate' '.read RxAtHospital.put.sql' commit
insert into bxc_put_RxAtHospital (bxc_staged) values ('new');
