"""How SQL text is laid out: comparisons of several columns, wrapped lists, cases and named queries, of any dialect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WIDTH = 108


def equal(left: Sequence[str], right: Sequence[str], indent: int = 2) -> str:
    """Whether values that are not NULL are equal, one by one."""
    return wrapped([f"{a} = {b}" for a, b in zip(left, right, strict=True)], " and ", indent) or "true"


def differ(left: Sequence[str], right: Sequence[str], indent: int = 2) -> str:
    """Whether any value differs; NULL is a value like others."""
    parts = [f"{a} is distinct from {b}" for a, b in zip(left, right, strict=True)]
    if not parts:
        return "false"
    return parts[0] if len(parts) == 1 else f"({wrapped(parts, ' or ', indent)})"


def missing(values: Sequence[str]) -> str:
    """Whether any value is NULL."""
    return f"({' or '.join(f'{v} is null' for v in values)})"


def wrapped(items: Iterable[str], between: str, indent: int) -> str:
    """Items with something between them, in lines that begin at the indent (the first stands where it is put)."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(between) + len(item) <= WIDTH - indent:
            lines[-1] += between + item
        else:
            lines.append(item)
    return f"{between.rstrip()}\n{' ' * indent}".join(lines)


def listed(items: Iterable[str], indent: int) -> str:
    """Items with commas, in lines that begin at the indent."""
    return wrapped(items, ", ", indent)


def every(conditions: Iterable[str], indent: int = 2) -> str:
    """A conjunction, one condition a line; what is always true is left out."""
    return f"\n{' ' * indent}and ".join(c for c in conditions if c != "true") or "true"


def case(whens: Sequence[tuple[str, str]], otherwise: str | None, indent: int) -> str:
    """A CASE, on one line where that is short enough, else with a branch a line behind the indent."""
    branches = [f"when {condition} then {text}" for condition, text in whens]
    branches += [] if otherwise is None else [f"else {otherwise}"]
    if len(line := f"case {' '.join(branches)} end") <= WIDTH - indent and "\n" not in line:
        return line
    pad = "\n" + " " * indent
    return f"case{''.join(f'{pad}  {branch}' for branch in branches)}{pad}end"


def indented(text: str, by: int) -> str:
    """The text with each line but empty ones moved to the right."""
    return "\n".join(" " * by + line if line else line for line in text.split("\n"))


def ctes(queries: Iterable[tuple[str, str]]) -> str:
    """Named queries, as they stand behind `with`."""
    return ",\n".join(f"  {name} as (\n{indented(text, 4)}\n  )" for name, text in queries)
