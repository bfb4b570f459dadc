"""Files and their imports: each read once, nothing outside the root's folder, no text that is no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxc.compile import check
from bxc.load import decode, load
from bxc.text import Position

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


def test_one_file_is_read_once_by_whatever_path(root: Path) -> None:
    folder = root.parent
    (folder / "sub").mkdir()
    (folder / "a.bxc").write_text(PEER)
    (folder / "soft.bxc").symlink_to(folder / "a.bxc")
    (folder / "hard.bxc").hardlink_to(folder / "a.bxc")
    paths = ("a.bxc", "sub/../a.bxc", "./a.bxc", "soft.bxc", "hard.bxc")
    root.write_text("spec t version 1\n" + "".join(f"import '{path}'\n" for path in paths))
    files, found = load(root)
    assert found == []
    assert len(files) == 2


def test_a_long_chain_of_imports_is_followed(root: Path) -> None:
    for number in range(600):
        (root.parent / f"f{number}.bxc").write_text(f"import 'f{number + 1}.bxc'\n")
    (root.parent / "f600.bxc").write_text(PEER)
    root.write_text("spec t version 1\nimport 'f0.bxc'\n")
    files, found = load(root)
    assert found == []
    assert len(files) == 602


def test_a_spec_has_at_most_a_thousand_files(root: Path) -> None:
    for number in range(1000):
        (root.parent / f"f{number}.bxc").write_text("")
    root.write_text("spec t version 1\n" + "".join(f"import 'f{number}.bxc'\n" for number in range(1000)))
    assert codes(root) == ["BX007"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("keys.toml", "an imported file is a spec: its name ends in `.bxc`"),
        ("sub\\a.bxc", "this is no path of a spec file"),
        ("", "an imported file is a spec: its name ends in `.bxc`"),
        ("/etc/a.bxc", "an import cannot be an absolute path"),
        ("../a.bxc", "an import cannot leave the folder of the root spec"),
        ("a.bxc/b.bxc", "`a.bxc/b.bxc` cannot be read: not a directory"),
        (f"{'x' * 300}.bxc", f"`{'x' * 300}.bxc` cannot be read: file name too long"),
        ("loop.bxc", "`loop.bxc` cannot be read: too many levels of symbolic links"),
        ("folder.bxc", "`folder.bxc` is no file"),
    ],
)
def test_what_cannot_be_imported_is_a_finding_at_the_path(root: Path, path: str, message: str) -> None:
    (root.parent / "a.bxc").write_text(PEER)
    (root.parent / "keys.toml").write_text("secret = 1\n")
    (root.parent / "loop.bxc").symlink_to("loop.bxc")
    (root.parent / "folder.bxc").mkdir()
    root.write_text(f"spec t version 1\nimport '{path}'\n")
    (finding,) = load(root)[1]
    assert (finding.code, finding.message) == ("BX006", message)
    assert finding.primary.span.text == f"'{path}'"


def test_a_misspelt_import_is_told_what_stands_beside_it(root: Path) -> None:
    (root.parent / "common.bxc").write_text(PEER)
    root.write_text("spec t version 1\nimport 'comon.bxc'\n")
    (finding,) = load(root)[1]
    assert finding.help == "did you mean `common.bxc`?"
    (root.parent / "sub").mkdir()
    (root.parent / "sub" / "one.bxc").write_text(PEER)
    root.write_text("spec t version 1\nimport 'sub/on.bxc'\nimport 'sub/wholly_different.bxc'\n")
    assert [d.help for d in load(root)[1]] == ["did you mean `sub/one.bxc`?", None]


def test_a_spec_line_in_an_imported_file_is_one_finding(root: Path) -> None:
    (root.parent / "a.bxc").write_text("spec a version 1\npeer P\n")
    root.write_text("spec t version 1\nimport 'a.bxc'\n")
    assert [(d.code, Path(d.primary.span.file.name).name) for d in check(root).diagnostics] == [("BX006", "a.bxc")]


def test_the_spec_line_comes_first(root: Path) -> None:
    root.write_text("peer P\nspec t version 1\n")
    assert messages(root) == ["the `spec` line must come first"]


def test_syntax_errors_of_all_files_are_found(root: Path) -> None:
    root.write_text("spec t version 1\nimport 'a.bxc'\npear P\n")
    (root.parent / "a.bxc").write_text("peer\n")
    assert [(d.code, Path(d.primary.span.file.name).name) for d in load(root)[1]] == [
        ("BX001", "root.bxc"),
        ("BX001", "a.bxc"),
    ]


@pytest.mark.parametrize(
    ("data", "message", "line", "column"),
    [
        (b"\xef\xbb\xbfpeer A\r\npeer \xe4\n", "the file is not UTF-8 text", 2, 6),
        ("peer A\n".encode("utf-16"), "the file is UTF-16 text", 1, 1),
        (b"peer A\r\n# \0\n", "the file holds a NUL byte: it is no text", 2, 3),
    ],
)
def test_what_is_no_text_is_found_at_its_first_byte(data: bytes, message: str, line: int, column: int) -> None:
    _, (finding,) = decode(data, "test.bxc")
    assert finding.message == message
    assert finding.primary.span.first == Position(line, column)


def test_line_ends_of_all_systems_are_read() -> None:
    source, found = decode(b"\xef\xbb\xbfa\r\nb\rc\n", "test.bxc")
    assert found == []
    assert source.text == "a\nb\nc\n"
