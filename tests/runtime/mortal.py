"""A peer's process that kills itself as `kill -9` does: python mortal.py CONFIG before|after TRANSACTION."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from bxc_runtime import process
from bxc_runtime.config import read_config


def main(config: str, when: str, what: str) -> None:
    def watch(now: str, name: str) -> None:
        if (now, name) == (when, what):
            os.kill(os.getpid(), signal.SIGKILL)

    process.set_up_logs()
    process.run(process.read_setting(read_config(Path(config))), threading.Event(), watch)


if __name__ == "__main__":
    main(*sys.argv[1:])
