"""A checked spec → its permission contract: one Solidity file, a registry of all its shares.

`docs/contract.md` is its protocol. The text comes from the templates in `contracts/templates`; here is what they say
about the spec: constants, the table of rights, and the calls by which the constructor declares the shares.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from textwrap import wrap
from typing import Any

from bxc import __version__
from bxc.codegen.digest import spec_digest
from bxc.codegen.evm import SOLIDITY
from bxc.codegen.schema_hash import ShareColumn, schema_hash
from bxc.codegen.solidity_names import Constants, pascal_case, shown
from bxc.codegen.solidity_table import table
from bxc.dataclass import dataclass
from bxc.flatten import flatten
from bxc.model import Share, Spec
from bxc.plan import Plan, ViewPlan

MOST_NAMED = 16
LINE = 84
INDENTED = "\n" + " " * 20
POLICIES = {"stall": "STALL", "exclude": "EXCLUDE", "cancel": "CANCEL"}


@dataclass(frozen=True, slots=True)
class Contract:
    """The file: the contract's name, its path below `generated/<spec>/`, its text."""

    name: str
    path: str
    text: str


def contract(spec: Spec, plan: Plan | None = None) -> Contract:
    """The contract of a spec without errors; ``plan`` is its plan, if there is one already."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # late: few commands need it

    from bxc.resources import contract_templates

    if plan is None:
        plan, _ = flatten(spec)
    assert plan is not None
    name = contract_name(spec)
    environment = Environment(
        loader=FileSystemLoader(contract_templates()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,  # noqa: S701  it is no HTML; `shown` makes names fit for comments
    )
    text = environment.get_template("registry.sol.j2").render(name=name, **_facts(spec, plan))
    lines = (line.rstrip() for line in text.splitlines())
    return Contract(name, contract_path(spec), "\n".join(lines) + "\n")


def contract_name(spec: Spec) -> str:
    """`MedicalShares` for the spec `medical`."""
    return f"{pascal_case(spec.name)}Shares"


def contract_path(spec: Spec) -> str:
    """Where the contract is written, below `generated/<spec>/`."""
    return f"contract/{contract_name(spec)}.sol"


# --- what the templates say about the spec ----------------------------------------------------------------------------


def _facts(spec: Spec, plan: Plan) -> dict[str, Any]:
    constants = Constants()
    peers = {peer.name: constants.name("PEER", peer.name) for peer in spec.peers}
    names = [constants.name("SHARE", share.name) for share in spec.shares]
    views = {view.name: view for peer in plan.peers for view in peer.views}
    places = {peer.name: place for place, peer in enumerate(spec.peers)}
    shares = []
    for number, share in enumerate(spec.shares):
        facts = _share(share, [views[name] for name in share.views], peers, constants)
        members = facts["members"]
        facts |= {
            "id": number,
            "constant": names[number],
            "founders": "_".join(f"{places[member['name']]:04x}" for member in members),
        }
        shares.append(facts)
    return {
        "solc": SOLIDITY,
        "bxc": __version__,
        "spec": {"shown": f"{shown(spec.name)}", "version": spec.version, "digest": spec_digest(spec)},
        "table": table(spec),
        "peers": [{"shown": _display(peer.name, peer.display), "constant": peers[peer.name]} for peer in spec.peers],
        "shares": shares,
        "rows": sum(2 + len(share["members"]) + len(share["authorities"]) for share in shares),
    }


def _display(name: str, display: str) -> str:
    return shown(name) if name == display else f"{shown(name)}: {shown(display)}"


def _share(share: Share, views: Sequence[ViewPlan], peers: dict[str, str], constants: Constants) -> dict[str, Any]:
    columns = views[0].columns
    bits = {column.name: constants.name(share.name, column.name) for column in columns}
    ends = {view.peer for view in views}
    members = [peer for peer in peers if peer in ends]

    held: dict[str, set[tuple[str, str]]] = {peer: set() for peer in members}
    for right in share.rights:
        held[right.peer].add((right.operation, right.attribute))

    def seat(peer: str) -> dict[str, Any]:
        return {"peer": peers[peer], "shown": shown(peer), "index": members.index(peer)}

    return {
        "shown": shown(share.name),
        "attributes": [{"shown": shown(name), "constant": constant} for name, constant in bits.items()],
        "members": [seat(peer) | {"name": peer} | _rights(held[peer], bits) for peer in members],
        "authority": seat(share.authority),
        "authorities": [seat(peer) | {"attributes": mask} for peer, mask in _authorities(share, bits).items()],
        "opener": seat(share.opener),
        "deadline": share.deadline or 0,
        "policy": POLICIES[share.policy],
        "schema_hash": schema_hash([ShareColumn(c.name, c.type, c.nullable) for c in columns], views[0].key).hex(),
    }


def _rights(held: set[tuple[str, str]], bits: dict[str, str]) -> dict[str, str]:
    attributes = [name for name in bits if ("update", name) in held]
    operations = ["UPDATE"] if attributes else []
    operations += [operation.upper() for operation in ("insert", "delete") if (operation, "") in held]
    return {"attributes": _mask(attributes, bits), "operations": _any_of(operations)}


def _authorities(share: Share, bits: dict[str, str]) -> dict[str, str]:
    """The columns that are not the share's authority's to grant, by peer, in the order of the spec."""
    found: dict[str, list[str]] = {}
    for authority in share.authorities:
        if authority.columns and authority.peer != share.authority:
            found.setdefault(authority.peer, []).extend(authority.columns)
    return {peer: _mask(columns, bits) for peer, columns in found.items()}


def _mask(columns: Collection[str], bits: dict[str, str]) -> str:
    """Some columns as an expression: by their names, or in a number where there are too many to read."""
    if len(columns) > MOST_NAMED:
        return hex(sum(1 << bit for bit, name in enumerate(bits) if name in columns))
    return _any_of([constant for name, constant in bits.items() if name in columns])


def _any_of(names: Sequence[str]) -> str:
    """The names, in parentheses where there are several, since something follows."""
    if len(names) < 2:
        return "".join(names) or "0"
    lines = wrap(" | ".join(names), LINE, break_long_words=False, break_on_hyphens=False)
    return f"({INDENTED.join(lines)})"
