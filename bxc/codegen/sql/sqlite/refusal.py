"""What a refused put says: the code, the view, a sentence, and where to look."""

from __future__ import annotations

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


def refuse(shape: Shape, code: str) -> str:
    """A call that refuses with one code."""
    message = f"{code} {shape.name}: {SENTENCES[code]}; see {names.violations_view(shape.name)}"
    return f"raise(abort, {text_literal(message)})"


def refuse_lowest(shape: Shape, lowest: str, condition: str) -> str:
    """A statement that refuses, under a condition, with the code that a subquery gives, unless that is NULL."""
    whens = "\n".join(f"  when '{code}' then {refuse(shape, code)}" for code in SENTENCES)
    return f"select case {lowest}\n{whens}\nend\nwhere {condition};"


def lowest_listed(shape: Shape) -> str:
    """The lowest code that `bxc_violations_<View>` lists, as a subquery."""
    return f"(select min(v.bxc_code) from {q(names.violations_view(shape.name))} as v)"
