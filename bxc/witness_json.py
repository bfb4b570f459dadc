"""Witnesses ⇄ JSON without loss, as `docs/report-format.md` describes it: for reports, and to keep verdicts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, assert_never
from uuid import UUID

from bxc import types as t
from bxc import witness as w

SAFE = 2**53 - 1  # the greatest int that every reader of JSON keeps (RFC 8259, section 6)
PLAIN: dict[str, t.Type] = {
    str(type_): type_ for type_ in (t.Int(), t.Text(), t.Bool(), t.Date(), t.Timestamp(), t.Uuid(), t.Bytes(), t.Real())
}
SIZED = re.compile(r"(decimal|varchar)\((\d+)(?:,(\d+))?\)")
QUOTED = re.compile(r"'((?:[^']|'')*)'")

Json = dict[str, Any]


# --- to JSON --------------------------------------------------------------------------------------------------------


def to_json(witness: w.Witness) -> Json:
    """A JSON object of new lists and dicts; `from_json` gives an equal witness back."""
    return {
        "tables": [_table(table) for table in witness.tables],
        "outcome": witness.outcome,
        "scenario": None if witness.scenario is None else scenario_to_json(witness.scenario),
    }


def scenario_to_json(scenario: w.Scenario) -> Json:
    """The form of a scenario alone."""
    return {
        "databases": [
            {
                "label": database.label,
                "peer": database.peer,
                "sources": [{"source": s.source, "rows": _rows(s.rows)} for s in database.sources],
            }
            for database in scenario.databases
        ],
        "before": [_content(content) for content in scenario.before],
        "puts": [
            {"database": put.database, "view": put.view, "edits": [_edit(edit) for edit in put.edits]}
            for put in scenario.puts
        ],
        "refused": scenario.refused,
        "after": [_content(content) for content in scenario.after],
    }


def _table(table: w.Table) -> Json:
    return {
        "title": table.title,
        "columns": [{"name": column.name, "type": str(column.type)} for column in table.columns],
        "rows": _rows(table.rows),
        "marked": [list(cell) for cell in sorted(table.marked)],
    }


def _content(content: w.Content) -> Json:
    return {"database": content.database, "relation": content.relation, "rows": _rows(content.rows)}


def _edit(edit: w.Edit) -> Json:
    return {
        "operation": edit.operation,
        "old_key": None if edit.old_key is None else _row(edit.old_key),
        "row": None if edit.row is None else _row(edit.row),
    }


def _rows(rows: Sequence[w.Row]) -> list[Any]:
    return [_row(row) for row in rows]


def _row(row: w.Row) -> list[Any]:
    return [value_to_json(value) for value in row]


def value_to_json(value: t.Value) -> Any:
    """NULL, bools, texts and ints that fit a double as they are; any other value as an object that names its type."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -SAFE <= value <= SAFE else {"int": str(value)}
        case float():
            return {"real": repr(value)}
        case Decimal():
            return {"decimal": f"{value:f}"}
        case datetime():
            return {"timestamp": value.isoformat(sep=" ", timespec="microseconds")}
        case date():
            return {"date": value.isoformat()}
        case UUID():
            return {"uuid": str(value)}
        case bytes():
            return {"bytes": value.hex()}
        case _:
            assert_never(value)


# --- from JSON ------------------------------------------------------------------------------------------------------


def from_json(document: Json) -> w.Witness:
    """The witness of `to_json`; KeyError, TypeError or ValueError if it is none. Other members are ignored."""
    scenario = document["scenario"]
    return w.Witness(
        tuple(
            w.Table(
                table["title"],
                tuple(w.Column(column["name"], type_from_text(column["type"])) for column in table["columns"]),
                _read_rows(table["rows"]),
                frozenset((row, column) for row, column in table["marked"]),
            )
            for table in document["tables"]
        ),
        document["outcome"],
        None if scenario is None else scenario_from_json(scenario),
    )


def scenario_from_json(document: Json) -> w.Scenario:
    """The scenario of `scenario_to_json`; errors as of `from_json`."""
    return w.Scenario(
        tuple(
            w.Database(
                database["label"],
                database["peer"],
                tuple(w.SourceRows(s["source"], _read_rows(s["rows"])) for s in database["sources"]),
            )
            for database in document["databases"]
        ),
        tuple(map(_read_content, document["before"])),
        tuple(w.Put(put["database"], put["view"], tuple(map(_read_edit, put["edits"]))) for put in document["puts"]),
        document["refused"],
        tuple(map(_read_content, document["after"])),
    )


def _read_content(content: Json) -> w.Content:
    return w.Content(content["database"], content["relation"], _read_rows(content["rows"]))


def _read_edit(edit: Json) -> w.Edit:
    old_key, row = edit["old_key"], edit["row"]
    return w.Edit(
        edit["operation"], None if old_key is None else _read_row(old_key), None if row is None else _read_row(row)
    )


def _read_rows(rows: Sequence[Sequence[Any]]) -> tuple[w.Row, ...]:
    return tuple(map(_read_row, rows))


def _read_row(row: Sequence[Any]) -> w.Row:
    return tuple(map(value_from_json, row))


def value_from_json(value: Any) -> t.Value:
    """The value of `value_to_json`; ValueError for anything else."""
    match value:
        case None | bool() | str() | int():
            return value
        case dict() if len(value) != 1:
            raise ValueError(f"no value: {value!r}")
        case {"int": str(text)}:
            return int(text)
        case {"real": str(text)}:
            return float(text)
        case {"decimal": str(text)}:
            return Decimal(text)
        case {"timestamp": str(text)}:
            return datetime.fromisoformat(text)
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case {"uuid": str(text)}:
            return UUID(text)
        case {"bytes": str(text)}:
            return bytes.fromhex(text)
        case _:
            raise ValueError(f"no value: {value!r}")


def type_from_text(text: str) -> t.Type:
    """The type that is written so; ValueError if there is none."""
    if text in PLAIN:
        return PLAIN[text]
    sized = SIZED.fullmatch(text)
    match sized.groups() if sized else None:
        case ("decimal", precision, str(scale)):
            return t.Decimal(int(precision), int(scale))
        case ("varchar", length, None):
            return t.Varchar(int(length))
    listed = text.removeprefix("enum(").removesuffix(")")
    values = QUOTED.findall(listed)
    type_ = t.Enum(tuple(value.replace("''", "'") for value in values))
    if str(type_) != text:
        raise ValueError(f"no type: {text!r}")
    return type_
