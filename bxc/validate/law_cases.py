"""What may go wrong with the emitted statements of a view, as terms: each law for each kind of put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from bxc.codegen.sql.files import view_path
from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.put_rows import Effect, Staged, put_content, put_rows
from bxc.laws.table import Maybe, Table, clash, contents_same, disagree, get, keys, references_kept, rows_same
from bxc.laws.term import FALSE, TRUE, Term
from bxc.laws.value import Val, choose, null, truth
from bxc.laws.verdict import Law
from bxc.validate.database import Database
from bxc.validate.law_listed import CODES, listed
from bxc.validate.law_setting import Case, Setting, quoted
from bxc.validate.law_state import captured, edit, surrounded, upset
from bxc.validate.run import Result


@dataclass(frozen=True, slots=True)
class Done:
    """A put: what was staged, the database that it ran on, what the SQL does and what the plan says (None: nothing)."""

    action: str
    staged: Database
    before: Database
    result: Result
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class Question:
    """All cases of one kind of put. ``accepted`` and ``refused``: when it is, by the plan; None where it never should.

    ``rows`` are what is staged, for a witness.
    """

    what: str
    laws: tuple[Law, ...]
    cases: tuple[Case, ...]
    accepted: Term
    refused: Term
    staged: tuple[Staged, ...] = ()
    done: Done | None = None


OF_PUTS = (
    Law.PUT_TOTAL,
    Law.PUT_GET,
    Law.HIDDEN_KEPT,
    Law.SOURCE_KEPT,
    Law.DETERMINISTIC,
)


# --- get ------------------------------------------------------------------------------------------------------------


def of_get(setting: Setting) -> Question:
    """What get yields is what the plan says, and obeys what the view declares: NOT NULL and its key."""
    view = setting.view
    names = [c.name for c in view.columns]
    wanted = get(view, setting.rows)
    cases = []
    for title, text in (
        ("get", setting.files[view_path(view.name, "get")]),
        ("view", f"select * from {quoted(view.name)}"),
    ):
        found = setting.shown(setting.database, text)
        differs = t.not_(contents_same(names, wanted, found))
        cases.append(Case(Law.VIEW_SCHEMA, "BX102", f"gives other rows than it should ({title})", differs))
        absent = t.any_(t.and_(m.present, m.row[c.name].null) for m in found for c in view.columns if not c.nullable)
        cases.append(Case(Law.VIEW_SCHEMA, "BX202", f"gives NULL in a column that has none ({title})", absent))
        twice = t.any_(
            t.and_(a.present, b.present, rows_same(view.key, a.row, b.row)) for a, b in combinations(found, 2)
        )
        cases.append(Case(Law.VIEW_SCHEMA, "BX201", f"gives two rows of one key ({title})", twice))
    return Question("get", (Law.VIEW_SCHEMA,), tuple(cases), t.any_(m.present for m in wanted), FALSE)


def of_back(setting: Setting) -> Question:
    """Putting back what get gives changes nothing and captures nothing."""
    content = _distinct(setting)
    staged = setting.staged(f"bxc_new_{setting.view.name}", [(m.present, m.row) for m in content])
    database = surrounded(setting, staged, f"bxc_delta_{setting.view.name}", remembered=True)
    result = setting.put("put", database)
    after = setting.after(result)[setting.view.source]
    changed = t.not_(contents_same(setting.names, setting.rows, after))
    edits = t.any_(m.present for m in captured(setting, database, result))
    beside = upset(setting, database, result, ())
    cases = [
        Case(Law.GET_PUT, "BX101", "refuses what get gave", t.not_(result.accepted)),
        Case(Law.GET_PUT, "BX101", "changes a source by what get gave", t.and_(result.accepted, changed)),
        Case(Law.GET_PUT, "BX101", "captures edits where there are none", t.and_(result.accepted, edits)),
        *(Case(Law.GET_PUT, "BX101", what, t.and_(result.accepted, x)) for what, x in beside),
        Case(Law.DETERMINISTIC, "BX104", "leaves open what it does with what get gave", result.doubt),
    ]
    some = t.any_(m.present for m in content)
    rows = tuple(Staged("content", None, m.row, m.present) for m in content)
    done = Done("put", staged, database, result, None)
    return Question("get then put", (Law.GET_PUT, Law.DETERMINISTIC), tuple(cases), some, FALSE, rows, done)


def _distinct(setting: Setting) -> Table:
    """What get gives, without repeats: those behind an equal row are not there."""
    names = [c.name for c in setting.view.columns]
    found: list[Maybe] = []
    for m in get(setting.view, setting.rows):
        repeated = t.any_(t.and_(o.present, rows_same(names, o.row, m.row)) for o in found)
        found.append(Maybe(t.and_(m.present, t.not_(repeated)), m.row))
    return tuple(found)


# --- puts -----------------------------------------------------------------------------------------------------------


def of_delta(setting: Setting, operations: Sequence[str], *, free: bool) -> Question:
    """A delta of rows of these operations; with ``free`` NULLs stand anywhere, and inserts may state an old key."""
    view = setting.view
    delta, facts, listed = [], [], []
    for n, operation in enumerate(operations):
        new = setting.variables(f"n{n}", nullable=free) if operation != "delete" else None
        old = None
        if operation != "insert" or free:
            old = {name: v for name, v in setting.variables(f"o{n}", nullable=free).items() if name in view.key}
        delta.append(Staged(operation, old, new))
        facts += [setting.fits(row) for row in (old, new) if row is not None]
        row: dict[str, Val] = {"bxc_op": Val(FALSE, t.const(operation)), **(new or {})}
        row.update({f"bxc_old_{name}": held for name, held in (old or {}).items()})
        listed.append((TRUE, row))
    effect = put_rows(setting.end.peer, view, setting.world, delta)
    effect = setting.with_types(effect, [(s.present, s.new) for s in delta if s.new is not None])
    staged = setting.staged(f"bxc_delta_{view.name}", listed)
    database = surrounded(setting, staged, f"bxc_new_{view.name}", remembered=not free)
    done = Done("put_delta", staged, database, setting.put("put_delta", database), effect)
    given = t.and_(*facts, effect.given)
    return _question(setting, " and ".join(operations), done, effect, given, tuple(delta))


def of_content(setting: Setting, number: int) -> Question:
    """A whole put of so many rows at most."""
    view = setting.view
    rows = tuple(
        Maybe(t.var(f"n{n}!", t.Sort.BOOL), setting.variables(f"n{n}", nullable=number == 1)) for n in range(number)
    )
    effect = put_content(setting.end.peer, view, setting.world, rows)
    effect = setting.with_types(effect, [(m.present, m.row) for m in rows])
    staged = setting.staged(f"bxc_new_{view.name}", [(m.present, m.row) for m in rows])
    database = surrounded(setting, staged, f"bxc_delta_{view.name}", remembered=number > 1)
    done = Done("put", staged, database, setting.put("put", database), effect)
    given = t.and_(*(setting.fits(m.row) for m in rows), effect.given)
    content = tuple(Staged("content", None, m.row, m.present) for m in rows)
    return _question(setting, f"whole put of {number}", done, effect, given, content)


def _question(
    setting: Setting, what: str, done: Done, effect: Effect, given: Term, staged: tuple[Staged, ...]
) -> Question:
    result = done.result
    given = t.and_(given, _new_ones(setting, result))
    found = [*_refusals(result, effect), *_written(setting, done, effect), *_legal(setting, result)]
    found += listed(setting, done.staged, effect, staged)
    found.append(Case(Law.DETERMINISTIC, "BX104", "leaves open what it does", t.and_(result.accepted, result.doubt)))
    twice = t.and_(result.accepted, effect.twice)
    found.append(Case(Law.DETERMINISTIC, "BX104", "accepts two rows that write one cell differently", twice))
    cases = tuple(Case(c.law, c.code, c.what, t.and_(given, c.broken)) for c in found if c.broken is not FALSE)
    refused = t.and_(given, effect.refused)
    return Question(what, OF_PUTS, cases, t.and_(given, t.not_(effect.refused)), refused, staged, done)


def _new_ones(setting: Setting, result: Result) -> Term:
    """The uuids that the engine makes up are none of those that are there."""
    made_up = setting.made_up
    if not made_up:
        return TRUE
    terms = [term for table in setting.after(result).values() for m in table for term in _terms(m)]
    drawn = [v for name, v in t.variables(*terms).items() if name.startswith("fresh!")]
    held = [m.row[c] for m in setting.rows for c in made_up]
    apart = [t.or_(h.null, t.not_(t.eq(h.term, v))) for h in held for v in drawn if h.term.sort is v.sort]
    return t.and_(*apart, *(t.not_(t.eq(a, b)) for a, b in combinations(drawn, 2) if a.sort is b.sort))


def _terms(m: Maybe) -> Iterator[Term]:
    yield m.present
    for held in m.row.values():
        yield held.null
        yield held.term


def _refusals(result: Result, effect: Effect) -> Iterator[Case]:
    """What is refused, and with which code."""
    for code in ("constraint", "error"):
        yield Case(Law.PUT_TOTAL, "BX105", "fails with an error of the engine", result.refused.get(code, FALSE))
    for code, lowest in effect.lowest(CODES).items():
        differs = t.not_(t.eq(lowest, result.refused.get(code, FALSE)))
        what = f"refuses with {code} where it should not, or does not where it should"
        yield Case(Law.PUT_TOTAL, "BX105", what, differs)
    for code in set(result.refused) - {*CODES, "constraint", "error"}:
        yield Case(Law.PUT_TOTAL, "BX105", f"refuses with {code}", result.refused[code])


def _written(setting: Setting, done: Done, effect: Effect) -> Iterator[Case]:
    """What an accepted put leaves in the source and captures, and beside these."""
    result = done.result
    accepted = t.and_(result.accepted, t.not_(effect.refused))
    after = setting.after(result)[setting.view.source]
    stored = set(setting.end.stored.values())
    names = [n for n in setting.names if n not in setting.made_up]
    differs = t.not_(contents_same([n for n in names if n in stored], effect.after, after))
    yield Case(Law.PUT_GET, "BX102", "does not write what was staged", t.and_(accepted, differs))
    more = t.not_(t.eq(t.count(m.present for m in effect.after), t.count(m.present for m in after)))
    yield Case(Law.PUT_GET, "BX102", "leaves more rows or less than it should", t.and_(accepted, more))
    differs = t.not_(contents_same(names, effect.after, after))
    yield Case(Law.HIDDEN_KEPT, "BX106", "does not keep what the view hides", t.and_(accepted, differs))
    found = captured(setting, done.before, result)
    wanted = tuple(_to_capture(setting, effect))
    listed = ["bxc_op", "bxc_via", *(p + n for p in ("", "bxc_old_") for n in names)]
    differs = t.or_(
        t.not_(contents_same(listed, wanted, found)),
        t.not_(t.eq(t.count(m.present for m in wanted), t.count(m.present for m in found))),
    )
    yield Case(Law.PUT_GET, "BX102", "captures other edits than it makes", t.and_(accepted, differs))
    for what, differs in upset(setting, done.before, result, wanted):
        yield Case(Law.PUT_GET, "BX102", what, t.and_(accepted, differs))


def _legal(setting: Setting, result: Result) -> Iterator[Case]:
    """What an accepted put leaves is a legal source."""
    source = setting.end.source
    world = setting.after(result)
    after = world[source.name]
    absent = t.any_(t.and_(m.present, m.row[c.name].null) for m in after for c in source.columns if not c.nullable)
    false = t.any_(t.and_(m.present, truth(c.condition, m.row).false) for m in after for c in source.checks)
    pairs = [(t.and_(a.present, b.present), a.row, b.row) for a, b in combinations(after, 2)]
    shared = t.any_(t.and_(both, clash(key, a, b)) for both, a, b in pairs for key in keys(source))
    split = t.any_(t.and_(both, disagree(d, a, b)) for both, a, b in pairs for d in source.dependencies)
    lost = []
    for name, rows in world.items():
        for key in setting.end.peer.source(name).source.foreign_keys:
            if source.name in (name, key.target):
                lost += [t.not_(references_kept(key, rows, world.get(key.target, ())))]
    for code, what, broken in (
        ("BX202", "leaves NULL in a column that has none", absent),
        ("BX203", "leaves two rows with one key", shared),
        ("BX204", "leaves rows that break a `determines`", split),
        ("BX205", "leaves a row that breaks a CHECK", false),
        ("BX206", "leaves a reference without its row", t.any_(lost)),
    ):
        yield Case(Law.SOURCE_KEPT, code, what, t.and_(result.accepted, broken))


# --- captured edits and listed violations ----------------------------------------------------------------------------


def _to_capture(setting: Setting, effect: Effect) -> Iterator[Maybe]:
    """The edits that a put makes: only rows that differ from what they were."""
    blank = {c.name: null(c.type) for c in setting.end.source.columns}
    for image in effect.images:
        before, after = image.before, image.after
        differs = t.not_(t.and_(after.present, rows_same(setting.names, before.row, after.row)))
        new = {n: choose(after.present, after.row[n], blank[n]) for n in setting.names}
        operation = t.ite(after.present, t.const("update"), t.const("delete"))
        yield Maybe(t.and_(before.present, differs), edit(setting, operation, before.row, new))
    for m in effect.created:
        yield Maybe(m.present, edit(setting, t.const("insert"), blank, m.row))
