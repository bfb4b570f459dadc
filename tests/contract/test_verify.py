"""What `make verify-contract` runs: the linter here and now, halmos in `make soak` where its tools are installed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from random import Random

import pytest
import verify
from mutants import MUTANTS, Mutant

from bxc.solc import compile_contract

ROOT = Path(__file__).parents[2]
SOAK = "BXC_SOAK" in os.environ
SOME = Random(os.environ.get("PYTEST_XDIST_TESTRUNUID")).sample(MUTANTS, 3) if SOAK else []  # the same in all workers
MISSING = [tool.name for tool in verify.TOOLS if not tool.exists()]

symbolic = pytest.mark.skipif(
    not SOAK or bool(MISSING),
    reason=f"`make verify-contract` installs {', '.join(MISSING)}" if MISSING else "takes minutes: in `make soak`",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("properties")
    verify.build(folder)
    return folder


@pytest.mark.skipif(not verify.SOLHINT.exists(), reason="no solhint: `make setup` installs it where there is npm")
def test_the_linter_finds_nothing_in_a_contract() -> None:
    assert verify.solhint([verify.VERIFIED]) == []


@pytest.mark.skipif(not verify.SOLHINT.exists(), reason="no solhint: `make setup` installs it where there is npm")
def test_the_linter_finds_what_is_wrong(tmp_path: Path) -> None:
    source = (
        verify.VERIFIED.read_text("utf-8").replace("msg.sender", "tx.origin", 1).replace("    /// @notice", "    //")
    )
    (tmp_path / "Bad.sol").write_text(source)
    found = {re.sub(r".*\[\w+/(.*)\]", r"\1", each.text) for each in verify.solhint([tmp_path / "Bad.sol"], tmp_path)}
    assert found >= {"avoid-tx-origin", "use-natspec"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_one_change_of_the_contract(mutant: Mutant) -> None:
    source = verify.VERIFIED.read_text("utf-8")
    assert mutant.applied(source) != source


def test_each_check_of_the_properties_refutes_a_mutant() -> None:
    assert sorted({mutant.check for mutant in MUTANTS}) == sorted(verify.checks())


def test_each_call_that_changes_the_contract_has_a_check() -> None:
    source = verify.VERIFIED.read_text("utf-8")
    calls = re.findall(r"function (\w+)\([^)]*\)\s*external\s*(view|pure)?", source)
    assert sorted(name for name, reads in calls if not reads) == sorted(set(verify.checks()) & {n for n, _ in calls})


def test_the_page_names_the_tools_that_are_pinned_and_each_reason() -> None:
    page = (ROOT / "docs" / "verification.md").read_text("utf-8")
    lock = (verify.HERE / "requirements.lock").read_text("ascii")
    pinned = dict(re.findall(r"^(\S+)==(\S+)", lock, re.MULTILINE))
    for name, shown in (("slither-analyzer", "slither"), ("halmos", "halmos"), ("z3-solver", "Z3")):
        assert f"{shown} {re.sub(r'[.]0$', '', pinned[name])}" in page
    assert "://" not in lock
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == set(verify.REASONS)


@symbolic
@pytest.mark.parametrize("check", ["requestUpdate", "ack"])
def test_the_properties_hold_of_the_committed_bytecode(check: str, built: Path) -> None:
    bytecode = verify.VERIFIED.with_suffix(".bin").read_text("ascii").strip()
    assert verify.prove(check, bytecode, built).result == "holds"


@symbolic
@pytest.mark.parametrize("mutant", SOME, ids=lambda mutant: mutant.name)
def test_the_properties_refute_a_mutant(mutant: Mutant, built: Path) -> None:
    bytecode = compile_contract(mutant.applied(verify.VERIFIED.read_text("utf-8")), verify.VERIFIED.stem).bytecode
    assert verify.prove(mutant.check, bytecode, built).result == "refuted"
