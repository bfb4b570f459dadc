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

    def gone(self) -> str:
        """See `SetShape`."""
        before = ", ".join(q(names.old_column(c)) for c in self.source.primary_key)
        key = [col("s", c) for c in self.source.primary_key]
        left_out = f"(\n  select {before} from {self.own('effect')} where bxc_gone\n)"
        return self.write.less([(left_out, "g", equal([old("g", c) for c in self.source.primary_key], key))])
