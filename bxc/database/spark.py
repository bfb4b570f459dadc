"""A peer's sources and views in Spark, on Delta tables, through Spark Connect: staging, puts, captured edits.

Spark knows no transaction over several tables: one table is the unit of atomicity. A put writes its source in one
commit, and notes before that it is under way, so that whoever comes next can see it through (`SparkStore.resume`).
Versions of the source tell what others have written since. No count that a statement returns is looked at: it counts
rows that were rewritten, not rows that changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, assert_never

from bxc import types as t
from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SPARK, spark_text
from bxc.database.bundle import Bundle
from bxc.database.connection import DatabaseError, RefusedError
from bxc.dataclass import dataclass

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql.connect.session import SparkSession

ENGINE = "spark"
EVERY_COMMIT = "tblproperties ('delta.checkpointInterval' = '1000000')"
"""Sail 0.7.2 does not find versions that are older than the last checkpoint."""
VIEW = re.compile(r"^create view if not exists (`(?:``|[^`])*`|\w+)", re.MULTILINE)
DENSE = 1_000
"""A table is written anew where a put touches one of so many rows. MERGE leaves only those files alone in which no row
changes, and costs several times as much for the others."""
PIECES = re.compile(r"'(?:\\.|[^'\\])*'|`[^`]*`|--[^\n]*|;|[^;'`-]+|-", re.DOTALL)
CODE = re.compile(r"(?:\([\w.$]+\) )?(?:\[USER_RAISED_EXCEPTION\] )?(BXC\d\d) ([^\n]*)")
"""What `raise_error` was given, behind what Spark puts before it. Other errors may quote a statement with a code."""
NO_HISTORY = re.compile(r"found history\b", re.IGNORECASE)
CREATED = re.compile(r"\s*create (?:or replace )?table (?:if not exists )?(`[^`]*`|\w+)(.*?)\busing delta\b", re.DOTALL)


def connect(url: str) -> SparkSession:
    """A session of its own at a Spark Connect server, `sc://host:port`; DatabaseError if there is no client."""
    try:
        from pyspark.sql import SparkSession as Session
    except ImportError as error:
        raise DatabaseError("Spark's client is not installed; it comes with `pip install bxc[spark]`") from error
    return Session.builder.remote(url).create()


def statements(script: str) -> Iterator[str]:
    """The statements of a script, each with the comments before it."""
    statement = ""
    for piece in PIECES.findall(script):
        if piece == ";":
            yield statement.strip()
            statement = ""
        else:
            statement += piece


@dataclass(frozen=True, slots=True)
class Captured:
    """Up to which version edits of a source are captured; the view and the name of a put that is under way."""

    version: int
    via: str | None = None
    put: str | None = None


@dataclass(frozen=True, slots=True)
class PutScript:
    """A put's statements: the steps, the guard, the rows to come; then what writes, if the view has a key."""

    judging: tuple[str, ...]
    note: str
    merge: str
    overwrite: str
    log: str
    done: str


class SparkStore:
    """The tables of a peer. One writer at a time: no lock keeps two of them apart.

    ``location``: the folder (of any file system that the server reaches) below which tables lie; None where the
    server's own catalog places them.
    """

    def __init__(self, session: SparkSession, bundle: Bundle, peer: str, location: str | None = None) -> None:
        self.session = session
        self.bundle = bundle
        self.peer = bundle.peers[peer]
        self.location = location
        self.own_views: list[tuple[str, str]] = []
        """Views that are made anew before each use: Sail 0.7.2 loses the quotes of names in the text of a lasting view,
        and a temporary one goes on showing the versions of tables for which it was made."""

    # --- statements ---------------------------------------------------------------------------------------------------

    def run(self, statement: str) -> None:
        """One statement, to its end; RefusedError or DatabaseError."""
        self.query(statement)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of one statement; RefusedError or DatabaseError."""
        from pyspark.errors import PySparkException

        try:
            for made in self._views_in(statement):
                self.session.sql(made).collect()
            return [tuple(row) for row in self.session.sql(self._placed(statement)).collect()]
        except PySparkException as error:
            found = CODE.match(str(error))
            if found is not None:
                raise RefusedError(found[1], found[2]) from error
            raise DatabaseError(f"Spark: {str(error).splitlines()[0]} in\n{statement}") from error

    def _views_in(self, statement: str) -> list[str]:
        """What makes the views that a statement reads, in order."""
        found: list[str] = []
        for name, made in reversed(self.own_views):
            if any(name in text for text in (statement, *found)):
                found.append(made)
        return found[::-1]

    def arrow(self, statement: str) -> pyarrow.Table:
        """The rows of one statement as an Arrow table, for many of them."""
        return self.session.sql(statement).toArrow()

    def _placed(self, statement: str) -> str:
        """A statement that creates a table, with the place of that table."""
        if self.location is None:
            return statement
        code = "\n".join(line for line in statement.split("\n") if not line.startswith("--"))
        created = CREATED.match(code)
        if created is None:
            return statement
        folder = f"{self.location}/{names.file_name(created[1].strip('`')).replace('%', '-')}"
        kept = "" if self.tells_history or "replace" in created[0] else f" {EVERY_COMMIT}"
        return f"{created[0]} location {spark_text(folder)}{kept}{code[created.end() :]}"

    # --- installing and reading ---------------------------------------------------------------------------------------

    def install(self) -> None:
        """Makes tables and views that are not there, and takes the sources as they are for captured."""
        for script in self.bundle.install_script(self.peer.name, ENGINE):
            for statement in statements(script):
                view = VIEW.search(statement)
                if view is not None and not self.tells_history:
                    made = VIEW.sub(r"create or replace temporary view \1", statement, count=1)
                    self.own_views.append((view[1], made))
                else:
                    self.run(statement)
        for source in self.peer.sources:
            if self._captured(source) is None:
                self._set_captured(source, Captured(self.version(source)))

    def get(self, view: str) -> list[tuple[Any, ...]]:
        """The rows of a view."""
        return self.query(self._one(view, "get"))

    def changes(self, view: str) -> list[tuple[Any, ...]]:
        """The net delta of all edits that are captured and not consumed."""
        return self.query(self._one(view, "changes"))

    def violations(self, view: str, action: str) -> list[tuple[Any, ...]]:
        """What is wrong with the rows that are staged for a put: code, `new` or `delta`, the key, and what it is."""
        self._judge(view, action)
        return self.query(f"select * from {q(names.violations_view(view))}")

    def _judge(self, view: str, action: str) -> None:
        """Makes the steps of a put, which `bxc_violations_<View>` reads; without the guard."""
        self.capture(self.peer.views[view].source)
        for statement in self._script(view, action, "").judging[:-2]:
            self.run(statement)

    def forget(self, source: str) -> None:
        """Takes a source as it is for captured: after loading rows that are no news."""
        self.consume(source)
        self._set_captured(source, Captured(self.version(source)))

    def consume(self, source: str) -> None:
        """Forgets the captured edits of a source."""
        self._settle(source)
        self.run(f"delete from {q(names.change_table(source))}")

    def _one(self, view: str, action: str) -> str:
        (statement,) = statements(self.bundle.script(self.peer.name, ENGINE, view, action))
        return statement

    # --- staging ------------------------------------------------------------------------------------------------------

    def staged_types(self, view: str, action: str) -> dict[str, t.Type]:
        """The columns of a view's staging table for `put` or `put_delta`."""
        known = self.peer.views[view]
        if action == "put":
            return dict(known.columns)
        return {
            "bxc_op": t.Text(),
            **{names.old_column(k): known.columns[k] for k in known.key},
            **known.columns,
        }

    def stage(self, view: str, action: str, rows: Iterable[Sequence[object]]) -> None:
        """Appends rows of values, as Python has them, to what is staged for `put` or `put_delta`."""
        types = self.staged_types(view, action)
        self.append(staging_table(view, action), types, rows, wide=True)

    def clear_staging(self, view: str) -> None:
        """Empties both staging tables of a view; a put that is under way is seen through before."""
        self._settle(self.peer.views[view].source)
        for action in ("put", "put_delta"):
            self.run(f"delete from {q(staging_table(view, action))}")

    def append(
        self, table: str, types: Mapping[str, t.Type], rows: Iterable[Sequence[object]], *, wide: bool = False
    ) -> None:
        """Appends rows to a table that has these columns, in this order; ``wide``: decimals of up to 38 digits."""
        import pyarrow as pa

        columns = list(zip(*rows, strict=True))
        if not columns:
            return
        arrays = [
            pa.array(map(plain, values), arrow_type(type_, wide=wide))
            for values, type_ in zip(columns, types.values(), strict=True)
        ]
        self.append_arrow(table, pa.table(dict(zip(types, arrays, strict=True))))

    def append_arrow(self, table: str, rows: pyarrow.Table) -> None:
        """Appends an Arrow table to a table with the same columns."""
        self.session.createDataFrame(rows).createOrReplaceTempView("bxc_rows")
        listed = ", ".join(map(q, rows.column_names))
        self.run(f"insert into {q(table)} select {listed} from bxc_rows")

    # --- puts ---------------------------------------------------------------------------------------------------------

    def put(self, view: str, action: str) -> None:
        """Puts what is staged; RefusedError leaves the source as it was. After an interruption, put again.

        A put that was interrupted while it wrote is seen through; if it was this one (nothing was staged since), that
        is all.
        """
        source = self.peer.views[view].source
        name = str(self.version(staging_table(view, action)))
        finished = self.resume(source)
        if finished is not None and (finished.via, finished.put) == (view, f"{action} {name}"):
            return
        self.capture(source)
        script = self._script(view, action, name)
        for statement in script.judging:
            self.run(statement)
        dense = self._dense(view)
        if dense is None:
            return
        captured = self._known(source)
        self.run(script.note)
        self.run(script.overwrite if dense else script.merge)
        self._finish(source, captured.version, script)

    def resume(self, source: str) -> Captured | None:
        """Sees a put through that was interrupted while it wrote; tells which it was if it is done now.

        It is given up if others have written the source before it could: what it was judged by is gone.
        """
        under_way = self._captured(source)
        if under_way is None or under_way.via is None or under_way.put is None:
            return None
        action, name = under_way.put.split(" ", 1)
        script = self._script(under_way.via, action, name)
        if self._logged(source) > under_way.version:
            self.run(script.done)
            return under_way
        if not self._is_applied(under_way.via):
            if self.version(source) > under_way.version:
                self._set_captured(source, Captured(under_way.version))
                return None
            self.run(script.merge)
        self._finish(source, under_way.version, script)
        return under_way

    def _finish(self, source: str, before: int, script: PutScript) -> None:
        """Logs a put that is applied; if others wrote meanwhile, all that was written is logged as anyone's edits."""
        if self.version(source) == before + 1:
            self.run(script.log)
            self.run(script.done)
        else:
            self._set_captured(source, Captured(before))
            self.capture(source)

    def _script(self, view: str, action: str, name: str) -> PutScript:
        text = self.bundle.script(self.peer.name, ENGINE, view, action).replace("${bxc_put}", name)
        found = tuple(statements(text))
        if len(found) == 1:
            return PutScript(found, "", "", "", "", "")
        return PutScript(found[:-5], *found[-5:])

    def _effect(self, view: str) -> str:
        return q(names.helper("effect", view))

    def _dense(self, view: str) -> bool | None:
        """Whether the effects touch much of the source; None if there are none."""
        touched = self._count(f"{self._effect(view)} where bxc_gone or bxc_made")
        if not touched:
            return None
        return touched * DENSE >= self._count(q(self.peer.views[view].source))

    def _is_applied(self, view: str) -> bool:
        """Whether the source is as the effects make it."""
        source = self.peer.sources[self.peer.views[view].source]
        effect, base = self._effect(view), q(source.name)
        alike = " and ".join(f"s.{q(c)} <=> e.{q(c)}" for c in source.columns)
        missing = f"{effect} as e left anti join {base} as s on {alike} where e.bxc_made"
        there = " and ".join(f"s.{q(k)} = e.{q(names.old_column(k))}" for k in source.key)
        made = " and ".join(f"m.{q(k)} = e.{q(names.old_column(k))}" for k in source.key)
        left = (
            f"{effect} as e left semi join {base} as s on {there} "
            f"left anti join (select * from {effect} where bxc_made) as m on {made} where e.bxc_gone"
        )
        return not self._count(missing) and not self._count(left)

    def _count(self, tail: str) -> int:
        return int(self.query(f"select count(*) from {tail}")[0][0])

    # --- captured edits -----------------------------------------------------------------------------------------------

    def capture(self, source: str) -> None:
        """Appends to the log what others than puts have written since it was last looked at."""
        self._settle(source)
        captured = self._known(source)
        start = max(captured.version, self._logged(source))
        end = self.version(source, start)
        if (start, end) == (captured.version, captured.version):
            return
        text = self.bundle.capture_script(self.peer.name, ENGINE, source)
        assert text is not None
        append, done = statements(text.replace("${bxc_from}", str(start)).replace("${bxc_to}", str(end)))
        if end > start:
            self.run(append)
        self.run(done)

    def version(self, table: str, known: int | None = None) -> int:
        """The version of a Delta table; ``known``: one that it has or had."""
        if self.tells_history:
            return int(self.query(f"describe history {q(table)} limit 1")[0][0])
        if known is None:
            captured = self._captured(table) if table in self.peer.sources else None
            known = 0 if captured is None else captured.version
        return self._probed(table, known)

    @cached_property
    def tells_history(self) -> bool:
        """Whether the server tells the versions of a table; Sail 0.7.2 does not know the statement."""
        try:
            self.query(f"describe history {names.RIGHTS} limit 1")
        except DatabaseError as error:
            return NO_HISTORY.search(str(error)) is None
        return True

    def _probed(self, table: str, known: int) -> int:
        """The version, by asking for versions until there is none, where the server has no `describe history`."""
        step = 1
        while self._has_version(table, known + step):
            known, step = known + step, 2 * step
        while step > 1:
            step //= 2
            if self._has_version(table, known + step):
                known += step
        return known

    def _has_version(self, table: str, version: int) -> bool:
        try:
            self.query(f"select 1 from {q(table)} version as of {version} limit 0")
        except DatabaseError:
            return False
        return True

    def _settle(self, source: str) -> None:
        if (captured := self._captured(source)) is not None and captured.via is not None:
            self.resume(source)

    def _logged(self, source: str) -> int:
        """The greatest number in the log; -1 if it is empty."""
        return int(self.query(f"select coalesce(max(bxc_seq), -1) from {q(names.change_table(source))}")[0][0])

    def _captured(self, source: str) -> Captured | None:
        rows = self.query(f"select bxc_version, bxc_via, bxc_put from {q(names.helper('captured', source))}")
        return Captured(*rows[0]) if rows else None

    def _known(self, source: str) -> Captured:
        found = self._captured(source)
        if found is None:
            raise DatabaseError(f"{source} is not installed: {names.helper('captured', source)} is empty")
        return found

    def _set_captured(self, source: str, captured: Captured) -> None:
        table = q(names.helper("captured", source))
        nothing = "cast(null as string)"
        self.run(
            f"insert overwrite {table} select cast({captured.version} as bigint) as bxc_version, "
            f"{nothing} as bxc_via, {nothing} as bxc_put"
        )


def staging_table(view: str, action: str) -> str:
    """The table in which rows are staged for `put` or `put_delta`."""
    return names.new_table(view) if action == "put" else names.delta_table(view)


def q(name: str) -> str:
    """A name fit for a statement."""
    return names.quote(name, SPARK)


def plain(value: object) -> object:
    """A value as Arrow takes it."""
    from uuid import UUID

    return str(value) if isinstance(value, UUID) else value


def arrow_type(type_: t.Type, *, wide: bool = False) -> pyarrow.DataType:
    """The type of a column; ``wide``: with room for decimals of too many digits, as in staging."""
    import pyarrow as pa

    match type_:
        case t.Int():
            return pa.int64()
        case t.Decimal():
            return pa.decimal128(38 if wide else type_.precision, type_.scale)
        case t.Text() | t.Varchar() | t.Enum() | t.Uuid():
            return pa.string()
        case t.Bool():
            return pa.bool_()
        case t.Date():
            return pa.date32()
        case t.Timestamp():
            return pa.timestamp("us")
        case t.Bytes():
            return pa.binary()
        case t.Real():
            return pa.float64()
        case _:
            assert_never(type_)
