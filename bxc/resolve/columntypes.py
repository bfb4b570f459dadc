"""Types as written → types."""

from __future__ import annotations

from bxc import syntax
from bxc.diagnostic import Label
from bxc.resolve.findings import Findings
from bxc.resolve.names import report_unknown
from bxc.types import (
    MAX_DIGITS,
    Bool,
    Bytes,
    Date,
    Decimal,
    Enum,
    Int,
    Real,
    Text,
    Timestamp,
    Type,
    Uuid,
    Varchar,
)

PLAIN: dict[str, Type] = {
    "int": Int(),
    "text": Text(),
    "bool": Bool(),
    "date": Date(),
    "timestamp": Timestamp(),
    "uuid": Uuid(),
    "bytes": Bytes(),
    "real": Real(),
}
WITH_ARGUMENTS = {"decimal": "decimal(p,s)", "varchar": "varchar(n)", "enum": "enum('a', 'b')"}
# What other systems call these types.
FOREIGN = {
    "integer": "int",
    "bigint": "int",
    "smallint": "int",
    "string": "text",
    "char": "varchar(n)",
    "boolean": "bool",
    "numeric": "decimal(p,s)",
    "number": "decimal(p,s)",
    "money": "decimal(p,s)",
    "float": "real",
    "double": "real",
    "datetime": "timestamp",
    "timestamptz": "timestamp",
    "blob": "bytes",
    "bytea": "bytes",
    "guid": "uuid",
}
LONGEST_VARCHAR = 10_485_760  # PostgreSQL's limit


def resolve_type(tree: syntax.TypeRef, findings: Findings) -> Type | None:
    """The type that a word and its arguments name; None and a finding if there is none."""
    word = tree.word.text
    match word:
        case "decimal":
            return _decimal(tree, findings)
        case "varchar":
            return _varchar(tree, findings)
        case "enum":
            return _enum(tree, findings)
    if word in PLAIN:
        if tree.arguments:
            _refuse(tree, f"{word} takes no arguments", f"write `{word}`", findings)
            return None
        return PLAIN[word]
    foreign = FOREIGN.get(word.lower())
    known = [*PLAIN, *WITH_ARGUMENTS]
    if foreign is not None:
        findings.error(
            "BX002", f"unknown type `{word}`", tree.word.span, "no such type", (), f"it is called `{foreign}`"
        )
    else:
        report_unknown("type", tree.word, known, findings, text="no such type", otherwise=f"types: {', '.join(known)}")
    return None


def _refuse(tree: syntax.TypeRef, reason: str, way_out: str, findings: Findings) -> None:
    findings.error("BX005", f"`{tree.span.text}` is no type", tree.span, reason, way_out=way_out)


def _whole(argument: syntax.Number | syntax.String) -> int | None:
    """An argument as a whole number; None if it is none or absurdly long."""
    if isinstance(argument, syntax.Number) and argument.digits.isdecimal() and len(argument.digits) <= 18:
        return int(argument.digits)
    return None


def _decimal(tree: syntax.TypeRef, findings: Findings) -> Type | None:
    sizes = [_whole(a) for a in tree.arguments]
    match sizes:
        case [int(precision), int(scale)]:
            if precision > MAX_DIGITS:
                findings.error(
                    "BX007",
                    f"a decimal has at most {MAX_DIGITS} digits",
                    tree.span,
                    f"{precision} digits do not fit 64 bits",
                    way_out=f"decimal({MAX_DIGITS},s) is the widest: store smaller units, or the number as text",
                )
            elif precision < 1 or scale > precision:
                _refuse(
                    tree, "of p digits, s are behind the point: 1 ≤ p, s ≤ p", "for example decimal(10,2)", findings
                )
            else:
                return Decimal(precision, scale)
        case _:
            _refuse(tree, "decimal takes two whole numbers", "write decimal(p,s), for example decimal(10,2)", findings)
    return None


def _varchar(tree: syntax.TypeRef, findings: Findings) -> Type | None:
    sizes = [_whole(a) for a in tree.arguments]
    match sizes:
        case [int(length)] if length > LONGEST_VARCHAR:
            findings.error(
                "BX007",
                "this varchar is too long",
                tree.span,
                f"at most {LONGEST_VARCHAR} characters",
                way_out="use text",
            )
        case [int(length)] if length >= 1:
            return Varchar(length)
        case _:
            _refuse(
                tree, "varchar takes one length of at least 1", "write varchar(n), or text for any length", findings
            )
    return None


def _enum(tree: syntax.TypeRef, findings: Findings) -> Type | None:
    if not tree.arguments or not all(isinstance(a, syntax.String) for a in tree.arguments):
        _refuse(tree, "enum takes texts in quotes", "write enum('a', 'b')", findings)
        return None
    first: dict[str, syntax.String] = {}
    for argument in tree.arguments:
        if not isinstance(argument, syntax.String):
            continue
        if "\0" in argument.value:
            findings.error("BX005", "this is no text", argument.span, "text cannot hold the character U+0000")
        seen = first.setdefault(argument.value, argument)
        if seen is not argument:
            findings.error(
                "BX003",
                f"'{argument.value}' stands twice in an enum",
                argument.span,
                "again here",
                (Label(seen.span, "first here"),),
                "write it once",
            )
    return Enum(tuple(first))
