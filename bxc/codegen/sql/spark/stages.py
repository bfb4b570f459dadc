"""A view → the steps from staged rows to what they do to the source, each a query over the ones before it.

A put keeps each step as a table, which `bxc_violations_<View>` reads.

seen    the source rows whose keys are staged
known   for hidden columns that others determine: what the source knows of the determining values
work    the staged rows, with what is to be known of their keys
effect  every source row that is touched, before and after
made    behind the guard: the rows that are to come
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SPARK
from bxc.codegen.sql.setwise.layout import case, ctes, differ, equal, every, indented, listed
from bxc.codegen.sql.spark.capture import captured_version
from bxc.codegen.sql.spark.shape import Shape
from bxc.codegen.sql.spark.text import col, null, old, q, quoted, same
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


def stages(shape: Shape, staged: str, kind: str) -> list[Stage]:
    """All steps from a relation of staged rows, which has the columns of `bxc_delta_<View>`, to the effects.

    ``kind``: whose rows these are, `new` or `delta`.
    """
    layers = "bxc_layer is 0 where the view shows the row"
    facts = "the staged rows, with what is known of their keys"
    effects = "every source row that they touch, before and after"
    known = [
        Stage(_known_table(shape, by), f"what the source knows of {', '.join(by)}", _known(shape, staged, by, columns))
        for by, columns in _determined(shape).items()
    ]
    return [
        Stage(shape.own("seen"), f"the source rows whose keys are staged; {layers}", _seen(shape, staged)),
        *known,
        Stage(shape.own("work"), facts, _work(shape, staged, kind)),
        Stage(shape.own("effect"), effects, _effect(shape)),
    ]


def _seen(shape: Shape, staged: str) -> str:
    key = [q(k) for k in shape.plan.key]
    before = [f"{q(names.old_column(k))} as {q(k)}" for k in shape.plan.key]
    pinned = every([f"{col('s', c)} = {text}" for c, text in shape.pinned.items()])
    columns = [
        f"{shape.layer('s')} as bxc_layer",
        *(col("s", c) for c in shape.columns),
    ]
    changed = differ(key, [q(names.old_column(k)) for k in shape.plan.key], 4)
    return (
        f"select\n  {listed(columns, 2)}\nfrom {shape.base} as s\nleft semi join (\n"
        f"  select {', '.join(before)} from {staged} where bxc_op <> 'insert'\n"
        f"  union all\n"
        f"  select {', '.join(key)} from {staged}\n"
        f"  where bxc_op = 'insert'\n    or bxc_op = 'update' and {changed}\n"
        f") as w on {_on_key(shape, 's')}" + ("" if pinned == "true" else f"\nwhere {pinned}")
    )


def _on_key(shape: Shape, alias: str) -> str:
    """That a source row, or what has its key columns, has the new key of `w`."""
    return equal([col(alias, c) for c in shape.key_columns], shape.new_key("w"))


# --- what other rows determine --------------------------------------------------------------------------------------


def _determined(shape: Shape) -> dict[tuple[str, ...], list[str]]:
    """The hidden columns that others determine, by those."""
    found: dict[tuple[str, ...], list[str]] = {}
    for determined in shape.plan.determined:
        found.setdefault(determined.by, []).append(determined.column)
    return found


def _known_table(shape: Shape, by: tuple[str, ...]) -> str:
    return shape.own(f"known{list(_determined(shape)).index(by) + 1}")


def _known(shape: Shape, staged: str, by: tuple[str, ...], columns: list[str]) -> str:
    """One row for each new value of the determining columns that the source has."""
    stated = [col("w", shape.stored[b]) for b in by]
    wanted = ", ".join(f"{text} as {q(b)}" for text, b in zip(stated, by, strict=True))
    moves = differ(stated, [col("o", b) for b in by], 4)
    found_on = equal([col("o", c) for c in shape.key_columns], shape.find_key(), 4)
    firsts = [f"first({col('s', c)}) as {q(c)}" for c in columns]
    agree = same([col("t", b) for b in by], [col("s", b) for b in by])
    return (
        f"select\n  {listed([*(col('s', b) for b in by), *firsts], 2)}\nfrom {shape.base} as s\nleft semi join (\n"
        f"  select {wanted}\n"
        f"  from {staged} as w\n"
        f"  left join {shape.own('seen')} as o on {found_on}\n"
        f"  where w.bxc_op = 'insert' or w.bxc_op = 'update' and {moves}\n"
        f") as t on {agree}\n"
        f"group by {', '.join(col('s', b) for b in by)}"
    )


# --- staged rows ----------------------------------------------------------------------------------------------------


def _work(shape: Shape, staged: str, kind: str) -> str:
    """Staged rows with the facts of their keys.

    `bxc_staged`: `new` or `delta`. `bxc_at`: the version of the source. `bxc_renames`: an update changes its key.
    `bxc_old_shown`, `bxc_new_shown`: a visible row has the old, the new key; `bxc_new_hidden`: a hidden row has the new
    one; `bxc_new_rejected`: one that inserts must not revive. `bxc_key_deleted`, `bxc_key_renamed`: a staged row
    deletes or renames what has the new key now. `bxc_old_count`, `bxc_new_count`: how many staged rows have this old,
    this new key. `bxc_creates`: a new source row is needed.
    """
    keys = zip(shape.find_key(), shape.plan.key, strict=True)
    facts = [f"{quoted(kind)} as bxc_staged", f"{captured_version(shape.source)} as bxc_at"]
    facts += [f"{text} as {q(names.helper('key', k))}" for text, k in keys]
    facts.append(f"w.bxc_op = 'update' and {shape.renamed()} as bxc_renames")
    facts += ["coalesce(o.bxc_shown, false) as bxc_old_shown", "coalesce(n.bxc_shown, false) as bxc_new_shown"]
    if shape.plan.layers:
        facts += ["coalesce(n.bxc_hidden, false) as bxc_new_hidden"]
        facts += ["coalesce(n.bxc_rejected, false) as bxc_new_rejected"]
    facts += ["coalesce(l.bxc_deleted, false) as bxc_key_deleted", "coalesce(l.bxc_renamed, false) as bxc_key_renamed"]
    facts += ["coalesce(p.bxc_count, 0) as bxc_old_count", "coalesce(c.bxc_count, 0) as bxc_new_count"]
    joins = [
        f"left join bxc_key as o on {equal([col('o', c) for c in shape.key_columns], shape.old_key())}",
        f"left join bxc_key as n on {_on_key(shape, 'n')}",
        f"left join bxc_old as p on {equal(shape.old_key('p'), shape.old_key())}",
        f"left join bxc_old as l on {equal(shape.old_key('l'), shape.new_key())}",
        f"left join bxc_new as c on {equal(shape.new_key('c'), shape.new_key())}",
    ]
    for number, (by, columns) in enumerate(_determined(shape).items(), 1):
        known = f"k{number}"
        facts += [f"{known}.bxc_known is not null as {q(names.helper('found', c))}" for c in columns]
        facts += [f"{col(known, c)} as {q(names.helper('value', c))}" for c in columns]
        agree = same([col(known, b) for b in by], [col("w", shape.stored[b]) for b in by])
        joins.append(f"left join (select true as bxc_known, * from {_known_table(shape, by)}) as {known} on {agree}")
    text = "\n".join([f"select w.*,\n  {listed(facts, 2)}\nfrom {staged} as w", *joins])
    for columns_of in (_created(shape), _made_up(shape)):
        if columns_of:
            text = f"select w.*,\n  {listed(columns_of, 2)}\nfrom (\n{indented(text, 2)}\n) as w"
    return f"with\n{ctes(_key_facts(shape, staged))}\n{text}"


def _key_facts(shape: Shape, staged: str) -> Iterator[tuple[str, str]]:
    """What the source has under each key, and what is staged for each old and each new key."""
    facts = ["bool_or(bxc_layer = 0) as bxc_shown"]
    if shape.plan.layers:
        rejecting = [str(n) for n, layer in enumerate(shape.plan.layers, 1) if layer.on_hidden == "reject"]
        rejected = f"bool_or(bxc_layer in ({', '.join(rejecting)}))" if rejecting else "false"
        facts += ["bool_or(bxc_layer <> 0) as bxc_hidden", f"{rejected} as bxc_rejected"]
    key = ", ".join(q(c) for c in shape.key_columns)
    yield "bxc_key", f"select {listed([key, *facts], 2)}\nfrom {shape.own('seen')}\ngroup by {key}"
    before, new = ", ".join(shape.old_key()), ", ".join(shape.new_key())
    deleted, renamed = "w.bxc_op = 'delete'", f"w.bxc_op = 'update' and {shape.renamed()}"
    facts = ["count(*) as bxc_count", f"bool_or({deleted}) as bxc_deleted", f"bool_or({renamed}) as bxc_renamed"]
    yield "bxc_old", f"select {listed([before, *facts], 2)}\nfrom {staged} as w\nwhere {OLD}\ngroup by {before}"
    yield "bxc_new", f"select {new}, count(*) as bxc_count\nfrom {staged} as w\nwhere {NEW}\ngroup by {new}"


def stays(shape: Shape) -> str:
    """Whether a visible row has the new key of a staged row `w` and keeps it."""
    freed = "w.bxc_key_renamed"
    if shape.delete_frees:
        freed = "(w.bxc_key_deleted or w.bxc_key_renamed)"
    return f"(w.bxc_new_shown and not {freed})"


def _created(shape: Shape) -> list[str]:
    hidden = " and not w.bxc_new_hidden" if shape.plan.layers else ""
    return [f"w.bxc_op = 'insert'{hidden} and not {stays(shape)} as bxc_creates"]


def _made_up(shape: Shape) -> list[str]:
    """Values for columns of new rows that are to be unlike any there is."""
    row_number = f"row_number() over (partition by w.bxc_creates order by {', '.join(shape.new_key())})"
    number = f"cast({row_number} as bigint)"
    values = []
    for name in shape.fresh:
        fresh = "uuid()"
        if isinstance(shape.source.column(name).type, Int):
            greatest = f"(select greatest(max({col('m', name)}), 0) from {shape.base} as m)"
            fresh = f"case when {greatest} <= {LARGEST} - {number}\n    then {greatest} + {number} end"
        values.append(f"case when w.bxc_creates then {fresh} end as {q(names.helper('fresh', name))}")
    return values


# --- source rows ----------------------------------------------------------------------------------------------------


def _effect(shape: Shape) -> str:
    """Source rows before (`bxc_old_…`) and after; `bxc_kind` says what becomes of them.

    `insert`, `update`, `delete`, `set` (on delete set), `revive`; `keep` for an insert of a key that a row keeps, which
    must not change it. `bxc_gone`: the row as it was is to go; `bxc_made`: the row as it is after is to come.
    """
    before = [col("s", c) for c in shape.columns]
    after = [_after(shape, c) for c in shape.columns]
    found = _select(shape, _kind(shape), before, after)
    assigned = {a.column: a for a in shape.plan.inserts}
    nothing = [null(c.type) for c in shape.source.columns]
    created = _select(shape, "'insert'", nothing, [shape.insert_image(assigned[c]) for c in shape.columns])
    found_on = equal([col("s", c) for c in shape.key_columns], shape.shown_key(), 4)
    differs = differ([col("e", c) for c in shape.columns], [old("e", c) for c in shape.columns], 4)
    rows = (
        f"select e.*,\n  {differs} as bxc_changed\n"
        f"from (\n"
        f"{indented(found, 2)}\n"
        f"  from {shape.own('work')} as w\n"
        f"  join {shape.own('seen')} as s on {found_on}\n"
        f"  union all\n"
        f"{indented(created, 2)}\n"
        f"  from {shape.own('work')} as w\n"
        f"  where w.bxc_creates\n"
        f") as e\nwhere e.bxc_kind is not null"
    )
    return (
        "select e.*,\n"
        "  e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,\n"
        "  e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made\n"
        f"from (\n{indented(rows, 2)}\n) as e"
    )


def made(shape: Shape) -> Stage:
    """The step behind the guard: the rows that are to come, as the source has them."""
    rows = [f"cast({q(c.name)} as {SPARK.column_type(c.type)}) as {q(c.name)}" for c in shape.source.columns]
    query = f"select\n  {listed(rows, 2)}\nfrom {shape.own('effect')}\nwhere bxc_made"
    return Stage(shape.own("made"), "the rows that are to come", query)


def _select(shape: Shape, kind: str, before: list[str], after: list[str]) -> str:
    stated = [f"{col('w', c.name)} as {q(names.helper('view', c.name))}" for c in shape.plan.computed]
    columns = [
        f"{kind} as bxc_kind",
        "w.bxc_staged",
        "w.bxc_at",
        *shape.listed_key(),
        *stated,
        *(f"{text} as {q(names.old_column(c))}" for text, c in zip(before, shape.columns, strict=True)),
        *(f"{text} as {q(c)}" for text, c in zip(after, shape.columns, strict=True)),
    ]
    return f"select\n  {listed(columns, 2)}"


def _reviving(shape: Shape) -> list[int]:
    """The numbers of the layers whose hidden rows an insert brings back."""
    return [number for number, layer in enumerate(shape.plan.layers, 1) if layer.on_hidden == "revive"]


def _kind(shape: Shape) -> str:
    """What a staged row `w` makes of a source row `s` that it finds; NULL: nothing."""
    visible = "s.bxc_layer = 0"
    whens = [(f"w.bxc_op = 'update' and {visible}", "update")]
    if not isinstance(shape.plan.on_delete, RejectDelete):
        kind = "delete" if isinstance(shape.plan.on_delete, DeleteRow) else "set"
        whens.append((f"w.bxc_op = 'delete' and {visible}", kind))
    whens.append((f"w.bxc_op = 'insert' and {visible} and {stays(shape)}", "keep"))
    if reviving := ", ".join(map(str, _reviving(shape))):
        revived = f"w.bxc_op = 'insert' and s.bxc_layer in ({reviving}) and not {stays(shape)}"
        whens.append((revived, "revive"))
    return case([(condition, quoted(kind)) for condition, kind in whens], None, 2)


def _after(shape: Shape, name: str) -> str:
    """The after-image of a source row `s` that a staged row `w` finds; what it does not touch may have any."""
    images = [("w.bxc_op = 'update'", shape.update_image(name))]
    if name in shape.stored:
        images.append(("w.bxc_op = 'insert' and s.bxc_layer = 0", shape.update_image(name)))
    for number in _reviving(shape):
        layer = shape.plan.layers[number - 1]
        images.append((f"w.bxc_op = 'insert' and s.bxc_layer = {number}", shape.revive_image(layer, name)))
    if isinstance(shape.plan.on_delete, SetColumn):
        images.append(("w.bxc_op = 'delete'", shape.set_image(name)))
    unchanged = col("s", name)
    conditions: dict[str, list[str]] = {}
    for condition, image in images:
        if image != unchanged:
            conditions.setdefault(image, []).append(condition)
    whens = [(" or ".join(found), image) for image, found in conditions.items()]
    if isinstance(shape.plan.on_delete, DeleteRow):
        return case([*whens, ("w.bxc_op <> 'delete'", unchanged)], None, 2)
    return case(whens, unchanged, 2) if whens else unchanged
