"""The Solidity compiler driver: reproducible bytes, and no harm from a compiler that is missing, wrong or broken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from compilers import ANSWERS, SAMPLE, bare, compiler, pretender, program

from bxc.codegen.evm import RELEASE
from bxc.solc import CompilerFailed, NoCompiler, compile_contract, find
from bxc.solc.process import ProgramError, run
from bxc.solc.search import SHIM, release_of

WITHOUT_VERSION = "print('hello')"


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for its exit code does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    for _ in range(100):
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


# --- the real one


def test_bytes_are_equal_in_two_runs_and_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler()
    made = compile_contract(SAMPLE, "Sample", cache=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    assert compile_contract(SAMPLE, "Sample", cache=False) == made
    assert made.version == RELEASE
    assert made.warnings == ()
    assert {entry.get("name") for entry in made.abi} >= {"put", "kept", "born", "Refused"}
    assert list(tmp_path.rglob("*")) == [tmp_path / "temporary"]  # nothing is left behind


def test_no_digest_of_metadata_is_appended() -> None:
    compiler()
    comment = SAMPLE.replace("contract Sample", "// another comment\ncontract Sample")
    made = compile_contract(SAMPLE, "Sample", cache=False)
    assert compile_contract(comment, "Sample", cache=False).bytecode == made.bytecode
    assert b"solc" not in bytes.fromhex(made.bytecode)


def test_what_was_compiled_needs_no_compiler_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler()
    made = compile_contract(SAMPLE, "Sample")
    bare(monkeypatch, tmp_path)
    assert compile_contract(SAMPLE, "Sample") == made
    with pytest.raises(NoCompiler):
        compile_contract(SAMPLE + " ", "Sample")


def test_a_source_that_does_not_compile_is_a_fault_of_ours_and_names_the_file() -> None:
    compiler()
    with pytest.raises(CompilerFailed, match=r"generated Sample\.sol does not compile.*Sample\.sol:4") as told:
        compile_contract(SAMPLE.replace("contract", "kontract"), "Sample")
    assert told.value.in_source
    with pytest.raises(CompilerFailed, match="has no contract Other") as told:
        compile_contract(SAMPLE, "Other")
    assert told.value.in_source


def test_the_shim_speaks_as_solc_does() -> None:
    found = compiler()
    if found.argv[-1] != str(SHIM):
        pytest.skip("the compiler at hand is a native one")
    assert release_of(found) == f"{RELEASE}.Emscripten.clang"
    wrong = run([*found.argv, "--gas"], timeout=30, most=10_000, environment=found.environment)
    assert (wrong.code, wrong.out) == (1, b"")
    assert b"usage" in wrong.err
    lost = run([*found.argv, "--version"], timeout=30, most=10_000, environment={"PATH": os.environ["PATH"]})
    assert (lost.code, lost.out) == (1, b"")
    assert b"BXC_SOLC_JS" in lost.err


def test_py_solc_x_can_drive_the_shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compiler()
    if found.argv[-1] != str(SHIM):
        pytest.skip("the compiler at hand is a native one")
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(tmp_path))
    monkeypatch.setenv("BXC_SOLC_JS", found.environment["BXC_SOLC_JS"])
    import solcx

    settings = {"outputSelection": {"*": {"*": ["abi"]}}}
    asked = {"language": "Solidity", "sources": {"Sample.sol": {"content": SAMPLE}}, "settings": settings}
    assert list(solcx.compile_standard(asked, solc_binary=SHIM)["contracts"]["Sample.sol"]) == ["Sample"]


# --- which one


def test_the_compiler_is_looked_for_in_the_documented_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare(monkeypatch, tmp_path)
    with pytest.raises(NoCompiler, match="there is no solc") as told:
        find()
    assert not told.value.named
    assert len(told.value.ways) == 3
    kept = tmp_path / "solcx"
    kept.mkdir()
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(kept))
    native = program(kept / "solc-v0.8.37", ANSWERS)
    assert find().argv == (str(native),)
    by_variable = program(tmp_path / "by-variable", ANSWERS)
    monkeypatch.setenv("BXC_SOLC", str(by_variable))
    assert find().argv == (str(by_variable),)
    by_option = program(tmp_path / "by-option", ANSWERS)
    assert find(by_option).argv == (str(by_option),)
    assert compile_contract(SAMPLE, "Sample", solc=by_option).abi == []


@pytest.mark.parametrize("release", ["0.8.36+commit.f401782d.Linux.g++", "0.8.37+commit.00000000.Linux.g++",
                                     "0.8.37-nightly.2026.1.1+commit.f401782d", "0.8.370+commit.f401782d"])  # fmt: skip
def test_another_release_is_refused_with_both_named(release: str, tmp_path: Path) -> None:
    other = program(tmp_path / "solc", f"print('Version: {release}')")
    with pytest.raises(NoCompiler, match="another makes other bytecode") as told:
        compile_contract(SAMPLE, "Sample", solc=other)
    assert told.value.named
    assert release in str(told.value)
    assert RELEASE in str(told.value)


def test_another_release_that_is_only_found_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare(monkeypatch, tmp_path)
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(tmp_path))
    program(tmp_path / "solc-v0.8.37", "print('Version: 0.8.1+commit.df193b15.Linux.g++')")
    with pytest.raises(NoCompiler, match=r"0\.8\.1\+commit") as told:
        find()
    assert not told.value.named


def test_a_compiler_that_is_named_must_be_one(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    broken = program(tmp_path / "broken", "")
    broken.write_text("#!/no/such/interpreter\n")
    cases = {
        tmp_path / "nowhere": "does not exist",
        text: "is no program",
        program(tmp_path / "mute", WITHOUT_VERSION): "does not tell its version",
        broken: "cannot be started",
        tmp_path: r"there is no soljson\.js",
    }
    for path, message in cases.items():
        with pytest.raises(NoCompiler, match=message) as told:
            find(path)
        assert told.value.named


def test_without_node_what_npm_has_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare(monkeypatch, tmp_path)
    (tmp_path / "soljson.js").write_text("")
    monkeypatch.setenv("BXC_SOLC_JS", str(tmp_path))
    with pytest.raises(NoCompiler, match="needs Node") as told:
        find()
    assert told.value.named


def test_a_folder_is_not_run_because_it_is_called_solc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare(monkeypatch, tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path / "node", f"open({str(tmp_path / 'run')!r}, 'w')")
    package = tmp_path / "spec" / "node_modules" / "solc"
    package.mkdir(parents=True)
    (package / "soljson.js").write_text("require('fs').writeFileSync('run', '')")
    with pytest.raises(NoCompiler, match=r"is not solc 0\.8\.37 as npm has it"):
        find(near=tmp_path / "spec" / "deep" / "down")
    assert not (tmp_path / "run").exists()


def test_node_is_told_to_load_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--require ./other.js")
    assert "NODE_OPTIONS" not in find(program(tmp_path / "solc", ANSWERS)).environment


# --- broken ones


def failing(tmp_path: Path, script: str, timeout: float = 20) -> CompilerFailed:
    solc = pretender(tmp_path / "solc", script)
    with pytest.raises(CompilerFailed) as told:
        compile_contract(SAMPLE, "Sample", solc=solc, timeout=timeout)
    return told.value


def test_a_compiler_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    start = time.monotonic()
    told = failing(
        tmp_path,
        f"child = os.fork()\nif child: open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child}}')\ntime.sleep(600)\n",
        timeout=1.5,
    )
    assert "stopped after 1.5 s" in str(told)
    assert time.monotonic() - start < 10
    assert all(gone(int(pid)) for pid in pids.read_text().split())


def test_a_child_that_keeps_the_pipes_open_does_not_hang_us(tmp_path: Path) -> None:
    start = time.monotonic()
    told = failing(tmp_path, "if os.fork() == 0: os.setsid(); time.sleep(8)\n")
    assert "JSON" in str(told)
    assert time.monotonic() - start < 6


@pytest.mark.parametrize("output", ["", "hello", "[]", "nul", '"text"', "[" * 200_000, '{"contracts": 1', "\\xff\\xfe"])
def test_garbage_is_told_as_such(output: str, tmp_path: Path) -> None:
    told = failing(tmp_path, f"sys.stderr.write('panic: \\x1b[31mlost\\n')\nsys.stdout.write({output!r})")
    assert "does not answer in JSON: panic: ?[31mlost" in str(told)
    assert not told.in_source


@pytest.mark.parametrize("output", [
    "{}", '{"contracts": []}', '{"contracts": {"Sample.sol": {"Sample": {"abi": 1}}}}', '{"errors": 1}',
    '{"contracts": {"Sample.sol": {"Sample": {"abi": [], "evm": {"bytecode": {"object": ""},'
    ' "deployedBytecode": {"object": ""}}}}}}',
    '{"contracts": {"Sample.sol": {"Sample": {"abi": [], "evm": {"bytecode": {"object": "zz"},'
    ' "deployedBytecode": {"object": "00"}}}}}}',
])  # fmt: skip
def test_json_without_bytecode_is_no_result(output: str, tmp_path: Path) -> None:
    assert "Sample" in str(failing(tmp_path, f"print({output!r})"))


def test_output_without_end_is_stopped(tmp_path: Path) -> None:
    for stream in ("stdout", "stderr"):
        told = failing(tmp_path, f"while True: sys.{stream}.write('x' * 1000000)\n", timeout=60)
        assert "stopped after writing 64 MB" in str(told)


def test_a_failure_is_told_briefly(tmp_path: Path) -> None:
    told = failing(tmp_path, "sys.stderr.write('line\\n' * 1000 + 'out of memory\\n')\nsys.exit(3)")
    assert str(told).endswith("ended with 3: out of memory")
    assert len(str(told)) < 400
    assert "killed by signal 9" in str(failing(tmp_path, "os.kill(os.getpid(), 9)"))


def test_a_compiler_that_reads_nothing_is_no_trouble(tmp_path: Path) -> None:
    solc = pretender(tmp_path / "solc", "os.close(0)\nprint('{}')")
    with pytest.raises(CompilerFailed, match="no contract"):
        compile_contract(SAMPLE + "/" * 5_000_000, "Sample", solc=solc)


def test_what_failed_is_not_kept(tmp_path: Path, kept: Path) -> None:
    failing(tmp_path, "print('{}')")
    assert list(kept.rglob("*.json")) == []
    assert compile_contract(SAMPLE, "Sample", solc=program(tmp_path / "solc", ANSWERS)).abi == []
    assert len(list(kept.rglob("*.json"))) == 1


def test_a_damaged_result_is_made_anew(tmp_path: Path, kept: Path) -> None:
    solc = program(tmp_path / "solc", ANSWERS)
    made = compile_contract(SAMPLE, "Sample", solc=solc)
    (file,) = kept.rglob("*.json")
    for damage in (
        b"",
        b"{}",
        b"\xff",
        file.read_bytes()[:-1],
        file.read_bytes().replace(made.bytecode.encode(), b"00"),
    ):
        file.write_bytes(damage)
        assert compile_contract(SAMPLE, "Sample", solc=solc) == made


def test_ctrl_c_stops_the_compiler(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    solc = pretender(tmp_path / "solc", f"open({str(pid)!r} + '-', 'w').write(str(os.getpid()))\n"
                     f"os.rename({str(pid)!r} + '-', {str(pid)!r})\ntime.sleep(600)")  # fmt: skip
    script = (
        "import sys\nfrom pathlib import Path\nfrom bxc.solc import compile_contract\n"
        "compile_contract('', 'Sample', solc=Path(sys.argv[1]))"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(solc)], stderr=subprocess.PIPE)
    try:
        for _ in range(200):
            if pid.exists():
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert b"KeyboardInterrupt" in err
    assert gone(int(pid.read_text()))


def test_a_program_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="cannot be started"):
        run([str(tmp_path / "nothing")], timeout=5, most=1000)
    done = run([sys.executable, "-c", "print(input())"], b"echo\n", timeout=20, most=1000)
    assert (done.code, done.out, done.err) == (0, b"echo\n", b"")
