"""The wheel, installed where the source tree is not, has all that the commands read."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from commands import SMALL

from bxc import resources

ROOT = Path(__file__).parent.parent
PACKAGED = {"z3": "z3-solver", "solcx": "py-solc-x"}  # what is imported by another name than it is installed by
OPTIONAL = {"eth_tester", "pyarrow", "pyspark"}  # the demo's own chain, and Spark; they say what to install
NEEDED = ["bxc", "runtime", "contracts", "docs", "generated", "pyproject.toml", "README.md", "LICENSE"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what it needs; needs no network."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in NEEDED:
        if (ROOT / name).is_dir():
            left_out = shutil.ignore_patterns("__pycache__", "node_modules", ".venv")
            shutil.copytree(ROOT / name, tree / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, tree / name)
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=tree)
    run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)], cwd=tree)
    (built,) = folder.glob("*.whl")
    shutil.rmtree(tree)
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The folder of the programs of a fresh environment with the wheel in it."""
    folder = wheel.parent
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel)], cwd=folder)
    # The dependencies are those of this environment; a line of a .pth file reads no other .pth file, so the editable
    # installation in it stays out of sight.
    site = run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], cwd=folder).strip()
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def run(argv: list[str], cwd: Path, code: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def imported() -> set[str]:
    """The packages that the program's modules import, but for its own and the standard library's."""
    found = set()
    for path in (*(ROOT / "bxc").rglob("*.py"), *(ROOT / "runtime").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Import():
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                case ast.ImportFrom(module=str(module), level=0):
                    found.add(module.partition(".")[0])
    return found - sys.stdlib_module_names - {"bxc", "bxc_runtime"}


def test_what_the_program_imports_is_what_the_wheel_asks_for(wheel: Path) -> None:
    metadata = contents(wheel)["bxc-0.1.0.dist-info/METADATA"].decode()
    required = set(re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra ==)", metadata, re.MULTILINE))
    assert {PACKAGED.get(name, name.replace("_", "-")) for name in imported() - OPTIONAL} == required


def test_the_wheel_holds_the_two_packages_and_their_data_alone(wheel: Path) -> None:
    names = contents(wheel)
    assert {name.partition("/")[0] for name in names} == {"bxc", "bxc_runtime", "bxc-0.1.0.dist-info"}
    assert {"bxc/py.typed", "bxc_runtime/py.typed", "bxc/solc/soljson.cjs"} <= set(names)
    assert not [name for name in names if name.startswith("bxc/_errors/") and not name.endswith(".md")]


def test_the_source_distribution_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    (packed,) = wheel.parent.glob("*.tar.gz")
    shutil.unpack_archive(packed, tmp_path)
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=tmp_path / "bxc-0.1.0")
    assert contents(tmp_path / wheel.name) == contents(wheel)


def test_a_new_project_goes_from_init_to_get(installed: Path, tmp_path: Path) -> None:
    bxc = str(installed / "bxc")
    run([bxc, "init"], tmp_path)
    run([bxc, "check"], tmp_path)
    run([bxc, "compile"], tmp_path)
    for database in ("clinic.db", "clinic.duckdb"):
        run([bxc, "install", "--peer", "Clinic", "--db", database], tmp_path)
        run([bxc, "get", "Billed", "--db", database], tmp_path)


def test_the_demo_begins_outside_of_the_source_tree(installed: Path, tmp_path: Path) -> None:
    """It has its files with it. That it goes on as it should is `test_demo`'s to see."""
    argv = [str(installed / "bxc"), "demo", "--chain", "http://127.0.0.1:9"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "the demo failed: cannot reach http://127.0.0.1:9\n")


def test_the_wheel_is_what_runs(installed: Path, tmp_path: Path) -> None:
    where = run([str(installed / "python"), "-c", "import bxc; print(bxc.__file__)"], tmp_path)
    assert str(installed.parent) in where
    assert run([str(installed / "bxc"), "--version"], tmp_path) == "bxc 0.1.0\n"


def test_the_error_pages_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    page = run([str(installed / "bxc"), "explain", "BX001"], tmp_path)
    assert page.rstrip("\n") == (resources.error_pages() / "BX001.md").read_text(encoding="utf-8").rstrip("\n")
    listed = run([str(installed / "bxc"), "explain"], tmp_path)
    assert all(code in listed for code in resources.error_codes())


def test_the_grammar_is_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "small.bxc").write_text(SMALL)
    assert "1 file checked: 2 notes" in run([str(installed / "bxc"), "check", "small.bxc"], tmp_path)
    run([str(installed / "bxc"), "fmt", "--check", "small.bxc"], tmp_path)


def test_the_wheel_compiles_what_the_source_tree_compiles(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "small.bxc").write_text(SMALL)
    run([str(installed / "bxc"), "compile", "small.bxc"], tmp_path)
    run([sys.executable, "-m", "bxc", "compile", "small.bxc", "--locked"], tmp_path)


def test_the_contract_templates_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    script = "from bxc.resources import contract_templates as f; print(*sorted(p.name for p in f().iterdir()))"
    names = run([str(installed / "python"), "-c", script], tmp_path).split()
    assert names == sorted(path.name for path in resources.contract_templates().iterdir())


def test_the_editable_installation_finds_the_same(tmp_path: Path) -> None:
    page = run([sys.executable, "-m", "bxc", "explain", "BX001"], tmp_path)
    assert page.startswith("# BX001")
