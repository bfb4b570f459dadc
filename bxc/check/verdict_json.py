"""Verdicts ⇄ JSON without loss: how they are kept between runs, and how `verdicts.json` lists them."""

from __future__ import annotations

from typing import Any

from bxc.laws.verdict import Edge, Fault, Finding, Law, Status, Verdict

Json = dict[str, Any]

LAWS = {law.value: law for law in Law}
EDGE_TEXTS = ("from_share", "operation", "attribute", "peer", "from_view", "to_view", "to_share")
EDGE_LISTS = ("by", "operations", "attributes")
STATUSES = {status.value: status for status in Status}


def to_json(verdict: Verdict) -> Json:
    """A verdict as an object of JSON; members that say nothing are left out."""
    found: Json = {
        "law": verdict.law.value,
        "subject": verdict.subject,
        "scope": verdict.scope,
        "status": verdict.status.value,
    }
    if verdict.k is not None:
        found["k"] = verdict.k
    if verdict.reason is not None:
        found["reason"] = verdict.reason
    if verdict.finding is not None:
        found["finding"] = finding_to_json(verdict.finding)
        if verdict.finding.witness is not None:
            from bxc.check import witness_json

            found["witness"] = witness_json.to_json(verdict.finding.witness)
    if verdict.edge is not None:
        found["edge"] = _edge_to_json(verdict.edge)
    return found


def from_json(found: Json) -> Verdict:
    """The verdict that `to_json` wrote; KeyError, TypeError or ValueError if it is none."""
    finding = None
    if (told := found.get("finding")) is not None:
        finding = finding_from_json(told, found.get("witness"))
    return Verdict(
        LAWS[found["law"]],
        _text(found["subject"]),
        _text(found["scope"]),
        STATUSES[found["status"]],
        found.get("k"),
        found.get("reason"),
        finding,
        None if (edge := found.get("edge")) is None else _edge_from_json(edge),
    )


def finding_to_json(finding: Finding) -> Json:
    """A finding without its witness."""
    found: Json = {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "fault": _fault_to_json(finding.fault),
    }
    if finding.label:
        found["label"] = finding.label
    if finding.others:
        found["others"] = [{**_fault_to_json(fault), "label": label} for fault, label in finding.others]
    if finding.help is not None:
        found["help"] = finding.help
    return found


def finding_from_json(found: Json, witness: Json | None) -> Finding:
    """The finding that `finding_to_json` wrote, with its witness as JSON; raises as `from_json`."""
    shown = None
    if witness is not None:
        from bxc.check import witness_json

        shown = witness_json.from_json(witness)
    return Finding(
        _text(found["code"]),
        _text(found["severity"]),
        _text(found["message"]),
        _fault_from_json(found["fault"]),
        _text(found.get("label", "")),
        tuple((_fault_from_json(other), _text(other["label"])) for other in found.get("others", ())),
        found.get("help"),
        shown,
    )


def _edge_to_json(edge: Edge) -> Json:
    found: Json = {name: getattr(edge, name) for name in EDGE_TEXTS}
    found |= {name: list(getattr(edge, name)) for name in EDGE_LISTS}
    found["known"] = edge.known
    if edge.witness is not None:
        from bxc.check import witness_json

        found["witness"] = witness_json.to_json(edge.witness)
    return found


def _edge_from_json(found: Json) -> Edge:
    shown = None
    if (witness := found.get("witness")) is not None:
        from bxc.check import witness_json

        shown = witness_json.from_json(witness)
    texts = {name: _text(found[name]) for name in EDGE_TEXTS}
    lists = {name: tuple(_text(item) for item in found[name]) for name in EDGE_LISTS}
    return Edge(**texts, **lists, known=bool(found["known"]), witness=shown)  # type: ignore[arg-type]


def _fault_to_json(fault: Fault) -> Json:
    return {"kind": fault.kind, "names": list(fault.names)}


def _fault_from_json(found: Json) -> Fault:
    return Fault(_text(found["kind"]), tuple(_text(name) for name in found["names"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value
