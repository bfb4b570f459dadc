"""Signed transactions in mined blocks of eth-tester do what messages on the bare machine do."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_tester import EthereumTester, PyEVMBackend
from eth_utils.conversions import to_hex

from bxc.codegen.digest import spec_digest
from bxc.codegen.solidity import contract

from .chain import Abi, kind
from .deployed import SPECS, compiled, declared, spec_of_file
from .membership import constructed
from .model import call
from .signing import CHAIN_ID, address, key, separator, signer
from .state import Ack, Address, Env, Event, Outcome, Refused, Registry, Signature
from .wild_steps import Wild

ACTORS = [address(number) for number in range(7)]
BLOCKS = 40
MONEY = 10**20


class Blocks:
    """A chain of eth-tester with the contract of the medical spec."""

    def __init__(self) -> None:
        self.tester = EthereumTester(PyEVMBackend())
        self.sent: Counter[Address] = Counter()
        rich = self.tester.get_accounts()[0]
        for number, actor in enumerate(ACTORS):
            self.tester.add_account(to_hex(key(number).to_bytes()))
            self.tester.send_transaction({"from": rich, "to": actor, "value": MONEY, "gas": 21_000})
        spec = spec_of_file(SPECS / "medical.bxc")
        made = contract(spec)
        code = compiled(made.text, made.name)
        self.abi = Abi(code.abi)
        arguments = encode(list(map(kind, self.abi.constructor["inputs"])), [ACTORS[:3]])
        data = "0x" + code.bytecode + arguments.hex()
        receipt = self.receipt(self.tester.send_transaction({"from": rich, "data": data, "gas": 6_000_000}))
        where = receipt["contract_address"].lower()
        env = Env(rich.lower(), 1, 1)
        outcome = constructed(where, bytes.fromhex(spec_digest(spec)), ACTORS[:3], 3, declared(spec, ACTORS[:3]), env)
        assert self.events(receipt) == outcome.events
        self.registry: Registry = outcome.registry
        self.domain = separator(where, self.tester.backend.chain.chain_id)

    def judge(self, signature: Signature, ack: Ack) -> Address | None:
        return signer(self.domain, signature, ack)

    def send(self, transaction: dict[str, Any]) -> str:
        """Into the block that is being made, which `mine_block` ends."""
        nonce = self.sent[transaction["from"]]
        self.sent[transaction["from"]] += 1
        raw = self.tester.normalizer.normalize_inbound_transaction({**transaction, "nonce": nonce})
        return to_hex(self.tester.backend.send_transaction(raw))

    def receipt(self, number: str) -> Any:
        return self.tester.get_transaction_receipt(number)

    def events(self, receipt: Any) -> tuple[Event, ...]:
        logs = ((list(map(_octets, log["topics"])), _octets(log["data"])) for log in receipt["logs"])
        return tuple(self.abi.event(topics, data) for topics, data in logs)


def _octets(value: Any) -> bytes:
    return bytes.fromhex(value[2:]) if isinstance(value, str) else bytes(value)


@pytest.mark.parametrize("seed", [1, 2])
def test_transactions_in_mined_blocks_do_what_the_model_says(seed: int) -> None:
    random = Random(seed)
    blocks = Blocks()
    assert blocks.tester.backend.chain.chain_id == CHAIN_ID
    done = refused = 0
    for _ in range(BLOCKS):
        head = blocks.tester.get_block_by_number("pending")
        sent, registry, past = [], blocks.registry, list[Ack]()
        for _ in range(random.randint(1, 4)):
            env = Env(ACTORS[0], head["number"], head["timestamp"], blocks.judge)
            chooser = Wild(random, registry, env, ACTORS, past)
            step = (chooser.lively() if random.random() < 0.7 else None) or chooser.refused()
            data = to_hex(blocks.abi.data(step.name, step.args))
            transaction = {"from": step.caller, "to": registry.address, "data": data, "gas": 2_000_000}
            if step.caller in ACTORS:
                sent.append((step, blocks.send(transaction)))
                outcome = chooser.outcome(step)
                registry = outcome.registry if isinstance(outcome, Outcome) else registry
        blocks.tester.mine_block()
        mined = blocks.tester.get_block_by_number("latest")
        for step, number in sent:
            receipt = blocks.receipt(number)
            assert receipt["block_number"] == mined["number"]
            env = Env(step.caller, mined["number"], mined["timestamp"], blocks.judge)
            outcome = call(blocks.registry, env, step.name, step.args)
            assert receipt["status"] == (0 if isinstance(outcome, Refused) else 1), (step, outcome)
            refused += isinstance(outcome, Refused)
            if isinstance(outcome, Outcome):
                assert blocks.events(receipt) == outcome.events
                blocks.registry = outcome.registry
                done += 1
    assert min(done, refused) > BLOCKS // 3, (done, refused)
