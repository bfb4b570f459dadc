"""The README's sessions are what the commands print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bxc.compile import check

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SESSION = re.compile(r"^```\n\$ (.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = {s.partition("\n")[0]: SESSION.findall(s) for s in README.split("\n## ")}


def edit(file: Path, change: str) -> None:
    """Apply a change that is shown as in a diff: lines that stand there once, with `+` for those to add."""
    lines = change.splitlines()
    before = "\n".join(line[1:] for line in lines if line[0] == " ")
    after = "\n".join(line[1:] for line in lines)
    text = file.read_text("utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, after), "utf-8")


def test_the_readme_has_sessions_of_checking_and_of_a_new_project() -> None:
    told = [session for sessions in SECTIONS.values() for session in sessions]
    assert any("bxc check" in session for session in told)
    assert any(session.startswith("bxc init") for session in told)


@pytest.mark.parametrize("section", [title for title, sessions in SECTIONS.items() if sessions])
def test_the_sessions_of_a_section_are_real(section: str, tmp_path: Path) -> None:
    folder = tmp_path
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for step in (step for session in SECTIONS[section] for step in session.split("\n$ ")):
        command, _, output = step.partition("\n")
        if command.startswith("cat "):
            (folder / command.removeprefix("cat ")).write_text(output, "utf-8")
        elif command.startswith("cd "):
            folder /= command.removeprefix("cd ")
        elif command.startswith("vi "):
            edit(folder / command.removeprefix("vi "), output)
        else:
            done = subprocess.run(
                command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
            )
            assert (done.stderr + done.stdout).rstrip() == output.rstrip(), command


def test_what_the_readme_says_of_the_papers_specs_is_so() -> None:
    found = {
        name: [d.severity.value for d in check(ROOT / "specs" / f"{name}.bxc").diagnostics]
        for name in ("medical", "medical_as_published")
    }
    assert "error" not in found["medical"]
    assert found["medical_as_published"].count("error") == 3


@pytest.mark.parametrize("block", re.findall(r"^```sql\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
def test_the_readme_quotes_the_generated_sql_as_it_is(block: str) -> None:
    files = [path.read_text("utf-8") for path in (ROOT / "generated" / "medical" / "Doctor" / "sqlite").iterdir()]
    assert any(block in text for text in files)
