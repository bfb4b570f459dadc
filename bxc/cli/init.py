"""`bxc init`: a folder → a project with a small spec."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.files import Write, apply

EXAMPLES = """
bxc init                 here
bxc init sharing         in a new folder
cd sharing && bxc check
"""

SPEC = """\
# Two peers keep one list of appointments equal; each keeps columns of their own to themselves.
# `bxc check` proves that what one peer may change fits at the other, or shows rows for which it does not.
# `bxc compile` writes the SQL, `bxc explain CODE` explains a finding.
spec example version 1

peer Clinic
peer Insurer

# What each peer has. Addresses and passwords never stand in a spec.
source Appointment at Clinic {
  id         int          primary key
  patient    varchar(80)  not null
  day        date         not null
  status     enum('planned', 'done', 'cancelled')  not null default 'planned'
  diagnosis  text
  billed     bool         not null default false
}

source Claim at Insurer {
  id       int          primary key
  patient  varchar(80)  not null
  day      date         not null
  status   enum('planned', 'done', 'cancelled')  not null default 'planned'
  paid     decimal(10,2)
}

# What each peer shows of it: the diagnosis stays in the clinic, the payment with the insurer.
# An appointment that leaves the view stays in its table, not billed; billed anew, it is shown again.
view Billed from Appointment {
  where billed
  keep id, patient, day, status default billed = true
  on delete set billed = false
  on hidden revive
}

view Claimed from Claim {
  keep id, patient, day, status
}

# What is kept equal, and who may change what: the clinic bills, the insurer may hand a bill back.
share claims = Billed <-> Claimed {
  authority Clinic
  update patient, day, status by Clinic
  insert by Clinic
  delete by Insurer
  ack within 2d
}
"""

CONFIG = """\
# Defaults of the bxc commands; flags win.
specs = ["example.bxc"]
output = "generated"

# Where `bxc install`, `get` and `put` find a peer's database when no --db is given.
[databases]
Clinic = "sqlite:///clinic.db"
Insurer = "duckdb:///insurer.duckdb"
"""

WORKFLOW = """\
name: bxc
on:
  push:
  pull_request:
  schedule:
    - cron: "17 3 * * *"
jobs:
  specs:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - uses: actions/cache@v4 # what was proved before
        with:
          path: ~/.cache/bxc
          key: bxc-${{ hashFiles('**/*.bxc') }}
          restore-keys: bxc-
      # Where your team gets bxc: a wheel that `pip wheel --no-deps .` made in its repository, or an index of your own.
      # (`bxc` on the public index is another program.) Set the variable in the repository's settings.
      - run: pip install "${{ vars.BXC_PACKAGE }}"
      - run: bxc fmt --check
      - run: bxc check --strict --format github
      - run: bxc compile --locked
      # Every night: the SQL itself is proved to do what the spec says.
      - if: github.event_name == 'schedule'
        run: bxc check --statements --timeout 600 --format github
"""

HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: bxc-fmt
        name: bxc fmt
        entry: bxc fmt
        language: system
        files: \\.bxc$
      - id: bxc-check
        name: bxc check
        entry: bxc check --strict
        language: system
        files: \\.bxc$
        pass_filenames: false
      - id: bxc-locked
        name: bxc compile --locked
        entry: bxc compile --locked
        language: system
        files: ^(.*\\.bxc|generated/.*)$
        pass_filenames: false
"""

IGNORED = """\
# What belongs to this machine: the peers' databases, and what bxc keeps where BXC_CACHE_DIR=.bxc_cache is set.
*.db
*.db-*
*.sqlite
*.sqlite-*
*.sqlite3
*.sqlite3-*
*.duckdb
*.duckdb.*
*.running
.bxc_cache/
# Keystores and passwords: `bxc deploy` names them, nobody else needs them.
keys/
*.password
"""

GITIGNORE = ".gitignore"
FILES = {
    "example.bxc": SPEC,
    "bxc.toml": CONFIG,
    ".github/workflows/bxc.yml": WORKFLOW,
    ".pre-commit-config.yaml": HOOKS,
    GITIGNORE: IGNORED,
}


@options.command("init", EXAMPLES)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
def command(console: Console, folder: str) -> int:
    """Start a project: a small spec, bxc.toml, CI and pre-commit files.

    Writes example.bxc, bxc.toml, .github/workflows/bxc.yml, .pre-commit-config.yaml and .gitignore. If one of the first
    four is there already, nothing is written; a .gitignore that is there stays as it is.
    """
    there = [name for name in FILES if os.path.lexists(Path(folder) / name)]
    if there and there != [GITIGNORE]:
        raise CommandError(f"{Path(folder) / there[0]} is there already, so nothing was written")
    made = {name: text for name, text in FILES.items() if name not in there}
    apply([Write(Path(folder) / name, text.encode()) for name, text in made.items()])
    console.done(f"created {', '.join(made)}{'' if folder == '.' else f' in {folder}'}")
    go = "" if folder == "." else f"cd {shlex.quote(folder)} && "
    console.say(f"next: {go}bxc check && bxc compile")
    return 0
