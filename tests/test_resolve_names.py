"""Names: unknown, declared twice, reserved, too long, differing only by case; views in circles and of other peers."""

from __future__ import annotations

import pytest
from resolving import findings, spec_of, the_finding, with_share, with_source, with_view

HEAD = "spec s version 1\npeer A\npeer B\n"
SOURCES = "source S at A {\n  id int primary key\n}\nsource T at B {\n  id int primary key\n}\n"


def spec(*lines: str) -> str:
    """A spec with source S at A and T at B; the first of these lines is line 10."""
    views = "view UsesS from S {\n  keep id\n}\nview UsesT from T {\n  keep id\n}\n"
    return HEAD + SOURCES + "\n".join(lines) + "\n" + views


# --- unknown: BX002 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            spec(
                "source X at Nobody {",
                "  id int primary key",
                "  ref int references X(id)",
                "}",
                "view VX from X {",
                "  keep id",
                "}",
            ),
            "10 BX002 «Nobody» unknown peer `Nobody`",
        ),
        (spec("view V from Q {", "  keep id", "}"), "10 BX002 «Q» unknown source or view `Q`"),
        (spec("view V from S {", "  join Q on id", "}"), "11 BX002 «Q» unknown source or view `Q`"),
        (with_source("n int references Q(id)"), "5 BX002 «Q» unknown source `Q`"),
        (with_source("n int references V(id)"), "5 BX002 «V» `V` is a view"),
        (with_source("n int references S(q)"), "5 BX002 «q» unknown column `q`"),
        (with_source("n integer"), "5 BX002 «integer» unknown type `integer`"),
        (with_source("n whatever"), "5 BX002 «whatever» unknown type `whatever`"),
        (with_source("unique (q)"), "5 BX002 «q» unknown column `q`"),
        (with_view("where nmae = 'x'"), "2 BX002 «nmae» unknown column `nmae`"),
        (with_view("keep id, nope"), "2 BX002 «nope» unknown column `nope`"),
        (with_view("keep id default nope = 1"), "2 BX002 «nope» unknown column `nope`"),
        (with_view("rename nope to x"), "2 BX002 «nope» unknown column `nope`"),
        (with_view("drop nope default 1"), "2 BX002 «nope» unknown column `nope`"),
        (with_view("key (nope)"), "2 BX002 «nope» unknown column `nope`"),
        (with_view("on delete set nope = 1"), "2 BX002 «nope» unknown column `nope`"),
        (with_share("authority Nobody"), "2 BX002 «Nobody» unknown peer `Nobody`"),
        (with_share("authority A", "update q by A"), "3 BX002 «q» unknown column `q`"),
        (with_share("authority A", "insert by Nobody"), "3 BX002 «Nobody» unknown peer `Nobody`"),
    ],
)
def test_what_is_not_declared_is_unknown(text: str, expected: str) -> None:
    assert findings(text) == [expected]


def test_a_share_holds_views_that_exist() -> None:
    text = spec("share sh = UsesS <-> T <-> UseT {", "  authority A", "  update id, x by Q", "}")
    assert findings(text) == [
        "10 BX002 «T» `T` is a source",
        "10 BX002 «UseT» unknown view `UseT`",
        "12 BX002 «Q» unknown peer `Q`",
    ]


def test_the_nearest_name_is_suggested() -> None:
    assert the_finding(with_view("where nmae = 'x'")).help == "did you mean `name`?"
    assert the_finding(with_source("n integer")).help == "it is called `int`"


def test_a_view_is_never_told_that_it_may_have_meant_itself() -> None:
    assert (
        the_finding(spec("view Offers from Offer {", "  keep id", "}")).help == "known here: `S`, `T`, `UsesS`, `UsesT`"
    )


def test_a_name_of_another_kind_is_told_for_what_it_is() -> None:
    finding = the_finding(spec("view V from B {", "}"))
    assert (finding.message, finding.primary.text) == ("unknown source or view `B`", "`B` is a peer")
    finding = the_finding(spec("source X at S {", "  id int primary key", "}"))
    assert (finding.message, finding.primary.text, finding.help) == (
        "unknown peer `S`",
        "`S` is a source",
        "known here: `A`, `B`",
    )


def test_a_double_quoted_text_is_told_apart_from_a_column() -> None:
    assert (
        the_finding(with_view('where name = "Smith & Sons"')).help
        == "a text is written in single quotes: 'Smith & Sons'"
    )


@pytest.mark.parametrize(
    ("step", "label"),
    [
        ("keep id", "not kept here"),
        ("drop name default 'x'", "dropped here"),
        ("rename name to x", "called `x` from here on"),
    ],
)
def test_a_column_that_went_is_shown_where_it_went(step: str, label: str) -> None:
    found = the_finding(with_view(step, "where name = 'x'"))
    assert (found.code, found.message) == ("BX002", "column `name` can no longer be seen here")
    assert [(s.text, s.span.first.line) for s in found.secondary] == [(label, 2)]


def test_a_view_of_a_view_sees_what_that_one_shows() -> None:
    text = with_view("keep id") + "view W from V {\n  where name = 'x'\n}\n"
    assert findings(text) == ["27 BX002 «name» column `name` can no longer be seen here"]


# --- twice: BX003 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (spec("peer A"), "10 BX003 «A» peer `A` is declared twice"),
        (spec("source S at A {", "  id int primary key", "}"), "10 BX003 «S» source or view `S` is declared twice"),
        (spec("view S from S {", "  keep id", "}"), "10 BX003 «S» source or view `S` is declared twice"),
        (with_source("n int", "n text"), "6 BX003 «n» column `n` is declared twice"),
        (with_source("check c: (id > 1)", "check c: (id > 2)"), "6 BX003 «c» check `c` is declared twice"),
        (with_source("e enum('a', 'b', 'a')"), "5 BX003 «'a'» 'a' stands twice in an enum"),
        (with_source("primary key (id)"), "5 BX003 «primary key (id)» source `S` has more than one primary key"),
        (with_source("n int primary key"), "5 BX003 «primary key» source `S` has more than one primary key"),
        (with_source("n int unique", "unique (n)"), "6 BX003 «unique (n)» this `unique` is declared twice"),
        (with_source("n int", "unique (n, n)"), "6 BX003 «n» `n` stands twice in `unique`"),
        (
            with_source("n int", "determines n -> id, id"),
            "6 BX003 «id» `id` stands twice in the right side of `determines`",
        ),
        (with_source("n int", "determines n -> n"), "6 BX003 «n» `n` stands on both sides of `determines`"),
        (with_view("keep id, id"), "2 BX003 «id» `id` stands twice in `keep`"),
        (with_view("keep id default n = 1, n = 2"), "2 BX003 «n» `n` has two defaults"),
        (with_view("rename n to m"), "2 BX003 «m» column `m` is declared twice"),
        (with_view("add n = 1"), "2 BX003 «n» column `n` is declared twice"),
        (with_view("key (id)", "key (id)"), "3 BX003 «key (id)» a view has only one `key`"),
        (
            with_view("on delete reject", "on delete delete"),
            "3 BX003 «on delete delete» a view has only one `on delete`",
        ),
        (
            with_view("on hidden reject", "on hidden reject"),
            "3 BX003 «on hidden reject» a view has only one `on hidden`",
        ),
        (
            with_share("authority A", "authority B"),
            "3 BX003 «authority B» a share has only one `authority` for all columns",
        ),
        (with_share("authority A", "authority B on a, a"), "3 BX003 «a» `a` stands twice in `on`"),
        (with_share("authority A", "authority B on a", "authority A on a"), "4 BX003 «a» `a` has two authorities"),
        (with_share("authority A", "open by A", "open by B"), "4 BX003 «open by B» a share has only one `open by`"),
        (
            with_share("authority A", "ack within 1h", "ack within 2h"),
            "4 BX003 «ack within 2h» a share has only one `ack within`",
        ),
        (with_share("authority A", "update a by A, A"), "3 BX003 «A» `A` stands twice in `by`"),
        (with_share("authority A", "update a, a by A"), "3 BX003 «a» `a` stands twice in `update`"),
        (
            with_share("authority A", "insert by A", "insert by A"),
            "4 BX003 «A» peer `A` is given the right to insert twice",
        ),
        (
            with_share("authority A", "update a by A", "update a, b by A"),
            "4 BX003 «A» peer `A` is given the right to update `a` twice",
        ),
    ],
)
def test_what_stands_twice_is_refused(text: str, expected: str) -> None:
    assert findings(text) == [expected]


def test_a_view_stands_once_in_a_share() -> None:
    text = with_share("authority A").replace("VA <-> VB", "VA <-> VB <-> VA")
    assert findings(text) == ["1 BX003 «VA» `VA` stands twice in this share"]


def test_the_first_declaration_is_shown() -> None:
    (label,) = the_finding(with_source("n int", "n text")).secondary
    assert (label.text, label.span.text, label.span.first.line) == ("first declared here", "n", 5)


# --- limits, reserved names, case: BX007, BX012 ----------------------------------------------------------------------


@pytest.mark.parametrize("other", ["Р", "р", "Ｐ", "ρ"])
def test_names_that_look_alike_are_refused(other: str) -> None:
    text = f"spec t version 1\npeer P\npeer {other}\n"
    assert findings(text) == [f"3 BX012 «{other}» `{other}` and `P` look alike"]


def test_names_of_one_alphabet_differ_by_their_letters() -> None:
    assert spec_of(with_source("цена int", "сумма int", "тип int", "größe int", "grosse_fläche int"))


@pytest.mark.parametrize("name", ["sqlite_x", "SQLite_master"])
def test_names_of_tables_that_sqlite_keeps_for_itself_are_refused(name: str) -> None:
    text = spec(f"source {name} at A {{", "  id int primary key", "}", f"view V from {name} {{", "}")
    assert findings(text) == [f"10 BX012 «{name}» the name `{name}` is reserved"]


@pytest.mark.parametrize("display", ["''", "'  '"])
def test_a_display_name_is_not_empty(display: str) -> None:
    assert findings(f"spec t version 1\npeer P as {display}\n") == [
        f"2 BX005 «{display}» a display name cannot be empty"
    ]


def test_a_name_that_is_far_too_long_is_one_finding() -> None:
    long = "x" * 90
    assert the_finding(f"spec t version 1\npeer {long}\n").primary.text == "90 bytes, at most 63 are possible"


def test_a_column_name_may_have_55_bytes() -> None:
    spec_of(with_source(f"{'x' * 55} int"))
    assert the_finding(with_source(f"{'x' * 56} int")).code == "BX007"
    assert the_finding(with_view(f"rename n to {'x' * 56}")).code == "BX007"
    assert the_finding(with_source(f"{'ä' * 28} int")).primary.text == "56 bytes, at most 55 are possible"


def test_the_name_of_a_source_or_view_may_have_48_bytes() -> None:
    spec_of(spec(f"view {'x' * 48} from S {{", "  keep id", "}"))
    assert the_finding(spec(f"view {'x' * 49} from S {{", "  keep id", "}")).code == "BX007"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (spec("view bxc_V from S {", "  keep id", "}"), "10 BX012 «bxc_V» the name `bxc_V` is reserved"),
        (with_source("BXC_n int"), "5 BX012 «BXC_n» the name `BXC_n` is reserved"),
        (with_view("add Bxc_x = 1"), "2 BX012 «Bxc_x» the name `Bxc_x` is reserved"),
        (spec("view Schema from S {", "  keep id", "}"), "10 BX012 «Schema» the name `Schema` is reserved"),
        (spec("view s from S {", "  keep id", "}"), "10 BX012 «s» `s` and `S` differ only by case"),
        (
            spec('view "S.put" from S {', "  keep id", "}"),
            '10 BX012 «"S.put"» the files of `S.put` and `S` would bear one name',
        ),
        (with_source("ID int"), "5 BX012 «ID» `ID` and `id` differ only by case"),
        (with_source('"ÄRA" int', '"ära" int'), '6 BX012 «"ära"» `ära` and `ÄRA` differ only by case'),
        (with_view("rename n to NAME"), "2 BX012 «NAME» `NAME` and `name` differ only by case"),
        (with_view("add ID = 1"), "2 BX012 «ID» `ID` and `id` differ only by case"),
        (with_source("check c: (id > 1)", "check C: (id > 2)"), "6 BX012 «C» `C` and `c` differ only by case"),
    ],
)
def test_names_are_neither_reserved_nor_alike_but_for_case(text: str, expected: str) -> None:
    assert findings(text) == [expected]


def test_a_renamed_column_frees_its_name() -> None:
    view = spec_of(with_view("rename n to k", "rename m to n", "rename k to m", "rename live to Live")).views[0]
    assert [c.name for c in view.columns[1:3]] == ["m", "n"]


# --- views in circles, views of other peers: BX015, BX016 ------------------------------------------------------------


def test_a_view_cannot_be_built_on_itself() -> None:
    text = spec("view V from V {", "  keep id", "}")
    assert findings(text) == ["10 BX015 «V» view `V` is built on itself"]


def test_a_circle_is_reported_once_and_what_rests_on_it_is_not_judged() -> None:
    text = spec(
        "view Above from V {", "  keep id", "  where x = 1", "}",
        "view V from W {", "  keep id", "}",
        "view W from S {", "  union X", "}",
        "view X from V {", "  where y", "}",
    )  # fmt: skip
    assert findings(text) == [
        "12 BX002 «x» unknown column `x`",
        "14 BX015 «W» views are built on each other: `V` → `W` → `X` → `V`",
    ]


def test_views_may_stand_in_any_order() -> None:
    found = spec_of(spec("view Third from Second {", "  where id > 1", "}", "view Second from S {", "  keep id", "}"))
    assert [(v.name, v.peer, v.base) for v in found.views[:2]] == [("Third", "A", "Second"), ("Second", "A", "S")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (spec("view V from S {", "  join T on id", "}"), "11 BX016 «T» source `T` belongs to peer `B`"),
        (spec("view V from S {", "  union UsesT", "}"), "11 BX016 «UsesT» view `UsesT` belongs to peer `B`"),
        (
            spec("source R at A {", "  id int primary key references T(id)", "}", "view V from R {", "  keep id", "}"),
            "11 BX016 «T» source `T` belongs to peer `B`",
        ),
    ],
)
def test_nothing_reads_another_peers_tables(text: str, expected: str) -> None:
    assert findings(text) == [expected]


# --- the header ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("spec s version 1.5", "1 BX005 «1.5» a version is a whole number from 1"),
        ("spec s version 0", "1 BX005 «0» a version is a whole number from 1"),
        ("spec bxc_s version 1", "1 BX012 «bxc_s» the name `bxc_s` is reserved"),
    ],
)
def test_a_spec_has_a_name_and_a_version(head: str, expected: str) -> None:
    assert findings(with_source().replace("spec s version 1", head)) == [expected]
