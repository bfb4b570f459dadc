"""The console: only for who has the token, only by its own forms, everything escaped; what it shows, and settles."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from postgres_server import a_server
from structlog.testing import capture_logs

from bxc.database.connection import Address
from bxc_runtime.config import ConfigError, Deployment, Tls, read_config, with_console
from bxc_runtime.console.listen import start
from bxc_runtime.console.pages import HTMX, PAGES, STATIC, static
from bxc_runtime.console.picture import picture
from bxc_runtime.console.session import LIFETIME, Sessions, TokenError, read_token
from bxc_runtime.overview import overview
from bxc_runtime.process import Setting
from bxc_runtime.rows import Engine
from bxc_runtime.stores.connection import StoreError

from .browser import Tab, browser
from .consoles import COOKIE, ROWS, SCRIPT, TOKEN, Ward, served
from .network import generated, network

HTMX_DIGEST = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # of htmx.org 4.0.1, dist/htmx.min.js
READ = [*PAGES, *(f"/parts{path}" for path in PAGES), "/shares/0", "/parts/shares/0", "/shares/0/verify"]
WRITTEN = ["/conflicts/1", "/held/1", "/logout"]


@pytest.fixture
def http(doctors: Ward) -> Iterator[httpx.Client]:
    with served(doctors) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def log_in(http: httpx.Client) -> str:
    """Logs in; the form's secret of the session."""
    answer = http.post("/login", data={"token": TOKEN})
    assert answer.status_code == 303
    return secret(http.get("/").text)


def secret(page: str) -> str:
    found = re.search(r'name="csrf" value="([\w-]+)"', page)
    assert found
    return found[1]


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


# --- who is answered --------------------------------------------------------------------------------------------------


def test_nobody_sees_or_does_anything_without_the_token(doctors: Ward, http: httpx.Client) -> None:
    doctors.clash("here")
    for path in READ:
        answer = http.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
        assert http.get(path, headers={"hx-request": "true"}).status_code == 401
    for path in WRITTEN:
        assert http.post(path, data={"with": "local", "csrf": ""}).status_code == 303
    assert http.get("/metrics").status_code == 401
    assert http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}x"}).status_code == 401
    assert http.post("/login", data={"token": "guess"}).status_code == 401
    assert http.get("/", params={"token": TOKEN}).status_code == 303
    http.cookies.set(COOKIE, TOKEN)
    assert http.get("/").status_code == 303
    with doctors.opened() as store:
        assert len(store.archive.conflicts()) == 1
    assert http.get("/healthz").json() == {"status": "alive"}
    assert http.get("/readyz").status_code == 200
    doctors.vitals = replace(doctors.vitals, ready=False)
    assert http.get("/readyz").status_code == 503


def test_the_cookie_is_for_this_console_alone_and_logging_out_ends_the_session(http: httpx.Client) -> None:
    answer = http.post("/login", data={"token": TOKEN})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert TOKEN not in cookie
    name = http.cookies[COOKIE]
    csrf = secret(http.get("/").text)
    assert http.post("/logout", data={"csrf": csrf}).status_code == 303
    http.cookies.set(COOKIE, name)
    assert http.get("/").status_code == 303


def test_metrics_take_the_token_as_prometheus_sends_it(http: httpx.Client) -> None:
    answer = http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'bxc_share_version{share="clinical"} 1\n' in answer.text
    assert "Ibuprofen" not in answer.text


def test_a_name_of_somebody_elses_that_leads_here_is_no_way_in(http: httpx.Client) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[", "10.0.0.1"):
        assert http.get("/healthz", headers={"host": host}).status_code == 421
        assert http.post("/login", data={"token": TOKEN}, headers={"host": host}).status_code == 421


def test_forms_of_other_pages_are_refused_even_with_the_cookie(doctors: Ward, http: httpx.Client) -> None:
    doctors.clash("here")
    csrf = log_in(http)
    elsewhere = [{"origin": origin} for origin in ("http://127.0.0.1:1", "null", "https://evil.example")]
    for headers in (*elsewhere, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert http.post("/conflicts/1", data={"with": "agreed", "csrf": csrf}, headers=headers).status_code == 403
        assert http.post("/login", data={"token": TOKEN}, headers=headers).status_code == 403
    with doctors.opened() as store:
        assert len(store.archive.conflicts()) == 1


def test_an_action_needs_the_secret_of_its_own_session(doctors: Ward, http: httpx.Client) -> None:
    doctors.clash("here")
    first = log_in(http)
    second = log_in(http)
    for csrf in ("", "guess", first, TOKEN):
        assert http.post("/conflicts/1", data={"with": "agreed", "csrf": csrf}).status_code == 403
    assert http.get("/conflicts/1").status_code == 405
    assert http.post("/conflicts/1", data={"with": "agreed", "csrf": second}).status_code == 200
    with doctors.opened() as store:
        assert not store.archive.conflicts()


def test_long_and_odd_forms_are_refused(http: httpx.Client) -> None:
    csrf = log_in(http)
    assert http.post("/conflicts/1", content=b"x" * 10_000).status_code == 413
    assert http.post("/conflicts/1", content=b"\xff\xfe").status_code == 413
    assert http.post("/login", content=b"token=" + b"x" * 10_000).status_code == 401
    assert http.post("/conflicts/99", data={"with": "agreed", "csrf": csrf}).status_code == 409
    assert http.post("/conflicts/1", data={"with": "both", "csrf": csrf}).status_code == 409
    assert http.post("/held/7", data={"do": "revert", "csrf": csrf}).status_code == 409
    assert http.post("/held/0", data={"do": "drop", "csrf": csrf}).status_code == 409
    assert http.post("/held/99999999999999999999", data={"do": "drop", "csrf": csrf}).status_code == 409
    for path in ("/shares/7", "/shares/7/verify", "/static/../app.py", "/static/htmx.LICENSE", "/parts/none"):
        assert http.get(path).status_code == 404, path


def test_every_answer_forbids_what_pages_must_not_do(http: httpx.Client) -> None:
    log_in(http)
    for path in [*READ, "/login", "/healthz", "/metrics", "/nothing", *(f"/static/{name}" for name in STATIC)]:
        answer = http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == ("max-age=3600" if "/static/" in path else "no-store")
        assert "server" not in answer.headers
        assert not re.search(r"<script(?! src=)|\bstyle=|\bon[a-z]+=|javascript:|https?://", answer.text) or (
            "/static/" in path
        ), path


def test_the_copy_of_htmx_is_the_published_one_with_its_licence() -> None:
    assert sha256(static(HTMX)).hexdigest() == HTMX_DIGEST
    licence = (Path(__file__).parents[2] / "runtime/bxc_runtime/console/static/htmx.LICENSE").read_text()
    assert licence.startswith("Zero-Clause BSD")


# --- what it shows ----------------------------------------------------------------------------------------------------


def test_a_share_shows_who_has_not_acknowledged(doctors: Ward, http: httpx.Client) -> None:
    log_in(http)
    assert "Nothing is pending." in http.get("/pending").text
    doctors.ask()
    for path in ("/", "/pending", "/shares/0", "/parts/"):
        assert re.search(r'<(span|td) class="wait">Patient</\1>', http.get(path).text), path
    assert "has not acknowledged version 2 of clinical" in http.get("/graph").text
    doctors.answer()
    assert "Nothing is pending." in http.get("/parts/pending").text


def test_the_history_verifies_and_a_forged_one_does_not(doctors: Ward, http: httpx.Client) -> None:
    doctors.ask()
    doctors.answer()
    log_in(http)
    page = http.get("/shares/0")
    assert page.text.count('<span class="good">committed</span>') == 2
    verified = http.get("/shares/0/verify").text
    assert "Verified" in verified
    assert "compared with the chain: right." in verified
    assert "Verified" in http.get("/shares/0?verify=1").text
    doctors.network.world.down = True
    assert "compared with the chain: not compared." in http.get("/shares/0/verify").text
    doctors.network.world.down = False
    with doctors.opened() as store, store.transaction("test"):
        last = store.archive.version(0, 2)
        assert last is not None
        store.archive.keep_version(replace(last, by="0x" + "00" * 20))
        share = store.ledger.share(0)
        assert share is not None
        store.ledger.keep_share(replace(share, chain_hash=bytes(32)))
    page = http.get("/shares/0/verify")
    assert "Verified" not in page.text
    assert "compared with the chain: behind, or wrong." in page.text
    assert '<span class="bad">wrong</span>' in page.text


def test_a_long_history_is_shown_in_parts(doctors: Ward, http: httpx.Client) -> None:
    with doctors.opened() as store, store.transaction("test"):
        last = store.archive.version(0, 1)
        assert last is not None
        for version in range(2, 120):
            store.archive.keep_version(replace(last, version=version, outcome="rejected"))
    log_in(http)
    shown, path = [], "/shares/0"
    while path:
        page = http.get(path).text
        shown += [int(it) for it in re.findall(r'<tr>\n<td class="number">(\d+)</td>\n<td><span', page)]
        more = re.search(r'href="(/shares/0\?below=\d+)"', page)
        path = more[1] if more else ""
    assert shown == list(range(119, 0, -1))


def test_the_picture_marks_what_is_running_now(doctors: Ward) -> None:
    graph = json.loads((generated("medical_cascade") / "graph.json").read_text())

    def drawn() -> Any:
        with doctors.opened() as store:
            return picture(graph, overview(store, doctors.names))

    rest = drawn()
    assert {(node.kind, node.name) for node in rest.nodes} == {
        ("peer", "Patient"), ("peer", "Doctor"), ("peer", "Researcher"), ("share", "clinical"), ("share", "mechanism"),
    }  # fmt: skip
    assert {link.look for link in (*rest.links, *rest.arrows)} == {"rest"}
    assert len(rest.links) == 4
    assert len(rest.arrows) == 2
    doctors.ask()
    looks = {node.name: node.look for node in drawn().nodes}
    assert looks == {
        "clinical": "running", "mechanism": "rest", "Doctor": "asking own", "Patient": "awaited", "Researcher": "rest",
    }  # fmt: skip
    assert sorted(link.look for link in drawn().links) == ["asking", "awaited", "rest", "rest"]


def test_boxes_of_many_shares_do_not_lie_upon_each_other(doctors: Ward) -> None:
    names = [f"share {number}" for number in range(40)]
    graph = {
        "peers": [{"name": f"P{number}"} for number in range(30)],
        "shares": [{"name": name, "peers": [f"P{n % 30}", f"P{(n * 7 + 1) % 30}"]} for n, name in enumerate(names)],
        "edges": [{"from_share": a, "to_share": b, "peer": "P0"} for a, b in pairwise(names)],
    }
    with doctors.opened() as store:
        found = picture(graph, overview(store, doctors.names))
    for kind in ("peer", "share"):
        boxes = sorted((it for it in found.nodes if it.kind == kind), key=lambda it: it.top)
        assert boxes[0].top >= 0
        assert all(a.top + a.height <= b.top for a, b in pairwise(boxes))
        assert boxes[-1].top + boxes[-1].height <= found.height


def test_a_database_that_is_not_to_be_had_is_told_and_the_metrics_go_on(doctors: Ward, http: httpx.Client) -> None:
    @contextmanager
    def lost() -> Iterator[Any]:
        raise StoreError("a row with the value 4711 is in the way")
        yield

    csrf = log_in(http)
    doctors.lost = lost
    with capture_logs() as logs:
        for path in ("/", "/parts/pending", "/shares/0"):
            answer = http.get(path)
            assert answer.status_code == 503, path
            assert "not to be had now" in answer.text
        assert http.post("/held/1", data={"do": "revert", "csrf": csrf}).status_code == 503
        assert "bxc_database_up 0" in http.get("/metrics").text
    assert {entry["event"] for entry in logs} == {"store"}
    assert "4711" not in str(logs)


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_every_page_is_there_on_the_other_engines(engine: Engine, tmp_path: Path) -> None:
    servers = {}
    if engine == "postgres":
        server = a_server()
        lent = {peer: server.borrow() for peer in ROWS}
        servers = {peer: Address("postgres", url=server.url(name)) for peer, name in lent.items()}
    made = Ward(network(tmp_path, ROWS, spec="medical_cascade", engine=engine, servers=servers))
    try:
        made.clash("of the doctor")
        for store in made.network.stores.values():
            store.release()
        with served(made) as url, httpx.Client(base_url=url, trust_env=False) as http:
            csrf = log_in(http)
            for path in READ:
                assert http.get(path).status_code == 200, path
            assert "Verified" in http.get("/shares/0/verify").text
            assert "bxc_database_up 1" in http.get("/metrics").text
            assert "Settled" in http.post("/conflicts/1", data={"with": "local", "csrf": csrf}).text
        made.network.settle()
        made.network.same()
    finally:
        made.network.close()
        if servers:
            for name in lent.values():
                server.give_back(name)


# --- what it settles --------------------------------------------------------------------------------------------------


def test_a_conflict_is_settled_with_the_local_value_and_the_others_get_it(doctors: Ward, http: httpx.Client) -> None:
    doctors.clash("of the doctor")
    csrf = log_in(http)
    assert "of the doctor" in http.get("/conflicts").text
    answer = http.post("/conflicts/1", data={"with": "local", "csrf": csrf}, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Settled conflict 1 with the local value." in answer.text
    doctors.network.settle()
    doctors.network.same()
    assert "of the doctor" in str(doctors.network.rows("Patient", "D1"))


def test_held_edits_are_undone_here(doctors: Ward, http: httpx.Client) -> None:
    doctors.trespass()
    csrf = log_in(http)
    page = http.get("/held").text
    assert "BXC13" in page
    assert "Undid 1 held edits" in http.post("/held/1", data={"do": "revert", "csrf": csrf}).text
    assert "MeA2" in str(doctors.network.rows("Doctor", "D3"))
    doctors.network.settle()
    doctors.network.same()


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture
def tab(doctors: Ward, tmp_path: Path) -> Iterator[Tab]:
    with served(doctors) as url, browser(tmp_path / "profile") as tab:
        tab.open(url)
        tab.type("input[name=token]", TOKEN)
        tab.click("form button")
        tab.until("document.title.startsWith('Shares')")
        yield tab


def test_an_operator_sees_an_update_go_through_and_settles_a_conflict(doctors: Ward, tab: Tab) -> None:
    assert tab.ask("htmx.version") == "4.0.1"
    assert tab.ask("document.cookie") == ""
    assert "clinical" in tab.text("#share-0")
    doctors.ask("2 tablets")
    tab.until("document.querySelector('#share-0 .wait')?.innerText.includes('requested')")
    assert "Patient" in tab.text("#share-0")
    assert tab.until("document.querySelector('g.share.running circle') !== null")
    assert tab.ask("document.querySelector('g.share.running').dataset.name") == "clinical"
    assert tab.ask("document.querySelector('path.awaited title').textContent").startswith("Patient has not")
    doctors.answer()
    tab.until("document.querySelector('g.share.running') === null")
    tab.until("document.querySelector('#share-0 .number').innerText === '2'")
    doctors.clash(SCRIPT)
    tab.click("nav a[href='/conflicts']")
    tab.until("document.querySelector('#conflict-1') !== null")
    assert SCRIPT in tab.text("#conflict-1")
    assert tab.ask("document.title").startswith("Conflicts")
    assert tab.ask("document.scripts.length") == 1
    tab.click("#conflict-1 button[value=local]")
    tab.until("document.querySelector('[role=status]')?.innerText.includes('Settled conflict 1')")
    assert tab.ask("document.querySelector('#conflict-1')") is None
    doctors.network.settle()
    assert SCRIPT in str(doctors.network.rows("Patient", "D1"))
    tab.click("nav a[href='/']")
    tab.until("document.title.startsWith('Shares')")
    tab.click("#share-0 a")
    tab.until("document.querySelector('#versions') !== null")
    tab.click("button[hx-get]")
    tab.until("document.querySelector('#verdict')?.innerText.startsWith('Verified')")
    assert "0px" not in tab.ask("getComputedStyle(document.querySelector('main')).paddingLeft")
    assert tab.said == []


def test_an_operator_undoes_held_edits_and_leaves(doctors: Ward, tab: Tab) -> None:
    doctors.trespass()
    tab.until("document.querySelector('a.bad[href=\"/held\"]') !== null")
    assert tab.ask("document.querySelectorAll('g.share.trouble').length") == 1
    tab.click("a.bad[href='/held']")
    tab.until("document.title.startsWith('Unpublished')")
    assert SCRIPT in tab.text("#part")
    tab.click("button[value=revert]")
    tab.until("document.querySelector('[role=status]')?.innerText.includes('Undid 1')")
    tab.click("header form button")
    tab.until("document.querySelector('input[name=token]') !== null")
    assert tab.said == []


def test_a_page_that_is_open_asks_for_the_token_when_its_session_has_ended(doctors: Ward, tab: Tab) -> None:
    (cookie,) = tab.do("Network.getCookies")["cookies"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    url, csrf = tab.ask("location.origin"), tab.ask("document.querySelector('[name=csrf]').value")
    with httpx.Client(base_url=url, trust_env=False, cookies={COOKIE: cookie["value"]}) as http:
        assert http.post("/logout", data={"csrf": csrf}).status_code == 303
    tab.until("document.querySelector('input[name=token]') !== null")


# --- logs -------------------------------------------------------------------------------------------------------------


def test_nothing_that_the_console_logs_has_a_value_the_token_or_a_session_in_it(doctors: Ward) -> None:
    with capture_logs() as logs, served(doctors) as url, httpx.Client(base_url=url, trust_env=False) as http:
        doctors.clash("of the doctor")
        doctors.trespass()
        http.post("/login", data={"token": "a wrong token"})
        csrf = log_in(http)
        for path in READ:
            http.get(path)
        http.post("/conflicts/1", data={"with": "local", "csrf": "forged"})
        http.post("/conflicts/1", data={"with": "local", "csrf": csrf})
        http.post("/held/1", data={"do": "revert", "csrf": csrf})
        session = http.cookies[COOKIE]
    text = str(logs)
    assert {"login", "refused", "settled", "verified"} <= {entry["event"] for entry in logs}
    for hidden in (TOKEN, csrf, session, "a wrong token", "of the doctor", SCRIPT, "CliD1", "Ibuprofen"):
        assert hidden not in text
