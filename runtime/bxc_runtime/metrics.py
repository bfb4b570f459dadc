"""A peer's overview → what Prometheus reads: its text format 0.0.4. No value of a row is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bxc_runtime.overview import Overview, ShareView

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Vitals:
    """What only the running process knows. ``height`` is the newest block that the node told of, None before any."""

    ready: bool
    height: int | None
    started: float


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name, what it means, `gauge` or `counter`, and its samples."""

    name: str
    help: str
    kind: str
    samples: tuple[tuple[Labels, float], ...]


OfShare = tuple[str, str, str, Callable[[ShareView], float]]
OF_A_SHARE: tuple[OfShare, ...] = (
    ("bxc_share_version", "Agreed version.", "gauge", lambda s: s.version),
    ("bxc_share_lag", "Committed versions that this peer has not put yet.", "gauge", lambda s: s.lag),
    ("bxc_share_unacknowledged", "Members that have not acknowledged the pending version.", "gauge",
     lambda s: 0 if s.pending is None else len(s.pending.missing)),
    ("bxc_share_held_edits", "Local edits that are not published.", "gauge", lambda s: s.held),
    ("bxc_share_rejects_total", "Versions that were rejected.", "counter", lambda s: s.rejected),
    ("bxc_share_conflicts_open", "Local values that gave way, and nobody has settled it.", "gauge",
     lambda s: s.conflicts),
    ("bxc_share_conflicts_total", "Local values that gave way.", "counter", lambda s: s.gave_way),
    ("bxc_share_trouble", "Whether a person has to look.", "gauge", lambda s: s.needs_a_person),
)  # fmt: skip


def metrics(seen: Overview | None, vitals: Vitals, now: float) -> str:
    """All metrics as text; without an overview, as when the database cannot be had, what the process knows."""
    return "".join(_text(family) for family in _families(seen, vitals, now))


def _families(seen: Overview | None, vitals: Vitals, now: float) -> Iterator[Family]:
    yield _one("bxc_peer_ready", "Whether the last look at database and chain went through.", vitals.ready)
    yield _one("bxc_peer_start_time_seconds", "When this process began, in seconds since 1970.", vitals.started)
    yield _one("bxc_database_up", "Whether the database answers.", seen is not None)
    if vitals.height is not None:
        yield _one("bxc_chain_height", "The newest block that the node told of.", vitals.height)
    if seen is None:
        return
    yield _one("bxc_chain_read", "The last block whose events are here.", seen.block)
    if vitals.height is not None:
        behind = max(0, vitals.height - seen.block)
        yield _one("bxc_chain_lag", "Blocks that the node has and whose events are not here.", behind)
    yield _one("bxc_transactions", "Transactions whose outcome is not known.", seen.transactions)
    depth = "The longest chain of shares each of which has edits under way that a put of the one before made."
    yield _one("bxc_cascade_depth", depth, seen.cascade_depth)
    for name, help_, kind, value in OF_A_SHARE:
        yield Family(name, help_, kind, tuple((_of(share), float(value(share))) for share in seen.shares))
    yield Family(
        "bxc_share_pending_seconds",
        "Age of the pending version.",
        "gauge",
        tuple((_of(s), 0.0 if s.pending is None else s.pending.age(now)) for s in seen.shares),
    )
    yield Family("bxc_share_outbox_edits", "Local edits that are no version yet.", "gauge", tuple(_outbox(seen.shares)))
    yield Family(
        "bxc_share_phase",
        "1 for the phase that a share is in.",
        "gauge",
        tuple(((*_of(s), ("phase", s.phase)), 1.0) for s in seen.shares),
    )


def _outbox(shares: Iterable[ShareView]) -> Iterator[tuple[Labels, float]]:
    for share in shares:
        states: Mapping[str, int] = {"waiting": share.waiting, "frozen": share.frozen, "held": share.held}
        for state, count in states.items():
            yield (*_of(share), ("state", state)), float(count)


def _one(name: str, help_: str, value: float) -> Family:
    return Family(name, help_, "gauge", (((), float(value)),))


def _of(share: ShareView) -> Labels:
    return (("share", share.name),)


def _text(family: Family) -> str:
    lines = [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
    for labels, value in family.samples:
        listed = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
        lines.append(f"{family.name}{{{listed}}} {_number(value)}" if labels else f"{family.name} {_number(value)}")
    return "".join(f"{line}\n" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
