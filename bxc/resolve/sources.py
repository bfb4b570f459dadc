"""Source declarations → sources: columns, keys, constraints, with their types checked."""

from __future__ import annotations

from dataclasses import field, replace

from bxc import model, syntax
from bxc.dataclass import dataclass
from bxc.diagnostic import Label
from bxc.resolve.checks import resolve_checks
from bxc.resolve.columntypes import resolve_type
from bxc.resolve.defaults import resolve_default
from bxc.resolve.findings import Findings
from bxc.resolve.names import LONGEST_COLUMN, Namespace, without_repeats
from bxc.resolve.ranges import of_type
from bxc.resolve.refusals import refuse_many_columns, refuse_real
from bxc.resolve.scope import Attribute, Origin, Relation, Scope, SourceFacts, World
from bxc.text import Span


@dataclass(slots=True)
class Draft:
    """What is known of a source while its items are read, in their order."""

    tree: syntax.Source
    scope: Scope
    columns: list[model.Column] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    primary_key_span: Span | None = None
    uniques: list[model.Unique] = field(default_factory=list)
    checks: tuple[model.Check, ...] = ()
    foreign_keys: list[model.ForeignKey] = field(default_factory=list)
    dependencies: list[model.Dependency] = field(default_factory=list)


def declare_source(tree: syntax.Source, world: World) -> Draft:
    """Columns, keys and CHECKs of a source; foreign keys wait until all sources are declared."""
    findings = world.findings
    draft = Draft(tree, _columns(tree, findings))
    refuse_many_columns("source", tree.name, len(draft.scope.columns), findings)
    _primary_key(draft, findings)
    nullable = {c.name.text for c in _column_items(tree) if c.not_null is None} - set(draft.primary_key)
    draft.scope = replace(
        draft.scope, columns={n: replace(a, nullable=n in nullable) for n, a in draft.scope.columns.items()}
    )
    for item in tree.items:
        match item:
            case syntax.Column():
                _column(draft, item, findings)
            case syntax.Unique():
                _unique(draft, item, findings)
            case syntax.Determines():
                _dependency(draft, item, findings)
            case syntax.PrimaryKey() | syntax.Check():
                pass
    draft.checks, draft.scope = resolve_checks(tree, draft.scope, findings)
    return draft


def relation_of(draft: Draft, world: World) -> Relation:
    """The source as views and foreign keys see it."""
    keys = [draft.primary_key, *(u.columns for u in draft.uniques)]
    facts = SourceFacts(
        frozenset(key[0] for key in keys if len(key) == 1),
        frozenset(column for key in keys for column in key),
        tuple((frozenset(d.left), frozenset(d.right)) for d in draft.dependencies),
    )
    peer = world.find_peer(draft.tree.peer)
    return Relation(draft.tree.name.text, peer, draft.scope, draft.tree.name.span, facts)


def finish_source(draft: Draft, world: World) -> model.Source | None:
    """The source with its foreign keys; None if it has no key (an error that is reported)."""
    for column in _column_items(draft.tree):
        if column.references is not None:
            _foreign_key(draft, column, column.references, world)
    if draft.primary_key_span is None:
        return None
    return model.Source(
        draft.tree.name.text,
        draft.tree.peer.text,
        tuple(draft.columns),
        draft.primary_key,
        tuple(draft.uniques),
        draft.checks,
        tuple(draft.foreign_keys),
        tuple(draft.dependencies),
        draft.tree.name.span,
        draft.primary_key_span,
    )


# --- columns --------------------------------------------------------------------------------------------------------


def _column_items(tree: syntax.Source) -> list[syntax.Column]:
    """The columns; of several with one name, the first."""
    found: dict[str, syntax.Column] = {}
    for item in tree.items:
        if isinstance(item, syntax.Column):
            found.setdefault(item.name.text, item)
    return list(found.values())


def _columns(tree: syntax.Source, findings: Findings) -> Scope:
    namespace = Namespace("column", LONGEST_COLUMN)
    attributes: dict[str, Attribute] = {}
    for item in tree.items:
        if not isinstance(item, syntax.Column):
            continue
        namespace.declare(item.name, findings)
        type_ = resolve_type(item.type, findings)
        name = item.name.text
        origin = Origin(tree.name.text, name)
        attributes.setdefault(name, Attribute(name, type_, True, origin, of_type(type_), item.name.span))
    return Scope(attributes)


def _column(draft: Draft, item: syntax.Column, findings: Findings) -> None:
    attribute = draft.scope.columns[item.name.text]
    if item.unique is not None:
        _add_unique(draft, (item.name,), item.unique, findings)
    if attribute.type is None:
        return
    default = None if item.default is None else resolve_default(item.default, attribute, findings)
    draft.columns.append(model.Column(attribute.name, attribute.type, attribute.nullable, default, item.name.span))


# --- keys and dependencies ------------------------------------------------------------------------------------------


def _primary_key(draft: Draft, findings: Findings) -> None:
    """The one primary key: BX008 if there is none, BX003 if there are two."""
    marked = [((i.name,), i.primary_key) for i in draft.tree.items if isinstance(i, syntax.Column) and i.primary_key]
    stated = [(i.columns, i.span) for i in draft.tree.items if isinstance(i, syntax.PrimaryKey)]
    keys = sorted([*marked, *stated], key=lambda key: key[1].start)
    if not keys:
        findings.whole = False  # nor is it known then whether a foreign key refers to a key
        findings.error(
            "BX008",
            f"source `{draft.tree.name.text}` has no primary key",
            draft.tree.name.span,
            "its rows cannot be told apart",
            way_out="mark a column `primary key`, or add a line `primary key (a, b)`",
        )
        return
    for _, span in keys[1:]:
        findings.error(
            "BX003",
            f"source `{draft.tree.name.text}` has more than one primary key",
            span,
            "again here",
            (Label(keys[0][1], "first here"),),
            "for a key of several columns write one line `primary key (a, b)`; a second key is `unique`",
        )
    columns, draft.primary_key_span = keys[0]
    draft.primary_key = _key_columns(draft, columns, "the primary key", findings)


def _unique(draft: Draft, item: syntax.Unique, findings: Findings) -> None:
    _add_unique(draft, item.columns, item.span, findings)


def _add_unique(draft: Draft, names: tuple[syntax.Name, ...], span: Span, findings: Findings) -> None:
    columns = _key_columns(draft, names, "`unique`", findings)
    same = next((u for u in draft.uniques if set(u.columns) == set(columns)), None)
    if same is not None and columns:
        findings.error(
            "BX003",
            "this `unique` is declared twice",
            span,
            "again here",
            (Label(same.span, "first here"),),
            "remove one of the two",
        )
    elif columns:
        draft.uniques.append(model.Unique(columns, span))


def _key_columns(draft: Draft, names: tuple[syntax.Name, ...], what: str, findings: Findings) -> tuple[str, ...]:
    """The known columns of a key, each once; BX009 for a `real` one."""
    found: list[str] = []
    for name in without_repeats(names, what, findings):
        attribute = draft.scope.find(name, findings)
        if attribute is None:
            findings.whole = False
        else:
            found.append(attribute.name)
            refuse_real(attribute.type, name, what, attribute.span, findings)
    return tuple(found)


def _dependency(draft: Draft, item: syntax.Determines, findings: Findings) -> None:
    left = _key_columns(draft, item.left, "the left side of `determines`", findings)
    right: list[str] = []
    for name in without_repeats(item.right, "the right side of `determines`", findings):
        attribute = draft.scope.find(name, findings)
        if attribute is None:
            findings.whole = False
            continue
        if attribute.name in left:
            findings.error(
                "BX003",
                f"`{name.text}` stands on both sides of `determines`",
                name.span,
                "every column determines itself",
                (Label(next(n.span for n in item.left if n.text == name.text), "on the left here"),),
                "leave it out on the right",
            )
        right.append(attribute.name)
    if left and right:
        draft.dependencies.append(model.Dependency(left, tuple(right), item.span))


# --- foreign keys ---------------------------------------------------------------------------------------------------


def _foreign_key(draft: Draft, column: syntax.Column, tree: syntax.Reference, world: World) -> None:
    """`references T(c)`: T of the same peer, c a key of T by itself, both of one type."""
    findings = world.findings
    target = world.find_source(tree.source)
    if target is None or target.facts is None:
        return
    own_peer = draft.tree.peer
    if target.peer is not None and own_peer.text in world.peers and target.peer != own_peer.text:
        findings.error(
            "BX016",
            f"source `{target.name}` belongs to peer `{target.peer}`",
            tree.source.span,
            f"a source of `{own_peer.text}` cannot refer to it",
            (Label(target.span, f"declared at `{target.peer}` here"),),
            "refer to a source of the same peer; shares keep data of two peers equal",
        )
        return
    attribute = target.scope.find(tree.column, findings)
    own = draft.scope.columns[column.name.text]
    if attribute is None:
        return
    if attribute.name not in target.facts.unique_alone:
        findings.lack(
            "BX004",
            f"`{target.name}({attribute.name})` is no key",
            tree.column.span,
            "a foreign key refers to a primary key or `unique` column",
            (Label(attribute.span, "declared here"),),
            f"declare `{attribute.name}` as `unique`, or refer to a key",
        )
    elif own.type is not None and attribute.type is not None and own.type != attribute.type:
        findings.error(
            "BX004",
            "a foreign key has the type of the column that it refers to",
            column.type.span,
            f"this is {own.type}",
            (Label(attribute.span, f"this is {attribute.type}"),),
            f"declare `{column.name.text}` as {attribute.type}",
        )
    draft.foreign_keys.append(model.ForeignKey(own.name, target.name, attribute.name, tree.span))
