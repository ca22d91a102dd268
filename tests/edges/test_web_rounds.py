"""Pages of rounds, over the real services: options, progress, cancelling, why these two, what would help, two drafts side by side."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.matching.commands import discovering, explaining, rounds, waiting
from services.matching.commands.consent import forget_answers
from services.matching.commands.jobs import Jobs
from services.matching.kinds import MEMBERS
from services.web.pages import applications, round_answers, round_new
from services.web.pages import rounds as pages
from services.web.rounds_words import ENGINE_REFUSALS
from services.web.words import catalogue
from shared.call import Call
from shared.events.profiles import Answer
from shared.ids import new_id
from shared.transaction import Tx
from tests.browser.site import Person, Site, running_site
from tests.edges.test_web_getting_together import a_cycle
from tests.edges.test_web_pages import send
from tests.parts import PartsAddresses

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
#: Rules of a programme that asks its people for their industry.
ASKED = {"questions": [{"key": "industry", "match": "same", "mentee": 4, "mentor": 4}]}
#: The numbers of a form, with what they hold.
FIELDS = re.compile(r'name="(\w+)" type="number" value="(\d+)"')
#: Words that a page must not say of two people where one of them keeps the other away.
TOLD_BY_NOBODY = ("blocked", "Blocked", "conflict")


@pytest.fixture(scope="module")
def site(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def coordinator(site: Site) -> Person:
    return site.chapter()


def entered(site: Site, coordinator: Person, **rules: Any) -> str:
    """A cycle to which everybody in the chapter has applied."""
    site.stack.quiet()
    cycle = a_cycle(site, coordinator, **rules)
    site.api("POST", f"{M}/cycles/{cycle}/applications", {"everyone": True}, coordinator)
    return cycle


def drafted(site: Site, coordinator: Person, cycle: str, **asked: Any) -> dict[str, Any]:
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
    jobs = Jobs()
    while jobs.step(site.stack.running["matching"].room):
        pass


def taken_back(site: Site, member: Person) -> None:
    """Matching hears that the member took back what she had said of her industry."""
    room = site.stack.running["matching"].room
    call = Call(new_id("call"), room.now(member.chapter), member.chapter, "test")

    def forget(tx: Tx) -> dict[str, Any]:
        now = tx.get(MEMBERS, member.id)
        forget_answers(tx, replace(now, answers=(Answer("industry", "energy"),)), now)
        return {}

    room.store.change(call, forget)


def options(site: Site, coordinator: Person, made: str) -> dict[str, Any]:
    found = site.api("GET", f"{M}/rounds/{made}", person=coordinator)
    return {"kind": found["kind"], "seed": found["seed"], **found["options"]}


def test_the_short_form_drafts_the_usual_round_and_the_long_one_what_it_asks_for(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    client, page = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    usual = send(client, f"{page}/rounds", page)
    assert (
        options(site, coordinator, usual.location.rsplit("/", 1)[1])
        == {"kind": "welfare", "seed": 0} | NOTHING_ASKED
    )
    assert "1 proposal" in client.get(page).text
    asked = {"kind": "welfare", "seed": "7", "floor": "3"}
    made = send(client, f"{page}/rounds", f"{page}/rounds/new", **asked)
    assert options(site, coordinator, made.location.rsplit("/", 1)[1]) == NOTHING_ASKED | {
        "kind": "welfare",
        "seed": 7,
        "floor": 3,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", "-1"), ("floor", "many"), ("calm", "1001"), ("seed", "9" * 5_000), ("tolerance_ppm", "10001")],
    ids=["below", "word", "above", "thousands of digits", "tolerance"],
)
def test_a_number_that_is_none_is_marked_beside_its_field(
    site: Site, coordinator: Person, field: str, value: str
) -> None:
    cycle = entered(site, coordinator)
    page = f"/coordinator/cycles/{cycle}"
    answer = send(site.client(coordinator), f"{page}/rounds", f"{page}/rounds/new", **{field: value})
    assert answer.status_code == 422
    assert f'<a href="#{field}">Give a whole number from 0 to ' in answer.text
    assert f'id="{field}-error"' in answer.text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_the_engine_refuses_is_said_on_the_form_in_our_words(
    site: Site, coordinator: Person, language: str
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    made = drafted(site, coordinator, entered(site, coordinator))["id"]
    client, form = site.client(coordinator), f"/coordinator/rounds/{made}/again"
    with client.session_transaction() as cookie:
        cookie["language"] = language
    for code, field, asked in (
        ("option_without_effect", "stay", {"kind": "stable", "stay": "3"}),
        ("option_without_effect", "tolerance_ppm", {"kind": "stable", "tolerance_ppm": "3"}),
        (
            "option_without_effect",
            "",
            {"kind": "stable", "group": f"chapter/{coordinator.chapter}", "bonus-0": "3"},
        ),
        ("unknown_group", "", {"group": "chapter/nowhere", "bonus-0": "3"}),
    ):
        answer = send(client, f"/coordinator/rounds/{made}/next", form, **asked)
        words = catalogue(language).gettext(ENGINE_REFUSALS[code])
        told = f'<li><a href="#{field}">{words}</a></li>' if field else f"<li>{words}</li>"
        assert (answer.status_code, told in answer.text) == (422, True), asked
    other = send(client, f"/coordinator/rounds/{made}/next", form, kind="best")
    assert f'<a href="#kind">{catalogue(language).gettext("Choose one.")}</a>' in other.text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_a_cycle_lacks_is_said_at_its_fields_in_the_pages_language(
    site: Site, coordinator: Person, language: str
) -> None:
    client, page = site.client(coordinator), "/coordinator/cycles/new"
    with client.session_transaction() as cookie:
        cookie["language"] = language
    said = catalogue(language).gettext
    answer = send(client, page)
    assert answer.status_code == 422
    for field, words in (
        ("programme", said("Choose one.")),
        ("name", said("Give a name of at most %(num)d characters.") % {"num": 120}),
        ("opens_local", said("Give a date and a time, for example 2026-11-05 18:30.")),
        ("closes_local", said("Give a date and a time, for example 2026-11-05 18:30.")),
    ):
        assert f'<a href="#{field}">{words}</a>' in answer.text
    programme = site.api("POST", f"{M}/programmes", {"name": "P", "rules": {}}, coordinator)["id"]
    backwards = {"opens_local": "2030-02-01T09:00", "closes_local": "2030-01-01T09:00"}
    refused = send(client, page, programme=programme, name="C", **backwards)
    assert f'<a href="#closes_local">{said("The window closes before it opens.")}</a>' in refused.text


def test_a_ticked_pair_stays_in_the_next_draft_and_the_rest_of_the_draft_can_be_worth_more(
    site: Site, coordinator: Person
) -> None:
    mentees = [site.mentee(coordinator.chapter, name) for name in ("Ada", "Bea")]
    site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    first = drafted(site, coordinator, cycle)
    (taken,) = first["proposals"]
    (other,) = [one.id for one in mentees if one.id != taken["mentee"]]
    again = f"/coordinator/rounds/{first['id']}/again"
    client, look = site.client(coordinator), f"/coordinator/rounds/{first['id']}"
    both = f"{other} {taken['mentor']}"
    asked = send(client, again, look, keep=both, shown=f"{taken['mentee']} {taken['mentor']}")
    assert f'value="{both}" checked' in asked.text
    start = f"/coordinator/rounds/{first['id']}/next"
    made = send(client, start, again, keep=both, stay="40").location.rsplit("/", 1)[1]
    found = options(site, coordinator, made)
    assert found["locked"] == [{"mentee": other, "mentor": taken["mentor"]}]
    assert (found["before"], found["stay"]) == (first["id"], 40)
    (proposal,) = site.api("GET", f"{M}/rounds/{made}", person=coordinator)["proposals"]
    assert proposal["mentee"] == other
    page = client.get(f"/coordinator/rounds/{made}").text
    assert re.search(rf'name="keep" value="{both}"[^>]* checked', page)
    unticked = send(client, f"/coordinator/rounds/{made}/again", f"/coordinator/rounds/{made}", shown=both)
    assert both not in unticked.text


def test_more_points_for_a_group_go_along_with_the_round(site: Site, coordinator: Person) -> None:
    site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle, bonus={f"chapter/{coordinator.chapter}": 12})["id"]
    client, again = site.client(coordinator), f"/coordinator/rounds/{made}/again"
    page = client.get(again).text
    assert f'name="group" value="chapter/{coordinator.chapter}"' in page
    assert 'name="bonus-0" value="12"' in page
    start = f"/coordinator/rounds/{made}/next"
    fields = {"group": f"chapter/{coordinator.chapter}", "bonus-0": "30"}
    more = send(client, start, again, **fields).location.rsplit("/", 1)[1]
    assert options(site, coordinator, more)["bonus"] == {f"chapter/{coordinator.chapter}": 30}
    for none in ("x", "9" * 5_000):
        assert send(client, start, again, **fields | {"bonus-0": none}).status_code == 422
    marked = send(client, start, again, stay="1.5")
    assert (marked.status_code, 'id="stay-error"' in marked.text) == (422, True)


def test_a_draft_is_asked_for_again_as_it_was_asked_for(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    asked = {"kind": "calm", "seed": 3, "floor": 2, "calm": 0, "tolerance_ppm": 500}
    made = drafted(site, coordinator, entered(site, coordinator), **asked)["id"]
    client, again = site.client(coordinator), f"/coordinator/rounds/{made}/again"
    given = dict(FIELDS.findall(client.get(again).text))
    sent = send(client, f"/coordinator/rounds/{made}/next", again, **given, kind="calm")
    assert options(site, coordinator, sent.location.rsplit("/", 1)[1]) == NOTHING_ASKED | asked


def test_more_pairs_than_a_form_holds_are_refused_and_none_is_left_out(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [(site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)) for _ in range(2)]
    cycle = entered(site, coordinator)
    locked = [{"mentee": mentee.id, "mentor": mentor.id} for mentee, mentor in pairs]
    made = drafted(site, coordinator, cycle, locked=locked)["id"]
    monkeypatch.setattr(round_new, "MAX_KEPT", 1)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    words = "2 pairs are to stay together, and this form takes 1 at most."
    assert client.get(f"{page}/again").location == page
    assert words in client.get(page).text
    start, form = f"/coordinator/cycles/{cycle}/rounds", f"/coordinator/cycles/{cycle}/rounds/new"
    refused = send(client, start, form, keep=[f"{mentee.id} {mentor.id}" for mentee, mentor in pairs])
    assert (refused.status_code, words in refused.text) == (422, True)


def test_a_pair_that_cannot_stay_is_refused_without_saying_what_stands_between_the_two(
    site: Site, coordinator: Person
) -> None:
    mentor = site.mentor(coordinator.chapter)
    mentee = site.member(coordinator.chapter, "Dana", "mentee", languages=["fr"])
    cycle = entered(site, coordinator)
    client, page = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    answer = send(client, f"{page}/rounds", f"{page}/rounds/new", keep=f"{mentee.id} {mentor.id}")
    assert answer.status_code == 422
    assert "Dana and Bo Chen: A rule stands between two people who are to stay together." in answer.text
    assert "language stands" not in answer.text


def test_a_pair_one_of_whom_is_not_there_any_more_cannot_stay(site: Site, coordinator: Person) -> None:
    mentor = site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    client, page = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    answer = send(client, f"{page}/rounds", f"{page}/rounds/new", keep=f"{new_id('mem')} {mentor.id}")
    assert answer.status_code == 422
    assert "does not wait in this cycle any more." in answer.text


def test_a_round_says_how_far_it_is_and_can_be_cancelled_and_thrown_away(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = asked_later(site, coordinator, cycle)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    waiting = client.get(page).text
    for words in ("It begins in a moment.", 'content="3"', "Cancel the round", "<progress"):
        assert words in waiting
    assert client.get(f"{page}/progress").json == {
        "state": "running", "done": 0, "total": 0, "words": "It begins in a moment.",
    }  # fmt: skip
    assert "Cancel this round?" in client.get(f"{page}/cancellation").text
    assert send(client, f"{page}/cancellation").location == page
    cancelled = client.get(page).text
    assert "This round was cancelled." in cancelled
    assert "http-equiv" not in cancelled
    assert client.get(f"{page}/progress").json == {"state": "cancelled"}
    assert client.get(f"{page}/cancellation").location == page
    assert "Cancelled" in client.get(f"/coordinator/cycles/{cycle}").text
    assert send(client, f"{page}/discard", page).location == f"/coordinator/cycles/{cycle}"
    assert client.get(page).status_code == 404


def test_a_round_that_is_computed_becomes_a_draft_on_its_own_page(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    made = asked_later(site, coordinator, entered(site, coordinator))
    computed(site)
    client = site.client(coordinator)
    assert client.get(f"/coordinator/rounds/{made}/progress").json == {"state": "draft"}
    assert "Round with 1 proposal" in client.get(f"/coordinator/rounds/{made}").text


def test_a_round_that_failed_says_why_in_a_sentence_and_what_to_do(site: Site, coordinator: Person) -> None:
    mentor = site.mentor(coordinator.chapter)
    mentee = site.member(coordinator.chapter, "Dana", "mentee", languages=["fr"])
    cycle = entered(site, coordinator)
    made = asked_later(site, coordinator, cycle, locked=[{"mentee": mentee.id, "mentor": mentor.id}])
    computed(site)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    failed = client.get(page).text
    for words in (
        "Came to nothing",
        "A rule stands between two people",
        "Nothing of this round is kept",
        "Ask again",
    ):
        assert words in failed
    assert "language stands" not in failed
    assert f'value="{mentee.id} {mentor.id}" checked' in client.get(f"{page}/again").text
    assert send(client, f"{page}/discard", page).location == f"/coordinator/cycles/{cycle}"


def test_a_draft_draws_its_report_and_each_number_stands_beside_its_bar(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter, "Mo")
    for name in ("Ada", "Bea", "Cora"):
        site.mentee(coordinator.chapter, name)
    weights = {"mentee": {"wants": 1_000}, "mentor": {"asked": 1_000}}
    cycle = entered(site, coordinator, matching={"weights": weights})
    page = site.client(coordinator).get(f"/coordinator/rounds/{drafted(site, coordinator, cycle)['id']}").text
    for words in (
        "What mentees get", "What mentors get", "Both together", "Who has a proposal: All, 1 of 3: 33%; All, 1 of 1: 100%",
        "pairs were possible; others were chosen, 2 people", "Where one more place would help most: Mo, +",
        "What stops pairs: possible, 3: 100%", "Each pair counts once", "is possible</dt><dd>3,0",
    ):  # fmt: skip
        assert words in page, words


def test_where_sensitive_answers_count_the_mentors_whose_places_help_most_are_named_without_points(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter, "Mo")
    for name in ("Ada", "Bea", "Cora"):
        site.mentee(coordinator.chapter, name)
    faith = {"key": "faith", "match": "same", "mentee": 4, "mentor": 4, "sensitive": True}
    cycle = entered(site, coordinator, matching={"questions": [faith]})
    page = site.client(coordinator).get(f"/coordinator/rounds/{drafted(site, coordinator, cycle)['id']}").text
    assert "One more place would help most with these, in this order: Mo." in page
    assert "Mo, +" not in page


def test_before_a_round_goes_out_it_is_asked_whether_it_should_with_whom_it_reaches(
    site: Site, coordinator: Person
) -> None:
    (
        site.mentor(coordinator.chapter),
        site.mentee(coordinator.chapter),
        site.mentee(coordinator.chapter, "Ada"),
    )
    cycle = entered(site, coordinator)
    made, same = (drafted(site, coordinator, cycle)["id"] for _ in range(2))
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    look = client.get(page).text
    assert f'href="{page}/publication">Publish</a>' in look
    assert f'action="{page}/publication"' not in look
    asked = client.get(f"{page}/publication").text
    for words in (
        "Publish this round?",
        "1 proposal goes out: the mentee and the mentor get a mail.",
        "1 person is left over: who waits for a proposal is told that there is none this time.",
        "What has gone out cannot be taken back.",
    ):
        assert words in asked, words
    assert options(site, coordinator, made)["kind"] == "welfare"
    assert send(client, f"{page}/publication").location == page
    assert "Published. 1 proposal went out; both get a mail." in client.get(page).text
    assert client.get(f"{page}/publication").location == page
    send(client, f"/coordinator/rounds/{same}/publication")
    none = client.get(f"/coordinator/rounds/{same}").text
    assert "Published, but none of its proposals could go out any more." in none


def test_a_draft_says_that_another_round_of_its_cycle_has_gone_out_since(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    older, newer = (drafted(site, coordinator, cycle)["id"] for _ in range(2))
    client, page = site.client(coordinator), f"/coordinator/rounds/{older}"
    warned = "A round went out since this draft was made: who has a proposal from it gets none from this."
    assert warned not in client.get(page).text + client.get(f"{page}/publication").text
    site.stack.clock.advance(minutes=1)
    send(client, f"/coordinator/rounds/{newer}/publication")
    out = client.get(f"/coordinator/rounds/{newer}").text
    assert ("Round with 1 proposal" in out, "drafted" in out, warned in out) == (True, False, False)
    look, asked = client.get(page).text, client.get(f"{page}/publication").text
    again = f'<a class="button" href="{page}/again">Draft again</a>'
    assert [(warned in text, again in text) for text in (look, asked)] == [(True, True)] * 2
    assert f'href="/coordinator/rounds/{newer}">The round that went out</a>' in look
    assert f'<a class="button quiet" href="{page}/publication">Publish</a>' in look
    assert "At most 1 proposal goes out" in asked
    send(client, f"{page}/publication")
    none = client.get(page).text
    for words in (
        "Round with 1 drafted proposal",
        "mentees with a drafted proposal, of 1",
        "0 proposals went out",
    ):
        assert words in none, words
    assert warned not in none
    newest = drafted(site, coordinator, cycle)
    assert newest["overtaken_by"] is None
    assert "weakest tenth" in out
    assert "weakest tenth" not in client.get(f"/coordinator/rounds/{newest['id']}").text


def test_a_round_that_goes_out_says_how_far_it_is_until_those_left_over_are_told(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    (
        site.mentor(coordinator.chapter),
        site.mentee(coordinator.chapter),
        site.mentee(coordinator.chapter, "Ada"),
    )
    made = drafted(site, coordinator, entered(site, coordinator))["id"]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    monkeypatch.setattr(rounds, "PAGES_AT_ONCE", 0)
    send(client, f"{page}/publication")
    steps = [("0 of 1 proposals are out.", 0), ("Those left over are being told: 0 of 1.", 0)]
    for words, done in steps:
        shown = client.get(page).text
        for part in (words, f'data-watch="{page}/progress"', 'content="3"'):
            assert part in shown, part
        at = client.get(f"{page}/progress").get_json()
        assert words in at.pop("words")
        assert at == {"state": "running", "done": done, "total": 1}
        assert rounds.carry_on(site.stack.running["matching"].room) == 1
    assert client.get(f"{page}/progress").json == {"state": "published"}
    assert "data-watch" not in client.get(page).text


def test_a_draft_without_a_proposal_can_be_published_to_tell_those_left_over(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle, floor=5_000)["id"]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    assert f'href="{page}/publication">Tell those left over</a>' in client.get(page).text
    asked = client.get(f"{page}/publication").text
    assert ("2 people are left over" in asked, "goes out:" in asked) == (True, False)
    send(client, f"{page}/publication")
    assert "Published. Those left over are told." in client.get(page).text
    empty = a_cycle(site, coordinator)
    nobody = f"/coordinator/rounds/{drafted(site, coordinator, empty)['id']}"
    assert "/publication" not in client.get(nobody).text
    assert client.get(f"{nobody}/publication").location == nobody


def test_a_round_of_nobody_says_that_nobody_waits(site: Site, coordinator: Person) -> None:
    cycle = a_cycle(site, coordinator)
    page = site.client(coordinator).get(f"/coordinator/rounds/{drafted(site, coordinator, cycle)['id']}").text
    assert "Nobody waits in this cycle. Enter people on its page, then draft again." in page
    assert ("Who has a proposal" in page, "The list below" in page) == (False, False)


def test_a_draft_that_used_an_answer_taken_back_offers_only_to_be_drafted_again(
    site: Site, coordinator: Person
) -> None:
    ada, _ = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator, matching=ASKED)
    made = drafted(site, coordinator, cycle)["id"]
    taken_back(site, ada)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    shown = client.get(page).text
    for words in ("Somebody has taken back an answer", "It cannot be published any more.", "Draft again"):
        assert words in shown, words
    for words in ("Nobody waits", "No pair is possible", "Publish", "until you publish"):
        assert words not in shown, words
    assert client.get(f"{page}/publication").location == page
    assert "Make a draft" in client.get(f"{page}/again").text


def test_a_coordinator_reads_why_these_two_and_why_not_those(site: Site, coordinator: Person) -> None:
    mo, nia = site.mentor(coordinator.chapter, "Mo"), site.mentor(coordinator.chapter, "Nia")
    ada, bea, cora = (site.mentee(coordinator.chapter, name) for name in ("Ada", "Bea", "Cora"))
    dana = site.member(
        coordinator.chapter,
        "Dana",
        "mentee",
        languages=["fr"],
        areas_wanted=[{"area": "leadership", "weight": 3}],
    )
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)
    pairs = {one["mentee"]: one["mentor"] for one in made["proposals"]}
    (left,) = {ada.id, bea.id, cora.id} - pairs.keys()
    client, base = site.client(coordinator), f"/coordinator/rounds/{made['id']}/pair"
    empty = client.get(base).text
    assert "Why these two?" in empty
    assert f'<option value="{dana.id}"' in empty

    def told(mentee: str, mentor: str) -> str:
        return client.get(f"{base}?mentee={mentee}&mentor={mentor}").text

    mentee, mentor = next(iter(pairs.items()))
    chosen = told(mentee, mentor)
    for words in (
        "proposed",
        "Together they are worth",
        "Leadership is wanted",
        "Leadership is asked for",
        "8 years ahead in leadership",
        "What counts",
    ):
        assert words in chosen, words
    for mentor in (mo.id, nia.id):
        unmet = told(left, mentor)
        assert "possible, not proposed" in unmet
        assert "Their two places bring" in unmet
        assert "They have no common language." in told(dana.id, mentor)


def test_why_not_says_of_an_exclusion_only_that_there_is_one(site: Site, coordinator: Person) -> None:
    mentor, mentee = site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    rel = site.introduced(coordinator, mentee, mentor)
    site.api("POST", "/api/profiles/v1/me/blocks", {"member": mentor.id}, mentee)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    page = (
        site.client(coordinator)
        .get(f"/coordinator/rounds/{made}/pair?mentee={mentee.id}&mentor={mentor.id}")
        .text
    )
    assert "One of the two would rather not meet the other." in page
    assert not any(word in page for word in TOLD_BY_NOBODY)
    assert rel not in page


def test_somebody_left_over_has_a_page_of_what_would_help(site: Site, coordinator: Person) -> None:
    for name in ("Mo", "Nia", "Oli"):
        site.mentor(coordinator.chapter, name)
    dana = site.member(
        coordinator.chapter,
        "Dana",
        "mentee",
        languages=["fr"],
        areas_wanted=[{"area": "leadership", "weight": 3}],
    )
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    link = f"{page}/help?member={dana.id}&amp;side=mentee"
    assert link in client.get(page).text
    helped = client.get(link.replace("&amp;", "&")).text
    for words in (
        "What would help Dana",
        "Speaking English as well",
        "makes 3 more people possible",
        "3 of them with a place left",
    ):
        assert words in helped, words
    assert client.get(f"{page}/help?member={dana.id}&side=both").status_code == 404


def test_a_round_too_large_to_look_through_sends_back_to_it_and_says_so(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.mentor(coordinator.chapter)
    ada = site.mentee(coordinator.chapter, "Ada")
    made = drafted(site, coordinator, entered(site, coordinator), floor=5_000)["id"]
    monkeypatch.setattr(waiting, "MENTORS_MOST", 0)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    sent = client.get(f"{page}/help?member={ada.id}&side=mentee")
    assert (sent.status_code, sent.location) == (303, page)
    assert "There are too many people in this round to look through for one of them." in client.get(page).text


def test_a_published_round_still_says_what_was_asked_for(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    made = drafted(site, coordinator, entered(site, coordinator), kind="calm", calm=3)["id"]
    site.api("POST", f"{M}/rounds/{made}/publication", {}, coordinator)
    page = site.client(coordinator).get(f"/coordinator/rounds/{made}").text
    assert "1 proposal went out" in page
    assert "Calm · at most 3 points" in page


def test_two_drafts_stand_side_by_side(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter, "Mo"), site.mentee(coordinator.chapter, "Ada")
    cycle = entered(site, coordinator)
    one, other, same = (
        drafted(site, coordinator, cycle, **asked)["id"] for asked in ({}, {"floor": 5_000}, {"seed": 3})
    )
    client, page = site.client(coordinator), f"/coordinator/rounds/{one}"
    assert f'<option value="{other}">' in client.get(page).text
    compared = client.get(f"{page}/comparison?with={other}").text
    for words in (
        "Two drafts side by side",
        "1 of 1: 100%",
        "0 of 1: 0%",
        "Who is proposed to somebody else",
        "Ada",
        "Mo (",
    ):
        assert words in compared, words
    alike = client.get(f"{page}/comparison?with={same}").text
    assert "Both drafts propose the same pairs." in alike
    best = "Of the best total with its own options, at least"
    assert (best in alike, best in compared) == (True, False)  # the second's best is below its own floor
    assert client.get(f"{page}/comparison").status_code == 404


def test_prices_of_a_round_that_tolerated_a_gap_are_told_as_about_so_many_points(
    site: Site, coordinator: Person
) -> None:
    mo = site.mentor(coordinator.chapter, "Mo")
    for name in ("Ada", "Bea"):
        site.mentee(coordinator.chapter, name)
    made = drafted(site, coordinator, entered(site, coordinator))
    (left,) = [one["member"] for one in made["left_over"]]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made['id']}"
    pair, helped = f"{page}/pair?mentee={left}&mentor={mo.id}", f"{page}/help?member={left}&side=mentee"
    assert not any(" about " in client.get(one).text for one in (pair, helped))
    stored = site.stack.running["matching"].room.store.db["rounds"]
    stored.update_one({"_id": made["id"]}, {"$set": {"report.gap": 3}})
    assert "They would do about as well as those who were chosen." in client.get(pair).text
    assert "one more place there adds about " in client.get(helped).text
    assert "About so many points would one more place" in client.get(page).text


def test_rounds_too_large_to_compare_say_so_on_the_page_of_the_first(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = entered(site, coordinator)
    one, other = (drafted(site, coordinator, cycle)["id"] for _ in range(2))
    monkeypatch.setattr(explaining, "COMPARED_MOST", -1)
    client, page = site.client(coordinator), f"/coordinator/rounds/{one}"
    assert client.get(f"{page}/comparison?with={other}").location == page
    assert "These two rounds have too many proposals to be set side by side." in client.get(page).text


def test_a_pair_that_was_not_proposed_can_be_kept_from_its_own_page(site: Site, coordinator: Person) -> None:
    ada, bea = (site.mentee(coordinator.chapter, name) for name in ("Ada", "Bea"))
    mentor = site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    draft = drafted(site, coordinator, cycle)
    (taken,) = draft["proposals"]
    (other,) = {ada.id, bea.id} - {taken["mentee"]}
    client, page = site.client(coordinator), f"/coordinator/rounds/{draft['id']}"
    both = f"{other} {mentor.id}"
    why_not = f"{page}/pair?mentee={other}&mentor={mentor.id}"
    assert f'name="keep" value="{both}">Keep these two together, and draft again' in client.get(why_not).text
    form = send(client, f"{page}/again", why_not, keep=both)
    assert f'value="{both}" checked' in form.text
    assert 'name="keep"' not in client.get(f"{page}/pair?mentee={taken['mentee']}&mentor={mentor.id}").text
    send(client, f"{page}/publication")
    assert 'name="keep"' not in client.get(why_not).text


def test_who_has_withdrawn_since_is_said_to_have_on_every_page_that_asks_about_her(
    site: Site, coordinator: Person
) -> None:
    ada, mentor = site.mentee(coordinator.chapter, "Ada"), site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle, floor=5_000)["id"]
    (hers,) = site.api("GET", f"{M}/me/applications", person=ada)["items"]
    site.api("DELETE", f"{M}/applications/{hers['id']}", person=ada)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    words = "Somebody whom you ask about has not applied to this cycle, or has withdrawn."
    pair = client.get(f"{page}/pair?mentee={ada.id}&mentor={mentor.id}")
    assert (pair.status_code, words in pair.text) == (200, True)
    assert client.get(f"{page}/help?member={ada.id}&side=mentee").location == page
    assert words in client.get(page).text
    found = client.get(f"/coordinator/cycles/{cycle}/mentors?mentee={ada.id}")
    assert (found.status_code, words in found.text) == (200, True)


def test_a_look_that_has_to_wait_for_what_is_read_comes_back_to_the_round(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _ = site.mentee(coordinator.chapter, "Ada"), site.mentor(coordinator.chapter)
    made = drafted(site, coordinator, entered(site, coordinator), floor=5_000)["id"]
    monkeypatch.setattr(discovering, "MENTORS_AT_ONCE", 0)
    monkeypatch.setattr(waiting, "WAIT_S", 0.0)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    assert client.get(f"{page}/help?member={ada.id}&side=mentee").location == page
    assert "Look again in a moment." in client.get(page).text


def test_a_list_to_choose_from_reads_some_pages_and_says_that_there_are_more(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    mentors = [site.mentor(coordinator.chapter, name) for name in ("Mo", "Nia", "Oli")]
    ada = site.mentee(coordinator.chapter, "Ada")
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}/pair"
    more = "Not everybody is listed here"
    whole = client.get(page).text
    assert more not in whole
    assert all(f'<option value="{one.id}">' in whole for one in mentors)
    monkeypatch.setattr(round_answers, "PAGE", 1)
    monkeypatch.setattr(round_answers, "CHOICE_PAGES", 2)
    cut = client.get(page).text
    assert more in cut
    assert sum(f'<option value="{one.id}">' in cut for one in mentors) == 2
    assert f'<option value="{ada.id}">' in cut, "mentors take no mentee's place in the list"
    assert more not in client.get(f"/coordinator/cycles/{cycle}/mentors").text


def test_a_stable_round_says_that_it_has_no_prices_of_places(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    client, words = site.client(coordinator), "has no prices of places"
    for kind, says in (("stable", True), ("calm", True), ("welfare", False)):
        made = drafted(site, coordinator, cycle, kind=kind)["id"]
        assert (words in client.get(f"/coordinator/rounds/{made}").text) is says, kind


def test_a_long_round_is_looked_at_part_by_part(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("Ada", "Bea", "Cora")
    for name in names:
        site.mentee(coordinator.chapter, name)
    made = drafted(site, coordinator, entered(site, coordinator))["id"]
    monkeypatch.setattr(pages, "PAGE", 2)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    assert f"{page}?after=0&amp;left_after=2" in client.get(page).text
    rest = client.get(f"{page}?left_after=2").text
    assert (sum(name in rest for name in names), "left_after=4" in rest) == (1, False)


def test_who_is_matched_is_not_said_to_have_withdrawn(site: Site, coordinator: Person) -> None:
    mentor, mentee = site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    site.api("POST", f"{M}/rounds/{made}/publication", {}, coordinator)
    (proposal,) = site.api("GET", f"{M}/rounds/{made}", person=coordinator)["proposals"]
    both, rel = (mentee, mentor), proposal["relationship"]
    site.stack.quiet()
    site.answered(rel, *both)
    met = site.api("POST", f"{S}/pairs/{rel}/sessions", {"mode": "letters"}, mentee)["id"]
    for person in both:
        site.api("POST", f"{S}/sessions/{met}/attendance", {"held": True}, person)
    site.stack.quiet()
    for person in both:
        site.api("POST", f"{M}/relationships/{rel}/vote", {"vote": "yes"}, person)
    page = site.client(coordinator).get(f"/coordinator/cycles/{cycle}").text
    assert ("<td>matched</td>" in page, "<td>withdrawn</td>" in page) == (True, False)


def test_an_older_round_of_a_cycle_is_on_a_further_page(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = a_cycle(site, coordinator)
    made = [drafted(site, coordinator, cycle, seed=seed)["id"] for seed in range(3)]
    monkeypatch.setattr(applications, "ROUNDS_LISTED", 2)
    client, page = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    shown = client.get(page).text
    listed = [one for one in made if one in shown.replace("rounds_after=", " ")]
    (link,) = re.findall(r"rounds_after=(\w+)", shown)
    older, _, _ = client.get(f"{page}?rounds_after={link}").text.partition("</main>")
    assert len(listed) == 2
    assert [one for one in made if one in older] == [one for one in made if one not in listed]
    assert "rounds_after" not in older


def test_a_member_sees_none_of_it(site: Site, coordinator: Person) -> None:
    mentor, mentee = site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    base, pair = f"/coordinator/rounds/{made}", f"mentee={mentee.id}&mentor={mentor.id}"
    for path in (
        "",
        "/progress",
        "/again",
        "/cancellation",
        "/publication",
        f"/pair?{pair}",
        f"/help?member={mentee.id}&side=mentee",
        f"/comparison?with={made}",
    ):
        for person in (mentee, mentor):
            assert site.client(person).get(base + path).status_code == 403, path
