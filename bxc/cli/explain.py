"""`bxc explain`: a finding's code → its page."""

from __future__ import annotations

import difflib
import re
import sys

import click

from bxc import resources
from bxc.cli import options, refusals
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.report.colour import FRAME, STRONG, Palette

EXAMPLES = """
bxc explain BX004      what BX004 means, why it matters, how to mend it
bxc explain            all codes with their titles
"""


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [code for code in resources.error_codes() if code.startswith(incomplete.upper())]


@options.command("explain", EXAMPLES)
@click.argument("code", required=False, shell_complete=_complete)
def command(console: Console, code: str | None) -> int:
    """Explain a finding's code.

    Prints what the finding means, why it matters, an example, and how to mend it. Without CODE, lists all codes.
    """
    if code is None:
        console.out(_listing())
        return 0
    wanted = code.strip().upper().removeprefix("ERROR[").rstrip("]")
    wanted = f"BX{int(wanted):03}" if re.fullmatch(r"[0-9]{1,3}", wanted) else wanted
    page = resources.error_page(wanted) or refusals.page(wanted)
    if page is None:
        raise CommandError(f"there is no code `{code}`", hint=_hint(wanted))
    console.out(_styled(page, console.palette(sys.stdout)))
    return 0


def _listing() -> str:
    titles = {code: resources.error_title(code) for code in resources.error_codes()} | refusals.MEANING
    return "".join(f"{code:<6}  {title}\n" for code, title in titles.items())


def _hint(wanted: str) -> str:
    close = difflib.get_close_matches(wanted, [*resources.error_codes(), *refusals.MEANING], n=3)
    return f"did you mean {' or '.join(close)}?" if close else "`bxc explain` lists all codes"


def _styled(page: str, palette: Palette) -> str:
    """The page with its headings and code set off; without colour, the page as it is."""
    lines, in_code = [], False
    for line in page.rstrip("\n").split("\n"):
        fence = line.startswith("```")
        in_code = in_code != fence
        style = FRAME if fence or in_code else STRONG if line.startswith("#") else None
        lines.append(palette.paint(line, style) if style else line)
    return "\n".join(lines) + "\n"
