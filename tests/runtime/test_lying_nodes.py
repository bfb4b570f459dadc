"""A chain node that errs or lies: the peer believes nothing that does not follow, and goes on once it is honest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from eth_utils.crypto import keccak

from bxc_runtime.chains.protocol import Chain, ChainError, NonceUsedError
from bxc_runtime.chains.rpc import RpcChain
from bxc_runtime.records import EventRecord

from .attackers import account
from .network import Network, network
from .test_papers import ROWS

Lie = Callable[[list[EventRecord]], list[EventRecord]]
CLINICAL, MECHANISM = 0, 1


class LyingNode:
    """A chain whose events are told otherwise."""

    def __init__(self, chain: Chain, lie: Lie) -> None:
        self.chain = chain
        self.lie = lie

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chain, name)

    def events(self, first: int, last: int) -> list[EventRecord]:
        return self.lie(self.chain.events(first, last))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = network(tmp_path_factory.mktemp("opened") / "", ROWS)
    made.close()
    return made


@pytest.fixture
def logs() -> Iterator[list[dict[str, Any]]]:
    found: list[dict[str, Any]] = []

    def keep(_: Any, level: str, event: Any) -> Any:
        found.append({**event, "level": level})
        raise structlog.DropEvent

    structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    yield found
    structlog.reset_defaults()


@pytest.fixture
def medical(opened: Network, tmp_path: Path, logs: list[dict[str, Any]]) -> Iterator[Network]:
    made = opened.copy(tmp_path / "peers")
    assert logs is not None
    yield made
    made.close()


def without(name: str) -> Lie:
    return lambda events: [event for event in events if event.name != name]


def changed(name: str, **values: Any) -> Lie:
    return lambda events: [
        replace(event, arguments={**event.arguments, **values}) if event.name == name else event for event in events
    ]


def invented(name: str, **values: Any) -> Lie:
    def lie(events: list[EventRecord]) -> list[EventRecord]:
        return [
            *events,
            *(replace(e, index=e.index + 9, name=name, arguments={**e.arguments, **values}) for e in events),
        ]

    return lie


def moved(share: int) -> Lie:
    return lambda events: [replace(event, share=share) for event in events]


LIES: dict[str, Lie] = {
    "another content hash": changed("UpdateRequested", contentHash=b"\x01" * 32),
    "another update hash": changed("UpdateRequested", updateHash=b"\x01" * 32),
    "another requester": changed("UpdateRequested", by="0x" + "11" * 20),
    "more columns": changed("UpdateRequested", attributes=15),
    "more operations": changed("UpdateRequested", operations=7),
    "a version left out": changed("UpdateRequested", version=9),
    "a request that was none": invented("UpdateRequested"),
    "a commit that was none": invented("Committed", updateHash=b"\x01" * 32),
    "a reject that was none": invented("Rejected", version=99, peer="0x" + "11" * 20, reason=b"\0" * 32),
    "a declaration again": invented("ShareDeclared"),
    "all twice": lambda events: [*events, *events],
    "the wrong way round": lambda events: events[::-1] * 2,
    "another share": moved(9),
    "nothing in them": lambda events: [replace(event, arguments={}) for event in events],
}


def told(logs: list[dict[str, Any]], *events: str) -> bool:
    return any(entry["event"] in events for entry in logs)


@pytest.mark.parametrize("name", LIES)
def test_events_that_do_not_follow_are_not_believed(medical: Network, name: str, logs: list[dict[str, Any]]) -> None:
    patient = medical.peers["Patient"]
    honest = patient.chain
    patient.chain = LyingNode(honest, LIES[name])
    medical.edit("Doctor", "update D3 set dosage = 'two' where patient_id = 188")
    for _ in range(3):
        for peer in medical.peers.values():
            peer.turn()
        medical.now += 100
    assert medical.rows("Patient", "D1")[0][4] == "one tablet every 4h"
    assert name == "another share" or told(logs, "fork", "store")
    patient.chain = honest
    if name == "another share":
        return  # a node that hides all of a share cannot be told from one where nothing happens, until something does
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1")[0][4] == "two"


@pytest.mark.parametrize("name", ["UpdateRequested", "Committed", "Rejected", "Cancelled"])
def test_what_a_node_has_left_out_is_read_again_as_soon_as_something_follows(medical: Network, name: str) -> None:
    """Also if that is long ago, and the node has been honest since."""
    doctor, researcher = medical.peers["Doctor"], medical.peers["Researcher"]
    medical.edit("Researcher", "update D2 set mechanism_of_action = 'x1' where medication_name = 'Ibuprofen'")
    researcher.turn()
    honest = doctor.chain
    doctor.chain = LyingNode(honest, without(name))
    head = medical.world.tip.registry.shares[MECHANISM]
    if name == "Rejected":
        medical.world.do(honest.address, "reject", MECHANISM, head.version, head.chain, b"no".ljust(32, b"\0"))
    if name == "Cancelled":
        medical.world.do(researcher.chain.address, "cancel", MECHANISM)
    for _ in range(3):
        doctor.turn()
        medical.now += 100
    doctor.chain = honest
    for _ in range(2):
        medical.world.empty()
        doctor.turn()
    if name == "UpdateRequested":  # nothing follows a request that its own peer does not answer
        medical.world.do(researcher.chain.address, "cancel", MECHANISM)
    medical.edit("Researcher", "update D2 set mechanism_of_action = 'x2' where medication_name = 'Wellbutrin'")
    medical.settle()
    medical.same()
    assert "x2" in repr(medical.rows("Doctor", "D3"))


def test_a_chain_that_takes_settled_blocks_back_stops_the_peer_and_changes_nothing(
    medical: Network, logs: list[dict[str, Any]]
) -> None:
    medical.edit("Doctor", "update D3 set dosage = 'two' where patient_id = 188")
    medical.settle()
    before = [medical.rows(peer, table) for peer, table in (("Patient", "D1"), ("Doctor", "D3"))]
    medical.world.reorganise(2)
    medical.world.empty(4)
    for peer in medical.peers.values():
        peer.turn()
        assert not peer.ready
    assert told(logs, "fork")
    assert [medical.rows(peer, table) for peer, table in (("Patient", "D1"), ("Doctor", "D3"))] == before


# --- JSON-RPC ---------------------------------------------------------------------------------------------------------


def node(answers: dict[str, Any]) -> RpcChain:
    def ask(method: str, _: Any) -> dict[str, Any]:
        found = answers.get(method)
        return {"error": found} if isinstance(found, dict) and "message" in found else {"result": found}

    return RpcChain(ask, "0x" + "c0" * 20, account(0), 1, confirmations=12)


RAW = b"\x02raw"
USED = {"code": -32000, "message": "nonce too low"}


def test_a_transaction_that_is_in_a_block_is_not_lost_while_it_is_not_deep_enough() -> None:
    receipt = {"blockNumber": "0x5", "status": "0x1"}
    chain = node({"eth_sendRawTransaction": USED, "eth_getTransactionReceipt": receipt, "eth_blockNumber": "0x6"})
    chain.send(RAW)
    assert chain.outcome("0x" + keccak(RAW).hex()) is None
    with pytest.raises(NonceUsedError):
        node({"eth_sendRawTransaction": USED, "eth_getTransactionReceipt": None}).send(RAW)


LOG = {
    "address": "0x" + "c0" * 20, "blockNumber": "0x1", "blockHash": "0x11", "logIndex": "0x0",
    "topics": ["0x" + keccak(text="Committed(uint256,uint256,bytes32)").hex(), "0x" + "00" * 32],
    "data": "0x" + "00" * 64,
}  # fmt: skip
BLOCK = {"number": "0x1", "hash": "0x11", "timestamp": "0x1"}


def test_logs_of_the_contract_in_the_blocks_that_were_asked_for_are_read() -> None:
    (event,) = node({"eth_getLogs": [LOG], "eth_getBlockByNumber": BLOCK}).events(1, 1)
    assert event.name == "Committed"


@pytest.mark.parametrize(
    "other",
    [
        {"address": "0x" + "c1" * 20}, {"blockNumber": "0x9"}, {"blockHash": "0x12"}, {"topics": []}, {"topics": None},
        {"data": "0x00"}, {"data": "0xzz"}, {"blockNumber": None}, {"logIndex": "x"}, {"topics": ["0x00"]},
    ],
)  # fmt: skip
def test_logs_that_are_none_of_the_contracts_are_not_read(other: dict[str, Any]) -> None:
    chain = node({"eth_getLogs": [{**LOG, **other}], "eth_getBlockByNumber": BLOCK})
    try:
        assert chain.events(1, 1) == []  # an event that the contract does not have
    except ChainError:
        return
    assert "topics" in other


@pytest.mark.parametrize("answer", [None, {}, [], "x", 5, {"number": "x"}, {"number": None}])
def test_an_answer_of_any_form_is_an_error_of_the_node(answer: Any) -> None:
    chain = node(dict.fromkeys(["eth_getBlockByNumber", "eth_call", "eth_getTransactionCount", "eth_getLogs"], answer))
    for question in (chain.head, lambda: chain.share(0), chain.nonce, lambda: chain.events(0, 5)):
        try:
            found = question()
        except ChainError:
            continue
        assert found == []
