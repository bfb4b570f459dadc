"""Syntax trees of expressions → typed expressions over the columns in scope.

Works from the leaves up with a stack of its own, so that no depth of nesting exhausts Python's. A part with an error
yields None and silences what depends on it.
"""

from __future__ import annotations

from typing import assert_never

from bxc import syntax
from bxc.diagnostic import Label
from bxc.expr import Column
from bxc.resolve.arithmetic import arithmetic, concat, minus
from bxc.resolve.cases import case
from bxc.resolve.comparisons import between, compare, condition, is_null, like, logic, membership, negation
from bxc.resolve.findings import Findings
from bxc.resolve.literals import Null, Number, String, Truth
from bxc.resolve.names import folded
from bxc.resolve.operands import Operand, Typed, as_own
from bxc.resolve.scope import Scope

DEEPEST = 210  # 200 levels as written and what spelling them out adds: every later stage can walk it by recursion
LARGEST = 20_000  # nodes, after `between` is spelled out
FLAT = frozenset(("and", "or", "||"))


def resolve_condition(tree: syntax.Expr, scope: Scope, findings: Findings, where: str) -> Typed | None:
    """A condition over the columns in scope; None and findings if it is none."""
    operand = resolve_expression(tree, scope, findings)
    if isinstance(operand, Null):
        findings.error(
            "BX004",
            f"{where} must be a condition",
            operand.span,
            "`null` is never true",
            way_out="leave it out, or test a column: `… is null`",
        )
        return None
    return None if operand is None else condition(operand, findings, where)


def resolve_value(tree: syntax.Expr, scope: Scope, findings: Findings) -> Typed | None:
    """An expression with a type of its own; None and findings otherwise."""
    operand = resolve_expression(tree, scope, findings)
    if isinstance(operand, Null):
        findings.error(
            "BX004",
            "`null` has no type by itself",
            operand.span,
            "the type of the column cannot be known",
            way_out="use `case when … then … end`, which is NULL where no branch applies, or a column",
        )
        return None
    return None if operand is None else as_own(operand, findings)


def resolve_expression(tree: syntax.Expr, scope: Scope, findings: Findings) -> Operand | None:
    """A typed expression, or a literal whose type is still open; None and findings where there is an error."""
    done: list[Operand | None] = []
    agenda: list[tuple[syntax.Expr, int | None]] = [(tree, None)]
    while agenda:
        current, count = agenda.pop()
        if count is None:
            inner = operands(current)
            agenda.append((current, len(inner)))
            agenda.extend((part, None) for part in reversed(inner))
        else:
            first = len(done) - count
            parts_done = tuple(done[first:])
            del done[first:]
            done.append(_bounded(_combine(current, parts_done, scope, findings), findings))
    return done[0]


def _bounded(operand: Operand | None, findings: Findings) -> Operand | None:
    """The operand, unless it has grown beyond what can be handled: BX007."""
    if not isinstance(operand, Typed) or (operand.depth <= DEEPEST and operand.size <= LARGEST):
        return operand
    too_deep = operand.depth > DEEPEST
    findings.error(
        "BX007",
        f"this expression is too {'deep' if too_deep else 'large'}",
        operand.span,
        f"more than {DEEPEST} operations in each other" if too_deep else f"more than {LARGEST} operations",
        way_out="compute a part of it in an `add` step of its own",
    )
    return None


def operands(tree: syntax.Expr) -> tuple[syntax.Expr, ...]:
    """The operands of a node, in the order of the text; chains of one flat operator are one node."""
    match tree:
        case syntax.Binary(op) if op in FLAT:
            return _chain(tree, op)
        case syntax.Binary():
            return (tree.left, tree.right)
        case syntax.Unary() | syntax.IsNull():
            return (tree.operand,)
        case syntax.Between():
            return (tree.operand, tree.low, tree.high)
        case syntax.In():
            return (tree.operand, *tree.items)
        case syntax.Like():
            return (tree.operand, tree.pattern)
        case syntax.Case():
            whens = tuple(part for when in tree.whens for part in (when.condition, when.value))
            return whens if tree.otherwise is None else (*whens, tree.otherwise)
        case syntax.Call():
            return tree.arguments
        case syntax.Ref() | syntax.Number() | syntax.String() | syntax.Bool() | syntax.Null() | syntax.Fresh():
            return ()
        case _:
            assert_never(tree)


def _chain(tree: syntax.Expr, op: str) -> tuple[syntax.Expr, ...]:
    """The operands of ``a op b op c …``, however they are nested."""
    found: list[syntax.Expr] = []
    agenda = [tree]
    while agenda:
        current = agenda.pop()
        if isinstance(current, syntax.Binary) and current.op == op:
            agenda.extend((current.right, current.left))
        else:
            found.append(current)
    return tuple(found)


def _combine(tree: syntax.Expr, parts: tuple[Operand | None, ...], scope: Scope, findings: Findings) -> Operand | None:
    """A node from its resolved parts."""
    match tree:
        case syntax.Ref():
            return _column(tree, scope, findings)
        case syntax.Number():
            return Number(tree.digits, tree.span)
        case syntax.String():
            return String(tree.value, tree.span)
        case syntax.Bool() | syntax.Null() | syntax.Fresh() if _names_column(tree, scope, findings):
            return None
        case syntax.Null():
            return Null(tree.span)
        case syntax.Bool():
            return as_own(Truth(tree.value, tree.span), findings)
        case syntax.Fresh() | syntax.Call():
            _refuse(tree, findings)
            return None
        case syntax.Binary("and" | "or" as op):
            return logic(op, parts, tree.span, findings)
        case syntax.Binary("||"):
            return concat(parts, tree.span, findings)
        case syntax.Case():
            values = (*parts[1::2], parts[-1]) if tree.otherwise is not None else parts[1::2]
            return case(tree, parts[: 2 * len(tree.whens) : 2], values, findings)
        case _:
            sound = tuple(p for p in parts if p is not None)
            return _operation(tree, sound, scope, findings) if len(sound) == len(parts) else None


def _operation(
    tree: syntax.Unary | syntax.Binary | syntax.Between | syntax.In | syntax.Like | syntax.IsNull,
    parts: tuple[Operand, ...],
    scope: Scope,
    findings: Findings,
) -> Operand | None:
    """An operation all of whose parts are sound."""
    match tree:
        case syntax.Unary("not"):
            return negation(parts[0], tree.span, findings)
        case syntax.Unary():
            return minus(parts[0], tree.span, scope, findings)
        case syntax.Binary("+" | "-" | "*" | "/" | "%"):
            return arithmetic(tree, parts[0], parts[1], scope, findings)
        case syntax.Binary():
            return compare(tree.op, parts[0], parts[1], tree.span, findings)
        case syntax.Between():
            return between(tree, (parts[0], parts[1], parts[2]), findings)
        case syntax.In():
            return membership(tree, parts[0], parts[1:], findings)
        case syntax.Like():
            return like(tree, parts[0], parts[1], findings)
        case syntax.IsNull():
            return is_null(tree, parts[0], findings)
        case _:
            assert_never(tree)


def _column(tree: syntax.Ref, scope: Scope, findings: Findings) -> Typed | None:
    name = tree.name
    hint = f"a text is written in single quotes: '{name.text}'" if name.quoted else ""
    found = scope.find(name, findings, hint)
    if found is None or found.type is None:
        return None
    return Typed(Column(found.name, found.type, found.nullable), found.nullable, tree.span)


def _names_column(tree: syntax.Bool | syntax.Null | syntax.Fresh, scope: Scope, findings: Findings) -> bool:
    """Whether a column bears the name of the word that stands here, so that nobody knows which is meant: BX012."""
    word = tree.span.text
    column = next((attribute for name, attribute in scope.columns.items() if folded(name) == word.lower()), None)
    if column is None:
        return False
    findings.error(
        "BX012",
        f"`{word}` is a constant, and a column has its name",
        tree.span,
        "which of the two is meant?",
        (Label(column.span, "the column"),),
        f'write `"{column.name}"` for the column; where the constant is meant, rename the column first',
    )
    return True


def _refuse(tree: syntax.Fresh | syntax.Call, findings: Findings) -> None:
    match tree:
        case syntax.Fresh():
            findings.error(
                "BX005",
                "`fresh` is no value here",
                tree.span,
                "only a hidden column can have a fresh value by default",
                way_out="use it behind `default` in a `keep` or `drop` step",
            )
        case syntax.Call():
            findings.error(
                "BX013",
                f"unknown function `{tree.function.text}`",
                tree.function.span,
                "the language has no functions",
                way_out=_instead(tree.function.text),
            )
        case _:
            assert_never(tree)


INSTEAD: dict[str, str] = {
    "coalesce": "write `case when a is not null then a else b end`",
    "ifnull": "write `case when a is not null then a else b end`",
    "nvl": "write `case when a is not null then a else b end`",
    "nullif": "write `case when a <> b then a end`",
    "concat": "join texts with `||`",
    "starts_with": "write `a like 'prefix%'`",
}


def _instead(function: str) -> str:
    known = INSTEAD.get(function.lower())
    return (
        known or "there are no functions: use comparisons, `and or not`, `+ - *`, `case when`, `||`, `like 'prefix%'`"
    )
