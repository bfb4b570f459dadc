-- Puts a delta of the view, staged in bxc_delta_D31, into D3: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read D31.put_delta.sql  commit;
insert into bxc_put_D31 (bxc_staged) values ('delta');
