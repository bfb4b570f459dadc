"""The console answers only who has the token, and only its own forms; and what it shows and settles, all escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from postgres_server import lent
from structlog.testing import capture_logs

from bxc_runtime.console.pages import STATIC, Paper
from bxc_runtime.console.picture import picture
from bxc_runtime.overview import Overview, Pending, ShareView, overview
from bxc_runtime.rows import Engine
from bxc_runtime.stores.connection import StoreError

from .consoles import COOKIE, READ, ROWS, SCRIPT, TOKEN, Ward, log_in, secret, served
from .network import generated, network

WRITTEN = ["/conflicts/1", "/held/1", "/logout"]


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


def test_the_picture_marks_the_arrow_along_which_a_cascade_goes(doctors: Ward) -> None:
    graph = json.loads((generated("medical_cascade") / "graph.json").read_text())
    doctors.network.away.add(doctors.network.peers["Patient"].chain.address)
    doctors.network.edit("Researcher", "update D2 set mechanism_of_action = 'new' where medication_name = 'Ibuprofen'")
    for _ in range(4):
        doctors.network.peers["Researcher"].turn()
        doctors.network.peers["Doctor"].turn()
    with doctors.opened() as store:
        arrows = picture(graph, overview(store, doctors.names)).arrows
    assert sorted((arrow.look, arrow.told) for arrow in arrows) == [
        ("rest", "a put of clinical at Doctor can change mechanism"),
        ("running", "a put of mechanism at Doctor can change clinical; such edits are on their way"),
    ]


class Tags(HTMLParser):
    """Which tags and attributes a text has, and what stands in it as text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"@{name}" for name, _ in attrs)}

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.parametrize(
    "odd", [SCRIPT, "\"' onload='alert(1)' x=\"", "</title></svg><img src=x onerror=alert(1)>", "{{ 7 * 7 }}"]
)
def test_names_from_outside_are_text_whatever_they_are(doctors: Ward, odd: str) -> None:
    graph = {
        "peers": [{"name": odd}, {"name": "Doctor"}],
        "shares": [{"name": odd, "peers": [odd, "Doctor"]}, {"name": "t", "peers": [odd]}],
        "edges": [{"from_share": odd, "to_share": "t", "peer": odd}],
    }
    with doctors.opened() as store:
        (plain, *_) = overview(store, doctors.names).shares
    asked = Pending(2, odd, 0, 5, (odd,), (odd,), (odd,))
    shown = replace(
        plain, name=odd, phase=odd, members=(odd,), pending=asked, causes=(odd,), trouble=odd, waiting=1, held=1
    )
    paper = Paper(odd, odd)

    def tags(it: ShareView, drawn: Any) -> tuple[set[str], str]:
        seen = Overview("Doctor", (it,), 1, 0)
        values = {
            "seen": seen,
            "vitals": doctors.vitals,
            "now": 9.0,
            "picture": picture(drawn, seen),
            "shown": it,
            "csrf": "",
        }
        parts = "".join(paper.part(name, values) for name in ("shares", "pending", "graph", "share"))
        found = Tags(parts + paper.page("login", it.name, {"wrong": False}))
        return found.found, found.said

    harmless = json.loads(json.dumps(graph).replace(json.dumps(odd), '"s"'))
    calm = Pending(2, "s", 0, 5, ("s",), ("s",), ("s",))
    known, _ = tags(
        replace(shown, name="s", phase="s", members=("s",), pending=calm, causes=("s",), trouble="s"), harmless
    )
    found, said = tags(shown, graph)
    assert found == known
    assert odd in said


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
    with (
        lent(engine, ROWS) as servers,
        closing(network(tmp_path, ROWS, spec="medical_cascade", engine=engine, servers=servers)) as it,
    ):
        made = Ward(it)
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
