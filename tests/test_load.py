"""Files and their imports: each read once, nothing outside the root's folder, no text that is no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxc.load import load

PEER = "peer Q\n"


def codes(root: Path) -> list[str]:
    return [d.code for d in load(root)[1]]


def messages(root: Path) -> list[str]:
    return [d.message for d in load(root)[1]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    folder.mkdir()
    return folder / "root.bxc"


def test_imports_are_read_once_and_before_what_imports_them(root: Path) -> None:
    root.write_text("spec t version 1\nimport 'a.bxc'\nimport 'sub/b.bxc'\npeer P\n")
    (root.parent / "sub").mkdir()
    (root.parent / "a.bxc").write_text("import 'sub/b.bxc'\npeer A\n")
    (root.parent / "sub" / "b.bxc").write_text("peer B\n")
    files, found = load(root)
    assert found == []
    assert [Path(f.source.name).name for f in files] == ["b.bxc", "a.bxc", "root.bxc"]


def test_a_cycle_of_imports_names_the_files(root: Path) -> None:
    root.write_text("spec t version 1\nimport 'a.bxc'\n")
    (root.parent / "a.bxc").write_text("import 'b.bxc'\n")
    (root.parent / "b.bxc").write_text("import 'a.bxc'\n")
    assert codes(root) == ["BX006"]
    (message,) = messages(root)
    assert "a.bxc" in message
    assert "b.bxc" in message


def test_a_file_that_imports_itself_is_a_cycle(root: Path) -> None:
    root.write_text("spec t version 1\nimport 'root.bxc'\n")
    assert codes(root) == ["BX006"]


@pytest.mark.parametrize("path", ["../out.bxc", "/out.bxc", "link.bxc", "sub/../../out.bxc"])
def test_an_import_never_leaves_the_folder_of_the_root(root: Path, path: str) -> None:
    (root.parent.parent / "out.bxc").write_text(PEER)
    (root.parent / "link.bxc").symlink_to(root.parent.parent / "out.bxc")
    root.write_text(f"spec t version 1\nimport '{path}'\n")
    files, found = load(root)
    assert [d.code for d in found] == ["BX006"]
    assert [Path(f.source.name).name for f in files] == ["root.bxc"]


def test_an_import_that_is_not_there_is_found_at_its_line(root: Path) -> None:
    root.write_text("spec t version 1\nimport 'nix.bxc'\n")
    (finding,) = load(root)[1]
    assert (finding.code, finding.primary.span.first.line) == ("BX006", 2)
    assert finding.message == "there is no file `nix.bxc`"


def test_an_import_of_a_folder_cannot_be_read(root: Path) -> None:
    (root.parent / "sub").mkdir()
    root.write_text("spec t version 1\nimport 'sub'\n")
    assert codes(root) == ["BX006"]


def test_an_imported_file_has_no_spec_line(root: Path) -> None:
    root.write_text("spec t version 1\nimport 'a.bxc'\n")
    (root.parent / "a.bxc").write_text("spec a version 1\npeer A\n")
    assert codes(root) == ["BX006"]


def test_a_root_that_is_not_there_is_an_error_of_the_environment(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(root)


def test_a_byte_order_mark_and_carriage_returns_are_accepted(root: Path) -> None:
    root.write_bytes(b"\xef\xbb\xbfspec t version 1\r\npeer P\r\n")
    files, found = load(root)
    assert found == []
    assert files[0].source.text == "spec t version 1\npeer P\n"


@pytest.mark.parametrize(
    ("content", "code", "part"),
    [
        (b"spec t version 1\n\xff\xfe", "BX001", "not UTF-8"),
        (b"spec t\0 version 1\n", "BX001", "NUL"),
        (b"#" * 10_000_001, "BX007", "10 MB"),
    ],
)
def test_what_is_no_spec_text_is_one_finding(root: Path, content: bytes, code: str, part: str) -> None:
    root.write_bytes(content)
    (finding,) = load(root)[1]
    assert finding.code == code
    assert part in finding.message
