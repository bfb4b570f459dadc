"""Queries and statements of sqlglot's syntax tree → `bxc.validate.sql`, read once for each text."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from bxc.validate import sql as s
from bxc.validate.database import MOST_ROWS
from bxc.validate.read import Node, Reader, parts
from bxc.validate.tokens import tokens
from bxc.validate.unnest import unnested
from bxc.validate.unsupported import Unsupported


class QueryReader:
    """Reads the queries of one engine."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.reader = Reader(engine, self.query)

    def statement(self, node: Node) -> s.Statement:
        """A statement that changes rows, or a query."""
        match type(node).__name__:
            case "Insert":
                return self._insert(node)
            case "Update":
                return self._update(node)
            case "Delete":
                return self._delete(node)
            case _:
                return self.query(node)

    def query(self, node: Node) -> s.Query:
        """A query, with its common table expressions."""
        with_ = node.args.get("with_")
        body = self._body(node)
        if with_ is None:
            return body
        commons, recursive = parts(with_, "expressions", "recursive")
        return s.With(tuple(map(self._common, commons)), bool(recursive), body)

    def _body(self, node: Node) -> s.Query:
        match type(node).__name__:
            case "Select":
                return self._select(node)
            case "Union":
                return self._union(node)
            case "Values":
                (rows,) = parts(node, "expressions")
                return s.Values(tuple(self.reader.exprs(parts(row, "expressions")[0]) for row in rows))
            case "Subquery":
                (inner,) = parts(node, "this")
                return self.query(inner)
            case kind:
                raise Unsupported("query", f"{kind}: {node.sql()[:80]}")

    def _union(self, node: Node) -> s.Query:
        """A chain of unions of one sort is one union."""
        right_to_left: list[s.Query] = []
        distinct = bool(node.args.get("distinct"))
        first = True
        while type(node).__name__ == "Union" and bool(node.args.get("distinct")) is distinct:
            if not first and node.args.get("with_"):
                break
            node, right, *_ = parts(node, "this", "expression", "distinct", "with_")
            right_to_left.append(self.query(right))
            first = False
        return s.Union((self.query(node), *reversed(right_to_left)), distinct)

    def _common(self, node: Node) -> s.Common:
        query, alias, _ = parts(node, "this", "alias", "materialized")
        name, columns = self._alias(alias)
        return s.Common(self._in_schema(name, None), columns, self.query(query))

    def _alias(self, node: Node) -> tuple[str, tuple[str, ...] | None]:
        name, columns = parts(node, "this", "columns")
        return self.reader.name(name), tuple(map(self.reader.name, columns)) if columns else None

    # --- select ---

    def _select(self, node: Node) -> s.Query:
        items, from_, joins, where, group, having, qualify, distinct, limit, _ = parts(
            node, "expressions", "from_", "joins", "where", "group", "having", "qualify", "distinct", "limit", "with_"
        )
        (on,) = (None,) if distinct is None else parts(distinct, "on")
        grouped, all_ = (None, None) if group is None else parts(group, "expressions", "all")
        lists = [item for item in items if self._is_list(item)]
        select = s.Select(
            items=tuple(self._item(item) for item in items if item not in lists),
            table=None if from_ is None else self.table(parts(from_, "this")[0]),
            joins=tuple(map(self._join, joins or [])),
            where=self._condition(where),
            group=self.reader.exprs(grouped) if grouped else None,
            group_all=bool(all_),
            having=self._condition(having),
            qualify=self._condition(qualify),
            distinct=distinct is not None and on is None,
            limit_one=self._limit(limit),
            distinct_on=None if on is None else self._distinct_on(on),
        )
        return unnested(self.reader, lists, select) if lists else select

    def _distinct_on(self, node: Node) -> tuple[s.Expr, ...]:
        if self.reader.engine != "postgres" or type(node).__name__ != "Tuple":
            raise Unsupported("distinct", node.sql()[:80])
        return self.reader.exprs(parts(node, "expressions")[0])

    def _is_list(self, node: Node) -> bool:
        """Whether an item of a select is a list that is to become rows."""
        return type(node).__name__ == "Alias" and type(node.args["this"]).__name__ == "Explode"

    def _condition(self, node: Node) -> s.Expr | None:
        return None if node is None else self.reader.expr(parts(node, "this")[0])

    def _limit(self, node: Node) -> bool:
        if node is None:
            return False
        limit = self.reader.expr(parts(node, "expression")[0])
        if isinstance(limit, s.Literal) and isinstance(limit.value, int) and limit.value >= MOST_ROWS:
            return False  # a relation never has so many
        if not isinstance(limit, s.Literal) or limit.value != 1:
            raise Unsupported("limit", node.sql())
        return True

    def _item(self, node: Node) -> s.Item:
        if type(node).__name__ == "Alias":
            expr, alias = parts(node, "this", "alias")
            return s.Item(self.reader.expr(expr), self.reader.name(alias))
        return s.Item(self.reader.expr(node), None)

    def table(self, node: Node) -> s.Table | s.Derived:
        """What stands behind FROM or JOIN."""
        match type(node).__name__:
            case "Table":
                name, alias, schema = parts(node, "this", "alias", "db")
                own = self.reader.name(name)
                table = self._in_schema(own, schema)
                if alias is None:
                    return s.Table(table, own)
                as_, columns = self._alias(alias)
                if columns is not None:
                    raise Unsupported("table", node.sql()[:80])
                return s.Table(table, as_)
            case "Subquery":
                query, alias = parts(node, "this", "alias")
                return self._derived(self.query(query), alias)
            case "Lateral":
                inner, alias, *_ = parts(node, "this", "alias", "view", "outer")
                (query,) = parts(inner, "this")
                made = self._derived(self.query(query), alias)
                return replace(made, lateral=True)
            case "Values":
                rows, alias = parts(node, "expressions", "alias")
                listed = tuple(self.reader.exprs(parts(row, "expressions")[0]) for row in rows)
                return self._derived(s.Values(listed), alias)
            case kind:
                raise Unsupported("table", f"{kind}: {node.sql()[:80]}")

    def _in_schema(self, name: str, schema: Node) -> str:
        """A table's name with `pg_temp.` before it where PostgreSQL does not look for it in `public`."""
        if self.reader.engine != "postgres":
            if schema is not None:
                raise Unsupported("table", f"{name} in a schema")
            return name
        of = None if schema is None else self.reader.name(schema)
        if of not in (None, "public", "pg_temp"):
            raise Unsupported("schema", str(of))
        return name if of == "public" else f"pg_temp.{name}"

    def _derived(self, query: s.Query, alias: Node) -> s.Derived:
        if alias is None:
            return s.Derived(query, None)
        name, columns = self._alias(alias)
        return s.Derived(query, name, columns)

    def _join(self, node: Node) -> s.Join:
        table, side, kind, on = parts(node, "this", "side", "kind", "on")
        word = " ".join(filter(None, (side, kind))).lower() or "inner"
        if word not in ("inner", "cross", "left", "full", "semi", "anti"):
            raise Unsupported("join", word)
        return s.Join(word, self.table(table), None if on is None else self.reader.expr(on))

    # --- statements ---

    def _insert(self, node: Node) -> s.Insert:
        into, query, conflict, alternative, with_ = parts(
            node, "this", "expression", "conflict", "alternative", "with_"
        )
        if alternative is not None and alternative.lower() != "ignore":
            raise Unsupported("insert", f"or {alternative!r}")
        clash, ignore = (None, alternative is not None) if conflict is None else self._conflict(conflict)
        columns = None
        if type(into).__name__ == "Schema":
            into, listed = parts(into, "this", "expressions")
            columns = tuple(map(self.reader.name, listed))
        table = self.table(into)
        assert isinstance(table, s.Table)
        first = None if with_ is None else self._first(with_)
        return s.Insert(table.name, columns, self.query(query), ignore, table.alias, clash, first)

    def _conflict(self, node: Node) -> tuple[s.Conflict | None, bool]:
        """What is done with rows that clash, and whether they are left out whatever they clash in."""
        action, keys, sets, _ = parts(node, "action", "conflict_keys", "expressions", "duplicate")
        does = parts(action, "this")[0].upper()
        if does not in ("DO NOTHING", "DO UPDATE") or (does == "DO UPDATE") is not bool(sets and keys):
            raise Unsupported("insert", node.sql()[:80])
        if not keys:
            return None, True
        columns = []
        for key in keys:
            (column, _) = parts(key, "this", "nulls_first")
            read = self.reader.expr(column)
            if self.reader.engine != "postgres" or not isinstance(read, s.Name) or read.qualifier is not None:
                raise Unsupported("insert", node.sql()[:80])
            columns.append(read.name)
        return s.Conflict(tuple(columns), self._sets(sets) if sets else None), False

    def _first(self, node: Node) -> tuple[str, s.Delete]:
        """`with … as (delete … returning 1)` before an INSERT."""
        commons, recursive = parts(node, "expressions", "recursive")
        if self.reader.engine != "postgres" or recursive or len(commons) != 1:
            raise Unsupported("insert", node.sql()[:80])
        statement, alias = parts(commons[0], "this", "alias")
        name, columns = self._alias(alias)
        if type(statement).__name__ != "Delete" or columns is not None:
            raise Unsupported("insert", node.sql()[:80])
        returned, _ = parts(statement.args.get("returning"), "expressions", "into")
        value = self.reader.expr(returned[0])
        if len(returned) != 1 or not isinstance(value, s.Literal) or value.value != 1:
            raise Unsupported("delete", statement.sql()[:80])
        return self._in_schema(name, None), self._delete(statement, returning=True)

    def _update(self, node: Node) -> s.Update:
        target, sets, from_, where = parts(node, "this", "expressions", "from_", "where")
        table = self.table(target)
        assert isinstance(table, s.Table)
        source = None if from_ is None else self.table(parts(from_, "this")[0])
        return s.Update(table, self._sets(sets), source, self._condition(where))

    def _sets(self, sets: list[Node]) -> tuple[tuple[str, s.Expr], ...]:
        read = []
        for item in sets:
            column, value = parts(item, "this", "expression")
            name = self.reader.expr(column)
            if type(item).__name__ != "EQ" or not isinstance(name, s.Name) or name.qualifier is not None:
                raise Unsupported("update", item.sql()[:80])
            read.append((name.name, self.reader.expr(value)))
        return tuple(read)

    def _delete(self, node: Node, *, returning: bool = False) -> s.Delete:
        names = ("this", "using", "where", *(("returning",) if returning else ()))
        target, using, where, *_ = parts(node, *names)
        table = self.table(target)
        assert isinstance(table, s.Table)
        if using and len(using) != 1:
            raise Unsupported("delete", node.sql()[:80])
        return s.Delete(table, self.table(using[0]) if using else None, self._condition(where))


def _tree(engine: str, text: str) -> Node:
    """Sqlglot's tree of one statement."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        return sqlglot.parse_one(text, dialect=engine)
    except SqlglotError:
        pass
    try:
        return sqlglot.parse_one(_quoted(text), dialect=engine)
    except SqlglotError as error:
        raise Unsupported("statement", f"{text[:80]} ({str(error).splitlines()[0]})") from error


def _quoted(text: str) -> str:
    """The text with those names quoted that the engine takes for names, and sqlglot for the start of a statement."""
    listed = tokens(text)
    parts_: list[str] = []
    end = 0
    for before, token, after in zip(listed[:-1], listed[1:], [*listed[2:], None], strict=True):
        begins = before.is_("on", "do") or (after is not None and after.is_("into", "from"))
        if token.is_("insert", "delete") and not begins:
            parts_ += [text[end : token.start], f'"{token.text}"']
            end = token.end
    return "".join([*parts_, text[end:]])


@lru_cache(maxsize=8192)
def read_statement(engine: str, text: str) -> s.Statement:
    """A statement that changes rows, or a query, without a semicolon."""
    return QueryReader(engine).statement(_tree(engine, text))


@lru_cache(maxsize=8192)
def read_query(engine: str, text: str) -> s.Query:
    """A query, without a semicolon."""
    return QueryReader(engine).query(_tree(engine, text))


@lru_cache(maxsize=8192)
def read_expression(engine: str, text: str) -> s.Expr:
    """One expression."""
    query = read_query(engine, f"select {text}")
    if not isinstance(query, s.Select) or len(query.items) != 1:
        raise Unsupported("expression", text[:80])
    return query.items[0].expr
