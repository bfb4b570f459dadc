"""Running obligations: order, time, faults of the tool, counterexamples that do not happen, interruptions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from verdicts import Fake, fake, verdict, warning
from witnesses import DOSAGE

from bxc.check.run import NOT_SEEN, OUT_OF_TIME, prove_all
from bxc.check.settings import Proving
from bxc.laws.limits import Limits
from bxc.laws.verdict import Finding, Law, Status, Verdict
from bxc.witness import Scenario, Witness


class Kept:
    """A cache that holds everything in memory."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Verdict, ...]] = {}

    def load(self, keys: Sequence[str]) -> dict[str, tuple[Verdict, ...]]:
        return {key: self.held[key] for key in keys if key in self.held}

    def store(self, verdicts: Mapping[str, tuple[Verdict, ...]]) -> None:
        self.held.update(verdicts)


def refuted(scenario: Scenario | None = DOSAGE) -> Finding:
    return replace(warning(severity="error"), witness=Witness((), "it is refused", scenario))


def broken(what: BaseException) -> Fake:
    def fail() -> None:
        raise what

    return Fake("broken", (), before=fail, subject="share people", law=Law.PUT_GET)


def test_verdicts_stand_in_the_order_of_the_obligations_also_those_known_before() -> None:
    cache = Kept()
    cache.held["b"] = (verdict(Status.PROVED, "view B"),)
    proofs = prove_all([fake("a", subject="view A"), fake("b"), fake("c", subject="view C")], Limits(), cache)
    assert [v.subject for v in proofs.verdicts] == ["view A", "view B", "view C"]
    assert (proofs.obligations, proofs.cached, proofs.final) == (3, 1, True)
    assert set(cache.held) == {"a", "b", "c"}


def test_equal_obligations_are_proved_once() -> None:
    same = [fake("a"), fake("a"), fake("a")]
    assert len(prove_all(same, Limits()).verdicts) == 1
    assert sum(len(one.asked) for one in same) == 1


def test_an_obligation_that_raises_is_named_and_costs_no_other_verdict() -> None:
    cache = Kept()
    proofs = prove_all([fake("a"), broken(ZeroDivisionError("division by zero")), fake("c")], Limits(), cache)
    first, failed, last = proofs.verdicts
    assert (first.status, last.status) == (Status.PROVED, Status.PROVED)
    assert failed.finding is not None
    assert failed.finding.code == "BX901"
    assert failed.finding.message.startswith(
        "bxc failed to prove PutGet of share people: ZeroDivisionError (division by zero) at test_verdict_run.py:"
    )
    assert "report it" in (failed.finding.help or "")
    assert failed.finding.fault.names == ("people",)
    assert set(cache.held) == {"a", "c"}
    assert not proofs.final


def test_when_the_time_is_used_up_the_rest_is_unknown_and_not_kept() -> None:
    cache = Kept()
    slow = Fake("a", (verdict(Status.PROVED),), before=lambda: time.sleep(0.05))
    left = fake("b", subject="view W")
    proofs = prove_all([slow, left], Limits(), cache, timeout=0.01)
    assert left.asked == []
    assert [v.status for v in proofs.verdicts] == [Status.PROVED, Status.UNKNOWN]
    assert proofs.verdicts[1].reason == OUT_OF_TIME
    assert proofs.verdicts[1].subject == "view W"
    assert set(cache.held) == {"a"}
    assert (proofs.skipped, proofs.final) == (1, False)


@pytest.mark.parametrize(
    ("status", "kept"),
    [(Status.PROVED, True), (Status.REFUTED, True), (Status.BOUNDED, False), (Status.UNKNOWN, False)],
)
def test_with_less_time_than_usual_only_what_is_certain_is_kept(status: Status, kept: bool) -> None:
    cache = Kept()
    one = fake("a", status)
    prove_all([one], Limits(query_ms=60_000), cache, timeout=1)
    assert one.asked[0].query_ms <= 1_000
    assert ("a" in cache.held) is kept
    prove_all([fake("b", status)], Limits(), cache)
    assert "b" in cache.held


def test_who_gives_more_time_gives_each_question_more() -> None:
    assert Proving().limits == Limits(2, 5_000)
    assert Proving(timeout=600).limits.query_ms == 50_000
    assert Proving(timeout=1).limits.query_ms == 5_000


def test_a_counterexample_that_does_not_happen_is_a_fault_of_the_tool() -> None:
    cache = Kept()
    proofs = prove_all([fake("a", Status.REFUTED, refuted())], Limits(), cache, replay=lambda _: "nothing was refused")
    (told,) = proofs.verdicts
    assert told.status is Status.UNKNOWN
    assert told.finding is not None
    assert (told.finding.code, told.finding.severity) == ("BX901", "error")
    assert "does not happen on a real engine: nothing was refused" in told.finding.message
    assert told.finding.label.startswith("BX205 would have been")
    assert cache.held == {}


def test_an_engine_that_fails_is_told_like_a_counterexample_that_does_not_happen() -> None:
    def fail(_: Scenario) -> str | None:
        raise OSError("disk full")

    (told,) = prove_all([fake("a", Status.REFUTED, refuted())], Limits(), replay=fail).verdicts
    assert told.finding is not None
    assert "OSError (disk full)" in told.finding.message


def test_a_counterexample_that_happens_is_kept_and_not_played_again() -> None:
    cache, played = Kept(), []
    obligations = [fake("a", Status.REFUTED, refuted()), fake("b", Status.REFUTED, refuted(None)), fake("c")]
    for _ in range(2):
        proofs = prove_all(obligations, Limits(), cache, replay=lambda scenario: played.append(scenario))
        assert [v.status for v in proofs.verdicts] == [Status.REFUTED, Status.REFUTED, Status.PROVED]
    assert played == [DOSAGE]


def test_a_counterexample_that_there_is_no_time_to_see_is_neither_shown_nor_kept() -> None:
    cache, played = Kept(), []
    slow = Fake("a", (verdict(Status.REFUTED, finding=refuted()),), before=lambda: time.sleep(0.05))
    proofs = prove_all([slow], Limits(), cache, timeout=0.01, replay=lambda scenario: played.append(scenario))
    assert [(v.status, v.reason, v.finding) for v in proofs.verdicts] == [(Status.UNKNOWN, NOT_SEEN, None)]
    assert (played, cache.held, proofs.final) == ([], {}, False)


def test_ctrl_c_keeps_what_was_proved_until_then() -> None:
    cache = Kept()
    with pytest.raises(KeyboardInterrupt):
        prove_all([fake("a"), broken(KeyboardInterrupt()), fake("c")], Limits(), cache)
    assert set(cache.held) == {"a"}


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    cache = Kept()
    cache.held["a"] = ()
    prove_all([fake("a"), fake("b"), fake("c")], Limits(), cache, advance=lambda *far: told.append(far))
    assert told == [(1, 3), (2, 3)]
