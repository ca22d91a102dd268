"""Rounds in a real browser: chosen, watched, kept in part, looked into and compared, on a desk and on a phone."""

import pytest

from services.matching.commands import rounds
from tests.browser.site import Person, Site
from tests.browser.test_for_everybody import Open
from tests.edges.web import asked_later, computed, drafted, entered

pytestmark = pytest.mark.browser


def a_small_chapter(site: Site) -> tuple[Person, str]:
    """A coordinator, and a cycle in which two of four mentees have a language in common with the three mentors."""
    coordinator = site.chapter()
    for name in ("Mo Berg", "Nia Roth", "Oli Kern"):
        site.mentor(coordinator.chapter, name)
    for name in ("Ada Lang", "Bea Hug", "Cora Zell", "Dora Frey"):
        site.mentee(coordinator.chapter, name)
    site.mentee(coordinator.chapter, "Emil Noir", languages=["fr"])
    return coordinator, entered(site, coordinator)


def test_a_coordinator_chooses_a_round_keeps_a_pair_and_sets_two_drafts_side_by_side(
    site: Site, window: Open
) -> None:
    coordinator, cycle = a_small_chapter(site)
    me = window(coordinator)
    me.go(f"/coordinator/cycles/{cycle}")
    me.press("Choose the kind of round and its options")
    me.check()
    me.page.get_by_label("Least score of a pair").fill("1")
    me.press("Make a draft")
    assert me.shows("Round with 3 proposals")
    me.check()
    me.page.get_by_role("checkbox").first.check()
    me.press("Keep the ticked pairs, and draft again")
    me.check()
    assert me.page.get_by_role("group", name="These pairs stay").get_by_role("checkbox").first.is_checked()
    me.page.get_by_label("Points for a pair of that draft").fill("20")
    me.press("简体中文")
    assert me.page.locator("html").get_attribute("lang") == "zh-Hans"
    me.press("English")
    assert me.page.get_by_role("group", name="These pairs stay").get_by_role("checkbox").first.is_checked()
    assert me.page.get_by_label("Points for a pair of that draft").input_value() == "20"
    me.press("Make a draft")
    assert me.shows("Round with 3 proposals")
    assert me.page.get_by_role("checkbox").first.is_checked()
    me.press("Side by side")
    assert me.shows("Both drafts propose the same pairs.")
    me.check()


def test_a_draft_to_compare_with_is_named_up_to_its_last_word(site: Site, window: Open) -> None:
    coordinator, cycle = a_small_chapter(site)
    drafted(site, coordinator, cycle, kind="calm", calm=5, seed=7)
    made = drafted(site, coordinator, cycle)["id"]
    me = window(coordinator)
    me.go(f"/coordinator/rounds/{made}")
    shown, whole = me.page.get_by_label("Compare with").evaluate(
        """select => {
            const shown = select.offsetWidth;
            Object.assign(select.style, {width: "max-content", maxWidth: "none"});
            return [shown, select.offsetWidth];
        }"""
    )
    assert shown >= whole > 448  # px: wider than other fields
    phone = window(coordinator, phone=True)
    phone.go(f"/coordinator/rounds/{made}")
    phone.check()


def test_why_and_what_would_help_fit_a_phone_in_the_dark_and_need_no_script(site: Site, window: Open) -> None:
    coordinator, cycle = a_small_chapter(site)
    made = drafted(site, coordinator, cycle)["id"]
    me = window(coordinator, phone=True, dark=True)
    me.go(f"/coordinator/rounds/{made}")
    me.check()
    for summary in me.page.locator("summary").all():
        summary.click()
    me.check()
    me.page.get_by_role("link", name="Look (Emil Noir)").click()
    assert me.shows("Speaking English as well")
    me.check()
    me.press("Why not with somebody in particular?")
    me.press("Look")
    assert me.shows("They have no common language.")
    me.check()
    plain = window(coordinator, phone=True, scripts=False)
    plain.go(f"/coordinator/rounds/{made}")
    plain.page.locator("tbody a").first.click()
    assert plain.shows("Together they are worth")
    plain.press("简体中文")
    assert plain.shows("为什么是这两人？")  # noqa: RUF001 - Chinese has full-width punctuation of its own


def test_a_round_that_is_computed_is_watched_until_it_is_a_draft_or_given_up(
    site: Site, window: Open
) -> None:
    coordinator, cycle = a_small_chapter(site)
    made = asked_later(site, coordinator, cycle)
    me = window(coordinator)
    me.go(f"/coordinator/rounds/{made}")
    assert me.shows("It begins in a moment.")
    me.check()
    kept = site.stack.running["matching"].room.store.db["rounds"]
    kept.update_one({"_id": made}, {"$set": {"state": "computing"}})
    me.page.locator(".badge", has_text="Being computed").wait_for()
    kept.update_one({"_id": made}, {"$set": {"state": "asked"}})
    computed(site)
    me.page.get_by_role("heading", name="Round with 3 proposals").wait_for()
    given_up = asked_later(site, coordinator, cycle)
    me.go(f"/coordinator/rounds/{given_up}")
    me.page.get_by_role("link", name="Cancel the round").click()  # not `press`: the worker would be quicker
    assert me.shows("Cancel this round?")
    me.check()
    me.page.get_by_role("button", name="Cancel the round").click()
    assert me.shows("This round was cancelled.")
    me.check()
    me.press("Throw it away")
    assert me.shows("The draft is thrown away.")


def test_a_round_that_goes_out_is_watched_until_those_left_over_are_told(
    site: Site, window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator, cycle = a_small_chapter(site)
    monkeypatch.setattr(
        rounds, "PAGES_AT_ONCE", 0
    )  # as of a round of many pages, whose rest the worker publishes
    room = site.stack.running["matching"].room
    me = window(coordinator, phone=True)
    me.go(f"/coordinator/rounds/{drafted(site, coordinator, cycle)['id']}")
    me.page.get_by_role("link", name="Publish").click()
    me.check()
    me.page.get_by_role("button", name="Publish").click()
    me.page.get_by_text("0 of 3 proposals are out.").wait_for()
    me.check()
    rounds.carry_on(room)
    me.page.get_by_text("Those left over are being told: 0 of 2.").wait_for()
    rounds.carry_on(room)
    me.page.get_by_text("3 proposals went out").wait_for()
