"""The generated contract's source: names, the table of rights, hostile text, the same octets each time, limits."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from resolving import resolved

from bxc.codegen import solidity_limits
from bxc.codegen.evm import SOLIDITY
from bxc.codegen.solidity import Contract, contract
from bxc.codegen.solidity_limits import MOST_GAS, excess, size
from bxc.codegen.solidity_names import RESERVED, Constants, pascal_case, shown, width
from bxc.compile import artifacts, check
from bxc.diagnostic import Severity
from bxc.model import Spec
from bxc.resources import contract_templates
from bxc.solc import Compiled, NoCompiler, compile_contract

ROOT = Path(__file__).parent.parent
SPECS = [path for path in sorted((ROOT / "specs").glob("*.bxc")) if path.stem != "medical_as_published"]
CONSTANT = re.compile(r" constant (\w+)")


@cache
def spec_of(text: str) -> Spec:
    spec, found = resolved(text)
    assert spec is not None, found
    return spec


@cache
def medical() -> Contract:
    return contract(spec_of((ROOT / "specs" / "medical.bxc").read_text("utf-8")))


def compiled(made: Contract) -> Compiled:
    """Kept between runs, as it takes a while; a test is skipped where there is no compiler."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BXC_CACHE_DIR", str(ROOT / ".pytest_cache" / "bxc"))
            return compile_contract(made.text, made.name)
    except NoCompiler as missing:
        pytest.skip(str(missing))


def table_of(made: Contract) -> list[list[str]]:
    """The cells of the table in the source."""
    lines = [line for line in made.text.splitlines() if line.startswith("// |") and not line.startswith("// |-")]
    return [[cell.strip() for cell in line.removeprefix("// |").removesuffix("|").split("|")] for line in lines]


def pair(left: str = "Left", right: str = "Right", column: str = "x", share: str = "s", spec: str = "small") -> str:
    """A spec of two peers and one share, with these names (as the spec writes them)."""
    tables = "".join(
        f"source T{end} at {peer} {{\n  k int primary key\n  {column} text\n}}\n"
        f"view V{end} from T{end} {{\n  keep k, {column}\n}}\n"
        for end, peer in enumerate((left, right))
    )
    return (
        f"spec {spec} version 1\npeer {left}\npeer {right}\n{tables}"
        f"share {share} = V0 <-> V1 {{\n  authority {left}\n  update {column} by {right}\n}}\n"
    )


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_of_the_medical_contract_is_the_metadata_collection_of_the_paper() -> None:
    head, *rows = table_of(medical())
    right = ["operation", "permitted to", "authority to change", "latest update"]
    assert head == ["share", "shared table", "sharing peers", *right]
    right = ["update patient_id", "nobody", "Doctor", "shareState(0)"]
    assert rows[0] == ["0 clinical", "D13 at Patient", "Patient, Doctor", *right]
    assert rows[1][:2] == ["", "D31 at Doctor"]
    rights = {row[3]: row[4] for row in rows[:6]}
    assert rights == {
        "update patient_id": "nobody",
        "update medication_name": "Doctor",
        "update clinical_data": "Patient, Doctor",
        "update dosage": "Doctor",
        "insert": "nobody",
        "delete": "nobody",
    }
    assert [row[0] for row in rows if row[0]] == ["0 clinical", "1 mechanism"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_table_is_aligned_and_says_what_the_spec_grants(path: Path) -> None:
    spec = spec_of(path.read_text("utf-8"))
    made = contract(spec)
    lines = [line for line in made.text.splitlines() if line.startswith("// |")]
    assert {tuple(place for place, sign in enumerate(line) if sign == "|") for line in lines} == {
        tuple(place for place, sign in enumerate(lines[0]) if sign == "|")
    }
    share = None
    granted = set()
    for row in table_of(made)[1:]:
        share = row[0].split(" ")[1] if row[0] else share
        operation, _, attribute = row[3].partition(" ")
        granted |= {(share, operation, attribute, peer) for peer in row[4].split(", ") if peer != "nobody"}
    assert granted == {(s.name, r.operation, r.attribute, r.peer) for s in spec.shares for r in s.rights}


def test_the_table_tells_who_has_the_authority_over_a_column() -> None:
    text = pair().replace("authority Left\n", "authority Left\n  authority Right on x\n")
    found = {row[3]: row[5] for row in table_of(contract(spec_of(text)))[1:]}
    assert found == {"update k": "Left", "update x": "Right", "insert": "Left", "delete": "Left"}


def test_many_holders_of_a_right_stand_on_several_lines() -> None:
    peers = [f"Organisation{n}" for n in range(9)]
    parts = [
        f"source T{n} at {p} {{\n  k int primary key\n}}\nview V{n} from T{n} {{\n  keep k\n}}"
        for n, p in enumerate(peers)
    ]
    views = " <-> ".join(f"V{n}" for n in range(9))
    share = f"share s = {views} {{\n  authority {peers[0]}\n  insert by {', '.join(peers)}\n}}"
    text = "\n".join(["spec s version 1", *(f"peer {p}" for p in peers), *parts, share, ""])
    rows = table_of(contract(spec_of(text)))
    start = next(place for place, row in enumerate(rows) if row[3] == "insert")
    end = next(place for place, row in enumerate(rows) if row[3] == "delete")
    assert end - start > 2
    assert " ".join(row[4] for row in rows[start:end]) == ", ".join(peers)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("medical", "Medical"),
        ("hospital_network", "HospitalNetwork"),
        ("labResults", "LabResults"),
        ("9 lives", "Spec9Lives"),
        ("été", "Ete"),
        ("病院", "U75c5U9662"),
        ("…", "U2026"),
    ],
)
def test_a_contract_is_called_after_its_spec(name: str, expected: str) -> None:
    assert pascal_case(name) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("clinical", "dosage"), "CLINICAL_DOSAGE"),
        (("clinical", "medicationName"), "CLINICAL_MEDICATION_NAME"),
        (("s", "order"), "S_ORDER"),
        (("s", "HTTPPort"), "S_HTTP_PORT"),
        (("1", "2"), "N_1_2"),
        (("", ""), "N"),
        (("žák", "год"), "ZAK_U433_U43E_U434"),
    ],
)
def test_a_constant_is_called_after_what_it_stands_for(parts: tuple[str, ...], expected: str) -> None:
    assert Constants().name(*parts) == expected


def test_names_that_would_meet_get_numbers_in_the_order_of_the_spec() -> None:
    constants = Constants()
    names = [constants.name(*parts) for parts in (("a_b", "c"), ("a", "b_c"), ("A", "B c"), ("a_b_c_2",), ("UPDATE",))]
    assert names == ["A_B_C", "A_B_C_2", "A_B_C_3", "A_B_C_2_2", "UPDATE_2"]


def test_all_constants_of_the_templates_are_reserved() -> None:
    texts = [path.read_text("utf-8") for path in contract_templates().glob("*.j2")]
    own = {name for text in texts for name in CONSTANT.findall(text)}
    assert len(own) > 30
    assert own <= RESERVED


def test_every_peer_share_and_attribute_has_a_constant() -> None:
    for constant in ("PEER_PATIENT = 0", "PEER_DOCTOR = 1", "SHARE_MECHANISM = 1", "CLINICAL_DOSAGE = 1 << 3"):
        assert f" constant {constant};" in medical().text


def test_columns_may_be_called_as_solidity_calls_its_own() -> None:
    for column in ("address", "mapping", '"order"', "contract", '"UPDATE"', '"a-b"', '"Größe"', '"名前"'):
        made = contract(spec_of(pair(column=column)))
        names = CONSTANT.findall(made.text)
        assert len(names) == len(set(names)), column
        assert all(re.fullmatch("[A-Z][A-Z0-9_]*", name) for name in names), column


# --- hostile text -----------------------------------------------------------------------------------------------------

HOSTILE = (
    "*/ } contract Evil { /*",
    "// x",
    "a\\u000a selfdestruct",
    '\\" ; //',
    "@param x",
    "{{ 7 * 7 }}{% if %}",
    "a|b",
    "`code`",
    "עברית",
    "اسم",
    "e\u0301\u0302",
    "😀",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_changes_nothing_but_comments_and_constants(name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    hostile = contract(spec_of(pair(left=quoted, column=quoted, share=quoted)))
    assert code_of(hostile.text) == code_of(contract(spec_of(pair())).text)


def code_of(text: str) -> str:
    """The source without comments, its hashes left out, and its constants numbered."""
    code = "\n".join(re.sub(r"(^|\s)//.*", "", line) for line in text.splitlines())
    code = re.sub(r"0x[0-9a-f]{64}", "HASH", code)
    numbers = {name: f"CONSTANT{number}" for number, name in enumerate(CONSTANT.findall(code))}
    return re.sub(r"\b[A-Z][A-Z0-9_]*\b", lambda found: numbers.get(found[0], found[0]), code)


@pytest.mark.parametrize(
    "code", [*range(0x20), 0x7F, 0x85, 0xA0, 0x200B, 0x200E, 0x2028, 0x2029, 0x202E, 0x2066, 0xFEFF]
)
def test_what_ends_a_line_hides_or_turns_the_text_is_escaped(code: int) -> None:
    assert shown(f"a{chr(code)}b") in (f"a\\u{{{code:x}}}b", "a b")


def test_what_is_shown_tells_names_apart() -> None:
    names = ["a\nb", "a\\u{a}b", "a b", "a\u00a0b", "*/", "*\\u{2f}", "a\\b"]
    assert len({shown(name) for name in names}) == len(names)


def test_letters_of_any_script_that_runs_from_left_to_right_are_shown_as_they_are() -> None:
    for name in ("病院", "Größe", "год", "δόση"):
        assert shown(name) == name


def test_wide_letters_take_two_columns_of_the_table() -> None:
    assert (width("病院"), width("abc"), width(unicodedata.normalize("NFD", "é"))) == (4, 3, 1)


def test_what_hostile_names_give_compiles() -> None:
    names = ['"' + name.replace('"', '""') + '"' for name in HOSTILE]
    peers = "".join(f"peer {name}\n" for name in names[4:])
    text = pair(left=names[0], right=names[1], column=names[2], share=names[3]).replace("source", f"{peers}source", 1)
    assert compiled(contract(spec_of(text))).warnings == ()


# --- the whole file ---------------------------------------------------------------------------------------------------


def test_the_same_spec_gives_the_same_octets() -> None:
    text = (ROOT / "specs" / "medical.bxc").read_text("utf-8")
    spec, _ = resolved(text)
    assert spec is not None
    assert contract(spec) == medical()


def test_rights_in_another_order_give_the_same_octets() -> None:
    spec = spec_of((ROOT / "specs" / "medical.bxc").read_text("utf-8"))
    turned = replace(spec, shares=tuple(replace(s, rights=tuple(reversed(s.rights))) for s in spec.shares))
    assert contract(turned) == contract(spec)


def test_the_file_says_license_and_compiler_first() -> None:
    lines = medical().text.splitlines()
    assert lines[:2] == ["// SPDX-License-Identifier: Apache-2.0", f"pragma solidity {SOLIDITY};"]
    assert (medical().name, medical().path) == ("MedicalShares", "contract/MedicalShares.sol")


def test_everything_declared_is_documented() -> None:
    lines = medical().text.splitlines()
    declared = 0
    for place, line in enumerate(lines):
        if re.match(r"    (event|error|struct|function|constructor|mapping|uint256 public|bytes internal)\b", line):
            assert lines[place - 1].lstrip().startswith("///"), line
            declared += 1
    assert declared > 100


def test_every_argument_of_what_others_see_is_documented() -> None:
    text = medical().text
    seen = re.findall(r"((?:    ///.*\n)+)    (?:event|error|function) \w+\(([^)]*)\)([^{;]*)", text)
    for notes, arguments, rest in seen:
        if "private" not in rest:
            names = [argument.split()[-1] for argument in arguments.split(",") if argument.strip()]
            assert re.findall(r"@param (\w+)", notes) == names


def test_no_request_or_ack_depends_on_who_started_the_transaction_or_on_other_code() -> None:
    code = "\n".join(line for line in medical().text.splitlines() if not line.lstrip().startswith("//"))
    for word in ("tx.origin", "delegatecall", "selfdestruct", ".call(", "staticcall", "proxy"):
        assert word not in code


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_compiler_has_nothing_to_say_about_the_contract_of_a_spec(path: Path) -> None:
    assert compiled(contract(spec_of(path.read_text("utf-8")))).warnings == ()


def test_a_spec_without_shares_has_a_contract_too() -> None:
    made = contract(spec_of("spec empty version 1\npeer One\n"))
    assert "The spec has no shares." in made.text
    assert compiled(made).warnings == ()


# --- limits -----------------------------------------------------------------------------------------------------------


def shares_of_two(count: int) -> Spec:
    """Shares of two peers, with nothing but their key."""
    spec = spec_of(pair())
    share = spec.shares[0]
    return replace(spec, shares=tuple(replace(share, id=replace(share.id, name=f"s{n}")) for n in range(count)))


def test_a_contract_that_takes_too_much_gas_is_refused_at_the_first_share_too_many() -> None:
    most = max(count for count in range(200) if size(shares_of_two(count)).gas <= MOST_GAS)
    assert 120 < most < 140
    assert excess(shares_of_two(most)) == []
    (finding,) = excess(shares_of_two(most + 20))
    assert finding.code == "BX007"
    assert "with this share the contract takes 16," in finding.message
    assert finding.primary.span == shares_of_two(1).shares[0].span
    assert finding.help is not None
    assert "among several specs" in finding.help


def test_a_spec_with_too_many_peers_is_refused_at_a_peer() -> None:
    spec = shares_of_two(1)
    peer = spec.peers[0]
    many = tuple(replace(peer, name=f"P{n}") for n in range(5_000))
    for count, message in ((5_000, "takes 4,096 peers"), (3_000, "the contract of so many peers takes")):
        (finding,) = excess(replace(spec, peers=(*spec.peers, *many[:count])))
        assert message in finding.message
        assert finding.primary.span == peer.span


@pytest.mark.parametrize(
    ("limit", "unit"), [("MOST_CODE", "bytes of code, more"), ("MOST_INIT", "code to deploy, more")]
)
def test_limits_of_code_are_kept_too(monkeypatch: pytest.MonkeyPatch, limit: str, unit: str) -> None:
    assert excess(shares_of_two(3)) == []
    monkeypatch.setattr(solidity_limits, limit, 5_000)
    (finding,) = excess(shares_of_two(3))
    assert unit in finding.message


def test_a_spec_whose_contract_cannot_be_deployed_is_compiled_without_it(tmp_path: Path) -> None:
    head, tables = (text := pair())[: text.index("source")], text[text.index("source") :]
    path = tmp_path / "many.bxc"
    # Tables of each share's own: none of them overlap, so that there are no edges to be proved.
    shares = (re.sub(r"\b(T|V|s)(\d?)\b", rf"\g<1>\g<2>_{n}", tables) for n in range(140))
    path.write_text(head + "".join(shares), "utf-8")
    checked = check(path, proving=None)
    (finding,) = [d for d in checked.diagnostics if d.code == "BX007"]
    place = finding.primary.span
    assert re.fullmatch(r"s_1[23]\d", place.file.text[place.start : place.end])
    assert finding.severity is Severity.WARNING
    files = artifacts(checked)
    assert "Left/sqlite/V0_0.put.sql" in {file.path for file in files}
    assert not any(file.path.startswith("contract/") for file in files)
    assert json.loads(files[0].text)["contract"] is None
