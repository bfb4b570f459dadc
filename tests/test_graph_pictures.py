"""Renderings of the cascade graph: well formed whatever the names, laid out without overlaps, the same every time."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxc.codegen.graph import FORMATS, render
from bxc.codegen.graph.cascade import (
    CascadeEdge,
    CascadeGraph,
    GrantedRight,
    PeerNode,
    ShareNode,
    SourceNode,
    ViewNode,
)
from bxc.codegen.graph.drawing import Box
from bxc.codegen.graph.layout import draw
from bxc.codegen.graph.measure import fit, text_width, wrap
from bxc.codegen.graph.spread import spread

NASTY = [
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "' onload='alert(1)",
    "</style></svg><img src=x onerror=alert(1)>",
    "]]> & &amp; &lt; <!-- -->",
    "a\\",
    "tab\tline\nend\r",
    "\x00\x1b\x7f\x85\ufffe",
    "{{ 7 * 7 }}{% raw %}",
    "🏥 病院 Ärztin \u202e",
    "`code` #35; [x](y) |pipe| ;",
    "",
    "end",
    "x" * 300,
]


def star(shares: int, peers: int, name: str = "n") -> CascadeGraph:
    """A tree of peers with shares along its branches; each share can change the next one at the same peer."""
    names = [f"{name}{i}" for i in range(peers)]
    ends: list[tuple[int, int]] = [(k % (peers - 1) + 1, k % (peers - 1) // 2) for k in range(shares)]
    views = [
        ViewNode(f"{name}v{k}{s}", names[p], f"{name}s{p}", f"{name}s{p}", (name,), (name,), False, (name,), (f"h{k}",))
        for k, pair in enumerate(ends)
        for s, p in zip("ab", pair, strict=True)
    ]
    nodes = [
        ShareNode(
            f"h{k}",
            k,
            (f"{name}v{k}a", f"{name}v{k}b"),
            (names[a], names[b]),
            names[a],
            names[b],
            (GrantedRight("update", name, (names[a], names[b])), GrantedRight("insert", "", (names[a],))),
        )
        for k, (a, b) in enumerate(ends)
    ]
    edges = [
        CascadeEdge(
            f"h{k}", "update", name, (names[b],), names[a], f"{name}v{k}a", f"{name}v{k + peers - 1}a",
            f"h{k + peers - 1}", ("update", "insert"), (name,),
        )
        for k, (a, b) in enumerate(ends[: 1 - peers])
    ]  # fmt: skip
    return CascadeGraph(
        name,
        1,
        tuple(PeerNode(n, f"{name} & {n}") for n in names),
        tuple(SourceNode(f"{name}s{i}", n) for i, n in enumerate(names)),
        tuple(views),
        tuple(nodes),
        tuple(edges),
    )


def shown(name: str) -> str:
    """The name as XML can hold it."""
    return re.sub("[\x00-\x1f\x7f-\x9f\ufffe\uffff]", "\ufffd", name)


class Page(HTMLParser):
    """What a browser would see: elements, attribute names, and the text outside style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.inline: dict[str, str] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1] in ("style", "script"):
            self.inline.setdefault(self.elements[-1], data)
        self.text.append(data)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_svg_shows_any_name_as_text(name: str) -> None:
    root = ElementTree.fromstring(render(star(3, 3, name), "svg"))
    kinds = {element.tag.rsplit("}", 1)[1] for element in root.iter()}
    assert kinds <= {"svg", "title", "style", "defs", "marker", "path", "g", "rect", "text", "tspan"}
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    titles = [element.text for element in root.iter() if element.tag.endswith("title")]
    assert f"view {shown(name)}v0a at {shown(name)}1, from {shown(name)}s1" in titles


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_the_page_shows_any_name_as_text(name: str) -> None:
    plain, nasty = Page(render(star(3, 3), "html")), Page(render(star(3, 3, name), "html"))
    assert set(nasty.elements) == set(plain.elements)
    assert {kind: nasty.elements.count(kind) for kind in ("script", "style", "section", "button", "g")} == {
        kind: plain.elements.count(kind) for kind in ("script", "style", "section", "button", "g")
    }
    assert {key for key, _ in nasty.attributes} == {key for key, _ in plain.attributes}
    assert shown(name) + "v0a" in nasty.text or "\n" in name
    assert nasty.inline == plain.inline


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_dot_and_mermaid_hold_any_name_in_one_quoted_string(name: str) -> None:
    for format_, masked in (("dot", dot_shape), ("mermaid", mermaid_shape)):
        assert masked(render(star(3, 3, name), format_)) == masked(render(star(3, 3), format_))


def dot_shape(text: str) -> str:
    """The document with its strings emptied; fails where anything but a statement of DOT is left."""
    shape = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    for line in shape.splitlines():
        assert re.fullmatch(
            r'digraph "" \{|  subgraph cluster_p\d+ \{|  +\}|\}'
            r'|  +label="";|  +\w+( -> \w+)? \[\w+=("(")?|[\w.]+)(, \w+=(""|[\w.]+))*\];',
            line,
        ), line
    return shape


def mermaid_shape(text: str) -> str:
    """The same for Mermaid; a string holds no quote at all."""
    shape = re.sub(r'"[^"]*"', '""', text)
    node = r'(\w+\[""\](:::view)?|\w+\[\(""\)\]|\w+\(\[""\]\):::share)'
    for line in shape.splitlines():
        assert re.fullmatch(
            rf'flowchart LR|  subgraph p\d+\[""\]|  end|  +{node}|  \w+ (-\.-|---|(==>|-\.->)\|""\|) \w+'
            r"|  classDef (view|share) [\w#:,]+",
            line,
        ), line
    for label in re.findall(r'"([^"]*)"', text):
        assert re.fullmatch(r"(?:[ ,.:_-]|#\d+;|[^\W_])*", label), label
    return shape


@given(st.text(max_size=20))
@settings(max_examples=40, deadline=None)
def test_svg_is_well_formed_for_random_names(name: str) -> None:
    ElementTree.fromstring(render(star(2, 2, name), "svg"))


def test_json_keeps_names_as_they_are() -> None:
    name = "".join(NASTY)
    assert json.loads(render(star(1, 2, name), "json"))["views"][0]["name"] == f"{name}v0a"


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_allows_its_own_style_and_script_and_no_request() -> None:
    page = render(star(3, 3), "html")
    read = Page(page)
    policy = next(value for _, value in read.attributes if value and "default-src" in value)
    digests = {kind: b64encode(sha256(text.encode()).digest()).decode() for kind, text in read.inline.items()}
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'"
    )
    assert not re.search(r"https?://|//[a-z]|@import|url\((?!#)", page)


def test_every_node_can_be_reached_and_has_a_card() -> None:
    page = render(star(9, 4), "html")
    nodes = re.findall(r'<g id="(\w+)" class="[\w ]+"[^>]* tabindex="0" role="button" aria-label="', page)
    assert nodes == list(dict.fromkeys(nodes))
    assert sorted(nodes) == sorted(re.findall(r'data-about="(\w+)"', page))
    assert set(re.findall(r'data-node="(\w+)"', page)) <= set(nodes)
    assert {end for ends in re.findall(r'data-ends="([^"]+)"', page) for end in ends.split()} <= set(nodes)
    assert {node[0] for node in nodes} == {"p", "v", "h", "c"}


# --- layout -----------------------------------------------------------------------------------------------------------


def apart(left: Box, right: Box) -> bool:
    beside = left.right <= right.x or right.right <= left.x
    return beside or left.bottom <= right.y or right.bottom <= left.y


@pytest.mark.parametrize(("shares", "peers"), [(0, 3), (2, 3), (60, 8), (59, 60), (40, 2)])
def test_no_box_lies_on_another_and_all_lie_in_the_drawing(shares: int, peers: int) -> None:
    drawing = draw(star(shares, peers))
    outer = [p.box for p in drawing.peers] + [s.box for s in drawing.shares]
    assert all(apart(left, right) for left, right in combinations(outer, 2))
    views = [view.box for view in drawing.views]
    assert all(apart(left, right) for left, right in combinations(views, 2))
    homes = {peer.peer.name: peer.box for peer in drawing.peers}
    for inner, home in [(v.box, homes[v.view.peer]) for v in drawing.views] + [
        (s.box, homes[s.source.peer]) for s in drawing.sources
    ]:
        assert home.x <= inner.x
        assert inner.right <= home.right
        assert home.y <= inner.y
        assert inner.bottom <= home.bottom
    assert all(b.x >= 0 and b.y >= 0 and b.right <= drawing.width and b.bottom <= drawing.height for b in outer)


def test_peers_that_share_nothing_stand_beside_one_another() -> None:
    drawing = draw(star(0, 3))
    assert len({peer.box.y for peer in drawing.peers}) == 1


def test_the_peers_of_a_chain_stand_from_left_to_right() -> None:
    graph = star(2, 3)  # two leaves, 1 and 2, at one hub, 0
    places = {peer.peer.name: peer.box.x for peer in draw(graph).peers}
    assert places["n1"] < places["n0"] < places["n2"]


def test_the_leaves_of_a_star_stand_on_both_sides_of_the_hub() -> None:
    drawing = draw(star(2, 3))
    assert drawing.width > drawing.height
    assert len({peer.box.x for peer in drawing.peers}) == 3


@given(
    st.lists(st.floats(-1000, 1000), max_size=8).map(sorted),
    st.data(),
)
def test_spread_keeps_the_order_leaves_no_overlap_and_moves_nothing_without_need(
    wanted: list[float], data: st.DataObject
) -> None:
    heights = data.draw(st.lists(st.floats(1, 100), min_size=len(wanted), max_size=len(wanted)))
    middles = spread(wanted, heights)
    ends = [(m - h / 2, m + h / 2) for m, h in zip(middles, heights, strict=True)]
    assert all(left[1] <= right[0] + 1e-6 for left, right in pairwise(ends))
    free = [(w - h / 2, w + h / 2) for w, h in zip(wanted, heights, strict=True)]
    if all(left[1] <= right[0] for left, right in pairwise(free)):
        assert middles == pytest.approx(wanted)


def test_spread_shares_a_shortage_of_room_evenly() -> None:
    assert spread([10.0, 10.0, 10.0], [4.0, 4.0, 4.0]) == pytest.approx([6.0, 10.0, 14.0])


@given(st.text(max_size=30), st.floats(10, 100))
def test_a_text_that_does_not_fit_is_cut_to_its_beginning(text: str, width: float) -> None:
    cut = fit(text, width, 10.0)
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
    assert text_width(cut, 10.0) <= width + 1e-6 or cut == "…"


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=12).map(" ".join))
def test_a_wrapped_text_keeps_its_words_and_fits(text: str) -> None:
    lines = wrap(text, 80.0, 10.0)
    assert " ".join(line.removeprefix("\u2003") for line in lines) == text
    assert all(text_width(line, 10.0) <= 80.0 for line in lines)


# --- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FORMATS)
def test_a_graph_of_a_thousand_shares_is_rendered_the_same_twice(format_: str) -> None:
    graph = star(1000, 40)
    assert render(graph, format_) == render(graph, format_)


def test_a_graph_without_anything_is_rendered() -> None:
    empty = CascadeGraph("empty", 1, (), (), (), (), ())
    assert all(render(empty, format_).endswith("\n") for format_ in FORMATS)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="no such format of a graph: png"):
        render(star(1, 2), "png")
