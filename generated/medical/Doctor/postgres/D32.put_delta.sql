-- Puts a delta of the view, staged in bxc_delta_D32, into D3: all of it or, with a BXC error, nothing.
-- The put locks the source against other writers until its transaction ends; after an error roll back.
select public."bxc_put_delta_D32"();
