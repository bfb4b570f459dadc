"""One engine beside the evaluator's idea of what it holds; each edit is made and judged here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bxc import model as m

from .changes import History, apply_delta, by_primary_key, net_delta
from .contents import edited
from .deltas import settle
from .effects import FreshUuid
from .engines import Engine, OwnRefusalError, RefusalError
from .evaluator import Database, Outcome, Staged, key_of, put_content, put_rows, same_row, shown
from .expressions import Row, same
from .rights import may
from .stack import Stack

Rows = Sequence[Staged] | Sequence[Row]
"""What is staged: a delta, or a view's whole content."""


@dataclass
class Side:
    """One engine and what its sources should hold.

    ``baseline``: what they held when captured edits were last forgotten; ``listed``: the violations of the last put, if
    they were asked for.
    """

    engine: Engine
    database: Database = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    baseline: Database = field(default_factory=dict)
    listed: list[Row] = field(default_factory=list)

    def load(self, database: Database) -> None:
        """Starts again with this content."""
        self.database = {name: [dict(row) for row in rows] for name, rows in database.items()}
        self.engine.load(self.database)
        self.consume()

    def consume(self) -> None:
        """Forgets the captured edits, in the engine and here."""
        self.engine.forget()
        self.baseline = dict(self.database)
        self.histories = {name: History(rows) for name, rows in self.database.items()}

    def stack(self, view: str) -> Stack:
        return self.engine.stacks[view]

    # --- puts ---------------------------------------------------------------------------------------------------------

    def put(self, view: str, action: str, rows: Rows, closely: bool) -> Outcome:
        """One put in one transaction: done as the evaluator says, or refused."""
        self.engine.begin()
        if closely:
            self.engine.capture()
        outcome = self.expect(view, action, rows)
        self.stage(view, action, rows)
        self.listed = self.engine.violations(view) if closely or outcome.codes else []
        listed = {str(row["bxc_code"]) for row in self.listed}
        captured = self.engine.captured()
        try:
            self.engine.put(view, action)
        except RefusalError as refusal:
            self.check_refusal(view, outcome, listed, refusal)
            return outcome
        assert outcome.after is not None, f"{self.name}: accepted, but {sorted(outcome.codes)} apply"
        assert not listed, f"{self.name}: the violations view lists {listed} for a legal put"
        written = self.engine.captured() - captured
        assert (written == 0) == (outcome.writes == 0), f"{self.name}: {written} captured, {outcome.writes} to write"
        self.accept(self.stack(view).source.name, outcome, view)
        self.check_content(view)
        if closely:
            self.check_idempotence(view, action, rows)
        self.engine.clear_staging(view)
        self.engine.commit()
        return outcome

    @property
    def name(self) -> str:
        return self.engine.name

    def expect(self, view: str, action: str, rows: Rows) -> Outcome:
        """The evaluator's opinion of a put."""
        if action == "put_delta":
            return put_rows(self.stack(view), self.database, [row for row in rows if isinstance(row, Staged)])
        return put_content(self.stack(view), self.database, [r for r in rows if not isinstance(r, Staged)])

    def can_stage(self, rows: Rows) -> bool:
        return all(
            self.engine.can_stage(v) for row in rows for v in (row.row if isinstance(row, Staged) else row).values()
        )

    def stage(self, view: str, action: str, rows: Rows) -> None:
        if action == "put_delta":
            self.engine.stage(view, [row for row in rows if isinstance(row, Staged)])
        else:
            self.engine.stage_whole(view, [row for row in rows if not isinstance(row, Staged)])

    def accept(self, source: str, outcome: Outcome, via: str | None) -> None:
        """Takes over an edit into the content that is expected and its history."""
        assert outcome.after is not None
        self.database = outcome.after
        self.histories[source].record(outcome.effects, outcome.created, via)

    def check_refusal(self, view: str, outcome: Outcome, listed: set[str], refusal: RefusalError) -> None:
        """A refused put names the lowest code, lists its reasons and leaves every table as it was."""
        assert outcome.codes, f"{self.name}: refused with {refusal.text}, but the put is legal"
        assert refusal.code == outcome.expected, f"{self.name}: {refusal.text}, but {sorted(outcome.codes)} apply"
        assert min(listed, default=None) == refusal.code, f"{self.name}: {refusal.code}, but listed are {listed}"
        if outcome.exact:
            assert listed == outcome.codes, f"{self.name}: listed are {listed}, but {sorted(outcome.codes)} apply"
        if self.name == "sqlite":
            self.check_content(view)
        self.engine.rollback()
        self.check_content(view)
        self.engine.clear_staging(view)

    def check_idempotence(self, view: str, action: str, rows: Rows) -> None:
        """Running a whole put, or a delta without renames, again changes nothing."""
        updates = [row for row in rows if isinstance(row, Staged) and row.op == "update"]
        if all(staged.old == key_of(self.stack(view), staged.row) for staged in updates):
            before = self.engine.captured()
            self.engine.put(view, action)
            assert self.engine.captured() == before, f"{self.name}: a second run of the put wrote rows"
            self.check_content(view)

    def preview(self, view: str, delta: Sequence[Staged]) -> list[Row]:
        """The view's content after a legal delta, which is rolled back."""
        self.engine.begin()
        self.engine.stage(view, delta)
        self.engine.put(view)
        content = self.engine.view(view)
        self.engine.rollback()
        return content

    # --- edits --------------------------------------------------------------------------------------------------------

    def edit(self, source: m.Source, before: Row | None, after: Row | None) -> Outcome:
        """One direct edit of a source; ``before`` is known by its primary key. Refused without the right."""
        rows = self.database[source.name]
        key = source.primary_key
        at = next((i for i, row in enumerate(rows) if before and all(same(row[n], before[n]) for n in key)), None)
        if before is not None and at is None:
            raise KeyError(f"no row to edit: {before}")
        now = edited(rows, None if at is None else rows[at], after)
        effects: dict[int, Row | None] = {} if at is None else {at: after}
        created = [after] if before is None and after is not None else []
        outcome = Outcome(set(), effects, created, {**self.database, source.name: now})
        if self.engine.triggers and not self.allowed(source.name, outcome):
            outcome = Outcome({"BXC13"})
        elif not self.engine.triggers:
            effects, created = by_primary_key(source, rows, now)
            kept = [row for i, old in enumerate(rows) if (row := effects.get(i, old)) is not None]
            outcome = Outcome(set(), effects, created, {**self.database, source.name: kept + created})
        refusal = refused(lambda: self.engine.edit(source, before, after))
        assert refusal == outcome.expected, f"{self.name}: {refusal}, but {outcome.codes} apply to the edit"
        if refusal:
            return outcome
        self.engine.begin()
        self.engine.capture()
        self.engine.commit()
        self.accept(source.name, outcome, None)
        return outcome

    def edit_view(self, view: str, staged: Staged) -> tuple[Staged, Outcome]:
        """INSERT, UPDATE or DELETE on the view; gives the staged row that it means and what it does."""
        stack = self.stack(view)
        rows = {key_of(stack, row): row for row in shown(stack, self.database)}
        old = rows.get(staged.old) if staged.op == "update" else dict.fromkeys(staged.row)
        meant = staged
        if staged.op != "delete" and old is not None:
            again = settle(stack, self.database, staged).row
            unsaid = [name for name in stack.computed if same(staged.row[name], old[name])]
            meant = replace(staged, row={**staged.row, **{name: again[name] for name in unsaid}})
        outcome = put_rows(self.stack(view), self.database, [meant])
        if not self.allowed(stack.source.name, outcome, view):
            outcome = Outcome({*outcome.codes, "BXC13"})
        refusal: RefusalError | None = None
        try:
            self.engine.edit_view(view, rows.get(staged.old), staged)
        except RefusalError as error:
            refusal = error
        self.check_edit(outcome, staged, refusal)
        if refusal is None:
            self.accept(stack.source.name, outcome, view)
        self.check_content(view)
        return meant, outcome

    def check_edit(self, outcome: Outcome, staged: Staged, refusal: RefusalError | None) -> None:
        """An edit of a view is refused by the put of its row; or by the engine itself, in its own words and order."""
        if isinstance(refusal, OwnRefusalError):
            nothing = outcome.after is not None and not outcome.writes
            taken = nothing and staged.op == "insert" and "BXC10" in refusal.codes  # for a table, that is no no-op
            assert taken or refusal.codes & outcome.codes, f"{refusal}, but {sorted(outcome.codes)} apply to the edit"
        else:
            code = refusal and refusal.code
            assert code == outcome.expected, f"refused with {code}, but {sorted(outcome.codes)} apply to the edit"

    def allowed(self, source: str, outcome: Outcome, via: str | None = None) -> bool:
        """Whether the peer holds the rights that an edit takes, made on the source or through a view."""
        history = History(self.database[source])
        history.record(outcome.effects, outcome.created, via)
        return outcome.after is None or may(self.engine.spec, self.engine.stacks, source, history, self.engine.peer)

    # --- checks -------------------------------------------------------------------------------------------------------

    def check_content(self, view: str) -> None:
        """Every source holds what it should, and the view shows what get gives."""
        for name, rows in self.engine.database().items():
            wanted = self.database[name]
            name_uuids(wanted, rows)
            assert equal_sets(wanted, rows), (
                f"{self.name}: {name} holds\n{lines(rows)}\nbut should hold\n{lines(wanted)}"
            )
        self.check_view(view, shown(self.stack(view), self.database))

    def check_view(self, view: str, wanted: list[Row]) -> None:
        """The view and its get file give these rows."""
        for found in (self.engine.view(view), self.engine.get(view)):
            assert equal_sets(wanted, found), f"{self.name}: {view} shows\n{lines(found)}\nnot\n{lines(wanted)}"

    def check_changes(self, view: str) -> None:
        """The changes of a view are the difference of its content since the captured edits began."""
        stack = self.stack(view)
        found = self.engine.changes(view)
        new = shown(stack, self.database)
        applied = apply_delta(stack, shown(stack, self.baseline), found)
        assert equal_sets(applied, new), (
            f"{self.name}: the changes of {view}\n{lines(found)}\nlead to\n{lines(applied)}\nnot\n{lines(new)}"
        )
        wanted, sure = net_delta(stack, self.histories[stack.source.name])
        assert not sure or meaning(found) == meaning(wanted), (
            f"{self.name}: the changes of {view} are\n{lines(found)}\nbut should be\n{lines(wanted)}"
        )


def refused(edit: Callable[[], None]) -> str | None:
    """The code with which an edit is refused; None if it is not."""
    try:
        edit()
    except RefusalError as refusal:
        return refusal.code
    return None


def equal_sets(a: Iterable[Row], b: Iterable[Row]) -> bool:
    """Whether two lists hold the same rows, in any order."""
    rest = list(b)
    for row in a:
        found = next((i for i, other in enumerate(rest) if same_row(row, other)), None)
        if found is None:
            return False
        del rest[found]
    return not rest


def name_uuids(expected: list[Row], found: list[Row]) -> None:
    """Replaces each uuid that the engine was to make up by the one that it made, in place."""
    for row in expected:
        fresh = [name for name, v in row.items() if isinstance(v, FreshUuid)]
        if fresh:
            taken = [other for other in expected if other is not row]
            for candidate in found:
                alike = all(same(v, candidate[name]) for name, v in row.items() if name not in fresh)
                if alike and not any(same_row(candidate, other) for other in taken):
                    row.update({name: candidate[name] for name in fresh})
                    break


def meaning(delta: Sequence[Staged]) -> Counter[tuple[object, ...]]:
    """A delta without the columns of deletes, which say nothing."""
    return Counter(
        (staged.op, staged.old, () if staged.op == "delete" else tuple(staged.row.items())) for staged in delta
    )


def lines(rows: Iterable[object]) -> str:
    return "\n".join(f"  {row}" for row in rows)
