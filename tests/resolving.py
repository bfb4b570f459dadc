"""Spec text → what resolving it finds and builds, in a form that reads well in a test."""

from __future__ import annotations

from bxc import model
from bxc.diagnostic import Diagnostic
from bxc.parse import parse_text
from bxc.resolve import resolve
from bxc.text import SourceFile


def resolved(text: str) -> tuple[model.Spec | None, list[Diagnostic]]:
    """The spec and its findings, in order; the text must be free of syntax errors."""
    tree, wrong = parse_text(SourceFile("test.bxc", text))
    assert wrong == []
    spec, found = resolve((tree,))
    return spec, sorted(found, key=lambda d: d.sort_key)


def shown(diagnostic: Diagnostic) -> str:
    """Line, code, the text that the finding points at, and the headline."""
    span = diagnostic.primary.span
    return f"{span.first.line} {diagnostic.code} «{span.text}» {diagnostic.message}"


def findings(text: str) -> list[str]:
    return [shown(d) for d in resolved(text)[1]]


def the_finding(text: str) -> Diagnostic:
    """The only finding of a spec."""
    (found,) = resolved(text)[1]
    return found


def spec_of(text: str) -> model.Spec:
    """The spec of a text without any finding."""
    spec, found = resolved(text)
    assert [shown(d) for d in found] == []
    assert spec is not None
    return spec


# --- small specs, so that a test shows only what it is about ---------------------------------------------------------

COLUMNS = """\
  id int primary key
  n int
  m int
  price decimal(10,2)
  rate decimal(6,4)
  name text
  code varchar(5)
  colour enum('red', 'green')
  size enum('small', 'large')
  live bool not null
  born date
  seen timestamp
  tag uuid unique
  blob bytes
  weight real
  lot int
  batch int not null
  determines lot -> code
"""


def with_source(*lines: str) -> str:
    """A spec whose only source has these lines, the first of them on line 5."""
    body = "\n".join(f"  {line}" for line in lines)
    view = "view V from S {\n  keep id\n}\n"
    return f"spec s version 1\npeer A\nsource S at A {{\n  id int primary key\n{body}\n}}\n{view}"


def with_view(*steps: str) -> str:
    """A spec with `COLUMNS` and a view of these steps, the first of them on line 2."""
    body = "\n".join(f"  {step}" for step in steps)
    return f"view V from S {{\n{body}\n}}\nspec s version 1\npeer A\nsource S at A {{\n{COLUMNS}}}\n"


def with_share(*items: str) -> str:
    """A spec with peers A, B, C and a share of the views of A and B with these items, the first of them on line 2."""
    body = "\n".join(f"  {item}" for item in items)
    sources = "".join(
        f"source S{p} at {p} {{\n  id int primary key\n  a text\n  b text\n  secret text\n}}\n"
        f"view V{p} from S{p} {{\n  keep id, a, b\n}}\n"
        for p in "ABC"
    )
    return f"share sh = VA <-> VB {{\n{body}\n}}\nspec s version 1\npeer A\npeer B\npeer C\n{sources}"


def condition_of(text: str) -> str:
    """The findings of a condition over `COLUMNS`, as one text; empty if there are none."""
    return "; ".join(f.partition(" ")[2] for f in findings(with_view(f"where {text}")))
