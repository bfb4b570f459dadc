"""`case when … then … else … end`: the one type of its branches."""

from __future__ import annotations

from bxc import syntax
from bxc.expr import Case, Literal
from bxc.resolve.comparisons import condition
from bxc.resolve.findings import Findings
from bxc.resolve.literals import Null, Number, has_fraction
from bxc.resolve.operands import Operand, Typed, as_own, beside, node, report_mismatch, rescale
from bxc.types import Decimal, Text, Type, Varchar, is_textual


def case(
    tree: syntax.Case, conditions: tuple[Operand | None, ...], values: tuple[Operand | None, ...], findings: Findings
) -> Typed | None:
    """``values`` has one more operand than ``conditions`` if there is an ``else``."""
    tests = [None if c is None else condition(c, findings, "what follows `when`") for c in conditions]
    branches = None if any(v is None for v in values) else _one_type(tuple(v for v in values if v), tree, findings)
    found = tuple(t for t in tests if t is not None)
    if branches is None or len(found) < len(tests):
        return None
    otherwise = branches[len(found)] if len(branches) > len(found) else None
    nullable = otherwise is None or any(b.nullable for b in branches)
    whens = tuple((t.expr, b.expr) for t, b in zip(found, branches, strict=False))
    expr = Case(whens, None if otherwise is None else otherwise.expr, _type(branches))
    return node(expr, tree.span, (*found, *branches), nullable)


def _type(branches: tuple[Typed, ...]) -> Type:
    """The type of all branches: the widest decimal or varchar, text where texts differ."""
    types = list(dict.fromkeys(b.type for b in branches))
    if len(types) == 1:
        return types[0]
    decimals = [t for t in types if isinstance(t, Decimal)]
    varchars = [t for t in types if isinstance(t, Varchar)]
    if len(decimals) == len(types):
        return max(decimals, key=lambda t: t.precision)
    return max(varchars, key=lambda t: t.length) if len(varchars) == len(types) else Text()


def _one_type(values: tuple[Operand, ...], tree: syntax.Case, findings: Findings) -> tuple[Typed, ...] | None:
    """The branches in one representation; literals follow the columns, `null` follows the rest."""
    if all(isinstance(v, Null) for v in values):
        findings.error(
            "BX004",
            "this `case` has no type",
            tree.span,
            "all its values are `null`",
            way_out="give one branch a value or a column",
        )
        return None
    leader = _leader(values, findings)
    if leader is None:
        return None
    typed = [beside(v, leader, findings, strict=False) for v in values if not isinstance(v, Null)]
    agreeing = [t is not None and _agree(leader, t, findings) for t in typed]
    if not all(agreeing):
        return None
    scale = max((t.type.scale for t in typed if t is not None and isinstance(t.type, Decimal)), default=0)
    found = [None if t is None else rescale(t, scale, leader, findings) for t in typed]
    branches = tuple(b for b in found if b is not None)
    if len(branches) < len(found):
        return None
    type_ = _type(branches)
    rest = iter(branches)
    return tuple(Typed(Literal(None, type_), True, v.span) if isinstance(v, Null) else next(rest) for v in values)


def _leader(values: tuple[Operand, ...], findings: Findings) -> Typed | None:
    """The branch whose type the others take: an expression, else a number with a fraction, else the first."""
    bare = [v for v in values if not isinstance(v, Null)]
    leader = next((v for v in bare if isinstance(v, Typed)), None)
    if leader is not None:
        return leader
    fractions = (v for v in bare if isinstance(v, Number) and has_fraction(v))
    return as_own(next(fractions, bare[0]), findings)


def _agree(leader: Typed, branch: Typed, findings: Findings) -> bool:
    first, second = leader.type, branch.type
    if first == second or (is_textual(first) and is_textual(second)):
        return True
    if isinstance(first, Decimal) and isinstance(second, Decimal):
        return True
    report_mismatch(leader, branch, findings)
    return False
