"""Verdicts told: each fault at its line, what is unproved once a subject, the graver of two alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from verdicts import fake, small, verdict, warning

from bxc.check.places import Places
from bxc.check.run import prove_all
from bxc.check.tell import diagnostics
from bxc.diagnostic import Diagnostic, Severity
from bxc.laws.limits import Limits
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict

TEXT = """\
spec full version 1

peer A
peer B

source P at A {
  id  int  primary key
}

source S at A {
  id    int   primary key
  name  text  not null
  note  text
  rank  int   default 0
  up    int   references P(id)
  check small: (rank < 10)
  check (rank > -5)
  unique (name, note)
  determines name -> rank
}

source T at B {
  id    int   primary key
  name  text
  rank  int  not null
}

view Inner from S {
  where rank > 1
  keep id, name, rank default note = 'x', up = null
  on hidden revive
}

view Outer from Inner {
  drop rank default 5
  add twice = name
  on delete reject
}

view V from S {
  keep id, name
}

view W from T {
  keep id, name default rank = 0
  where name is not null
}

share people = V <-> W {
  authority A
  update name by A, B
  insert by A
  open by B
}
"""


@pytest.mark.parametrize(
    ("kind", "names", "starts"),
    [
        ("view", ("Inner",), "Inner from"),
        ("where", ("Inner",), "where rank > 1"),
        ("where", ("Outer",), "where rank > 1"),  # of the view below
        ("on delete", ("Outer",), "on delete reject"),
        ("on hidden", ("Inner",), "on hidden revive"),
        ("on delete", ("Inner",), "Inner from"),  # it has no such line
        ("default", ("Inner", "note"), "note = 'x'"),
        ("default", ("Inner", "up"), "up = null"),
        ("default", ("Outer", "rank"), "drop rank"),
        ("default", ("Outer", "note"), "note = 'x'"),
        ("add", ("Outer", "twice"), "add twice"),
        ("column", ("S", "note"), "note"),
        ("check", ("S", "small"), "check small"),
        ("unique", ("S", "name", "note"), "unique (name, note)"),
        ("primary key", ("S",), "primary key"),
        ("determines", ("S", "name", "rank"), "determines name"),
        ("references", ("S", "up"), "references P"),
        ("source", ("S",), "S at A"),
        ("share", ("people",), "people ="),
        ("right", ("people", "update", "name", "B"), "name by A, B"),
        ("right", ("people", "insert", "", "A"), "A"),
        ("opener", ("people",), "open by B"),
        ("right", ("people", "delete", "", "A"), "people ="),  # nobody has it
        ("column", ("S", "none"), "S at A"),
        ("view", ("none",), "spec full"),
        ("spec", (), "spec full"),
        ("nonsense", ("V", "x", "y"), "V from"),
    ],
)
def test_a_fault_is_found_at_its_line(kind: str, names: tuple[str, ...], starts: str, tmp_path: Path) -> None:
    spec, files = small(tmp_path, TEXT)
    span = Places(spec, files).find(Fault(kind, names))
    line = span.file.line(span.first.line)
    assert line[span.first.column - 1 :].startswith(starts)


def told(tmp_path: Path, *verdicts: Verdict) -> tuple[Diagnostic, ...]:
    return diagnostics(verdicts, *small(tmp_path, TEXT))


def test_a_finding_keeps_all_that_it_says(tmp_path: Path) -> None:
    others = ((Fault("where", ("W",)), "this row is refused"),)
    finding = Finding("BX311", "error", "W refuses", Fault("right", ("people", "insert", "", "A")), "by", others, "do")
    (found,) = told(tmp_path, verdict(Status.REFUTED, "share people", finding))
    assert (found.code, found.severity, found.message, found.help) == ("BX311", Severity.ERROR, "W refuses", "do")
    assert (found.primary.text, found.primary.span.text) == ("by", "A")
    assert [(label.text, label.span.text) for label in found.secondary] == [
        ("this row is refused", "where name is not null")
    ]


def test_what_is_proved_says_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, verdict(Status.PROVED), verdict(Status.PROVED, "share people")) == ()


def test_what_is_unproved_is_one_warning_a_subject_with_its_laws(tmp_path: Path) -> None:
    subjects = ("view V", "share people", "view V")
    laws = (Law.PUT_TOTAL, Law.OPENABLE, Law.PUT_GET)
    for status, code in ((Status.UNKNOWN, "BX402"), (Status.BOUNDED, "BX401")):
        verdicts = [verdict(status, subject, law=law) for subject, law in zip(subjects, laws, strict=True)]
        view, share = told(tmp_path, *verdicts)
        assert (view.code, view.severity, share.code) == (code, Severity.WARNING, code)
        assert view.message.startswith("view `V`: it ")
        assert view.message.endswith(
            "every edit that the rights allow can be put and what is read after a put is what was put"
        )
        assert view.primary.span.text == "V"
        assert view.primary.text == "it is too hard"
        assert share.message.startswith("share `people`: it ")
        assert share.message.endswith("the share can open")
        assert ("--timeout" if code == "BX402" else "--k 3") in (view.help or "")


def test_a_finding_about_an_unknown_is_not_told_twice(tmp_path: Path) -> None:
    finding = warning("BX901", Fault("view", ("V",)), "error")
    assert [d.code for d in told(tmp_path, verdict(Status.UNKNOWN, finding=finding))] == ["BX901"]


def test_equal_findings_are_told_once(tmp_path: Path) -> None:
    one = verdict(Status.REFUTED, finding=warning())
    assert len(told(tmp_path, one, one)) == 1


def test_a_share_with_an_error_and_a_warning_at_one_line_tells_the_error_alone(tmp_path: Path) -> None:
    own, receiver = warning(), warning(severity="error")
    pair = (verdict(Status.REFUTED, finding=own), verdict(Status.REFUTED, finding=receiver))
    assert [d.severity for d in told(tmp_path, *pair)] == [Severity.ERROR]
    elsewhere = verdict(Status.REFUTED, finding=warning(fault=Fault("view", ("W",))))
    assert [d.severity for d in told(tmp_path, *pair, elsewhere)] == [Severity.ERROR, Severity.WARNING]


def test_time_that_is_used_up_is_told_once_a_subject(tmp_path: Path) -> None:
    obligations = [fake(str(number), subject=subject) for number in range(9) for subject in ("view V", "view W")]
    obligations = [fake(f"{one.subject} {one.key}", subject=one.subject) for one in obligations]
    proofs = prove_all(obligations, Limits(), timeout=0)
    assert [(d.code, d.primary.span.text) for d in told(tmp_path, *proofs.verdicts)] == [
        ("BX402", "V"),
        ("BX402", "W"),
    ]


def two_writers(source: str, by: tuple[str, str]) -> Verdict:
    finding = Finding(
        "BX331",
        "warning",
        f"`name` of `{source}` has two writers",
        Fault("right", ("two", "update", "name", by[1])),
        others=(
            (Fault("right", ("one", "update", "name", by[0])), "and here"),
            (Fault("column", (source, "name")), "the cells of this column"),
        ),
    )
    return Verdict(Law.ONE_WRITER, "share two", source, Status.REFUTED, finding=finding)


def test_cells_with_two_writers_by_the_same_rights_are_told_once_for_all_peers(tmp_path: Path) -> None:
    (one,) = told(tmp_path, two_writers("S", ("B", "C")), two_writers("T", ("A", "C")))
    assert one.message == "`name` of `S` has two writers; so it is at B"
    assert [label.text for label in one.secondary][-1] == "and of this one, at B"


def test_cells_with_two_writers_by_other_rights_are_told_apart(tmp_path: Path) -> None:
    other = two_writers("T", ("B", "C"))
    assert other.finding is not None
    moved = replace(other, finding=replace(other.finding, fault=Fault("right", ("two", "update", "note", "C"))))
    assert len(told(tmp_path, two_writers("S", ("B", "C")), moved)) == 2


def test_a_right_that_sticks_in_many_shares_is_told_once_for_each_end_where_it_arrives(tmp_path: Path) -> None:
    def stuck(share: str, at: str) -> Verdict:
        right = Fault("right", ("people", "update", "name", "B"))
        places = ((Fault("share", (share,)), f"here A would need it, in {share}"), (Fault("view", (at,)), "it arrives"))
        finding = Finding("BX321", "error", f"it sticks in {share}", right, "by this", places)
        return Verdict(Law.CASCADE_RIGHTS, "share people", f"{share} {at}", Status.REFUTED, finding=finding)

    first, other = told(tmp_path, stuck("one", "V"), stuck("two", "V"), stuck("three", "V"), stuck("one", "W"))
    assert first.message == "it sticks in one; so it is with 2 other shares"
    assert [label.text for label in first.secondary][-2:] == [
        "here A would need it, in two",
        "here A would need it, in three",
    ]
    assert other.message == "it sticks in one"


def test_every_law_has_words(tmp_path: Path) -> None:
    for law in Law:
        (one,) = told(tmp_path, verdict(Status.UNKNOWN, "view V", law=law))
        assert law.value not in one.message
