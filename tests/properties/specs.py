"""A random generator → the text of a spec: sources with constraints, and views of every kind over them.

The text is mostly sound; a view that the compiler refuses (a default that contradicts a predicate, a key that is none)
is left out by whoever compiles it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random

from bxc.types import Value

from .pools import KEY_TYPES, TYPES, literal, pool_value
from .predicates import Named, condition, switch
from .views import Relation, ViewColumn, random_view

NAMES = (
    "a b c d e f g h amount city flag live note owner rank status title x y z "
    "key order group select where default from update delete insert table index value text int date "
    '"two words" "semi;colon" "it\'s" "quo""te" "not" "case" "null" "äöü" "a.b" "%s" "--" naïve select_ _under x1'
)
RELATIONS = (
    "Ward Drug Patient Visit Order Group Table Select Index Trigger Values Ledger Stock Site Trial Unit "
    '"Lab result" "Ärzte" "o\'clock" "dot.ted" Übung T U V W Clinic Nurse Room Bed Shift Case1 View1 Test9'
)


def words(text: str) -> list[str]:
    """The names of a list, quoted ones with their quotes."""
    return re.findall(r'"(?:[^"]|"")*"|\S+', text)


@dataclass
class Column:
    """A source column. ``right_of``: the columns that determine it."""

    name: str
    type: str
    nullable: bool = True
    default: Value = None
    has_default: bool = False
    unique: bool = False
    references: str = ""
    small: bool = False
    key: bool = False
    right_of: tuple[Column, ...] = ()


@dataclass
class Source:
    name: str
    columns: list[Column]
    key: list[Column]
    lines: list[str] = field(default_factory=list)
    targets: list[Column] = field(default_factory=list)


@dataclass(frozen=True)
class SpecText:
    """A spec in pieces: the head with peers and sources, and each view by itself, in the order of the text."""

    head: str
    views: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join((self.head, *self.views))


def random_spec(random: Random, most_views: int = 7) -> SpecText:
    """A spec of one peer with one to three sources and views over them, stacked up to three high."""
    relations = words(RELATIONS)
    random.shuffle(relations)
    sources: list[Source] = []
    for _ in range(random.choice([1, 2, 2, 3])):
        sources.append(random_source(random, relations.pop(), sources))
    bases = [relation_of(source) for source in sources]
    grown: list[Relation] = []
    texts = []
    for _ in range(random.randint(3, most_views)):
        candidates = [relation for relation in grown if relation.depth < 3]
        base = random.choice(candidates) if candidates and random.randint(0, 9) < 4 else random.choice(bases)
        text, relation = random_view(random, relations.pop(), base)
        texts.append(text)
        grown.append(relation)
    head = "\n".join(["spec random version 1", "peer P", "peer Q", *map(source_text, sources)])
    return SpecText(head, tuple(texts))


def random_source(random: Random, name: str, earlier: list[Source]) -> Source:
    names = words(NAMES)
    random.shuffle(names)
    key_types = [random.choice(KEY_TYPES)]
    if random.randint(0, 9) < 3:
        key_types.append(random.choice([*KEY_TYPES, "bool", "enum('low', 'mid', 'o''clock')"]))
    key = [Column(names.pop(), type_, nullable=False, key=True) for type_ in key_types]
    columns = list(key)
    source = Source(name, columns, key)
    if random.randint(0, 9) < 4:
        columns.append(Column(names.pop(), random.choice(KEY_TYPES), random.randint(0, 3) == 0, unique=True))
    for _ in range(random.randint(1, 4)):
        type_ = random.choice(TYPES)
        columns.append(Column(names.pop(), type_, random.randint(0, 2) > 0))
    if random.randint(0, 9) < 6:
        add_dependency(random, source, names)
    if random.randint(0, 9) < 5:
        add_reference(random, source, names, earlier)
    for column in columns:
        if not column.key and not column.unique and random.randint(0, 9) < 4:
            column.has_default = True
            column.default = pool_value(random, column.type)
    add_checks(random, source)
    if random.randint(0, 9) < 2 and len(columns) > 3:
        pair = random.sample([c for c in columns if c.type != "real"], 2)
        source.lines.append(f"unique ({', '.join(c.name for c in pair)})")
    random.shuffle(columns)
    return source


def add_dependency(random: Random, source: Source, names: list[str]) -> None:
    """A functional dependency from one or two new columns to one or two more."""
    types = ["text", "int", "enum('low', 'mid', 'o''clock')", "bool", "date", "varchar(4)"]
    left = [
        Column(names.pop(), random.choice(types), random.randint(0, 3) == 0) for _ in range(random.choice([1, 1, 2]))
    ]
    right = [
        Column(names.pop(), random.choice(TYPES), random.randint(0, 2) > 0, right_of=tuple(left))
        for _ in range(random.choice([1, 1, 2]))
    ]
    source.columns += [*left, *right]
    source.lines.append(f"determines {', '.join(c.name for c in left)} -> {', '.join(c.name for c in right)}")


def add_reference(random: Random, source: Source, names: list[str], earlier: list[Source]) -> None:
    """A foreign key to an earlier source or to this one."""
    targets = [(source, c) for c in source.columns if (c.key and len(source.key) == 1) or c.unique]
    targets += [(s, c) for s in earlier for c in s.columns if (c.key and len(s.key) == 1) or c.unique]
    if targets:
        target, column = random.choice(targets)
        nullable = target is source or random.randint(0, 2) > 0
        reference = f"{target.name}({column.name})"
        source.columns.append(Column(names.pop(), column.type, nullable, references=reference))


def add_checks(random: Random, source: Source) -> None:
    """A range for an int, and now and then a condition over several columns."""
    for column in source.columns:
        if column.type == "int" and not column.key and not column.references and random.randint(0, 2) == 0:
            column.small = True
            source.lines.append(f"check ({column.name} between 0 and 100)")
    named = [Named(c.name, c.type, c.nullable, c.small) for c in source.columns]
    if random.randint(0, 9) < 3:
        label = random.choice(["", "sane: "])
        source.lines.append(f"check {label}({condition(random, named)} or {condition(random, named, 0)})")
    if random.randint(0, 9) < 1:
        found = switch(random, random.choice(named))
        if found is not None:
            source.lines.append(f"check ({found.text})")


def source_text(source: Source) -> str:
    lines = [f"  {column_text(column)}" for column in source.columns]
    if len(source.key) == 1:
        lines = [line + " primary key" if c.key else line for c, line in zip(source.columns, lines, strict=True)]
    else:
        lines.append(f"  primary key ({', '.join(c.name for c in source.key)})")
    return "\n".join([f"source {source.name} at P {{", *lines, *(f"  {line}" for line in source.lines), "}"])


def column_text(column: Column) -> str:
    parts = [column.name, column.type]
    if not column.nullable and not column.key:
        parts.append("not null")
    if column.unique:
        parts.append("unique")
    if column.has_default:
        parts.append(f"default {literal(column.default)}")
    if column.references:
        parts.append(f"references {column.references}")
    return " ".join(parts)


def relation_of(source: Source) -> Relation:
    """A source as the base of views: what a view may keep to have a key."""
    by_column = {id(c): ViewColumn(c.name, c.type, c.nullable, c.small) for c in source.columns}
    columns = [by_column[id(c)] for c in source.columns]
    uniques = [by_column[id(c)] for c in source.columns if c.unique and not c.nullable]
    groups = {
        tuple(id(left) for left in c.right_of): tuple(by_column[id(left)] for left in c.right_of)
        for c in source.columns
        if c.right_of
    }
    rights = {
        key: tuple(by_column[id(c)] for c in source.columns if tuple(id(left) for left in c.right_of) == key)
        for key in groups
    }
    pairs = [(groups[key], rights[key]) for key in groups]
    return Relation(source.name, 0, columns, [by_column[id(c)] for c in source.key], uniques, pairs)
