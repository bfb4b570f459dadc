from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from commands import SMALL, Bxc, runner

from bxc.cli import app

CLEAN = SMALL.replace("  delete by A\n", "")


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bxc:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    (tmp_path / "small.bxc").write_text(CLEAN)
    (tmp_path / "wrong.bxc").write_text(SMALL.replace("name  text  not null\n  note", "name  txt  not null\n  note"))
    return runner(capsys)


def test_a_clean_spec_exits_with_0(bxc: Bxc) -> None:
    said = bxc("check", "small.bxc")
    assert (said.code, said.out, said.err) == (0, "1 file checked, nothing found\n", "")
    assert bxc("check", "small.bxc", "-q").out == ""


def test_an_error_exits_with_1_and_is_shown_with_its_line(bxc: Bxc) -> None:
    said = bxc("check", "wrong.bxc")
    assert said.code == 1
    assert "error[BX" in said.out
    assert " --> wrong.bxc:8:9" in said.out
    assert "1 file checked: 1 error" in said.out
    assert said.err == ""


def test_findings_of_several_specs_are_one_report_in_order(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "a.bxc").write_text("spec a version 1\npeer P\nsource S at Q { id int primary key }\n")
    said = bxc("check", "wrong.bxc", "a.bxc", "small.bxc")
    assert said.code == 1
    assert said.out.index("a.bxc:") < said.out.index("wrong.bxc:")
    assert "3 files checked:" in said.out


def test_a_finding_in_a_file_that_two_specs_import_stands_there_once(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "common.bxc").write_text("peer P\nsource S at Q { id int primary key }\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.bxc").write_text(f"spec {name} version 1\nimport 'common.bxc'\n")
    report = json.loads(bxc("check", "a.bxc", "b.bxc", "--format", "json").out)
    places = [(d["primary"]["file"], d["code"]) for d in report["diagnostics"] if d["severity"] == "error"]
    assert places == [("common.bxc", "BX002")]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: None, "cannot read it.bxc: no such file"),
        (lambda p: p.mkdir(), "cannot read it.bxc: it is a folder"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github"])
def test_what_cannot_be_read_is_a_problem_and_the_rest_is_checked(
    make: object, said: str, form: str, bxc: Bxc, tmp_path: Path
) -> None:
    assert callable(make)
    make(tmp_path / "it.bxc")
    found = bxc("check", "it.bxc", "wrong.bxc", "--format", form)
    assert found.code == 2
    assert said in (found.out if form == "text" else found.err)
    assert "wrong.bxc" in found.out


def test_binary_and_foreign_encodings_are_findings(bxc: Bxc, tmp_path: Path) -> None:
    for content in (b"\x00\x01\xff\xfe", b"spec caf\xe9 version 1", b"\x7fELF\0" * 100, "spec x".encode("utf-16")):
        (tmp_path / "binary.bxc").write_bytes(content)
        said = bxc("check", "binary.bxc")
        assert said.code == 1
        assert "text" in said.out


@pytest.mark.parametrize(
    "argv", [(), ("small.bxc",), ("wrong.bxc",), ("none.bxc",), ("--nonsense",), ("small.bxc", "--today", "x")]
)
@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
def test_stdout_holds_exactly_one_document_whatever_happens(argv: tuple[str, ...], form: str, bxc: Bxc) -> None:
    for asked in (("--format", form), (f"--format={form}", "--color=always")):
        said = bxc("check", *argv, *asked)
        assert said.code in (0, 1, 2)
        assert "\x1b" not in said.out
        if form == "junit":
            assert ElementTree.fromstring(said.out).tag == "testsuites"
        else:
            document = json.loads(said.out)
            assert form == "sarif" or document["exit_code"] == said.code


def test_an_internal_error_is_one_paragraph_and_still_a_document(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("bxc.compile.check", broken)
    said = bxc("check", "small.bxc")
    assert said.code == 2
    assert said.err.startswith("error: bxc has a bug: ZeroDivisionError (division by zero) at test_cli_check.py:")
    assert "report it" in said.err
    assert "Traceback" not in said.err
    document = json.loads(bxc("check", "small.bxc", "--format", "json").out)
    assert "bug" in document["problems"][0]["message"]
    with pytest.raises(ZeroDivisionError):
        bxc("check", "small.bxc", "--debug")


def test_ctrl_c_exits_with_130(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bxc.compile.check", interrupted)
    said = bxc("check", "small.bxc")
    assert said.code == 130
    assert "Traceback" not in said.err


def test_strict_counts_warnings_and_the_flag_wins_over_the_configuration(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "warned.bxc").write_text(
        SMALL.replace("keep id, name\n}\n\nview W", "drop note default null\n}\n\nview W")
    )
    assert bxc("check", "warned.bxc").code == 0
    assert "warning[BX501]" in bxc("check", "warned.bxc").out
    assert bxc("check", "warned.bxc", "--strict").code == 1
    (tmp_path / "bxc.toml").write_text("strict = true\nspecs = ['warned.bxc']\n")
    assert bxc("check").code == 1


def test_today_decides_whether_a_suppression_has_expired(bxc: Bxc, tmp_path: Path) -> None:
    text = SMALL.replace(
        "keep id, name\n}\n\nview W",
        "# bxc: allow BX501 until 2027-01-01 the notes go soon\n  drop note default null\n}\n\nview W",
    )
    (tmp_path / "warned.bxc").write_text(text)
    assert "BX501" not in bxc("check", "warned.bxc", "--today", "2026-12-31").out
    assert "BX503" in bxc("check", "warned.bxc", "--today", "2027-06-01").out
    assert "`soon` is not a date as 2026-01-31" in bxc("check", "warned.bxc", "--today", "soon").err


# --- configuration


def test_the_configuration_names_specs_and_form(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bxc.toml").write_text('specs = ["*.bxc"]\nformat = "json"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert json.loads(bxc("check").out)["files"] == ["../../small.bxc", "../../wrong.bxc"]
    assert bxc("check", "--format", "text").out.startswith("error[")


def test_pyproject_serves_too_but_only_with_a_table_of_ours(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert bxc("check").code == 2
    (tmp_path / "pyproject.toml").write_text("[tool.bxc]\nspecs = ['small.bxc']\n")
    assert bxc("check").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spec = ['a']", "there is no setting `spec`; did you mean `specs`?"),
        ("specs = 'a'", "`specs` must be a list of texts"),
        ("strict = 1", "`strict` must be true or false"),
        ("databases = {A = 1}", "`databases` must be a table of peer = URL"),
        ("specs = [", "bxc.toml is not valid TOML"),
        ("specs = ['none*.bxc']", "matches no file"),
        ("", "no SPEC is named"),
        ("format = 'xml'\nspecs = ['small.bxc']", "`format` must be one of"),
        ("specs = ['/etc/*.bxc']", "matches no file"),
    ],
)
def test_a_wrong_configuration_is_named(text: str, said: str, bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "bxc.toml").write_text(text)
    found = bxc("check")
    assert found.code == 2
    assert said in found.err


# --- the frame


@pytest.mark.parametrize("text", ["# [tool.bxc]\n[tool]\nbxc = 3\n", "tool = 1  # not [tool.bxc]\n"])
def test_a_pyproject_whose_table_is_none_is_named(text: str, bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    found = bxc("check")
    assert found.code == 2
    assert "must be a table" in found.err


def test_a_file_that_is_named_twice_is_checked_once(bxc: Bxc) -> None:
    assert bxc("check", "small.bxc", "./small.bxc").out == "1 file checked, nothing found\n"
    assert "44 in all" in bxc("compile", "small.bxc", "./small.bxc").err


def test_a_file_that_cannot_be_read_is_a_problem_of_the_report(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "dead.bxc").symlink_to("nowhere.bxc")
    said = bxc("check", "dead.bxc", "--format", "json")
    (problem,) = json.loads(said.out)["problems"]
    assert problem["message"] == "cannot read dead.bxc: no such file"
    assert "dead.bxc" not in problem["help"]


def test_unknown_commands_and_options_are_answered_in_one_style(bxc: Bxc) -> None:
    said = bxc("chekc")
    assert (said.code, said.err) == (2, "error: there is no command `chekc`\n  help: did you mean `bxc check`?\n")
    said = bxc("check", "--fromat", "json")
    assert said.code == 2
    assert said.err.startswith("error: no such option")
    assert "`bxc check --help`" in said.err
    assert bxc("--nonsense").code == 2
    assert bxc("explain", "a", "b").code == 2


def test_without_arguments_the_help_is_shown(bxc: Bxc) -> None:
    said = bxc()
    assert said.code == 0
    assert said.out.startswith("Usage: bxc")
    assert bxc("--help").out == said.out


def test_the_version_is_told(bxc: Bxc) -> None:
    assert bxc("--version").out == "bxc 0.1.0\n"


def test_colour_is_obeyed(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in bxc("check", "wrong.bxc").out
    assert "\x1b[" in bxc("check", "wrong.bxc", "--color", "always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in bxc("check", "wrong.bxc").out
    assert "\x1b[" in bxc("chekc").err
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in bxc("check", "wrong.bxc").out
    assert "\x1b[" not in bxc("check", "wrong.bxc", "--color", "never").out


def test_verbose_tells_what_is_done_on_stderr(bxc: Bxc) -> None:
    assert "small.bxc: checked in" in bxc("check", "small.bxc", "-v").err


def test_a_closed_pipe_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return 99

    monkeypatch.setattr(app, "os", SimpleNamespace(dup2=lambda *_: None, open=lambda *_: 99, devnull="", O_WRONLY=0))
    monkeypatch.setattr(sys, "stdout", Closed())
    assert app.run(["explain"]) == 141


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))


def test_a_spec_on_standard_input_is_checked(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, (Path("wrong.bxc")).read_text())
    said = bxc("check", "-")
    assert said.code == 1
    assert " --> <stdin>:8:9" in said.out
    assert said.out.endswith("1 file checked: 1 error\n")
    given(monkeypatch, CLEAN)
    assert json.loads(bxc("check", "-", "small.bxc", "--format", "json").out)["files"] == ["<stdin>", "small.bxc"]


def test_imports_of_standard_input_are_relative_to_the_working_folder(
    bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "peers.bxc").write_text("peer A\npeer B\n")
    rest = CLEAN.replace("peer A\npeer B\n", "import 'parts/peers.bxc'\n")
    given(monkeypatch, rest)
    assert bxc("check", "-").out == "2 files checked, nothing found\n"
    given(monkeypatch, rest.replace("parts/", "../"))
    assert "an import cannot leave the folder of the root spec" in bxc("check", "-").out


def test_what_standard_input_held_is_not_taken_for_what_it_holds(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, CLEAN)
    assert bxc("check", "-").code == 0
    given(monkeypatch, CLEAN.replace("text", "txt"))
    assert bxc("check", "-").code == 1


def test_without_any_spec_the_way_to_begin_is_shown(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    said = bxc("check")
    assert (said.code, said.out) == (2, "")
    assert "`bxc init` starts a project here" in said.err
    said = bxc("check", "--format", "json")
    assert json.loads(said.out)["problems"][0]["help"] == "`bxc init` starts a project here"
