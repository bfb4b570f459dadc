from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from reports import finding, label, source
from witnesses import (
    ALL_TYPES,
    DOSAGE,
    HIDDEN,
    RENAMED,
    STOCK,
    TWICE,
    TYPES,
    UNIQUE,
    compiled,
    medical,
    witness,
)

from bxc.check.repro import ReproError, write_repro
from bxc.diagnostic import Diagnostic
from bxc.witness import Content, Scenario, Witness

ENGINES = pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
CASES = {
    "an accepted update": (medical, DOSAGE),
    "an update that changes another view": (medical, RENAMED),
    "a hidden key": (lambda: compiled(STOCK), HIDDEN),
    "a UNIQUE, after an accepted put": (lambda: compiled(STOCK), UNIQUE),
    "all types and rows that refer to each other": (lambda: compiled(TYPES), ALL_TYPES),
    "two databases of one peer": (medical, TWICE),
}


def diagnostic(scenario: Scenario | None, code: str = "BX208") -> Diagnostic:
    found = finding(code, label(source(), "Doctor"))
    return replace(found, witness=Witness((), "This happens.", scenario))


def run(folder: Path, engine: str, **environment: str) -> tuple[int, str]:
    """The script's exit code and output, in an environment without this project."""
    done = subprocess.run(
        ["sh", "run.sh", engine],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHON": sys.executable, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@ENGINES
@pytest.mark.parametrize("case", CASES)
def test_the_scripts_show_the_finding(case: str, engine: str, tmp_path: Path) -> None:
    spec, scenario = CASES[case]
    (folder,) = write_repro([diagnostic(scenario)], *spec(), tmp_path / "repro")
    code, output = run(folder, engine)
    assert (code, output.splitlines()[-1]) == (0, "reproduced"), output
    assert "This happens." in output


@ENGINES
def test_the_scripts_tell_before_refusal_and_after(engine: str, tmp_path: Path) -> None:
    (folder,) = write_repro([diagnostic(HIDDEN)], *compiled(STOCK), tmp_path)
    _, output = run(folder, engine)
    assert folder.name == "01-BX208-Open"
    before, after = output.split("\nafter\n")
    assert "Item of Shop\n    sku | shelf | sold\n    ----+-------+------\n    'a' | 1     | true" in before
    assert re.search(r"put 1 through Open of Shop is refused: .*BXC11", before)
    assert "'b' | 2     | false" in after


@ENGINES
@pytest.mark.parametrize(
    "wrong",
    [
        replace(HIDDEN, refused=None),
        replace(HIDDEN, refused="BXC17"),
        replace(HIDDEN, before=(Content("Shop", "Open", ()),)),
        replace(HIDDEN, after=(Content("Shop", "Item", ()),)),
        replace(UNIQUE, puts=UNIQUE.puts[:1]),
    ],
)
def test_what_does_not_happen_is_not_reproduced(wrong: Scenario, engine: str, tmp_path: Path) -> None:
    (folder,) = write_repro([diagnostic(wrong)], *compiled(STOCK), tmp_path)
    code, output = run(folder, engine)
    assert (code, output.splitlines()[-1]) == (1, "not reproduced"), output


def test_the_scripts_run_where_the_terminal_knows_ascii_alone(tmp_path: Path) -> None:
    (folder,) = write_repro([diagnostic(ALL_TYPES)], *compiled(TYPES), tmp_path)
    code, output = run(folder, "sqlite", PYTHONIOENCODING="ascii")
    assert code == 0, output


def test_an_engine_that_is_not_there_is_named(tmp_path: Path) -> None:
    (folder,) = write_repro([diagnostic(HIDDEN)], *compiled(STOCK), tmp_path)
    assert run(folder, "oracle") == (2, "usage: run.py [sqlite|duckdb]\n")


def test_the_readme_tells_the_story(tmp_path: Path) -> None:
    found = replace(finding("BX208", label(source(), "Doctor", "here")), witness=witness())
    (folder,) = write_repro([found], *compiled(STOCK), tmp_path)
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# BX208 in the spec stock\n\nShop refuses the new row")
    assert "sh run.sh" in text
    listed = re.findall(r"^- `(.*)`$", text, re.MULTILINE)
    assert listed
    assert sorted(listed) == sorted(f"sqlite/{p.relative_to(folder / 'sqlite')}" for p in folder.glob("sqlite/*/*.sql"))


def test_only_findings_with_a_scenario_get_a_folder(tmp_path: Path) -> None:
    plain = finding("BX002", label(source(), "Doctor"))
    folders = write_repro(
        [plain, diagnostic(None), diagnostic(HIDDEN), diagnostic(UNIQUE, "BX203")], *compiled(STOCK), tmp_path
    )
    assert [folder.name for folder in folders] == ["01-BX208-Open", "02-BX203-Open"]


# --- files of others


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_findings_give_the_same_files_and_others_take_their_place(tmp_path: Path) -> None:
    shop = compiled(STOCK)
    write_repro([diagnostic(HIDDEN), diagnostic(UNIQUE, "BX203")], *shop, tmp_path / "a")
    write_repro([diagnostic(UNIQUE, "BX203")], *shop, tmp_path / "b")
    write_repro([diagnostic(HIDDEN), diagnostic(UNIQUE, "BX203")], *shop, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert write_repro([], *shop, tmp_path / "b") == []
    assert sorted(contents(tmp_path / "b")) == ["bxc-repro.json"]
    assert [path for path in (tmp_path / "b").iterdir() if path.is_dir()] == []
    write_repro([diagnostic(HIDDEN)], *shop, tmp_path / "b")


@pytest.mark.parametrize("mine", ["01-BX208-Open/README.md", "bxc-repro.json", "01-BX208-Open/run.py/x"])
def test_a_file_of_somebody_else_is_not_overwritten(mine: str, tmp_path: Path) -> None:
    path = tmp_path / mine
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(ReproError) as refused:
        write_repro([diagnostic(HIDDEN)], *compiled(STOCK), tmp_path)
    assert refused.value.hint == "name another folder"
    assert contents(tmp_path) == {mine: b"mine"}


def test_a_changed_file_of_an_earlier_run_is_not_overwritten(tmp_path: Path) -> None:
    shop = compiled(STOCK)
    (folder,) = write_repro([diagnostic(HIDDEN)], *shop, tmp_path)
    with (folder / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("my notes")
    before = contents(tmp_path)
    with pytest.raises(ReproError, match=r"README\.md is there already"):
        write_repro([diagnostic(HIDDEN)], *shop, tmp_path)
    assert contents(tmp_path) == before
    write_repro([], *shop, tmp_path)
    assert sorted(contents(tmp_path)) == ["01-BX208-Open/README.md", "bxc-repro.json"]


def test_a_listing_that_names_files_elsewhere_removes_none(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("", encoding="utf-8")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    listing = {"format": "bxc-repro/1", "files": {"../mine": digest, str(tmp_path / "mine"): digest}}
    (tmp_path / "repro").mkdir()
    (tmp_path / "repro" / "bxc-repro.json").write_text(json.dumps(listing), encoding="utf-8")
    write_repro([diagnostic(HIDDEN)], *compiled(STOCK), tmp_path / "repro")
    assert (tmp_path / "mine").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ReproError, match="is a file, not a folder"):
        write_repro([diagnostic(HIDDEN)], *compiled(STOCK), tmp_path / "file")
    with pytest.raises(ReproError, match="cannot write"):
        write_repro([diagnostic(HIDDEN)], *compiled(STOCK), tmp_path / "file" / "below")
    with pytest.raises(ReproError, match="cannot write"):
        write_repro([diagnostic(HIDDEN)], *compiled(STOCK), tmp_path / ("x" * 300))
