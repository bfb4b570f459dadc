"""Terms → Z3's own trees, by its C interface.

The objects of the Python package check sorts and count references at every step, which takes several times as long as
solving: here each node is one call. What is built is released with the `Lowering`.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import z3
from z3 import z3core, z3types

from bxc.laws.order import Order
from bxc.laws.term import Ground, Sort, Term

MEMORY_MB = 640  # for all of the solver's work at one time; a question that takes more is not decided
LEAST: dict[Sort, Ground] = {Sort.TEXT: "", Sort.BYTES: b""}


@cache
def context() -> Any:
    """The context that most solvers of the process share: making one takes as long as many proofs."""
    return new_context()


def new_context() -> Any:
    """A context of its own; the limit of memory is one for all together."""
    z3.set_param("memory_max_size", MEMORY_MB)
    return z3.Context()


def new_solver(trees: Lowering) -> Any:
    """A plain incremental solver: for many small questions it is the fastest."""
    return z3.SimpleSolver(ctx=trees.context)


class Functions:
    """The C functions that are called for each node, without the package's check of the error code behind each."""

    NAMES = (
        "inc_ref dec_ref mk_int_sort mk_real_sort mk_bool_sort mk_true mk_false mk_numeral mk_string_symbol mk_const "
        "mk_not mk_and mk_or mk_ite mk_eq mk_lt mk_ge mk_add mk_mul mk_app mk_func_decl func_decl_to_ast"
    )

    def __init__(self) -> None:
        for name in self.NAMES.split():
            checked = getattr(z3core, f"Z3_{name}")
            elementaries = (checked.__defaults__ or (None,))[-1]
            setattr(self, name, getattr(elementaries, "f", checked))


@cache
def functions() -> Any:
    """The process's functions."""
    return Functions()


class Lowering:
    """The trees of one solver. ``orders`` gives the constants of dense orders their places.

    ``alone``: in a context of its own. Which of several counterexamples a solver finds depends on what was built in its
    context before.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self.context = new_context() if alone else context()
        self.orders = {Sort.TEXT: Order(), Sort.BYTES: Order()}
        self.bounds: list[Any] = []  # no text and no octets lie below the empty ones
        self._lib = functions()
        self._ctx = self.context.ref()
        self._known: dict[Term, Any] = {}
        self._functions: dict[tuple[str, tuple[Sort, ...]], Any] = {}
        self._held: list[Any] = []
        integers, reals, booleans = (
            make(self._ctx) for make in (self._lib.mk_int_sort, self._lib.mk_real_sort, self._lib.mk_bool_sort)
        )  # the context keeps these
        self._sorts = {
            Sort.BOOL: booleans,
            Sort.INT: integers,
            Sort.REAL: reals,
            Sort.TEXT: reals,
            Sort.BYTES: reals,
        }

    def __del__(self) -> None:
        release, ctx = self._lib.dec_ref, self._ctx
        for tree in self._held:
            release(ctx, tree)

    def tree(self, term: Term) -> Any:
        """The tree of a term: a pointer that lives as long as this object."""
        known = self._known
        found = known.get(term)
        if found is not None:
            return found
        stack = [term]
        while stack:
            top = stack[-1]
            if top in known:
                stack.pop()
                continue
            missing = [a for a in top.args if a not in known]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            known[top] = self._hold(self._node(top, [known[a] for a in top.args]))
        return known[term]

    def expression(self, term: Term) -> Any:
        """The same as an object of the Python package."""
        return z3.z3._to_expr_ref(self.tree(term), self.context)

    failure = z3.Z3Exception
    is_true = staticmethod(z3.is_true)

    def assert_in(self, solver: Any, tree: Any) -> None:
        """Give a solver a fact."""
        z3core.Z3_solver_assert(self._ctx, solver.solver, tree)

    def _hold(self, tree: Any) -> Any:
        self._lib.inc_ref(self._ctx, tree)
        self._held.append(tree)
        return tree

    def _node(self, term: Term, args: list[Any]) -> Any:
        lib, ctx = self._lib, self._ctx
        match term.op:
            case "const":
                return self._constant(term.data, term.sort)
            case "var":
                return self._variable(term)
            case "not":
                return lib.mk_not(ctx, args[0])
            case "and":
                return lib.mk_and(ctx, len(args), _array(args))
            case "or":
                return lib.mk_or(ctx, len(args), _array(args))
            case "ite":
                return lib.mk_ite(ctx, *args)
            case "=":
                return lib.mk_eq(ctx, *args)
            case "<":
                return lib.mk_lt(ctx, *args)
            case "+":
                return lib.mk_add(ctx, len(args), _array(args))
            case "*":
                return lib.mk_mul(ctx, len(args), _array(args))
            case "app":
                return lib.mk_app(ctx, self._function(term), len(args), _array(args))
            case _:
                raise ValueError(f"no such operation: {term.op}")

    def _variable(self, term: Term) -> Any:
        symbol = self._lib.mk_string_symbol(self._ctx, term.data.encode())
        made = self._lib.mk_const(self._ctx, symbol, self._sorts[term.sort])
        if term.sort in LEAST:
            self._hold(made)
            least = self._hold(self._constant(LEAST[term.sort], term.sort))
            self.bounds.append(self._hold(self._lib.mk_ge(self._ctx, made, least)))
        if term.sort is Sort.TEXT:  # between '' and U+0001 there is only what holds U+0000, which no text does
            empty = self._hold(self._lib.mk_eq(self._ctx, made, least))
            first = self._hold(self._constant("\x01", term.sort))
            beyond = self._hold(self._lib.mk_ge(self._ctx, made, first))
            self.bounds.append(self._hold(self._lib.mk_or(self._ctx, 2, _array([empty, beyond]))))
        return made

    def _constant(self, value: Any, sort: Sort) -> Any:
        match sort:
            case Sort.BOOL:
                return self._lib.mk_true(self._ctx) if value else self._lib.mk_false(self._ctx)
            case Sort.INT:
                return self._lib.mk_numeral(self._ctx, str(value).encode(), self._sorts[sort])
            case Sort.REAL:
                place = Fraction(value)
            case _:
                place = self.orders[sort].place(value)
        text = f"{place.numerator}/{place.denominator}".encode()
        return self._lib.mk_numeral(self._ctx, text, self._sorts[sort])

    def _function(self, term: Term) -> Any:
        sorts = tuple(a.sort for a in term.args)
        key = (term.data.name, sorts)
        if key not in self._functions:
            symbol = self._lib.mk_string_symbol(self._ctx, f"{term.data.name}/{len(sorts)}".encode())
            domain = (z3types.Sort * len(sorts))(*[self._sorts[s] for s in sorts])
            made = self._lib.mk_func_decl(self._ctx, symbol, len(sorts), domain, self._sorts[term.sort])
            self._hold(self._lib.func_decl_to_ast(self._ctx, made))
            self._functions[key] = made
        return self._functions[key]


def _array(trees: list[Any]) -> Any:
    return (z3types.Ast * len(trees))(*trees)
