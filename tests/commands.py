"""Commands run in this process, and what they said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bxc.cli.app import run


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Bxc = Callable[..., Said]


def runner(capsys: pytest.CaptureFixture[str]) -> Bxc:
    """A function that runs `bxc` with its arguments."""

    def bxc(*argv: object) -> Said:
        capsys.readouterr()
        code = run([str(argument) for argument in argv])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return bxc


SMALL = """\
spec small version 1

peer A
peer B

source S at A {
  id    int   primary key
  name  text  not null
  note  text
}

source T at B {
  id    int   primary key
  name  text  not null
}

view V from S {
  keep id, name
}

view W from T {
  keep id, name
}

share people = V <-> W {
  authority A
  update name by A
  insert by A
  delete by A
}
"""
