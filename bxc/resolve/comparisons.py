"""Conditions: comparisons, `between`, `in`, `like`, `is null`, `and`, `or`, `not`."""

from __future__ import annotations

from bxc import syntax
from bxc.expr import And, Compare, Expr, In, IsNull, Literal, Not, Or, StartsWith
from bxc.resolve.findings import Findings
from bxc.resolve.literals import Null, Number, String
from bxc.resolve.operands import Operand, Typed, as_number, as_own, node, refuse_null, rescale, unify
from bxc.text import Span
from bxc.types import Bool, Bytes, Decimal, Enum, Real, Type, Uuid, is_ordered, is_textual

EQUALITY = frozenset(("=", "<>"))


def compare(op: str, left: Operand, right: Operand, span: Span, findings: Findings) -> Typed | None:
    """``left op right``, both sides in one representation."""
    for operand in (left, right):
        if isinstance(operand, Typed) and not _comparable(op, operand, findings):
            return None
    pair = unify(left, right, findings, strict=op in EQUALITY)
    if pair is None or not _comparable(op, pair[0], findings):
        return None
    return node(Compare(op, pair[0].expr, pair[1].expr), span, pair)


def _comparable(op: str, operand: Typed, findings: Findings) -> bool:
    """BX014 for an order or equality that is not the same on every engine."""
    type_ = operand.type
    if op in EQUALITY and isinstance(type_, Real):
        findings.error(
            "BX014",
            "engines disagree on equality of floating-point numbers",
            operand.span,
            "this is real: rounding differs, so that equal numbers may compare as different",
            way_out="compare with `<` and `>`, or make the column a decimal",
        )
        return False
    if op not in EQUALITY and not is_ordered(type_):
        findings.error(
            "BX014",
            f"engines disagree on the order of {_kind(type_)}",
            operand.span,
            _order_reason(type_),
            way_out="compare with `=`, `<>` or `in (…)`",
        )
        return False
    return True


def _kind(type_: Type) -> str:
    return {Enum: "enum values", Uuid: "uuids", Bytes: "byte strings", Bool: "booleans"}.get(type(type_), str(type_))


def _order_reason(type_: Type) -> str:
    match type_:
        case Enum():
            return "some engines order an enum as declared, others as text"
        case Uuid():
            return "some engines order uuids as numbers, others as text"
        case Bytes():
            return "engines order byte strings in different ways, or not at all"
        case _:
            return "SQLite orders 0 before 1, others refuse or order in their own way"


def between(tree: syntax.Between, parts: tuple[Operand, Operand, Operand], findings: Findings) -> Typed | None:
    """``x between a and b`` spelled out: ``x >= a and x <= b``."""
    operand, low, high = parts
    if isinstance(operand, Typed) and not _comparable("<", operand, findings):
        return None
    at_least = compare(">=", operand, low, tree.span, findings)
    at_most = compare("<=", operand, high, tree.span, findings)
    if at_least is None or at_most is None:
        return None
    return _negated(node(And((at_least.expr, at_most.expr)), tree.span, (at_least, at_most)), tree.negated)


def membership(tree: syntax.In, operand: Operand, items: tuple[Operand, ...], findings: Findings) -> Typed | None:
    """``x in (…)``: a list of constants, or equality with one of the items where one is no constant."""
    if isinstance(operand, Null):
        refuse_null(operand, findings)
        return None
    if isinstance(operand, Typed) and not any(isinstance(i, Typed) and not isinstance(i.expr, Literal) for i in items):
        found = _in_constants(tree, operand, items, findings)
    else:
        found = _in_values(tree, operand, items, findings)
    return None if found is None else _negated(found, tree.negated)


def _in_constants(tree: syntax.In, operand: Typed, items: tuple[Operand, ...], findings: Findings) -> Typed | None:
    if not _comparable("=", operand, findings):
        return None
    constants: list[Typed | Null | None] = [
        item if isinstance(item, Null) else _constant(item, operand, findings) for item in items
    ]
    scales = [c.type.scale for c in (operand, *constants) if isinstance(c, Typed) and isinstance(c.type, Decimal)]
    scale = max(scales, default=0)
    finest = next((c for c in constants if isinstance(c, Typed) and _scale(c.type) == scale), None)
    at_scale = rescale(operand, scale, operand, findings, finest)
    if at_scale is None or any(c is None for c in constants):
        return None
    found: list[Literal] = []
    for each in constants:
        if isinstance(each, Null):
            found.append(Literal(None, at_scale.type))
        elif each is not None:
            literal = rescale(each, scale, operand, findings, each)
            if literal is None or not isinstance(literal.expr, Literal):
                return None
            found.append(literal.expr)
    nullable = at_scale.nullable or any(i.value is None for i in found)
    result = node(In(at_scale.expr, tuple(found)), tree.span, (at_scale,), nullable)
    return Typed(result.expr, result.nullable, result.span, result.size + len(found), result.depth)


def _scale(type_: Type) -> int:
    return type_.scale if isinstance(type_, Decimal) else 0


def _constant(item: Operand, operand: Typed, findings: Findings) -> Typed | None:
    """An item of a list in the operand's type; decimals keep the scale that they need."""
    if isinstance(item, Number) and isinstance(operand.type, Decimal):
        return as_number(item, operand, findings)
    pair = unify(operand, item, findings, strict=True)
    return None if pair is None else pair[1]


def _in_values(tree: syntax.In, operand: Operand, items: tuple[Operand, ...], findings: Findings) -> Typed | None:
    """The same by SQL's definition: ``x = a or x = b or …``."""
    equal = [compare("=", operand, item, tree.span, findings) for item in items]
    found = tuple(e for e in equal if e is not None)
    if len(found) < len(equal):
        return None
    return found[0] if len(found) == 1 else node(Or(tuple(e.expr for e in found)), tree.span, found)


def like(tree: syntax.Like, operand: Operand, pattern: Operand, findings: Findings) -> Typed | None:
    """``x like 'prefix%'``; BX014 for every other pattern, with the reason."""
    if not isinstance(pattern, String):
        findings.error(
            "BX014",
            "a LIKE pattern must be a text in quotes",
            pattern.span,
            "engines read computed patterns in different ways (case, escapes)",
            way_out="write the prefix out: `like 'prefix%'`",
        )
        return None
    reason = _pattern_fault(pattern.value)
    if reason is not None:
        findings.error(
            "BX014",
            "engines disagree on this LIKE pattern",
            pattern.span,
            reason,
            way_out=_plain_way(pattern.value),
        )
        return None
    typed = as_own(operand, findings)
    if typed is None:
        return None
    if not is_textual(typed.type):
        findings.error(
            "BX004", "`like` compares texts", typed.span, f"this is {typed.type}", way_out="compare with `=` or `<`"
        )
        return None
    return _negated(node(StartsWith(typed.expr, pattern.value[:-1]), tree.span, (typed,)), tree.negated)


def _pattern_fault(pattern: str) -> str | None:
    if not pattern.endswith("%"):
        return "it has no `%` at its end"
    prefix = pattern[:-1]
    for wildcard, reason in (
        ("%", "`%` is possible only at the end"),
        ("_", "`_` stands for any character, and engines count characters differently"),
        ("\\", "`\\` is an escape on some engines only"),
        ("\0", "text cannot hold the character U+0000"),
    ):
        if wildcard in prefix:
            return reason
    return None


def _plain_way(pattern: str) -> str:
    if not any(c in pattern for c in "%_\\"):
        return f"for equality write `= '{pattern}'`, for a prefix `like '{pattern}%'`"
    return "use a fixed prefix and one `%` at the end: `like 'prefix%'`"


def is_null(tree: syntax.IsNull, operand: Operand, findings: Findings) -> Typed | None:
    """``x is [not] null``: never unknown."""
    typed = as_own(operand, findings)
    if typed is None:
        return None
    return _negated(node(IsNull(typed.expr), tree.span, (typed,), nullable=False), tree.negated)


# --- logic ----------------------------------------------------------------------------------------------------------


def condition(operand: Operand, findings: Findings, where: str) -> Typed | None:
    """The operand as a condition; BX004 if it is none. ``where`` names the place, for the message."""
    typed = as_own(operand, findings)
    if typed is None or isinstance(typed.type, Bool):
        return typed
    findings.error(
        "BX004",
        f"{where} must be a condition",
        typed.span,
        f"this is {typed.type}, not bool",
        way_out=_condition_hint(typed),
    )
    return None


def _condition_hint(typed: Typed) -> str:
    if is_textual(typed.type):
        return "compare it: `… = '…'`, or test `… is not null`"
    return "compare it: `… = …`, or test `… is not null`"


def logic(op: str, operands: tuple[Operand | None, ...], span: Span, findings: Findings) -> Typed | None:
    """``and`` or ``or`` of two or more conditions, flat."""
    conditions = [None if o is None else condition(o, findings, f"each side of `{op}`") for o in operands]
    found = tuple(c for c in conditions if c is not None)
    if len(found) < len(conditions):
        return None
    kind = And if op == "and" else Or
    flat: list[Expr] = []
    for each in found:
        flat.extend(each.expr.operands if isinstance(each.expr, kind) else (each.expr,))
    return node(kind(tuple(flat)), span, found)


def negation(operand: Operand, span: Span, findings: Findings) -> Typed | None:
    """``not x``."""
    typed = condition(operand, findings, "the operand of `not`")
    return None if typed is None else node(Not(typed.expr), span, (typed,))


def _negated(typed: Typed, negated: bool) -> Typed:
    return node(Not(typed.expr), typed.span, (typed,)) if negated else typed
