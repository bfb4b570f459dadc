"""Reports in the five forms: text, json, github, sarif, junit."""

from __future__ import annotations

from collections.abc import Mapping

from bxc.report.colour import PLAIN, Palette
from bxc.report.model import Problem, Report

FORMATS = ("text", "json", "github", "sarif", "junit")
MACHINE_FORMATS = ("json", "sarif", "junit")
"""Forms that are one document, whatever happens."""

__all__ = ["FORMATS", "MACHINE_FORMATS", "PLAIN", "Palette", "Problem", "Report", "render"]


def render(
    report: Report,
    form: str,
    titles: Mapping[str, str],
    palette: Palette = PLAIN,
    *,
    quiet: bool = False,
    width: int | None = None,
) -> str:
    """A report in one of `FORMATS`, with a line end; ``titles`` are those of the codes' pages.

    Text is laid out for ``width`` cells, or for a wide page.
    """
    match form:
        case "text":
            from bxc.report import text

            return text.render(report, palette, width or text.WIDTH, quiet=quiet)
        case "json":
            from bxc.report import json

            return json.render(report)
        case "github":
            from bxc.report import github

            return github.render(report)
        case "sarif":
            from bxc.report import sarif

            return sarif.render(report, titles)
        case "junit":
            from bxc.report import junit

            return junit.render(report)
        case _:
            raise ValueError(f"no such form of report: {form}")
