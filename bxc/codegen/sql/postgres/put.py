"""A view → the functions that put, and the two files that call them.

`bxc_steps_<View>` makes the steps from `bxc_batch_<View>`, what is staged as a delta, to its effects, each a temporary
table. `bxc_apply_<View>` refuses what breaks a rule, writes and captures; its result is the number under which the
changes were captured, NULL if there were none. `bxc_put_<View>` and `bxc_put_delta_<View>` fill the batch and call
both.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.stages import stages
from bxc.codegen.sql.postgres.text import col, function, object_, q, quoted
from bxc.codegen.sql.setwise.constraints import lookups
from bxc.codegen.sql.setwise.layout import equal, indented, listed
from bxc.codegen.sql.setwise.rules import Rule, rules_of_effects, rules_of_staged
from bxc.codegen.sql.setwise.view import new_as_delta
from bxc.codegen.sql.wording import SENTENCES, keyless, message
from bxc.dataclass import dataclass

MANY = 500
"""Above so many staged rows all steps are analysed. What is joined with a source always is: few rows are looked up."""


@dataclass(frozen=True, slots=True)
class _Put:
    action: str
    what: str
    table: str


def _puts(shape: Shape) -> tuple[_Put, _Put]:
    return (
        _Put("put", "the view's new content", names.new_table(shape.name)),
        _Put("put_delta", "a delta of the view", names.delta_table(shape.name)),
    )


def call(shape: Shape, action: str) -> str:
    """The text of `<View>.put.sql` or `<View>.put_delta.sql`."""
    put = next(p for p in _puts(shape) if p.action == action)
    return (
        f"-- Puts {put.what}, staged in {put.table}, into {shape.source.name}: "
        "all of it or, with a BXC error, nothing.\n"
        "-- The put locks the source against other writers until its transaction ends; after an error roll back.\n"
        f"select {own_function(shape, put.action)}();\n"
    )


def own_function(shape: Shape, part: str) -> str:
    """The name of a function of bxc's for this view."""
    return object_(names.helper(part, shape.name))


def functions(shape: Shape) -> list[str]:
    """The statements that create the functions; nobody else than their owner may call them."""
    if shape.read_only:
        refusal = f"raise exception using errcode = 'BXC10', message = {quoted(keyless(shape.name))};"
        made = [function(f"{own_function(shape, p.action)}()", "void", [], [refusal]) for p in _puts(shape)]
        return [*made, *(_private(shape, p.action) for p in _puts(shape))]
    parts = ["steps", "apply", *(p.action for p in _puts(shape))]
    made = [_steps(shape), _apply(shape), *(_put(shape, put) for put in _puts(shape))]
    return [*made, *(_private(shape, part) for part in parts)]


def _private(shape: Shape, part: str) -> str:
    return f"revoke execute on function {own_function(shape, part)}() from public;"


# --- from what is staged to what it does ----------------------------------------------------------------------------


def _put(shape: Shape, put: _Put) -> str:
    query = new_as_delta(shape) if put.action == "put" else f"select * from {object_(put.table)}"
    statements = [lock(shape), make(shape.own("batch"), query)]
    if put.action == "put":
        statements.append(_refuse_staged_twice(shape))
    statements += [f"perform {own_function(shape, 'steps')}();", f"perform {own_function(shape, 'apply')}();"]
    quiet = "set client_min_messages = warning"
    return function(f"{own_function(shape, put.action)}()", "void", [], statements, quiet)


def lock(shape: Shape) -> str:
    """Nobody else writes to the source between guard and write, and no other put uses what is staged."""
    return f"lock table {shape.base} in share row exclusive mode;"


def make(table: str, query: str) -> str:
    """A temporary table of this transaction's."""
    return f"drop table if exists pg_temp.{table};\ncreate temporary table {table} on commit drop as\n{query};"


def _refuse_staged_twice(shape: Shape) -> str:
    key = ", ".join(map(q, shape.plan.key))
    twice = f"select {key} from {object_(names.new_table(shape.name))} group by {key} having count(*) > 1"
    return f"-- a key is staged twice\nif exists ({twice}) then\n{indented(refuse(shape, quoted('BXC10')), 2)}\nend if;"


def _steps(shape: Shape) -> str:
    many = f"bxc_many := (select count(*) from (select 1 from {shape.own('batch')} limit {MANY + 1}) as b) > {MANY};"
    steps = stages(shape, shape.own("batch"))
    statements = [
        f"{many}\nanalyze {shape.own('batch')};",
        *(f"-- {s.comment}\n{make(s.relation, s.query)}\n{_analyse(shape, s.relation)}" for s in steps),
    ]
    signature = f"{own_function(shape, 'steps')}()"
    return function(signature, "void", ["bxc_many boolean"], statements, "set client_min_messages = warning")


def _analyse(shape: Shape, table: str) -> str:
    if table == shape.own("effect"):
        return f"analyze {table};"
    return f"if bxc_many then analyze {table}; end if;"


# --- guard ----------------------------------------------------------------------------------------------------------


def _apply(shape: Shape) -> str:
    guard = f"-- the guard: refuses with the lowest code that applies\n{_guard(shape)}"
    nothing = (
        f"if not exists (select 1 from {shape.own('effect')} where bxc_gone or bxc_made) then return null; end if;"
    )
    statements = [guard, nothing, *_write(shape), "return bxc_number;"]
    return function(
        f"{own_function(shape, 'apply')}()", "bigint", ["bxc_refused text", "bxc_number bigint"], statements
    )


def _guard(shape: Shape) -> str:
    arms = [
        f"select case\n{_cases(rules_of_staged(shape))}\nend as bxc_code\nfrom {shape.own('work')} as w",
        f"select case\n{_cases(rules_of_effects(shape))}\nend\nfrom {shape.own('effect')} as e",
        *(f"-- {found.breach.detail}\nselect {quoted(found.breach.code)}\n{found.tail}" for found in lookups(shape)),
    ]
    text = indented("\nunion all\n".join(arms), 2)
    return (
        f"select min(b.bxc_code) into bxc_refused\nfrom (\n{text}\n) as b;\n"
        f"if bxc_refused is not null then\n{indented(refuse(shape, 'bxc_refused'), 2)}\nend if;"
    )


def refuse(shape: Shape, code: str) -> str:
    """The statement that refuses a put with a code; the code is the error's SQLSTATE, too."""
    if code.startswith("'"):
        text = quoted(message(code.strip("'"), shape.name))
    else:
        whens = "\n".join(f"    when {quoted(c)} then {quoted(message(c, shape.name))}" for c in SENTENCES)
        text = f"case {code}\n{whens}\n  end"
    return f"raise exception using errcode = {code}, message =\n  {text};"


def _cases(rules: Sequence[Rule]) -> str:
    ordered = sorted(rules, key=lambda rule: rule.breach.code)
    return "\n".join(
        f"  when {rule.condition}\n    then {quoted(rule.breach.code)}  -- {rule.breach.detail}" for rule in ordered
    )


# --- writing --------------------------------------------------------------------------------------------------------


def _write(shape: Shape) -> list[str]:
    session = f"update {object_(names.SESSION)} set uncaptured = {{}} where source = {quoted(shape.source.name)};"
    return [
        f"-- the put captures its edits itself, and asks for no right\n{session.format('true')}",
        _change(shape),
        session.format("false"),
        _capture(shape),
    ]


def _change(shape: Shape) -> str:
    """One statement, for foreign keys are checked at its end."""
    source, effect = shape.source, shape.own("effect")
    written = listed(map(q, shape.columns), 4)
    others = [c for c in shape.columns if c not in source.primary_key]
    sets = listed([f"{q(c)} = excluded.{q(c)}" for c in others], 4)
    conflict = f"on conflict ({', '.join(map(q, source.primary_key))}) do "
    conflict += f"update set\n    {sets}" if others else "nothing"
    return (
        f"with bxc_left as (\n"
        f"  delete from {shape.base} as s using {effect} as e\n"
        f"  where e.bxc_leaves and {equal(shape.identity(), shape.old_identity(), 4)}\n"
        f"  returning 1\n"
        f")\n"
        f"insert into {shape.base} as s (\n    {written}\n)\n"
        f"select\n    {listed([col('e', c) for c in shape.columns], 4)}\n"
        f"from {effect} as e\n"
        f"where e.bxc_made and (select count(*) from bxc_left) >= 0  -- leave first\n"
        f"{conflict};"
    )


def _capture(shape: Shape) -> str:
    """One number for the whole put: its rows change at once."""
    source, effect = shape.source, shape.own("effect")
    sequence = quoted(object_(names.helper("seq", source.name)))
    before = [q(names.old_column(c)) for c in shape.columns]
    after = [q(c) for c in shape.columns]
    operation = "case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end"
    logged = listed(["bxc_seq", "bxc_op", "bxc_via", *before, *after], 2)
    values = listed(["bxc_number", operation, quoted(shape.name), *before, *after], 2)
    return (
        "-- capture: one number for the whole put, for its rows change at once\n"
        f"bxc_number := nextval({sequence});\n"
        f"insert into {object_(names.change_table(source.name))} (\n  {logged}\n)\nselect\n  {values}\n"
        f"from {effect} where bxc_gone or bxc_made;"
    )
