"""View declarations → views, each behind what it is built on, whatever the order of the text."""

from __future__ import annotations

from bxc import model, syntax
from bxc.diagnostic import Label
from bxc.resolve.policies import Policy, refuse_repeats, resolve_policy
from bxc.resolve.refusals import refuse_many_columns
from bxc.resolve.scope import UNKNOWN, Relation, World
from bxc.resolve.steps import resolve_step


def resolve_views(trees: list[syntax.View], world: World) -> list[model.View | None]:
    """The views in the order of the text (None where one has an error); all become relations of the world.

    ``world.views`` names, of several views with one name, the one that counts.
    """
    order, broken = _bases_first(trees, world)
    found: dict[int, model.View | None] = {}
    for tree in order:
        found[id(tree)] = _view(tree, world, in_cycle=id(tree) in broken)
    return [found[id(tree)] for tree in trees]


def _view(tree: syntax.View, world: World, *, in_cycle: bool) -> model.View | None:
    base = Relation(tree.base.text, None, UNKNOWN, tree.base.span) if in_cycle else _base(tree, world)
    scope = base.scope
    steps: dict[int, model.Step | None] = {}
    for index, step in enumerate(tree.steps):
        if not isinstance(step, Policy):
            scope, steps[index] = resolve_step(step, scope, base, world)
    refuse_repeats(tree.steps, world)
    if len(scope.columns) > len(base.scope.columns):
        refuse_many_columns("view", tree.name, len(scope.columns), world.findings)
    for index, step in enumerate(tree.steps):
        if isinstance(step, Policy):
            steps[index] = resolve_policy(step, base, scope, world)
    if world.views.get(tree.name.text) is tree:
        world.relations.setdefault(tree.name.text, Relation(tree.name.text, base.peer, scope, tree.name.span))
    resolved = tuple(s for i in range(len(tree.steps)) if (s := steps[i]) is not None)
    columns = tuple(model.ViewColumn(a.name, a.type, a.nullable) for a in scope.columns.values() if a.type is not None)
    if base.peer is None or len(resolved) < len(tree.steps) or len(columns) < len(scope.columns):
        return None
    return model.View(model.Identity(tree.name.text), base.peer, base.name, resolved, columns, tree.name.span)


def _base(tree: syntax.View, world: World) -> Relation:
    """What the view is from; a relation of which nothing is known if that has an error."""
    known = world.find_relation(tree.base, asking=tree.name.text)
    return known or Relation(tree.base.text, None, UNKNOWN, tree.base.span)


# --- order ----------------------------------------------------------------------------------------------------------


def _needs(tree: syntax.View) -> list[syntax.Name]:
    """What a view is built on."""
    others = (s.other for s in tree.steps if isinstance(s, syntax.Join | syntax.Union | syntax.Minus))
    return [tree.base, *others]


def _bases_first(trees: list[syntax.View], world: World) -> tuple[list[syntax.View], set[int]]:
    """The views, each behind those that it needs, and the identities of those that need themselves (BX015)."""
    order: list[syntax.View] = []
    finished: set[int] = set()
    broken: set[int] = set()
    for root in trees:
        path: list[tuple[syntax.View, list[syntax.Name]]] = []
        _enter(root, path, finished)
        while path:
            tree, needs = path[-1]
            if not needs:
                path.pop()
                finished.add(id(tree))
                order.append(tree)
                continue
            needed = world.views.get(needs.pop().text)
            if needed is None or id(needed) in finished:
                continue
            depth = next((i for i, (t, _) in enumerate(path) if t is needed), None)
            if depth is None:
                _enter(needed, path, finished)
            else:
                cycle = [t for t, _ in path[depth:]]
                if not broken.intersection(map(id, cycle)):
                    _report_cycle(cycle, world)
                broken.update(map(id, cycle))
    return order, broken


def _enter(tree: syntax.View, path: list[tuple[syntax.View, list[syntax.Name]]], finished: set[int]) -> None:
    if id(tree) not in finished:
        path.append((tree, _needs(tree)[::-1]))


def _report_cycle(cycle: list[syntax.View], world: World) -> None:
    names = [tree.name.text for tree in cycle]
    uses = [
        next(n for n in _needs(tree) if n.text == following)
        for tree, following in zip(cycle, [*names[1:], names[0]], strict=True)
    ]
    circle = " → ".join(f"`{n}`" for n in [*names, names[0]])
    world.findings.error(
        "BX015",
        f"view `{names[0]}` is built on itself" if len(names) == 1 else f"views are built on each other: {circle}",
        uses[0].span,
        f"`{names[0]}` needs `{uses[0].text}`",
        tuple(Label(use.span, f"`{name}` needs `{use.text}`") for name, use in zip(names[1:], uses[1:], strict=True)),
        "build one of them on a source",
    )
