"""How far to go in proving, and whether to keep what was proved."""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.laws.limits import Limits

TIMEOUT = 60.0
QUESTIONS = 12  # the share of the whole time that one question to the solver may take


@dataclass(frozen=True, slots=True)
class Proving:
    """``k``: rows a table where a proof is by cases; ``timeout``: seconds for all proofs of a spec.

    With ``cache``, verdicts of earlier runs are taken over and new ones kept. With ``statements`` the SQL that would be
    emitted is evaluated too, for each engine; ``engines`` are those of the project, if it names some.
    """

    k: int = 2
    timeout: float = TIMEOUT
    cache: bool = False
    statements: bool = False
    engines: tuple[str, ...] = ()

    @property
    def limits(self) -> Limits:
        """What each proof may take: who gives more time in all gives more to each question too."""
        return Limits(self.k, max(Limits().query_ms, int(self.timeout * 1000) // QUESTIONS))
