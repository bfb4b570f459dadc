"""The manifest: all that a runtime needs, the same octets for the same meaning."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from resolving import resolved, shown

from bxc import __version__, model
from bxc.codegen.digest import spec_digest
from bxc.codegen.expression_text import expression_text
from bxc.codegen.manifest import manifest
from bxc.codegen.schema_hash import ShareColumn, schema_hash
from bxc.codegen.sql.files import SqlFile
from bxc.flatten import flatten
from bxc.types import Text

ROOT = Path(__file__).parent.parent
MEDICAL = (ROOT / "specs" / "medical.bxc").read_text(encoding="utf-8")
FILES = (
    SqlFile("graph.json", "{}\n"),
    SqlFile("Doctor/sqlite/D31.put.sql", "-- put\n"),
    SqlFile("Doctor/sqlite/D31.sql", "-- view\n"),
    SqlFile("Doctor/sqlite/schema.sql", "-- schema\n"),
    SqlFile("Doctor/duckdb/D3.capture.sql", "-- capture\n"),
    SqlFile("Patient/sqlite/D13.get.sql", "-- get\n"),
)
SMALL = """\
spec small version 7
peer Left as 'The ''left'' one'
peer Middle
peer Right
source L at Left {
  k int primary key
  a decimal(4,1) default -1.50
  b text not null default 'it''s'
  c enum('x', 'y')
  "the d" date default '2026-01-31'
  check small: (a < 10 and (c = 'x' or c is null))
  unique (b, c)
  determines c -> b
}
source R at Right {
  k int primary key
  a decimal(4,1)
  b text not null
  c enum('x', 'y')
}
view VL from L {
  where c = 'x'
  keep k, a, b
  add twice = a + a
}
view VR from R {
  keep k, a, b
  add twice = a + a
}
share s = VR <-> VL {
  authority Left
  authority Right on b
  update a, b by Left
  update b by Right
  insert by Left
  delete by Left, Right
  open by Right adopt
  ack within 36h else cancel
}
"""


def spec_of(text: str) -> model.Spec:
    spec, found = resolved(text)
    assert spec is not None, [shown(d) for d in found]
    return spec


def manifest_of(text: str, files: tuple[SqlFile, ...] = ()) -> Any:
    spec = spec_of(text)
    plan, found = flatten(spec)
    assert plan is not None, [shown(d) for d in found]
    return json.loads(manifest(spec, plan, files))


def test_files_are_listed_in_the_order_of_use_with_what_they_belong_to() -> None:
    peers = {peer["name"]: peer["engines"] for peer in manifest_of(MEDICAL, FILES)["peers"]}

    def entry(text: str, **rest: str) -> dict[str, str]:
        path = next(file.path for file in FILES if file.text == text)
        return {"path": path, "sha256": sha256(text.encode()).hexdigest(), **rest}

    assert peers["Doctor"] == {
        "duckdb": {"files": [entry("-- capture\n", action="capture", source="D3")]},
        "sqlite": {
            "files": [
                entry("-- schema\n", action="schema"),
                entry("-- view\n", action="view", view="D31"),
                entry("-- put\n", action="put", view="D31"),
            ]
        },
    }
    assert peers["Patient"] == {"sqlite": {"files": [entry("-- get\n", action="get", view="D13")]}}
    assert peers["Researcher"] == {}
    assert manifest_of(MEDICAL, FILES)["files"] == [entry("{}\n")]


def test_files_of_names_that_need_escapes_are_mapped_to_the_names() -> None:
    text = SMALL.replace("VL", '"V <L>"').replace("peer Left", 'peer "Left/1"').replace("at Left", 'at "Left/1"')
    text = re.sub(r"\b(authority|by) Left\b", r'\1 "Left/1"', text)
    file = SqlFile("Left%2F1/sqlite/V%20%3CL%3E.get.sql", "select 1;\n")
    (peer, *_) = manifest_of(text, (file,))["peers"]
    assert peer["name"] == "Left/1"
    assert peer["display"] == "The 'left' one"
    (entry,) = peer["engines"]["sqlite"]["files"]
    assert (entry["path"], entry["action"], entry["view"]) == (file.path, "get", "V <L>")


def test_a_source_is_described_with_its_constraints() -> None:
    assert manifest_of(SMALL)["sources"][0] == {
        "name": "L",
        "peer": "Left",
        "columns": [
            {"name": "k", "type": "int", "nullable": False, "default": None},
            {"name": "a", "type": "decimal(4,1)", "nullable": True, "default": "-1.5"},
            {"name": "b", "type": "text", "nullable": False, "default": "'it''s'"},
            {"name": "c", "type": "enum('x', 'y')", "nullable": True, "default": None},
            {"name": "the d", "type": "date", "nullable": True, "default": "'2026-01-31'"},
        ],
        "primary_key": ["k"],
        "unique": [["b", "c"]],
        "checks": [{"name": "small", "condition": "a < 10.0 and (c = 'x' or c is null)"}],
        "foreign_keys": [],
        "determines": [{"left": ["c"], "right": ["b"]}],
    }


def test_a_view_is_described_down_to_its_source() -> None:
    view = manifest_of(SMALL)["views"][0]
    assert view["columns"][3]["source"] is None
    assert {name: view[name] for name in view if name != "columns"} == {
        "name": "VL",
        "peer": "Left",
        "base": "L",
        "source": "L",
        "grouped": False,
        "key": ["k"],
        "where": "c = 'x'",
        "shares": ["s"],
    }


def test_a_share_is_described_in_the_terms_of_the_contract() -> None:
    (share,) = manifest_of(SMALL)["shares"]
    columns = share.pop("columns")
    assert [(c["name"], c["type"], c["nullable"]) for c in columns] == [
        ("k", "int", False),
        ("a", "decimal(4,1)", True),
        ("b", "text", False),
        ("twice", "decimal(5,1)", True),
    ]
    digest = share.pop("schema_hash")
    (spec_columns,) = (view.columns for view in spec_of(SMALL).views if view.name == "VR")
    assert digest == schema_hash([ShareColumn(c.name, c.type, c.nullable) for c in spec_columns], ["k"]).hex()
    assert share == {
        "name": "s",
        "id": 0,
        "views": ["VR", "VL"],
        "key": ["k"],
        "attributes": {"k": 0, "a": 1, "b": 2, "twice": 3},
        "operations": {"update": 1, "insert": 2, "delete": 4},
        "members": [{"peer": "Left", "index": 0, "view": "VL"}, {"peer": "Right", "index": 1, "view": "VR"}],
        "rights": {
            "Left": {"attributes": ["a", "b"], "mask": "0x6", "operations": 7},
            "Right": {"attributes": ["b"], "mask": "0x4", "operations": 5},
        },
        "authority": "Left",
        "authority_on": [{"peer": "Right", "attributes": ["b"], "mask": "0x4"}],
        "opener": "Right",
        "adopt": True,
        "deadline": 129600,
        "policy": "cancel",
    }


def test_a_mask_of_240_attributes_is_exact() -> None:
    columns = [f"c{i}" for i in range(239)]
    lines = "\n".join(f"  {c} text" for c in columns)
    text = f"""spec wide version 1
peer A
peer B
source SA at A {{
  k int primary key
{lines}
}}
source SB at B {{
  k int primary key
{lines}
}}
view VA from SA {{
  keep k, {", ".join(columns)}
}}
view VB from SB {{
  keep k, {", ".join(columns)}
}}
share s = VA <-> VB {{
  authority A
  update c0, c238 by B
}}
"""
    (share,) = manifest_of(text)["shares"]
    assert int(share["rights"]["B"]["mask"], 16) == 1 << 1 | 1 << 239


def test_spec_digest_and_tool_are_named() -> None:
    document = manifest_of(SMALL)
    assert (document["format"], document["format_version"]) == ("bxc-manifest", 1)
    assert (document["spec"], document["version"], document["tool_version"]) == ("small", 7, __version__)
    assert document["digest"] == spec_digest(spec_of(SMALL))


def test_every_member_is_documented() -> None:
    page = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
    given = {"Left", "Right", "Middle", "Doctor", "Patient", "Researcher", "sqlite", "duckdb", "k", "a", "b", "twice"}

    def members(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(members, value))
        if isinstance(value, dict):
            return set(value).union(*map(members, value.values()))
        return set()

    found = members(manifest_of(SMALL)) | members(manifest_of(MEDICAL, FILES))
    columns = {column.name for view in spec_of(MEDICAL).views for column in view.columns}
    assert [name for name in sorted(found - given - columns) if f"`{name}`" not in page] == []


# --- digest -----------------------------------------------------------------------------------------------------------


def test_the_digest_does_not_see_layout_and_comments() -> None:
    text = SMALL.replace("  ", "\t ").replace("\npeer", "\n\n# a comment\npeer").replace("a < 10", "a   <   10")
    assert spec_digest(spec_of(text)) == spec_digest(spec_of(SMALL))


def test_the_digest_does_not_see_how_rights_are_spread_over_lines() -> None:
    text = SMALL.replace("update a, b by Left", "update b by Left\n  update a by Left")
    assert spec_digest(spec_of(text)) == spec_digest(spec_of(SMALL))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version 7", "version 8"),
        ("The ''left'' one", "The left one"),
        ("default -1.50", "default -1.4"),
        ("a < 10", "a <= 10"),
        ("determines c -> b", ""),
        ("where c = 'x'", "where c = 'y'"),
        ("update b by Right", "update a by Right"),
        ("open by Right adopt", "open by Right"),
        ("36h", "37h"),
        ("else cancel", ""),
        ("peer Middle\npeer Right", "peer Right\npeer Middle"),
        ("a + a", "a + 1"),
    ],
)
def test_the_digest_sees_every_change_of_meaning(old: str, new: str) -> None:
    changed = SMALL.replace(old, new)
    assert changed != SMALL
    assert spec_digest(spec_of(changed)) != spec_digest(spec_of(SMALL))


def test_the_digest_is_stable() -> None:
    assert spec_digest(replace(spec_of(SMALL), name="other")) != spec_digest(spec_of(SMALL))
    assert spec_digest(spec_of(SMALL)) == "e3a8a0faa33ea712acb65d537c425f3996a054c4bdf9608ebbdccdf8aeb939ba"


# --- conditions as text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        "n = 1 and (m = 2 or m = 3)",
        "not (n = 1 and m = 2)",
        "not live",
        "n is null or not n is null",
        "n in (1, -2, 3)",
        "name like 'it''s 100%'",
        "n + m * 2 < (n + m) * 2",
        "n - (m - 1) > -n",
        "(name || code) = 'ab'",
        "case when n > 1 then m else -1 end = m",
        "born > '2026-01-31' and seen <= '2026-01-31 13:00:00'",
        "tag = '00112233-4455-6677-8899-aabbccddeeff'",
        "(n = 1) = (m = 2)",
    ],
)
def test_a_condition_read_back_from_its_text_is_the_same(condition: str) -> None:
    once = condition_of(condition)
    assert condition_of(expression_text(once)) == once


def condition_of(text: str) -> Any:
    spec = spec_of(f"""spec s version 1
peer P
source S at P {{
  id int primary key
  n int check small_n: (n between -1000 and 1000)
  m int check small_m: (m between -1000 and 1000)
  name text
  code varchar(5)
  live bool not null
  born date
  seen timestamp
  tag uuid
}}
view V from S {{
  where {text}
  keep id
}}
""")
    (where, _) = spec.views[0].steps
    assert isinstance(where, model.Where)
    return where.condition


def test_names_that_are_no_plain_words_are_quoted() -> None:
    from bxc.expr import Column

    assert [expression_text(Column(name, Text(), nullable=True)) for name in ("a_1", "Not", 'a"b', "1a", "ä")] == [
        "a_1",
        '"Not"',
        '"a""b"',
        '"1a"',
        '"ä"',
    ]
