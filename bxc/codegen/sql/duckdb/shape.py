"""A view over its source, in DuckDB's words."""

from __future__ import annotations

from typing import ClassVar

from bxc.codegen.sql.duckdb.text import WRITER, col
from bxc.codegen.sql.setwise.shape import SetShape
from bxc.codegen.sql.setwise.writer import Writer
from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Shape(SetShape):
    """A view over its source. All texts are SQL for DuckDB."""

    write: ClassVar[Writer] = WRITER

    def identity(self, alias: str = "s") -> str:
        """What tells a source row from all others: its number, or its primary key where a column takes that name."""
        if all(c.lower() != "rowid" for c in self.columns):
            return f"{alias}.rowid"
        key = [col(alias, c) for c in self.source.primary_key]
        return key[0] if len(key) == 1 else f"row({', '.join(key)})"

    def gone(self) -> str:
        """See `SetShape`."""
        return self._gone(self.identity())

    def gone_seen(self) -> str:
        """See `SetShape`."""
        return self._gone("s.bxc_rowid")

    def _gone(self, identity: str) -> str:
        left_out = f"(\n  select bxc_rowid from {self.own('effect')} where bxc_gone\n)"
        return self.write.less([(left_out, "g", f"g.bxc_rowid = {identity}")])
