"""R10: agenda from the one who learns, open questions by stage, reflections that ask whose idea it was; only sums leave the pair."""

from itertools import cycle
from typing import Any

import pytest

from services.sessions.domain.guides import LIBRARY, LOCALES, STAGES
from shared.events.matching import RelationshipRenewed, RelationshipReviewDue, RelationshipReviewed
from tests.flows.sessions_people import DAY, APair
from tests.stack import Stack

LINES = {"lines": "She knows whom to ask.\nI talked too much.", "gained": "Patience", "step_idea": "mentee"}


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def test_the_mentee_writes_the_agenda_and_both_read_it(pair: APair) -> None:
    session = pair.plan().json["id"]
    assert pair.did("GET", f"sessions/{session}/agenda", pair.as_mentor) == {"text": ""}
    pair.did("PUT", f"sessions/{session}/agenda", pair.as_mentee, {"text": "My first talk"})
    assert pair.did("GET", f"sessions/{session}/agenda", pair.as_mentor) == {"text": "My first talk"}
    refused = pair.ask("PUT", f"sessions/{session}/agenda", pair.as_mentor, {"text": "My agenda"})
    assert (refused.status_code, refused.json["code"]) == (403, "agenda_not_yours")
    assert pair.ask("GET", f"sessions/{session}/agenda", pair.as_staff).status_code == 403


def test_each_looks_back_in_two_lines_and_shares_them_or_not(pair: APair) -> None:
    session = pair.meet()
    pair.did("PUT", f"sessions/{session}/reflection", pair.as_mentee, LINES)
    pair.did("PUT", f"sessions/{session}/reflection", pair.as_mentor, LINES | {"shared": True})

    def authors(by: Any) -> set[str]:
        return {one["author"] for one in pair.did("GET", f"sessions/{session}/reflections", by)["items"]}

    assert authors(pair.as_mentee) == {pair.mentee, pair.mentor}
    assert authors(pair.as_mentor) == {pair.mentor}
    pair.did("PUT", f"sessions/{session}/reflection", pair.as_mentee, LINES | {"shared": True})
    assert authors(pair.as_mentor) == {pair.mentee, pair.mentor}


@pytest.mark.parametrize(
    "wrong", [{"lines": "a\nb\nc"}, {"lines": " "}, {"step_idea": "hers"}, {"lines": "x" * 401}]
)
def test_a_reflection_is_two_lines_and_one_of_four_answers(pair: APair, wrong: dict[str, str]) -> None:
    assert (
        pair.ask("PUT", f"sessions/{pair.meet()}/reflection", pair.as_mentee, LINES | wrong).status_code
        == 422
    )


def test_there_is_nothing_to_look_back_on_before_a_session_was_held(pair: APair) -> None:
    early = pair.ask("PUT", f"sessions/{pair.plan().json['id']}/reflection", pair.as_mentee, LINES)
    assert (early.status_code, early.json["code"]) == (409, "session_not_held")


def test_whose_idea_it_was_leaves_the_pair_only_as_a_sum_over_seven_people(stack: Stack) -> None:
    first = APair(stack).start()
    pairs = [first, *(APair(stack, first.chapter).start() for _ in range(3))]
    idea = cycle(["mentee", "mentee", "both"])
    people = [(pair, by) for pair in pairs for by in (pair.as_mentee, pair.as_mentor)]
    for pair, by in people[:6]:
        pair.did("PUT", f"sessions/{pair.meet()}/reflection", by, LINES | {"step_idea": next(idea)})
    seen = first.did("GET", "step-ideas", first.as_staff)
    assert seen == {"people": 0, "least_people": 7, "ideas": None}
    pair, by = people[0]
    pair.did("PUT", f"sessions/{pair.meet()}/reflection", by, LINES)
    assert first.did("GET", "step-ideas", first.as_staff)["people"] == 0, (
        "six people, however often they speak"
    )
    pair, by = people[6]
    pair.did("PUT", f"sessions/{pair.meet()}/reflection", by, LINES)
    counted = first.did("GET", "step-ideas", first.as_staff)
    assert (counted["people"], counted["ideas"]["mentee"], counted["ideas"]["both"]) == (7, 5, 2)


def test_a_note_is_for_its_author_alone_or_for_the_pair_and_never_for_staff(pair: APair) -> None:
    mine = pair.did("POST", f"pairs/{pair.id}/notes", pair.as_mentee, {"text": "marker-4471"})["id"]
    pair.did("POST", f"pairs/{pair.id}/notes", pair.as_mentee, {"text": "For both", "shared": True})
    assert [note["text"] for note in pair.did("GET", f"pairs/{pair.id}/notes", pair.as_mentor)["items"]] == [
        "For both"
    ]
    assert len(pair.did("GET", f"pairs/{pair.id}/notes", pair.as_mentee)["items"]) == 2
    assert pair.ask("GET", f"pairs/{pair.id}/notes", pair.as_staff).status_code == 403
    assert pair.ask("DELETE", f"notes/{mine}", pair.as_mentor).status_code == 404
    db = pair.stack.running["sessions"].room.store.db
    assert "marker-4471" not in str([list(db[name].find()) for name in ("notes", "changes")])
    assert pair.ask("DELETE", f"notes/{mine}", pair.as_mentee).status_code == 204
    assert len(pair.did("GET", f"pairs/{pair.id}/notes", pair.as_mentee)["items"]) == 1


def test_guides_hold_open_questions_for_where_the_pair_stands_in_both_languages(pair: APair) -> None:
    first = pair.did("GET", f"pairs/{pair.id}/guide", pair.as_mentee)
    assert (first["stage"], len(first["items"]) >= 3) == ("first", True)
    assert all(one["question"].endswith("?") for one in first["items"])
    pair.meet()
    assert pair.did("GET", f"pairs/{pair.id}/guide", pair.as_mentor)["stage"] == "middle"
    ends_at = pair.stack.clock() + 182 * DAY
    pair.told(RelationshipRenewed(pair.mentee, pair.mentor, 1, pair.stack.clock() + 91 * DAY, ends_at))
    pair.told(RelationshipReviewDue(pair.mentee, pair.mentor, ends_at))
    assert pair.did("GET", f"pairs/{pair.id}/guide", pair.as_mentor)["stage"] == "review"
    pair.told(RelationshipReviewed(pair.mentee, pair.mentor, ends_at))
    assert pair.did("GET", f"pairs/{pair.id}/guide", pair.as_mentor)["stage"] == "middle"
    pair.stack.clock.advance(days=170)
    last = pair.did("GET", f"pairs/{pair.id}/guide?locale=zh-Hans", pair.as_mentor)
    assert (last["stage"], last["items"][0]["question"][-1]) == ("last", "\uff1f")


def test_a_chapter_adds_questions_of_its_own_and_no_advice(pair: APair) -> None:
    question = {"stage": "first", "locale": "en", "question": "What brought you to our city?"}
    added = pair.did("POST", "guides", pair.as_staff, question)["id"]
    shown = [one["question"] for one in pair.did("GET", "guides?stage=first", pair.as_mentee)["items"]]
    assert shown[-1] == question["question"]
    advice = pair.ask("POST", "guides", pair.as_staff, question | {"question": "Work harder."})
    assert (advice.status_code, advice.json["code"]) == (422, "not_a_question")
    assert pair.ask("POST", "guides", pair.as_mentee, question).status_code == 403
    other = APair(pair.stack)
    assert question["question"] not in str(other.did("GET", "guides", other.as_mentee))
    assert other.ask("DELETE", f"guides/{added}", other.as_staff).status_code == 404
    assert pair.ask("DELETE", f"guides/{added}", pair.as_staff).status_code == 204
    assert len(pair.did("GET", "guides?stage=first", pair.as_mentee)["items"]) == len(shown) - 1


def test_every_question_of_the_library_is_there_in_every_language() -> None:
    assert set(LIBRARY) == set(STAGES)
    for questions in LIBRARY.values():
        for question in questions:
            assert set(question) == set(LOCALES)
            assert question["en"].endswith("?")
