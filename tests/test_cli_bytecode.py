"""`bxc compile` and the contract's ABI and bytecode: with a compiler, without one, and with one that is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import SMALL, Bxc, runner
from compilers import ANSWERS, bare, pretender, program

SHARELESS = SMALL[: SMALL.index("share people")]
OUT = Path("generated") / "small"
NAME = "SmallShares"


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bxc]:
    """Commands on a machine without compiler, in a folder with a small spec."""
    bare(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("small.bxc").write_text(SMALL)
    yield runner(capsys)
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]  # nothing half written


@pytest.fixture
def solc(tmp_path: Path) -> Path:
    """A compiler whose bytecode depends on the source alone, and takes no time."""
    return program(tmp_path / "solc", ANSWERS)


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OUT / "manifest.json").read_text())
    return found


def contract_files() -> set[str]:
    return {path.name for path in (OUT / "contract").iterdir()}


def test_abi_and_bytecode_stand_beside_the_source_and_in_the_manifest(bxc: Bxc, solc: Path) -> None:
    assert bxc("compile", "small.bxc", "--solc", solc).code == 0
    assert contract_files() == {f"{NAME}.sol", f"{NAME}.abi.json", f"{NAME}.bin"}
    made = manifest()["contract"]
    assert (made["name"], made["source"]) == (NAME, f"contract/{NAME}.sol")
    assert (made["abi"], made["bytecode"]) == (f"contract/{NAME}.abi.json", f"contract/{NAME}.bin")
    assert made["compiler"]["release"] == "0.8.37+commit.f401782d"
    assert {made["source"], made["abi"], made["bytecode"]} <= {file["path"] for file in manifest()["files"]}
    assert bytes.fromhex((OUT / made["bytecode"]).read_text())
    assert json.loads((OUT / made["abi"]).read_text()) == []


def test_without_compiler_all_else_is_written_and_the_ways_to_one_are_told(bxc: Bxc) -> None:
    said = bxc("compile", "small.bxc")
    assert said.code == 0
    assert f"without ABI and bytecode: {OUT}/contract/{NAME}.sol: there is no solc 0.8.37" in said.err
    for way in ("npm install solc@0.8.37", "bxc doctor --install", "--solc PATH"):
        assert way in said.err
    assert contract_files() == {f"{NAME}.sol"}
    assert manifest()["contract"]["bytecode"] is None
    assert "without ABI" not in bxc("compile", "small.bxc", "-q").err
    assert bxc("compile", "small.bxc", "--locked").code == 0


def test_a_machine_without_compiler_finds_what_another_one_made_up_to_date(bxc: Bxc, solc: Path) -> None:
    bxc("compile", "small.bxc", "--solc", solc, "--no-cache")
    for more in (["--locked"], [], ["--check-only-changed"], ["--no-bytecode"]):
        said = bxc("compile", "small.bxc", *more)
        assert said.code == 0
        assert "without ABI" not in said.err
        assert contract_files() == {f"{NAME}.sol", f"{NAME}.abi.json", f"{NAME}.bin"}


def test_bytecode_of_another_source_goes(bxc: Bxc, solc: Path) -> None:
    bxc("compile", "small.bxc", "--solc", solc)
    Path("small.bxc").write_text(SMALL.replace("  delete by A\n", ""))
    assert bxc("compile", "small.bxc", "--locked").code == 1
    assert "without ABI and bytecode" in bxc("compile", "small.bxc").err
    assert contract_files() == {f"{NAME}.sol"}
    assert manifest()["contract"]["abi"] is None


def test_bytecode_that_someone_has_changed_is_not_taken_for_the_compilers(bxc: Bxc, solc: Path) -> None:
    bxc("compile", "small.bxc", "--solc", solc)
    (OUT / "contract" / f"{NAME}.bin").write_text("00\n")
    assert bxc("compile", "small.bxc", "--locked").code == 1
    said = bxc("compile", "small.bxc", "--locked", "--solc", solc)
    assert said.code == 1
    assert f"{NAME}.bin differs" in said.err
    bxc("compile", "small.bxc", "--solc", solc)
    assert bxc("compile", "small.bxc", "--locked").code == 0


def test_bytecode_of_other_settings_is_not_kept(bxc: Bxc, solc: Path) -> None:
    bxc("compile", "small.bxc", "--solc", solc)
    document = manifest()
    document["contract"]["compiler"]["optimizer_runs"] = 1
    (OUT / "manifest.json").write_text(json.dumps(document))
    bxc("compile", "small.bxc", "--no-bytecode")
    assert contract_files() == {f"{NAME}.sol"}


def test_a_manifest_that_makes_no_sense_is_no_reason_to_fail(bxc: Bxc, solc: Path) -> None:
    strange: object
    for strange in (None, 1, [], {"compiler": 1}, {"source": "../small.bxc"}):
        bxc("compile", "small.bxc", "--solc", solc)
        (OUT / "manifest.json").write_text(json.dumps(manifest() | {"contract": strange}))
        assert bxc("compile", "small.bxc", "--no-bytecode").code == 0


def test_a_compiler_that_turns_up_is_used_though_nothing_has_changed(
    bxc: Bxc, solc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bxc("compile", "small.bxc")
    assert "nothing has changed" in bxc("compile", "small.bxc", "--check-only-changed").err
    monkeypatch.setenv("BXC_SOLC", str(solc))
    assert "2 files" not in bxc("compile", "small.bxc", "--check-only-changed", "--no-bytecode").err
    assert "3 files written" in bxc("compile", "small.bxc", "--check-only-changed").err
    assert "nothing has changed" in bxc("compile", "small.bxc", "--check-only-changed").err


def test_a_compiler_that_is_named_must_do(bxc: Bxc, tmp_path: Path) -> None:
    other = program(tmp_path / "other", "print('Version: 0.8.20+commit.a1b79de6.Linux.g++')")
    for path, message in ((tmp_path / "nowhere", "does not exist"), (other, "another makes other bytecode")):
        said = bxc("compile", "small.bxc", "--solc", path)
        assert said.code == 2
        assert message in said.err
    assert not OUT.exists()


def test_bytecode_can_be_insisted_on_or_done_without(bxc: Bxc, solc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = bxc("compile", "small.bxc", "--bytecode")
    assert said.code == 2
    assert "npm install" in said.err
    said = bxc("compile", "small.bxc", "--solc", solc, "--no-bytecode")
    assert said.code == 0
    assert "without ABI" not in said.err
    assert contract_files() == {f"{NAME}.sol"}
    monkeypatch.setenv("BXC_BYTECODE", "no")
    bxc("compile", "small.bxc", "--solc", solc)
    assert contract_files() == {f"{NAME}.sol"}


def test_a_contract_that_does_not_compile_is_a_bug_of_ours(bxc: Bxc, tmp_path: Path) -> None:
    refusal = json.dumps({"errors": [{"severity": "error", "formattedMessage": "ParserError: no\n --> 1:1"}]})
    said = bxc("compile", "small.bxc", "--solc", pretender(tmp_path / "solc", f"print({refusal!r})"))
    assert said.code == 2
    assert f"bxc has a bug: the generated {NAME}.sol does not compile: ParserError: no --> 1:1" in said.err
    assert not OUT.exists()
    said = bxc("compile", "small.bxc", "--solc", pretender(tmp_path / "solc", "print('hello')"))
    assert said.code == 2
    assert "does not answer in JSON" in said.err
    assert "bug" not in said.err


def test_a_spec_without_shares_has_no_contract(bxc: Bxc, solc: Path) -> None:
    Path("small.bxc").write_text(SHARELESS)
    assert bxc("compile", "small.bxc", "--solc", solc).code == 0
    assert not (OUT / "contract").exists()
    assert manifest()["contract"] is None
    assert bxc("compile", "small.bxc", "--bytecode", "--check-only-changed").code == 0


def test_one_contract_is_compiled_once(bxc: Bxc, tmp_path: Path) -> None:
    count = tmp_path / "count"
    solc = program(tmp_path / "solc", ANSWERS.replace("asked =", f"open({str(count)!r}, 'a').write('x')\nasked ="))
    for more in ([], ["--locked"], ["-o", "elsewhere"]):
        assert bxc("compile", "small.bxc", "--solc", solc, *more).code == 0
    assert count.read_text() == "x"
    bxc("compile", "small.bxc", "--solc", solc, "--no-cache")
    assert count.read_text() == "xx"
