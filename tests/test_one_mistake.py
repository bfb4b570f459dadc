"""One mistake is one finding: what rests on it is left unjudged, in whichever stage it would have been found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxc.compile import check

SPEC = """\
spec shop version 1
peer Shop
source Article at Shop {
  no        int           primary key
  code      int           unique
  maker     int           not null
  country   text          not null
  price     decimal(9,2)  not null
  quantity  int           not null
  check sane: (quantity between 0 and 1000 and price between 0 and 1000)
  determines maker -> country
}
source Sale at Shop {
  id       int  primary key
  article  int  references Article(code)
  item     int  references Article(no)
  shared   bool
}
view Stock from Article {
  keep no, price, quantity
  add twice = quantity * 2
  add exact = price * price
}
view Made from Article {
  drop country default 'x' determined by maker
  keep maker, no, price, quantity default code = fresh
}
view Sold from Sale {
  keep id, article
}
"""


def found(folder: Path, old: str, new: str) -> list[str]:
    """The errors of the spec with a part of it replaced."""
    assert old in SPEC
    file = folder / "shop.bxc"
    file.write_text(SPEC.replace(old, new, 1), "utf-8")
    return [f"{d.code} {d.message}" for d in check(file).diagnostics if d.severity.value == "error"]


def test_the_spec_itself_has_no_error(tmp_path: Path) -> None:
    assert found(tmp_path, "keep id, article", "keep id") == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("check sane:", "chek sane:", "BX001 `chek` is not known here"),
        ("check sane:", "check sane", "BX001 `:` is missing before `(`"),
        ("(quantity between", "(qty between", "BX002 unknown column `qty`"),
        ("and price between 0 and 1000)", "and price between 0 and)", "BX001 expected a value, found `)`"),
        ("code      int           unique", "code int unqiue", "BX001 `unqiue` is not known here"),
        ("determines maker -> country", "determines maker country", "BX001 `->` is missing before `country`"),
        ("determines maker -> country", "determines makr -> country", "BX002 unknown column `makr`"),
        ("keep no, price, quantity\n", "keep no, price, quantiyt\n", "BX002 unknown column `quantiyt`"),
        (
            "source Sale at Shop {\n",
            "",
            "BX001 expected a declaration, which begins with `import`, `peer`, `share`, "
            "`source`, `spec` or `view`, found `id`",
        ),
        ("no        int           primary key", "no int", "BX008 source `Article` has no primary key"),
        ("decimal(9,2)", "decimal(9,)", "BX001 nothing follows this comma"),
    ],
)
def test_what_rests_on_a_mistake_is_left_unjudged(tmp_path: Path, old: str, new: str, finding: str) -> None:
    errors = found(tmp_path, old, new)
    assert errors[0] == finding
    assert len(set(errors)) == 1
