"""Where the texts that ship with bxc are, in a source tree and in an installed wheel alike.

In a wheel they lie inside the package (`bxc/_errors`, `bxc/_contracts`); in a source tree, and so in an editable
install, they lie where people edit them (`docs/errors`, `contracts/templates`).
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def error_pages() -> Path:
    """The folder of the pages `BXnnn.md`."""
    return _folder("_errors", "docs/errors")


def contract_templates() -> Path:
    """The folder of the contract's templates."""
    return _folder("_contracts", "contracts/templates")


def _folder(packaged: str, in_tree: str) -> Path:
    """The first of the two that is there; FileNotFoundError (a broken installation) if neither is."""
    for folder in (PACKAGE / packaged, PACKAGE.parent / in_tree):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"this installation of bxc is incomplete: neither {packaged} nor {in_tree} is there")


def error_codes() -> tuple[str, ...]:
    """The codes that have a page, in order."""
    return tuple(sorted(page.stem for page in error_pages().glob("BX[0-9]*.md")))


def error_page(code: str) -> str | None:
    """The page of a code (Markdown), None if there is none."""
    if code not in error_codes():
        return None
    return (error_pages() / f"{code}.md").read_text(encoding="utf-8")


def error_title(code: str) -> str:
    """The first heading of a code's page without the code, empty if there is no page."""
    page = error_page(code)
    if page is None:
        return ""
    heading = page.lstrip().splitlines()[0].lstrip("# ").strip() if page.strip() else ""
    return heading.removeprefix(code).lstrip(" :·-—").strip()
