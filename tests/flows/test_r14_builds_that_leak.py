"""R14: a build that lets out what the two of a pair write, wherever it does, does not pass the search for it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from operate.verify.system import Reply
from services.sessions.api import reading
from services.web.apis import Answer, Apis
from shared import transaction
from shared.telemetry import log
from shared.vault import Vault
from tests.flows.confidentiality import SteppedSystem, a_stepped_system, found_in, verdict_of


@pytest.fixture
def system(parts: Any) -> Iterator[SteppedSystem]:
    with a_stepped_system(parts) as made:
        yield made


def test_a_build_whose_pages_keep_an_answer_for_whoever_asks_next_fails(
    system: SteppedSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, kept = Apis.ask, dict[str, Answer]()

    def forgetful(self: Apis, method: str, service: str, path: str, **more: Any) -> Answer:
        answer = kept.get(path) or ask(self, method, service, path, **more)
        if method == "GET" and b'"completed"' in answer.content:  # nothing shows before the pair's end
            kept[path] = answer
        return answer

    monkeypatch.setattr(Apis, "ask", forgetful)

    verdict = verdict_of(system)

    assert not verdict.confidential
    found = found_in(verdict)
    assert {"staff, pages", "another member, pages"} <= set(found)
    assert all(place.endswith(", pages") for place in found)


def test_a_build_that_logs_text_fails(system: SteppedSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    hide = Vault.hide

    def talkative(self: Vault, relationship: str, text: str) -> bytes:
        log().info("hidden", text=base64.b64encode(text.encode()))
        return hide(self, relationship, text)

    monkeypatch.setattr(Vault, "hide", talkative)

    verdict = verdict_of(system)

    assert not verdict.confidential
    assert set(found_in(verdict)) == {"logs"}


def test_a_build_that_announces_text_fails(system: SteppedSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    hide, event, written = Vault.hide, transaction._event, [""]

    def remembering(self: Vault, relationship: str, text: str) -> bytes:
        written[0] = text
        return hide(self, relationship, text)

    def telling(*about: Any) -> dict[str, Any]:
        made = event(*about)
        return {**made, "data": json.dumps({**json.loads(made["data"]), "text": written[0]})}

    monkeypatch.setattr(Vault, "hide", remembering)
    monkeypatch.setattr(transaction, "_event", telling)

    verdict = verdict_of(system)

    assert not verdict.confidential
    assert {"databases", "events on every topic"} <= set(found_in(verdict))


def test_a_build_that_shows_a_pairs_text_to_another_member_fails(
    system: SteppedSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "of_pair", lambda *_args: "mentee")

    verdict = verdict_of(system)

    assert not verdict.confidential
    assert "another member" in found_in(verdict)


class WithAField(SteppedSystem):
    """The same system, a version later: sessions take one text more, which nobody thought of here."""

    def ask(self, method: str, path: str, **sent: Any) -> Reply:
        reply = super().ask(method, path, **sent)
        if path != "/api/sessions/openapi.json":
            return reply
        spec = json.loads(reply.content)
        spec["paths"]["/api/sessions/v1/later"] = {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": {"words": {"type": "string"}}}
                        }
                    }
                }
            }
        }
        return replace(reply, content=json.dumps(spec).encode())


def test_a_new_field_that_was_forgotten_fails(system: SteppedSystem) -> None:
    system.__class__ = WithAField

    verdict = verdict_of(system)

    assert verdict.unplanted == ["POST /api/sessions/v1/later /words"]
    assert not verdict.confidential
