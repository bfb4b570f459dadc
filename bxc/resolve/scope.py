"""What can be seen at a place: the columns of a relation at one step, and all that a spec declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from bxc import syntax
from bxc.dataclass import dataclass
from bxc.diagnostic import Label
from bxc.expr import Column
from bxc.resolve.findings import Findings
from bxc.resolve.names import report_unknown
from bxc.resolve.ranges import Interval
from bxc.text import Span
from bxc.types import Type


@dataclass(frozen=True, slots=True)
class Origin:
    """The column of a source whose values a column holds."""

    source: str
    column: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column of a relation at one step.

    ``type`` None: an error that is reported elsewhere hides it. ``origin`` None: the column is computed. ``interval``
    holds every value of a number, in units of its last digit.
    """

    name: str
    type: Type | None
    nullable: bool
    origin: Origin | None
    interval: Interval | None
    span: Span

    def column(self) -> Column | None:
        """The column as an operand; None where its type is not known."""
        return None if self.type is None else Column(self.name, self.type, self.nullable)


@dataclass(frozen=True, slots=True)
class Scope:
    """The columns that can be seen, in order.

    ``gone`` says of those that no longer can where they went. A scope that is not ``complete`` may have more columns
    than are known (its base has an error), so that an unknown name in it is no error.
    """

    columns: Mapping[str, Attribute]
    gone: Mapping[str, Label] = field(default_factory=dict)
    complete: bool = True

    def find(self, name: syntax.Name, findings: Findings, otherwise: str = "") -> Attribute | None:
        """The column of a name; None, with BX002 if that is certain, where there is none."""
        found = self.columns.get(name.text)
        if found is None and self.complete:
            self.report_missing(name, findings, otherwise)
        return found

    def report_missing(self, name: syntax.Name, findings: Findings, otherwise: str = "") -> None:
        """BX002 for a column that is not there, with the step that took it away if there is one."""
        gone = self.gone.get(name.text)
        if gone is not None:
            findings.error(
                "BX002",
                f"column `{name.text}` can no longer be seen here",
                name.span,
                "not a column at this step",
                (gone,),
                "use it in a step before that one, or keep it",
            )
        else:
            report_unknown("column", name, self.columns, findings, text="no such column here", otherwise=otherwise)

    def without(self, names: set[str], reason: Label) -> Scope:
        """The scope with these columns gone."""
        columns = {n: a for n, a in self.columns.items() if n not in names}
        gone = {**self.gone, **dict.fromkeys((n for n in self.columns if n in names), reason)}
        return replace(self, columns=columns, gone=gone)

    def bounds(self) -> dict[str, Interval]:
        """The interval of each column that is a number."""
        return {n: a.interval for n, a in self.columns.items() if a.interval is not None}


UNKNOWN = Scope({}, complete=False)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What views and foreign keys ask of a source.

    ``unique_alone``: columns that are a key by themselves. ``in_key``: columns of any key. ``dependencies``: left and
    right sides of the `determines` lines.
    """

    unique_alone: frozenset[str]
    in_key: frozenset[str]
    dependencies: tuple[tuple[frozenset[str], frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A source or view as others see it. ``peer`` None: not known after an error."""

    name: str
    peer: str | None
    scope: Scope
    span: Span
    facts: SourceFacts | None = None

    @property
    def is_source(self) -> bool:
        return self.facts is not None

    @property
    def noun(self) -> str:
        return "source" if self.is_source else "view"


@dataclass(slots=True)
class World:
    """All that is declared so far, by name; filled source by source, then view by view."""

    findings: Findings
    peers: dict[str, syntax.Peer] = field(default_factory=dict)
    sources: dict[str, syntax.Source] = field(default_factory=dict)
    views: dict[str, syntax.View] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)

    def find_peer(self, name: syntax.Name) -> str | None:
        """The peer of a name; None and BX002 if there is none."""
        if name.text in self.peers:
            return name.text
        what = self._declared_as(name)
        otherwise = "" if what else f"declare it: `peer {name.text}`"
        report_unknown("peer", name, self.peers, self.findings, text=what, otherwise=otherwise)
        return None

    def find_relation(self, name: syntax.Name, asking: str = "") -> Relation | None:
        """The source or view of a name, which must be resolved by now; None and BX002 if there is none.

        The view that is ``asking`` is no answer.
        """
        found = self.relations.get(name.text)
        if found is None:
            known = [n for n in (*self.sources, *self.views) if n != asking]
            report_unknown("source or view", name, known, self.findings, text=self._declared_as(name))
        return found

    def _declared_as(self, name: syntax.Name) -> str:
        """What a name stands for that is not of the kind asked for; empty if for nothing."""
        kinds = (("peer", self.peers), ("source", self.sources), ("view", self.views))
        return next((f"`{name.text}` is a {kind}" for kind, names in kinds if name.text in names), "")

    def find_source(self, name: syntax.Name) -> Relation | None:
        """The source of a name; None and BX002 if there is none."""
        found = self.relations.get(name.text)
        if found is not None:
            return found
        view = self.views.get(name.text)
        if view is None:
            report_unknown("source", name, self.sources, self.findings)
        else:
            also = (Label(view.name.span, "declared as a view here"),)
            self.findings.error(
                "BX002", f"`{name.text}` is a view", name.span, "a source is needed", also, "refer to a source"
            )
        return None

    def find_view(self, name: syntax.Name) -> Relation | None:
        """The view of a name; None and BX002 if there is none."""
        found = self.relations.get(name.text)
        if found is None:
            report_unknown("view", name, self.views, self.findings)
        elif found.is_source:
            also = (Label(found.span, "declared as a source here"),)
            way_out = f"declare a view of it: `view … from {name.text} {{ … }}`"
            self.findings.error("BX002", f"`{name.text}` is a source", name.span, "a view is needed", also, way_out)
        else:
            return found
        return None
