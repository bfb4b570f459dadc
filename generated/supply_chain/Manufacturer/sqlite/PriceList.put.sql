-- Puts the view's new content, staged in bxc_new_PriceList, into Variant: all of it or, with a BXC error, nothing.
-- In the sqlite3 shell:  begin immediate;  .read PriceList.put.sql  commit;
insert into bxc_put_PriceList (bxc_staged) values ('new');
