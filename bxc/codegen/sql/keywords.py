"""The words that each engine does not take for a name when they stand bare."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Those of SQLite's keywords that have no fallback to an identifier, and true and false, which only a column hides.
SQLITE = _words("""
add all alter and as autoincrement between case cast check collate commit constraint create current_date
current_time current_timestamp default deferrable delete distinct drop else escape except exists false foreign
from group having if in index insert intersect into is isnull join limit not nothing notnull null on or order
primary raise recursive references returning select set table then to transaction true union unique update
using values when where window with without
""")

# All that DuckDB's `duckdb_keywords()` does not call unreserved; insert and delete, which other readers stumble over.
DUCKDB = _words("""
delete insert
all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary bit
boolean both by case cast char character check coalesce collate collation column columns concurrently
constraint create cross dec decimal default deferrable desc describe distinct do else end except exists
extract false fetch float for foreign freeze from full generated glob group grouping grouping_id having ilike
in initially inner inout int integer intersect interval into is isnull join lambda lateral leading left like
limit map national natural nchar none not notnull null nullif numeric offset on only or order out outer
overlaps overlay pivot pivot_longer pivot_wider placing position positional precision primary qualify real
references returning right row select semi setof show similar smallint some struct substring summarize
symmetric table tablesample then time timestamp to trailing treat trim true try_cast tuple union unique unpack
unpivot using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement
xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
""")

# All that PostgreSQL's `pg_get_keywords()` does not call unreserved, in any release from 15; insert, delete as above.
POSTGRES = _words("""
delete insert
all analyse analyze and any array as asc asymmetric at authorization between bigint binary bit boolean both by
case cast char character check coalesce collate collation column concurrently constraint create cross
current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
only or order out outer overlaps overlay placing position precision primary real references returning right
row select session_user setof similar smallint some substring symmetric system_user table tablesample then
time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where
window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
xmlserialize xmltable
""")

# Names are quoted that any reader of Spark's SQL may take for a word: those of the other engines, and its own.
SPARK = (
    SQLITE
    | DUCKDB
    | POSTGRES
    | _words("""
bucket buckets by cache cluster clustered clear comment database databases day dfs distribute div escaped except
exclude explain extended external fields format formatted function functions global history hour identifier
import include inpath inputformat interval ilike items keys last lazy list load location lock logical macro
matched merge minus minute month msck names no nulls of option options outputformat overwrite partition
partitioned percent pivot principals purge query range record refresh regexp rename repair replace reset revoke
rlike role roles rollup schema second seconds separated serde sets show skewed sort sorted source stored
stratify sync tables target tblproperties temporary terminated timestamp touch transactions transform truncate
type unarchive unbounded uncache unlock unset use value version view views week year zone system_version
system_time timestamp_ntz timestamp_ltz void struct map array date
""")
)
