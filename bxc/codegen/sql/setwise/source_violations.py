"""A source → the view that lists its rows that break the spec, which can be there where a table was there before."""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names, wording
from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.setwise.layout import indented, listed, missing
from bxc.codegen.sql.setwise.writer import Writer
from bxc.model import Source


def source_violations(write: Writer, source: Source) -> str:
    """The statement that creates `bxc_violations_<Source>`: code, constraint, primary key, detail."""
    name, base = write.object_(names.violations_view(source.name)), write.object_(source.name)
    key = [write.col("s", c) for c in source.primary_key]
    arms = "\nunion all\n".join(
        f"select {listed([write.quoted(code), write.quoted(constraint), *key, write.quoted(detail)], 2)}\n"
        f"from {base} as s\nwhere {condition}"
        for code, constraint, detail, condition in _breaches(write, source)
    )
    header = listed(["bxc_code", "bxc_constraint", *map(write.q, source.primary_key), "bxc_detail"], 2)
    return f"-- rows of {source.name} that break the spec\n{write.create_view} {name} (\n  {header}\n) as\n{arms};"


def _breaches(write: Writer, source: Source) -> Iterator[tuple[str, str, str, str]]:
    """Code, constraint, detail, and the condition on a source row `s`."""
    for column in source.columns:
        text = write.col("s", column.name)
        if not column.nullable:
            yield "BXC16", f"{column.name} not null", wording.is_null(column.name).detail, f"{text} is null"
        if (typed := write.dialect.type_check(column.type, text)) is not None:
            misfit = wording.misfit(column.name, column.type).detail
            yield "BXC16", f"{column.name} {column.type}", misfit, f"not ({typed})"
    for check in source.checks:
        broken = f"not {write.staged_value(check.condition, write.row('s'))}"
        yield "BXC17", f"check {check.name}", wording.check_false(check.name).detail, broken
    for kind, key in [("primary key", source.primary_key), *(("unique", u.columns) for u in source.uniques)]:
        shown = ", ".join(key)
        listed_key, known = _names(write, key), f"not {missing([write.q(c) for c in key])}"
        twice = (
            f"  select {listed_key}\n  from {write.object_(source.name)}\n  where {known}\n"
            f"  group by {listed_key}\n  having count(*) > 1"
        )
        condition = f"({', '.join(write.col('s', c) for c in key)}) in (\n{twice}\n)"
        yield "BXC17", f"{kind} ({shown})", wording.same_key(source.name, key).detail, condition
    for reference in source.foreign_keys:
        text = write.col("s", reference.column)
        on = f"{write.col('t', reference.target_column)} = {text}"
        found = f"select 1 from {write.object_(reference.target)} as t where {on}"
        constraint = f"{reference.column} references {reference.target}({reference.target_column})"
        detail = wording.no_target(reference.column, reference.target).detail
        yield "BXC17", constraint, detail, f"{text} is not null and not exists ({found})"
    for left, right in guarded_dependencies(source):
        constraint = f"determines {', '.join(left)} -> {', '.join(right)}"
        detail = wording.disagrees(source.name, left, right).detail
        yield "BXC17", constraint, detail, _disagrees(write, source, left, right)


def _disagrees(write: Writer, source: Source, left: tuple[str, ...], right: tuple[str, ...]) -> str:
    """That a row is in a group with several right sides; the groups are found in one pass over the table."""
    base, grouping = write.object_(source.name), _names(write, left)
    several = "\n    or ".join(write.several_values(write.q(c)) for c in right)
    groups = f"select {grouping}\n  from {base}\n  group by {grouping}\n  having {several}"
    nullable = [source.column(c).nullable for c in left]
    agree = write.same([write.col("o", c) for c in left], [write.col("g", c) for c in left], nullable)
    key, others = (", ".join(write.col(name, c) for c in source.primary_key) for name in ("s", "o"))
    return (
        f"({key}) in (\n  select {others}\n  from (\n{indented(groups, 4)}\n  ) as g\n  join {base} as o on {agree}\n)"
    )


def _names(write: Writer, columns: tuple[str, ...]) -> str:
    return ", ".join(map(write.q, columns))
