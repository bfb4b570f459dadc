"""The findings of `bxc check` against enumeration: no refusal is missed, and every witness is a legal edit.

`BXC_SOAK=n` judges n times as many random specs, other ones each time.
"""

from __future__ import annotations

import os
from random import Random, SystemRandom

import pytest
from checker_brute.generate import random_spec
from checker_brute.judge import Judged, judge, well_formed

SOAK = int(os.environ.get("BXC_SOAK", "0"))
SPECS = 6 * max(SOAK, 1)


def judged(seed: int) -> tuple[str, Judged]:
    """The next spec from a seed on in which only proofs can find fault, and how its findings do."""
    random = Random(seed)
    while True:
        text = random_spec(random)
        if well_formed(text):
            return text, judge(text, random, 1500)


@pytest.mark.parametrize("batch", range(4))
def test_a_share_without_an_error_is_refused_nothing_and_every_witness_is_a_legal_edit(batch: int) -> None:
    first = SystemRandom().randrange(2**40) if SOAK else 100 * batch
    refused = 0
    for seed in range(first, first + SPECS):
        text, outcome = judged(seed)
        assert outcome.wrong == "", f"seed {seed}\n{text}"
        refused += outcome.refusal is not None
    assert refused > 0


STUCK = """\
spec stuck version 1
peer A
peer B
source SA at A {
  id int primary key
  a enum('x', 'y')
}
source SB at B {
  id int primary key
  a enum('x', 'y')
  check (a <> 'y')
}
view VA from SA {
  keep id, a
}
view VB from SB {
  keep id, a
}
share s = VA <-> VB {
  authority B
  update a by A
}
"""


def test_enumeration_notices_what_a_checker_would_pass_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judge(STUCK, Random(1)).wrong == ""
    monkeypatch.setattr("checker_brute.judge.finds_fault_in_puts", lambda _: False)
    assert judge(STUCK, Random(1)).wrong.startswith("MISS")


def test_a_witness_that_needs_a_right_which_nobody_has_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker_brute.judge.rights_of", lambda *_: frozenset())
    assert judge(STUCK, Random(1)).wrong.startswith("FALSE ALARM BX311 line 11: A has no right")


OPENED = """\
spec opened version 1
peer A
peer B
source SA at A {
  id int primary key
  a enum('x', 'y')
  b enum('x', 'y')
}
source SB at B {
  id int primary key
  a enum('x', 'y') unique
  b enum('x', 'y')
}
view VA from SA {
  keep id, a, b
}
view VB from SB {
  keep id, a, b
}
share s = VA <-> VB {
  authority A
  update b by A
}
"""


def test_enumeration_notices_what_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judge(OPENED, Random(1)).wrong == ""
    monkeypatch.setattr("checker_brute.judge.finds_fault_in_puts", lambda _: False)
    assert judge(OPENED, Random(1)).wrong.startswith("MISS, opening")


NUMBERED = """\
spec numbered version 1
peer A
peer B
source SA at A {
  a enum('x', 'y', 'z') primary key
  b enum('x', 'y')
}
source SB at B {
  id int primary key
  a enum('x', 'y', 'z') not null unique
  b enum('x', 'y')
  check (id in (1, 3))
}
view VA from SA {
  keep a, b
}
view VB from SB {
  keep a, b default id = fresh
  key (a)
}
share s = VA <-> VB {
  authority A
  update b by A
}
"""


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ("id in (1, 3)", ("BX205",)),
        ("id < 3", ("BX205",)),
        ("id in (2, 3)", ()),
        ("id <= 3", ()),
        ("id < 3 or a = 'z'", ()),
        ("id < 3 or a = 'x'", ("BX205",)),
    ],
)
def test_rows_that_take_one_number_after_the_other_may_break_a_check_together(
    check: str, told: tuple[str, ...]
) -> None:
    """Not so where the first breaks it already, which is another finding."""
    outcome = judge(NUMBERED.replace("id in (1, 3)", check), Random(1))
    assert outcome.wrong == ""
    assert outcome.errors == told
