"""How far proving may go."""

from __future__ import annotations

import math
from dataclasses import field

from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """``k``: rows a table where a proof is by cases; ``query_ms``: time for one question to the solver.

    ``deadline`` (monotonic) is when everything has to end; limits that differ in it alone are equal.
    """

    k: int = 2
    query_ms: int = 5_000
    deadline: float = field(default=math.inf, compare=False)
