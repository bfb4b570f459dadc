"""Share declarations → shares: members, authorities, rights, opener, deadline."""

from __future__ import annotations

from dataclasses import field

from bxc import model, syntax
from bxc.dataclass import dataclass
from bxc.diagnostic import Label
from bxc.resolve.names import listed, report_unknown, without_repeats
from bxc.resolve.scope import Relation, World
from bxc.text import Span

MOST_PEERS = 64
MOST_ATTRIBUTES = 240
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
LONGEST_DEADLINE = 10 * 365 * 86_400


@dataclass(slots=True)
class Draft:
    """A share while its items are read.

    ``attributes``: the columns of its views, with their places; ``hidden``: columns that a view no longer shows.
    ``complete``: whether all of its views and peers are known.
    """

    tree: syntax.Share
    members: dict[str, syntax.Name] = field(default_factory=dict)
    attributes: dict[str, Span] = field(default_factory=dict)
    hidden: dict[str, Label] = field(default_factory=dict)
    complete: bool = True
    authorities: list[model.Authority] = field(default_factory=list)
    rights: dict[tuple[str, str, str], model.Right] = field(default_factory=dict)


def resolve_share(tree: syntax.Share, world: World) -> model.Share | None:
    """The share; None where it has an error."""
    draft = Draft(tree)
    _members(draft, world)
    _refuse_repeated_items(draft, world)
    for item in tree.items:
        match item:
            case syntax.Authority():
                _authority(draft, item, world)
            case syntax.UpdateRight():
                _update(draft, item, world)
            case syntax.RowRight():
                for peer in without_repeats(item.peers, f"`{item.operation} by`", world.findings):
                    _grant(draft, item.operation, "", peer, peer.span, world)
            case syntax.Open():
                _member(draft, item.peer, "opens the share", world)
            case syntax.Ack():
                pass
    _refuse_two_update_lines(draft, world)
    authority = _the_authority(draft, world)
    opening = next((i for i in tree.items if isinstance(i, syntax.Open)), None)
    ack = next((i for i in tree.items if isinstance(i, syntax.Ack)), None)
    deadline = None if ack is None else _deadline(ack, world)
    if authority is None:
        return None
    return model.Share(
        id=model.Identity(tree.name.text),
        views=tuple(n.text for n in tree.views),
        authorities=tuple(draft.authorities),
        rights=tuple(draft.rights.values()),
        opener=authority if opening is None else opening.peer.text,
        adopt=opening is not None and opening.adopt,
        deadline=deadline,
        policy="stall" if ack is None or ack.policy is None else ack.policy,
        span=tree.name.span,
    )


# --- members --------------------------------------------------------------------------------------------------------


def _members(draft: Draft, world: World) -> None:
    """Bind the views: BX003 for one that stands twice, BX010 for two of one peer, BX007 for too many."""
    findings = world.findings
    for name in without_repeats(draft.tree.views, "this share", findings):
        view = world.find_view(name)
        if view is None:
            draft.complete = False
            continue
        draft.complete = draft.complete and view.scope.complete and view.peer is not None
        _attributes(draft, view)
        if view.peer is None:
            continue
        first = draft.members.setdefault(view.peer, name)
        if first is not name:
            findings.error(
                "BX010",
                f"two views of peer `{view.peer}` in one share",
                name.span,
                f"`{view.name}` is a view of `{view.peer}`",
                (Label(first.span, f"and so is `{first.text}`"),),
                "a share holds one view of each peer: leave one out, or make two shares",
            )
    if len(draft.tree.views) < 2:
        findings.error(
            "BX007",
            f"share `{draft.tree.name.text}` has a single view",
            draft.tree.name.span,
            "a share keeps views of two or more peers equal",
            way_out="add `<->` and the view of another peer",
        )
    if len(draft.members) > MOST_PEERS:
        findings.error(
            "BX007",
            f"share `{draft.tree.name.text}` has too many peers",
            draft.tree.name.span,
            f"{len(draft.members)} peers, at most {MOST_PEERS} are possible",
            way_out="split it into several shares",
        )
    if len(draft.attributes) > MOST_ATTRIBUTES:
        findings.error(
            "BX007",
            f"share `{draft.tree.name.text}` has too many attributes",
            draft.tree.name.span,
            f"{len(draft.attributes)} attributes, at most {MOST_ATTRIBUTES} are possible",
            way_out="keep fewer columns, or split the views into several shares",
        )


def _attributes(draft: Draft, view: Relation) -> None:
    for attribute in view.scope.columns.values():
        draft.attributes.setdefault(attribute.name, attribute.span)
    for name, label in view.scope.gone.items():
        draft.hidden.setdefault(name, label)


def _member(draft: Draft, name: syntax.Name, what: str, world: World) -> bool:
    """Whether a peer is in the share; BX002 if there is no such peer, BX301 if it has no view here."""
    if world.find_peer(name) is None:
        return False
    if name.text in draft.members or not draft.complete:
        return True
    members = ", ".join(f"`{m}`" for m in draft.members)
    world.findings.error(
        "BX301",
        f"peer `{name.text}` is not in share `{draft.tree.name.text}`",
        name.span,
        f"{what} without a view in it",
        (Label(draft.tree.name.span, f"the peers of this share are {members}"),),
        f"name one of {members}, or add a view of `{name.text}` to the share",
    )
    return False


# --- items ----------------------------------------------------------------------------------------------------------


def _refuse_repeated_items(draft: Draft, world: World) -> None:
    """BX003 for a second `authority` without columns, `open` or `ack`."""
    first: dict[str, syntax.ShareItem] = {}
    for item in draft.tree.items:
        match item:
            case syntax.Authority(columns=()):
                word = "authority"
            case syntax.Open():
                word = "open by"
            case syntax.Ack():
                word = "ack within"
            case syntax.Authority() | syntax.UpdateRight() | syntax.RowRight():
                continue
        seen = first.setdefault(word, item)
        if seen is not item:
            world.findings.error(
                "BX003",
                f"a share has only one `{word}`" + (" for all columns" if word == "authority" else ""),
                item.span,
                "again here",
                (Label(seen.span, "first here"),),
                "name columns: `authority P on a, b`" if word == "authority" else "keep one of the two",
            )


def _authority(draft: Draft, item: syntax.Authority, world: World) -> None:
    _member(draft, item.peer, "is the authority", world)
    columns = without_repeats(item.columns, "`on`", world.findings)
    for name in columns:
        earlier = next((a for a in draft.authorities if name.text in a.columns), None)
        if _attribute(draft, name, world) and earlier is not None:
            world.findings.error(
                "BX003",
                f"`{name.text}` has two authorities",
                name.span,
                "again here",
                (Label(earlier.span, f"`{earlier.peer}` is its authority"),),
                "name each column in one `authority` line",
            )
    draft.authorities.append(model.Authority(item.peer.text, tuple(n.text for n in columns), item.span))


def _the_authority(draft: Draft, world: World) -> str | None:
    """The peer of the `authority` line for all columns; BX011 if there is none."""
    for authority in draft.authorities:
        if not authority.columns:
            return authority.peer
    partial = tuple(Label(a.span, "this is for some columns only") for a in draft.authorities[:1])
    world.findings.error(
        "BX011",
        f"share `{draft.tree.name.text}` has no authority",
        draft.tree.name.span,
        "nobody could change its rights",
        partial,
        f"add a line `authority {next(iter(draft.members), 'P')}`",
    )
    return None


def _update(draft: Draft, item: syntax.UpdateRight, world: World) -> None:
    columns = without_repeats(item.columns, "`update`", world.findings)
    peers = without_repeats(item.peers, "`by`", world.findings)
    known = [name for name in columns if _attribute(draft, name, world)]
    members = [peer for peer in peers if _member(draft, peer, "has this right", world)]
    for column in known:
        for peer in members:
            _add_right(draft, model.Right("update", column.text, peer.text, column.span), peer.span, world)


def _grant(draft: Draft, operation: str, attribute: str, peer: syntax.Name, span: Span, world: World) -> None:
    if _member(draft, peer, "has this right", world):
        _add_right(draft, model.Right(operation, attribute, peer.text, span), span, world)


def _add_right(draft: Draft, right: model.Right, span: Span, world: World) -> None:
    first = draft.rights.setdefault((right.operation, right.attribute, right.peer), right)
    if first is not right:
        what = f"update `{right.attribute}`" if right.attribute else right.operation
        world.findings.error(
            "BX003",
            f"peer `{right.peer}` is given the right to {what} twice",
            span,
            "again here",
            (Label(first.span, "first here"),),
            "say it once",
        )


def _attribute(draft: Draft, name: syntax.Name, world: World) -> bool:
    """Whether the views have a column; BX302 if they hide it, BX002 if there is none of this name."""
    if name.text in draft.attributes or not draft.complete:
        return True
    hidden = draft.hidden.get(name.text)
    if hidden is None:
        report_unknown("column", name, draft.attributes, world.findings, text="in none of the views of this share")
    else:
        world.findings.error(
            "BX302",
            f"the views of share `{draft.tree.name.text}` hide `{name.text}`",
            name.span,
            "a right on a column that is not shared",
            (hidden,),
            f"keep it in the views, or leave it out; shared are {listed(list(draft.attributes))}",
        )
    return False


def _refuse_two_update_lines(draft: Draft, world: World) -> None:
    """BX505, a warning: the rights on one column are spread over several lines."""
    lines: dict[str, tuple[syntax.Name, set[str]]] = {}
    for item in draft.tree.items:
        if not isinstance(item, syntax.UpdateRight):
            continue
        peers = {p.text for p in item.peers}
        for name in {n.text: n for n in item.columns}.values():
            first, earlier = lines.setdefault(name.text, (name, peers))
            if first is not name and not peers & earlier:
                world.findings.warning(
                    "BX505",
                    f"the rights on `{name.text}` stand in two lines",
                    name.span,
                    "again here",
                    (Label(first.span, "first here"),),
                    f"write one line: `update {name.text} by {', '.join(sorted(earlier | peers))}`",
                )
            if first is not name:
                lines[name.text] = (first, earlier | peers)


def _deadline(ack: syntax.Ack, world: World) -> int | None:
    """The seconds of `ack within`; BX005 for a fraction, BX007 beyond 10 years."""
    digits = ack.amount.digits
    unit = SECONDS.get(ack.unit.text)
    place = ack.amount.span.to(ack.unit.span)
    if not digits.isdecimal() or unit is None:
        world.findings.error(
            "BX005",
            "this is no deadline",
            place,
            "a whole number and one of the units s, m, h, d",
            way_out="for example `ack within 36h`",
        )
        return None
    seconds = int(digits) * unit if len(digits) <= 10 else LONGEST_DEADLINE
    if not 0 < seconds < LONGEST_DEADLINE:
        world.findings.error(
            "BX007",
            "this deadline is out of range",
            place,
            "longer than nothing and shorter than 10 years",
            way_out="for example `ack within 36h`",
        )
        return None
    return seconds
