"""A spec, a database and what is put → the database after the put, or the codes that refuse it.

A second opinion on `docs/semantics.md`: rows are dicts, a view over views is a stack of lenses, and each rule is
evaluated as it is written there, slowly and plainly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bxc import model as m
from bxc.types import Value

from .effects import Effects
from .expressions import Row, fits, same
from .stack import Stack

Database = dict[str, list[Row]]
Key = tuple[Value, ...]


@dataclass(frozen=True)
class Staged:
    """One row of a delta. ``old`` is the key before (NULLs for an insert), ``row`` all columns of the view."""

    op: str
    old: Key
    row: Row


@dataclass(frozen=True)
class Unfit:
    """A staged value that no type of the language holds, as each engine would be given it (None: cannot be staged)."""

    sqlite: object
    duckdb: object
    postgres: object = None


@dataclass
class Outcome:
    """What a put does, or why it is refused.

    ``effects`` gives the after-image of each source row that is written, by its position before the put (None where it
    is deleted); ``created`` the new rows. ``after`` is the database after the put, rows in that order; None if it is
    refused. ``exact`` tells whether ``codes`` are all codes: where keys collide, what a put would do is undefined, and
    only the lowest code is sure.
    """

    codes: set[str] = field(default_factory=set)
    effects: dict[int, Row | None] = field(default_factory=dict)
    created: list[Row] = field(default_factory=list)
    after: Database | None = None
    exact: bool = True

    @property
    def expected(self) -> str | None:
        """The code that the error's text begins with; None if the put is legal."""
        return min(self.codes, default=None)

    @property
    def writes(self) -> int:
        """How many source rows the put writes."""
        return len(self.effects) + len(self.created)


def get(spec: m.Spec, view: str, database: Mapping[str, list[Row]]) -> list[Row]:
    """The view's rows, each once."""
    return shown(Stack(spec, view), database)


def shown(stack: Stack, database: Mapping[str, list[Row]]) -> list[Row]:
    """The view's rows, each once."""
    rows: list[Row] = []
    for source_row in database[stack.source.name]:
        row, _ = stack.show(source_row)
        if row is not None and not any(same_row(row, other) for other in rows):
            rows.append(row)
    return rows


def same_row(a: Row, b: Row) -> bool:
    return all(same(a[name], b[name]) for name in a)


def key_of(stack: Stack, row: Row) -> Key:
    """The key of a view row."""
    return tuple(row[name] for name in stack.key)


def difference(stack: Stack, old: list[Row], new: list[Row]) -> list[Staged]:
    """The delta without renames that leads from one content of a view to another."""
    nulls: Key = (None,) * len(stack.key)
    before = {key_of(stack, row): row for row in old}
    after = {key_of(stack, row) for row in new}
    delta = [Staged("delete", key, row) for key, row in before.items() if key not in after]
    for row in new:
        key = key_of(stack, row)
        if key not in before:
            delta.append(Staged("insert", nulls, row))
        elif not same_row(before[key], row):
            delta.append(Staged("update", key, row))
    return delta


def put_whole(spec: m.Spec, view: str, database: Database, content: list[Row]) -> Outcome:
    """States the view's new content."""
    return put_content(Stack(spec, view), database, content)


def put_delta(spec: m.Spec, view: str, database: Database, delta: Sequence[Staged]) -> Outcome:
    """Puts a delta, judged as a whole."""
    return put_rows(Stack(spec, view), database, delta)


def put_content(stack: Stack, database: Database, content: list[Row]) -> Outcome:
    """As `put_whole`, for a view that is at hand."""
    put = Put(stack, database, difference(stack, shown(stack, database), content))
    keys = Counter(key_of(stack, row) for row in content)
    if any(count > 1 or None in key for key, count in keys.items()):
        put.codes.add("BXC10")
    put.check_values(content)
    return put.run()


def put_rows(stack: Stack, database: Database, delta: Sequence[Staged]) -> Outcome:
    """As `put_delta`, for a view that is at hand."""
    put = Put(stack, database, delta)
    put.check_keys()
    put.check_values([staged.row for staged in delta if staged.op != "delete"])
    if any(staged.op not in ("insert", "update", "delete") for staged in delta):
        put.codes.add("BXC16")
    return put.run()


class Put:
    """One put under way: which source rows each staged row finds, and what is wrong with it."""

    def __init__(self, stack: Stack, database: Database, delta: Sequence[Staged]) -> None:
        self.stack = stack
        self.database = database
        self.delta = delta
        self.codes: set[str] = set()
        self.effects = Effects(stack, database, self.codes)
        self.visible: dict[Key, list[int]] = {}
        self.hidden: dict[Key, list[int]] = {}
        for index, row in enumerate(self.effects.rows):
            key = stack.match_key(row)
            if key is not None:
                out, _ = stack.show(row)
                (self.hidden if out is None else self.visible).setdefault(key, []).append(index)
        self.deleted = {s.old for s in delta if s.op == "delete"}
        self.renamed = {s.old for s in delta if s.op == "update" and key_of(stack, s.row) != s.old}

    def check_keys(self) -> None:
        """BXC10 and BXC11: the staged keys among each other and against the view."""
        olds = Counter(s.old for s in self.delta if s.op in ("update", "delete"))
        news = Counter(key_of(self.stack, s.row) for s in self.delta if s.op in ("update", "insert"))
        for s in self.delta:
            new = () if s.op == "delete" else key_of(self.stack, s.row)
            if s.op in ("update", "delete") and (None in s.old or olds[s.old] > 1):
                self.codes.add("BXC10")
            if s.op in ("update", "insert") and (None in new or news[new] > 1):
                self.codes.add("BXC10")
            if s.op == "insert" and (any(part is not None for part in s.old) or new in self.deleted):
                self.codes.add("BXC10")
            if s.op == "update" and new != s.old:
                self.check_rename(new)

    def check_rename(self, new: Key) -> None:
        """A row may take a key that is free, or that another row of the delta leaves."""
        if new in self.visible and new not in self.deleted | self.renamed:
            self.codes.add("BXC10")
        if new in self.hidden:
            self.codes.add("BXC11")
        if new in self.deleted and any(self.keeps_key(index, new) for index in self.visible.get(new, [])):
            self.codes.add("BXC11")

    def keeps_key(self, index: int, key: Key) -> bool:
        """Whether a row that the delta deletes from the view stays in the source with its key."""
        level, policy = self.effects.delete_policy()
        if policy is None or level is None:
            return False
        return self.stack.match_key(self.effects.falsified(index, level, policy)) == key

    def check_values(self, rows: Sequence[Row]) -> None:
        """BXC16: NULL where the view has none, and values outside their type."""
        types = {column.name: column.type for column in self.stack.top.view.columns}
        for row in rows:
            for name, v in row.items():
                if name in self.stack.not_null if v is None else not fits(types[name], v):
                    self.codes.add("BXC16")

    def run(self) -> Outcome:
        for staged in self.delta:
            if staged.op == "update":
                self.update(staged)
            elif staged.op == "delete":
                for index in self.visible.get(staged.old, []):
                    self.effects.delete(index)
        inserts = [staged for staged in self.delta if staged.op == "insert"]
        for staged in sorted(inserts, key=lambda s: sort_key(key_of(self.stack, s.row))):
            self.insert(staged)
        return self.finish()

    def update(self, staged: Staged) -> None:
        if staged.old not in self.visible:
            self.codes.add("BXC18")
        for index in self.visible.get(staged.old, []):
            self.check_after(self.effects.update(index, staged.row), staged.row)

    def insert(self, staged: Staged) -> None:
        key = key_of(self.stack, staged.row)
        if key in self.visible and key not in self.deleted | self.renamed:
            for index in self.visible[key]:
                now = self.effects.rows[index]
                if not all(same(now[source], staged.row[name]) for name, source in self.stack.stored.items()):
                    self.codes.add("BXC10")
                self.check_after(now, staged.row)
        elif key in self.hidden:
            if not all(map(self.effects.may_revive, self.hidden[key])):
                self.codes.add("BXC11")
                return
            for index in self.hidden[key]:
                self.check_after(self.effects.revive(index, staged.row), staged.row)
        else:
            self.check_after(self.effects.create(staged.row), staged.row)

    def check_after(self, after: Row, stated: Row) -> None:
        """BXC12 and BXC15: the after-image is in the view and gives the computed columns as stated."""
        traces = self.stack.traces(after)
        if not all(trace.visible for trace in traces):
            self.codes.add("BXC12")
        if not all(same(traces[-1].out[name], stated[name]) for name in self.stack.computed):
            self.codes.add("BXC15")

    def finish(self) -> Outcome:
        """BXC17, and the result."""
        unfit = any(isinstance(v, Unfit) for staged in self.delta for v in staged.row.values())
        exact = not unfit and not self.codes & {"BXC10", "BXC11", "BXC14", "BXC19"}
        rows, effects, created = self.effects.result()
        if not unfit and not self.codes & {"BXC10", "BXC11", "BXC14"} and self.effects.breaks_constraints():
            self.codes.add("BXC17")
        after = None if self.codes else {**self.database, self.stack.source.name: rows}
        return Outcome(self.codes, effects, created, after, exact)


def sort_key(key: Key) -> tuple[tuple[bool, str, Value], ...]:
    """Orders view keys as `fresh` counts them: by each column's own order, uuids as text."""
    return tuple((part is not None, type(part).__name__, str(part) if hasattr(part, "hex") else part) for part in key)
