-- Puts the view's new content, staged in bxc_new_StudyOfSouth, into StudyCase: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read StudyOfSouth.put.sql  commit;
insert into bxc_put_StudyOfSouth (bxc_staged) values ('new');
