"""Gas of the permission contract on py-evm: each step of an update, beside its floor and three other ways to do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.gas_chain import Ledger, Shape, content, measure, registry, rival, spec_text
from benchmarks.harness import table
from bxc.codegen.solidity_limits import MOST_GAS, size
from bxc.compile import check

PEERS = (2, 4, 16, 64)
ATTRIBUTES = (1, 8, 32, 240)
TYPICAL = Shape(4, 8)
CHANGED = 2
SPECS = Path(__file__).parent.parent / "specs"
STEPS = ("open", "request", "ack", "commit", "relayed")


def main() -> str:
    with TemporaryDirectory() as folder:
        own = _own(Path(folder))
        deployed = _deployed(Path(folder))
        fitting = _fitting(Path(folder))
    rivals = {peers: _rivals(peers) for peers in PEERS}
    shapes = [[shape.name.replace("x", " × "), *(_number(found.get(step)) for step in STEPS)] for shape, found in own]
    typical = dict(own)[TYPICAL]
    factor = rivals[TYPICAL.peers]["OpenZeppelin AccessControl"][0] / typical["request"]
    return f"""## Gas of the permission contract

Updates of {CHANGED} attributes (1 where there is 1), not the first of a share; a relayed ack is one of all in one call.

{table(("peers × attributes", *STEPS), shapes)}

Beside other contracts: 4 peers, 8 attributes, {CHANGED} of them changed. The floor is the transaction, its data, its
events, and the words that it must read and write: head, rights and chain hash; nothing for what is done with them.

{table(("", "request", "ack", "committing ack"), _beside(typical, rivals[TYPICAL.peers]))}

A request takes {factor:.2f} times less than on AccessControl roles (target: 2.5). The others' by peers:

{table(("peers", *_titles(rivals)), _by_peers(rivals))}

{table(("spec", "deployment", "bytes of code"), deployed)}

So many shares of 8 attributes fit a deployment of {MOST_GAS / 1e6:.0f} million gas:

{table(("members of a share", "shares", "bound of gas"), fitting)}"""


def _number(gas: int | None) -> str:
    return "" if gas is None else f"{gas:,}"


# --- our contract -----------------------------------------------------------------------------------------------------


def _own(folder: Path) -> list[tuple[Shape, dict[str, int]]]:
    """The figures of each shape, of which all are shares of one registry."""
    shapes = [Shape(peers, attributes) for peers in PEERS for attributes in ATTRIBUTES]
    return measured(shapes, registry(spec_text(shapes), folder))[1]


def measured(shapes: Sequence[Shape], compiled: Any) -> tuple[int, list[tuple[Shape, dict[str, int]]]]:
    """The gas of the deployment of a registry with these shares, and the figures of each."""
    made, peers = compiled
    ledger = Ledger(peers)
    at, deployment = ledger.deploy(made, ledger.accounts)
    return deployment, [(shape, measure(ledger, at, share, shape)) for share, shape in enumerate(shapes)]


def _deployed(folder: Path) -> list[list[str]]:
    rows = []
    for path in sorted(SPECS.glob("*.bxc")):
        if check(path, proving=None).spec is None:
            continue
        made, peers = registry(path.read_text(encoding="utf-8"), folder)
        ledger = Ledger(peers)
        rows.append([path.stem, _number(ledger.deploy(made, ledger.accounts)[1]), _number(len(made.runtime) // 2)])
    return rows


def _fitting(folder: Path) -> list[list[str]]:
    """How many shares of some sizes fit, by the bounds that the compiler refuses specs by."""
    rows = []
    for members, tried in ((2, 200), (4, 120), (64, 8)):
        (folder / "spec.bxc").write_text(spec_text([Shape(members, 8)]), encoding="utf-8")
        spec = check(folder / "spec.bxc", proving=None).spec
        assert spec is not None
        sizes = [size(replace(spec, shares=spec.shares * count)) for count in range(tried)]
        most = max(count for count, found in enumerate(sizes) if found.gas <= MOST_GAS)
        rows.append([str(members), str(most), _number(sizes[most].gas)])
    return rows


# --- the others -------------------------------------------------------------------------------------------------------

Steps = tuple[int, int, int]
"""Gas of a request, an ack (that of the commit where there is but one), and a committing ack."""


def _rivals(peers: int) -> dict[str, Steps]:
    return {
        "OpenZeppelin AccessControl": _roles("RolesShares", peers),
        "the same, fields packed": _roles("PackedRolesShares", peers),
        "string-keyed table (Fig. 3)": _named(peers),
    }


def _roles(name: str, peers: int) -> Steps:
    ledger = Ledger(peers)
    at, _ = ledger.deploy(rival(name))
    call = at.functions
    for account in ledger.accounts:
        ledger.pay(call.addMember(0, account))
    for attribute in range(TYPICAL.attributes):
        ledger.pay(call.grantRole(call.columnRole(0, attribute).call(), ledger.accounts[0]))

    def state() -> tuple[int, bytes]:
        found = call.shares(0).call()
        return found[0], found[-1]

    return _updates(
        ledger,
        lambda number: call.requestUpdate(0, list(range(CHANGED)), 1, content(number)),
        lambda version, update: call.ack(0, version, update),
        state,
    )


def _named(peers: int) -> Steps:
    ledger = Ledger(peers)
    at, _ = ledger.deploy(rival("TableShares"))
    call = at.functions
    attributes = [
        "medication_name",
        "dosage",
        "clinical_data",
        *(f"attribute_{n}" for n in range(3, TYPICAL.attributes)),
    ]
    ledger.pay(call.declare("D13 & D31", ledger.accounts))
    for attribute in attributes:
        ledger.pay(call.permit("D13 & D31", attribute, ledger.accounts[0]))
    return _updates(
        ledger,
        lambda number: call.requestUpdate("D13 & D31", attributes[:CHANGED], content(number)),
        lambda version, update: call.ack("D13 & D31", version, update),
        lambda: call.state("D13 & D31").call(),
    )


def _updates(
    ledger: Ledger,
    request: Callable[[int], Any],
    ack: Callable[[int, bytes], Any],
    state: Callable[[], tuple[int, bytes]],
) -> Steps:
    """The steps of the third update."""
    steps: list[int] = []
    for number in range(3):
        steps = [ledger.pay(request(number))]
        version, update = state()
        steps += [ledger.pay(ack(version, update), peer) for peer in range(1, len(ledger.accounts))]
    return steps[0], steps[1], steps[-1]


# --- tables -----------------------------------------------------------------------------------------------------------


def _beside(own: dict[str, int], others: dict[str, Steps]) -> list[list[str]]:
    names = ("request", "ack", "commit")
    first = {"floor": [own[f"{name}_floor"] for name in names], "bxc": [own[name] for name in names]}
    rows: list[tuple[str, Sequence[int]]] = [*first.items(), *others.items()]
    return [[title, *(_number(gas) for gas in steps)] for title, steps in rows]


def _titles(rivals: dict[int, dict[str, Steps]]) -> list[str]:
    return [f"{title}: {step}" for title in rivals[PEERS[0]] for step in ("request", "ack")]


def _by_peers(rivals: dict[int, dict[str, Steps]]) -> list[list[str]]:
    return [
        [str(peers), *(_number(gas) for steps in found.values() for gas in steps[:2])]
        for peers, found in rivals.items()
    ]
