"""How far proving may go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """``k``: rows a table where a proof is by cases; ``query_ms``: time for one question to the solver."""

    k: int = 2
    query_ms: int = 5_000
