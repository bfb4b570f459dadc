"""Specs → the emitted files, without proofs: the evaluator is tried on unlawful views too."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from properties.pipeline import Compiled, emitted
from properties.specs import SpecText

from bxc.compile import Checked, check
from bxc.diagnostic import Severity


def unproved(text: str) -> Checked:
    """What is known of a spec's text when its laws are not looked at."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "random.bxc")
        path.write_text(text, encoding="utf-8")
        return check(path, proving=None)


def compile_unproved(spec: SpecText) -> Compiled:
    """Compiles what can be compiled of a spec: views with errors are left out."""
    pieces = [spec.head, *spec.views]
    while True:
        text = "\n".join(pieces) + "\n"
        checked = unproved(text)
        errors = [d for d in checked.diagnostics if d.severity is Severity.ERROR]
        if not errors:
            return emitted(text, checked, Counter())
        starts = [0]
        for piece in pieces:
            starts.append(starts[-1] + len(piece) + 1)
        wrong = {max(i for i, start in enumerate(starts[:-1]) if start <= d.primary.span.start) for d in errors}
        assert 0 not in wrong, f"{errors[0].code} {errors[0].message}\n{text}"
        pieces = [piece for index, piece in enumerate(pieces) if index not in wrong]
