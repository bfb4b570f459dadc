-- Puts the view's new content, staged in bxc_new_SouthStudy, into SouthCase: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read SouthStudy.put.sql  commit;
insert into bxc_put_SouthStudy (bxc_staged) values ('new');
