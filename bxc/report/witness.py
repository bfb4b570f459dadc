"""A witness → its tables as text, in a spec's own words for values, with the cells that matter underlined.

D3 of Doctor, before
  patient_id | dosage
  -----------+--------
  188        | '1 mg'
               ^^^^^^
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.expression_text import literal_text
from bxc.dataclass import dataclass
from bxc.expr import Literal
from bxc.report.colour import FRAME, PLAIN, STRONG, Palette
from bxc.report.width import display_width, printable, shown
from bxc.types import Type, Value
from bxc.witness import Row, Table, Witness

MARKED = "1;35"
ELLIPSIS = "…"
MOST_ROWS = 12
MOST_CELLS = 6  # of a row in the compact form
WIDEST = 32
NARROWEST = 5
INDENT = 2
BETWEEN = " | "


def value_text(value: Value, type_: Type) -> str:
    """A value as a spec writes it, but for NULL, which stands out in capitals."""
    return "NULL" if value is None else literal_text(Literal(value, type_))


# --- tables ---------------------------------------------------------------------------------------------------------


def witness_lines(witness: Witness, palette: Palette = PLAIN, width: int = 120) -> list[str]:
    """The tables one below the other, and the outcome; long lines of prose are wrapped at ``width`` cells."""
    lines: list[str] = []
    for table in witness.tables:
        lines += table_lines(table, palette, width)
    return [*lines, *(palette.paint(line, STRONG) for line in _wrapped(witness.outcome, width))]


def table_lines(table: Table, palette: Palette = PLAIN, width: int = 120) -> list[str]:
    """A title, the column names, a rule and the rows; below a row with marked cells a line that underlines them.

    Where not all columns have room, the marked ones and the first, in which keys stand, come before others; where there
    are many rows, the marked ones.
    """
    lines = [palette.paint(line, STRONG) for line in _wrapped(table.title, width)]
    if not table.columns:
        return lines
    rows = _kept_rows(table)
    grid = _Grid.of(table, rows, width - INDENT)
    indent = " " * INDENT
    lines += [indent + line for line in grid.head(palette)]
    for index, row in zip(rows, grid.rows, strict=True):
        lines += [indent + line for line in grid.row(row, _marks(table, index, grid.columns), palette)]
    if not rows:
        lines.append(f"{indent}(no rows)")
    if len(rows) < len(table.rows):
        lines.append(f"{indent}{ELLIPSIS} {len(table.rows) - len(rows):,} more rows")
    return lines


@dataclass(frozen=True, slots=True)
class _Grid:
    """The columns of a table that are shown, how wide they are, and the cells of the rows that are shown."""

    columns: tuple[int, ...]
    names: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    more: str

    @classmethod
    def of(cls, table: Table, rows: Sequence[int], width: int) -> _Grid:
        order = _by_weight(table)
        rest = len(table.columns)
        widest = WIDEST
        marked = [column for column in order if _is_marked(table, column)]
        # Marked columns are all to be seen: where they have no room, their cells are cut shorter.
        while widest > NARROWEST and sum(_width(table, rows, c, widest) + len(BETWEEN) for c in marked) > width - 10:
            widest -= 1
        chosen: list[int] = []
        left = width
        for column in order:
            needed = _width(table, rows, column, widest) + len(BETWEEN)
            reserve = len(_more(rest)) if len(chosen) + 1 < rest else -len(BETWEEN)
            if needed + reserve > left and chosen:
                break
            chosen.append(column)
            left -= needed
        columns = tuple(sorted(chosen))
        return cls(
            columns,
            tuple(_cut(table.columns[c].name, widest) for c in columns),
            tuple(_width(table, rows, c, widest) for c in columns),
            tuple(tuple(_cell(table, row, c, widest) for c in columns) for row in rows),
            _more(rest - len(columns)) if len(columns) < rest else "",
        )

    def head(self, palette: Palette) -> list[str]:
        bar = palette.paint(BETWEEN, FRAME)
        names = bar.join(_padded(name, width) for name, width in zip(self.names, self.widths, strict=True))
        rule = "-+-".join("-" * width for width in self.widths)
        more = f"{bar}{self.more}" if self.more else ""
        return [(names + more).rstrip(), palette.paint(rule, FRAME)]

    def row(self, cells: tuple[str, ...], marks: Sequence[bool], palette: Palette) -> list[str]:
        """The line of a row, and the line of carets below it if a cell is marked."""
        parts, carets = [], []
        for cell, width, marked in zip(cells, self.widths, marks, strict=True):
            fill = " " * (width - display_width(cell))
            parts.append((palette.paint(cell, MARKED) if marked else cell) + fill)
            carets.append(_padded("^" * display_width(cell) if marked else "", width))
        line = palette.paint(BETWEEN, FRAME).join(parts).rstrip()
        if not any(marks):
            return [line]
        below = (" " * len(BETWEEN)).join(carets).rstrip()
        start = len(below) - len(below.lstrip())
        return [line, " " * start + palette.paint(below[start:], MARKED)]


def _kept_rows(table: Table) -> list[int]:
    """The rows that are shown: all, or the marked ones and the first others."""
    marked = {row for row, _ in table.marked}
    order = sorted(range(len(table.rows)), key=lambda row: (row not in marked, row))
    return sorted(order[:MOST_ROWS])


def _marks(table: Table, row: int, columns: Sequence[int]) -> list[bool]:
    return [(row, column) in table.marked for column in columns]


def _is_marked(table: Table, column: int) -> bool:
    return any(marked == column for _, marked in table.marked)


def _by_weight(table: Table) -> list[int]:
    """Columns in the order in which they get room."""
    marked = {column for _, column in table.marked}
    return sorted(range(len(table.columns)), key=lambda column: (column not in marked, column))


def _width(table: Table, rows: Sequence[int], column: int, widest: int) -> int:
    texts = [_cut(table.columns[column].name, widest), *(_cell(table, row, column, widest) for row in rows)]
    return max(map(display_width, texts))


def _cell(table: Table, row: int, column: int, widest: int) -> str:
    return _cut(value_text(table.rows[row][column], table.columns[column].type), widest)


def _more(number: int) -> str:
    return f"{ELLIPSIS} {number:,} more {'column' if number == 1 else 'columns'}"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _cut(text: str, widest: int) -> str:
    """A text as a terminal may show it, in at most ``widest`` cells; a text in quotes keeps the last one."""
    line = printable(text)
    if display_width(line) <= widest:
        return line
    end = ELLIPSIS + ("'" if line.endswith("'") else "")
    kept, used = "", len(end)
    for char, cells in shown(line):
        if used + cells > widest:
            break
        kept += char
        used += cells
    return kept + end


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` cells, broken at spaces where there are any."""
    lines, line = [], ""
    for word in printable(text).split(" "):
        rest = word
        if line and display_width(line) + 1 + display_width(rest) > width:
            lines.append(line)
            line = ""
        line = f"{line} {rest}" if line else rest
        while display_width(line) > width:
            cut = max(1, next(n for n in range(len(line), -1, -1) if display_width(line[:n]) <= width))
            lines.append(line[:cut])
            line = line[cut:]
    return [each.rstrip() for each in (*lines, line)]


# --- without layout -------------------------------------------------------------------------------------------------


def compact_lines(witness: Witness) -> list[str]:
    """A line a table, and the outcome, for where columns would not line up; marked values stand between asterisks."""
    return [*(_compact(table) for table in witness.tables), printable(witness.outcome)]


def _compact(table: Table) -> str:
    rows = _kept_rows(table)
    columns = sorted(_by_weight(table)[:MOST_CELLS])
    texts = [_compact_row(table, table.rows[row], _marks(table, row, columns), columns) for row in rows]
    if len(rows) < len(table.rows):
        texts.append(f"{ELLIPSIS} {len(table.rows) - len(rows):,} more rows")
    return f"{printable(table.title)}: {'; '.join(texts) if texts else 'no rows'}"


def _compact_row(table: Table, row: Row, marks: Sequence[bool], columns: Sequence[int]) -> str:
    cells = []
    for column, marked in zip(columns, marks, strict=True):
        name, type_ = table.columns[column].name, table.columns[column].type
        value = _cut(value_text(row[column], type_), WIDEST)
        cells.append(f"{_cut(name, WIDEST)} {f'*{value}*' if marked else value}")
    more = len(table.columns) - len(columns)
    return f"({', '.join(cells)}{f', {_more(more)}' if more else ''})"
