"""How Hypothesis runs: no time limits, and the same examples each time but in `make soak`."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("bxc", deadline=None, derandomize="BXC_SOAK" not in os.environ)
settings.load_profile("bxc")
