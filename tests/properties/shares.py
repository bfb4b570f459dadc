"""A compiled random spec → the same with shares on some of its views, and random rights."""

from __future__ import annotations

from random import Random

from .pipeline import Compiled, compile_spec
from .specs import SpecText
from .stack import Stack


def q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def with_shares(text: SpecText, compiled: Compiled, random: Random) -> tuple[SpecText, Compiled]:
    """Shares one or two views with a peer Q, which has a source of the same columns for each.

    What sharing makes an error elsewhere, a default that is outside of the view say, leaves the spec as it is.
    """
    shared = compiled.puttable("P")
    random.shuffle(shared)
    shares = [share_text(Stack(compiled.spec, name), number, random) for number, name in enumerate(shared[:2])]
    shared_text = SpecText(compiled.text.rstrip("\n"), tuple(shares))
    try:
        return shared_text, compile_spec(shared_text)
    except AssertionError:
        return text, compiled


def share_text(stack: Stack, number: int, random: Random) -> str:
    """A share of a view with a view of Q, and who may do what."""
    columns = [
        f"  {q(column.name)} {column.type}{' not null' if column.name in stack.not_null else ''}"
        for column in stack.top.view.columns
    ]
    key = ", ".join(map(q, stack.key))
    rights = [f"  update {q(name)} by {right}" for name in stack.stored if (right := peers(random))]
    rights += [f"  {operation} by {right}" for operation in ("insert", "delete") if (right := peers(random))]
    return "\n".join(
        [
            f"source Mirror{number} at Q {{",
            *columns,
            f"  primary key ({key})",
            "}",
            f"view Reflection{number} from Mirror{number} {{",
            "}",
            f"share shared{number} = {q(stack.name)} <-> Reflection{number} {{",
            "  authority P",
            *rights,
            "}",
        ]
    )


def peers(random: Random) -> str:
    return random.choice(["P", "P", "P, Q", "Q", ""])
