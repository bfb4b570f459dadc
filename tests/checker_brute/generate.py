"""A random generator → a small spec of one share, most of them with something for the checker to find."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

PEERS = ("A", "B", "C")
VALUES = {"a": ("x", "y"), "b": ("x", "y"), "g": ("x", "y")}


def enum(values: tuple[str, ...]) -> str:
    return f"enum({', '.join(repr(v) for v in values)})"


@dataclass
class Common:
    """What all ends agree on: the view's columns, which of them may be NULL, and whether it groups rows."""

    kept: list[str]
    nullable: dict[str, bool]
    grouped: bool
    composite: bool
    referring: str
    computed: str
    determined: str
    where: str
    check: str
    unique: str


@dataclass
class End:
    """One end under construction."""

    peer: str
    lines: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    outer: list[str] = field(default_factory=list)


def random_spec(random: Random) -> str:
    """A spec of two peers, or of three, and a share between their views."""
    peers = PEERS[: random.choice([2, 2, 2, 3])]
    common = random_common(random)
    ends = [random_end(random, peer, common) for peer in peers]
    text = ["spec brute version 1", *(f"peer {peer}" for peer in peers)]
    for end in ends:
        if common.referring:
            text.append(block(f"source P{end.peer} at {end.peer}", [f"code {enum(('x', 'y'))} primary key"]))
        text.append(block(f"source S{end.peer} at {end.peer}", end.lines))
        if end.outer:
            text.append(block(f"view U{end.peer} from S{end.peer}", end.steps))
            text.append(block(f"view V{end.peer} from U{end.peer}", end.outer))
        else:
            text.append(block(f"view V{end.peer} from S{end.peer}", end.steps))
    views = " <-> ".join(f"V{peer}" for peer in peers)
    text.append(block(f"share s = {views}", random_rights(random, peers, common)))
    return "\n".join(text) + "\n"


def block(head: str, lines: list[str]) -> str:
    return "\n".join([head + " {", *(f"  {line}" for line in lines), "}"])


def random_common(random: Random) -> Common:
    grouped = random.random() < 0.2
    composite = not grouped and random.random() < 0.2
    if grouped:
        kept = ["a", "b"]
    else:
        kept = ["id", *(["k"] if composite else []), *random.sample(["a", "b", "n"], random.choice([1, 1, 2, 2, 3]))]
    nullable = {name: random.random() < 0.35 and not (grouped and name == "a") for name in "abn"}
    referring = "a" if random.random() < 0.15 else ""
    computed = ""
    if not grouped and random.random() < 0.15:
        computed = random.choice(["case when a = 'x' then 1 else 0 end", "case when n > 0 then 1 else 0 end", "1"])
        for name in "an":
            if f"{name} " in computed and name not in kept and random.random() < 0.8:
                kept.append(name)
    determined = random.choice(["", "", "", "a -> b", "a -> h", "b -> a", "a -> n", "n -> a"])
    plain = [name for name in kept if name != "k"]
    among = ["a", "b"] if grouped and random.random() < 0.8 else plain
    where = condition(random, among) if random.random() < 0.5 else ""
    check = condition(random, plain) if random.random() < 0.4 else ""
    unique = random.choice(plain) if random.random() < 0.2 else ""
    return Common(kept, nullable, grouped, composite, referring, computed, determined, where, check, unique)


def random_rules(
    random: Random, end: End, every: list[str], hidden: list[str], common: Common, *, keyed_by_group: bool
) -> None:
    """CHECK and UNIQUE of a source: some that both ends have, and some of its own."""
    if common.check and random.random() < 0.9:
        end.lines.append(f"check ({common.check})")
    if (
        common.unique
        and common.unique in every
        and random.random() < 0.9
        and not (keyed_by_group and common.unique == "a")
    ):
        end.lines.append(f"unique ({common.unique})")
    own = hidden if random.random() < 0.6 else every
    own = [name for name in own if name in every]
    if own and random.random() < 0.35:
        end.lines.append(f"check ({condition(random, own)})")
    if random.random() < 0.08:
        end.lines.append(
            f"unique ({', '.join(sorted(random.sample(every, min(len(every), random.choice([1, 1, 2])))))})"
        )


def random_end(random: Random, peer: str, common: Common) -> End:
    end = End(peer)
    keyed_by_group = common.grouped and random.random() < 0.4
    hidden: list[str] = []
    composite = common.composite or (not common.grouped and random.random() < 0.12)
    if keyed_by_group:
        end.lines.append(f"a {enum(VALUES['a'])} primary key")
        if random.random() < 0.3:
            hidden.append("id")
    elif not composite:
        end.lines.append("id int primary key")
    else:
        end.lines += ["id int", f"k {enum(('p', 'q'))}"]
        hidden += [] if "k" in common.kept else ["k"]
    if common.grouped and not keyed_by_group:
        hidden.append("id")
    names = [name for name in ("a", "b", "n") if name in common.kept]
    for name in names:
        if keyed_by_group and name == "a":
            continue
        end.lines.append(
            column(random, name, nullable=common.nullable[name], referring=peer if common.referring == name else "")
        )
    extra: list[str] = [
        name
        for name in ("h", "f", "a", "b", "n")
        if name not in names and random.random() < (0.45 if name in "hf" else 0.12)
    ]
    for hide in extra:
        hidden.append(hide)
        end.lines.append(column(random, hide, nullable=random.random() < 0.4, referring=""))
    if common.computed and random.random() < 0.5:
        computed = True
    else:
        computed = False
        if common.computed:
            end.lines.append("c int not null")
    every = ["id", *(["k"] if composite else []), *names, *extra]
    if keyed_by_group:
        every = [*names, *extra]
        hidden = [name for name in hidden if name != "id"]
    if composite:
        end.lines.append("primary key (id, k)")
    random_rules(random, end, every, hidden, common, keyed_by_group=keyed_by_group)
    left, _, right = common.determined.partition(" -> ")
    if common.grouped and not keyed_by_group:
        end.lines.append("determines a -> b")
    elif left in every and right in every and random.random() < 0.7:
        end.lines.append(f"determines {left} -> {right}")
    random_steps(random, end, every, hidden, common, computed, left, right)
    return end


def column(random: Random, name: str, *, nullable: bool, referring: str) -> str:
    kind = {"n": "int", "h": "int", "f": "bool"}.get(name) or enum(VALUES["a"])
    values = {"n": ["0", "1"], "h": ["0", "1", "2"], "f": ["true", "false"]}.get(name) or ["'x'", "'y'"]
    default = f" default {random.choice(values)}" if random.random() < 0.3 else ""
    refers = f" references P{referring}(code)" if referring else ""
    return f"{name} {kind}{'' if nullable else ' not null'}{default}{refers}"


def atom(random: Random, names: list[str]) -> str:
    name = random.choice(names)
    if random.random() < 0.12:
        return f"{name} is {random.choice(['', 'not '])}null"
    match name:
        case "id":
            return random.choice(["id = 1", "id < 3", "id >= 2", "id <> 2", "id in (1, 3)", "id between 1 and 2"])
        case "k":
            return random.choice(["k = 'p'", "k = 'q'", "k <> 'p'"])
        case "f":
            return random.choice(["f", "not f", "f = true", "f or f is null"])
        case "n" | "h":
            others = [other for other in names if other in ("n", "h", "id") and other != name]
            if others and random.random() < 0.35:
                other = random.choice(others)
                return random.choice(
                    [f"{name} = {other}", f"{name} < {other}", f"{name} <> {other}", f"{name} <= {other}"]
                )
            return random.choice(
                [f"{name} = 0", f"{name} = 1", f"{name} > 0", f"{name} < 2", f"{name} <> 1", f"{name} in (0, 1)"]
            )
        case _:
            others = [other for other in names if other in ("a", "b") and other != name]
            if others and random.random() < 0.3:
                return random.choice([f"{name} = {others[0]}", f"{name} <> {others[0]}"])
            return random.choice(
                [f"{name} = 'x'", f"{name} = 'y'", f"{name} <> 'x'", f"{name} in ('x')", f"not ({name} = 'x')"]
            )


def condition(random: Random, names: list[str]) -> str:
    shape = random.random()
    if shape < 0.55:
        return atom(random, names)
    if shape < 0.72:
        return f"{atom(random, names)} or {atom(random, names)}"
    if shape < 0.85:
        return f"{atom(random, names)} and {atom(random, names)}"
    if shape < 0.93:
        return f"not ({atom(random, names)} {random.choice(['and', 'or'])} {atom(random, names)})"
    return f"case when {atom(random, names)} then {atom(random, names)} else {atom(random, names)} end"


def constant(random: Random, name: str) -> str:
    pools = {
        "n": ["0", "1"],
        "h": ["0", "1", "2"],
        "f": ["true", "false"],
        "k": ["'p'", "'q'"],
        "id": ["fresh", "fresh", "7"],
    }
    return random.choice(pools.get(name, ["'x'", "'y'"]))


def random_steps(
    random: Random, end: End, every: list[str], hidden: list[str], common: Common, computed: bool, left: str, right: str
) -> None:
    steps = end.steps
    read: list[str] = []
    if common.where and random.random() < 0.93:
        read.append(common.where)
    own = [name for name in hidden if name in every and name != "k"] if random.random() < 0.75 else every
    if own and not (common.grouped and random.random() < 0.7) and random.random() < 0.4:
        read.append(condition(random, own))
    if "k" in hidden and random.random() < 0.9:
        read.append(random.choice(["k = 'p'", "k = 'q'"]))
    steps += [f"where {text}" for text in read]
    add = f"add c = {common.computed}"
    if computed and random.random() < 0.5:
        steps.append(add)
        computed = False
        added = True
    else:
        added = False
    kept = [name for name in every if name in common.kept] + (["c"] if common.computed and not (computed) else [])
    drops = [name for name in hidden if name in every]
    stacked = bool(drops) and random.random() < 0.15
    late = random.sample(drops, 1) if stacked else []
    defaults = [f"{name} = {constant(random, name)}" for name in drops if name not in late and random.random() < 0.45]
    line = f"keep {', '.join([*kept, *late])}"
    if right in drops and right not in late and left in kept and random.random() < 0.6:
        others = [name for name in drops if name != right and name not in late]
        for name in others:
            steps.append(f"drop {name}" + (f" default {constant(random, name)}" if random.random() < 0.6 else ""))
        steps.append(f"drop {right} default {constant(random, right)} determined by {left}")
        if common.computed and not added and not computed:
            pass
    else:
        if defaults:
            line += " default " + ", ".join(defaults)
        steps.append(line)
    if computed:
        steps.append(add)
    policies(random, steps, read, every)
    if late:
        name = late[0]
        outer = end.outer
        if random.random() < 0.6:
            outer.append(f"where {atom(random, [name])}")
        outer.append(f"drop {name} default {constant(random, name)}")
        policies(random, outer, outer[:1] if outer[0].startswith("where") else [], [name])


def policies(random: Random, steps: list[str], read: list[str], every: list[str]) -> None:
    text = " ".join(read)
    settable = [name for name in every if name != "id" and name != "k" and f"{name} " in text + " "]
    if settable and random.random() < 0.4:
        name = random.choice(settable)
        steps.append(f"on delete set {name} = {constant(random, name)}")
    elif random.random() < 0.12:
        steps.append(f"on delete {random.choice(['reject', 'delete', 'delete'])}")
    if read and random.random() < 0.5:
        steps.append("on hidden revive")


def random_rights(random: Random, peers: tuple[str, ...], common: Common) -> list[str]:
    lines = [f"authority {random.choice(peers)}"]
    columns = [*common.kept]
    for name in columns:
        key = name in ("id", "k") or (common.grouped and name == "a")
        if random.random() < (0.25 if key else 0.6):
            lines.append(f"update {name} by {holders(random, peers)}")
    granted = [operation for operation in ("insert", "delete") if random.random() < 0.6]
    return [*lines, *(f"{operation} by {holders(random, peers)}" for operation in granted)]


def holders(random: Random, peers: tuple[str, ...]) -> str:
    return ", ".join(sorted(random.sample(peers, random.choice([1, 1, 2]))))
