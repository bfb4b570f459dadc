"""The findings of flattening: keys, groups, policies and steps that have no lens yet."""

from __future__ import annotations

from bxc import model
from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.lens.key import NoKey, Several
from bxc.lens.pipeline import Lens
from bxc.lens.size import MAX_NODES
from bxc.text import Span


def unsupported(step: model.Join | model.Union | model.Minus) -> Diagnostic:
    """BX400: a step that parses and resolves, and for which no put is known yet."""
    word = type(step).__name__.lower()
    return Diagnostic(
        "BX400",
        f"`{word}` is not supported yet",
        Label(step.span, "no SQL can be emitted for this step"),
        help="build the view from one source with where, keep, drop, rename and add",
    )


def too_large(step: model.Where | model.Add) -> Diagnostic:
    """BX007: an expression that grows too large when the columns that it reads are spelled out."""
    return Diagnostic(
        "BX007",
        "this expression is too large",
        Label(step.span, f"over the source it has more than {MAX_NODES:,} parts: it repeats columns that are computed"),
        help="compute the column from fewer computed columns",
    )


def too_deep(span: Span) -> Diagnostic:
    """BX007: an expression that the engines' parsers could not take where a put needs it."""
    return Diagnostic(
        "BX007",
        "this expression is nested too deeply",
        Label(span, "with the computed columns that it reads, SQLite's parser cannot take it"),
        help="nest `case`, `not` and parentheses less: `and`, `or`, `||` and the branches of one `case` may be many",
    )


def no_key(
    lens: Lens, source: model.Source, outcome: Several | NoKey, names: dict[str, str], severity: Severity
) -> Diagnostic:
    """BX008 or BX201: more than one key, or none."""
    view = lens.view
    match outcome:
        case Several(candidates):
            shown = ["key (" + ", ".join(names[c] for c in key) + ")" for key in candidates]
            return Diagnostic(
                "BX008",
                f"view `{view.name}` has more than one possible key",
                Label(view.span, " or ".join(shown)),
                help=f"say which one the peers agree on, for example `{shown[0]}`",
            )
        case NoKey(pinned=True):
            return Diagnostic(
                "BX201",
                f"view `{view.name}` keeps no key column",
                Label(view.span, "`where` pins the whole key and the view drops it"),
                help=f"keep a key column of `{source.name}`: " + ", ".join(source.primary_key),
                severity=severity,
            )
        case _:
            lost = [c for c in source.primary_key if c not in names]
            return Diagnostic(
                "BX201",
                f"view `{view.name}` has no key",
                Label(
                    view.span, f"drops {_columns(lost)} of `{source.name}`, and nothing determines its other columns"
                ),
                (Label(source.primary_key_span, "the key of the source"),),
                help=f"keep {_columns(lost)}, or declare what the kept columns depend on: "
                f"`determines … -> …` in source `{source.name}`",
                severity=severity,
            )


def nullable_key(lens: Lens, source: model.Source, name: str, column: str, severity: Severity) -> Diagnostic:
    """BX201: a key column that may be NULL."""
    place = lens.view.span if lens.key is None else lens.key.span
    return Diagnostic(
        "BX201",
        f"key column `{name}` of view `{lens.view.name}` may be NULL",
        Label(place, f"`{name}` is part of the key"),
        (Label(source.column(column).span, "nullable here"),),
        help=f"declare it `not null` in `{source.name}`, or add `where {name} is not null`",
        severity=severity,
    )


def real_key(lens: Lens, name: str) -> Diagnostic:
    """BX009: a floating-point key."""
    place = lens.view.span if lens.key is None else lens.key.span
    return Diagnostic(
        "BX009",
        f"key column `{name}` of view `{lens.view.name}` is `real`",
        Label(place, "engines disagree on equality of floating-point numbers"),
        help="use int or decimal for a key",
    )


def key_not_stored(declared: model.Key, name: str) -> Diagnostic:
    """BX201: a key column that the view computes."""
    return Diagnostic(
        "BX201",
        f"key column `{name}` is computed",
        Label(declared.span, "a key column must be a column of the source"),
        help="name stored columns only",
    )


def key_not_implied(lens: Lens, declared: model.Key, source: model.Source, severity: Severity) -> Diagnostic:
    """BX201: a declared key that two different view rows could share."""
    shown = ", ".join(declared.columns)
    return Diagnostic(
        "BX201",
        f"nothing proves that ({shown}) is a key of view `{lens.view.name}`",
        Label(declared.span, "two rows of the view may agree on these columns and differ elsewhere"),
        (Label(source.span, f"no key or `determines` line of `{source.name}` implies it"),),
        help=f"if it is true, say so in source `{source.name}`: `determines {shown} -> …`",
        severity=severity,
    )


def splits_group(lens: Lens, source: model.Source, loose: list[str], severity: Severity) -> Diagnostic:
    """BX204: a condition that may hold for some rows of a group only."""
    step = next((s for s in lens.view.steps if isinstance(s, model.Where)), None)
    return Diagnostic(
        "BX204",
        f"the condition of view `{lens.view.name}` may split a group",
        Label(
            lens.view.span if step is None else step.span, f"reads {_columns(loose)}, which the key does not determine"
        ),
        help="an update changes the whole group: let `where` read only what the key determines "
        f"(`determines … -> {loose[0]}` in source `{source.name}`), or keep the source's key",
        severity=severity,
    )


def determinant_not_kept(lens: Lens, step: model.Drop) -> Diagnostic:
    """BX005: `determined by` names a column that the view does not show."""
    return Diagnostic(
        "BX005",
        f"`{step.column}` is determined by a column that view `{lens.view.name}` does not keep",
        Label(step.span, "the columns behind `determined by` must stay in the view and be stored"),
        help="keep them, or leave out `determined by`",
    )


def cannot_leave(lens: Lens, declared: model.OnDelete, severity: Severity) -> Diagnostic:
    """BX207: `on delete set` cannot take the row out of the view."""
    return Diagnostic(
        "BX207",
        f"setting `{declared.column}` cannot take a row out of view `{lens.view.name}`",
        Label(declared.span, f"no `where` of the view reads `{declared.column}`"),
        help=f"add a condition such as `where {declared.column} <> …`, or use `on delete delete` or `on delete reject`",
        severity=severity,
    )


def stays(lens: Lens, declared: model.OnDelete, severity: Severity) -> Diagnostic:
    """BX207: `on delete set` sets just the value that `where` asks for."""
    return Diagnostic(
        "BX207",
        f"setting `{declared.column}` cannot take a row out of view `{lens.view.name}`",
        Label(declared.span, f"this is the value of `{declared.column}` in every row of the view"),
        help=f"set another value of `{declared.column}`, or use `on delete delete` or `on delete reject`",
        severity=severity,
    )


def contradicts(lens: Lens, column: str, place: Span, declared: model.Column, severity: Severity) -> Diagnostic:
    """BX207: a row with the default of a hidden column is not in the view."""
    return Diagnostic(
        "BX207",
        f"the default of `{column}` keeps a new row out of view `{lens.view.name}`",
        Label(place, f"with the default of `{column}`, `where` is not true"),
        (Label(declared.span, "the hidden column"),),
        help=f"give `{column}` a default for which `where` is true, as in `keep … default {column} = …`",
        severity=severity,
    )


def _columns(names: list[str]) -> str:
    return ", ".join(f"`{n}`" for n in names) or "the key"
