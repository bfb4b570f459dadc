from __future__ import annotations

from pathlib import Path

import pytest

from bxc.cli.errors import CommandError
from bxc.cli.files import Change, Remove, Write, apply, replacing


def listing(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_all_changes_are_made(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "x").write_text("x")
    apply([Write(tmp_path / "old", b"new"), Write(tmp_path / "a" / "b" / "c", b"c"), Remove(tmp_path / "gone" / "x")])
    assert listing(tmp_path) == {"old": "new", "a/b/c": "c"}
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", range(4))
def test_a_failure_at_any_moment_undoes_everything(
    error: BaseException, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").write_text("one")
    (tmp_path / "two").write_text("two")
    (tmp_path / "three").write_text("three")
    before = listing(tmp_path)
    calls = 0
    replace, write_bytes = Path.replace, Path.write_bytes
    armed = True

    def step() -> None:
        nonlocal calls, armed
        calls += 1
        if armed and calls > at:
            armed = False
            raise error

    def failing_replace(self: Path, target: Path) -> Path:
        step()
        return replace(self, target)

    def failing_write(self: Path, content: bytes) -> int:
        step()
        return write_bytes(self, content)

    monkeypatch.setattr(Path, "replace", failing_replace)
    monkeypatch.setattr(Path, "write_bytes", failing_write)
    changes: list[Change] = [
        Write(tmp_path / "one", b"1"),
        Remove(tmp_path / "two"),
        Write(tmp_path / "new" / "file", b"2"),
    ]
    with pytest.raises((CommandError, KeyboardInterrupt)):
        apply(changes)
    monkeypatch.undo()
    assert listing(tmp_path) == before
    assert not (tmp_path / "new").exists()


def test_a_folder_in_the_way_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(CommandError, match="cannot write"):
        apply([Write(tmp_path / "a" / "b", b"")])
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_large_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    target.write_text("old")
    with pytest.raises(UnicodeError), replacing(target) as temporary:
        temporary.write_text("half, then \ud800", encoding="utf-8")
    assert listing(tmp_path) == {"rows.csv": "old"}
    with replacing(target) as temporary:
        temporary.write_text("whole")
    assert listing(tmp_path) == {"rows.csv": "whole"}
