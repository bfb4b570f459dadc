"""What a refused put says: the code, the view, a sentence, and where to look."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import q, text_literal

SENTENCES = {
    "BXC10": "a key is NULL, staged twice, or taken by a row that stays",
    "BXC11": "a key belongs to a source row that the view does not show",
    "BXC12": "a row does not fulfil the condition of the view",
    "BXC14": "a new row has no value for a key column that the view hides",
    "BXC15": "a computed column is stated otherwise than its inputs give it",
    "BXC16": "a value is outside its type, or NULL where the view has none",
    "BXC17": "a constraint of the source would be broken",
    "BXC18": "an update speaks of a key that no row has",
    "BXC19": "a row must not vanish from the view",
}


def raising(shape: Shape, code: str) -> str:
    """A CASE that refuses with the sentence of a code, given as text; goes on for NULL."""
    look = f"see {names.violations_view(shape.name)}"
    whens = "\n".join(
        f"  when '{known}' then raise(abort, {text_literal(f'{known} {shape.name}: {sentence}; {look}')})"
        for known, sentence in SENTENCES.items()
    )
    return f"case {code}\n{whens}\nend"


def refuse_listed(shape: Shape, suspicions: Sequence[str]) -> str:
    """A statement that refuses with the lowest code of what `bxc_violations_<View>` lists, if anything is suspicious.

    The suspicions are cheap and may be wrong; the view is exact.
    """
    lowest = f"(select min(v.bxc_code) from {q(names.violations_view(shape.name))} as v)"
    return f"select {raising(shape, lowest)}\nwhere {_any(suspicions)};"


def refuse_lowest(shape: Shape, findings: Sequence[tuple[str, str]]) -> str:
    """A statement that refuses with the lowest code whose condition is true."""
    arms = "\n  union all\n".join(f"  select '{code}' as code where {condition}" for code, condition in findings)
    lowest = f"(select min(code) from (\n{arms}\n))"
    return f"select {raising(shape, lowest)};"


def _any(conditions: Sequence[str]) -> str:
    return "\n  or ".join(conditions)
