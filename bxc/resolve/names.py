"""Declared names: which are reserved or too long, which stand twice, and what an unknown one may have meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import field

from bxc import syntax
from bxc.dataclass import dataclass
from bxc.diagnostic import Label
from bxc.resolve.findings import Findings

# Helper objects are called after what they belong to, and PostgreSQL cuts a name after 63 bytes.
LONGEST_IDENTIFIER = 63
LONGEST_COLUMN = LONGEST_IDENTIFIER - len("bxc_old_")
LONGEST_RELATION = LONGEST_IDENTIFIER - len("bxc_violations_")

# What the files of a view or source are called, besides `<View>.sql`.
FILE_SUFFIXES = (".get", ".put", ".put_delta", ".changes", ".capture")


def folded(name: str) -> str:
    """The form in which names that differ by case alone are equal, on every engine and file system."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


# Letters of the Cyrillic and Greek alphabets that a Latin one of either case looks like, as far as they matter here.
# Source: Unicode Technical Standard #39, section 4.
LOOKALIKES = str.maketrans(
    "авеіјкмнорсѕтухԁһԛԝ" + "αβεζηικμνορτυχ",
    "abeijkmhopcstyxdhqw" + "abezhikmnoptyx",
)


def appearance(name: str) -> str:
    """What a reader sees in a name, case apart; a spec grants rights, so names that look alike are not both taken."""
    form = folded(name)
    return form if form.isascii() else unicodedata.normalize("NFKC", form).casefold().translate(LOOKALIKES)


@dataclass(slots=True)
class Namespace:
    """Names that must differ by more than case, and to the eye. ``noun`` says what they name.

    ``taken`` holds them by their appearance.
    """

    noun: str
    longest: int = LONGEST_IDENTIFIER
    taken: dict[str, syntax.Name] = field(default_factory=dict)

    def declare(self, name: syntax.Name, findings: Findings) -> bool:
        """Check a name and take it; False if one that looks like it, case apart, is there already."""
        check_name(name, self.noun, self.longest, findings)
        return self.take(name, findings)

    def take(self, name: syntax.Name, findings: Findings) -> bool:
        """Take a name that was checked elsewhere; False (and BX003 or BX012) if it is there already."""
        first = self.taken.setdefault(appearance(name.text), name)
        if first is name:
            return True
        report_collision(name, first, self.noun, findings)
        return False


def check_name(name: syntax.Name, noun: str, longest: int, findings: Findings) -> None:
    """BX012 for a reserved name, BX007 for one that is too long for the objects called after it."""
    if folded(name.text).startswith("bxc_"):
        findings.error(
            "BX012",
            f"the name `{name.text}` is reserved",
            name.span,
            "names that begin with `bxc_` belong to the compiler",
            way_out=f"choose another name for the {noun}",
        )
    octets = len(name.text.encode("utf-8", "surrogatepass"))
    if octets > longest:
        findings.error(
            "BX007",
            f"the name of this {noun} is too long",
            name.span,
            f"{octets} bytes, at most {longest} are possible",
            way_out=f"shorten it: helper objects put a prefix before it and may have {LONGEST_IDENTIFIER} bytes",
        )


def report_collision(name: syntax.Name, first: syntax.Name, noun: str, findings: Findings) -> None:
    """BX003 for a name that stands twice, BX012 for two that differ by case alone or look alike."""
    if name.text == first.text:
        findings.error(
            "BX003",
            f"{noun} `{name.text}` is declared twice",
            name.span,
            "declared again here",
            (Label(first.span, "first declared here"),),
            f"rename or remove one of the two declarations of `{name.text}`",
        )
        return
    by_case = folded(name.text) == folded(first.text)
    taker = "engines and file systems" if by_case else "a reader"
    findings.error(
        "BX012",
        f"`{name.text}` and `{first.text}` {'differ only by case' if by_case else 'look alike'}",
        name.span,
        f"{taker} may take this {noun} for `{first.text}`",
        (Label(first.span, "first declared here"),),
        f"give them names that differ by more than {'case' if by_case else 'the alphabet'}",
    )


def report_unknown(
    noun: str,
    name: syntax.Name,
    candidates: Iterable[str],
    findings: Findings,
    *,
    text: str = "",
    also: tuple[Label, ...] = (),
    otherwise: str = "",
) -> None:
    """BX002, with the known name that comes nearest, else with ``otherwise`` as the way out."""
    known = list(candidates)
    near = findings.nearest(name.text, known)
    if near is not None:
        way_out = f"did you mean `{near}`?"
    elif otherwise:
        way_out = otherwise
    elif known:
        way_out = f"known here: {listed(known)}"
    else:
        way_out = f"declare the {noun} first"
    findings.error("BX002", f"unknown {noun} `{name.text}`", name.span, text or "not declared", also, way_out)


def listed(names: Sequence[str]) -> str:
    """Names for a message; of many, the first eight."""
    return ", ".join(f"`{name}`" for name in names[:8]) + (", …" if len(names) > 8 else "")


def without_repeats(names: Iterable[syntax.Name], what: str, findings: Findings) -> tuple[syntax.Name, ...]:
    """The names of a list, each once; BX003 for each repeat."""
    first: dict[str, syntax.Name] = {}
    for name in names:
        seen = first.setdefault(name.text, name)
        if seen is not name:
            findings.error(
                "BX003",
                f"`{name.text}` stands twice in {what}",
                name.span,
                "again here",
                (Label(seen.span, "first here"),),
                f"write `{name.text}` once",
            )
    return tuple(first.values())
