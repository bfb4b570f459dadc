"""Encrypted transport: both sides show certificates of the same authority, and nobody else is talked to."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from contract.signing import address

from bxc_runtime.config import Tls
from bxc_runtime.exchange.client import HttpExchange
from bxc_runtime.exchange.protocol import ExchangeError
from bxc_runtime.exchange.server import Answering, serve
from bxc_runtime.stores.store import Store

from .attackers import SEPARATOR, account, free_port
from .network import Network, network
from .test_papers import ROWS

DOCTOR, PATIENT = 1, 0


def openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def authority(folder: Path, name: str) -> None:
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.pem")  # fmt: skip


def certified(folder: Path, name: str, by: str) -> Tls:
    """A certificate for this machine, signed by an authority."""
    (folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial",
            "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")  # fmt: skip
    return Tls(folder / f"{name}.pem", folder / f"{name}.key", folder / f"{by}.pem")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tls]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make certificates with")
    folder = tmp_path_factory.mktemp("tls")
    authority(folder, "ours")
    authority(folder, "theirs")
    return {
        "doctor": certified(folder, "doctor", "ours"),
        "patient": certified(folder, "patient", "ours"),
        "stranger": certified(folder, "stranger", "theirs"),
    }


@pytest.fixture(scope="module")
def medical(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    made = network(tmp_path_factory.mktemp("peers"), ROWS)
    yield made
    made.close()


@pytest.fixture
def place(papers: dict[str, Tls], medical: Network) -> Iterator[str]:
    """Where the doctor answers."""

    @contextmanager
    def opened() -> Iterator[Store]:
        yield medical.stores[address(DOCTOR)]

    port = free_port()
    app = Answering(opened, account(DOCTOR), SEPARATOR, lambda: True).app()
    stop = serve(app, "127.0.0.1", port, papers["doctor"].for_answering())
    yield f"127.0.0.1:{port}"
    stop()


def asking(url: str, tls: ssl.SSLContext | None) -> HttpExchange:
    return HttpExchange({address(DOCTOR): url}, account(PATIENT), SEPARATOR, tls)


def test_peers_with_certificates_of_one_authority_talk(place: str, papers: dict[str, Tls], medical: Network) -> None:
    asker = asking(f"https://{place}", papers["patient"].for_asking())
    known = medical.stores[address(PATIENT)].ledger.share(0)
    assert known is not None
    assert asker.salt(address(DOCTOR), 0) == known.salt
    asker.close()


def test_nobody_without_a_certificate_is_answered(place: str, papers: dict[str, Tls]) -> None:
    bare = ssl.create_default_context(cafile=str(papers["doctor"].authorities))
    for url, tls in ((f"https://{place}", bare), (f"http://{place}", None)):
        with pytest.raises(ExchangeError):
            asking(url, tls).salt(address(DOCTOR), 0)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"https://{place}/healthz", verify=bare)


def test_a_certificate_of_another_authority_is_none(place: str, papers: dict[str, Tls]) -> None:
    """Neither does the doctor answer the stranger, nor would the stranger believe that this is the doctor."""
    theirs = ssl.create_default_context(cafile=str(papers["doctor"].authorities))
    theirs.load_cert_chain(str(papers["stranger"].certificate), str(papers["stranger"].key))
    for tls in (theirs, papers["stranger"].for_asking()):
        with pytest.raises(ExchangeError):
            asking(f"https://{place}", tls).salt(address(DOCTOR), 0)
