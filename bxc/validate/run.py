"""Runs scripts on databases of symbolic rows."""

from __future__ import annotations

from collections.abc import Mapping

from bxc.dataclass import dataclass
from bxc.laws.term import FALSE, TRUE, Term
from bxc.validate import sql as s
from bxc.validate.database import Database, State
from bxc.validate.queries import Queries
from bxc.validate.runner import Runner
from bxc.validate.runner_postgres import PostgresRunner
from bxc.validate.scope import NOWHERE, Relation
from bxc.validate.script import read_script
from bxc.validate.unsupported import Invalid, Unsupported


@dataclass(frozen=True, slots=True)
class Result:
    """What a script does.

    ``refused``: by code (`BXCnn`, `constraint`, `error`), when it ends with that code; these exclude each other.
    ``database`` is what it leaves where it is ``accepted``; elsewhere nothing has changed. ``doubt``: when SQL leaves
    open what the engine does, and one possibility was followed.
    """

    refused: Mapping[str, Term]
    accepted: Term
    database: Database
    doubt: Term


def run(database: Database, script: str) -> Result:
    """Runs a script; Unsupported if it holds what the evaluator does not know."""
    runner = (PostgresRunner if database.engine == "postgres" else Runner)(State.of(database))
    try:
        statements = read_script(database.engine, script)
    except Invalid:
        return Result({"error": TRUE}, FALSE, database, FALSE)
    for statement in statements:
        if runner.state.alive is FALSE:
            break
        runner.top(statement)
    runner.end()
    state = runner.state
    return Result(state.refused, state.alive, state.database(), state.doubt)


def query(database: Database, text: str) -> Relation:
    """The rows of one query, which ends a script."""
    (statement,) = read_script(database.engine, text)
    if not isinstance(statement, s.Select | s.Union | s.Values | s.With):
        raise Unsupported("query", text[:80])
    return Queries(State.of(database)).query(statement, NOWHERE, TRUE)
