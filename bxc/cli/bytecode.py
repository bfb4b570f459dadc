"""What `bxc compile` writes beside a contract: its ABI and bytecode, where a Solidity compiler is at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.progress import progress
from bxc.dataclass import dataclass

if TYPE_CHECKING:
    from bxc.codegen.solidity import Contract
    from bxc.compile import Artifact, Checked
    from bxc.solc import NoCompiler

TIMEOUT = 120.0  # seconds for one contract


@dataclass(slots=True)
class Bytecode:
    """How one run compiles contracts, and those that it could not compile.

    ``wanted`` is None where bytecode is written if a compiler is at hand, True where it must be, False where no
    compiler is to be run. ``solc`` is the one that the user names.
    """

    console: Console
    solc: str | None
    wanted: bool | None
    cache: bool
    without: list[str]
    reason: NoCompiler | None = None

    def compiled(self, checked: Checked, folder: Path) -> Callable[[Contract], tuple[Artifact, ...]]:
        """A function from a contract to the files that its compiler makes.

        Without a compiler these are the files that the spec's ``folder`` holds already, if they were made of this
        source by the same release with the same settings; else none.
        """

        def make(source: Contract) -> tuple[Artifact, ...]:
            made = self._run(source, near(checked)) or kept(folder, source)
            if not made:
                self.without.append(str(folder / source.path))
            return made

        return make

    def is_current(self, checked: Checked, manifest: Mapping[str, Any]) -> bool:
        """Whether a folder with this manifest has all that this run could write beside the contract."""
        from bxc.codegen.manifest import COMPILER
        from bxc.codegen.solidity_limits import has_contract

        assert checked.spec is not None
        made = manifest.get("contract")
        if made is None:
            return not has_contract(checked.spec)
        return made["compiler"] == COMPILER and (made["bytecode"] is not None or not self._available(near(checked)))

    def tell(self) -> None:
        """Say which contracts have no bytecode, and how to get it."""
        if not self.without or self.wanted is False:
            return
        why = "" if self.reason is None else f": {self.reason.why}"
        self.console.say(f"without ABI and bytecode: {', '.join(self.without)}{why}")
        for way in () if self.reason is None else self.reason.ways:
            self.console.say(f"  to get them: {way}")

    def _available(self, place: Path) -> bool:
        from bxc.solc import NoCompiler, find

        if self.wanted is False:
            return False
        try:
            find(Path(self.solc) if self.solc else None, place)
        except NoCompiler as error:
            return error.named or self.wanted is True  # the run that follows tells what is wrong
        return True

    def _run(self, source: Contract, place: Path) -> tuple[Artifact, ...]:
        """The files that a compiler makes of a contract; none where no compiler is at hand."""
        from bxc.compile import Artifact
        from bxc.solc import CompilerFailed, NoCompiler, compile_contract

        if self.wanted is False:
            return ()
        try:
            with progress(f"compiling {source.path}", self.console):
                solc = Path(self.solc) if self.solc else None
                made = compile_contract(
                    source.text, source.name, solc=solc, timeout=TIMEOUT, near=place, cache=self.cache
                )
        except NoCompiler as error:
            if error.named or self.wanted:
                raise CommandError(error.why, hint=f"there is one by {error.ways[0]}") from error
            self.reason = error
            return ()
        except CompilerFailed as error:
            message = f"bxc has a bug: {error}" if error.in_source else str(error)
            hint = "please report it with the spec; --no-bytecode writes the other files"
            raise CommandError(message, hint=hint if error.in_source else "--no-bytecode does without") from error
        for warning in made.warnings:
            self.console.detail(f"{source.path}: {warning}")
        stem = source.path.removesuffix(".sol")
        abi = json.dumps(made.abi, indent=2, ensure_ascii=False)
        return Artifact(f"{stem}.abi.json", f"{abi}\n"), Artifact(f"{stem}.bin", f"{made.bytecode}\n")


def kept(folder: Path, source: Contract) -> tuple[Artifact, ...]:
    """The ABI and bytecode in a spec's folder, if its manifest says that they are of this source and unchanged."""
    from bxc.codegen.manifest import COMPILER
    from bxc.compile import Artifact
    from bxc.database.manifest import ManifestError, listed_files, read_manifest

    try:
        manifest = read_manifest(folder)
        made, digests = manifest["contract"], listed_files(manifest)
        paths = (made["source"], made["abi"], made["bytecode"])
        stem = source.path.removesuffix(".sol")
        if made["compiler"] != COMPILER or paths != (source.path, f"{stem}.abi.json", f"{stem}.bin"):
            return ()
        contents = {path: (folder / path).read_bytes() for path in paths}
        if contents[source.path] != source.text.encode() or any(
            _sha256(content) != digests[path] for path, content in contents.items()
        ):
            return ()
        return tuple(Artifact(path, contents[path].decode()) for path in paths[1:])
    except (ManifestError, OSError, KeyError, TypeError, UnicodeDecodeError):
        return ()


def near(checked: Checked) -> Path:
    """The folder of a spec's root file: npm's packages are looked for from there upwards."""
    return Path(checked.files[-1].source.name).parent


def _sha256(content: bytes) -> str:
    from hashlib import sha256

    return sha256(content).hexdigest()
