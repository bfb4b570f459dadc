"""The canonical layout: what it looks like, that it changes nothing but the layout, and that it is a fixed point."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_trees import bare, plain, specs, untidy

from bxc import syntax
from bxc.format import format_text
from bxc.layout import WIDTH
from bxc.parse import parse_text
from bxc.text import SourceFile

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.bxc"))


def laid_out(text: str) -> str:
    """The canonical form of a text without errors."""
    after, found = format_text(SourceFile("test.bxc", text))
    assert [f.message for f in found] == []
    assert after is not None
    return after


def in_block(head: str, lines: str) -> str:
    """The canonical form of the lines of a block, without its braces and indentation."""
    text = laid_out(f"{head} {{\n{lines}\n}}\n")
    return dedent(text.removeprefix(f"{head} {{\n").removesuffix("}\n"))


def source(lines: str) -> str:
    return in_block("source S at P", lines)


def view(lines: str) -> str:
    return in_block("view V from S", lines)


def share(lines: str) -> str:
    return in_block("share X = V <-> W", lines)


# --- golden ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_examples_are_canonical(path: Path) -> None:
    text = path.read_text("utf-8")
    assert laid_out(text) == text


BEFORE = """\


# A hospital.
spec   clinic version 1
peer Doctor
peer "Patient" as 'The patient'   # on paper


peer Lab
# Where orders are kept.
source  Order at Doctor{
    patient_id int   primary   key
    "from" text # a keyword

    "amount" decimal( 10 , 2 ) not null   default -1


    state enum('new','done') check(state!='x')
  # Rows of an order.
  primary key(patient_id,"from")
  check  positive :( amount>0 and(- amount<1 or state in('new')) )
  determines patient_id,state->amount }
view Open from Order { where state <> 'done' keep_nothing_else_here = 1
}
"""
AFTER = """\
# A hospital.
spec clinic version 1

peer Doctor
peer Patient as 'The patient'  # on paper

peer Lab

# Where orders are kept.
source Order at Doctor {
  patient_id  int                  primary key
  "from"      text  # a keyword

  amount      decimal(10,2)        not null default -1

  state       enum('new', 'done')  check (state <> 'x')
  # Rows of an order.
  primary key (patient_id, "from")
  check positive: (amount > 0 and (-amount < 1 or state in ('new')))
  determines patient_id, state -> amount
}

view Open from Order {
  where state <> 'done' and true
}
"""


def test_an_untidy_file_is_laid_out() -> None:
    text = BEFORE.replace("keep_nothing_else_here = 1", "and true")
    assert laid_out(text) == AFTER


def test_a_file_with_errors_is_left_alone() -> None:
    after, found = format_text(SourceFile("test.bxc", BEFORE))
    assert after is None
    assert [f.primary.span.text for f in found] == ["keep_nothing_else_here"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("\n\n", ""),
        ("# only\n\n\n\n# comments", "# only\n\n# comments\n"),
        ("view V from S{}", "view V from S {}\n"),
        ("view V from S {\n\n}  # all of it", "view V from S {}  # all of it\n"),
        ("view V from S {\n# nothing\n}", "view V from S {\n  # nothing\n}\n"),
        ("view V from S { # nothing\n}", "view V from S {  # nothing\n}\n"),
        ("view V from S { keep a }", "view V from S {\n  keep a\n}\n"),
        ("peer A\npeer B\n\n\n\npeer C", "peer A\npeer B\n\npeer C\n"),
        ("import 'a.bxc'\nimport 'b.bxc'\npeer A", "import 'a.bxc'\nimport 'b.bxc'\n\npeer A\n"),
        ("peer A\n# of B\npeer B", "peer A\n# of B\npeer B\n"),
        ("peer A\n# of V\nview V from S {}\n# end", "peer A\n\n# of V\nview V from S {}\n\n# end\n"),
    ],
)
def test_blocks_blank_lines_and_comments(before: str, after: str) -> None:
    assert laid_out(before) == after


# --- alignment ------------------------------------------------------------------------------------------------------


def test_columns_are_aligned_in_a_source_and_wide_cells_do_not_push_the_others() -> None:
    lines = "a int not null\nlong_name varchar(20) unique\nx enum('aaaaaaaaa', 'bbbbbbbbbb') unique"
    assert source(lines) == dedent("""\
        a          int          not null
        long_name  varchar(20)  unique
        x          enum('aaaaaaaaa', 'bbbbbbbbbb')  unique
    """)


def test_update_rights_in_a_row_are_aligned() -> None:
    lines = "update a,b by P\nupdate c by P,Q\n# why\nupdate ddd by P\ninsert by P\nupdate e by P\n\nupdate ff by P"
    assert share(lines) == dedent("""\
        update a, b by P
        update c    by P, Q
        # why
        update ddd  by P
        insert by P
        update e by P

        update ff by P
    """)


def test_signs_parentheses_and_commas_are_spaced() -> None:
    before = "where a=-1 and b- -c>- 2 and(- -a)in(-1,- 2)and -a<-(b)and f (a,b)=g( )"
    assert view(before) == "where a = -1 and b - -c > -2 and (- -a) in (-1, -2) and -a < -(b) and f(a, b) = g()\n"


def test_quotes_stay_only_where_they_are_needed() -> None:
    assert view('keep "a", "key", "A_1", "a b", "Where", "größe", "2nd", "order"') == (
        'keep a, "key", A_1, "a b", "Where", größe, "2nd", order\n'
    )


def test_a_name_that_loses_its_quotes_is_spaced_as_one_without() -> None:
    assert source('a int references "Order"("no")') == "a  int  references Order(no)\n"
    assert source('a int references "key" ("no")') == 'a  int  references "key"(no)\n'


# --- long statements ------------------------------------------------------------------------------------------------


def test_a_long_list_is_broken_after_commas() -> None:
    names = [f"column_number_{n}" for n in range(12)]
    lines = view(f"keep {', '.join(names)}").splitlines()
    assert len(lines) == 3
    assert all(len(line) <= WIDTH - 2 for line in lines)
    assert all(line.endswith(",") for line in lines[:-1])
    assert all(line.startswith("    column") for line in lines[1:])


def test_a_long_condition_in_parentheses_is_broken_before_and_or() -> None:
    terms = " or ".join(f"(column_{n} = {n} and other_{n} is not null)" for n in range(6))
    lines = view(f"where ({terms})").splitlines()
    assert len(lines) > 1
    assert all(len(line) <= WIDTH - 2 for line in lines)
    assert all(line.lstrip().startswith(("or ", "and ")) for line in lines[1:])


def test_comments_inside_a_statement_keep_their_place() -> None:
    before = "keep a, # the first\n# before the second\nb,\nc default d = 1, # last\n e = 2 # end"
    assert view(before) == dedent("""\
        keep a,  # the first
            # before the second
            b, c default d = 1,  # last
            e = 2  # end
    """)


# --- nothing but the layout changes ---------------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(specs, st.randoms(use_true_random=False))
def test_the_tree_and_the_comments_stay_and_a_second_time_changes_nothing(
    declarations: tuple[syntax.Declaration, ...], random: object
) -> None:
    text = untidy(declarations, random)  # type: ignore[arg-type]
    after = laid_out(text)
    before_tree, _ = parse_text(SourceFile("before.bxc", text))
    after_tree, found = parse_text(SourceFile("after.bxc", after))
    assert found == []
    assert bare(after_tree.declarations) == bare(declarations)
    assert [c.text for c in after_tree.comments] == [c.text for c in before_tree.comments]
    assert laid_out(after) == after


@settings(deadline=None)
@given(specs)
def test_the_layout_does_not_depend_on_spaces(declarations: tuple[syntax.Declaration, ...]) -> None:
    text = plain(declarations)
    spaced = text.replace(",", " \t, ").replace("(", " ( ") if "'" not in text and '"' not in text else text
    assert laid_out(spaced) == laid_out(text)


@settings(deadline=None)
@given(specs)
def test_the_canonical_text_has_no_loose_ends(declarations: tuple[syntax.Declaration, ...]) -> None:
    after = laid_out(plain(declarations))
    lines = after.split("\n")
    assert lines.pop() == ""
    assert not any(line != line.rstrip(" \t") for line in lines)
    assert not any(before == line == "" for before, line in pairwise(lines))
