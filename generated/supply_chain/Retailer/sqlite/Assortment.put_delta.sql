-- Puts a delta of the view, staged in bxc_delta_Assortment, into Item: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read Assortment.put_delta.sql  commit;
insert into bxc_put_Assortment (bxc_staged) values ('delta');
