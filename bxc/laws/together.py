"""Edits of two rows at once that are no sequence of edits of one row: when a question has to be asked of them, too.

A delta of several rows can mostly be put one row after the other. Not so where a row is looked up as it was before the
put (`determined by`), nor where the sender's own rules forbid what would be in between: two rows that swap a UNIQUE
value, or that must agree in a column (`determines`) and change it together. Nor where a share opens: its first content
is put as one. Two rows are enough: what refuses more of them has to do with two rows after the put, and all others can
be taken out of the contents before and after. Of rules that mind how many rows are new, three rows show most, not all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bxc.expr import columns, conjuncts
from bxc.laws.edit import Change
from bxc.laws.end import End
from bxc.laws.table import keys
from bxc.laws.verdict import Fault
from bxc.plan import Fresh
from bxc.types import Int

Names = frozenset[str]


def together(change: Change, updates: Names, sender: End, receiver: End) -> Iterator[Change]:
    """The same change with an update of a second row; ``updates`` are the columns that the sender may update."""
    if change.operation == "open" and (_may_break(None, sender, receiver) or counts(receiver)):
        yield replace(change, also=frozenset())
        if counts(receiver):
            yield replace(change, also=frozenset(), more=1)
    if change.operation not in ("update", "insert") or not updates:
        return
    key = frozenset(receiver.view.key)
    looked_up = {column for determined in receiver.view.determined for column in determined.by}
    written = {sender.stored[n] for n in updates if n in sender.stored}
    bound = any(_read(rule) & written for rule in _rules(sender))
    if change.operation == "update" and bound and _may_break(updates, sender, receiver):
        yield replace(change, also=updates)
    elif any(receiver.stored.get(name) in looked_up for name in updates - key):
        yield replace(change, attributes=change.attributes - key, also=updates - key)


def counts(receiver: End) -> frozenset[Fault]:
    """The rules that may mind how many rows are new: they look at a hidden int that each takes a greater one of."""
    numbered = {
        a.column
        for a in receiver.view.inserts
        if isinstance(a.value, Fresh) and isinstance(receiver.source.column(a.column).type, Int)
    }
    source, view = receiver.source, receiver.view
    rules = {Fault("check", (source.name, check.name)): check.condition for check in source.checks}
    for number, condition in enumerate(conjuncts(view.predicate)):
        rules[Fault("where", (view.name, str(number)))] = condition
    return frozenset(fault for fault, condition in rules.items() if not numbered.isdisjoint(columns(condition)))


def _may_break(names: Names | None, sender: End, receiver: End) -> bool:
    """Whether two rows with other values in these columns (None: two new rows) may break a rule of the receiver's.

    A rule of two rows that the sender states, too, is kept by whatever arrives.
    """
    known = [named for rule in _rules(sender) if (named := _named(rule, sender)) is not None]
    every = frozenset(column.name for column in receiver.source.columns)
    written = every if names is None else {receiver.stored[n] for n in names if n in receiver.stored}
    return any(_read(rule) & written and not _kept(rule, known, receiver) for rule in _rules(receiver))


Rule = tuple[Names, Names]
"""What two rows must not agree in and differ elsewhere: the columns on the left, those on the right (none: a key)."""


def _rules(end: End) -> Iterator[Rule]:
    for unique in keys(end.source):
        yield frozenset(unique), frozenset()
    for dependency in end.source.dependencies:
        yield frozenset(dependency.left), frozenset(dependency.right)


def _read(rule: Rule) -> Names:
    return rule[0] | rule[1]


def _named(rule: Rule, end: End) -> Rule | None:
    """A rule by the names of the view; None where it reads what the view hides."""
    names = {source: name for name, source in end.stored.items()}
    if not _read(rule) <= names.keys():
        return None
    return frozenset(names[c] for c in rule[0]), frozenset(names[c] for c in rule[1])


def _kept(rule: Rule, known: list[Rule], receiver: End) -> bool:
    """Whether rows that keep the sender's rules keep this one."""
    names = {source: name for name, source in receiver.stored.items()}
    left = frozenset(names[c] for c in rule[0] if c in names)
    right = frozenset(names[c] for c in rule[1] if c in names)
    if not receiver.view.grouped and left >= set(receiver.view.key):
        return True  # no two rows agree in the key
    hidden = len(right) < len(rule[1])
    return any(
        left >= other_left and (not other_right or (not hidden and bool(rule[1]) and right <= other_right))
        for other_left, other_right in known
    )
