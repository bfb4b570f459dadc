"""Warnings about a spec without errors: unused declarations, `drop` and `real` in a share."""

from __future__ import annotations

from resolving import findings, the_finding, with_share, with_source

SHARED = with_share("authority A")


def test_a_peer_without_a_source_is_unused() -> None:
    assert findings(with_source() + "peer Lonely\n") == ["10 BX504 «Lonely» peer `Lonely` has no source"]
    assert the_finding(with_source() + "peer Lonely\n").severity.value == "warning"


def test_a_source_that_nothing_reads_is_unused() -> None:
    unused = "source U at A {\n  id int primary key\n  again int references U(id)\n}\n"
    assert findings(with_source() + unused) == ["10 BX504 «U» source `U` is never used"]


def test_a_source_that_refers_to_another_is_used_as_it_keeps_rows_from_being_deleted() -> None:
    referring = "source U at A {\n  id int primary key references S(id)\n}\n"
    assert findings(with_source() + referring) == []


def test_a_source_that_is_referred_to_or_joined_is_used() -> None:
    referred = with_source("ref int references U(id)") + "source U at A {\n  id int primary key\n}\n"
    assert findings(referred) == []
    joined = with_source().replace("  keep id\n", "  join U on id\n") + "source U at A {\n  id int primary key\n}\n"
    assert findings(joined) == []


def test_a_view_in_no_share_is_used_by_people() -> None:
    assert findings(with_source()) == []


def test_drop_in_a_shared_view_shares_new_columns_without_a_word() -> None:
    text = SHARED.replace("view VA from SA {\n  keep id, a, b\n", "view VA from SA {\n  drop secret default null\n")
    found = the_finding(text)
    assert (found.code, found.severity.value, found.primary.span.text) == (
        "BX501",
        "warning",
        "drop secret default null",
    )
    assert found.help == "list what is to be shared: `keep id, a, b`"


def test_a_keep_on_the_way_to_the_source_makes_drop_harmless() -> None:
    steps = "  keep id, a, b, secret\n  drop secret default null\n"
    assert findings(SHARED.replace("view VA from SA {\n  keep id, a, b\n", f"view VA from SA {{\n{steps}")) == []


def test_drop_below_a_shared_view_counts_as_well() -> None:
    below = "view Below from SA {\n  drop secret default null\n}\nview VA from Below {\n"
    text = SHARED.replace("view VA from SA {\n  keep id, a, b\n", below)
    assert the_finding(text).code == "BX501"


def test_drop_in_a_view_in_no_share_is_no_finding() -> None:
    assert findings(SHARED + "view W from SA {\n  drop secret default null\n}\n") == []


def test_real_in_a_share_is_reported_once_a_column() -> None:
    found = the_finding(SHARED.replace("  a text\n", "  a real\n"))
    assert (found.code, found.severity.value, found.primary.span.text) == ("BX502", "warning", "sh")
    assert [s.span.text for s in found.secondary] == ["VA"]


def test_there_are_no_lints_while_there_are_errors() -> None:
    text = with_source("n integer") + "peer Lonely\n"
    assert findings(text) == ["5 BX002 «integer» unknown type `integer`"]
