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
