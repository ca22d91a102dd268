"""Asking a running Cairn in the name of somebody: an answer that must be one, a condition that must come, a fresh sign-in."""

import json
import time
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from operate.verify.planting import Garden, Person
from operate.verify.system import Reply, System

T = TypeVar("T")

SERVICES = ("profiles", "matching", "sessions", "notifications")
PROFILES, MATCHING, SESSIONS, NOTIFICATIONS = (f"/api/{name}/v1" for name in SERVICES)
#: What an integrator's account may do, all of it.
INTEGRATOR, SCOPES = "integrator", ["events:read", "events:replay", "webhooks:write"]
SEEN_WITHIN_S = 30.0
LOOK_EVERY_S = 0.1


class CannotVerify(Exception):
    """The journey could not be driven; the text says which step, and what was answered instead."""


def ok(reply: Reply, what: str) -> Reply:
    """The answer, which must be a success. `CannotVerify` says that `what` was refused."""
    if reply.status >= 300:
        raise CannotVerify(f"{what}: {reply.status} {reply.content[:300].decode(errors='replace')}")
    return reply


def read(reply: Reply) -> dict[str, Any]:
    """The JSON of an answer, which must be a success."""
    found: dict[str, Any] = json.loads(ok(reply, "an answer").content)
    return found


def made(reply: Reply) -> dict[str, Any] | None:
    """What was made (201); None where nothing was, so that it can be tried again."""
    return read(reply) if reply.status == 201 else None


def until(system: System, look: Callable[[], T | None], what: str) -> T:
    """Let events pass on until there is something to see, and return it; `CannotVerify` after the deadline."""
    deadline_s = time.monotonic() + SEEN_WITHIN_S
    while True:
        system.settle()
        if found := look():
            return found
        if time.monotonic() > deadline_s:
            raise CannotVerify(f"{what} did not come within {SEEN_WITHIN_S:.0f} s")
        time.sleep(LOOK_EVERY_S)


def signed_in(system: System, role: str, mail: str, link: Literal["confirm", "sign-in"]) -> Person:
    """The person with a fresh token: by the link that confirms her address, or by a new one to sign in."""
    if link == "confirm":
        secret = until(system, lambda: system.secret_mailed(mail), f"a confirmation mail to {mail}")
    else:
        secret = fresh_link(system, mail)
    path = "confirmations" if link == "confirm" else "sign-ins"
    signed = read(system.ask("POST", f"{PROFILES}/{path}", body={"token": secret}))
    token = read(system.ask("POST", f"{PROFILES}/tokens", body={"session": signed["session"]}))
    return Person(role, mail, signed["member"], token["access_token"])


def fresh_link(system: System, mail: str) -> str:
    """The secret of a link to sign in that is asked for now."""
    before = system.secret_mailed(mail)
    ok(system.ask("POST", f"{PROFILES}/sign-in-links", body={"mail": mail}), "a link to sign in")

    def newest() -> str:
        found = system.secret_mailed(mail)
        return found if found != before else ""

    return until(system, newest, f"a mail to {mail} with a link to sign in")


def sign_in_all(garden: Garden) -> None:
    """Everybody signs in anew: their tokens have ended with the time that passed."""
    for role, person in garden.people.items():
        garden.people[role] = signed_in(garden.system, role, person.mail, "sign-in")


def let_an_integrator_in(garden: Garden) -> None:
    """A coordinator makes an account for a program, with all that an account may read; it is one of the journey's people from then on."""
    account = garden.ask(
        "POST", f"{NOTIFICATIONS}/service-accounts", "staff", {"name": "A program", "scopes": SCOPES}
    )
    made = read(account)
    asked = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["key"]}
    token = read(garden.system.ask("POST", f"{NOTIFICATIONS}/oauth/token", form=asked))
    garden.people[INTEGRATOR] = Person(INTEGRATOR, "", made["id"], token["access_token"])
