"""How PostgreSQL writes what every engine writes in its own way, and its functions and blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bxc.codegen.sql.dialect import COLLATION, POSTGRES
from bxc.codegen.sql.setwise.layout import indented
from bxc.codegen.sql.setwise.writer import Writer
from bxc.types import Int, Type

SCHEMA = "public"
"""Where sources are, and all that is made beside them. Every name is written with it."""


def bare(type_: Type) -> str:
    """A type as a cast names it, without a collation."""
    return POSTGRES.column_type(type_).removesuffix(COLLATION)


def _fitted(text: str, type_: Type) -> str:
    if not isinstance(type_, Int):
        return text
    return f"(case when {text} between {-(2**63)} and {2**63 - 1} then cast({text} as bigint) end)"


WRITER = Writer(
    dialect=POSTGRES,
    widest=replace(POSTGRES, widen=lambda operand: f"cast({operand} as numeric)"),
    widest_int="numeric",
    attempt=lambda text: f"({text})",
    fitted=_fitted,
    type_of_cast=bare,
    # Arrays of one value, for these are hashed in joins.
    same_value=lambda one, other, null: f"array[{one}] = array[{other}]" if null else f"{one} = {other}",
    excess=lambda text, type_: (
        f"(abs({text}) >= {10 ** (type_.precision - type_.scale)} or {text} <> round({text}, {type_.scale}))"
    ),
    some_value=lambda text, type_: f"(array_agg(cast({text} as {bare(type_)})))[1]",
    several_values=lambda text: f"count(distinct {text}) > 1 or count({text}) between 1 and count(*) - 1",
    semi_join=None,
    anti_join=None,
    fresh_uuid="gen_random_uuid()",
    schema=f"{SCHEMA}.",
    create_view="create or replace view",
)
"""`numeric` takes whatever is calculated."""

q, object_, col, old, row, quoted = WRITER.q, WRITER.object_, WRITER.col, WRITER.old, WRITER.row, WRITER.quoted
constant, null, value = WRITER.constant, WRITER.null, WRITER.value
staged_value, staged_holds, same = WRITER.staged_value, WRITER.staged_holds, WRITER.same


def body(text: str) -> str:
    """A function's or block's body, in dollar quotes that do not occur in it."""
    tag = "$bxc$"
    while tag in text:
        tag = tag[:-1] + "x$"
    return f"{tag}\n{text}\n{tag}"


SAFE = "set search_path = pg_catalog, pg_temp"
"""What functions run with: every other name has its schema, so nobody's objects stand in for those that are meant."""


def function(signature: str, returns: str, declared: Sequence[str], statements: Iterable[str], *more: str) -> str:
    """The statement that creates a function in PL/pgSQL; ``more`` stands before its body."""
    variables = ["declare", *(f"  {variable};" for variable in declared)] if declared else []
    block = "\n".join([*variables, "begin", indented("\n\n".join(statements), 2), "end"])
    header = "\n".join([f"create or replace function {signature} returns {returns}", "language plpgsql", SAFE, *more])
    return f"{header}\nas {body(block)};"
