"""What people wish for: which things, on which channel; and that nothing of it is looked for without an index."""

from typing import Any

import pytest
from pymongo import MongoClient

from shared.events import profiles
from tests.flows.notifications_member import PAUSE, STEP, THANKS, V1, Member, until

pytest_plugins = ["tests.flows.notifications_fixture"]


def test_who_says_nothing_is_told_everything_by_mail_at_once(ann: Member) -> None:
    shown = ann.settings()
    assert set(shown["categories"].values()) == {"mail"}
    assert (shown["digest"], shown["chat"], shown["address"]) == ("off", "", "works")
    assert shown["quiet_hours"] == {"from_hour": 21, "to_hour": 8, "of": "chat"}
    until(ann.scene, 23)
    ann.thanked()
    assert ann.told() == [THANKS]


def test_what_is_off_is_told_no_more_and_everything_else_is(ann: Member) -> None:
    assert ann.wants(categories={"thanks": "off"})["categories"]["thanks"] == "off"
    ann.thanked()
    ann.agreed_a_step()
    ann.paused()
    assert ann.told() == [STEP, PAUSE]
    ann.wants(categories={"thanks": "mail"})
    ann.thanked()
    assert ann.told() == [STEP, PAUSE, THANKS]


@pytest.mark.parametrize(
    "asked",
    [
        {"categories": {"relationship": "off"}},
        {"categories": {"account": "chat"}},
        {"categories": {"nonsense": "off"}},
        {"categories": {"thanks": "pigeon"}},
        {"digest": "hourly"},
        {"quiet_hours": {"from_hour": 24, "to_hour": 8, "of": "chat"}},
        {"quiet_hours": {"from_hour": 21}},
        {"quiet_hours": {"from_hour": 8, "to_hour": 8, "of": "everything"}},
        {"unknown": True},
    ],
)
def test_what_cannot_be_wished_for_is_refused_and_changes_nothing(ann: Member, asked: dict[str, Any]) -> None:
    before = ann.settings()
    answer = ann.asks(**asked, **({} if "digest" in asked else {"digest": "daily"}))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert ann.settings() == before


def test_settings_are_of_the_one_who_asks(ann: Member) -> None:
    ann.wants(digest="weekly")
    bobs = ann.scene.stack.get(
        f"{V1}/me/settings", ann.scene.stack.sign_in(ann.bob, ann.chapter, "mentor")
    ).get_json()
    assert bobs["digest"] == "off"
    nobody = ann.scene.stack.get(
        f"{V1}/me/settings", ann.scene.stack.sign_in(ann.id, ann.scene.a_chapter(), "mentee")
    )
    assert nobody.status_code == 404


def test_nothing_that_wishes_bring_about_scans_a_collection(ann: Member) -> None:
    room = ann.scene.room
    client: MongoClient[dict[str, Any]] = MongoClient(ann.scene.stack.parts.mongo_url)
    database = client[room.store.db.name]
    database.command("profile", 2)
    try:
        ann.wants(digest="daily", quiet_hours={"from_hour": 21, "to_hour": 8, "of": "everything"})
        until(ann.scene, 22)
        ann.thanked()
        ann.agreed_a_step()
        ann.scene.quiet()
        ann.paused()
        ann.planned(starts_at=ann.scene.in_days(0.25))
        ann.scene.catcher.answers[ann.address] = ["550 5.1.1 No such user here"]
        ann.scene.quiet()
        ann.scene.stack.get(f"{V1}/bounces", ann.staff)
        ann.scene.stack.get(f"{V1}/me/export", ann.headers)
        ann.scene.tell(ann.chapter, ann.id, profiles.MemberConfirmed(ann.scene.stack.clock()))
        ann.scene.tell(ann.chapter, ann.id, profiles.MemberErased())
        ann.scene.quiet()
        watched = database["system.profile"].count_documents({})
        scans = list(
            database["system.profile"].find({"planSummary": {"$regex": "COLLSCAN"}, "appName": "cairn"})
        )
    finally:
        database.command("profile", 0)
        client.close()
    assert watched > 50
    assert [(scan["ns"], scan["command"]) for scan in scans] == []
