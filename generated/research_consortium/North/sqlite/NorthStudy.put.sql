-- Puts the view's new content, staged in bxc_new_NorthStudy, into NorthCase: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read NorthStudy.put.sql  commit;
insert into bxc_put_NorthStudy (bxc_staged) values ('new');
