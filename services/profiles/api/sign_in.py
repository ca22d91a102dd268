"""Before anybody is signed in: registering, confirming an address, signing in and out. Nothing here is done by GET."""

from typing import Any

from flask import request
from flask_smorest import Blueprint

from services.profiles.api import PREFIX
from services.profiles.api.bodies import ConfirmationLink, LinkSecret, Registration, SessionSecret, SignInLink
from services.profiles.api.schemas import Sent, SignedIn, Token
from services.profiles.commands import members, sign_in
from services.profiles.domain.sign_in import Link
from services.profiles.kinds import CHAPTERS, LINKS, MEMBERS, SESSIONS
from services.profiles.rates import count_address, count_client
from services.profiles.secrets import id_of, secret_of
from shared.auth import TOKEN_FOR, Asker, issue_token
from shared.call import PLATFORM
from shared.errors import NotThere, Refused
from shared.http import asker, call_of_anybody, open_to_anybody, room
from shared.rates import start_counting

#: One person in more chapters than this asks for each by name.
MAX_CHAPTERS_AT_ONCE = 20

blp = Blueprint("sign-in", __name__, url_prefix=PREFIX, description="Registering, confirming and signing in")
blp.record_once(lambda state: start_counting(state.app, state.app.extensions["cairn.room"]))


@blp.route("/members", methods=["POST"])
@open_to_anybody
@blp.arguments(Registration)
@blp.response(202, Sent)
def register(asked: dict[str, Any]) -> Any:
    """Register yourself in a chapter; the answer is the same whether the address was known or not."""
    here = room()
    count_client(here)
    count_address(here, asked["mail"], asked["chapter"])
    chapter = _chapter(asked.pop("chapter"))
    application = members.Application(**{**asked, "roles": frozenset(asked["roles"])})
    call = call_of_anybody(chapter)
    return here.store.change(call, lambda tx: members.register(tx, here, chapter, application))


@blp.route("/confirmations", methods=["POST"])
@open_to_anybody
@blp.arguments(LinkSecret)
@blp.response(200, SignedIn)
def confirm(asked: dict[str, Any]) -> dict[str, Any]:
    """Confirm the address that the link was mailed to. The first time this also signs in; a repeat does no harm."""
    here = room()
    count_client(here)
    by = asker().member if "Authorization" in request.headers else None
    link = _link(asked["token"])
    done = here.store.change(call_of_anybody(link.chapter), lambda tx: sign_in.confirm(tx, link.id, by))
    return _told(done)


@blp.route("/confirmation-links", methods=["POST"])
@open_to_anybody
@blp.arguments(ConfirmationLink)
@blp.response(202, Sent)
def send_confirmation_again(asked: dict[str, Any]) -> Any:
    """Send the confirmation mail anew, where the address waits for one; at most every ten minutes."""
    here = room()
    count_client(here)
    count_address(here, asked["mail"], asked["chapter"])
    call = call_of_anybody(_chapter(asked["chapter"]))
    return here.store.change(call, lambda tx: sign_in.send_confirmation_again(tx, here, asked["mail"]))


@blp.route("/sign-in-links", methods=["POST"])
@open_to_anybody
@blp.arguments(SignInLink)
@blp.response(202, Sent)
def send_sign_in(asked: dict[str, Any]) -> dict[str, str]:
    """Send a mail that signs in, for each chapter where the address is confirmed; the answer never says whether it is."""
    here = room()
    count_client(here)
    count_address(here, asked["mail"], asked.get("chapter", PLATFORM))
    if "chapter" in asked:
        chapters = [_chapter(asked["chapter"])]
    else:
        known = here.store.reader().find(MEMBERS, {"mail": asked["mail"]}, limit=MAX_CHAPTERS_AT_ONCE)
        # An unknown address costs one empty change as well, so that time tells nobody what the answer does not.
        chapters = sorted(member.chapter for member in known) or [PLATFORM]
    for chapter in chapters:
        here.store.change(call_of_anybody(chapter), lambda tx: sign_in.send_sign_in(tx, here, asked["mail"]))
    return {"status": "sent_if_known"}


@blp.route("/sign-ins", methods=["POST"])
@open_to_anybody
@blp.arguments(LinkSecret)
@blp.response(200, SignedIn)
def begin_session(asked: dict[str, Any]) -> dict[str, Any]:
    """Sign in with the link from the mail; it works once, for twenty minutes."""
    here = room()
    count_client(here)
    link = _link(asked["token"])
    begun = here.store.change(call_of_anybody(link.chapter), lambda tx: sign_in.begin_session(tx, link.id))
    return _told({"status": "signed_in", **begun})


@blp.route("/tokens", methods=["POST"])
@open_to_anybody
@blp.arguments(SessionSecret)
@blp.response(200, Token)
def token(asked: dict[str, Any]) -> dict[str, Any]:
    """A bearer token for the session's member, with the roles that she has now."""
    here = room()
    reader = here.store.reader()
    session_id = id_of(asked["session"], "ses", here.keys)
    session = reader.load(SESSIONS, session_id) if session_id else None
    member = reader.load(MEMBERS, session.member) if session and session.lasts(here.clock()) else None
    if member is None:
        raise Refused("session_ended", "You are signed out. Ask for a new link to sign in.", status=401)
    if here.keys.sign is None:
        raise RuntimeError("this process has no key to sign tokens with")
    speaks_for = Asker(member.id, member.chapter, frozenset(member.roles))
    return {
        "access_token": issue_token(speaks_for, here.keys.sign, here.clock()),
        "expires_in_s": int(TOKEN_FOR.total_seconds()),
        "member": member.id,
        "chapter": member.chapter,
        "roles": list(member.roles),
    }


@blp.route("/sign-outs", methods=["POST"])
@open_to_anybody
@blp.arguments(SessionSecret)
@blp.response(204)
def end_session(asked: dict[str, Any]) -> None:
    """Sign out. A session that is over, or was never one, is answered the same."""
    here = room()
    session_id = id_of(asked["session"], "ses", here.keys)
    session = here.store.reader().load(SESSIONS, session_id) if session_id else None
    if session is not None:
        here.store.change(call_of_anybody(session.chapter), lambda tx: sign_in.end_session(tx, session.id))


def _chapter(slug: str) -> str:
    """The chapter, where there is one."""
    return room().store.reader().get(CHAPTERS, slug).id


def _link(secret: str) -> Link:
    """The link that the secret proves. `NotThere` for a wrong one."""
    here = room()
    link_id = id_of(secret, "lnk", here.keys)
    if link_id is None:
        raise NotThere("link")
    return here.store.reader().get(LINKS, link_id)


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with the session's secret in place of its id."""
    if "session" not in answer:
        return answer
    return {**answer, "session": secret_of(answer["session"], room().keys)}
