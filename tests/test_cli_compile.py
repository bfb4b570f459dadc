from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import SMALL, Bxc, runner


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bxc:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.bxc").write_text(SMALL)
    return runner(capsys)


def files(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def times(folder: Path) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_compile_writes_the_files_that_its_manifest_lists(bxc: Bxc, tmp_path: Path) -> None:
    said = bxc("compile", "small.bxc")
    assert (said.code, said.out) == (0, "")
    assert said.err.startswith("compiled small to generated/small: ")
    written = files(tmp_path / "generated" / "small")
    manifest = json.loads(written["manifest.json"])
    listed = [f["path"] for p in manifest["peers"] for e in p["engines"].values() for f in e["files"]]
    assert {*listed, *(f["path"] for f in manifest["files"]), "manifest.json"} == set(written)
    assert "A/sqlite/schema.sql" in written
    assert "B/duckdb/W.put.sql" in written


def test_a_second_run_touches_nothing(bxc: Bxc, tmp_path: Path) -> None:
    bxc("compile", "small.bxc")
    before = times(tmp_path / "generated")
    said = bxc("compile", "small.bxc")
    assert "nothing to write" in said.err
    assert times(tmp_path / "generated") == before


def test_only_files_that_differ_are_written(bxc: Bxc, tmp_path: Path) -> None:
    bxc("compile", "small.bxc")
    path = tmp_path / "generated/small/A/sqlite/V.get.sql"
    path.write_text("-- edited\n")
    before = times(tmp_path / "generated")
    assert "1 file written" in bxc("compile", "small.bxc").err
    after = times(tmp_path / "generated")
    assert {p for p in after if after[p] != before[p]} == {path}


def test_errors_in_any_spec_leave_all_output_as_it_was(bxc: Bxc, tmp_path: Path) -> None:
    bxc("compile", "small.bxc")
    before = files(tmp_path)
    (tmp_path / "other.bxc").write_text(SMALL.replace("spec small", "spec other"))
    (tmp_path / "wrong.bxc").write_text(
        SMALL.replace("spec small", "spec wrong").replace("keep id, name", "keep id, nam")
    )
    said = bxc("compile", "other.bxc", "wrong.bxc")
    assert said.code == 1
    assert "error[BX002]" in said.out
    assert said.err == "nothing was written\n"
    assert {name: text for name, text in files(tmp_path).items() if name in before} == before
    assert not (tmp_path / "generated" / "other").exists()


def test_what_is_not_made_any_more_goes_and_foreign_files_stay(bxc: Bxc, tmp_path: Path) -> None:
    bxc("compile", "small.bxc")
    folder = tmp_path / "generated" / "small"
    (folder / "A" / "notes.txt").write_text("mine")
    (folder / "B" / "sqlite" / "W.sql").write_text("-- changed by hand\n")
    (tmp_path / "small.bxc").write_text(SMALL.replace("view V ", "view V2 ").replace("= V <->", "= V2 <->"))
    said = bxc("compile", "small.bxc")
    assert said.code == 0
    assert "removed" in said.err
    found = files(folder)
    assert "A/sqlite/V.sql" not in found
    assert "A/sqlite/V2.sql" in found
    assert found["A/notes.txt"] == "mine"
    said = bxc("compile", "small.bxc", "--engine", "duckdb")
    assert said.code == 0
    found = files(folder)
    assert not any(name.startswith("A/sqlite/") for name in found)
    assert not (folder / "A" / "sqlite").exists()


def test_a_stale_file_that_someone_changed_stays(bxc: Bxc, tmp_path: Path) -> None:
    bxc("compile", "small.bxc")
    path = tmp_path / "generated/small/A/sqlite/V.sql"
    path.write_text("-- changed by hand\n")
    bxc("compile", "small.bxc", "--engine", "duckdb")
    assert path.read_text() == "-- changed by hand\n"


def test_a_manifest_names_no_file_outside_its_folder(bxc: Bxc, tmp_path: Path) -> None:
    bxc("compile", "small.bxc")
    manifest = tmp_path / "generated/small/manifest.json"
    document = json.loads(manifest.read_text())
    victim = tmp_path / "victim"
    victim.write_text("")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    document["files"] += [{"path": "../../victim", "sha256": empty}, {"path": str(victim), "sha256": empty}]
    manifest.write_text(json.dumps(document))
    assert bxc("compile", "small.bxc").code == 0
    assert victim.exists()
    for text in ("", "[]", "{}", '{"format": "bxc-manifest", "format_version": 1}', '{"peers": 1, "files": null}'):
        manifest.write_text(text)
        assert bxc("compile", "small.bxc").code == 0


def test_locked_names_what_differs_and_writes_nothing(bxc: Bxc, tmp_path: Path) -> None:
    bxc("compile", "small.bxc")
    assert bxc("compile", "--locked", "small.bxc").code == 0
    folder = tmp_path / "generated" / "small"
    (folder / "A" / "sqlite" / "V.sql").write_text("--\n")
    (folder / "A" / "sqlite" / "V.get.sql").unlink()
    before = times(tmp_path)
    said = bxc("compile", "--locked", "small.bxc")
    assert said.code == 1
    assert "generated/small/A/sqlite/V.sql differs\n" in said.err
    assert "generated/small/A/sqlite/V.get.sql is missing\n" in said.err
    assert "2 generated files would change" in said.err
    assert times(tmp_path) == before
    bxc("compile", "small.bxc")
    said = bxc("compile", "--locked", "--engine", "sqlite", "small.bxc")
    assert said.code == 1
    assert "generated/small/A/duckdb/V.sql is not made any more\n" in said.err


def test_engines_and_peers_can_be_chosen(bxc: Bxc, tmp_path: Path) -> None:
    assert bxc("compile", "small.bxc", "--engine", "sqlite", "--peer", "B", "-o", "out").code == 0
    folders = {name.rpartition("/")[0] for name in files(tmp_path / "out" / "small")}
    assert folders == {"", "B/sqlite", "contract"}
    said = bxc("compile", "small.bxc", "--engine", "oracle")
    known = "sqlite, duckdb, postgres, spark"
    assert (said.code, said.err) == (2, f"error: there is no engine oracle\n  help: there is {known}\n")
    said = bxc("compile", "small.bxc", "--peer", "C")
    assert (said.code, said.err) == (2, "error: no spec has a peer C\n  help: there is A, B\n")


def test_check_only_changed_leaves_out_what_means_the_same(bxc: Bxc, tmp_path: Path) -> None:
    argv = ("compile", "small.bxc", "--check-only-changed")
    assert "files written" in bxc(*argv).err
    (tmp_path / "small.bxc").write_text("# a comment\n" + SMALL)
    assert bxc(*argv).err == "compiled small before: nothing has changed\n"
    assert "removed" in bxc(*argv, "--engine", "sqlite").err
    bxc("compile", "small.bxc")
    (tmp_path / "generated/small/A/sqlite/V.sql").write_text("--\n")
    assert "1 file written" in bxc(*argv).err
    (tmp_path / "small.bxc").write_text(SMALL.replace("update name by A", "update name by B"))
    assert "written" in bxc(*argv).err


def test_two_specs_of_one_name_are_refused(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "same.bxc").write_text(SMALL)
    said = bxc("compile", "small.bxc", "same.bxc")
    assert said.code == 2
    assert "two specs are called small" in said.err
    assert not (tmp_path / "generated").exists()
    for name in ("small.bxc", "same.bxc"):  # a short name is one object in Python, wherever it was read
        (tmp_path / name).write_text(SMALL.replace("spec small", "spec s"))
    assert "two specs are called s," in bxc("compile", "small.bxc", "same.bxc").err


def test_a_file_in_the_way_is_a_clear_error(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "generated").write_text("a file")
    said = bxc("compile", "small.bxc")
    assert said.code == 2
    assert said.err.startswith("error: cannot write generated")
    assert (tmp_path / "generated").read_text() == "a file"


def test_a_read_only_folder_is_a_clear_error(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "write_bytes", refused)
    said = bxc("compile", "small.bxc")
    assert said.code == 2
    assert "permission denied" in said.err
    assert "generated/small/" in said.err
    assert not (tmp_path / "generated").exists()


def test_the_report_has_the_form_that_is_asked_for(bxc: Bxc, tmp_path: Path) -> None:
    document = json.loads(bxc("compile", "small.bxc", "--format", "json").out)
    assert (document["command"], document["exit_code"]) == ("compile", 0)
    (tmp_path / "bxc.toml").write_text("specs = ['small.bxc']\noutput = 'out'\nengines = ['sqlite']\npeers = ['A']\n")
    assert bxc("compile").code == 0
    assert {name.rpartition("/")[0] for name in files(tmp_path / "out" / "small")} == {"", "A/sqlite", "contract"}
