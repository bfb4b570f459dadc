"""Generated specs for the checker: sound shares of many kinds, with defects of known kinds at known lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

SOURCES = 10
COLUMNS = 20
Line = tuple[str, str]
"""A line of a spec, and the code of the finding that points at it ('' if there is none)."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A spec, and the errors and warnings that it must give: code and line, sorted."""

    text: str
    expected: tuple[tuple[str, int], ...]
    views: int


def generate(views: int, defects: int = 0, seed: int = 1) -> Generated:
    """A spec of about so many views; the defects take turns, and stand anywhere among the sound shares."""
    planted = [list(_block(KINDS[number % len(KINDS)], number)) for number in range(defects)]
    taken = sum(line.startswith("view ") for block in planted for line, _ in block)
    blocks = [list(_sound(number)) for number in range(max(0, views - taken + 1) // 2)]
    Random(seed).shuffle(planted)
    for block in planted:
        blocks.insert(Random(len(blocks) * seed).randrange(len(blocks) + 1), block)
    body = [line for block in blocks for line in block]
    lines = [
        *_head(len(blocks) - len(planted), {word for line, _ in body for word in re.findall(r"\bP\d\b", line)}),
        *body,
    ]
    expected = sorted((code, number) for number, (_, code) in enumerate(lines, 1) if code)
    total = sum(line.startswith("view ") for line, _ in lines)
    return Generated("\n".join(line for line, _ in lines) + "\n", tuple(expected), total)


def _head(shares: int, peers: set[str]) -> Iterator[Line]:
    sources = min(SOURCES, shares + 1) if shares else 0
    peers = peers.union(f"P{number}" for number in range(sources))
    yield "spec generated version 1", ""
    yield from (
        (f"peer P{number} as 'Hospital number {number}'", "") for number in range(SOURCES) if f"P{number}" in peers
    )
    for number in range(sources):
        yield f"source T{number} at P{number} {{", ""
        yield "  id int primary key", ""
        yield "  ward int not null", ""
        yield "  live bool not null default true", ""
        yield "  born date", ""
        yield "  price decimal(10,2)", ""
        yield from ((f"  c{column} {'int' if column % 3 == 0 else 'text'}", "") for column in range(5, COLUMNS))
        yield "}", ""


# --- what is sound --------------------------------------------------------------------------------------------------


def _sound(number: int) -> Iterator[Line]:
    """A share of one ward's rows between a source and the next one; wards keep the views of a source apart."""
    here, there = number % SOURCES, (number + 1) % SOURCES
    kept = [f"c{5 + (number + step) % (COLUMNS - 5)}" for step in (0, 2, 5, 9)]
    condition, steps = (
        ("and live", ["  on delete set live = false"]),
        (f"and price between 0 and {100 + number}", []),
        ("", ["  add band = case when price > 100 then 'high' else 'low' end"]),
        (f"and {kept[0]} is not null", [f"  rename {kept[1]} to m{number}"]),
        (f"and born >= '{1950 + number % 60}-01-01'", []),
    )[number % 5]
    written = [f"m{number}" if any(f"rename {c} " in step for step in steps) else c for c in kept]
    for end, source in (("A", here), ("B", there)):
        yield f"view V{number}{end} from T{source} {{", ""
        yield f"  where ward = {number} {condition}".rstrip(), ""
        yield f"  keep id, ward, born, price, {', '.join(kept)}", ""
        yield from ((step, "") for step in steps)
        yield "}", ""
    yield f"share S{number} = V{number}A <-> V{number}B {{", ""
    yield f"  authority P{here}", ""
    yield f"  update {written[0]}, {written[1]} by P{here}, P{there}", ""
    yield f"  update price by P{here}", ""
    if "live" in condition:
        yield f"  delete by P{there}", ""
    yield "}", ""


# --- what is not ----------------------------------------------------------------------------------------------------


def _block(kind: Callable[[int], str], number: int) -> Iterator[Line]:
    """A defect's declarations, at two or three peers; a line that a finding points at ends in ` !` and its code."""
    for line in kind(number).splitlines():
        text, _, code = line.partition(" !")
        yield text, code


def _pair(
    number: int, columns: tuple[str, str], keep: str, rights: tuple[str, ...], where: str = "", mark: str = ""
) -> str:
    """Two sources at different peers, the second one's view with a condition, and a share of both."""
    sources = (
        f"source {name}{number} at P{(number + step) % SOURCES} {{\n  id int primary key\n{its}\n}}\n"
        for step, (name, its) in enumerate(zip("AB", columns, strict=True))
    )
    views = (
        f"view {name}V{number} from {name}{number} {{{found}\n{condition}  keep {keep}\n}}\n"
        for name, condition, found in (("A", "", ""), ("B", where, mark))
    )
    granted = "\n".join(f"  {right.format(here=f'P{number % SOURCES}')}" for right in rights)
    head = f"share D{number} = AV{number} <-> BV{number} {{\n  authority P{(number + 1) % SOURCES}\n"
    return f"{''.join(sources)}{''.join(views)}{head}{granted}\n}}"


def _range(number: int) -> str:
    """BX311: one end allows 10 more than the other."""
    columns = (f"  dose int\n  check (dose <= {number + 10})", f"  dose int\n  check (dose <= {number}) !BX311")
    return _pair(number, columns, "id, dose", ("update dose by {here}",))


def _unique(number: int) -> str:
    """BX203: unique at one end alone."""
    return _pair(number, ("  mail text", "  mail text unique !BX203"), "id, mail", ("update mail by {here}",))


def _hidden_key(number: int) -> str:
    """BX208: the key of a new row may belong to a row that is hidden."""
    columns = ("  note text", "  note text\n  shown bool not null default true")
    return _pair(number, columns, "id, note", ("insert by {here}",), "  where shown\n", " !BX208")


def _hidden_check(number: int) -> str:
    """BX205: a check reads a hidden column."""
    columns = (
        "  adult bool not null",
        "  adult bool not null\n  guard text\n  check (adult or guard is not null) !BX205",
    )
    return _pair(number, columns, "id, adult", ("update adult by {here}",))


def _rename(number: int) -> str:
    """BX303: a key may be changed where no row may go or come."""
    return _pair(number, ("  note text", "  note text"), "id, note", ("update id by {here} !BX303",))


def _useless(number: int) -> str:
    """BX304: the receiver's condition leaves one value alone, and the holder's own too."""
    columns = ("  live bool not null\n  check (live)", "  live bool not null\n  check (live)")
    return _pair(number, columns, "id, live", ("update live by {here} !BX304",))


def _hub(number: int, rights: tuple[str, str], kept: tuple[str, str]) -> str:
    """A source with two shares, each with another peer."""
    peers = [f"P{(number + step) % SOURCES}" for step in range(3)]
    sources = [
        f"source H{number} at {peers[0]} {{\n  id int primary key\n  dose int\n  note text\n}}",
        f"source L{number} at {peers[1]} {{\n  id int primary key\n  {kept[0]} {_TYPES[kept[0]]}\n}}",
        f"source R{number} at {peers[2]} {{\n  id int primary key\n  {kept[1]} {_TYPES[kept[1]]}\n}}",
    ]
    parts = [*sources]
    for letter, right, column in zip("LR", rights, kept, strict=True):
        parts += [
            f"view H{letter}{number} from H{number} {{\n  keep id, {column}\n}}",
            f"view {letter}V{number} from {letter}{number} {{\n  keep id, {column}\n}}",
            f"share {letter}S{number} = H{letter}{number} <-> {letter}V{number} {{\n  authority {peers[0]}",
            f"  {right.format(*peers)}\n}}",
        ]
    return "\n".join(parts)


_TYPES = {"dose": "int", "note": "text"}


def _cascade(number: int) -> str:
    """BX321: a row that one peer deletes vanishes in another share, in which nobody may delete."""
    return _hub(number, ("delete by {1} !BX321", "insert by {0}"), ("dose", "note"))


def _two_writers(number: int) -> str:
    """BX331: two peers may write one cell, each by another share."""
    return _hub(number, ("update dose by {1}, {0}", "update dose by {2}, {0} !BX331"), ("dose", "dose"))


KINDS: tuple[Callable[[int], str], ...] = (
    _range,
    _unique,
    _hidden_key,
    _hidden_check,
    _cascade,
    _two_writers,
    _rename,
    _useless,
)
