"""Syntax trees → a resolved spec: names bound, types known, and every mistake found in one run.

What depends on a mistake is left unjudged, so that one mistake is one finding.
"""

from __future__ import annotations

from bxc import model, syntax
from bxc.diagnostic import Diagnostic, has_errors
from bxc.resolve.findings import Findings
from bxc.resolve.header import declare_peers, declare_relations, declare_shares, resolve_header
from bxc.resolve.lints import lint
from bxc.resolve.scope import World
from bxc.resolve.shares import resolve_share
from bxc.resolve.sources import declare_source, finish_source, relation_of
from bxc.resolve.views import resolve_views


def resolve(files: tuple[syntax.File, ...], *, whole: bool = True) -> tuple[model.Spec | None, list[Diagnostic]]:
    """Resolve the files of a spec, imports first, the root file last; the spec is None iff there is an error.

    Not ``whole``: lines that could not be read are missing, which is an error that is reported elsewhere.
    """
    findings = Findings(whole=whole)
    world = World(findings)
    declarations = [d for file in files for d in file.declarations]
    header = resolve_header(files, findings)
    peers = declare_peers(declarations, world)
    declare_relations(declarations, world)
    drafts = [declare_source(d, world) for d in declarations if isinstance(d, syntax.Source)]
    for draft in drafts:
        if world.sources.get(draft.tree.name.text) is draft.tree:
            world.relations[draft.tree.name.text] = relation_of(draft, world)
        else:
            world.find_peer(draft.tree.peer)
    sources = [finish_source(draft, world) for draft in drafts]
    views = resolve_views([d for d in declarations if isinstance(d, syntax.View)], world)
    shares = [resolve_share(d, world) for d in declare_shares(declarations, findings)]
    if has_errors(findings.diagnostics) or header is None or not findings.whole:
        return None, findings.diagnostics
    spec = model.Spec(
        header.name.text,
        int(header.version.digits),
        peers,
        tuple(s for s in sources if s is not None),
        tuple(v for v in views if v is not None),
        tuple(s for s in shares if s is not None),
    )
    lint(spec, findings)
    return spec, findings.diagnostics
