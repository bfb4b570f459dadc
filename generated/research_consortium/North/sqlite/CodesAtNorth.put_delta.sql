-- Puts a delta of the view, staged in bxc_delta_CodesAtNorth, into NorthCode: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read CodesAtNorth.put_delta.sql  commit;
insert into bxc_put_CodesAtNorth (bxc_staged) values ('delta');
