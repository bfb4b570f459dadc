"""DuckDB's file is opened and let go by several threads of a peer: its loop, its answers, its console."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from bxc.database.connection import Address, open_database
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.duckdb import DuckConnection


def test_threads_that_open_and_let_go_of_one_file_are_not_in_each_others_way(tmp_path: Path) -> None:
    path = tmp_path / "it.duckdb"
    open_database(Address("duckdb", path), "create").close()
    told: list[str] = []
    end = time.monotonic() + 3.0

    def use() -> None:
        connection = DuckConnection(path)
        while time.monotonic() < end:
            try:
                connection.query("select 1")
            except StoreError as error:
                told.append(str(error))
            connection.release()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == []
