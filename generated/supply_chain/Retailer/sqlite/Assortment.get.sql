-- Assortment: the view of Item
select
  s.sku, s.name, s.list_price
from Item as s;
