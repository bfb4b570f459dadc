from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import finding, label, report, source

from bxc.diagnostic import Severity
from bxc.report import FORMATS, render
from bxc.report.model import Problem, Report

DOCUMENTATION = Path(__file__).parent.parent / "docs" / "report-format.md"


def sample() -> Report:
    file = source()
    return report(
        finding(
            "BX002", label(file, "Doctor", "this: 100%, really"), label(file, "dosage", "of\nthis"), hint="mend it"
        ),
        finding("BX501", label(file, "id"), severity=Severity.WARNING),
        finding("BX305", label(file, "名前"), severity=Severity.NOTE),
        problems=(Problem("cannot read b.bxc: no such file", "b.bxc"),),
    )


# --- JSON


def documented_schema() -> dict[str, Any]:
    block = re.search(r"```json\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    schema = json.loads(block[1])
    assert isinstance(schema, dict)
    return schema


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str = "") -> list[str]:
    """What a JSON Schema, as far as the documentation uses the language, finds wrong with a value."""
    known = {"$schema", "$defs", "title", "$ref", "type", "const", "enum", "required", "properties", "items"}
    assert set(schema) <= known | {"minimum", "pattern"}
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, place)
    found = []
    if "const" in schema and value != schema["const"]:
        found.append(f"{place}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} is none of {schema['enum']}")
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(isinstance(value, TYPES[kind]) for kind in kinds):
            return [*found, f"{place}: {value!r} is no {kinds}"]
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{place}: {value} is too small")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{place}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, dict):
        found += [f"{place}: no {name}" for name in schema.get("required", []) if name not in value]
        for name, member in value.items():
            if name not in schema.get("properties", {}):
                found.append(f"{place}: {name} is not documented")
            else:
                found += faults(member, schema["properties"][name], root, f"{place}/{name}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += faults(item, schema["items"], root, f"{place}/{index}")
    return found


def test_the_json_report_is_what_the_documentation_says() -> None:
    schema = documented_schema()
    document = json.loads(render(sample(), "json", {}))
    assert faults(document, schema, schema) == []
    assert document["exit_code"] == 2
    assert document["summary"] == {"errors": 1, "warnings": 1, "notes": 1, "problems": 1}
    assert document["diagnostics"][0]["primary"] == {
        "file": "specs/a.bxc",
        "start": {"line": 6, "column": 20, "offset": 85},
        "end": {"line": 6, "column": 26, "offset": 91},
        "text": "this: 100%, really",
    }


def test_the_validator_finds_what_is_not_documented() -> None:
    schema = documented_schema()
    document = json.loads(render(sample(), "json", {}))
    document["new"] = 1
    del document["files"]
    assert len(faults(document, schema, schema)) == 2


# --- SARIF


def test_the_sarif_log_has_the_shape_that_the_standard_demands() -> None:
    log = json.loads(render(sample(), "sarif", {"BX002": "unknown name"}))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "bxc"
    assert [rule["id"] for rule in driver["rules"]] == ["BX002", "BX305", "BX501"]
    assert driver["rules"][0]["shortDescription"]["text"] == "unknown name"
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        for location in (*result["locations"], *result.get("relatedLocations", [])):
            region = location["physicalLocation"]["region"]
            assert region["startLine"] >= 1
            assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["columnKind"] == "unicodeCodePoints"


def test_file_names_become_uri_references() -> None:
    file = source(name="my specs/ä%.bxc")
    log = json.loads(render(report(finding("BX001", label(file, "id"))), "sarif", {}))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "my%20specs/%C3%A4%25.bxc"


# --- workflow commands


def test_workflow_commands_escape_what_would_end_them() -> None:
    lines = render(sample(), "github", {}).splitlines()
    assert lines == [
        "::error file=b.bxc::cannot read b.bxc: no such file",
        "::error file=specs/a.bxc,line=6,endLine=6,col=20,endColumn=26,title=BX002%3A something is wrong"
        "::this: 100%25, really%0Aspecs/a.bxc:6: of%0Athis%0Ahelp: mend it",
        "::warning file=specs/a.bxc,line=4,endLine=4,col=2,endColumn=4,title=BX501%3A something is wrong"
        "::something is wrong",
        "::notice file=specs/a.bxc,line=5,endLine=5,col=3,endColumn=5,title=BX305%3A something is wrong"
        "::something is wrong",
    ]


# --- JUnit


def test_a_junit_failure_is_an_error_and_a_clean_file_passes() -> None:
    file = source()
    found = report(
        finding("BX002", label(file, "Doctor")), finding("BX501", label(file, "id"), severity=Severity.WARNING)
    )
    root = ElementTree.fromstring(render(Report("check", ("specs/a.bxc", "b.bxc"), found.diagnostics), "junit", {}))
    first, second = root.findall("testsuite")
    assert (first.get("name"), first.get("tests"), first.get("failures")) == ("specs/a.bxc", "2", "1")
    assert first.find("testcase/failure") is not None
    assert (second.get("tests"), second.get("failures")) == ("1", "0")
    strict = ElementTree.fromstring(render(report(*found.diagnostics, strict=True), "junit", {}))
    assert [suite.get("failures") for suite in strict.findall("testsuite")] == ["2"]


@given(st.text(), st.text(min_size=1))
def test_any_text_gives_valid_documents(message: str, name: str) -> None:
    file = source(name=name)
    found = report(
        finding("BX001", label(file, "id", message), message=message, hint=message), problems=(Problem(message),)
    )
    ElementTree.fromstring(render(found, "junit", {}))
    json.loads(render(found, "json", {}))
    assert json.loads(render(found, "sarif", {}))["runs"][0]["results"]
    assert len(render(found, "github", {}).split("\n")) == 3
    render(found, "text", {})


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_ends_with_a_line_end(form: str) -> None:
    assert render(sample(), form, {}).endswith("\n")
