"""Symbolic terms: booleans, integers, texts, octets and reals over variables, folded as they are built.

A term is built once: equal terms are one object (within an `arena`), so identity is equality and rewriting is
remembered. Building folds constants, so a term without variables is always a `Term` with op ``const``: the same code
that reasons over symbols is an interpreter for ground values. No solver is imported here (`bxc.laws.solver` does).

Texts and octets are elements of a dense order (equality, order, prefixes); what else is done with them is an
*uninterpreted* application outside ground values, so "no counterexample" is sound and a counterexample is checked again
on ground values.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any

from bxc.dataclass import dataclass

Ground = bool | int | str | bytes | float

MOST_TERMS = 600_000  # of one arena: some hundred MiB, as the solver holds them too
PAUSE = 2048  # terms between two looks at the clock


class TooMuchError(Exception):
    """Terms would take more time than is left, or more room than there may be; the text says which."""


class Sort(Enum):
    """What a term's value is."""

    BOOL = "bool"
    INT = "int"
    TEXT = "text"
    BYTES = "bytes"
    REAL = "real"


_SORTS: dict[type, Sort] = {bool: Sort.BOOL, int: Sort.INT, str: Sort.TEXT, bytes: Sort.BYTES, float: Sort.REAL}


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A node. ``op`` is one of ``const var not and or ite = < + * app``.

    ``data`` is a constant's value, a variable's name or a function's name, else None. ``id`` orders terms by when they
    were built.
    """

    op: str
    args: tuple[Term, ...]
    sort: Sort
    data: Any
    id: int

    @property
    def is_const(self) -> bool:
        return self.op == "const"

    def __repr__(self) -> str:
        if self.op in ("const", "var"):
            return repr(self.data) if self.op == "const" else str(self.data)
        return f"({' '.join([str(self.data or self.op), *map(repr, self.args)])})"


class _Arena:
    """The terms built so far."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], Term] = {}
        self.folded: dict[tuple[Any, ...], Term | None] = {}


_arena = _Arena()
_deadline = math.inf


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Building terms inside ends at a (monotonic) time, with `TooMuchError`."""
    global _deadline
    before, _deadline = _deadline, deadline
    try:
        yield
    finally:
        _deadline = before


def _look(terms: int) -> None:
    """Called now and then while terms are built."""
    if terms > MOST_TERMS:
        raise TooMuchError("what has to be proved is too large")
    if time.monotonic() > _deadline:
        raise TooMuchError("the time for proofs was used up")


@contextmanager
def arena() -> Iterator[None]:
    """Terms built inside are forgotten at the end; of terms from outside only `TRUE` and `FALSE` may be used."""
    global _arena
    before = _arena
    _arena = _Arena()
    _arena.known = {key: term for key, term in before.known.items() if term in (TRUE, FALSE)}
    try:
        yield
    finally:
        _arena = before


def _make(op: str, args: tuple[Term, ...], sort: Sort, data: Any = None) -> Term:
    key = (op, sort, type(data), data, *[a.id for a in args])
    term = _arena.known.get(key)
    if term is None:
        made = len(_arena.known)
        if not made % PAUSE:
            _look(made)
        term = Term(op, args, sort, data, made)
        _arena.known[key] = term
    return term


# --- leaves ---------------------------------------------------------------------------------------------------------


def const(value: Ground) -> Term:
    """A constant; −0.0 is 0.0."""
    if isinstance(value, float) and value == 0:
        value = 0.0
    return _make("const", (), _SORTS[type(value)], value)


def var(name: str, sort: Sort) -> Term:
    """A variable; two variables of one name are the same and must have one sort."""
    return _make("var", (), sort, name)


TRUE = const(True)
FALSE = const(False)


# --- booleans -------------------------------------------------------------------------------------------------------


def not_(a: Term) -> Term:
    if a.op == "const":
        return FALSE if a.data else TRUE
    if a.op == "not":
        return a.args[0]
    return _make("not", (a,), Sort.BOOL)


def and_(*operands: Term) -> Term:
    """The conjunction, flattened, without repeats; true if there is no operand."""
    return _junction("and", operands, TRUE, FALSE)


def or_(*operands: Term) -> Term:
    """The disjunction, flattened, without repeats; false if there is no operand."""
    return _junction("or", operands, FALSE, TRUE)


def all_(operands: Iterable[Term]) -> Term:
    return and_(*operands)


def any_(operands: Iterable[Term]) -> Term:
    return or_(*operands)


def implies(a: Term, b: Term) -> Term:
    return or_(not_(a), b)


def _junction(op: str, operands: Iterable[Term], unit: Term, zero: Term) -> Term:
    kept: dict[int, Term] = {}
    for operand in operands:
        for part in operand.args if operand.op == op else (operand,):
            if part is zero:
                return zero
            if part is not unit:
                kept[part.id] = part
    for part in kept.values():
        if part.op == "not" and part.args[0].id in kept:
            return zero
    if not kept:
        return unit
    if len(kept) == 1:
        return next(iter(kept.values()))
    return _make(op, tuple(kept[i] for i in sorted(kept)), Sort.BOOL)


def ite(condition: Term, then: Term, otherwise: Term) -> Term:
    """``then`` where the condition is true, else ``otherwise``; both of one sort."""
    assert then.sort is otherwise.sort, (then.sort, otherwise.sort)
    if condition.op == "const":
        return then if condition.data else otherwise
    if then is otherwise:
        return then
    if condition.op == "not":
        return ite(condition.args[0], otherwise, then)
    if then.sort is Sort.BOOL:
        if then.op == "const":
            return or_(condition, otherwise) if then.data else and_(not_(condition), otherwise)
        if otherwise.op == "const":
            return or_(not_(condition), then) if otherwise.data else and_(condition, then)
    if then.op == "ite" and then.args[0] is condition:
        return ite(condition, then.args[1], otherwise)
    if otherwise.op == "ite" and otherwise.args[0] is condition:
        return ite(condition, then, otherwise.args[2])
    return _make("ite", (condition, then, otherwise), then.sort)


# --- comparisons ----------------------------------------------------------------------------------------------------


def eq(a: Term, b: Term) -> Term:
    """Equality of two terms of one sort; for booleans, equivalence."""
    assert a.sort is b.sort, (a.sort, b.sort, a, b)
    if a is b:
        return TRUE
    if a.id > b.id:
        a, b = b, a
    if a.op == "const" and b.op == "const":
        return FALSE  # equal constants are one term
    if a.sort is Sort.BOOL:
        for x, y in ((a, b), (b, a)):
            if x.op == "const":
                return y if x.data else not_(y)
            if x.op == "not" and x.args[0] is y:
                return FALSE
    return _split("=", eq, a, b) or _make("=", (a, b), Sort.BOOL)


def lt(a: Term, b: Term) -> Term:
    """Strict order: numbers by value, texts by code point, octets by value; for booleans false < true."""
    assert a.sort is b.sort, (a.sort, b.sort)
    if a is b:
        return FALSE
    if a.op == "const" and b.op == "const":
        return const(bool(a.data < b.data))
    if a.sort is Sort.BOOL:
        return and_(not_(a), b)
    return _split("<", lt, a, b) or _make("<", (a, b), Sort.BOOL)


def le(a: Term, b: Term) -> Term:
    return not_(lt(b, a))


def ge(a: Term, b: Term) -> Term:
    return not_(lt(a, b))


def gt(a: Term, b: Term) -> Term:
    return lt(b, a)


def _split(op: str, build: Callable[[Term, Term], Term], a: Term, b: Term) -> Term | None:
    """A comparison of a constant with a choice, decided branch by branch where that folds."""
    if {a.op, b.op} != {"const", "ite"}:
        return None
    constant, choice = (a, b) if b.op == "ite" else (b, a)
    first, folded = constant is a or op == "=", _arena.folded
    stack = [choice]  # choices may be nested deeply, and shared
    while stack:
        top = stack[-1]
        if (op, first, constant.id, top.id) in folded:
            stack.pop()
            continue
        branches = top.args[1:]
        inner = [x for x in branches if x.op == "ite" and (op, first, constant.id, x.id) not in folded]
        if inner:
            stack.extend(inner)
            continue
        stack.pop()
        left, right = (build(constant, x) if first else build(x, constant) for x in branches)
        decided = left.is_const or right.is_const
        folded[op, first, constant.id, top.id] = ite(top.args[0], left, right) if decided else None
    return folded[op, first, constant.id, choice.id]


def starts_with(a: Term, prefix: str) -> Term:
    """Whether a text starts with a constant: an interval of the order."""
    if a.op == "const":
        return const(a.data.startswith(prefix))
    if not prefix:
        return TRUE
    stem = prefix.rstrip("\U0010ffff")
    low = ge(a, const(prefix))
    return and_(low, lt(a, const(stem[:-1] + following(stem[-1])))) if stem else low


def following(character: str) -> str:
    """The next code point that is a character (surrogates are none)."""
    code = ord(character) + 1
    return chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)


# --- arithmetic -----------------------------------------------------------------------------------------------------


def add(a: Term, b: Term) -> Term:
    """The sum of integers, without overflow."""
    if a.op == "const" and b.op == "const":
        return const(a.data + b.data)
    for x, y in ((a, b), (b, a)):
        if x.op == "const" and x.data == 0:
            return y
    return _make("+", (a, b) if a.id <= b.id else (b, a), Sort.INT)


def mul(a: Term, b: Term) -> Term:
    """The product of integers, without overflow."""
    if a.op == "const" and b.op == "const":
        return const(a.data * b.data)
    for x, y in ((a, b), (b, a)):
        if x.op == "const" and x.data in (0, 1):
            return y if x.data else x
    return _make("*", (a, b) if a.id <= b.id else (b, a), Sort.INT)


def neg(a: Term) -> Term:
    return mul(const(-1), a)


def sub(a: Term, b: Term) -> Term:
    return add(a, neg(b))


def count(conditions: Iterable[Term]) -> Term:
    """How many of the conditions are true."""
    total = const(0)
    for condition in conditions:
        total = add(total, ite(condition, const(1), const(0)))
    return total


# --- functions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Function:
    """A function known by its values on constants alone; elsewhere it is uninterpreted."""

    name: str
    sort: Sort
    of: Callable[..., Ground]


def app(function: Function, *args: Term) -> Term:
    """The function's value; folded where all arguments are constants."""
    if all(a.op == "const" for a in args):
        return const(function.of(*(a.data for a in args)))
    key = ("app", function.sort, function.name, *[a.id for a in args])
    term = _arena.known.get(key)
    if term is None:
        term = _arena.known[key] = Term("app", args, function.sort, function, len(_arena.known))
    return term


CONCAT = Function("concat", Sort.TEXT, lambda a, b: a + b)
LENGTH = Function("length", Sort.INT, len)


# --- walking --------------------------------------------------------------------------------------------------------


def rebuild(term: Term, replace: Callable[[Term], Term | None], known: dict[int, Term] | None = None) -> Term:
    """The term with each variable replaced by ``replace(variable)`` (None: kept), folded again.

    ``known`` remembers parts between calls with the same replacement.
    """
    known = {} if known is None else known
    stack = [term]
    while stack:
        top = stack[-1]
        if top.id in known:
            stack.pop()
            continue
        missing = [a for a in top.args if a.id not in known]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        if not len(known) % PAUSE:
            _look(len(known))
        known[top.id] = _again(top, replace, known)
    return known[term.id]


def _again(term: Term, replace: Callable[[Term], Term | None], known: dict[int, Term]) -> Term:
    if term.op == "const":
        return term
    if term.op == "var":
        found = replace(term)
        return term if found is None else found
    if term.op == "app":
        return app(term.data, *(known[a.id] for a in term.args))
    return _BUILD[term.op](*(known[a.id] for a in term.args))


_BUILD: dict[str, Callable[..., Term]] = {
    "not": not_,
    "and": and_,
    "or": or_,
    "ite": ite,
    "=": eq,
    "<": lt,
    "+": add,
    "*": mul,
}


def evaluate(term: Term, values: Mapping[str, Ground]) -> Ground:
    """The value of a term where all its variables have values; KeyError for one that has none."""
    found = rebuild(term, lambda v: const(values[v.data]))
    assert found.is_const
    return found.data  # type: ignore[no-any-return]


def variables(*terms: Term) -> dict[str, Term]:
    """All variables of some terms, by name, in the order of the terms' making."""
    found = sorted((t for t in _parts(terms) if t.op == "var"), key=lambda t: t.id)
    return {t.data: t for t in found}


def applied(*terms: Term) -> tuple[Term, ...]:
    """All applications of functions in some terms, in the order of their making: inner ones come first."""
    return tuple(sorted((t for t in _parts(terms) if t.op == "app"), key=lambda t: t.id))


def _parts(terms: Iterable[Term]) -> Iterable[Term]:
    seen: dict[int, Term] = {}
    stack = list(terms)
    while stack:
        term = stack.pop()
        if term.id not in seen:
            seen[term.id] = term
            stack.extend(term.args)
    return seen.values()
