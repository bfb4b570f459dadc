"""Warnings about a spec without errors: unused declarations, `drop` and `real` in what is shared."""

from __future__ import annotations

from bxc import model
from bxc.diagnostic import Label
from bxc.resolve.findings import Findings
from bxc.types import Real


def lint(spec: model.Spec, findings: Findings) -> None:
    """All lints of a resolved spec."""
    _unused(spec, findings)
    views = {v.name: v for v in spec.views}
    flagged: set[int] = set()
    for share in spec.shares:
        for name in share.views:
            _open_ended(name, share, views, flagged, findings)
        _real(share, views, findings)


def _unused(spec: model.Spec, findings: Findings) -> None:
    """BX504: peers without a source; sources from which no view is built and which no reference ties to another."""
    with_source = {s.peer for s in spec.sources}
    for peer in spec.peers:
        if peer.name not in with_source:
            findings.warning(
                "BX504",
                f"peer `{peer.name}` has no source",
                peer.span,
                "never used",
                way_out=f"declare what it holds: `source … at {peer.name} {{ … }}`, or remove it",
            )
    used = {v.base for v in spec.views} | {
        s.other for v in spec.views for s in v.steps if isinstance(s, model.Join | model.Union | model.Minus)
    }
    used |= {key.target for s in spec.sources for key in s.foreign_keys if key.target != s.name}
    # rows that refer to others keep these from being deleted
    used |= {s.name for s in spec.sources if any(key.target != s.name for key in s.foreign_keys)}
    for source in spec.sources:
        if source.name not in used:
            findings.warning(
                "BX504",
                f"source `{source.name}` is never used",
                source.span,
                "no view is built on it and nothing refers to it",
                way_out=f"declare a view: `view … from {source.name} {{ … }}`, or remove it",
            )


def _open_ended(
    name: str, share: model.Share, views: dict[str, model.View], flagged: set[int], findings: Findings
) -> None:
    """BX501: a shared view that says only what it hides; one `keep` on its way to the source suffices."""
    chain = _chain(name, views)
    steps = [step for view in chain for step in view.steps]
    if any(isinstance(step, model.Keep) for step in steps):
        return
    for step in steps:
        if isinstance(step, model.Drop) and id(step) not in flagged:
            flagged.add(id(step))
            findings.warning(
                "BX501",
                f"share `{share.name}` will show every new column of its source",
                step.span,
                "this hides one column by name; a column added later is shared without a word",
                (Label(share.span, f"view `{name}` is shared here"),),
                "list what is to be shared: " + _keep_line(views[name]),
            )


def _keep_line(view: model.View) -> str:
    shown = ", ".join(c.name for c in view.columns[:8]) + (", …" if len(view.columns) > 8 else "")
    return f"`keep {shown}`"


def _chain(name: str, views: dict[str, model.View]) -> list[model.View]:
    """A view and those that it is built on."""
    found: list[model.View] = []
    while name in views:
        found.append(views[name])
        name = views[name].base
    return found


def _real(share: model.Share, views: dict[str, model.View], findings: Findings) -> None:
    """BX502: a floating-point column in a share."""
    first: dict[str, model.View] = {}
    for name in share.views:
        for column in views[name].columns:
            if isinstance(column.type, Real):
                first.setdefault(column.name, views[name])
    for attribute, view in first.items():
        findings.warning(
            "BX502",
            f"share `{share.name}` shares the floating-point column `{attribute}`",
            share.span,
            "equal values may be stored differently by different engines",
            (Label(view.span, f"`{attribute}` is real in this view"),),
            "use a decimal, or leave the column out of the share",
        )
