-- Puts a delta of the view, staged in bxc_delta_StudyOfNorth, into StudyCase: all of it or, with a BXC error, nothing.
-- Run it in one transaction; after an error roll back. For example:
--   sqlite3 -bail my.db 'begin immediate' '.read StudyOfNorth.put_delta.sql' commit
insert into bxc_put_StudyOfNorth (bxc_staged) values ('delta');
