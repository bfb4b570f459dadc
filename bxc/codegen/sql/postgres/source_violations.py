"""A source → the view that lists its rows that break the spec, which can be there where a table was there before."""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names, wording
from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.dialect import POSTGRES
from bxc.codegen.sql.postgres.text import WRITER, col, object_, q, quoted, row, same, staged_value
from bxc.codegen.sql.setwise.layout import indented, listed, missing
from bxc.model import Source


def source_violations(source: Source) -> str:
    """The statement that creates `bxc_violations_<Source>`: code, constraint, primary key, detail."""
    name, base = object_(names.violations_view(source.name)), object_(source.name)
    key = [col("s", c) for c in source.primary_key]
    arms = "\nunion all\n".join(
        f"select {listed([quoted(code), quoted(constraint), *key, quoted(detail)], 2)}\n"
        f"from {base} as s\nwhere {condition}"
        for code, constraint, detail, condition in _breaches(source)
    )
    header = listed(["bxc_code", "bxc_constraint", *map(q, source.primary_key), "bxc_detail"], 2)
    return f"-- rows of {source.name} that break the spec\ncreate or replace view {name} (\n  {header}\n) as\n{arms};"


def _breaches(source: Source) -> Iterator[tuple[str, str, str, str]]:
    """Code, constraint, detail, and the condition on a source row `s`."""
    for column in source.columns:
        text = col("s", column.name)
        if not column.nullable:
            yield "BXC16", f"{column.name} not null", wording.is_null(column.name).detail, f"{text} is null"
        if (typed := POSTGRES.type_check(column.type, text)) is not None:
            misfit = wording.misfit(column.name, column.type).detail
            yield "BXC16", f"{column.name} {column.type}", misfit, f"not ({typed})"
    for check in source.checks:
        broken = f"not {staged_value(check.condition, row('s'))}"
        yield "BXC17", f"check {check.name}", wording.check_false(check.name).detail, broken
    for kind, key in [("primary key", source.primary_key), *(("unique", u.columns) for u in source.uniques)]:
        shown = ", ".join(key)
        twice = (
            f"  select {_names(key)}\n  from {object_(source.name)}\n  where not {missing([q(c) for c in key])}\n"
            f"  group by {_names(key)}\n  having count(*) > 1"
        )
        condition = f"({', '.join(col('s', c) for c in key)}) in (\n{twice}\n)"
        yield "BXC17", f"{kind} ({shown})", wording.same_key(source.name, key).detail, condition
    for reference in source.foreign_keys:
        text = col("s", reference.column)
        found = f"select 1 from {object_(reference.target)} as t where {col('t', reference.target_column)} = {text}"
        constraint = f"{reference.column} references {reference.target}({reference.target_column})"
        detail = wording.no_target(reference.column, reference.target).detail
        yield "BXC17", constraint, detail, f"{text} is not null and not exists ({found})"
    for left, right in guarded_dependencies(source):
        constraint = f"determines {', '.join(left)} -> {', '.join(right)}"
        detail = wording.disagrees(source.name, left, right).detail
        yield "BXC17", constraint, detail, _disagrees(source, left, right)


def _disagrees(source: Source, left: tuple[str, ...], right: tuple[str, ...]) -> str:
    """That a row is in a group with several right sides; the groups are found in one pass over the table."""
    base, grouping = object_(source.name), _names(left)
    several = "\n    or ".join(WRITER.several_values(q(c)) for c in right)
    groups = f"select {grouping}\n  from {base}\n  group by {grouping}\n  having {several}"
    nullable = [source.column(c).nullable for c in left]
    agree = same([col("o", c) for c in left], [col("g", c) for c in left], nullable)
    key, others = (", ".join(col(name, c) for c in source.primary_key) for name in ("s", "o"))
    return (
        f"({key}) in (\n  select {others}\n  from (\n{indented(groups, 4)}\n  ) as g\n  join {base} as o on {agree}\n)"
    )


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(q, columns))
