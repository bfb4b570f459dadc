"""`kill -9` of a peer's process before and after its transactions, on real files, with HTTP and a chain's interface.

`make test` kills the doctor, through whom the update goes, at two moments, `make soak` at all of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bxc_runtime.chains.local import LocalChain, served
from bxc_runtime.demo.stage import build

from .network import GENERATED
from .test_processes import ROWS, Running, agreed, asked, verified

NAMES = ("capture", "freeze", "signed", "sent", "outcome", "events", "follow", "fetched", "judge", "apply")
ALL = tuple((when, what) for what in NAMES for when in ("before", "after"))
MOMENTS = ALL if "BXC_SOAK" in os.environ else (("after", "signed"), ("before", "apply"))
LATER = ("capture",)  # the doctor's users edit nothing here: what a put brings about is not captured


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    chain = LocalChain()
    with served(chain) as endpoint:
        stage = build(tmp_path, GENERATED / "medical_cascade", "sqlite", endpoint, chain.ask, ROWS)
        made = Running(stage)
        try:
            for share in (0, 1):
                made.look("Doctor", asked(share))
            made.until("Patient", agreed(0, 1))
            made.until("Researcher", agreed(1, 1))
            made.until("Doctor", agreed(0, 1))
            made.until("Doctor", agreed(1, 1))
            yield made
        finally:
            for peer in ROWS:
                made.stop(peer)


@pytest.mark.parametrize(("when", "what"), [moment for moment in MOMENTS if moment[1] not in LATER])
def test_a_process_that_is_killed_goes_on_where_it_was(running: Running, when: str, what: str) -> None:
    running.stop("Doctor")
    argv = [sys.executable, str(Path(__file__).parent / "mortal.py")]
    with subprocess.Popen([*argv, str(running.stage.config("Doctor")), when, what], stderr=subprocess.DEVNULL) as dying:
        running.edit("Researcher", "update D2 set mechanism_of_action = 'MeA1b' where medication_name = 'Ibuprofen';")
        assert dying.wait(60) == -signal.SIGKILL
    running.start("Doctor")
    running.until("Patient", agreed(0, 2))
    running.until("Doctor", agreed(0, 2))
    running.until("Researcher", agreed(1, 2))
    rows = running.look("Patient", lambda store: store.connection.query("select mechanism_of_action from D1"))
    assert rows == [("MeA1b",)]
    for share, peer in ((0, "Doctor"), (0, "Patient"), (1, "Researcher"), (1, "Doctor")):
        found = running.look(peer, verified(share, {}))
        assert found.right
        assert [entry.version for entry in found.entries] == [1, 2]  # nothing was asked twice
