"""`bxc deploy`, `plan` and `apply` on a chain of anvil's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anvil import Node, anvil
from commands import Bxc, runner
from eth_account import Account
from eth_utils.address import to_checksum_address

from bxc.deploy.abi import REGISTRY_ABI

SPECS = Path(__file__).parent.parent / "specs"
PEERS = ("Patient", "Doctor", "Researcher")
GRANT = "  update clinical_data   by Doctor, Patient"
NEW_SHARE = """
source E1 at Patient {
  id     int   primary key
  phone  text
}

source E3 at Doctor {
  id     int   primary key
  phone  text
}

view P1 from E1 {
  keep id, phone
}

view P3 from E3 {
  keep id, phone
}

share phones = P1 <-> P3 {
  authority Patient
  update phone by Patient
}

"""


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with anvil() as running:
        yield running


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is proved and compiled once is known to all tests here."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: Path) -> Bxc:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BXC_CACHE_DIR", str(kept))
    return runner(capsys)


@pytest.fixture
def here(tmp_path: Path, node: Node) -> Path:
    """A folder with the medical spec, and an environment in which the node signs for all three peers."""
    (tmp_path / "medical.bxc").write_text((SPECS / "medical.bxc").read_text())
    environment(tmp_path, node, dict.fromkeys(PEERS, "unlocked = true"))
    return tmp_path


def environment(folder: Path, node: Node, signers: dict[str, str], name: str = "dev", deployer: str = "Doctor") -> Path:
    lines = [f'endpoint = "{node.endpoint}"', f'deployer = "{deployer}"']
    for place, peer in enumerate(PEERS):
        lines += [f"[peers.{peer}]", f'address = "{node.accounts[place]}"', signers.get(peer, "")]
    path = folder / "deploy" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "medical.bxc"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "deploy" / "dev.deployment.json").read_text())
    return found


def plan(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "deploy" / "dev.plan.json").read_text())
    return found


DEPLOY = ("deploy", "medical.bxc", "--env", "deploy/dev.toml")
PLAN = ("plan", "medical.bxc", "--env", "deploy/dev.toml")
APPLY = ("apply", "--env", "deploy/dev.toml")


def test_a_deployed_contract_needs_no_plan(bxc: Bxc, here: Path, node: Node) -> None:
    said = bxc(*DEPLOY)
    assert said.code == 0, said.err
    found = record(here)
    assert found["address"] in said.err
    assert [share["name"] for share in found["shares"]] == ["clinical", "mechanism"]
    assert node.ask("eth_getCode", found["address"], "latest") != "0x"
    said = bxc(*PLAN, "--exit-code")
    assert said.code == 0, said.err
    assert "nothing to do" in said.out


def test_a_second_deployment_is_made_only_if_asked_for_and_keeps_the_first_record(bxc: Bxc, here: Path) -> None:
    assert bxc(*DEPLOY).code == 0
    first = record(here)
    said = bxc(*DEPLOY)
    assert said.code == 2
    assert first["address"] in said.err
    assert "--anew" in said.err
    assert record(here) == first
    assert bxc(*DEPLOY, "--anew").code == 0
    assert record(here)["address"] != first["address"]
    kept = here / "deploy" / f"dev.deployment.{first['address']}.json"
    assert json.loads(kept.read_text()) == first


def test_rights_shares_and_authority_follow_the_spec(bxc: Bxc, here: Path) -> None:
    assert bxc(*DEPLOY).code == 0
    edit(here, GRANT, "  update clinical_data   by Doctor")
    edit(
        here,
        "share mechanism = D23 <-> D32 {\n  authority Doctor",
        "share mechanism = D23 <-> D32 {\n  authority Researcher\n  open by Doctor",
    )
    said = bxc(*PLAN, "--exit-code")
    assert said.code == 4, said.err
    assert "rights of Patient: - update clinical_data" in said.out
    assert "signed by Doctor" in said.out
    said = bxc(*APPLY)
    assert said.code == 0, said.err
    assert "3 steps done, 0 left" in said.err
    assert bxc(*PLAN, "--exit-code").code == 0
    said = bxc(*APPLY)  # the old plan, whose steps have all been done
    assert said.code == 0, said.err
    edit(here, "share mechanism", NEW_SHARE + "share mechanism")
    assert bxc(*PLAN).code == 0
    said = bxc(*APPLY)
    assert said.code == 0, said.err
    assert {share["name"]: share["id"] for share in record(here)["shares"]} == {
        "clinical": 0,
        "mechanism": 1,
        "phones": 2,
    }
    said = bxc(*PLAN, "--exit-code", "--content", "phones=" + "ab" * 32)
    assert said.code == 4, said.err
    assert "open it with content 0xabab" in said.out
    assert bxc(*APPLY).code == 0


def test_a_share_whose_columns_change_is_closed_and_declared_again(bxc: Bxc, here: Path) -> None:
    assert bxc(*DEPLOY).code == 0
    path = here / "medical.bxc"
    path.write_text(
        path.read_text()
        .replace(", clinical_data, dosage\n}", ", clinical_data\n}")
        .replace("  update dosage          by Doctor\n", "")
    )
    said = bxc(*PLAN, "--exit-code")
    assert said.code == 4, said.err
    assert "close it: its columns or its key have changed" in said.out
    said = bxc(*APPLY)
    assert said.code == 0, said.err
    assert {share["name"]: share["id"] for share in record(here)["shares"]} == {"clinical": 2, "mechanism": 1}
    assert bxc(*PLAN, "--exit-code").code == 0


def test_a_plan_is_stale_after_another_change(bxc: Bxc, here: Path, node: Node) -> None:
    assert bxc(*DEPLOY).code == 0
    edit(here, GRANT, "  update clinical_data   by Doctor")
    assert bxc(*PLAN).code == 0
    other = {"from": node.accounts[1], "to": record(here)["address"], "data": _set_rights(node, 0, 2, 1)}
    node.ask("eth_sendTransaction", other)
    said = bxc(*APPLY)
    assert said.code == 2
    assert "stale" in said.err
    assert "bxc plan" in said.err


def _set_rights(node: Node, share: int, attributes: int, operations: int) -> str:
    from web3 import Web3

    contract = Web3().eth.contract(abi=REGISTRY_ABI)
    patient = Web3.to_checksum_address(node.accounts[0])
    return str(contract.encode_abi("setRights", [share, patient, attributes, operations]))


def test_a_plan_of_an_abandoned_block_is_stale(bxc: Bxc, here: Path, node: Node) -> None:
    assert bxc(*DEPLOY).code == 0
    edit(here, GRANT, "  update clinical_data   by Doctor")
    before = node.ask("evm_snapshot")
    node.ask("evm_mine")
    assert bxc(*PLAN).code == 0
    node.ask("evm_revert", before)
    said = bxc(*APPLY)
    assert said.code == 2
    assert "not part of the chain" in said.err


def test_an_edited_plan_is_refused(bxc: Bxc, here: Path) -> None:
    assert bxc(*DEPLOY).code == 0
    edit(here, GRANT, "  update clinical_data   by Doctor")
    assert bxc(*PLAN).code == 0
    path = here / "deploy" / "dev.plan.json"
    path.write_text(path.read_text().replace('"operations": 0', '"operations": 6'))
    said = bxc(*APPLY)
    assert said.code == 2
    assert "has been changed since it was made" in said.err


def test_each_peer_signs_its_own_steps_of_one_plan(bxc: Bxc, here: Path, node: Node) -> None:
    assert bxc(*DEPLOY).code == 0
    edit(
        here,
        "share mechanism = D23 <-> D32 {\n  authority Doctor",
        "share mechanism = D23 <-> D32 {\n  authority Researcher\n  open by Doctor",
    )
    environment(here, node, {"Researcher": "unlocked = true"}, deployer="Researcher")
    assert bxc(*PLAN).code == 0
    said = bxc(*APPLY)
    assert said.code == 0, said.err
    assert "0 steps done, 2 left" in said.err
    assert "has not been offered yet" in said.err
    environment(here, node, {"Doctor": "unlocked = true"})
    said = bxc(*APPLY)
    assert said.code == 0, said.err
    assert "1 step done, 1 left" in said.err
    assert "Researcher signs it" in said.err
    environment(here, node, {"Researcher": "unlocked = true"}, deployer="Researcher")
    said = bxc(*APPLY)
    assert said.code == 0, said.err
    assert bxc(*PLAN, "--exit-code").code == 0


def test_a_keystore_signs_and_neither_key_nor_password_is_told(bxc: Bxc, here: Path, node: Node) -> None:
    key = Account.create()
    node.ask("anvil_setBalance", key.address, hex(10**20))
    keystore = here / "keys" / "doctor.json"
    keystore.parent.mkdir()
    keystore.write_text(json.dumps(Account.encrypt(key.key, "open sesame", iterations=2)))
    (here / "keys" / "password").write_text("open sesame\n")
    path = environment(here, node, {})
    signer = 'keystore = "../keys/doctor.json"\npassword_file = "../keys/password"'
    path.write_text(
        path.read_text().replace(f'address = "{node.accounts[1]}"\n', f'address = "{key.address}"\n{signer}\n')
    )
    said = bxc(*DEPLOY, "-v")
    assert said.code == 0, said.err
    for text in (said.out, said.err, json.dumps(record(here))):
        assert key.key.hex() not in text
        assert "sesame" not in text
    (here / "keys" / "password").write_text("open barley\n")
    said = bxc(*DEPLOY, "--anew", "--debug" if os.environ.get("BXC_DEBUG") else "-v")
    assert said.code == 2
    assert "does not open" in said.err
    assert "barley" not in said.err


def test_a_deployment_that_was_cut_off_is_taken_up(bxc: Bxc, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bxc.deploy import chain

    def cut(*_: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(chain.Chain, "wait", cut)
        assert bxc(*DEPLOY).code == 130
    sent = record(here)
    assert sent["address"] is None
    said = bxc(*DEPLOY)
    assert said.code == 0, said.err
    assert record(here)["transaction"] == sent["transaction"]


def test_a_chain_that_was_thrown_away_is_told(bxc: Bxc, here: Path, node: Node) -> None:
    before = node.ask("evm_snapshot")
    assert bxc(*DEPLOY).code == 0
    node.ask("evm_revert", before)
    said = bxc(*PLAN)
    assert said.code == 2
    assert "there is no contract at" in said.err
    said = bxc(*DEPLOY)
    assert said.code == 2
    assert "is not there any more" in said.err
    assert bxc(*DEPLOY, "--anew").code == 0


def test_a_node_that_is_down_is_told_without_the_secrets_of_its_address(bxc: Bxc, here: Path) -> None:
    path = here / "deploy" / "dev.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(['endpoint = "http://user:pass@127.0.0.1:9/v3/0123secret"', *lines[1:]]))
    said = bxc(*DEPLOY)
    assert said.code == 2
    assert "cannot reach http://127.0.0.1:9" in said.err
    assert "secret" not in said.err
    assert "pass" not in said.err
    assert not (here / "deploy" / "dev.deployment.json").exists()


def test_a_spec_with_errors_is_not_deployed(bxc: Bxc, here: Path) -> None:
    edit(here, "  delete by Doctor\n", "  delete by Nobody\n")
    said = bxc(*DEPLOY)
    assert said.code == 1
    assert "nothing was done" in said.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("endpoint", "endpont", "did you mean `endpoint`"),
        ('deployer = "Doctor"', 'deployer = "Nurse"', "[peers.Nurse]"),
        ('deployer = "Doctor"', "", "name the `deployer`"),
        ("[peers.Patient]", "[peers.Patent]", "no address of Patient"),
        ("unlocked = true", 'private_key = "0x12"', "`private_key` has no place here"),
        ("unlocked = true", 'keystore = "a.json"', "`password_file` or `password_env`"),
        ("unlocked = true", 'keystore = "a.json"\npassword_env = "NOWHERE"', "a.json"),
        ("http://", "ftp://", "http or https"),
        ('deployer = "Doctor"', 'deployer = "Doctor"\nchain_id = 5', "is for chain 5"),
        ("deployer", "= deployer", "not valid TOML"),
    ],
)
def test_an_environment_that_does_not_fit_is_told(bxc: Bxc, here: Path, old: str, new: str, told: str) -> None:
    path = here / "deploy" / "dev.toml"
    path.write_text(path.read_text().replace(old, new))
    said = bxc(*DEPLOY)
    assert said.code == 2
    assert told in said.err
    assert not (here / "deploy" / "dev.deployment.json").exists()


def test_there_must_be_an_environment(bxc: Bxc, here: Path) -> None:
    said = bxc("deploy", "medical.bxc", "--env", "deploy/dv.toml")
    assert said.code == 2
    assert "dev.toml" in said.err


def test_a_spec_without_shares_has_no_contract(bxc: Bxc, here: Path) -> None:
    text = (here / "medical.bxc").read_text()
    (here / "medical.bxc").write_text(text[: text.index("share clinical")])
    said = bxc(*DEPLOY)
    assert said.code == 2
    assert "has no shares" in said.err


def test_an_address_with_a_slip_in_its_capitals_is_told(bxc: Bxc, here: Path, node: Node) -> None:
    path = here / "deploy" / "dev.toml"
    address = to_checksum_address(node.accounts[0])
    slip = address[:-1] + ("7" if address[-1] != "7" else "8")
    path.write_text(path.read_text().replace(node.accounts[0], slip))
    said = bxc(*DEPLOY)
    assert said.code == 2
    assert "misspelt" in said.err
    assert not (here / "deploy" / "dev.deployment.json").exists()


def test_environments_can_share_one_record(bxc: Bxc, here: Path, node: Node) -> None:
    assert bxc(*DEPLOY).code == 0
    edit(here, GRANT, "  update clinical_data   by Doctor")
    assert bxc(*PLAN).code == 0
    doctors = environment(here, node, {"Doctor": "unlocked = true"}, "doctor")
    said = bxc("apply", "--env", "deploy/doctor.toml", "deploy/dev.plan.json")
    assert said.code == 2
    assert 'write record = "dev.deployment.json" into deploy/doctor.toml' in said.err
    doctors.write_text('record = "dev.deployment.json"\n' + doctors.read_text())
    said = bxc("apply", "--env", "deploy/doctor.toml", "deploy/dev.plan.json")
    assert said.code == 0, said.err
    assert "1 step done, 0 left" in said.err


def test_nothing_is_sent_where_the_record_cannot_be_written(bxc: Bxc, here: Path, node: Node) -> None:
    path = here / "deploy" / "dev.toml"
    (here / "occupied").write_text("")
    path.write_text('record = "../occupied/dev.json"\n' + path.read_text())
    before = node.ask("eth_blockNumber")
    said = bxc(*DEPLOY)
    assert said.code == 2
    assert "cannot" in said.err
    assert node.ask("eth_blockNumber") == before


def test_a_plan_saved_elsewhere_is_named_in_what_comes_next(bxc: Bxc, here: Path) -> None:
    assert bxc(*DEPLOY).code == 0
    edit(here, GRANT, "  update clinical_data   by Doctor")
    said = bxc(*PLAN, "--to", "deploy/other.plan.json")
    assert "`bxc apply --env deploy/dev.toml deploy/other.plan.json`" in said.err


def test_a_password_that_is_missing_is_told_before_the_first_step(bxc: Bxc, here: Path, node: Node) -> None:
    assert bxc(*DEPLOY).code == 0
    edit(here, GRANT, "  update clinical_data   by Doctor")
    assert bxc(*PLAN).code == 0
    signers = {"Doctor": 'keystore = "none.json"\npassword_file = "none"', "Patient": "unlocked = true"}
    environment(here, node, signers)
    before = node.ask("eth_blockNumber")
    said = bxc(*APPLY)
    assert said.code == 2
    assert "cannot read the keystore" in said.err
    assert node.ask("eth_blockNumber") == before


def test_a_deployment_that_was_cut_off_before_the_spec_changed_is_of_the_earlier_text(
    bxc: Bxc, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bxc.deploy import chain

    def cut(*_: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(chain.Chain, "wait", cut)
        assert bxc(*DEPLOY).code == 130
    edit(here, GRANT, "  update clinical_data   by Doctor")
    said = bxc(*DEPLOY)
    assert said.code == 0, said.err
    assert "`bxc plan` shows what has changed since" in said.err


def test_a_record_that_names_another_specs_contract_is_told(bxc: Bxc, here: Path) -> None:
    assert bxc(*DEPLOY).code == 0
    first = record(here)["address"]
    edit(here, GRANT, "  update clinical_data   by Doctor")
    assert bxc(*DEPLOY, "--anew").code == 0
    path = here / "deploy" / "dev.deployment.json"
    path.write_text(path.read_text().replace(record(here)["address"], first))
    said = bxc(*PLAN)
    assert said.code == 2
    assert "of another deployment" in said.err
