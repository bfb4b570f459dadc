"""A view → the steps from staged rows to what they do to the source, each a query over the ones before it.

seen    the source rows whose keys are staged
known   for hidden columns that others determine: what the source knows of the determining values
work    the staged rows, with what is to be known of their keys
effect  every source row that is touched, before and after

Engines that have semi-joins take `seen` and `known` as they are here; the effects each puts together in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.setwise.layout import case, ctes, differ, equal, every, indented, listed
from bxc.codegen.sql.setwise.shape import SetShape
from bxc.dataclass import dataclass
from bxc.plan import DeleteRow, RejectDelete, SetColumn
from bxc.types import Int

LARGEST = 2**63 - 1
NEW = "w.bxc_op in ('insert', 'update')"
OLD = "w.bxc_op in ('update', 'delete')"


@dataclass(frozen=True, slots=True)
class Stage:
    """A step: the relation that it makes, what that holds, and the query."""

    relation: str
    comment: str
    query: str


def steps(
    shape: SetShape, *, seen: str, known: Callable[[tuple[str, ...], list[str]], str], work: str, effect: str
) -> list[Stage]:
    """All steps to the effects, by their queries; ``known`` takes determining columns and those that they determine."""
    layers = "bxc_layer is 0 where the view shows the row"
    facts = "the staged rows, with what is known of their keys"
    effects = "every source row that they touch, before and after"
    return [
        Stage(shape.own("seen"), f"the source rows whose keys are staged; {layers}", seen),
        *(
            Stage(_known_table(shape, by), f"what the source knows of {', '.join(by)}", known(by, columns))
            for by, columns in _determined(shape).items()
        ),
        Stage(shape.own("work"), facts, work),
        Stage(shape.own("effect"), effects, effect),
    ]


def staged_keys(shape: SetShape, staged: str, union: str) -> str:
    """A query of the keys that are staged, old and new; its lines are moved to the right."""
    write = shape.write
    key = [write.q(k) for k in shape.plan.key]
    before = [f"{write.q(names.old_column(k))} as {write.q(k)}" for k in shape.plan.key]
    changed = differ(key, [write.q(names.old_column(k)) for k in shape.plan.key], 4)
    return (
        f"  select {', '.join(before)} from {staged} where bxc_op <> 'insert'\n"
        f"  {union}\n"
        f"  select {', '.join(key)} from {staged}\n"
        f"  where bxc_op = 'insert'\n    or bxc_op = 'update' and {changed}\n"
    )


def seen(shape: SetShape, staged: str, own: Sequence[str] = ()) -> str:
    """The query of `seen`, with columns of the engine's own before the others."""
    pinned = every([f"{shape.write.col('s', c)} = {text}" for c, text in shape.pinned.items()])
    columns = [*own, f"{shape.layer('s')} as bxc_layer", *(shape.write.col("s", c) for c in shape.columns)]
    keys = f"(\n{staged_keys(shape, staged, 'union all')})"
    found = shape.write.looked_up(shape.base, "s", keys, "w", on_key(shape, "s"))
    return f"select\n  {listed(columns, 2)}\n{found}" + ("" if pinned == "true" else f"\nwhere {pinned}")


def on_key(shape: SetShape, alias: str) -> str:
    """That a source row, or what has its key columns, has the new key of `w`."""
    return equal([shape.write.col(alias, c) for c in shape.key_columns], shape.new_key("w"))


# --- what other rows determine --------------------------------------------------------------------------------------


def _determined(shape: SetShape) -> dict[tuple[str, ...], list[str]]:
    """The hidden columns that others determine, by those."""
    found: dict[tuple[str, ...], list[str]] = {}
    for determined in shape.plan.determined:
        found.setdefault(determined.by, []).append(determined.column)
    return found


def _known_table(shape: SetShape, by: tuple[str, ...]) -> str:
    return shape.own(f"known{list(_determined(shape)).index(by) + 1}")


def determining(shape: SetShape, staged: str, by: tuple[str, ...], select: str = "select") -> str:
    """A query of the new values that are staged for determining columns; its lines are moved to the right."""
    write = shape.write
    stated = [write.col("w", shape.stored[b]) for b in by]
    wanted = ", ".join(f"{text} as {write.q(b)}" for text, b in zip(stated, by, strict=True))
    moves = differ(stated, [write.col("o", b) for b in by], 4)
    found_on = equal([write.col("o", c) for c in shape.key_columns], shape.find_key(), 4)
    return (
        f"  {select} {wanted}\n"
        f"  from {staged} as w\n"
        f"  left join {shape.own('seen')} as o on {found_on}\n"
        f"  where w.bxc_op = 'insert' or w.bxc_op = 'update' and {moves}\n"
    )


def agree(shape: SetShape, by: tuple[str, ...]) -> str:
    """Whether a source row `s` has the determining values of `t`."""
    return shape.write.same(
        [shape.write.col("t", b) for b in by], [shape.write.col("s", b) for b in by], shape.nullable(by)
    )


def known(shape: SetShape, staged: str, by: tuple[str, ...], columns: list[str]) -> str:
    """One row for each new value of the determining columns that the source has."""
    write = shape.write
    determined = [write.col("s", b) for b in by]
    some = [f"{write.some_value(write.col('s', c), shape.source.column(c).type)} as {write.q(c)}" for c in columns]
    return (
        f"select\n  {listed([*determined, *some], 2)}\n"
        + write.looked_up(shape.base, "s", f"(\n{determining(shape, staged, by)})", "t", agree(shape, by))
        + f"\ngroup by {', '.join(determined)}"
    )


# --- staged rows ----------------------------------------------------------------------------------------------------


def work(shape: SetShape, staged: str, own: Sequence[str] = ()) -> str:
    """Staged rows with the facts of their keys.

    `bxc_renames`: an update changes its key. `bxc_old_shown`, `bxc_new_shown`: a visible row has the old, the new key;
    `bxc_new_hidden`: a hidden row has the new one; `bxc_new_rejected`: one that inserts must not revive.
    `bxc_key_deleted`, `bxc_key_renamed`: a staged row deletes or renames what has the new key now. `bxc_old_count`,
    `bxc_new_count`: how many staged rows have this old, this new key. `bxc_creates`: a new source row is needed.
    """
    write = shape.write
    keys = zip(shape.find_key(), shape.plan.key, strict=True)
    facts = [*own]
    facts += [f"{text} as {write.q(names.helper('key', k))}" for text, k in keys]
    facts.append(f"w.bxc_op = 'update' and {shape.renamed()} as bxc_renames")
    facts += ["coalesce(o.bxc_shown, false) as bxc_old_shown", "coalesce(n.bxc_shown, false) as bxc_new_shown"]
    if shape.plan.layers:
        facts += ["coalesce(n.bxc_hidden, false) as bxc_new_hidden"]
        facts += ["coalesce(n.bxc_rejected, false) as bxc_new_rejected"]
    facts += ["coalesce(l.bxc_deleted, false) as bxc_key_deleted", "coalesce(l.bxc_renamed, false) as bxc_key_renamed"]
    facts += ["coalesce(p.bxc_count, 0) as bxc_old_count", "coalesce(c.bxc_count, 0) as bxc_new_count"]
    joins = [
        f"left join bxc_key as o on {equal([write.col('o', c) for c in shape.key_columns], shape.old_key())}",
        f"left join bxc_key as n on {on_key(shape, 'n')}",
        f"left join bxc_old as p on {equal(shape.old_key('p'), shape.old_key())}",
        f"left join bxc_old as l on {equal(shape.old_key('l'), shape.new_key())}",
        f"left join bxc_new as c on {equal(shape.new_key('c'), shape.new_key())}",
    ]
    for number, (by, columns) in enumerate(_determined(shape).items(), 1):
        alias = f"k{number}"
        facts += [f"{alias}.bxc_known is not null as {write.q(names.helper('found', c))}" for c in columns]
        facts += [f"{write.col(alias, c)} as {write.q(names.helper('value', c))}" for c in columns]
        agreed = write.same(
            [write.col(alias, b) for b in by], [write.col("w", shape.stored[b]) for b in by], shape.nullable(by)
        )
        joins.append(f"left join (select true as bxc_known, * from {_known_table(shape, by)}) as {alias} on {agreed}")
    text = "\n".join([f"select w.*,\n  {listed(facts, 2)}\nfrom {staged} as w", *joins])
    for columns_of in (_created(shape), _made_up(shape)):
        if columns_of:
            text = f"select w.*,\n  {listed(columns_of, 2)}\nfrom (\n{indented(text, 2)}\n) as w"
    return f"with\n{ctes(_key_facts(shape, staged))}\n{text}"


def _key_facts(shape: SetShape, staged: str) -> Iterator[tuple[str, str]]:
    """What the source has under each key, and what is staged for each old and each new key."""
    write = shape.write
    facts = ["bool_or(bxc_layer = 0) as bxc_shown"]
    if shape.plan.layers:
        rejecting = [str(n) for n, layer in enumerate(shape.plan.layers, 1) if layer.on_hidden == "reject"]
        rejected = f"bool_or(bxc_layer in ({', '.join(rejecting)}))" if rejecting else "false"
        facts += ["bool_or(bxc_layer <> 0) as bxc_hidden", f"{rejected} as bxc_rejected"]
    key = ", ".join(write.q(c) for c in shape.key_columns)
    yield "bxc_key", f"select {listed([key, *facts], 2)}\nfrom {shape.own('seen')}\ngroup by {key}"
    before, new = ", ".join(shape.old_key()), ", ".join(shape.new_key())
    deleted, renamed = "w.bxc_op = 'delete'", f"w.bxc_op = 'update' and {shape.renamed()}"
    facts = ["count(*) as bxc_count", f"bool_or({deleted}) as bxc_deleted", f"bool_or({renamed}) as bxc_renamed"]
    yield "bxc_old", f"select {listed([before, *facts], 2)}\nfrom {staged} as w\nwhere {OLD}\ngroup by {before}"
    yield "bxc_new", f"select {new}, count(*) as bxc_count\nfrom {staged} as w\nwhere {NEW}\ngroup by {new}"


def stays(shape: SetShape) -> str:
    """Whether a visible row has the new key of a staged row `w` and keeps it."""
    freed = "w.bxc_key_renamed"
    if shape.delete_frees:
        freed = "(w.bxc_key_deleted or w.bxc_key_renamed)"
    return f"(w.bxc_new_shown and not {freed})"


def _created(shape: SetShape) -> list[str]:
    hidden = " and not w.bxc_new_hidden" if shape.plan.layers else ""
    return [f"w.bxc_op = 'insert'{hidden} and not {stays(shape)} as bxc_creates"]


def _made_up(shape: SetShape) -> list[str]:
    """Values for columns of new rows that are to be unlike any there is."""
    write = shape.write
    number = write.counted(f"row_number() over (partition by w.bxc_creates order by {', '.join(shape.new_key())})")
    values = []
    for name in shape.fresh:
        fresh = write.fresh_uuid
        if isinstance(shape.source.column(name).type, Int):
            greatest = f"(select greatest(max({write.col('m', name)}), 0) from {shape.base} as m)"
            fresh = f"case when {greatest} <= {LARGEST} - {number}\n    then {greatest} + {number} end"
        values.append(f"case when w.bxc_creates then {fresh} end as {write.q(names.helper('fresh', name))}")
    return values


# --- source rows ----------------------------------------------------------------------------------------------------


def found_row(shape: SetShape, kind: str, after: Callable[[str], str], own: Sequence[str] = ()) -> str:
    """The SELECT of a source row `s` that a staged row `w` finds, before and after."""
    before = [shape.write.col("s", c) for c in shape.columns]
    return _select(shape, [f"{kind} as bxc_kind", *own], before, [after(c) for c in shape.columns])


def new_row(shape: SetShape, own: Sequence[str] = ()) -> str:
    """The SELECT of a source row that a staged row `w` creates."""
    assigned = {a.column: a for a in shape.plan.inserts}
    nothing = [shape.write.null(c.type) for c in shape.source.columns]
    after = [shape.insert_image(assigned[c]) for c in shape.columns]
    return _select(shape, ["'insert' as bxc_kind", *own], nothing, after)


def _select(shape: SetShape, first: Sequence[str], before: Sequence[str], after: Sequence[str]) -> str:
    write = shape.write
    columns = [
        *first,
        *shape.listed_key(),
        *(f"{write.col('w', c.name)} as {write.q(names.helper('view', c.name))}" for c in shape.plan.computed),
        *(f"{text} as {write.q(names.old_column(c))}" for text, c in zip(before, shape.columns, strict=True)),
        *(f"{text} as {write.q(c)}" for text, c in zip(after, shape.columns, strict=True)),
    ]
    return f"select\n  {listed(columns, 2)}"


def touched(shape: SetShape, found: str, created: str, pad: str, more: Sequence[str] = ()) -> str:
    """All rows that are found or created, by the SELECT of each; ``more`` are clauses behind that of found rows."""
    found_on = equal([shape.write.col("s", c) for c in shape.key_columns], shape.shown_key(), 4)
    lines = [
        indented(found, len(pad)),
        f"{pad}from {shape.own('work')} as w",
        f"{pad}join {shape.own('seen')} as s on {found_on}",
        *(pad + clause for clause in more),
        f"{pad}union all",
        indented(created, len(pad)),
        f"{pad}from {shape.own('work')} as w",
        f"{pad}where w.bxc_creates",
    ]
    return "\n".join(lines)


def differs(shape: SetShape) -> str:
    """Whether an effect changes a row."""
    write = shape.write
    return differ([write.col("e", c) for c in shape.columns], [write.old("e", c) for c in shape.columns], 4)


def reviving(shape: SetShape) -> list[int]:
    """The numbers of the layers whose hidden rows an insert brings back."""
    return [number for number, layer in enumerate(shape.plan.layers, 1) if layer.on_hidden == "revive"]


def kind(shape: SetShape) -> str:
    """What a staged row `w` makes of a source row `s` that it finds; NULL: nothing."""
    visible = "s.bxc_layer = 0"
    whens = [(f"w.bxc_op = 'update' and {visible}", "update")]
    if not isinstance(shape.plan.on_delete, RejectDelete):
        kind = "delete" if isinstance(shape.plan.on_delete, DeleteRow) else "set"
        whens.append((f"w.bxc_op = 'delete' and {visible}", kind))
    whens.append((f"w.bxc_op = 'insert' and {visible} and {stays(shape)}", "keep"))
    if numbers := ", ".join(map(str, reviving(shape))):
        revived = f"w.bxc_op = 'insert' and s.bxc_layer in ({numbers}) and not {stays(shape)}"
        whens.append((revived, "revive"))
    return case([(condition, shape.write.quoted(kind)) for condition, kind in whens], None, 2)


def after(shape: SetShape, name: str, kind: str) -> str:
    """The after-image of a source row `s` that a staged row `w` finds, by what becomes of it."""
    images = [("'update'", "", shape.update_image(name))]
    if name in shape.stored:
        images.append(("'keep'", "", shape.update_image(name)))
    for number in (numbers := reviving(shape)):
        layer = f" and s.bxc_layer = {number}" if len(numbers) > 1 else ""
        images.append(("'revive'", layer, shape.revive_image(shape.plan.layers[number - 1], name)))
    if isinstance(shape.plan.on_delete, SetColumn):
        images.append(("'set'", "", shape.set_image(name)))
    unchanged = shape.write.col("s", name)
    kinds: dict[tuple[str, str], list[str]] = {}
    for one, layer, image in images:
        if image != unchanged:
            kinds.setdefault((layer, image), []).append(one)
    whens = [
        (f"{kind} = {found[0]}{layer}" if len(found) == 1 else f"{kind} in ({', '.join(found)}){layer}", image)
        for (layer, image), found in kinds.items()
    ]
    return chosen(shape, whens, f"{kind} <> 'delete'", unchanged)


def chosen(shape: SetShape, whens: list[tuple[str, str]], lives: str, unchanged: str) -> str:
    """The after-image of a column by conditions; NULL where the row is deleted."""
    if isinstance(shape.plan.on_delete, DeleteRow):
        return case([*whens, (lives, unchanged)], None, 2)
    return case(whens, unchanged, 2) if whens else unchanged
