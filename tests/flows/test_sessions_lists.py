"""Lists of sessions in pages: the newest first, each once, and no end before the last."""

from collections.abc import Callable
from typing import Any

import pytest

from services.sessions.api import lists
from services.sessions.domain.writings import Note
from services.sessions.kinds import NOTES
from shared.call import Call
from shared.events.matching import RelationshipCompleted, RelationshipErased, RelationshipReviewDue
from shared.ids import new_id
from shared.transaction import MAX_FOUND, Tx
from tests.flows.sessions_people import DAY, APair
from tests.stack import Stack

Write = Callable[[APair], Any]


@pytest.fixture
def pair(stack: Stack) -> APair:
    made = APair(stack).start()
    made.hours(mentee=(), mentor=(), zones=("Asia/Shanghai", "Asia/Shanghai"))
    return made


def a_note(pair: APair, text: str = "n", **more: Any) -> str:
    written: str = pair.did("POST", f"pairs/{pair.id}/notes", pair.as_mentee, {"text": text} | more)["id"]
    return written


def a_step(pair: APair) -> None:
    pair.did("POST", f"sessions/{pair.meet()}/steps", pair.as_mentee, {"text": "s"})


def thanks(pair: APair) -> str:
    given: str = pair.did("POST", f"pairs/{pair.id}/kudos", pair.as_mentor, {"text": "t"})["id"]
    return given


def published(pair: APair) -> None:
    id = thanks(pair)
    pair.meet()
    for by in (pair.as_mentee, pair.as_mentor):
        pair.did("PUT", f"kudos/{id}/publication", by, {"publish": True})
        pair.did("PUT", f"pairs/{pair.id}/milestones/first_session/publication", by, {"publish": True})


def a_certificate(pair: APair) -> None:
    for _ in range(4):
        pair.meet()
    pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})


def pages(pair: APair, path: str, limit: int) -> list[list[Any]]:
    """Every page of a list, as somebody reads it who follows `next`."""
    found, after = [], ""
    for _ in range(50):
        page = pair.did("GET", f"{path}?limit={limit}&after={after}", pair.as_mentee)
        found.append(page["items"])
        if page["next"] is None:
            return found
        after = page["next"]
    raise AssertionError("the list has no end")


@pytest.mark.parametrize(
    ("path", "write", "when"),
    [
        ("pairs/{id}/sessions", APair.meet, "starts_at"),
        ("pairs/{id}/steps", a_step, "agreed_at"),
        ("pairs/{id}/notes", a_note, "written_at"),
        ("pairs/{id}/kudos", thanks, "given_at"),
        ("wall", published, "at"),
        ("me/certificates", a_certificate, "issued_on"),
    ],
)
def test_a_list_read_page_by_page_holds_each_once_and_the_newest_first(
    pair: APair, path: str, write: Write, when: str
) -> None:
    for days in (
        0,
        0,
        0,
        1,
        1,
    ):  # the same moment more than once: the place in the list is told apart all the same
        pair.stack.clock.advance(days=days)
        write(pair)
    path = path.format(id=pair.id)
    whole = pair.did("GET", path, pair.as_mentee)
    assert whole["next"] is None
    assert len(whole["items"]) >= 5
    assert [one[when] for one in whole["items"]] == sorted(
        (one[when] for one in whole["items"]), reverse=True
    )
    for limit in (1, 2, len(whole["items"])):
        read = pages(pair, path, limit)
        assert [one for page in read for one in page] == whole["items"]
        assert {len(page) for page in read[:-1]} <= {limit}


def test_what_one_was_asked_comes_in_pages_too(pair: APair) -> None:
    pair.stack.clock.advance(days=1)
    pair.told(RelationshipReviewDue(pair.mentee, pair.mentor, pair.stack.clock() + DAY))
    pair.told(RelationshipCompleted(pair.mentee, pair.mentor, 1))
    for path, number in (("me/pulses", 3), ("me/outcomes", 2)):
        whole = pair.did("GET", path, pair.as_mentee)["items"]
        assert len(whole) == number
        assert [one for page in pages(pair, path, 1) for one in page] == whole


def test_her_pairs_come_in_pages_the_newest_first(stack: Stack) -> None:
    first = APair(stack)
    others = [APair(stack, first.chapter, mentee=first.mentee) for _ in range(4)]
    ids = [one["id"] for page in pages(first, "me/pairs", 2) for one in page]
    assert ids == sorted((one.id for one in (first, *others)), reverse=True)


def test_a_list_goes_on_where_its_last_item_was_removed_meanwhile(pair: APair) -> None:
    for number in range(4):
        a_note(pair, str(number))
        pair.stack.clock.advance(hours=1)
    first = pair.did("GET", f"pairs/{pair.id}/notes?limit=2", pair.as_mentee)
    pair.did("DELETE", f"notes/{first['items'][-1]['id']}", pair.as_mentee)
    rest = pair.did("GET", f"pairs/{pair.id}/notes?after={first['next']}", pair.as_mentee)
    assert [one["text"] for one in rest["items"]] == ["1", "0"]


def test_pages_of_notes_hold_none_of_the_others_own(pair: APair) -> None:
    a_note(pair, "mine")
    a_note(pair, "ours", shared=True)
    a_note(pair, "mine again")
    read = pages_of(pair, pair.as_mentor)
    assert read == ["ours"]


def pages_of(pair: APair, by: dict[str, str]) -> list[str]:
    texts, after = [], ""
    while True:
        page = pair.did("GET", f"pairs/{pair.id}/notes?limit=1&after={after}", by)
        texts += [one["text"] for one in page["items"]]
        if (after := page["next"] or "") == "":
            return texts


NO_CURSORS = (
    "nte_1",
    "~nte_1",
    "12~",
    "-1~nte_1",
    "1.5~nte_1",
    "99999999999999999~nte_1",
    f"{'9' * 5_000}~nte_1",
    f"1~{'x' * 200}",
    "%D9%A1~nte_1",
)


@pytest.mark.parametrize("path", ["pairs/{id}/sessions", "pairs/{id}/notes", "wall", "me/pulses"])
def test_a_cursor_that_nobody_gave_out_is_refused_by_name(pair: APair, path: str) -> None:
    for cursor in NO_CURSORS:
        refused = pair.ask("GET", f"{path.format(id=pair.id)}?after={cursor}", pair.as_mentee)
        assert (refused.status_code, refused.json["code"]) == (422, "invalid"), cursor
        assert [error["parameter"] for error in refused.json["errors"]] == ["after"]


def test_a_page_of_no_sensible_size_is_refused(pair: APair) -> None:
    for path in (f"pairs/{pair.id}/steps", "me/pairs"):
        for limit in ("0", "201", "x", ""):
            refused = pair.ask("GET", f"{path}?limit={limit}", pair.as_mentee)
            assert refused.status_code == 422, limit
            assert [error["parameter"] for error in refused.json["errors"]] == ["limit"]


def test_one_step_is_read_by_the_two_alone(pair: APair) -> None:
    a_step(pair)
    (step,) = pair.did("GET", f"pairs/{pair.id}/steps", pair.as_mentee)["items"]
    for by in (pair.as_mentee, pair.as_mentor):
        assert pair.did("GET", f"steps/{step['id']}", by) == step
    for by, status in ((pair.as_stranger, 404), (pair.as_staff, 403), (pair.elsewhere, 404)):
        assert pair.ask("GET", f"steps/{step['id']}", by).status_code == status


def test_an_export_holds_all_however_many_reads_it_takes(
    pair: APair, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        a_note(pair, str(number))
    monkeypatch.setattr(lists, "MAX_FOUND", 3)
    (mine,) = pair.did("GET", "me/export", pair.as_mentee)["pairs"]
    assert sorted(one["text"] for one in mine["notes"]) == [str(number) for number in range(7)]


def test_an_erased_relationship_leaves_no_note_however_many_there_were(pair: APair) -> None:
    store = pair.stack.running["sessions"].room.store
    number = MAX_FOUND + 1

    def write(tx: Tx) -> None:
        for _ in range(number):
            note = Note(
                new_id("nte"), pair.chapter, pair.id, pair.mentee, pair.mentor, pair.mentee, b"x", False, tx.call.at
            )  # fmt: skip
            tx.save(NOTES, note)

    store.change(Call(new_id("call"), pair.stack.clock(), pair.chapter, "operator"), write)
    assert store.reader().count(NOTES, {"relationship": pair.id}) == number
    pair.told(RelationshipErased())
    assert store.reader().count(NOTES, {"relationship": pair.id}) == 0
