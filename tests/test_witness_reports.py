from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import finding, label, report, source
from test_report_documents import documented_schema, faults
from witnesses import ALL_TYPES, EMPTY, FULL, HIDDEN, LAB_TYPES, STOCK, TYPES, compiled, witness

from bxc import types as t
from bxc.check.replay_steps import recipe
from bxc.diagnostic import Diagnostic
from bxc.report import render
from bxc.report.colour import Palette
from bxc.report.text import diagnostic_text
from bxc.report.width import display_width
from bxc.report.witness import table_lines, witness_lines
from bxc.witness import Column, Table, Witness


def found(told: Witness | None = None) -> Diagnostic:
    return replace(finding("BX208", label(source(), "Doctor", "here"), hint="mend it"), witness=told or witness())


# --- text


def test_a_witness_stands_between_the_source_lines_and_the_help() -> None:
    assert diagnostic_text(found()).splitlines()[3:] == [
        "6 |   update dosage by Doctor, Nurse",
        "  |                    ^^^^^^ here",
        "  |",
        "  = for example:",
        "  |   Item of Shop, before",
        "  |     sku | shelf | sold",
        "  |     ----+-------+------",
        "  |     'a' | 1     | true",
        "  |     ^^^           ^^^^",
        "  |     'b' | 2     | false",
        "  |   what arrives",
        "  |     sku | shelf",
        "  |     ----+------",
        "  |     'a' | 3",
        "  |   Shop refuses the new row, as its source has a row with this key that the view hides.",
        "  |",
        "  = help: mend it",
        "  = `bxc explain BX208` tells more",
    ]


def test_values_are_written_as_in_a_spec() -> None:
    columns = tuple(Column(str(type_).partition("(")[0], type_) for type_ in LAB_TYPES)
    table = Table("all", columns, (FULL, EMPTY))
    text = "\n".join(table_lines(table, width=400))
    for value in (
        "9223372036854775807", "-12.50", "'äöü€'", "false", "'0001-01-01'", "'9999-12-31 23:59:59.999999'",
        "'it''s'", "'00112233-4455-6677-889", "'00ff27'", "-1.5e-300",
    ):  # fmt: skip
        assert f"| {value}" in text or f"  {value}" in text
    assert re.search(r"-5 +(\| NULL +){10}\| 9223372036854775807$", text, re.MULTILINE)


def test_a_text_null_is_told_from_NULL() -> None:  # noqa: N802
    lines = table_lines(Table("t", (Column("c", t.Text()),), (("NULL",), (None,))))
    assert [line.strip() for line in lines[3:]] == ["'NULL'", "NULL"]


def test_what_could_move_the_cursor_or_turn_the_text_is_made_visible() -> None:
    bad = "a\x1b[31m\u202e\u2066\r\n\u2028b"
    table = Table(bad, (Column(bad, t.Text()),), ((bad,),), frozenset({(0, 0)}))
    for line in witness_lines(Witness((table,), bad, None)):
        assert not set(line) & set("\x1b\u202e\u2066\r\n\u2028")


def test_of_a_wide_table_the_marked_columns_and_the_first_are_shown() -> None:
    columns = tuple(Column(f"column_{n}", t.Int()) for n in range(200))
    row = tuple(range(1000, 1200))
    table = Table("wide", columns, (row,), frozenset({(0, 150), (0, 199)}))
    _, head, _, cells, carets = table_lines(table)
    names = [name.strip() for name in head.split("|")]
    assert names[0] == "column_0"
    assert names[-3:-1] == ["column_150", "column_199"]
    assert names[-1] == f"… {200 - len(names) + 1} more columns"
    assert cells.index("1150") == carets.index("^^^^")
    assert len(re.findall(r"\^+", carets)) == 2


def test_a_long_value_is_cut() -> None:
    (_, _, _, cell) = table_lines(Table("t", (Column("c", t.Text()),), (("x" * 1000,),)))
    assert cell.strip() == f"'{'x' * 29}…'"


def test_of_many_rows_the_marked_ones_are_shown() -> None:
    rows = tuple((n,) for n in range(100))
    lines = table_lines(Table("t", (Column("c", t.Int()),), rows, frozenset({(77, 0)})))
    assert "  77" in lines
    assert lines[-1].strip() == "… 88 more rows"


def test_carets_stand_below_wide_characters() -> None:
    table = Table("t", (Column("名前", t.Text()), Column("x", t.Int())), (("日本", 1),), frozenset({(0, 1)}))
    _, head, rule, row, carets = table_lines(table)
    assert [display_width(line.rpartition(mark)[0]) for line, mark in ((head, "x"), (row, "1"), (carets, "^"))] == [
        11
    ] * 3
    assert len(rule) == 12


def tables() -> st.SearchStrategy[Table]:
    value = st.none() | st.text(max_size=60)

    def of(size: int) -> st.SearchStrategy[Table]:
        column = st.builds(Column, st.text(min_size=1, max_size=50), st.just(t.Text()))
        cell = st.tuples(st.integers(0, 20), st.integers(0, size - 1))
        return st.builds(
            Table,
            st.text(max_size=300),
            st.tuples(*[column] * size),
            st.lists(st.tuples(*[value] * size), min_size=21, max_size=21).map(tuple),
            st.frozensets(cell, max_size=20),
        )

    return st.integers(1, 15).flatmap(of)


@given(tables(), st.text(max_size=300))
def test_no_line_is_wider_than_120_cells_and_colour_changes_no_letter(table: Table, outcome: str) -> None:
    told = found(Witness((table,), outcome, None))
    plain = diagnostic_text(told)
    assert max(display_width(line) for line in plain.split("\n")) <= 120
    coloured = diagnostic_text(told, Palette(on=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    for form in ("json", "sarif", "github", "junit"):
        assert render(report(told), form, {}).endswith("\n")


# --- documents


def json_witness(told: Diagnostic, engine_steps: bool) -> Any:
    steps = {}
    if engine_steps:
        plan = compiled(STOCK)[1]
        steps = {HIDDEN: {engine: recipe(HIDDEN, plan, engine).steps for engine in ("sqlite", "duckdb")}}
    document = json.loads(render(replace(report(told), steps=steps), "json", {}))
    schema = documented_schema()
    assert faults(document, schema, schema) == []
    return document["diagnostics"][0]["witness"]


def test_the_json_report_has_the_witness_as_documented() -> None:
    told = json_witness(found(), engine_steps=False)
    assert told["tables"][0]["columns"][2] == {"name": "sold", "type": "bool"}
    assert told["tables"][0]["rows"] == [["a", 1, True], ["b", 2, False]]
    assert told["tables"][0]["marked"] == [[0, 0], [0, 2]]
    assert told["scenario"]["puts"] == [
        {"database": "Shop", "view": "Open", "edits": [{"operation": "insert", "old_key": None, "row": ["a", 3]}]}
    ]
    assert told["scenario"]["refused"] == "BXC11"
    assert told["sql"] == {}


def test_all_values_of_the_json_report_are_as_documented() -> None:
    columns = tuple(Column(f"c{n}", type_) for n, type_ in enumerate(LAB_TYPES))
    told = json_witness(found(Witness((Table("t", columns, (FULL, EMPTY)),), "so", ALL_TYPES)), engine_steps=False)
    assert told["tables"][0]["rows"][0] == [
        {"int": "9223372036854775807"}, {"decimal": "-12.50"}, "it's\n\t\u202e", "äöü€", False, {"date": "0001-01-01"},
        {"timestamp": "9999-12-31 23:59:59.999999"}, "it's", {"uuid": "00112233-4455-6677-8899-aabbccddeeff"},
        {"bytes": "00ff27"}, {"real": "-1.5e-300"}, -5,
    ]  # fmt: skip


def test_the_json_report_has_the_statements_where_they_are_given() -> None:
    sql = json_witness(found(), engine_steps=True)["sql"]
    assert [step.get("file") for step in sql["sqlite"]] == [
        "Shop/sqlite/schema.sql", "Shop/sqlite/Open.sql", None, None, "Shop/sqlite/Open.put_delta.sql"
    ]  # fmt: skip
    assert (
        "insert into Item (sku, shelf, sold) values\n  ('a', 1, 1),\n  ('b', 2, 0);" in sql["sqlite"][2]["statements"]
    )
    assert "('insert', null, 'a', 3)" in sql["duckdb"][-2]["statements"]


def test_files_named_by_the_statements_are_files_that_the_compiler_writes() -> None:
    from bxc.codegen.generate import generate

    for text, scenario in ((STOCK, HIDDEN), (TYPES, ALL_TYPES)):
        spec, plan = compiled(text)
        written = {file.path for file in generate(spec, plan, ("sqlite", "duckdb"))}
        for engine in ("sqlite", "duckdb"):
            files = {step.file for step in recipe(scenario, plan, engine).steps if step.file is not None}
            assert files <= written


@pytest.mark.parametrize("form", ["sarif", "github", "junit"])
def test_other_forms_tell_the_outcome_and_the_rows(form: str) -> None:
    document = render(report(found()), form, {})
    if form == "sarif":
        text = json.loads(document)["runs"][0]["results"][0]["message"]["text"]
    elif form == "junit":
        text = ElementTree.fromstring(document).findtext("testsuite/testcase/failure") or ""
    else:
        text = document.replace("%0A", "\n")
    assert witness().outcome in text
    row = (
        "'a' | 1     | true" if form == "junit" else "Item of Shop, before: (sku *'a'*, shelf 1, sold *true*); (sku 'b'"
    )
    assert row in text
