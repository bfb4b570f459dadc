"""A cascade graph → one page that needs nothing else: the picture, a card for each node, style and script inline."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from bxc.codegen.graph.as_svg import body
from bxc.codegen.graph.cards import cards
from bxc.codegen.graph.cascade import CascadeGraph
from bxc.codegen.graph.layout import draw


def to_html(graph: CascadeGraph) -> str:
    """The page. Its policy allows this very style and script alone, and no request to anywhere."""
    style, script = _shipped("page.css"), _shipped("page.js")
    drawing = draw(graph)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(_shipped("page.html.jinja")).render(
        graph=graph,
        cards=cards(graph),
        width=round(drawing.width),
        height=round(drawing.height),
        picture=body(drawing, interactive=True),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}",
    )
    return "".join(character if character >= " " or character == "\n" else "\ufffd" for character in page) + "\n"


def _shipped(name: str) -> str:
    return files("bxc.codegen.graph").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
