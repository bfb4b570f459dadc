"""Aggregates over the members of a group and windows over the rows of a select."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxc.laws.term import FALSE, TRUE, Term, and_, const, not_, or_
from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.scope import Scope
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value

if TYPE_CHECKING:
    from bxc.validate.expressions import Expressions


def aggregate(self: Expressions, e: s.Aggregate, scope: Scope, guard: Term) -> Value:
    """An aggregate of the group that the scope stands for."""
    if scope.group is None:
        raise Unsupported("aggregate", f"{e.function} outside a group")
    if e.operand is None:
        if e.function != "count":
            raise Unsupported("aggregate", f"{e.function}(*)")
        return v.known(k.INT64, v.tally(condition for condition, _ in scope.group))
    if e.distinct and e.function != "count":
        raise Unsupported("aggregate", f"{e.function} of distinct values")
    members = [(cond, self.value(e.operand, member, and_(guard, cond))) for cond, member in scope.group]
    match e.function:
        case "count":
            counted = [(and_(cond, not_(value.null)), value) for cond, value in members]
            if e.distinct:
                counted = [
                    (and_(c, not_(or_(*(and_(d, v.identical(x, y)) for d, y in counted[:n])))), x)
                    for n, (c, x) in enumerate(counted)
                ]
            return v.known(k.INT64, v.tally(cond for cond, _ in counted))
        case "min" | "max":
            return v.extreme(members, least=e.function == "min")
        case "bool_or":
            rails = [(cond, v.rails(value)) for cond, value in members]
            yes = or_(*(and_(cond, a) for cond, (a, _) in rails))
            return v.truth(yes, and_(not_(yes), or_(*(and_(cond, b) for cond, (_, b) in rails))))
        case "first":
            return first(self, members, guard)
        case _:
            raise Unsupported("aggregate", e.function)


def first(self: Expressions, members: list[tuple[Term, Value]], guard: Term) -> Value:
    """The value of one member: of which, is left open where they differ."""
    result = v.missing()
    for index in range(len(members) - 1, -1, -1):
        cond, value = members[index]
        for other, second in members[:index]:
            self.doubt(and_(guard, cond, other, not_(v.identical(value, second))))
        result = v.choose(cond, value, result)
    return result


def window(self: Expressions, e: s.Window, scope: Scope, guard: Term) -> Value:
    """`row_number` or `count(*)` over the peers of a row."""
    if scope.peers is None:
        raise Unsupported("window", f"{e.function} outside the items of a select")
    mine = [self.value(p, scope, guard) for p in e.partition]
    near: list[tuple[int, Term, Scope]] = []
    for place, (present, peer) in enumerate(scope.peers):
        same = v.identical_rows(mine, [self.value(p, peer, guard) for p in e.partition])
        together = and_(present, same)
        if together is not FALSE:
            near.append((place, together, peer))
    match e.function:
        case "count":
            return v.known(k.INT64, v.tally(condition for _, condition, _ in near))
        case "row_number" if not e.order and not e.partition:
            return v.known(k.ID, const(scope.place))
        case "row_number" if e.order:
            before = []
            for place, condition, peer in near:
                if place != scope.place:
                    earlier, tied = _before(self, e.order, peer, scope, guard)
                    self.doubt(and_(guard, condition, tied))
                    before.append(and_(condition, or_(earlier, tied if place < scope.place else FALSE)))
            return v.known(k.INT64, v.tally([TRUE, *before]))
        case _:
            raise Unsupported("window", f"{e.function} without an order")


def _before(self: Expressions, order: tuple[s.Ordering, ...], a: Scope, b: Scope, guard: Term) -> tuple[Term, Term]:
    """Whether a row comes before another, and whether neither does."""
    earlier, tied = FALSE, TRUE
    for ordering in order:
        x, y = self.value(ordering.operand, a, guard), self.value(ordering.operand, b, guard)
        below = v.rails(v.less(y, x) if ordering.descending else v.less(x, y))[0]
        nulls = and_(x.null, not_(y.null)) if ordering.nulls_first else and_(not_(x.null), y.null)
        earlier = or_(earlier, and_(tied, or_(below, nulls)))
        tied = and_(tied, v.identical(x, y))
    return earlier, tied
