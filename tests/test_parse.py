"""Text → tree: every construct of the language, words that are names in one place and keywords in another, spans."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_trees import bare, plain, specs, untidy

from bxc import grammar, lalr, syntax
from bxc.parse import parse_text
from bxc.text import SourceFile, Span

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.bxc"))


def parsed(text: str) -> syntax.File:
    """The tree of a text without syntax errors."""
    tree, found = parse_text(SourceFile("test.bxc", text))
    assert [(f.primary.span.first, f.message) for f in found] == []
    return tree


def the_declaration(text: str) -> syntax.Declaration:
    (declaration,) = parsed(text).declarations
    return declaration


def source_lines(*lines: str) -> tuple[object, ...]:
    """The lines of a source, without spans."""
    body = "\n".join(lines)
    source = the_declaration(f"source S at P {{\n{body}\n}}\n")
    assert isinstance(source, syntax.Source)
    return tuple(bare(item) for item in source.items)


def steps(*lines: str) -> tuple[object, ...]:
    body = "\n".join(lines)
    view = the_declaration(f"view V from S {{\n{body}\n}}\n")
    assert isinstance(view, syntax.View)
    return tuple(bare(step) for step in view.steps)


def items(*lines: str) -> tuple[object, ...]:
    body = "\n".join(lines)
    share = the_declaration(f"share X = V <-> W {{\n{body}\n}}\n")
    assert isinstance(share, syntax.Share)
    return tuple(bare(item) for item in share.items)


def condition(text: str) -> object:
    """The tree of a condition, without spans."""
    (step,) = steps(f"where {text}")
    assert isinstance(step, tuple)
    assert step[0] == "Where"
    return step[1]


def ref(name: str) -> tuple[str, str]:
    return ("Ref", name)


def num(digits: str) -> tuple[str, str]:
    return ("Number", digits)


A, B, C, D = ref("a"), ref("b"), ref("c"), ref("d")
NULL = ("Null",)


# --- declarations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("spec medical version 12", ("Spec", "medical", num("12"))),
        ("import 'sub/common.bxc'", ("Import", ("String", "sub/common.bxc"))),
        ("peer Doctor", ("Peer", "Doctor", None)),
        ("peer Hospital as 'St. Mary''s Hospital'", ("Peer", "Hospital", ("String", "St. Mary's Hospital"))),
        ("source S at P {\n}", ("Source", "S", "P", ())),
        ("source S at P {}", ("Source", "S", "P", ())),
        ("view V from S { keep a, b }", ("View", "V", "S", (("Keep", ("a", "b"), ()),))),
        ("share X = A <-> B <-> C {\n}", ("Share", "X", ("A", "B", "C"), ())),
    ],
)
def test_a_declaration_is_read(text: str, tree: object) -> None:
    assert bare(the_declaration(text)) == tree


def test_the_last_line_needs_no_line_end_and_a_block_may_end_on_the_line_of_its_last_statement() -> None:
    assert bare(the_declaration("view V from S {\n  where a\n  keep a }")) == (
        ("View", "V", "S", (("Where", ref("a")), ("Keep", ("a",), ())))
    )


def test_blocks_on_one_line_may_follow_each_other() -> None:
    tree = parsed("view V from S { keep a } view W from V { where b }\npeer P")
    assert [type(d).__name__ for d in tree.declarations] == ["View", "View", "Peer"]


def test_the_examples_have_no_syntax_errors() -> None:
    assert SPECS
    for path in SPECS:
        assert parsed(path.read_text("utf-8")).declarations


# --- sources --------------------------------------------------------------------------------------------------------


def column(name: str, type_: tuple[object, ...], **found: object) -> tuple[object, ...]:
    parts = ("primary_key", "not_null", "unique", "default", "references")
    checks = found.get("checks", ())
    return ("Column", name, ("TypeRef", *type_), *(found.get(part) for part in parts), checks)


@pytest.mark.parametrize(
    ("line", "tree"),
    [
        ("a int", column("a", ("int", ()))),
        ("a decimal(10, 2)", column("a", ("decimal", (num("10"), num("2"))))),
        ("a enum('x', 'y')", column("a", ("enum", (("String", "x"), ("String", "y"))))),
        ("a int primary key", column("a", ("int", ()), primary_key="there")),
        ("a int unique not null", column("a", ("int", ()), unique="there", not_null="there")),
        ("a int default -1", column("a", ("int", ()), default=("Unary", "-", num("1")))),
        ("a bool default true not null", column("a", ("bool", ()), default=("Bool", True), not_null="there")),
        ("a uuid default fresh", column("a", ("uuid", ()), default=("Fresh",))),
        ("a int references T(c) unique", column("a", ("int", ()), references=("Reference", "T", "c"), unique="there")),
        ("a int check (a)", column("a", ("int", ()), checks=(("Check", None, ref("a")),))),
        ("a int check n: (a) check (b)", column("a", ("int", ()), checks=(("Check", "n", A), ("Check", None, B)))),
        ("primary key (a, b)", ("PrimaryKey", ("a", "b"))),
        ("unique (a, b)", ("Unique", ("a", "b"))),
        ("check (a)", ("Check", None, ref("a"))),
        ("check plausible: (a)", ("Check", "plausible", ref("a"))),
        ("determines a, b -> c, d", ("Determines", ("a", "b"), ("c", "d"))),
    ],
)  # fmt: skip
def test_a_line_of_a_source_is_read(line: str, tree: object) -> None:
    assert source_lines(line) == (tree,)


@pytest.mark.parametrize("word", sorted(lalr.keywords() | {"order", "select", "int", "text"}))
def test_a_column_may_bear_any_word_as_its_name(word: str) -> None:
    tree = source_lines(
        f"{word} text not null", f"{word} decimal(10,2)", f"unique ({word}, a)", f"determines {word} -> {word}"
    )
    assert tree == (
        column(word, ("text", ()), not_null="there"),
        column(word, ("decimal", (num("10"), num("2")))),
        ("Unique", (word, "a")),
        ("Determines", (word,), (word,)),
    )


@pytest.mark.parametrize("word", sorted(lalr.keywords()))
def test_a_listed_name_may_be_any_keyword(word: str) -> None:
    assert steps(f"keep {word}, a, {word} default {word} = 1", f"rename {word} to {word}", f"add {word} = 1") == (
        ("Keep", (word, "a", word), (("Default", word, num("1")),)),
        ("Rename", word, word),
        ("Add", word, num("1")),
    )
    assert items(f"update {word}, {word} by {word}, {word}", f"authority {word} on {word}") == (
        ("UpdateRight", (word, word), (word, word)),
        ("Authority", word, (word,)),
    )


@pytest.mark.parametrize("word", sorted(lalr.keywords() - {"true", "false", "null", "fresh", "not", "case"}))
def test_an_operand_may_be_any_keyword_that_begins_no_expression(word: str) -> None:
    assert condition(f"{word} = 1 and {word} > {word}") == (
        ("Binary", "and", ("Binary", "=", ref(word), num("1")), ("Binary", ">", ref(word), ref(word)))
    )


@pytest.mark.parametrize("word", ["true", "false", "null", "fresh", "not", "case"])
def test_any_word_in_double_quotes_is_a_name(word: str) -> None:
    assert condition(f'"{word}" = 1') == ("Binary", "=", ref(word), num("1"))


def test_double_quotes_hold_any_name_and_are_doubled_inside() -> None:
    view = the_declaration('view "my ""best"" 🏥 view" from "größe#" {}')
    assert isinstance(view, syntax.View)
    assert (view.name.text, view.name.quoted) == ('my "best" 🏥 view', True)
    assert view.base.text == "größe#"


# --- lens steps and lines of a share --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "tree"),
    [
        ("where live", ("Where", ref("live"))),
        ("keep a, b", ("Keep", ("a", "b"), ())),
        ("keep a default b = null, c = null", ("Keep", ("a",), (("Default", "b", NULL), ("Default", "c", NULL)))),
        ("drop c", ("Drop", "c", None, ())),
        ("drop c default null", ("Drop", "c", ("Null",), ())),
        ("drop c default 0 determined by k, l", ("Drop", "c", num("0"), ("k", "l"))),
        ("drop c determined by k", ("Drop", "c", None, ("k",))),
        ("rename a to b", ("Rename", "a", "b")),
        ("add c = a + 1", ("Add", "c", ("Binary", "+", ref("a"), num("1")))),
        ("key (a, b)", ("Key", ("a", "b"))),
        ("on delete delete", ("OnDelete", "delete", None, None)),
        ("on delete reject", ("OnDelete", "reject", None, None)),
        ("on delete set c = false", ("OnDelete", "set", "c", ("Bool", False))),
        ("on hidden reject", ("OnHidden", "reject")),
        ("on hidden revive", ("OnHidden", "revive")),
        ("join T on k, l", ("Join", "T", ("k", "l"), None)),
        ("join T on k delete both", ("Join", "T", ("k",), "both")),
        ("union V", ("Union", "V", None)),
        ("union V insert into right", ("Union", "V", "right")),
        ("minus V", ("Minus", "V")),
    ],
)  # fmt: skip
def test_a_lens_step_is_read(line: str, tree: object) -> None:
    assert steps(line) == (tree,)


@pytest.mark.parametrize(
    ("line", "tree"),
    [
        ("authority P", ("Authority", "P", ())),
        ("authority P on a, b", ("Authority", "P", ("a", "b"))),
        ("update a, b by P, Q", ("UpdateRight", ("a", "b"), ("P", "Q"))),
        ("insert by P", ("RowRight", "insert", ("P",))),
        ("delete by P, Q", ("RowRight", "delete", ("P", "Q"))),
        ("open by P", ("Open", "P", False)),
        ("open by P adopt", ("Open", "P", True)),
        ("ack within 36h", ("Ack", num("36"), "h", None)),
        ("ack within 7 d else exclude", ("Ack", num("7"), "d", "exclude")),
    ],
)
def test_a_line_of_a_share_is_read(line: str, tree: object) -> None:
    assert items(line) == (tree,)


# --- expressions ----------------------------------------------------------------------------------------------------


def both(op: str, left: object, right: object) -> tuple[object, ...]:
    return ("Binary", op, left, right)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a or b and c", both("or", A, both("and", B, C))),
        ("not a and b", both("and", ("Unary", "not", A), B)),
        ("not a = b", ("Unary", "not", both("=", A, B))),
        ("not not a", ("Unary", "not", ("Unary", "not", A))),
        ("a = b or c <> d", both("or", both("=", A, B), both("<>", C, D))),
        ("a != b", both("<>", A, B)),
        ("a < b || c", both("<", A, both("||", B, C))),
        ("a || b + c", both("||", A, both("+", B, C))),
        ("a + b * c", both("+", A, both("*", B, C))),
        ("a - b - c", both("-", both("-", A, B), C)),
        ("a - (b - c)", both("-", A, both("-", B, C))),
        ("-a * b", both("*", ("Unary", "-", A), B)),
        ("- -a", ("Unary", "-", ("Unary", "-", A))),
        ("a % b / c", both("/", both("%", A, B), C)),
        ("(a or b) and c", both("and", both("or", A, B), C)),
        ("a between b and c and d", both("and", ("Between", A, B, C, False), D)),
        ("a not between b and c", ("Between", A, B, C, True)),
        ("a in (b, c)", ("In", A, (B, C), False)),
        ("a not in (1)", ("In", A, (num("1"),), True)),
        ("a is null", ("IsNull", A, False)),
        ("a is not null", ("IsNull", A, True)),
        ("a like 'x%'", ("Like", A, ("String", "x%"), False)),
        ("a not like b || 'x'", ("Like", A, both("||", B, ("String", "x")), True)),
        ("case when a then b end", ("Case", (("When", A, B),), None)),
        ("case when a then b when c then d else 1 end", ("Case", (("When", A, B), ("When", C, D)), num("1"))),
        ("f(a, b)", ("Call", "f", (A, B))),
        ("now()", ("Call", "now", ())),
        ("1.50 = 1e-3", both("=", num("1.50"), num("1e-3"))),
        ("'it''s' = ''", both("=", ("String", "it's"), ("String", ""))),
        ("true", ("Bool", True)),
        ("null", ("Null",)),
        ("a<b", both("<", A, B)),
        ("a>-1", both(">", A, ("Unary", "-", num("1")))),
        ("end = 1", both("=", ref("end"), num("1"))),
        ("case when when then then else else end", ("Case", (("When", ref("when"), ref("then")),), ref("else"))),
    ],
)  # fmt: skip
def test_operators_bind_as_in_sql(text: str, tree: object) -> None:
    assert condition(text) == tree


def test_a_span_covers_what_was_written_parentheses_of_its_own_aside() -> None:
    view = the_declaration("view V from S {\n  where (a + b) * c > 1\n}")
    assert isinstance(view, syntax.View)
    (where,) = view.steps
    assert isinstance(where, syntax.Where)
    assert isinstance(where.condition, syntax.Binary)
    assert isinstance(where.condition.left, syntax.Binary)
    assert where.span.text == "where (a + b) * c > 1"
    assert where.condition.left.span.text == "(a + b) * c"
    assert where.condition.left.left.span.text == "a + b"
    assert view.span.text.startswith("view V")
    assert view.span.text.endswith("}")


# --- lines, comments ------------------------------------------------------------------------------------------------


def test_a_line_that_ends_in_a_comma_goes_on_in_the_next() -> None:
    expected = (("Keep", ("a", "b", "c"), (("Default", "d", num("1")), ("Default", "e", num("2")))),)
    assert steps("keep a,", "b, # the second", "", "# the third", "c default d = 1,", "  e = 2") == expected


def test_line_ends_inside_parentheses_are_free() -> None:
    assert condition("(\na = 1\n# why\nand b in (\n1,\n2\n)\n)") == both(
        "and", both("=", A, num("1")), ("In", B, (num("1"), num("2")), False)
    )


def test_comments_are_kept_in_order_and_a_hash_in_quotes_is_none() -> None:
    text = "# one\npeer P # two\npeer \"#Q\" as '# no'\nview V from S { # three\n  keep a, #four\n    b\n} # five"
    comments = parsed(text).comments
    assert [c.text for c in comments] == ["# one", "# two", "# three", "#four", "# five"]
    assert [c.span.text for c in comments] == [c.text for c in comments]


@pytest.mark.parametrize("text", ["", "\n\n", "   ", "# only\n# comments", "\t\n"])
def test_a_file_without_declarations_is_no_error(text: str) -> None:
    assert parsed(text).declarations == ()


def test_two_hundred_columns_are_read() -> None:
    names = [f"c{number}" for number in range(200)]
    assert len(source_lines(*(f"{name} int" for name in names))) == 200
    assert steps(f"keep {', '.join(names)}") == (("Keep", tuple(names), ()),)


# --- random trees ---------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(specs)
def test_a_tree_is_read_back_from_its_text(declarations: tuple[syntax.Declaration, ...]) -> None:
    assert bare(parsed(plain(declarations)).declarations) == bare(declarations)


@settings(deadline=None)
@given(specs, st.randoms(use_true_random=False))
def test_a_tree_is_read_back_from_untidy_text(declarations: tuple[syntax.Declaration, ...], random: object) -> None:
    text = untidy(declarations, random)  # type: ignore[arg-type]
    tree = parsed(text)
    assert bare(tree.declarations) == bare(declarations)
    assert all(0 <= s.start <= s.end <= len(text) and s.file is tree.source for s in spans(tree.declarations))
    assert all(outer.start <= inner.start and inner.end <= outer.end for outer, inner in nested(tree.declarations))


def spans(node: object) -> Iterator[Span]:
    if isinstance(node, Span):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from spans(part)
    elif is_dataclass(node):
        for field in fields(node):
            yield from spans(getattr(node, field.name))


def nested(node: object) -> Iterator[tuple[Span, Span]]:
    """Every node's span with each span inside the node."""
    own = getattr(node, "span", None)
    for part in node if isinstance(node, tuple) else [getattr(node, name) for name in getattr(node, "__slots__", ())]:
        if own is not None:
            yield from ((own, inner) for inner in spans(part))
        if not isinstance(part, Span):
            yield from nested(part)


# --- the table of the grammar ---------------------------------------------------------------------------------------


def test_the_table_is_that_of_the_grammar() -> None:
    assert grammar.TABLE.read_text("utf-8") == grammar.table_text(), "run python -m bxc.grammar"


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="lark"):
        grammar.read_grammar()
    assert [record.message for record in caplog.records if "onflict" in record.message] == []


def test_every_rule_has_its_function() -> None:
    rules = json.loads(grammar.TABLE.read_text("utf-8"))["rules"]
    assert len(lalr.table().rules) == len(rules)
