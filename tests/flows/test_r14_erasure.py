"""Erasure, through the whole platform: nothing that a person wrote or was called is left to read, for anybody; that she was there stays."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from operate.verify.asking import MATCHING, PROFILES
from operate.verify.journey import drive
from operate.verify.planting import Garden
from operate.verify.search import answers
from operate.verify.system import databases
from shared import vault
from tests.flows.confidentiality import SteppedSystem, a_stepped_system


@pytest.fixture
def system(parts: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SteppedSystem]:
    """A system whose processes forget keys at once, so that no test waits for a cache (60 s in life)."""
    monkeypatch.setattr(vault, "KEY_CACHED_FOR_MS", 1)
    with a_stepped_system(parts) as made:
        yield made


#: The name of somebody whom the mentee registered: another person, who stays.
ANOTHERS = "POST /api/profiles/v1/members /name"


def read_by(garden: Garden, role: str) -> set[str]:
    """The fields whose text one of the people can read."""
    return {
        found.field
        for _, content in answers(garden, role)
        for found in garden.markers.found(content)
        if found is not None
    }


def test_when_one_of_a_pair_is_erased_their_text_is_gone_for_both_and_for_everybody(
    system: SteppedSystem,
) -> None:
    garden = drive(system, print)
    mentee = garden.people["mentee"]
    assert len(read_by(garden, "mentor")) > 5

    assert garden.ask("DELETE", f"{PROFILES}/me", "mentee", {"confirm": True}).status == 204
    system.settle()

    for role in ("mentor", "staff", "stranger", "staff elsewhere"):
        assert read_by(garden, role) - {ANOTHERS} == set(), role
    left = [
        (where.removeprefix(system.stack.namespace), found and found.field)
        for where, content in databases(system.stack.client, system.stack.namespace)
        for found in (garden.markers.found(content) or ([None] if mentee.mail.encode() in content else []))
    ]
    assert [each for each in left if each[1] != ANOTHERS] == []
    relationship = garden.things["relationships"][0]
    state = json.loads(garden.ask("GET", f"{MATCHING}/relationships/{relationship}", "mentor").content)
    assert state["state"] == "completed", "that it was, and how it ended, stays"


def test_her_export_holds_what_she_wrote_until_then(system: SteppedSystem) -> None:
    garden = drive(system, print)

    exported = {
        service: garden.ask("GET", f"/api/{service}/v1/me/export", "mentee") for service in garden.specs
    }

    assert {service: reply.status for service, reply in exported.items()} == dict.fromkeys(exported, 200)
    text = {
        found.field for reply in exported.values() for found in garden.markers.found(reply.content) if found
    }
    hers = {
        str(field)
        for field in garden.done
        if "/goals" in str(field)
        or "/notes" in str(field)
        or "/reports" in str(field)
        or "/steps" in str(field)
    }
    assert hers
    assert hers - text == set()
