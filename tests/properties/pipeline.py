"""The text of a random spec → its resolved model and the emitted files, by the whole pipeline.

Views that the compiler refuses are left out, with the views built on them; the findings are kept, so that a test can
tell how many there were.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from spark_server import missing

from bxc import model as m
from bxc.compile import ENGINES, Checked, artifacts, check
from bxc.database.bundle import Bundle, bundle
from bxc.diagnostic import Severity

from .specs import SpecText

ENGINES_WRITTEN = tuple(dict.fromkeys((*ENGINES, "postgres", *(() if missing() else ("spark",)))))


@dataclass
class Compiled:
    """A spec without errors: the text that is left of it, its model, and all files."""

    text: str
    spec: m.Spec
    bundle: Bundle
    refused: Counter[str] = field(default_factory=Counter)

    def puttable(self, peer: str) -> list[str]:
        """The views of a peer that can be put, in the order of the text."""
        views = self.bundle.peers[peer].views
        return [view.name for view in self.spec.views if view.peer == peer and views[view.name].key]


def compile_spec(spec: SpecText) -> Compiled:
    """Compiles what can be compiled of a spec; AssertionError if its sources cannot."""
    refused: Counter[str] = Counter()
    pieces = [spec.head, *spec.views]
    while True:
        text = "\n".join(pieces) + "\n"
        checked = check_text(text)
        errors = [d for d in checked.diagnostics if d.severity is Severity.ERROR]
        if not errors:
            break
        starts = [0]
        for piece in pieces:
            starts.append(starts[-1] + len(piece) + 1)
        wrong = {max(i for i, start in enumerate(starts[:-1]) if start <= d.primary.span.start) for d in errors}
        assert 0 not in wrong, f"{errors[0].code} {errors[0].message}: {errors[0].primary.span.text}\n{text}"
        refused.update(d.code for d in errors)
        pieces = [piece for index, piece in enumerate(pieces) if index not in wrong]
    return emitted(text, checked, refused)


def compile_file(path: Path) -> Compiled:
    """Compiles a spec file, which must be without errors."""
    return emitted(path.read_text(encoding="utf-8"), check(path, proving=None), Counter())


def emitted(text: str, checked: Checked, refused: Counter[str]) -> Compiled:
    assert checked.spec is not None, checked.diagnostics
    assert checked.plan is not None
    files = {artifact.path: artifact.text for artifact in artifacts(checked, ENGINES_WRITTEN)}
    return Compiled(text, checked.spec, bundle(checked.plan, files), refused)


def check_text(text: str) -> Checked:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "random.bxc")
        path.write_text(text, encoding="utf-8")
        return check(path, proving=None)
