"""Where the console listens, its token and sessions, and what it ships."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import stat
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from bxc_runtime.config import ConfigError, Deployment, Tls, read_config, with_console
from bxc_runtime.console.listen import start
from bxc_runtime.console.pages import HTMX, static
from bxc_runtime.console.session import LIFETIME, Sessions, TokenError, read_token
from bxc_runtime.process import Setting

from .consoles import TOKEN, Ward
from .network import generated

HTMX_DIGEST = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # of htmx.org 4.0.1, dist/htmx.min.js


# --- the token --------------------------------------------------------------------------------------------------------


def test_the_token_is_made_once_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        token = read_token(tmp_path / "token")
    finally:
        os.umask(old)
    assert len(token) >= 43
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    assert read_token(tmp_path / "token") == token
    assert read_token(tmp_path / "other") != token


def test_a_token_file_that_others_can_read_or_lead_elsewhere_is_refused(tmp_path: Path) -> None:
    token = read_token(tmp_path / "token")
    (tmp_path / "link").symlink_to(tmp_path / "token")
    (tmp_path / "token").chmod(0o640)
    (tmp_path / "short").write_text("1234\n")
    (tmp_path / "short").chmod(0o600)
    for name in ("token", "link", "short", "no/folder"):
        with pytest.raises(TokenError) as told:
            read_token(tmp_path / name)
        assert token not in str(told.value)
        assert "1234" not in str(told.value)


def test_a_session_ends_and_its_name_is_no_token() -> None:
    now = 0.0
    sessions = Sessions(TOKEN, lambda: now)
    assert sessions.log_in(TOKEN[:-1]) is None
    assert sessions.log_in(TOKEN + "0") is None
    assert sessions.log_in("ä") is None
    name = sessions.log_in(TOKEN)
    assert name is not None
    session = sessions.find(name)
    assert session is not None
    assert session.permits(session.csrf)
    assert not session.permits("")
    assert sessions.find(TOKEN) is None
    assert sessions.log_in(name) is None
    now = LIFETIME
    assert sessions.find(name) is None


# --- where it listens -------------------------------------------------------------------------------------------------


def config(folder: Path, *lines: str) -> Path:
    needed = {
        "peer": "Doctor", "generated": "g", "database": "sqlite:///d.db", "deployment": "d", "keystore": "k",
        "endpoint": "http://127.0.0.1:1", "password_env": "P", "listen": "127.0.0.1:8702",
    }  # fmt: skip
    text = [*(f'{key} = "{value}"' for key, value in needed.items()), *lines]
    path = folder / "doctor.toml"
    path.write_text("\n".join(text) + "\n")
    return path


def test_there_is_no_console_unless_it_is_asked_for(tmp_path: Path) -> None:
    found = read_config(config(tmp_path))
    assert found.console is None
    asked = with_console(found, "8790").console
    assert asked is not None
    assert (asked.host, asked.port, asked.token_file) == ("127.0.0.1", 8790, tmp_path / "doctor.console-token")
    found = read_config(config(tmp_path, 'console = "[::1]:8790"', 'console_token = "keys/token"'))
    assert found.console is not None
    assert (found.console.host, found.console.token_file) == ("::1", tmp_path / "keys/token")


@pytest.mark.parametrize("place", ["0.0.0.0:8790", "doctor.example:8790", "192.0.2.1:8790", "[::]:8790"])
def test_without_tls_it_is_on_loopback_only(tmp_path: Path, place: str) -> None:
    with pytest.raises(ConfigError, match="loopback"):
        with_console(read_config(config(tmp_path)), place)
    with pytest.raises(ConfigError, match="loopback"):
        read_config(config(tmp_path, f'console = "{place}"'))


def setting(made: Ward, folder: Path, place: str, tls: Tls | None = None) -> Setting:
    """What a configuration with a console would have led to."""
    doctor = made.network.peers["Doctor"].store.site
    read = replace(read_config(config(folder)), generated=generated(doctor.spec), tls=tls)
    deployment = Deployment(doctor.digest, 1, "0x" + "c0" * 20, 1, {n: a for a, n in made.names.items()}, {})
    return Setting(with_console(read, place), deployment, doctor)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_it_is_served_with_a_token_of_its_own_that_the_log_does_not_tell(doctors: Ward, tmp_path: Path) -> None:
    wanted = setting(doctors, tmp_path, str(free_port()))
    chain = doctors.network.peers["Doctor"].chain
    with capture_logs() as logs:
        halt = start(wanted, doctors.opened, lambda: doctors.vitals, chain)
    try:
        (line,) = logs
        token = Path(line["token_file"]).read_text().strip()
        assert token not in str(logs)
        with httpx.Client(base_url=line["url"], trust_env=False) as http:
            assert http.post("/login", data={"token": token}).status_code == 303
            assert "Verified" in http.get("/shares/0/verify").text
            assert "compared with the chain: right." in http.get("/shares/0/verify").text
    finally:
        halt()
    Path(line["token_file"]).chmod(0o644)
    with pytest.raises(ConfigError, match="only you can read"):
        start(wanted, doctors.opened, lambda: doctors.vitals, chain)


def test_elsewhere_than_on_loopback_it_speaks_tls_and_its_cookie_is_secure(doctors: Ward, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    argv = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    argv += [
        "-subj",
        "/CN=doctor",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run(argv, check=True, capture_output=True)
    port = free_port()
    wanted = setting(doctors, tmp_path, f"0.0.0.0:{port}", Tls(certificate, key, certificate))
    halt = start(wanted, doctors.opened, lambda: doctors.vitals, doctors.network.peers["Doctor"].chain)
    try:
        trusted = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusted, trust_env=False) as http:
            token = (tmp_path / "doctor.console-token").read_text().strip()
            answer = http.post("/login", data={"token": token})
            assert "Secure" in answer.headers["set-cookie"].split("; ")
            assert http.get("/").status_code == 200
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
    finally:
        halt()


def test_the_copy_of_htmx_is_the_published_one_with_its_licence() -> None:
    assert sha256(static(HTMX)).hexdigest() == HTMX_DIGEST
    licence = (Path(__file__).parents[2] / "runtime/bxc_runtime/console/static/htmx.LICENSE").read_text()
    assert licence.startswith("Zero-Clause BSD")
