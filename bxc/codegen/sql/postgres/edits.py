"""A view → how it is edited like a table: by PostgreSQL itself where that means the same, else by a trigger.

A view is left to PostgreSQL (`with cascaded check option`) if an edit of it does to the source just what the put of
that row does, or is refused. Else a trigger stages the row for the put. Either way the edit is captured and judged.
"""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.postgres.put import lock, make, own_function
from bxc.codegen.sql.postgres.rights import judge_name
from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.text import col, function, null, object_, q, row, staged_value
from bxc.codegen.sql.setwise.layout import differ, indented, listed
from bxc.codegen.sql.setwise.view import get_query
from bxc.plan import Assignment, Constant, DeleteRow, FromView, Missing
from bxc.types import Int


def auto_updatable(shape: Shape) -> bool:
    """Whether PostgreSQL's own edits of the view do what a put does."""
    plan, source = shape.plan, shape.source
    return not (
        plan.grouped
        or shape.read_only
        or plan.computed
        or plan.determined
        or guarded_dependencies(source)
        or not isinstance(plan.on_delete, DeleteRow)
        or any(layer.on_hidden != "reject" for layer in plan.layers)
        or any(shape.source.column(m.column).nullable for m in plan.match)
        or any(c.source is not None and c.nullable != source.column(c.source).nullable for c in plan.stored)
        or not all(_as_by_default(shape, assignment) for assignment in plan.inserts)
    )


def _as_by_default(shape: Shape, assignment: Assignment) -> bool:
    """Whether a row that PostgreSQL inserts has in a column what a put gives it."""
    default = shape.source.column(assignment.column).default
    match assignment.value:
        case FromView():
            return True
        case Constant(literal):
            return literal.value == (None if default is None else default.value)
        case Missing():
            return default is None or default.value is None
        case _:
            return False


def view_with_check(shape: Shape) -> str:
    """The statement that creates the view.

    Its editors may not see the rows that it hides: `security_barrier` keeps functions of theirs from being asked first.
    """
    barrier = "" if shape.plan.predicate is None else " with (security_barrier)"
    check = "\nwith cascaded check option" if auto_updatable(shape) else ""
    return f"create or replace view {object_(shape.name)}{barrier} as\n{get_query(shape)}{check};"


def editing(shape: Shape, *, judged: bool) -> list[str]:
    """The statements that make edits of the view possible where PostgreSQL's own would mean something else."""
    if shape.read_only or auto_updatable(shape):
        return []
    name = names.helper("edit", shape.name)
    statements = [
        lock(shape),
        _batches(shape),
        f"perform {own_function(shape, 'steps')}();",
        *_computed(shape),
        f"bxc_number := {own_function(shape, 'apply')}();",
    ]
    if judged:
        judge = f"perform {judge_name(shape.source.name)}(bxc_number);"
        statements.append(f"if bxc_number is not null then\n  {judge}\nend if;")
    statements.append("if tg_op = 'DELETE' then\n  return old;\nend if;\nreturn new;")
    made = function(
        f"{object_(name)}()",
        "trigger",
        ["bxc_number bigint"],
        statements,
        "set client_min_messages = warning",
        "security definer",
    )
    return [
        "-- edits of the view itself; as definer, for who edits the view has no rights on what is behind it\n" + made,
        f"create or replace trigger {q(name)}\ninstead of insert or update or delete on {object_(shape.name)}\n"
        f"for each row execute function {object_(name)}();",
    ]


def _batches(shape: Shape) -> str:
    """The one edited row, staged as a delta."""
    plan = shape.plan
    no_key = [f"{null(plan.column(k).type)} as {q(names.old_column(k))}" for k in plan.key]
    old_key = [f"{col('old', k)} as {q(names.old_column(k))}" for k in plan.key]
    new = [f"{col('new', c.name)} as {q(c.name)}" for c in plan.columns]
    nothing = [f"{null(c.type)} as {q(c.name)}" for c in plan.columns]

    def batch(operation: str, columns: list[str]) -> str:
        query = f"select {listed([f'text {operation!r} as bxc_op', *columns], 2)}"
        return indented(make(shape.own("batch"), query), 2)

    return (
        f"if tg_op = 'INSERT' then\n{batch('insert', [*no_key, *new])}\n"
        f"elsif tg_op = 'UPDATE' then\n{batch('update', [*old_key, *new])}\n"
        f"else\n{batch('delete', [*old_key, *nothing])}\nend if;"
    )


def _computed(shape: Shape) -> list[str]:
    """A computed column that the edit leaves as it was, or NULL in a new row, is computed again."""
    statements = []
    for column in shape.plan.computed:
        new, before = col("new", column.name), col("old", column.name)
        unsaid = f"tg_op = 'INSERT' and {new} is null or tg_op = 'UPDATE' and not {differ([new], [before])}"
        text = staged_value(column.value, row("e"))
        if isinstance(column.type, Int):
            text = f"case when {text} between {-(2**63)} and {2**63 - 1} then {text} end"
        again = f"(select {text} from {shape.own('effect')} as e limit 1)"
        stated = q(names.helper("view", column.name))
        statements.append(
            f"if {unsaid} then\n  update {shape.own('work')} set {q(column.name)} = {again};\n"
            f"  update {shape.own('effect')} set {stated} = {again};\nend if;"
        )
    return statements
