"""The cascade graph: which right on which share can change which other share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from resolving import resolved, shown

from bxc.codegen.graph import CascadeGraph, cascade_graph, graph_files, render
from bxc.diagnostic import has_errors
from bxc.flatten import flatten
from bxc.laws.verdict import Edge
from bxc.witness_json import from_json

SPECS = Path(__file__).parent.parent / "specs"

COLUMNS = """\
  id int primary key
  ward int not null
  live bool not null default true
  city text not null default 'Ulm'
  dose text
  note text
  kind text
  other text not null unique"""


def graph_of(text: str) -> CascadeGraph:
    spec, found = resolved(text)
    assert spec is not None, [shown(d) for d in found]
    plan, more = flatten(spec)
    assert not has_errors([*found, *more]), [shown(d) for d in [*found, *more]]
    assert plan is not None
    return cascade_graph(spec, plan)


def edges(graph: CascadeGraph) -> list[str]:
    """Each edge on a line: right, holders, place, share, what it can undergo."""
    lines = []
    for edge in graph.edges:
        right = f"{edge.operation} {edge.attribute}".strip()
        can = [f"update {', '.join(edge.attributes)}" if o == "update" else o for o in edge.operations]
        where = f"{edge.from_view}>{edge.to_view}"
        lines.append(
            f"{edge.from_share} {right} by {','.join(edge.by)} at {where} -> {edge.to_share}: {'; '.join(can)}"
        )
    return lines


def at_hub(first: str, second: str, *rights: str, constraint: str = "") -> list[str]:
    """The edges at the hub from share `one` with view `V` to share `two` with view `W`, both over one source.

    `first` and `second` are the steps of V and W; the other ends hold everything that V and W show.
    """
    rights = rights or ("update dose by Left",)
    text = f"""\
spec test version 1
peer Hub
peer Left
peer Right
source T at Hub {{
{COLUMNS}
{constraint}
}}
source L at Left {{
{COLUMNS}
{constraint}
}}
source R at Right {{
{COLUMNS}
{constraint}
}}
view V from T {{
{first}
}}
view W from T {{
{second}
}}
view LV from L {{
{first}
}}
view RW from R {{
{second}
}}
share one = V <-> LV {{
  authority Hub
  {
        '''
  '''.join(rights)
    }
}}
share two = W <-> RW {{
  authority Hub
}}
"""
    return [line.partition(" -> two: ")[2] for line in edges(graph_of(text)) if "at V>W" in line]


# --- the papers' example ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def medical() -> CascadeGraph:
    return graph_of((SPECS / "medical.bxc").read_text(encoding="utf-8"))


def test_a_new_mechanism_of_action_does_not_reach_the_clinical_share(medical: CascadeGraph) -> None:
    assert [edge for edge in medical.edges if edge.from_share == "mechanism"] == []


def test_the_dosage_feeds_the_clinical_view_of_the_doctor_alone(medical: CascadeGraph) -> None:
    fed = {view.name for view in medical.views if view.source == "D3" and "dosage" in view.fed_by}
    assert fed == {"D31"}


def test_a_view_is_fed_by_the_columns_that_its_where_reads(medical: CascadeGraph) -> None:
    (researchers,) = (view for view in medical.views if view.name == "D23")
    assert researchers.fed_by == ("medication_name", "mechanism_of_action", "shared")


def test_another_medication_moves_a_row_between_groups_of_the_mechanism_share(medical: CascadeGraph) -> None:
    assert edges(medical) == [
        "clinical update medication_name by Doctor at D31>D32 -> mechanism: insert; delete",
    ]
    assert not medical.edges[0].remote


def test_rights_are_gathered_by_operation_and_attribute_in_the_order_of_the_bits(medical: CascadeGraph) -> None:
    clinical, mechanism = medical.shares
    assert [(r.operation, r.attribute, r.by) for r in clinical.rights] == [
        ("update", "medication_name", ("Doctor",)),
        ("update", "clinical_data", ("Doctor", "Patient")),
        ("update", "dosage", ("Doctor",)),
    ]
    assert [r.operation for r in mechanism.rights] == ["update", "insert", "delete"]


# --- updates ----------------------------------------------------------------------------------------------------------


def test_an_update_reaches_a_view_that_shows_the_column() -> None:
    assert at_hub("keep id, dose", "keep id, dose, note") == ["update dose"]


def test_an_update_reaches_a_view_under_its_own_name_of_the_column() -> None:
    assert at_hub("keep id, dose", "keep id, dose\nrename dose to amount") == ["update amount"]


def test_an_update_reaches_a_column_that_is_computed_from_it() -> None:
    assert at_hub("keep id, dose", "keep id, dose, note\nadd twice = dose || note") == ["update dose, twice"]


def test_an_update_does_not_reach_a_view_that_hides_the_column() -> None:
    assert at_hub("keep id, dose", "keep id, note") == []


def test_an_update_of_a_column_that_where_reads_moves_rows_in_and_out() -> None:
    assert at_hub("keep id, dose", "where dose = 'low'\nkeep id, note") == ["insert; delete"]


def test_an_update_of_a_computed_column_writes_nothing() -> None:
    assert at_hub("keep id, dose\nadd d = dose", "keep id, dose", "update d by Left") == []


def test_an_update_through_a_view_writes_what_its_columns_determine() -> None:
    first = "drop note default null determined by dose"
    second = "keep id, note"
    assert at_hub(first, second, "update dose by Left", constraint="determines dose -> note") == ["update note"]


def test_rows_that_another_constant_pins_are_not_reached() -> None:
    second = "where ward = 189\nkeep id, dose"
    assert at_hub("where ward = 188\nkeep id, dose", second) == []
    assert at_hub("where ward in (189, 190)\nkeep id, dose", second) == ["update dose"]
    assert at_hub("where ward < 189\nkeep id, dose", second) == []


def test_an_update_cannot_leave_its_own_view_so_pins_hold_for_written_columns_too() -> None:
    first = "where ward = 188\nkeep id, ward, dose"
    assert at_hub(first, "where ward = 189\nkeep id, dose", "update ward by Left") == []


def test_an_update_in_a_view_of_the_same_rows_moves_none_in_or_out() -> None:
    both = "where dose <> 'none'\nkeep id, dose"
    assert at_hub(both, both) == ["update dose"]
    assert at_hub(both, "where dose <> note\nkeep id, dose") == ["update dose; insert; delete"]


def test_a_condition_that_both_views_have_moves_no_row_whatever_else_the_other_asks() -> None:
    first = "where dose <> note\nkeep id, dose, note"
    assert at_hub(first, "where dose <> note and kind <> 'x'\nkeep id, dose") == ["update dose"]
    assert at_hub(first, "where dose <> note and kind <> 'x'\nkeep id, kind") == []
    assert at_hub(first, "where dose <> note and kind <> dose\nkeep id, kind") == ["insert; delete"]


# --- inserts ----------------------------------------------------------------------------------------------------------


def test_an_insert_reaches_every_view_of_the_source() -> None:
    assert at_hub("keep id, ward, other", "keep id, note", "insert by Left") == ["insert"]


def test_an_insert_with_a_default_outside_the_other_view_does_not_reach_it() -> None:
    first = "keep id, dose, other, ward"
    assert at_hub(first, "where city = 'Ulm'\nkeep id, note", "insert by Left") == ["insert"]
    assert at_hub(first, "where city = 'Bonn'\nkeep id, note", "insert by Left") == []
    assert at_hub(f"{first} default city = 'Bonn'", "where city = 'Ulm'\nkeep id, note", "insert by Left") == []


def test_an_insert_that_every_put_refuses_reaches_nothing() -> None:
    assert at_hub("keep id, dose", "keep id, note", "insert by Left") == []  # ward has no default


def test_an_insert_may_revive_a_row_and_so_write_what_where_reads() -> None:
    first = "where live\nkeep id, dose\non hidden revive"
    assert at_hub(first, "keep id, live, dose, note", "insert by Left") == ["update live, dose"]
    assert at_hub(first, "where not live\nkeep id, note", "insert by Left") == ["delete"]
    assert at_hub(first, "where live\nkeep id, note", "insert by Left") == ["insert"]


# --- deletes ----------------------------------------------------------------------------------------------------------


def test_a_delete_reaches_every_view_that_may_show_the_row() -> None:
    assert at_hub("keep id, dose", "keep id, note", "delete by Left") == ["delete"]
    assert at_hub("where ward = 1\nkeep id, dose", "where ward = 2\nkeep id, note", "delete by Left") == []


def test_a_delete_that_sets_a_column_is_an_update_of_it() -> None:
    first = "where live\nkeep id, dose\non delete set live = false"
    assert at_hub(first, "keep id, live, note", "delete by Left") == ["update live"]
    assert at_hub(first, "keep id, note", "delete by Left") == []
    assert at_hub(first, "where live\nkeep id, note", "delete by Left") == ["delete"]
    assert at_hub(first, "where not live\nkeep id, note", "delete by Left") == ["insert"]


def test_a_delete_that_is_rejected_reaches_nothing() -> None:
    assert at_hub("keep id, dose\non delete reject", "keep id, note", "delete by Left") == []


# --- shapes of specs --------------------------------------------------------------------------------------------------

CHAIN = f"""\
spec chain version 1
peer A
peer B
peer C
source TA at A {{
{COLUMNS}
}}
source TB at B {{
{COLUMNS}
}}
source TC at C {{
{COLUMNS}
}}
view VA from TA {{
  keep id, dose
}}
view VB from TB {{
  keep id, dose
}}
view WB from VB {{
  where dose <> 'none'
}}
view VC from TC {{
  keep id, dose
}}
view WC from TC {{
  where dose <> 'none'
  keep id, dose
}}
"""


def test_a_view_in_two_shares_hands_each_operation_on() -> None:
    graph = graph_of(
        CHAIN
        + "share one = VA <-> VB {\n  authority A\n  update dose by A\n  delete by A\n}\n"
        + "share two = VB <-> VC {\n  authority B\n  update dose by B\n}\n"
    )
    assert edges(graph) == [
        "one update dose by A at VB>VB -> two: update dose",
        "one delete by A at VB>VB -> two: delete",
        "two update dose by B at VB>VB -> one: update dose",
    ]
    assert [edge.remote for edge in graph.edges] == [True, True, False]


def test_a_view_over_a_view_is_reached_through_it() -> None:
    graph = graph_of(
        CHAIN
        + "share one = VA <-> VB {\n  authority A\n  update dose by A\n}\n"
        + "share two = WB <-> WC {\n  authority B\n  update dose by C\n}\n"
    )
    assert edges(graph) == [
        "one update dose by A at VB>WB -> two: update dose; insert; delete",
        "two update dose by C at WB>VB -> one: update dose",
    ]


# --- how an edge is known --------------------------------------------------------------------------------------------


def test_a_condition_names_what_both_views_ask_of_the_rows() -> None:
    assert conditions("where ward = 1\nkeep id, dose", "where live\nkeep id, dose") == ["ward = 1 and live"]
    assert conditions("keep id, dose", "keep id, dose") == [None]


def test_a_condition_leaves_out_what_the_change_makes_true() -> None:
    first = "where ward = 1\nkeep id, dose"
    assert conditions(first, "where live and dose = 'low'\nkeep id, note") == ["ward = 1 and live"]


def conditions(first: str, second: str) -> list[str | None]:
    """The conditions of the hub's edges from a view with an update of `dose` to another view."""
    left = f"source L at Left {{\n{COLUMNS}\n}}\nview LV from L {{\n{first}\n}}\n"
    right = f"source R at Right {{\n{COLUMNS}\n}}\nview RW from R {{\n{second}\n}}\n"
    hub = f"source T at Hub {{\n{COLUMNS}\n}}\nview V from T {{\n{first}\n}}\nview W from T {{\n{second}\n}}\n"
    one = "share one = V <-> LV {\n  authority Hub\n  update dose by Left\n}\n"
    two = "share two = W <-> RW {\n  authority Hub\n}\n"
    graph = graph_of(f"spec test version 1\npeer Hub\npeer Left\npeer Right\n{left}{right}{hub}{one}{two}")
    return [edge.condition for edge in graph.edges if edge.from_share == "one"]


def test_edges_that_the_checker_hands_over_are_those_of_the_graph(medical: CascadeGraph) -> None:
    spec, _ = resolved((SPECS / "medical.bxc").read_text(encoding="utf-8"))
    assert spec is not None
    plan, _ = flatten(spec)
    assert plan is not None
    (known,) = medical.edges
    unknown = Edge(
        known.from_share,
        known.operation,
        known.attribute,
        known.by,
        known.peer,
        known.from_view,
        known.to_view,
        known.to_share,
        known.operations,
        known.attributes,
        False,
        None,
    )
    (edge,) = cascade_graph(spec, plan, [unknown]).edges
    assert (edge.basis, edge.witness) == ("syntax", None)
    assert cascade_graph(spec, plan, []).edges == ()


def test_the_page_tells_when_an_edge_happens_and_shows_its_example(medical: CascadeGraph) -> None:
    page = render(medical, "html")
    assert "where patient_id = 188" in page
    assert "view `D32` at Doctor, after the put" in page


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_json_form_is_the_documented_one(medical: CascadeGraph) -> None:
    document = json.loads(render(medical, "json"))
    page = (SPECS.parent / "docs" / "graph-format.md").read_text(encoding="utf-8")
    (edge,) = document["edges"]
    assert from_json(edge.pop("witness")) == medical.edges[0].witness
    assert document["edges"] == [
        {
            "from_share": "clinical",
            "operation": "update",
            "attribute": "medication_name",
            "by": ["Doctor"],
            "peer": "Doctor",
            "from_view": "D31",
            "to_view": "D32",
            "to_share": "mechanism",
            "operations": ["insert", "delete"],
            "attributes": [],
            "remote": False,
            "basis": "witness",
            "condition": "patient_id = 188",
        }
    ]
    edge["witness"] = None
    members = {name for part in document.values() if isinstance(part, list) for item in part for name in item}
    assert [name for name in sorted(members | set(document)) if f"`{name}`" not in page] == []


def test_the_artifacts_are_the_same_whatever_the_seed_of_hashes() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests'); from test_graph import *;"
        "graph = graph_of((SPECS / 'medical.bxc').read_text(encoding='utf-8'));"
        "print(*(render(graph, form) for form in ('html', 'json', 'dot')))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=SPECS.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_the_artifacts_are_json_dot_and_html() -> None:
    spec, _ = resolved((SPECS / "medical.bxc").read_text(encoding="utf-8"))
    assert spec is not None
    plan, _ = flatten(spec)
    assert plan is not None
    assert [file.path for file in graph_files(spec, plan)] == ["graph.json", "graph.dot", "graph.html"]
