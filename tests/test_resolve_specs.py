"""Whole specs: the papers' example gives exactly its model; a spec with every mistake gives every finding at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from resolving import findings, resolved, shown, spec_of

from bxc import model, types
from bxc.expr import Column, Compare, Literal
from bxc.parse import parse_text
from bxc.resolve import resolve
from bxc.text import SourceFile

SPECS = Path(__file__).parent.parent / "specs"
INT, TEXT, BOOL = types.Int(), types.Text(), types.Bool()


def read(name: str) -> str:
    return (SPECS / name).read_text("utf-8")


def column(name: str, type_: types.Type, nullable: bool) -> tuple[str, types.Type, bool]:
    return name, type_, nullable


def test_the_medical_spec_gives_its_sources() -> None:
    found = spec_of(read("medical.bxc"))
    assert (found.name, found.version) == ("medical", 1)
    assert [(p.name, p.display) for p in found.peers] == [(n, n) for n in ("Patient", "Doctor", "Researcher")]
    shape = {s.name: (s.peer, s.primary_key, [(c.name, c.type, c.nullable) for c in s.columns]) for s in found.sources}
    assert shape == {
        "D1": ("Patient", ("patient_id",), [
            column("patient_id", INT, False), column("medication_name", TEXT, False),
            column("clinical_data", TEXT, True), column("address", TEXT, True), column("dosage", TEXT, True),
        ]),
        "D2": ("Researcher", ("medication_name",), [
            column("medication_name", TEXT, False), column("mechanism_of_action", TEXT, True),
            column("mode_of_action", TEXT, True), column("shared", BOOL, False),
        ]),
        "D3": ("Doctor", ("patient_id",), [
            column("patient_id", INT, False), column("medication_name", TEXT, False),
            column("clinical_data", TEXT, True), column("mechanism_of_action", TEXT, True),
            column("dosage", TEXT, True),
        ]),
    }  # fmt: skip
    d2, d3 = found.sources[1], found.sources[2]
    assert d2.column("shared").default == Literal(True, BOOL)
    assert [(d.left, d.right) for d in d3.dependencies] == [(("medication_name",), ("mechanism_of_action",))]
    assert all(not s.uniques and not s.checks and not s.foreign_keys for s in found.sources)


def test_the_medical_spec_gives_its_views() -> None:
    found = spec_of(read("medical.bxc"))
    patient_188 = Compare("=", Column("patient_id", INT, False), Literal(188, INT))
    clinical = ("patient_id", "medication_name", "clinical_data", "dosage")
    mechanism = ("medication_name", "mechanism_of_action")
    steps = {v.name: [strip(s) for s in v.steps] for v in found.views}
    assert steps == {
        "D13": [("Where", patient_188), ("Keep", clinical, ())],
        "D31": [
            ("Where", patient_188),
            ("Drop", "mechanism_of_action", Literal(None, TEXT), ("medication_name",)),
            ("Keep", clinical, ()),
        ],
        "D32": [("Keep", mechanism, ())],
        "D23": [
            ("Where", Compare("=", Column("shared", BOOL, False), Literal(True, BOOL))),
            ("Keep", mechanism, ()),
            ("OnDelete", "set", "shared", Literal(False, BOOL)),
            ("OnHidden", "revive"),
        ],
    }
    assert {v.name: (v.peer, v.base) for v in found.views} == {
        "D13": ("Patient", "D1"),
        "D31": ("Doctor", "D3"),
        "D32": ("Doctor", "D3"),
        "D23": ("Researcher", "D2"),
    }
    assert found.views[0].columns == (
        model.ViewColumn("patient_id", INT, False),
        model.ViewColumn("medication_name", TEXT, False),
        model.ViewColumn("clinical_data", TEXT, True),
        model.ViewColumn("dosage", TEXT, True),
    )


def strip(value: object) -> tuple[object, ...]:
    """A model value without its span."""
    fields = (getattr(value, f) for f in type(value).__dataclass_fields__ if f != "span")  # type: ignore[attr-defined]
    return (type(value).__name__, *fields)


def test_the_medical_spec_gives_its_shares() -> None:
    clinical, mechanism = spec_of(read("medical.bxc")).shares
    assert [strip(r)[1:] for r in clinical.rights] == [
        ("update", "medication_name", "Doctor"),
        ("update", "dosage", "Doctor"),
        ("update", "clinical_data", "Doctor"),
        ("update", "clinical_data", "Patient"),
    ]
    assert [strip(r)[1:] for r in mechanism.rights] == [
        ("update", "mechanism_of_action", "Researcher"),
        ("insert", "", "Doctor"),
        ("delete", "", "Doctor"),
    ]
    assert (clinical.views, clinical.opener, clinical.deadline, clinical.policy) == (
        ("D13", "D31"), "Doctor", 604_800, "stall",
    )  # fmt: skip
    assert (mechanism.views, mechanism.opener, mechanism.deadline, mechanism.policy) == (
        ("D23", "D32"), "Doctor", 604_800, "exclude",
    )  # fmt: skip


def test_spans_point_at_names_and_lines() -> None:
    found = spec_of(read("medical.bxc"))
    spans = [
        found.peers[0].span,
        found.sources[1].span,
        found.sources[1].columns[3].span,
        found.sources[0].primary_key_span,
        found.views[0].span,
        found.views[0].steps[0].span,
        found.shares[0].span,
        found.shares[1].rights[1].span,
    ]
    assert [(s.text, s.first.line) for s in spans] == [
        ("Patient", 4),
        ("D2", 16),
        ("shared", 20),
        ("primary key", 9),
        ("D13", 33),
        ("where patient_id = 188", 34),
        ("clinical", 56),
        ("Doctor", 69),
    ]


@pytest.mark.parametrize("name", sorted(p.name for p in SPECS.glob("*.bxc")))
def test_the_example_specs_resolve_without_a_finding(name: str) -> None:
    assert hash(spec_of(read(name))) is not None


def test_imported_files_come_first() -> None:
    one, wrong = parse_text(SourceFile("one.bxc", "peer A\nsource S at A {\n  id int primary key\n}\n"))
    root, also_wrong = parse_text(
        SourceFile("root.bxc", "spec s version 2\npeer B\nview V from S {\n  keep id\n}\npeer A\n")
    )
    assert wrong == also_wrong == []
    _, found = resolve((one, root))
    assert [(d.primary.span.file.name, shown(d)) for d in found] == [
        ("root.bxc", "6 BX003 «A» peer `A` is declared twice")
    ]


WRONG_EVERYTHING = """\
spec wrong version 1.5
peer A
peer B
peer bxc_C
peer a
source S at A {
  id      int primary key
  n       int default 'x'
  n       int
  big     decimal(20,2)
  weight  real unique
  born    date default '2026-02-30'
  colour  enum('red', 'green')
  other   int references T(id)
  determines id -> nothing
  check (n > 0 and lower(colour) = 'red')
  check (n / 2 = 1)
  check (born = n)
  check (colour = 'blue')
}
source T at B {
  id int
}
view schema from S {
  keep id, wrong
  where n = 1
}
view V from S {
  rename born to ID
  on delete set nothing = 1
  key (weight)
}
view Round from Round {
}
view W from T {
}
view Elsewhere from W {
  union V
}
share empty = V <-> W <-> V {
  update secret by A
  update id by A, B
  update id by Q
  ack within 0d
}
share hidden = schema <-> V {
  authority B
  update n by A
  open by A
}
"""


def test_all_mistakes_are_found_in_one_run() -> None:
    assert findings(WRONG_EVERYTHING) == [
        "1 BX005 «1.5» a version is a whole number from 1",
        "4 BX012 «bxc_C» the name `bxc_C` is reserved",
        "5 BX012 «a» `a` and `A` differ only by case",
        "8 BX005 «'x'» this is no value of column `n`",
        "9 BX003 «n» column `n` is declared twice",
        "10 BX007 «decimal(20,2)» a decimal has at most 18 digits",
        "11 BX009 «weight» `weight` is real and cannot be part of `unique`",
        "12 BX005 «'2026-02-30'» this is no value of column `born`",
        "14 BX016 «T» source `T` belongs to peer `B`",
        "15 BX002 «nothing» unknown column `nothing`",
        "16 BX013 «lower» unknown function `lower`",
        "17 BX014 «n / 2» engines disagree on `/`",
        "18 BX004 «n» types do not match",
        "19 BX005 «'blue'» this literal is no value of type enum('red', 'green')",
        "21 BX008 «T» source `T` has no primary key",
        "24 BX012 «schema» the name `schema` is reserved",
        "25 BX002 «wrong» unknown column `wrong`",
        "26 BX002 «n» column `n` can no longer be seen here",
        "29 BX012 «ID» `ID` and `id` differ only by case",
        "30 BX002 «nothing» unknown column `nothing`",
        "31 BX009 «weight» `weight` is real and cannot be part of a key",
        "33 BX015 «Round» view `Round` is built on itself",
        "38 BX016 «V» view `V` belongs to peer `A`",
        "40 BX011 «empty» share `empty` has no authority",
        "40 BX003 «V» `V` stands twice in this share",
        "41 BX002 «secret» unknown column `secret`",
        "43 BX505 «id» the rights on `id` stand in two lines",
        "43 BX002 «Q» unknown peer `Q`",
        "44 BX007 «0d» this deadline is out of range",
        "46 BX010 «V» two views of peer `A` in one share",
        "47 BX301 «B» peer `B` is not in share `hidden`",
    ]
    assert resolved(WRONG_EVERYTHING)[0] is None


def test_the_same_text_gives_the_same_findings() -> None:
    once, again = resolved(WRONG_EVERYTHING)[1], resolved(WRONG_EVERYTHING)[1]
    assert [(shown(d), d.help, [s.text for s in d.secondary]) for d in once] == [
        (shown(d), d.help, [s.text for s in d.secondary]) for d in again
    ]


def test_every_error_says_what_to_do() -> None:
    assert [shown(d) for d in resolved(WRONG_EVERYTHING)[1] if not d.help] == []


def test_a_chain_of_a_thousand_views_over_200_columns_resolves() -> None:
    columns = "".join(f"  c{i} text not null\n" for i in range(199))
    views = "".join(
        f"view V{i} from {f'V{i + 1}' if i < 999 else 'S'} {{\n  where c{i % 199} <> 'x'\n}}\n" for i in range(1000)
    )
    found = spec_of(f"spec s version 1\npeer A\nsource S at A {{\n  id int primary key\n{columns}}}\n{views}")
    assert len(found.views) == 1000
    assert len(found.views[0].columns) == 200
