-- Puts a delta of the view, staged in bxc_delta_Released, into Prescription: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read Released.put_delta.sql  commit;
insert into bxc_put_Released (bxc_staged) values ('delta');
