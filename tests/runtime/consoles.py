"""A peer of a network in one process, with its console; and what to do to it so that there is something to see."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bxc_runtime.console.app import Console, Opened, Subject
from bxc_runtime.console.pages import PAGES, Paper
from bxc_runtime.console.session import Sessions
from bxc_runtime.exchange.server import serve
from bxc_runtime.metrics import Vitals
from bxc_runtime.stores.store import Store, open_store

from .network import Network, generated, network

TOKEN = "0123456789-0123456789-0123456789-0123456789"
COOKIE = "bxc-console-test"
READ = [*PAGES, *(f"/parts{path}" for path in PAGES), "/shares/0", "/parts/shares/0", "/shares/0/verify"]
VITALS = Vitals(ready=True, height=77, started=1_000.5)
SCRIPT = "<script>document.title='had'</script>"
ROWS = {
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'MeA1', 'CliD1', 'Sapporo', 'one tablet every 4h');",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'CliD1', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'CliD2', 'MeA2', '100 mg twice daily');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
}


@dataclass(slots=True)
class Ward:
    """Three peers; the console is the doctor's."""

    network: Network
    vitals: Vitals = VITALS
    lost: Opened | None = None

    @contextmanager
    def opened(self) -> Iterator[Store]:
        if self.lost is not None:
            with self.lost() as store:
                yield store
            return
        site = self.network.peers["Doctor"].store.site
        store = open_store(self.network.address("Doctor"), site, prepare=False)
        try:
            yield store
        finally:
            store.close()

    @property
    def names(self) -> dict[str, str]:
        return {peer.chain.address: name for name, peer in self.network.peers.items()}

    def last_link(self, share: int) -> bytes | None:
        return None if self.network.world.down else self.network.world.tip.registry.shares[share].chain

    def console(self, *, secure: bool = False) -> Console:
        graph = json.loads((generated(self.network.spec) / "graph.json").read_text())
        subject = Subject(self.opened, self.names, graph, lambda: self.vitals, self.last_link)
        return Console(subject, Paper("Doctor", self.network.spec), Sessions(TOKEN), COOKIE, secure=secure)

    def ask(self, dosage: str = "2 tablets") -> None:
        """A version of the doctor's is pending, and the patient does not answer."""
        self.network.away.add(self.network.peers["Patient"].chain.address)
        self.network.edit("Doctor", f"update D3 set dosage = '{dosage}' where patient_id = 188")
        for _ in range(4):
            self.network.peers["Doctor"].turn()

    def answer(self) -> None:
        """The patient is here again."""
        self.network.away.clear()
        self.network.settle()

    def clash(self, value: str) -> None:
        """The patient and the doctor change one cell at a time; the patient is the first."""
        self.network.edit("Patient", "update D1 set clinical_data = 'CliD1 of the patient' where patient_id = 188")
        for _ in range(3):
            self.network.peers["Patient"].turn()
        text = value.replace("'", "''")
        self.network.edit("Doctor", f"update D3 set clinical_data = '{text}' where patient_id = 188")
        self.network.settle()

    def trespass(self) -> None:
        """The doctor changes what only the researcher may, past the engine's own guard."""
        self.network.edit(
            "Doctor",
            "update bxc_rights set granted = 1",
            f"update D3 set mechanism_of_action = '{SCRIPT.replace(chr(39), chr(39) * 2)}' where patient_id = 189",
        )
        self.network.settle()


def ward(folder: Path) -> Ward:
    return Ward(network(folder, ROWS, spec="medical_cascade"))


@contextmanager
def served(made: Ward) -> Iterator[str]:
    """The console's address, on a port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    halt = serve(made.console().app(loopback=True), "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        halt()


def log_in(http: httpx.Client) -> str:
    """Logs in; the form's secret of the session."""
    answer = http.post("/login", data={"token": TOKEN})
    assert answer.status_code == 303
    return secret(http.get("/").text)


def secret(page: str) -> str:
    found = re.search(r'name="csrf" value="([\w-]+)"', page)
    assert found
    return found[1]
