"""What a soak has done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Figures:
    """What a soak has done. Seconds are real ones; ``faults`` and ``logs`` are counts by kind."""

    seed: int
    edits: int = 0
    updates: int = 0
    rejected: int = 0
    cancelled: int = 0
    comparisons: int = 0
    conflicts: int = 0
    held: int = 0
    unpublishable: int = 0
    resent: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    trace: str = ""
    faults: Counter[str] = field(default_factory=Counter)
    logs: Counter[str] = field(default_factory=Counter)
