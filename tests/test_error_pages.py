"""The pages of `bxc explain`: each example gives its code, each mended example gives nothing but notes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bxc import resources
from bxc.check.obligations import obligations
from bxc.check.replay import Replayer
from bxc.check.replay_steps import emitted
from bxc.check.run import prove_all
from bxc.check.settings import Proving
from bxc.codegen.sql.files import SqlFile
from bxc.compile import PLAIN, check
from bxc.diagnostic import Diagnostic, Severity
from bxc.laws.limits import Limits
from bxc.plan import PeerPlan, Plan

PAGES = sorted((Path(__file__).parent.parent / "docs" / "errors").glob("BX*.md"))
BLOCK = re.compile(r"^```bxc\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)]+)\)")
TODAY = date(2026, 1, 1)
SECTIONS = ["## Why it matters", "## Example", "## How to fix it"]

# Every code that bxc has (BXC10 and on are refusals of a put, and have pages of another kind).
CODES = {
    *(f"BX{n:03}" for n in range(1, 17)),
    *(f"BX{n}" for n in range(101, 107)),
    *(f"BX{n}" for n in range(201, 210)),
    *(f"BX{n}" for n in range(301, 308)),
    "BX310", "BX311", "BX312", "BX321", "BX331", "BX341", "BX342", "BX343",
    "BX400", "BX401", "BX402",
    *(f"BX{n}" for n in range(501, 506)),
    "BX901",
}  # fmt: skip

# --- Pages without an example that runs, and why ---------------------------------------------------------------------
WITHOUT_EXAMPLE = {
    "BX101": "the compiler writes the put: the tests reach it with a compiler that makes mistakes",
    "BX102": "likewise",
    "BX104": "likewise",
    "BX106": "likewise",
    "BX209": "joins are not supported yet: BX400",
    "BX901": "a fault of bxc: the tests reach it with a compiler that makes mistakes",
}

# The page whose example is a faultless spec that gets no time for its proofs.
WITHOUT_TIME = "BX402"
# ---------------------------------------------------------------------------------------------------------------------

RUNNABLE = [page for page in PAGES if page.stem not in WITHOUT_EXAMPLE]
MENDED = [page for page in RUNNABLE if page.stem != WITHOUT_TIME]


def examples(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text("utf-8"))


def findings(text: str, folder: Path, proving: Proving = PLAIN) -> tuple[Diagnostic, ...]:
    path = folder / "example.bxc"
    path.write_text(text, "utf-8")
    return check(path, TODAY, proving).diagnostics


def besides_notes(found: tuple[Diagnostic, ...]) -> set[str]:
    return {d.code for d in found if d.severity is not Severity.NOTE}


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.stem)
def test_the_example_of_a_page_gives_its_code_and_else_only_notes(page: Path, tmp_path: Path) -> None:
    proving = Proving(timeout=0.0) if page.stem == WITHOUT_TIME else PLAIN
    found = findings(examples(page)[0], tmp_path, proving)
    assert page.stem in {d.code for d in found}
    assert besides_notes(found) <= {page.stem}


@pytest.mark.parametrize("page", MENDED, ids=lambda page: page.stem)
def test_the_mended_example_of_a_page_gives_at_most_other_notes(page: Path, tmp_path: Path) -> None:
    _, mended = examples(page)
    found = findings(mended, tmp_path)
    assert besides_notes(found) == set()
    assert page.stem not in {d.code for d in found}


def test_what_could_not_be_decided_without_time_is_clean_with_it(tmp_path: Path) -> None:
    (example,) = examples(next(page for page in PAGES if page.stem == WITHOUT_TIME))
    assert findings(example, tmp_path) == ()


def test_just_the_pages_of_codes_that_no_spec_reaches_have_no_example() -> None:
    assert {page.stem for page in PAGES if not examples(page)} == set(WITHOUT_EXAMPLE)


def test_a_counterexample_that_does_not_happen_with_the_sql_of_a_mistaken_compiler_is_told_as_bx901(
    tmp_path: Path,
) -> None:
    def mistaken(engine: str, peer: PeerPlan, plan: Plan) -> tuple[SqlFile, ...]:
        files = emitted(engine, peer, plan)
        return tuple(replace(file, text=file.text.replace("BXC17", "BXC12")) for file in files)

    path = tmp_path / "example.bxc"
    path.write_text(examples(next(page for page in PAGES if page.stem == "BX205"))[0], "utf-8")
    checked = check(path, TODAY)
    spec, plan = checked.resolved, checked.planned
    assert spec is not None
    assert plan is not None
    replayer = Replayer(spec, plan, mistaken)
    try:
        proofs = prove_all(obligations(spec, plan), Limits(), replay=replayer.replay)
    finally:
        replayer.close()
    found = [v.finding for v in proofs.verdicts if v.finding is not None and v.finding.severity == "error"]
    assert [finding.code for finding in found] == ["BX901"]
    assert "is refused with BXC12, not with BXC17" in found[0].message
    assert found[0].label.startswith("BX205 would have been: ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_why_and_how(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert re.fullmatch(rf"# {page.stem}: \S.*", lines[0])
    assert [line for line in lines if line.startswith("## ")] == SECTIONS
    assert all((page.parent / target).exists() for target in LINK.findall("\n".join(lines)))


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {page.stem for page in PAGES} == CODES


def test_a_rule_of_a_sarif_report_is_titled_by_the_heading_of_its_page() -> None:
    titles = {page.stem: page.read_text("utf-8").splitlines()[0].partition(": ")[2] for page in PAGES}
    assert {code: resources.error_title(code) for code in CODES} == titles
    assert all(titles.values())
