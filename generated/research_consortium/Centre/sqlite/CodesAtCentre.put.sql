-- Puts the view's new content, staged in bxc_new_CodesAtCentre, into Code: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read CodesAtCentre.put.sql  commit;
insert into bxc_put_CodesAtCentre (bxc_staged) values ('new');
