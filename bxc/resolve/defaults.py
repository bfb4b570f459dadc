"""Defaults as written → values: of a source's column, of a column that a view hides, of `on delete set`."""

from __future__ import annotations

from bxc import model, syntax
from bxc.diagnostic import Label
from bxc.expr import Literal
from bxc.resolve import literals
from bxc.resolve.findings import Findings
from bxc.resolve.scope import Attribute, Origin, SourceFacts, World
from bxc.types import Int, Uuid


def resolve_default(tree: syntax.Expr, attribute: Attribute, findings: Findings) -> Literal | None:
    """The literal that a column takes; BX005 if it is none, or no value of the column."""
    if attribute.type is None:
        return None
    literal = literals.constant(tree)
    if literal is None:
        _refuse_expression(tree, attribute, findings)
        return None
    if isinstance(literal, literals.Null) and not attribute.nullable:
        findings.error(
            "BX005",
            f"column `{attribute.name}` cannot be NULL",
            tree.span,
            "not a value of the column",
            (Label(attribute.span, "it is not null or part of the primary key"),),
            "give another value, or let the column be NULL",
        )
        return None
    outcome = literals.fit(literal, attribute.type)
    if isinstance(outcome, Literal):
        return outcome
    findings.error(
        "BX005",
        f"this is no value of column `{attribute.name}`",
        tree.span,
        outcome.reason,
        (Label(attribute.span, f"`{attribute.name}` is {attribute.type}"),),
        outcome.way_out or f"write a value of type {attribute.type}",
    )
    return None


def _refuse_expression(tree: syntax.Expr, attribute: Attribute, findings: Findings) -> None:
    fresh = isinstance(tree, syntax.Fresh)
    findings.error(
        "BX005",
        f"this is no value of column `{attribute.name}`",
        tree.span,
        "only a column that a view hides can have a fresh value by default" if fresh else "not a literal",
        way_out="use `fresh` behind `default` in a `keep` or `drop` step"
        if fresh
        else "write a number, a text in quotes, `true`, `false` or `null`",
    )


def hidden_default(tree: syntax.Expr, attribute: Attribute, world: World) -> Literal | model.Fresh | None:
    """What a hidden column takes on insert; BX005 if it cannot."""
    if not isinstance(tree, syntax.Fresh):
        return resolve_default(tree, attribute, world.findings)
    if attribute.type is None:
        return None
    reason = _fresh_fault(attribute, world)
    if reason is None:
        return model.Fresh()
    world.findings.error(
        "BX005",
        f"column `{attribute.name}` can have no fresh value",
        tree.span,
        reason,
        (Label(attribute.span, f"`{attribute.name}` is {attribute.type}"),),
        "`fresh` is for int and uuid columns of a primary key or `unique`; write a literal",
    )
    return None


def _fresh_fault(attribute: Attribute, world: World) -> str | None:
    if not isinstance(attribute.type, Int | Uuid):
        return "only an int or a uuid can be made up"
    if attribute.origin is None:
        return "the column is computed"
    facts = _facts_of(attribute.origin, world)
    if facts is not None and attribute.origin.column not in facts.in_key:
        return "the column is neither in the primary key nor `unique`"
    return None


def determined_by(dropped: Attribute, by: tuple[tuple[syntax.Name, Attribute], ...], world: World) -> bool:
    """Whether the source's `determines` lines let columns determine the dropped one; BX005 if they do not."""
    origins = [attribute.origin for _, attribute in by]
    reason: str | None = None
    if any(attribute.name == dropped.name for _, attribute in by):
        reason = "a column cannot be found by itself"
    elif dropped.origin is None or any(o is None or o.source != dropped.origin.source for o in origins):
        reason = "computed columns take no part in this"
    else:
        facts = _facts_of(dropped.origin, world)
        known = {o.column for o in origins if o is not None}
        if facts is not None and dropped.origin.column not in _closure(known, facts.dependencies):
            reason = f"no `determines` line of source `{dropped.origin.source}` says so"
    if reason is None:
        return True
    left = ", ".join(o.column for o in origins if o is not None)
    world.findings.error(
        "BX005",
        f"nothing determines column `{dropped.name}` here",
        by[0][0].span.to(by[-1][0].span),
        reason,
        (Label(dropped.span, "declared here"),),
        f"declare `determines {left} -> {dropped.origin.column}` in source `{dropped.origin.source}`, or leave out "
        "`determined by`"
        if dropped.origin is not None
        else "leave out `determined by`",
    )
    return False


def _closure(columns: set[str], dependencies: tuple[tuple[frozenset[str], frozenset[str]], ...]) -> set[str]:
    known = set(columns)
    grown = True
    while grown:
        before = len(known)
        for left, right in dependencies:
            if left <= known:
                known |= right
        grown = len(known) > before
    return known


def _facts_of(origin: Origin, world: World) -> SourceFacts | None:
    """What is said about a column's source; None if some of it may be lost to an error."""
    relation = world.relations.get(origin.source)
    return None if relation is None or not world.findings.whole else relation.facts
