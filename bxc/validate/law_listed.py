"""The view of violations against the rules that the staged rows break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bxc.laws import term as t
from bxc.laws.put_rows import Effect, Staged
from bxc.laws.table import get, rows_same
from bxc.laws.term import FALSE, TRUE, Term
from bxc.laws.value import Row
from bxc.laws.verdict import Law
from bxc.plan import ViewPlan
from bxc.validate.database import Database
from bxc.validate.law_setting import Case, Setting, plan_value, quoted
from bxc.validate.run import query
from bxc.validate.unsupported import Invalid

CODES = ("BXC10", "BXC11", "BXC12", "BXC14", "BXC15", "BXC16", "BXC17", "BXC18", "BXC19")
VAGUE = ("BXC10", "BXC11", "BXC14", "BXC16", "BXC19")
"""Where one of these applies, what the put would do is left open, and which other rules it would break, too."""


def violations(view: ViewPlan) -> str:
    """A query of what is listed, without the words."""
    columns = ", ".join(map(quoted, ("bxc_code", "bxc_staged", *view.key)))
    return f"select {columns} from {quoted(f'bxc_violations_{view.name}')}"


def listed(setting: Setting, database: Database, effect: Effect, staged: Sequence[Staged]) -> Iterator[Case]:
    """The view of violations lists the codes that apply; which others do beside a vague one is left open.

    Each comes with the table that the row is staged in, and with its key.
    """
    view = setting.view
    try:
        found = query(database, violations(view)).rows
    except Invalid:
        yield Case(Law.PUT_TOTAL, "BX105", "lists no violations, as the engine refuses the query", TRUE)
        return
    apply = {code: t.any_(r.term for r in effect.refusals if r.code == code) for code in CODES}
    vague = t.any_(apply[code] for code in VAGUE)
    earlier = FALSE
    some = t.any_(s.present for s in staged)  # where no content is staged, none is listed
    for code in CODES:
        told = t.any_(t.and_(p, t.eq(cells[0].term, t.const(code))) for p, cells in found)
        sure = t.and_(some, t.not_(t.and_(vague, earlier)))
        earlier = t.or_(earlier, apply[code])
        what = f"lists {code} where it should not, or does not where it should"
        yield Case(Law.PUT_TOTAL, "BX105", what, t.and_(sure, t.not_(t.eq(told, apply[code]))))
    keys = list(_keys(setting, staged))
    table = t.const("new" if any(s.operation == "content" for s in staged) else "delta")
    odd = []
    for present, (_, where, *cells) in found:
        key = {n: plan_value(view.column(n).type, cell) for n, cell in zip(view.key, cells, strict=True)}
        known = t.any_(t.and_(p, rows_same(view.key, row, key)) for p, row in keys)
        odd.append(t.and_(present, t.not_(t.and_(t.eq(where.term, table), known))))
    yield Case(Law.PUT_TOTAL, "BX105", "lists violations of a row that is not staged", t.any_(odd))


def _keys(setting: Setting, staged: Sequence[Staged]) -> Iterator[tuple[Term, Row]]:
    """The keys of the staged rows: the old one of a delete, be it of a row that a whole put lets vanish."""
    for s in staged:
        row = s.old if s.operation == "delete" else s.new
        assert row is not None
        yield s.present, row
    if any(s.operation == "content" for s in staged):
        yield from ((m.present, m.row) for m in get(setting.view, setting.rows))
