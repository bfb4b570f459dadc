"""How Hypothesis runs, and where bxc keeps results.

There are no time limits. But in `make soak` a test begins with the same seed each time; Hypothesis also tries constants
of the modules that are loaded, so which examples it gives may differ with the tests that ran before in the process.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("bxc", deadline=None, derandomize="BXC_SOAK" not in os.environ)
settings.load_profile("bxc")


RECURSION = sys.getrecursionlimit()


def pytest_unconfigure() -> None:
    """Stop the PostgreSQL server, if some test began one: a worker may end without its exit handlers."""
    if (module := sys.modules.get("postgres_server")) is not None:
        module.stop_server()


@pytest.fixture(autouse=True)
def usual_recursion() -> None:
    """Undo what importing py-evm does: it raises the limit so far that deep JSON ends the process."""
    sys.setrecursionlimit(RECURSION)


@pytest.fixture(autouse=True)
def kept(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which this test's runs keep results, empty at first and not the user's."""
    folder = tmp_path_factory.getbasetemp() / "kept" / os.urandom(6).hex()
    monkeypatch.setenv("BXC_CACHE_DIR", str(folder))
    monkeypatch.setenv("BXC_BYTECODE", "no")  # `bxc compile` takes seconds for a contract
    return folder
