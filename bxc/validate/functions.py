"""What the engines' functions give, on values; outside ground values they are uninterpreted but for a few."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from bxc.laws.term import TRUE, Function, Ground, Sort, Term, and_, app, const, ite, lt, neg, not_, or_
from bxc.laws.term import starts_with as term_starts_with
from bxc.validate import kinds as k
from bxc.validate.kinds import Kind
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value, convert, extreme, fact, missing, truth, with_null

_DEFAULT: dict[str, Ground] = {"text": "", "int": 0, "bytes": b"", "bool": False, "real": 0.0}


def apply(name: str, kind: Kind, of: Callable[..., Any], args: Sequence[Value], *, total: bool = True) -> Value:
    """A function of values; NULL where an argument is, and, if it is not ``total``, where ``of`` gives None."""
    nulls = or_(*(a.null for a in args))
    if nulls is TRUE:
        return missing(kind)
    terms = [a.term for a in args]
    default = _DEFAULT[kind.name]
    found = app(Function(name, kind.sort, lambda *xs: default if (r := of(*xs)) is None else r), *terms)
    if not total:
        absent = app(Function(f"{name} is null", Sort.BOOL, lambda *xs: of(*xs) is None), *terms)
        nulls = or_(nulls, absent)
    if kind == k.BOOL:
        return truth(and_(not_(nulls), found), and_(not_(nulls), not_(found)))
    return Value(kind, nulls, found)


HAS_NUL = Function("has nul", Sort.BOOL, lambda a: "\0" in a)

# --- texts ----------------------------------------------------------------------------------------------------------


def cast_to_bytes(value: Value) -> Value:
    """SQLite's `cast(… as blob)` of a text: its octets in UTF-8."""
    return apply("octets", k.BYTES, lambda a: a.encode(), [value]) if value.kind == k.TEXT else convert(value, k.BYTES)


def _instr(args: Sequence[Value]) -> Value:
    _need(args, 2, "text", "bytes")
    if args[0].kind != args[1].kind and k.NULL not in (args[0].kind, args[1].kind):
        raise Unsupported("instr", f"{args[0].kind} in {args[1].kind}")
    found = apply("instr", k.INT64, lambda a, b: a.find(b) + 1, args)
    text = args[0].term
    if text.op == "app" and text.data.name == "octets":
        (text,) = text.args
    if not args[1].term.is_const or args[1].term.data not in ("\0", b"\0") or text.sort is not Sort.TEXT:
        return found
    # a text has U+0000 where its octets have 0: the solver is not to take these for two things
    place = ite(lt(found.term, const(1)), const(1), found.term)
    return Value(found.kind, found.null, ite(app(HAS_NUL, text), place, const(0)))


def _contains(args: Sequence[Value]) -> Value:
    _need(args, 2, "text")
    return apply("contains", k.BOOL, lambda a, b: b in a, args)


def _starts_with(args: Sequence[Value]) -> Value:
    _need(args, 2, "text")
    operand, prefix = args
    if not prefix.term.is_const:
        raise Unsupported("starts_with", "a prefix that is no constant")
    return with_null(or_(operand.null, prefix.null), fact(term_starts_with(operand.term, prefix.term.data)))


def _substr(args: Sequence[Value]) -> Value:
    _need(args[:1], 1, "text")
    _need(args[1:], len(args) - 1, "int")

    def of(a: str, start: int, length: int | None = None) -> str:
        if start < 1 or (length is not None and length < 0):
            raise Unsupported("substr", "a start before the text")
        return a[start - 1 :] if length is None else a[start - 1 : start - 1 + length]

    return apply(f"substr{len(args)}", k.TEXT, of, args)


def _glob(args: Sequence[Value]) -> Value:
    _need(args, 2, "text")
    return apply("glob", k.BOOL, lambda a, b: re.fullmatch(_pattern(b), a, re.DOTALL) is not None, args)


def _pattern(glob: str) -> str:
    """SQLite's GLOB as a regular expression: `?`, `*` and classes."""
    out = ""
    while glob:
        if glob[0] == "[":
            end = glob.index("]", 2)
            inner = glob[1:end]
            negated, inner = inner.startswith("^"), inner.removeprefix("^")
            escaped = "".join(c if c == "-" and 0 < i < len(inner) - 1 else re.escape(c) for i, c in enumerate(inner))
            out += f"[{'^' if negated else ''}{escaped}]"
            glob = glob[end + 1 :]
            continue
        out += {"?": ".", "*": ".*"}.get(glob[0], re.escape(glob[0]))
        glob = glob[1:]
    return out


def _concat(args: Sequence[Value]) -> Value:
    _need(args, 2, "text")
    return apply("concat", k.TEXT, lambda a, b: a + b, args)


def _chr(args: Sequence[Value]) -> Value:
    _need(args, 1, "int")
    return apply("chr", k.TEXT, chr, args)


def _text_function(name: str, kind: Kind, of: Callable[..., Any], count: int) -> Callable[[Sequence[Value]], Value]:
    def call(args: Sequence[Value]) -> Value:
        _need(args, count, "text")
        return apply(name, kind, of, args)

    return call


def _hex(args: Sequence[Value]) -> Value:
    _need(args, 1, "bytes")
    return apply("hex", k.TEXT, lambda a: a.hex().upper(), args)


def _printf(args: Sequence[Value]) -> Value:
    _need(args, len(args), "text")
    return apply(f"printf{len(args)}", k.TEXT, lambda form, *xs: form % xs, args)


def _bit_and(args: Sequence[Value]) -> Value:
    _need(args, 2, "int")
    return apply("&", k.INT64, lambda a, b: a & b, args)


# --- dates, SQLite --------------------------------------------------------------------------------------------------


def _sqlite_date(args: Sequence[Value]) -> Value:
    _shifted(args)
    return apply("date", k.TEXT, lambda a: _calendar(a, 10), args[:1], total=False)


def _sqlite_datetime(args: Sequence[Value]) -> Value:
    _shifted(args)
    return apply("datetime", k.TEXT, lambda a: _calendar(a, 19), args[:1], total=False)


def _shifted(args: Sequence[Value]) -> None:
    _need(args, 2, "text")
    if not (args[1].term.is_const and args[1].term.data == "+0 days"):
        raise Unsupported("date", "a modifier other than '+0 days'")


def _calendar(text: str, length: int) -> str | None:
    """What `date` or `datetime` gives for a text of exactly its own form; None or another text for one that is none.

    Only whether it gives back its argument is right for other texts: `2026-02-30` becomes another day, and a text of
    another form becomes something else or NULL.
    """
    form = r"\d{4}-\d\d-\d\d" if length == 10 else r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    if re.fullmatch(form, text, re.ASCII) is None:
        return None
    try:
        datetime.fromisoformat("2000" + text[4:] if _leap(text[:4]) else "2001" + text[4:])
    except ValueError:
        return None
    return text


def _leap(year: str) -> bool:
    n = int(year)
    return n % 4 == 0 and (n % 100 != 0 or n % 400 == 0)


# --- numbers --------------------------------------------------------------------------------------------------------


def _abs(args: Sequence[Value]) -> Value:
    (a,) = args
    if a.kind == k.REAL:
        return apply("abs", k.REAL, abs, args)
    _need(args, 1, "int", "decimal")
    negative = lt(a.term, const(0))
    return Value(a.kind, a.null, ite(negative, neg(a.term), a.term))


def _is_finite(args: Sequence[Value]) -> Value:
    _need(args, 1, "real")
    return apply("isfinite", k.BOOL, math.isfinite, args)


def _greatest(args: Sequence[Value]) -> Value:
    """DuckDB's, which leaves out NULLs."""
    return extreme([(TRUE, a) for a in args], least=False)


def _max(args: Sequence[Value]) -> Value:
    """SQLite's `max` of several values: NULL where one is."""
    nulls = or_(*(a.null for a in args))
    return with_null(nulls, extreme([(TRUE, a) for a in args], least=False))


def _need(args: Sequence[Value], count: int, *names: str) -> None:
    """Refuses arguments of kinds that the engines convert silently."""
    if len(args) != count or any(a.kind.name not in (*names, "null") for a in args):
        raise Unsupported("function", f"arguments {', '.join(str(a.kind) for a in args)}")


def _length(args: Sequence[Value]) -> Value:
    _need(args, 1, "text")
    return apply("length", k.INT64, len, args)


def _sqlite_length(args: Sequence[Value]) -> Value:
    """SQLite counts characters up to the first U+0000."""
    _need(args, 1, "text")
    return apply("length", k.INT64, lambda a: len(a.partition("\0")[0]), args)


FUNCTIONS: dict[str, dict[str, Callable[[Sequence[Value]], Value]]] = {
    "sqlite": {
        "instr": _instr,
        "substr": _substr,
        "glob": _glob,
        "||": _concat,
        "chr": _chr,
        "length": _sqlite_length,
        "replace": _text_function("replace", k.TEXT, lambda a, b, c: a.replace(b, c) if b else a, 3),
        "lower": _text_function("lower", k.TEXT, lambda a: "".join(c.lower() if c.isascii() else c for c in a), 1),
        "date": _sqlite_date,
        "datetime": _sqlite_datetime,
        "abs": _abs,
        "hex": _hex,
        "printf": _printf,
        "&": _bit_and,
        "greatest": _max,
    },
    "duckdb": {
        "contains": _contains,
        "starts_with": _starts_with,
        "||": _concat,
        "chr": _chr,
        "length": _length,
        "abs": _abs,
        "isfinite": _is_finite,
        "greatest": _greatest,
    },
}


# --- reals ----------------------------------------------------------------------------------------------------------


def real_arithmetic(operator: str, a: Value, b: Value) -> Value:
    """Sums and products of reals: an engine's, in 64 bits."""
    of = {"+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y}[operator]
    return apply(f"real {operator}", k.REAL, of, [a, b])


# --- literals of DuckDB ---------------------------------------------------------------------------------------------


def parsed(text: str, kind: Kind) -> Term:
    """The constant that a text cast to a kind means."""
    match kind.name:
        case "date":
            return const(date.fromisoformat(text).toordinal())
        case "timestamp":
            return const(microseconds(datetime.fromisoformat(text)))
        case "uuid":
            return const(text.lower())
        case "bytes":
            if text.startswith("\\x") and "\\x" not in text[2:]:  # PostgreSQL's; DuckDB's is the same for one octet
                return const(bytes.fromhex(text[2:]))
            octets = re.sub(r"\\x([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), text)
            return const(octets.encode("latin-1"))
        case _:
            raise Unsupported("cast", f"text to {kind}")


def microseconds(value: datetime) -> int:
    """A time as an integer that orders as it does."""
    day = value.toordinal() * 86_400_000_000
    return day + ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
