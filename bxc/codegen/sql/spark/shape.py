"""A view over its source, in Spark's words."""

from __future__ import annotations

from typing import ClassVar

from bxc.codegen.sql import names
from bxc.codegen.sql.setwise.layout import equal
from bxc.codegen.sql.setwise.shape import SetShape
from bxc.codegen.sql.setwise.writer import Writer
from bxc.codegen.sql.spark.text import WRITER, col, old, q
from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Shape(SetShape):
    """A view over its source. All texts are SQL for Spark."""

    write: ClassVar[Writer] = WRITER

    def gone(self, alias: str = "s") -> str:
        """The tail of a join that leaves out the source rows of an alias that a put takes away."""
        before = ", ".join(q(names.old_column(c)) for c in self.source.primary_key)
        key = [col(alias, c) for c in self.source.primary_key]
        on = equal([old("g", c) for c in self.source.primary_key], key)
        return f"left anti join (\n  select {before} from {self.own('effect')} where bxc_gone\n) as g on {on}"
