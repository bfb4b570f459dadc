"""A rule of a put that a legal edit breaks → what to say of it: the code, the place, the words (`docs/checking.md`)."""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.expr import columns, conjuncts
from bxc.laws.edit import Change
from bxc.laws.end import End
from bxc.laws.put import Refusal
from bxc.laws.verdict import Fault, Law
from bxc.plan import RejectDelete, SetColumn, ViewPlan

ORDER = ("BXC10", "BXC11", "BXC14", "BXC16", "BXC12", "BXC15", "BXC19", "BXC18", "BXC17")
"""The rules in the order in which they are asked about: what refuses every edit of a kind comes first."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a broken rule means to a user. ``reading`` are the source columns that it looks at."""

    code: str
    law: Law
    fault: Fault
    message: str
    label: str
    help: str
    reading: frozenset[str]


def said(refusal: Refusal, receiver: End, change: Change) -> Said | None:
    """What to say; None where the spec itself says that the view refuses, so that its own peer knows."""
    view = receiver.view
    match refusal.code:
        case "BXC10" | "BXC18":
            return _unforeseen(refusal, view)
        case "BXC11":
            return _hidden_key(receiver, change, Fault("on hidden", (view.name,)))
        case "BXC12":
            return _outside(refusal, receiver, change)
        case "BXC14":
            return _no_key_value(refusal, view)
        case "BXC15":
            return _computed(refusal, view)
        case "BXC16":
            return _no_value(refusal, view)
        case "BXC19":
            return _stays(view)
        case _:
            return _constraint(refusal, receiver, change)


def own_word(refusal: Refusal, view: ViewPlan, spoken: bool) -> bool:
    """Whether the spec says in so many words that the view refuses such edits: nothing to warn its own peer of."""
    if refusal.fault.kind == "primary key":
        return spoken
    match refusal.code:
        case "BXC11":
            return spoken
        case "BXC14" | "BXC15":
            return True
        case "BXC19":
            return isinstance(view.on_delete, RejectDelete)
        case _:
            return False


def _unforeseen(refusal: Refusal, view: ViewPlan) -> Said:
    return Said(
        "BX105",
        Law.PUT_TOTAL,
        Fault("view", (view.name,)),
        f"`{view.name}` refuses an edit that the rights allow",
        f"refused with {refusal.code}",
        "take the right away, or make the views' conditions agree",
        frozenset(),
    )


def _hidden_key(receiver: End, change: Change, fault: Fault) -> Said:
    view = receiver.view
    if change.operation == "update":
        message = f"a row renamed in `{view.name}` may meet a row of `{view.source}` that the view hides"
        way = f"take away the right to update the key, or let the view show every row of `{view.source}`"
    else:
        message = f"a key inserted into `{view.name}` may belong to a row of `{view.source}` that the view hides"
        revive = "say `on hidden revive`"
        if view.base != view.source:
            revive += " in the view that hides the rows, and find rows by the same key there and here"
        way = f"{revive}, or let the view show every row of `{view.source}`"
    reading = frozenset(m.column for m in view.match) | _read(view)
    label = "who sees only this view cannot know the keys of the rows that it hides"
    return Said("BX208", Law.PUT_TOTAL, fault, message, label, way, reading)


def _read(view: ViewPlan) -> frozenset[str]:
    return frozenset() if view.predicate is None else frozenset(columns(view.predicate))


def _outside(refusal: Refusal, receiver: End, change: Change) -> Said:
    view = receiver.view
    reading = _read(view)
    stored = frozenset(receiver.stored.values())
    fault = refusal.fault
    if fault.kind == "where":
        number = int(fault.names[1])
        reading = frozenset(columns(conjuncts(view.predicate)[number]))
        step = receiver.wheres[number] if len(receiver.wheres) == len(conjuncts(view.predicate)) else (view.name,)
        fault = Fault("where", tuple(map(str, step)))
    if refusal.fault.kind == "on delete":
        return Said(
            "BX207",
            Law.PUT_TOTAL,
            refusal.fault,
            f"`on delete set` takes a row of `{view.name}` out of the view below it too",
            "the row must stay in the view that this one is built on",
            "set a column that the view below does not read",
            reading,
        )
    hidden = sorted(reading - stored)
    if change.inserts and hidden:
        listed = ", ".join(f"`{c}`" for c in hidden)
        return Said(
            "BX207",
            Law.PUT_TOTAL,
            fault,
            f"a row inserted into `{view.name}` may not fulfil its condition: {listed} takes a default",
            "not true for a row that another end can have, with the default of what is hidden",
            f"give {listed} a default that makes the condition true, or keep it in the view",
            reading,
        )
    return Said(
        "BX311",
        Law.ENDS_AGREE,
        fault,
        f"`{view.name}` does not admit all rows that another end may have",
        "not true for a row that another end can have",
        "give all ends of the share the same condition, or a `check` that implies it",
        reading,
    )


def _no_key_value(refusal: Refusal, view: ViewPlan) -> Said:
    column = refusal.fault.names[1]
    return Said(
        "BX105",
        Law.PUT_TOTAL,
        Fault("view", (view.name,)),
        f"rows cannot be inserted into `{view.name}`: nothing gives `{column}` a value",
        f"hides `{column}`, a key column of `{view.source}`",
        f"say `default {column} = fresh` where the view hides it, or take the right to insert away",
        frozenset((column,)),
    )


def _no_value(refusal: Refusal, view: ViewPlan) -> Said:
    source, column = refusal.fault.names
    fitting = f"`{column}` a default for which the condition of `{view.name}` is true"
    way = (
        f"give {fitting}"
        if column in _read(view)
        else f"declare a default for `{column}`, in the view or in `{source}`"
    )
    return Said(
        "BX202",
        Law.SOURCE_KEPT,
        Fault("column", (source, column)),
        f"a row inserted into `{view.name}` has no value for `{column}`",
        "is NOT NULL, and the view hides it",
        f"{way}, or keep it",
        frozenset((column,)),
    )


def _computed(refusal: Refusal, view: ViewPlan) -> Said:
    column = refusal.fault.names[1]
    value = view.column(column).value
    return Said(
        "BX311",
        Law.ENDS_AGREE,
        refusal.fault,
        f"`{view.name}` computes `{column}`, and an edit may give it another value",
        "a row is taken in only with the value that this gives",
        f"compute `{column}` in the same way at every end, and let nobody update it",
        frozenset(columns(value)),
    )


def _stays(view: ViewPlan) -> Said:
    if isinstance(view.on_delete, SetColumn):
        return Said(
            "BX207",
            Law.PUT_TOTAL,
            Fault("on delete", (view.name,)),
            f"`on delete set` may leave a row in `{view.name}`",
            "the row still fulfils the condition of the view",
            "set a value that makes the condition false for every row",
            _read(view) | {view.on_delete.column},
        )
    return Said(
        "BX105",
        Law.PUT_TOTAL,
        Fault("on delete", (view.name,)),
        f"`{view.name}` refuses every delete, and another peer may delete",
        "rejects deletes",
        "say `on delete delete` or `on delete set …`, or take the right to delete away",
        frozenset(),
    )


def _constraint(refusal: Refusal, receiver: End, change: Change) -> Said:
    view, source = receiver.view, receiver.source
    stored = frozenset(receiver.stored.values())
    fault = refusal.fault
    match fault.kind:
        case "primary key":
            return _hidden_key(receiver, change, Fault("on hidden", (view.name,)))
        case "unique":
            listed = ", ".join(f"`{c}`" for c in fault.names[1:])
            return Said(
                "BX203",
                Law.SOURCE_KEPT,
                fault,
                f"a put through `{view.name}` may give two rows of `{source.name}` the same {listed}",
                "two rows must not agree here",
                "keep the column out of what other peers write, or declare the same `unique` at every end",
                frozenset(fault.names[1:]),
            )
        case "determines":
            left, right = (names.split(",") for names in fault.names[1:])
            names = ", ".join(f"`{c}`" for c in right)
            return Said(
                "BX204",
                Law.SOURCE_KEPT,
                fault,
                f"a put through `{view.name}` may break what `{source.name}` determines",
                "rows that agree on the left must agree on the right",
                f"let {names} follow (`drop {right[0]} default … determined by {', '.join(left)}`), or share all its "
                "columns and state it at every end",
                frozenset((*left, *right)),
            )
        case "references":
            return _reference(fault, receiver, change)
        case _:
            check = next(c for c in source.checks if c.name == fault.names[1])
            reading = frozenset(columns(check.condition))
            alone = reading <= stored
            return Said(
                "BX311" if alone else "BX205",
                Law.ENDS_AGREE if alone else Law.SOURCE_KEPT,
                fault,
                f"a put through `{view.name}` may break a check of `{source.name}`",
                "false for a row that another end can have" if alone else "false together with what the view hides",
                "declare the same check at every end" if alone else "keep all columns of the check, or none of them",
                reading,
            )


def _reference(fault: Fault, receiver: End, change: Change) -> Said:
    view = receiver.view
    referrer, column = fault.names
    leaving = referrer != receiver.source.name or change.operation == "delete"
    if leaving:
        message = f"a put through `{view.name}` may take away a row that `{referrer}` refers to"
        label = "refers to rows that the put may delete or rename"
        way = "keep the row in the source with `on delete set …`, or take away the rights to delete and to rename"
    else:
        target = next(k.target for k in receiver.source.foreign_keys if k.column == column)
        message = f"a put through `{view.name}` may write a `{column}` that is not in `{target}`"
        label = "the row that it refers to may not be there"
        way = f"take away the right to write `{column}`, or share the rows that it refers to"
    return Said("BX206", Law.SOURCE_KEPT, fault, message, label, way, frozenset((column,)))
