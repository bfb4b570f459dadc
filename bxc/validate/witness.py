"""A refuted law of statements → its witness: small tables before, what is staged, what should come of it and what does.

It is told after it has happened on the engine (`play`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from bxc import types
from bxc.codegen.sql.files import view_path
from bxc.laws.put_rows import Staged
from bxc.laws.shrink import smallest
from bxc.laws.solver import Model, Solver
from bxc.laws.story import ground_row, ground_rows, source_columns, view_columns
from bxc.laws.table import Table as Symbolic
from bxc.laws.table import get
from bxc.laws.term import Term
from bxc.laws.value import Val
from bxc.laws.verdict import Law
from bxc.validate.law_cases import Done, Question
from bxc.validate.law_listed import violations
from bxc.validate.law_setting import Case, Setting, quoted
from bxc.validate.play import Ground, differs, played, query_differs
from bxc.validate.run import query
from bxc.witness import Column, Row, Table, Witness

Columns = tuple[tuple[str, types.Type], ...]


def small_model(solver: Solver, setting: Setting, question: Question, asked: Sequence[Term], model: Model) -> Model:
    """A counterexample of few rows and plain values."""
    marks = [s.present for s in question.staged] + [m.present for rows in setting.world.values() for m in rows]
    return smallest(solver, asked, model, marks, tuple(_values(setting, question)))


def _values(setting: Setting, question: Question) -> Iterator[tuple[Val, types.Type]]:
    view = setting.view
    for s in question.staged:
        for row in (s.old, s.new):
            yield from ((row[c.name], c.type) for c in view.columns if row is not None and c.name in row)
    for name, rows in setting.world.items():
        of = source_columns(setting.end.peer.source(name).source)
        yield from ((m.row[n], type_) for m in rows for n, type_ in of)


# --- replay -----------------------------------------------------------------------------------------------------------


def not_reproduced(setting: Setting, question: Question, case: Case, model: Model) -> str | None:
    """What the engine does otherwise than was foretold; None if it happens so.

    What SQL leaves open is not foretold: the engine may do it or not.
    """
    if case.law is Law.DETERMINISTIC:
        return None
    view, ground = setting.view, Ground(model)
    install = [setting.files[path] for path in ("schema.sql", view_path(view.name))]
    done = question.done
    if done is None or case.what.startswith("lists"):
        database = setting.database if done is None else done.staged
        texts = [setting.files[view_path(view.name, "get")], f"select * from {quoted(view.name)}"]
        texts = texts if done is None else [violations(view)]
        for text in texts:
            rows = query(database, text).rows
            play = partial(query_differs, setting.engine, install, text, database, rows, ground)
            if found := played("the query", play):
                return found
        return None
    script = setting.files[view_path(view.name, done.action)]
    return played("the put", partial(differs, setting.engine, install, script, done.before, done.result, ground))


# --- what is shown ----------------------------------------------------------------------------------------------------


def witness(setting: Setting, question: Question, case: Case, model: Model) -> Witness:
    """The tables of a counterexample, and one sentence of what is wrong."""
    tables = [*_sources(setting, setting.world, model, "as it was")]
    if question.done is None:
        tables.append(_relation(setting, get(setting.view, setting.rows), model))
        outcome = f"On {setting.engine}, the SQL of {setting.view.name} {case.what}."
        return Witness(tuple(t for t in tables if t.rows), outcome, None)
    tables += _staged(setting, question, model)
    done, ground = question.done, Ground(model)
    code = ground.code(done.result)
    does = "accepts it" if code is None else f"refuses it with {code}"
    if code in ("error", "constraint"):
        does = "fails with an error of the engine"
    expected, should = _expected(setting, done, model)
    if expected is not None:
        tables.append(expected)
    if code is None:
        source = setting.view.source
        tables += _sources(setting, {source: setting.after(done.result)[source]}, model, "as the SQL leaves it")
    outcome = f"The put {should}; on {setting.engine} the SQL {does}: it {case.what}."
    return Witness(tuple(t for t in tables if t.rows), outcome, None)


def _expected(setting: Setting, done: Done, model: Model) -> tuple[Table | None, str]:
    """What the put should leave, and how it should end."""
    if done.effect is None:
        return None, "of what get gives should change nothing"
    codes = sorted({r.code for r in done.effect.refusals if model.of(r.term)})
    if codes:
        return None, f"should be refused with {codes[0]}"
    (table,) = _sources(setting, {setting.view.source: done.effect.after}, model, "as it should be")
    return table, "should be accepted"


def _sources(setting: Setting, world: dict[str, Symbolic], model: Model, when: str) -> list[Table]:
    found = []
    for name, rows in world.items():
        columns = source_columns(setting.end.peer.source(name).source)
        found.append(_table(f"{name}, {when}", columns, ground_rows(model, rows, columns)))
    return found


def _relation(setting: Setting, rows: Symbolic, model: Model) -> Table:
    columns = view_columns(setting.end)
    return _table(f"{setting.view.name}, as it should be", columns, ground_rows(model, rows, columns))


def _staged(setting: Setting, question: Question, model: Model) -> list[Table]:
    view = setting.view
    columns = view_columns(setting.end)
    there = [s for s in question.staged if model.of(s.present)]
    if all(s.operation == "content" for s in question.staged):
        rows = [ground_row(model, s.new, columns) for s in there if s.new is not None]
        return [_table(f"{view.name}, staged content", columns, tuple(rows))]
    of = dict(columns)
    key = tuple((n, of[n]) for n in view.key)
    operation: Columns = (("bxc_op", types.Text()),)
    shown = (*operation, *((f"bxc_old_{n}", type_) for n, type_ in key), *columns)
    return [_table(f"{view.name}, staged delta", shown, tuple(_edit(model, s, key, columns) for s in there))]


def _edit(model: Model, s: Staged, key: Columns, columns: Columns) -> Row:
    old = (None,) * len(key) if s.old is None else ground_row(model, s.old, key)
    new = (None,) * len(columns) if s.new is None else ground_row(model, s.new, columns)
    return (s.operation, *old, *new)


def _table(title: str, columns: Columns, rows: tuple[Row, ...]) -> Table:
    return Table(title, tuple(Column(*c) for c in columns), rows)
