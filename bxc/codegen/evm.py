"""What turns a generated contract into bytecode: the pinned Solidity compiler and its settings.

The compiler is a true release, named with its commit, and no digest of metadata is appended, so equal source gives
equal bytes on every machine.
"""

from __future__ import annotations

import json
from typing import Any

SOLIDITY = "0.8.37"
RELEASE = f"{SOLIDITY}+commit.f401782d"
EVM_VERSION = "prague"
RUNS = 200

SETTINGS: dict[str, Any] = {
    "evmVersion": EVM_VERSION,
    "viaIR": True,
    "optimizer": {"enabled": True, "runs": RUNS},
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
}


def standard_input(source: str, file: str) -> str:
    """The compiler's input: one file, and the settings; equal for equal arguments to the byte."""
    document = {"language": "Solidity", "sources": {file: {"content": source}}, "settings": SETTINGS}
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
