from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from reports import finding, label, report, source

from bxc.diagnostic import Label, Severity
from bxc.report.colour import Palette, wanted
from bxc.report.model import Problem
from bxc.report.text import diagnostic_text, render, summary
from bxc.text import Span


def shown(*lines: str) -> str:
    return "\n".join(lines)


def test_a_finding_shows_headline_place_line_help_and_where_to_read_more() -> None:
    file = source()
    text = diagnostic_text(finding("BX002", label(file, "Doctor", "no such peer"), hint="declare `peer Doctor`"))
    assert text == shown(
        "error[BX002]: something is wrong",
        " --> specs/a.bxc:6:20",
        "  |",
        "6 |   update dosage by Doctor, Nurse",
        "  |                    ^^^^^^ no such peer",
        "  |",
        "  = help: declare `peer Doctor`",
        "  = `bxc explain BX002` tells more",
    )


def test_several_labels_of_a_line_hang_below_it() -> None:
    file = source()
    found = finding(
        "BX002",
        label(file, "Doctor", "this right"),
        label(file, "dosage", "of this column"),
        label(file, "Nurse"),
        severity=Severity.WARNING,
    )
    assert diagnostic_text(found).splitlines()[3:8] == [
        "6 |   update dosage by Doctor, Nurse",
        "  |          ------    ^^^^^^  -----",
        "  |          |         |",
        "  |          |         this right",
        "  |          of this column",
    ]


def test_a_span_of_many_lines_shows_its_first_and_last_line() -> None:
    file = source()
    whole = file.text[file.text.index("source") : -1]
    text = diagnostic_text(finding("BX003", label(file, whole, "this block")))
    assert text.splitlines()[2:8] == [
        "  |",
        "3 | source D1 at Pätient {",
        "  | ^^^^^^^^^^^^^^^^^^^^^^",
        "...",
        "7 | }",
        "  | ^ this block",
    ]


def test_tabs_wide_and_combining_characters_keep_the_carets_in_place() -> None:
    file = source("\tid int\n  名前 text\n  pa\u0301t z\n")
    lines = diagnostic_text(finding("BX001", label(file, "int"), label(file, "text"), label(file, "z"))).splitlines()
    assert lines[3:9] == [
        "1 |     id int",
        "  |        ^^^",
        "2 |   名前 text",
        "  |        ----",  # the two wide characters take four cells
        "3 |   pa\u0301t z",
        "  |       -",
    ]


def test_a_long_line_is_cut_around_the_span() -> None:
    file = source("x" * 150 + " here it is " + "y" * 100 + "\n")
    line, carets = diagnostic_text(finding("BX001", label(file, "here it is", "there"))).splitlines()[3:5]
    assert len(line) < 132
    assert line.startswith("1 | ...x")
    assert line.endswith("y...")
    assert line.index("here") == carets.index("^")


def test_control_characters_reach_no_terminal() -> None:
    file = source("name \x1b[31mred\u202e\n", name="a\x1b.bxc")
    text = diagnostic_text(finding("BX001", label(file, "red")))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_place_at_the_end_of_the_file_is_shown() -> None:
    file = source("spec x version 1\n")
    text = diagnostic_text(finding("BX001", Label(Span(file, 17, 17), "a declaration is missing")))
    assert text.splitlines()[1:5] == [" --> specs/a.bxc:2:1", "  |", "2 |", "  | ^ a declaration is missing"]


def test_labels_in_another_file_get_a_snippet_of_their_own() -> None:
    file, other = source(), source("peer Doctor\n", "specs/b.bxc")
    text = diagnostic_text(finding("BX003", label(file, "Doctor"), label(other, "Doctor", "first declared here")))
    assert " ::: specs/b.bxc:1:6" in text
    assert "1 | peer Doctor\n  |      ------ first declared here" in text


def test_the_summary_counts_what_was_found() -> None:
    file = source()
    error, note = finding("BX001", label(file, "id")), finding("BX305", label(file, "id"), severity=Severity.NOTE)
    assert summary(report(error, error, note)) == "1 file checked: 2 errors and 1 note"
    assert summary(report()) == "0 files checked, nothing found"


def test_quiet_shows_errors_alone() -> None:
    file = source()
    warning = finding("BX501", label(file, "id"), severity=Severity.WARNING)
    assert render(report(warning), quiet=True) == ""
    assert "BX501" in render(report(warning, strict=True), quiet=True)


def test_exit_codes_follow_severity_and_strictness() -> None:
    file = source()
    error = finding("BX001", label(file, "id"))
    warning = finding("BX501", label(file, "id"), severity=Severity.WARNING)
    unproved = finding("BX402", label(file, "id"), severity=Severity.WARNING)
    assert report(error).exit_code == 1
    assert report(warning).exit_code == 0
    assert report(warning, unproved, strict=True).exit_code == 1
    assert report(unproved, strict=True).exit_code == 3
    assert report(error, problems=(Problem("no such file"),)).exit_code == 2


def test_colour_is_only_where_it_is_wanted() -> None:
    assert not wanted("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, terminal=True)
    assert wanted("auto", {"FORCE_COLOR": "1"}, terminal=False)
    assert not wanted("auto", {"FORCE_COLOR": "0"}, terminal=False)
    assert wanted("auto", {"NO_COLOR": ""}, terminal=True)
    assert not wanted("auto", {"TERM": "dumb"}, terminal=True)
    assert wanted("always", {"NO_COLOR": "1"}, terminal=False)
    assert not wanted("never", {"FORCE_COLOR": "1"}, terminal=True)


@given(st.data())
def test_colour_changes_no_letter_and_any_text_can_be_shown(data: st.DataObject) -> None:
    text = data.draw(st.text(min_size=1, max_size=300))
    file = source(text.replace("\r", "\n"))
    places = st.integers(0, len(file.text))
    labels = []
    for _ in range(data.draw(st.integers(1, 4))):
        start, end = sorted((data.draw(places), data.draw(places)))
        labels.append(Label(Span(file, start, end), data.draw(st.sampled_from(["", "here", "there"]))))
    found = finding("BX001", *labels)
    plain = diagnostic_text(found)
    coloured = diagnostic_text(found, Palette(on=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
