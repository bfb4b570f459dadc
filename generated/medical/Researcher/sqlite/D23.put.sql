-- Puts the view's new content, staged in bxc_new_D23, into D2: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read D23.put.sql  commit;
insert into bxc_put_D23 (bxc_staged) values ('new');
