"""Obligations and what became of them, as data: no spans and no solver, so that verdicts can be kept between runs."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from bxc.dataclass import dataclass
from bxc.laws.limits import Limits
from bxc.witness import Witness


class Law(Enum):
    """What an obligation is about (`docs/checking.md`)."""

    GET_PUT = "GetPut"
    PUT_GET = "PutGet"
    DETERMINISTIC = "Deterministic"
    VIEW_SCHEMA = "ViewSchema"
    SOURCE_KEPT = "SourceKept"
    HIDDEN_KEPT = "HiddenKept"
    PUT_TOTAL = "PutTotal"
    PUT_PUT = "PutPut"
    ENDS_AGREE = "EndsAgree"
    OPENABLE = "Openable"
    OVERLAP = "Overlap"
    CASCADE_RIGHTS = "CascadeRights"
    CASCADE_ENDS = "CascadeEnds"
    ONE_WRITER = "OneWriter"
    RIGHTS = "Rights"


class Status(Enum):
    """How an obligation ended. ``proved`` is exact; ``bounded`` holds up to k rows a table."""

    PROVED = "proved"
    BOUNDED = "bounded"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """The declaration at fault, by name: what a span is looked up with.

    ``kind`` and ``names``: `view` (view), `where` (view, number of the step), `on delete` (view), `on hidden` (view),
    `default` (view, column), `add` (view, column), `column` (source, column), `check` (source, name), `unique` (source,
    columns…), `primary key` (source), `determines` (source, left columns joined by a comma, right columns likewise),
    `references` (source, column), `share` (share), `right` (share, operation, attribute, peer), `opener` (share).
    """

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell: a code of `docs/errors`, a headline, the place at fault, other places, a way out."""

    code: str
    severity: str
    message: str
    fault: Fault
    label: str = ""
    others: tuple[tuple[Fault, str], ...] = ()
    help: str | None = None
    witness: Witness | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge of the cascade graph: what a right on ``from_share`` can do to ``to_share`` at a peer of both.

    ``by`` are the holders by whose edits it happens. ``operations`` (and ``attributes``, of its updates) are what
    ``to_view`` undergoes. Where the solver gave up, ``known`` is false: they are what cannot be excluded, and there is
    no witness.
    """

    from_share: str
    operation: str
    attribute: str
    by: tuple[str, ...]
    peer: str
    from_view: str
    to_view: str
    to_share: str
    operations: tuple[str, ...]
    attributes: tuple[str, ...]
    known: bool
    witness: Witness | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one obligation.

    ``subject`` names what it is about (`view D32`, `share mechanism`); ``scope`` says which part of it (`update
    dosage by Patient, received by Doctor`), and on which engine's statements where that matters. ``k`` is the number of
    rows a table where the status is ``bounded``; ``reason`` says why it is not proved. ``edge`` is what was learnt of
    the cascade graph.
    """

    law: Law
    subject: str
    scope: str
    status: Status
    k: int | None = None
    reason: str | None = None
    finding: Finding | None = None
    edge: Edge | None = None


class Obligation(Protocol):
    """A unit of proof: what it depends on, and how it is decided. Frozen data, cut down to what it depends on.

    ``law`` and ``subject`` (`view V`, `share S`) are what is told of it where it cannot be looked at.
    """

    @property
    def law(self) -> Law: ...

    @property
    def subject(self) -> str: ...

    @property
    def key(self) -> str:
        """A text that is the same for equal obligations and no others: without places, and nothing that is unused."""

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """Decide it. Never raises for what a spec says."""
