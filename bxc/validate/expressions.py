"""Expressions over symbolic rows → values.

``guard`` is the condition under which an engine evaluates the expression at all: what it refuses (`error`, `raise`, an
overflow) is refused under it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from bxc.laws.term import FALSE, TRUE, Sort, Term, all_, any_, const, not_, or_, var
from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.aggregates import aggregate, window
from bxc.validate.arithmetic import Arithmetic, cast
from bxc.validate.database import State
from bxc.validate.functions import FUNCTIONS, cast_to_bytes
from bxc.validate.functions_postgres import as_numeric, in_words
from bxc.validate.scope import Relation, Scope
from bxc.validate.simplify import meet
from bxc.validate.unnest import field_column
from bxc.validate.unsupported import Invalid, Unsupported
from bxc.validate.values import Value

_CODE = re.compile(r"BXC\d\d")
SYSTEM = ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid")
"""Columns that each table of PostgreSQL's has besides."""


class Expressions:
    """Evaluates expressions in a state. ``touched`` is the depth of the outermost scope that was looked at."""

    def __init__(self, state: State, query: Callable[[s.Query, Scope, Term], Relation]) -> None:
        self.state = state
        self.sqlite = state.engine == "sqlite"
        self.query = query
        self.touched = 0
        self.changes = const(0)
        self.variables: frozenset[str] = frozenset()
        """The variables of a function of PostgreSQL's, which are in the outermost scope but one."""
        self.arithmetic = Arithmetic(state.engine, self.refuse, self.doubt)

    def value(self, e: s.Expr, scope: Scope, guard: Term) -> Value:
        """The value of an expression."""
        match e:
            case s.Name():
                return self._name(e, scope, guard)
            case s.Literal():
                return self._literal(e)
            case s.Call():
                return self._call(e, scope, guard)
            case s.Case():
                return self._case(e, scope, guard)
            case s.Cast():
                return self._cast(e, scope, guard)
            case s.InQuery():
                return self._in_query(e, scope, guard)
            case s.Exists():
                return v.fact(any_(present for present, _ in self.query(e.query, scope, guard).rows))
            case s.Scalar():
                return self._scalar(e, scope, guard)
            case s.Aggregate():
                return aggregate(self, e, scope, guard)
            case s.Window():
                return window(self, e, scope, guard)
            case s.Star() | s.RowValue():
                raise Unsupported("expression", "a row where a value is asked for")
            case _:
                assert_never(e)

    def condition(self, e: s.Expr | None, scope: Scope, guard: Term) -> Term:
        """When a condition is true; true if there is none."""
        return TRUE if e is None else v.rails(self._truth(e, scope, guard))[0]

    def _truth(self, e: s.Expr, scope: Scope, guard: Term) -> Value:
        """The value of a condition; no number is one to PostgreSQL."""
        value = self.value(e, scope, guard)
        if self.state.engine == "postgres" and value.kind.name not in ("bool", "null"):
            raise Invalid("condition", f"a value of kind {value.kind}")
        return value

    def cells(self, e: s.Expr, scope: Scope, guard: Term) -> tuple[Value, ...]:
        """The values of a row value, or one value."""
        if not isinstance(e, s.RowValue):
            return (self.value(e, scope, guard),)
        return tuple(self.value(item, scope, guard) for item in e.items)

    # --- what an engine refuses ---

    def refuse(self, code: str, condition: Term) -> None:
        self.touched = -1  # it happens where the guard says: no result to be remembered
        self.state.refuse(code, condition)

    def doubt(self, condition: Term) -> None:
        if condition is not FALSE:
            self.touched = -1
            self.state.doubted(condition)

    def fresh(self, sort: Sort) -> Term:
        """A value that an engine makes up."""
        self.state.fresh += 1
        return var(f"fresh!{self.state.fresh}", sort)

    # --- leaves ---

    def _name(self, e: s.Name, scope: Scope, guard: Term) -> Value:
        here: Scope | None = scope
        while here is not None:
            index = here.frame.find(e.qualifier, e.name)
            if index is None and e.qualifier is not None:
                index = here.frame.find(None, field_column(e.qualifier, e.name))
            if index is not None:
                if e.qualifier is None and e.name in self.variables and here.depth > 1:
                    raise Invalid("name", f"{e.name} is a column and a variable")
                self.touched = min(self.touched, here.depth)
                return here.values[index]
            if e.qualifier is None:
                for place, (alias, expr) in enumerate(here.aliases):
                    if alias == e.name:
                        return self.value(expr, replace(here, aliases=here.aliases[:place]), guard)
            if self.state.engine == "postgres" and here.frame.means_row(e.qualifier, e.name):
                raise Unsupported("name", f"{e.name}, a row as a value")
            here = here.outer
        if self.state.engine == "postgres" and e.name in SYSTEM:
            raise Unsupported("name", e.name)
        raise Invalid("name", f"{e.qualifier}.{e.name}" if e.qualifier else e.name)

    def _literal(self, e: s.Literal) -> Value:
        match e.value:
            case None:
                return v.missing()
            case bool(value):
                return v.fact(TRUE if value else FALSE)
            case int(value):
                return v.number(value)
            case str(value):
                return v.text(value)
            case bytes(value):
                return v.known(k.BYTES, const(value))
            case float(value):
                if self.sqlite or "e" in e.text.lower():
                    return v.known(k.REAL, const(value))
                whole, _, digits = e.text.partition(".")
                kind = k.Kind("decimal", len(whole.lstrip("0") + digits) or 1, len(digits))
                if self.state.engine == "postgres":
                    kind = replace(k.NUMERIC, scale=len(digits))
                return v.known(kind, const(int(whole + digits)))
            case _:
                assert_never(e.value)

    # --- calls ---

    def _call(self, e: s.Call, scope: Scope, guard: Term) -> Value:
        match e.function:
            case "and":
                return v.conjunction([self._truth(a, scope, guard) for a in e.args])
            case "or":
                return v.disjunction([self._truth(a, scope, guard) for a in e.args])
            case "not":
                return v.negation(self._truth(e.args[0], scope, guard))
            case "=" | "<>" | "<" | "<=" | ">" | ">=":
                return self._compare(e, scope, guard)
            case "is" | "is not":
                same = self._is(e.args[0], e.args[1], scope, guard)
                return v.fact(same if e.function == "is" else not_(same))
            case "in":
                first, *items = e.args
                operand = self.value(first, scope, guard)
                if self.state.engine == "postgres" and operand.kind.name in ("real", "decimal"):
                    return in_words(operand, [self.value(item, scope, guard) for item in items])
                return v.disjunction([v.equal(operand, self.value(item, scope, guard)) for item in items])
            case "coalesce":
                return self._coalesce(e.args, scope, guard)
            case "error":
                return self._error(e.args, scope, guard)
            case "try":
                return self.arithmetic.trying(lambda: self.value(e.args[0], scope, guard))
        args = [self.value(a, scope, guard) for a in e.args]
        match e.function:
            case "likelihood" if self.sqlite:
                chance = e.args[1]
                if not (isinstance(chance, s.Literal) and isinstance(chance.value, float) and 0 <= chance.value <= 1):
                    raise Invalid("likelihood", "of no chance between 0.0 and 1.0")
                return args[0]
            case "+" | "-" | "*" | "%" | "neg":
                return self.arithmetic.call(e.function, args, guard)
            case "changes" | "nextval" | "random" | "randomblob" | "uuid":
                return self._volatile(e.function, args)
        function = FUNCTIONS[self.state.engine].get(e.function)
        if function is None:
            raise Unsupported("function", e.function)
        return function(args)

    def _compare(self, e: s.Call, scope: Scope, guard: Term) -> Value:
        left, right = (self.cells(a, scope, guard) for a in e.args)
        if self.state.engine == "postgres" and any(_unlike(a, b) for a, b in zip(left, right, strict=False)):
            raise Invalid("comparison", f"{left[0].kind} and {right[0].kind}")
        if e.function in ("=", "<>"):
            if self.state.engine == "postgres" and left[0].kind.name == "decimal" and _is_word(e.args[1]):
                same = in_words(left[0], right)
                return same if e.function == "=" else v.negation(same)
            if len(left) != len(right):
                raise Unsupported("comparison", "of rows of different lengths")
            if len(left) > 1 and self.state.engine == "duckdb":  # it compares rows as structs, in which NULL is NULL
                same = v.fact(v.identical_rows(left, right))
            else:
                same = v.conjunction([v.equal(a, b) for a, b in zip(left, right, strict=True)])
            return same if e.function == "=" else v.negation(same)
        if len(left) != 1 or len(right) != 1:
            raise Unsupported("comparison", "order of rows")
        a, b = left[0], right[0]
        match e.function:
            case "<":
                return v.less(a, b)
            case "<=":
                return v.negation(v.less(b, a))
            case ">":
                return v.less(b, a)
            case _:
                return v.negation(v.less(a, b))

    def _is(self, a: s.Expr, b: s.Expr, scope: Scope, guard: Term) -> Term:
        """`is`: for the words true and false, whether a condition is; otherwise, equality where NULL is NULL."""
        if isinstance(b, s.Literal) and isinstance(b.value, bool):
            yes, no = v.rails(self.value(a, scope, guard))
            return yes if b.value else no
        left, right = self.cells(a, scope, guard), self.cells(b, scope, guard)
        if len(left) != len(right):
            raise Unsupported("comparison", "of rows of different lengths")
        return v.identical_rows(left, right)

    def _coalesce(self, args: Sequence[s.Expr], scope: Scope, guard: Term) -> Value:
        values = []
        for arg in args:
            values.append(self.value(arg, scope, guard))
            if values[-1].null is FALSE:
                break
        result = values[-1]
        for value in reversed(values[:-1]):
            result = v.choose(not_(value.null), value, result)
        return result

    def _error(self, args: Sequence[s.Expr], scope: Scope, guard: Term) -> Value:
        message = self.value(args[0], scope, guard)
        if len(args) != 1 or not message.term.is_const or message.null is not FALSE:
            raise Unsupported("error", "a text that is no constant")
        code = _CODE.match(str(message.term.data))
        if code is None:
            raise Unsupported("error", str(message.term.data))
        self.refuse(code.group(), guard)
        return v.missing()

    def _volatile(self, function: str, args: Sequence[Value]) -> Value:
        match function, self.sqlite:
            case "changes", True:
                return v.known(k.INT64, self.changes)
            case "nextval", False:
                text = str(args[0].term.data)
                if self.state.engine == "postgres":
                    text = text.removeprefix("public.")
                name = s.fold(text[1:-1].replace('""', '"') if text.startswith('"') else text)
                self.state.sequences[name] += 1
                return v.known(k.INT64, const(self.state.sequences[name]))
            case "random", True:
                return v.known(k.INT64, self.fresh(Sort.INT))
            case "randomblob", True:
                return v.known(k.BYTES, self.fresh(Sort.BYTES))
            case "uuid", False:
                return v.known(k.UUID, self.fresh(Sort.TEXT))
            case _:
                raise Unsupported("function", function)

    # --- forms ---

    def _case(self, e: s.Case, scope: Scope, guard: Term) -> Value:
        operand = None if e.operand is None else self.value(e.operand, scope, guard)
        left = guard
        found: list[tuple[Term, Value]] = []
        for test, then in e.whens:
            if left is FALSE:
                break
            value = self._truth(test, scope, left) if operand is None else self.value(test, scope, left)
            hit = v.rails(value if operand is None else v.equal(operand, value))[0]
            if hit is not FALSE:
                found.append((hit, self.value(then, scope, meet(left, hit))))
            if hit is TRUE:
                left = FALSE
            left = meet(left, not_(hit))
        result = v.missing()
        if e.otherwise is not None and left is not FALSE:
            result = self.value(e.otherwise, scope, left)
        for hit, value in reversed(found):
            result = v.choose(hit, value, result)
        return result

    def _cast(self, e: s.Cast, scope: Scope, guard: Term) -> Value:
        value = self.value(e.operand, scope, guard)
        if self.sqlite:
            return cast_to_bytes(value)
        if e.kind == k.NUMERIC:
            return as_numeric(value)
        return cast(value, e.kind, self.arithmetic, guard)

    def _in_query(self, e: s.InQuery, scope: Scope, guard: Term) -> Value:
        operand = self.cells(e.operand, scope, guard)
        found = self.query(e.query, scope, guard)
        yes, no = [], []
        for present, cells in found.rows:
            if len(cells) != len(operand):
                raise Unsupported("in", "rows of different lengths")
            if e.struct:
                same = v.fact(v.identical_rows(operand, cells))
            else:
                same = v.conjunction([v.equal(a, b) for a, b in zip(operand, cells, strict=True)])
            yes.append(meet(present, same.term))
            no.append(or_(not_(present), same.no))
        return v.truth(or_(*yes), all_(no))

    def _scalar(self, e: s.Scalar, scope: Scope, guard: Term) -> Value:
        """The value of the one row; SQLite takes one of several, DuckDB refuses them."""
        found = self.query(e.query, scope, guard)
        if len(found.names) != 1:
            raise Unsupported("subquery", "more than one column")
        result = v.missing()
        for index in range(len(found.rows) - 1, -1, -1):
            present, (value,) = found.rows[index]
            for other, (second,) in found.rows[:index]:
                both = meet(guard, present, other)
                if both is not FALSE and self.sqlite:
                    self.doubt(meet(both, not_(v.identical(value, second))))
                elif both is not FALSE:
                    self.refuse("error", both)
            result = v.choose(present, value, result)
        return result


def _unlike(a: Value, b: Value) -> bool:
    """Whether one value is a condition and the other is none."""
    return "null" not in (a.kind.name, b.kind.name) and (a.kind.name == "bool") is not (b.kind.name == "bool")


def _is_word(e: s.Expr) -> bool:
    return isinstance(e, s.Literal) and isinstance(e.value, str)
