"""`bxc peer`: one peer's process and what its operator asks of it."""

from __future__ import annotations

import json
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.peers import config_option, opened_peer, running, setting_of, share_of
from bxc.report.text import counted

EXAMPLES = """
bxc peer init --peer Doctor --generated generated/medical --db doctor.db --keystore keys/doctor.json
bxc peer run --config doctor.toml
bxc peer open clinical --config doctor.toml       the opener says when
bxc peer status --config doctor.toml
bxc peer conflicts --config doctor.toml --resolve 3 --with local
"""

TEMPLATE = """\
peer = {peer}
generated = {generated}
database = {database}
deployment = {deployment}
endpoint = {endpoint}
confirmations = 1
keystore = {keystore}
password_env = {password_env}
listen = {listen}
poll = 0.5

[peers]
{others}
"""


class PeerGroup(options.BxcCommand, click.Group):
    """Subcommands of one peer; its help ends with examples."""


@click.group("peer", cls=PeerGroup, examples=EXAMPLES, no_args_is_help=True)
def command() -> None:
    """Run a peer of a share, and see to it.

    A peer is a database with the generated files in it, a key on the chain, and a process that keeps the shared views
    equal to the others'. docs/operate.md goes through it step by step.
    """


@options.command("init", "bxc peer init --peer Doctor --generated generated/medical --db doctor.db --keystore k.json")
@click.option("--peer", required=True, metavar="NAME", help="Whose process it is.")
@click.option("--generated", required=True, type=options.PATH, metavar="DIR", help="The generated files of the spec.")
@click.option("--db", "url", required=True, metavar="URL", help="The database that `bxc install` has made.")
@click.option("--keystore", required=True, type=options.PATH, metavar="FILE", help="The peer's encrypted key.")
@click.option("--deployment", default="deploy/dev.deployment.json", type=options.PATH, metavar="FILE",
              show_default=True, help="The record of `bxc deploy`.")  # fmt: skip
@click.option("--endpoint", default="http://127.0.0.1:8545", metavar="URL", show_default=True, help="The chain.")
@click.option("--listen", default="127.0.0.1:8700", metavar="HOST:PORT", show_default=True, help="For other peers.")
@click.option("--out", default="peer.toml", type=options.PATH, metavar="FILE", show_default=True, help="What to write.")
def init(
    console: Console,
    peer: str,
    generated: str,
    url: str,
    keystore: str,
    deployment: str,
    endpoint: str,
    listen: str,
    out: str,
) -> int:
    """Write a configuration to start from.

    Nothing is overwritten. Fill in where the other peers listen.
    """
    from bxc_runtime.config import read_config
    from bxc_runtime.site import read_site

    with running():
        site = read_site(Path(generated), peer)
        path = Path(out)
        if path.exists():
            raise CommandError(f"{path} is there already", hint="name another file with --out")
        near = {other for share in site.shares.values() for other in share.members if other != peer}
        others = "\n".join(f'# {name} = "https://host:port"' for name in site.peers if name in near)
        values = {
            "peer": peer,
            "generated": generated,
            "database": url,
            "deployment": deployment,
            "endpoint": endpoint,
            "keystore": keystore,
            "password_env": f"BXC_{peer.upper()}_PASSWORD",
            "listen": listen,
        }
        path.write_text(
            TEMPLATE.format(others=others, **{key: json.dumps(value) for key, value in values.items()}), "utf-8"
        )
        read_config(path)
    console.done(f"wrote {path}")
    return 0


@options.command("key", "BXC_DOCTOR_PASSWORD=... bxc peer key keys/doctor.json --password-env BXC_DOCTOR_PASSWORD")
@click.argument("file", type=options.PATH)
@click.option("--password-env", metavar="NAME", help="The variable with the password.")
@click.option("--password-file", type=options.PATH, metavar="FILE", help="The file with the password, its first line.")
def key(console: Console, file: str, password_env: str | None, password_file: str | None) -> int:
    """Make a new key, encrypted, and print its address.

    The file is one that geth and other tools read as well. Whoever has it and the password is the peer: keep a copy.
    """
    from bxc_runtime.config import make_keystore

    if (password_env is None) == (password_file is None):
        raise CommandError("say either --password-env or --password-file")
    with running():
        address = make_keystore(Path(file), password_env, None if password_file is None else Path(password_file))
    console.out(f"{address}\n")
    return 0


@options.command("run", "bxc peer run --config doctor.toml --console 8790")
@config_option
@click.option("--console", "place", metavar="[HOST:]PORT", help="Serve the web console there.  [default: none]")
def run(console: Console, config: str, place: str | None) -> int:
    """Be the peer, until stopped by Ctrl-C or SIGTERM.

    It can be killed at any moment, and goes on where it was. Logs go to stderr, one JSON object a line, without values
    of rows. `/healthz` and `/readyz` tell whether it is alive, and in touch with its database and the chain. The web
    console is for the operator; whoever has the token in the file that the log names may use it.
    """
    from bxc_runtime import process
    from bxc_runtime.config import with_console

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    process.set_up_logs(verbose=console.verbose)
    with running():
        try:
            setting = setting_of(config)
            if place is not None:
                setting = replace(setting, config=with_console(setting.config, place))
            process.run(setting, stop)
        except OSError as error:
            raise CommandError(f"cannot listen: {error.strerror or error}") from error
    return 0


@options.command("open", "bxc peer open clinical --config doctor.toml")
@click.argument("share")
@config_option
def open_(console: Console, share: str, config: str) -> int:
    """Open a share with what the view shows at this peer.

    The share's opener says this once its rows are as the others are to have them; the running peer then asks the chain.
    It is said again after others have rejected it.
    """
    from bxc_runtime.edits import ask_to_open

    with opened_peer(config) as (setting, store):
        ask_to_open(store, share_of(setting, share).id)
    console.done(f"asked for {share} to be opened: `bxc peer status` tells how it goes")
    return 0


@options.command("join", "bxc peer join clinical --config lab.toml")
@click.argument("share")
@config_option
def join(console: Console, share: str, config: str) -> int:
    """Accept an invitation to a share.

    The authority invites with `bxc apply`. The running peer then takes over the share's content from a member.
    """
    from bxc_runtime.process import join_share

    with running():
        setting = setting_of(config)
        join_share(setting, share_of(setting, share).id)
    console.done(f"joined {share}")
    return 0


@options.command("status", "bxc peer status --config doctor.toml")
@config_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
              help="Form of the status.")  # fmt: skip
def status(console: Console, config: str, form: str) -> int:
    """Tell how each share stands at this peer.

    Exit code 1 where something needs a person: a version that cannot be put, held edits, open conflicts, or no process
    of the peer is running.
    """
    from bxc_runtime.status import is_running, share_statuses

    with opened_peer(config) as (setting, store):
        names = {address: name for name, address in setting.deployment.addresses.items()}
        found, alive = share_statuses(store, names), is_running(store)
    if form == "json":
        console.document(json.dumps([it.as_json() for it in found], indent=2, ensure_ascii=False) + "\n")
    else:
        heads = ("share", "phase", "version", "pending", "waiting", "held", "conflicts", "trouble")
        console.out(table(heads, [it.cells() for it in found]))
    if not alive:
        console.say(f"no process of {setting.config.peer} is running: this is how it was left (`bxc peer run`)")
    return 1 if not alive or any(it.needs_a_person for it in found) else 0


@options.command("conflicts", "bxc peer conflicts --config doctor.toml --resolve 3 --with local")
@config_option
@click.option("--resolve", "number", type=int, metavar="NUMBER", help="Settle a conflict.")
@click.option("--with", "side", type=click.Choice(["local", "agreed"]), help="Which value it is settled with.")
@click.option("--retry", metavar="SHARE", help="Ask again for the held edits of a share.")
@click.option("--revert", "reverted", metavar="SHARE", help="Undo the held edits of a share at this peer.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
              help="Form of the list.")  # fmt: skip
def conflicts(
    console: Console,
    config: str,
    number: int | None,
    side: str | None,
    retry: str | None,
    reverted: str | None,
    form: str,
) -> int:
    """List local values that gave way, and local edits that are held.

    A conflict: this peer and another changed one cell at a time, and the chain's order gave the other one right. The
    local value is kept here. `--with local` makes it an edit of this peer again, `--with agreed` lets it go. A held
    edit was made without the right, or rejected by another peer: the view shows it here and nowhere else.
    """
    from bxc_runtime import conflicts as work

    with opened_peer(config) as (setting, store):
        if (number is None) != (side is None):
            raise CommandError("--resolve needs --with local or --with agreed")
        if number is not None and side is not None:
            work.resolve(store, number, side)
            console.done(f"settled conflict {number} with the {side} value")
            return 0
        if retry is not None:
            count = work.retry(store, share_of(setting, retry).id)
            console.done(f"asks again for {counted(count, 'held edit')} of {retry}")
            return 0
        if reverted is not None:
            count = work.revert(store, share_of(setting, reverted).id)
            console.done(f"undid {counted(count, 'held edit')} of {reverted}")
            return 0
        ends = setting.site.shares
        listed = [(c.id, ends[c.share].name, c.version, c.key, c.column, c.local, c.agreed)
                  for c in store.archive.conflicts()]  # fmt: skip
        held = [(h.share, h.reason, h.edit) for h in work.held_edits(store)]
    if form == "json":
        heads = ("id", "share", "version", "key", "column", "local", "agreed")
        document = {
            "conflicts": [dict(zip(heads, row, strict=True)) for row in listed],
            "held": [{"share": share, "reason": why, "edit": json.loads(edit)} for share, why, edit in held],
        }
        console.document(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return 0
    console.out(table(("conflict", "share", "version", "key", "column", "local", "agreed"), listed))
    console.out(table(("held in", "reason", "edit"), held))
    return 0


@options.command("export", "bxc peer export clinical --config doctor.toml > clinical.ndjson")
@click.argument("share")
@config_option
def export(console: Console, share: str, config: str) -> int:
    """Print the agreed content of a share, one JSON object a line.

    That is what the chain has the hash of: local edits that are not agreed yet are not in it.
    """
    from bxc_runtime.wire import row_text

    with opened_peer(config) as (setting, store):
        end = share_of(setting, share)
        names = end.shape.columns
        rows = store.ledger.agreed_rows(end.id)
        console.data(
            json.dumps(dict(zip(names, json.loads(row_text(row)), strict=True)), ensure_ascii=False) + "\n"
            for row in rows
        )
    return 0


for _made in (key, init, run, open_, join, status, conflicts, export):
    command.add_command(_made)


def table(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Rows below their headings, in columns."""
    texts = [tuple(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *texts, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *texts)]
    return "".join(f"{line.rstrip()}\n" for line in lines)
