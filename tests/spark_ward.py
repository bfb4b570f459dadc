"""A ward on Spark: a spec whose put renames, hides and deletes; as a program, a put that is killed in the middle.

`python tests/spark_ward.py FOLDER ACTION STATEMENT` kills itself before that statement behind the guard.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bxc.compile import artifacts, check
from bxc.database.bundle import Bundle, bundle
from bxc.database.spark import PutScript, SparkStore

SPEC = """spec ward version 1
peer Ward
source Treatment at Ward {
  patient   int           primary key
  bed       int           unique
  medicine  text          not null
  dose      decimal(8,2)  not null
  open      bool          not null default true
  note      text
  check dose: (dose >= 0)
}
view Current from Treatment {
  where open
  keep patient, bed, medicine, dose
}
"""
COLUMNS = ("patient", "bed", "medicine", "dose", "open", "note")
CONTENT = [(1, 10, "a", "1.00", True, "one"), (2, 20, "b", "2.00", True, None), (3, None, "c", "3.00", False, "hid")]
RENAMES = [("update", 1, 2, 20, "b", "2.00"), ("update", 2, 1, 11, "a", "9.00"), ("insert", None, 7, 70, "n", "7.00")]
"""Patients 1 and 2 change places: run twice, it would undo itself in part."""
RENAMED = {(1, 11, "a", "9.00", True, None), (2, 20, "b", "2.00", True, "one"), (7, 70, "n", "7.00", True, None)}
WHOLE = [(1, 10, "a", "5.00"), (7, 70, "n", "7.00")]
WHOLE_PUT = {(1, 10, "a", "5.00", True, "one"), (7, 70, "n", "7.00", True, None)}
HIDDEN = CONTENT[2]
STAGED: dict[str, tuple[Sequence[tuple[Any, ...]], set[tuple[Any, ...]]]] = {
    "put_delta": (RENAMES, {*RENAMED, HIDDEN}),
    "put": (WHOLE, {*WHOLE_PUT, HIDDEN}),
}
"""By action, what is staged and what the source holds after it."""


def compiled() -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ward.bxc")
        path.write_text(SPEC, encoding="utf-8")
        checked = check(path, proving=None)
    assert checked.plan is not None, checked.diagnostics
    return bundle(checked.plan, {file.path: file.text for file in artifacts(checked, ("spark",))})


class KilledError(Exception):
    """The client is gone."""


class Ward(SparkStore):
    """``kill_at``: the statement behind the guard before which a put ends without a word."""

    kill_at: int | None = None

    @staticmethod
    def end() -> None:
        raise KilledError

    def _script(self, view: str, action: str, name: str) -> PutScript:
        script = super()._script(view, action, name)
        self.behind = [script.note, script.merge, script.overwrite, script.log, script.done]
        return script

    def run(self, statement: str) -> None:
        if self.kill_at is not None and statement in self.behind[self.kill_at :]:
            self.end()
        super().run(statement)

    def rows(self) -> set[tuple[Any, ...]]:
        return {(*row[:3], str(row[3]), *row[4:]) for row in self.query(f"select {', '.join(COLUMNS)} from Treatment")}

    def log(self) -> list[tuple[Any, ...]]:
        columns = "bxc_op, bxc_via, bxc_old_patient, patient"
        return self.query(f"select {columns} from bxc_change_Treatment order by 3, 4")


def filled(session: Any, folder: str) -> Ward:
    """A ward with its content, none of which is news."""
    ward = Ward(session, compiled(), "Ward", folder)
    ward.install()
    values = ", ".join(str(tuple("null" if v is None else v for v in row)).replace("'null'", "null") for row in CONTENT)
    ward.run(f"insert into Treatment values {values}")
    ward.capture("Treatment")
    ward.consume("Treatment")
    return ward


def stage(ward: Ward, action: str) -> None:
    from decimal import Decimal

    rows = [(*row[:-1], Decimal(row[-1])) for row in STAGED[action][0]]
    ward.stage("Current", action, rows)


def main(folder: str, action: str, kill_at: str) -> None:
    from spark_server import session

    ward = filled(session(), folder)
    stage(ward, action)
    ward.kill_at = int(kill_at)
    Ward.end = staticmethod(lambda: os.kill(os.getpid(), signal.SIGKILL))  # type: ignore[method-assign]
    ward.put("Current", action)


if __name__ == "__main__":
    main(*sys.argv[1:])
