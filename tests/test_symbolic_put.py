"""Put as terms, on ground tables: an interpreter, compared with the independent evaluator of `docs/semantics.md`.

`BXC_SOAK=n` compares n times as many random specs, with other seeds each time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom

import pytest
from properties.constraints import is_valid
from properties.contents import random_database
from properties.deltas import propose, scene, spoil
from properties.effects import FreshUuid
from properties.evaluator import Database, Outcome, Staged, key_of, put_rows, same_row, shown
from properties.expressions import Row, fits, same
from properties.specs import SpecText, random_spec
from properties.stack import Stack

from bxc import model
from bxc.diagnostic import has_errors
from bxc.flatten import flatten
from bxc.laws import put as symbolic
from bxc.laws import table
from bxc.laws.put import Delta, put
from bxc.laws.table import Maybe, World
from bxc.laws.term import FALSE, TRUE, Term, arena, const
from bxc.laws.value import Val, decode, encode, null
from bxc.parse import parse_text
from bxc.plan import PeerPlan, ViewPlan
from bxc.resolve import resolve
from bxc.text import SourceFile
from bxc.types import Type, Value

SOAK = int(os.environ.get("BXC_SOAK", "0"))
BATCHES = 4
SPECS = 20 * max(SOAK, 1)
CODES = {"BXC10", "BXC11", "BXC12", "BXC14", "BXC15", "BXC16", "BXC17", "BXC18", "BXC19"}

# --- specs ----------------------------------------------------------------------------------------------------------


def planned(text: SpecText) -> tuple[str, model.Spec, PeerPlan]:
    """What is left of a spec without the views that the compiler refuses."""
    pieces = [text.head, *text.views]
    while True:
        source = "\n".join(pieces) + "\n"
        tree, wrong = parse_text(SourceFile("test.bxc", source))
        assert wrong == []
        spec, found = resolve((tree,))
        errors = [d for d in found if has_errors([d])]
        if not errors:
            assert spec is not None
            plan, found = flatten(spec)
            errors = [d for d in found if has_errors([d])]
        if not errors:
            assert spec is not None
            return source, spec, next(p for p in plan.peers if p.peer == "P")
        starts = [0]
        for piece in pieces:
            starts.append(starts[-1] + len(piece) + 1)
        bad = {max(i for i, start in enumerate(starts[:-1]) if start <= d.primary.span.start) for d in errors}
        assert 0 not in bad, source
        pieces = [piece for index, piece in enumerate(pieces) if index not in bad]


# --- ground rows ----------------------------------------------------------------------------------------------------


def ground(value: Value, type_: Type) -> Val:
    return null(type_) if value is None else Val(FALSE, const(encode(value, type_)))


def ground_row(row: Row, types: Mapping[str, Type]) -> dict[str, Val]:
    return {name: ground(row[name], type_) for name, type_ in types.items()}


def types_of(source: model.Source) -> dict[str, Type]:
    return {c.name: c.type for c in source.columns}


def ground_world(spec: model.Spec, database: Database) -> World:
    return {s.name: tuple(Maybe(TRUE, ground_row(row, types_of(s))) for row in database[s.name]) for s in spec.sources}


def ground_delta(view: ViewPlan, staged: Staged) -> Delta:
    types: dict[str, Type] = {c.name: c.type for c in view.columns}
    old = {name: ground(v, types[name]) for name, v in zip(view.key, staged.old, strict=True)}
    new = None if staged.op == "delete" else ground_row(staged.row, types)
    return Delta(staged.op, None if staged.op == "insert" else old, new)


def holds(term: Term) -> bool:
    """The value of a condition without variables."""
    assert term in (TRUE, FALSE), f"not folded: {term!r}"
    return term is TRUE


def read_row(row: Mapping[str, Val], types: Mapping[str, Type]) -> Row:
    return {name: None if holds(row[name].null) else decode(row[name].term.data, t) for name, t in types.items()}


def read_table(rows: Sequence[Maybe], types: Mapping[str, Type]) -> list[Row]:
    return [read_row(m.row, types) for m in rows if holds(m.present)]


# --- deltas of one row ----------------------------------------------------------------------------------------------


def one_row_deltas(stack: Stack, database: Database, random: Random, number: int) -> Iterator[Staged]:
    """Rows that `put` may be asked about: of known operations, with fitting values and a key."""
    here = scene(stack, database, random)
    for _ in range(number):
        delta = propose(here, renames=True)
        if random.randint(0, 1):
            delta = spoil(stack, database, random, delta)
        yield from (staged for staged in delta if askable(stack, staged))


def askable(stack: Stack, staged: Staged) -> bool:
    if staged.op not in ("insert", "update", "delete") or (staged.op == "insert") != (set(staged.old) == {None}):
        return False
    if staged.op != "insert" and None in staged.old:
        return False
    if staged.op == "delete":
        return True
    types = {c.name: c.type for c in stack.top.view.columns}
    return None not in key_of(stack, staged.row) and all(
        name not in stack.not_null if v is None else fits(types[name], v) for name, v in staged.row.items()
    )


# --- the comparison -------------------------------------------------------------------------------------------------


@dataclass
class Case:
    """One staged row on one content, what the evaluator says of it and what the terms say."""

    text: str
    view: ViewPlan
    types: dict[str, Type]
    before: list[Row]
    staged: Staged
    expected: Outcome
    actual: symbolic.Outcome

    def compare(self) -> None:
        codes = {r.code for r in self.actual.refusals if holds(r.term)}
        if self.expected.exact:
            assert codes == self.expected.codes, self.told(codes)
        assert min(codes, default=None) == self.expected.expected, self.told(codes)
        assert holds(self.actual.refused) == bool(codes)
        if self.expected.after is not None:
            self.compare_rows(self.expected.after)

    def compare_rows(self, after: Database) -> None:
        wanted = list(after[self.view.source])
        for row in read_table(self.actual.after, self.types):
            found = next((w for w in wanted if self.matches(w, row)), None)
            assert found is not None, self.told(row)
            wanted.remove(found)
        assert not wanted, self.told(wanted)

    def matches(self, wanted: Row, row: Row) -> bool:
        return all(self.new(n, row[n]) if isinstance(v, FreshUuid) else same(v, row[n]) for n, v in wanted.items())

    def new(self, column: str, value: Value) -> bool:
        return value is not None and all(row[column] != value for row in self.before)

    def told(self, found: object) -> str:
        rows = "\n".join(map(str, self.before))
        codes = f"expected {sorted(self.expected.codes)}, found {found}"
        return f"{self.text}\n{rows}\n{self.view.name}: {self.staged}\n{codes}"


def exercise(random: Random, counts: Counter[str]) -> None:
    text, spec, peer = planned(random_spec(random))
    for view in peer.views:
        stack = Stack(spec, view.name)
        if not view.key:
            continue
        database = random_database(spec, random)
        with arena():
            world = ground_world(spec, database)
            rows = read_table(table.get(view, world[view.source]), {c.name: c.type for c in view.columns})
            content = shown(stack, database)
            assert all(any(same_row(a, b) for b in content) for a in rows), text
            assert all(any(same_row(a, b) for b in rows) for a in content), text
            types = types_of(stack.source)
            for staged in one_row_deltas(stack, database, random, 4):
                expected = put_rows(stack, database, [staged])
                actual = put(peer, view, world, ground_delta(view, staged))
                Case(text, view, types, database[view.source], staged, expected, actual).compare()
                counts.update(expected.codes or {"accepted"})
                counts.update([staged.op])
        counts["lenses"] += 1


@pytest.mark.parametrize("batch", range(BATCHES))
def test_put_as_terms_does_what_the_semantics_says(batch: int) -> None:
    counts: Counter[str] = Counter()
    for number in range(SPECS):
        exercise(Random(SystemRandom().getrandbits(40) if SOAK else 1000 * batch + number), counts)
    print(dict(sorted(counts.items())))
    assert counts["lenses"] > 3 * SPECS
    assert counts["accepted"] > 5 * SPECS
    assert not CODES - set(counts)


FRESH = """spec s version 1
peer P
peer Q
source S at P {
  id uuid primary key
  n int not null
  check (id <> '00000000-0000-0000-0000-000000000001' and id <> '00000000-0000-0000-0000-000000000002')
}
view V from S {
  drop id default fresh
  key (n)
}
"""


def test_a_fresh_uuid_is_none_of_the_constants_of_a_spec() -> None:
    text, spec, peer = planned(SpecText(FRESH.replace("n int not null", "n int not null unique"), ()))
    staged = Staged("insert", (None,), {"n": 1})
    database: Database = {"S": []}
    outcome = put_rows(Stack(spec, "V"), database, [staged])
    assert outcome.codes == set()
    with arena():
        (view,) = peer.views
        actual = put(peer, view, ground_world(spec, database), ground_delta(view, staged))
        Case(text, view, types_of(spec.sources[0]), [], staged, outcome, actual).compare()


# --- legal contents -------------------------------------------------------------------------------------------------


def all_legal(spec: model.Spec, world: World) -> bool:
    """What the terms say of the contents of all sources."""
    legal = [holds(table.table_legal(s, world[s.name])) for s in spec.sources]
    kept = [
        holds(table.references_kept(key, world[s.name], world[key.target]))
        for s in spec.sources
        for key in s.foreign_keys
    ]
    return all(legal) and all(kept)


def test_the_legal_contents_are_those_that_break_no_constraint() -> None:
    counts: Counter[bool] = Counter()
    for number in range(40):
        random = Random(f"legal {number}")
        text, spec, _ = planned(random_spec(random))
        database = random_database(spec, random)
        for _ in range(20):
            with arena():
                expected = is_valid(spec, database)
                assert all_legal(spec, ground_world(spec, database)) == expected, f"{text}\n{database}"
            counts[expected] += 1
            if not expected:
                database = random_database(spec, random)
            database = damaged(spec, database, random)
    assert min(counts.values()) > 100, counts


def damaged(spec: model.Spec, database: Database, random: Random) -> Database:
    """A content with one value replaced by another row's, or by NULL, or with one row less or twice."""
    source = random.choice(spec.sources)
    rows = [dict(row) for row in database[source.name]]
    if not rows:
        return database
    row, other = random.choice(rows), random.choice(rows)
    match random.randint(0, 7):
        case 0:
            rows.remove(row)
        case 1:
            rows.append(dict(row))
        case 2:
            row[random.choice(list(row))] = None
        case _:
            name = random.choice(list(row))
            row[name] = other[name]
    return {**database, source.name: rows}
