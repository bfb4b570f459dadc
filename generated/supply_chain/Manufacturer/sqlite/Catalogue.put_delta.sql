-- Puts a delta of the view, staged in bxc_delta_Catalogue, into Component: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read Catalogue.put_delta.sql  commit;
insert into bxc_put_Catalogue (bxc_staged) values ('delta');
