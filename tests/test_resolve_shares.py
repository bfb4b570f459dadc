"""Shares: members, authorities, rights, opener, deadline, limits."""

from __future__ import annotations

import pytest
from resolving import findings, resolved, shown, spec_of, the_finding, with_share

from bxc import model


def share(*items: str) -> model.Share:
    """The share of a spec that may have warnings about what the test leaves out."""
    spec, found = resolved(with_share(*items))
    assert spec is not None, [shown(d) for d in found]
    return spec.shares[0]


def test_a_share_has_its_items() -> None:
    found = share(
        "authority A",
        "authority B on b",
        "update a, b by B, A",
        "insert by B",
        "delete by A, B",
        "open by B adopt",
        "ack within 36h else cancel",
    )
    assert (found.name, found.views, found.authority) == ("sh", ("VA", "VB"), "A")
    assert [(a.peer, a.columns) for a in found.authorities] == [("A", ()), ("B", ("b",))]
    assert [(r.operation, r.attribute, r.peer) for r in found.rights] == [
        ("update", "a", "B"),
        ("update", "a", "A"),
        ("update", "b", "B"),
        ("update", "b", "A"),
        ("insert", "", "B"),
        ("delete", "", "A"),
        ("delete", "", "B"),
    ]
    assert (found.opener, found.adopt, found.deadline, found.policy) == ("B", True, 129_600, "cancel")


def test_the_authority_opens_and_waits_unless_said_otherwise() -> None:
    found = share("authority B")
    assert (found.opener, found.adopt, found.deadline, found.policy) == ("B", False, None, "stall")


def test_a_right_points_at_its_column_or_peer() -> None:
    found = share("authority A", "update a, b by A", "insert by A, B")
    assert [(r.span.text, r.span.first.column) for r in found.rights] == [("a", 10), ("b", 13), ("A", 13), ("B", 16)]


# --- members ---------------------------------------------------------------------------------------------------------


def test_two_views_of_one_peer_cannot_be_shared() -> None:
    text = (
        with_share("authority A").replace("VA <-> VB", "VA <-> VB <-> WA") + "view WA from SA {\n  keep id, a, b\n}\n"
    )
    found = the_finding(text)
    assert shown(found) == "1 BX010 «WA» two views of peer `A` in one share"
    assert [s.span.text for s in found.secondary] == ["VA"]


def test_a_view_and_a_view_of_it_are_of_one_peer() -> None:
    text = with_share("authority A").replace("VA <-> VB", "VB <-> W <-> VA") + "view W from VB {\n  where id > 1\n}\n"
    assert findings(text) == ["1 BX010 «W» two views of peer `B` in one share"]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (["update a by A"], ["1 BX011 «sh» share `sh` has no authority"]),
        (["authority A on a, b"], ["1 BX011 «sh» share `sh` has no authority"]),
        (["authority C"], ["2 BX301 «C» peer `C` is not in share `sh`"]),
        (["authority A", "authority C on a"], ["3 BX301 «C» peer `C` is not in share `sh`"]),
        (["authority A", "update a by A, C"], ["3 BX301 «C» peer `C` is not in share `sh`"]),
        (["authority A", "delete by C"], ["3 BX301 «C» peer `C` is not in share `sh`"]),
        (["authority A", "open by C"], ["3 BX301 «C» peer `C` is not in share `sh`"]),
        (["authority A", "update secret by A"], ["3 BX302 «secret» the views of share `sh` hide `secret`"]),
        (["authority A", "authority B on secret"], ["3 BX302 «secret» the views of share `sh` hide `secret`"]),
        (["authority A", "update nope by A"], ["3 BX002 «nope» unknown column `nope`"]),
        (["authority A", "update nope, secret by C, D"],
         ["3 BX002 «nope» unknown column `nope`", "3 BX302 «secret» the views of share `sh` hide `secret`",
          "3 BX301 «C» peer `C` is not in share `sh`", "3 BX002 «D» unknown peer `D`"]),
    ],
)  # fmt: skip
def test_rights_are_for_members_and_shared_columns(items: list[str], expected: list[str]) -> None:
    assert findings(with_share(*items)) == expected


def test_a_hidden_column_is_shown_where_it_is_hidden() -> None:
    (label,) = the_finding(with_share("authority A", "update secret by A")).secondary
    assert (label.text, label.span.text) == ("not kept here", "keep id, a, b")


def test_a_column_of_one_end_only_is_not_unknown_here() -> None:
    wider = "view VB from SB {\n  keep id, a, b"
    text = with_share("authority A", "update secret by A").replace(wider, wider + ", secret")
    spec_of(text)


# --- lines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "seconds"), [("1s", 1), ("5m", 300), ("36h", 129_600), ("7d", 604_800), ("3649d", 315_273_600)]
)
def test_a_deadline_is_in_seconds(amount: str, seconds: int) -> None:
    assert share("authority A", f"ack within {amount}").deadline == seconds


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0s", "3 BX007 «0s» this deadline is out of range"),
        ("3650d", "3 BX007 «3650d» this deadline is out of range"),
        ("99999999999999999999s", "3 BX007 «99999999999999999999s» this deadline is out of range"),
        ("1.5h", "3 BX005 «1.5h» this is no deadline"),
        ("1e2h", "3 BX005 «1e2h» this is no deadline"),
    ],
)
def test_a_deadline_is_a_whole_number_within_ten_years(amount: str, expected: str) -> None:
    assert findings(with_share("authority A", f"ack within {amount}")) == [expected]


def test_update_rights_on_a_column_in_two_lines_are_a_warning() -> None:
    found = the_finding(with_share("authority A", "update a by A", "update b, a by B"))
    assert shown(found) == "4 BX505 «a» the rights on `a` stand in two lines"
    assert found.severity.value == "warning"
    assert found.help == "write one line: `update a by A, B`"


# --- limits ----------------------------------------------------------------------------------------------------------


def wide_share(peers: int, columns: int) -> str:
    ends = " <-> ".join(f"V{i}" for i in range(peers))
    lines = "".join(f"  c{i} text\n" for i in range(columns - 1))
    each = "".join(
        f"peer P{i}\nsource S{i} at P{i} {{\n  id int primary key\n{lines}}}\nview V{i} from S{i} {{\n}}\n"
        for i in range(peers)
    )
    return f"share sh = {ends} {{\n  authority P0\n}}\nspec s version 1\n{each}"


@pytest.mark.parametrize(
    ("peers", "columns", "expected"),
    [
        (64, 2, []),
        (65, 2, ["1 BX007 «sh» share `sh` has too many peers"]),
        (2, 240, []),
        (2, 241, ["1 BX007 «sh» share `sh` has too many attributes"]),
    ],
)
def test_a_share_has_at_most_64_peers_and_240_attributes(peers: int, columns: int, expected: list[str]) -> None:
    assert findings(wide_share(peers, columns)) == expected


def test_a_share_has_two_ends() -> None:
    text = with_share("authority A").replace("VA <-> VB", "VA")
    assert findings(text) == ["1 BX007 «sh» share `sh` has a single view"]
