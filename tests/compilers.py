"""Solidity compilers for tests: the real one, machines without one, and programs that pretend to be one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from bxc.codegen.evm import RELEASE
from bxc.solc import Compiler, NoCompiler, find
from bxc.solc.search import node

PYTHON = sys.executable

SAMPLE = """\
// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

contract Sample {
    uint256 public immutable born = block.number;
    mapping(uint256 key => uint256 value) public kept;

    error Refused(uint256 key);

    function put(uint256 key, uint256 value) external {
        if (value == 0) revert Refused(key);
        kept[key] = value;
    }
}
"""

ANSWERS = f"""\
import hashlib, json, sys
if "--version" in sys.argv:
    print("Version: {RELEASE}.Test")
    sys.exit()
asked = json.load(sys.stdin)
((file, source),) = asked["sources"].items()
code = hashlib.sha256(source["content"].encode()).hexdigest()
made = {{"bytecode": {{"object": code}}, "deployedBytecode": {{"object": code}}}}
print(json.dumps({{"contracts": {{file: {{file[:-4]: {{"abi": [], "evm": made}}}}}}}}))
"""


def compiler() -> Compiler:
    """The real compiler. Without one the test is skipped, or fails if BXC_NEED_NODE is set and Node is there."""
    try:
        return find()
    except NoCompiler as missing:
        no_compiler(missing)


def no_compiler(missing: NoCompiler) -> NoReturn:
    """Skip a test for want of a compiler, or fail it if there has to be one."""
    if os.environ.get("BXC_NEED_NODE") and node():
        pytest.fail(f"there must be a compiler, as there is Node: {missing}")
    pytest.skip(f"no Solidity compiler: {missing}")


def bare(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Make this a machine without any compiler and without Node."""
    empty = folder / "nothing"
    empty.mkdir()
    for name in ("BXC_SOLC", "BXC_SOLC_JS", "BXC_BYTECODE", "NODE_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(empty))
    monkeypatch.setattr("bxc.solc.search.PACKAGE", empty / "bxc")


def program(path: Path, script: str) -> Path:
    """An executable in Python."""
    path.write_text(f"#!{PYTHON}\n{script}")
    path.chmod(0o755)
    return path


def pretender(path: Path, script: str) -> Path:
    """A program that says it is the pinned compiler, and then does as the script says."""
    head = f"import os, sys, time\nif '--version' in sys.argv:\n    print('Version: {RELEASE}.Test')\n    sys.exit()\n"
    return program(path, head + script)
