"""`bxc.toml`, or `[tool.bxc]` in `pyproject.toml` → defaults for the commands; a flag always wins.

specs = ["specs/*.bxc"]       # what commands take where no SPEC is named
output = "generated"
engines = ["sqlite"]
peers = ["Doctor"]
strict = true
format = "github"
k = 3                         # rows a table where a proof is by cases
timeout = 120                 # seconds for all proofs of a spec
cache = false                 # keep nothing between runs

[databases]                   # what get, put and install take where no --db is given
Doctor = "sqlite:///doctor.db"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path

from bxc.dataclass import dataclass
from bxc.report import FORMATS
from bxc.suggest import closest

MAX_K = 4  # rows a table; the work grows by far more than its square
MAX_TIMEOUT = 86_400


@dataclass(frozen=True, slots=True)
class Config:
    """Defaults for the commands. Paths in it are relative to ``folder``; without a file all is empty."""

    folder: Path = Path()
    specs: tuple[str, ...] = ()
    output: str | None = None
    engines: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    strict: bool = False
    format: str | None = None
    k: int | None = None
    timeout: float | None = None
    cache: bool = True
    statements: bool = False
    databases: Mapping[str, str] = field(default_factory=dict)


class ConfigError(Exception):
    """A configuration file that does not say anything sensible."""


KEYS = tuple(f.name for f in fields(Config) if f.name != "folder")


def find_config(start: Path) -> Path | None:
    """The nearest `bxc.toml`, or `pyproject.toml` with `[tool.bxc]`, in a folder or above it."""
    for folder in (start, *start.parents):
        own, shared = folder / "bxc.toml", folder / "pyproject.toml"
        if own.is_file():
            return own
        if shared.is_file() and "[tool.bxc" in shared.read_text(encoding="utf-8", errors="replace"):
            return shared
    return None


def load_config(start: Path) -> Config:
    """The configuration in force in a folder. ConfigError says what is wrong with it, and where."""
    path = find_config(start)
    if path is None:
        return Config()
    import tomllib  # late: most commands find no file to read

    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}") from error
    if path.name == "pyproject.toml":
        tables = _table(_table(tables, "tool", path), "bxc", path)
    return read_config(tables, path)


def _table(values: Mapping[str, object], key: str, path: Path) -> dict[str, object]:
    """The table under a key, empty if it is not there."""
    found = values.get(key, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{path.name}: `{key}` must be a table")
    return found


def read_config(values: Mapping[str, object], path: Path) -> Config:
    """Defaults from a table of TOML values; ConfigError names the first key that is unknown or of the wrong kind."""
    for key, value in values.items():
        if key not in KEYS:
            close = closest(key, KEYS)
            hint = f"did you mean `{close}`?" if close else f"known are {', '.join(KEYS)}"
            raise ConfigError(f"{path.name}: there is no setting `{key}`; {hint}")
        if not _fits(key, value):
            raise ConfigError(f"{path.name}: `{key}` must be {_kind(key)}")
    settings = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return Config(folder=path.parent, **settings)  # type: ignore[arg-type]


def _fits(key: str, value: object) -> bool:
    match key:
        case "specs" | "engines" | "peers":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "strict" | "cache" | "statements":
            return isinstance(value, bool)
        case "k":
            return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_K
        case "timeout":
            return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_TIMEOUT
        case "format":
            return value in FORMATS
        case "databases":
            return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        case _:
            return isinstance(value, str)


def _kind(key: str) -> str:
    kinds = {
        "strict": "true or false",
        "cache": "true or false",
        "statements": "true or false",
        "k": f"a whole number from 1 to {MAX_K}",
        "timeout": f"a number of seconds up to {MAX_TIMEOUT}",
        "databases": "a table of peer = URL",
        "format": f"one of {', '.join(FORMATS)}",
    }
    return kinds.get(key, "a list of texts" if key in ("specs", "engines", "peers") else "a text")
