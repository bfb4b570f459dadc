"""Tells at the end of a run how many random lenses were exercised."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for found in terminalreporter.stats.values() for report in found]
    lenses = sum(
        int(str(count))
        for report in reports
        for name, count in getattr(report, "user_properties", ())
        if name == "lenses" and getattr(report, "when", "") == "call"
    )
    if lenses:
        terminalreporter.write_line(f"{lenses} random lenses exercised in all engines")
