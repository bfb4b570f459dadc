"""`python -m bxc.solc.install`: let py-solc-x fetch the pinned compiler. The only thing in bxc that loads a program.

It is a process of its own, since py-solc-x knows no time limit.
"""

from __future__ import annotations

import sys

from bxc.codegen.evm import SOLIDITY


def main() -> int:
    """Install; what goes wrong is said in a line on stderr."""
    import solcx

    try:
        solcx.install_solc(SOLIDITY)
    except Exception as error:
        sys.stderr.write(" ".join(f"{type(error).__name__}: {error}".split()) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
