"""CHECK constraints of a source: their names, their conditions, and what they say about the columns' values."""

from __future__ import annotations

from dataclasses import replace

from bxc import model, syntax
from bxc.expr import Expr
from bxc.resolve.expressions import operands, resolve_condition
from bxc.resolve.findings import Findings
from bxc.resolve.names import Namespace, appearance
from bxc.resolve.ranges import narrow
from bxc.resolve.scope import Scope


def resolve_checks(tree: syntax.Source, scope: Scope, findings: Findings) -> tuple[tuple[model.Check, ...], Scope]:
    """The CHECKs in the order of the text, and the scope with the columns' values narrowed by them.

    Those without arithmetic come first, so that they can prove that the others stay within 64 bits.
    """
    stated = _stated(tree)
    names = _names(stated, findings)
    resolved: dict[int, Expr] = {}
    for pure in (True, False):
        for index, (_, check) in enumerate(stated):
            if _is_pure(check.condition) is pure:
                typed = resolve_condition(check.condition, scope, findings, "a check")
                if typed is None:
                    findings.whole = False
                else:
                    resolved[index] = typed.expr
                    scope = narrowed(scope, typed.expr)
    checks = (
        model.Check(names[index], resolved[index], check.span)
        for index, (_, check) in enumerate(stated)
        if index in resolved
    )
    return tuple(checks), scope


def narrowed(scope: Scope, condition: Expr) -> Scope:
    """The scope for rows that make a condition true, or at least not false."""
    known = narrow(condition)
    if not known:
        return scope
    columns = {
        name: replace(a, interval=a.interval.meet(known[name])) if a.interval is not None and name in known else a
        for name, a in scope.columns.items()
    }
    return replace(scope, columns=columns)


def _stated(tree: syntax.Source) -> list[tuple[str | None, syntax.Check]]:
    """All CHECKs in the order of the text, with the column on whose line they stand."""
    found: list[tuple[str | None, syntax.Check]] = []
    for item in tree.items:
        match item:
            case syntax.Column():
                found.extend((item.name.text, check) for check in item.checks)
            case syntax.Check():
                found.append((None, item))
            case syntax.PrimaryKey() | syntax.Unique() | syntax.Determines():
                pass
    return found


def _names(stated: list[tuple[str | None, syntax.Check]], findings: Findings) -> list[str]:
    """A name for each CHECK, unlike all others by more than case."""
    namespace = Namespace("check")
    for _, check in stated:
        if check.name is not None:
            namespace.declare(check.name, findings)
    taken = set(namespace.taken)
    names: list[str] = []
    for column, check in stated:
        name = check.name.text if check.name is not None else _free(column, taken)
        taken.add(appearance(name))
        names.append(name)
    return names


def _free(column: str | None, taken: set[str]) -> str:
    """`<column>_check`, `<column>_check_2`, …; `check_1`, `check_2`, … where no column's line bears it."""
    stem, number = ("check", 1) if column is None else (f"{column}_check", 1)
    while True:
        name = stem if column is not None and number == 1 else f"{stem}_{number}"
        if appearance(name) not in taken:
            return name
        number += 1


def _is_pure(tree: syntax.Expr) -> bool:
    """Whether a condition computes nothing."""
    agenda: list[syntax.Expr] = [tree]
    while agenda:
        current = agenda.pop()
        if isinstance(current, syntax.Binary) and current.op in ("+", "-", "*"):
            return False
        if isinstance(current, syntax.Unary) and current.op == "-" and not isinstance(current.operand, syntax.Number):
            return False
        agenda.extend(operands(current))
    return True
