-- Assortment: the view of Item
select
  s.sku as sku, s.name as name, s.list_price as list_price
from public."Item" as s;
