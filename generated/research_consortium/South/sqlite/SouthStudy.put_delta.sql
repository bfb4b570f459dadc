-- Puts a delta of the view, staged in bxc_delta_SouthStudy, into SouthCase: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read SouthStudy.put_delta.sql  commit;
insert into bxc_put_SouthStudy (bxc_staged) values ('delta');
