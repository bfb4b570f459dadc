"""What puts on Spark do beyond the laws: interrupted ones, edits by others, both ways of writing, on a cluster too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from spark_server import missing, session
from spark_ward import CONTENT, STAGED, KilledError, Ward, compiled, filled, stage

from bxc.database import spark
from bxc.database.connection import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

REASON = missing()
pytestmark = pytest.mark.skipif(REASON is not None, reason=REASON or "")
LOGGED: dict[str, list[tuple[object, ...]]] = {
    "put_delta": [("insert", "Current", None, 7), ("update", "Current", 1, 2), ("update", "Current", 2, 1)],
    "put": [("insert", "Current", None, 7), ("update", "Current", 1, 1), ("delete", "Current", 2, None)],
}


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = filled(session(), str(tmp_path))
    yield made
    made.session.stop()


def again(folder: Path) -> Ward:
    """Another client in another session, which knows nothing but the folder."""
    found = Ward(session(), compiled(), "Ward", str(folder))
    found.install()
    return found


def check(ward: Ward, action: str) -> None:
    assert ward.rows() == STAGED[action][1]
    assert sorted(ward.log(), key=str) == sorted(LOGGED[action], key=str)


@pytest.mark.parametrize("dense", [0, 10**9], ids=["merge", "overwrite"])
@pytest.mark.parametrize("action", STAGED)
def test_both_ways_of_writing_end_with_the_same_rows_and_log(
    ward: Ward, action: str, dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "DENSE", dense)
    stage(ward, action)
    ward.put("Current", action)
    check(ward, action)


@pytest.mark.parametrize("statement", range(5), ids=["note", "merge", "overwrite", "log", "done"])
@pytest.mark.parametrize("action", STAGED)
def test_a_put_that_was_interrupted_anywhere_is_put_again_and_ends_right(
    ward: Ward, tmp_path: Path, action: str, statement: int
) -> None:
    stage(ward, action)
    ward.kill_at = statement
    with pytest.raises(KilledError):
        ward.put("Current", action)
    other = again(tmp_path)
    other.put("Current", action)
    check(other, action)
    if action == "put":
        other.put("Current", action)  # a whole put may be run once more
        check(other, action)


def test_whoever_captures_next_sees_an_interrupted_put_through(ward: Ward, tmp_path: Path) -> None:
    stage(ward, "put_delta")
    ward.kill_at = 3
    with pytest.raises(KilledError):
        ward.put("Current", "put_delta")
    other = again(tmp_path)
    other.capture("Treatment")
    check(other, "put_delta")


def test_an_interrupted_put_is_judged_anew_where_others_have_written_first(ward: Ward, tmp_path: Path) -> None:
    stage(ward, "put")
    ward.kill_at = 1
    with pytest.raises(KilledError):
        ward.put("Current", "put")
    other = again(tmp_path)
    other.run("update Treatment set note = 'by hand' where patient = 1")
    other.put("Current", "put")
    assert {row[-1] for row in other.rows() if row[0] == 1} == {"by hand"}
    assert ("update", None, 1, 1) in other.log()


def test_edits_by_others_are_found_by_the_versions_of_the_table(ward: Ward) -> None:
    ward.run("insert into Treatment values (4, 40, 'd', 4, true, null)")
    ward.run("update Treatment set dose = 3 where patient = 1")
    ward.run("delete from Treatment where patient = 2")
    ward.capture("Treatment")
    assert ward.log() == [("insert", None, None, 4), ("update", None, 1, 1), ("delete", None, 2, None)]
    changes = {row[0]: row[1:] for row in ward.changes("Current")}
    assert changes["insert"] == (None, 4, 40, "d", Decimal("4.00"))
    ward.capture("Treatment")
    assert len(ward.log()) == 3


def test_a_rename_is_followed_through_several_puts(ward: Ward) -> None:
    for old, new in ((1, 5), (5, 6), (6, 8)):
        ward.stage("Current", "put_delta", [("update", old, new, 10, "a", Decimal(1))])
        ward.put("Current", "put_delta")
        ward.clear_staging("Current")
    assert ward.changes("Current") == [("update", 1, 8, 10, "a", Decimal("1.00"))]


def test_a_refused_put_commits_nothing(ward: Ward) -> None:
    version = ward.version("Treatment")
    ward.stage("Current", "put_delta", [("insert", None, 9, 10, "a", Decimal(1)), ("delete", 1, *4 * (None,))])
    ward.put("Current", "put_delta")
    ward.clear_staging("Current")
    ward.stage("Current", "put_delta", [("insert", None, 12, 20, "a", Decimal(1))])
    with pytest.raises(RefusedError, match="a constraint of the source") as refused:
        ward.put("Current", "put_delta")
    assert refused.value.code == "BXC17"
    assert ward.version("Treatment") == version + 1
    listed = ward.violations("Current", "put_delta")
    assert listed == [("BXC17", "delta", 12, "another row of Treatment has the same bed")]


def test_a_put_that_changes_nothing_commits_nothing(ward: Ward) -> None:
    version = ward.version("Treatment")
    ward.stage("Current", "put", [(*row[:3], Decimal(row[3])) for row in CONTENT if row[4]])
    ward.put("Current", "put")
    assert ward.version("Treatment") == version
    assert not ward.log()


def test_statements_end_where_they_do() -> None:
    script = "-- one; 'two\nselect ';', 'it\\'s; --', `a;``b`; -- three\nselect 1;\n"
    assert list(spark.statements(script)) == ["-- one; 'two\nselect ';', 'it\\'s; --', `a;``b`", "-- three\nselect 1"]


@pytest.mark.parametrize("mode", ["local", "local-cluster"])
def test_a_client_and_its_server_may_be_killed_in_a_put(tmp_path: Path, mode: str) -> None:
    program = Path(__file__).with_name("spark_ward.py")
    killed = subprocess.run(
        [sys.executable, str(program), str(tmp_path), "put_delta", "3"],
        env={**os.environ, "SAIL_MODE": mode, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    other = again(tmp_path)
    assert not other.log()
    other.put("Current", "put_delta")
    check(other, "put_delta")
