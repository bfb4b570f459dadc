-- Puts a delta of the view, staged in bxc_delta_StudyOfNorth, into StudyCase: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read StudyOfNorth.put_delta.sql  commit;
insert into bxc_put_StudyOfNorth (bxc_staged) values ('delta');
