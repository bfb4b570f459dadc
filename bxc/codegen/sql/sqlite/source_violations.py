"""A source → the view that lists its rows that break the spec."""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names, wording
from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.sqlite.text import col, indented, q, row, same, text_literal, value
from bxc.model import Source

MOST_ARMS = 200


def source_violations(source: Source) -> str:
    """The statement that creates `bxc_violations_<Source>`: code, constraint, primary key, detail."""
    arms = _united([_arm(source, *finding) for finding in _findings(source)])
    key = ", ".join(map(q, source.primary_key))
    name = q(names.violations_view(source.name))
    header = f"create view if not exists {name} (bxc_code, bxc_constraint, {key}, bxc_detail) as"
    return f"{header}\n{arms};"


def _united(arms: list[str]) -> str:
    """All rows of the arms; a compound of more than 500 is beyond SQLite, so many are grouped."""
    if len(arms) > MOST_ARMS:
        groups = [arms[i : i + MOST_ARMS] for i in range(0, len(arms), MOST_ARMS)]
        arms = [f"select * from (\n{indented(_united(group), 2)}\n)" for group in groups]
    return "\nunion all\n".join(arms)


def _arm(source: Source, code: str, constraint: str, detail: str, condition: str) -> str:
    key = ", ".join(col("s", c) for c in source.primary_key)
    return (
        f"select '{code}', {text_literal(constraint)}, {key}, {text_literal(detail)}\n"
        f"from {q(source.name)} as s\n"
        f"where {condition}"
    )


Finding = tuple[str, str, str, str]


def _findings(source: Source) -> Iterator[Finding]:
    """Code, constraint, detail, and the condition on a source row `s`."""
    for column in source.columns:
        text = col("s", column.name)
        if not column.nullable:
            yield "BXC16", f"{column.name} not null", wording.is_null(column.name).detail, f"{text} is null"
        if (typed := SQLITE.type_check(column.type, text)) is not None:
            misfit = wording.misfit(column.name, column.type).detail
            yield "BXC16", f"{column.name} {column.type}", misfit, f"not ({typed})"
    for check in source.checks:
        condition = value(check.condition, row("s"))
        yield "BXC17", f"check {check.name}", wording.check_false(check.name).detail, f"not ({condition})"
    yield from _keys(source)
    yield from _references(source)
    for left, right in guarded_dependencies(source):
        listed = f"{', '.join(left)} -> {', '.join(right)}"
        detail = wording.disagrees(source.name, left, right).detail
        yield "BXC17", f"determines {listed}", detail, _disagrees(source, left, right)


def _disagrees(source: Source, left: tuple[str, ...], right: tuple[str, ...]) -> str:
    """That a row is in a group with several right sides; the groups are found in one pass over the table."""
    base = q(source.name)
    several = [f"min({c}) is not max({c}) or count({c}) between 1 and count(*) - 1" for c in map(q, right)]
    listed = ", ".join(map(q, left))
    groups = f"select {listed} from {base} group by {listed} having {' or '.join(several)}"
    agree = same([col("o", c) for c in left], [col("g", c) for c in left])
    key, others = (", ".join(col(name, c) for c in source.primary_key) for name in ("s", "o"))
    key = f"({key})" if len(source.primary_key) > 1 else key
    return f"{key} in (select {others} from ({groups}) as g join {base} as o on {agree})"


def _keys(source: Source) -> Iterator[Finding]:
    for kind, key in [("primary key", source.primary_key), *(("unique", u.columns) for u in source.uniques)]:
        listed = ", ".join(map(q, key))
        present = "".join(f" and {q(c)} is not null" for c in key).removeprefix(" and ")
        vector = ", ".join(col("s", c) for c in key)
        twice = f"select {listed} from {q(source.name)} where {present} group by {listed} having count(*) > 1"
        condition = f"({vector}) in ({twice})" if len(key) > 1 else f"{vector} in ({twice})"
        names_of = ", ".join(key)
        yield "BXC17", f"{kind} ({names_of})", wording.same_key(source.name, key).detail, condition


def _references(source: Source) -> Iterator[Finding]:
    for key in source.foreign_keys:
        text = col("s", key.column)
        found = f"exists (select 1 from {q(key.target)} as t where {col('t', key.target_column)} = {text})"
        constraint = f"{key.column} references {key.target}({key.target_column})"
        detail = wording.no_target(key.column, key.target).detail
        yield "BXC17", constraint, detail, f"{text} is not null and not {found}"
