-- Puts a delta of the view, staged in bxc_delta_CodesAtCentre, into Code: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read CodesAtCentre.put_delta.sql  commit;
insert into bxc_put_CodesAtCentre (bxc_staged) values ('delta');
