"""Children of a grammar rule → a node of the syntax tree: one function for each rule or alias of `grammar.lark`.

The functions bear the names of the rules, which say what they are; `bxc.syntax` says what they build. Every function
takes the span of what it reads and then the children that the rule keeps: names, literals, nodes, lists of these, and
tokens where the rule keeps its keywords.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bxc import syntax
from bxc.dataclass import dataclass
from bxc.scan import NAME, NUMBER, Token
from bxc.syntax import Expr, Name, Number, String
from bxc.text import SourceFile, Span

# --- leaves ---------------------------------------------------------------------------------------------------------


def leaf(file: SourceFile, token: Token) -> Name | Number | String:
    """The name, number or string of a token that the grammar takes as such; a word is taken as a name."""
    kind, _, text, start, end = token
    span = Span(file, start, end)
    if kind == NAME:
        return Name(text[1:-1].replace('""', '"'), span, quoted=True)
    if kind == NUMBER:
        return Number(text, span)
    if text.startswith("'"):
        return String(text[1:-1].replace("''", "'"), span)
    return Name(text, span)


# --- declarations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceHead:
    """``source NAME at PEER``: the line that opens the block."""

    name: Name
    peer: Name
    span: Span

    def closed(self, items: list[Any], span: Span) -> syntax.Source:
        """The declaration with the lines of its block."""
        return syntax.Source(self.name, self.peer, tuple(items), span)


@dataclass(frozen=True, slots=True)
class ViewHead:
    """``view NAME from SOURCE_OR_VIEW``: the line that opens the block."""

    name: Name
    base: Name
    span: Span

    def closed(self, items: list[Any], span: Span) -> syntax.View:
        """The declaration with the steps of its block."""
        return syntax.View(self.name, self.base, tuple(items), span)


@dataclass(frozen=True, slots=True)
class ShareHead:
    """``share NAME = VIEW <-> VIEW``: the line that opens the block."""

    name: Name
    views: tuple[Name, ...]
    span: Span

    def closed(self, items: list[Any], span: Span) -> syntax.Share:
        """The declaration with the lines of its block."""
        return syntax.Share(self.name, self.views, tuple(items), span)


Head = SourceHead | ViewHead | ShareHead


def spec(span: Span, name: Name, version: Number) -> syntax.Spec:
    return syntax.Spec(name, version, span)


def import_file(span: Span, path: String) -> syntax.Import:
    return syntax.Import(path, span)


def peer(span: Span, name: Name, display: String | None = None) -> syntax.Peer:
    return syntax.Peer(name, display, span)


def source_head(span: Span, name: Name, at: Name) -> SourceHead:
    return SourceHead(name, at, span)


def view_head(span: Span, name: Name, base: Name) -> ViewHead:
    return ViewHead(name, base, span)


def share_head(span: Span, name: Name, views: list[Name]) -> ShareHead:
    return ShareHead(name, tuple(views), span)


# --- lines of a source ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Modifier:
    """What may stand once behind a column's type, by its first word; a check may stand more than once."""

    word: str
    value: Expr | syntax.Reference | None
    span: Span


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column as written: its modifiers in the order of the text, not yet looked at for repetitions."""

    name: Name
    type: syntax.TypeRef
    modifiers: tuple[Modifier | syntax.Check, ...]
    span: Span

    def repetitions(self) -> list[tuple[Modifier, Modifier]]:
        """Every modifier that repeats an earlier one, behind that earlier one."""
        first: dict[str, Modifier] = {}
        modifiers = [m for m in self.modifiers if isinstance(m, Modifier)]
        return [(first[m.word], m) for m in modifiers if first.setdefault(m.word, m) is not m]

    def column(self) -> syntax.Column:
        """The column; of a repeated modifier the first counts."""
        found: dict[str, Any] = {}
        for modifier in self.modifiers:
            if isinstance(modifier, Modifier):
                found.setdefault(modifier.word, modifier.span if modifier.value is None else modifier.value)
        return syntax.Column(
            name=self.name,
            type=self.type,
            primary_key=found.get("primary key"),
            not_null=found.get("not null"),
            unique=found.get("unique"),
            default=found.get("default"),
            references=found.get("references"),
            checks=tuple(m for m in self.modifiers if isinstance(m, syntax.Check)),
            span=self.span,
        )


def column(span: Span, name: Name, type_: syntax.TypeRef, modifiers: list[Any]) -> syntax.Column | ColumnLine:
    if not modifiers:
        return syntax.Column(name, type_, None, None, None, None, None, (), span)
    line = ColumnLine(name, type_, tuple(modifiers), span)
    return line if len(modifiers) > 1 and line.repetitions() else line.column()


def type_ref(span: Span, word: Name, arguments: list[Number | String] | None = None) -> syntax.TypeRef:
    return syntax.TypeRef(word, tuple(arguments or ()), span)


def primary_key_mark(span: Span) -> Modifier:
    return Modifier("primary key", None, span)


def not_null_mark(span: Span) -> Modifier:
    return Modifier("not null", None, span)


def unique_mark(span: Span) -> Modifier:
    return Modifier("unique", None, span)


def default_mark(span: Span, value: Expr) -> Modifier:
    return Modifier("default", value, span)


def references(span: Span, source: Name, key: Name) -> Modifier:
    return Modifier("references", syntax.Reference(source, key, span), span)


def check(span: Span, condition: Expr) -> syntax.Check:
    return syntax.Check(None, condition, span)


def named_check(span: Span, name: Name, condition: Expr) -> syntax.Check:
    return syntax.Check(name, condition, span)


def primary_key(span: Span, columns: list[Name]) -> syntax.PrimaryKey:
    return syntax.PrimaryKey(tuple(columns), span)


def unique(span: Span, columns: list[Name]) -> syntax.Unique:
    return syntax.Unique(tuple(columns), span)


def determines(span: Span, left: list[Name], right: list[Name]) -> syntax.Determines:
    return syntax.Determines(tuple(left), tuple(right), span)


# --- lens steps -----------------------------------------------------------------------------------------------------


def where(span: Span, condition: Expr) -> syntax.Where:
    return syntax.Where(condition, span)


def keep(span: Span, columns: list[Name], defaults: list[syntax.Default] | None = None) -> syntax.Keep:
    return syntax.Keep(tuple(columns), tuple(defaults or ()), span)


def default(span: Span, name: Name, value: Expr) -> syntax.Default:
    return syntax.Default(name, value, span)


def drop(span: Span, name: Name, value: Expr | None = None, by: list[Name] | None = None) -> syntax.Drop:
    return syntax.Drop(name, value, tuple(by or ()), span)


def drop_determined(span: Span, name: Name, by: list[Name]) -> syntax.Drop:
    return syntax.Drop(name, None, tuple(by), span)


def rename(span: Span, old: Name, new: Name) -> syntax.Rename:
    return syntax.Rename(old, new, span)


def add(span: Span, name: Name, value: Expr) -> syntax.Add:
    return syntax.Add(name, value, span)


def key(span: Span, columns: list[Name]) -> syntax.Key:
    return syntax.Key(tuple(columns), span)


def on_delete(span: Span, policy: Token) -> syntax.OnDelete:
    return syntax.OnDelete(policy.symbol, None, None, span)


def on_delete_set(span: Span, name: Name, value: Expr) -> syntax.OnDelete:
    return syntax.OnDelete("set", name, value, span)


def on_hidden(span: Span, policy: Token) -> syntax.OnHidden:
    return syntax.OnHidden(policy.symbol, span)


def join(span: Span, other: Name, on: list[Name], side: Token | None = None) -> syntax.Join:
    return syntax.Join(other, tuple(on), side.symbol if side else None, span)


def union(span: Span, other: Name, side: Token | None = None) -> syntax.Union:
    return syntax.Union(other, side.symbol if side else None, span)


def minus(span: Span, other: Name) -> syntax.Minus:
    return syntax.Minus(other, span)


# --- lines of a share -----------------------------------------------------------------------------------------------


def authority(span: Span, name: Name, columns: list[Name] | None = None) -> syntax.Authority:
    return syntax.Authority(name, tuple(columns or ()), span)


def update_right(span: Span, columns: list[Name], peers: list[Name]) -> syntax.UpdateRight:
    return syntax.UpdateRight(tuple(columns), tuple(peers), span)


def insert_right(span: Span, peers: list[Name]) -> syntax.RowRight:
    return syntax.RowRight("insert", tuple(peers), span)


def delete_right(span: Span, peers: list[Name]) -> syntax.RowRight:
    return syntax.RowRight("delete", tuple(peers), span)


def open_right(span: Span, name: Name) -> syntax.Open:
    return syntax.Open(name, adopt=False, span=span)


def open_adopt(span: Span, name: Name) -> syntax.Open:
    return syntax.Open(name, adopt=True, span=span)


def ack(span: Span, amount: Number, unit: Token, policy: Token | None = None) -> syntax.Ack:
    word = Name(unit.symbol, Span(span.file, unit.start, unit.end))
    return syntax.Ack(amount, word, policy.symbol if policy else None, span)


# --- values and expressions -----------------------------------------------------------------------------------------


def negative(span: Span, number: Number) -> syntax.Unary:
    return syntax.Unary("-", number, span)


def true(span: Span) -> syntax.Bool:
    return syntax.Bool(value=True, span=span)


def false(span: Span) -> syntax.Bool:
    return syntax.Bool(value=False, span=span)


def null(span: Span) -> syntax.Null:
    return syntax.Null(span)


def fresh(span: Span) -> syntax.Fresh:
    return syntax.Fresh(span)


def either(span: Span, left: Expr, right: Expr) -> syntax.Binary:
    return syntax.Binary("or", left, right, span)


def both(span: Span, left: Expr, right: Expr) -> syntax.Binary:
    return syntax.Binary("and", left, right, span)


def negation(span: Span, operand: Expr) -> syntax.Unary:
    return syntax.Unary("not", operand, span)


def compare(span: Span, left: Expr, op: Token, right: Expr) -> syntax.Binary:
    return syntax.Binary(op.symbol, left, right, span)


def calculate(span: Span, left: Expr, op: Token, right: Expr) -> syntax.Binary:
    return syntax.Binary(op.symbol, left, right, span)


def minus_sign(span: Span, operand: Expr) -> syntax.Unary:
    return syntax.Unary("-", operand, span)


def between(span: Span, operand: Expr, low: Expr, high: Expr) -> syntax.Between:
    return syntax.Between(operand, low, high, negated=False, span=span)


def not_between(span: Span, operand: Expr, low: Expr, high: Expr) -> syntax.Between:
    return syntax.Between(operand, low, high, negated=True, span=span)


def among(span: Span, operand: Expr, items: list[Expr]) -> syntax.In:
    return syntax.In(operand, tuple(items), negated=False, span=span)


def not_among(span: Span, operand: Expr, items: list[Expr]) -> syntax.In:
    return syntax.In(operand, tuple(items), negated=True, span=span)


def is_null(span: Span, operand: Expr) -> syntax.IsNull:
    return syntax.IsNull(operand, negated=False, span=span)


def is_not_null(span: Span, operand: Expr) -> syntax.IsNull:
    return syntax.IsNull(operand, negated=True, span=span)


def like(span: Span, operand: Expr, pattern: Expr) -> syntax.Like:
    return syntax.Like(operand, pattern, negated=False, span=span)


def not_like(span: Span, operand: Expr, pattern: Expr) -> syntax.Like:
    return syntax.Like(operand, pattern, negated=True, span=span)


def ref(span: Span, name: Name) -> syntax.Ref:
    return syntax.Ref(name, span)


def call(span: Span, function: Name, arguments: list[Expr] | None = None) -> syntax.Call:
    return syntax.Call(function, tuple(arguments or ()), span)


def case(span: Span, whens: list[syntax.When], otherwise: Expr | None = None) -> syntax.Case:
    return syntax.Case(tuple(whens), otherwise, span)


def when(span: Span, condition: Expr, value: Expr) -> syntax.When:
    return syntax.When(condition, value, span)


def function_of(rule: str) -> Callable[..., object]:
    """The function that builds the node of a rule."""
    found = globals()[rule]
    assert callable(found)
    return found  # type: ignore[no-any-return]
