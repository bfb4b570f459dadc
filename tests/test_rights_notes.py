"""What the rights of a share amount to: BX303, BX305, BX306 and BX307."""

from __future__ import annotations

from resolving import resolved

from bxc.diagnostic import has_errors
from bxc.flatten import flatten
from bxc.laws.limits import Limits
from bxc.laws.rights import rights_obligations
from bxc.laws.verdict import Finding, Status


def told(*rights: str, first: str = "keep id, a, b", second: str = "keep id, a, b", columns: str = "") -> list[Finding]:
    """The findings of a share of A and B with these rights; ``first`` and ``second`` are the steps of its views."""
    source = f"  id int primary key\n  a text\n  b int\n{columns}"
    text = "\n".join(
        [
            "spec test version 1",
            *(f"peer {peer}\nsource T{peer} at {peer} {{\n{source}\n}}" for peer in "AB"),
            f"view VA from TA {{\n{first}\n}}\nview VB from TB {{\n{second}\n}}",
            "share s = VA <-> VB {\n  authority A\n" + "\n".join(rights) + "\n}\n",
        ]
    )
    spec, found = resolved(text)
    assert spec is not None
    plan, more = flatten(spec)
    assert plan is not None
    assert not has_errors([*found, *more])
    (obligation,) = rights_obligations(spec, plan)
    verdicts = obligation.prove(Limits())
    assert all((v.finding is None) == (v.status is Status.PROVED) for v in verdicts)
    return [v.finding for v in verdicts if v.finding is not None]


def codes(found: list[Finding]) -> list[str]:
    return [f"{finding.code} {' '.join(finding.fault.names)}" for finding in found]


ALL = ("update id, a, b by A", "insert by A", "delete by A")


def test_all_rights_together_leave_nothing_to_tell() -> None:
    assert told(*ALL) == []


def test_a_rename_without_insert_and_delete_is_an_error() -> None:
    (finding,) = told("update id, a, b by A", "insert by A")
    assert (finding.code, finding.severity) == ("BX303", "error")
    assert finding.fault.names == ("s", "update", "id", "A")
    assert finding.message.endswith("lacks `delete`")


def test_a_rename_by_another_peer_s_insert_and_delete_is_an_error() -> None:
    assert codes(told("update id by B", *ALL)) == ["BX303 s update id B"]


def test_columns_that_nobody_writes_are_told_once_for_the_share() -> None:
    (finding,) = told("update b by A", "delete by B")
    assert (finding.code, finding.severity, finding.fault.names) == ("BX305", "note", ("s",))
    assert finding.message == "nobody may write `a` in share `s`"


def test_that_nobody_may_rename_rows_is_not_told() -> None:
    assert told("update a, b by A", "delete by B") == []
    assert told("delete by B", first="keep id", second="keep id") == []


def test_an_insert_writes_every_column() -> None:
    assert "BX305 s" not in codes(told("insert by B"))


def test_a_pinned_or_computed_column_is_none_that_nobody_writes() -> None:
    steps = "where a is null\nkeep id, a, b\nadd more = b > 1"
    assert told("update b by A", first=steps, second=steps) == []


def test_a_column_of_one_listed_value_is_pinned_and_one_of_two_is_not() -> None:
    one = told("update b by A", first="where a in ('x', 'x')\nkeep id, a, b")
    two = told("update b by A", first="where a in ('x', 'y')\nkeep id, a, b")
    assert (codes(one), codes(two)) == ([], ["BX305 s"])


def test_insert_and_delete_amount_to_an_update_of_the_rest() -> None:
    (finding,) = told("update a by A", "insert by A", "delete by A")
    assert (finding.code, finding.severity, finding.fault.names) == ("BX306", "note", ("s", "insert", "", "A"))
    assert "`id`, `b`" in finding.message
    assert [fault.names for fault, _ in finding.others] == [("s", "delete", "", "A")]


def test_insert_and_delete_of_two_peers_amount_to_nothing() -> None:
    assert told("insert by A", "delete by B") == []


def test_an_update_of_what_the_own_where_reads_lets_a_row_leave() -> None:
    found = told(*ALL, first="where b > 3\nkeep id, a, b", second="keep id, a, b")
    assert codes(found) == ["BX307 s update b A"]
    assert found[0].severity == "note"
    assert [(fault.kind, fault.names) for fault, _ in found[0].others] == [("where", ("VA",))]


def test_without_the_right_to_delete_no_row_leaves() -> None:
    rights = ("update id, a, b by A", "insert by A", "delete by B")
    assert "BX307 s update b A" not in codes(told(*rights, first="where b > 3\nkeep id, a, b"))


def test_only_the_own_where_counts() -> None:
    assert told(*ALL, first="keep id, a, b", second="where b > 3\nkeep id, a, b") == []


def test_a_row_that_every_legal_value_keeps_does_not_leave() -> None:
    assert told(*ALL, first="where b > 3\nkeep id, a, b", columns="  check (b is not null and b > 4)") == []
    assert codes(told(*ALL, first="where b > 3\nkeep id, a, b", columns="  check (b > 4)")) == ["BX307 s update b A"]
