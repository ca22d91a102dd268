"""Coordinators are told of a webhook that fails, and of one that is disabled: whose it is and its host, never the rest of its address."""

import pytest

from services.notifications.domain.webhooks import DISABLED_AFTER
from shared.ids import new_id
from tests.flows.integrators import N, a_life, an_integrator, staff
from tests.flows.notifications_scene import Caught, Scene, a_receiver

pytest_plugins = ["tests.flows.notifications_fixture"]

FAILS = "A receiver of your chapter's events does not answer: 127.0.0.1"
DISABLED = "A receiver of your chapter's events is disabled: 127.0.0.1"


def hours(scene: Scene, number: int) -> None:
    for _ in range(number):
        scene.stack.clock.advance(hours=1)
        scene.quiet()


def letters(scene: Scene, address: str) -> list[Caught]:
    return scene.catcher.to(address)


@pytest.mark.parametrize("of_an_account", [False, True])
def test_the_coordinators_hear_that_a_receiver_fails_since_when_and_what_comes_next(
    scene: Scene, of_an_account: bool
) -> None:
    chapter = scene.a_chapter(time_zone="UTC")
    _, meis = scene.a_member(chapter, "Mei", roles=("coordinator",))
    _, others = scene.a_member(scene.a_chapter(), "Kai", roles=("coordinator",))
    owner = an_integrator(scene, chapter).headers() if of_an_account else staff(scene, chapter)
    with a_receiver(*[500] * 100) as broken:
        scene.stack.post(f"{N}/webhooks", {"url": f"{broken.url}-s3cret?key=t0ken"}, owner)
        since = scene.stack.clock()
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        hours(scene, 12)  # the attempt that finds it failing for six hours comes at most ten after the first

    (letter,) = letters(scene, meis)
    assert letter.subject == FAILS
    assert f"{since:%H:%M} (UTC, UTC+00:00)" in letter.text
    ends = since + DISABLED_AFTER
    assert f" {ends.day} {ends:%B %Y}, {ends:%H:%M} (UTC" in letter.text
    assert "http://cairn.test/coordinator/integrations" in letter.text
    assert ("the service account City dashboard" in letter.text) is of_an_account
    assert [word for word in ("s3cret", "t0ken", "/hook") if word in letter.message.as_string()] == []
    assert letters(scene, others) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (410, "answered that it wants no more events (410)"),
        (500, "No delivery to 127.0.0.1 has succeeded since"),
    ],
)
def test_the_coordinators_hear_that_a_receiver_is_disabled_and_why(
    scene: Scene, answer: int, why: str
) -> None:
    chapter = scene.a_chapter()
    _, meis = scene.a_member(chapter, "Mei", roles=("coordinator",))
    with a_receiver(*[answer] * 1_000) as broken:
        scene.stack.post(f"{N}/webhooks", {"url": broken.url}, staff(scene, chapter))
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        if answer == 500:
            for _ in range(21):
                a_life(scene, chapter, new_id("rel"), 1)
                hours(scene, 6)

    last = letters(scene, meis)[-1]
    assert last.subject == DISABLED
    assert why in last.text
    assert "a replay brings what it missed" in last.text


def test_a_letter_in_chinese_is_chinese(scene: Scene) -> None:
    chapter = scene.a_chapter(locales=("zh-Hans",))
    _, meis = scene.a_member(chapter, "Mei", roles=("coordinator",), locale="zh-Hans")
    with a_receiver(410) as gone:
        scene.stack.post(f"{N}/webhooks", {"url": gone.url}, staff(scene, chapter))
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
    assert [letter.subject for letter in letters(scene, meis)] == ["您分会事件的接收端已停用：127.0.0.1"]  # noqa: RUF001


def test_she_who_switched_lists_off_hears_nothing_of_receivers(scene: Scene) -> None:
    chapter = scene.a_chapter()
    mei, meis = scene.a_member(chapter, "Mei", roles=("coordinator",))
    scene.quiet()
    headers = scene.stack.sign_in(mei, chapter, "coordinator")
    answer = scene.stack.ask("PATCH", f"{N}/me/settings", headers, json={"categories": {"staff": "off"}})
    assert answer.status_code == 200, answer.text
    with a_receiver(410) as gone:
        scene.stack.post(f"{N}/webhooks", {"url": gone.url}, headers)
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
    assert letters(scene, meis) == []
    scene.stack.clock.advance(minutes=11)
    scene.quiet()
    assert letters(scene, meis) == []
