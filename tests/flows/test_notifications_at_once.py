"""Two workers at the same moment: what one tells of is not left waiting for what the other has just learned."""

from collections.abc import Callable
from typing import Any

from services.notifications import commands
from shared.call import Call
from shared.envelope import Envelope
from shared.events import declared, sessions, write_fact
from shared.ids import new_id
from shared.transaction import Tx
from tests.flows.notifications_scene import Scene

pytest_plugins = ["tests.flows.notifications_fixture"]


def told_while(scene: Scene, chapter: str, about: str, fact: Any, meanwhile: Callable[[Tx], None]) -> None:
    """One worker tells of the fact; before it commits, another has done what it does meanwhile."""
    call = Call(new_id("call"), scene.stack.clock(), chapter, "event")
    made = declared(fact)
    envelope = Envelope(
        made.name, made.service, made.about, about, 1, call.at, chapter, write_fact(fact).encode(), ""
    )
    learned = False

    def work(tx: Tx) -> None:
        nonlocal learned
        tx.begin(call)
        commands.tell(tx, envelope, fact)
        if not learned:
            learned = True
            scene.room.store.change(Call(new_id("call"), call.at, chapter, "event"), meanwhile)

    scene.room.store.transact(work)


def test_a_mail_does_not_wait_for_a_confirmation_of_that_very_moment(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann", confirmed=False)
    bob, _ = scene.a_member(chapter, "Bob")
    scene.tell(chapter, new_id("rel"), scene.proposed(ann, bob))
    scene.quiet()  # so that somebody waits for her word already

    def confirmed(tx: Tx) -> None:
        commands.keep_confirmation(tx, ann)

    told_while(scene, chapter, new_id("rel"), scene.proposed(ann, bob), confirmed)
    scene.quiet()
    assert scene.subjects(anns) == ["A mentor for you: would you like to meet?"] * 2


def test_a_mail_does_not_wait_for_what_its_pair_did_at_that_very_moment(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    ann, anns = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    thanks = sessions.KudosGiven(rel, bob, ann)
    scene.tell(chapter, new_id("kud"), thanks)
    scene.quiet()
    assert scene.subjects(anns) == []

    def agreed(tx: Tx) -> None:
        commands.mark_story(tx, rel, "agreed")

    told_while(scene, chapter, new_id("kud"), thanks, agreed)
    scene.quiet()
    assert scene.subjects(anns) == ["Bob says thank you"] * 2
