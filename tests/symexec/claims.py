"""Laws of one view as claims about its emitted SQL over symbolic rows: what the evaluator is for, end to end.

A claim holds if ``given`` implies ``shown``. It is about sources of at most so many rows as are asked for, all legal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bxc.laws.term import TRUE, Term, all_, and_, any_, const, eq, implies, lt, not_, or_
from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.constraints import refuse_row
from bxc.validate.database import Database, State
from bxc.validate.queries import Queries
from bxc.validate.run import Result, query, run
from bxc.validate.scope import Row
from bxc.validate.values import Value
from symexec.symbols import symbolic_row

Dependency = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Emitted:
    """The files of one view on one engine. ``dependencies``: what determines what in the source, by its columns."""

    engine: str
    install: tuple[str, ...]
    source: str
    view: str
    get: str
    put: str
    dependencies: tuple[Dependency, ...] = ()


@dataclass(frozen=True)
class Claim:
    """``doubt`` as in `Result`: it must not follow from what is given either."""

    given: Term
    shown: Term
    doubt: Term


def legal(database: Database, table: str, dependencies: Sequence[Dependency]) -> Term:
    """When the rows of a table obey its constraints and the dependencies."""
    definition = database.tables[s.fold(table)]
    rows = database.content(table)
    order = [c.name for c in definition.columns]
    facts: list[Term] = [in_range(rows)]
    for present, cells in rows:
        state = State.of(database)
        refuse_row(Queries(state).expressions, definition, cells, present)
        facts.append(not_(or_(*state.refused.values())))
        if definition.rowid is not None:
            facts.append(implies(present, not_(cells[order.index(definition.rowid)].null)))
    for n, (present, cells) in enumerate(rows):
        for other, more in rows[:n]:
            both = and_(present, other)
            for key in definition.keys:
                at = [order.index(name) for name in key]
                facts.append(implies(both, not_(v.conjunction([v.equal(cells[i], more[i]) for i in at]).term)))
            for left, right in dependencies:
                facts.append(implies(and_(both, agree(order, cells, more, left)), agree(order, cells, more, right)))
    return all_(facts)


def agree(order: Sequence[str], a: Sequence[Value], b: Sequence[Value], names: Sequence[str]) -> Term:
    """Whether two rows are the same in some columns."""
    at = [order.index(s.fold(name)) for name in names]
    return v.identical_rows([a[i] for i in at], [b[i] for i in at])


def in_range(rows: Sequence[Row]) -> Term:
    """Whether integers have 64 bits and texts are such as begin without U+0000 (the solver knows only their order)."""
    facts = []
    for _, cells in rows:
        for cell in cells:
            if cell.kind == k.INT64:
                inside = and_(not_(lt(cell.term, const(-(2**63)))), not_(lt(const(2**63 - 1), cell.term)))
                facts.append(or_(cell.null, inside))
            elif cell.kind == k.TEXT:
                empty, low = const(""), const("\x01")
                facts.append(or_(eq(cell.term, empty), not_(lt(cell.term, low))))
    return all_(facts)


def same_rows(a: Sequence[Row], b: Sequence[Row]) -> Term:
    """Whether two relations without equal rows hold the same."""
    return and_(within(a, b), within(b, a))


def within(a: Sequence[Row], b: Sequence[Row]) -> Term:
    """Whether all rows of one relation are in the other."""
    return all_(
        implies(present, any_(and_(other, v.identical_rows(cells, more)) for other, more in b)) for present, cells in a
    )


def start(emitted: Emitted, rows: int) -> Database:
    """The installed database with a symbolic source."""
    database = Database(emitted.engine)
    for script in emitted.install:
        result = run(database, script)
        assert result.accepted is TRUE
        database = result.database
    return database.with_rows(emitted.source, symbolic(database, emitted.source, rows))


def symbolic(database: Database, table: str, count: int) -> list[Row]:
    return [symbolic_row(database, table, f"{table}{n}") for n in range(count)]


def put(emitted: Emitted, database: Database, content: Sequence[Row]) -> Result:
    return run(database.with_rows(f"bxc_new_{emitted.view}", content), emitted.put)


def get_put(emitted: Emitted, rows: int) -> Claim:
    """A whole put of what get gives is accepted and leaves the source as it was."""
    database = start(emitted, rows)
    result = put(emitted, database, query(database, emitted.get).rows)
    kept = same_rows(database.content(emitted.source), result.database.content(emitted.source))
    given = legal(database, emitted.source, emitted.dependencies)
    return Claim(given, and_(result.accepted, kept), result.doubt)


def put_get(emitted: Emitted, rows: int, staged: int) -> Claim:
    """A whole put that is accepted makes get give what was put."""
    database = start(emitted, rows)
    content = symbolic(database, f"bxc_new_{emitted.view}", staged)
    result = put(emitted, database, content)
    given = and_(legal(database, emitted.source, emitted.dependencies), in_range(content), result.accepted)
    return Claim(given, same_rows(query(result.database, emitted.get).rows, content), result.doubt)


def hidden_kept(emitted: Emitted, rows: int, staged: int, key: Sequence[str], hidden: Sequence[str]) -> Claim:
    """A row whose key is there before and after an accepted whole put keeps the columns that the view hides."""
    database = start(emitted, rows)
    content = symbolic(database, f"bxc_new_{emitted.view}", staged)
    result = put(emitted, database, content)
    given = and_(legal(database, emitted.source, emitted.dependencies), in_range(content), result.accepted)
    order = [c.name for c in database.columns(emitted.source)]
    shown = all_(
        implies(and_(present, other, agree(order, cells, more, key)), agree(order, cells, more, hidden))
        for present, cells in database.content(emitted.source)
        for other, more in result.database.content(emitted.source)
    )
    return Claim(given, shown, result.doubt)
