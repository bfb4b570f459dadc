"""Which names a spec declares: its own, peers, sources and views, shares."""

from __future__ import annotations

from collections.abc import Sequence

from bxc import model, syntax
from bxc.diagnostic import Label
from bxc.resolve.findings import Findings
from bxc.resolve.names import (
    FILE_SUFFIXES,
    LONGEST_IDENTIFIER,
    LONGEST_RELATION,
    Namespace,
    appearance,
    check_name,
    folded,
)
from bxc.resolve.scope import World
from bxc.text import Span


def resolve_header(files: tuple[syntax.File, ...], findings: Findings) -> syntax.Spec | None:
    """The `spec` line of the root file, which is the last; None if it has none (BX001).

    BX003 for a second one, BX005 for a version that is no number. One in an imported file is a mistake of the import.
    """
    lines = [d for d in files[-1].declarations if isinstance(d, syntax.Spec)]
    if not lines:
        root = files[-1].source
        findings.error(
            "BX001",
            "this file has no `spec` line",
            Span(root, 0, min(1, len(root.text))),
            "a spec begins with its name and version",
            way_out="begin with a line `spec NAME version 1`",
        )
        return None
    for line in lines[1:]:
        findings.error(
            "BX003",
            "a spec has one `spec` line",
            line.span,
            "again here",
            (Label(lines[0].span, "first here"),),
            "keep one of the two",
        )
    first = lines[0]
    check_name(first.name, "spec", LONGEST_IDENTIFIER, findings)
    digits = first.version.digits
    if not digits.isdecimal() or len(digits) > 18 or int(digits) < 1:
        findings.error(
            "BX005",
            "a version is a whole number from 1",
            first.version.span,
            "not a version",
            way_out="write `version 1`, and count up with each change",
        )
    return first


def declare_peers(declarations: Sequence[syntax.Declaration], world: World) -> tuple[model.Peer, ...]:
    """The peers in the order of the text."""
    namespace = Namespace("peer")
    for tree in declarations:
        if isinstance(tree, syntax.Peer):
            namespace.declare(tree.name, world.findings)
            world.peers.setdefault(tree.name.text, tree)
            if tree.display is not None and not tree.display.value.strip():
                way_out = "write the name in full, or leave `as` out"
                world.findings.error("BX005", "a display name cannot be empty", tree.display.span, way_out=way_out)
    return tuple(
        model.Peer(name, name if tree.display is None else tree.display.value, tree.name.span)
        for name, tree in world.peers.items()
    )


def declare_relations(declarations: Sequence[syntax.Declaration], world: World) -> None:
    """Sources and views, which share one namespace."""
    namespace = Namespace("source or view", LONGEST_RELATION)
    for tree in declarations:
        if not isinstance(tree, syntax.Source | syntax.View):
            continue
        first = namespace.declare(tree.name, world.findings)
        known = tree.name.text in world.sources or tree.name.text in world.views
        if isinstance(tree, syntax.Source) and not known:
            world.sources[tree.name.text] = tree
        elif isinstance(tree, syntax.View) and not known:
            world.views[tree.name.text] = tree
        if first:
            _refuse_reserved(tree.name, world.findings)
    for name in namespace.taken.values():
        _refuse_file_clash(name, namespace, world.findings)


def _refuse_reserved(name: syntax.Name, findings: Findings) -> None:
    """BX012 for a name that the file of the sources bears, or that SQLite keeps for itself."""
    form = folded(name.text)
    if form == "schema":
        reason = "its file would be called `schema.sql`, as the file of all sources is"
    elif form.startswith("sqlite_"):
        reason = "SQLite keeps names that begin with `sqlite_` for itself"
    else:
        return
    message = f"the name `{name.text}` is reserved"
    findings.error("BX012", message, name.span, reason, way_out="choose another name")


def _refuse_file_clash(name: syntax.Name, namespace: Namespace, findings: Findings) -> None:
    """BX012 for a name whose file would bear the name of another one's file."""
    form = folded(name.text)
    for suffix in FILE_SUFFIXES:
        other = namespace.taken.get(appearance(form.removesuffix(suffix))) if form.endswith(suffix) else None
        if other is not None:
            findings.error(
                "BX012",
                f"the files of `{name.text}` and `{other.text}` would bear one name",
                name.span,
                f"`{form}.sql` belongs to `{other.text}`",
                (Label(other.span, "declared here"),),
                "choose another name",
            )


def declare_shares(declarations: Sequence[syntax.Declaration], findings: Findings) -> list[syntax.Share]:
    """The shares in the order of the text."""
    namespace = Namespace("share")
    shares = [d for d in declarations if isinstance(d, syntax.Share)]
    for tree in shares:
        namespace.declare(tree.name, findings)
    return shares
