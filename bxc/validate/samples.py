"""Texts to try: where the solver's own counterexamples fail on what functions of texts really give.

To the solver such functions are uninterpreted. With each text one of a few, their values are known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from bxc.laws import term as t
from bxc.laws.term import Sort, Term

ORDINARY = ("", "a", "b", "a\0", "\0", "a" * 40)
CANONICAL = (
    ("2001-02-03", "2004-05-06"),
    ("2001-02-03 04:05:06.000000", "2007-08-09 10:11:12.131415"),
    ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
)
"""Texts that SQLite takes for values of other types."""
MOST_CONSTANTS = 12


def with_samples(*question: Term) -> Iterator[Term]:
    """Facts that bind each text of a question that a function looks at to one of a few, and say what comes of it."""
    functions = [(f, t.variables(f)) for f in t.applied(*question)]
    looked_at = {name: x for _, of in functions for name, x in of.items() if x.sort is Sort.TEXT}
    known = sorted({str(c.data) for c in _constants(question)})[:MOST_CONSTANTS]
    texts = [t.const(text) for text in dict.fromkeys((*ORDINARY, *chain(*CANONICAL), *known))]
    for x in looked_at.values():
        yield t.any_(t.eq(x, text) for text in texts)
    for function, of in functions:
        if len(of) == 1 and (name := next(iter(of))) in looked_at:
            for text in texts:
                value = t.const(t.evaluate(function, {name: text.data}))
                yield t.implies(t.eq(looked_at[name], text), t.eq(function, value))


def _constants(terms: tuple[Term, ...]) -> Iterator[Term]:
    """The texts in some terms."""
    seen: set[int] = set()
    stack = list(terms)
    while stack:
        term = stack.pop()
        if term.id in seen:
            continue
        seen.add(term.id)
        stack += term.args
        if term.is_const and term.sort is Sort.TEXT:
            yield term
