"""What several test files of the runtime begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .consoles import Ward, served, ward
from .network import Network


@pytest.fixture(scope="session")
def began(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Three peers whose shares are open, to be copied."""
    made = ward(tmp_path_factory.mktemp("ward")).network
    made.close()
    return made


@pytest.fixture
def doctors(began: Network, tmp_path: Path) -> Iterator[Ward]:
    """Three peers, and the doctor's console."""
    made = Ward(began.copy(tmp_path / "ward"))
    yield made
    made.network.close()


@pytest.fixture
def http(doctors: Ward) -> Iterator[httpx.Client]:
    with served(doctors) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client
