-- Puts the view's new content, staged in bxc_new_D31, into D3: all of it or, with a BXC error, nothing.
-- Run it in one transaction; after an error roll back. For example:
--   sqlite3 -bail my.db 'begin immediate' '.read D31.put.sql' commit
insert into bxc_put_D31 (bxc_staged) values ('new');
