"""Verdicts → diagnostics: what was found at its place in the text, and what could not be proved, once a subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bxc import model, syntax
from bxc.check.places import Places
from bxc.check.run import fault_of
from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.laws.verdict import Finding, Law, Status, Verdict
from bxc.text import Span

MOST_PLACES = 8  # of findings that are told as one
WORDS = {
    Law.GET_PUT: "putting back what was read changes nothing",
    Law.PUT_GET: "what is read after a put is what was put",
    Law.DETERMINISTIC: "a put has one outcome",
    Law.VIEW_SCHEMA: "what is read has the view's key and types",
    Law.SOURCE_KEPT: "a put keeps the constraints of the source",
    Law.HIDDEN_KEPT: "a put keeps what the view hides",
    Law.PUT_TOTAL: "every edit that the rights allow can be put",
    Law.PUT_PUT: "a row that is deleted and inserted again comes back whole",
    Law.ENDS_AGREE: "what one end may hold fits at the others",
    Law.OPENABLE: "the share can open",
    Law.OVERLAP: "edits reach no other share than the graph shows",
    Law.CASCADE_RIGHTS: "every change can be handed on to the next share",
    Law.CASCADE_ENDS: "a change that goes around a circle of shares comes to an end",
    Law.ONE_WRITER: "no cell has two writers",
    Law.RIGHTS: "every right can be used",
}
"""What a law says to somebody who does not know its name."""

SEVERITIES = {severity.value: severity for severity in Severity}


def diagnostics(
    verdicts: Sequence[Verdict], spec: model.Spec, files: tuple[syntax.File, ...]
) -> tuple[Diagnostic, ...]:
    """All that verdicts have to tell, each thing once, in their order."""
    if not any(verdict.finding or verdict.status in (Status.BOUNDED, Status.UNKNOWN) for verdict in verdicts):
        return ()
    places = Places(spec, files)
    findings = [verdict.finding for verdict in verdicts if verdict.finding is not None]
    told = [tell(finding, places) for finding in _together(findings, spec)]
    grave = {(d.code, d.primary.span) for d in told if d.severity is Severity.ERROR}
    found = [d for d in told if d.severity is Severity.ERROR or (d.code, d.primary.span) not in grave]
    return tuple(dict.fromkeys([*found, *_bounded(verdicts, places), *_unknown(verdicts, places)]))


def news(told: Sequence[Diagnostic], known: Sequence[Diagnostic], spec: model.Spec) -> list[Diagnostic]:
    """What proofs tell, without own edits of a view whose default was seen to contradict its condition (BX207)."""
    contradictory = [d.primary.span for d in known if d.code == "BX207"]
    spans = [_spans(view) for view in spec.views]
    repeated = [within for within in spans if not within.isdisjoint(contradictory)]
    return [
        d
        for d in told
        if (d.code, d.severity) != ("BX207", Severity.WARNING) or not any(d.primary.span in w for w in repeated)
    ]


def _spans(view: model.View) -> frozenset[Span]:
    """The places of a view's steps and defaults."""
    defaults = (default.span for step in view.steps if isinstance(step, model.Keep) for default in step.defaults)
    return frozenset((view.span, *(step.span for step in view.steps), *defaults))


def tell(finding: Finding, places: Places) -> Diagnostic:
    """A finding at its place."""
    return Diagnostic(
        finding.code,
        finding.message,
        Label(places.find(finding.fault), finding.label),
        tuple(Label(places.find(fault), label) for fault, label in finding.others),
        finding.help,
        SEVERITIES[finding.severity],
        finding.witness,
    )


def _together(findings: Iterable[Finding], spec: model.Spec) -> Iterable[Finding]:
    """Findings, but those that would repeat each other once.

    Peers that share a column in two shares have a cell with two writers (BX331) each; and what a right changes at one
    peer (BX321) may stick in many shares.
    """
    findings = tuple(findings)
    empty = {finding.fault.names for finding in findings if finding.code == "BX343"}
    found: dict[object, list[Finding]] = {}
    for finding in findings:
        if finding.code == "BX304" and finding.fault.names[:1] in empty:
            continue  # of a share that is always empty no right is of use
        if finding.code == "BX331":
            rights = [fault for fault in (finding.fault, *(f for f, _ in finding.others)) if fault.kind == "right"]
            found.setdefault(tuple(right.names[:-1] for right in rights), []).append(finding)
        elif finding.code == "BX321":
            found.setdefault((finding.fault, finding.others[1:2]), []).append(finding)
        else:
            found[len(found), finding.code] = [finding]
    owners = {source.name: source.peer for source in spec.sources}
    return [_merged(those, owners) if those[0].code == "BX331" else _stuck(those) for those in found.values()]


def _stuck(findings: Sequence[Finding]) -> Finding:
    """The first finding, with the places at which the others lack a right."""
    first, *rest = findings
    if not rest:
        return first
    number = "another share" if len(rest) == 1 else f"{len(rest)} other shares"
    places = tuple(finding.others[0] for finding in rest[:MOST_PLACES])
    return replace(first, message=f"{first.message}; so it is with {number}", others=(*first.others, *places))


def _merged(findings: Sequence[Finding], owners: Mapping[str, str]) -> Finding:
    """The first finding, which names the peers of the others."""
    first, *rest = findings
    cells = dict.fromkeys(fault for f in rest for fault, _ in f.others if fault.kind == "column")
    peers = list(dict.fromkeys(owners[fault.names[0]] for fault in cells))
    if not peers:
        return first
    listed = peers[0] if len(peers) == 1 else f"{', '.join(peers[:-1])} and {peers[-1]}"
    return replace(
        first,
        message=f"{first.message}; so it is at {listed}",
        others=(*first.others, *((fault, f"and of this one, at {owners[fault.names[0]]}") for fault in cells)),
        help="let one peer alone hold these rights in both shares, or let no row be part of both",
    )


def _bounded(verdicts: Iterable[Verdict], places: Places) -> Iterable[Diagnostic]:
    """BX401 for each subject that was looked at up to some size only."""
    for subject, those in _by_subject(v for v in verdicts if v.status is Status.BOUNDED and v.finding is None):
        k = min(verdict.k or 0 for verdict in those)
        rows = "one row" if k == 1 else f"{k} rows"
        yield Diagnostic(
            "BX401",
            f"{_named(subject)}: it is known only for up to {rows} a table that {_laws(those)}",
            Label(places.find(fault_of(subject)), _reasons(those)),
            help=f"`--k {k + 1}` looks further" if 2 <= k < 4 else None,
            severity=Severity.WARNING,
        )


def _unknown(verdicts: Iterable[Verdict], places: Places) -> Iterable[Diagnostic]:
    """BX402 for each subject of which something is neither proved nor refuted."""
    for subject, those in _by_subject(v for v in verdicts if v.status is Status.UNKNOWN and v.finding is None):
        yield Diagnostic(
            "BX402",
            f"{_named(subject)}: it could not be decided whether {_laws(those)}",
            Label(places.find(fault_of(subject)), _reasons(those)),
            help="give it more time with `--timeout SECONDS`, or fewer rows to look at with `--k 1`",
            severity=Severity.WARNING,
        )


def _by_subject(verdicts: Iterable[Verdict]) -> Iterable[tuple[str, list[Verdict]]]:
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.subject, []).append(verdict)
    return found.items()


def _named(subject: str) -> str:
    """`view V` with its name in backquotes; what is no declaration as it is."""
    kind, _, name = subject.partition(" ")
    return f"{kind} `{name}`" if fault_of(subject).kind == kind else subject


def _laws(verdicts: Iterable[Verdict]) -> str:
    """What was asked, in words."""
    names = list(dict.fromkeys(WORDS[verdict.law] for verdict in verdicts))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _reasons(verdicts: Iterable[Verdict]) -> str:
    """Why, in the words of the first verdict and as many others as fit a line."""
    reasons = list(dict.fromkeys(verdict.reason for verdict in verdicts if verdict.reason))
    return reasons[0] + (f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else "") if reasons else ""
