-- Puts the view's new content, staged in bxc_new_CodesAtSouth, into SouthCode: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read CodesAtSouth.put.sql  commit;
insert into bxc_put_CodesAtSouth (bxc_staged) values ('new');
