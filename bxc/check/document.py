"""Verdicts → `verdicts.json` (`docs/verdicts-format.md`)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bxc import __version__, model
from bxc.check.verdict_json import to_json
from bxc.laws.limits import Limits
from bxc.laws.verdict import Status, Verdict

FORMAT_VERSION = 1


def document(spec: model.Spec, verdicts: Sequence[Verdict], limits: Limits) -> str:
    """The document, indented, with a line end; verdicts in the order in which they were proved."""
    found = {
        "format": "bxc-verdicts",
        "format_version": FORMAT_VERSION,
        "spec": spec.name,
        "version": spec.version,
        "tool_version": __version__,
        "k": limits.k,
        "summary": {status.value: sum(verdict.status is status for verdict in verdicts) for status in Status},
        "verdicts": [to_json(verdict) for verdict in verdicts],
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
