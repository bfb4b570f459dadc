"""Shows a finding of bxc on a real database: makes the databases of `case.json`, fills them, puts, and compares.

    python3 run.py [sqlite|duckdb]

Needs Python 3.10 or later and nothing else for SQLite, the package `duckdb` for DuckDB. Prints `reproduced` and exits
with 0 if all happens as the finding says, else with 1.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Rows = list[tuple["str | None", ...]]

CODE = re.compile(r"BXC\d\d")


class Site:
    """A database in memory."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.connection: Any
        self.errors: tuple[type[Exception], ...]
        if engine == "sqlite":
            self.errors = (sqlite3.Error,)
            self.connection = sqlite3.connect(":memory:", isolation_level=None)
            self.connection.execute("pragma foreign_keys = on")
        else:
            import duckdb

            self.errors = (duckdb.Error,)
            self.connection = duckdb.connect(":memory:")

    def transact(self, files: Iterable[str]) -> None:
        """Run scripts in one transaction, which an error undoes."""
        self.connection.execute("begin")
        try:
            for file in files:
                self._script((HERE / self.engine / file).read_text(encoding="utf-8"))
            self.connection.execute("commit")
        except BaseException:
            self.connection.execute("rollback")
            raise

    def _script(self, text: str) -> None:
        if self.engine != "sqlite":
            self.connection.execute(text)
            return
        statement = ""
        for part in re.split(r"(?<=;)", text):  # Python's own way to run scripts would commit first
            statement += part
            if sqlite3.complete_statement(statement):
                self.connection.execute(statement)
                statement = ""

    def rows(self, query: str, types: Sequence[str]) -> Rows:
        """The rows as texts, None for NULL."""
        found = self.connection.execute(query).fetchall()
        return [tuple(text(v, type_, self.engine) for v, type_ in zip(row, types, strict=True)) for row in found]


def text(value: Any, type_: str, engine: str) -> str | None:
    """A stored value as its canonical text."""
    if value is None:
        return None
    scaled = re.match(r"decimal\(\d+,(\d+)\)", type_)
    if scaled and engine == "sqlite":
        scale = int(scaled[1])
        digits = str(abs(value)).rjust(scale + 1, "0")
        whole = digits if scale == 0 else digits[:-scale] + "." + digits[-scale:]
        return ("-" if value < 0 else "") + whole
    if type_ == "bool":
        return "true" if value else "false"
    if type_ == "bytes":
        return str(value.hex())
    if type_ == "real":
        return repr(value + 0.0)
    if type_ == "timestamp" and engine != "sqlite":
        return str(value.isoformat(sep=" ", timespec="microseconds"))
    return str(value)


def show(title: str, columns: Sequence[Sequence[str]], rows: Rows) -> None:
    """Print a table."""
    types = [type_ for _, type_ in columns]
    cells = [[name for name, _ in columns], *(list(map(printable, row, types)) for row in sorted_rows(rows))]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    rule = "-+-".join("-" * width for width in widths)
    print("  " + title)
    print("    " + "\n    ".join([lines[0], rule, *(lines[1:] or ["(no rows)"])]))


def printable(value: str | None, type_: str) -> str:
    """A value for a terminal: no control characters."""
    if value is None:
        return "NULL"
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value)
    return shown if re.match("int|decimal|bool|real", type_) else "'" + shown.replace("'", "''") + "'"


def sorted_rows(rows: Iterable[tuple[str | None, ...]]) -> Rows:
    """Rows in an order that does not depend on the engine."""
    return sorted(rows, key=lambda row: [(value is not None, value or "") for value in row])


def compare(case: dict[str, Any], when: str, sites: dict[str, Site], problems: list[str]) -> None:
    """Show what relations hold, and note where it is not what the finding says."""
    for content in case[when]:
        columns = content["columns"]
        types = [type_ for _, type_ in columns]
        site = sites[content["database"]]
        found = site.rows(content["query"], types)
        title = "{relation} of {database}".format(**content)
        show(title, columns, found)
        wanted = content["rows"]
        if wanted is not None and sorted_rows(map(tuple, wanted)) != sorted_rows(found):
            problems.append(title + " does not hold what it is to hold " + when)


def put(case: dict[str, Any], number: int, sites: dict[str, Site], problems: list[str]) -> None:
    """Run a put, and note if it does not end as the finding says."""
    step = case["puts"][number]
    title = "put {} through {view} of {database}".format(number + 1, **step)
    code = case["refused"] if number == len(case["puts"]) - 1 else None
    site = sites[step["database"]]
    try:
        site.transact(step["files"])
    except site.errors as error:
        message = str(error).splitlines()[0]
        found = CODE.search(message)
        print("\n" + title + " is refused: " + message)
        if code is None or found is None or found[0] != code:
            problems.append(title + " is to be " + ("refused with " + code if code else "accepted"))
    else:
        print("\n" + title + " is accepted")
        if code is not None:
            problems.append(title + " is to be refused with " + code)


def main() -> int:
    """Play the case; the exit code."""
    getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="replace")
    engine = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    document = json.loads((HERE / "case.json").read_text(encoding="utf-8"))
    if engine not in document["engines"]:
        print("usage: run.py [" + "|".join(document["engines"]) + "]", file=sys.stderr)
        return 2
    case = document["engines"][engine]
    try:
        sites = {database["label"]: Site(engine) for database in case["databases"]}
    except ImportError:
        print(f"Python cannot import {engine}; `pip install {engine}`, or run this with sqlite", file=sys.stderr)
        return 2
    problems: list[str] = []
    for database in case["databases"]:
        for files in database["transactions"]:
            sites[database["label"]].transact(files)
    print("before, on " + engine)
    compare(case, "before", sites, problems)
    for number in range(len(case["puts"])):
        put(case, number, sites, problems)
    print("\nafter")
    compare(case, "after", sites, problems)
    print("\n" + document["outcome"])
    for problem in problems:
        print("but: " + problem)
    print("not reproduced" if problems else "reproduced")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
