"""Solidity source → ABI and bytecode, by the pinned compiler wherever one is at hand (`docs/commands.md`)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from bxc.codegen.evm import RELEASE, standard_input
from bxc.dataclass import dataclass
from bxc.solc.kept import keep, recall
from bxc.solc.process import ProgramError, run
from bxc.solc.search import WAYS, Compiler, NoCompiler, brief, find

__all__ = ["WAYS", "Compiled", "Compiler", "CompilerFailed", "NoCompiler", "compile_contract", "find"]

MOST = 64_000_000  # bytes of a compiler's output
HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2})+")
UNLINKED = re.compile(r"__\$[0-9a-f]{34}\$__")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A contract's ABI, its bytecode for creation and once deployed (hexadecimal, no `0x`), and the compiler's release.

    Where ``runtime`` has immutables, they are zero. ``warnings`` are the compiler's, in full.
    """

    abi: list[dict[str, Any]]
    bytecode: str
    runtime: str
    version: str
    warnings: tuple[str, ...] = ()


class CompilerFailed(Exception):  # noqa: N818
    """A compiler gave no bytecode; ``in_source`` if it refused the source, which is a bug of what generated it."""

    def __init__(self, message: str, *, in_source: bool = False) -> None:
        super().__init__(message)
        self.in_source = in_source


def compile_contract(
    source: str,
    name: str,
    *,
    solc: Path | None = None,
    timeout: float = 120,
    near: Path | None = None,
    cache: bool = True,
) -> Compiled:
    """Compile the contract ``name`` of one file, within ``timeout`` seconds; equal source gives equal bytes.

    ``solc`` and ``near`` are as of `find`. With ``cache``, what was compiled before is not compiled again, and needs no
    compiler unless one is named. NoCompiler if there is none; CompilerFailed if it gives nothing usable.
    """
    question = standard_input(source, f"{name}.sol")
    named = solc is not None or any(os.environ.get(key) for key in ("BXC_SOLC", "BXC_SOLC_JS"))
    compiler = find(solc, near) if named else None
    if cache and (known := _known(recall(question))) is not None:
        return known
    compiler = compiler or find(solc, near)
    compiled = _compiled(_answer(compiler, question, timeout), name)
    if cache:
        keep(question, {key: getattr(compiled, key) for key in Compiled.__slots__})
    return compiled


def _known(kept: dict[str, Any] | None) -> Compiled | None:
    match kept:
        case {
            "abi": list(abi), "bytecode": str(code), "runtime": str(runtime),
            "version": str(version), "warnings": list(warnings),
        }:  # fmt: skip
            return Compiled(abi, code, runtime, version, tuple(warnings))
    return None


def _answer(compiler: Compiler, question: str, timeout: float) -> dict[str, Any]:
    """What a compiler answers, as JSON; CompilerFailed if it is not that."""
    argv = [*compiler.argv, "--standard-json", "--no-import-callback"]
    try:
        done = run(argv, question.encode(), timeout=timeout, most=MOST, environment=compiler.environment)
    except ProgramError as error:
        raise CompilerFailed(f"the Solidity compiler {compiler.path} failed: {error}") from error
    if done.code:
        how = f"was killed by signal {-done.code}" if done.code < 0 else f"ended with {done.code}"
        raise CompilerFailed(f"the Solidity compiler {compiler.path} {how}{brief(done.err)}")
    try:
        answer = json.loads(done.out)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise CompilerFailed(f"the Solidity compiler {compiler.path} does not answer in JSON{brief(done.err)}")
    return answer


def _compiled(answer: dict[str, Any], name: str) -> Compiled:
    """The contract in a compiler's answer; CompilerFailed if there is none, or if the source is at fault."""
    file = f"{name}.sol"
    warnings = []
    found: Any = answer.get("errors")
    for error in found if isinstance(found, list) else ():
        text = str(error.get("formattedMessage") or error.get("message")) if isinstance(error, dict) else str(error)
        if isinstance(error, dict) and error.get("severity") in ("warning", "info"):
            warnings.append(text.strip())
        else:
            raise CompilerFailed(f"the generated {file} does not compile: {' '.join(text.split())}", in_source=True)
    contract: Any = answer
    for step in ("contracts", file, name):
        contract = contract.get(step) if isinstance(contract, dict) else None
    match contract:
        case {
            "abi": list(abi),
            "evm": {"bytecode": {"object": str(code)}, "deployedBytecode": {"object": str(runtime)}},
        }:
            if HEXADECIMAL.fullmatch(code) and HEXADECIMAL.fullmatch(runtime):
                return Compiled(abi, code, runtime, RELEASE, tuple(warnings))
            problem = "asks for a library" if UNLINKED.search(code) else "has no bytecode"
            raise CompilerFailed(f"the contract {name} of the generated {file} {problem}", in_source=True)
    raise CompilerFailed(f"the generated {file} has no contract {name}", in_source=True)
