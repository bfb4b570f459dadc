"""Random syntax trees, and their text: laid out plainly, or as untidily as the language allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from random import Random
from typing import assert_never

from hypothesis import strategies as st

from bxc import lalr, syntax
from bxc.scan import is_word
from bxc.text import SourceFile, Span

NOWHERE = Span(SourceFile("nowhere", ""), 0, 0)
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
# An operand in one of these places is put in parentheses where it binds no tighter than the place asks.
LEVELS = {"or": 1, "and": 2, "not": 3, "||": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7} | dict.fromkeys(COMPARISONS, 4)
TIGHTEST = 9


def bare(node: object) -> object:
    """A tree without its spans and without how its names are quoted, to compare trees by."""
    if isinstance(node, syntax.Name):
        return node.text
    if isinstance(node, tuple):
        return tuple(bare(part) for part in node)
    if isinstance(node, Span):
        return "there"
    if is_dataclass(node):
        return (type(node).__name__, *(bare(getattr(node, f.name)) for f in fields(node) if f.name != "span"))
    return node


# --- trees ----------------------------------------------------------------------------------------------------------

# What can be seen: the rest is refused everywhere, and U+034F is a mark that nobody sees.
_visible = st.characters(exclude_categories=["C", "Z"], exclude_characters="\u034f")
_odd_names = st.text(_visible, min_size=1, max_size=6)
names = st.builds(
    lambda text: syntax.Name(text, NOWHERE),
    st.sampled_from(["a", "b", "patient_id", "größe", "Größe_2", "order", "a b", 'say "x"'])
    | st.sampled_from(sorted(lalr.keywords()))
    | _odd_names,
)
name_lists = st.lists(names, min_size=1, max_size=4).map(tuple)
numbers = st.builds(
    lambda digits: syntax.Number(digits, NOWHERE), st.sampled_from(["0", "7", "188", "3.50", "1e-3", "2.5E+10"])
)
whole = st.integers(0, 10**6).map(lambda n: syntax.Number(str(n), NOWHERE))
strings = st.builds(
    lambda value: syntax.String(value, NOWHERE),
    st.sampled_from(["", "it's", "# no comment", "a, b", "{", "\t"]) | st.text(_visible),
)
constants = st.sampled_from([syntax.Bool(True, NOWHERE), syntax.Bool(False, NOWHERE), syntax.Null(NOWHERE)])
values = (
    numbers
    | strings
    | constants
    | st.just(syntax.Fresh(NOWHERE))
    | numbers.map(lambda number: syntax.Unary("-", number, NOWHERE))
)
leaves: st.SearchStrategy[syntax.Expr] = st.one_of(
    numbers, strings, constants, names.map(lambda name: syntax.Ref(name, NOWHERE))
)


def _larger(inner: st.SearchStrategy[syntax.Expr]) -> st.SearchStrategy[syntax.Expr]:
    here, items = st.just(NOWHERE), st.lists(inner, min_size=1, max_size=3).map(tuple)
    whens = st.lists(st.builds(syntax.When, inner, inner, here), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(syntax.Unary, st.sampled_from(["-", "not"]), inner, here),
        st.builds(syntax.Binary, st.sampled_from([op for op in LEVELS if op != "not"]), inner, inner, here),
        st.builds(syntax.Between, inner, inner, inner, st.booleans(), here),
        st.builds(syntax.In, inner, items, st.booleans(), here),
        st.builds(syntax.IsNull, inner, st.booleans(), here),
        st.builds(syntax.Like, inner, inner, st.booleans(), here),
        st.builds(syntax.Case, whens, st.none() | inner, here),
        st.builds(syntax.Call, names, st.lists(inner, max_size=2).map(tuple), here),
    )


expressions: st.SearchStrategy[syntax.Expr] = st.recursive(leaves, _larger, max_leaves=12)
checks = st.builds(syntax.Check, st.none() | names, expressions, st.just(NOWHERE))
types = st.builds(
    syntax.TypeRef,
    st.sampled_from(["int", "text", "decimal", "enum", "varchar"]).map(lambda word: syntax.Name(word, NOWHERE)),
    st.lists(whole | strings, max_size=3).map(tuple),
    st.just(NOWHERE),
)
_mark = st.none() | st.just(NOWHERE)
columns = st.builds(
    syntax.Column,
    names,
    types,
    _mark,
    _mark,
    _mark,
    st.none() | values,
    st.none() | st.builds(syntax.Reference, names, names, st.just(NOWHERE)),
    st.lists(checks, max_size=1).map(tuple),
    st.just(NOWHERE),
)
source_items = st.one_of(
    columns,
    checks,
    st.builds(syntax.PrimaryKey, name_lists, st.just(NOWHERE)),
    st.builds(syntax.Unique, name_lists, st.just(NOWHERE)),
    st.builds(syntax.Determines, name_lists, name_lists, st.just(NOWHERE)),
)
_defaults = st.lists(st.builds(syntax.Default, names, values, st.just(NOWHERE)), max_size=2).map(tuple)
steps = st.one_of(
    st.builds(syntax.Where, expressions, st.just(NOWHERE)),
    st.builds(syntax.Keep, name_lists, _defaults, st.just(NOWHERE)),
    st.builds(syntax.Drop, names, st.none() | values, st.just(()) | name_lists, st.just(NOWHERE)),
    st.builds(syntax.Rename, names, names, st.just(NOWHERE)),
    st.builds(syntax.Add, names, expressions, st.just(NOWHERE)),
    st.builds(syntax.Key, name_lists, st.just(NOWHERE)),
    st.builds(syntax.OnDelete, st.sampled_from(["delete", "reject"]), st.none(), st.none(), st.just(NOWHERE)),
    st.builds(syntax.OnDelete, st.just("set"), names, values, st.just(NOWHERE)),
    st.builds(syntax.OnHidden, st.sampled_from(["reject", "revive"]), st.just(NOWHERE)),
    st.builds(syntax.Join, names, name_lists, st.sampled_from([None, "left", "right", "both"]), st.just(NOWHERE)),
    st.builds(syntax.Union, names, st.sampled_from([None, "left", "right"]), st.just(NOWHERE)),
    st.builds(syntax.Minus, names, st.just(NOWHERE)),
)
_units = st.sampled_from("smhd").map(lambda unit: syntax.Name(unit, NOWHERE))
share_items = st.one_of(
    st.builds(syntax.Authority, names, st.just(()) | name_lists, st.just(NOWHERE)),
    st.builds(syntax.UpdateRight, name_lists, name_lists, st.just(NOWHERE)),
    st.builds(syntax.RowRight, st.sampled_from(["insert", "delete"]), name_lists, st.just(NOWHERE)),
    st.builds(syntax.Open, names, st.booleans(), st.just(NOWHERE)),
    st.builds(syntax.Ack, whole, _units, st.sampled_from([None, "stall", "exclude", "cancel"]), st.just(NOWHERE)),
)


def _block(items: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=5).map(tuple)


declarations = st.one_of(
    st.builds(syntax.Spec, names, whole, st.just(NOWHERE)),
    st.builds(syntax.Import, strings, st.just(NOWHERE)),
    st.builds(syntax.Peer, names, st.none() | strings, st.just(NOWHERE)),
    st.builds(syntax.Source, names, names, _block(source_items), st.just(NOWHERE)),
    st.builds(syntax.View, names, names, _block(steps), st.just(NOWHERE)),
    st.builds(syntax.Share, names, name_lists, _block(share_items), st.just(NOWHERE)),
)
specs = st.lists(declarations, max_size=5).map(tuple)


# --- their tokens ---------------------------------------------------------------------------------------------------


def named(name: syntax.Name) -> str:
    """A name, quoted where it must be or is better."""
    if is_word(name.text) and name.text not in lalr.keywords():
        return name.text
    return '"' + name.text.replace('"', '""') + '"'


def text_of(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def listed(parts: Sequence[list[str]]) -> list[str]:
    return [token for place, part in enumerate(parts) for token in ([",", *part] if place else part)]


def all_named(names: Sequence[syntax.Name]) -> list[str]:
    return listed([[named(name)] for name in names])


def expression(node: syntax.Expr, level: int = 0) -> list[str]:
    """The tokens of an expression for a place that asks for a level."""
    own, tokens = _expression(node)
    return ["(", *tokens, ")"] if own < level else tokens


def _expression(node: syntax.Expr) -> tuple[int, list[str]]:
    negated = ["not"] if getattr(node, "negated", False) else []
    match node:
        case syntax.Ref(name):
            return TIGHTEST, [named(name)]
        case syntax.Number(digits):
            return TIGHTEST, [digits]
        case syntax.String(value):
            return TIGHTEST, [text_of(value)]
        case syntax.Bool(value):
            return TIGHTEST, ["true" if value else "false"]
        case syntax.Null():
            return TIGHTEST, ["null"]
        case syntax.Fresh():
            return TIGHTEST, ["fresh"]
        case syntax.Unary("not", operand):
            return 3, ["not", *expression(operand, 3)]
        case syntax.Unary(_, operand):
            return 8, ["-", *expression(operand, 8)]
        case syntax.Binary(op, left, right):
            level = LEVELS[op]
            return level, [*expression(left, level + (level == 4)), op, *expression(right, level + 1)]
        case syntax.Between(operand, low, high):
            range_ = [*expression(low, 5), "and", *expression(high, 5)]
            return 4, [*expression(operand, 5), *negated, "between", *range_]
        case syntax.In(operand, items):
            return 4, [*expression(operand, 5), *negated, "in", "(", *listed([expression(i) for i in items]), ")"]
        case syntax.IsNull(operand):
            return 4, [*expression(operand, 5), "is", *negated, "null"]
        case syntax.Like(operand, pattern):
            return 4, [*expression(operand, 5), *negated, "like", *expression(pattern, 5)]
        case syntax.Case(whens, otherwise):
            tokens = ["case"]
            for when in whens:
                tokens += ["when", *expression(when.condition), "then", *expression(when.value)]
            tokens += ["else", *expression(otherwise)] if otherwise else []
            return TIGHTEST, [*tokens, "end"]
        case syntax.Call(function, arguments):
            return TIGHTEST, [named(function), "(", *listed([expression(a) for a in arguments]), ")"]
        case _:
            assert_never(node)


def source_item(node: syntax.SourceItem) -> list[str]:
    match node:
        case syntax.Column():
            return _column(node)
        case syntax.PrimaryKey(columns):
            return ["primary", "key", "(", *all_named(columns), ")"]
        case syntax.Unique(columns):
            return ["unique", "(", *all_named(columns), ")"]
        case syntax.Check(name, condition):
            return ["check", *([named(name), ":"] if name else []), "(", *expression(condition), ")"]
        case syntax.Determines(left, right):
            return ["determines", *all_named(left), "->", *all_named(right)]
        case _:
            assert_never(node)


def _column(node: syntax.Column) -> list[str]:
    tokens = [named(node.name), node.type.word.text]
    if node.type.arguments:
        tokens += ["(", *listed([expression(argument) for argument in node.type.arguments]), ")"]
    tokens += ["primary", "key"] if node.primary_key else []
    tokens += ["not", "null"] if node.not_null else []
    tokens += ["unique"] if node.unique else []
    tokens += ["default", *expression(node.default)] if node.default else []
    if node.references:
        tokens += ["references", named(node.references.source), "(", named(node.references.column), ")"]
    return tokens + [token for check in node.checks for token in source_item(check)]


def step(node: syntax.Step) -> list[str]:
    match node:
        case syntax.Where(condition):
            return ["where", *expression(condition)]
        case syntax.Keep(columns, defaults):
            parts = [[named(d.column), "=", *expression(d.value)] for d in defaults]
            return ["keep", *all_named(columns), *(["default", *listed(parts)] if parts else [])]
        case syntax.Drop(column, default, by):
            value = ["default", *expression(default)] if default else []
            return ["drop", named(column), *value, *(["determined", "by", *all_named(by)] if by else [])]
        case syntax.Rename(old, new):
            return ["rename", named(old), "to", named(new)]
        case syntax.Add(column, value):
            return ["add", named(column), "=", *expression(value)]
        case syntax.Key(columns):
            return ["key", "(", *all_named(columns), ")"]
        case syntax.OnDelete(policy, None):
            return ["on", "delete", policy]
        case syntax.OnDelete(policy, column, value):
            assert column is not None
            assert value is not None
            return ["on", "delete", policy, named(column), "=", *expression(value)]
        case syntax.OnHidden(policy):
            return ["on", "hidden", policy]
        case syntax.Join(other, on, delete):
            return ["join", named(other), "on", *all_named(on), *(["delete", delete] if delete else [])]
        case syntax.Union(other, insert_into):
            return ["union", named(other), *(["insert", "into", insert_into] if insert_into else [])]
        case syntax.Minus(other):
            return ["minus", named(other)]
        case _:
            assert_never(node)


def share_item(node: syntax.ShareItem) -> list[str]:
    match node:
        case syntax.Authority(peer, columns):
            return ["authority", named(peer), *(["on", *all_named(columns)] if columns else [])]
        case syntax.UpdateRight(columns, peers):
            return ["update", *all_named(columns), "by", *all_named(peers)]
        case syntax.RowRight(operation, peers):
            return [operation, "by", *all_named(peers)]
        case syntax.Open(peer, adopt):
            return ["open", "by", named(peer), *(["adopt"] if adopt else [])]
        case syntax.Ack(amount, unit, policy):
            return ["ack", "within", amount.digits, unit.text, *(["else", policy] if policy else [])]
        case _:
            assert_never(node)


def statements(node: syntax.Declaration) -> list[list[str]]:
    """The statements of a declaration; the first ends in ``{`` and the last is ``}`` if it has a block."""
    match node:
        case syntax.Spec(name, version):
            return [["spec", named(name), "version", version.digits]]
        case syntax.Import(path):
            return [["import", text_of(path.value)]]
        case syntax.Peer(name, display):
            return [["peer", named(name), *(["as", text_of(display.value)] if display else [])]]
        case syntax.Source(name, peer, items):
            return [["source", named(name), "at", named(peer), "{"], *map(source_item, items), ["}"]]
        case syntax.View(name, base, view_steps):
            return [["view", named(name), "from", named(base), "{"], *map(step, view_steps), ["}"]]
        case syntax.Share(name, views, items):
            ends = [token for view in views for token in ("<->", named(view))][1:]
            return [["share", named(name), "=", *ends, "{"], *map(share_item, items), ["}"]]
        case _:
            assert_never(node)


# --- their text -----------------------------------------------------------------------------------------------------


def plain(declarations: Sequence[syntax.Declaration]) -> str:
    """The text with one statement a line."""
    return "".join(" ".join(line) + "\n" for node in declarations for line in statements(node))


def untidy(declarations: Sequence[syntax.Declaration], random: Random) -> str:
    """The text with odd spaces, line breaks and comments wherever they may stand, blocks on one line, and `!=`."""
    text = ""
    for node in declarations:
        for line in statements(node):
            text += "".join(_odd_spaces(line, random))
            may_go_on = line == ["}"] or line[-1] == "{"
            text += " " if may_go_on and random.random() < 0.2 else _line_end(random)
    return text


def _odd_spaces(line: Sequence[str], random: Random) -> Iterator[str]:
    depth = 0
    for place, token in enumerate(line):
        yield random.choice(("!=", "<>")) if token == "<>" else token
        depth += (token == "(") - (token == ")")
        if place + 1 < len(line):
            free = (depth > 0 or token == ",") and random.random() < 0.2
            yield _line_end(random) if free else random.choice((" ", " ", "  ", "\t"))


def _line_end(random: Random) -> str:
    comment = f" # {random.randrange(1000)}" if random.random() < 0.3 else ""
    own_lines = "".join(
        random.choice(("\n", "\n\n\n", "  # own\n", "#\n")) for _ in range(random.choice((0, 0, 0, 1, 2)))
    )
    return f"{comment}\n{own_lines}{random.choice(('', '  '))}"
