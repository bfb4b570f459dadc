-- Puts the view's new content, staged in bxc_new_StudyOfNorth, into StudyCase: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read StudyOfNorth.put.sql  commit;
insert into bxc_put_StudyOfNorth (bxc_staged) values ('new');
