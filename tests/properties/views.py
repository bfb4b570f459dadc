"""A random generator and a base → the text of a view: keyed, pinned, keyed by a unique column, or grouped."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from .pools import literal, pool_value
from .predicates import Named, Switch, computed, condition, switch


@dataclass(frozen=True, eq=False)
class ViewColumn:
    """A column of a base: as written, its type as written (a computed one may have a type of no pool)."""

    name: str
    type: str
    nullable: bool
    small: bool = False
    stored: bool = True

    @property
    def named(self) -> Named:
        return Named(self.name, self.type, self.nullable, self.small)


Dependency = tuple[tuple[ViewColumn, ...], tuple[ViewColumn, ...]]


@dataclass
class Relation:
    """What a view may be made of. ``key`` is empty where the primary key is not kept (then ``own`` is the key)."""

    name: str
    depth: int
    columns: list[ViewColumn]
    key: list[ViewColumn]
    uniques: list[ViewColumn]
    dependencies: list[Dependency]
    read: list[ViewColumn] = field(default_factory=list)


@dataclass
class Draft:
    """A view under way: its lines, and the columns as they are at this step."""

    random: Random
    base: Relation
    protected: list[ViewColumn]
    hide: list[ViewColumn]
    lines: list[str] = field(default_factory=list)
    columns: list[ViewColumn] = field(default_factory=list)
    now: dict[int, ViewColumn] = field(default_factory=dict)
    switches: list[tuple[str, Switch]] = field(default_factory=list)
    read: list[ViewColumn] = field(default_factory=list)
    grouped: bool = False
    risky: bool = False
    taken: set[str] = field(default_factory=set)


def random_view(random: Random, name: str, base: Relation) -> tuple[str, Relation]:
    """The text of a view over the base, and what views over it may be made of."""
    draft = choose_kind(random, base)
    moves = ["hide"] + [
        random.choice(["where", "rename", "rename", "add", "switch"]) for _ in range(random.randint(0, 4))
    ]
    random.shuffle(moves)
    for move in moves:
        {"hide": hide, "where": add_where, "rename": rename, "add": add, "switch": add_switch}[move](draft)
    hide(draft)
    policies(draft)
    text = "\n".join([f"view {name} from {base.name} {{", *(f"  {line}" for line in draft.lines), "}"])
    return text, result(draft, name)


def choose_kind(random: Random, base: Relation) -> Draft:
    """What the view keeps as its key, and what it hides."""
    kinds = ["keyed", "keyed"] if base.key else ["free"]
    kinds += ["pinned"] * 2 if len(base.key) > 1 else []
    kinds += ["unique"] if base.uniques else []
    kinds += ["grouped"] * 2 if base.dependencies else []
    kind = random.choice(kinds)
    draft = Draft(random, base, [], [], columns=list(base.columns), now={id(c): c for c in base.columns})
    draft.read = list(base.read)
    draft.taken = {c.name.strip('"').lower() for c in base.columns}
    others = [c for c in base.columns if random.randint(0, 9) < 6]
    match kind:
        case "keyed":
            keep = [*base.key, *others]
            draft.protected = base.key
        case "pinned":
            pinned = random.choice(base.key)
            draft.read.append(pinned)
            draft.lines.append(f"where {pinned.name} = {literal(pool_value(random, pinned.type))}")
            draft.protected = [c for c in base.key if c is not pinned]
            keep = [c for c in (*draft.protected, *others) if c is not pinned]
        case "unique":
            unique = random.choice(base.uniques)
            draft.protected = [unique]
            keep = [c for c in (unique, *others) if c not in base.key]
        case "grouped":
            left, right = random.choice(base.dependencies)
            draft.protected = list(left)
            draft.grouped = True
            draft.lines += [f"where {c.name} is not null" for c in left if c.nullable and random.randint(0, 2)]
            keep = [*left, *(c for c in right if random.randint(0, 3))]
            if len(keep) == len(left):
                keep.append(right[0])
        case _:
            keep = list(base.columns)
            draft.protected = list(base.columns)
    draft.hide = [c for c in base.columns if c not in keep]
    return draft


def current(draft: Draft, columns: list[ViewColumn]) -> list[ViewColumn]:
    """These columns of the base as they are at this step, those that are there."""
    return [draft.now[id(c)] for c in columns if id(c) in draft.now]


def hide(draft: Draft) -> None:
    """Hides what is to be hidden, by one `keep` or by several `drop`."""
    random = draft.random
    hidden = [c for c in draft.hide if id(c) in draft.now]
    if not hidden:
        return
    if not draft.grouped:
        for column in hidden:
            if column.stored and random.randint(0, 9) < 3:
                make_switch(draft, column)
    random.shuffle(hidden)
    given = {id(column): default(draft, column) for column in hidden}
    if random.randint(0, 1):
        hidden = [c for c in hidden if not (c.stored and drop(draft, c, given[id(c)]))]
    if hidden:
        keep(draft, hidden, given)


def keep(draft: Draft, hidden: list[ViewColumn], given: dict[int, str | None]) -> None:
    gone = {id(draft.now[id(c)]) for c in hidden}
    draft.columns = [c for c in draft.columns if id(c) not in gone]
    if draft.random.randint(0, 2) == 0:
        draft.random.shuffle(draft.columns)
    defaults = [f"{draft.now[id(c)].name} = {d}" for c in hidden if (d := given[id(c)]) is not None]
    tail = f" default {', '.join(defaults)}" if defaults else ""
    draft.lines.append(f"keep {', '.join(c.name for c in draft.columns)}{tail}")
    for column in hidden:
        del draft.now[id(column)]


def drop(draft: Draft, column: ViewColumn, given: str | None) -> bool:
    """Hides a column by `drop`, which wants a default; False if there is none to give."""
    if given is None and (not column.nullable or column in draft.base.key):
        return False
    at = draft.now.pop(id(column))
    draft.columns = [c for c in draft.columns if c is not at]
    line = f"drop {at.name} default {given or 'null'}"
    for left, right in draft.base.dependencies:
        stay = all(id(c) in draft.now and c not in draft.hide for c in left)
        if column in right and stay and draft.random.randint(0, 3):
            line += f" determined by {', '.join(draft.now[id(c)].name for c in left)}"
    draft.lines.append(line)
    return True


def default(draft: Draft, column: ViewColumn) -> str | None:
    """The default of a hidden column as written; None for no default."""
    random = draft.random
    if not column.stored:
        return None
    for name, found in draft.switches:
        if name == column.name:
            return literal(found.on) if random.randint(0, 9) else None
    if column in draft.base.key or column in draft.base.uniques:
        wants = column.type in ("int", "uuid") and random.randint(0, 9)
        return "fresh" if wants and (len(draft.base.key) == 1 or column in draft.base.uniques) else None
    if random.randint(0, 9) < 5 or (not column.nullable and random.randint(0, 2)):
        return literal(pool_value(random, column.type))
    return None


def may_read(draft: Draft, column: ViewColumn) -> bool:
    """Whether a further `where` may read the column; two on one column seldom leave a row."""
    return column not in draft.read or draft.random.randint(0, 9) == 0


def make_switch(draft: Draft, column: ViewColumn) -> None:
    """A `where` on one column, remembered for defaults and `on delete set`."""
    if not may_read(draft, column):
        return
    draft.read.append(column)
    at = draft.now[id(column)]
    found = switch(draft.random, at.named)
    if found is not None:
        draft.lines.append(f"where {found.text}")
        draft.switches.append((column.name, found))


def add_switch(draft: Draft) -> None:
    """A `where` on a column that stays (a key column where the view is grouped)."""
    random = draft.random
    pool = draft.protected if draft.grouped else [c for c in draft.base.columns if c.stored]
    present = [c for c in pool if id(c) in draft.now and (c not in draft.hide or random.randint(0, 1))]
    if present:
        make_switch(draft, random.choice(present))


def add_where(draft: Draft) -> None:
    random = draft.random
    pool = draft.protected if draft.grouped else [c for c in draft.base.columns if c not in draft.hide]
    if not draft.grouped and random.randint(0, 3) == 0:
        pool = draft.base.columns
        draft.risky = True
    pool = [c for c in pool if c.stored and may_read(draft, c)]
    draft.read += pool
    readable = [c.named for c in current(draft, pool)]
    if readable:
        draft.lines.append(f"where {condition(random, readable)}")


def rename(draft: Draft) -> None:
    random = draft.random
    targets = [n for n in ("r1", "r2", "primary", '"new name"', "set", "R3", "ünï") if fold(n) not in draft.taken]
    if not targets or not draft.columns:
        return
    old = random.choice(draft.columns)
    new = replace(old, name=random.choice(targets))
    draft.taken.add(fold(new.name))
    draft.lines.append(f"rename {old.name} to {new.name}")
    draft.columns = [new if c is old else c for c in draft.columns]
    for key, column in draft.now.items():
        if column is old:
            draft.now[key] = new


def add(draft: Draft) -> None:
    random = draft.random
    targets = [n for n in ("sum", '"c 1"', "calc", "as") if fold(n) not in draft.taken]
    if not targets:
        return
    pool = draft.protected if draft.grouped else draft.base.columns
    text, type_, nullable = computed(random, [c.named for c in current(draft, pool) if c.stored])
    column = ViewColumn(random.choice(targets), type_, nullable, stored=False)
    draft.taken.add(fold(column.name))
    draft.lines.append(f"add {column.name} = {text}")
    draft.columns = [*draft.columns, column]


def fold(name: str) -> str:
    return name.strip('"').lower()


def policies(draft: Draft) -> None:
    """What deletes and inserts of hidden keys do; now and then the key is said."""
    random = draft.random
    if random.randint(0, 9) < 3 or (draft.base.uniques and draft.protected != draft.base.key):
        draft.lines.append(f"key ({', '.join(c.name for c in current(draft, draft.protected))})")
    sets = [(name, found) for name, found in draft.switches if any(c.name == name for c in draft.base.columns)]
    kind = random.randint(0, 9)
    if sets and kind < 6:
        name, found = random.choice(sets)
        draft.lines.append(f"on delete set {name} = {literal(found.off)}")
    elif kind < 7:
        draft.lines.append("on delete reject")
    elif kind < 8 or (draft.grouped and kind < 9):
        draft.lines.append("on delete delete")
    if any(line.startswith("where") for line in draft.lines) and not draft.risky and random.randint(0, 9) < 5:
        draft.lines.append("on hidden revive")


def result(draft: Draft, name: str) -> Relation:
    """The view as a base of further views."""

    def kept(columns: list[ViewColumn]) -> list[ViewColumn]:
        found = current(draft, columns)
        return found if len(found) == len(columns) else []

    dependencies = [
        (tuple(kept(list(left))), tuple(current(draft, list(right))))
        for left, right in draft.base.dependencies
        if kept(list(left)) and current(draft, list(right))
    ]
    key = kept(draft.base.key)
    if not key and not draft.base.key:
        key = []
    elif not key:
        key = current(draft, draft.protected)
    columns = list(draft.columns)
    uniques = [c for c in current(draft, draft.base.uniques) if c not in key]
    if draft.grouped:
        dependencies = []
    return Relation(name, draft.base.depth + 1, columns, key, uniques, dependencies, current(draft, draft.read))
