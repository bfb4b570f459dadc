"""The emitted statements of a view, evaluated over symbolic rows, against the meaning of its plan.

For every legal source and all that may be staged: the SQL refuses what `docs/semantics.md` refuses, with the same code,
and otherwise leaves the same rows and captures the same edits; putting back what get gives changes nothing; the source
stays legal; get gives the view's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from hashlib import sha256
from itertools import combinations_with_replacement

from bxc.codegen.sql.files import SqlFile
from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.canonical import text_of
from bxc.laws.end import End
from bxc.laws.limits import Limits
from bxc.laws.solver import Budget, Model, Nothing, Solver, Unknown
from bxc.laws.table import Table
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict
from bxc.plan import PeerPlan, ViewPlan
from bxc.types import Decimal
from bxc.validate.law_cases import Question, of_back, of_content, of_delta, of_get
from bxc.validate.law_setting import Case, Setting
from bxc.validate.local_rows import Reach
from bxc.validate.samples import with_samples
from bxc.validate.shape import as_held, cut
from bxc.validate.unsupported import Unsupported
from bxc.validate.witness import not_reproduced, small_model, witness

Emit = Callable[[str, PeerPlan], tuple[SqlFile, ...]]
"""Engine and peer → the peer's files, with paths from the engine's folder."""

OPERATIONS = ("insert", "update", "delete")
HELP = "this is a fault of bxc and not of the spec: please report it to the project's issue tracker with the spec"


@dataclass(frozen=True)
class Translated:
    """The put of one view on one engine."""

    engine: str
    peer: PeerPlan
    name: str
    emit: Emit

    law = Law.SOURCE_KEPT

    @property
    def subject(self) -> str:
        return f"view {self.name}"

    @cached_property
    def shape(self) -> PeerPlan:
        """What the put depends on."""
        return cut(self.peer, self._view(self.peer))

    @cached_property
    def files(self) -> dict[str, str]:
        """The emitted files, by their paths."""
        return {file.path: file.text for file in self.emit(self.engine, self.shape)}

    @cached_property
    def key(self) -> str:
        """The emitted text and the plan that it is to follow."""
        parts = [self.engine, text_of(self.shape), *(f"{path}\n{text}" for path, text in sorted(self.files.items()))]
        return f"translated {self.name}: {sha256(chr(0).join(parts).encode('utf-8', 'surrogatepass')).hexdigest()}"

    def _view(self, peer: PeerPlan) -> ViewPlan:
        return next(view for view in peer.views if view.name == self.name)

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """A verdict for each law and kind of put."""
        validation = Validation(self, limits)
        found: list[Verdict] = []
        for ask in validation.kinds():
            try:
                with t.arena():
                    found += validation.verdicts(*ask())
            except Unsupported as error:
                reason = f"the emitted SQL holds what is not understood: {error}"
                found.append(Verdict(Law.PUT_GET, self.subject, self.engine, Status.UNKNOWN, reason=reason))
        return tuple(dict.fromkeys(found))


class Validation:
    """The questions about one view on one engine, and their answers."""

    def __init__(self, asked: Translated, limits: Limits) -> None:
        self.asked = asked
        self.limits = limits
        self.held = as_held(asked.shape, asked.engine)
        self.reach = Reach(asked.engine, asked.files, self.held, asked.name)

    def kinds(self) -> Iterator[Callable[[], tuple[Setting, Question]]]:
        """The kinds of puts; each is to be asked about in an arena of its own."""
        view = self.asked._view(self.asked.shape)
        end = End(self.asked.shape, view)
        two = max(2, self.limits.k)
        several = max(3, two) if view.grouped or view.determined or end.references_itself else two
        yield partial(self._with, several, of_get)
        yield partial(self._with, several, of_back)
        for operation in OPERATIONS:
            yield partial(
                self._with, several, partial(of_delta, operations=(operation,), free=True), self._rows(operation)
            )
        for pair in combinations_with_replacement(OPERATIONS, 2):
            yield partial(self._with, two, partial(of_delta, operations=pair, free=False), self._rows(*pair))
        for number in (1, 2):
            yield partial(self._with, two, partial(of_content, number=number))

    def _rows(self, *operations: str) -> Callable[[End], Table] | None:
        """The rows that a put can have to do with, where they stand for all, and as many more as `--k` asks for."""
        return self.reach.rows(operations, max(0, self.limits.k - 2))

    def _with(
        self, number: int, question: Callable[[Setting], Question], rows: Callable[[End], Table] | None = None
    ) -> tuple[Setting, Question]:
        asked = self.asked
        setting = Setting(asked.engine, self.held, asked.name, asked.files, number, rows)
        return setting, question(setting)

    def verdicts(self, setting: Setting, question: Question, *, telling: bool = True) -> Iterator[Verdict]:
        """A verdict for each law; where it is broken in several ways, the first one is told.

        With ``telling``, with a witness that has happened on the engine.
        """
        solver = Solver(Budget(self.limits.query_ms, self.limits.deadline))
        solver.add(*setting.facts)
        all_kept = isinstance(solver.ask(t.any_(case.broken for case in question.cases)), Nothing)
        few = self.reach.why_few(question.what) or self._not_staged(question.what)
        end = (Status.PROVED, None, None) if few is None else (Status.BOUNDED, max(2, self.limits.k), few)
        for law in question.laws:
            told = Verdict(law, self.asked.subject, self._scope(question), *end)
            for case in () if all_kept else (c for c in question.cases if c.law is law):
                answer = solver.ask(case.broken)
                asked = [case.broken]
                if isinstance(answer, Unknown):
                    more = [case.broken, *with_samples(case.broken, *setting.facts)]
                    tried = solver.ask(*more)
                    answer, asked = (tried, more) if isinstance(tried, Model) else (answer, asked)
                if isinstance(answer, Model):
                    told = self._refuted(case, question)
                    if telling:
                        model = small_model(solver, setting, question, asked, answer)
                        told = self._told(told, setting, question, case, model)
                    break
                if isinstance(answer, Unknown):
                    told = Verdict(law, told.subject, told.scope, Status.UNKNOWN, reason=answer.reason)
            yield told

    def _not_staged(self, what: str) -> str | None:
        """What may be staged, and is not looked at; None where it is all."""
        view = self.asked._view(self.asked.shape)
        if self.asked.engine != "postgres" or what == "get":
            return None
        decimals = [c.name for c in view.columns if isinstance(c.type, Decimal)]
        return f"{decimals[0]} is staged with no more digits than it has" if decimals else None

    def _scope(self, question: Question) -> str:
        return f"{question.what} on {self.asked.engine}"

    def _refuted(self, case: Case, question: Question) -> Verdict:
        asked = self.asked
        message = f"the SQL that bxc writes for `{asked.name}` on {asked.engine} {case.what} ({question.what})"
        finding = Finding(case.code, "error", message, Fault("view", (asked.name,)), help=HELP)
        return Verdict(case.law, asked.subject, self._scope(question), Status.REFUTED, finding=finding)

    def _told(self, verdict: Verdict, setting: Setting, question: Question, case: Case, model: Model) -> Verdict:
        """The verdict with its witness, if that happens on the engine; else it is a fault of this program."""
        finding = verdict.finding
        assert finding is not None
        if setting.engine == "postgres":  # no server of it may be taken for granted
            reason = f"{finding.message}, as it is read here; it was not seen on a server"
            return replace(verdict, status=Status.UNKNOWN, reason=reason, finding=None)
        finding = replace(finding, witness=witness(setting, question, case, model))
        differed = not_reproduced(setting, question, case, model)
        if differed is None:
            return replace(verdict, finding=finding)
        message = (
            f"a counterexample to {case.law.value} of {verdict.subject} does not happen on a real engine: {differed}"
        )
        label = f"{finding.code} would have been: {finding.message}"
        finding = replace(finding, code="BX901", message=message, label=label)
        reason = f"the counterexample did not happen: {differed}"
        return replace(verdict, status=Status.UNKNOWN, reason=reason, finding=finding)
