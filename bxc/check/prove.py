"""A spec without errors → what became of its obligations, and what there is to tell of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from bxc import model, syntax
from bxc.check.obligations import obligations
from bxc.check.run import Cache, Proofs, prove_all
from bxc.check.settings import Proving
from bxc.check.tell import diagnostics
from bxc.diagnostic import Diagnostic
from bxc.laws.verdict import Obligation
from bxc.plan import Plan
from bxc.witness import Scenario


def prove(
    spec: model.Spec,
    plan: Plan,
    files: tuple[syntax.File, ...],
    proving: Proving,
    advance: Callable[[int, int], None],
) -> tuple[Proofs, tuple[Diagnostic, ...]]:
    """Prove what must hold of a spec; counterexamples are shown only after they happened on a real engine."""
    start = time.monotonic()
    wanted: tuple[Obligation, ...] = obligations(spec, plan)
    if proving.statements:
        from bxc.check.statements import statement_obligations

        wanted = (*wanted, *statement_obligations(plan, proving.engines))
    if not wanted:
        return Proofs(), ()
    cache: Cache | None = None
    if proving.cache:
        cache = _cache(proving)
    replayer = _Replayer(spec, plan)
    left = proving.timeout - (time.monotonic() - start)  # to know what there is to prove takes time as well
    proofs = prove_all(wanted, proving.limits, cache, left, replayer.replay, advance)
    return proofs, diagnostics(proofs.verdicts, spec, files)


def _cache(proving: Proving) -> Cache | None:
    """Where this user's verdicts are; None where there can be none."""
    try:
        from bxc.check.cache import open_cache
    except ImportError:  # a Python that was built without SQLite
        return None
    return open_cache(proving.limits)


class _Replayer:
    """Plays scenarios on an engine, which is imported when the first one is to be seen."""

    def __init__(self, spec: model.Spec, plan: Plan) -> None:
        self._spec = spec
        self._plan = plan
        self._replay: Callable[[Scenario], str | None] | None = None

    def replay(self, scenario: Scenario) -> str | None:
        """What differed; None if the scenario happened."""
        if self._replay is None:
            from bxc.check.replay import Replayer

            self._replay = Replayer(self._spec, self._plan).replay
        return self._replay(scenario)
