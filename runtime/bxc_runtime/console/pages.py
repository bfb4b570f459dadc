"""What the console shows, as HTML: everything from outside is escaped, for every template is escaped as a whole."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha384
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
HTMX = "htmx-4.0.1.min.js"
STATIC = {"console.css": "text/css; charset=utf-8", HTMX: "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its title, the template of its part, and whether the part is asked for again every two seconds."""

    title: str
    part: str
    lively: bool = True


PAGES: Mapping[str, Page] = {
    "/": Page("Shares", "shares"),
    "/pending": Page("Pending", "pending"),
    "/conflicts": Page("Conflicts", "conflicts", lively=False),
    "/held": Page("Unpublished edits", "held", lively=False),
    "/graph": Page("Cascade graph", "graph"),
}


@cache
def static(name: str) -> bytes:
    """A file that is the same for everybody."""
    return (HERE / "static" / name).read_bytes()


@cache
def integrity(name: str) -> str:
    """What a browser compares a script with."""
    return "sha384-" + b64encode(sha384(static(name)).digest()).decode()


def moment(seconds: float) -> str:
    """Seconds since 1970 as people read them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on every page of a peer."""

    peer: str
    spec: str
    environment: Environment = field(default_factory=_environment)

    def part(self, name: str, values: Mapping[str, Any]) -> str:
        """A part of a page."""
        return self.environment.get_template(f"{name}.html.jinja").render(_common(values))

    def page(self, frame: str, title: str, values: Mapping[str, Any]) -> str:
        """A page: a frame with what is given."""
        listed = tuple((path, page.title) for path, page in PAGES.items())
        common = {
            "peer": self.peer, "spec": self.spec, "title": title, "pages": listed, "htmx": HTMX,
            "integrity": integrity(HTMX), "here": "", "live": "", "lively": False, "csrf": "",
        }  # fmt: skip
        return self.environment.get_template(f"{frame}.html.jinja").render(common | _common(values))


def _common(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"told": "", "right": True, "moment": moment} | dict(values)
