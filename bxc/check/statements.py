"""The obligations about the SQL that would be emitted: each view's put on each engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from importlib import import_module

from bxc.codegen.sql.files import SqlFile
from bxc.database.types import EMBEDDED
from bxc.laws.limits import Limits
from bxc.laws.verdict import Status, Verdict
from bxc.plan import PeerPlan, Plan
from bxc.validate.laws import Translated
from bxc.validate.shape import names_of, speaks_of, template, written_out
from bxc.validate.tokens import tokens
from bxc.validate.unsupported import Unsupported

POSTGRES = "postgres"
Known = dict[str, tuple[tuple[str, ...], tuple[Verdict, ...]]]
"""The verdicts that were proved in this run, with the names of whom, by what is equal but for names."""


class Statements:
    """The put of one view on one engine; what is proved of one is proved of all that are equal but for names."""

    def __init__(self, translated: Translated, known: Known) -> None:
        self._translated = translated
        self._known = known
        self.law = translated.law
        self.subject = translated.subject
        self.engine = translated.engine

    @property
    def key(self) -> str:
        """The emitted text and the plan that it is to follow."""
        return self._translated.key

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return names_of(self._translated.shape)

    def alike(self, limits: Limits) -> str | None:
        """What is equal for puts that are equal but for names; None where names may be more than names."""
        asked = self._translated
        if speaks_of(asked.shape, self._names):
            return None
        try:
            texts = [f"{path} {' '.join(t.text for t in tokens(text))}" for path, text in sorted(asked.files.items())]
        except Unsupported:
            return None
        told = template(self._names, [written_out(asked.shape), *texts])
        return f"{asked.engine} {limits.k} {sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()}"

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """A verdict for each law and kind of put."""
        alike = self.alike(limits)
        if alike is not None and alike in self._known:
            names, verdicts = self._known[alike]
            return tuple(self._renamed(verdict, names) for verdict in verdicts)
        verdicts = self._translated.prove(limits)
        if alike is not None and all(verdict.status in (Status.PROVED, Status.BOUNDED) for verdict in verdicts):
            self._known[alike] = (self._names, verdicts)
        return verdicts

    def _renamed(self, verdict: Verdict, names: tuple[str, ...]) -> Verdict:
        """A verdict on another view with this one's names."""
        reason = verdict.reason
        if reason is not None:
            reason = template(names, [reason])
            for number, name in enumerate(self._names):
                reason = reason.replace(f"\0{number}\0", name)
            folded = {old.lower(): name.lower() for old, name in zip(names, self._names, strict=True)}
            for old, name in folded.items():
                reason = reason.replace(f"\0{old}\0", name)
            reason = reason.replace("\0", "")
        return replace(verdict, subject=self.subject, reason=reason)


def statement_obligations(plan: Plan, engines: Sequence[str] = ()) -> tuple[Statements, ...]:
    """All of them, in the order of peers, views and engines; a view without a key takes no puts.

    ``engines`` are those of the project, if it names some: PostgreSQL is left out where it is not among them.
    """
    asked = EMBEDDED if engines and POSTGRES not in engines else (*EMBEDDED, POSTGRES)

    def emit(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
        files: tuple[SqlFile, ...] = import_module(f"bxc.codegen.sql.{engine}").emit(peer, plan.spec, plan.version)
        return files

    known: Known = {}
    return tuple(
        Statements(Translated(engine, peer, view.name, emit), known)
        for peer in plan.peers
        for view in peer.views
        if view.key
        for engine in asked
    )
