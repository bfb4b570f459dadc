"""The syntax tree of a spec: what the user wrote, frozen, with a span on every node.

Nothing here is resolved: names are text, types are a word with arguments, numbers are the digits as written. The tree
of a file that has errors holds the declarations that could be read.
"""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.text import SourceFile, Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name as meant (quotes removed); ``quoted`` tells whether it stood in double quotes."""

    text: str
    span: Span
    quoted: bool = False


# --- expressions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ref:
    """A column, by name."""

    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Number:
    """An unsigned number: its digits as written (`12`, `3.50`, `1e-3`)."""

    digits: str
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    """A single-quoted string, escapes undone; its type comes from where it stands."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Bool:
    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Null:
    span: Span


@dataclass(frozen=True, slots=True)
class Fresh:
    """The word ``fresh``, legal only as the default of a hidden column."""

    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """``op`` is ``-`` or ``not``."""

    op: str
    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """``op`` is one of ``= <> < <= > >= and or + - * / % ||`` (``!=`` is read as ``<>``)."""

    op: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Between:
    operand: Expr
    low: Expr
    high: Expr
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class In:
    operand: Expr
    items: tuple[Expr, ...]
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Expr
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Like:
    operand: Expr
    pattern: Expr
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class When:
    condition: Expr
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Case:
    """``case when … then … [else …] end``; the form with an operand is not in the language."""

    whens: tuple[When, ...]
    otherwise: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A function call: the language has none, so resolving it is BX013."""

    function: Name
    arguments: tuple[Expr, ...]
    span: Span


Expr = Ref | Number | String | Bool | Null | Fresh | Unary | Binary | Between | In | IsNull | Like | Case | Call


# --- sources --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type as written: a word and its arguments (digits for decimal and varchar, strings for enum)."""

    word: Name
    arguments: tuple[Number | String, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """``references T(c)``."""

    source: Name
    column: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source. ``check`` constraints written on the column's line stand in ``checks``."""

    name: Name
    type: TypeRef
    primary_key: Span | None
    not_null: Span | None
    unique: Span | None
    default: Expr | None
    references: Reference | None
    checks: tuple[Check, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    columns: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unique:
    columns: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Check:
    """``check [name:] (expr)``."""

    name: Name | None
    condition: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Determines:
    """A functional dependency ``determines a, b -> c``."""

    left: tuple[Name, ...]
    right: tuple[Name, ...]
    span: Span


SourceItem = Column | PrimaryKey | Unique | Check | Determines


# --- lens steps -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Default:
    """``c = lit`` behind ``default``: what a hidden column takes on insert; the value may be ``fresh``."""

    column: Name
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Where:
    condition: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Keep:
    columns: tuple[Name, ...]
    defaults: tuple[Default, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Drop:
    """``drop c default lit [determined by k, …]``."""

    column: Name
    default: Expr | None
    determined_by: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Rename:
    old: Name
    new: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Add:
    column: Name
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Key:
    columns: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class OnDelete:
    """``policy`` is ``delete``, ``reject`` or ``set``; only ``set`` has a column and a value."""

    policy: str
    column: Name | None
    value: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class OnHidden:
    """``policy`` is ``reject`` or ``revive``."""

    policy: str
    span: Span


@dataclass(frozen=True, slots=True)
class Join:
    """``join T on k, … [delete left/right/both]``."""

    other: Name
    on: tuple[Name, ...]
    delete: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Union:
    """``union V [insert into left/right]``."""

    other: Name
    insert_into: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Minus:
    other: Name
    span: Span


Step = Where | Keep | Drop | Rename | Add | Key | OnDelete | OnHidden | Join | Union | Minus


# --- share items ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Authority:
    """``authority P [on cols]``; no columns means all."""

    peer: Name
    columns: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class UpdateRight:
    columns: tuple[Name, ...]
    peers: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RowRight:
    """``operation`` is ``insert`` or ``delete``."""

    operation: str
    peers: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Open:
    peer: Name
    adopt: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Ack:
    """``ack within 36h [else policy]``: unit is one of ``s m h d``, policy ``stall``, ``exclude`` or ``cancel``."""

    amount: Number
    unit: Name
    policy: str | None
    span: Span


ShareItem = Authority | UpdateRight | RowRight | Open | Ack


# --- declarations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spec:
    name: Name
    version: Number
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    path: String
    span: Span


@dataclass(frozen=True, slots=True)
class Peer:
    name: Name
    display: String | None
    span: Span


@dataclass(frozen=True, slots=True)
class Source:
    name: Name
    peer: Name
    items: tuple[SourceItem, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class View:
    name: Name
    base: Name
    steps: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Share:
    name: Name
    views: tuple[Name, ...]
    items: tuple[ShareItem, ...]
    span: Span


Declaration = Spec | Import | Peer | Source | View | Share


@dataclass(frozen=True, slots=True)
class Comment:
    """A ``# …`` comment, its text without the line end."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """What could be read of one file: declarations and comments, each in the order of the text."""

    source: SourceFile
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
