"""Attacks on a peer's answers: whoever asks what they may not is refused, learns nothing, and harms nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from bxc_runtime.exchange import server
from bxc_runtime.exchange.signing import LIFETIME

from .attackers import STRANGER, Question, Site, account, ask, question, raw, signed_by, site

ROWS = {
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'Secret', 'Sapporo', 'one tablet every 4h');",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'Secret', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'Secret', 'MeA2', '100 mg twice daily');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
}
PATIENT, DOCTOR, RESEARCHER = range(3)
CLINICAL, MECHANISM = 0, 1
SALT = "/v1/shares/0/salt"
CONTENT = "/v1/shares/0/content/1"


@pytest.fixture(scope="module")
def medical(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("answers") / "peers", ROWS) as made:
        yield made
        made.it.edit("Patient", "update D1 set clinical_data = 'better' where patient_id = 188")
        made.it.settle()
        made.it.same()  # nothing of all that has harmed anybody
        assert made.it.rows("Doctor", "D3")[0][2] == "better"
        assert "Secret" not in repr(made.logs)


@pytest.fixture(autouse=True)
def forgotten(medical: Site) -> None:
    medical.logs.clear()


def salt_of(medical: Site, who: int, peer: str, **changes: float) -> Question:
    return question(account(who), medical.address(peer), SALT, CLINICAL, 0, **changes)


def test_a_member_is_answered_by_the_peer_that_it_asked(medical: Site) -> None:
    asked = salt_of(medical, PATIENT, "Doctor")
    answer = ask(medical, "Doctor", asked)
    assert (answer.status_code, len(answer.content)) == (200, 32)
    assert signed_by(answer, asked) == medical.address("Doctor")


@pytest.mark.parametrize("header", ["bxc-nonce", "bxc-expiry", "bxc-signature"])
def test_a_question_that_is_not_signed_whole_is_refused(medical: Site, header: str) -> None:
    for value in (None, "", "zz", "00", "-1", "9" * 5_000, "ff" * 65, "ff" * 32):
        asked = salt_of(medical, PATIENT, "Doctor")
        headers = {**asked.headers, header: value or ""}
        if value is None:
            del headers[header]
        answer = ask(medical, "Doctor", Question(asked.request, headers))
        other = (header, value) == ("bxc-nonce", "ff" * 32)  # a question, but not the one that was signed
        assert (answer.status_code, answer.content) == (404 if other else 401, b""), value
    assert medical.said("refused")


@pytest.mark.parametrize("ahead", [-1, 0.5 - server.SKEW, server.SKEW + LIFETIME + 5, 2**41])
def test_an_expired_question_and_one_from_the_future_are_refused(medical: Site, ahead: float) -> None:
    assert ask(medical, "Doctor", salt_of(medical, PATIENT, "Doctor", ahead=ahead)).status_code == 401


def test_a_question_is_answered_once(medical: Site) -> None:
    asked = salt_of(medical, PATIENT, "Doctor")
    assert [ask(medical, "Doctor", asked).status_code for _ in range(3)] == [200, 401, 401]
    assert medical.said("refused", why="expired or replayed")


def test_a_question_that_a_process_may_have_answered_before_it_began_is_refused() -> None:
    now = time.time()
    nonces = server.Nonces(born=int(now))
    assert not nonces.fresh(b"a", int(now) + LIFETIME - 1, now)
    assert nonces.fresh(b"a", int(now) + LIFETIME + 1, now)


def test_no_flood_makes_a_peer_forget_what_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_NONCES", 3)
    nonces = server.Nonces(born=0)
    assert [nonces.fresh(name, 150 - place, 100.0) for place, name in enumerate((b"a", b"b", b"c"))] == [True] * 3
    assert not nonces.fresh(b"d", 150, 100.0)
    assert not nonces.fresh(b"c", 148, 100.0)
    assert nonces.fresh(b"d", 200, 148.5)  # c has expired
    assert not nonces.fresh(b"e", 200, 148.5)
    assert not nonces.fresh(b"a", 150, 148.5)


def test_a_question_to_one_peer_is_no_use_at_another(medical: Site) -> None:
    asked = salt_of(medical, DOCTOR, "Patient")  # the patient passes on what the doctor asked of it
    path = "/v1/shares/1/salt"
    passed = question(account(DOCTOR), medical.address("Patient"), path, MECHANISM, 0)
    assert ask(medical, "Patient", asked).status_code == 200
    assert ask(medical, "Researcher", passed).status_code == 404
    assert medical.said("denied", asker=(medical.logs[-1]["asker"]))
    assert medical.logs[-1]["asker"] != medical.address("Doctor")


@pytest.mark.parametrize(
    ("path", "share", "version"),
    [(SALT, 1, 0), (SALT, 0, 1), (SALT.replace("0", "1"), 0, 0), (CONTENT, 0, 0), ("/v1/shares/0/deltas/1", 0, 0)],
)
def test_a_signature_of_one_thing_gets_no_other(medical: Site, path: str, share: int, version: int) -> None:
    """Path, share and version are signed each: where they do not fit, it is as if somebody else had signed."""
    asked = question(account(PATIENT), medical.address("Doctor"), path, share, version)
    assert ask(medical, "Doctor", asked).status_code == 404
    assert not medical.said("denied", asker=medical.address("Patient"))


def test_strangers_members_of_other_shares_and_shares_that_are_not_there_get_one_answer(medical: Site) -> None:
    found = set()
    for who, share in [(STRANGER, 0), (STRANGER, 1), (STRANGER, 7), (account(RESEARCHER), 0), (account(PATIENT), 1),
                       (account(PATIENT), 7), (account(PATIENT), 2**32 - 1)]:  # fmt: skip
        for kind, version in (("salt", 0), ("deltas/1", 1), ("content/1", 1), ("deltas/9", 9)):
            asked = question(who, medical.address("Doctor"), f"/v1/shares/{share}/{kind}", share, version)
            answer = ask(medical, "Doctor", asked)
            assert signed_by(answer, asked) == medical.address("Doctor")
            names = sorted(name for name in answer.headers if name != "bxc-signature")
            found.add((answer.status_code, answer.content, str(names), answer.headers["content-type"]))
    assert len(found) == 1
    assert next(iter(found))[:2] == (404, b"")
    assert medical.said("denied", status=404)


def test_a_denial_takes_as_many_questions_of_the_database_wherever_it_comes_from(medical: Site) -> None:
    from bxc_runtime import answers

    store = medical.it.peers["Doctor"].store
    counts = []
    for share, asker in ((0, medical.address("Researcher")), (1, "0x" + "00" * 20), (7, medical.address("Patient"))):
        statements: list[str] = []
        store.connection._connection.set_trace_callback(statements.append)  # type: ignore[attr-defined]
        with pytest.raises(answers.DeniedError):
            answers.delta(store, asker, share, 1)
        store.connection._connection.set_trace_callback(None)  # type: ignore[attr-defined]
        counts.append(len(statements))
    assert counts == [2, 2, 2]


def test_a_member_gets_no_version_that_does_not_exist(medical: Site) -> None:
    for path, version, status in (
        ("deltas/0", 0, 404), ("deltas/7", 7, 404), ("content/0", 0, 409), ("content/7", 7, 409),
        (f"deltas/{2**32}", 2**32, 401), ("deltas/" + "9" * 4_500, 0, 401),
    ):  # fmt: skip
        asked = question(account(PATIENT), medical.address("Doctor"), f"/v1/shares/0/{path}", 0, version)
        answer = ask(medical, "Doctor", asked)
        assert (answer.status_code, answer.content) == (status, b""), path


PATHS = [
    "/v1/shares/0/../1/salt", "/v1/shares/0%2fsalt", "/v1/shares/%30/salt", "/v1/shares/0/salt%00",
    "/v1/shares/0/salt%0a", "/v1/shares/0/salt/", "//v1/shares/0/salt", "/v1/shares/00/salt", "/v1/shares/+0/salt",
    "/v1/shares/-1/salt", "/v1/shares/0_0/salt", "/v1/shares/%D9%A0/salt", "/v1/shares/0/salt?x=1",
    "/v1/shares/0/salt#x", "/v1/shares/0;x/salt", "/v1/shares/0'%20or%201=1--/salt", "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd", f"/v1/shares/{'9' * 5_000}/salt", "/v1/shares/0/content/1%2f..%2f1",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_has_one_form(medical: Site, path: str) -> None:
    for signed in (path, SALT):
        asked = question(account(PATIENT), medical.address("Doctor"), signed, 0, 0)
        head = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
        answer = raw(medical.ports["Doctor"], f"GET {path} HTTP/1.1\r\nhost: x\r\n{head}\r\n".encode())
        assert answer.split(b" ")[1] in (b"400", b"401", b"404"), answer
        assert answer.endswith((b"\r\n\r\n", b"Not Found")), answer


def test_a_host_header_changes_no_path(medical: Site) -> None:
    asked = question(account(PATIENT), medical.address("Doctor"), SALT, 0, 0)
    head = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    text = f"GET /v1/shares/1/salt HTTP/1.1\r\nhost: x/v1/shares/0/salt#\r\n{head}\r\n"
    assert raw(medical.ports["Doctor"], text.encode()).split(b" ")[1] == b"404"


def test_a_body_is_refused_however_it_comes(medical: Site) -> None:
    asked = salt_of(medical, PATIENT, "Doctor")
    head = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    for more in (f"content-length: {2**50}\r\n", "transfer-encoding: chunked\r\n", "content-length: 5\r\n"):
        text = f"GET {SALT} HTTP/1.1\r\nhost: x\r\n{head}{more}\r\n"
        assert raw(medical.ports["Doctor"], text.encode()).split(b" ")[1] == b"413"
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        text = f"{method} {SALT} HTTP/1.1\r\nhost: x\r\n{head}content-length: 0\r\n\r\n"
        assert raw(medical.ports["Doctor"], text.encode()).split(b" ")[1] == b"405"


def test_endless_headers_are_cut_off(medical: Site) -> None:
    with socket.create_connection(("127.0.0.1", medical.ports["Doctor"]), timeout=5) as it:
        try:
            it.sendall(b"GET / HTTP/1.1\r\n")
            for number in range(20_000):
                it.sendall(b"x%d: y\r\n" % number)
            answer = it.recv(100)
        except OSError:
            return  # the peer has closed the connection
    assert answer.split(b" ")[1] == b"400"


def test_too_many_questions_of_one_asker_are_refused(medical: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_A_MINUTE", 0)
    assert ask(medical, "Doctor", salt_of(medical, PATIENT, "Doctor")).status_code == 429


def test_whoever_is_slow_to_ask_is_cut_off_and_keeps_nobody_out(medical: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ASKING_SECONDS", 0.5)
    port, lines = medical.ports["Doctor"], []
    for _ in range(server.MOST_CONNECTIONS + 20):
        it = socket.create_connection(("127.0.0.1", port), timeout=5)
        it.sendall(b"GET /v1/shares/0/salt HTTP/1.1\r\nhost")
        lines.append(it)
    time.sleep(1.0)
    assert ask(medical, "Doctor", salt_of(medical, PATIENT, "Doctor")).status_code == 200
    for it in lines:
        with it:
            assert it.recv(100) == b""


def test_whoever_does_not_read_an_answer_is_cut_off(medical: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ANSWERING_SECONDS", 0.5)
    asked = question(account(PATIENT), medical.address("Doctor"), CONTENT, 0, 1)
    ended: list[bool] = []

    def endless(*_: object) -> Iterator[str]:
        try:
            for number in range(10**9):
                yield f"[{'x' * 1_000}{number}]"
        finally:
            ended.append(True)

    monkeypatch.setattr("bxc_runtime.answers.content", endless)
    monkeypatch.setattr("zlib.compressobj", _Uncompressed)
    head = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    with socket.create_connection(("127.0.0.1", medical.ports["Doctor"]), timeout=5) as it:
        it.sendall(f"GET {CONTENT} HTTP/1.1\r\nhost: x\r\n{head}\r\n".encode())
        time.sleep(2.0)  # what the kernel has taken for it counts as read at first
        got = b""
        with suppress(ConnectionError):
            while part := it.recv(2**20):
                got = part
    assert got
    assert not got.endswith(b"0\r\n\r\n")
    assert ended == [True]


def test_whoever_reads_a_large_answer_all_the_time_is_not_cut_off(
    medical: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ANSWERING_SECONDS", 0.3)
    monkeypatch.setattr("zlib.compressobj", _Uncompressed)

    def slowly(*_: object) -> Iterator[str]:
        for number in range(12 * server.LINES):
            if number % server.LINES == 0:
                time.sleep(0.1)
            yield f"[{number}]"

    monkeypatch.setattr("bxc_runtime.answers.content", slowly)
    asked = question(account(PATIENT), medical.address("Doctor"), CONTENT, 0, 1)
    began = time.monotonic()
    lines = ask(medical, "Doctor", asked).text.splitlines()
    assert time.monotonic() - began > 3 * server.ANSWERING_SECONDS
    assert lines[:-1] == [f"[{number}]" for number in range(12 * server.LINES)]


class _Uncompressed:
    def __init__(self, _: int) -> None: ...

    def compress(self, octets: bytes) -> bytes:
        return octets

    def flush(self) -> bytes:
        return b""
