"""Sums and products as the engines compute them, with what happens where a result does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bxc.laws.term import FALSE, TRUE, Function, Sort, Term, add, and_, app, const, lt, mul, neg, not_, or_, sub
from bxc.validate import kinds as k
from bxc.validate import values as v
from bxc.validate.functions import parsed, real_arithmetic
from bxc.validate.kinds import Kind
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value

_MOD = Function("%", Sort.INT, lambda a, b: abs(a) % abs(b) * (1 if a >= 0 else -1))
_TERMS: dict[str, Callable[[Term, Term], Term]] = {"+": add, "-": sub, "*": mul}


class Arithmetic:
    """``refuse(code, condition)`` and ``doubt(condition)`` hear of results that do not fit.

    SQLite goes on with a real number where an integer overflows: that is not followed, but doubted. Others refuse it.
    PostgreSQL's decimals have as many digits as it takes.
    """

    def __init__(self, engine: str, refuse: Callable[[str, Term], None], doubt: Callable[[Term], None]) -> None:
        self.sqlite = engine == "sqlite"
        self.postgres = engine == "postgres"
        self._refuse = refuse
        self._doubt = doubt
        self._tried: list[Term] | None = None

    def trying(self, compute: Callable[[], Value]) -> Value:
        """DuckDB's `try`: NULL where the computation would be refused."""
        outer, self._tried = self._tried, []
        value = compute()
        failed, self._tried = or_(*self._tried), outer
        return v.with_null(failed, value)

    def overflow(self, guard: Term, value: Value, low: int, high: int) -> None:
        """What happens where a number lies outside its range."""
        outside = and_(not_(value.null), or_(lt(value.term, const(low)), lt(const(high), value.term)))
        if outside is FALSE:
            return
        if self.sqlite:
            self._doubt(and_(guard, outside))
        elif self._tried is not None:
            self._tried.append(outside)
        else:
            self._refuse("error", and_(guard, outside))

    def call(self, operator: str, args: Sequence[Value], guard: Term) -> Value:
        """A sum, difference, product, remainder or negation."""
        operands = [v.convert(a, k.INT64) if a.kind == k.BOOL and self.sqlite else a for a in args]
        if operator == "neg":
            return self._negated(operands[0], guard)
        a, b = operands
        if k.REAL in (a.kind, b.kind) and self.postgres:
            raise Unsupported(operator, "of reals, where what is too great or too small is refused")
        if k.REAL in (a.kind, b.kind):
            return real_arithmetic(operator, *v.alike(a, b))
        null = or_(a.null, b.null)
        if null is TRUE:
            return v.missing(k.common(a.kind, b.kind))
        if operator == "%":
            if a.kind.name != "int" or not b.term.is_const or b.term.data == 0:
                raise Unsupported("%", "other than of an integer by a constant")
            return Value(k.common(a.kind, b.kind), null, app(_MOD, a.term, b.term))
        kind, left, right = self._prepared(operator, a, b)
        result = Value(kind, null, _TERMS[operator](left, right))
        if self.postgres and kind.name == "decimal":
            return Value(k.Kind("decimal", k.NUMERIC.width, kind.scale), null, result.term)
        self.overflow(guard, result, *limits(kind))
        return result

    def _negated(self, a: Value, guard: Term) -> Value:
        if a.kind.name not in ("int", "decimal"):
            if a.kind == k.REAL:
                return real_arithmetic("*", a, v.known(k.REAL, const(-1.0)))
            raise Unsupported("-", f"of {a.kind}")
        kind = k.INT64 if self.sqlite else a.kind
        result = Value(kind, a.null, neg(a.term))
        if self.postgres and kind.name == "decimal":
            return result
        if not a.term.is_const:
            self.overflow(guard, result, *limits(kind))
        return result

    def _prepared(self, operator: str, a: Value, b: Value) -> tuple[Kind, Term, Term]:
        """The kind of the result, and operands that need no more than the operation on integers."""
        names = {a.kind.name, b.kind.name}
        if names == {"int"}:
            return (k.INT64 if self.sqlite else k.common(a.kind, b.kind)), a.term, b.term
        if not names <= {"int", "decimal"}:
            raise Unsupported(operator, f"{a.kind} and {b.kind}")
        (p1, s1), (p2, s2) = _size(a.kind), _size(b.kind)
        if operator == "*":
            width, scale = p1 + p2, s1 + s2
            left, right = a.term, b.term
        else:
            scale = max(s1, s2)
            width = max(p1 - s1, p2 - s2) + scale + 1
            left, right = (mul(x.term, const(10 ** (scale - y))) for x, y in ((a, s1), (b, s2)))
        if width > 18 >= max(p1, p2) and scale < 18:
            width = 18
        return Kind("decimal", min(width, k.MOST_DIGITS), scale), left, right


def limits(kind: Kind) -> tuple[int, int]:
    """The least and the greatest number of a kind."""
    if kind.name == "decimal":
        return -(10**kind.width) + 1, 10**kind.width - 1
    return -(2 ** (kind.width - 1)), 2 ** (kind.width - 1) - 1


def _size(kind: Kind) -> tuple[int, int]:
    return (kind.width, kind.scale) if kind.name == "decimal" else ({32: 10, 64: 19, 128: 38}[kind.width], 0)


def cast(value: Value, kind: Kind, arithmetic: Arithmetic, guard: Term) -> Value:
    """DuckDB's cast, and what a column does to what is stored in it."""
    if value.kind == kind:
        return value
    match value.kind.name, kind.name:
        case "text", "date" | "timestamp" | "uuid" | "bytes" if value.term.is_const and value.null is FALSE:
            return v.known(kind, parsed(value.term.data, kind))
        case "text", "real" if arithmetic.postgres and value.term.is_const and value.null is FALSE:
            return v.known(kind, const(float(value.term.data)))
        case "decimal", "int" if arithmetic.postgres:
            whole = Value(k.INT64, value.null, rounded(value, 0).term)
            arithmetic.overflow(guard, whole, *limits(kind))
            return Value(kind, whole.null, whole.term)
        case ("int", "int") | ("int" | "decimal", "decimal"):
            if value.kind.scale > kind.scale and arithmetic.postgres:
                value = rounded(value, kind.scale)
            if value.kind.scale > kind.scale:
                raise Unsupported("cast", f"of {value.kind} to fewer digits")
            scaled = Value(kind, value.null, mul(value.term, const(10 ** (kind.scale - value.kind.scale))))
            if not _fits(value.kind, kind):
                arithmetic.overflow(guard, scaled, *limits(kind))
            return scaled
        case _:
            return v.convert(value, kind)


def rounded(value: Value, scale: int) -> Value:
    """A decimal with no more than some digits behind the point, as PostgreSQL rounds: halves away from zero."""
    more = value.kind.scale - scale
    if more <= 0:
        return value
    of = Function(f"without {more} digits", Sort.INT, lambda a: (abs(a) + 5 * 10 ** (more - 1)) // 10**more * _sign(a))
    return Value(k.Kind("decimal", value.kind.width, scale), value.null, app(of, value.term))


def _sign(a: int) -> int:
    return 1 if a >= 0 else -1


def _fits(inner: Kind, outer: Kind) -> bool:
    low, high = limits(inner)
    least, most = limits(outer)
    factor = int(10 ** (outer.scale - inner.scale))
    return least <= low * factor and high * factor <= most
