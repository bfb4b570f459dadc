"""The README's sessions are what the commands print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bxc_runtime import demo

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SESSIONS = re.findall(r"^```\n(\$ .*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.splitlines()[0][2:])
def test_a_session_of_the_readme_is_real(session: str, tmp_path: Path) -> None:
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    folder = tmp_path
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for step in session.removeprefix("$ ").split("\n$ "):
        command, _, output = step.partition("\n")
        if command.startswith("cat "):
            (folder / command.removeprefix("cat ")).write_text(output, "utf-8")
        elif command.startswith("cd "):
            folder /= command.removeprefix("cd ")
        else:
            done = subprocess.run(
                command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
            )
            assert (done.stderr + done.stdout).rstrip() == output.rstrip(), command


def test_the_readme_quotes_the_demo_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = StringIO()
    monkeypatch.setattr(demo, "Console", lambda **_: Console(file=screen, width=100))
    demo.main()
    printed = "\n".join(line.rstrip() for line in screen.getvalue().splitlines()) + "\n"
    starts = ("The researcher updates", "A delta for D31")
    quoted = [README[README.index(f"```\n{start}") + 4 :].partition("```")[0] for start in starts]
    assert all(block in printed for block in quoted)


@pytest.mark.parametrize("block", re.findall(r"^```sql\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
def test_the_readme_quotes_the_generated_sql_as_it_is(block: str) -> None:
    files = [path.read_text("utf-8") for path in (ROOT / "generated" / "medical" / "Doctor" / "sqlite").iterdir()]
    assert any(block in text for text in files)
