"""The names that findings give → the places in the spec's text."""

from __future__ import annotations

from bxc import model, syntax
from bxc.laws.verdict import Fault
from bxc.text import Span


class Places:
    """Where the declarations of a spec stand."""

    def __init__(self, spec: model.Spec, files: tuple[syntax.File, ...]) -> None:
        self._views = {view.name: view for view in spec.views}
        self._sources = {source.name: source for source in spec.sources}
        self._shares = {share.name: share for share in spec.shares}
        self._openers: dict[str, Span] = {}
        root = files[-1]
        self._spec = Span(root.source, 0, 0)
        for file in files:
            for declaration in file.declarations:
                match declaration:
                    case syntax.Spec():
                        self._spec = declaration.span
                    case syntax.Share():
                        lines = [item.span for item in declaration.items if isinstance(item, syntax.Open)]
                        self._openers.update((declaration.name.text, span) for span in lines)

    def find(self, fault: Fault) -> Span:
        """The line at fault; what it belongs to where it has no line of its own; at the worst, the `spec` line."""
        name = fault.names[0] if fault.names else ""
        rest = fault.names[1:]
        if view := self._views.get(name):
            return self._in_view(fault.kind, view, rest) or view.span
        if source := self._sources.get(name):
            return _in_source(fault.kind, source, rest) or source.span
        if share := self._shares.get(name):
            return self._in_share(fault.kind, share, rest) or share.span
        return self._spec

    def _in_view(self, kind: str, view: model.View, rest: tuple[str, ...]) -> Span | None:
        """The step at fault, in the view or, if it has none such, in the views that it is made from."""
        if kind == "view":
            return view.span
        below: model.View | None = view
        seen: set[str] = set()
        while below is not None and below.name not in seen:
            if kind == "where" and rest:  # the number of the step
                return below.steps[int(rest[0])].span
            for step in reversed(below.steps):
                if (below is view or not _passes_on(step)) and (span := _step(kind, step, rest)) is not None:
                    return span
            seen.add(below.name)
            below = self._views.get(below.base)
        return None

    def _in_share(self, kind: str, share: model.Share, rest: tuple[str, ...]) -> Span | None:
        match kind, rest:
            case "right", (operation, attribute, peer):
                wanted = (operation, attribute, peer)
                granted = next((r.span for r in share.rights if (r.operation, r.attribute, r.peer) == wanted), None)
                return granted or self._computed(share, attribute, peer)
            case "opener", _:
                return self._openers.get(share.name)
            case _:
                return None

    def _computed(self, share: model.Share, attribute: str, peer: str) -> Span | None:
        """Where a peer's end computes a column: it may change by hidden ones, which needs no right."""
        ends = (view for name in share.views if (view := self._views.get(name)) and view.peer == peer)
        return next((span for end in ends if (span := self._in_view("add", end, (attribute,)))), None)


def _passes_on(step: model.Step) -> bool:
    """Whether a policy refuses nothing, so that another view of the stack is at fault."""
    match step:
        case model.OnDelete(policy="delete") | model.OnHidden(policy="revive"):
            return True
        case _:
            return False


def _step(kind: str, step: model.Step, rest: tuple[str, ...]) -> Span | None:
    """The place of a step if it is the one meant."""
    match kind, step:
        case ("where", model.Where()) | ("on delete", model.OnDelete()) | ("on hidden", model.OnHidden()):
            return step.span
        case ("key", model.Key()):
            return step.span
        case "default", model.Keep():
            return next((default.span for default in step.defaults if (default.column,) == rest), None)
        case "default", model.Drop():
            return step.span if (step.column,) == rest else None
        case "add", model.Add():
            return step.span if (step.column,) == rest else None
        case _:
            return None


def _in_source(kind: str, source: model.Source, rest: tuple[str, ...]) -> Span | None:
    match kind:
        case "column":
            return next((c.span for c in source.columns if (c.name,) == rest), None)
        case "check":
            return next((c.span for c in source.checks if (c.name,) == rest), None)
        case "unique":
            return next((u.span for u in source.uniques if u.columns == rest), None)
        case "primary key":
            return source.primary_key_span
        case "determines":
            rules = (d for d in source.dependencies if (",".join(d.left), ",".join(d.right)) == rest)
            return next((rule.span for rule in rules), None)
        case "references":
            return next((key.span for key in source.foreign_keys if (key.column,) == rest), None)
        case _:
            return None
