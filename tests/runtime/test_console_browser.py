"""An operator at work in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .browser import Tab, browser
from .consoles import COOKIE, SCRIPT, TOKEN, Ward, served


@pytest.fixture
def tab(doctors: Ward, tmp_path: Path) -> Iterator[Tab]:
    with served(doctors) as url, browser(tmp_path / "profile") as tab:
        tab.open(url)
        tab.type("input[name=token]", TOKEN)
        tab.click("form button")
        tab.until("document.title.startsWith('Shares')")
        yield tab


def test_an_operator_sees_an_update_go_through_and_settles_a_conflict(doctors: Ward, tab: Tab) -> None:
    assert tab.ask("htmx.version") == "4.0.1"
    assert tab.ask("document.cookie") == ""
    assert "clinical" in tab.text("#share-0")
    doctors.ask("2 tablets")
    tab.until("document.querySelector('#share-0 .wait')?.innerText.includes('requested')")
    assert "Patient" in tab.text("#share-0")
    assert tab.until("document.querySelector('g.share.running circle') !== null")
    assert tab.ask("document.querySelector('g.share.running').dataset.name") == "clinical"
    assert tab.ask("document.querySelector('path.awaited title').textContent").startswith("Patient has not")
    doctors.answer()
    tab.until("document.querySelector('g.share.running') === null")
    tab.until("document.querySelector('#share-0 .number').innerText === '2'")
    doctors.clash(SCRIPT)
    tab.click("nav a[href='/conflicts']")
    tab.until("document.querySelector('#conflict-1') !== null")
    assert SCRIPT in tab.text("#conflict-1")
    assert tab.ask("document.title").startswith("Conflicts")
    assert tab.ask("document.scripts.length") == 1
    tab.click("#conflict-1 button[value=local]")
    tab.until("document.querySelector('[role=status]')?.innerText.includes('Settled conflict 1')")
    assert tab.ask("document.querySelector('#conflict-1')") is None
    doctors.network.settle()
    assert SCRIPT in str(doctors.network.rows("Patient", "D1"))
    tab.click("nav a[href='/']")
    tab.until("document.title.startsWith('Shares')")
    tab.click("#share-0 a")
    tab.until("document.querySelector('#versions') !== null")
    tab.click("button[hx-get]")
    tab.until("document.querySelector('#verdict')?.innerText.startsWith('Verified')")
    assert "0px" not in tab.ask("getComputedStyle(document.querySelector('main')).paddingLeft")
    assert tab.said == []


def test_an_operator_undoes_held_edits_and_leaves(doctors: Ward, tab: Tab) -> None:
    doctors.trespass()
    tab.until("document.querySelector('a.bad[href=\"/held\"]') !== null")
    assert tab.ask("document.querySelectorAll('g.share.trouble').length") == 1
    tab.click("a.bad[href='/held']")
    tab.until("document.title.startsWith('Unpublished')")
    assert SCRIPT in tab.text("#part")
    tab.click("button[value=revert]")
    tab.until("document.querySelector('[role=status]')?.innerText.includes('Undid 1')")
    tab.click("header form button")
    tab.until("document.querySelector('input[name=token]') !== null")
    assert tab.said == []


def test_a_page_that_is_open_asks_for_the_token_when_its_session_has_ended(doctors: Ward, tab: Tab) -> None:
    (cookie,) = tab.do("Network.getCookies")["cookies"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    url, csrf = tab.ask("location.origin"), tab.ask("document.querySelector('[name=csrf]').value")
    with httpx.Client(base_url=url, trust_env=False, cookies={COOKIE: cookie["value"]}) as http:
        assert http.post("/logout", data={"csrf": csrf}).status_code == 303
    tab.until("document.querySelector('input[name=token]') !== null")
