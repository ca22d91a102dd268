"""R25: thanks and milestones stay inside the pair, and are public only while both of the two publish them."""

import pytest

from tests.flows.sessions_people import APair
from tests.stack import Stack


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def thanks(pair: APair, text: str = "For your patience") -> str:
    kudos: str = pair.did("POST", f"pairs/{pair.id}/kudos", pair.as_mentee, {"text": text})["id"]
    return kudos


def wall(pair: APair) -> list[dict[str, object]]:
    items: list[dict[str, object]] = pair.did("GET", "wall", pair.as_stranger)["items"]
    return items


def test_thanks_are_told_once_and_their_words_are_for_the_two_only(pair: APair) -> None:
    thanks(pair, "marker-5529")
    assert pair.events("kudos.given") == ["kudos.given"]
    for by in (pair.as_mentee, pair.as_mentor):
        [seen] = pair.did("GET", f"pairs/{pair.id}/kudos", by)["items"]
        assert (seen["text"], seen["receiver"]) == ("marker-5529", pair.mentor)
    assert pair.ask("GET", f"pairs/{pair.id}/kudos", pair.as_staff).status_code == 403
    db = pair.stack.running["sessions"].room.store.db
    assert "marker-5529" not in str([list(db[name].find()) for name in ("kudos", "changes")])


def test_thanks_are_public_only_while_both_publish_them(pair: APair) -> None:
    kudos = thanks(pair)
    path = f"kudos/{kudos}/publication"
    pair.did("PUT", path, pair.as_mentee, {"publish": True})
    assert wall(pair) == []
    pair.did("PUT", path, pair.as_mentor, {"publish": True})
    assert [one["text"] for one in wall(pair)] == ["For your patience"]
    pair.did("PUT", path, pair.as_mentee, {"publish": False})
    assert wall(pair) == []
    assert pair.ask("PUT", path, pair.as_stranger, {"publish": True}).status_code == 404


def test_milestones_are_what_the_two_have_reached(pair: APair) -> None:
    def reached() -> list[str]:
        return [
            one["milestone"]
            for one in pair.did("GET", f"pairs/{pair.id}/milestones", pair.as_mentor)["items"]
        ]

    assert reached() == []
    session = pair.meet()
    step = pair.did("POST", f"sessions/{session}/steps", pair.as_mentee, {"text": "Write to Ana"})["id"]
    pair.did("POST", f"steps/{step}/closing", pair.as_mentee, {"outcome": "done"})
    assert reached() == ["first_session", "first_step"]
    for _ in range(4):
        pair.meet(reversed_roles=True)
    assert reached() == ["first_session", "five_sessions", "first_step", "turned_round"]


def test_a_milestone_is_published_by_both_and_only_once_it_is_reached(pair: APair) -> None:
    path = f"pairs/{pair.id}/milestones/first_session/publication"
    early = pair.ask("PUT", path, pair.as_mentee, {"publish": True})
    assert (early.status_code, early.json["code"]) == (409, "not_reached")
    pair.meet()
    pair.did("PUT", path, pair.as_mentee, {"publish": True})
    assert wall(pair) == []
    pair.did("PUT", path, pair.as_mentor, {"publish": True})
    assert [one["milestone"] for one in wall(pair)] == ["first_session"]
    nowhere = pair.ask(
        "PUT", f"pairs/{pair.id}/milestones/none/publication", pair.as_mentee, {"publish": True}
    )
    assert nowhere.status_code == 404


def test_before_they_have_begun_there_is_nothing_to_thank_for(stack: Stack) -> None:
    early = APair(stack)
    refused = early.ask("POST", f"pairs/{early.id}/kudos", early.as_mentee, {"text": "Thanks"})
    assert (refused.status_code, refused.json["code"]) == (409, "not_started")
