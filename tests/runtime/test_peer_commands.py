"""`bxc peer` and `bxc history` on peers that run."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Bxc, runner
from eth_account import Account

from bxc_runtime.chains.local import LocalChain, served
from bxc_runtime.demo.stage import build

from .network import GENERATED
from .test_processes import ROWS, Running, agreed

MEDICAL = str(GENERATED / "medical_cascade")


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str]) -> Bxc:
    return runner(capsys)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    chain = LocalChain()
    with served(chain) as endpoint:
        folder = tmp_path_factory.mktemp("peers")
        made = Running(build(folder, GENERATED / "medical_cascade", "sqlite", endpoint, chain.ask, ROWS))
        try:
            yield made
        finally:
            for peer in ROWS:
                made.stop(peer)


def test_an_operator_opens_a_share_and_sees_it_through(running: Running, bxc: Bxc) -> None:
    doctor = ("--config", running.stage.config("Doctor"))
    for share in ("clinical", "mechanism"):
        assert bxc("peer", "open", share, *doctor).code == 0
    for peer, number in (("Patient", 0), ("Researcher", 1), ("Doctor", 0), ("Doctor", 1)):
        running.until(peer, agreed(number, 1))
    running.edit("Patient", "update D1 set clinical_data = 'better' where patient_id = 188;")
    for peer in ("Doctor", "Patient"):
        running.until(peer, agreed(0, 2))

    said = bxc("peer", "status", "--format", "json", *doctor)
    assert said.code == 0
    shown = {share["share"]: share for share in json.loads(said.out)}
    assert (shown["clinical"]["phase"], shown["clinical"]["version"]) == ("idle", 2)
    assert not any(share["needs_a_person"] for share in shown.values())
    assert bxc("peer", "status", *doctor).out.splitlines()[1].split()[:3] == ["clinical", "idle", "2"]

    exported = [json.loads(line) for line in bxc("peer", "export", "clinical", *doctor).out.splitlines()]
    assert [row["clinical_data"] for row in exported] == ["better"]

    said = bxc("peer", "conflicts", "--format", "json", *doctor)
    assert json.loads(said.out) == {"conflicts": [], "held": []}

    said = bxc("history", "clinical", "--verify", "--changes", "--format", "json", *doctor)
    assert said.code == 0
    assert "against the chain: right" in said.err
    versions = json.loads(said.out)["versions"]
    assert [(v["by"], v["link"], v["content"]) for v in versions] == [
        ("Doctor", "right", "right"),
        ("Patient", "right", "right"),
    ]
    assert versions[1]["changes"][0]["new"][3] == "better"
    table, csv = bxc("history", "clinical", *doctor).out, bxc("history", "clinical", "--format", "csv", *doctor).out
    assert len(table.splitlines()) == len(csv.splitlines()) == 3
    assert csv.splitlines()[2].startswith("2,committed,Patient,Doctor ")


def test_a_history_that_was_changed_does_not_verify(running: Running, bxc: Bxc, tmp_path: Path) -> None:
    config = running.stage.config("Researcher")
    running.until("Researcher", agreed(1, 1))
    running.stop("Researcher")
    running.edit("Researcher", "update bxc_history set requester = '0x" + "11" * 20 + "' where share = 1;")
    said = bxc("history", "mechanism", "--verify", "--config", config)
    assert said.code == 1
    assert "wrong" in said.out


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("peer", "status", "--config", "none.toml"), "cannot read none.toml"),
        (("peer", "open", "clinicle", "--config", "{doctor}"), "Doctor is in no share clinicle"),
        (("peer", "conflicts", "--resolve", "9", "--with", "local", "--config", "{doctor}"), "no open conflict 9"),
        (("peer", "conflicts", "--resolve", "9", "--config", "{doctor}"), "--resolve needs --with"),
        (("history", "mechanism", "--config", "{patient}"), "Patient is in no share mechanism"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(running: Running, bxc: Bxc, argv: tuple[str, ...], told: str) -> None:
    places = {"doctor": running.stage.config("Doctor"), "patient": running.stage.config("Patient")}
    said = bxc(*(argument.format_map(places) for argument in argv))
    assert said.code in (1, 2)
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_key_is_made_once_for_its_owner_alone(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BXC_KEY_PASSWORD", "correct horse")
    path = tmp_path / "keys" / "doctor.json"
    said = bxc("peer", "key", path, "--password-env", "BXC_KEY_PASSWORD")
    assert said.code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Account.from_key(Account.decrypt(path.read_text(), "correct horse")).address == said.out.strip()
    assert "correct horse" not in said.out + said.err
    again = bxc("peer", "key", path, "--password-env", "BXC_KEY_PASSWORD")
    assert again.code == 2
    assert "is there already" in again.err


def test_a_configuration_to_start_from_names_the_other_members(
    bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    argv = ("peer", "init", "--peer", "Doctor", "--generated", MEDICAL, "--db", "doctor.db", "--keystore", "k.json")
    assert bxc(*argv).code == 0
    text = Path("peer.toml").read_text()
    assert '# Patient = "https://host:port"' in text
    assert '# Researcher = "https://host:port"' in text
    assert bxc(*argv).code == 2  # nothing is overwritten
    said = bxc("peer", "init", "--peer", "Nurse", *argv[4:], "--out", "nurse.toml")
    assert said.code == 2
    assert "no peer Nurse" in said.err
