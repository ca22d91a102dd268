"""Rounds that an earlier version kept, in pages of three digits and with all left over in one document: they read and go out the same."""

from typing import Any

import pytest

from services.matching.api import rounds_shown
from services.matching.commands import drafting, kept, rounds
from shared.events.profiles import MemberErased
from tests.flows.matching_people import City, made

SINCE = ("left_pages", "asked", "prices", "job", "to_compute", "fault", "result", "rules", "private")


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (drafting, kept, rounds, rounds_shown):
        monkeypatch.setattr(module, "LEFT_A_PAGE", 2)
    for module in (drafting, rounds_shown):
        monkeypatch.setattr(module, "PROPOSALS_A_PAGE", 2)


def database(city: City) -> Any:
    return city.stack.running["matching"].room.store.db


def a_draft(city: City) -> str:
    """A draft of three pairs that leaves three mentees over."""
    city.people("mentee", 3), city.people("mentor", 3), city.people("mentee", 3, languages=("xx",))
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    return made(city.post(f"/cycles/{cycle}/rounds", {}))


def kept_as_before(city: City, draft: str) -> None:
    """Write a draft as the earlier version did."""
    db = database(city)
    for number, page in enumerate(db["proposal_pages"].find({"round": draft}).sort("_id")):
        db["proposal_pages"].delete_one({"_id": page["_id"]})
        proposals = [
            {key: value for key, value in one.items() if not key.endswith("_price")}
            for one in page["proposals"]
        ]
        db["proposal_pages"].insert_one(page | {"_id": f"{draft}:{number:03d}", "proposals": proposals})
    pages = list(db["left_overs"].find({"round": draft}).sort("_id"))
    people = [
        {key: one[key] for key in ("member", "side", "code")} for page in pages for one in page["people"]
    ]
    db["left_overs"].delete_many({"round": draft})
    whole = {key: value for key, value in pages[0].items() if key != "round"}
    db["left_overs"].insert_one(whole | {"_id": draft, "people": people})
    db["rounds"].update_one({"_id": draft}, {"$unset": dict.fromkeys(SINCE, "")})


def remains(city: City) -> dict[str, int]:
    return {
        name: database(city)[name].count_documents({"chapter": city.chapter})
        for name in ("rounds", "proposal_pages", "left_overs")
    }


def test_it_reads_as_it_did(city: City, short_pages: None) -> None:
    draft = a_draft(city)
    lists = ("", "/proposals?after=1&limit=2", "/left-over?after=1&limit=2")
    before = [city.get(f"/rounds/{draft}{path}").body for path in lists]
    assert (len(before[0]["proposals"]), len(before[0]["left_over"])) == (3, 3)
    kept_as_before(city, draft)
    after = [city.get(f"/rounds/{draft}{path}").body for path in lists]
    priced: dict[str, Any] = {"prices": [], "report": None}
    assert (after[0] | priced, after[1:]) == (before[0] | priced, before[1:])
    again = city.post(f"/cycles/{before[0]['cycle']}/rounds", {"before": draft, "stay": 5}).body
    assert city.get(f"/rounds/{draft}/comparison?with={again['id']}").body["kept"] == 3


def test_it_goes_out_and_tells_those_left_over(city: City, short_pages: None) -> None:
    draft = a_draft(city)
    kept_as_before(city, draft)
    assert city.post(f"/rounds/{draft}/publication").body["state"] == "published"
    shown = city.get(f"/rounds/{draft}").body
    assert (shown["published"], all(one["relationship"] for one in shown["proposals"])) == (3, True)
    told = database(city)["applications"].find({"chapter": city.chapter, "not_matched": "nobody_fits"})
    assert {one["member"] for one in told} == {one["member"] for one in shown["left_over"]}


def test_it_is_thrown_away_whole(city: City, short_pages: None) -> None:
    draft = a_draft(city)
    kept_as_before(city, draft)
    assert remains(city) == {"rounds": 1, "proposal_pages": 2, "left_overs": 1}
    assert city.delete(f"/rounds/{draft}").status == 204
    assert remains(city) == {"rounds": 0, "proposal_pages": 0, "left_overs": 0}


def test_somebody_erased_is_not_left_in_it(city: City) -> None:
    draft = a_draft(city)
    shown = city.get(f"/rounds/{draft}").body
    gone = (shown["left_over"][0]["member"], shown["proposals"][0]["mentee"])
    kept_as_before(city, draft)
    for member in gone:
        city.hear((member, MemberErased()))
    lists = [
        list(database(city)[name].find({"chapter": city.chapter}))
        for name in ("proposal_pages", "left_overs")
    ]
    assert [member for member in gone if member in str(lists)] == []
