"""The contract of a spec → what linter, static analysis and symbolic execution find in it: `make verify-contract`.

solhint and slither read the committed sources of all specs; halmos runs `Properties.t.sol` on the committed bytecode of
one of them. With ``--mutants`` halmos runs on contracts that each have one check less (`mutants.py`) and must refute
them. The tools are those beside this file; forge runs offline, with the compiler that bxc itself uses.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mutants import MUTANTS, Mutant

from bxc.dataclass import dataclass
from bxc.solc import compile_contract, find

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE = HERE / "node_modules"
BIN = HERE / ".venv" / "bin"
SOLHINT = ROOT / "contracts" / "npm" / "node_modules" / ".bin" / "solhint"
SOURCES = sorted((ROOT / "generated").glob("*/contract/*.sol"))
VERIFIED = ROOT / "generated" / "medical" / "contract" / "MedicalShares.sol"
TOOLS = (BIN / "halmos", BIN / "slither", NODE / ".bin" / "forge", SOLHINT)
SECONDS = 1800  # for one check of halmos; the longest take some minutes
BUILD_SECONDS = 600

PROJECT = """\
[profile.default]
src = "src"
test = "test"
out = "out"
libs = []
solc = "./solc"
evm_version = "prague"
via_ir = true
optimizer = true
optimizer_runs = 200
ast = true
offline = true

[lint]
lint_on_build = false
"""
# forge passes paths that a compiler without a file system has no use for.
WRAPPER = """\
#!/bin/sh
{environment}
case "$1" in
--version) exec {compiler} --version ;;
*) exec {compiler} --standard-json ;;
esac
"""

# What slither says of the contract and is as it should be, by its detector and the function that it names.
REASONS: dict[str, tuple[str, str]] = {
    "incorrect-equality": (
        r"_next|_refuseSecond|_request|exclude",
        "counters, block numbers and a deadline of 0 are compared; no balance is",
    ),
    "uninitialized-local": (r"constructor", "a local number is 0 at first, which is meant"),
    "timestamp": (
        r"openShare|exclude|_request|_next|_ack|_requirePending|_mayCancel|shareState",
        "deadlines are long, and who makes blocks shifts them by seconds; the other places read the word in which the "
        "time of a request lies",
    ),
    "assembly": (r"_link", "the hash of a link, measured to be cheaper; the properties compare it with Solidity's"),
    "unused-state": (r"[A-Z0-9_]+", "constants with the names of the spec, for who reads the source"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a tool found, and why it may stay; without a reason it fails the run."""

    tool: str
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What halmos said of a check: ``holds``, ``refuted``, or why neither; the paths it went and its seconds."""

    check: str
    result: str
    paths: int
    seconds: float


# --- solhint and slither ----------------------------------------------------------------------------------------------


def solhint(sources: Iterable[Path], folder: Path = ROOT) -> list[Finding]:
    """What the linter says of sources in a folder, by the rules of `.solhint.json`: nothing may stay."""
    names = [source.relative_to(folder) for source in sources]
    argv: list[str | Path] = [SOLHINT, "--config", ROOT / ".solhint.json", "--formatter", "unix", *names]
    done = command(argv, cwd=folder, timeout=BUILD_SECONDS)
    found = [line for line in done.stdout.splitlines() if re.search(r":\d+:\d+: ", line)]
    if done.returncode and not found:
        raise SystemExit(f"solhint: {done.stderr or done.stdout}")
    return [Finding("solhint", line.removeprefix(f"{folder}{os.sep}")) for line in found]


def slither(source: Path, folder: Path) -> list[Finding]:
    """What static analysis says of one contract, each with the reason why it may stay, if there is one."""
    project(folder)
    shutil.copy(source, folder / "src" / source.name)
    done = command([BIN / "slither", ".", "--json", "-"], cwd=folder, timeout=BUILD_SECONDS)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"slither: {done.stderr[-2000:]}") from None
    if not answer["success"]:
        raise SystemExit(f"slither: {answer['error']}")
    return [_judged(source, found) for found in answer["results"].get("detectors", [])]


def _judged(source: Path, found: dict[str, Any]) -> Finding:
    named = found["elements"][0]
    parent = named.get("type_specific_fields", {}).get("parent", {})
    name = parent["name"] if named["type"] == "variable" and parent.get("type") == "function" else named["name"]
    where, reason = REASONS.get(found["check"], ("", ""))
    fits = bool(where) and re.fullmatch(where, name) is not None
    line = named["source_mapping"]["lines"][0]
    text = f"{source.name}:{line}: {found['check']} ({found['impact']}) in {name}"
    return Finding("slither", text, reason if fits else "")


# --- halmos -----------------------------------------------------------------------------------------------------------


def project(folder: Path) -> None:
    """A project of forge, with the compiler that bxc uses."""
    compiler = find()
    for name in ("src", "test"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "foundry.toml").write_text(PROJECT)
    kept = {key: value for key, value in compiler.environment.items() if os.environ.get(key) != value}
    lines = "\n".join(f"export {key}={shlex.quote(value)}" for key, value in kept.items())
    (folder / "solc").write_text(WRAPPER.format(environment=lines, compiler=shlex.join(compiler.argv)))
    (folder / "solc").chmod(0o755)


def build(folder: Path) -> None:
    """Compile the properties."""
    project(folder)
    shutil.copy(HERE / "Properties.t.sol", folder / "test")
    done = command([NODE / ".bin" / "forge", "build", "--ast"], cwd=folder, timeout=BUILD_SECONDS)
    if done.returncode:
        raise SystemExit(f"forge: {done.stdout}{done.stderr}")


def checks() -> list[str]:
    """The names of the properties' checks."""
    return re.findall(r"function check_(\w+)\(", (HERE / "Properties.t.sol").read_text())


def prove(check: str, bytecode: str, folder: Path, seconds: float = SECONDS) -> Proof:
    """Ask halmos whether a check holds of a contract."""
    (folder / "contract.json").write_text(json.dumps({"bytecode": {"object": bytecode}}))
    argv: list[str | Path] = [
        BIN / "halmos",
        "--root",
        ".",
        "--match-test",
        f"^check_{check}[(]",
        "--json-output",
        "proof.json",
        "--early-exit",
    ]
    argv += ["--loop", "80", "--solver-timeout-branching", "20ms", "--solver-timeout-assertion", "0", "--no-status"]
    (folder / "proof.json").unlink(missing_ok=True)
    started = time.monotonic()
    try:
        done = command(argv, cwd=folder, timeout=seconds)
    except subprocess.TimeoutExpired:
        return Proof(check, f"no answer within {seconds:.0f} s", 0, time.monotonic() - started)
    spent = time.monotonic() - started
    if not (folder / "proof.json").exists():
        return Proof(check, f"halmos failed: {done.stderr[-500:]}", 0, spent)
    results = [
        each for found in json.loads((folder / "proof.json").read_text())["test_results"].values() for each in found
    ]
    if len(results) != 1:  # what is set up before the check failed
        return Proof(check, f"halmos failed: {(done.stdout + done.stderr)[-500:]}", 0, spent)
    (result,) = results
    match result["exitcode"], result["num_bounded_loops"]:
        case 0, 0:
            said = "holds"
        case 0, _:
            said = "holds in part: a loop was left early"
        case 1, _:
            said = "refuted"
        case code, _:
            said = f"no answer (halmos says {code})"
    paths = int((result["num_paths"] or [0])[0])
    return Proof(check, said, paths, spent)


# --- all of it --------------------------------------------------------------------------------------------------------


def command(argv: Sequence[str | Path], *, cwd: Path, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run a tool, with its companions on the path."""
    path = os.pathsep.join([str(BIN), str(NODE / ".bin"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "FOUNDRY_DISABLE_NIGHTLY_WARNING": "1"}
    return subprocess.run(  # noqa: S603 - the tools beside this file, and no shell
        list(map(str, argv)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


def static(work: Path) -> bool:
    """Print what solhint and slither find; whether all of it may stay."""
    found = solhint(SOURCES)
    print(f"solhint: {len(SOURCES)} contracts, {len(found)} findings")
    for source in SOURCES:
        here = slither(source, work / source.stem)
        print(f"slither: {source.name}, {len(here)} findings, {sum(not each.reason for each in here)} without a reason")
        found += here
    for reason in sorted({(each.text.split(": ")[1].split()[0], each.reason) for each in found if each.reason}):
        print(f"  {reason[0]}: {reason[1]}")
    for each in found:
        if not each.reason:
            print(f"  {each.tool}: {each.text}")
    return all(each.reason for each in found)


def symbolic(work: Path, names: Sequence[str]) -> bool:
    """Print what halmos says of each check; whether all hold."""
    build(work)
    bytecode = VERIFIED.with_suffix(".bin").read_text("ascii").strip()
    good = True
    for name in names:
        proof = prove(name, bytecode, work)
        good &= proof.result == "holds"
        print(f"halmos: {name:<28} {proof.result:<10} {proof.paths:>5} paths {proof.seconds:6.1f} s", flush=True)
    return good


def mutated(work: Path, mutants: Iterable[Mutant]) -> bool:
    """Print whether halmos refutes each mutant; whether it refutes all."""
    build(work)
    source = VERIFIED.read_text("utf-8")
    good = True
    for mutant in mutants:
        bytecode = compile_contract(mutant.applied(source), VERIFIED.stem).bytecode
        proof = prove(mutant.check, bytecode, work)
        good &= proof.result == "refuted"
        print(f"mutant: {mutant.name:<44} {mutant.check:<18} {proof.result:<8} {proof.seconds:6.1f} s", flush=True)
    return good


def main() -> int:
    """0 if nothing was found that has no reason, 1 if something was, 2 if a tool is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", action="store_true", help="only: halmos must refute each mutant")
    parser.add_argument("--static", action="store_true", help="only: solhint and slither")
    parser.add_argument("names", nargs="*", metavar="CHECK", help="only these checks, or mutants for them")
    asked = parser.parse_args()
    if missing := [tool.name for tool in TOOLS if not tool.exists()]:
        print(f"not here: {', '.join(missing)} (make verify-contract installs them)", file=sys.stderr)
        return 2
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bxc-verify-") as folder:
        work = Path(folder)
        if asked.mutants:
            good = mutated(work, [each for each in MUTANTS if each.check in (asked.names or checks())])
        else:
            good = asked.names != [] or static(work)
            good &= asked.static or symbolic(work, asked.names or checks())
    print(f"{'nothing is wrong' if good else 'NOT as it should be'}, {time.monotonic() - started:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
