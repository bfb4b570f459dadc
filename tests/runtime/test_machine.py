"""The state machine alone: every event that a chain, a peer and a database can bring leads to a state that goes on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxc_runtime import machine as m
from bxc_runtime.machine import Duty, Effect, ImpossibleError, Own, Phase, State, due, step

START = State(Phase.GONE, Own.NONE, opened=False)


def possible(state: State) -> list[m.Event]:
    """What can happen next: by the contract's page, and by what the peer does when it is due."""
    found: list[m.Event] = [m.Closed()]
    if state.phase is Phase.CLOSED:
        return []
    if state.phase is Phase.GONE:
        return [*found, m.Joined(opened=False), m.Joined(opened=True)]
    if state.phase not in m.TO_APPLY:
        found.append(m.Left())
    if state.own is not Own.NONE and state.phase is not Phase.REQUESTED:
        found += [m.Failed(), m.Failed("BXC13")]
    match state.phase:
        case Phase.UNOPENED | Phase.IDLE:
            found += [m.Requested(mine=False, known=False), m.Requested(mine=True, known=False)]
            if state.own is Own.NONE:
                found.append(m.Frozen())
            if state.own is Own.FROZEN:
                found.append(m.Signed())
            if state.own is not Own.NONE:
                found.append(m.Requested(mine=True, known=True))
        case Phase.ANNOUNCED:
            found.append(m.Fetched())
        case Phase.FETCHED:
            found.append(m.Judged())
        case Phase.JUDGED:
            found.append(m.Answered())
        case Phase.MISSING:
            found.append(m.Fetched())
        case Phase.COMMITTED | Phase.STUCK | Phase.JOINING:
            found += [m.Applied(), m.Refused()]
        case _:
            pass
    if state.phase in (*m.PENDING, *m.OWN_PENDING):
        found += [m.Committed(here=True), m.Committed(here=False), m.Ended(), m.Ended("BXC12")]
    return found


def reachable() -> set[State]:
    seen, todo = {START}, [START]
    while todo:
        state = todo.pop()
        for event in possible(state):
            after, _ = step(state, event)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return seen


def test_every_phase_can_be_reached_and_every_event_that_can_happen_is_followed() -> None:
    assert {state.phase for state in reachable()} == set(Phase)


def test_a_state_either_asks_something_of_the_peer_or_waits_for_others() -> None:
    waiting = {Phase.ANSWERED, Phase.REQUESTED, Phase.GONE, Phase.CLOSED}
    for state in reachable():
        duty = due(state)
        if duty is None:
            assert state.phase in waiting or (state.phase in m.QUIET and state.own is not Own.FROZEN)
        else:
            assert state.phase not in waiting


def test_an_own_request_ends_in_one_way_only() -> None:
    """The frozen delta is adopted, given back or held exactly when it ceases to be one."""
    for state in reachable():
        for event in possible(state):
            after, effects = step(state, event)
            ends = [e for e in effects if e in (Effect.ADOPT, Effect.REQUEUE, Effect.HOLD)]
            assert len(ends) == (state.own is not Own.NONE and after.own is Own.NONE), (state, event)


def test_a_version_is_adopted_only_if_the_chain_has_committed_what_was_asked() -> None:
    for state in reachable():
        for event in possible(state):
            if Effect.ADOPT in step(state, event)[1]:
                assert state.phase is Phase.REQUESTED
                assert isinstance(event, m.Committed)


def test_no_new_request_is_made_while_one_is_under_way() -> None:
    for state in reachable():
        if state.own is not Own.NONE or state.phase not in m.QUIET:
            with pytest.raises(ImpossibleError):
                step(state, m.Frozen())


@settings(max_examples=200)
@given(st.data())
def test_any_walk_stays_within_what_is_known(data: st.DataObject) -> None:
    state, known = START, reachable()
    for _ in range(30):
        events = possible(state)
        if not events:
            break
        state, _ = step(state, data.draw(st.sampled_from(events)))
        assert state in known
        assert due(state) is None or isinstance(due(state), Duty)
