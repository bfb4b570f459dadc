-- Puts the view's new content, staged in bxc_new_Released, into Prescription: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read Released.put.sql  commit;
insert into bxc_put_Released (bxc_staged) values ('new');
