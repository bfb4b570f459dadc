"""A view → the conditions under which an effect `e` of a put breaks a constraint of the source (BXC17).

They speak of the source after the put while it is still as before: its rows that no effect touches, and the effects'
after-images.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc import expr as x
from bxc.codegen.sql import wording
from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import col, differ, equal, every, old, q, row, same, some, value
from bxc.codegen.sql.wording import Breach


def broken_constraints(shape: Shape) -> Iterator[tuple[Breach, str]]:
    """What is wrong with each constraint, with the condition."""
    for check in shape.source.checks:
        false = f"not ({value(check.condition, row('e'))})"
        read = list(dict.fromkeys(x.columns(check.condition)))
        yield wording.check_false(check.name), _all("e.bxc_made", _counts(read), false)
    yield from _keys(shape)
    yield from _references(shape)
    yield from _references_here(shape)
    yield from _dependencies(shape)


def _counts(columns: list[str] | tuple[str, ...]) -> str:
    """Whether the effect makes the row, or changes one of the columns."""
    return f"(e.bxc_kind = 'insert' or {differ([col('e', c) for c in columns], [old('e', c) for c in columns])})"


def _untouched(shape: Shape, *conditions: str) -> str:
    """Whether the source has a row `s` that fulfils the conditions and that no effect of the put touches."""
    key = shape.source.primary_key
    this = equal([old("y", c) for c in key], [col("s", c) for c in key])
    same_put = "select 1 from bxc_effect as y\n        where y.bxc_staged = e.bxc_staged and y.bxc_gone"
    touched = f"exists (\n        {same_put}\n          and {this}\n      )"
    return shape.exists(*conditions, f"not {touched}", indent=2)


def _written(*conditions: str) -> str:
    """Whether another effect of the put leaves a row `y` that fulfils the conditions."""
    parts = ["y.bxc_staged = e.bxc_staged", *conditions, "y.bxc_row <> e.bxc_row", "y.bxc_made"]
    return f"exists (\n    select 1 from bxc_effect as y\n    where {every(parts, 6)}\n  )"


def _keys(shape: Shape) -> Iterator[tuple[Breach, str]]:
    for key in shape.uniques:
        mine = [col("e", c) for c in key]
        present = " and ".join(f"{text} is not null" for text in mine)
        here = _untouched(shape, equal([col("s", c) for c in key], mine))
        there = _written(equal([col("y", c) for c in key], mine))
        yield wording.same_key(shape.source.name, key), _all("e.bxc_made", _counts(key), present, _any(here, there))


def _references(shape: Shape) -> Iterator[tuple[Breach, str]]:
    for key in shape.source.foreign_keys:
        text = col("e", key.column)
        if key.target == shape.source.name:
            self_reference = f"{text} is {col('e', key.target_column)}"
            target = _any(self_reference, *_rows_after(shape, key.target_column, text))
        else:
            target = f"exists (select 1 from {q(key.target)} as r where {col('r', key.target_column)} = {text})"
        brought = _all("e.bxc_made", _counts((key.column,)), f"{text} is not null", f"not {target}")
        yield wording.no_target(key.column, key.target), brought


def _references_here(shape: Shape) -> Iterator[tuple[Breach, str]]:
    for entry in shape.referenced_by:
        target, child = entry.key.target_column, entry.key.column
        gone = old("e", target)
        if entry.source == shape.source.name:
            mine = f"e.bxc_made and {col('e', child)} = {gone}"
            refers = _any(mine, *_rows_after(shape, child, gone))
        else:
            refers = f"exists (select 1 from {q(entry.source)} as r where {col('r', child)} = {gone})"
        changes = f"e.bxc_gone and {gone} is not {col('e', target)}"
        lost = _all(changes, refers, f"not {_any(*_rows_after(shape, target, gone))}")
        yield wording.still_referred(entry.source, child, target), lost


def _rows_after(shape: Shape, column: str, text: str) -> tuple[str, str]:
    """Whether a row of the source has a value after the put: one that is left alone, or another effect's."""
    return _untouched(shape, f"{col('s', column)} = {text}"), _written(f"{col('y', column)} = {text}")


def _all(*parts: str) -> str:
    return every(parts, 2)


def _any(*parts: str) -> str:
    return f"({some(parts, 4)})"


def _dependencies(shape: Shape) -> Iterator[tuple[Breach, str]]:
    for left, right in guarded_dependencies(shape.source):
        here, there = _untouched(shape, *_disagree("s", left, right)), _written(*_disagree("y", left, right))
        breach = wording.disagrees(shape.source.name, left, right)
        yield breach, _all("e.bxc_made", _counts((*left, *right)), _any(here, there))


def _disagree(alias: str, left: tuple[str, ...], right: tuple[str, ...]) -> list[str]:
    """Conditions under which a row agrees with the effect on the left of a dependency, and not on its right."""
    agree = [same([col(alias, c)], [col("e", c)]) for c in left]
    return [*agree, differ([col(alias, c) for c in right], [col("e", c) for c in right])]
