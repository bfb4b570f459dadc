"""The rows of a view → text for people, CSV, NDJSON, JSON, or a Parquet file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import assert_never

from bxc import types as t
from bxc.codegen.sql.dialect import DUCKDB, iso_timestamp, text_literal
from bxc.codegen.sql.names import quote
from bxc.database.bundle import Bundle, View
from bxc.database.connection import Database, DatabaseError, Result, Row
from bxc.database.duckdb import connect, errors, utf8_name
from bxc.database.rows import SPOOL_NULL, RowFile, reading
from bxc.database.types import DIALECTS
from bxc.report.width import display_width, printable

Cell = str | None
Text = Callable[[object], Cell]

QUOTED = re.compile(r"""[",\x00-\x1f\x7f-\xa0\u2028\u2029]|^\Z""")
MEASURED = 1_000  # rows that decide how wide a table's columns are
WIDEST = 60


def get(database: Database, bundle: Bundle, peer: str, view: View) -> Result:
    """The rows of a view by its key, as the engine stores them; DatabaseError if the view is not installed."""
    if view.name not in database.objects():
        raise DatabaseError(f"view {view.name} is not installed in this database; `bxc install` does that")
    select = bundle.script(peer, database.engine, view.name, "get").rstrip().rstrip(";")
    key = ", ".join(quote(column, DIALECTS[database.engine]) for column in view.key)
    return database.query(f"select * from (\n{select}\n) as v order by {key}")


def texts(view: View, engine: str) -> list[Text]:
    """For each column, what turns a stored value into its canonical text; NULL stays None."""
    return [_text(type_, engine) for type_ in view.columns.values()]


def _text(type_: t.Type, engine: str) -> Text:
    scaled = engine == "sqlite"
    match type_:
        case t.Text() | t.Varchar() | t.Enum():
            return _as_it_is
        case t.Bool():
            return lambda value: None if value is None else "true" if value else "false"
        case t.Decimal() if scaled:
            return lambda value: None if value is None else f"{Decimal(str(value)).scaleb(-type_.scale):f}"
        case t.Timestamp() if not scaled:
            return lambda value: None if not isinstance(value, datetime) else iso_timestamp(value)
        case t.Bytes():
            return lambda value: None if not isinstance(value, bytes) else value.hex()
        case t.Real():
            return lambda value: None if value is None else repr(value)
        case t.Int() | t.Decimal() | t.Date() | t.Timestamp() | t.Uuid():
            return lambda value: None if value is None else str(value)
        case _:
            assert_never(type_)


def _as_it_is(value: object) -> Cell:
    assert value is None or isinstance(value, str)
    return value


def csv_lines(columns: Sequence[str], rows: Iterable[Row], text: Sequence[Text], null: str) -> Iterator[str]:
    """CSV with a header, lines ended by LF. NULL is ``null`` without quotes; a text that equals it is quoted."""

    def cell(value: Cell) -> str:
        if value is None:
            return null
        if value == null or QUOTED.search(value):
            return '"' + value.replace('"', '""') + '"'
        return value

    yield ",".join(map(cell, columns)) + "\n"
    for row in rows:
        yield ",".join(cell(of(value)) for of, value in zip(text, row, strict=True)) + "\n"


def ndjson_lines(columns: Sequence[str], rows: Iterable[Row], text: Sequence[Text], view: View) -> Iterator[str]:
    """One JSON object a line. Decimals are texts, so that no reader rounds them; bytes are hexadecimal texts."""
    types = list(view.columns.values())
    for row in rows:
        values = [_json(of(value), type_) for of, value, type_ in zip(text, row, types, strict=True)]
        yield json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False) + "\n"


def json_lines(columns: Sequence[str], rows: Iterable[Row], text: Sequence[Text], view: View) -> Iterator[str]:
    """One JSON array of objects as `ndjson_lines` writes them."""
    separator = "[\n  "
    for line in ndjson_lines(columns, rows, text, view):
        yield separator + line.rstrip("\n")
        separator = ",\n  "
    yield "[]\n" if separator == "[\n  " else "\n]\n"


def _json(value: Cell, type_: t.Type) -> object:
    if value is None:
        return None
    match type_:
        case t.Int():
            return int(value)
        case t.Bool():
            return value == "true"
        case t.Real():
            return float(value)
        case _:
            return value


def table_lines(columns: Sequence[str], rows: Iterable[Row], text: Sequence[Text]) -> Iterator[str]:
    """A table for people; NULL is shown as `NULL`. The first thousand rows decide the widths."""
    cells = ([_shown(of(value)) for of, value in zip(text, row, strict=True)] for row in rows)
    first = list(islice(cells, MEASURED))
    widths = [max(map(display_width, column)) for column in zip(columns, *first, strict=True)]
    yield _table_line(columns, widths)
    yield "  ".join("-" * width for width in widths) + "\n"
    for row in chain(first, cells):
        yield _table_line(row, widths)


def _shown(value: Cell) -> str:
    if value is None:
        return "NULL"
    line = printable(value)
    return line if len(line) <= WIDEST else line[: WIDEST - 3] + "..."


def _table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - display_width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip() + "\n"


def write_parquet(view: View, lines: Iterable[str], spool: Path, target: Path) -> None:
    """Write CSV ``lines`` (with `SPOOL_NULL`) of a view as Parquet, by way of the file ``spool``."""
    with spool.open("w", encoding="utf-8", newline="") as out:
        out.writelines(lines)
    with errors(), connect() as writer:
        source = reading(RowFile(spool, "csv", str(target), SPOOL_NULL), view.columns, frozenset(), "duckdb", writer)
        names = ", ".join(quote(name, DUCKDB) for name in source.columns)
        path = text_literal(utf8_name(target))
        writer.execute(f"copy (select {names} from ({source.sql})) to {path} (format parquet)")
