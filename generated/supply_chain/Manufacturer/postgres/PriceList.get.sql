-- PriceList: the view of Variant
select distinct
  s.sku as sku, s.name as name, s.list_price as list_price
from public."Variant" as s;
