-- Puts a delta of the view, staged in bxc_delta_D23, into D2: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read D23.put_delta.sql  commit;
insert into bxc_put_D23 (bxc_staged) values ('delta');
