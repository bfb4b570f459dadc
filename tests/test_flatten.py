"""Views flattened onto their sources: keys, defaults, policies, layers, and the findings about them."""

from __future__ import annotations

from textwrap import indent

import pytest

from bxc.diagnostic import Diagnostic, Severity, has_errors
from bxc.expr import Literal
from bxc.flatten import flatten
from bxc.laws.ends import ends_agree
from bxc.parse import parse_text
from bxc.plan import (
    Constant,
    DeleteRow,
    Determined,
    Fresh,
    FromView,
    InsertValue,
    Match,
    Missing,
    Plan,
    RejectDelete,
    SetColumn,
    ViewPlan,
)
from bxc.resolve import resolve
from bxc.text import SourceFile
from bxc.types import Bool, Int, Text

PARTS = """
  part_no   int   primary key
  sku       text  not null unique
  site      text  not null
  title     text  not null
  price     int
  retired   bool  not null default false
"""


def flattened(text: str) -> tuple[Plan, list[Diagnostic]]:
    tree, wrong = parse_text(SourceFile("t.bxc", text))
    assert wrong == []
    spec, found = resolve((tree,))
    assert spec is not None, found
    plan, more = flatten(spec)
    return plan, more


def one_source(columns: str, *views: str) -> str:
    steps = "\n".join(views)
    return f"spec t version 1\npeer P\nsource S at P {{\n{columns}\n}}\n{steps}\n"


def view_of(columns: str, *steps: str) -> ViewPlan:
    body = indent("\n".join(steps), "  ")
    plan, found = flattened(one_source(columns, f"view V from S {{\n{body}\n}}"))
    assert found == []
    return plan.peers[0].views[0]


def findings_of(columns: str, *steps: str) -> list[tuple[str, Severity]]:
    body = indent("\n".join(steps), "  ")
    _, found = flattened(one_source(columns, f"view V from S {{\n{body}\n}}"))
    return [(d.code, d.severity) for d in found]


def inserts(view: ViewPlan) -> dict[str, InsertValue]:
    return {a.column: a.value for a in view.inserts}


# --- keys -----------------------------------------------------------------------------------------------------------


def test_the_primary_key_is_the_key_where_it_is_kept() -> None:
    view = view_of(PARTS, "keep part_no, sku")
    assert (view.key, view.grouped) == (("part_no",), False)
    assert view.match == (Match("part_no", FromView("part_no")),)


def test_a_kept_unique_key_serves_where_the_primary_key_is_dropped() -> None:
    view = view_of(PARTS, "keep sku, title")
    assert (view.key, view.grouped, view.on_delete) == (("sku",), False, DeleteRow())
    assert inserts(view)["part_no"] == Missing("BXC14")


def test_a_renamed_key_column_keeps_its_part() -> None:
    view = view_of(PARTS, "keep part_no, title", "rename part_no to number")
    assert view.key == ("number",)
    assert view.match == (Match("part_no", FromView("number")),)


def test_a_pinned_key_column_may_be_dropped_and_is_matched_and_inserted_with_its_value() -> None:
    columns = "site text\nno int\nname text\nprimary key (site, no)"
    view = view_of(columns, "where site = 'north'", "keep no, name")
    north = Constant(Literal("north", Text()))
    assert (view.key, view.grouped) == (("no",), False)
    assert view.match == (Match("no", FromView("no")), Match("site", north))
    assert inserts(view)["site"] == north


def test_dependencies_give_a_grouped_view_its_key() -> None:
    columns = "id int primary key\ndrug text not null\nworks text\ndetermines drug -> works"
    view = view_of(columns, "keep drug, works")
    assert (view.key, view.grouped, view.on_delete) == (("drug",), True, RejectDelete())
    assert inserts(view)["id"] == Missing("BXC14")


def test_a_group_key_may_rest_on_a_pinned_column() -> None:
    columns = "id int primary key\nsite text not null\ndrug text not null\nworks text\ndetermines site, drug -> works"
    view = view_of(columns, "where site = 'north'", "keep drug, works")
    assert view.key == ("drug",)
    assert [m.column for m in view.match] == ["drug", "site"]


def test_a_dependency_that_reaches_the_primary_key_makes_the_view_keyed() -> None:
    columns = "id int primary key\nbadge text not null\nname text\ndetermines badge -> id"
    assert not view_of(columns, "keep badge, name default id = fresh").grouped


def test_a_declared_key_chooses_among_several() -> None:
    columns = "id int primary key\na int not null unique\nb int not null unique"
    assert findings_of(columns, "keep a, b") == [("BX008", Severity.ERROR)]
    assert view_of(columns, "keep a, b", "key (b)").key == ("b",)


def test_where_may_make_a_unique_column_not_null_and_so_a_key() -> None:
    columns = "id int primary key\ncode text unique\nname text"
    assert view_of(columns, "where code is not null", "keep code, name").key == ("code",)
    assert findings_of(columns, "keep code, name") == [("BX201", Severity.WARNING)]


@pytest.mark.parametrize(
    "steps",
    [
        ("keep title, price",),  # nothing implies a key
        ("keep title, price", "key (title)"),  # not implied
        ("where part_no = 7", "keep title"),  # pins the whole key and drops it
        ("keep part_no, price", "key (price, part_no)"),  # price may be NULL
    ],
)
def test_a_view_without_a_proved_key_is_a_warning_where_no_share_rests_on_it(steps: tuple[str, ...]) -> None:
    assert findings_of(PARTS, *steps) == [("BX201", Severity.WARNING)]


def test_a_computed_column_cannot_be_a_key() -> None:
    assert findings_of(PARTS, "keep part_no, price", "add same = part_no", "key (same)") == [("BX201", Severity.ERROR)]


@pytest.mark.parametrize(
    ("computed", "key"),
    [("works || '!'", ("drug",)), ("drug || works", ("drug",)), ("ward || works", ()), ("id = 5", ())],
)
def test_the_key_of_a_group_determines_what_is_computed_too(computed: str, key: tuple[str, ...]) -> None:
    steps = (f"add x = {computed}", "keep drug, works, x")
    for more in ((), ("key (drug)",)):
        assert findings_of(GROUPS, *steps, *more) == ([] if key else [("BX201", Severity.WARNING)])


def test_a_view_without_a_key_is_planned_for_reading_only() -> None:
    plan, _ = flattened(one_source(PARTS, "view V from S { keep title, price }"))
    assert plan.peers[0].views[0].key == ()


@pytest.mark.parametrize(
    "steps",
    [
        "keep title, price\n  key (title)",
        "keep part_no, price\n  key (price, part_no)",
        "where part_no = 7\n  keep title",
    ],
)
def test_a_view_whose_key_is_not_proved_is_for_reading_only(steps: str) -> None:
    plan, _ = flattened(one_source(PARTS, f"view V from S {{\n  {steps}\n}}"))
    assert (plan.peers[0].views[0].key, plan.peers[0].views[0].match) == ((), ())


def test_another_key_serves_where_the_primary_key_is_pinned_and_dropped() -> None:
    assert view_of(PARTS, "where part_no = 7", "keep sku, title").key == ("sku",)


def test_a_pinned_column_that_is_kept_can_be_the_key() -> None:
    assert view_of(GROUPS, "where drug = 'aspirin'", "keep drug, works").key == ("drug",)


def test_a_shared_view_without_a_key_is_an_error() -> None:
    plan, found = flattened(
        "spec t version 1\npeer P\npeer Q\n"
        "source S at P {\n  id int primary key\n  a text not null\n}\n"
        "source T at Q {\n  a text primary key\n}\n"
        "view V from S { keep a }\nview W from T { keep a }\n"
        "share s = V <-> W {\n  authority P\n  insert by Q\n}\n"
    )
    assert [view.name for peer in plan.peers for view in peer.views] == ["W"]
    assert [(d.code, d.severity) for d in found] == [("BX201", Severity.ERROR)]


# --- conditions of grouped views ------------------------------------------------------------------------------------

GROUPS = "id int primary key\ndrug text not null\nworks text\nward text\ndetermines drug -> works"


def test_a_condition_on_what_the_group_key_determines_is_fine() -> None:
    assert view_of(GROUPS, "where works is not null and drug <> 'x'", "keep drug, works").grouped


@pytest.mark.parametrize("condition", ["id > 5", "ward = 'A'", "works is null or id = 1"])
def test_a_condition_that_may_split_a_group_is_found(condition: str) -> None:
    assert findings_of(GROUPS, f"where {condition}", "keep drug, works") == [("BX204", Severity.WARNING)]


# --- defaults -------------------------------------------------------------------------------------------------------


def test_hidden_columns_take_the_declared_default_before_the_source_s_own_before_null() -> None:
    view = view_of(PARTS, "keep part_no, sku, title default site = 'here', retired = true")
    assert inserts(view) == {
        "part_no": FromView("part_no"),
        "sku": FromView("sku"),
        "site": Constant(Literal("here", Text())),
        "title": FromView("title"),
        "price": Constant(Literal(None, Int())),
        "retired": Constant(Literal(True, Bool())),
    }
    plain = inserts(view_of(PARTS, "keep part_no, sku, title"))
    assert plain["retired"] == Constant(Literal(False, Bool()))
    assert plain["site"] == Missing("BXC16")


def test_fresh_fills_a_hidden_key() -> None:
    assert inserts(view_of(GROUPS, "keep drug, works default id = fresh"))["id"] == Fresh()


def test_a_literal_default_cannot_make_new_rows_of_a_group() -> None:
    assert inserts(view_of(GROUPS, "keep drug, works default id = 7"))["id"] == Missing("BXC14")


def test_determined_by_names_source_columns() -> None:
    view = view_of(GROUPS, "drop works default '?' determined by drug", "rename drug to medicine")
    assert view.determined == (Determined("works", ("drug",)),)


def test_determined_by_a_column_that_is_dropped_later_is_refused() -> None:
    columns = "id int primary key\ndrug text not null default 'x'\nworks text\ndetermines drug -> works"
    steps = ("drop works default '?' determined by drug", "drop drug default 'x'")
    assert [code for code, _ in findings_of(columns, *steps)] == ["BX005"]


def test_of_several_drops_the_one_whose_determinant_is_lost_is_at_fault() -> None:
    columns = "id int primary key\na int\nb int\nc int\nd int\ndetermines a -> b\ndetermines c -> d"
    steps = (
        "drop b default 1 determined by a",
        "rename d to e",
        "drop e default 1 determined by c",
        "drop c default 2",
    )
    _, (found,) = flattened(one_source(columns, "view V from S {", *steps, "}"))
    assert found.primary.span.text == "drop e default 1 determined by c"
    assert found.message.startswith("`e` is determined by")


# --- policies -------------------------------------------------------------------------------------------------------


def test_on_delete_set_must_name_a_column_that_where_reads() -> None:
    assert findings_of(PARTS, "keep part_no, sku", "on delete set retired = true") == [("BX207", Severity.WARNING)]
    view = view_of(PARTS, "where not retired", "keep part_no, sku, title", "on delete set retired = true")
    assert isinstance(view.on_delete, SetColumn)
    assert (view.on_delete.column, view.on_delete.value, view.on_delete.stays) == (
        "retired",
        Literal(True, Bool()),
        None,
    )


@pytest.mark.parametrize(
    ("where", "value", "stays"),
    [
        ("not retired", "false", True),
        ("not retired", "true", False),
        ("retired = false and price > 5", "false", True),
        ("(not retired or price > 5)", "false", False),
    ],
)
def test_on_delete_set_must_not_set_what_where_asks_for(where: str, value: str, stays: bool) -> None:
    found = findings_of(PARTS, f"where {where}", "keep part_no, sku", f"on delete set retired = {value}")
    assert found == ([("BX207", Severity.WARNING)] if stays else [])


def test_revive_sets_kept_columns_and_the_hidden_ones_that_where_reads() -> None:
    view = view_of(PARTS, "where not retired", "keep part_no, sku, title", "on hidden revive")
    (layer,) = view.layers
    assert layer.on_hidden == "revive"
    assert {a.column: a.value for a in layer.revives} == {
        "part_no": FromView("part_no"),
        "sku": FromView("sku"),
        "title": FromView("title"),
        "retired": Constant(Literal(False, Bool())),
    }


KINDS = "id int primary key\nkind enum('x', 'y') not null default 'y'\nn int\nlive bool default true"
BX207 = [("BX207", Severity.WARNING)]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (("where kind = 'x'", "keep id", "on hidden revive"), BX207),
        (("where kind = 'x'", "keep id default kind = 'y'"), BX207),
        (("where kind = 'x'", "keep id default kind = 'x'", "on hidden revive"), []),
        (("where kind = 'x'", "keep id"), []),
        (("where kind in ('x') and n > 5", "drop kind default 'y'"), BX207),
        (("where kind = 'x' or n > 5", "keep id, n default kind = 'y'"), []),
        (("where kind = 'x' or n > 5", "keep id default kind = 'y', n = 5"), BX207 * 2),
        (("where n > 5", "keep id", "on hidden revive"), BX207),
        (("where not (n is null)", "keep id default n = null"), BX207),
        (("where not live", "rename live to on_sale", "keep id, kind, n default on_sale = true"), BX207),
        (("where live", "keep id, kind, n", "on hidden revive"), []),
    ],
)
def test_a_default_with_which_no_row_is_in_the_view_is_reported(
    steps: tuple[str, ...], found: list[tuple[str, Severity]]
) -> None:
    assert findings_of(KINDS, *steps) == found


def test_a_default_in_a_view_of_a_view_must_not_contradict_the_lower_condition() -> None:
    low = "view A from S {\n where kind = 'x'\n on hidden revive\n}"
    _, found = flattened(one_source(KINDS, low, "view B from A {\n keep id\n}"))
    assert [(d.code, d.primary.span.text) for d in found] == [("BX207", "B")]
    _, found = flattened(one_source(KINDS, low, "view B from A {\n keep id default kind = 'x'\n}"))
    assert found == []


def test_a_default_that_other_rows_determine_may_contradict_the_condition() -> None:
    columns = "id int primary key\ndrug text not null\nworks text\ndetermines drug -> works"
    assert findings_of(columns, "where works = 'well'", "drop works default '?' determined by drug") == []


# --- views over views -----------------------------------------------------------------------------------------------


def stack(*views: str) -> dict[str, ViewPlan]:
    plan, found = flattened(one_source(PARTS, *views))
    assert not has_errors(found), found
    return {view.name: view for view in plan.peers[0].views}


def test_a_stack_conjoins_conditions_and_composes_columns() -> None:
    views = stack(
        "view A from S {\n where not retired\n rename title to name\n drop sku default 'none'\n}",
        "view B from A {\n where price > 5\n keep part_no, name\n rename name to label\n}",
    )
    top = views["B"]
    assert [(c.name, c.source) for c in top.columns] == [("part_no", "part_no"), ("label", "title")]
    assert (top.base, top.source, len(top.layers)) == ("A", "S", 2)
    assert inserts(top)["sku"] == Constant(Literal("none", Text()))
    assert inserts(top)["price"] == Constant(Literal(None, Int()))
    assert not top.column("label").nullable


def test_the_text_s_order_of_a_stack_does_not_matter() -> None:
    low = "view A from S { where not retired }"
    high = "view B from A { keep part_no, sku, title }"
    assert [*stack(high, low)] == [*stack(low, high)] == ["A", "B"]


def test_a_vanished_row_of_the_upper_view_follows_the_policy_below() -> None:
    views = stack(
        "view A from S {\n where not retired\n on delete set retired = true\n}",
        "view B from A { keep part_no, sku, title, site }",
        "view C from A {\n keep part_no, sku, title, site\n on delete reject\n}",
        "view D from A {\n where price > 5\n keep part_no, sku, title, site, price\n on delete set price = 0\n}",
    )
    assert views["B"].on_delete == views["A"].on_delete
    assert views["C"].on_delete == RejectDelete()
    policy = views["D"].on_delete
    assert isinstance(policy, SetColumn)
    assert (policy.column, policy.stays) == ("price", views["A"].predicate)


def test_a_keyed_view_over_a_grouped_one_deletes_through_it() -> None:
    plan, _ = flattened(
        one_source(
            GROUPS,
            "view A from S {\n keep drug, works\n on delete delete\n}",
            "view B from A { where drug <> 'x' }",
        )
    )
    lower, upper = plan.peers[0].views
    assert (lower.grouped, upper.grouped) == (True, True)
    assert upper.on_delete == DeleteRow()


def test_a_grouped_view_cannot_revive_a_row_that_a_view_below_hides_by_a_key_that_it_drops() -> None:
    plan, _ = flattened(
        one_source(
            GROUPS,
            "view A from S {\n where works is not null\n on hidden revive\n}",
            "view B from A { keep drug, works default id = fresh }",
        )
    )
    lower, upper = plan.peers[0].views
    assert lower.layers[0].on_hidden == "revive"
    assert upper.layers[0].on_hidden == "reject"


# --- unsupported steps and share ends -------------------------------------------------------------------------------


def test_steps_without_a_lens_are_refused_and_views_on_them_are_not_blamed() -> None:
    _, found = flattened(
        one_source(PARTS, "view A from S { where retired }", "view B from S { minus A }", "view C from B { keep sku }")
    )
    assert [d.code for d in found] == ["BX400"]


def test_all_differences_between_the_ends_of_a_share_are_told_at_once() -> None:
    text = (
        "spec t version 1\npeer P\npeer Q\n"
        "source S at P {\n  id int primary key\n  a text not null\n  b int\n  c date\n}\n"
        "source T at Q {\n  id int primary key\n  a text\n  b decimal(9,2)\n  d date\n}\n"
        "view V from S { keep id, a, b, c }\nview W from T { keep id, a, b, d }\n"
        "share s = V <-> W {\n  authority P\n  insert by P\n}\n"
    )
    tree, _ = parse_text(SourceFile("t.bxc", text))
    spec, _ = resolve((tree,))
    assert spec is not None
    plan, _ = flatten(spec)
    (finding,) = ends_agree(spec, plan)
    assert finding.code == "BX310"
    for part in ("`a` may be NULL in `W`", "`b` is int in `V` and decimal(9,2)", "`c` is only", "`d` is only"):
        assert part in finding.message


def test_a_view_with_an_error_does_not_hide_that_other_ends_differ() -> None:
    text = (
        "spec t version 1\npeer P\npeer Q\n"
        "source S at P {\n  id int primary key\n  a text not null\n  b int\n}\n"
        "source T at Q {\n  id int primary key\n  a text\n  b int\n}\n"
        "view V from S { keep id, a }\nview W from T { keep id, a }\nview Keyless from T { keep b }\n"
        "share s = V <-> W {\n  authority P\n}\nshare t = V <-> Keyless {\n  authority P\n}\n"
    )
    tree, _ = parse_text(SourceFile("t.bxc", text))
    spec, _ = resolve((tree,))
    assert spec is not None
    plan, found = flatten(spec)
    assert [d.code for d in (*found, *ends_agree(spec, plan))] == ["BX201", "BX310"]


def test_columns_that_double_each_other_are_refused_before_they_fill_the_memory() -> None:
    doublings = [f"add c{i + 1} = c{i} || c{i}" for i in range(60)]
    assert findings_of("id int primary key\nc0 text", *doublings) == [("BX007", Severity.ERROR)]
    halves = [f"view V{i + 1} from V{i} {{ add c{i + 1} = c{i} || c{i} }}" for i in range(60)]
    _, found = flattened(one_source("id int primary key\nc0 text", "view V0 from S { where id > 0 }", *halves))
    assert [d.code for d in found] == ["BX007"]
