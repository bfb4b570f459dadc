"""A view → the stack of lenses that it is: one level for each view between it and its source.

A level takes a row of its base through its steps and back, one step at a time; nothing is flattened. Only the names of
columns are followed through the whole stack, since some rules speak of the source column behind a view column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

from bxc import model as m
from bxc.expr import And, Column, Compare, Expr, In, Literal, Not
from bxc.types import Value

from .expressions import Row, may_be_null, possible, reads, same, value

Hidden = Callable[[str, m.Step, int, Row], Value]
"""Gives a hidden column its value: its name at the step that hides it, the step, its index, the row behind the step."""


@dataclass(frozen=True)
class Trace:
    """A base row's way through a level: the row before each step, the view row, and whether each `where` was true."""

    before: tuple[Row, ...]
    out: Row
    visible: bool


class Level:
    """The lens of one view over its base.

    ``origin`` of a column name, at each step and at the end, is the source column that it shows, or None where it is
    computed.
    """

    def __init__(
        self, view: m.View, base_origin: Mapping[str, str | None], base_inputs: Mapping[str, set[str]]
    ) -> None:
        self.view = view
        self.base_origin = dict(base_origin)
        self.origins: list[dict[str, str | None]] = []
        origin = dict(base_origin)
        inputs = {name: set(behind) for name, behind in base_inputs.items()}
        self.where_inputs: set[str] = set()
        self.base_columns = tuple(base_origin)
        for step in view.steps:
            self.origins.append(dict(origin))
            match step:
                case m.Where():
                    for name in reads(step.condition):
                        self.where_inputs |= inputs[name]
                case m.Keep():
                    origin = {name: origin[name] for name in step.columns}
                    inputs = {name: inputs[name] for name in step.columns}
                case m.Drop():
                    del origin[step.column]
                    del inputs[step.column]
                case m.Rename():
                    origin = {step.new if name == step.old else name: o for name, o in origin.items()}
                    inputs = {step.new if name == step.old else name: i for name, i in inputs.items()}
                case m.Add():
                    inputs[step.column] = set().union(*(inputs[name] for name in reads(step.value)))
                    origin[step.column] = None
        self.origins.append(origin)
        self.inputs = inputs

    @property
    def origin(self) -> dict[str, str | None]:
        """The source column behind each column of the view; None for computed ones."""
        return self.origins[-1]

    def trace(self, row: Row) -> Trace:
        """Takes a base row through the steps, also where a `where` is not true for it."""
        before: list[Row] = []
        visible = True
        for step in self.view.steps:
            before.append(row)
            match step:
                case m.Where():
                    visible = visible and value(step.condition, row) is True
                case m.Keep():
                    row = {name: row[name] for name in step.columns}
                case m.Drop():
                    row = {name: v for name, v in row.items() if name != step.column}
                case m.Rename():
                    row = {step.new if name == step.old else name: v for name, v in row.items()}
                case m.Add():
                    row = {**row, step.column: value(step.value, row)}
        return Trace(tuple(before), row, visible)

    def back(self, out: Row, hidden: Hidden) -> Row:
        """The base row that a view row becomes, the columns that it hides taken from ``hidden``.

        Computed columns are left out of the result, hidden or not: they follow from the others.
        """
        row = dict(out)
        for index in reversed(range(len(self.view.steps))):
            step, origin = self.view.steps[index], self.origins[index]
            match step:
                case m.Keep() | m.Drop():
                    missing = [name for name, source in origin.items() if source is not None and name not in row]
                    row |= {name: hidden(name, step, index, row) for name in missing}
                case m.Rename():
                    row = {step.old if name == step.new else name: v for name, v in row.items()}
                case m.Add():
                    row.pop(step.column, None)
        return {name: v for name, v in row.items() if name in self.base_columns}

    def declared_default(self, name: str, step: m.Step) -> Literal | m.Fresh | None:
        """The default that a step declares for a column that it hides."""
        match step:
            case m.Keep():
                return next((d.value for d in step.defaults if d.column == name), None)
            case m.Drop():
                return step.default
            case _:
                return None


class Stack:
    """A view over its source: the levels from the source outwards, and what follows from them."""

    def __init__(self, spec: m.Spec, name: str) -> None:
        self.spec = spec
        self.name = name
        views = {view.name: view for view in spec.views}
        sources = {source.name: source for source in spec.sources}
        chain: list[m.View] = []
        while name in views:
            chain.append(views[name])
            name = views[name].base
        self.source = sources[name]
        origin: dict[str, str | None] = {column.name: column.name for column in self.source.columns}
        inputs = {column.name: {column.name} for column in self.source.columns}
        self.levels: list[Level] = []
        for view in reversed(chain):
            self.levels.append(Level(view, origin, inputs))
            origin, inputs = self.levels[-1].origin, self.levels[-1].inputs

    @property
    def top(self) -> Level:
        return self.levels[-1]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.top.origin)

    @cached_property
    def stored(self) -> dict[str, str]:
        """The source column behind each stored column of the view."""
        return {name: source for name, source in self.top.origin.items() if source is not None}

    @cached_property
    def computed(self) -> tuple[str, ...]:
        return tuple(name for name, source in self.top.origin.items() if source is None)

    def show(self, row: Row) -> tuple[Row | None, int]:
        """The view row of a source row and the number of levels; else None and the index of the level that hides it."""
        for index, level in enumerate(self.levels):
            trace = level.trace(row)
            if not trace.visible:
                return None, index
            row = trace.out
        return row, len(self.levels)

    def traces(self, row: Row) -> list[Trace]:
        """A source row's way through all levels, also where one hides it."""
        traces: list[Trace] = []
        for level in self.levels:
            traces.append(level.trace(row))
            row = traces[-1].out
        return traces

    @cached_property
    def pins(self) -> dict[str, Value]:
        """Source columns that a `where` of the stack fixes to a constant."""
        pinned: dict[str, Value] = {}
        for level in self.levels:
            for index, step in enumerate(level.view.steps):
                if isinstance(step, m.Where):
                    for name, constant in pinned_columns(step.condition):
                        source = level.origins[index].get(name)
                        if source is not None:
                            pinned.setdefault(source, constant)
        return pinned

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The view's key: declared, else the source's primary key, else a NOT NULL unique key, else by dependencies.

        Empty if there is none.
        """
        declared = [index for index, step in enumerate(self.top.view.steps) if isinstance(step, m.Key)]
        if declared:
            key = self.declared_key(declared[-1])
            return () if {self.stored[name] for name in key} & self.nullable_columns else key
        shown = {source: name for name, source in self.stored.items()}
        for columns in (self.source.primary_key, *(unique.columns for unique in self.source.uniques)):
            kept = tuple(shown[c] for c in columns if c in shown and not self.source_nullable(c))
            if kept and all(c in self.pins or shown.get(c) in kept for c in columns):
                return self.in_order(kept)
        return self.minimal_key

    def in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        """View columns in the order of the view."""
        return tuple(sorted(names, key=self.columns.index))

    def declared_key(self, start: int) -> tuple[str, ...]:
        """A declared key under the names that the view ends with."""
        steps = self.top.view.steps
        step = steps[start]
        columns = step.columns if isinstance(step, m.Key) else ()
        for step in steps[start:]:
            if isinstance(step, m.Rename):
                columns = tuple(step.new if name == step.old else name for name in columns)
        return columns

    @cached_property
    def minimal_key(self) -> tuple[str, ...]:
        """The smallest set of stored columns that determines all of them; empty where only the whole row does.

        What a `where` pins and the view keeps is no less a part of the key.
        """
        names = [name for name in self.stored if not self.source_nullable(self.stored[name])]
        wanted = set(self.stored.values())
        pins = [column for column in self.pins if column not in wanted]
        if wanted <= self.closure(set(), pins):
            return ()
        for size in range(1, len(names) + 1):
            for candidate in combinations(names, size):
                if size < len(self.stored) and wanted <= self.closure({self.stored[n] for n in candidate}, pins):
                    return candidate
        return ()

    def closure(self, columns: set[str], pins: Iterable[str] | None = None) -> set[str]:
        """The source columns that these determine, by keys, dependencies and pinned constants."""
        every = tuple(column.name for column in self.source.columns)
        not_null = {name for name in every if not self.source_nullable(name)}
        keys = [u.columns for u in self.source.uniques if set(u.columns) <= not_null]
        rules = [(key, every) for key in (self.source.primary_key, *keys)]
        rules += [(fd.left, fd.right) for fd in self.source.dependencies]
        known = columns | set(self.pins if pins is None else pins)
        while True:
            more = {name for left, right in rules if set(left) <= known for name in right} - known
            if not more:
                return known
            known |= more

    @cached_property
    def source_key(self) -> set[str]:
        """The source columns behind the view key."""
        return {self.stored[name] for name in self.key}

    @cached_property
    def keyed(self) -> bool:
        """Whether a view row stands for at most one source row."""
        return set(self.source.primary_key) <= self.closure(self.source_key)

    @cached_property
    def key_pins(self) -> tuple[str, ...]:
        """The pinned source columns on which the key rests: without them it would not determine what it must."""
        shown = set(self.stored.values()).union(*(self.top.inputs[name] for name in self.computed))
        wanted = set(self.source.primary_key) if self.keyed else shown - set(self.pins)
        needed = [column.name for column in self.source.columns if column.name in self.pins]
        others = [name for name in needed if name not in self.source.primary_key]
        for name in [*others, *(name for name in needed if name in self.source.primary_key)]:
            rest = [other for other in needed if other != name]
            if wanted <= self.closure(self.source_key, rest):
                needed = rest
        return tuple(needed)

    @cached_property
    def matched(self) -> set[str]:
        """The source columns by which a view key finds rows; none where there is no key."""
        return self.source_key | set(self.key_pins) if self.key else set()

    def names_rows_of(self, index: int) -> bool:
        """Whether a key of the view names a row of a level's view: each view between them finds rows by as much."""
        matched = [stack.matched for stack in self.lower[index:]]
        return all(below <= above for below, above in pairwise(matched))

    def match_key(self, row: Row) -> tuple[Value, ...] | None:
        """The view key of a source row, visible or not; None where a pinned column on which the key rests differs."""
        if any(not same(row[name], self.pins[name]) for name in self.key_pins):
            return None
        return tuple(row[self.stored[name]] for name in self.key)

    @cached_property
    def not_null(self) -> set[str]:
        """The view columns that the view declares NOT NULL."""
        return {name for name in self.columns if not self.nullable(name)}

    def nullable(self, name: str) -> bool:
        source = self.top.origin[name]
        if source is None:
            return self.computed_nullable(name)
        return name not in self.key and self.source_nullable(source)

    def source_nullable(self, source: str) -> bool:
        """Whether a source column may be NULL in a visible row."""
        return source in self.nullable_columns

    @cached_property
    def nullable_columns(self) -> set[str]:
        return {column.name for column in self.source.columns if self.may_be_null(column.name)}

    def may_be_null(self, source: str) -> bool:
        if not self.source.column(source).nullable:
            return False
        if any(possible(check.condition, source) == {False} for check in self.source.checks):
            return False
        for level in self.levels:
            for index, step in enumerate(level.view.steps):
                if isinstance(step, m.Where):
                    names = [n for n, o in level.origins[index].items() if o == source]
                    if any(True not in possible(step.condition, n) for n in names):
                        return False
        return True

    def computed_nullable(self, name: str) -> bool:
        """Whether the expression behind a computed column may be NULL, by the nullability of what it reads."""
        for number, level in reversed(list(enumerate(self.levels))):
            for index, step in reversed(list(enumerate(level.view.steps))):
                match step:
                    case m.Rename() if step.new == name:
                        name = step.old
                    case m.Add() if step.column == name:
                        origin = level.origins[index]
                        return may_be_null(step.value, lambda n: self.read_nullable(n, origin[n], number))  # noqa: B023
        raise KeyError(name)

    def read_nullable(self, name: str, source: str | None, number: int) -> bool:
        """Whether a column that a step of a level reads may be NULL in a visible row."""
        return source is None or self.source_nullable(source)

    def policy(self, index: int) -> m.OnDelete | str:
        """The delete policy of a level: as declared (a ``set``), or ``delete`` or ``reject``."""
        declared = [s for s in self.levels[index].view.steps if isinstance(s, m.OnDelete)]
        if declared:
            return declared[-1] if declared[-1].policy == "set" else declared[-1].policy
        return "delete" if self.keyed_over_base(index) else "reject"

    def at(self, index: int) -> Stack:
        """The view of a level by itself."""
        return self.lower[index]

    @cached_property
    def lower(self) -> list[Stack]:
        return [Stack(self.spec, level.view.name) for level in self.levels[:-1]] + [self]

    def keyed_over_base(self, index: int) -> bool:
        """Whether a row of the level stands for at most one row of its base."""
        level_view = self.at(index)
        if index == 0 or level_view.keyed:
            return level_view.keyed
        below = self.at(index - 1)
        return not below.keyed and below.source_key <= level_view.closure(level_view.source_key)

    def on_hidden(self, index: int) -> str:
        declared = [s.policy for s in self.levels[index].view.steps if isinstance(s, m.OnHidden)]
        return declared[-1] if declared else "reject"


def pinned_columns(condition: Expr) -> list[tuple[str, Value]]:
    """The ``column = constant`` among a condition's conjuncts, also as a list of one; a bare bool column is pinned."""
    match condition:
        case And():
            return [pin for operand in condition.operands for pin in pinned_columns(operand)]
        case Compare("=", Column(name=name), Literal(value=constant)) if constant is not None:
            return [(name, constant)]
        case Compare("=", Literal(value=constant), Column(name=name)) if constant is not None:
            return [(name, constant)]
        case In(Column(name=name), (Literal(value=constant),)) if constant is not None:
            return [(name, constant)]
        case Column(name=name):
            return [(name, True)]
        case Not(Column(name=name)):
            return [(name, False)]
        case _:
            return []
