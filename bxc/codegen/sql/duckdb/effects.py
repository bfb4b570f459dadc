"""A view → the queries that say what staged rows would do to the source, and which rules they would break.

Every query reads a relation of staged rows with the columns of a delta and `bxc_staged`, which tells apart what is
staged together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.duckdb.shape import Shape
from bxc.codegen.sql.duckdb.text import (
    Image,
    col,
    differ,
    equal,
    holds,
    listed,
    missing,
    null,
    old,
    q,
    quoted,
    row,
    same,
    value,
)
from bxc.expr import columns as columns_of
from bxc.model import ForeignKey
from bxc.plan import DeleteRow, RejectDelete, SetColumn
from bxc.types import Decimal, Int

Queries = list[tuple[str, str]]
LARGEST = 2**63 - 1
NEW = "w.bxc_op in ('insert', 'update')"
OLD = "w.bxc_op in ('update', 'delete')"


def effect_queries(shape: Shape, staged: str) -> Queries:
    """`work` (staged rows, with fresh values), `effect` (all touched source rows), `change` (those that differ)."""
    return [("work", _work(shape, staged)), ("effect", _effects(shape)), ("change", _changes(shape))]


def _work(shape: Shape, staged: str) -> str:
    parts = ["w.*", f"{creates(shape, staged)} as bxc_creates"]
    if not shape.fresh:
        return f"select {', '.join(parts)}\nfrom {staged} as w"
    order = ", ".join(shape.new_key())
    number = f"row_number() over (partition by w.bxc_staged, w.bxc_creates order by {order})"
    values = []
    for name in shape.fresh:
        type_ = shape.source.column(name).type
        fresh = "uuid()"
        if isinstance(type_, Int):
            greatest = f"(select greatest(coalesce(max({col('m', name)}), 0), 0) from {shape.base} as m)"
            fresh = f"case when {greatest} <= {LARGEST} - {number} then {greatest} + {number} end"
        values.append(f"case when w.bxc_creates then {fresh} end as {q(names.helper('fresh', name))}")
    inner = f"select {', '.join(parts)} from {staged} as w"
    return f"select w.*,\n  {listed(values, 2)}\nfrom ({inner}) as w"


def creates(shape: Shape, staged: str) -> str:
    """Whether a staged row `w` needs a new source row: no row has its key and stays."""
    leaves = f"({shape.visible(row('s'))} and {shape.freed(staged, shape.new_key(), shape.frees)})"
    return f"(w.bxc_op = 'insert' and not {shape.exists(shape.matches(shape.new_key()), f'not {leaves}')})"


def _effects(shape: Shape) -> str:
    """All source rows that staged rows touch, with their after-image; `bxc_kind` says how."""
    arms = [
        _arm(shape, "update", "w.bxc_op = 'update'", shape.old_key(), shape.visible(row("s")), shape.update_image),
    ]
    match shape.plan.on_delete:
        case DeleteRow():
            arms.append(_arm(shape, "delete", "w.bxc_op = 'delete'", shape.old_key(), shape.visible(row("s")), None))
        case SetColumn():
            arms.append(
                _arm(shape, "set", "w.bxc_op = 'delete'", shape.old_key(), shape.visible(row("s")), shape.set_image)
            )
        case RejectDelete():
            pass
    same_row = same([col("s", c) for c in shape.stored], [col("w", v) for v in shape.stored.values()])
    there = f"{shape.visible(row('s'))} and {same_row} and not w.bxc_creates"
    arms.append(_arm(shape, "same", "w.bxc_op = 'insert'", shape.new_key(), there, row("s")))
    stays = f"{shape.shown(shape.new_key())} and not {shape.freed('work', shape.new_key(), shape.frees)}"
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden == "revive":
            hidden = f"{shape.hidden_at(index)} and not ({stays})"

            def image(name: str, layer: object = layer) -> str:
                return shape.revive_image(layer, name)  # type: ignore[arg-type]

            arms.append(_arm(shape, "revive", "w.bxc_op = 'insert'", shape.new_key(), hidden, image))
    assigned = {a.column: a for a in shape.plan.inserts}
    before = [null(c.type) for c in shape.source.columns]
    after = [shape.insert_image(assigned[c]) for c in shape.columns]
    arms.append(_select(shape, "insert", before, after, "work as w\nwhere w.bxc_creates"))
    return "\nunion all\n".join(arms)


def _arm(shape: Shape, kind: str, operation: str, key: Sequence[str], condition: str, image: Image | None) -> str:
    before = [col("s", c) for c in shape.columns]
    after = [null(c.type) if image is None else image(c.name) for c in shape.source.columns]
    source = f"work as w\njoin {shape.base} as s on {shape.matches(key)}\nwhere {operation} and {condition}"
    return _select(shape, kind, before, after, source)


def _select(shape: Shape, kind: str, before: Sequence[str], after: Sequence[str], source: str) -> str:
    staged = [f"{col('w', c.name)} as {q(names.helper('view', c.name))}" for c in shape.plan.computed]
    key = [
        f"{text} as {q(names.helper('key', name))}" for text, name in zip(shown_key(shape), shape.plan.key, strict=True)
    ]
    columns = [
        "w.bxc_staged as bxc_staged",
        f"{quoted(kind)} as bxc_kind",
        *key,
        *staged,
        *(f"{text} as {q(names.old_column(c))}" for text, c in zip(before, shape.columns, strict=True)),
        *(f"{text} as {q(c)}" for text, c in zip(after, shape.columns, strict=True)),
    ]
    return f"select\n  {listed(columns, 2)}\nfrom {source}"


def shown_key(shape: Shape) -> list[str]:
    """The key under which a staged row `w` is listed: the old one of an update or delete, else the new one."""
    return [
        f"case when {OLD} then {before} else {after} end"
        for before, after in zip(shape.old_key(), shape.new_key(), strict=True)
    ]


def _changes(shape: Shape) -> str:
    """The effects that change anything."""
    changed = differ([col("e", c) for c in shape.columns], [old("e", c) for c in shape.columns])
    return f"select e.* from effect as e\nwhere e.bxc_kind in ('insert', 'delete') or {changed}"


# --- rules ----------------------------------------------------------------------------------------------------------

Breach = tuple[str, str, str]


def violation_queries(shape: Shape, staged: str) -> Queries:
    """`effect_queries`, then `after`: the source after the put, and `violation`: code, what is staged, key, detail."""
    arms = [
        f"select {quoted(code)} as bxc_code, w.bxc_staged as bxc_staged, {', '.join(_keys(shape))}, "
        f"{quoted(detail)} as bxc_detail\nfrom work as w\nwhere {condition}"
        for code, detail, condition in _staged_breaches(shape)
    ]
    listed_key = ", ".join(f"{col('e', names.helper('key', k))} as {q(k)}" for k in shape.plan.key)
    arms += [
        f"select {quoted(code)} as bxc_code, e.bxc_staged as bxc_staged, {listed_key}, {quoted(detail)} as bxc_detail\n"
        f"from {relation} as e\nwhere {condition}"
        for relation, code, detail, condition in _effect_breaches(shape)
    ]
    return [
        *effect_queries(shape, staged),
        ("batch", "select distinct bxc_staged from work"),
        ("after", _after(shape)),
        ("violation", "\nunion all\n".join(arms)),
    ]


def _keys(shape: Shape) -> list[str]:
    return [f"{text} as {q(name)}" for text, name in zip(shown_key(shape), shape.plan.key, strict=True)]


def _after(shape: Shape) -> str:
    """The source as it would be after each batch."""
    key = shape.source.primary_key
    touched = equal([old("c", k) for k in key], [col("s", k) for k in key])
    kept = ", ".join(col("s", c) for c in shape.columns)
    made = ", ".join(col("c", c) for c in shape.columns)
    return (
        f"select b.bxc_staged, false as bxc_made, {kept}\nfrom {shape.base} as s\ncross join batch as b\n"
        f"where not exists (select 1 from change as c where c.bxc_staged = b.bxc_staged and {touched})\n"
        f"union all\nselect c.bxc_staged, true, {made} from change as c where c.bxc_kind <> 'delete'"
    )


def _staged_breaches(shape: Shape) -> Iterator[Breach]:
    """Code, detail and condition on a staged row `w`."""
    new, before = shape.new_key(), shape.old_key()
    renamed = f"w.bxc_op = 'update' and {shape.renamed()}"
    freed = shape.freed("work", new, shape.frees)
    yield "BXC10", "the key has a NULL", f"{NEW} and {missing(new)}"
    yield "BXC10", "the old key has a NULL", f"{OLD} and {missing(before)}"
    not_null = " or ".join(f"{k} is not null" for k in before)
    yield "BXC10", "an insert has an old key", f"w.bxc_op = 'insert' and ({not_null})"
    yield "BXC10", "two rows have this old key", f"{OLD} and {_twice(before, shape.old_key('x'), OLD)}"
    yield "BXC10", "two rows have this new key", f"{NEW} and {_twice(new, shape.new_key('x'), NEW)}"
    deletes = shape.freed("work", new, "x.bxc_op = 'delete'")
    yield "BXC10", "another row deletes this key; say update instead", f"w.bxc_op = 'insert' and {deletes}"
    renames = shape.freed("work", new, f"x.bxc_op = 'update' and {shape.renamed('x')}")
    same_row = same([col("s", c) for c in shape.stored], [col("w", v) for v in shape.stored.values()])
    other = shape.exists(shape.matches(new), shape.visible(row("s")), f"not ({same_row})")
    yield "BXC10", "the key is taken by another row", f"w.bxc_op = 'insert' and {other} and not {renames}"
    leaves = shape.freed("work", new, f"(x.bxc_op = 'delete' or {shape.renamed('x')})")
    yield "BXC10", "the new key is taken by another row", f"{renamed} and {shape.shown(new)} and not {leaves}"
    yield from _hidden(shape, freed, renamed)
    yield from _new_rows(shape)
    yield from _values(shape)
    yield "BXC18", "no row of the view has the old key", f"w.bxc_op = 'update' and not {shape.shown(before)}"
    if isinstance(shape.plan.on_delete, RejectDelete):
        yield "BXC19", "the view rejects deletes", f"w.bxc_op = 'delete' and {shape.shown(before)}"


def _twice(mine: Sequence[str], theirs: Sequence[str], condition: str) -> str:
    """Whether another staged row of the same batch has the same key."""
    others = condition.replace("w.", "x.")
    return (
        f"(select count(*) from work as x where x.bxc_staged = w.bxc_staged and {others} and {equal(theirs, mine)}) > 1"
    )


def _hidden(shape: Shape, freed: str, renamed: str) -> Iterator[Breach]:
    if shape.plan.predicate is None:
        return
    new = shape.new_key()
    free = f"not ({shape.shown(new)} and not {freed})"
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden == "reject":
            hidden = shape.exists(shape.matches(new), shape.hidden_at(index))
            yield "BXC11", "a row that the view hides has the key", f"w.bxc_op = 'insert' and {hidden} and {free}"
    hidden = shape.exists(shape.matches(new), f"not {shape.visible(row('s'))}")
    yield "BXC11", "a row that the view hides has the new key", f"{renamed} and {hidden}"
    if isinstance(shape.plan.on_delete, SetColumn) and not shape.delete_frees:
        deleted = shape.freed("work", new, "x.bxc_op = 'delete'")
        detail = "a row that this put hides keeps the new key"
        yield "BXC11", detail, f"{renamed} and {shape.shown(new)} and {deleted}"


def _new_rows(shape: Shape) -> Iterator[Breach]:
    for name, code in shape.missing:
        what = "a new row has no value for the hidden key column" if code == "BXC14" else "a new row has no value for"
        yield code, f"{what} {name}", "w.bxc_creates"
    for name in shape.fresh:
        if isinstance(shape.source.column(name).type, Int):
            spent = f"w.bxc_creates and {col('w', names.helper('fresh', name))} is null"
            yield "BXC14", f"no int is left for {name}", spent


def _values(shape: Shape) -> Iterator[Breach]:
    unknown = "coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')"
    yield "BXC16", "bxc_op is not insert, update or delete", unknown
    for column in shape.plan.columns:
        text = col("w", column.name)
        if not column.nullable:
            yield "BXC16", f"{column.name} is NULL", f"{NEW} and {text} is null"
        if (typed := DUCKDB.type_check(column.type, text)) is not None:
            yield "BXC16", f"{column.name} is outside its type", f"{NEW} and not ({typed})"
        if isinstance(column.type, Decimal):
            bound = 10 ** (column.type.precision - column.type.scale)
            yield "BXC16", f"{column.name} has too many digits", f"{NEW} and abs({text}) >= {bound}"


def _effect_breaches(shape: Shape) -> Iterator[tuple[str, str, str, str]]:
    """The relation, code, detail and condition on an effect `e`."""
    kept = "e.bxc_kind in ('insert', 'update', 'revive')"
    if shape.plan.predicate is not None:
        yield "effect", "BXC12", "where is not true for the row", f"{kept} and not {shape.visible(row('e'))}"
    policy = shape.plan.on_delete
    if isinstance(policy, SetColumn):
        still = holds(policy.leaves, row("e"))
        yield "effect", "BXC19", "the row would still be in the view", f"e.bxc_kind = 'set' and {still}"
        if policy.stays is not None:
            lost = f"e.bxc_kind = 'set' and not {holds(policy.stays, row('e'))}"
            yield "effect", "BXC12", "where of a view below is not true for the row", lost
    stated_rows = "e.bxc_kind in ('insert', 'update', 'revive', 'same')"
    for column in shape.plan.computed:
        stated = col("e", names.helper("view", column.name))
        wrong = f"{stated_rows} and {stated} is distinct from {value(column.value, row('e'))}"
        yield "effect", "BXC15", f"{column.name} is computed and stated otherwise", wrong
    for code, detail, condition in _constraint_breaches(shape):
        yield "change", code, detail, condition


def _constraint_breaches(shape: Shape) -> Iterator[Breach]:
    """What the after-images of changed rows break of the source's constraints."""
    source = shape.source
    made = "e.bxc_kind <> 'delete'"
    for check in source.checks:
        moved = _moved(columns_of(check.condition))
        yield "BXC17", f"check {check.name}", f"{made} and {moved} and not {value(check.condition, row('e'))}"
    for kind, key in [("primary key", source.primary_key), *(("unique", u.columns) for u in source.uniques)]:
        mine = [col("e", c) for c in key]
        theirs = equal([col("a", c) for c in key], mine)
        others = f"select count(*) from after as a where a.bxc_staged = e.bxc_staged and {theirs}"
        yield "BXC17", f"{kind} ({', '.join(key)})", f"{made} and {_moved(key)} and ({others}) > 1"
    for dependency in source.dependencies:
        left, right = dependency.left, dependency.right
        agree = same([col("a", c) for c in left], [col("e", c) for c in left])
        disagree = differ([col("a", c) for c in right], [col("e", c) for c in right])
        other = f"exists (select 1 from after as a where a.bxc_staged = e.bxc_staged and {agree} and {disagree})"
        yield (
            "BXC17",
            f"determines {', '.join(left)} -> {', '.join(right)}",
            f"{made} and {_moved((*left, *right))} and {other}",
        )
    for reference in source.foreign_keys:
        yield _dangling(shape, reference, made)
    for referring in shape.referenced_by:
        yield _orphaned(shape, referring.source, referring.key)


def _moved(columns: Sequence[str] | Iterator[str]) -> str:
    """Whether an effect makes a row or changes one of the columns."""
    names_of = sorted(set(columns))
    changed = differ([col("e", c) for c in names_of], [old("e", c) for c in names_of])
    return f"(e.bxc_kind = 'insert' or {changed})"


def _in(shape: Shape, source: str, column: str, text: str) -> str:
    """Whether a source, as it is after the put, has a row with a value in a column."""
    if source == shape.source.name:
        return f"exists (select 1 from after as t where t.bxc_staged = e.bxc_staged and {col('t', column)} = {text})"
    return f"exists (select 1 from {q(source)} as t where {col('t', column)} = {text})"


def _dangling(shape: Shape, key: ForeignKey, made: str) -> Breach:
    text = col("e", key.column)
    found = _in(shape, key.target, key.target_column, text)
    condition = f"{made} and {_moved((key.column,))} and {text} is not null and not {found}"
    return "BXC17", f"{key.column} references {key.target}({key.target_column})", condition


def _orphaned(shape: Shape, child: str, key: ForeignKey) -> Breach:
    gone = old("e", key.target_column)
    still = _in(shape, shape.source.name, key.target_column, gone)
    changed = f"{gone} is not null and (e.bxc_kind = 'delete' or {differ([gone], [col('e', key.target_column)])})"
    condition = f"{changed} and not {still} and {_in(shape, child, key.column, gone)}"
    return "BXC17", f"{child}.{key.column} refers to the row", condition
