"""Puts of legal edits: what another peer's edit, or the own one, may break at an end of a share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.canonical import text_of
from bxc.laws.edit import Change, question
from bxc.laws.end import End, relevant_names
from bxc.laws.limits import Limits
from bxc.laws.put import Refusal
from bxc.laws.refused import ORDER, Said, own_word, said
from bxc.laws.shrink import smallest
from bxc.laws.solver import Budget, Model, Nothing, Solver, Unknown
from bxc.laws.story import typed_values, witness
from bxc.laws.term import TRUE, Term
from bxc.laws.together import counts, together
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict

PAIRS = ("primary key", "unique", "determines")
"""The kinds of rules that two rows may break together."""
WORDS = {"update": "an update", "insert": "an insert", "delete": "a delete", "open": "opening the share"}


@dataclass(frozen=True, slots=True)
class Sender:
    """An end, and what its peer may do in the share; ``peers`` are those that could stand in its place."""

    end: End
    changes: tuple[Change, ...]
    peers: tuple[str, ...]

    @property
    def updates(self) -> frozenset[str]:
        """The columns that the peer may update, with those that it computes."""
        return next((c.attributes for c in self.changes if c.operation == "update"), frozenset())

    @property
    def text(self) -> str:
        return f"{self.end.text}\n{text_of(self.changes)}"


@dataclass(frozen=True)
class Receive:
    """What one end of a share (or, without a share, a view by itself) does with the legal edits of some senders.

    ``spoken``: the view itself says what it does with keys of hidden rows, so that its own peer is not told.
    """

    share: str | None
    receiver: End
    senders: tuple[Sender, ...]
    settled: set[str] = field(default_factory=set, compare=False)
    spoken: bool = False

    law = Law.PUT_TOTAL

    @property
    def own(self) -> bool:
        return all(sender.end == self.receiver for sender in self.senders)

    @property
    def subject(self) -> str:
        return f"view {self.receiver.view.name}"

    @property
    def key(self) -> str:
        names = [self.share or "", self.receiver.peer.peer, self.receiver.view.name, self.receiver.source.name]
        names += [f"{s.end.peer.peer} {s.end.view.name} {','.join(s.peers)}" for s in self.senders]
        parts = ["receive", self.receiver.text, *(s.text for s in self.senders), *names, f"{self.own} {self.spoken}"]
        return "\n".join(parts)

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """One verdict for each sender and kind of edit that nothing refuses, and one for each rule that does."""
        verdicts: list[Verdict] = []
        told: set[object] = set()
        for sender in self.senders:
            for change in sender.changes:
                for asked in (change, *together(change, sender.updates, sender.end, self.receiver)):
                    verdicts += self._change(sender, asked, limits, told)
        return tuple(verdicts)

    def _change(self, sender: Sender, change: Change, limits: Limits, told: set[object]) -> Iterator[Verdict]:
        same_before = f"{self.own} {self.spoken}\n{self.receiver.text}\n{sender.end.text}\n{text_of(change)}"
        scope = self._scope(sender, change)
        proved = Verdict(Law.PUT_TOTAL, self.subject, scope, Status.PROVED)
        if same_before in self.settled:
            yield proved
            return
        narrowed = _narrowed(change, sender.end, self.receiver)
        if narrowed is None:
            self.settled.add(same_before)
            yield proved
            return
        with t.arena():
            found = list(_Asking(self, sender, narrowed, limits, told).verdicts(scope))
        if not found:
            self.settled.add(same_before)
            found = [proved]
        yield from found

    def _scope(self, sender: Sender, change: Change) -> str:
        what = f"{change.operation} {', '.join(sorted(change.attributes))}".rstrip()
        if change.also is not None:
            second = "insert" if change.inserts and not change.also else f"update {', '.join(sorted(change.also))}"
            what += (
                f" with {second} of another row"
                if not change.more
                else f" with {second} of {change.more + 1} other rows"
            )
        by = ", ".join(sender.peers)
        if self.share is None:
            return f"{what} by {by}"
        return f"share {self.share}: {what} by {by}, received by {self.receiver.peer.peer}"


def _of_own(words: str) -> str:
    """What is said of rows from another end, said of a peer's own."""
    return words.replace("that another end may have", "of its own peer").replace(
        "another end can have", "its peer can have"
    )


def _narrowed(change: Change, sender: End, receiver: End) -> Change | None:
    """The change in the columns that some rule depends on; None where no rule can mind it."""
    if change.operation != "update":
        return change
    relevant = relevant_names((sender, receiver))
    matter = change.attributes & relevant
    also = None if change.also is None else change.also & relevant
    return replace(change, attributes=matter, also=also) if matter else None


class _Asking:
    """One sender's edits of one kind."""

    def __init__(self, asked: Receive, sender: Sender, change: Change, limits: Limits, told: set[object]) -> None:
        self.asked = asked
        self.sender = sender
        self.change = change
        self.told = told
        self.limits = limits
        self.question = question(sender.end, asked.receiver, change)
        self.solver = Solver(Budget(limits.query_ms, limits.deadline))
        self.own = sender.end == asked.receiver

    def verdicts(self, scope: str) -> Iterator[Verdict]:
        rules = self._rules()
        if not rules:
            return
        self.solver.add(self.question.facts)
        if self._opening and self.change.also is None:
            if isinstance(self.solver.ask(t.not_(self._refused)), Nothing):
                return  # the share opens on equal contents alone, if at all: BX312
            created = self.question.outcome.created
            self.solver.add(TRUE if created is None else created.present)
        if self._counted and not self._opens_with_one_row():
            return  # likewise
        anything = self.solver.ask(t.any_(r.term for r in rules), *map(t.not_, self._untold()))
        if isinstance(anything, Nothing):
            return
        if isinstance(anything, Unknown):
            yield self._unknown(scope, anything)
            return
        others = list(self._untold())
        for rule in rules:
            if rule.term is t.FALSE:
                continue
            answer = self.solver.ask(rule.term, *(t.not_(o) for o in others))
            match answer:
                case Nothing():
                    continue
                case Unknown():
                    yield self._unknown(scope, answer)
                case Model():
                    verdict = self._refuted(scope, rule, others, answer)
                    if verdict is not None:
                        yield verdict
            others.append(rule.term)

    @property
    def _refused(self) -> Term:
        return self.question.outcome.refused

    def _rules(self) -> list[Refusal]:
        refusals = tuple(r for r in self.question.outcome.refusals if r.fault.kind != "fresh")
        if self._opening:  # what always stands in the way of opening is told as BX312
            refusals = tuple(r for r in refusals if self._opens_not(r))
        if self.own:
            refusals = tuple(r for r in refusals if not self._own_word(r))
        return sorted(refusals, key=lambda r: ORDER.index(r.code))

    @property
    def _opening(self) -> bool:
        return self.change.operation == "open"

    @property
    def _counted(self) -> frozenset[Fault]:
        """Rules that a second new row may break though it would not by itself."""
        return counts(self.asked.receiver) if self._opening and self.change.also is not None else frozenset()

    def _opens_with_one_row(self) -> bool:
        one = question(self.sender.end, self.asked.receiver, replace(self.change, also=None, more=0))
        solver = Solver(Budget(self.limits.query_ms, self.limits.deadline))
        return not isinstance(solver.ask(one.facts, t.not_(one.outcome.refused)), Nothing)

    def _opens_not(self, refusal: Refusal) -> bool:
        """Whether a rule refuses what the opener has, whatever else the receiver has."""
        kind = refusal.fault.kind
        if self.change.also is not None:
            return kind in PAIRS or refusal.fault in self._counted
        return refusal.code in ("BXC12", "BXC15") or kind == "check" or self._refers_to_itself(refusal)

    def _refers_to_itself(self, refusal: Refusal) -> bool:
        """Whether rows that are not there are to be rows of the view."""
        source = self.asked.receiver.source
        keys = {k.column for k in source.foreign_keys if k.target == source.name}
        own = refusal.fault.kind == "references" and refusal.fault.names[0] == source.name
        return own and refusal.fault.names[1] in keys and self.asked.receiver.view.predicate is None

    def _own_word(self, refusal: Refusal) -> bool:
        return own_word(refusal, self.asked.receiver.view, self.asked.spoken)

    def _untold(self) -> list[Term]:
        """What is not told, and no other rule beside it.

        What the view refuses its own peer by the word of the spec; and that no int is left.
        """
        refusals = self.question.outcome.refusals
        if self._opening and self.change.also is not None:  # each row by itself is to be accepted
            others = [r for r in refusals if r.fault.kind not in (*PAIRS, "references")]
            return [r.term for r in others if r.fault not in self._counted]
        return [r.term for r in refusals if r.fault.kind == "fresh" or (self.own and self._own_word(r))]

    def _unknown(self, scope: str, answer: Unknown) -> Verdict:
        return Verdict(Law.PUT_TOTAL, self.asked.subject, scope, Status.UNKNOWN, reason=answer.reason)

    def _refuted(self, scope: str, rule: Refusal, others: Sequence[Term], model: Model) -> Verdict | None:
        receiver = self.asked.receiver
        meaning = said(rule, receiver, self.change)
        if meaning is None or (meaning.code, meaning.fault) in self.told:
            return None
        self.told.add((meaning.code, meaning.fault))
        wanted = [rule.term, *(t.not_(o) for o in others)]
        small = smallest(self.solver, wanted, model, self.question.marks, typed_values(self.question))
        code = min(r.code for r in self.question.outcome.refusals if small.of(r.term))
        finding = self._finding(meaning, small, code)
        return Verdict(meaning.law, self.asked.subject, scope, Status.REFUTED, finding=finding)

    def _silenced(self, meaning: Said) -> bool:
        """Whether a line about hidden keys would settle the finding."""
        return self.own and meaning.code == "BX208"

    def _finding(self, meaning: Said, model: Model, code: str) -> Finding:
        peer = self.asked.receiver.peer.peer
        view = self.asked.receiver.view.name
        by = self.sender.end.peer.peer
        whose = f"{WORDS[self.change.operation]} by {by}"
        if self.own:
            outcome = f"{peer} may make this edit, but its own put through `{view}` is refused ({code})"
        else:
            outcome = f"{peer} cannot take over {whose}: the put through `{view}` is refused ({code})"
        return Finding(
            meaning.code,
            "warning" if self.own else "error",
            _of_own(meaning.message) if self.own else meaning.message,
            meaning.fault,
            _of_own(meaning.label) if self.own else meaning.label,
            help=f"{meaning.help}; `on hidden reject` says that it is meant so"
            if self._silenced(meaning)
            else meaning.help,
            witness=witness(model, self.question, code, meaning.reading, outcome),
        )
