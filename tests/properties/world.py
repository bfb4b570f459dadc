"""A compiled spec in all engines; every action is done in both and compared, and noted so that it can be replayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from .contents import Edit
from .engines import Engine
from .evaluator import Database, Outcome, Staged, put_rows, same_row, shown
from .expressions import Row
from .pipeline import Compiled
from .postgres import engines as all_engines
from .sides import Rows, Side, equal_sets, lines


@dataclass(frozen=True)
class Load:
    """The sources hold these rows, as if they always had."""

    database: Database


@dataclass(frozen=True)
class PutDelta:
    """``closely``: outside edits are looked for first, violations listed, and the put is run twice."""

    view: str
    delta: Sequence[Staged]
    closely: bool = True


@dataclass(frozen=True)
class PutWhole:
    """``closely`` as for a delta."""

    view: str
    content: Sequence[Row]
    closely: bool = True


@dataclass(frozen=True)
class PutGet:
    """Puts back what get gives."""

    view: str


@dataclass(frozen=True)
class EditSource:
    edit: Edit


@dataclass(frozen=True)
class EditView:
    view: str
    staged: Staged


@dataclass(frozen=True)
class CheckViews:
    """These views show what get gives, and their changes are the difference since the captured edits began."""

    views: Sequence[str]


@dataclass(frozen=True)
class Consume:
    """Forgets all captured edits."""


Action = Load | PutDelta | PutWhole | PutGet | EditSource | EditView | CheckViews | Consume


class World:
    """Both engines with one content. A check that fails raises AssertionError."""

    def __init__(self, compiled: Compiled, peer: str = "P", engines: Sequence[type[Engine]] | None = None) -> None:
        sources = tuple(source for source in compiled.spec.sources if source.peer == peer)
        views = tuple(view for view in compiled.spec.views if view.peer == peer)
        self.spec = replace(compiled.spec, sources=sources, views=views)  # what this peer's database has
        self.compiled = replace(compiled, spec=self.spec)
        self.sides = [Side(engine(self.compiled, peer)) for engine in engines or all_engines()]
        self.stacks = self.sides[0].engine.stacks
        self.puttable = compiled.puttable(peer)
        self.uuids: list[dict[UUID, UUID]] = [{} for _ in self.sides]
        self.codes: Counter[str] = Counter()
        self.actions: list[Action] = []

    def close(self) -> None:
        for side in self.sides:
            side.engine.close()

    @property
    def database(self) -> Database:
        """What the first engine's sources should hold."""
        return self.sides[0].database

    def do(self, action: Action) -> None:
        """Does an action in all engines and checks what it must do."""
        self.actions.append(action)
        match action:
            case Load():
                self.actions = [action]
                self.uuids = [{} for _ in self.sides]
                for side in self.sides:
                    side.load(action.database)
            case PutDelta():
                deltas = [self.translated_delta(n, action.delta) for n in self.numbers]
                self.put(action.view, "put_delta", deltas, action.closely)
            case PutWhole():
                contents = [[self.translated(n, row) for row in action.content] for n in self.numbers]
                self.put(action.view, "put", contents, action.closely)
            case PutGet():
                self.put_get(action.view)
            case EditSource():
                self.edit(action.edit)
            case EditView():
                self.edit_view(action.view, action.staged)
            case CheckViews():
                self.check_views(action.views)
            case Consume():
                for side in self.sides:
                    side.consume()
            case _:
                assert_never(action)

    # --- uuids that an engine makes up differ -------------------------------------------------------------------------

    @property
    def numbers(self) -> range:
        return range(len(self.sides))

    def translated(self, number: int, row: Row) -> Row:
        """A row of the first engine as it reads in another one."""
        known = self.uuids[number]
        return {name: known.get(v, v) if isinstance(v, UUID) else v for name, v in row.items()}

    def translated_delta(self, number: int, delta: Sequence[Staged]) -> list[Staged]:
        def value(v: object) -> object:
            return self.uuids[number].get(v, v) if isinstance(v, UUID) else v

        return [Staged(s.op, tuple(map(value, s.old)), self.translated(number, s.row)) for s in delta]  # type: ignore[arg-type]

    def pair_uuids(self, outcomes: Sequence[Outcome]) -> None:
        """Notes which uuids the engines made up for the same new rows, and compares the engines."""
        for number, outcome in enumerate(outcomes[1:], 1):
            for a, b in zip(outcomes[0].created, outcome.created, strict=True):
                for name, v in a.items():
                    if isinstance(v, UUID) and isinstance(b[name], UUID) and v != b[name]:
                        self.uuids[number].setdefault(v, b[name])
        for number, side in enumerate(self.sides[1:], 1):
            for name, rows in self.database.items():
                assert equal_sets([self.translated(number, row) for row in rows], side.database[name]), (
                    f"{name}: the engines differ:\n{lines(rows)}\n{lines(side.database[name])}"
                )

    # --- actions ------------------------------------------------------------------------------------------------------

    def put(self, view: str, file: str, staged: Sequence[Rows], closely: bool) -> Outcome:
        """One put in all engines, which must then hold the same."""
        outcomes = [
            side.put(view, file, rows, closely)
            for side, rows in zip(self.sides, staged, strict=True)
            if side.can_stage(rows)
        ]
        if len(outcomes) == len(self.sides):
            self.compare_violations(view)
        self.pair_uuids(outcomes)
        self.codes.update(outcomes[0].codes)
        return outcomes[0]

    def compare_violations(self, view: str) -> None:
        """The engines list the same rows, and say the same of them."""
        for number, side in enumerate(self.sides[1:], 1):
            mine = [self.translated(number, row) for row in self.sides[0].listed]
            for name, rows, others in ((self.sides[0].name, mine, side.listed), (side.name, side.listed, mine)):
                alone = [row for row in rows if not any(same_row(row, other) for other in others)]
                assert not alone, f"{view}: only {name} lists\n{lines(alone)}"

    def put_get(self, view: str) -> None:
        """Not one row is written, be it with the values that it had."""
        source = self.stacks[view].source.name
        for side in self.sides:
            side.engine.watch(source)
        content = [shown(side.engine.stacks[view], side.database) for side in self.sides]
        outcome = self.put(view, "put", content, False)
        assert not outcome.writes
        for side in self.sides:
            written = side.engine.written(source)
            assert not written, f"{side.name}: a put of what get gave wrote {written} rows"

    def edit(self, edit: Edit) -> None:
        """One direct edit; where the first engine refuses it, those without triggers are not asked."""
        source = next(s for s in self.spec.sources if s.name == edit.source)
        outcomes: list[Outcome] = []
        for number, side in enumerate(self.sides):
            if outcomes and outcomes[0].codes and not side.engine.triggers:
                continue
            before = None if edit.before is None else self.translated(number, edit.before)
            after = None if edit.after is None else self.translated(number, edit.after)
            outcomes.append(side.edit(source, before, after))
        self.codes.update(outcomes[0].codes)
        self.pair_uuids([Outcome() for _ in self.sides])

    def edit_view(self, view: str, staged: Staged) -> None:
        """An interactive edit; an engine without triggers gets the put of that row."""
        meant, outcome = self.sides[0].edit_view(view, staged)
        self.codes.update(outcome.codes & {"BXC13"})
        outcomes = [outcome]
        for number, side in enumerate(self.sides[1:], 1):
            if not side.can_stage([staged]):
                assert outcome.codes  # a value that this engine has no way to say
            elif side.engine.triggers:
                outcomes.append(side.edit_view(view, self.translated_delta(number, [staged])[0])[1])
            elif not outcome.codes:
                outcomes.append(side.put(view, "put_delta", self.translated_delta(number, [meant]), False))
        if not outcome.codes:
            self.pair_uuids(outcomes)

    def check_views(self, views: Sequence[str]) -> None:
        for side in self.sides:
            for view in self.stacks:
                side.check_view(view, shown(self.stacks[view], side.database))
            for view in dict.fromkeys(views):
                side.check_content(view)
                side.check_changes(view)

    def preview(self, view: str, delta: Sequence[Staged]) -> list[Row]:
        """The view's content after a legal delta in the first engine, which is left as it was."""
        outcome = put_rows(self.stacks[view], self.database, delta)
        assert outcome.after is not None
        content = self.sides[0].preview(view, delta)
        assert len(content) == len(shown(self.stacks[view], outcome.after))
        return content
