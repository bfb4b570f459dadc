-- Puts a delta of the view, staged in bxc_delta_D23, into D2: all of it or, with a BXC error, nothing.
-- Run it in one transaction; after an error roll back. For example:
--   sqlite3 -bail my.db 'begin immediate' '.read D23.put_delta.sql' commit
insert into bxc_put_D23 (bxc_staged) values ('delta');
