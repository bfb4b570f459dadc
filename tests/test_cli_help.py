from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from commands import Bxc, runner

from bxc import config
from bxc.cli.app import COMMANDS, root
from bxc.cli.refusals import MEANING, page

DOCUMENTATION = Path(__file__).parent.parent / "docs" / "commands.md"
HEAVY = {"web3", "solcx", "duckdb", "z3", "sqlglot", "rich", "numpy", "jinja2", "lark", "sqlite3", "blake3"}
COMMON = {"--color", "--quiet", "--verbose", "--debug"}


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str]) -> Bxc:
    return runner(capsys)


def loaded(name: str) -> click.Command:
    command = importlib.import_module(COMMANDS[name].module).command
    assert isinstance(command, click.Command)
    return command


def section(title: str) -> str:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    match = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert match is not None, title
    return match[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_command_says(name: str) -> None:
    command = loaded(name)
    assert command.name == name
    assert (command.help or "").split("\n\n")[0].replace("\n", " ") == COMMANDS[name].help
    assert f"| [`bxc {name}`](#bxc-{name}) | {COMMANDS[name].help} |" in DOCUMENTATION.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_documentation_has_every_option_and_no_other(name: str) -> None:
    documented = {
        option
        for row in re.findall(r"^\| (`-.*?) \| ", section(f"bxc {name}"), re.MULTILINE)
        for option in re.findall(r"`(--?[\w-]+)", row)
    }
    options = {
        option
        for parameter in loaded(name).params
        if isinstance(parameter, click.Option) and not COMMON & set(parameter.opts)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert documented == options


@pytest.mark.parametrize("name", COMMANDS)
def test_the_documentation_lists_the_same_choices(name: str) -> None:
    for parameter in loaded(name).params:
        if isinstance(parameter.type, click.Choice) and "--color" not in parameter.opts:
            listed = "\\|".join(parameter.type.choices)
            assert listed in section(f"bxc {name}") or "|".join(parameter.type.choices) in section(f"bxc {name}")


def test_the_documentation_has_the_common_options() -> None:
    text = section("For all commands")
    for option in (*COMMON, "-q", "-v", "-h", "--help"):
        assert f"`{option}" in text


def test_the_documentation_has_every_setting() -> None:
    documented = set(re.findall(r"^\| `\[?(\w+)\]?", section("Configuration"), re.MULTILINE))
    assert documented == set(config.KEYS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_a_summary_examples_and_no_line_wider_than_100(name: str, bxc: Bxc) -> None:
    said = bxc(name, "--help")
    assert said.code == 0
    assert "\nExamples:\n" in said.out
    assert max(map(len, said.out.splitlines())) <= 115
    assert bxc(name, "-h").out == said.out


def test_every_parameter_of_every_command_has_help() -> None:
    for name in COMMANDS:
        for parameter in loaded(name).params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (name, parameter.name)


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["explain"], ["explain", "BX001"], ["completion", "bash"]])
def test_light_commands_import_nothing_heavy(argv: list[str]) -> None:
    assert imported(argv) & HEAVY == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    assert imported([name, "--help"]) & HEAVY == set()


def test_fmt_and_check_import_no_engine(tmp_path: Path) -> None:
    path = tmp_path / "x.bxc"
    path.write_text("spec x version 1\n")
    assert imported(["fmt", "--check", str(path)]) & HEAVY == set()
    assert imported(["check", str(path)]) & (HEAVY - {"lark"}) == set()


def imported(argv: list[str]) -> set[str]:
    """The top-level modules in `sys.modules` after a run in a process of its own."""
    script = (
        "import sys\nfrom bxc.cli.app import run\nrun(sys.argv[1:])\n"
        "print('\\nmodules', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script, *argv], capture_output=True, text=True, check=True)
    return set(done.stdout.rsplit("modules ", 1)[1].split())


# --- explain and completion


def test_explain_prints_the_page_of_a_code(bxc: Bxc) -> None:
    said = bxc("explain", "BX001")
    assert said.code == 0
    assert "BX001" in said.out.splitlines()[0]
    for spelling in ("bx001", "1", "error[BX001]"):
        assert bxc("explain", spelling).out == said.out
    assert "\x1b[" in bxc("explain", "BX001", "--color", "always").out


def test_explain_suggests_codes_near_an_unknown_one(bxc: Bxc) -> None:
    said = bxc("explain", "BX0001")
    assert said.code == 2
    assert "there is no code `BX0001`" in said.err
    assert "BX001" in said.err
    assert bxc("explain", "../../etc/passwd").code == 2


def test_explain_knows_the_codes_of_refused_puts(bxc: Bxc) -> None:
    assert bxc("explain", "BXC12").out == page("BXC12")
    listed = bxc("explain").out
    for code in ("BX001", *MEANING):
        assert f"{code} " in listed


def test_every_code_of_a_refusal_in_the_semantics_is_explained() -> None:
    semantics = (DOCUMENTATION.parent / "semantics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"BXC\d\d", semantics)) == set(MEANING)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str, bxc: Bxc) -> None:
    said = bxc("completion", shell)
    assert said.code == 0
    assert "_BXC_COMPLETE" in said.out
    assert bxc("completion", "tcsh").code == 2


def test_the_shell_gets_completions(monkeypatch: pytest.MonkeyPatch, bxc: Bxc) -> None:
    monkeypatch.setenv("_BXC_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "bxc explain BX00")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert "plain,BX001" in bxc().out
    monkeypatch.setenv("COMP_WORDS", "bxc com")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert bxc().out.split() == ["plain,compile", "plain,completion"]


def test_the_command_tree_has_no_command_but_the_documented(bxc: Bxc) -> None:
    with click.Context(root) as context:
        assert root.list_commands(context) == list(COMMANDS)
    sections = re.findall(r"^## bxc (\w+)", DOCUMENTATION.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(sections) == sorted(COMMANDS)
