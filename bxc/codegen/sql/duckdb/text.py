"""How DuckDB writes what every engine writes in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.setwise.writer import Writer
from bxc.types import Decimal, Int, Type


def _fitted(text: str, type_: Type) -> str:
    return f"try(cast({text} as {DUCKDB.column_type(type_)}))" if isinstance(type_, Int | Decimal) else text


WRITER = Writer(
    dialect=DUCKDB,
    widest=replace(
        DUCKDB,
        rescale=lambda operand, _, type_: f"cast({operand} as decimal(38, {type_.scale}))",
        widen=lambda operand: f"cast({operand} as hugeint)",
    ),
    widest_int="hugeint",
    attempt=lambda text: f"try({text})",
    fitted=_fitted,
    type_of_cast=DUCKDB.column_type,
    same_value=lambda one, other, _: f"{one} is not distinct from {other}",
    excess=lambda text, type_: f"abs({text}) >= {10 ** (type_.precision - type_.scale)}",
    some_value=lambda text, _: f"first({text})",
    several_values=lambda text: f"min({text}) <> max({text}) or count({text}) between 1 and count(*) - 1",
    semi_join="semi join",
    anti_join="anti join",
    fresh_uuid="uuid()",
)
"""What exceeds 128 bits is NULL, and a staged row with it refused."""

q, col, old, row, quoted = WRITER.q, WRITER.col, WRITER.old, WRITER.row, WRITER.quoted
constant, null, value = WRITER.constant, WRITER.null, WRITER.value
staged_value, staged_holds = WRITER.staged_value, WRITER.staged_holds


def same(left: Sequence[str], right: Sequence[str]) -> str:
    """Whether values are the same, NULLs too."""
    return WRITER.same(left, right, [True] * len(left))
