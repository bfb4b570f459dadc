"""`bxc apply`: a saved plan → done, as far as the keys at hand reach."""

from __future__ import annotations

from pathlib import Path

import click

from bxc.cli import options
from bxc.cli.chains import connected, deployed_record, environment_of, environment_option, on_chain, saver
from bxc.cli.console import Console
from bxc.cli.files import check_writable
from bxc.cli.progress import progress
from bxc.report.text import counted

EXAMPLES = """
bxc apply --env deploy/dev.toml                          the plan that `bxc plan` saved there
bxc apply --env deploy/doctor.toml deploy/dev.plan.json  with the doctor's keys
"""


@options.command("apply", EXAMPLES)
@click.argument("plan", required=False, type=options.PATH, metavar="[PLAN]")
@environment_option
def command(console: Console, plan: str | None, environment: str) -> int:
    """Do exactly what a saved plan says.

    Steps that others have done are passed over, those whose keys are not at hand are left to their peers: the same plan
    can be applied by each of them in turn. The plan is refused as stale if the contract has been changed otherwise
    since it was made, or if its block is not part of the chain any more. Exits with 1 if the contract refuses a step.
    """
    from bxc.deploy.applying import apply_plan, signers, still_to_do
    from bxc.deploy.plan import load_plan
    from bxc.deploy.steps import told

    where = environment_of(environment)
    with on_chain():
        saved = load_plan(Path(plan) if plan else where.plan_path)
        record = deployed_record(where, saved.spec)
        chain = connected(where)
        steps = still_to_do(chain, saved, record)
        if len(steps) < len(saved.steps):
            console.say(f"{counted(len(saved.steps) - len(steps), 'step')} done before")
        attributes = {share.name: share.attributes for share in saved.wanted}
        for account in signers(where, steps):
            chain.unlock(account)
        done = left = refused = 0
        if steps:
            check_writable(where.record_path)
        try:
            with progress("applying", console):
                for result in apply_plan(chain, saved, record, steps, saver(where)):
                    text = f"{result.step.share}: {told(result.step, attributes.get(result.step.share, ()))}"
                    if result.transaction is not None:
                        done += 1
                        console.done(f"done {text} ({result.transaction})")
                    else:
                        left += 1
                        refused += result.refused
                        console.say(f"left {text}: {result.why}")
        except BaseException:
            rest = len(steps) - done - left
            console.say(f"{counted(done, 'step')} done, {left} left, {rest} not settled: apply the plan again to go on")
            raise
    console.say(f"{counted(done, 'step')} done, {left} left")
    return 1 if refused else 0
