"""A spec of one share → all small legal contents, all edits of them by the rights, and the puts that are refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product
from random import Random

from properties.constraints import broken_constraints
from properties.evaluator import Database, Staged, key_of, put_rows, same_row, shown
from properties.expressions import Row, same
from properties.stack import Stack

from bxc import model
from bxc import types as types_

Frozen = frozenset[tuple[types_.Value, ...]]
Rights = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Refusal:
    """A legal edit of a peer, and a legal database of another that refuses it."""

    sender: str
    receiver: str
    before: list[Row]
    delta: list[Staged]
    database: Database
    codes: set[str]


@dataclass
class End:
    """The legal contents of a peer's view, and the databases that show them."""

    peer: str
    stack: Stack
    contents: dict[Frozen, list[Row]]
    databases: dict[Frozen, list[Database]]


def domain(column: model.Column, small: bool) -> list[types_.Value]:
    match column.type:
        case types_.Enum(values=values):
            found: list[types_.Value] = list(values)
        case types_.Bool():
            found = [True, False]
        case _ if column.name == "id":
            found = [1, 2] if small else [1, 2, 3]
        case _ if column.name == "c":
            found = [0, 1]
        case _:
            found = [0, 1] if small else [0, 1, 2]
    return [*found, None] if column.nullable else found


def rows_of(source: model.Source) -> list[Row]:
    names = [column.name for column in source.columns]
    for small in (False, True):
        domains = [domain(column, small) for column in source.columns]
        every = [dict(zip(names, values, strict=True)) for values in product(*domains)]
        if len(every) <= 150:
            break
    return every


def frozen(rows: Sequence[Row]) -> Frozen:
    return frozenset(tuple(row[name] for name in sorted(row)) for row in rows)


class Brute:
    """Looks for refusals, some `budget` puts long."""

    def __init__(self, spec: model.Spec, random: Random, budget: int = 3000) -> None:
        self.spec = spec
        self.random = random
        self.share = spec.shares[0]
        self.budget = budget
        self.puts = 0
        views = {view.name: view for view in spec.views}
        self.ends = {views[name].peer: self.end(views[name].peer, name) for name in self.share.views}

    def databases(self, source: model.Source) -> Iterator[Database]:
        """All legal contents of a source of one or two rows (many of them), with what it refers to."""
        targets = [s for s in self.spec.sources if s.peer == source.peer and s is not source]
        if targets:
            (target,) = targets
            parents = [[], [{"code": "x"}], [{"code": "y"}], [{"code": "x"}, {"code": "y"}]]
            others: list[Database] = [{target.name: parent} for parent in parents]
        else:
            others = [{}]
        empty: Database = {s.name: [] for s in self.spec.sources}
        for other in others:
            base = {**empty, **other}
            rows = [row for row in rows_of(source) if self.legal(source, base, [row])]
            yield base
            for row in rows:
                yield {**base, source.name: [row]}
            pairs = list(combinations(rows, 2))
            if len(pairs) > 2500:
                pairs = self.random.sample(pairs, 2500)
            for pair in pairs:
                if self.legal(source, base, list(pair)):
                    yield {**base, source.name: list(pair)}
            if len(rows) >= 3:
                for _ in range(150):
                    triple = self.random.sample(rows, 3)
                    if self.legal(source, base, triple):
                        yield {**base, source.name: triple}

    def legal(self, source: model.Source, base: Database, rows: list[Row]) -> bool:
        return not broken_constraints(self.spec, source, base, [(None, row) for row in rows], rows)

    def end(self, peer: str, view: str) -> End:
        stack = Stack(self.spec, view)
        contents: dict[Frozen, list[Row]] = {}
        databases: dict[Frozen, list[Database]] = defaultdict(list)
        for database in self.databases(stack.source):
            rows = shown(stack, database)
            mark = frozen(rows)
            contents[mark] = rows
            databases[mark].append(database)
        return End(peer, stack, contents, databases)

    def rights(self, peer: str) -> Rights:
        return frozenset((r.operation, r.attribute) for r in self.share.rights if r.peer == peer)

    def refusals(self) -> Iterator[Refusal]:
        """Legal edits that other ends refuse, in random order; ends where the budget does."""
        jobs = []
        for sender in self.ends.values():
            rights = self.rights(sender.peer)
            if not rights:
                continue
            marks = list(sender.contents)
            for receiver in self.ends.values():
                if receiver is not sender:
                    common = [mark for mark in marks if mark in receiver.databases]
                    jobs.append((sender, receiver, rights, common, marks))
        for sender, receiver, rights, common, marks in jobs:
            yield from self.between(sender, receiver, rights, common, marks, self.budget // len(jobs))

    def openings(self) -> Iterator[Refusal]:
        """Contents of the opener that another end refuses though its source is empty, whatever else it has.

        Where a new row lacks a value, hidden rows could still be revived; that none is ever taken in is told as BX312.
        """
        opener = self.ends[self.share.opener]
        nulls = (None,) * len(opener.stack.key)
        contents = [rows for rows in opener.contents.values() if rows]
        for receiver in self.ends.values():
            if receiver is opener:
                continue
            source = receiver.stack.source.name
            empty = [d for d in receiver.databases[frozenset()] if not d[source]]
            for rows in self.random.sample(contents, min(len(contents), self.budget // 10)):
                delta = [Staged("insert", nulls, row) for row in rows]
                outcomes = [put_rows(receiver.stack, database, delta) for database in empty]
                lacking = any(outcome.codes & {"BXC14", "BXC16"} for outcome in outcomes)
                if outcomes and not lacking and all(outcome.codes for outcome in outcomes):
                    codes = set().union(*(outcome.codes for outcome in outcomes))
                    yield Refusal(opener.peer, receiver.peer, [], delta, empty[-1], codes)

    def between(
        self, sender: End, receiver: End, rights: Rights, common: list[Frozen], marks: list[Frozen], budget: int
    ) -> Iterator[Refusal]:
        pairs = [(b, a) for b in common for a in marks if a != b and len(b ^ a) <= 2]
        self.random.shuffle(pairs)
        large = [(b, a) for b in common for a in marks if len(b ^ a) > 2]
        pairs = pairs[: 4 * budget // 5] + self.random.sample(large, min(len(large), 2 * budget))
        done = 0
        for before, after in pairs:
            for delta in deltas(sender.stack, sender.contents[before], sender.contents[after], rights):
                databases = receiver.databases[before]
                for database in self.random.sample(databases, min(6, len(databases))):
                    if done >= budget:
                        return
                    done += 1
                    self.puts += 1
                    outcome = put_rows(receiver.stack, database, delta)
                    if outcome.codes:
                        yield Refusal(
                            sender.peer, receiver.peer, sender.contents[before], delta, database, outcome.codes
                        )


def deltas(stack: Stack, before: list[Row], after: list[Row], rights: Rights) -> list[list[Staged]]:
    """The deltas by these rights that lead from one content to another; each way to pair renamed rows."""
    nulls = (None,) * len(stack.key)
    olds = {key_of(stack, row): row for row in before}
    news = {key_of(stack, row): row for row in after}
    if None in [part for key in (*olds, *news) for part in key] or len(olds) != len(before) or len(news) != len(after):
        return []
    found = []
    for renames in pairings(stack, olds, news, rights):
        delta = [Staged("update", old, news[new]) for old, new in renames]
        left = {old for old, _ in renames}
        taken = {new for _, new in renames}
        delta += [
            Staged("delete", key, olds[key]) for key in olds if key not in left and (key not in news or key in taken)
        ]
        for key, row in news.items():
            if key in taken:
                continue
            if key not in olds or key in left:
                delta.append(Staged("insert", nulls, row))
            elif not same_row(row, olds[key]):
                delta.append(Staged("update", key, row))
        if delta and allowed(stack, olds, delta, rights):
            found.append(delta)
    return found


def pairings(
    stack: Stack, olds: dict[tuple[types_.Value, ...], Row], news: dict[tuple[types_.Value, ...], Row], rights: Rights
) -> list[list[tuple[tuple[types_.Value, ...], tuple[types_.Value, ...]]]]:
    """None renamed, or some rows of old keys to rows of new keys."""
    if not any(("update", name) in rights for name in stack.key):
        return [[]]
    found: list[list[tuple[tuple[types_.Value, ...], tuple[types_.Value, ...]]]] = [[]]
    for count in range(1, min(len(olds), len(news)) + 1):
        for chosen in combinations(olds, count):
            pairs = (list(zip(chosen, images, strict=True)) for images in permutations(news, count))
            found += [renames for renames in pairs if all(old != new for old, new in renames)]
    return found


def allowed(stack: Stack, olds: dict[tuple[types_.Value, ...], Row], delta: list[Staged], rights: Rights) -> bool:
    """Whether rights cover the delta (what an end computes needs none)."""
    for staged in delta:
        if staged.op != "update":
            if (staged.op, "") not in rights:
                return False
            continue
        old = olds[staged.old]
        for name in stack.columns:
            if name not in stack.computed and not same(old[name], staged.row[name]) and ("update", name) not in rights:
                return False
    return True
