"""init, graph and import."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
from commands import SMALL, Bxc, runner

from bxc.cli.init import FILES


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bxc:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.bxc").write_text(SMALL)
    return runner(capsys)


# --- init


def test_init_makes_a_project_that_is_clean_and_canonical(
    bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = bxc("init", "project")
    assert said.code == 0
    assert said.err.endswith("next: cd project && bxc check && bxc compile\n")
    assert bxc("init", "my project").err.endswith("next: cd 'my project' && bxc check && bxc compile\n")
    written = {str(p.relative_to(tmp_path / "project")) for p in (tmp_path / "project").rglob("*") if p.is_file()}
    assert written == set(FILES)
    monkeypatch.chdir(tmp_path / "project")
    assert bxc("check", "--strict").out == "1 file checked, nothing found\n"
    assert bxc("fmt", "--check").code == 0


@pytest.mark.parametrize("file", [".github/workflows/bxc.yml", ".pre-commit-config.yaml"])
def test_what_continuous_integration_runs_passes_in_a_new_project(file: str, bxc: Bxc) -> None:
    assert bxc("init", "--quiet").code == 0
    assert bxc("compile", "--quiet").code == 0
    commands = re.findall(r"(?:run|entry): bxc (.*)", (Path.cwd() / file).read_text())
    assert any(command.startswith("check --strict") for command in commands)
    commands = [command.replace(" --statements", "") for command in commands]  # every night, as it takes its time
    assert [(command, bxc(*command.split()).code) for command in commands] == [(command, 0) for command in commands]


def test_what_the_new_projects_spec_says_of_hidden_rows_is_needed(bxc: Bxc) -> None:
    spec = FILES["example.bxc"]
    for line in ("  on hidden revive\n", " default billed = true"):
        assert line in spec
        (Path.cwd() / "less.bxc").write_text(spec.replace(line, ""))
        assert bxc("check", "--strict", "less.bxc").code == 1


def test_init_overwrites_nothing_and_leaves_nothing_half_done(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "bxc.toml").write_text("# mine\n")
    said = bxc("init")
    assert said.code == 2
    assert "bxc.toml is there already, so nothing was written" in said.err
    assert {path.name for path in tmp_path.iterdir()} == {"bxc.toml", "small.bxc"}
    assert (tmp_path / "bxc.toml").read_text() == "# mine\n"


def test_init_keeps_local_databases_out_of_the_repository(bxc: Bxc, tmp_path: Path) -> None:
    assert bxc("init").code == 0
    assert {"*.db", "*.duckdb", "*.sqlite", "*.running"} < set((tmp_path / ".gitignore").read_text().splitlines())


def test_init_leaves_the_list_of_ignored_files_as_it_is(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("# mine\n")
    said = bxc("init")
    assert (said.code, ".gitignore" in said.err) == (0, False)
    assert (tmp_path / ".gitignore").read_text() == "# mine\n"
    assert (tmp_path / "bxc.toml").exists()


def test_init_in_a_file_is_refused(bxc: Bxc) -> None:
    assert bxc("init", "small.bxc").code == 2


# --- graph


@pytest.mark.parametrize("form", ["html", "svg", "dot", "json", "mermaid"])
def test_graph_prints_every_form(form: str, bxc: Bxc) -> None:
    said = bxc("graph", "small.bxc", "--format", form)
    assert (said.code, said.err) == (0, "")
    assert "people" in said.out
    if form == "json":
        assert json.loads(said.out)["spec"] == "small"
    if form == "svg":
        ElementTree.fromstring(said.out)


def test_graph_takes_the_form_from_the_file(bxc: Bxc, tmp_path: Path) -> None:
    assert bxc("graph", "small.bxc", "--to", "g.svg").err == "wrote g.svg\n"
    ElementTree.parse(tmp_path / "g.svg")
    assert bxc("graph", "small.bxc", "--to", "g.txt").code == 2
    assert bxc("graph", "small.bxc", "--to", "none/deep/g.dot").code == 0


def test_graph_opens_a_page_in_the_browser(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def browser(uri: str) -> bool:
        opened.append(uri)
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    assert bxc("graph", "small.bxc", "--open").code == 0
    assert opened[0].startswith("file:///")
    assert opened[0].endswith("/small.html")
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert "there is no browser to open" in bxc("graph", "small.bxc", "--open").err


def test_graph_of_a_wrong_spec_shows_the_errors(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "wrong.bxc").write_text(SMALL.replace("view V from S", "view V from X"))
    said = bxc("graph", "wrong.bxc")
    assert (said.code, said.out) == (1, "")
    assert "error[BX002]" in said.err
    assert "wrong.bxc has errors, so there is no graph" in said.err
    assert bxc("graph", "none.bxc").code == 2


# --- import


def test_import_prints_declarations_in_canonical_form(bxc: Bxc, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "clinic.db")
    connection.executescript(
        "create table Ward (id integer primary key, name text not null unique, check (name <> '')) strict;"
        "create table Bed (no integer, ward integer not null references Ward(id), primary key (no, ward)) strict;"
    )
    connection.close()
    said = bxc("import", "--db", "clinic.db", "--peer", "Clinic")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("# The tables of Clinic in clinic.db, as `bxc import` found them.\n")
    (tmp_path / "tables.bxc").write_text(said.out)
    (tmp_path / "clinic.bxc").write_text("spec clinic version 1\nimport 'tables.bxc'\npeer Clinic\n")
    assert bxc("check", "clinic.bxc").code == 0
    assert bxc("fmt", "--check", "tables.bxc").code == 0


def test_import_takes_chosen_tables_and_a_new_file(bxc: Bxc, tmp_path: Path) -> None:
    connection = duckdb.connect(str(tmp_path / "lab.duckdb"))
    connection.execute("create table a (id bigint primary key); create table b (id bigint primary key);")
    connection.close()
    argv = ("import", "--db", "duckdb:///lab.duckdb", "--peer", "Lab", "--table", "b", "--to", "lab.bxc")
    assert bxc(*argv).err == "wrote lab.bxc\n"
    assert "source b at Lab" in (tmp_path / "lab.bxc").read_text()
    assert "source a" not in (tmp_path / "lab.bxc").read_text()
    said = bxc(*argv)
    assert said.code == 2
    assert "lab.bxc is there already" in said.err
    said = bxc("import", "--db", "lab.duckdb", "--peer", "Lab", "--table", "c")
    assert said.code == 2
    assert "has no table c" in said.err


def test_import_speaks_of_the_users_tables_only_and_names_every_column_at_fault(bxc: Bxc, tmp_path: Path) -> None:
    connection = duckdb.connect(str(tmp_path / "lab.duckdb"))
    connection.execute("create table device (id bigint primary key, w float, j json); create table bxc_rights (x int);")
    connection.close()
    said = bxc("import", "--db", "lab.duckdb", "--peer", "Lab")
    assert "device is left out: column w: FLOAT has no counterpart in a spec; column j: JSON has no" in said.out
    said = bxc("import", "--db", "lab.duckdb", "--peer", "Lab", "--table", "bxc_rights")
    assert said.code == 2
    assert said.err.endswith("help: there is device\n")


def test_import_uses_the_configured_database(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("create table t (id integer primary key) strict")
    (tmp_path / "bxc.toml").write_text("[databases]\nA = 'sqlite:///a.db'\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert "source t at A" in bxc("import", "--peer", "A").out
    said = bxc("import", "--peer", "B")
    assert said.code == 2
    assert "which database of B is meant?" in said.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("none.db", "there is no database file none.db"),
        ("small.bxc", "does not say which database it is"),
        ("sqlite:///small.bxc", "small.bxc: SQLite: file is not a database"),
        ("duckdb:///small.bxc", "is not a valid DuckDB database file"),
        ("mysql://x", "is not a database that bxc can open"),
    ],
)
def test_a_database_that_cannot_be_opened_is_told(url: str, said: str, bxc: Bxc) -> None:
    found = bxc("import", "--db", url, "--peer", "A")
    assert found.code == 2
    assert said in found.err
    assert "bug" not in found.err
