"""A Sail server in the tests' own process, and sessions there, each with a catalog of its own."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from typing import TYPE_CHECKING

from bxc.database.spark import connect

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

MISSING = "pysail and pyspark-client are not installed: `make setup-spark` gets them"


def missing() -> str | None:
    """Why nothing can be tested on Spark here; None if it can. With BXC_NEED_SPARK that is an error."""
    if all(map(importlib.util.find_spec, ("pysail", "pyspark"))):
        return None
    if "BXC_NEED_SPARK" in os.environ:
        raise RuntimeError(MISSING)
    return MISSING


@cache
def url() -> str:
    """The address of the server, started when first asked for."""
    from pysail.spark import SparkConnectServer

    started = SparkConnectServer("127.0.0.1", 0)
    started.start(background=True)
    _running.append(started)
    return f"sc://127.0.0.1:{started.listening_address[1]}"


_running: list[object] = []


def session() -> SparkSession:
    """A new session."""
    return connect(url())
