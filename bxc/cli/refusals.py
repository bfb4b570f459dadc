"""The codes with which a database refuses a put or an edit, in words (`docs/semantics.md`, "Refusals")."""

from __future__ import annotations

MEANING = {
    "BXC10": "a duplicate or missing key",
    "BXC11": "a key that a row outside the view holds",
    "BXC12": "a row that does not satisfy the view's `where`",
    "BXC13": "no right to make this change",
    "BXC14": "a new row without a key of its own in the source",
    "BXC15": "a computed column that disagrees",
    "BXC16": "a value outside its type",
    "BXC17": "a row that breaks a constraint of the source",
    "BXC18": "an update of a key that the view does not have",
    "BXC19": "a deletion that the view rejects",
}

PAGES = {
    "BXC10": """\
A row has NULL in its key, or two rows have one key, or an insert or a rename takes the key of a row that stays.
Give each row a key of its own. To replace a row, write an update rather than a deletion and an insertion of one key.
""",
    "BXC11": """\
The source has a row with this key that the view's `where` hides, and the view says `on hidden reject` (the default).
Choose another key, change the hidden row at its owner, or let the view bring the row back with `on hidden revive`.
""",
    "BXC12": """\
A row would not be visible in the view after the put: its values do not make the view's `where` true (unknown counts as
not true). Put such a row through a view that shows it, or into the source itself.
""",
    "BXC13": """\
The edit would change a share, and this peer does not hold the right: see `update`, `insert` and `delete` in the
share, and the table `bxc_rights`. Ask the authority of the share for the right.
""",
    "BXC14": """\
A new row needs a new source row, but the view hides a column of the source's primary key and has no value for it.
Let the view make one with `keep ... default c = fresh`, or insert at the owner of the source.
""",
    "BXC15": """\
A column that the view computes (`add c = ...`) holds another value than the computation gives. Put back the value that
`get` gave, or change the columns that it is computed from and state the new value.
""",
    "BXC16": """\
A value is not one of its column's type: NULL in a NOT NULL column, a text longer than varchar(n), one that the enum
does not list, a decimal with too many digits, a date or uuid not in canonical form; or a new source row would have
NULL in a hidden NOT NULL column without a default.
""",
    "BXC17": """\
The source would break a constraint: CHECK, UNIQUE, a foreign key (in either direction), or `determines`.
The column bxc_detail of the violations names it.
""",
    "BXC18": """\
A delta updates a row that the view does not have. Read the view again: someone may have deleted or renamed the row.
An `insert` adds a new row.
""",
    "BXC19": """\
Rows would vanish from the view, and the view says `on delete reject`, or `on delete set` would not make them vanish.
In a whole put every row that the file lacks counts as deleted: use `--delta` to change a few rows.
""",
}


def page(code: str) -> str | None:
    """The page of a code, in the form of the other codes' pages; None if it is none of these."""
    if code not in MEANING:
        return None
    meaning = MEANING[code]
    return f"# {code}: {meaning}\n\nThe database refused a put or an edit; nothing was changed.\n\n{PAGES[code]}"
