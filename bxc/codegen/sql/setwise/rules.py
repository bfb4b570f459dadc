"""A view → the rules that its staged rows (`w`) and their effects on source rows (`e`) must not break, row by row."""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names, wording
from bxc.codegen.sql.setwise.layout import differ, missing
from bxc.codegen.sql.setwise.shape import SetShape
from bxc.codegen.sql.setwise.stages import NEW, OLD, stays
from bxc.codegen.sql.wording import Breach
from bxc.dataclass import dataclass
from bxc.expr import columns as columns_of
from bxc.plan import RejectDelete, SetColumn
from bxc.types import Decimal, Int

LONG = 84


@dataclass(frozen=True, slots=True)
class Rule:
    """What is wrong, and the condition under which it is."""

    breach: Breach
    condition: str


def rules_of_staged(shape: SetShape) -> list[Rule]:
    """Rules on a staged row `w` of `bxc_work_<View>`."""
    return [*_keys(shape), *_hidden(shape), *_new_rows(shape), *_values(shape), *_operations(shape)]


def rules_of_effects(shape: SetShape) -> list[Rule]:
    """Rules on an effect `e` of `bxc_effect_<View>`."""
    taken = Rule(wording.key_taken(shape.name), "e.bxc_kind = 'keep' and e.bxc_changed")
    return [taken, *_outside(shape), *_computed(shape), *_checks(shape)]


# --- staged rows ----------------------------------------------------------------------------------------------------


def _keys(shape: SetShape) -> Iterator[Rule]:
    new, before = shape.new_key(), shape.old_key()
    not_null = " or ".join(f"{k} is not null" for k in before)
    taken = "w.bxc_new_shown and not (w.bxc_key_deleted or w.bxc_key_renamed)"
    yield Rule(wording.NULL_IN_KEY, f"{NEW} and {missing(new)}")
    yield Rule(wording.NULL_IN_OLD_KEY, f"{OLD} and {missing(before)}")
    yield Rule(wording.OLD_KEY_OF_INSERT, f"w.bxc_op = 'insert' and ({not_null})")
    yield Rule(wording.OLD_KEY_TWICE, f"{OLD} and w.bxc_old_count > 1")
    yield Rule(wording.NEW_KEY_TWICE, f"{NEW} and w.bxc_new_count > 1")
    yield Rule(wording.KEY_DELETED, "w.bxc_op = 'insert' and w.bxc_key_deleted")
    yield Rule(wording.new_key_taken(shape.name), f"w.bxc_renames and {taken}")


def _hidden(shape: SetShape) -> Iterator[Rule]:
    if not shape.plan.layers:
        return
    rejected = f"w.bxc_op = 'insert' and w.bxc_new_rejected and not {stays(shape)}"
    yield Rule(wording.key_hidden(shape.name, shape.source.name), rejected)
    yield Rule(wording.new_key_hidden(shape.name, shape.source.name), "w.bxc_renames and w.bxc_new_hidden")
    if isinstance(shape.plan.on_delete, SetColumn) and not shape.delete_frees:
        yield Rule(wording.KEY_KEPT, "w.bxc_renames and w.bxc_new_shown and w.bxc_key_deleted")


def _new_rows(shape: SetShape) -> Iterator[Rule]:
    def unknown(name: str) -> str:
        return f" and not {shape.write.col('w', names.helper('found', name))}" if name in shape.determined else ""

    for name, code in shape.missing:
        yield Rule(wording.no_value(code, name, grouped=shape.plan.grouped), f"w.bxc_creates{unknown(name)}")
    for name in shape.fresh:
        if isinstance(shape.source.column(name).type, Int):
            spent = f"w.bxc_creates and {shape.write.col('w', names.helper('fresh', name))} is null{unknown(name)}"
            yield Rule(wording.no_int(name), spent)


def _values(shape: SetShape) -> Iterator[Rule]:
    unknown = "coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')"
    yield Rule(wording.UNKNOWN_OPERATION, unknown)
    for column in shape.plan.columns:
        text = shape.write.col("w", column.name)
        if not column.nullable:
            yield Rule(wording.is_null(column.name), f"{NEW} and {text} is null")
        misfit = wording.misfit(column.name, column.type)
        if (typed := shape.write.dialect.type_check(column.type, text)) is not None:
            yield Rule(misfit, both(NEW, f"not ({typed})"))
        if isinstance(column.type, Decimal):
            yield Rule(misfit, f"{NEW} and {shape.write.excess(text, column.type)}")


def _operations(shape: SetShape) -> Iterator[Rule]:
    yield Rule(wording.key_unknown(shape.name), "w.bxc_op = 'update' and not w.bxc_old_shown")
    if isinstance(shape.plan.on_delete, RejectDelete):
        yield Rule(wording.deletes_rejected(shape.name), "w.bxc_op = 'delete' and w.bxc_old_shown")


# --- effects --------------------------------------------------------------------------------------------------------


def _outside(shape: SetShape) -> Iterator[Rule]:
    """After-images that are in the view and should not be, or the other way round."""
    image = shape.write.row("e")
    if shape.plan.predicate is not None:
        kept = "e.bxc_kind in ('insert', 'update', 'revive')"
        visible = shape.write.staged_holds(shape.plan.predicate, image)
        yield Rule(wording.outside(shape.name), f"{kept} and not {visible}")
    policy = shape.plan.on_delete
    if isinstance(policy, SetColumn):
        if policy.stays is not None:
            lost = f"e.bxc_kind = 'set' and not {shape.write.staged_holds(policy.stays, image)}"
            yield Rule(wording.leaves_below(shape.name), lost)
        still = f"e.bxc_kind = 'set' and {shape.write.staged_holds(policy.leaves, image)}"
        yield Rule(wording.still_visible(shape.name), still)


def _computed(shape: SetShape) -> Iterator[Rule]:
    stated_rows = "e.bxc_kind in ('insert', 'update', 'revive', 'keep')"
    for column in shape.plan.computed:
        stated = shape.write.col("e", names.helper("view", column.name))
        differs = f"{stated} is distinct from {shape.write.staged_value(column.value, shape.write.row('e'))}"
        yield Rule(wording.computed_otherwise(column.name), both(stated_rows, differs))


def _checks(shape: SetShape) -> Iterator[Rule]:
    for check in shape.source.checks:
        broken = f"not {shape.write.staged_value(check.condition, shape.write.row('e'))}"
        yield Rule(wording.check_false(check.name), both(made(shape, columns_of(check.condition)), broken))


def made(shape: SetShape, columns: Iterator[str] | tuple[str, ...]) -> str:
    """Whether an effect `e` makes a row with other values of these columns."""
    write, listed = shape.write, sorted(set(columns))
    changed = differ([write.col("e", c) for c in listed], [write.old("e", c) for c in listed], 6)
    return both("e.bxc_made", f"(e.bxc_kind = 'insert' or {changed})")


def both(one: str, other: str) -> str:
    """Two conditions, on two lines where they are long."""
    return f"{one} and {other}" if len(one) + len(other) < LONG and "\n" not in one else f"{one}\n    and {other}"
