"""Databases made for one test, and what their catalogs say."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

from bxc.database.catalog import Table
from bxc.database.connection import Address, open_database


def sqlite_tables(tmp_path: Path, sql: str) -> dict[str, Table]:
    path = tmp_path / "x.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.close()
    database = open_database(Address("sqlite", path), "read")
    try:
        return database.tables()
    finally:
        database.close()


def duckdb_tables(tmp_path: Path, sql: str) -> dict[str, Table]:
    path = tmp_path / "x.duckdb"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    connection.execute(sql)
    connection.close()
    database = open_database(Address("duckdb", path), "read")
    try:
        return database.tables()
    finally:
        database.close()
