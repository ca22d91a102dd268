"""What tests of the pages share: forms sent as a browser would send them, and cycles and rounds as coordinators make them."""

import re
from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.matching.commands.jobs import Jobs
from services.matching.domain.intake import QUESTIONS
from services.web.app import make_web
from tests.browser.site import Person, Site
from tests.ports import free_port

M, S = "/api/matching/v1", "/api/sessions/v1"
#: The options of a round for which none was given.
NOTHING_ASKED: dict[str, Any] = {
    "floor": 0,
    "calm": None,
    "stay": 0,
    "before": None,
    "locked": [],
    "bonus": {},
    "tolerance_ppm": 0,
}
HIDDEN = re.compile(r'name="(csrf_token|once)" value="([^"]+)"')


def hidden(answer: TestResponse) -> dict[str, str]:
    """The hidden fields of the (last) form of a page."""
    return dict(HIDDEN.findall(answer.text))


def form(client: FlaskClient, page: str) -> dict[str, str]:
    """The hidden fields of the (last) form on a page."""
    return hidden(client.get(page))


def send(client: FlaskClient, path: str, page: str = "", **fields: object) -> TestResponse:
    """Send a form as a browser would, with the hidden fields of the page where it stands."""
    return client.post(path, data=form(client, page or path) | fields, content_type="multipart/form-data")


def main(page: str) -> str:
    """What a page is about, without what stands on all of them."""
    return page.split("<main")[1].split("</main>")[0]


def programme_fields(name: str) -> dict[str, str]:
    """What the form of a programme holds where somebody only names it."""
    days = {"answer_days": "7", "meet_days": "21", "vote_days": "7", "trial_days": "42"}
    numbers = {"min_common_hours": "1", "min_gap_years": "1", "proposals_per_mentee": "1"}
    mentees = {f"mentee-{one}": "1" for one in ("wants", "gap", "learns", "hours", "languages")}
    mentors = {f"mentor-{one}": "1" for one in ("asked", "likes", "learns", "hours", "languages")}
    return {"name": name, "rules": "language"} | days | numbers | mentees | mentors


def without(site: Site, *services: str) -> Flask:
    """The pages of the site where these services do not answer."""
    nobody = {service: f"http://127.0.0.1:{free_port()}" for service in services}
    return make_web(replace(site.settings, api_urls=nobody), site.stack.clock)


def to_a_mentor(site: Site, person: Person) -> None:
    """Her intake leads to a mentor."""
    answers = {
        question.key: next(option.key for option in question.options if option.points_to == "mentor")
        for question in QUESTIONS
    }
    site.api("POST", f"{M}/me/intake", {"answers": answers}, person)


def a_cycle(site: Site, coordinator: Person, **rules: Any) -> str:
    """A cycle, open for a year, of a programme with these rules."""
    asked = {"name": "Spring", "rules": rules}
    programme = site.api("POST", f"{M}/programmes", asked, coordinator)["id"]
    day = site.stack.clock().date()
    window = {"opens_local": f"{day}T00:00", "closes_local": f"{day.replace(year=day.year + 1)}T00:00"}
    cycle = {"programme": programme, "name": "One", **window}
    return str(site.api("POST", f"{M}/cycles", cycle, coordinator)["id"])


def entered(site: Site, coordinator: Person, **rules: Any) -> str:
    """A cycle to which everybody in the chapter has applied."""
    site.stack.quiet()
    cycle = a_cycle(site, coordinator, **rules)
    site.api("POST", f"{M}/cycles/{cycle}/applications", {"everyone": True}, coordinator)
    return cycle


def drafted(site: Site, coordinator: Person, cycle: str, **asked: Any) -> dict[str, Any]:
    """A round that is computed at once."""
    found: dict[str, Any] = site.api("POST", f"{M}/cycles/{cycle}/rounds", asked, coordinator)
    return found


def asked_later(site: Site, coordinator: Person, cycle: str, **asked: Any) -> str:
    """A round that the worker computes."""
    token = site.api("POST", "/api/profiles/v1/tokens", {"session": coordinator.session})["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Prefer": "respond-async"}
    answer = site.stack.ask("POST", f"{M}/cycles/{cycle}/rounds", headers, json=asked)
    assert answer.status_code == 202, answer.text
    return str(answer.get_json()["id"])


def computed(site: Site) -> None:
    """The worker computes whatever was asked for."""
    jobs = Jobs()
    while jobs.step(site.stack.running["matching"].room):
        pass
