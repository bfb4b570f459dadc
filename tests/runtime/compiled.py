"""Specs that tests write themselves, compiled."""

from __future__ import annotations

from pathlib import Path

from bxc.compile import artifacts, check


def compile_spec(folder: Path, name: str, text: str) -> str:
    """The place of a compiled spec, as `network` takes it: its file and, beside it, its generated files."""
    place = folder / name
    file = place.with_suffix(".bxc")
    file.write_text(text, "utf-8")
    checked = check(file, proving=None)
    assert checked.ok, checked.diagnostics
    for it in artifacts(checked):
        path = place / it.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(it.text, "utf-8")
    return str(place)
