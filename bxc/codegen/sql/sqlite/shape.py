"""A view's plan with its source: the names, matches and after-images that the statements of its put are made of.

Aliases: `w` is a staged row in bxc's own order (`bxc_work_<View>` and what has its columns), `s` a source row.
A staged row has, besides the columns of the delta, for each hidden source column that other rows determine
`bxc_found_<column>` and `bxc_value_<column>`, and for each that takes a fresh value `bxc_fresh_<column>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from bxc import expr as e
from bxc.codegen.sql import names
from bxc.codegen.sql.sqlite.text import (
    TRUE,
    WIDTH,
    Image,
    col,
    conditions,
    differ,
    equal,
    every,
    literal,
    old,
    q,
    row,
    same,
    value,
    vector,
)
from bxc.codegen.sql.viewed import Viewed
from bxc.dataclass import dataclass
from bxc.plan import (
    Assignment,
    Constant,
    DeleteRow,
    Fresh,
    FromView,
    Layer,
    Missing,
    SetColumn,
    ViewColumn,
)


@dataclass(frozen=True, slots=True)
class Shape(Viewed):
    """A view over its source. All texts are SQL for SQLite."""

    # --- names ---------------------------------------------------------------------------------------------------

    @property
    def work(self) -> str:
        """The staged rows that a put is applying."""
        return q(names.helper("work", self.name))

    @property
    def base(self) -> str:
        return q(self.source.name)

    @property
    def changes(self) -> str:
        return q(names.change_table(self.source.name))

    def own(self, part: str) -> str:
        """An object of bxc's for this view."""
        return q(names.helper(part, self.name))

    # --- columns -------------------------------------------------------------------------------------------------

    @property
    def key(self) -> tuple[ViewColumn, ...]:
        return tuple(self.plan.column(name) for name in self.plan.key)

    @property
    def source_columns(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.source.columns)

    @property
    def uniques(self) -> tuple[tuple[str, ...], ...]:
        """The primary key and the other keys."""
        return (self.source.primary_key, *(u.columns for u in self.source.uniques))

    @property
    def unique_columns(self) -> frozenset[str]:
        return frozenset(c for key in self.uniques for c in key)

    @property
    def single(self) -> bool:
        """Whether the engine itself holds that a view row has at most one source row."""
        matched = {m.column for m in self.plan.match}
        return any(matched.issuperset(key) for key in self.uniques)

    @property
    def updated(self) -> tuple[str, ...]:
        """The source columns that an update may change, in the source's order."""
        changing = {*self.stored, *self.determined}
        return tuple(c for c in self.source_columns if c in changing)

    @property
    def fixed_updated(self) -> tuple[str, ...]:
        """Those of them that an update which keeps its key may change."""
        keys = {c.source for c in self.key}
        return tuple(c for c in self.updated if c not in keys)

    @property
    def contested(self) -> tuple[str, ...]:
        """The columns of other keys among those: another row may have, or leave, the value that one takes."""
        return tuple(c for c in self.fixed_updated if c in self.unique_columns)

    @property
    def written(self) -> frozenset[str]:
        """The source columns that an update, a revived row or `on delete set` may change."""
        policy = self.plan.on_delete
        set_column = {policy.column} if isinstance(policy, SetColumn) else set()
        return frozenset({*self.updated, *set_column, *(a.column for layer in self.plan.layers for a in layer.revives)})

    @property
    def revives(self) -> bool:
        return any(layer.on_hidden == "revive" for layer in self.plan.layers)

    @property
    def deletes(self) -> bool:
        """Whether a vanished view row deletes source rows."""
        return isinstance(self.plan.on_delete, DeleteRow)

    @property
    def delete_frees(self) -> bool:
        """Whether a vanished view row leaves its key free: deleted, or its key column set to another value."""
        policy = self.plan.on_delete
        if isinstance(policy, SetColumn):
            return policy.column in {m.column for m in self.plan.match}
        return self.deletes

    # --- keys ----------------------------------------------------------------------------------------------------

    def new_key(self, alias: str) -> list[str]:
        return [col(alias, name) for name in self.plan.key]

    def old_key(self, alias: str) -> list[str]:
        return [old(alias, name) for name in self.plan.key]

    def renamed(self, alias: str = "w") -> str:
        """Whether an update changes its key; unknown where a key has a NULL."""
        return f"{vector(self.new_key(alias))} <> {vector(self.old_key(alias))}"

    def kept_key(self, alias: str = "w") -> str:
        """Whether an update keeps its key."""
        return equal(self.new_key(alias), self.old_key(alias))

    def among(self, key: Sequence[str], relation: str, condition: str, *, before: bool) -> str:
        """Whether a key is an old (or new) key of those rows ``x`` of a relation that fulfil a condition."""
        if not key:
            return f"exists (select 1 from {relation} as x where {condition})"
        listed = ", ".join(self.old_key("x") if before else self.new_key("x"))
        return f"{vector(key)} in (select {listed} from {relation} as x where {condition})"

    # --- source rows behind a staged row -------------------------------------------------------------------------

    def matches(self, key: Sequence[str], image: Image) -> str:
        """Whether a source row has a view key (given as texts in the key's order), and the pinned key columns."""
        by_name = dict(zip(self.plan.key, key, strict=True))
        parts = [
            f"{image(m.column)} = "
            + (by_name[m.value.column] if isinstance(m.value, FromView) else literal(m.value.value))
            for m in self.plan.match
        ]
        return " and ".join(parts) or TRUE

    def visible(self, image: Image) -> list[str]:
        """The conjuncts of `where` on an image."""
        return conditions(self.plan.predicate, image)

    def shows(self, key: Sequence[str], image: Image) -> list[str]:
        """Conditions under which a source row is visible under a key."""
        return [self.matches(key, image), *self.visible(image)]

    def exists(self, *parts: str, alias: str = "s", indent: int | None = None) -> str:
        """Whether the source has a row that fulfils all conditions; with an indent, on several lines if it is long."""
        needed = [part for part in parts if part != TRUE]
        line = f"exists (select 1 from {self.base} as {alias} where {' and '.join(needed) or TRUE})"
        if indent is None or len(line) <= WIDTH - indent - len("and not "):
            return line
        pad = "\n" + " " * indent
        listed = every(needed, indent + 4)
        return f"exists ({pad}  select 1 from {self.base} as {alias}{pad}  where {listed}{pad})"

    def hidden_at(self, index: int, image: Image) -> list[str]:
        """Conditions under which a row is hidden by the layer of that index, and by none below it."""
        layers = self.plan.layers
        below = [part for layer in layers[:index] for part in conditions(layer.predicate, image)]
        return [*below, f"({value(layers[index].predicate, image)}) is not true"]

    # --- after-images --------------------------------------------------------------------------------------------
    # ``known`` gives the text of a looked-up column; the staged row has it, unless said otherwise.

    def update_image(self, w: str = "w", before: Image | None = None, known: Image | None = None) -> Image:
        """The after-image of a source row (`s`, or another image) that an update finds."""
        was, found = before or row("s"), known or row(w)
        stored, determined = self.stored, self.determined

        def image(name: str) -> str:
            if name in stored:
                return col(w, stored[name])
            if name in determined:
                by = determined[name].by
                changes = differ([col(w, stored[b]) for b in by], [was(b) for b in by])
                follows = f"{changes} and {found(found_column(name))}"
                return f"case when {follows} then {found(value_column(name))} else {was(name)} end"
            return was(name)

        return image

    def revive_image(self, layer: Layer, w: str = "w", known: Image | None = None) -> Image:
        """The after-image of a hidden source row `s` that an insert brings into the view; what has no default stays."""
        update, assigned = self.update_image(w, known=known), {a.column: a for a in layer.revives}

        def image(name: str) -> str:
            assignment = assigned.get(name)
            if assignment is None or isinstance(assignment.value, Fresh | Missing):
                return update(name)
            return self._assigned(assignment, w, known or row(w))

        return image

    def insert_image(self, w: str = "w", known: Image | None = None) -> Image:
        """A new source row."""
        assigned = {a.column: a for a in self.plan.inserts}
        return lambda name: self._assigned(assigned[name], w, known or row(w))

    def _assigned(self, assignment: Assignment, w: str, known: Image) -> str:
        name = assignment.column
        match assignment.value:
            case FromView(column):
                return col(w, column)
            case Constant(constant):
                text = literal(constant)
            case Fresh():
                text = known(fresh_column(name))
            case Missing():
                text = "null"
            case _:
                assert_never(assignment.value)
        if name not in self.determined:
            return text
        return f"case when {known(found_column(name))} then {known(value_column(name))} else {text} end"

    def set_image(self, before: Image) -> Image:
        """The after-image of a source row whose view row vanishes under `on delete set`."""
        policy = self.plan.on_delete
        assert isinstance(policy, SetColumn)
        return lambda name: literal(policy.value) if name == policy.column else before(name)

    # --- differences ---------------------------------------------------------------------------------------------

    def changed_by_update(self, names_of: Iterable[str], w: str = "w", s: str = "s") -> str:
        """Whether an update changes any of these source columns of `s`."""
        columns = list(names_of)
        image = self.update_image(w, row(s))
        return differ([col(s, c) for c in columns], [image(c) for c in columns])

    def same_stored(self, w: str = "w", s: str = "s") -> str:
        """Whether a source row has the stored columns of a staged row."""
        return same([col(s, c) for c in self.stored], [col(w, c) for c in self.stored.values()])

    # --- what an expression reads --------------------------------------------------------------------------------

    def stored_only(self, expr: e.Expr) -> bool:
        """Whether an expression can be evaluated on a staged row alone."""
        return set(e.columns(expr)) <= set(self.stored)


def found_column(column: str) -> str:
    """Whether the source determines a hidden column, by the staged row's columns: 1 or 0."""
    return names.helper("found", column)


def value_column(column: str) -> str:
    """The determined value."""
    return names.helper("value", column)


def fresh_column(column: str) -> str:
    """The fresh value; `TOO_LARGE` for an int past 64 bits."""
    return names.helper("fresh", column)


TOO_LARGE = "-1"
"""Fresh ints are never negative."""
