from __future__ import annotations

import io
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import SMALL, Bxc, runner

MESSY = SMALL.replace("  id    int   primary key", "     id int primary key").replace("peer A", "peer   A  # the first")


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bxc:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "canonical.bxc").write_text(SMALL)
    (tmp_path / "messy.bxc").write_text(MESSY)
    return runner(capsys)


def test_files_are_laid_out_and_a_second_run_changes_nothing(bxc: Bxc, tmp_path: Path) -> None:
    said = bxc("fmt", "messy.bxc")
    assert (said.code, said.out) == (0, "")
    assert said.err == "formatted 1 file, 0 left as they were\n"
    text = (tmp_path / "messy.bxc").read_text()
    assert "# the first" in text
    before = (tmp_path / "messy.bxc").stat().st_mtime_ns
    assert bxc("fmt", "messy.bxc").err == "formatted 0 files, 1 left as they were\n"
    assert (tmp_path / "messy.bxc").stat().st_mtime_ns == before


def test_check_writes_nothing_and_exits_with_1(bxc: Bxc, tmp_path: Path) -> None:
    said = bxc("fmt", "--check")
    assert said.code == 1
    assert said.err == "messy.bxc: would be laid out anew\n"
    assert (tmp_path / "messy.bxc").read_text() == MESSY
    assert bxc("fmt", "--check", "canonical.bxc").code == 0


def test_diff_shows_what_would_change(bxc: Bxc, tmp_path: Path) -> None:
    said = bxc("fmt", "--diff", "messy.bxc", "canonical.bxc")
    assert said.code == 1
    assert said.out.startswith("--- messy.bxc (as it is)\n+++ messy.bxc (canonical)\n@@")
    assert "-     id int primary key\n" in said.out
    assert "canonical.bxc (" not in said.out
    assert (tmp_path / "messy.bxc").read_text() == MESSY


def test_standard_input_is_formatted_to_standard_output(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(MESSY.encode())))
    said = bxc("fmt", "-")
    assert said.code == 0
    assert said.out.startswith("spec small version 1\n")
    assert said.err == ""


def test_folders_are_searched_but_neither_hidden_nor_generated_ones(bxc: Bxc, tmp_path: Path) -> None:
    for folder in ("specs/deep", ".hidden", "generated/small"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.bxc").write_text(MESSY)
    said = bxc("fmt", "--check", ".", "messy.bxc")
    assert said.err.splitlines() == [
        "messy.bxc: would be laid out anew",
        "specs/deep/x.bxc: would be laid out anew",
    ]


def test_a_file_with_errors_is_reported_and_the_others_are_formatted(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "broken.bxc").write_text("spec x version 1\n}}} nonsense {{{\n")
    said = bxc("fmt")
    assert said.code == 1
    assert "error[BX001]" in said.err
    assert (tmp_path / "broken.bxc").read_text() == "spec x version 1\n}}} nonsense {{{\n"
    assert (tmp_path / "messy.bxc").read_text() != MESSY


def test_a_byte_order_mark_and_foreign_line_ends_go(bxc: Bxc, tmp_path: Path) -> None:
    path = tmp_path / "windows.bxc"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert bxc("fmt", "windows.bxc").code == 0
    assert path.read_bytes() == (tmp_path / "canonical.bxc").read_bytes()


def test_mode_and_links_are_kept(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "messy.bxc").chmod(0o640)
    (tmp_path / "link.bxc").symlink_to("messy.bxc")
    assert bxc("fmt", "link.bxc").code == 0
    assert (tmp_path / "link.bxc").is_symlink()
    assert (tmp_path / "messy.bxc").read_text() != MESSY
    assert stat.S_IMODE((tmp_path / "messy.bxc").stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["canonical.bxc", "link.bxc", "messy.bxc"]


def test_what_cannot_be_read_or_is_no_text_is_told(bxc: Bxc, tmp_path: Path) -> None:
    said = bxc("fmt", "none.bxc")
    assert (said.code, said.err) == (2, "error: cannot read none.bxc: no such file\n")
    for data in (b"spec \xff", "spec".encode("utf-16"), b"spec \0"):
        (tmp_path / "binary.bxc").write_bytes(data)
        said, checked = bxc("fmt", "binary.bxc"), bxc("check", "binary.bxc")
        assert said.code == checked.code == 1
        assert said.err.split("  |")[0] == checked.out.split("  |")[0]  # the same message at the same place
        assert (tmp_path / "binary.bxc").read_bytes() == data


def test_a_failure_while_writing_leaves_the_old_files(
    bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "also.bxc").write_text(MESSY)
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if Path(target).name == "messy.bxc" and ".messy" in self.name and not self.read_bytes() == MESSY.encode():
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    said = bxc("fmt")
    assert said.code == 2
    assert "permission denied" in said.err
    assert (tmp_path / "messy.bxc").read_text() == MESSY
    assert (tmp_path / "also.bxc").read_text() == MESSY
    assert sorted(p.name for p in tmp_path.iterdir()) == ["also.bxc", "canonical.bxc", "messy.bxc"]
