"""Who visits: her sign-in, what she may do, and the services asked in her name.

Invariants:
1. The cookie holds the session that profiles gave her, signed by us, out of reach of scripts. The short-lived access token never leaves
   this process.
2. A token is asked for anew after `TOKEN_FRESH_S`, so that a sign-out or a changed role is soon seen; where profiles is away, the last one
   serves until it expires, so that the other pages still work.
3. What the services refuse as not signed in (401) ends the sign-in here as well.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from flask import current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from services.web import times
from services.web.apis import READ_TIMEOUT_S, Answer, Apis, Away, Problem, Upload
from services.web.words import best_language, gettext
from shared.clock import Clock
from shared.ids import new_id

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

TOKEN_FRESH_S = 60
TOKEN_SPARE_S = 30
MAX_TOKENS_KEPT = 10_000
#: As long as an address may be that somebody is led back to: it stands in a form, or in the cookie.
MAX_ADDRESS_CHARS = 500
ONCE_FIELD = "once"
MAX_ONCE_CHARS = 64


class SignInEnded(Exception):
    """The session is over: she has to sign in again."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in member: her id, chapter and roles, and the token that proves them to the services."""

    member: str
    chapter: str
    roles: frozenset[str]
    token: str
    fetched_at: datetime
    expires_at: datetime

    @property
    def coordinates(self) -> bool:
        return "coordinator" in self.roles

    @property
    def takes_part(self) -> bool:
        """Whether she is mentee or mentor, and not only a coordinator."""
        return bool(self.roles & {"mentee", "mentor"})


class Tokens:
    """The access tokens of this process's visitors, by a digest of their session. Bounded; the oldest make room."""

    def __init__(self, apis: Apis, clock: Clock) -> None:
        self._apis = apis
        self._clock = clock
        self._kept: dict[bytes, Visitor] = {}
        self._lock = threading.Lock()

    def visitor(self, of_session: str) -> Visitor:
        """Whose session it is. `SignInEnded` where it is over, `Away` where nobody can tell."""
        name = hashlib.sha256(of_session.encode()).digest()
        kept, now = self._kept.get(name), self._clock()
        if kept and now < kept.expires_at and now - kept.fetched_at < timedelta(seconds=TOKEN_FRESH_S):
            return kept
        try:
            answer = self._apis.ask("POST", "profiles", "/tokens", body={"session": of_session}).json()
        except Away:
            if kept and now < kept.expires_at:
                return kept
            raise
        except Problem as problem:
            self.forget(of_session)
            raise SignInEnded from problem
        fresh = Visitor(
            member=answer["member"],
            chapter=answer["chapter"],
            roles=frozenset(answer["roles"]),
            token=answer["access_token"],
            fetched_at=now,
            expires_at=now + timedelta(seconds=answer["expires_in_s"] - TOKEN_SPARE_S),
        )
        with self._lock:
            self._kept.pop(name, None)
            while len(self._kept) >= MAX_TOKENS_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[name] = fresh
        return fresh

    def forget(self, of_session: str) -> None:
        """Drop what is kept for this session."""
        with self._lock:
            self._kept.pop(hashlib.sha256(of_session.encode()).digest(), None)


def visitor() -> Visitor | None:
    """The signed-in member, or None. Asks profiles at most once a page."""
    if "visitor" not in g:
        of_session = session.get("session")
        try:
            g.visitor = _tokens().visitor(of_session) if of_session else None
        except SignInEnded:
            end_session()
            flash(gettext("Your sign-in has ended. Sign in again to go on."), "note")
    return cast("Visitor | None", g.visitor)


def her() -> Visitor:
    """The signed-in member of a page that only signed-in members see."""
    found = visitor()
    if found is None:
        raise SignInEnded
    return found


def signed_in(*roles: str) -> Callable[[View], View]:
    """Only for signed-in members, in one of these roles where any are named. Others are asked to sign in, and brought back."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if visitor() is None:
                return ask_to_sign_in()
            if roles and not her().roles & set(roles):
                raise Forbidden
            return view(*args, **kwargs)

        return cast(View, guarded)

    return mark


def ask_to_sign_in() -> ResponseReturnValue:
    """To the sign-in page; a page that she wanted to read is kept, to come back to."""
    if request.method == "GET" and request.endpoint != "member.home":
        session["next"] = asked_address()
    return redirect(url_for("doors.sign_in"), 303)


def asked_address() -> str:
    """The address of this page, with what it was asked; without that where it is too long to be kept."""
    query = request.query_string.decode(errors="replace")  # what is no UTF-8 there breaks `Request.full_path`
    whole = f"{request.path}?{query}" if query else request.path
    return whole if len(whole) <= MAX_ADDRESS_CHARS else request.path[:MAX_ADDRESS_CHARS]


def start_session(of_session: str) -> None:
    """Remember her sign-in in the cookie; nothing of an earlier visitor stays."""
    wanted, chosen = session.get("next"), session.get("language")
    session.clear()
    session.permanent = True
    session["session"] = of_session
    if wanted:
        session["next"] = wanted
    if chosen:
        session["language"] = chosen
    g.pop("visitor", None)


def end_session() -> None:
    """Forget her sign-in, here and in the cookie."""
    chosen = session.get("language")
    if of_session := session.get("session"):
        _tokens().forget(of_session)
    session.clear()
    if chosen:
        session["language"] = chosen
    g.visitor = None


def me() -> Mapping[str, Any]:
    """Her own record (name, language, time zone, …); what the cookie remembers of it where profiles is away."""
    if "me" not in g:
        try:
            g.me = get("profiles", "/me")
            session["me"] = {name: g.me.get(name) for name in ("name", "locale", "time_zone")}
        except Away:
            g.me = session.get("me") or {}
    return cast(Mapping[str, Any], g.me)


def speak_her_language() -> None:
    """From here on this answer is in the language that her pages will have."""
    me()
    g.language = language_of_visit()


def language_of_visit() -> str:
    """What she chose in this browser, else her own language, else what the browser asks for."""
    remembered = (session.get("me") or {}).get("locale")
    return best_language([session.get("language"), remembered, *request.accept_languages.values()])


def her_zone() -> ZoneInfo:
    """The time zone in which she reads and writes times."""
    return times.zone(me().get("time_zone"))


def now() -> datetime:
    """The time on the stack's clock."""
    return cast(Clock, current_app.extensions["cairn.clock"])()


def get(service: str, path: str, **query: str | int) -> Any:
    """What a service shows her. Raises `Problem` or `Away`."""
    return fetch("GET", service, path, query=query).json()


def get_or_none(service: str, path: str, **query: str | int) -> Any:
    """The same for a part of a page that the rest can do without: None where the service is away."""
    try:
        return get(service, path, **query)
    except Away as away:
        g.setdefault("away", set()).add(away.service)
        return None


def change(
    method: str, service: str, path: str, body: Any = None, *, upload: Upload | None = None, part: str = "",
    timeout_s: float = READ_TIMEOUT_S,
) -> Any:  # fmt: skip
    """Ask a service to do something, once for this form however often it is sent; `part` tells apart several changes of one form."""
    once = request.form.get(ONCE_FIELD, "")[:MAX_ONCE_CHARS]
    if not (once.isascii() and once.isprintable()):  # it travels as a header, which holds nothing else
        raise Problem(400, {"code": "idempotency_key_invalid"})
    key = f"{once}.{part}" if once and part else once
    return fetch(method, service, path, body=body, upload=upload, once=key, timeout_s=timeout_s).json()


def fetch(method: str, service: str, path: str, **more: Any) -> Answer:
    """Ask in her name where she is signed in. A token that is not taken any more is renewed once."""
    who = visitor()
    try:
        return _apis().ask(
            method,
            service,
            path,
            token=who.token if who else "",
            traceparent=g.get("traceparent", ""),
            **more,
        )
    except Problem as problem:
        if problem.status != 401 or who is None:
            raise
    _tokens().forget(session["session"])
    g.pop("visitor", None)
    try:
        return _apis().ask(
            method, service, path, token=her().token, traceparent=g.get("traceparent", ""), **more
        )
    except Problem as problem:
        if problem.status == 401:
            raise SignInEnded from problem
        raise


def once() -> str:
    """The key that a form carries. Where a try's fate is not known, the page that says so sends the form's own key again."""
    return new_id("form")


def _apis() -> Apis:
    return cast(Apis, current_app.extensions["cairn.apis"])


def _tokens() -> Tokens:
    return cast(Tokens, current_app.extensions["cairn.tokens"])
