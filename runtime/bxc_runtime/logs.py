"""Logs: structured, one JSON object a line on stderr, without values of rows, salts, keys or tokens.

What libraries log goes the same way, and only by its kind: their texts may quote what they were given.
"""

from __future__ import annotations

import logging
import sys
import traceback

import structlog


class OthersHandler(logging.Handler):
    """A library's record → one line: which library, where, and the exception's kind."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of a record."""
        error = record.exc_info[1] if record.exc_info else None
        where = f"{record.module}:{record.lineno}"
        if error is not None and (frames := traceback.extract_tb(error.__traceback__)):
            where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}"
        kind = "" if error is None else type(error).__name__
        structlog.get_logger("bxc").error("library", name=record.name, kind=kind, where=where)


def set_up(*, verbose: bool = False) -> None:
    """Send all logs of this process to stderr."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, OthersHandler) for handler in root.handlers):
        root.addHandler(OthersHandler(logging.WARNING))
