"""What a share can be at all: rows that all ends can have, rights that can be used, contents that can be opened."""

from __future__ import annotations

from collections.abc import Iterator

from bxc import model
from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.canonical import text_of
from bxc.laws.edit import Change, question
from bxc.laws.end import End, behind, hidden_rows, legal, relevant_columns, relevant_names
from bxc.laws.limits import Limits
from bxc.laws.solver import Answer, Budget, Model, Nothing, Solver, Unknown
from bxc.laws.table import Maybe
from bxc.laws.term import FALSE, TRUE, Sort, Term
from bxc.laws.value import Val, domain, sort_of
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict
from bxc.plan import DeleteRow, RejectDelete


@dataclass(frozen=True)
class NotEmpty:
    """BX343: some row can be legal at all ends of a share."""

    share: str
    ends: tuple[End, ...]

    law = Law.ENDS_AGREE

    @property
    def subject(self) -> str:
        return f"share {self.share}"

    @property
    def key(self) -> str:
        return "\n".join(["not empty", self.share, *sorted({end.text for end in self.ends})])

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """One verdict."""
        with t.arena():
            solver = Solver(Budget(limits.query_ms, limits.deadline))
            solver.add(_row_at_all(self.ends))
            answer = solver.ask(TRUE)
        return (_verdict(Law.ENDS_AGREE, self.share, "some row is legal at all ends", answer, self._finding()),)

    def _finding(self) -> Finding:
        views = " and ".join(f"`{end.view.name}` at {end.peer.peer}" for end in self.ends)
        return Finding(
            "BX343",
            "error",
            f"share `{self.share}` can never hold a row",
            Fault("share", (self.share,)),
            "no row fulfils the conditions and checks of all ends",
            tuple((Fault("view", (end.view.name,)), f"an end at {end.peer.peer}") for end in self.ends[:4]),
            help=f"make the conditions of {views} overlap"
            if len(self.ends) < 4
            else "make the ends' conditions overlap",
        )


def _row_at_all(ends: tuple[End, ...]) -> Term:
    """A view row with a legal source row behind it at each end (ends that behave alike need one)."""
    alike: dict[str, End] = {}
    for end in ends:
        alike.setdefault(end.text, end)
    names = relevant_names(alike.values())
    first = ends[0]
    row: dict[str, Val] = {}
    facts: list[Term] = []
    for column in first.view.columns:
        is_null = t.var(f"row.{column.name}?", Sort.BOOL) if column.nullable else FALSE
        value = Val(is_null, t.var(f"row.{column.name}", sort_of(column.type)))
        row[column.name] = value
        if column.name in names:
            facts.append(t.or_(value.null, domain(value.term, column.type)))
    for number, end in enumerate(alike.values()):
        source_row, shows = behind(end, row, f"e{number}", relevant_columns(end, names))
        relevant = relevant_columns(end, names)
        hidden = hidden_rows(end, 1, f"e{number}h", relevant)
        _, is_legal = legal(end, (Maybe(TRUE, source_row), *hidden), f"e{number}")
        facts += [shows, is_legal]
    return t.and_(*facts)


@dataclass(frozen=True)
class Usable:
    """BX304: a right can be used at its holder's end."""

    share: str
    end: End
    change: Change
    right: model.Right

    law = Law.RIGHTS

    @property
    def subject(self) -> str:
        return f"share {self.share}"

    @property
    def key(self) -> str:
        names = [self.share, self.right.peer, self.right.operation, self.right.attribute, self.end.view.name]
        return "\n".join(["usable", *names, text_of(self.change), self.end.text])

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """One verdict."""
        attribute = self.right.attribute
        scope = f"{self.right.operation} {attribute}".rstrip() + f" by {self.right.peer}"
        if attribute and self.end.view.column(attribute).source is None:
            reason = f"`{self.end.view.name}` computes `{attribute}`"
            return (Verdict(Law.RIGHTS, f"share {self.share}", scope, Status.REFUTED, finding=self._finding(reason)),)
        if attribute and attribute not in relevant_names((self.end,)):
            return (Verdict(Law.RIGHTS, f"share {self.share}", scope, Status.PROVED),)
        with t.arena():
            asked = question(self.end, self.end, self.change)
            solver = Solver(Budget(limits.query_ms, limits.deadline))
            solver.add(asked.facts)
            uses = TRUE
            if attribute:
                assert asked.old is not None
                assert asked.new is not None
                old, new = asked.old[attribute], asked.new[attribute]
                uses = t.not_(
                    t.or_(t.and_(old.null, new.null), t.and_(t.eq(old.null, new.null), t.eq(old.term, new.term)))
                )
            answer = solver.ask(uses)
        reason = _never_happens(self.change.operation, attribute, self.end.view.name)
        return (_verdict(Law.RIGHTS, self.share, scope, answer, self._finding(reason)),)

    def _finding(self, reason: str) -> Finding:
        right = self.right
        what = f"{right.operation} {right.attribute}".rstrip()
        return Finding(
            "BX304",
            "warning",
            f"{right.peer} can never use its right to `{what}` in share `{self.share}`",
            Fault("right", (self.share, right.operation, right.attribute, right.peer)),
            reason,
            help="take the right away, or let the view show what it is meant for",
        )


def _never_happens(operation: str, attribute: str, view: str) -> str:
    """Why a right can never be used, in words."""
    match operation:
        case "update":
            return f"no row of `{view}` can take another `{attribute}` and stay in the view"
        case "insert":
            return f"no row can ever be new in `{view}`"
        case _:
            return f"no row can ever leave `{view}`"


@dataclass(frozen=True)
class Openable:
    """BX312: the opener's rows can be put at another end, and what must go there may go."""

    share: str
    opener: End
    receiver: End
    adopt: bool

    law = Law.OPENABLE

    @property
    def subject(self) -> str:
        return f"share {self.share}"

    @property
    def key(self) -> str:
        names = [self.share, self.opener.peer.peer, self.receiver.peer.peer, self.receiver.view.name, str(self.adopt)]
        return "\n".join(["openable", *names, self.opener.text, self.receiver.text])

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """One verdict."""
        scope = f"open by {self.opener.peer.peer}, received by {self.receiver.peer.peer}"
        view = self.receiver.view
        if self.adopt and isinstance(view.on_delete, RejectDelete):
            reason = f"`adopt` replaces what `{view.name}` holds, and it rejects deletes"
            way = f"leave `adopt` out, or say `on delete delete` or `on delete set …` in `{view.name}`"
            finding = self._finding(f"`{view.name}` cannot adopt the opener's content", reason, way)
            return (Verdict(Law.OPENABLE, f"share {self.share}", scope, Status.REFUTED, finding=finding),)
        with t.arena():
            asked = question(self.opener, self.receiver, Change("open"))
            solver = Solver(Budget(limits.query_ms, limits.deadline))
            solver.add(asked.facts)
            answer = solver.ask(t.not_(asked.outcome.refused))
        if isinstance(answer, Nothing) and self._never(limits):
            return ()  # told as BX343
        finding = self._finding(
            f"share `{self.share}` can only open while all ends hold the same rows",
            f"`{view.name}` cannot take rows in: no insert is accepted there",
            f"let {self.receiver.peer.peer} open the share, or let its view accept what the opener has",
        )
        return (_verdict(Law.OPENABLE, self.share, scope, answer, finding),)

    def _never(self, limits: Limits) -> bool:
        with t.arena():
            return isinstance(
                Solver(Budget(limits.query_ms, limits.deadline)).ask(_row_at_all((self.opener, self.receiver))), Nothing
            )

    def _finding(self, message: str, reason: str, way: str) -> Finding:
        return Finding(
            "BX312",
            "warning",
            message,
            Fault("opener", (self.share,)),
            "opens with what the opener has",
            ((Fault("view", (self.receiver.view.name,)), reason),),
            help=way,
        )


def _verdict(law: Law, share: str, scope: str, answer: Answer, finding: Finding) -> Verdict:
    """Proved where there is an example, refuted where there can be none."""
    subject = f"share {share}"
    match answer:
        case Model():
            return Verdict(law, subject, scope, Status.PROVED)
        case Nothing():
            return Verdict(law, subject, scope, Status.REFUTED, finding=finding)
        case Unknown():
            return Verdict(law, subject, scope, Status.UNKNOWN, reason=answer.reason)


@dataclass(frozen=True)
class Forgets:
    """BX103, for information: a row that is deleted and inserted again comes back without what is hidden."""

    share: str
    ends: tuple[End, ...]
    right: model.Right

    law = Law.PUT_PUT

    @property
    def subject(self) -> str:
        return f"share {self.share}"

    @property
    def key(self) -> str:
        named = [f"{end.view.name} {end.peer.peer} {end.text}" for end in self.ends]
        return "\n".join(["forgets", self.share, self.right.peer, *named])

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:  # noqa: ARG002
        """One verdict; it is read off the plans."""
        lost = [(end, columns) for end in self.ends if (columns := forgotten(end))]
        scope = f"delete and insert by {self.right.peer}"
        subject = f"share {self.share}"
        if not lost:
            return (Verdict(Law.PUT_PUT, subject, scope, Status.PROVED),)
        finding = Finding(
            "BX103",
            "note",
            f"a row that {self.right.peer} deletes and inserts again loses what the ends of `{self.share}` hide",
            Fault("right", (self.share, "delete", "", self.right.peer)),
            f"{self.right.peer} may also insert",
            tuple(
                (Fault("view", (end.view.name,)), f"loses {_listed(columns)} at {end.peer.peer}")
                for end, columns in lost[:4]
            ),
            help="`on delete set …` with `on hidden revive` would keep the row",
        )
        return (Verdict(Law.PUT_PUT, subject, scope, Status.REFUTED, finding=finding),)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def forgotten(end: End) -> list[str]:
    """The hidden columns whose values go with a deleted row; those that the view pins or computes come back."""
    view = end.view
    if not isinstance(view.on_delete, DeleteRow):
        return []
    stored = set(end.stored.values())
    fixed = {m.column for m in view.match} | {d.column for d in view.determined} | set(end.source.primary_key)
    return [c.name for c in end.source.columns if c.name not in stored and c.name not in fixed]


def empty_shares(spec: model.Spec, ends: dict[str, End], limits: Limits) -> Iterator[str]:
    """The shares that can never hold a row."""
    for share in spec.shares:
        if all(view in ends for view in share.views):
            verdicts = NotEmpty(share.name, tuple(ends[v] for v in share.views)).prove(limits)
            if verdicts[0].status is Status.REFUTED:
                yield share.name
