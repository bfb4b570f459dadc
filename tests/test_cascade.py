"""What cascades need and do: rights of the peer between, cells with two writers, circles of shares."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from resolving import resolved

from bxc import model
from bxc.check.replay import replay
from bxc.diagnostic import has_errors
from bxc.flatten import flatten
from bxc.laws.cascade import cascade_obligations
from bxc.laws.circle import LONGEST, Circle, circle_obligations
from bxc.laws.circle_labels import only_copies
from bxc.laws.limits import Limits
from bxc.laws.overlap import overlaps
from bxc.laws.verdict import Finding, Law, Status, Verdict
from bxc.plan import Plan


def planned(text: str) -> tuple[model.Spec, Plan]:
    spec, found = resolved(text)
    assert spec is not None, found
    plan, more = flatten(spec)
    assert plan is not None, more
    assert not has_errors([*found, *more])
    return spec, plan


def proved(text: str) -> list[Verdict]:
    """All verdicts; scenarios of findings are seen to happen."""
    spec, plan = planned(text)
    verdicts = [v for o in cascade_obligations(spec, plan) for v in o.prove(Limits())]
    for verdict in verdicts:
        if verdict.finding is not None and verdict.finding.witness is not None:
            scenario = verdict.finding.witness.scenario
            assert scenario is not None
            assert replay(scenario, spec, plan) is None
    return verdicts


def findings(text: str, *codes: str) -> list[Finding]:
    return [v.finding for v in proved(text) if v.finding is not None and v.finding.code in codes]


def circles(text: str) -> list[Status]:
    return [v.status for v in proved(text) if v.law is Law.CASCADE_ENDS]


def spec_of(peers: str, columns: str, views: Iterable[tuple[str, str, str]], shares: Iterable[str]) -> str:
    """Peers with one source each, `T<peer>`, of the same columns; views as (name, peer, steps)."""
    lines = ["spec test version 1"]
    for peer in peers:
        lines += [f"peer {peer}", f"source T{peer} at {peer} {{\n{columns}\n}}"]
    lines += [f"view {name} from T{peer} {{\n{steps}\n}}" for name, peer, steps in views]
    return "\n".join([*lines, *shares, ""])


def share(name: str, first: str, second: str, authority: str, *rights: str) -> str:
    return f"share {name} = {first} <-> {second} {{\n  authority {authority}\n" + "\n".join(rights) + "\n}"


ABC = "  id int primary key\n  a text\n  b text\n  c text"

# --- rights of the peer between ---------------------------------------------------------------------------------------


def chain(first: str, second: str, right: str, *rights: str) -> str:
    """A holds a right on `one` with B, which shares `two` with C."""
    views = [("VA", "A", first), ("VB", "B", first), ("WB", "B", second), ("WC", "C", second)]
    one = share("one", "VA", "VB", "A", f"{right} by A")
    return spec_of("ABC", ABC, views, [one, share("two", "WB", "WC", "B", *rights)])


def test_an_update_that_the_next_peer_may_not_hand_on_sticks() -> None:
    text = chain("keep id, a", "keep id, a", "update a")
    (finding,) = findings(text, "BX321")
    assert finding.severity == "error"
    assert finding.fault.names == ("one", "update", "a", "A")
    assert [fault.names for fault, _ in finding.others] == [("two",), ("VB",), ("WB",)]
    assert "`update a`" in finding.message
    assert findings(chain("keep id, a", "keep id, a", "update a", "update a by B"), "BX321") == []


def test_a_right_of_another_peer_on_the_next_share_does_not_help() -> None:
    found = findings(chain("keep id, a", "keep id, a", "update a", "update a by C"), "BX321")
    assert [finding.fault.names for finding in found] == [("one", "update", "a", "A"), ("two", "update", "a", "C")]


def test_an_update_that_moves_rows_needs_insert_and_delete() -> None:
    moving = chain("keep id, a", "where a = 'x'\nkeep id, b", "update a", "update b by B", "insert by B")
    (finding,) = findings(moving, "BX321")
    assert "lacks `delete`" in finding.message


def test_a_rename_is_backed_by_insert_and_delete_too() -> None:
    steps = "keep id, a"
    assert findings(chain(steps, steps, "update id", "insert by B", "delete by B"), "BX321") == []
    assert len(findings(chain(steps, steps, "update id", "insert by B"), "BX321")) == 1


def test_a_column_that_the_next_view_computes_needs_no_right() -> None:
    text = chain("keep id, a", "keep id, a\nadd known = a is not null", "update a", "update a by B")
    assert findings(text, "BX321") == []


def test_an_edit_of_the_peer_between_needs_no_second_right_told_here() -> None:
    views = [("VA", "A", "keep id, a"), ("VB", "B", "keep id, a"), ("WB", "B", "keep id, a"), ("WC", "C", "keep id, a")]
    shares = [share("one", "VA", "VB", "A", "update a by B"), share("two", "WB", "WC", "B")]
    assert findings(spec_of("ABC", ABC, views, shares), "BX321") == []


# --- two writers ------------------------------------------------------------------------------------------------------


def writers(first: str, second: str, *rights: str) -> list[Finding]:
    """B shares `one` with A and `two` with C; each of the two may update."""
    views = [("VA", "A", first), ("VB", "B", first), ("WB", "B", second), ("WC", "C", second)]
    one = share("one", "VA", "VB", "A", "update a by A, B")
    return findings(spec_of("ABC", ABC, views, [one, share("two", "WB", "WC", "B", *rights)]), "BX331")


def test_a_cell_that_two_others_may_write_through_two_shares_has_two_writers() -> None:
    (finding,) = writers("keep id, a", "keep id, a", "update a by B, C")
    assert finding.severity == "warning"
    assert finding.fault.names == ("two", "update", "a", "C")
    assert [fault.names for fault, _ in finding.others] == [("one", "update", "a", "A"), ("TB", "a")]


def test_who_hands_on_is_no_writer() -> None:
    assert writers("keep id, a", "keep id, a", "update a by B") == []


def test_rows_that_no_two_writers_share_have_one() -> None:
    assert writers("where id = 1\nkeep id, a", "where id = 2\nkeep id, a", "update a by B, C") == []
    assert len(writers("where id < 5\nkeep id, a", "where id > 3\nkeep id, a", "update a by B, C")) == 1


def test_other_columns_of_one_row_may_have_other_writers() -> None:
    assert writers("keep id, a", "keep id, a, b", "update b by B, C", "update a by B") == []


# --- circles ----------------------------------------------------------------------------------------------------------


def ring(peers: str, *, rights: tuple[str, ...], steps: tuple[str, str] = ("keep id, a, b", "keep id, a, b")) -> str:
    """Each peer shares with the next; `steps` are those of the views towards the next peer and the one before."""
    views, shares = [], []
    for here, there in zip(peers, peers[1:] + peers[0], strict=True):
        views += [(f"Out{here}", here, steps[0]), (f"In{there}", there, steps[1])]
        granted = [f"{right} by {here}, {there}" for right in rights]
        shares.append(share(f"s{here}", f"Out{here}", f"In{there}", here, *granted))
    return spec_of(peers, ABC, views, shares)


ALL = ("update a", "update b", "insert", "delete")


def two_peers(first: str, second: str, third: str, fourth: str, *rights: str) -> str:
    """A and B share `one` (views of steps ``first``, ``second``) and `two` (``third``, ``fourth``)."""
    views = [("VA", "A", first), ("VB", "B", second), ("WA", "A", third), ("WB", "B", fourth)]
    granted = [f"{right} by A, B" for right in rights]
    shares = [share("one", "VA", "VB", "A", *granted), share("two", "WA", "WB", "A", *granted)]
    return spec_of("AB", ABC, views, shares)


def test_two_peers_with_two_overlapping_views_are_harmless() -> None:
    full, low = "keep id, a, b", "where id < 9\nkeep id, a, b"
    statuses = circles(two_peers(full, full, low, low, *ALL))
    assert statuses
    assert set(statuses) == {Status.PROVED}


@pytest.mark.parametrize("rights", [("update a", "update b"), ALL], ids=["updates", "all"])
def test_a_triangle_of_peers_is_harmless(rights: tuple[str, ...]) -> None:
    statuses = circles(ring("ABC", rights=rights))
    assert statuses
    assert set(statuses) == {Status.PROVED}


def test_shares_without_a_circle_end() -> None:
    verdicts = proved(chain("keep id, a", "keep id, a", "update a", "update a by B"))
    (verdict,) = (v for v in verdicts if v.law is Law.CASCADE_ENDS)
    assert verdict.status is Status.PROVED
    assert "at most 2 steps" in verdict.scope


def test_columns_that_change_places_on_the_way_never_come_to_rest() -> None:
    straight, crossed = "keep id, a, b", "keep id, a, b\nrename a to x\nrename b to a\nrename x to b"
    found = findings(two_peers(straight, straight, straight, crossed, "update a", "update b"), "BX341", "BX342")
    assert {finding.code for finding in found} == {"BX342"}


def test_a_column_that_comes_back_as_another_one_is_other_content() -> None:
    first, second = "keep id, a, b", "keep id, a"
    other = "keep id, b\nrename b to a"
    views = [("VA", "A", first), ("VB", "B", first), ("WB", "B", second), ("WA", "A", other)]
    shares = [
        share("one", "VA", "VB", "A", "update a, b by A, B"),
        share("two", "WB", "WA", "B", "update a by A, B"),
    ]
    found = findings(spec_of("AB", ABC, views, shares), "BX341", "BX342")
    assert {finding.code for finding in found} == {"BX341"}


def circles_of(text: str) -> list[Circle]:
    spec, plan = planned(text)
    found = circle_obligations(spec, plan, list(overlaps(spec, plan)))
    return [circle for circle in found if isinstance(circle, Circle)]


def test_circles_that_only_copy_are_those_that_following_finds_harmless() -> None:
    from bxc.laws.circle_proof import prove

    straight, crossed = "keep id, a, b", "keep id, a, b\nrename a to x\nrename b to a\nrename x to b"
    quick = circles_of(ring("ABC", rights=("update a", "update b")))
    assert quick
    assert all(map(only_copies, quick))
    assert {v.status for circle in quick for v in prove(circle, Limits())} == {Status.PROVED}
    for text in (
        two_peers(straight, straight, straight, crossed, "update a", "update b"),
        ring("ABC", rights=ALL),
    ):
        assert not any(map(only_copies, circles_of(text)))


def test_a_circle_that_is_too_long_to_follow_is_not_called_harmless() -> None:
    peers = "ABCDEFGHIJ"[: LONGEST + 1]
    assert Status.UNKNOWN in circles(ring(peers, rights=("update a",)))


def test_ends_that_are_alike_make_one_circle() -> None:
    peers = [f"P{number}" for number in range(12)]
    lines = ["spec test version 1"]
    for peer in peers:
        lines.append(f"peer {peer}\nsource T{peer} at {peer} {{\n{ABC}\n}}")
        lines.append(
            f"view V{peer} from T{peer} {{\n  keep id, a\n}}\nview W{peer} from T{peer} {{\n  keep id, a, b\n}}"
        )
    for name, view in (("one", "V"), ("two", "W")):
        ends = " <-> ".join(f"{view}{peer}" for peer in peers)
        lines.append(f"share {name} = {ends} {{\n  authority P0\n  update a by {', '.join(peers)}\n}}")
    assert len(circles_of("\n".join([*lines, ""]))) <= 2


# --- when the solver gives up ---------------------------------------------------------------------------------------


def test_an_edge_that_could_not_be_decided_stays_as_what_is_not_excluded() -> None:
    spec, plan = planned(chain("keep id, a", "where a <> 'x'\nkeep id, a", "update a", "update a by B"))
    proved_, given_up = (
        [v for o in overlaps(spec, plan) for v in o.prove(Limits(query_ms=ms))] for ms in (Limits().query_ms, 0)
    )
    (edge,) = (v.edge for v in proved_ if v.edge is not None and v.edge.from_share == "one")
    (guess,) = (v.edge for v in given_up if v.edge is not None and v.edge.from_share == "one")
    assert (edge.known, guess.known, guess.witness) == (True, False, None)
    assert set(edge.operations) <= set(guess.operations)
    assert {v.status for v in given_up} == {Status.UNKNOWN}
    assert all(v.finding is None and v.reason for v in given_up)


# --- keys -------------------------------------------------------------------------------------------------------------


def test_obligations_have_keys_of_their_own_that_stay_the_same() -> None:
    text = ring("ABC", rights=ALL)
    keys = [[o.key for o in cascade_obligations(*planned(text))] for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == len(keys[0])


def test_a_key_changes_with_the_sender_s_source_and_with_nothing_that_is_unused() -> None:
    text = chain("keep id, a", "keep id, a", "update a", "update a by B")
    before = {o.key for o in cascade_obligations(*planned(text)) if o.key.startswith("overlap one at VB")}
    other = text.replace("source TA at A {\n", "source TA at A {\n  check short: (a <> 'long')\n")
    after = {o.key for o in cascade_obligations(*planned(other)) if o.key.startswith("overlap one at VB")}
    moved = text.replace("source TA at A {", "\n\n# a comment\nsource TA at A {")
    same = {o.key for o in cascade_obligations(*planned(moved)) if o.key.startswith("overlap one at VB")}
    assert len(before) == 1
    assert before != after
    assert before == same
