"""Verdicts between runs: found again as they were, or not at all; whatever befalls the file, no error."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from verdicts import verdict, warning
from witnesses import DOSAGE

from bxc.check import cache as cache_module
from bxc.check import folder as folder_module
from bxc.check.cache import NAME, VerdictCache, open_cache
from bxc.check.folder import cache_folder, tool_digest
from bxc.laws.limits import Limits
from bxc.laws.verdict import Edge, Fault, Status
from bxc.witness import Witness

LIMITS = Limits()
PROVED = (verdict(Status.PROVED),)


@pytest.fixture
def cache(tmp_path: Path) -> VerdictCache:
    return VerdictCache(tmp_path, "digest", LIMITS)


def test_verdicts_come_back_as_they_were(cache: VerdictCache) -> None:
    finding = replace(
        warning(), others=((Fault("where", ("W",)), "seen here"),), witness=Witness((), "is → refused", DOSAGE)
    )
    edge = Edge(
        "s",
        "update",
        "c",
        ("P", "Q"),
        "R",
        "V",
        "W",
        "t",
        ("update", "insert"),
        ("d",),
        True,
        Witness((), "it moves", DOSAGE),
    )
    stored = {
        "a": (verdict(Status.REFUTED, finding=finding), verdict(Status.BOUNDED)),
        "edge": (replace(PROVED[0], edge=edge), replace(PROVED[0], edge=replace(edge, known=False, witness=None))),
        "b": (),
        "\ud800 '\0": (verdict(Status.UNKNOWN),),
    }
    cache.store(stored)
    assert cache.load([*stored, "c"]) == stored


@pytest.mark.parametrize(
    ("digest", "limits"), [("other", LIMITS), ("digest", Limits(3)), ("digest", Limits(query_ms=6_000))]
)
def test_verdicts_of_another_tool_or_other_limits_are_not_found(
    digest: str, limits: Limits, cache: VerdictCache, tmp_path: Path
) -> None:
    cache.store({"a": PROVED})
    assert VerdictCache(tmp_path, digest, limits).load(["a"]) == {}
    assert VerdictCache(tmp_path, "digest", LIMITS).load(["a"]) == {"a": PROVED}


def test_only_the_user_may_read_it(kept: Path) -> None:
    cache = open_cache(LIMITS)
    assert cache is not None
    cache.store({"a": PROVED})
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}


# --- what may befall the file


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5000, b"\0" * 100_000])
def test_a_file_that_is_no_database_is_replaced(content: bytes, cache: VerdictCache, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert cache.load(["a"]) == {}
    cache.store({"a": PROVED})
    cache.store({"a": PROVED})
    assert cache.load(["a"]) == {"a": PROVED}


def test_a_file_cut_short_anywhere_gives_what_is_whole_or_nothing(cache: VerdictCache, tmp_path: Path) -> None:
    stored = {str(number): PROVED for number in range(200)}
    cache.store(stored)
    whole = (tmp_path / NAME).read_bytes()
    for end in range(0, len(whole), len(whole) // 9):
        (tmp_path / NAME).write_bytes(whole[:end])
        assert cache.load(list(stored)).items() <= stored.items()


@pytest.mark.parametrize(
    "change", ["entry || ' '", "substr(entry, 1, 30)", "x'00'", "'[]'", "1", "replace(entry, 'V', 'W')"]
)
def test_an_entry_that_is_not_what_was_written_is_not_found(change: str, cache: VerdictCache, tmp_path: Path) -> None:
    cache.store({"a": PROVED})
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute(f"update verdict set entry = {change}")
    assert cache.load(["a"]) == {}
    cache.store({"a": PROVED})
    assert cache.load(["a"]) == {"a": PROVED}


def test_an_entry_of_another_key_is_not_found(cache: VerdictCache, tmp_path: Path) -> None:
    cache.store({"a": PROVED, "b": (verdict(Status.UNKNOWN),)})
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("update verdict set entry = (select max(entry) from verdict)")
    assert len(cache.load(["a", "b"])) == 1


def test_a_table_of_other_columns_or_a_locked_file_is_no_error(
    cache: VerdictCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "PATIENCE", 0.05)
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("create table verdict (other)")
    cache.store({"a": PROVED})
    assert cache.load(["a"]) == {}
    (tmp_path / NAME).unlink()
    cache.store({"a": PROVED})
    holder = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    holder.execute("begin exclusive")
    cache.store({"b": PROVED})
    assert cache.load(["a"]) == {}
    holder.execute("rollback")
    assert cache.load(["a", "b"]) == {"a": PROVED}


def test_a_folder_in_the_place_of_the_file_is_no_error(cache: VerdictCache, tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    cache.store({"a": PROVED})
    assert cache.load(["a"]) == {}


# --- where it is


def test_the_folder_is_the_one_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("BXC_CACHE_DIR", str(tmp_path / "own" / "deep"))
    assert cache_folder() == tmp_path / "own" / "deep"
    monkeypatch.delenv("BXC_CACHE_DIR")
    assert cache_folder() == tmp_path / "xdg" / "bxc"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert cache_folder() == tmp_path / "home" / ".cache" / "bxc"


@pytest.mark.parametrize("home", ["/proc/none", "/dev/null", "/dev/null/below"])
def test_where_no_folder_can_be_nothing_is_kept(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BXC_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    assert open_cache(LIMITS) is None


def test_the_digest_of_the_tool_follows_the_sources_and_not_their_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, kept = tmp_path / "bxc", tmp_path / "kept"
    for folder in (package, package / "laws", package / "cli", kept):
        folder.mkdir()
    (package / "laws" / "put.py").write_text("one")
    (package / "cli" / "app.py").write_text("one")
    monkeypatch.setattr(folder_module, "PACKAGE", package)
    first = tool_digest(kept)
    assert tool_digest(kept) == first
    os.utime(package / "laws" / "put.py", (1, 1))
    (package / "cli" / "app.py").write_text("another")
    (package / "laws" / "__pycache__").mkdir()
    (package / "laws" / "__pycache__" / "put.py").write_text("compiled")
    assert tool_digest(kept) == first
    (package / "laws" / "put.py").write_text("two")
    second = tool_digest(kept)
    assert second != first
    for memo in kept.glob("tool-*"):
        memo.write_bytes(b"\xff broken")
    assert tool_digest(kept) == second
    (package / "laws" / "key.py").write_text("")
    assert tool_digest(kept) not in (first, second)


def test_many_versions_of_the_tool_leave_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, kept = tmp_path / "bxc", tmp_path / "kept"
    package.mkdir()
    kept.mkdir()
    monkeypatch.setattr(folder_module, "PACKAGE", package)
    digests = set()
    for number in range(30):
        (package / "a.py").write_text("x" * number)
        digests.add(tool_digest(kept))
    assert len(digests) == 30
    assert len(list(kept.iterdir())) <= 17


# --- how large it gets


def test_what_was_of_no_use_for_longest_makes_room(
    cache: VerdictCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "MAX_ENTRIES", 100)
    now = time.time()
    for day in range(20):
        monkeypatch.setattr(time, "time", lambda day=day: now + day * cache_module.DAY)
        cache.store({f"{day} {number}": PROVED for number in range(10)})
        assert "0 0" in cache.load(["0 0"])  # of use every day
    with sqlite3.connect(tmp_path / NAME) as database:
        (count,) = database.execute("select count(*) from verdict").fetchone()
    assert count <= 100
    assert len(cache.load([f"19 {number}" for number in range(10)])) == 10
    assert cache.load(["0 1", "1 1"]) == {}


def test_the_file_stays_below_its_bound(cache: VerdictCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MAX_BYTES", 1_000_000)
    monkeypatch.setattr(cache_module, "MAX_ENTRY", 50_000)
    large = (replace(PROVED[0], scope="x" * 20_000),)
    for number in range(200):
        cache.store({str(number): large})
    assert (tmp_path / NAME).stat().st_size <= 1_000_000
    assert cache.load(["199"]) == {"199": large}
    cache.store({"too large": (replace(PROVED[0], scope="x" * 60_000),)})
    assert cache.load(["too large"]) == {}


# --- several runs at once

WRITER = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from verdicts import verdict
from bxc.check.cache import VerdictCache
from bxc.laws.limits import Limits
from bxc.laws.verdict import Status
cache = VerdictCache(Path({folder!r}), "digest", Limits())
proved = (verdict(Status.PROVED),)
print("ready", flush=True)
for number in range({count}):
    cache.store({{f"{{sys.argv[1]}} {{number}} {{n}}": proved for n in range(20)}})
    assert cache.load([f"{{sys.argv[1]}} {{number}} 7"]), number
"""


def writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    script = WRITER.format(paths=[str(Path(__file__).parent)], folder=str(folder), count=count)
    return subprocess.Popen(
        [sys.executable, "-c", script, name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_several_runs_use_one_file_and_lose_nothing(cache: VerdictCache, tmp_path: Path) -> None:
    runs = {name: writer(tmp_path, name, 25) for name in "abc"}
    assert [run.communicate(timeout=60)[1] for run in runs.values()] == ["", "", ""]
    keys = [f"{name} {number} {n}" for name in runs for number in range(25) for n in range(20)]
    assert cache.load(keys) == dict.fromkeys(keys, PROVED)


def test_a_run_that_is_killed_while_it_writes_harms_no_other(cache: VerdictCache, tmp_path: Path) -> None:
    cache.store({"before": PROVED})
    for attempt in range(4):
        run = writer(tmp_path, "killed", 100_000)
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        time.sleep(0.03 + attempt * 0.02)
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=60)
        assert cache.load(["before"]) == {"before": PROVED}
        cache.store({f"after {attempt}": PROVED})
        assert cache.load([f"after {attempt}"]) == {f"after {attempt}": PROVED}
