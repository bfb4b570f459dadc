"""Witnesses ⇄ JSON without loss, to keep verdicts between runs; the form is that of reports."""

from bxc.witness_json import from_json, to_json

__all__ = ["from_json", "to_json"]
