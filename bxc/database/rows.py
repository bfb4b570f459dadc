"""A file of rows (CSV, NDJSON, Parquet) → a query of DuckDB's that yields them as an engine stores them.

The file is read as a stream, whatever its size. A value that is none of its column's type is found in the same pass.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from bxc import types as t
from bxc.codegen.sql.dialect import DUCKDB, text_literal
from bxc.codegen.sql.names import quote
from bxc.database.convert import expected, from_text, readable, stored, to_text
from bxc.dataclass import dataclass
from bxc.suggest import closest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUFFIXES = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson"}
FORMATS = ("csv", "parquet", "ndjson")
BAD = "bxc_bad"
SPOOL_NULL = "\\N"
HALF = re.compile("[\ud800-\udfff]")
LONGEST_LINE = 32_000_000  # octets of a row of CSV; a reader holds a few buffers of this size at the most

Columns = Mapping[str, t.Type]


class RowsError(Exception):
    """The file does not hold the rows that are wanted; the text names the file and, where it can, the line."""


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file of rows: ``format`` is one of `FORMATS`; ``null`` stands, unquoted, for NULL in CSV."""

    path: Path
    format: str
    shown: str
    null: str = ""
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Reading:
    """``sql`` yields the wanted columns in order, then `bxc_bad`: NULL, or `row:column:value` of a bad value."""

    sql: str
    columns: tuple[str, ...]


def row_file(path: Path, form: str | None, null: str, delimiter: str | None) -> RowFile:
    """A file with its format from its suffix, unless one is given; RowsError if there is neither."""
    found = form or SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise RowsError(f"{path}: the suffix does not tell the format; say --format {', '.join(FORMATS)}")
    separator = delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")
    if separator in null:
        raise RowsError(f"{path}: what separates fields cannot stand for NULL")
    return RowFile(path, found, str(path), null, separator)


def reading(
    file: RowFile, wanted: Columns, optional: frozenset[str], engine: str, reader: DuckDBPyConnection
) -> Reading:
    """The query for the wanted columns of a file; those in ``optional`` are NULL where the file lacks them.

    RowsError if the file lacks another, or has one that is not wanted.
    """
    present = _columns(file, reader)
    _compare(file, list(present), wanted, optional)
    for name, type_ in present.items():
        if not readable(type_, wanted[name]):
            raise RowsError(f"{file.shown}: column {name} is {type_}, which is not {expected(wanted[name])}")
    texts = {name: to_text(quote(name, DUCKDB), present[name]) for name in wanted if name in present}
    values = {name: from_text(f"bxc_t{index}", wanted[name]) for index, name in enumerate(texts)}
    spread = ", ".join(f"{text} as bxc_t{index}" for index, text in enumerate(texts.values()))
    converted = ", ".join(f"{value} as bxc_v{index}" for index, value in enumerate(values.values()))
    bad = " ".join(
        f"when bxc_t{index} is not null and bxc_v{index} is null "
        f"then concat(bxc_n, ':{list(wanted).index(name)}:', bxc_t{index})"
        for index, name in enumerate(texts)
    )
    order = {name: index for index, name in enumerate(texts)}
    out = ", ".join(
        f"{stored(f'bxc_v{order[name]}', type_, engine)} as {quote(name, DUCKDB)}"
        if name in order
        else f"cast(null as {DUCKDB.column_type(type_)}) as {quote(name, DUCKDB)}"
        for name, type_ in wanted.items()
    )
    sql = (
        f"select {out}, case {bad} end as {BAD} from (select bxc_n, bxc_t0, {_rest('bxc_t', len(texts))}{converted} "
        f"from (select row_number() over () as bxc_n, {spread} from {_source(file, present)}))"
    )
    return Reading(sql, tuple(wanted))


def _rest(prefix: str, count: int) -> str:
    return "".join(f"{prefix}{index}, " for index in range(1, count))


def bad_value(file: RowFile, wanted: Columns, bad: str) -> RowsError:
    """The error for what `bxc_bad` tells."""
    number, index, value = bad.split(":", 2)
    column, type_ = list(wanted.items())[int(index)]
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    place = f"{file.shown}:{_place(file, int(number))}"
    return RowsError(f"{place}: `{shown}` in column {column} is not {expected(type_)}")


def _place(file: RowFile, number: int) -> str:
    """The line of the n-th row, or its number where the format has no lines."""
    if file.format == "parquet":
        return f"row {number}"
    if file.format == "ndjson":
        with file.path.open(encoding="utf-8-sig") as lines:
            filled = (index for index, line in enumerate(lines, start=1) if line.strip())
            return str(next(islice(filled, number - 1, None), number))
    with file.path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        records = csv.reader(text, delimiter=file.delimiter)
        header = next(records, [])
        before, count = records.line_num, 0
        for record in records:
            count += bool(record) or len(header) == 1
            if count == number:
                return str(before + 1)
            before = records.line_num
    return str(number)


def _compare(file: RowFile, present: Sequence[str], wanted: Columns, optional: frozenset[str]) -> None:
    if not present:
        raise RowsError(f"{file.shown}: the file is empty; its first line must name the columns {', '.join(wanted)}")
    for name in present:
        if name not in wanted:
            raise _unknown(file.shown, name, wanted)
    missing = [name for name in wanted if name not in present and name not in optional]
    if missing:
        raise RowsError(f"{file.shown}: column {', '.join(missing)} is missing; wanted are {', '.join(wanted)}")


def _unknown(place: str, name: str, wanted: Iterable[str]) -> RowsError:
    close = closest(name, wanted)
    hint = f"did you mean `{close}`?" if close else f"wanted are {', '.join(wanted)}"
    return RowsError(f"{place}: there is no column `{name}`; {hint}")


def _columns(file: RowFile, reader: DuckDBPyConnection) -> dict[str, str]:
    """The columns of a file, with DuckDB's type of each."""
    if file.format == "parquet":
        described = reader.execute(f"describe select * from read_parquet({_path(file)})").fetchall()
        return {str(name): str(type_) for name, type_, *_ in described}
    try:
        # Text is decoded in blocks: octets that are no UTF-8 may stand in a later line, which is told when it is read.
        with file.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            header = next(csv.reader(text, delimiter=file.delimiter, strict=True), [])
        "".join(header).encode()
    except csv.Error as error:
        raise RowsError(f"{file.shown}:1: the header cannot be read: {error}") from error
    except UnicodeEncodeError as error:
        raise RowsError(f"{file.shown}:1: not UTF-8 text") from error
    if len(set(header)) < len(header):
        raise RowsError(f"{file.shown}:1: two columns have one name")
    return dict.fromkeys(header, "VARCHAR")


def _source(file: RowFile, present: Mapping[str, str]) -> str:
    if file.format == "parquet":
        return f"read_parquet({_path(file)})"
    columns = ", ".join(f"{text_literal(name)}: 'VARCHAR'" for name in present)
    return (
        f"read_csv({_path(file)}, header = true, auto_detect = false, columns = {{{columns}}}, "
        f"delim = {text_literal(file.delimiter)}, quote = '\"', escape = '\"', "
        f"nullstr = {text_literal(file.null)}, allow_quoted_nulls = false, "
        f"max_line_size = {LONGEST_LINE}, buffer_size = {LONGEST_LINE})"
    )


def _path(file: RowFile) -> str:
    return text_literal(str(file.path))


# --- NDJSON ---------------------------------------------------------------------------------------------------------


def spool_ndjson(file: RowFile, wanted: Columns, target: Path) -> RowFile:
    """NDJSON rewritten as CSV, since only Python's reader keeps every digit of a number; a row a line.

    RowsError names the line that is no object of the wanted columns.
    """
    names = list(wanted)
    with file.path.open(encoding="utf-8-sig") as lines, target.open("w", encoding="utf-8", newline="") as out:
        out.write(_csv_line(names))
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    out.write(_csv_line(_texts(line, f"{file.shown}:{number}", names)))
        except UnicodeDecodeError as error:
            raise RowsError(f"{file.shown}: not UTF-8 text") from error
    return RowFile(target, "csv", file.shown, SPOOL_NULL)


def _texts(line: str, place: str, names: Sequence[str]) -> Iterator[str | None]:
    """The values of a line's object as texts, in the order of the columns; a missing one is NULL."""
    try:
        found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_members)
    except (ValueError, RecursionError) as error:
        raise RowsError(f"{place}: not a JSON object: {error}") from error
    if not isinstance(found, dict):
        raise RowsError(f"{place}: not a JSON object")
    for name in found:
        if name not in names:
            raise _unknown(place, name, names)
    for name in names:
        value = found.get(name)
        if isinstance(value, list | dict):
            raise RowsError(f"{place}: column {name} holds {'a list' if isinstance(value, list) else 'an object'}")
        if isinstance(value, str) and HALF.search(value):
            raise RowsError(f"{place}: column {name} holds half of a character")
        yield None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON; ValueError if a name stands in it twice, of which one value would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("two members have one name")
    return found


def _csv_line(values: Iterable[str | None]) -> str:
    cells = (SPOOL_NULL if value is None else '"' + value.replace('"', '""') + '"' for value in values)
    return ",".join(cells) + "\n"
