"""The contract in real blocks: several transactions in one, reorganisations, 200 shares at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from anvil import Node, anvil
from eth_abi.abi import encode
from eth_utils.conversions import to_int

from bxc.codegen.digest import spec_digest
from bxc.codegen.solidity import contract

from .chain import Abi, kind
from .deployed import SPECS, compiled, declared, spec_of_file
from .membership import constructed
from .model import call
from .signing import address, separator, signed, signer
from .state import Ack, Address, Env, Event, Outcome, Refused, Registry, Request, Signature

BLOCK_GAS = 1_000_000_000
CALL_GAS = 16_000_000
SHARES = 200
CHAIN = 31337


@dataclass(slots=True)
class Network:
    """A node that mines when it is told, the contract of the medical spec, and the model of both."""

    node: Node
    abi: Abi
    registry: Registry
    sent: list[tuple[str, Address, str, Sequence[Any]]] = field(default_factory=list)

    @property
    def people(self) -> tuple[Address, ...]:
        """Patient, doctor and researcher, then strangers."""
        return tuple(account.lower() for account in self.node.accounts)

    def send(self, caller: Address, name: str, *args: Any) -> None:
        """Into the pool."""
        transaction = {"from": caller, "to": self.registry.address, "data": "0x" + self.abi.data(name, args).hex()}
        number = self.node.ask("eth_sendTransaction", {**transaction, "gas": hex(CALL_GAS)})
        self.sent.append((number, caller, name, args))

    def mine(self) -> list[Outcome | Refused]:
        """A block of all that was sent; each transaction does in it what the model says."""
        self.node.ask("evm_mine")
        head = self.node.ask("eth_getBlockByNumber", "latest", False)
        assert head["transactions"] == [number for number, *_ in self.sent]
        outcomes = []
        for number, caller, name, args in self.sent:
            env = Env(caller, to_int(hexstr=head["number"]), to_int(hexstr=head["timestamp"]), self.judge)
            outcome = call(self.registry, env, name, args)
            receipt = self.node.ask("eth_getTransactionReceipt", number)
            assert receipt["status"] == ("0x0" if isinstance(outcome, Refused) else "0x1"), (name, outcome)
            if isinstance(outcome, Outcome):
                assert self.events(receipt) == outcome.events
                self.registry = outcome.registry
            outcomes.append(outcome)
        self.sent.clear()
        return outcomes

    def judge(self, signature: Signature, ack: Ack) -> Address | None:
        return signer(separator(self.registry.address, CHAIN), signature, ack)

    def events(self, receipt: dict[str, Any]) -> tuple[Event, ...]:
        logs = [
            ([bytes.fromhex(t[2:]) for t in log["topics"]], bytes.fromhex(log["data"][2:])) for log in receipt["logs"]
        ]
        return tuple(self.abi.event(topics, data) for topics, data in logs)

    def read(self, name: str, *args: Any) -> tuple[Any, ...]:
        question = {"to": self.registry.address, "data": "0x" + self.abi.data(name, args).hex()}
        return self.abi.results(name, bytes.fromhex(self.node.ask("eth_call", question, "latest")[2:]))

    def same(self) -> None:
        """Every share is read as the model has it."""
        assert self.read("shareCount") == (len(self.registry.shares),)
        for share in self.registry.shares:
            heads = (share.version, share.committed, share.awaited, share.mask, share.authority, share.requester)
            assert self.read("shareState", share.id) == (*heads, share.last_block, share.due, share.chain)

    def ack(self, number: int) -> tuple[int, int, bytes]:
        share = self.registry.shares[number]
        return number, share.version, share.chain


@pytest.fixture
def network() -> Iterator[Network]:
    spec = spec_of_file(SPECS / "medical.bxc")
    made = contract(spec)
    code = compiled(made.text, made.name)
    with anvil("--no-mining", "--order", "fifo", "--gas-limit", str(BLOCK_GAS), "--hardfork", "prague") as node:
        abi = Abi(code.abi)
        people = [account.lower() for account in node.accounts]
        data = code.bytecode + encode(list(map(kind, abi.constructor["inputs"])), [people[:3]]).hex()
        number = node.ask("eth_sendTransaction", {"from": people[9], "data": "0x" + data, "gas": hex(CALL_GAS)})
        node.ask("evm_mine")
        receipt = node.ask("eth_getTransactionReceipt", number)
        assert receipt["status"] == "0x1"
        digest = bytes.fromhex(spec_digest(spec))
        address = receipt["contractAddress"].lower()
        outcome = constructed(address, digest, people[:3], 3, declared(spec, people[:3]), Env(people[9], 1, 1))
        it = Network(node, abi, outcome.registry)
        assert it.events(receipt) == outcome.events
        yield it


def _octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def names(outcomes: list[Outcome | Refused]) -> list[str]:
    return [outcome.name if isinstance(outcome, Refused) else "done" for outcome in outcomes]


def opened(network: Network, share: int = 0) -> None:
    """By the doctor, with the patient."""
    patient, doctor, *_ = network.people
    network.send(doctor, "openShare", share, b"o" * 32)
    assert names(network.mine()) == ["done"]
    network.send(patient, "ack", *network.ack(share))
    assert names(network.mine()) == ["done"]


def test_one_block_holds_a_request_and_its_acks_but_no_second_request(network: Network) -> None:
    patient, doctor, *_ = network.people
    opened(network)
    outcome = call(network.registry, Env(doctor, 0, 0), "requestUpdate", (0, 1 << 3, 1, b"a" * 32))
    assert isinstance(outcome, Outcome)
    asked = outcome.registry.shares[0]
    network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"a" * 32)
    network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"b" * 32)
    network.send(patient, "ack", 0, asked.version, asked.chain)
    network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"c" * 32)
    assert names(network.mine()) == ["done", "UpdatePending", "done", "OneRequestABlock"]
    assert network.registry.shares[0].committed == 2
    network.same()
    network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"c" * 32)
    assert names(network.mine()) == ["done"]
    network.same()


def test_a_cancelled_request_frees_the_share_in_the_next_block_only(network: Network) -> None:
    _, doctor, *_ = network.people
    opened(network)
    for _ in range(2):
        network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"a" * 32)
        network.send(doctor, "cancel", 0)
        network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"b" * 32)
        assert names(network.mine()) == ["done", "done", "OneRequestABlock"]
    network.same()


def test_an_ack_from_before_a_reorganisation_is_refused_for_another_update(network: Network) -> None:
    patient, doctor, *_ = network.people
    opened(network)
    before = network.registry
    network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"a" * 32)
    network.mine()
    abandoned = network.ack(0)
    network.send(patient, "ack", *abandoned)
    network.mine()
    assert network.registry.shares[0].committed == 2
    network.node.ask("anvil_reorg", 2, [])
    network.registry = before
    network.same()
    network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"b" * 32)
    network.mine()
    network.send(patient, "ack", *abandoned)
    assert names(network.mine()) == ["WrongUpdate"]
    assert abandoned[1] == network.registry.shares[0].version
    network.send(patient, "ack", *network.ack(0))
    assert names(network.mine()) == ["done"]
    network.same()


def test_an_ack_from_before_a_reorganisation_counts_if_the_update_is_the_same(network: Network) -> None:
    patient, doctor, *_ = network.people
    opened(network)
    start = network.node.ask("evm_snapshot")
    before = network.registry
    network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"a" * 32)
    network.mine()
    abandoned = network.ack(0)
    assert network.node.ask("evm_revert", start)
    network.registry = before
    network.node.ask("evm_mine")
    network.send(doctor, "requestUpdate", 0, 1 << 3, 1, b"a" * 32)
    network.send(patient, "ack", *abandoned)
    assert names(network.mine()) == ["done", "done"]
    network.same()


def test_200_shares_are_asked_and_acknowledged_in_one_block_each(network: Network) -> None:
    patient, doctor, researcher, *_ = network.people
    members = ((patient, doctor, researcher), (7, 7, 7), (1, 3, 1))
    for _ in range(SHARES):
        network.send(doctor, "declareShare", *members, doctor, 60, 1, b"s" * 32)
    assert set(names(network.mine())) == {"done"}
    mine = range(len(network.registry.shares) - SHARES, len(network.registry.shares))
    for share in mine:
        network.send(doctor, "openShare", share, b"o" * 32)
    assert set(names(network.mine())) == {"done"}
    acknowledged(network, mine, patient, researcher)
    half = SHARES // 2
    network.send(patient, "requestUpdates", tuple(Request(share, 3, 1, b"a" * 32) for share in mine[:half]))
    for share in mine[half:]:
        network.send(doctor, "requestUpdate", share, 4, 3, b"b" * 32)
    for share in mine[:: half // 5]:
        network.send(researcher, "requestUpdate", share, 1, 1, b"c" * 32)
    asked = names(network.mine())
    assert asked == ["done"] * (1 + half) + ["UpdatePending"] * (len(asked) - 1 - half)
    assert all(network.registry.shares[share].awaited for share in mine)
    acknowledged(network, mine, researcher)
    acknowledged(network, mine[:half], doctor)
    acknowledged(network, mine[half:], patient)
    assert [network.registry.shares[share].committed for share in mine] == [2] * SHARES
    network.same()


def acknowledged(network: Network, shares: Sequence[int], *peers: Address) -> None:
    """All of these shares by all of these peers, in one block."""
    for peer in peers:
        network.send(peer, "acks", tuple(Ack(*network.ack(share)) for share in shares))
    assert names(network.mine()) == ["done"] * len(peers)


def test_anyone_relays_signed_acks_of_this_chain_only(network: Network) -> None:
    _, doctor, *_, relay = network.people
    members = (doctor, *(address(number) for number in range(63)))
    network.send(doctor, "declareShare", members, (0,) * 64, (2,) * 64, doctor, 0, 0, b"s" * 32)
    share = len(network.registry.shares)
    assert names(network.mine()) == ["done"]
    network.send(doctor, "openShare", share, b"o" * 32)
    assert names(network.mine()) == ["done"]
    assert network.read("eip712Domain")[:5] == (b"\x0f", "bxc", "1", CHAIN, network.registry.address)
    pending = network.ack(share)
    here, elsewhere = (separator(network.registry.address, chain) for chain in (CHAIN, 1))
    network.send(relay, "ackBySignature", *pending, [signed(0, elsewhere, Ack(*pending))])
    network.send(relay, "ackBySignature", *pending, [signed(number, here, Ack(*pending)) for number in range(63)])
    assert names(network.mine()) == ["NotMember", "done"]
    assert network.registry.shares[share].committed == 1
    network.same()
