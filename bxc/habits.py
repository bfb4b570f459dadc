"""Words of SQL and of other languages → how a spec says it."""

from __future__ import annotations

TYPE_WORDS = frozenset(
    {"int", "decimal", "text", "varchar", "bool", "date", "timestamp", "enum", "uuid", "bytes", "real"}
)

_FILTER = "a view is a pipeline: `where` filters rows, `keep` picks columns, `add` computes one"
_UNORDERED = "a view is a set of rows, without order or limit"
_NO_GROUPS = "a view has no aggregates; `keep` without the key gives groups, by `determines`"
_TABLE = "a base table is written `source NAME at PEER { … }`"
_RIGHTS = "a share grants rights: `update a, b by PEER`, `insert by PEER`, `delete by PEER`"

HABITS: dict[tuple[str, str], str] = {
    ("declaration", "create"): _TABLE + ", a view `view NAME from SOURCE { … }`",
    ("declaration", "table"): _TABLE,
    ("declaration", "include"): "write `import 'file.bxc'`",
    ("declaration", "select"): "a view is written `view NAME from SOURCE { … }`",
    ("declaration", "grant"): _RIGHTS,
    ("column", "foreign"): "write `references SOURCE(column)` behind the column's type",
    ("column", "references"): "write `references SOURCE(column)` behind the column's type",
    ("constraint", "constraint"): "write `check NAME: (…)`",
    ("column", "index"): "indexes are the database's own business; `unique (a, b)` declares a key",
    ("step", "select"): "write `keep a, b` to pick columns",
    ("step", "from"): "the line that opens a view says what it is from: `view NAME from SOURCE {`",
    ("step", "filter"): "write `where …`",
    ("step", "having"): _FILTER,
    ("step", "with"): _FILTER,
    ("step", "group"): _NO_GROUPS,
    ("step", "order"): _UNORDERED,
    ("step", "limit"): _UNORDERED,
    ("step", "distinct"): "a view is a set of rows: it has no duplicates",
    ("step", "inner"): "write `join T on k`",
    ("step", "left"): "write `join T on k`",
    ("step", "except"): "write `minus V`",
    ("step", "primary"): "write `key (a, b)`",
    ("step", "compute"): "write `add c = …`",
    ("item", "grant"): _RIGHTS,
    ("item", "allow"): _RIGHTS,
    ("item", "select"): "both ends of a share see the whole of their views: there is no right to read",
    ("item", "read"): "both ends of a share see the whole of their views: there is no right to read",
}

COLUMN_HABITS: dict[str, str] = {
    "null": "a column may be NULL unless it says `not null`",
    "auto_increment": "a column takes its value from who inserts the row, or from `default`",
    "autoincrement": "a column takes its value from who inserts the row, or from `default`",
    "identity": "a column takes its value from who inserts the row, or from `default`",
    "generated": "write `add c = …` in a view",
    "collate": "text is compared by code point everywhere",
    "constraint": "write `check NAME: (…)`",
    "precision": "the type is called `real`",
    "varying": "the type is called `varchar(n)`",
    "unsigned": "write `check (c >= 0)`",
    "with": "a timestamp is always UTC",
    "without": "a timestamp is always UTC",
    "zone": "a timestamp is always UTC",
    "on": "a reference has no actions: what a put would break, it refuses",
    "comment": "a comment begins with `#`",
}
