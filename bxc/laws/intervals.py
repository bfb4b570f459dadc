"""Predicates turned into regions: for each column, a set of values outside which the predicate is surely not true.

Only constants count (`a = 1`, `a in (…)`, `a < 5`, `a is null`, `a like 'x%'`, a bare bool); any other condition leaves
its columns open. So two regions that do not meet are proof, two that meet are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bxc.dataclass import dataclass
from bxc.expr import Column, Compare, Expr, In, IsNull, Literal, Not, StartsWith
from bxc.types import Value, is_ordered


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of an interval; ``value`` compares with the column's other values."""

    value: Any
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Domain:
    """Values that a column may have: NULL if ``null``, and of ``values`` (None: all) those within the bounds."""

    null: bool = True
    values: frozenset[Value] | None = None
    excluded: frozenset[Value] = frozenset()
    low: Bound | None = None
    high: Bound | None = None

    @property
    def empty(self) -> bool:
        if self.null:
            return False
        if self.values is not None:
            return not any(self._admits(value) for value in self.values)
        if self.low is None or self.high is None:
            return False
        if self.low.value == self.high.value:
            return not (self.low.inclusive and self.high.inclusive)
        return bool(self.low.value > self.high.value)

    @property
    def single(self) -> bool:
        """Whether there is at most one value, NULL counted."""
        if self.values is None:
            return False
        return len([v for v in self.values if self._admits(v)]) + self.null <= 1

    def _admits(self, value: Any) -> bool:
        if value in self.excluded:
            return False
        above = self.low is None or value > self.low.value or (self.low.inclusive and value == self.low.value)
        below = self.high is None or value < self.high.value or (self.high.inclusive and value == self.high.value)
        return above and below

    def narrow(self, other: Domain) -> Domain:
        """The values that both admit."""
        if self.values is None or other.values is None:
            values = self.values if other.values is None else other.values
        else:
            values = self.values & other.values
        return Domain(
            self.null and other.null,
            values,
            self.excluded | other.excluded,
            max(filter(None, (self.low, other.low)), key=lambda b: (b.value, not b.inclusive), default=None),
            min(filter(None, (self.high, other.high)), key=lambda b: (b.value, b.inclusive), default=None),
        )


Region = Mapping[str, Domain]

ANYTHING = Domain()
NOT_NULL = Domain(null=False)
ONLY_NULL = Domain(values=frozenset())


def constant(value: Value) -> Domain:
    """The domain of one value, which may be NULL."""
    return ONLY_NULL if value is None else replace(NOT_NULL, values=frozenset((value,)))


def region(conditions: Iterable[Expr]) -> dict[str, Domain]:
    """The region in which all conditions can be true."""
    found: dict[str, Domain] = {}
    for condition in conditions:
        known = _domain(condition)
        if known is not None:
            column, domain = known
            found[column] = found.get(column, ANYTHING).narrow(domain)
    return found


def meet(left: Region, right: Region) -> bool:
    """Whether a row can lie in both, as far as regions tell."""
    small, large = (left, right) if len(left) <= len(right) else (right, left)
    return not any(domain.narrow(large.get(column, ANYTHING)).empty for column, domain in small.items())


def _domain(condition: Expr) -> tuple[str, Domain] | None:
    """The column that a condition restricts by constants, and the values for which it can be true."""
    match condition:
        case Column(name=name):
            return name, constant(True)
        case Not(operand=Column(name=name)):
            return name, constant(False)
        case Compare(op=op, left=Column() as column, right=Literal() as literal):
            return column.name, _compared(op, column, literal.value)
        case Compare(op=op, left=Literal() as literal, right=Column() as column):
            return column.name, _compared(_MIRRORED[op], column, literal.value)
        case Not(operand=Compare() as compared):
            return _domain(Compare(_NEGATED[compared.op], compared.left, compared.right))
        case In(operand=Column(name=name), items=items):
            return name, replace(NOT_NULL, values=frozenset(item.value for item in items if item.value is not None))
        case Not(operand=In(operand=Column(name=name), items=items)):
            return name, replace(NOT_NULL, excluded=frozenset(item.value for item in items if item.value is not None))
        case IsNull(operand=Column(name=name)):
            return name, ONLY_NULL
        case Not(operand=IsNull(operand=Column(name=name))):
            return name, NOT_NULL
        case StartsWith(operand=Column(name=name), prefix=prefix):
            return name, _starting(prefix)
        case _:
            return None


_MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _compared(op: str, column: Column, value: Value) -> Domain:
    if value is None:
        return Domain(null=False, values=frozenset())  # a comparison with NULL is never true
    if op == "=":
        return constant(value)
    if op == "<>":
        return replace(NOT_NULL, excluded=frozenset((value,)))
    if not is_ordered(column.type):
        return NOT_NULL
    bound = Bound(value, op in ("<=", ">="))
    return replace(NOT_NULL, high=bound) if op in ("<", "<=") else replace(NOT_NULL, low=bound)


def _starting(prefix: str) -> Domain:
    """Texts with a prefix: from the prefix up to the first text, by code points, that no longer has it."""
    stem = prefix.rstrip("\U0010ffff")
    high = Bound(stem[:-1] + chr(ord(stem[-1]) + 1), inclusive=False) if stem else None
    return replace(NOT_NULL, low=Bound(prefix, inclusive=True), high=high)
