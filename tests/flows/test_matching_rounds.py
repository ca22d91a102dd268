"""Rounds, from applications to relationships: drafted, looked at, published exactly once."""

from dataclasses import replace
from functools import partial
from threading import Barrier, get_ident
from typing import Any

import pytest

from services.matching.commands import drafting as drafts
from services.matching.commands import markets
from services.matching.commands import rounds as commands
from services.matching.engine import solve
from services.matching.kinds import PROGRAMMES, RELATIONSHIPS, ROUNDS
from shared.call import Call
from shared.errors import Refused, Transient
from shared.events.profiles import AreaOffered
from shared.ids import new_id
from tests.flows.dying import Dying
from tests.flows.matching_people import City, at_once, made
from tests.flows.matching_rounds import a_draft, asked, but_for_its_id, work


def relationships_of(city: City) -> list[tuple[str, str, str]]:
    """All relationships of the chapter."""
    found = city.stack.running["matching"].room.store.reader(city.chapter).find(RELATIONSHIPS, {})
    return sorted((one.mentee, one.mentor, one.id) for one in found)


def test_a_round_leaves_over_whom_it_cannot_place_and_says_why(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    unconfirmed = city.mentee(confirmed=False)
    lonely = city.mentee(languages=("xx",))
    busy = city.mentor(capacity=0)
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = city.post(f"/cycles/{cycle}/rounds", {"seed": 3}).body
    assert [(one["mentee"], one["mentor"]) for one in draft["proposals"]] == [(ana, bo)]
    left = {(one["member"], one["side"]): one["code"] for one in draft["left_over"]}
    assert left == {
        (unconfirmed, "mentee"): "confirmed",
        (lonely, "mentee"): "language",
        (busy, "mentor"): "no_seat",
    }
    assert (draft["proposals_total"], draft["left_over_total"], draft["report"]["seed"]) == (1, 3, 3)


def test_the_end_of_the_longest_list_of_a_round_can_be_asked_for(city: City) -> None:
    _, draft = a_draft(city)
    for part in ("proposals", "left-over"):
        assert city.get(f"/rounds/{draft}/{part}?after=2999900").body == {"items": [], "next": None}


def test_the_same_applicants_and_seed_give_the_same_round(city: City) -> None:
    cycle, first = a_draft(city, 12)
    one, two = city.get(f"/rounds/{first}").body, city.post(f"/cycles/{cycle}/rounds", {}).body
    assert (one["proposals"], one["report"]) == (two["proposals"], two["report"])
    assert len(one["proposals"]) == 12


def test_a_draft_is_not_kept_where_the_rules_changed_while_it_was_computed(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.mentee(), city.mentor()
    programme = city.programme()
    cycle = city.cycle(programme)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})

    def meanwhile(*round_asked: Any) -> Any:
        assert (
            city.patch(f"/programmes/{programme}", {"rules": {"matching": {"min_common_hours": 2}}}).status
            == 200
        )
        return solve(*round_asked)

    monkeypatch.setattr(drafts, "solve", meanwhile)
    answer = city.post(f"/cycles/{cycle}/rounds", {})
    assert (answer.status, answer.body["code"]) == (409, "snapshot_outdated")
    assert city.get(f"/cycles/{cycle}/rounds").body["items"] == []
    monkeypatch.undo()
    assert city.post(f"/cycles/{cycle}/rounds", {}).status == 201


def test_a_draft_is_seen_by_coordinators_only_and_announces_nothing(city: City) -> None:
    cycle, draft = a_draft(city)
    member = city.headers(new_id("mem"))
    elsewhere = City(city.stack)
    for path in (
        f"/rounds/{draft}",
        f"/rounds/{draft}/proposals",
        f"/rounds/{draft}/left-over",
        f"/cycles/{cycle}/rounds",
    ):
        assert city.get(path).status == 200
        assert city.get(path, member).status == 403
        assert city.get(path, elsewhere.staff).status == 404
    assert city.post(f"/rounds/{draft}/publication", {}, member).status == 403
    assert city.post(f"/rounds/{draft}/publication", {}, elsewhere.staff).status == 404
    assert city.delete(f"/rounds/{draft}", elsewhere.staff).status == 404
    assert relationships_of(city) == []
    assert not [
        event
        for event in city.stack.announced("matching", "cairn.relationship.proposed.v1")
        if draft in str(event)
    ]


def test_a_draft_can_be_thrown_away_and_a_published_round_cannot(city: City) -> None:
    cycle, draft = a_draft(city)
    assert city.delete(f"/rounds/{draft}").status == 204
    assert city.get(f"/rounds/{draft}").status == 404
    database = city.stack.running["matching"].room.store.db
    for collection in ("rounds", "proposal_pages", "left_overs"):
        assert database[collection].count_documents({"chapter": city.chapter}) == 0
    again = made(city.post(f"/cycles/{cycle}/rounds", {}))
    assert city.post(f"/rounds/{again}/publication").body["state"] == "published"
    refused = city.delete(f"/rounds/{again}")
    assert (refused.status, refused.body["code"]) == (409, "round_published")


def test_a_round_is_published_once(city: City) -> None:
    _, draft = a_draft(city, 3)
    key = city.staff | {"Idempotency-Key": "once"}
    assert city.post(f"/rounds/{draft}/publication", {}, key).body["published"] == 3
    assert city.post(f"/rounds/{draft}/publication", {}, key).body["published"] == 3
    refused = city.post(f"/rounds/{draft}/publication")
    assert (refused.status, refused.body["code"]) == (409, "round_published")
    assert len(relationships_of(city)) == 3


@pytest.mark.parametrize("by", ["request", "worker"])
def test_a_draft_is_not_published_by_rules_that_have_changed_since(city: City, by: str) -> None:
    city.mentee(), city.mentor()
    programme = city.programme()
    cycle = city.cycle(programme)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = asked(city, cycle) if by == "worker" else made(city.post(f"/cycles/{cycle}/rounds", {}))
    work(city)

    def publish_by(rules: Any) -> tuple[int, str]:
        assert city.patch(f"/programmes/{programme}", {"rules": rules}).status == 200
        answer = city.post(f"/rounds/{draft}/publication")
        return answer.status, answer.body.get("code") or answer.body["state"]

    assert publish_by({"matching": {"min_common_hours": 2}}) == (409, "rules_changed")
    assert relationships_of(city) == []
    assert publish_by({"matching": {"min_common_hours": None}, "answer_days": 9}) == (200, "published")


def test_publication_leaves_out_who_withdrew_or_was_paired_since_the_draft(city: City) -> None:
    _, draft = a_draft(city, 4)
    gone, paired, full, stays = city.get(f"/rounds/{draft}").body["proposals"]
    mine = city.get("/me/applications", city.headers(gone["mentee"])).body["items"][0]
    assert city.delete(f"/applications/{mine['id']}", city.headers(gone["mentee"])).status == 204
    city.introduced(paired["mentee"], paired["mentor"])
    city.hear((full["mentor"], city.profile("mentor", capacity=0)))
    published = city.post(f"/rounds/{draft}/publication").body
    assert (published["published"], published["skipped"]) == (1, 3)
    shown = {one["mentee"]: one for one in city.get(f"/rounds/{draft}").body["proposals"]}
    assert {mentee: one["skipped"] for mentee, one in shown.items()} == {
        gone["mentee"]: "withdrawn",
        paired["mentee"]: "paired_before",
        full["mentee"]: "no_place_left",
        stays["mentee"]: None,
    }
    assert shown[gone["mentee"]]["relationship"] is None
    assert city.state(shown[stays["mentee"]]["relationship"]) == "proposed"


@pytest.mark.parametrize("side", ["mentee", "mentor"])
def test_publication_leaves_out_who_gave_up_the_role_since_the_draft(city: City, side: str) -> None:
    _, draft = a_draft(city, 2)
    gone, stays = city.get(f"/rounds/{draft}").body["proposals"]
    city.hear((gone[side], city.profile(side, roles=())))
    published = city.post(f"/rounds/{draft}/publication").body
    assert (published["published"], published["skipped"]) == (1, 1)
    shown = {one["mentee"]: one["skipped"] for one in city.get(f"/rounds/{draft}").body["proposals"]}
    assert shown == {gone["mentee"]: "not_eligible", stays["mentee"]: None}


def test_two_drafts_of_one_cycle_together_promise_no_seat_twice(city: City) -> None:
    cycle, first = a_draft(city, 6)
    drafted = {(one["mentee"], one["mentor"]) for one in city.get(f"/rounds/{first}").body["proposals"]}
    for seed in range(1, 20):
        other = city.post(f"/cycles/{cycle}/rounds", {"seed": seed}).body
        if not drafted & {(one["mentee"], one["mentor"]) for one in other["proposals"]}:
            break
    assert city.post(f"/rounds/{first}/publication").body["published"] == 6
    second = city.post(f"/rounds/{other['id']}/publication").body
    assert (second["published"], second["skipped"]) == (0, 6)
    assert len(relationships_of(city)) == 6


def test_only_a_round_of_which_proposals_went_out_overtakes_drafts(city: City) -> None:
    cycle, older = a_draft(city)
    newer, last = (made(city.post(f"/cycles/{cycle}/rounds", {})) for _ in range(2))
    city.later(minutes=1)
    assert city.post(f"/rounds/{newer}/publication").body["published"] == 1
    city.later(minutes=1)
    since = made(city.post(f"/cycles/{cycle}/rounds", {}))
    city.later(minutes=1)
    assert city.post(f"/rounds/{last}/publication").body["published"] == 0
    overtaken = {one: city.get(f"/rounds/{one}").body["overtaken_by"] for one in (older, newer, since, last)}
    assert overtaken == {older: newer, newer: None, since: None, last: None}
    listed = city.get(f"/cycles/{cycle}/rounds?reports=false").body["items"]
    assert {one["id"]: one["overtaken_by"] for one in listed} == overtaken


@pytest.mark.parametrize("shared", ["mentee", "mentor"])
@pytest.mark.parametrize("cycles", [1, 2])
def test_two_rounds_that_go_out_at_the_same_moment_promise_no_seat_twice(
    city: City, monkeypatch: pytest.MonkeyPatch, shared: str, cycles: int
) -> None:
    mentees = city.people("mentee", 1 if shared == "mentee" else 2)
    mentors = city.people("mentor", 1 if shared == "mentor" else 2)
    programme = city.programme()
    drafts_made = []
    for turn in range(2):
        if turn < cycles:
            cycle = city.cycle(programme)
            city.post(f"/cycles/{cycle}/applications", {"everyone": True})
        pair = {"mentee": mentees[turn % len(mentees)], "mentor": mentors[turn % len(mentors)]}
        drafts_made.append(made(city.post(f"/cycles/{cycle}/rounds", {"locked": [pair]})))
    both_have_counted, counted = Barrier(2), set[int]()
    count = commands._known

    def counting(*asked: Any) -> Any:
        found = count(*asked)
        if get_ident() not in counted:
            counted.add(get_ident())
            both_have_counted.wait(10)
        return found

    monkeypatch.setattr(commands, "_known", counting)
    answers = at_once(*[partial(city.post, f"/rounds/{one}/publication") for one in drafts_made])
    assert sorted((one.body["published"], one.body["skipped"]) for one in answers) == [(0, 1), (1, 0)]
    assert len(relationships_of(city)) == 1


def test_a_place_given_up_since_the_draft_is_not_promised_twice_on_one_page(city: City) -> None:
    city.people("mentee", 2)
    mentor = city.mentor(capacity=2)
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = made(city.post(f"/cycles/{cycle}/rounds", {}))
    city.hear((mentor, city.profile("mentor", capacity=1)))
    published = city.post(f"/rounds/{draft}/publication").body
    assert (published["published"], published["skipped"]) == (1, 1)


@pytest.mark.parametrize("_again", range(3))
def test_those_who_publish_at_once_make_every_proposal_once(
    city: City, monkeypatch: pytest.MonkeyPatch, _again: int
) -> None:
    monkeypatch.setattr(drafts, "PROPOSALS_A_PAGE", 2)
    _, draft = a_draft(city, 5)
    answers = at_once(*[partial(city.post, f"/rounds/{draft}/publication")] * 3)
    assert 200 in {answer.status for answer in answers} <= {200, 409}
    assert len(relationships_of(city)) == 5
    shown = city.get(f"/rounds/{draft}").body
    assert (shown["state"], shown["published"], shown["skipped"]) == ("published", 5, 0)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", [1, 2, 3, 4])
@pytest.mark.parametrize("carried_on_by", ["request", "chore"])
def test_a_publication_that_dies_anywhere_makes_every_proposal_once(
    city: City, monkeypatch: pytest.MonkeyPatch, dies_at: int, after: bool, carried_on_by: str
) -> None:
    monkeypatch.setattr(drafts, "PROPOSALS_A_PAGE", 2)
    _, draft = a_draft(city, 5)
    room = city.stack.running["matching"].room
    staff = frozenset({"coordinator"})
    call = Call(new_id("call"), city.stack.clock(), city.chapter, city.staff_id, staff)
    with pytest.raises(Transient):
        commands.publish(replace(room, store=Dying(room.store, dies_at, after)), call, draft)
    if carried_on_by == "request":
        commands.publish(room, call, draft)
    else:
        if (dies_at, after) == (1, False):
            commands.publish(room, call, draft)  # it had not begun: nothing is there to carry on
        while commands.carry_on(room):
            pass
    found = relationships_of(city)
    assert len({(mentee, mentor) for mentee, mentor, _ in found}) == len(found) == 5
    assert all(city.events(id) == ["proposed"] for _, _, id in found)
    shown = city.get(f"/rounds/{draft}").body
    assert (shown["state"], shown["published"], shown["skipped"]) == ("published", 5, 0)


def test_a_large_round_goes_on_in_the_worker(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "PROPOSALS_A_PAGE", 2)
    monkeypatch.setattr(commands, "PAGES_AT_ONCE", 1)
    _, draft = a_draft(city, 5)
    begun = city.post(f"/rounds/{draft}/publication").body
    assert (begun["state"], begun["published"]) == ("publishing", 2)
    assert city.delete(f"/rounds/{draft}").status == 409
    while sum(
        chore.work(city.stack.running["matching"].room)
        for chore in city.stack.running["matching"].service.chores
    ):
        pass
    assert city.get(f"/rounds/{draft}").body["state"] == "published"
    assert len(relationships_of(city)) == 5


def test_a_cycles_rounds_come_newest_first_in_pages(city: City) -> None:
    cycle = city.cycle()
    ids = []
    for _ in range(5):
        ids.append(made(city.post(f"/cycles/{cycle}/rounds", {})))
        city.stack.clock.advance(seconds=1)
    at_once = sorted(made(city.post(f"/cycles/{cycle}/rounds", {})) for _ in range(3))
    listed: list[str] = []
    after: str | None = ""
    while after is not None:
        part = city.get(f"/cycles/{cycle}/rounds?limit=2&after={after}").body
        listed += [one["id"] for one in part["items"]]
        after = part["next"]
    assert listed == [*at_once[::-1], *ids[::-1]]
    assert city.get(f"/cycles/{cycle}/rounds?after={new_id('rnd')}").status == 404


def test_a_rounds_lists_come_in_pages(city: City) -> None:
    _, draft = a_draft(city, 103, capacity=2)
    look = city.get(f"/rounds/{draft}").body
    assert (look["proposals_total"], len(look["proposals"])) == (103, 100)
    parts = [city.get(f"/rounds/{draft}/proposals?limit=60&after={after}").body for after in (0, 60)]
    assert [len(part["items"]) for part in parts] == [60, 43]
    assert [part["next"] for part in parts] == [60, None]
    assert (parts[0]["items"] + parts[1]["items"])[:100] == look["proposals"]
    assert city.post(f"/rounds/{draft}/publication").body["published"] == 103
    left = city.get(f"/rounds/{draft}/left-over?limit=20&after=10").body
    assert left == {"items": look["left_over"][10:30], "next": 30 if look["left_over_total"] > 30 else None}


def test_a_market_read_a_few_at_a_time_is_the_market_read_at_once(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):  # people on both sides, whose two applications must not be told apart
        both = city.mentee()
        city.hear((both, city.profile("mentee", "mentor", capacity=2)))
    city.people("mentor", 3, capacity=2, areas_offered=(AreaOffered("python", 30),))
    cycle = city.cycle()
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).body["entered"] == 13
    at_once = city.post(f"/cycles/{cycle}/rounds", {}).body
    for few in (3, 4):
        monkeypatch.setattr(markets, "APPLICATIONS_AT_ONCE", few)
        a_few = city.post(f"/cycles/{cycle}/rounds", {}).body
        assert but_for_its_id(a_few) == but_for_its_id(at_once)
    assert at_once["proposals_total"] == 5


def test_no_more_is_read_than_a_round_takes(city: City) -> None:
    cycle, draft = a_draft(city, 3)
    reader = city.stack.running["matching"].room.store.reader(city.chapter)
    programme = reader.get(PROGRAMMES, reader.get(ROUNDS, draft).programme)
    assert len(list(markets.people(reader, programme, cycle, [], most=6))) == 6
    with pytest.raises(Refused, match="market_too_large"):
        list(markets.people(reader, programme, cycle, [], most=5))
