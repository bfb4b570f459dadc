"""A view → the rules that a staged row `w`, or the after-image of one source row, keeps or breaks by itself.

A put applies only what keeps all of them; what it left out is judged afterwards (see `after`).
"""

from __future__ import annotations

from bxc import expr as e
from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.expression import conjunct_groups
from bxc.codegen.sql.sqlite.shape import TOO_LARGE, Shape, found_column, fresh_column
from bxc.codegen.sql.sqlite.text import FALSE, TRUE, Image, col, differ, is_true, not_true, same, value
from bxc.dataclass import dataclass
from bxc.plan import SetColumn
from bxc.types import Int


@dataclass(frozen=True, slots=True)
class Rule:
    """``kept`` and ``broken`` are conditions of which one is true; ``broken`` may be unknown where ``kept`` is true."""

    code: str
    kept: str
    broken: str


def cases(rules: list[Rule]) -> list[tuple[str, str]]:
    """The conditions under which rules are broken with their codes, the lowest code first."""
    return [(rule.broken, rule.code) for rule in sorted(rules, key=lambda rule: rule.code)]


# --- staged rows ----------------------------------------------------------------------------------------------------


def sound_values(shape: Shape, w: str = "w") -> list[str]:
    """Conditions, none unknown, under which a staged row has all values that it needs, each within its type."""
    parts = []
    for column in shape.plan.columns:
        text = col(w, column.name)
        needed = not column.nullable or column.name in shape.plan.key
        if needed:
            parts.append(f"{text} is not null")
        if (check := SQLITE.type_check(column.type, text)) is not None:
            parts.append(check if needed else f"({check}) is not false")
    return parts


def key_faults(shape: Shape) -> list[str]:
    """Conditions under which a staged row lacks a key that its operation needs, or has one that it must not have."""
    lacks_old = [f"w.bxc_op in ('update', 'delete') and {key} is null" for key in shape.old_key("w")]
    has_old = [f"w.bxc_op = 'insert' and {key} is not null" for key in shape.old_key("w")]
    lacks_new = [f"w.bxc_op in ('insert', 'update') and {key} is null" for key in shape.new_key("w")]
    return [*lacks_old, *has_old, *lacks_new]


# --- after-images ---------------------------------------------------------------------------------------------------


def update_rules(shape: Shape, before: Image, w: str = "w") -> list[Rule]:
    """What the after-image of an updated source row must keep."""
    after = shape.update_image(w, before)
    where = [part for part in e.conjuncts(shape.plan.predicate) if not set(e.columns(part)).isdisjoint(shape.updated)]
    return [*_visible(where, after), *_computed(shape, after, w), *_checks(shape, after, before)]


def insert_rules(shape: Shape) -> list[Rule]:
    """What a new source row must keep, and the values that it must have."""
    after = shape.insert_image()
    rules = [*_visible(e.conjuncts(shape.plan.predicate), after), *_computed(shape, after, "w")]
    for name, code in shape.missing:
        if name in shape.determined:
            found = col("w", found_column(name))
            rules.append(Rule(code, found, f"not {found}"))
        else:
            rules.append(Rule(code, FALSE, TRUE))
    for name in shape.fresh:
        if isinstance(shape.source.column(name).type, Int):
            fresh = col("w", fresh_column(name))
            rules.append(Rule("BXC14", f"{fresh} is not {TOO_LARGE}", f"{fresh} is {TOO_LARGE}"))
    return [*rules, *_checks(shape, after, None)]


def set_rules(shape: Shape, before: Image) -> list[Rule]:
    """What the source row of a vanished view row must keep under `on delete set`."""
    policy = shape.plan.on_delete
    assert isinstance(policy, SetColumn)
    after = shape.set_image(before)
    leaves = Rule("BXC19", not_true(policy.leaves, after), is_true(policy.leaves, after))
    return [*_visible(e.conjuncts(policy.stays), after), leaves, *_checks(shape, after, before)]


def _visible(parts: list[e.Expr] | tuple[e.Expr, ...], after: Image) -> list[Rule]:
    return [Rule("BXC12", is_true(part, after), not_true(part, after)) for part in conjunct_groups(parts)]


def _computed(shape: Shape, after: Image, w: str) -> list[Rule]:
    pairs = [([col(w, c.name)], [f"({value(c.value, after)})"]) for c in shape.plan.computed]
    return [Rule("BXC15", same(*pair), differ(*pair)) for pair in pairs]


def _checks(shape: Shape, after: Image, before: Image | None) -> list[Rule]:
    """The CHECKs; where there is a row before, only those that read what may change count, and only if it does."""
    rules = []
    for check in shape.source.checks:
        condition, read = value(check.condition, after), list(dict.fromkeys(e.columns(check.condition)))
        kept, broken = f"({condition}) is not false", f"({condition}) is false"
        if before is None:
            rules.append(Rule("BXC17", kept, broken))
        elif not shape.written.isdisjoint(read):
            pair = [after(c) for c in read], [before(c) for c in read]
            rules.append(Rule("BXC17", f"({same(*pair)} or {kept})", f"{differ(*pair)} and {broken}"))
    return rules
