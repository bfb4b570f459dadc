-- Puts the view's new content, staged in bxc_new_RxAtHospital, into Prescription: all of it or, with a BXC error, nothing.
-- The put locks the source against other writers until its transaction ends; after an error roll back.
select public."bxc_put_RxAtHospital"();
