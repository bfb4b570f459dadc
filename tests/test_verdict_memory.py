"""Whole results between runs: told again as long as nothing that they depend on has changed, and without a parser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from commands import SMALL, Bxc, runner
from verdicts import Fake, fake, verdict, warning

from bxc.check.memory import Memory
from bxc.check.settings import Proving
from bxc.compile import check
from bxc.laws.limits import Limits
from bxc.laws.verdict import Status, Verdict

DAY = date(2026, 6, 1)
WARNED = SMALL.replace("keep id, name\n}\n\nview W", "drop note default null\n}\n\nview W")
ALLOWED = WARNED.replace("  drop", "  # bxc: allow BX501 until 2026-12-31 they go soon\n  drop")
UNCHANGED = "nothing has changed since it was checked"


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bxc:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return runner(capsys)


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets these be the obligations of each spec."""

    def let(*obligations: Fake) -> None:
        monkeypatch.setattr("bxc.check.prove.obligations", lambda spec, plan: obligations)

    return let


def imported_specs(folder: Path) -> Path:
    (folder / "sub").mkdir()
    peers, rest = SMALL.removeprefix("spec small version 1\n").split("\nsource S", 1)
    (folder / "root.bxc").write_text(f"spec small version 1\nimport 'sub/a.bxc'\nsource S{rest}")
    (folder / "sub" / "a.bxc").write_text("import 'b.bxc'\n")
    (folder / "sub" / "b.bxc").write_text(peers)
    return folder / "root.bxc"


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github"])
@pytest.mark.parametrize(
    "text", [SMALL, WARNED, SMALL.replace("text  not", "txt  not"), "nonsense", "", "\ufeff" + WARNED]
)
def test_an_unchanged_spec_is_told_again_octet_for_octet(text: str, form: str, bxc: Bxc) -> None:
    Path("it.bxc").write_text(text.replace("\n", "\r\n"), newline="")
    first = bxc("check", "it.bxc", "--format", form)
    again = bxc("check", "it.bxc", "--format", form, "-v")
    assert (again.code, again.out) == (first.code, first.out)
    assert UNCHANGED in again.err


def test_without_cache_nothing_is_taken_over_and_nothing_is_kept(bxc: Bxc, kept: Path) -> None:
    Path("it.bxc").write_text(SMALL)
    bxc("check", "it.bxc", "--no-cache")
    assert not kept.exists()
    bxc("check", "it.bxc")
    assert UNCHANGED not in bxc("check", "it.bxc", "--no-cache", "-v").err
    Path("bxc.toml").write_text("cache = false\n")
    assert UNCHANGED not in bxc("check", "it.bxc", "-v").err


@pytest.mark.parametrize("name", ["root.bxc", "sub/a.bxc", "sub/b.bxc"])
def test_a_change_of_any_file_of_the_spec_is_seen(name: str, bxc: Bxc, tmp_path: Path) -> None:
    imported_specs(tmp_path)
    assert bxc("check", "root.bxc").code == 0
    assert UNCHANGED in bxc("check", "root.bxc", "-v").err
    path = tmp_path / name
    path.write_text(path.read_text() + "peer A\n")
    assert bxc("check", "root.bxc").code == 1
    assert bxc("check", "root.bxc").code == 1


def test_imports_are_followed_anew_by_the_loaders_rules(bxc: Bxc, tmp_path: Path) -> None:
    outside = tmp_path / "b.bxc"
    (tmp_path / "in").mkdir()
    imported_specs(tmp_path / "in")
    inner = tmp_path / "in" / "sub" / "b.bxc"
    assert bxc("check", "in/root.bxc").code == 0
    assert UNCHANGED in bxc("check", "in/root.bxc", "-v").err
    inner.rename(outside)
    assert "there is no file" in bxc("check", "in/root.bxc").out
    inner.symlink_to(outside)
    assert "an import cannot leave the folder" in bxc("check", "in/root.bxc").out


def test_a_missing_import_is_looked_for_each_time(bxc: Bxc, tmp_path: Path) -> None:
    imported_specs(tmp_path)
    moved = (tmp_path / "sub" / "b.bxc").rename(tmp_path / "away.bxc")
    assert bxc("check", "root.bxc").code == 1
    moved.rename(tmp_path / "sub" / "b.bxc")
    assert bxc("check", "root.bxc").code == 0


def test_a_folder_that_is_copied_is_known(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").mkdir()
    imported_specs(tmp_path / "one")
    shutil.copytree("one", "two")
    monkeypatch.chdir(tmp_path / "one")
    bxc("check", "root.bxc")
    monkeypatch.chdir(tmp_path / "two")
    assert UNCHANGED in bxc("check", "root.bxc", "-v").err


def test_suppressions_expire_in_what_is_remembered_too(bxc: Bxc) -> None:
    Path("it.bxc").write_text(ALLOWED)
    for _ in range(2):
        assert "BX50" not in bxc("check", "it.bxc", "--today", "2026-12-31").out
        assert "expired" in bxc("check", "it.bxc", "--today", "2027-01-01").out
    Path("it.bxc").write_text(WARNED)
    bxc("check", "it.bxc", "--today", "2026-12-31")
    assert UNCHANGED in bxc("check", "it.bxc", "--today", "2027-01-01", "-v").err


def test_another_depth_of_proofs_is_another_result(bxc: Bxc) -> None:
    Path("it.bxc").write_text(SMALL)
    bxc("check", "it.bxc")
    assert UNCHANGED not in bxc("check", "it.bxc", "-v", "--k", "3").err
    assert UNCHANGED in bxc("check", "it.bxc", "-v", "--k", "3").err
    assert UNCHANGED not in bxc("check", "it.bxc", "-v", "--timeout", "600").err


def test_another_tool_or_a_damaged_entry_is_no_result(tmp_path: Path) -> None:
    root = tmp_path / "it.bxc"
    root.write_text(WARNED)
    memory = Memory(tmp_path, "tool", Proving())
    memory.keep(root, DAY, check(root, DAY))
    (entry,) = (tmp_path / "runs").iterdir()
    whole = entry.read_bytes()
    assert memory.recall(root, DAY) is not None
    assert Memory(tmp_path, "another", Proving()).recall(root, DAY) is None
    for content in (b"", whole[:-1], whole[:70], whole.replace(b"BX501", b"BX502"), b"\xff" * 200, b"0" * 65 + b"[]"):
        entry.write_bytes(content)
        assert memory.recall(root, DAY) is None
    entry.unlink()
    entry.mkdir()
    assert memory.recall(root, DAY) is None
    memory.keep(root, DAY, check(root, DAY))  # no error either


def test_what_killed_runs_leave_and_what_is_too_much_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bxc.check.memory.MAX_ENTRIES", 10)
    root = tmp_path / "it.bxc"
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / ".half").write_text("half")
    (runs / ".now").write_text("half")
    os.utime(runs / ".half", (1, 1))
    for number in range(40):
        root.write_text(SMALL + "\n" * number)
        memory = Memory(tmp_path, "tool", Proving())
        memory.keep(root, DAY, check(root, DAY))
        assert memory.recall(root, DAY) is not None
    assert not (runs / ".half").exists()
    assert (runs / ".now").exists()
    assert len(list(runs.iterdir())) <= 11


def test_pipes_are_read_once(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "it.bxc").write_text(SMALL)
    os.mkfifo(tmp_path / "pipe.bxc")
    for _ in range(2):
        command = f"cat it.bxc >pipe.bxc & {sys.executable} -m bxc check pipe.bxc"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_run_that_could_not_finish_is_not_remembered(bxc: Bxc, proved: Callable[..., None]) -> None:
    Path("it.bxc").write_text(SMALL)

    def fail() -> None:
        raise ZeroDivisionError

    proved(fake("a"), Fake("b", (), before=fail))
    assert "BX901" in bxc("check", "it.bxc").out
    proved(fake("a"), fake("b"))
    again = bxc("check", "it.bxc", "-v")
    assert again.code == 0
    assert "2 obligations, 1 looked at in" in again.err
    assert "1 known from before" in again.err
    assert UNCHANGED in bxc("check", "it.bxc", "-v").err


# --- proofs, from the command line


def limits_of(one: Fake) -> Limits:
    return one.asked[-1]


def test_how_far_to_prove_is_told_by_flags_and_by_the_configuration(bxc: Bxc, proved: Callable[..., None]) -> None:
    Path("it.bxc").write_text(SMALL)
    one = fake("a")
    proved(one)
    bxc("check", "it.bxc")
    assert limits_of(one) == Limits(2, 5_000)
    Path("bxc.toml").write_text("k = 3\ntimeout = 120\n")
    bxc("check", "it.bxc")
    assert limits_of(one) == Limits(3, 10_000)
    bxc("check", "it.bxc", "--k", "1", "--timeout", "600")
    assert limits_of(one) == Limits(1, 50_000)
    for wrong in (("--k", "0"), ("--k", "5"), ("--timeout", "0"), ("--timeout", "nan"), ("--timeout", "inf")):
        assert bxc("check", "it.bxc", *wrong).code == 2
    for wrong_setting in ("k = 5", "k = true", "timeout = 'long'", "cache = 1"):
        Path("bxc.toml").write_text(f"{wrong_setting}\n")
        assert f"`{wrong_setting.split()[0]}` must be" in bxc("check", "it.bxc").err


def test_findings_of_proofs_are_reported_suppressed_and_expire(bxc: Bxc, proved: Callable[..., None]) -> None:
    Path("it.bxc").write_text(
        SMALL.replace("view V", "# bxc: allow BX205 until 2026-12-31 it is known\nview V").replace(
            "view W", "# bxc: allow BX402 until 2026-12-31 hard\nview W"
        )
    )
    proved(fake("a", Status.REFUTED, warning()), fake("b", Status.UNKNOWN, subject="view W"))
    for _ in range(2):
        assert bxc("check", "it.bxc", "--today", "2026-12-31").out == "1 file checked, nothing found\n"
        later = bxc("check", "it.bxc", "--today", "2027-01-01").out
        assert [code for code in ("BX205", "BX402", "BX503") if code in later] == ["BX205", "BX402", "BX503"]
    proved(fake("c", Status.REFUTED, warning(severity="error")))
    said = bxc("check", "it.bxc", "--today", "2026-12-31", "--no-cache")
    assert said.code == 1
    assert "errors cannot be suppressed" in said.out


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.BOUNDED])
def test_strict_exits_with_3_on_what_is_unproved(status: Status, bxc: Bxc, proved: Callable[..., None]) -> None:
    Path("it.bxc").write_text(SMALL)
    proved(fake("a", status))
    for _ in range(2):
        assert bxc("check", "it.bxc").code == 0
        assert bxc("check", "it.bxc", "--strict").code == 3


def test_compile_refuses_on_refuted_laws_and_lists_all_verdicts(bxc: Bxc, proved: Callable[..., None]) -> None:
    Path("it.bxc").write_text(SMALL)
    proved(fake("a", Status.REFUTED, warning(severity="error")))
    assert bxc("compile", "it.bxc").code == 1
    assert not Path("generated").exists()
    verdicts: tuple[Verdict, ...] = (
        verdict(Status.PROVED),
        verdict(Status.BOUNDED),
        verdict(Status.REFUTED, finding=warning()),
    )
    proved(Fake("b", verdicts))
    assert bxc("compile", "it.bxc").code == 0
    path = Path("generated/small/verdicts.json")
    written = path.read_bytes()
    found = json.loads(written)
    assert found["summary"] == {"proved": 1, "bounded": 1, "refuted": 1, "unknown": 0}
    assert found["verdicts"][2]["finding"]["fault"] == {"kind": "view", "names": ["V"]}
    manifest = json.loads(Path("generated/small/manifest.json").read_text())
    assert "verdicts.json" in [file["path"] for file in manifest["files"]]
    for options in ((), ("--no-cache",)):
        assert bxc("compile", "it.bxc", "--locked", *options).code == 0
    for more in ("--locked", "--check-only-changed"):
        said = bxc("compile", "it.bxc", "--k", "3", more)
        assert ("verdicts.json differs" in said.err) is (more == "--locked")
    assert path.read_bytes() != written


def test_a_warm_check_imports_neither_parser_nor_solver(tmp_path: Path) -> None:
    (tmp_path / "it.bxc").write_text(WARNED)
    script = "import sys\nfrom bxc.cli.app import run\nrun(sys.argv[1:])\nprint('modules', *sys.modules)"
    for _ in range(2):
        command = [sys.executable, "-c", script, "check", "it.bxc"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
        modules = set(done.stdout.rsplit("modules ", 1)[1].split())
    assert "BX501" in done.stdout
    assert modules & {"lark", "z3", "sqlite3", "duckdb", "sqlglot", "bxc.compile", "bxc.resolve", "bxc.parse"} == set()
