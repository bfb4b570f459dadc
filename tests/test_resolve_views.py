"""Lens steps: the columns that each leaves, and what each refuses."""

from __future__ import annotations

import pytest
from resolving import findings, spec_of, the_finding, with_view

from bxc import model, types
from bxc.expr import Literal


def view(*steps: str) -> model.View:
    return spec_of(with_view(*steps)).views[0]


def names(found: model.View) -> list[str]:
    return [c.name for c in found.columns]


# --- columns ---------------------------------------------------------------------------------------------------------


def test_a_view_without_steps_has_the_columns_of_its_base() -> None:
    found = view()
    assert names(found)[:3] == ["id", "n", "m"]
    assert found.columns[0] == model.ViewColumn("id", types.Int(), False)
    assert (found.peer, found.base, found.id) == ("A", "S", model.Identity("V"))


def test_keep_orders_columns_as_it_lists_them() -> None:
    found = view("keep name, id default n = -5, tag = fresh, code = null")
    (step,) = found.steps
    assert names(found) == ["name", "id"]
    assert isinstance(step, model.Keep)
    assert [(d.column, d.value) for d in step.defaults] == [
        ("n", Literal(-5, types.Int())),
        ("tag", model.Fresh()),
        ("code", Literal(None, types.Varchar(5))),
    ]


def test_rename_keeps_the_place_and_add_goes_behind() -> None:
    found = view("keep id, n, name", "rename n to amount", "add tax = 1.50", "rename tax to duty")
    assert names(found) == ["id", "amount", "name", "duty"]
    assert found.columns[3] == model.ViewColumn("duty", types.Decimal(3, 2), False)


def test_steps_stay_in_the_order_of_the_text() -> None:
    found = view("key (id)", "where live", "on hidden revive", "keep id, live", "on delete set live = false")
    kinds = [type(s).__name__ for s in found.steps]
    assert kinds == ["Key", "Where", "OnHidden", "Keep", "OnDelete"]
    assert isinstance(found.steps[4], model.OnDelete)
    assert found.steps[4].value == Literal(False, types.Bool())


def test_a_key_names_the_columns_that_the_view_ends_with() -> None:
    (key, _) = view("key (k)", "rename id to k").steps
    assert isinstance(key, model.Key)
    assert key.columns == ("k",)
    assert findings(with_view("key (id)", "rename id to k")) == ["2 BX002 «id» column `id` can no longer be seen here"]


def test_drop_may_find_its_column_by_what_determines_it() -> None:
    (step,) = view("drop code default 'x' determined by lot").steps
    assert isinstance(step, model.Drop)
    assert (step.column, step.default, step.determined_by) == ("code", Literal("x", types.Varchar(5)), ("lot",))
    renamed = view("rename lot to charge", "rename code to label", "drop label default null determined by charge")
    assert isinstance(renamed.steps[2], model.Drop)


def test_a_computed_column_may_be_used_and_dropped() -> None:
    assert "twice" not in names(view("add twice = 2", "where twice > 1", "drop twice default 0"))
    assert "twice" not in names(view("add twice = 2", "drop twice"))


def test_a_stored_column_is_not_dropped_without_a_default() -> None:
    found = the_finding(with_view("drop n"))
    assert (found.code, found.primary.span.text) == ("BX005", "drop n")
    assert found.help == "write `drop n default …`, for example `default null`"
    assert findings(with_view("drop code determined by lot", "where code = 'x'")) == [
        "2 BX005 «drop code determined by lot» column `code` is dropped without a default",
        "3 BX002 «code» column `code` can no longer be seen here",
    ]


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "place", "reason"),
    [
        ("keep id, n default n = 1", "n", "an inserted row brings its own value"),
        ("keep id default n = 'x'", "'x'", "a text in quotes is no int"),
        ("keep id default batch = null", "null", "not a value of the column"),
        ("keep id default n = fresh", "fresh", "the column is neither in the primary key nor `unique`"),
        ("keep id default name = fresh", "fresh", "only an int or a uuid can be made up"),
        ("drop live default null", "null", "not a value of the column"),
        ("drop code default 'toolong'", "'toolong'", "it has 7 characters, varchar(5) holds 5"),
        ("drop code default null determined by n", "n", "no `determines` line of source `S` says so"),
        ("drop code default null determined by code", "code", "a column cannot be found by itself"),
        ("on delete set live = null", "null", "not a value of the column"),
        ("on delete set n = 1.5", "1.5", "`1.5` has a fraction and an int has none"),
        ("on delete set id = fresh", "fresh", "only a column that a view hides can have a fresh value by default"),
    ],
)
def test_a_default_must_fit_the_hidden_column(step: str, place: str, reason: str) -> None:
    found = the_finding(with_view(step))
    assert (found.code, found.primary.span.text, found.primary.text) == ("BX005", place, reason)


def test_fresh_serves_columns_of_a_key() -> None:
    assert names(view("drop id default fresh", "drop tag default fresh"))[0] == "n"


def test_computed_columns_cannot_be_set() -> None:
    text = with_view("add one = 1") + "view W from V {\n  on delete set one = 2\n}\n"
    (found,) = findings(text)
    assert found.endswith("BX005 «one» column `one` is computed and cannot be set")


def test_set_speaks_of_the_base_and_not_of_the_view() -> None:
    view("where live", "keep id", "on delete set live = false")
    assert findings(with_view("rename live to on_sale", "on delete set on_sale = false")) == [
        "3 BX002 «on_sale» unknown column `on_sale`"
    ]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["key (weight)"], "2 BX009 «weight» `weight` is real and cannot be part of a key"),
        (["rename weight to w", "key (w)"], "3 BX009 «w» `w` is real and cannot be part of a key"),
        (["join V2 on weight"], "2 BX009 «weight» `weight` is real and cannot be part of a join"),
    ],
)
def test_real_is_no_key_of_a_view(steps: list[str], expected: str) -> None:
    assert findings(with_view(*steps) + "view V2 from S {\n  keep weight\n}\n") == [expected]


def test_one_mistake_is_one_finding() -> None:
    text = with_view(
        "rename nope to x",
        "add y = x || 'a'",
        "where y = 'b' and x = 3",
        "keep id, x, gone",
        "where gone > 5 and x like 'a%'",
    )
    assert findings(text) == [
        "2 BX002 «nope» unknown column `nope`",
        "5 BX002 «gone» unknown column `gone`",
    ]


# --- join, union, minus ----------------------------------------------------------------------------------------------

OTHERS = """\
view Names from S {
  keep id, name
}
view Prices from S {
  keep id, price
}
view Texts from S {
  keep name, n
  rename n to id
  rename id to k
  rename k to id
}
"""


def test_a_join_has_the_columns_of_both_sides() -> None:
    found = spec_of(with_view("keep id, n", "join Names on id") + OTHERS).views[0]
    assert names(found) == ["id", "n", "name"]
    assert isinstance(found.steps[1], model.Join)


def test_union_and_minus_have_the_columns_of_the_left_side() -> None:
    found = spec_of(with_view("keep name, id", "union Names insert into left", "minus Names") + OTHERS).views[0]
    assert found.columns == (
        model.ViewColumn("name", types.Text(), True),
        model.ViewColumn("id", types.Int(), False),
    )


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["keep id, n", "join Names on n"], "3 BX002 «n» unknown column `n`"),
        (["keep id, name", "join Names on id"],
         "3 BX003 «join Names on id» both sides of this join have a column `name`"),
        (["keep id, n", "rename n to Name", "join Names on id"],
         "4 BX012 «join Names on id» both sides of this join have a column `name`"),
        (["join S on id"],
         "2 BX003 «join S on id» both sides of this join have columns "
         "`n`, `m`, `price`, `rate`, `name`, `code`, `colour`, `size`, …"),
        (["keep id, n", "rename n to name", "join Names on id, name"], "4 BX004 «name» column `name` has two types"),
        (["keep id", "union Names"], "3 BX004 «Names» both sides of `union` must have the same columns"),
        (["keep id, name, n", "minus Names"], "3 BX004 «Names» both sides of `minus` must have the same columns"),
        (["keep id, n", "rename n to name", "minus Names"], "4 BX004 «Names» column `name` has two types"),
    ],
)  # fmt: skip
def test_both_sides_must_go_together(steps: list[str], expected: str) -> None:
    found = findings(with_view(*steps) + OTHERS.split("view Texts")[0])
    assert [f for f in found if " BX504 " not in f] == [expected]


def test_a_union_is_as_nullable_as_its_sides() -> None:
    other = (
        "view Other from S {\n  keep id, n\n  rename id to k\n  rename n to id\n  keep id, k\n  rename k to batch\n}\n"
    )
    found = spec_of(with_view("keep id, batch", "union Other") + other).views[0]
    assert [c.nullable for c in found.columns] == [True, False]
