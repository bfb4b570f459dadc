"""The rights of a spec as a table that is read in the contract's source: who may do what with which shared table.

It is the metadata collection of the papers: an entry for each share, with its shared tables and peers, who may update
which attribute, where the latest update is told, and who has the authority to change the permission.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from bxc.codegen.solidity_names import shown, width
from bxc.model import Share, Spec

HEAD = ("share", "shared table", "sharing peers", "operation", "permitted to", "authority to change", "latest update")
ROWS = (("insert", ""), ("delete", ""))
WIDEST = 34

Line = tuple[str, ...]


def table(spec: Spec) -> tuple[str, ...]:
    """The lines, without marks of a comment."""
    if not spec.shares:
        return ("The spec has no shares.",)
    entries = [tuple(_entry(number, share, spec)) for number, share in enumerate(spec.shares)]
    every = [HEAD, *(line for entry in entries for line in entry)]
    widths = [max(width(line[column]) for line in every) for column in range(len(HEAD))]
    rule = f"|{'|'.join('-' * (wide + 2) for wide in widths)}|"
    lines = [_line(HEAD, widths)]
    for entry in entries:
        lines += [rule, *(_line(line, widths) for line in entry)]
    return tuple(lines)


def _entry(number: int, share: Share, spec: Spec) -> Iterator[Line]:
    """The lines of a share: on the right a right each, on the left what is the same for all."""
    views = {view.name: view for view in spec.views}
    ends = [views[name] for name in share.views]
    members = [peer.name for peer in spec.peers if peer.name in {view.peer for view in ends}]
    tables = [f"{shown(view.name)} at {shown(view.peer)}" for view in ends]
    peers = _wrapped([shown(peer) for peer in members])
    left = zip_longest([f"{number} {shown(share.name)}"], tables, peers, fillvalue="")
    grantors = {column: authority.peer for authority in share.authorities for column in authority.columns}
    held = {(r.operation, r.attribute, r.peer) for r in share.rights}
    right: list[Line] = []
    for operation, attribute in (*(("update", column.name) for column in ends[0].columns), *ROWS):
        holders = [shown(peer) for peer in members if (operation, attribute, peer) in held]
        what = [f"{operation} {shown(attribute)}".strip()]
        who = [shown(grantors.get(attribute, share.authority))]
        right += zip_longest(what, _wrapped(holders) or ["nobody"], who, fillvalue="")
    last = [f"shareState({number})"]
    for a, b, c in zip_longest(left, right, last):
        yield (*(a or ("",) * 3), *(b or ("",) * 3), c or "")


def _wrapped(names: Sequence[str]) -> list[str]:
    """Names with commas, on as many lines as it takes."""
    lines: list[str] = []
    for place, name in enumerate(names):
        text = name if place == len(names) - 1 else f"{name},"
        if lines and width(lines[-1]) + 1 + width(text) <= WIDEST:
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"
