from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxc import types as t
from bxc.database import get
from bxc.database.bundle import View
from bxc.database.connection import Address, Database, open_database
from bxc.database.rows import SPOOL_NULL, RowFile, RowsError, row_file
from bxc.database.stage import Load, load

COLUMNS: dict[str, t.Type] = {
    "k": t.Int(),
    "d": t.Decimal(8, 2),
    "ok": t.Bool(),
    "day": t.Date(),
    "ts": t.Timestamp(),
    "u": t.Uuid(),
    "b": t.Bytes(),
    "r": t.Real(),
    "s": t.Text(),
}
NAMES = ", ".join(COLUMNS)
TABLES = {
    "sqlite": """
        create table x
          (k integer, d integer, ok integer, day text, ts text, u text, b blob, r real, s text) strict;""",
    "duckdb": """
        create table x (k bigint, d decimal(8, 2), ok boolean, day date, ts timestamp, u uuid, b blob, r double,
          s varchar);""",
}
SOME_UUID = UUID("123e4567-e89b-12d3-a456-426614174000")
STORED: dict[str, tuple[object, ...]] = {
    "sqlite": (1, 150, 1, "2026-01-31", "2026-01-31 13:00:00.500000", str(SOME_UUID), b"\x0a\xff", 1.5, ""),
    "duckdb": (
        1,
        Decimal("1.50"),
        True,
        date(2026, 1, 31),
        datetime(2026, 1, 31, 13, 0, 0, 500000),
        SOME_UUID,
        b"\x0a\xff",
        1.5,
        "",
    ),
}
NULLS = (2, *[None] * 8)


@pytest.fixture(params=["sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(Address(request.param, tmp_path / "x"), "create")
    opened.run(TABLES[request.param])
    yield opened
    opened.close()


def loaded(database: Database, file: RowFile, optional: frozenset[str] = frozenset()) -> list[tuple[object, ...]]:
    database.run("delete from x;")
    load(database, Load(file, "x", COLUMNS, optional), lambda _: None)
    return list(database.query(f"select {NAMES} from x order by k").rows)


def csv(tmp_path: Path, text: str, **options: str) -> RowFile:
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode())
    return row_file(path, None, options.get("null", ""), options.get("delimiter"))


HEADER = "k,d,ok,day,ts,u,b,r,s\n"
FULL = f'1,1.5,TRUE,2026-01-31,2026-01-31T13:00:00.5Z,{str(SOME_UUID).upper()},0AFF,1.5e0,""\n'


def test_csv_is_read_into_the_engines_own_values(database: Database, tmp_path: Path) -> None:
    found = loaded(database, csv(tmp_path, HEADER + FULL + "2,,,,,,,,\n"))
    assert found == [STORED[database.engine], NULLS]


def test_columns_may_stand_in_any_order_and_lines_end_as_on_windows(database: Database, tmp_path: Path) -> None:
    text = "\ufeffs,r,b,u,ts,day,ok,d,k\r\n" + '"a,\r\n""b""",,,,,,,,2\r\n'
    assert loaded(database, csv(tmp_path, text)) == [(2, *[None] * 7, 'a,\r\n"b"')]


def test_null_and_the_empty_text_differ_and_null_can_be_chosen(database: Database, tmp_path: Path) -> None:
    rows = '1,,,,,,,,""\n2,,,,,,,,\n3,,,,,,,,NULL\n4,,,,,,,,"NULL"\n'
    assert [row[-1] for row in loaded(database, csv(tmp_path, HEADER + rows))] == ["", None, "NULL", "NULL"]
    rows = rows.replace(",,,,,,,,", ",NULL,NULL,NULL,NULL,NULL,NULL,NULL,")
    found = loaded(database, csv(tmp_path, HEADER + rows, null="NULL"))
    assert [row[-1] for row in found] == ["", "", None, "NULL"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("k", "1.5"),
        ("k", "9223372036854775808"),
        ("k", "one"),
        ("d", "1.505"),
        ("d", "1000000"),
        ("d", "1e2"),
        ("ok", "yes"),
        ("day", "2026-02-30"),
        ("day", "31.01.2026"),
        ("ts", "2026-01-31 25:00:00"),
        ("ts", "2026-01-31 13:00:00+02"),
        ("u", "123"),
        ("b", "abc"),
        ("r", "nan"),
        ("r", "1e999"),
    ],
)
def test_a_bad_value_is_named_with_file_line_and_column(
    column: str, value: str, database: Database, tmp_path: Path
) -> None:
    cells = ["2" if name == "k" else "" for name in COLUMNS]
    cells[list(COLUMNS).index(column)] = value
    file = csv(tmp_path, HEADER + '1,,,,,,,,"two\nlines"\n\n' + ",".join(cells) + "\n")
    with pytest.raises(RowsError) as error:
        loaded(database, file)
    assert str(error.value).startswith(f"{tmp_path}/rows.csv:5: `{value}` in column {column} is not ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty; its first line must name the columns k, d, ok, day, ts, u, b, r, s"),
        ("k,d,ok,day,ts,u,b,r\n", "column s is missing"),
        (HEADER.replace("\n", ",dai\n"), "there is no column `dai`; did you mean `day`"),
        (HEADER.replace("day", "Day"), "there is no column `Day`; did you mean `day`"),
        (HEADER.replace("s\n", "s,s\n"), "rows.csv:1: two columns have one name"),
        (HEADER + "1,2\n", "rows.csv:2: expected Number of Columns: 9 Found: 2"),
        (HEADER + '1,,,,,,,,"open\n', "rows.csv:2: value with unterminated quote found"),
        (HEADER + '1,,,,,,,,"open\n2,,,,,,,,\n', "rows.csv:2: value with unterminated quote found"),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, said: str, database: Database, tmp_path: Path) -> None:
    with pytest.raises(RowsError, match=said):
        loaded(database, csv(tmp_path, text))


def test_octets_that_are_no_utf8_are_found_in_their_line(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(f"{HEADER}1,,,,,,,,a\n2,,,,,,,,\u00e9\n".encode("latin-1"))
    with pytest.raises(RowsError, match=r"rows\.csv:3: .* not utf-8"):
        loaded(database, row_file(path, None, "", None))
    path.write_bytes(HEADER.encode("utf-16"))
    with pytest.raises(RowsError, match=r"rows\.csv:1: not UTF-8 text"):
        loaded(database, row_file(path, None, "", None))


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_text_may_be_megabytes_long(form: str, database: Database, tmp_path: Path) -> None:
    text = "x" * 5_000_000
    path = tmp_path / f"rows.{form}"
    path.write_text(f"{HEADER}2,,,,,,,,{text}\n" if form == "csv" else json.dumps({"k": 2, "s": text}))
    assert loaded(database, row_file(path, None, "", None)) == [(*NULLS[:-1], text)]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_byte_order_mark_is_no_content(form: str, database: Database, tmp_path: Path) -> None:
    path = tmp_path / f"rows.{form}"
    path.write_text(f"{HEADER}2,,,,,,,,\n" if form == "csv" else '{"k": 2}', encoding="utf-8-sig")
    assert loaded(database, row_file(path, None, "", None)) == [NULLS]


def test_a_suffix_or_a_format_is_needed(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match="suffix"):
        row_file(tmp_path / "rows.txt", None, "", None)
    assert row_file(tmp_path / "rows.txt", "csv", "", None).format == "csv"
    assert row_file(tmp_path / "rows.tsv", None, "", None).delimiter == "\t"


def test_a_file_name_is_no_pattern_and_need_not_be_utf8(database: Database, tmp_path: Path) -> None:
    for name in ("a[1]*.csv", os.fsdecode(b"\xff.csv")):
        path = tmp_path / name
        path.write_text(HEADER + "2,,,,,,,,\n")
        assert loaded(database, row_file(path, None, "", None))[-1] == NULLS


def test_ndjson_keeps_every_digit_and_may_leave_nulls_out(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    full = {"k": 1, "d": "1.50", "ok": True, "day": "2026-01-31", "ts": "2026-01-31 13:00:00.5"}
    path.write_text(
        json.dumps({**full, "u": str(SOME_UUID), "b": "0aff", "r": 1.5, "s": ""})
        + '\n\n{"k": 2, "s": null}\n{"k": 3, "d": 1.10}\n'
    )
    found = loaded(database, row_file(path, None, "", None))
    assert found[:2] == [STORED[database.engine], NULLS]
    assert found[2][1] in (110, Decimal("1.10"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1]", "rows.ndjson:3: not a JSON object"),
        ("{", "rows.ndjson:3: not a JSON object"),
        ('{"k": [1]}', "rows.ndjson:3: column k holds a list"),
        ('{"K": 1}', "rows.ndjson:3: there is no column `K`; did you mean `k`"),
        ('{"k": 1, "k": 2}', "rows.ndjson:3: not a JSON object: two members have one name"),
        ('{"k": 1, "s": "\\ud800"}', "rows.ndjson:3: column s holds half of a character"),
        ('{"k": 1.5}', "rows.ndjson:3: `1.5` in column k is not a whole number"),
        ("[" * 5000, "rows.ndjson:3: not a JSON object"),
    ],
)
def test_a_bad_line_of_ndjson_is_named(line: str, said: str, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text(f'{{"k": 1}}\n\n{line}\n')
    with pytest.raises(RowsError) as error:
        loaded(database, row_file(path, None, "", None))
    assert said in str(error.value)


def parquet(path: Path, query: str) -> RowFile:
    duckdb.execute(f"copy ({query}) to '{path}' (format parquet)")
    return row_file(path, None, "", None)


def test_parquet_is_read_by_its_own_types(database: Database, tmp_path: Path) -> None:
    file = parquet(
        tmp_path / "rows.parquet",
        "select 1::integer as k, 1.5::decimal(4, 1) as d, true as ok, date '2026-01-31' as day, "
        f"timestamptz '2026-01-31 15:00:00.5+02' as ts, uuid '{SOME_UUID}' as u, unhex('0aff') as b, "
        "1.5::float as r, '' as s",
    )
    assert loaded(database, file) == [STORED[database.engine]]


def test_a_bad_value_of_parquet_is_named_by_its_row(database: Database, tmp_path: Path) -> None:
    nulls = ", ".join(f"null::varchar as {name}" for name in list(COLUMNS)[1:-1])
    good = parquet(tmp_path / "rows.parquet", f"select 1 as k, {nulls}, 's' as s")
    assert loaded(database, good) == [(1, *[None] * 7, "s")]
    bad = parquet(tmp_path / "bad.parquet", f"from '{good.path}' union all by name select 2 as k, '1.999' as d")
    with pytest.raises(RowsError, match=r"bad\.parquet:row 2: `1.999` in column d"):
        loaded(database, bad)
    (tmp_path / "none.parquet").write_text("no parquet")
    with pytest.raises(RowsError, match=r"none\.parquet"):
        loaded(database, row_file(tmp_path / "none.parquet", None, "", None))


@pytest.mark.parametrize("value", ["['a']", "{'a': 1}", "'a'::blob"])
def test_a_column_of_parquet_that_is_no_text_is_not_taken_for_one(
    value: str, database: Database, tmp_path: Path
) -> None:
    nulls = ", ".join(f"null::varchar as {name}" for name in list(COLUMNS)[1:-1])
    file = parquet(tmp_path / "rows.parquet", f"select 1 as k, {nulls}, {value} as s")
    with pytest.raises(RowsError, match=r"rows\.parquet: column s is .*, which is not a text"):
        loaded(database, file)


# --- what get writes, put reads

VIEW = View("x", COLUMNS, ("k",), "x")
values = st.fixed_dictionaries(
    {
        "d": st.none() | st.decimals("-999999.99", "999999.99", places=2),
        "ok": st.none() | st.booleans(),
        "day": st.none() | st.dates(),
        "ts": st.none() | st.datetimes(),
        "u": st.none() | st.uuids(),
        "b": st.none() | st.binary(max_size=4),
        "r": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "s": st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
    }
)


def stored_in_sqlite(k: int, row: dict[str, object]) -> tuple[object, ...]:
    def stored(value: object) -> object:
        match value:
            case bool():
                return int(value)
            case Decimal():
                return int(value.scaleb(2))
            case datetime():
                return value.isoformat(" ", "microseconds")
            case date() | UUID():
                return str(value)
            case _:
                return value

    return (k, *(stored(row[name]) for name in list(COLUMNS)[1:]))


@settings(deadline=None, max_examples=40)
@given(st.lists(values, max_size=5), st.sampled_from(["csv", "ndjson", "parquet"]), st.sampled_from(["", "NULL", "x"]))
def test_what_get_writes_is_read_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], form: str, null: str
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    expected = [stored_in_sqlite(k, row) for k, row in enumerate(rows)]
    source = open_database(Address("sqlite", folder / "a"), "create")
    source.run(TABLES["sqlite"])
    source.insert("x", list(COLUMNS), expected)
    path = folder / f"rows.{form}"
    result, text = source.query(f"select {NAMES} from x order by k"), get.texts(VIEW, "sqlite")
    if form == "parquet":
        get.write_parquet(VIEW, get.csv_lines(result.columns, result.rows, text, SPOOL_NULL), folder / "spool", path)
    elif form == "csv":
        path.write_bytes("".join(get.csv_lines(result.columns, result.rows, text, null)).encode())
    else:
        path.write_bytes("".join(get.ndjson_lines(result.columns, result.rows, text, VIEW)).encode())
    assert loaded(source, row_file(path, None, null, None)) == expected
    duck = open_database(Address("duckdb", folder / "b"), "create")
    duck.run(TABLES["duckdb"])
    load(duck, Load(row_file(path, None, null, None), "x", COLUMNS), lambda _: None)
    again = duck.query(f"select {NAMES} from x order by k")
    shown = list(get.csv_lines(again.columns, again.rows, get.texts(VIEW, "duckdb"), ""))
    from_sqlite = source.query(f"select {NAMES} from x order by k")
    assert shown == list(get.csv_lines(from_sqlite.columns, from_sqlite.rows, text, ""))
    source.close()
    duck.close()


def test_json_and_tables_are_for_programs_and_people(database: Database) -> None:
    row = STORED[database.engine]
    database.insert("x", list(COLUMNS), [row, NULLS])
    text = get.texts(VIEW, database.engine)

    def rows() -> list[tuple[object, ...]]:
        return list(database.query(f"select {NAMES} from x order by k").rows)

    found = json.loads("".join(get.json_lines(list(COLUMNS), rows(), text, VIEW)))
    assert found[0] == {
        "k": 1,
        "d": "1.50",
        "ok": True,
        "day": "2026-01-31",
        "ts": "2026-01-31 13:00:00.500000",
        "u": str(SOME_UUID),
        "b": "0aff",
        "r": 1.5,
        "s": "",
    }
    assert set(found[1].values()) == {2, None}
    assert json.loads("".join(get.json_lines(list(COLUMNS), [], text, VIEW))) == []
    lines = list(get.table_lines(list(COLUMNS), rows(), text))
    assert lines[0].split() == list(COLUMNS)
    assert lines[3].split() == ["2", *["NULL"] * 8]
