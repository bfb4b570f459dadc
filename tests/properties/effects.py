"""Staged rows and the source rows that they find → the source rows' after-images, by the lens of each level in turn."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from bxc import model as m
from bxc.expr import Literal
from bxc.types import Int, Value

from .constraints import broken_constraints
from .expressions import Row, same
from .stack import Level, Stack

LARGEST = 2**63 - 1


class FreshUuid(UUID):
    """Stands for a uuid that the engine makes up."""


class Effects:
    """What becomes of the source rows. Adds BXC12, BXC14, BXC16 and BXC19 to ``codes`` as they arise."""

    def __init__(self, stack: Stack, database: dict[str, list[Row]], codes: set[str]) -> None:
        self.stack = stack
        self.database = database
        self.rows = database[stack.source.name]
        self.codes = codes
        self.after: dict[int, Row | None] = {}
        self.created: list[Row] = []
        self.made: dict[str, int] = {}

    # --- update -------------------------------------------------------------------------------------------------------

    def update(self, index: int, out: Row) -> Row:
        """The row's after-image when its view row becomes ``out``."""
        after = self.carry_down(self.rows[index], out)
        self.after[index] = after
        return after

    def carry_down(self, row: Row, out: Row) -> Row:
        """The source row that results when its view row becomes ``out``."""
        traces = self.stack.traces(row)
        for number in reversed(range(len(self.stack.levels))):
            level, before = self.stack.levels[number], traces[number].before

            def keep(name: str, step: m.Step, index: int, behind: Row) -> Value:
                return self.kept(level, name, step, index, behind, before[index])  # noqa: B023 (called at once)

            out = level.back(out, keep)
        return {name: out[name] for name in row}

    def kept(self, level: Level, name: str, step: m.Step, index: int, behind: Row, before: Row) -> Value:
        """A hidden column keeps its value, unless it is determined by columns that change to known values."""
        if isinstance(step, m.Drop) and any(not same(behind[b], before[b]) for b in step.determined_by):
            for found in self.determined(level, name, step, index, behind):
                return found
        kept: Value = before[name]
        return kept

    def determined(self, level: Level, name: str, step: m.Drop, index: int, behind: Row) -> Iterator[Value]:
        """The value that source rows which agree with ``behind`` on the determining columns have, if there is one.

        Only as long as the view that is put keeps these columns.
        """
        origin = {column: source for column, source in level.origins[index].items() if source is not None}
        if not step.determined_by or not {origin[b] for b in step.determined_by} <= set(self.stack.stored.values()):
            return
        for row in self.rows:
            if all(same(row[origin[b]], behind[b]) for b in step.determined_by):
                yield row[origin[name]]

    # --- delete -------------------------------------------------------------------------------------------------------

    def delete_policy(self) -> tuple[int | None, m.OnDelete | None]:
        """The level that decides about a vanished row and how it sets the row; (None, None): deletes it."""
        for number in reversed(range(len(self.stack.levels))):
            policy = self.stack.policy(number)
            if policy != "delete":
                return number, policy if isinstance(policy, m.OnDelete) else None
        return None, None

    def falsified(self, index: int, number: int, policy: m.OnDelete) -> Row:
        """The row after ``set c = lit`` of a level: the source column behind ``c`` is set, and nothing else."""
        assert policy.column is not None
        assert policy.value is not None
        source = self.stack.levels[number].base_origin[policy.column]
        assert source is not None
        return {**self.rows[index], source: policy.value.value}

    def delete(self, index: int) -> None:
        """A visible row vanishes from the view: each level passes the delete down, sets a column, or refuses."""
        number, policy = self.delete_policy()
        if number is None:
            self.after[index] = None
        elif policy is None:
            self.codes.add("BXC19")
        else:
            after = self.falsified(index, number, policy)
            self.after[index] = after
            visible = [trace.visible for trace in self.stack.traces(after)]
            if not all(visible[:number]):
                self.codes.add("BXC12")
            if visible[number]:
                self.codes.add("BXC19")

    # --- insert -------------------------------------------------------------------------------------------------------

    def may_revive(self, index: int) -> bool:
        """Whether an insert of a hidden row's key brings it back: by the policy of the level that hides it.

        The insert must name the row also at that level.
        """
        number = self.hiding_level(index)
        return self.stack.on_hidden(number) == "revive" and self.stack.names_rows_of(number)

    def hiding_level(self, index: int) -> int:
        _, number = self.stack.show(self.rows[index])
        return number

    def create(self, out: Row) -> Row:
        """The new source row of an inserted view row."""
        for level in reversed(self.stack.levels):

            def default(name: str, step: m.Step, index: int, behind: Row) -> Value:
                return self.default(level, name, step, index, behind)  # noqa: B023 (called at once)

            out = level.back(out, default)
        row = {column.name: out[column.name] for column in self.stack.source.columns}
        self.created.append(row)
        return row

    def default(self, level: Level, name: str, step: m.Step, index: int, behind: Row) -> Value:
        """What a column that a step hides takes in a new source row."""
        column = self.stack.source.column(level.origins[index][name] or "")
        in_key = column.name in self.stack.source.primary_key
        made = isinstance(level.declared_default(name, step), m.Fresh) or column.name in self.stack.pins
        if in_key and not self.stack.keyed and not made:
            self.codes.add("BXC14")
        for found in self.defaults(level, name, step, index, behind):
            return found
        self.codes.add("BXC14" if in_key else "BXC16")
        return None

    def defaults(self, level: Level, name: str, step: m.Step, index: int, behind: Row) -> Iterator[Value]:
        """The values that a hidden column may take, best first; none for a NOT NULL column without a default."""
        source = self.stack.source
        column = source.column(level.origins[index][name] or "")
        if isinstance(step, m.Drop):
            yield from self.determined(level, name, step, index, behind)
        declared = level.declared_default(name, step)
        if isinstance(declared, m.Fresh):
            yield self.fresh(column)
        elif isinstance(declared, Literal):
            yield declared.value
        if column.name in source.primary_key and column.name in self.stack.pins:
            yield self.stack.pins[column.name]
        if column.default is not None:
            yield column.default.value
        if column.nullable:
            yield None

    def fresh(self, column: m.Column) -> Value:
        """A uuid that nobody has, or the next int above the greatest in the source."""
        count = self.made[column.name] = self.made.get(column.name, 0) + 1
        if not isinstance(column.type, Int):
            return FreshUuid(int=(1 << 127) + count)
        greatest = max((v for row in self.rows if isinstance(v := row[column.name], int)), default=0)
        if max(greatest, 0) + count > LARGEST:
            self.codes.add("BXC14")
        return max(greatest, 0) + count

    def revive(self, index: int, out: Row) -> Row:
        """The after-image of a hidden row that an insert brings into the view.

        Above the level that hides it the row is inserted, below it is updated; that level itself takes defaults for
        what its `where` reads and keeps the rest.
        """
        row = self.rows[index]
        hiding = self.hiding_level(index)
        traces = self.stack.traces(row)
        for number in reversed(range(len(self.stack.levels))):
            level, before = self.stack.levels[number], traces[number].before

            def hidden(name: str, step: m.Step, at: int, behind: Row) -> Value:
                column = level.origins[at][name]  # noqa: B023 (called at once)
                takes_default = number > hiding or (number == hiding and column in level.where_inputs)  # noqa: B023
                declared = level.declared_default(name, step)  # noqa: B023
                if takes_default and column not in self.stack.source.primary_key and not isinstance(declared, m.Fresh):
                    for value in self.defaults(level, name, step, at, behind):  # noqa: B023
                        return value
                return self.kept(level, name, step, at, behind, before[at])  # noqa: B023

            out = level.back(out, hidden)
        after = {name: out[name] for name in row}
        self.after[index] = after
        return after

    # --- the result ---------------------------------------------------------------------------------------------------

    def result(self) -> tuple[list[Row], dict[int, Row | None], list[Row]]:
        """The source's rows after the put, the rows written by position, and the new rows."""
        written: dict[int, Row | None] = {}
        for index, after in self.after.items():
            before = self.rows[index]
            if after is None or not all(same(before[name], after[name]) for name in before):
                written[index] = after
        self.after = written
        merged = [written.get(index, row) for index, row in enumerate(self.rows)]
        return [row for row in merged if row is not None] + self.created, written, self.created

    def breaks_constraints(self) -> bool:
        """Whether the rows written break a constraint; to be asked after ``result``."""
        rows, written, created = self.result()
        touched: list[tuple[Row | None, Row | None]] = [(self.rows[index], after) for index, after in written.items()]
        touched += [(None, row) for row in created]
        return bool(broken_constraints(self.stack.spec, self.stack.source, self.database, touched, rows))
