"""The console's answers. `/healthz` and `/readyz` are for everybody who can reach it, all else is for the operator."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bxc_runtime import conflicts as work
from bxc_runtime.console.guard import Guard, read_form, same_origin
from bxc_runtime.console.pages import PAGES, STATIC, Paper, static
from bxc_runtime.console.picture import picture
from bxc_runtime.console.session import LIFETIME, Session, Sessions
from bxc_runtime.history import history
from bxc_runtime.metrics import CONTENT_TYPE, Vitals, metrics
from bxc_runtime.overview import overview
from bxc_runtime.stores.connection import PutRefusedError, StoreError
from bxc_runtime.stores.store import Store

if TYPE_CHECKING:
    from starlette.types import ASGIApp

SEE_OTHER, UNAUTHORISED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_LARGE, UNAVAILABLE = 303, 401, 403, 404, 409, 413, 503
MOST_SHOWN = 200  # held edits of a share, and conflicts
VERSIONS = 50  # of a share, on one page
TRIES = 3  # of a database that another program has
BUSY = "The database is not to be had now."

Opened = Callable[[], AbstractContextManager[Store]]
Form = Mapping[str, str]
Look = Callable[[HttpRequest, Session], Response]
Act = Callable[[HttpRequest, Session, Form], Response]


@dataclass(frozen=True, slots=True)
class HeldShare:
    """The held edits of a share, the first of them in words."""

    id: int
    share: str
    edits: tuple[work.HeldEdit, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Subject:
    """The peer that a console is about. ``names`` are the peers' by address, ``graph`` is `graph.json`.

    ``last_link`` asks the chain for the last update hash of a share; None if it cannot be asked.
    """

    opened: Opened
    names: Mapping[str, str]
    graph: Mapping[str, Any]
    vitals: Callable[[], Vitals]
    last_link: Callable[[int], bytes | None]


class Console:
    """One peer's console. ``cookie`` is its name: ports do not keep cookies apart, names do."""

    def __init__(self, subject: Subject, paper: Paper, sessions: Sessions, cookie: str, *, secure: bool) -> None:
        self._subject = subject
        self._paper = paper
        self._sessions = sessions
        self._cookie = cookie
        self._secure = secure
        self._verifying = threading.Lock()
        self._log = structlog.get_logger("bxc").bind(part="console")

    def app(self, *, loopback: bool) -> ASGIApp:
        """The routes, as an application."""
        routes = [
            Route("/healthz", self._health),
            Route("/readyz", self._readiness),
            Route("/metrics", self._metrics),
            Route("/login", self._login_page),
            Route("/login", self._log_in, methods=["POST"]),
            Route("/logout", self._acting(self._log_out), methods=["POST"]),
            *(Route(f"/static/{name}", _static(name)) for name in STATIC),
            *(Route(path, self._looking(self._page)) for path in PAGES),
            *(Route(f"/parts{path}", self._looking(self._part)) for path in PAGES),
            Route("/shares/{share:int}", self._looking(self._share)),
            Route("/parts/shares/{share:int}", self._looking(self._share_part)),
            Route("/shares/{share:int}/verify", self._looking(self._verify)),
            Route("/conflicts/{number:int}", self._acting(self._resolve), methods=["POST"]),
            Route("/held/{share:int}", self._acting(self._settle_held), methods=["POST"]),
        ]
        return Guard(Starlette(routes=routes), loopback=loopback)

    # --- for other programs -------------------------------------------------------------------------------------------

    def _health(self, _: HttpRequest) -> Response:
        return JSONResponse({"status": "alive"})

    def _readiness(self, _: HttpRequest) -> Response:
        ready = self._subject.vitals().ready
        return JSONResponse({"status": "ready" if ready else "not ready"}, 200 if ready else UNAVAILABLE)

    def _metrics(self, http: HttpRequest) -> Response:
        if not self._sessions.bears(http.headers.get("authorization", "")) and self._session(http) is None:
            return PlainTextResponse("", UNAUTHORISED, {"www-authenticate": "Bearer"})
        try:
            with self._subject.opened() as store:
                seen = overview(store, self._subject.names)
        except StoreError:
            seen = None
        return PlainTextResponse(metrics(seen, self._subject.vitals(), time.time()), media_type=CONTENT_TYPE)

    # --- who asks -----------------------------------------------------------------------------------------------------

    def _session(self, http: HttpRequest) -> Session | None:
        return self._sessions.find(http.cookies.get(self._cookie, ""))

    def _looking(self, look: Look) -> Callable[[HttpRequest], Response]:
        def answer(http: HttpRequest) -> Response:
            session = self._session(http)
            if session is None:
                return self._to_login(http)
            return self._answered(http, lambda: look(http, session))

        return answer

    def _acting(self, act: Act) -> Callable[[HttpRequest], Awaitable[Response]]:
        async def answer(http: HttpRequest) -> Response:
            session = self._session(http)
            if session is None:
                return self._to_login(http)
            if not same_origin(http):
                return self._forbidden()
            form = await read_form(http)
            if form is None:
                return PlainTextResponse("", TOO_LARGE)
            if not session.permits(form.get("csrf", "")):
                return self._forbidden()
            return await run_in_threadpool(self._answered, http, lambda: act(http, session, form))

        return answer

    def _answered(self, http: HttpRequest, answer: Callable[[], Response]) -> Response:
        for last in range(TRIES, 0, -1):
            try:
                return answer()
            except StoreError:
                if last == 1:
                    break
                time.sleep(0.1)
        self._log.error("store", path=http.url.path)
        return self._trouble(http, BUSY, UNAVAILABLE)

    def _forbidden(self) -> Response:
        self._log.warning("refused", why="not a form of this session")
        return PlainTextResponse("This form is not one of your session: reload the page.", FORBIDDEN)

    def _to_login(self, http: HttpRequest) -> Response:
        if "hx-request" in http.headers:
            return PlainTextResponse("", UNAUTHORISED, {"hx-redirect": "/login"})
        return RedirectResponse("/login", SEE_OTHER)

    def _login_page(self, http: HttpRequest) -> Response:
        if self._session(http) is not None:
            return RedirectResponse("/", SEE_OTHER)
        return HTMLResponse(self._paper.page("login", "Log in", {"wrong": False}))

    async def _log_in(self, http: HttpRequest) -> Response:
        if not same_origin(http):
            return self._forbidden()
        form = await read_form(http)
        name = None if form is None else self._sessions.log_in(form.get("token", "").strip())
        if name is None:
            self._log.warning("refused", why="token")
            return HTMLResponse(self._paper.page("login", "Log in", {"wrong": True}), UNAUTHORISED)
        self._log.info("login")
        answer = RedirectResponse("/", SEE_OTHER)
        answer.set_cookie(
            self._cookie, name, max_age=int(LIFETIME), httponly=True, samesite="strict", secure=self._secure
        )
        return answer

    def _log_out(self, http: HttpRequest, _: Session, __: Form) -> Response:
        self._sessions.log_out(http.cookies.get(self._cookie, ""))
        answer = RedirectResponse("/login", SEE_OTHER)
        answer.delete_cookie(self._cookie, httponly=True, samesite="strict", secure=self._secure)
        return answer

    # --- looking ------------------------------------------------------------------------------------------------------

    def _page(self, http: HttpRequest, session: Session) -> Response:
        return self._framed(http.url.path, session)

    def _framed(self, path: str, session: Session, told: str = "", status: int = 200) -> Response:
        page = PAGES[path]
        values = self._values(page.part, session) | {
            "here": path, "live": f"/parts{path}", "lively": page.lively, "part": f"{page.part}.html.jinja",
            "told": told, "right": status == 200,
        }  # fmt: skip
        return HTMLResponse(self._paper.page("page", page.title, values), status)

    def _part(self, http: HttpRequest, session: Session) -> Response:
        page = PAGES[http.url.path.removeprefix("/parts")]
        return HTMLResponse(self._paper.part(page.part, self._values(page.part, session)))

    def _values(self, part: str, session: Session) -> dict[str, Any]:
        """What a part shows, and no more than that is read."""
        values: dict[str, Any] = {"csrf": session.csrf, "vitals": self._subject.vitals(), "now": time.time()}
        with self._subject.opened() as store:
            match part:
                case "conflicts":
                    names = {number: end.name for number, end in store.site.shares.items()}
                    return values | {"conflicts": store.archive.conflicts()[:MOST_SHOWN], "names": names}
                case "held":
                    return values | {"held": _held(store)}
                case _:
                    seen = overview(store, self._subject.names)
                    return values | {"seen": seen, "picture": picture(self._subject.graph, seen)}

    def _share(self, http: HttpRequest, session: Session) -> Response:
        number, below = http.path_params["share"], _number(http.query_params.get("below"), 2**32)
        found = self._share_values(number)
        if found is None:
            return self._trouble(http, "This peer is not in that share.", NOT_FOUND)
        shown, values = found
        if "verify" in http.query_params:
            values |= self._verified(number)
        else:
            with self._subject.opened() as store:
                end = store.site.shares[number]
                listed = history(store, end, self._subject.names, latest=(VERSIONS, below))
            first = listed.entries[0].version if len(listed.entries) == VERSIONS else 0
            values |= {"history": listed, "verified": False, "busy": False, "below": first}
        values |= {"csrf": session.csrf, "live": f"/parts/shares/{number}", "lively": True, "part": "share.html.jinja"}
        return HTMLResponse(self._paper.page("share_page", shown, values))

    def _share_part(self, http: HttpRequest, _: Session) -> Response:
        found = self._share_values(http.path_params["share"])
        return PlainTextResponse("", NOT_FOUND) if found is None else HTMLResponse(self._paper.part("share", found[1]))

    def _share_values(self, number: int) -> tuple[str, dict[str, Any]] | None:
        with self._subject.opened() as store:
            seen = overview(store, self._subject.names)
        found = next((share for share in seen.shares if share.id == number), None)
        return None if found is None else (found.name, {"shown": found, "number": number})

    def _verify(self, http: HttpRequest, _: Session) -> Response:
        number = http.path_params["share"]
        if self._share_values(number) is None:
            return PlainTextResponse("", NOT_FOUND)
        return HTMLResponse(self._paper.part("history", {"number": number} | self._verified(number)))

    def _verified(self, number: int) -> dict[str, Any]:
        """A history with all hashes recomputed; one at a time, for it reads every row."""
        if not self._verifying.acquire(blocking=False):
            return {"busy": True}
        try:
            with self._subject.opened() as store:
                found = history(store, store.site.shares[number], self._subject.names, verify=True)
        finally:
            self._verifying.release()
        last = self._subject.last_link(number)
        chain = "not compared" if last is None else "right" if last.hex() == found.chain_hash else "behind, or wrong"
        self._log.info("verified", share=found.share, right=found.right, chain=chain)
        return {"history": found, "verified": True, "busy": False, "below": 0, "chain": chain}

    # --- settling -----------------------------------------------------------------------------------------------------

    def _resolve(self, http: HttpRequest, session: Session, form: Form) -> Response:
        number, side = http.path_params["number"], form.get("with", "")
        if side not in (work.LOCAL, work.AGREED):
            return self._done(http, session, "/conflicts", "That is neither side.", right=False)
        try:
            with self._subject.opened() as store:
                work.resolve(store, number, side)
        except (work.ResolveError, PutRefusedError) as error:
            return self._done(http, session, "/conflicts", f"Not settled: {error}", right=False)
        self._log.info("settled", conflict=number, side=side)
        return self._done(http, session, "/conflicts", f"Settled conflict {number} with the {side} value.")

    def _settle_held(self, http: HttpRequest, session: Session, form: Form) -> Response:
        number, what = http.path_params["share"], form.get("do", "")
        with self._subject.opened() as store:
            end = store.site.shares.get(number)
            if end is None or what not in ("retry", "revert"):
                return self._done(http, session, "/held", "There is no such thing to do.", right=False)
            try:
                if what == "retry":
                    work.retry(store, number)
                    told = f"The held edits of {end.name} are asked for again."
                else:
                    told = f"Undid {work.revert(store, number)} held edits of {end.name}."
            except PutRefusedError as error:
                return self._done(http, session, "/held", f"Not done: {error}", right=False)
        self._log.info("settled", share=end.name, held=what)
        return self._done(http, session, "/held", told)

    def _done(self, http: HttpRequest, session: Session, path: str, told: str, *, right: bool = True) -> Response:
        """What is told after an action: the page's part to htmx, the page to a browser without it."""
        status = 200 if right else CONFLICT
        if "hx-request" not in http.headers:
            return self._framed(path, session, told, status)
        part = PAGES[path].part
        values = self._values(part, session) | {"told": told, "right": right}
        return HTMLResponse(self._paper.part(part, values), status)

    def _trouble(self, http: HttpRequest, told: str, status: int) -> Response:
        if "hx-request" in http.headers:
            return HTMLResponse(self._paper.part("error", {"told": told}), status)
        session = self._session(http)
        values = {"told": told, "part": "error.html.jinja", "csrf": "" if session is None else session.csrf}
        return HTMLResponse(
            self._paper.page("page", "Not now" if status == UNAVAILABLE else "Not here", values), status
        )


def _held(store: Store) -> list[HeldShare]:
    by_name = {end.name: number for number, end in store.site.shares.items()}
    found = []
    for name, edits in groupby(work.held_edits(store), key=lambda edit: edit.share):
        listed = tuple(edits)
        found.append(HeldShare(by_name[name], name, listed[:MOST_SHOWN], max(0, len(listed) - MOST_SHOWN)))
    return found


def _static(name: str) -> Callable[[HttpRequest], Response]:
    def answer(_: HttpRequest) -> Response:
        return Response(static(name), headers={"content-type": STATIC[name], "cache-control": "max-age=3600"})

    return answer


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 11 else default
