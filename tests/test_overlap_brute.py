"""Edges of the cascade graph against enumeration: all small tables and edits, put by the evaluator of the semantics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from random import Random

import pytest
from properties.constraints import broken_constraints
from properties.evaluator import Database, Staged, key_of, put_rows, shown
from properties.expressions import Row, same
from properties.stack import Stack
from resolving import resolved

from bxc import model
from bxc import types as types_
from bxc.check.replay import Replayer
from bxc.diagnostic import has_errors
from bxc.flatten import flatten
from bxc.laws.ends import ends_agree
from bxc.laws.limits import Limits
from bxc.laws.overlap import overlap_obligations
from bxc.laws.verdict import Edge, Status
from bxc.plan import Plan

Can = set[tuple[str, str]]
"""Operations on a view, with the attribute of an update."""

# --- random specs -----------------------------------------------------------------------------------------------------

CONDITIONS = (
    "live",
    "not live",
    "a = 'x'",
    "b = 'y'",
    "a <> b",
    "a = 'x' or live",
    "a is null",
    "b is not null",
    "id = 1",
    "id < 3",
    "a in ('x', 'y')",
    "a = 'x' and live",
)
CHECKS = ("a <> b", "a = 'x' or live", "live or b = 'y'", "a = b", "id < 3 or live")


@dataclass(frozen=True)
class Facts:
    """What of the hub's source a view must respect."""

    determined: bool


def random_text(random: Random) -> str:
    """A hub with two views, a left end of the first one with rights, and a right end of the second."""
    nullable = {name: random.random() < 0.4 for name in "ab"}
    columns = ["id int primary key"]
    for name in "ab":
        default = random.choice(["", "", " default 'x'"])
        columns.append(f"{name} enum('x', 'y'){'' if nullable[name] else ' not null'}{default}")
    columns.append(f"live bool not null{random.choice(['', ' default true', ' default false'])}")
    facts = Facts(random.random() < 0.4)
    rules = ["determines a -> b"] if facts.determined else []
    first, kept = random_steps(random, facts)
    second, _ = random_steps(random, facts)
    left = first if random.random() < 0.5 else random_where(random, first)
    rights = [f"update {name} by {random.choice(['Left', 'Left', 'Left, Hub', 'Hub'])}" for name in kept]
    rights += [f"{operation} by {random.choice(['Left', 'Left', 'Hub'])}" for operation in ("insert", "delete")]
    own = [f"check odd: ({random.choice(CHECKS)})"] if random.random() < 0.3 else []
    lefts = [f"check odd: ({random.choice(CHECKS)})"] if random.random() < 0.3 else []
    return "\n".join(
        [
            "spec brute version 1\npeer Hub\npeer Left\npeer Right",
            block("source T at Hub", [*columns, *rules, *own]),
            block("source L at Left", [*columns, *rules, *lefts]),
            block("source R at Right", [*columns, *rules]),
            block("view V from T", first),
            block("view W from T", second),
            block("view LV from L", left),
            block("view RW from R", second),
            block("share one = V <-> LV", ["authority Hub", *rights]),
            block("share two = W <-> RW", ["authority Hub"]),
            "",
        ]
    )


def block(head: str, lines: list[str]) -> str:
    return "\n".join([head + " {", *(f"  {line}" for line in lines), "}"])


def random_steps(random: Random, facts: Facts) -> tuple[list[str], list[str]]:
    """The steps of a view, and the columns that it keeps."""
    steps = [f"where {random.choice(CONDITIONS)}"] if random.random() < 0.7 else []
    if facts.determined and random.random() < 0.4:
        return [*steps, "where a is not null", "keep a, b"], ["a", "b"]
    kept = ["id", *random.sample(["a", "b", "live"], random.choice([1, 1, 2, 3]))]
    if facts.determined and set(kept) == {"id", "a", "live"} and random.random() < 0.8:
        steps.append("drop b default 'x' determined by a")
    else:
        steps.append(f"keep {', '.join(kept)}")
    if any("live" in step for step in steps if step.startswith("where")) and random.random() < 0.5:
        steps.append(f"on delete set live = {random.choice(['true', 'false'])}")
    elif random.random() < 0.1:
        steps.append("on delete reject")
    if steps[0].startswith("where") and random.random() < 0.5:
        steps.append("on hidden revive")
    return steps, kept


def random_where(random: Random, steps: list[str]) -> list[str]:
    """The same view of other rows."""
    others = [step for step in steps if not step.startswith(("where", "on delete set", "on hidden"))]
    where = [f"where {random.choice(CONDITIONS)}"] if random.random() < 0.7 else []
    return [*where, *others]


def planned(text: str) -> tuple[model.Spec, Plan] | None:
    """The spec and its plan; None if it has errors."""
    spec, found = resolved(text)
    if spec is None or has_errors(found):
        return None
    plan, more = flatten(spec)
    if plan is None or has_errors([*more, *ends_agree(spec, plan)]):
        return None
    return spec, plan


# --- enumeration ------------------------------------------------------------------------------------------------------


def rows_of(source: model.Source) -> list[Row]:
    """All rows with three keys and all values of the other types, that are legal by themselves."""
    domains: list[list[types_.Value]] = []
    for column in source.columns:
        match column.type:
            case types_.Enum(values=values):
                domain: list[types_.Value] = list(values)
            case types_.Bool():
                domain = [True, False]
            case _:
                domain = [1, 2, 3]
        domains.append([*domain, None] if column.nullable else domain)
    names = [column.name for column in source.columns]
    return [dict(zip(names, values, strict=True)) for values in product(*domains)]


def tables_of(spec: model.Spec, name: str) -> tuple[list[list[Row]], list[list[Row]]]:
    """All legal tables of at most one row, and of two."""
    source = next(s for s in spec.sources if s.name == name)
    empty: Database = {s.name: [] for s in spec.sources}

    def legal(rows: list[Row]) -> bool:
        return not broken_constraints(spec, source, empty, [(None, row) for row in rows], rows)

    single = [[row] for row in rows_of(source) if legal([row])]
    double = [[a, b] for (a,), (b,) in combinations(single, 2) if a["id"] != b["id"] and legal([a, b])]
    return [[], *single], double


def frozen(rows: list[Row]) -> frozenset[tuple[types_.Value, ...]]:
    return frozenset(tuple(row[name] for name in sorted(row)) for row in rows)


class Brute:
    """What single legal edits of share `one` do to `W` at the hub."""

    def __init__(self, text: str, spec: model.Spec, random: Random) -> None:
        self.text = text
        self.spec = spec
        self.share = spec.shares[0]
        self.v, self.w, self.lv = Stack(spec, "V"), Stack(spec, "W"), Stack(spec, "LV")
        small, large = tables_of(spec, "T")
        self.tables = [*small, *random.sample(large, min(len(large), 40))]
        small, large = tables_of(spec, "L")
        contents = (shown(self.lv, self.database(L=table)) for table in (*small, *large))
        self.legal = {frozen(content) for content in contents}
        self.grouped = "a" in self.w.key

    def database(self, **tables: list[Row]) -> Database:
        return {source.name: tables.get(source.name, []) for source in self.spec.sources}

    def edits(self, operation: str, attributes: list[str], content: list[Row]) -> Iterator[tuple[Staged, list[Row]]]:
        """The edits of one row by a right, and the content that they lead to."""
        if operation == "insert":
            nulls = (None,) * len(self.v.key)
            keys = {key_of(self.v, row) for row in content}
            source = self.v.source
            every = {frozen([r]): r for row in rows_of(source) for r in shown(self.lv, self.database(L=[row]))}
            every |= {frozen([r]): r for row in rows_of(source) for r in shown(self.v, self.database(T=[row]))}
            for row in every.values():
                if key_of(self.v, row) not in keys:
                    yield Staged("insert", nulls, row), [*content, row]
            return
        for row in content:
            rest = [other for other in content if other is not row]
            if operation == "delete":
                yield Staged("delete", key_of(self.v, row), row), rest
                continue
            known: dict[str, list[types_.Value]] = {"id": [1, 2, 3], "live": [True, False]}
            domains = [known.get(name, ["x", "y", None]) for name in attributes]
            for values in product(*domains):
                new = {**row, **dict(zip(attributes, values, strict=True))}
                clash = any(key_of(self.v, new) == key_of(self.v, other) for other in rest)
                changed = not same(new[attributes[0]], row[attributes[0]])
                if changed and not clash and None not in key_of(self.v, new):
                    yield Staged("update", key_of(self.v, row), new), [*rest, new]

    def found(self) -> dict[tuple[str, str, str], Can]:
        """By operation, attribute and holder, what `W` can undergo.

        An update changes its attribute alone; where no such edit reaches a row of `W`, what is tied to it too.
        """
        rights = [(r.operation, r.attribute, r.peer) for r in self.share.rights]
        can: dict[tuple[str, str, str], Can] = {}
        for operation, attribute, holder in rights:
            reached, met = self.reached(operation, [attribute], holder)
            if operation == "update" and not reached and not met:
                updates = {a for o, a, p in rights if (o, p) == ("update", holder)}
                tied = sorted((self.tied(attribute, holder) & updates) - {attribute})
                if tied:
                    reached, _ = self.reached(operation, [attribute, *tied], holder)
            can[operation, attribute, holder] = reached
        return can

    def reached(self, operation: str, attributes: list[str], holder: str) -> tuple[Can, bool]:
        """What `W` can undergo by some edits, and whether one of them is put into a row that it shows."""
        can: Can = set()
        met = False
        for table in self.tables:
            database = self.database(T=table)
            content = shown(self.v, database)
            if holder != "Hub" and frozen(content) not in self.legal:
                continue
            for staged, after in self.edits(operation, attributes, content):
                if holder == "Hub" or frozen(after) in self.legal:
                    outcome, happens = self.happens(database, staged)
                    can |= happens
                    met = met or outcome
        return can, met

    def tied(self, attribute: str, holder: str) -> set[str]:
        """What a condition or constraint at either end reads together with an attribute, over any number of steps."""
        names = {"T", "V"} if holder == "Hub" else {"T", "V", "L", "LV"}
        pieces = re.findall(r"^(?:source|view) (\w+) .*\{\n((?:  .*\n)*)", self.text, re.MULTILINE)
        lines = [line for name, body in pieces if name in names for line in body.splitlines()]
        rules = [line for line in lines if line.split()[0] in ("where", "check", "determines")]
        conditions = [part for rule in rules for part in re.split(" and ", rule)]
        groups = [set(re.findall(r"\b(?:id|a|b|live)\b", re.sub("'.*?'", "", part))) for part in conditions]
        tied = {attribute}
        for _ in groups:
            tied = tied.union(*(group for group in groups if group & tied))
        return tied

    def happens(self, database: Database, staged: Staged) -> tuple[bool, Can]:
        """Whether a put touches a row that `W` shows, and what `W` undergoes."""
        outcome = put_rows(self.v, database, [staged])
        if outcome.after is None:
            return False, set()
        moves = [(database["T"][index], row) for index, row in outcome.effects.items()]
        pairs = [(self.w.show(a)[0], None if b is None else self.w.show(b)[0]) for a, b in moves]
        pairs += [(None, self.w.show(row)[0]) for row in outcome.created]
        met = any(row is not None for pair in pairs for row in pair)
        if self.grouped:
            return met, self.groups(shown(self.w, database), shown(self.w, outcome.after))
        can: Can = set()
        for old, new in pairs:
            if old is None and new is not None:
                can.add(("insert", ""))
            elif new is None and old is not None:
                can.add(("delete", ""))
            elif old is not None and new is not None:
                can |= {("update", name) for name in old if not same(old[name], new[name])}
        return met, can

    def groups(self, old: list[Row], new: list[Row]) -> Can:
        before, after = ({key_of(self.w, row): row for row in rows} for rows in (old, new))
        can: Can = {("insert", "") for key in after if key not in before}
        can |= {("delete", "") for key in before if key not in after}
        for key in before.keys() & after.keys():
            row = before[key]
            can |= {("update", name) for name in row if not same(row[name], after[key][name])}
        return can


# --- comparison -------------------------------------------------------------------------------------------------------


def edges_of(spec: model.Spec, plan: Plan) -> list[Edge]:
    """The edges at the hub from share `one`."""
    found = []
    for obligation in overlap_obligations(spec, plan):
        for verdict in obligation.prove(Limits()):
            assert verdict.status is not Status.UNKNOWN, verdict
            if verdict.edge is not None and verdict.edge.from_share == "one":
                found.append(verdict.edge)
    return found


def goals(edge: Edge) -> Can:
    return {(o, a) for o in edge.operations for a in (edge.attributes if o == "update" else ("",))}


@pytest.mark.parametrize("seed", range(4))
def test_edges_and_their_operations_are_those_that_enumeration_finds(seed: int) -> None:
    random = Random(seed)
    done = with_edges = 0
    while done < 30:
        text = random_text(random)
        both = planned(text)
        if both is None:
            continue
        done += 1
        spec, plan = both
        edges = {(edge.operation, edge.attribute): edge for edge in edges_of(spec, plan)}
        brute = Brute(text, spec, random).found()
        for operation, attribute in dict.fromkeys((o, a) for o, a, _ in brute):
            by = {p: can for (o, a, p), can in brute.items() if (o, a) == (operation, attribute) and can}
            expected: Can = set().union(*by.values())
            edge = edges.get((operation, attribute))
            found = goals(edge) if edge else set()
            assert found == expected, (text, operation, attribute)
            assert set(edge.by if edge else ()) == set(by), (text, operation, attribute)
            with_edges += bool(edge)
        replayer = Replayer(spec, plan)
        for edge in list(edges.values())[:2]:
            assert edge.witness is not None
            assert edge.witness.scenario is not None
            assert replayer.replay(edge.witness.scenario) is None, (text, edge)
        replayer.close()
    assert with_edges > 30
