"""What deploy, plan and apply share: SPEC and `--env` → manifest, code and environment; errors in our words."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError, reason
from bxc.cli.files import write
from bxc.cli.specs import check_all, configuration, only, proving_of
from bxc.report import render
from bxc.suggest import closest

if TYPE_CHECKING:
    from bxc.compile import Checked
    from bxc.deploy.chain import Chain
    from bxc.deploy.environment import Environment
    from bxc.deploy.record import Record

environment_option = click.option(
    "--env",
    "environment",
    required=True,
    type=options.PATH,
    metavar="FILE",
    help="Endpoint, addresses and keystores: deploy/dev.toml, say.",
)


def environment_of(path: str) -> Environment:
    """The environment in a file."""
    from bxc.deploy.environment import SettingError, load_environment

    try:
        return load_environment(Path(path))
    except SettingError as error:
        raise CommandError(str(error), path=path) from error
    except OSError as error:
        near = sorted(p.name for p in Path(path).parent.glob("*.toml")) if Path(path).parent.is_dir() else []
        close = closest(Path(path).name, near)
        hint = f"in the same folder there is {close or ', '.join(near)}" if near else "docs/deploy.md shows one"
        raise CommandError(f"cannot read {path}: {reason(error)}", hint=hint, path=path) from error


@contextmanager
def on_chain() -> Iterator[None]:
    """Turn what the chain, an environment, a record or a plan can be blamed for into errors of the command."""
    from bxc.deploy.applying import StaleError
    from bxc.deploy.chain import ChainError, RevertedError
    from bxc.deploy.environment import SettingError
    from bxc.deploy.plan import PlanError
    from bxc.deploy.record import RecordError

    try:
        yield
    except StaleError as error:
        raise CommandError(f"the plan is stale: {error}", hint="run `bxc plan` again, and review it") from error
    except RevertedError as error:
        raise CommandError(f"the contract refused the call: {error}", code=1) from error
    except (ChainError, PlanError, RecordError, SettingError) as error:
        raise CommandError(str(error)) from error


def checked_spec(command: str, spec: str | None, console: Console) -> Checked:
    """A spec without errors, its laws proved."""
    config = configuration()
    root = only(spec, config)
    checks = check_all(command, [root], date.today(), config.strict, console, proving_of(config))
    if checks.report.exit_code:
        sys.stderr.write(render(checks.report, "text", {}, console.palette(sys.stderr), quiet=True))
        raise CommandError(f"{root} has errors, so nothing was done", code=checks.report.exit_code)
    (checked,) = checks.checked
    return checked


def manifest_of(checked: Checked) -> dict[str, Any]:
    """The manifest of a spec, without its SQL."""
    from bxc.compile import artifacts

    texts = {artifact.path: artifact.text for artifact in artifacts(checked, (), compiled=None)}
    found: dict[str, Any] = json.loads(texts["manifest.json"])
    return found


def connected(environment: Environment) -> Chain:
    """The environment's chain."""
    from bxc.deploy.chain import Chain

    return Chain(environment)


def saver(environment: Environment) -> Callable[[Record], None]:
    """Writes the deployment record, all of it or nothing."""
    from bxc.deploy.record import record_text

    def save(record: Record) -> None:
        write(environment.record_path, record_text(record).encode())

    return save


def deployed_record(environment: Environment, spec: str | None) -> Record:
    """The record of an environment. CommandError if there is none, or if it is of another spec."""
    from bxc.deploy.record import load_record

    record = load_record(environment.record_path)
    if record is None:
        others = sorted(path.name for path in environment.path.parent.glob("*.deployment.json"))
        raise CommandError(
            f"there is no {environment.record_path}",
            hint=f'if it was deployed as {others[0]} says, write record = "{others[0]}" into {environment.path}'
            if others
            else "`bxc deploy` makes it; if somebody else deployed, ask for their deployment record",
        )
    if spec is not None and record.spec != spec:
        raise CommandError(f"{environment.record_path} is of the spec {record.spec}, not of {spec}")
    return record
