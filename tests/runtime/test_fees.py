"""A transaction whose fee is too low for the blocks of the day is sent again for a higher one, and has one effect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anvil import Node, anvil
from eth_account import Account

from bxc_runtime.chains import fees
from bxc_runtime.chains.protocol import UnderpricedError
from bxc_runtime.chains.rpc import RpcChain, http_node
from bxc_runtime.config import read_account, read_config
from bxc_runtime.demo.stage import build
from bxc_runtime.edits import ask_to_open
from bxc_runtime.outgoing import RAISED_AFTER
from bxc_runtime.peer import Peer
from bxc_runtime.process import chain_of, opened_store, read_setting
from bxc_runtime.stores.store import SqlStore

from .network import GENERATED, MemoryExchange, network
from .test_papers import ROWS as MEDICAL
from .test_processes import ROWS

BUSY = 10**12  # a base fee far above what transactions of quiet days offer
PLAIN = {"nonce": 300, "gas": 70_000, "to": "0x" + "12" * 20, "value": 0, "data": b"\0" * 200, "chainId": 31_337}


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with anvil("--order", "fees") as made:
        yield made


class Doctor:
    """A peer on a chain that takes nothing into blocks unless told to."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node = node
        stage = build(folder, GENERATED / "medical_cascade", "sqlite", node.endpoint, http_node(node.endpoint), ROWS)
        setting = read_setting(read_config(stage.config("Doctor")))
        self.store: SqlStore = opened_store(setting)
        self.chain: RpcChain = chain_of(setting, read_account(setting.config))
        self.now = 0.0
        exchange = MemoryExchange(self.chain.address, {}, set())
        self.peer = Peer(self.store, self.chain, exchange, start=0, clock=lambda: self.now)
        node.ask("evm_setAutomine", False)
        self.nonce = self.chain.nonce()

    def turn(self, seconds: float = 0.01) -> None:
        self.now += seconds
        self.peer.turn()

    def blocks(self, count: int, base: int) -> None:
        for _ in range(count):
            self.node.ask("anvil_setNextBlockBaseFeePerGas", hex(base))
            self.node.ask("evm_mine")

    def states(self) -> list[str]:
        return sorted(str(state) for (state,) in self.store.connection.query("select state from bxc_transaction"))


@pytest.fixture
def doctor(node: Node, tmp_path: Path) -> Iterator[Doctor]:
    made = Doctor(node, tmp_path)
    yield made
    made.store.close()
    node.ask("evm_setAutomine", True)
    made.blocks(1, 10**9)


def test_what_waits_for_many_blocks_pays_more_until_it_is_in_one_and_has_one_effect(doctor: Doctor) -> None:
    ask_to_open(doctor.store, 0)
    doctor.turn()
    assert doctor.states() == ["sent"]
    doctor.turn()
    doctor.blocks(RAISED_AFTER - 1, BUSY)
    doctor.turn()
    assert doctor.states() == ["sent"]
    doctor.blocks(1, BUSY)
    doctor.turn()
    assert doctor.states() == ["raised", "sent"]
    doctor.blocks(1, BUSY)
    doctor.turn()
    doctor.turn()
    assert doctor.states() == ["done", "replaced"]
    assert doctor.chain.nonce() == doctor.nonce + 1
    assert doctor.chain.share(0).version == 1


def test_the_cheaper_one_may_get_into_a_block_as_well(doctor: Doctor) -> None:
    ask_to_open(doctor.store, 0)
    doctor.turn()
    (first,) = doctor.store.archive.transactions()
    doctor.blocks(1, BUSY)
    doctor.turn()
    doctor.blocks(RAISED_AFTER, BUSY)
    doctor.turn()
    assert doctor.states() == ["raised", "sent"]
    doctor.node.ask("anvil_dropAllTransactions")
    doctor.blocks(30, 10**9)
    doctor.chain.send(first.raw)
    doctor.blocks(1, 10**9)
    doctor.turn()
    doctor.turn()
    assert doctor.states() == ["done", "replaced"]
    assert doctor.store.archive.transactions() == []
    assert doctor.chain.share(0).version == 1


def test_a_fee_far_above_the_usual_one_is_not_raised(doctor: Doctor) -> None:
    ask_to_open(doctor.store, 0)
    doctor.turn()
    (it,) = doctor.store.archive.transactions()
    raw, raises = it.raw, 0
    while (again := doctor.chain.raised(raw)) is not None:
        raw, raises = again.raw, raises + 1
        assert raises < 20
    assert raises > 3
    assert fees.read(raw)["maxFeePerGas"] <= fees.MOST * doctor.chain._fees()["maxFeePerGas"]
    assert fees.read(raw)["data"] == fees.read(it.raw)["data"]


@pytest.mark.parametrize("prices", [{"gasPrice": 7}, {"type": 2, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 0}])
def test_what_was_signed_is_read_back_whole(prices: dict[str, Any]) -> None:
    signed = Account.create().sign_transaction({**PLAIN, **prices})
    fields = fees.read(bytes(signed.raw_transaction))
    found = {**fields, "to": "0x" + fields["to"].hex(), "chainId": PLAIN["chainId"]}
    assert found == {**PLAIN, **prices}


@pytest.mark.parametrize(
    ("usual", "raised"),
    [
        ({"gasPrice": 100}, {"gasPrice": 126}),
        ({"gasPrice": 400}, {"gasPrice": 400}),
        ({"maxFeePerGas": 500, "maxPriorityFeePerGas": 1, "type": 2}, {"gasPrice": 500}),
        ({"gasPrice": 10}, None),
        ({"gasPrice": 0}, None),
    ],
)
def test_a_fee_is_raised_by_a_quarter_or_to_what_is_usual(usual: dict[str, int], raised: dict[str, int] | None) -> None:
    fields = {"gasPrice": 100}
    assert fees.raise_(fields, usual) is (raised is not None)
    assert fields == (raised or {"gasPrice": 100})


def test_a_node_that_takes_nothing_for_a_fee_is_offered_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "peers"
    folder.mkdir()
    made = network(folder, MEDICAL, open_shares=False)
    asked = made.peers["Doctor"].chain
    refused: list[bytes] = []
    monkeypatch.setattr(type(asked), "send", _picky(type(asked).send, refused))
    try:
        ask_to_open(made.peers["Doctor"].store, 0)
        made.settle()
        made.same()
        assert made.world.tip.registry.shares[0].committed == 1
    finally:
        made.close()
    assert refused


def _picky(send: Any, refused: list[bytes]) -> Any:
    def picky(chain: Any, raw: bytes) -> None:
        if raw.count(b"+") < 2:
            refused.append(raw)
            raise UnderpricedError("transaction underpriced")
        send(chain, raw)

    return picky
