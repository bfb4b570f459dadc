"""Which Solidity compiler to use: one that is named, one that py-solc-x keeps, or npm's through Node.

Looking changes nothing and loads nothing from the network; what `bxc doctor --install` fetches is found by it. Only the
pinned release will do, since another makes other bytecode. npm's is known by its digest, so that a folder that happens
to be called `node_modules/solc` is never run because of its name.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from bxc.codegen.evm import RELEASE, SOLIDITY
from bxc.dataclass import dataclass
from bxc.solc.process import ProgramError, run

SHIM = Path(__file__).with_name("soljson.cjs")
PACKAGE = Path(__file__).parent.parent
SOLJSON_SHA256 = "221d7a667378b5068d913e75fe092507e061363cd1d23b64c49ae82febabad4c"  # of npm's solc 0.8.37
VERSION = re.compile(rb"^Version: (\S+)", re.MULTILINE)
PROBE_SECONDS = 30.0
PROBE_BYTES = 1_000_000
WAYS = (
    f"`npm install solc@{SOLIDITY}` in the spec's folder or above (with Node 18 or newer)",
    "`bxc doctor --install`, which asks py-solc-x for a native one",
    f"`--solc PATH` or BXC_SOLC with the path of a solc {SOLIDITY}",
)


class NoCompiler(Exception):  # noqa: N818
    """No compiler of the pinned release is at hand: why, and how to get one. ``named`` if the user named one."""

    def __init__(self, why: str, ways: tuple[str, ...] = WAYS, *, named: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.ways = ways
        self.named = named


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler of the pinned release: where it comes from, its file, how it is run."""

    origin: str
    path: Path
    argv: tuple[str, ...]
    environment: dict[str, str]


def find(solc: Path | None = None, near: Path | None = None) -> Compiler:
    """The first compiler of the pinned release; NoCompiler if there is none, or if the one named is none.

    ``solc`` is named by the user, else BXC_SOLC or BXC_SOLC_JS (`soljson.js` of npm, or its folder);
    ``near`` is the folder from which `node_modules` is looked for upwards, besides the working folder.
    """
    named = solc or _path(os.environ.get("BXC_SOLC"))
    if named is not None:
        return _named(named, "--solc" if solc is not None else "BXC_SOLC")
    if named := _path(os.environ.get("BXC_SOLC_JS")):
        return _named_script(named, "BXC_SOLC_JS")
    reasons: list[str] = []
    found = _kept_by_solcx(reasons) or _npm(near, reasons)
    if found is None:
        raise NoCompiler("; ".join(reasons) or f"there is no solc {SOLIDITY}")
    return found


def release_of(compiler: Compiler) -> str:
    """The release that a compiler says it is; ProgramError if it says none."""
    done = run([*compiler.argv, "--version"], timeout=PROBE_SECONDS, most=PROBE_BYTES, environment=compiler.environment)
    said = VERSION.search(done.out)
    if done.code or said is None:
        raise ProgramError(f"it does not tell its version{brief(done.err)}")
    return said.group(1).decode("utf-8", "replace")


def is_pinned(release: str) -> bool:
    """Whether a release as compilers tell it (`0.8.37+commit.f401782d.Linux.g++`) is the pinned one."""
    return release == RELEASE or release.startswith(f"{RELEASE}.")


def brief(err: bytes) -> str:
    """The last line of what a program said on stderr, for the end of a sentence."""
    lines = [line.strip() for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {_printable(lines[-1])[:200]}" if lines else ""


def node() -> str | None:
    """The path of Node."""
    found = shutil.which("node") or shutil.which("nodejs")
    return None if found is None else str(Path(found).absolute())


def npm_folders(near: Path | None = None) -> Iterator[Path]:
    """Where npm's `solc` may be: `node_modules` upwards of ``near`` and of here, NODE_PATH, this source tree's."""
    for start in (near, Path()):
        if start is not None:
            here = Path(os.path.abspath(start))  # noqa: PTH100
            for folder in (here, *here.parents):
                yield folder / "node_modules" / "solc"
    for entry in os.environ.get("NODE_PATH", "").split(os.pathsep):
        if entry:
            yield Path(entry) / "solc"
    yield PACKAGE.parent / "contracts" / "npm" / "node_modules" / "solc"


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _named(path: Path, by: str) -> Compiler:
    """The compiler that a user named: a program, or npm's `soljson.js` or its folder."""
    if path.is_dir() or path.suffix in (".js", ".cjs"):
        return _named_script(path, by)
    where = shutil.which(str(path))
    if where is None:
        problem = "is no program" if path.exists() else "does not exist"
        raise NoCompiler(f"{by} {path} {problem}", named=True)
    compiler = Compiler(by, Path(where), (str(Path(where).absolute()),), _environment())
    return _probed(compiler, f"{by} {path}")


def _named_script(path: Path, by: str) -> Compiler:
    file = path / "soljson.js" if path.is_dir() else path
    if not file.is_file():
        raise NoCompiler(f"{by} {path}: there is no {file.name}", named=True)
    program = node()
    if program is None:
        raise NoCompiler(f"{by} {path} needs Node, and there is no `node` on PATH", named=True)
    return _probed(_scripted(program, file, by), f"{by} {path}")


def _probed(compiler: Compiler, what: str) -> Compiler:
    try:
        release = release_of(compiler)
    except ProgramError as error:
        raise NoCompiler(f"{what} cannot be used: {error}", named=True) from error
    if not is_pinned(release):
        raise NoCompiler(
            f"{what} is solc {_printable(release)[:60]}; it takes {RELEASE}, as another makes other bytecode",
            named=True,
        )
    return compiler


def _scripted(program: str, soljson: Path, origin: str) -> Compiler:
    environment = _environment() | {"BXC_SOLC_JS": str(soljson.absolute())}
    return Compiler(origin, soljson, (program, str(SHIM)), environment)


def _environment() -> dict[str, str]:
    """Ours, but for what would make Node load more than the compiler."""
    return {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}


def _kept_by_solcx(reasons: list[str]) -> Compiler | None:
    """What py-solc-x has installed. It is not imported: that alone would copy compilers from PATH into its folder."""
    try:
        folder = Path(os.environ.get("SOLCX_BINARY_PATH") or Path.home() / ".solcx")
    except RuntimeError:  # a user without home
        return None
    file = folder / f"solc-v{SOLIDITY}"
    if not os.access(file, os.X_OK) or not file.is_file():
        return None
    try:
        return _probed(Compiler("py-solc-x", file, (str(file.absolute()),), _environment()), str(file))
    except NoCompiler as error:
        reasons.append(error.why)
        return None


def _npm(near: Path | None, reasons: list[str]) -> Compiler | None:
    """The npm package, known by the digest of what will run."""
    program = node()
    for folder in dict.fromkeys(npm_folders(near)):
        file = folder / "soljson.js"
        if not file.is_file():
            continue
        if not _is_npms(file):
            reasons.append(f"{folder} is not solc {SOLIDITY} as npm has it")
        elif program is None:
            reasons.append(f"{folder} needs Node, and there is no `node` on PATH")
        else:
            return _scripted(program, file, "npm")
    if not reasons:
        reasons.append(f"there is no solc {SOLIDITY}{'' if program else ', and no Node to run that of npm'}")
    return None


def _is_npms(file: Path) -> bool:
    try:
        with file.open("rb") as content:
            return file_digest(content, "sha256").hexdigest() == SOLJSON_SHA256
    except OSError:
        return False


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
