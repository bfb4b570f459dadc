-- Puts the view's new content, staged in bxc_new_Assortment, into Item: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read Assortment.put.sql  commit;
insert into bxc_put_Assortment (bxc_staged) values ('new');
