"""What the contract does not protect from, as `docs/contract.md` says: peers have to know it."""

from __future__ import annotations

import pytest

from .chain import Done
from .deployed import SPECS, deployed, spec_of_file, spec_of_text
from .signing import address
from .state import Env, Refused
from .test_attacks import CONTENT, Both

PATIENT, DOCTOR, RESEARCHER, STRANGER, FRIEND = map(address, range(5))
TWO = (STRANGER, FRIEND)
SCHEMA, OTHER_SCHEMA = b"s" * 32, b"o" * 32


@pytest.fixture
def mine() -> Both:
    return Both(deployed(spec_of_file(SPECS / "medical.bxc")))


@pytest.fixture
def divided() -> Both:
    """The patient has authority over one column of the share 0, the doctor over the rest; a friend has joined."""
    text = (SPECS / "medical.bxc").read_text("utf-8")
    spec = spec_of_text(
        text.replace("  authority Doctor\n", "  authority Doctor\n  authority Patient on clinical_data\n", 1)
    )
    it = Both(deployed(spec))
    it.all((DOCTOR, "inviteMember", 0, FRIEND, 0, 0), (FRIEND, "joinShare", 0))
    return it


def test_an_ack_of_version_1_says_nothing_of_the_declaration(mine: Both) -> None:
    before, registry = mine.chain.snapshot(), mine.registry
    mine.all(
        (STRANGER, "declareShare", TWO, (0, 0), (2, 2), STRANGER, 0, 0, SCHEMA), (STRANGER, "openShare", 2, CONTENT)
    )
    seen = mine.ack(2)
    mine.chain.revert(before)  # the chain is reorganised, and another declaration has the same number
    mine.registry = registry
    mine.all((STRANGER, "declareShare", TWO, (7, 0), (7, 0), STRANGER, 9, 1, OTHER_SCHEMA))
    mine.all((STRANGER, "openShare", 2, CONTENT))
    assert mine.ack(2) == seen
    mine.all((FRIEND, "ack", *seen))
    assert mine.chain.read("rightsOf", 2, FRIEND) == (0, 0)
    assert mine.chain.read("termsOf", 2)[1:3] == (9, 1)


def test_an_ack_of_version_1_speaks_of_who_opened_the_share_and_of_its_content(mine: Both) -> None:
    before, registry = mine.chain.snapshot(), mine.registry
    seen = set()
    for opener, content in ((STRANGER, CONTENT), (FRIEND, CONTENT), (STRANGER, b"d" * 32)):
        mine.chain.revert(before)
        mine.registry, before = registry, mine.chain.snapshot()
        mine.all(
            (STRANGER, "declareShare", TWO, (0, 0), (2, 2), opener, 0, 0, SCHEMA), (opener, "openShare", 2, content)
        )
        seen.add(mine.ack(2))
    assert len(seen) == 3


def test_what_is_accepted_under_a_standing_offer_passes_on_with_it(divided: Both) -> None:
    patient, doctor = (divided.chain.read("authorityOf", 0, peer)[0] for peer in (PATIENT, DOCTOR))
    assert patient
    assert doctor
    divided.all((PATIENT, "offerAuthority", 0, FRIEND), (DOCTOR, "offerAuthority", 0, PATIENT))
    divided.all((PATIENT, "acceptAuthority", 0), (FRIEND, "acceptAuthority", 0))
    assert divided.chain.read("authorityOf", 0, FRIEND) == (patient | doctor,)
    assert divided.chain.read("shareState", 0)[4] == FRIEND


def test_an_offer_that_is_withdrawn_first_passes_nothing_on(divided: Both) -> None:
    divided.all((PATIENT, "offerAuthority", 0, FRIEND), (PATIENT, "offerAuthority", 0, PATIENT))
    divided.all((DOCTOR, "offerAuthority", 0, PATIENT), (PATIENT, "acceptAuthority", 0))
    assert divided.do(FRIEND, "acceptAuthority", 0) == "NotOffered"


def test_no_deadline_helps_against_an_opener_that_never_opens_but_its_authority_does(mine: Both) -> None:
    mine.all((STRANGER, "declareShare", (STRANGER, FRIEND), (0, 0), (2, 2), STRANGER, 9, 1, SCHEMA))
    mine.time += 1_000_000
    assert mine.do(FRIEND, "exclude", 2, STRANGER) == "NothingPending"
    assert mine.do(FRIEND, "cancel", 2) == "NothingPending"
    assert mine.do(FRIEND, "openShare", 2, CONTENT) == "NotOpener"
    mine.all((STRANGER, "closeShare", 2))
    mine.all((STRANGER, "declareShare", (STRANGER, FRIEND), (0, 0), (2, 2), FRIEND, 9, 1, SCHEMA))
    mine.all((FRIEND, "openShare", 3, CONTENT))


@pytest.mark.parametrize(("deadline", "passes"), [(2**32 - 2, True), (2**32 - 1, False), (2**40 - 1, False)])
def test_a_deadline_of_136_years_never_passes(mine: Both, deadline: int, passes: bool) -> None:
    mine.all((STRANGER, "declareShare", TWO, (0, 0), (2, 2), STRANGER, deadline, 2, SCHEMA))
    mine.all((STRANGER, "openShare", 2, CONTENT))
    for later in (2**32, 2**33, 2**41, 2**32 - 1):
        got = mine.chain.send(Env(PATIENT, mine.block + 1, mine.time + later, mine.judge), "cancel", (2,))
        if passes and later == 2**32 - 1:
            assert isinstance(got, Done)
        else:
            assert isinstance(got, Refused)
            assert got.name == "MayNotCancel"
