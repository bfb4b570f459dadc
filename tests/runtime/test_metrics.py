"""What Prometheus reads tells how each share stands, in its format, without values of rows."""

from __future__ import annotations

import re
from dataclasses import replace

from bxc_runtime.metrics import metrics
from bxc_runtime.overview import Overview, ShareView, overview

from .consoles import VITALS, Ward

SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$')
IDLE = ShareView(
    0, "s", "idle", 3, 3, 0, ("A", "B"), None, 0, 0, 0, 0, 0, 0, (), "", running=False
)  # fmt: skip


def read(text: str) -> dict[str, float]:
    """Samples by name and labels; each is told of before, once, with its kind."""
    found: dict[str, float] = {}
    kinds: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split()
            assert name not in kinds
            assert kind == ("counter" if name.endswith("_total") else "gauge")
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            match = SAMPLE.match(line)
            assert match, line
            assert match[1] in kinds
            found[match[1] + (match[2] or "")] = float(match[3])
    return found


def seen(made: Ward, now: float = 2_000.0) -> dict[str, float]:
    with made.opened() as store:
        return read(metrics(overview(store, made.names), made.vitals, now))


def test_a_share_at_rest_has_its_version_and_nothing_under_way(doctors: Ward) -> None:
    found = seen(doctors)
    assert found['bxc_share_version{share="clinical"}'] == 1
    assert found['bxc_share_lag{share="clinical"}'] == 0
    assert found['bxc_share_pending_seconds{share="clinical"}'] == 0
    assert found["bxc_transactions"] == 0
    assert found["bxc_cascade_depth"] == 0
    assert found["bxc_chain_height"] == 77
    assert found["bxc_chain_lag"] == 77 - found["bxc_chain_read"]
    assert found["bxc_peer_ready"] == 1
    assert found["bxc_database_up"] == 1


def test_a_pending_version_ages_and_lists_who_has_not_acknowledged_it(doctors: Ward) -> None:
    doctors.ask()
    with doctors.opened() as store:
        (share,) = (it for it in overview(store, doctors.names).shares if it.name == "clinical")
    assert share.pending is not None
    assert (share.pending.by, share.pending.missing) == ("Doctor", ("Patient",))
    found = seen(doctors, share.pending.since + 90.0)
    assert found['bxc_share_pending_seconds{share="clinical"}'] == 90
    assert found['bxc_share_unacknowledged{share="clinical"}'] == 1
    assert found['bxc_share_outbox_edits{share="clinical",state="frozen"}'] == 1
    assert found['bxc_share_phase{share="clinical",phase="requested"}'] == 1
    doctors.answer()
    found = seen(doctors)
    assert found['bxc_share_version{share="clinical"}'] == 2
    assert found['bxc_share_unacknowledged{share="clinical"}'] == 0


def test_a_committed_version_that_is_not_put_is_lag(doctors: Ward) -> None:
    doctors.network.edit("Patient", "update D1 set clinical_data = 'other' where patient_id = 188")
    patient, doctor = (doctors.network.peers[name] for name in ("Patient", "Doctor"))
    patient.turn()
    doctor.turn()  # acknowledges, and is not here for the commit
    doctor.turn()
    with doctor.store.transaction("back"):
        it = doctor.store.ledger.share(0)
        assert it is not None
        doctor.store.ledger.keep_share(replace(it, agreed=1))
    assert seen(doctors)['bxc_share_lag{share="clinical"}'] == 1


def test_conflicts_held_edits_and_rejects_are_counted(doctors: Ward) -> None:
    doctors.clash("the doctor's")
    doctors.trespass()
    found = seen(doctors)
    assert found['bxc_share_conflicts_open{share="clinical"}'] == 1
    assert found['bxc_share_conflicts_total{share="clinical"}'] == 1
    assert found['bxc_share_held_edits{share="mechanism"}'] == 1
    assert found['bxc_share_trouble{share="mechanism"}'] == 1
    assert found['bxc_share_rejects_total{share="mechanism"}'] == 0
    with doctors.opened() as store:
        last = store.archive.version(1, 1)
        assert last is not None
        with store.transaction("test"):
            store.archive.keep_version(replace(last, version=2, outcome="rejected"))
    assert seen(doctors)['bxc_share_rejects_total{share="mechanism"}'] == 1


def test_a_cascade_is_as_deep_as_the_chain_of_shares_under_way() -> None:
    chain = (IDLE, replace(IDLE, id=1, name="t", causes=("s",)), replace(IDLE, id=2, name="u", causes=("t", "gone")))
    assert Overview("A", chain, 1, 0).cascade_depth == 2
    around = (replace(IDLE, causes=("t",)), replace(IDLE, id=1, name="t", causes=("s",)))
    assert Overview("A", around, 1, 0).cascade_depth == 2
    assert Overview("A", (IDLE,), 1, 0).cascade_depth == 0


def test_a_cascade_that_waits_for_its_request_is_seen(doctors: Ward) -> None:
    doctors.network.away.add(doctors.network.peers["Patient"].chain.address)
    doctors.network.edit("Researcher", "update D2 set mechanism_of_action = 'new' where medication_name = 'Ibuprofen'")
    for _ in range(4):
        doctors.network.peers["Researcher"].turn()
        doctors.network.peers["Doctor"].turn()
    assert seen(doctors)["bxc_cascade_depth"] == 1
    doctors.answer()
    assert seen(doctors)["bxc_cascade_depth"] == 0


def test_names_are_escaped_as_the_format_asks() -> None:
    odd = replace(IDLE, name='a "b" \\ c\nbxc_peer_ready 0')
    found = read(metrics(Overview("A", (odd,), 1, 0), VITALS, 0.0))
    assert found["bxc_peer_ready"] == 1
    assert found['bxc_share_version{share="a \\"b\\" \\\\ c\\nbxc_peer_ready 0"}'] == 3


def test_without_the_database_the_process_still_tells_what_it_knows() -> None:
    found = read(metrics(None, replace(VITALS, ready=False, height=None), 0.0))
    assert found == {"bxc_peer_ready": 0, "bxc_peer_start_time_seconds": 1_000.5, "bxc_database_up": 0}
