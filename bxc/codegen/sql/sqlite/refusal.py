"""A code → the statements that refuse a put with it."""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import q, text_literal
from bxc.codegen.sql.wording import SENTENCES, message


def refuse(shape: Shape, code: str) -> str:
    """A call that refuses with one code."""
    return f"raise(abort, {text_literal(message(code, shape.name))})"


def refuse_lowest(shape: Shape, lowest: str, condition: str) -> str:
    """A statement that refuses, under a condition, with the code that a subquery gives, unless that is NULL."""
    whens = "\n".join(f"  when '{code}' then {refuse(shape, code)}" for code in SENTENCES)
    return f"select case {lowest}\n{whens}\nend\nwhere {condition};"


def lowest_listed(shape: Shape) -> str:
    """The lowest code that `bxc_violations_<View>` lists, as a subquery."""
    return f"(select min(v.bxc_code) from {q(names.violations_view(shape.name))} as v)"
