"""What coordinators are told, whichever arrives first: what they are to know, or that they coordinate."""

from dataclasses import replace

from services.notifications.domain.people import Person
from services.notifications.kinds import PEOPLE
from shared.call import Call
from shared.events import profiles, sessions
from shared.ids import new_id
from shared.transaction import Tx
from tests.flows.notifications_scene import Scene

pytest_plugins = ["tests.flows.notifications_fixture"]

REPORT, QUIET = "A report needs your attention", "A quiet pair in Riverside"


def a_coordinator(scene: Scene, chapter: str) -> tuple[str, str]:
    return scene.a_member(chapter, "Mei", roles=("coordinator",))


def a_profile(*roles: profiles.Role) -> profiles.MemberProfileChanged:
    return profiles.MemberProfileChanged(roles, (), (), (), (), ("en",), (), 0)


def reported(scene: Scene, chapter: str) -> None:
    scene.tell(chapter, new_id("rpt"), profiles.ReportFiled())
    scene.quiet()


def flagged(scene: Scene, chapter: str) -> None:
    flag = sessions.ClockFlagged(new_id("rel"), new_id("mem"), new_id("mem"), scene.stack.clock())
    scene.tell(chapter, new_id("clk"), flag)
    scene.quiet()


def later(scene: Scene, **by: float) -> None:
    scene.stack.clock.advance(**by)
    scene.quiet()


def test_a_report_is_told_to_the_coordinators_of_the_chapter_without_what_it_says(scene: Scene) -> None:
    chapter = scene.a_chapter()
    _, meis = a_coordinator(scene, chapter)
    _, anns = scene.a_member(chapter, "Ann")
    _, others = a_coordinator(scene, scene.a_chapter())
    reported(scene, chapter)
    assert scene.subjects(meis) == [REPORT]
    assert scene.subjects(anns) == scene.subjects(others) == []
    later(scene, minutes=11)
    assert scene.subjects(meis) == [REPORT], "once"


def test_a_coordinator_who_becomes_known_after_the_report_is_told_of_it(scene: Scene) -> None:
    chapter = scene.a_chapter()
    reported(scene, chapter)
    flagged(scene, chapter)
    _, others = a_coordinator(scene, scene.a_chapter())
    _, meis = a_coordinator(scene, chapter)
    scene.quiet()
    assert scene.subjects(meis) == [REPORT, QUIET]
    assert scene.subjects(others) == []


def test_one_who_becomes_known_is_told_beside_one_who_was_and_each_once(scene: Scene) -> None:
    chapter = scene.a_chapter()
    _, first = a_coordinator(scene, chapter)
    scene.quiet()
    reported(scene, chapter)
    second, seconds = a_coordinator(scene, chapter)
    scene.quiet()
    scene.tell(chapter, second, a_profile("mentor"))
    scene.tell(chapter, second, a_profile("mentor", "coordinator"))
    scene.quiet()
    assert scene.subjects(first) == scene.subjects(seconds) == [REPORT]
    later(scene, minutes=11)
    _, third = a_coordinator(scene, chapter)
    scene.quiet()
    assert scene.subjects(first) == scene.subjects(seconds) == [REPORT]
    assert scene.subjects(third) == [], "it is old news by now"
    assert notices(scene, chapter) == []


def test_a_chapter_without_a_coordinator_keeps_a_report_and_drops_what_is_soon_another_story(
    scene: Scene,
) -> None:
    chapter = scene.a_chapter()
    reported(scene, chapter)
    flagged(scene, chapter)
    later(scene, minutes=11)
    later(scene, days=2)
    _, meis = a_coordinator(scene, chapter)
    scene.quiet()
    assert scene.subjects(meis) == [REPORT]
    later(scene, minutes=11)
    assert notices(scene, chapter) == [("withheld", "no_coordinator")]


def test_nobody_is_missed_whose_role_is_written_at_the_very_moment(scene: Scene) -> None:
    chapter = scene.a_chapter()
    mei, meis = scene.a_member(chapter, "Mei", roles=("mentor",))
    reported(scene, chapter)

    def written_unseen(tx: Tx) -> None:
        person = tx.get(PEOPLE, mei)
        assert isinstance(person, Person)
        tx.save(PEOPLE, replace(person, roles=("coordinator",)))

    scene.room.store.change(Call(new_id("call"), scene.stack.clock(), chapter, "test"), written_unseen)
    later(scene, minutes=11)
    assert scene.subjects(meis) == [REPORT]


def test_a_coordinator_is_told_when_her_address_is_known_and_confirmed(scene: Scene) -> None:
    chapter, mei, meis = scene.a_chapter(), new_id("mem"), f"{new_id('mei')}@people.test"
    reported(scene, chapter)
    scene.tell(chapter, mei, profiles.MemberJoined(("coordinator",), "registration"))
    scene.quiet()
    scene.tell(chapter, mei, scene.a_contact("Mei", meis))
    scene.quiet()
    later(scene, days=1)
    assert scene.subjects(meis) == []
    scene.tell(chapter, mei, profiles.MemberConfirmed(scene.stack.clock()))
    scene.quiet()
    assert scene.subjects(meis) == [REPORT]


def test_who_does_not_coordinate_any_more_is_not_told_what_waited(scene: Scene) -> None:
    chapter = scene.a_chapter()
    mei, meis = a_coordinator(scene, chapter)
    scene.quiet()
    scene.catcher.answers[meis] = ["451 try later"]
    reported(scene, chapter)
    scene.tell(chapter, mei, a_profile("mentor"))
    scene.quiet()
    later(scene, minutes=1)
    assert scene.subjects(meis) == []
    (mail,) = scene.mails_of(chapter, mei)
    assert (mail["state"], mail["reason"]) == ("withheld", "not_coordinator")


def notices(scene: Scene, chapter: str) -> list[tuple[str, str]]:
    """What is left of notices that are for no one coordinator."""
    found = scene.room.store.db["mails"].find({"chapter": chapter, "recipient": "coordinators"})
    return [(row["state"], row["reason"]) for row in found]
