"""The wheel, installed where the source tree is not, has all that the commands read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from commands import SMALL

from bxc import resources

ROOT = Path(__file__).parent.parent
NEEDED = ["bxc", "runtime", "contracts", "docs", "pyproject.toml", "README.md", "LICENSE"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a fresh environment with the wheel in it; needs no network."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=tree)
    (wheel,) = folder.glob("*.whl")
    shutil.rmtree(tree)
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
    assert "nothing found" in run([str(installed / "bxc"), "check", "small.bxc"], tmp_path)
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
