"""`bxc plan`: a spec and the deployed contract → the steps between them, saved for review."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bxc.cli import options
from bxc.cli.chains import (
    checked_spec,
    connected,
    deployed_record,
    environment_of,
    environment_option,
    manifest_of,
    on_chain,
)
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.files import write
from bxc.report.text import counted

if TYPE_CHECKING:
    from bxc.deploy.plan import Plan
    from bxc.deploy.wanted import WantedShare

EXAMPLES = """
bxc plan specs/medical.bxc --env deploy/dev.toml
bxc plan --env deploy/prod.toml --exit-code          4 if there is something to do
bxc plan --env deploy/dev.toml --content clinical=0x3f…   open a share with the hash of its first content
"""
CHANGES_PENDING = 4
HASH = re.compile(r"(0x)?[0-9a-fA-F]{64}")


@options.command("plan", EXAMPLES)
@options.one_spec
@environment_option
@click.option("--to", type=options.PATH, metavar="FILE", help="Where the plan goes.  [default: deploy/<env>.plan.json]")
@click.option(
    "--content",
    "contents",
    multiple=True,
    metavar="SHARE=HASH",
    help="Open a share with this content; may be repeated.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 4 if there is something to do.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the plan on stdout."
)
def command(
    console: Console,
    spec: str | None,
    environment: str,
    to: str | None,
    contents: tuple[str, ...],
    exit_code: bool,
    form: str,
) -> int:
    """Show and save what is to be done to a deployed contract.

    It shall say what the spec says. Rights to set, shares to declare, open or close, peers to invite or exclude,
    authority to hand over: each step with the peer that has to sign it. The plan is bound to the chain, the contract
    and a block; `bxc apply` does exactly what it says, and refuses it once the contract has changed otherwise.
    """
    from bxc.deploy.applying import make_plan
    from bxc.deploy.plan import plan_text

    where = environment_of(environment)
    checked = checked_spec("plan", spec, console)
    with on_chain():
        manifest = manifest_of(checked)
        record = deployed_record(where, manifest["spec"])
        openings = _openings(contents, [share["name"] for share in manifest["shares"]])
        plan = make_plan(connected(where), manifest, record, openings)
    path = Path(to) if to else where.plan_path
    text = plan_text(plan)
    write(path, text.encode())
    console.document(text if form == "json" else _shown(plan))
    if plan.steps:
        named = f" {to}" if to else ""
        planned = counted(len(plan.steps), "step")
        console.done(f"planned {planned}: review {path}, then `bxc apply --env {environment}{named}`")
    return CHANGES_PENDING if exit_code and plan.steps else 0


def _openings(values: tuple[str, ...], shares: list[str]) -> dict[str, str]:
    found = {}
    for value in values:
        name, _, content = value.partition("=")
        if name not in shares:
            raise CommandError(f"--content {value}: there is no share {name}", hint=f"there is {', '.join(shares)}")
        if not HASH.fullmatch(content):
            raise CommandError(f"--content {value}: a content hash has 64 hexadecimal digits")
        found[name] = "0x" + content.removeprefix("0x").lower()
    return found


def _declared(plan: Plan, share: WantedShare) -> Iterator[str]:
    """What a share has that a step declares."""
    from bxc.deploy.steps import Declare, rights_told

    if not any(isinstance(step, Declare) and step.share == share.name for step in plan.steps):
        return
    width = max(len(member) for member in share.members)
    for member in share.members:
        yield f"{member:{width}}  {rights_told(share.rights[member], share.attributes) or 'no rights'}"


def _shown(plan: Plan) -> str:
    """A plan for people: share by share, each step with who signs it."""
    from bxc.deploy.steps import told

    attributes = {share.name: share.attributes for share in plan.wanted}
    lines = [f"{plan.spec} at {plan.address} on chain {plan.chain_id}, seen in block {plan.block}"]
    steps = [(step.share, told(step, attributes.get(step.share, ())), f"signed by {step.actor}") for step in plan.steps]
    notes = [(note.share, note.text) for note in plan.notes]
    width = max((len(text) for _, text, _ in steps), default=0)
    for share in dict.fromkeys([s for s, *_ in steps] + [s for s, _ in notes]):
        lines.append(f"  {share}")
        lines += [f"    {text:{width}}  {by}" for name, text, by in steps if name == share]
        lines += [
            f"      {line}" for declared in plan.wanted if declared.name == share for line in _declared(plan, declared)
        ]
        lines += [f"    note: {text}" for name, text in notes if name == share]
    if not steps:
        lines.append("  nothing to do: the contract has the rights, members and terms of the spec")
    return "\n".join(lines) + "\n"
