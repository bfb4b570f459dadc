-- Puts a delta of the view, staged in bxc_delta_D13, into D1: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read D13.put_delta.sql  commit;
insert into bxc_put_D13 (bxc_staged) values ('delta');
