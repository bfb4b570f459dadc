"""`+ - *`, unary minus and `||`: result types, and proof that no result leaves 64 bits."""

from __future__ import annotations

from bxc import syntax
from bxc.diagnostic import Label
from bxc.expr import Arithmetic, Concat, Expr, Negate, columns
from bxc.resolve import literals
from bxc.resolve.findings import Findings
from bxc.resolve.literals import Number, negated
from bxc.resolve.operands import Operand, Typed, as_number, as_own, node, report_mismatch, unify
from bxc.resolve.ranges import INT64, Interval, interval
from bxc.resolve.scope import Attribute, Scope
from bxc.text import Span
from bxc.types import MAX_DIGITS, Date, Decimal, Int, Real, Timestamp, Type, is_textual

WIDEST_ADVICE = 12  # digits of the bounds that are suggested first

REFUSED = {
    "/": "SQLite and PostgreSQL divide ints to an int, DuckDB to a floating-point number",
    "%": "a remainder by zero is NULL on SQLite and an error elsewhere",
}
INSTEAD = {
    "/": "compare products (`a > 2 * b` for `a / b > 2`), or store the quotient",
    "%": "store the remainder in a column of its own",
}


def arithmetic(tree: syntax.Binary, left: Operand, right: Operand, scope: Scope, findings: Findings) -> Typed | None:
    """``left op right`` on ints or decimals; BX014 for division and for what may leave 64 bits."""
    op = tree.op
    if op in REFUSED:
        findings.error("BX014", f"engines disagree on `{op}`", tree.span, REFUSED[op], way_out=INSTEAD[op])
        return None
    fit = [_is_number(operand, op, findings) for operand in (left, right)]
    if not all(fit):
        return None
    pair = _factors(left, right, findings) if op == "*" else unify(left, right, findings, strict=False)
    if pair is None:
        return None
    match pair[0].type, pair[1].type:
        case Int(), Int():
            whole = node(Arithmetic(op, pair[0].expr, pair[1].expr, Int()), tree.span, pair)
            return _within_64_bits(whole, scope, findings)
        case Decimal() as first, Decimal() as second:
            return _decimal(op, pair, _result(op, first, second), tree.span, scope, findings)
        case _:
            report_mismatch(pair[0], pair[1], findings)
            return None


def minus(operand: Operand, span: Span, scope: Scope, findings: Findings) -> Operand | None:
    """``-x``; a literal stays one."""
    if isinstance(operand, Number):
        return literals.Number(negated(operand).text, span)
    if not _is_number(operand, "-", findings):
        return None
    typed = as_own(operand, findings)
    if typed is None or not isinstance(typed.type, Int | Decimal):
        return None
    return _within_64_bits(node(Negate(typed.expr, typed.type), span, (typed,)), scope, findings)


def concat(operands: tuple[Operand | None, ...], span: Span, findings: Findings) -> Typed | None:
    """``a || b || …`` on texts, flat."""
    found: list[Typed] = []
    for operand in operands:
        if operand is None:
            continue
        typed = as_own(operand, findings)
        if typed is None:
            continue
        if is_textual(typed.type):
            found.append(typed)
        else:
            findings.error(
                "BX014",
                "engines disagree on `||` with what is no text",
                typed.span,
                f"this is {typed.type}, and each engine writes it out in its own way",
                way_out="join texts only",
            )
    if len(found) < len(operands):
        return None
    flat: list[Expr] = []
    for each in found:
        flat.extend(each.expr.operands if isinstance(each.expr, Concat) else (each.expr,))
    return node(Concat(tuple(flat)), span, tuple(found))


# --- operands -------------------------------------------------------------------------------------------------------


def _is_number(operand: Operand, op: str, findings: Findings) -> bool:
    """Whether an operand is an exact number; BX014 where some engine would compute all the same, else BX004."""
    if isinstance(operand, Number) or (isinstance(operand, Typed) and isinstance(operand.type, Int | Decimal)):
        return True
    typed = as_own(operand, findings)
    if typed is None:
        return False
    reason = _computed_somewhere(typed.type)
    if reason is None:
        findings.error(
            "BX004",
            f"`{op}` takes numbers",
            typed.span,
            f"this is {typed.type}",
            way_out="join texts with `||`" if is_textual(typed.type) else "use int or decimal columns",
        )
    else:
        findings.error(
            "BX014",
            f"engines disagree on `{op}` with {typed.type}",
            typed.span,
            reason,
            way_out="use int or decimal columns",
        )
    return False


def _computed_somewhere(type_: Type) -> str | None:
    match type_:
        case Real():
            return "floating-point results differ in rounding and overflow"
        case Date() | Timestamp():
            return "some engines count days or intervals, SQLite would take the text for a number"
        case _:
            return None


def _factors(left: Operand, right: Operand, findings: Findings) -> tuple[Typed, Typed] | None:
    """The operands of a product: decimals keep their own scales."""
    first, second = _factor(left, right, findings), _factor(right, left, findings)
    return None if first is None or second is None else (first, second)


def _factor(operand: Operand, other: Operand, findings: Findings) -> Typed | None:
    return as_number(operand, other, findings) if isinstance(operand, Number) else as_own(operand, findings)


# --- results --------------------------------------------------------------------------------------------------------


def _result(op: str, first: Decimal, second: Decimal) -> Decimal:
    """The type that holds every result, perhaps too wide to exist; for `+` and `-` both have one scale."""
    if op == "*":
        return Decimal(first.precision + second.precision, first.scale + second.scale)
    return Decimal(max(first.precision, second.precision) + 1, first.scale)


def _decimal(
    op: str, pair: tuple[Typed, Typed], type_: Decimal, span: Span, scope: Scope, findings: Findings
) -> Typed | None:
    """A decimal result; one that is too wide by its type may still be proved to fit 18 digits."""
    if type_.precision > MAX_DIGITS:
        fitting = Decimal(MAX_DIGITS, type_.scale)
        values = interval(Arithmetic(op, pair[0].expr, pair[1].expr, fitting), scope.bounds())
        if type_.scale > MAX_DIGITS or values is None or not values.within(Interval(1 - 10**18, 10**18 - 1)):
            findings.lack(
                "BX007",
                f"the result of `{op}` may have more than {MAX_DIGITS} digits",
                span,
                f"{pair[0].type} {op} {pair[1].type} is decimal({type_.precision},{type_.scale})",
                way_out="use columns with fewer digits, or bound their values with `check (… between … and …)`",
            )
            return None
        type_ = fitting
    return node(Arithmetic(op, pair[0].expr, pair[1].expr, type_), span, pair)


def _within_64_bits(result: Typed, scope: Scope, findings: Findings) -> Typed | None:
    """The result, if the values of the columns prove that it fits; a decimal always does."""
    values = interval(result.expr, scope.bounds())
    if isinstance(result.type, Decimal) or values is None or values.within(INT64):
        return result
    culprits = [a for n in dict.fromkeys(columns(result.expr)) if (a := scope.columns[n]).interval is not None]
    findings.lack(
        "BX014",
        "this may leave 64 bits",
        result.span,
        f"it ranges from {values.low} to {values.high}: some engines fail on overflow, SQLite turns to floating point",
        tuple(Label(a.span, _values(a.interval)) for a in culprits),
        _bound(result.expr, culprits, scope),
    )
    return None


def _values(values: Interval | None) -> str:
    return "any int" if values is None or values == INT64 else f"{values.low} to {values.high}"


def _bound(expr: Expr, culprits: list[Attribute], scope: Scope) -> str:
    """The widest round bounds on the columns that would prove the result to fit."""
    for digits in range(WIDEST_ADVICE, -1, -1):
        round_ = Interval(-(10**digits), 10**digits)
        bounds = {**scope.bounds(), **{a.name: a.interval.meet(round_) for a in culprits if a.interval is not None}}
        values = interval(expr, bounds)
        if values is not None and values.within(INT64):
            return _advice([(a, bounds[a.name]) for a in culprits if bounds[a.name] != a.interval])
    return "compute it from smaller numbers"


def _advice(bounded: list[tuple[Attribute, Interval]]) -> str:
    shown = []
    for attribute, values in bounded:
        origin = attribute.origin
        if origin is None:
            shown.append(f"a step `where {attribute.name} between {values.low} and {values.high}` before this one")
        else:
            check = f"check ({origin.column} between {values.low} and {values.high})"
            shown.append(f"`{check}` to source `{origin.source}`")
    return "add " + " and ".join(shown)
