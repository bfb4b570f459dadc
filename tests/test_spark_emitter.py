"""What the files for Spark say, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from spark_ward import compiled

from bxc.compile import ENGINES, OFFERED, artifacts, check
from bxc.database.spark import CREATED, statements

FOLDER = "Ward/spark/"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return {path.removeprefix(FOLDER): text for path, text in compiled().files.items() if path.startswith(FOLDER)}


def first_words(statement: str) -> str:
    code = " ".join(line for line in statement.split("\n") if not line.startswith("--"))
    return " ".join(code.split()[:3])


def test_spark_is_written_only_where_it_is_named() -> None:
    assert "spark" in OFFERED
    assert "spark" not in ENGINES
    checked = check(Path(__file__).parents[1] / "specs" / "medical.bxc", proving=None)
    assert not any("/spark/" in file.path for file in artifacts(checked))


def test_all_files_of_an_engine_without_triggers_are_written(files: dict[str, str]) -> None:
    views = {"Current.sql", *(f"Current.{action}.sql" for action in ("get", "put", "put_delta", "changes"))}
    assert set(files) == {"schema.sql", "Treatment.capture.sql", *views}
    assert all(text.endswith(";\n") for text in files.values())


@pytest.mark.parametrize("action", ["put", "put_delta"])
def test_a_put_writes_behind_its_guard_and_notes_so_before(files: dict[str, str], action: str) -> None:
    words = [first_words(statement) for statement in statements(files[f"Current.{action}.sql"])]
    guard = words.index("select case min(bxc_code)")
    assert set(words[:guard]) == {"create or replace"}
    assert words[guard + 1 :] == [
        "create or replace",
        "insert overwrite bxc_captured_Treatment",
        "merge into Treatment",
        "insert overwrite Treatment",
        "insert into bxc_change_Treatment",
        "insert overwrite bxc_captured_Treatment",
    ]


def test_the_clauses_of_a_merge_stand_in_the_order_in_which_they_apply(files: dict[str, str]) -> None:
    (merge,) = (s for s in statements(files["Current.put_delta.sql"]) if "merge into" in s)
    clauses = [line.split(" then ")[0] for line in merge.split("\n") if line.startswith("when")]
    assert clauses == ["when matched and u.bxc_dropped", "when matched", "when not matched and not u.bxc_dropped"]


def test_every_table_that_is_created_can_be_given_a_place(files: dict[str, str]) -> None:
    for text in files.values():
        for statement in statements(text):
            code = "\n".join(line for line in statement.split("\n") if not line.startswith("--"))
            if code.startswith(("create table", "create or replace table")):
                assert CREATED.match(code), code


def test_installing_again_makes_nothing_anew(files: dict[str, str]) -> None:
    for name in ("schema.sql", "Current.sql"):
        for statement in statements(files[name]):
            assert " if not exists " in statement or "merge into" in statement, statement
