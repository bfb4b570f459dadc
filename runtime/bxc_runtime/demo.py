"""The papers' example on three databases: an update that travels, one that does not, and one that is refused.

`make demo` runs it. Nothing is faked: the spec is compiled, its files are run, and every table is read back.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bxc.cli import INTERRUPTED
from bxc.compile import artifacts, check
from bxc_runtime.rows import Engine
from bxc_runtime.store import Delta, PutRefusedError, Row, Store

SPEC = Path(__file__).parents[2] / "specs" / "medical.bxc"
ENGINES: dict[str, Engine] = {"Researcher": "duckdb", "Doctor": "sqlite", "Patient": "sqlite"}

# In the manner of Fig. 1 of the paper.
FIRST_ROWS = {
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'CliD1', 'Sapporo', 'one tablet every 4h');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'CliD1', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'CliD2', 'MeA2', '100 mg twice daily');",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """The three peers and the screen."""

    stores: dict[str, Store]
    console: Console

    def say(self, text: str) -> None:
        """A line of the story."""
        self.console.print(text, highlight=False)

    def title(self, text: str) -> None:
        """The headline of an act."""
        self.console.print()
        self.console.rule(f"[bold]{text}", align="left", characters="─")

    def show(self, peer: str, name: str, before: list[Row] | None = None) -> None:
        """A table as it is now; cells that differ from ``before`` stand out."""
        store = self.stores[peer]
        now = store.table(name)
        table = Table(title=f"{name} at {peer} ({store.engine})", title_justify="left", box=SIMPLE_HEAD)
        for column in store.columns(name):
            table.add_column(column, overflow="fold")
        old = {row[0]: row for row in before or now}
        for row in now:
            was = old.get(row[0])
            cells = (_cell(value, changed=was is None or was[index] != value) for index, value in enumerate(row))
            table.add_row(*cells)
        self.console.print(table)

    def edit(self, peer: str, source: str, statement: str) -> None:
        """Run a peer's own edit of a source, showing the source before and after."""
        before = self.stores[peer].table(source)
        self.show(peer, source)
        self.stores[peer].execute(statement)
        self.say(f"  after {peer}'s edit:")
        self.show(peer, source, before)

    def delta(self, what: str, delta: Delta) -> None:
        """A delta, row by row."""
        if not delta.rows:
            self.say(f"  {what}: none")
        for row in delta.rows:
            self.say(f"  {what}: {_text(row[0])} {_text(row[1])} to {' | '.join(map(_text, row[2:]))}")

    def hand_over(self, sender: str, view: str, receiver: str, other_view: str, source: str) -> None:
        """Take a view's changes at one peer and put them at another, showing the source before and after."""
        delta = self.stores[sender].changes(view)
        self.delta(f"changes of {view}", delta)
        before = self.stores[receiver].table(source)
        self.say(f"  {sender} sends the delta of {view}; {receiver} puts it through {other_view} into {source}")
        self.show(receiver, source)
        self.stores[receiver].put_delta(other_view, delta)
        self.say("  after:")
        self.show(receiver, source, before)


def _text(value: object) -> str:
    """A value as SQL writes it, but for quotes; brackets in it are no markup."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case _:
            return escape(str(value))


def _cell(value: object, *, changed: bool) -> str:
    text = _text(value)
    return f"[bold green]{text}[/] ◀" if changed else text


def main() -> int:
    """Run the demo; 0 if everything went as told, 2 if it cannot begin."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may know no ✓
    try:
        return _run(Console(width=100 if not sys.stdout.isatty() else None))
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(console: Console) -> int:
    if not SPEC.is_file():
        print("the demo plays specs/medical.bxc of the project's source tree: run `make demo` there", file=sys.stderr)
        return 2
    checked = check(SPEC)
    if checked.plan is None:
        console.print(f"{SPEC.name} has findings: run `bxc check {SPEC}`")
        return 1
    files = {a.path: a.text for a in artifacts(checked)}
    counts = f"{len(files)} files for {len(checked.plan.peers)} peers"
    console.print(f"compiled specs/{SPEC.name}: {counts}", highlight=False)
    with TemporaryDirectory(prefix="bxc-demo-") as folder:
        stores = {}
        for plan in checked.plan.peers:
            engine = ENGINES[plan.peer]
            prefix = f"{plan.peer}/{engine}/"
            own = {path.removeprefix(prefix): text for path, text in files.items() if path.startswith(prefix)}
            stores[plan.peer] = Store(engine, Path(folder) / f"{plan.peer}.{engine}", plan, own)
        try:
            _play(Scene(stores, console))
        finally:
            for store in stores.values():
                store.close()
    return 0


def _play(scene: Scene) -> None:
    _install(scene)
    _mechanism(scene)
    _dosage(scene)
    _refused(scene)


def _install(scene: Scene) -> None:
    scene.title("Three databases")
    for peer, store in scene.stores.items():
        store.install(FIRST_ROWS[peer])
    scene.show("Researcher", "D2")
    scene.show("Doctor", "D3")
    scene.show("Patient", "D1")
    scene.say("D23 = D32 and D13 = D31: the views of a share hold the same rows.")
    _agree(scene)


def _mechanism(scene: Scene) -> None:
    scene.title("The researcher updates MeA1: D2 → D23 → D32 → D3")
    researcher, doctor = scene.stores["Researcher"], scene.stores["Doctor"]
    statement = "update D2 set mechanism_of_action = 'MeA1 (revised)' where medication_name = 'Ibuprofen'"
    scene.edit("Researcher", "D2", statement)
    scene.hand_over("Researcher", "D23", "Doctor", "D32", "D3")
    researcher.forget_changes("D2")
    scene.say("Step 6 of the paper: must D31 be made anew? It does not show the mechanism:")
    scene.delta("changes of D31", doctor.changes("D31"))
    doctor.forget_changes("D3")
    _agree(scene)


def _dosage(scene: Scene) -> None:
    scene.title("The doctor changes a dosage: D3 → D31 → D13 → D1")
    doctor = scene.stores["Doctor"]
    scene.edit("Doctor", "D3", "update D3 set dosage = 'one tablet every 6h' where patient_id = 188")
    scene.hand_over("Doctor", "D31", "Patient", "D13", "D1")
    scene.say("The address, which D13 hides, is where it was. D32 does not show the dosage:")
    scene.delta("changes of D32", doctor.changes("D32"))
    doctor.forget_changes("D3")
    scene.stores["Patient"].forget_changes("D1")
    _agree(scene)


def _refused(scene: Scene) -> None:
    scene.title("A put that is refused")
    doctor = scene.stores["Doctor"]
    before = doctor.table("D3")
    scene.show("Doctor", "D3")
    scene.say("A delta for D31 that would move patient 188's row to patient 189, who is not in the share:")
    delta = Delta((("update", 188, 189, "Ibuprofen", "CliD1", "one tablet every 6h"),))
    scene.delta("staged for D31", delta)
    try:
        doctor.put_delta("D31", delta)
    except PutRefusedError as refusal:
        scene.say(f"  [bold red]{_text(refusal)}[/]")
        for violation in refusal.violations:
            scene.say(f"  bxc_violations_D31: {' | '.join(map(_text, violation))}")
    else:
        raise AssertionError("the put was not refused")
    if doctor.table("D3") != before:
        raise AssertionError("the refused put left something behind")
    scene.say("  after:")
    scene.show("Doctor", "D3", before)
    scene.say("Nothing was written: D3 is as it was.")
    _agree(scene)


def _agree(scene: Scene) -> None:
    """Read both ends of both shares and compare."""
    ends = (("Researcher", "D23", "Doctor", "D32"), ("Patient", "D13", "Doctor", "D31"))
    for peer, view, other, other_view in ends:
        if scene.stores[peer].table(view) != scene.stores[other].table(other_view):
            raise AssertionError(f"{view} and {other_view} differ")
    scene.say("[green]✓[/] D23 = D32, D13 = D31 (read back and compared)")


if __name__ == "__main__":
    raise SystemExit(main())
