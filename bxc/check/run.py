"""Obligations → verdicts: those of earlier runs first, then by proof, as long as the time lasts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from bxc import __version__
from bxc.dataclass import dataclass
from bxc.laws.limits import Limits
from bxc.laws.verdict import Fault, Finding, Law, Obligation, Status, Verdict
from bxc.witness import Scenario

FLUSH = 5.0  # seconds of proofs that may be lost when a run is killed
OUT_OF_TIME = "the time for proofs was used up before it was looked at"
NOT_SEEN = "the time for proofs was used up before its counterexample was replayed"
REPORT = (
    "this is a fault of bxc and not of the spec: please report it to the project's issue tracker with the spec and "
    f"this text (bxc {__version__})"
)

Replay = Callable[[Scenario], str | None]
"""Runs a scenario on real engines; what differed, or None if it happened as foretold."""


class Cache(Protocol):
    """Where verdicts are kept between runs."""

    def load(self, keys: Sequence[str]) -> dict[str, tuple[Verdict, ...]]: ...
    def store(self, verdicts: Mapping[str, tuple[Verdict, ...]]) -> None: ...


@dataclass(frozen=True, slots=True)
class Proofs:
    """What became of all obligations, in their order.

    Of ``obligations``, ``cached`` were known from earlier runs, ``skipped`` were left, or left undecided, when the time
    was used up, and ``broken`` ended with a fault of the tool; ``seconds`` is what all took.
    """

    verdicts: tuple[Verdict, ...] = ()
    obligations: int = 0
    cached: int = 0
    skipped: int = 0
    broken: int = 0
    seconds: float = 0.0

    @property
    def final(self) -> bool:
        """Whether another run would give the same."""
        return not self.skipped and not self.broken


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The verdicts of one obligation; ``keep`` says whether a later run may take them over."""

    verdicts: tuple[Verdict, ...]
    keep: bool
    broken: bool = False


def prove_all(
    obligations: Sequence[Obligation],
    limits: Limits,
    cache: Cache | None = None,
    timeout: float = math.inf,
    replay: Replay | None = None,
    advance: Callable[[int, int], None] = lambda done, all_: None,  # noqa: ARG005
) -> Proofs:
    """Decide all obligations, one after the other, within ``timeout`` seconds.

    Whatever interrupts a run, what it has proved until then is kept. ``advance`` is told how many of how many are done.
    """
    start = time.monotonic()
    distinct = {obligation.key: obligation for obligation in obligations}
    known = cache.load(list(distinct)) if cache is not None else {}
    known = {key: verdicts for key, verdicts in known.items() if key in distinct}
    cached = len(known)
    fresh: dict[str, tuple[Verdict, ...]] = {}
    skipped = broken = 0
    flushed = start
    try:
        for done, (key, obligation) in enumerate((k, o) for k, o in distinct.items() if k not in known):
            advance(cached + done, len(distinct))
            if start + timeout <= time.monotonic():
                known[key] = (_skipped(obligation),)
                skipped += 1
                continue
            outcome = _decide(obligation, limits, start + timeout, replay)
            known[key] = outcome.verdicts
            broken += outcome.broken
            skipped += not outcome.keep and not outcome.broken
            if outcome.keep:
                fresh[key] = outcome.verdicts
            if cache is not None and time.monotonic() - flushed > FLUSH:
                cache.store(fresh)
                fresh, flushed = {}, time.monotonic()
    finally:
        if cache is not None and fresh:
            cache.store(fresh)
    verdicts = tuple(verdict for key in distinct for verdict in known[key])
    return Proofs(verdicts, len(distinct), cached, skipped, broken, time.monotonic() - start)


def _decide(obligation: Obligation, limits: Limits, deadline: float, replay: Replay | None) -> _Outcome:
    """Prove one obligation until a deadline, and see its counterexamples happen."""
    from bxc.laws.term import TooMuchError, until  # late: what is known needs no terms

    left = deadline - time.monotonic()
    query_ms = max(1, min(limits.query_ms, int(min(left, 1e6) * 1000)))
    within = replace(limits, query_ms=query_ms, deadline=min(limits.deadline, deadline))
    try:
        with until(within.deadline):
            verdicts = obligation.prove(within)
    except TooMuchError as error:
        verdicts = (_undecided(obligation, str(error)),)
    except Exception as error:  # whatever it is: the other verdicts stand
        return _Outcome((_failed(obligation, error),), keep=False, broken=True)
    replayed = tuple(_replayed(verdict, replay, deadline) for verdict in verdicts)
    late = any(verdict.reason == NOT_SEEN for verdict in replayed)
    broken = any(v.finding is not None and v.finding.code == "BX901" for v in replayed)
    # With less time than others have, only what needs no more time is for them too.
    ample = within == limits and time.monotonic() < within.deadline
    exact = ample or all(v.status in (Status.PROVED, Status.REFUTED) for v in verdicts)
    return _Outcome(replayed, exact and not broken and not late, broken)


def _late(verdict: Verdict) -> Verdict:
    """A counterexample that nobody has seen happen is not shown."""
    return replace(verdict, status=Status.UNKNOWN, reason=NOT_SEEN, finding=None)


def _replayed(verdict: Verdict, replay: Replay | None, deadline: float) -> Verdict:
    """The verdict, if its counterexample happens on real engines (or there is none); else what differed, as BX901."""
    finding = verdict.finding
    if replay is None or verdict.status is not Status.REFUTED or finding is None or finding.witness is None:
        return verdict
    scenario = finding.witness.scenario
    if scenario is None:
        return verdict
    if deadline <= time.monotonic():
        return _late(verdict)
    try:
        differed = replay(scenario)
    except Exception as error:  # an engine that fails otherwise than a put does is no proof either
        differed = _words(error)
    if differed is None:
        return verdict
    told = Finding(
        "BX901",
        "error",
        f"a counterexample to {verdict.law.value} of {verdict.subject} does not happen on a real engine: {differed}",
        finding.fault,
        f"{finding.code} would have been: {finding.message}",
        finding.others,
        REPORT,
        finding.witness,
    )
    return replace(
        verdict, status=Status.UNKNOWN, reason=f"the counterexample did not happen: {differed}", finding=told
    )


def _failed(obligation: Obligation, error: Exception) -> Verdict:
    """An obligation that raised: BX901, which names it."""
    law, subject, fault = _about(obligation)
    what = _words(error)
    message = f"bxc failed to prove {law.value} of {subject}: {what}{_place(error)}"
    finding = Finding("BX901", "error", message, fault, f"of the obligation {_short(obligation.key)}", (), REPORT)
    return Verdict(law, subject, "", Status.UNKNOWN, reason=f"bxc failed: {what}", finding=finding)


def _skipped(obligation: Obligation) -> Verdict:
    return _undecided(obligation, OUT_OF_TIME)


def _undecided(obligation: Obligation, reason: str) -> Verdict:
    law, subject, _ = _about(obligation)
    return Verdict(law, subject, "", Status.UNKNOWN, reason=reason)


def _about(obligation: Obligation) -> tuple[Law, str, Fault]:
    return obligation.law, obligation.subject, fault_of(obligation.subject)


def fault_of(subject: str) -> Fault:
    """The declaration that a subject names: `share S`, `view V`, `source T`; else the spec's own line."""
    kind, _, name = subject.partition(" ")
    return Fault(kind, (name,)) if kind in ("view", "share", "source") and name else Fault("spec", ())


def _words(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__} ({lines[0]})" if lines else type(error).__name__


def _place(error: BaseException) -> str:
    """Where in this program an error arose."""
    frame, place = error.__traceback__, ""
    while frame is not None:
        code = frame.tb_frame.f_code
        place = f" at {code.co_filename.replace(chr(92), '/').rpartition('/')[2]}:{frame.tb_lineno}"
        frame = frame.tb_next
    return place


def _short(key: str) -> str:
    line = " ".join(key.split())
    return line if len(line) <= 100 else f"{line[:97]}..."
