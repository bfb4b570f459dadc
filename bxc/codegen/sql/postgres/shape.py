"""A view over its source, in PostgreSQL's words."""

from __future__ import annotations

from typing import ClassVar

from bxc.codegen.sql.postgres.text import WRITER, col, old
from bxc.codegen.sql.setwise.layout import equal
from bxc.codegen.sql.setwise.shape import SetShape
from bxc.codegen.sql.setwise.writer import Writer
from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Shape(SetShape):
    """A view over its source. All texts are SQL for PostgreSQL."""

    write: ClassVar[Writer] = WRITER

    def identity(self, alias: str = "s") -> list[str]:
        """What tells a source row from all others: its primary key."""
        return [col(alias, c) for c in self.source.primary_key]

    def old_identity(self, alias: str = "e") -> list[str]:
        """The primary key that the row of an effect had before."""
        return [old(alias, c) for c in self.source.primary_key]

    def gone(self) -> str:
        """See `SetShape`."""
        same_row = equal(self.old_identity("g"), self.identity())
        return self.write.less([(self.own("effect"), "g", f"g.bxc_gone and {same_row}")])
