"""`# bxc: allow BX331 until 2027-01-01 reason`: comments that suppress a warning or note on the next line."""

from __future__ import annotations

import re
from datetime import date

from bxc import syntax
from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.suggest import closest
from bxc.text import SourceFile, Span

# Every code that the language may report, whichever stage does.
CODES = frozenset(
    f"BX{number:03}"
    for numbers in (
        range(1, 17),
        range(101, 107),
        range(201, 210),
        range(301, 308),
        range(310, 313),
        (321, 331, 341, 342, 343),
        (400, 401, 402, 901),
        range(501, 506),
    )
    for number in numbers
)
DIRECTIVE = re.compile(r"#*\s*bxc:\s*(?P<rest>.*?)\s*\Z", re.DOTALL)
WORDS = re.compile(r"allow\s+(?P<code>\S+)(?:\s+until\s+(?P<day>\S+)(?:\s+(?P<reason>\S.*))?)?\Z", re.DOTALL)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Allowance:
    """One code that findings on one line may have."""

    code: str
    file: SourceFile
    line: int
    span: Span


def _form(code: str = "BX331") -> str:
    return f"write `# bxc: allow {code} until 2027-01-01 reason`"


def suppress(files: tuple[syntax.File, ...], found: list[Diagnostic], today: date) -> list[Diagnostic]:
    """The findings without those that a comment allows, and with BX503 for each comment that is wrong or too old."""
    allowances: list[Allowance] = []
    wrong: list[Diagnostic] = []
    for file in files:
        alone = _comment_lines(file)
        for comment in file.comments:
            outcome = _read(comment, alone, today)
            match outcome:
                case Allowance():
                    allowances.append(outcome)
                case Diagnostic():
                    wrong.append(outcome)
                case None:
                    pass
    kept = [d for d in found if d.severity is Severity.ERROR or not any(_covers(a, d) for a in allowances)]
    errors = [d for d in kept if d.severity is Severity.ERROR]
    wrong.extend(_no_effect(a) for a in allowances if _always_error(a.code) or any(_covers(a, d) for d in errors))
    return [*kept, *wrong]


def _covers(allowance: Allowance, diagnostic: Diagnostic) -> bool:
    span = diagnostic.primary.span
    return diagnostic.code == allowance.code and span.file is allowance.file and span.first.line == allowance.line


def _always_error(code: str) -> bool:
    """BX001 to BX016 are errors wherever they are found."""
    return code.startswith("BX0")


def _no_effect(allowance: Allowance) -> Diagnostic:
    return _warning(
        allowance.span, "errors cannot be suppressed", f"{allowance.code} is an error here", "mend it, and remove this"
    )


def _comment_lines(file: syntax.File) -> frozenset[int]:
    """The lines that hold nothing but a comment."""
    places = ((comment.span.first, comment) for comment in file.comments)
    return frozenset(place.line for place, _ in places if not file.source.line(place.line)[: place.column - 1].strip())


def _read(comment: syntax.Comment, alone: frozenset[int], today: date) -> Allowance | Diagnostic | None:
    """What a comment allows, a finding if it is wrong; None for a comment that is for people."""
    directive = DIRECTIVE.match(comment.text)
    if directive is None:
        return None
    words = WORDS.match(directive["rest"])
    if words is None:
        return _warning(
            comment.span, "this suppression cannot be read", "not of the form `allow CODE until DATE …`", _form()
        )
    code, day = words["code"], words["day"]
    if code not in CODES:
        near = closest(code, sorted(CODES))
        return _warning(
            comment.span,
            f"unknown code `{code}`",
            "nothing to suppress",
            f"did you mean `{near}`?" if near else _form(),
        )
    until = None if day is None or DAY.fullmatch(day) is None else _day(day)
    if until is None:
        return _warning(comment.span, "a suppression needs a date", "until which day, as 2027-01-31", _form(code))
    if words["reason"] is None:
        return _warning(comment.span, "a suppression needs a reason", "say why, behind the date", _form(code))
    if until < today:
        return _warning(
            comment.span,
            f"this suppression of {code} expired on {until.isoformat()}",
            "no longer in force",
            "mend the finding, or decide again and move the date",
        )
    line = comment.span.first.line + 1
    while line in alone:
        line += 1
    return Allowance(code, comment.span.file, line, comment.span)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _warning(span: Span, message: str, text: str, way_out: str) -> Diagnostic:
    return Diagnostic("BX503", message, Label(span, text), (), way_out, Severity.WARNING)
