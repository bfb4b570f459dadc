"""How a command stops: the environment is in the way (exit 2), or the data is refused (exit 1)."""

from __future__ import annotations

from bxc.report.model import Problem


class CommandError(Exception):
    """A problem that ends the command; shown in a line or two, never with a traceback."""

    def __init__(self, message: str, *, hint: str | None = None, path: str | None = None, code: int = 2) -> None:
        super().__init__(message)
        self.problem = Problem(message, path, hint)
        self.code = code


def reason(error: OSError) -> str:
    """What the operating system said, in lower case and without the file name."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    text = error.strerror or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
