"""Statements of a function in PL/pgSQL, as far as the emitter writes them."""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.validate import sql as s


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    variable: str
    value: s.Expr


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """Each condition with what is done where it is the first that is true."""

    branches: tuple[tuple[s.Expr, tuple[Step, ...]], ...]
    otherwise: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SelectInto:
    """The first row of a query goes into variables; NULL where there is none."""

    variables: tuple[str, ...]
    query: s.Query


@dataclass(frozen=True, slots=True, eq=False)
class Perform:
    query: s.Query


@dataclass(frozen=True, slots=True, eq=False)
class Return:
    value: s.Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Raise:
    """An error with a code and a message."""

    code: s.Expr
    message: s.Expr


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    statement: s.Statement


Step = Assign | If | SelectInto | Perform | Return | Raise | Run
