-- PriceList: the view of Variant
select distinct
  s.sku, s.name, s.list_price
from Variant as s;
