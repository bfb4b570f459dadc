"""The command line: argv → the core, and what it says → stdout, stderr, files and an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys

INTERRUPTED = 130  # as shells have it: 128 and the number of the signal
COLLECTIONS = (100_000, 20, 50)  # trees and plans live to the end: to look through them often takes a quarter of a run
STOPPING = ("SIGTERM", "SIGHUP")  # asked to end by something other than Ctrl-C


def main() -> None:
    """Run `bxc` with the process's arguments, and exit; Ctrl-C is silent from the first import on."""
    stopped: list[int] = []
    try:
        _replace_closed_streams()
        _stop_as_by_ctrl_c(stopped)
        gc.set_threshold(*COLLECTIONS)
        from bxc.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(128 + stopped[0] if stopped and code == INTERRUPTED else code)


def _replace_closed_streams() -> None:
    """Let nothing take the place of a standard stream that was closed: a database opened as stdout would be written to.

    Files get the lowest free number, so each stands where the closed one was.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def _stop_as_by_ctrl_c(stopped: list[int]) -> None:
    """On a signal that asks to end, undo what is half done, as on Ctrl-C; its number is noted in ``stopped``."""

    def stop(number: int, _: object) -> None:
        if not stopped:  # a second one does not disturb the undoing
            stopped.append(number)
            raise KeyboardInterrupt

    for name in STOPPING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, stop)
