"""The pages of `bxc explain`: each example gives its code, each mended example gives no finding at all."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bxc.compile import check

PAGES = sorted((Path(__file__).parent.parent / "docs" / "errors").glob("BX*.md"))
BLOCK = re.compile(r"^```bxc\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)]+)\)")
TODAY = date(2026, 1, 1)
SECTIONS = ["## Why it matters", "## Example", "## How to fix it"]

# Every code that parsing, resolving and flattening report.
FRONT_END = {
    *(f"BX{n:03}" for n in range(1, 17)),
    "BX201", "BX204", "BX207", "BX301", "BX302", "BX310", "BX400",
    *(f"BX{n}" for n in range(501, 506)),
}  # fmt: skip


def findings(text: str, folder: Path) -> list[str]:
    path = folder / "example.bxc"
    path.write_text(text, "utf-8")
    return [d.code for d in check(path, TODAY).diagnostics]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_example_of_a_page_gives_its_code(page: Path, tmp_path: Path) -> None:
    example, _ = BLOCK.findall(page.read_text("utf-8"))
    assert set(findings(example, tmp_path)) == {page.stem}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_mended_example_of_a_page_is_clean(page: Path, tmp_path: Path) -> None:
    _, mended = BLOCK.findall(page.read_text("utf-8"))
    assert findings(mended, tmp_path) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_why_and_how(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert re.fullmatch(rf"# {page.stem}: \S.*", lines[0])
    assert [line for line in lines if line.startswith("## ")] == SECTIONS
    assert all((page.parent / target).exists() for target in LINK.findall("\n".join(lines)))


def test_every_code_of_the_front_end_has_a_page() -> None:
    assert {page.stem for page in PAGES} >= FRONT_END
