"""The state of a share at a peer, and how it moves: pure, so that tests can drive it through every crash.

`step` says what an event changes and which records must be written with it, in one transaction. `due` says what the
peer has to do next in a state; it depends on nothing else, so a peer that starts again simply asks it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never


class Phase(StrEnum):
    """Where a share stands, as far as this peer has followed the chain."""

    UNOPENED = "unopened"  # no version is committed, none pending
    IDLE = "idle"  # the agreed content is the committed version's; nothing is pending
    ANNOUNCED = "announced"  # another peer's request is pending; its delta is not here
    FETCHED = "fetched"  # its delta is here
    JUDGED = "judged"  # the answer is decided
    ANSWERED = "answered"  # the answer is on the chain
    REQUESTED = "requested"  # this peer's own request is pending
    WITHDRAWING = "withdrawing"  # a request of this peer's address that the outbox does not know: to be cancelled
    MISSING = "missing"  # a version is committed whose delta is not here
    COMMITTED = "committed"  # a version is committed whose delta is here, to be put
    STUCK = "stuck"  # the database refuses to put a committed version
    JOINING = "joining"  # a member since the last commit: the whole content has to be fetched
    GONE = "gone"  # this peer is no member (any more)
    CLOSED = "closed"


class Own(StrEnum):
    """Where this peer's own request stands."""

    NONE = "none"
    FROZEN = "frozen"  # the delta is fixed, no transaction is signed
    SENT = "sent"  # a transaction is signed and recorded


@dataclass(frozen=True, slots=True)
class State:
    """``opened`` tells whether there is an agreed content."""

    phase: Phase
    own: Own
    opened: bool


# --- events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frozen:
    """Waiting edits have been made the delta of the next request."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The transaction of the own request is recorded."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The transaction of the own request had no effect; ``reason`` is set if asking again would be in vain."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """A request is on the chain. ``mine``: by this peer's address; ``known``: it is what the outbox has frozen."""

    mine: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """The delta has been stored."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer has been stored."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The ack of this peer is on the chain."""


@dataclass(frozen=True, slots=True)
class Committed:
    """The pending request is committed. ``here``: its delta is."""

    here: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The pending request was rejected or cancelled. ``reason`` is set if asking again would be in vain."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """The committed version has been put."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The database refused the put of a committed version."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Membership of this peer has begun; ``opened``: of a share with content."""

    opened: bool


@dataclass(frozen=True, slots=True)
class Left:
    """Membership of this peer has ended."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The share was closed."""


Event = (
    Frozen
    | Signed
    | Failed
    | Requested
    | Fetched
    | Judged
    | Answered
    | Committed
    | Ended
    | Applied
    | Refused
    | Joined
    | Left
    | Closed
)


# --- effects: records to be written in the transaction of the event ---------------------------------------------------


class Effect(StrEnum):
    """What else changes with the state."""

    REQUEUE = "requeue"  # the frozen delta goes back to the waiting edits
    HOLD = "hold"  # … or is held, with the event's reason
    ADOPT = "adopt"  # the frozen delta becomes part of the agreed content: a version of this peer's own is committed
    FORGET = "forget"  # the inbox's entry has done its work


class Duty(StrEnum):
    """What a peer has to do for a share, outside of any transaction."""

    SEND = "send"
    FETCH = "fetch"
    JUDGE = "judge"
    ANSWER = "answer"
    CANCEL = "cancel"
    APPLY = "apply"
    CATCH_UP = "catch up"


class ImpossibleError(Exception):
    """An event that cannot happen in a state: a bug, or a contract that does not keep to its page."""


OVER = (Phase.GONE, Phase.CLOSED)
PENDING = (Phase.ANNOUNCED, Phase.FETCHED, Phase.JUDGED, Phase.ANSWERED)
OWN_PENDING = (Phase.REQUESTED, Phase.WITHDRAWING)
TO_APPLY = (Phase.MISSING, Phase.COMMITTED, Phase.STUCK, Phase.JOINING)
HELD_UP = (Phase.MISSING, Phase.COMMITTED, Phase.STUCK)  # the next events have to wait
ONLOOKING = (*OVER, Phase.JOINING)  # what happens to the share is noted, and nothing else
QUIET = (Phase.UNOPENED, Phase.IDLE)

Step = tuple[State, tuple[Effect, ...]]


def due(state: State) -> Duty | None:
    """What a state asks of the peer; nothing where it has to wait for others."""
    match state.phase:
        case Phase.ANNOUNCED | Phase.MISSING:
            return Duty.FETCH
        case Phase.FETCHED:
            return Duty.JUDGE
        case Phase.JUDGED:
            return Duty.ANSWER
        case Phase.WITHDRAWING:
            return Duty.CANCEL
        case Phase.COMMITTED | Phase.STUCK:
            return Duty.APPLY
        case Phase.JOINING:
            return Duty.CATCH_UP
        case Phase.UNOPENED | Phase.IDLE:
            return Duty.SEND if state.own is Own.FROZEN else None
        case Phase.ANSWERED | Phase.REQUESTED | Phase.GONE | Phase.CLOSED:
            return None
        case _:
            assert_never(state.phase)


def step(state: State, event: Event) -> Step:
    """The state after an event, and the records to write with it. ImpossibleError if it cannot be."""
    match event:
        case Closed():
            return replace(state, phase=Phase.CLOSED, own=Own.NONE), _given_up(state)
        case Left():
            return replace(state, phase=Phase.GONE, own=Own.NONE), _given_up(state)
        case Joined(opened=opened):
            return State(Phase.JOINING if opened else Phase.UNOPENED, Own.NONE, False), ()
        case Frozen() | Signed() | Failed():
            return _own_step(state, event)
        case Requested() | Committed() | Ended() | Answered():
            return _chain_step(state, event)
        case Fetched() | Judged() | Applied() | Refused():
            return _local_step(state, event)
        case _:
            assert_never(event)


def _given_up(state: State) -> tuple[Effect, ...]:
    return (Effect.HOLD,) if state.own is not Own.NONE else ()


def _own_step(state: State, event: Frozen | Signed | Failed) -> Step:
    match event:
        case Frozen():
            _must(state.own is Own.NONE and state.phase in QUIET, state, event)
            return replace(state, own=Own.FROZEN), ()
        case Signed():
            _must(state.own is Own.FROZEN, state, event)
            return replace(state, own=Own.SENT), ()
        case Failed(reason=reason):
            if state.own is Own.NONE or state.phase is Phase.REQUESTED:
                return state, ()  # it was given up before, or the chain knows better
            return replace(state, own=Own.NONE), (Effect.HOLD if reason else Effect.REQUEUE,)
        case _:
            assert_never(event)


def _chain_step(state: State, event: Requested | Committed | Ended | Answered) -> Step:
    match event:
        case Requested(mine=mine, known=known):
            _must(state.phase in (*QUIET, *ONLOOKING), state, event)
            if state.phase in ONLOOKING:
                return state, ()
            if not mine:
                return replace(state, phase=Phase.ANNOUNCED), ()
            if known:
                _must(state.own is not Own.NONE, state, event)
                return replace(state, phase=Phase.REQUESTED), ()
            return replace(state, phase=Phase.WITHDRAWING, own=Own.NONE), _requeued(state)
        case Answered():
            return (replace(state, phase=Phase.ANSWERED) if state.phase in PENDING else state), ()
        case Committed(here=here):
            if state.phase is Phase.REQUESTED:
                return State(Phase.IDLE, Own.NONE, True), (Effect.ADOPT,)
            if state.phase in ONLOOKING:
                return state, ()
            _must(state.phase in PENDING or state.phase is Phase.WITHDRAWING, state, event)
            after = Phase.COMMITTED if here else Phase.MISSING
            return replace(state, phase=after, own=Own.NONE), _requeued(state)
        case Ended(reason=reason):
            quiet = Phase.IDLE if state.opened else Phase.UNOPENED
            if state.phase is Phase.REQUESTED:
                return replace(state, phase=quiet, own=Own.NONE), (Effect.HOLD if reason else Effect.REQUEUE,)
            if state.phase in ONLOOKING:
                return state, ()
            _must(state.phase in PENDING or state.phase is Phase.WITHDRAWING, state, event)
            return replace(state, phase=quiet), (Effect.FORGET,)
        case _:
            assert_never(event)


def _requeued(state: State) -> tuple[Effect, ...]:
    return () if state.own is Own.NONE else (Effect.REQUEUE,)


def _local_step(state: State, event: Fetched | Judged | Applied | Refused) -> Step:
    match event:
        case Fetched():
            if state.phase is Phase.MISSING:
                return replace(state, phase=Phase.COMMITTED), ()
            _must(state.phase is Phase.ANNOUNCED, state, event)
            return replace(state, phase=Phase.FETCHED), ()
        case Judged():
            _must(state.phase is Phase.FETCHED, state, event)
            return replace(state, phase=Phase.JUDGED), ()
        case Applied():
            _must(state.phase in TO_APPLY, state, event)
            return replace(state, phase=Phase.IDLE, opened=True), (Effect.FORGET,)
        case Refused():
            _must(state.phase in TO_APPLY, state, event)
            return replace(state, phase=Phase.STUCK), ()
        case _:
            assert_never(event)


def _must(holds: bool, state: State, event: Event) -> None:
    if not holds:
        raise ImpossibleError(f"{type(event).__name__} in phase {state.phase}, own request {state.own}")
