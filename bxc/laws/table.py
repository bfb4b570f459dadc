"""Bounded tables of symbolic rows, and what makes the sources of a peer legal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from bxc import model
from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.term import FALSE, TRUE, Term
from bxc.laws.value import Row, Val, domain, equal, plain, same, sort_of, truth
from bxc.plan import ViewPlan


@dataclass(frozen=True, slots=True)
class Maybe:
    """A row that is there where ``present`` is true."""

    present: Term
    row: Row


Table = tuple[Maybe, ...]
World = dict[str, Table]
"""The tables of a peer's sources, by name."""


def symbolic_row(source: model.Source, label: str, relevant: frozenset[str]) -> dict[str, Val]:
    """A row of variables; columns that are not relevant hold one plain value in all rows."""
    row: dict[str, Val] = {}
    for column in source.columns:
        if column.name not in relevant:
            row[column.name] = Val(FALSE, t.const(plain(column.type)))
            continue
        name = f"{label}.{column.name}"
        is_null = t.var(f"{name}?", t.Sort.BOOL) if column.nullable else FALSE
        row[column.name] = Val(is_null, t.var(name, sort_of(column.type)))
    return row


def typed(source: model.Source, row: Row) -> Iterator[Term]:
    """What makes the values of a row values of their types (NULLs are what the row says)."""
    for column in source.columns:
        held = row[column.name]
        if not held.term.is_const:
            yield t.or_(held.null, domain(held.term, column.type))
        if not column.nullable:
            yield t.not_(held.null)


def row_legal(source: model.Source, row: Row) -> Term:
    """Types, NOT NULL and CHECKs."""
    return t.and_(*typed(source, row), *(t.not_(truth(c.condition, row).false) for c in source.checks))


def keys(source: model.Source) -> Iterator[tuple[str, ...]]:
    """The primary key and the UNIQUE keys."""
    yield source.primary_key
    for unique in source.uniques:
        yield unique.columns


def clash(columns: Sequence[str], a: Row, b: Row) -> Term:
    """Whether two rows are equal in a key (NULLs are equal to nothing)."""
    return t.all_(equal(a[c], b[c]) for c in columns)


def disagree(dependency: model.Dependency, a: Row, b: Row) -> Term:
    """Whether two rows break a functional dependency (NULLs on its left count as equal)."""
    agree = t.all_(same(a[c], b[c]) for c in dependency.left)
    return t.and_(agree, t.any_(t.not_(same(a[c], b[c])) for c in dependency.right))


def pair_legal(source: model.Source, a: Row, b: Row) -> Term:
    """Keys and functional dependencies, for two different rows."""
    return t.and_(
        *(t.not_(clash(columns, a, b)) for columns in keys(source)),
        *(t.not_(disagree(d, a, b)) for d in source.dependencies),
    )


def identical(source: model.Source, a: Row, b: Row) -> Term:
    """Whether two rows are one: the same in every column."""
    return t.all_(same(a[c.name], b[c.name]) for c in source.columns)


def table_legal(source: model.Source, table: Table, *, repeats: bool = False) -> Term:
    """All of a source's constraints but foreign keys. With ``repeats`` one row may stand there more than once."""
    parts = [t.implies(m.present, row_legal(source, m.row)) for m in table]
    for a, b in combinations(table, 2):
        apart = pair_legal(source, a.row, b.row)
        if repeats:
            apart = t.or_(identical(source, a.row, b.row), apart)
        parts.append(t.implies(t.and_(a.present, b.present), apart))
    return t.all_(parts)


def references_kept(key: model.ForeignKey, table: Table, target: Table) -> Term:
    """Whether each row's reference finds its row."""
    return t.all_(
        t.implies(
            t.and_(m.present, t.not_(m.row[key.column].null)),
            t.any_(t.and_(r.present, equal(m.row[key.column], r.row[key.target_column])) for r in target),
        )
        for m in table
    )


# --- views ----------------------------------------------------------------------------------------------------------


def visible(view: ViewPlan, row: Row) -> Term:
    """Whether a source row is one of the view's."""
    return TRUE if view.predicate is None else truth(view.predicate, row).true


def shown(view: ViewPlan, row: Row) -> dict[str, Val]:
    """The view row of a source row."""
    from bxc.laws.value import value

    return {c.name: row[c.source] if c.source is not None else value(c.value, row) for c in view.columns}


def get(view: ViewPlan, table: Table) -> Table:
    """The view's content; in a grouped view the rows of one group repeat."""
    return tuple(Maybe(t.and_(m.present, visible(view, m.row)), shown(view, m.row)) for m in table)


def rows_same(names: Iterable[str], a: Row, b: Row) -> Term:
    """Whether two rows agree in some columns, NULLs included."""
    return t.all_(same(a[name], b[name]) for name in names)


def contains(table: Table, row: Row, names: Sequence[str]) -> Term:
    """Whether a table has a row that agrees in some columns."""
    return t.any_(t.and_(m.present, rows_same(names, m.row, row)) for m in table)


def contents_same(names: Sequence[str], a: Table, b: Table) -> Term:
    """Whether two tables hold the same set of rows, in some columns."""
    return t.and_(
        *(t.implies(m.present, contains(b, m.row, names)) for m in a),
        *(t.implies(m.present, contains(a, m.row, names)) for m in b),
    )
