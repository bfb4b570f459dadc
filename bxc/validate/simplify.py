"""Conjunctions that use what each part says of the others: guards and presences stay small, and fold to false early."""

from __future__ import annotations

from bxc.laws.term import FALSE, TRUE, Term, and_, not_, or_

MOST_PASSES = 4


def meet(*operands: Term) -> Term:
    """The conjunction; a part that the others make true is left out, and one that they make false makes all false."""
    met = and_(*operands)
    for _ in range(MOST_PASSES):
        if met.op != "and":
            return met
        again = _pass(met)
        if again is met:
            return met
        met = again
    return met


def _pass(met: Term) -> Term:
    true = {part.id for part in met.args}
    false: set[int] = set()
    for part in met.args:
        if part.op == "not":
            inner = part.args[0]
            false.add(inner.id)
            if inner.op == "or":
                false.update(x.id for x in inner.args)
    parts = []
    for part in met.args:
        if part.op == "or":
            parts.append(_either(part, true, false))
        elif part.op == "not" and part.args[0].op == "and":
            parts.append(not_(_both(part.args[0], true, false)))
        else:
            parts.append(part)
    return met if all(a is b for a, b in zip(parts, met.args, strict=True)) else and_(*parts)


def _either(part: Term, true: set[int], false: set[int]) -> Term:
    if any(_holds(x, true, false) for x in part.args):
        return TRUE
    left = [x for x in part.args if not _fails(x, true, false)]
    return part if len(left) == len(part.args) else or_(*left)


def _both(part: Term, true: set[int], false: set[int]) -> Term:
    if any(_fails(x, true, false) for x in part.args):
        return FALSE
    left = [x for x in part.args if not _holds(x, true, false)]
    return part if len(left) == len(part.args) else and_(*left)


def _holds(x: Term, true: set[int], false: set[int]) -> bool:
    return x.id in true or (x.op == "not" and x.args[0].id in false)


def _fails(x: Term, true: set[int], false: set[int]) -> bool:
    return x.id in false or (x.op == "not" and x.args[0].id in true)
