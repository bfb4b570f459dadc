"""Expressions of sqlglot's syntax tree → `bxc.validate.sql`; what is not known, or has a part not known, is refused.

Every part that sqlglot sets is asked for by `parts`, so a clause that nobody reads cannot be passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate.unsupported import Invalid, Unsupported

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

Node = Any  # sqlglot's trees hold what they like; `parts` tells what is there


def parts(node: Expression, *names: str) -> list[Node]:
    """The parts of a node by name; refused if it has others."""
    extra = [name for name, part in node.args.items() if name not in names and part not in (None, [], False, "")]
    if extra:
        raise Unsupported(type(node).__name__, f"{', '.join(extra)} in {node.sql()[:80]}")
    return [node.args.get(name) for name in names]


class Reader:
    """Reads the expressions of one engine; queries inside are read by ``query``."""

    def __init__(self, engine: str, query: Callable[[Node], s.Query]) -> None:
        self.engine = engine
        self.query = query

    def expr(self, node: Node) -> s.Expr:
        """An expression."""
        kind = type(node).__name__
        if kind in _OPERATORS:
            left, right, _, negated = parts(node, "this", "expression", "safe", "negate")
            if negated and kind == "Is":
                return s.Call("is not", (self.expr(left), self.expr(right)))
            if kind == "EQ" and (arrays := self._arrays(left, right)) is not None:
                return arrays
            return s.Call(_OPERATORS[kind], (self.expr(left), self.expr(right)))
        if kind in _FUNCTIONS:
            (operand,) = parts(node, "this")
            return s.Call(_FUNCTIONS[kind], (self.expr(operand),))
        if kind in _AGGREGATES:
            return self._aggregate(node, _AGGREGATES[kind])
        read = _READ.get(kind)
        if read is None:
            raise Unsupported("expression", f"{kind}: {node.sql()[:80]}")
        return read(self, node)

    def exprs(self, nodes: list[Node]) -> tuple[s.Expr, ...]:
        return tuple(map(self.expr, nodes))

    def name(self, node: Node) -> str:
        """An identifier, folded."""
        if type(node).__name__ != "Identifier":
            raise Unsupported("name", str(node))
        name, *_ = parts(node, "this", "quoted")
        return s.fold(name)

    def _arrays(self, left: Node, right: Node) -> s.Expr | None:
        """PostgreSQL compares the elements of arrays so that NULL is equal to NULL."""
        if self.engine != "postgres" or {type(left).__name__, type(right).__name__} != {"Array"}:
            return None
        both = [parts(node, "expressions", "value_constructor")[0] for node in (left, right)]
        if [len(elements) for elements in both] != [1, 1]:
            raise Unsupported("array", left.sql()[:80])
        return s.Call("is", (self.expr(both[0][0]), self.expr(both[1][0])))

    # --- leaves ---

    def _paren(self, node: Node) -> s.Expr:
        (inner,) = parts(node, "this")
        return self.expr(inner)

    def _column(self, node: Node) -> s.Expr:
        name, table = parts(node, "this", "table")
        qualifier = None if table is None else self.name(table)
        return s.Star(qualifier) if type(name).__name__ == "Star" else s.Name(qualifier, self.name(name))

    def _star(self, node: Node) -> s.Expr:
        parts(node)
        return s.Star(None)

    def _literal(self, node: Node) -> s.Expr:
        text, is_string = parts(node, "this", "is_string")
        if is_string:
            return s.Literal(text)
        return s.Literal(int(text) if text.isdecimal() else float(text), text)

    def _boolean(self, node: Node) -> s.Expr:
        (value,) = parts(node, "this")
        return s.Literal(bool(value))

    def _null(self, node: Node) -> s.Expr:
        parts(node)
        return s.Literal(None)

    def _hex(self, node: Node) -> s.Expr:
        (digits,) = parts(node, "this")
        return s.Literal(bytes.fromhex(digits or ""))

    # --- operators ---

    def _between(self, node: Node) -> s.Expr:
        operand, low, high = parts(node, "this", "low", "high")
        it = self.expr(operand)
        return s.Call("and", (s.Call(">=", (it, self.expr(low))), s.Call("<=", (it, self.expr(high)))))

    def _in(self, node: Node) -> s.Expr:
        operand, items, query = parts(node, "this", "expressions", "query")
        if query is None:
            return s.Call("in", (self.expr(operand), *self.exprs(items)))
        it, rows = self.expr(operand), self._inner(query)
        if self.engine == "duckdb" and isinstance(it, s.RowValue) and isinstance(rows, s.Select):
            item = rows.items[0].expr
            if len(rows.items) == 1 and isinstance(item, s.RowValue):
                return s.InQuery(it, replace(rows, items=tuple(s.Item(part, None) for part in item.items)), struct=True)
        return s.InQuery(it, rows)

    def _inner(self, node: Node) -> s.Query:
        """The query of a subquery without a name."""
        if type(node).__name__ == "Subquery":
            (node,) = parts(node, "this")
        return self.query(node)

    def _exists(self, node: Node) -> s.Expr:
        (query,) = parts(node, "this")
        return s.Exists(self._inner(query))

    def _subquery(self, node: Node) -> s.Expr:
        return s.Scalar(self._inner(node))

    def _tuple(self, node: Node) -> s.Expr:
        (items,) = parts(node, "expressions")
        return s.RowValue(self.exprs(items))

    def _if(self, node: Node) -> s.Expr:
        test, then, otherwise = parts(node, "this", "true", "false")
        return s.Case(None, ((self.expr(test), self.expr(then)),), None if otherwise is None else self.expr(otherwise))

    def _case(self, node: Node) -> s.Expr:
        operand, ifs, default = parts(node, "this", "ifs", "default")
        whens = []
        for when in ifs:
            test, then = parts(when, "this", "true")
            whens.append((self.expr(test), self.expr(then)))
        first = None if operand is None else self.expr(operand)
        return s.Case(first, tuple(whens), None if default is None else self.expr(default))

    def _cast(self, node: Node) -> s.Expr:
        operand, to, _ = parts(node, "this", "to", "_type")
        return s.Cast(self.expr(operand), self.kind(to))

    def kind(self, node: Node) -> k.Kind:
        """The kind that a type in a cast means."""
        type_, nested, sizes = parts(node, "this", "nested", "expressions")
        name = type_.name
        if name == "DECIMAL" and self.engine == "postgres" and not sizes:
            return k.NUMERIC
        if name == "DECIMAL" and self.engine in ("duckdb", "postgres") and len(sizes) == 2:
            width, scale = (int(parts(size, "this")[0].args["this"]) for size in sizes)
            if not scale <= width <= k.MOST_DIGITS:
                raise Invalid("cast", node.sql())
            return k.Kind("decimal", width, scale)
        found = _CASTS[self.engine].get(name)
        if found is None or nested or sizes:
            raise Unsupported("cast", node.sql())
        return found

    # --- functions ---

    def _coalesce(self, node: Node) -> s.Expr:
        first, rest = parts(node, "this", "expressions")
        return s.Call("coalesce", self.exprs([first, *rest]))

    def _greatest(self, node: Node) -> s.Expr:
        first, rest, ignored = parts(node, "this", "expressions", "ignore_nulls")
        if bool(ignored) is (self.engine == "sqlite"):
            raise Unsupported("greatest", node.sql()[:80])
        return s.Call("greatest", self.exprs([first, *rest]))

    def _anonymous(self, node: Node) -> s.Expr:
        name, args = parts(node, "this", "expressions")
        if not isinstance(name, str):
            raise Unsupported("function", node.sql()[:80])
        function = name.lower()
        if function == "raise":
            action, message = args
            if self.engine != "sqlite" or not self._is_word(action, "abort"):
                raise Unsupported("raise", node.sql()[:80])
            return s.Call("error", (self.expr(message),))
        return s.Call(function, self.exprs(args or []))

    def _own(self, node: Node) -> s.Expr:
        """A call of a function of ours: `public.name(…)`."""
        schema, call = parts(node, "this", "expression")
        if self.engine != "postgres" or type(call).__name__ != "Anonymous" or self.name(schema) != "public":
            raise Unsupported("expression", node.sql()[:80])
        name, args = parts(call, "this", "expressions")
        return s.Call(f"public.{s.fold(name) if isinstance(name, str) else self.name(name)}", self.exprs(args or []))

    def _round(self, node: Node) -> s.Expr:
        operand, digits = parts(node, "this", "decimals")
        return s.Call("round", self.exprs([operand, digits]))

    def _is_word(self, node: Node, word: str) -> bool:
        return type(node).__name__ == "Column" and self._column_is(node, word)

    def _column_is(self, node: Node, word: str) -> bool:
        read = self._column(node)
        return isinstance(read, s.Name) and read.qualifier is None and read.name == word

    def _chr(self, node: Node) -> s.Expr:
        (codes,) = parts(node, "expressions")
        return s.Call("chr", self.exprs(codes))

    def _substring(self, node: Node) -> s.Expr:
        operand, start, length = parts(node, "this", "start", "length")
        return s.Call("substr", self.exprs([operand, start] if length is None else [operand, start, length]))

    def _replace(self, node: Node) -> s.Expr:
        return s.Call("replace", self.exprs(parts(node, "this", "expression", "replacement")))

    def _position(self, node: Node) -> s.Expr:
        return s.Call("instr", self.exprs(parts(node, "this", "substr")))

    def _no_args(self, node: Node) -> s.Expr:
        parts(node)
        return s.Call({"Rand": "random", "Uuid": "uuid"}[type(node).__name__], ())

    # --- aggregates and windows ---

    def _aggregate(self, node: Node, function: str) -> s.Expr:
        operand, _ = parts(node, "this", "big_int")
        if type(operand).__name__ == "Star":
            parts(operand)
            return s.Aggregate(function, None)
        if type(operand).__name__ == "Distinct":
            (counted,) = parts(operand, "expressions")
            if function != "count" or len(counted) != 1:
                raise Unsupported("aggregate", node.sql()[:80])
            return s.Aggregate(function, self.expr(counted[0]), distinct=True)
        return s.Aggregate(function, self.expr(operand))

    def _window(self, node: Node) -> s.Expr:
        function, partition, order, _ = parts(node, "this", "partition_by", "order", "over")
        match type(function).__name__:
            case "RowNumber":
                parts(function)
                name = "row_number"
            case "Count":
                counted = self._aggregate(function, "count")
                if order is not None or not isinstance(counted, s.Aggregate) or counted.operand is not None:
                    raise Unsupported("window", node.sql()[:80])
                name = "count"
            case _:
                raise Unsupported("window", node.sql()[:80])
        orderings = [] if order is None else [self._ordering(item) for item in parts(order, "expressions")[0]]
        return s.Window(name, self.exprs(partition or []), tuple(orderings))

    def _ordering(self, node: Node) -> s.Ordering:
        operand, descending, nulls_first = parts(node, "this", "desc", "nulls_first")
        return s.Ordering(self.expr(operand), bool(descending), bool(nulls_first))


_OPERATORS = {
    "EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "And": "and", "Or": "or",
    "NullSafeEQ": "is", "NullSafeNEQ": "is not", "Is": "is", "Add": "+", "Sub": "-", "Mul": "*", "Mod": "%",
    "DPipe": "||", "Glob": "glob", "BitwiseAnd": "&", "StartsWith": "starts_with", "Contains": "contains",
}  # fmt: skip
_FUNCTIONS = {
    "Not": "not", "Neg": "neg", "Abs": "abs", "Length": "length", "Lower": "lower", "Hex": "hex", "Try": "try",
}  # fmt: skip
_AGGREGATES = {"Count": "count", "Min": "min", "Max": "max", "LogicalOr": "bool_or", "First": "first"}
_CASTS = {
    "sqlite": {"VARBINARY": k.BYTES, "BLOB": k.BYTES},
    "duckdb": {
        "BIGINT": k.INT64, "INT128": k.INT128, "TEXT": k.TEXT, "VARCHAR": k.TEXT, "BOOLEAN": k.BOOL, "DATE": k.DATE,
        "TIMESTAMP": k.TIMESTAMP, "TIMESTAMPNTZ": k.TIMESTAMP, "UUID": k.UUID, "VARBINARY": k.BYTES, "BLOB": k.BYTES,
        "DOUBLE": k.REAL,
    },
    "postgres": {
        "BIGINT": k.INT64, "INT": k.INT32, "TEXT": k.TEXT, "BOOLEAN": k.BOOL, "DATE": k.DATE,
        "TIMESTAMP": k.TIMESTAMP, "UUID": k.UUID, "VARBINARY": k.BYTES, "DOUBLE": k.REAL,
    },
}  # fmt: skip
_READ: dict[str, Callable[[Reader, Node], s.Expr]] = {
    "Paren": Reader._paren,
    "Column": Reader._column,
    "Star": Reader._star,
    "Literal": Reader._literal,
    "Boolean": Reader._boolean,
    "Null": Reader._null,
    "HexString": Reader._hex,
    "Between": Reader._between,
    "In": Reader._in,
    "Exists": Reader._exists,
    "Subquery": Reader._subquery,
    "Tuple": Reader._tuple,
    "If": Reader._if,
    "Case": Reader._case,
    "Cast": Reader._cast,
    "Coalesce": Reader._coalesce,
    "Greatest": Reader._greatest,
    "Anonymous": Reader._anonymous,
    "Chr": Reader._chr,
    "Substring": Reader._substring,
    "Replace": Reader._replace,
    "StrPosition": Reader._position,
    "Rand": Reader._no_args,
    "Uuid": Reader._no_args,
    "Dot": Reader._own,
    "Round": Reader._round,
    "Window": Reader._window,
}
