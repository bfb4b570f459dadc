"""`bxc deploy`: a spec → its contract on a chain, and a deployment record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bxc.cli import options
from bxc.cli.chains import (
    checked_spec,
    connected,
    environment_of,
    environment_option,
    manifest_of,
    on_chain,
    saver,
)
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.files import check_writable
from bxc.cli.progress import progress
from bxc.report.text import counted

if TYPE_CHECKING:
    from bxc.compile import Checked
    from bxc.deploy.chain import Chain
    from bxc.deploy.deployment import Code
    from bxc.deploy.environment import Environment
    from bxc.deploy.record import Record

EXAMPLES = """
bxc deploy specs/medical.bxc --env deploy/dev.toml
bxc deploy --env deploy/prod.toml --anew          another contract beside the one that is there
"""


@options.command("deploy", EXAMPLES)
@options.one_spec
@environment_option
@click.option("--anew", is_flag=True, help="Deploy although there is a record; the old one is kept under its address.")
@click.option("--solc", type=options.PATH, metavar="PATH", help="The Solidity compiler to use.")
def command(console: Console, spec: str | None, environment: str, anew: bool, solc: str | None) -> int:
    """Deploy a spec's contract and write a deployment record.

    The record, deploy/<env>.deployment.json, is written as soon as the transaction is sent: a run that is cut off is
    taken up by the next one. Afterwards the contract is read back and compared with the spec. Keys stay in their
    keystores; `bxc plan` tells how to go on when the spec changes.
    """
    from bxc.deploy.deployment import addresses_of, deploy, deployer_of, settle
    from bxc.deploy.record import load_record

    where = environment_of(environment)
    checked = checked_spec("deploy", spec, console)
    with on_chain():
        manifest = manifest_of(checked)
        addresses_of([peer["name"] for peer in manifest["peers"]], where)
        account = deployer_of(where)
        chain = connected(where)
        record = load_record(where.record_path)
        save = saver(where)
        check_writable(where.record_path)
        if record is not None and record.address is None and chain.knows(record.transaction):
            console.say(f"taking up transaction {record.transaction}")
        else:
            if record is not None and record.address is not None:
                _make_way(chain, record, where, anew)
            code = code_of(checked, solc)
            if where.chain_id is None:
                console.say(f"{environment} names no chain_id: {account.name} deploys on chain {chain.chain_id}")
            console.detail(f"{account.name} deploys {code.name} on chain {chain.chain_id}")
            record = deploy(chain, manifest, code, save)
        with progress("waiting for the block", console):
            record = settle(chain, record, save)
        earlier = record.digest != manifest["digest"]
        if not earlier:
            _verify(chain, record, manifest["digest"], checked)
    assert record.address is not None
    console.done(
        f"deployed {record.spec} at {record.address} on chain {record.chain_id}, block {record.block}: "
        f"{counted(len(record.shares), 'share')}, {record.gas:,} gas"
    )
    console.say(f"  the record is {where.record_path}")
    if earlier:
        console.say("  it is of the spec as it was then: `bxc plan` shows what has changed since")
    return 0


def code_of(checked: Checked, solc: str | None) -> Code:
    """The creation code of a spec's contract: compiled, or known from before."""
    from bxc.cli.bytecode import near
    from bxc.codegen.solidity import contract
    from bxc.codegen.solidity_limits import excess
    from bxc.deploy.deployment import Code
    from bxc.solc import CompilerFailed, NoCompiler, compile_contract

    assert checked.spec is not None
    if not checked.spec.shares:
        raise CommandError(f"{checked.spec.name} has no shares, so it has no contract")
    for finding in excess(checked.spec):
        raise CommandError(finding.message, hint=finding.help)
    source = contract(checked.spec)
    try:
        compiled = compile_contract(source.text, source.name, solc=Path(solc) if solc else None, near=near(checked))
    except NoCompiler as error:
        raise CommandError(str(error), hint=error.ways[0] if error.ways else None) from error
    except CompilerFailed as error:
        raise CommandError(f"the Solidity compiler failed: {error}") from error
    return Code(source.name, compiled.bytecode.removeprefix("0x"), compiled.version)


def _make_way(chain: Chain, record: Record, where: Environment, anew: bool) -> None:
    """Keep the record of an earlier deployment under another name; refuse if nobody asked for another contract."""
    from bxc.cli.files import write
    from bxc.deploy.record import record_text

    assert record.address is not None
    if not anew:
        alive = record.chain_id == chain.chain_id and chain.code(record.address)
        raise CommandError(
            f"{record.spec} was deployed at {record.address} on chain {record.chain_id}"
            + ("" if alive else ", but is not there any more"),
            hint="`bxc plan` shows what differs; --anew deploys another contract" if alive else "--anew deploys again",
        )
    kept = where.record_path.with_name(where.record_path.name.replace(".json", f".{record.address}.json"))
    write(kept, record_text(record).encode())


def _verify(chain: Chain, record: Record, digest: str, checked: Checked) -> None:
    """Read back what was deployed; an internal error if it is not what the spec says."""
    from bxc.deploy.applying import make_plan

    plan = make_plan(chain, manifest_of(checked), record, {})
    assert record.address is not None
    registry = chain.registry(record.address)
    told, count = chain.ask([registry.functions.specHash(), registry.functions.shareCount()], chain.head())
    if plan.steps or bytes(told).hex() != digest or count != len(record.shares):
        raise CommandError(
            f"the contract at {record.address} does not hold what the spec says: do not use it",
            hint="this is a fault of bxc, or the endpoint does not tell the truth",
        )
