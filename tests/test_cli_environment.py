"""Surroundings that are not as they should be: no home, a cache that is none, a terminal that is narrow."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from commands import SMALL, Bxc, runner

from bxc.cli.console import NARROWEST, Console


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bxc:
    monkeypatch.chdir(tmp_path)
    for name in ("BXC_CACHE_DIR", "XDG_CACHE_HOME", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "small.bxc").write_text(SMALL)
    return runner(capsys)


def checked(bxc: Bxc) -> str:
    said = bxc("check", "small.bxc")
    assert (said.code, said.err) == (0, "")
    return said.out


@pytest.mark.parametrize("home", ["relative", "", "/dev/null"])
def test_a_home_that_is_none_is_no_reason_to_fail_and_nothing_is_left_behind(
    home: str, bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    assert checked(bxc)
    assert [path.name for path in tmp_path.iterdir()] == ["small.bxc"]


def test_a_cache_that_is_a_file_stays_as_it_is(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("mine")
    monkeypatch.setenv("BXC_CACHE_DIR", str(tmp_path / "cache"))
    assert checked(bxc)
    assert (tmp_path / "cache").read_text() == "mine"


@pytest.mark.parametrize("content", [b"", b"\xff\x00{" * 999, b"SQLite format 3\0" + bytes(100)])
def test_cache_files_that_are_broken_change_nothing(content: bytes, bxc: Bxc, tmp_path: Path) -> None:
    first = checked(bxc)
    kept = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        path.write_bytes(content)
    assert checked(bxc) == first
    assert checked(bxc) == first


def test_a_cache_with_folders_where_files_should_be_changes_nothing(bxc: Bxc, tmp_path: Path) -> None:
    first = checked(bxc)
    for path in [path for path in (tmp_path / "home").rglob("*") if path.is_file()]:
        path.unlink()
        path.mkdir()
    assert checked(bxc) == first


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("columns", "width"), [("70", 70), ("5", NARROWEST), ("300", None)])
def test_a_report_keeps_to_the_width_of_a_terminal_within_reason(
    columns: str, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Console().width(Terminal()) == width
    assert Console().width(io.StringIO()) is None
