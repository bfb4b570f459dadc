"""Specs that are made to take long: a check ends soon after its time, in bounded memory, and says what it left open."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

TIMEOUT = 2  # seconds for proofs
SLACK = 12  # seconds of processor time for all else
MEMORY = 1 << 30
ADDRESSES = 3 << 30  # what is mapped is more than what is used


@dataclass(frozen=True, slots=True)
class Ended:
    """What a check came to: exit code, processor seconds, peak octets, codes of findings, and its stderr."""

    code: int
    seconds: float
    peak: int
    found: tuple[str, ...]
    stderr: str


def check(folder: Path, text: str, *options: str) -> Ended:
    """Runs `bxc check`; fails where it takes too long or too much memory, or shows a traceback."""
    spec, told, errors = folder / "hostile.bxc", folder / "told", folder / "errors"
    spec.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "bxc", "check", "--no-cache", "--timeout", str(TIMEOUT), "--format", "json"]
    with told.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen([*command, *options, str(spec)], stdout=out, stderr=err, preexec_fn=_bounded)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds, said = usage.ru_utime + usage.ru_stime, errors.read_text(encoding="utf-8")
    assert "Traceback" not in said
    assert process.returncode in (0, 1, 3), (process.returncode, said)
    found = tuple(d["code"] for d in json.loads(told.read_text(encoding="utf-8"))["diagnostics"])
    assert "BX901" not in found
    assert seconds < TIMEOUT + SLACK, seconds
    assert usage.ru_maxrss * 1024 < MEMORY
    return Ended(process.returncode, seconds, usage.ru_maxrss * 1024, found, said)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CPU, (TIMEOUT + 3 * SLACK, TIMEOUT + 3 * SLACK))


# --- specs ----------------------------------------------------------------------------------------------------------


def source(name: str, peer: str, columns: Iterable[str]) -> str:
    """A source with a key `id` and other lines."""
    return f"source {name} at {peer} {{\n  id int primary key\n" + "".join(f"  {c}\n" for c in columns) + "}\n"


def view(name: str, base: str, keep: str, *lines: str) -> str:
    """A view of some columns."""
    return f"view {name} from {base} {{\n" + "".join(f"  {line}\n" for line in lines) + f"  keep {keep}\n}}\n"


def pair(columns: Iterable[str], keep: str, rights: str, here: Iterable[str] = (), there: Iterable[str] = ()) -> str:
    """Two peers with the same columns, and a share of a view of each; ``here`` and ``there`` are lines of the views."""
    columns = list(columns)
    return (
        "spec hostile version 1\npeer P\npeer Q\n"
        + source("A", "P", columns)
        + source("B", "Q", columns)
        + view("V", "A", keep, *here)
        + view("W", "B", keep, *there)
        + f"share s = V <-> W {{\n  authority P\n  {rights}\n}}\n"
    )


def many_ends(count: int, *, alike: bool) -> str:
    """A share of many peers, each with all rights; the ends differ in a bound, or are all the same."""
    peers = [f"P{n}" for n in range(count)]
    parts = ["spec hostile version 1", *(f"peer {p}" for p in peers)]
    for n, peer in enumerate(peers):
        parts.append(source(f"S{n}", peer, ("dose int", "note text")))
        parts.append(view(f"V{n}", f"S{n}", "id, dose, note", f"where dose <= {100 if alike else 100 + n}"))
    by = ", ".join(peers)
    parts.append(f"share s = {' <-> '.join(f'V{n}' for n in range(count))} {{")
    parts += ["  authority P0", f"  update id, dose, note by {by}", f"  insert by {by}", f"  delete by {by}", "}"]
    return "\n".join(parts) + "\n"


def wide() -> str:
    columns = [f"c{n} {('int', 'text', 'date', 'decimal(18,4)')[n % 4]}" for n in range(239)]
    names = ", ".join(["id", *(f"c{n}" for n in range(239))])
    rest = ", ".join(f"c{n}" for n in range(239))
    condition = "where " + " and ".join(f"(c{n} > {n} or c{n} is null)" for n in range(0, 239, 4))
    return pair(columns, names, f"update {rest} by P, Q\n  insert by P, Q\n  delete by P, Q", (condition,), ())


def many_alternatives() -> str:
    there = "where " + " or ".join(f"(a = {n} and b > {n * 7 % 1000})" for n in range(1000))
    return pair(("a int not null", "b int not null"), "id, a, b", "update a, b by P", (), (there,))


def products() -> str:
    names = "abcdefgh"
    there = "where a * b * c + d * e * f * 7 <> 123456789012 or g * h = a * a + 1"
    here = "where a * a * b - c * d * e + 5 * f * g * h = 987654321987 or a * h + b * g = c * f"
    columns = [f"{c} int not null check ({c} between -90000 and 90000)" for c in names]
    return pair(columns, f"id, {', '.join(names)}", f"update {', '.join(names)} by P, Q", (here,), (there,))


def chain_of_texts() -> str:
    steps = "add long = " + " || ".join(["a", "b"] * 100)
    return pair(("a text", "b text"), "id, a, b, long", "update a, b by P, Q", (steps,), (steps,))


def many_checks() -> str:
    bounded = [f"{c} int check ({c} between -99999 and 99999)" for c in "ab"]
    columns = [*bounded, *(f"check (a + {n} * b <= {n * 1000 + 7} or b < {n})" for n in range(500))]
    return pair(columns, "id, a, b", "update a, b by P, Q\n  insert by P, Q\n  delete by P, Q")


def many_views() -> str:
    columns = ("a int not null", "b int not null")
    parts = ["spec hostile version 1", "peer P", "peer Q", source("A", "P", columns)]
    for n in range(300):
        parts.append(source(f"B{n}", "Q", columns))
        parts.append(view(f"V{n}", "A", "id, a, b", f"where a > {n} and b < {n + 1000}"))
        parts.append(view(f"W{n}", f"B{n}", "id, a, b"))
        parts.append(f"share s{n} = V{n} <-> W{n} {{\n  authority P\n  update a, b by P, Q\n  delete by Q\n}}")
    return "\n".join(parts) + "\n"


def references(depth: int, *, cyclic: bool) -> str:
    parts = ["spec hostile version 1", "peer P", "peer Q"]
    for n in range(depth):
        target = (n + 1) % depth if cyclic else n + 1
        ends = not cyclic and n == depth - 1
        lines = ["note text"] if ends else ["note text", f"next int references S{target}(id)"]
        parts.append(source(f"S{n}", "P", [*lines, f"self int references S{n}(id)"]))
    parts.append(source("T", "Q", ("note text", "next int")))
    parts.append(view("V", "S0", "id, note, next"))
    parts.append(view("W", "T", "id, note, next"))
    parts.append("share s = V <-> W {\n  authority P\n  update note, next by Q\n  insert by Q\n  delete by Q\n}")
    return "\n".join(parts) + "\n"


def stack() -> str:
    columns = [f"c{n} int" for n in range(30)]
    names = ", ".join(["id", *(f"c{n}" for n in range(30))])
    text = "spec hostile version 1\npeer P\npeer Q\n" + source("A", "P", columns) + source("B", "Q", columns)
    text += view("V0", "A", names)
    for n in range(1, 30):
        text += view(f"V{n}", f"V{n - 1}", names, f"where c{n} > {n} or c{n - 1} < 0", "on hidden revive")
    rest = ", ".join(f"c{n}" for n in range(30))
    rights = f"  update {rest} by P, Q\n  insert by P, Q\n  delete by P, Q"
    return text + view("W", "B", names) + f"share s = V29 <-> W {{\n  authority P\n{rights}\n}}\n"


def long_lists() -> str:
    here = f"where a in ({', '.join(str(n * 3) for n in range(5000))})"
    there = f"where a in ({', '.join(str(n * 3) for n in range(4999))}, 15000)"
    return pair(("a int",), "id, a", "update a by P, Q\n  insert by P\n  delete by P", (here,), (there,))


def long_texts() -> str:
    here, there = (f"where a <> '{'x' * 9999}{last}'" for last in "ab")
    return pair(("a text",), "id, a", "update a by P, Q", (here,), (there,))


def large_enum() -> str:
    kind = f"a enum({', '.join(repr(f'v{n}') for n in range(1000))}) not null"
    here, there = "where a <> 'v7'", "where a <> 'v998'"
    return pair((kind,), "id, a", "update a by P, Q\n  insert by P, Q\n  delete by P, Q", (here,), (there,))


def precise() -> str:
    columns = ("a decimal(18,18) not null", "b decimal(18,18)", "check (a < 0.999999999999999998)", "check (a < b)")
    there = "where a < 0.999999999999999997"
    return pair(columns, "id, a, b", "update a, b by P, Q\n  insert by P, Q\n  delete by P, Q", (), (there,))


def nested(depth: int, open_: str, inner: str, close: str) -> str:
    condition = f"where {open_ * depth}{inner}{close * depth}"
    return pair(("a int not null", "b bool not null"), "id, a, b", "update a, b by P, Q", (condition,), ())


HOSTILE: dict[str, Callable[[], str]] = {
    "64 ends, all different": lambda: many_ends(64, alike=False),
    "64 ends, all alike": lambda: many_ends(64, alike=True),
    "240 attributes": wide,
    "1,000 alternatives": many_alternatives,
    "products of columns": products,
    "texts put together": chain_of_texts,
    "500 checks": many_checks,
    "300 shared views of a source": many_views,
    "references 10 deep": lambda: references(10, cyclic=False),
    "references in a circle": lambda: references(10, cyclic=True),
    "30 views on one another": stack,
    "lists of 5,000 constants": long_lists,
    "texts that differ in the last of 10,000 characters": long_texts,
    "an enum of 1,000 values": large_enum,
    "decimals of 18 digits": precise,
    "not in not": lambda: nested(8, "not (", "a > 3", ")"),
    "case in case": lambda: nested(4, "case when b then ", "b", " else a > 3 end"),
    "too deep a nest": lambda: nested(190, "not (", "a > 3", ")"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_check_ends_in_time_and_bounded_memory(name: str, tmp_path: Path) -> None:
    check(tmp_path, HOSTILE[name]())


def test_a_question_that_the_solver_gives_up_is_told_and_fails_a_strict_check_alone(tmp_path: Path) -> None:
    plain = check(tmp_path, products())
    assert plain.code == 0
    assert "BX402" in plain.found
    assert check(tmp_path, products(), "--strict").code == 3
