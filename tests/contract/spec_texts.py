"""Random specs for the contract: what matters are peers, columns, rights and terms; sources are as plain as can be."""

from __future__ import annotations

from random import Random

POLICIES = ("stall", "exclude", "cancel")


def random_spec(random: Random, *, peers: int | None = None, shares: int | None = None, wide: bool = False) -> str:
    """The text of a spec without errors."""
    names = [f"P{number}" for number in range(peers or random.randint(2, 8))]
    lines = ["spec random version 1", *(f"peer {name}" for name in names)]
    for number in range(shares or random.randint(1, 4)):
        ends = names if peers is not None and number == 0 else _some(random, names, 2)
        columns = [f"c{i}" for i in range(240 if wide and number == 0 else random.choice((1, 2, 3, 8, 17)))]
        for peer in ends:
            body = "".join(f"  {column} int not null\n" for column in columns[1:])
            lines.append(f"source S{number}_{peer} at {peer} {{\n  c0 int primary key\n{body}}}")
            lines.append(f"view V{number}_{peer} from S{number}_{peer} {{\n  keep {', '.join(columns)}\n}}")
        views = " <-> ".join(f"V{number}_{peer}" for peer in ends)
        lines.append(f"share s{number} = {views} {{\n{_items(random, ends, columns)}}}")
    return "\n".join(lines) + "\n"


def _items(random: Random, peers: list[str], columns: list[str]) -> str:
    authority = random.choice(peers)
    items = [f"authority {authority}"]
    others = [peer for peer in peers if peer != authority]
    taken = random.sample(columns, random.randint(0, min(3, len(columns)))) if random.random() < 0.6 else []
    items += [f"authority {random.choice(others)} on {column}" for column in taken]
    granted = columns if len(columns) < 20 else random.sample(columns, 40)
    actions = [*(f"update {column}" for column in granted), "insert", "delete"]
    items += [f"{action} by {', '.join(_some(random, peers[:8], 1))}" for action in actions if random.random() < 0.8]
    if random.random() < 0.5:
        items.append(f"open by {random.choice(peers)}")
    if random.random() < 0.8:
        items.append(f"ack within {random.choice(('50s', '3m', '2h'))} else {random.choice(POLICIES)}")
    return "".join(f"  {item}\n" for item in items)


def _some(random: Random, names: list[str], least: int) -> list[str]:
    """Some of the names, in their order."""
    chosen = set(random.sample(names, random.randint(least, len(names))))
    return [name for name in names if name in chosen]
