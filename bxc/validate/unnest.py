"""DuckDB's `unnest` of a list of conditional structs: a row for each element, as a union of selects.

Of a struct in a column, each field is a column of its own, and the column itself is true where there is a struct, else
NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bxc.validate import sql as s
from bxc.validate.read import Node, Reader, parts
from bxc.validate.unsupported import Unsupported

Fields = dict[str, s.Expr]


def field_column(column: str, field: str) -> str:
    """The name of the column that holds a field of a struct; no name in SQL has U+0000."""
    return f"{column}\0{field}"


def unnested(reader: Reader, lists: Sequence[Node], select: s.Select) -> s.Query:
    """A select of these items and of one list."""
    grouped = select.group or select.group_all or select.having or select.qualify
    if len(lists) != 1 or grouped or select.distinct or select.limit_one:
        raise Unsupported("unnest", "beside another one, or in groups")
    expr, alias = parts(lists[0], "this", "alias")
    (array,) = parts(expr, "this")
    if type(array).__name__ != "Array":
        raise Unsupported("unnest", array.sql()[:80])
    elements, _ = parts(array, "expressions", "value_constructor")
    name = reader.name(alias)
    return s.Union(tuple(_of_element(reader, element, name, select) for element in elements), False)


def _of_element(reader: Reader, node: Node, name: str, select: s.Select) -> s.Select:
    """The rows of one element: `case when … then {'field': …} end`."""
    if type(node).__name__ != "Case":
        raise Unsupported("unnest", node.sql()[:80])
    (ifs,) = parts(node, "ifs")
    tests: list[s.Expr] = []
    structs: list[Fields] = []
    for when in ifs:
        test, then = parts(when, "this", "true")
        tests.append(reader.expr(test))
        structs.append(_struct(reader, then))
    if any(list(x) != list(structs[0]) for x in structs):
        raise Unsupported("unnest", "structs of different fields")
    there = s.Case(None, tuple((test, s.Literal(True)) for test in tests), None)
    items = [s.Item(there, name)]
    for field in structs[0]:
        held = tuple((test, x[field]) for test, x in zip(tests, structs, strict=True))
        items.append(s.Item(s.Case(None, held, None), field_column(name, field)))
    return replace(select, items=(*select.items, *items))


def _struct(reader: Reader, node: Node) -> Fields:
    if type(node).__name__ != "Struct":
        raise Unsupported("unnest", node.sql()[:80])
    found: Fields = {}
    for item in parts(node, "expressions")[0]:
        field, value = parts(item, "this", "expression")
        found[reader.name(field)] = reader.expr(value)
    return found
