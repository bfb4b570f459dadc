"""What `bxc peer`, `history` and `demo` share: a configuration → an open store, and errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bxc.cli import options
from bxc.cli.errors import CommandError

if TYPE_CHECKING:
    from bxc_runtime.process import Setting
    from bxc_runtime.site import ShareEnd
    from bxc_runtime.stores.store import SqlStore

config_option = click.option(
    "--config",
    type=options.PATH,
    default="peer.toml",
    show_default=True,
    metavar="FILE",
    help="The peer's configuration.",
)


@contextmanager
def running() -> Iterator[None]:
    """Turn what a configuration, a database, the chain or another peer can be blamed for into errors of the command."""
    from bxc_runtime.chains.protocol import ChainError
    from bxc_runtime.config import ConfigError
    from bxc_runtime.conflicts import ResolveError
    from bxc_runtime.site import SiteError
    from bxc_runtime.stores.connection import PutRefusedError, StoreError

    try:
        yield
    except (ConfigError, SiteError, StoreError, ChainError) as error:
        raise CommandError(str(error)) from error
    except (ResolveError, PutRefusedError) as error:
        raise CommandError(str(error), code=1) from error


def setting_of(config: str) -> Setting:
    """Everything that a configuration names."""
    from bxc_runtime.config import read_config
    from bxc_runtime.process import read_setting

    return read_setting(read_config(Path(config)))


@contextmanager
def opened_peer(config: str) -> Iterator[tuple[Setting, SqlStore]]:
    """A peer's setting and its database, also while the peer is running."""
    from bxc_runtime.process import opened_store

    with running():
        setting = setting_of(config)
        store = opened_store(setting)
        try:
            yield setting, store
        finally:
            store.close()


def share_of(setting: Setting, name: str) -> ShareEnd:
    """The share of a name at this peer."""
    return setting.site.named(name)
