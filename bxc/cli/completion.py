"""`bxc completion`: the name of a shell → the script that makes it complete `bxc` commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from bxc.cli import options
from bxc.cli.console import Console

EXAMPLES = """
echo 'eval "$(bxc completion bash)"' >> ~/.bashrc
echo 'eval "$(bxc completion zsh)"' >> ~/.zshrc
bxc completion fish > ~/.config/fish/completions/bxc.fish
"""


@options.command("completion", EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(console: Console, shell: str) -> int:
    """Print the completion script of a shell.

    The script completes commands, options, files, codes and names of engines.
    """
    from bxc.cli.app import root

    kind = get_completion_class(shell)
    assert kind is not None
    console.out(kind(root, {}, "bxc", "_BXC_COMPLETE").source())
    return 0
