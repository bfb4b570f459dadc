"""The eight peers of a soak: a tree of shares through which every row goes, and one share of many types."""

from __future__ import annotations

TREE = {  # by peer: the columns of its table; by share: its columns and members. A row's way leads through all shares
    "A": ("x", "y"), "B": ("x", "y", "z"), "C": ("y", "z", "w"), "D": ("z", "w"), "E": ("z", "w"), "F": ("w",),
    "G": ("z",), "H": ("x",),
}  # fmt: skip
SHARES = {
    "ab": ("xy", "AB"),
    "bc": ("yz", "BC"),
    "cde": ("zw", "CDE"),
    "ef": ("w", "EF"),
    "dg": ("z", "DG"),
    "ha": ("x", "HA"),
}
FIRST_ROWS, MOST_ROWS = 12, 40  # of a table


def spec() -> str:
    """The tree of shares, and one share of many types that stands alone."""
    lines = ["spec soak version 1", *(f"peer {peer}" for peer in TREE)]
    for peer, own in TREE.items():
        texts = "".join(f"  {column} text\n" for column in own)
        lines.append(f"source T{peer} at {peer} {{\n  id int primary key\n{texts}  note text\n}}")
    for share, (columns, members) in SHARES.items():
        listed = ", ".join(members)
        lines += [f"view {share}{peer} from T{peer} {{ keep id, {', '.join(columns)} }}" for peer in members]
        lines.append(
            f"share {share} = {' <-> '.join(share + peer for peer in members)} {{\n  authority {members[0]}\n"
            f"  update {', '.join(columns)} by {listed}\n  insert by {listed}\n  delete by {listed}\n"
            f"  ack within {'1h else cancel' if share == 'ha' else '7d'}\n}}"
        )
    for peer in "GH":
        lines.append(
            f"source V{peer} at {peer} {{\n  code varchar(8)\n  day date\n  n int\n  price decimal(12,2)\n  r real\n"
            "  at timestamp\n  ok bool\n  u uuid\n  primary key (code, day)\n}\n"
            f"view typed{peer} from V{peer} {{ keep code, day, n, price, r, at, ok, u }}"
        )
    lines.append(
        "share typed = typedG <-> typedH {\n  authority G\n  update n, price, r, at, ok, u by G, H\n"
        "  insert by G, H\n  delete by G, H\n  ack within 7d\n}"
    )
    return "\n".join(lines) + "\n"


def first_rows(peer: str) -> str:
    """What everybody has before the shares are opened."""
    columns = TREE[peer]
    cells = [[f"'first {column}{number}'" for column in columns] for number in range(FIRST_ROWS)]
    rows = [f"({number}, {', '.join(values)})" for number, values in enumerate(cells)]
    script = f"insert into T{peer} (id, {', '.join(columns)}) values {', '.join(rows)};"
    if peer in "GH":
        typed = (f"('c{n}', '2026-01-0{n + 1}', {n}, {n * 100}, {n}.5)" for n in range(5))
        script += f" insert into V{peer} (code, day, n, price, r) values {', '.join(typed)};"
    return script
