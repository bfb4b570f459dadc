"""A program run with an end to its time, its output and its children."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from bxc.dataclass import dataclass

CHUNK = 1 << 16
GRACE = 1.0  # seconds for the last output to arrive after the program has ended


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended (negative: by that signal), and what it wrote."""

    code: int
    out: bytes
    err: bytes


class ProgramError(Exception):
    """A program could not be started, took too long, or wrote too much; the text says which."""


def run(
    argv: Sequence[str],
    given: bytes = b"",
    *,
    timeout: float,
    most: int,
    environment: Mapping[str, str] | None = None,
) -> Done:
    """Run a program with ``given`` as its input, for ``timeout`` seconds and ``most`` bytes of output at most.

    However this ends, by Ctrl-C too, the program and its children are gone afterwards. ProgramError if it could not be
    started or was stopped.
    """
    deadline = time.monotonic() + timeout
    try:
        process = subprocess.Popen(  # noqa: S603 - the compiler that the user has, and no shell
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ProgramError(f"it cannot be started ({reason})") from error
    try:
        out, err = _exchange(process, given, deadline, timeout, most)
        while not _ended(process):
            if time.monotonic() >= deadline:
                raise ProgramError(_too_long(timeout))
            time.sleep(0.005)
    finally:
        _end(process)
    return Done(process.returncode, out, err)


def _exchange(
    process: subprocess.Popen[bytes], given: bytes, deadline: float, timeout: float, most: int
) -> tuple[bytes, bytes]:
    """Feed the program and take what it writes, until both its outputs are closed."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    streams = (process.stdout, process.stderr)
    taken = {stream.fileno(): bytearray() for stream in streams}
    rest, over = memoryview(given), False
    with selectors.DefaultSelector() as waiting:
        for stream in streams:
            os.set_blocking(stream.fileno(), False)
            waiting.register(stream, selectors.EVENT_READ)
        os.set_blocking(process.stdin.fileno(), False)
        waiting.register(process.stdin, selectors.EVENT_WRITE)
        while any(not stream.closed for stream in streams):
            if time.monotonic() >= deadline:
                if not _ended(process):
                    raise ProgramError(_too_long(timeout))
                break  # it has ended; what holds the pipe is a child that has left its group
            for key, _ in waiting.select(min(0.2, max(0.0, deadline - time.monotonic()))):
                if key.fileobj is process.stdin:
                    rest = _feed(process.stdin, rest, waiting)
                else:
                    _take(process.stdout if key.fileobj is process.stdout else process.stderr, taken[key.fd], waiting)
            if sum(map(len, taken.values())) > most:
                raise ProgramError(f"it was stopped after writing {most // 1_000_000} MB")
            if not over and _ended(process):
                over = True
                _kill(process)  # children that it left behind
                deadline = min(deadline, time.monotonic() + GRACE)
    out, err = taken.values()
    return bytes(out), bytes(err)


def _feed(stdin: IO[bytes], rest: memoryview, waiting: selectors.BaseSelector) -> memoryview:
    """Write what fits; a program that reads no more is none of our concern."""
    try:
        rest = rest[os.write(stdin.fileno(), rest[:CHUNK]) :]
    except BlockingIOError:
        return rest
    except OSError:
        rest = memoryview(b"")
    if not rest:
        waiting.unregister(stdin)
        with suppress(OSError):
            stdin.close()
    return rest


def _take(stream: IO[bytes], into: bytearray, waiting: selectors.BaseSelector) -> None:
    try:
        chunk = os.read(stream.fileno(), CHUNK)
    except BlockingIOError:
        return
    into += chunk
    if not chunk:
        waiting.unregister(stream)
        stream.close()


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended. Where the system can, it is left unreaped, so that its group's number stays its own."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the program's whole group, which it began."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    _kill(process)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    process.wait()


def _too_long(timeout: float) -> str:
    return f"it was stopped after {timeout:g} s"
