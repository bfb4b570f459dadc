"""`bxc history`: the versions of a share, for an auditor."""

from __future__ import annotations

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.peer import table
from bxc.cli.peers import config_option, opened_peer, share_of

EXAMPLES = """
bxc history clinical --config doctor.toml
bxc history clinical --config doctor.toml --verify
bxc history clinical --config doctor.toml --changes --format json
bxc history clinical --config doctor.toml --format csv > clinical.csv
"""


@options.command("history", EXAMPLES)
@click.argument("share")
@config_option
@click.option("--verify", is_flag=True, help="Recompute all hashes, and compare the last with the chain's.")
@click.option("--changes", is_flag=True, help="With the rows before and after, where they are kept (JSON).")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True,
              help="Form of the history.")  # fmt: skip
def command(console: Console, share: str, config: str, verify: bool, changes: bool, form: str) -> int:
    """Tell who changed a share, and who agreed.

    Each version with who asked, who acknowledged, when, which columns and operations, and how it ended. Exit code 1 if
    a hash is found wrong.
    """
    from bxc_runtime.history import as_csv, as_json, history

    with opened_peer(config) as (setting, store):
        names = {address: name for name, address in setting.deployment.addresses.items()}
        end = share_of(setting, share)
        found = history(store, end, names, verify=verify, changes=changes)
        chain = _compared(setting, end.id, found.chain_hash) if verify else ""
    if form == "json":
        console.document(as_json(found))
    elif form == "csv":
        console.document(as_csv(found))
    else:
        heads = ("version", "outcome", "by", "acks", "columns", "operations", "time", "link", "content", "reason")
        rows = [
            (e.version, e.outcome, e.by, ", ".join(peer for peer, _ in e.acks), ", ".join(e.attributes),
             ", ".join(e.operations), e.time, e.link or "-", e.content or "-", e.reason)
            for e in found.entries
        ]  # fmt: skip
        console.out(table(heads, rows))
    if verify:
        console.say(f"the rows here: {found.rows or 'none'}; the last link against the chain: {chain}")
    return 0 if found.right and chain != "wrong" else 1


def _compared(setting: object, share: int, chain_hash: str) -> str:
    """Whether the contract's last link is the one that the history ends with."""
    from bxc_runtime.chains.protocol import ChainError, RevertedError
    from bxc_runtime.process import Setting, read_only_chain

    assert isinstance(setting, Setting)
    try:
        head = read_only_chain(setting).share(share)
    except (ChainError, RevertedError) as error:
        return f"not compared ({error})"
    return "right" if head.chain_hash.hex() == chain_hash else "behind, or wrong"
