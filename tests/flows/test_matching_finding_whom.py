"""Who is there for a mentee who looks for mentors, who is not, and what she reads where nobody is."""

import pytest

from services.matching.commands import discovering, waiting
from shared.events.profiles import AreaWanted, MemberConfirmed, MemberErased, MemberJoined, MemberKeptApart
from shared.ids import new_id
from tests.flows.matching_finding import applied, entered, everything, languages_found, look, speaking
from tests.flows.matching_people import City

pytestmark = pytest.mark.usefixtures("read_anew_and_kept")


def test_who_is_kept_from_her_is_not_there_and_all_else_is_the_same(city: City) -> None:
    (ana, eva), profile = city.people("mentee", 2, **everything()), ("de", "fr", "it")
    apart, excluded, both = speaking(city, *profile)
    entered(city)
    assert sorted(languages_found(city, ana)) == ["de", "fr", "it"]
    city.hear((apart, MemberKeptApart((ana,), (ana,))))
    city.hear((ana, MemberKeptApart((excluded,), ())))
    city.hear((both, city.profile("mentor", languages=("en", "it"), groups=("g1",))))
    city.hear((ana, city.profile("mentee", **everything(groups=("g1",)))))
    nobody = look(city, ana).body
    assert (nobody["why"], nobody["items"], nobody["changes"]) == ("nobody", [], [])
    city.hear((apart, MemberKeptApart((), ())))
    one = look(city, ana).body["items"]
    assert one == [each for each in look(city, eva).body["items"] if each in one]
    assert len(one) == 1


@pytest.mark.parametrize("gone", ["withdrawn", "erased", "no place", "no mentor any more", "paired"])
def test_whoever_could_not_be_hers_now_is_not_there(city: City, gone: str) -> None:
    ana, eva = city.mentee(), city.mentee()
    bo = city.mentor()
    entered(city)
    assert len(look(city, ana).body["items"]) == 1
    match gone:
        case "withdrawn":
            assert city.delete(f"/applications/{applied(city, bo, 'mentor')}", city.headers(bo)).status == 204
        case "erased":
            city.hear((bo, MemberErased()))
        case "no place":
            city.hear((bo, city.profile("mentor", capacity=0)))
        case "no mentor any more":
            city.hear((bo, city.profile("mentee")))
        case "paired":
            city.introduced(eva, bo)
    assert look(city, ana).body["why"] == "nobody"


def test_who_has_not_confirmed_is_not_there_until_she_has(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = city.mentee(), city.mentor(confirmed=False)
    entered(city)
    assert look(city, ana).body["why"] == "nobody"
    city.hear((bo, MemberConfirmed(city.stack.clock())))
    monkeypatch.setattr(waiting, "KEPT_S", 0)
    assert len(look(city, ana).body["items"]) == 1


def test_somebody_who_is_both_does_not_find_herself(city: City) -> None:
    ana = new_id("mem")
    city.hear(
        (ana, MemberJoined(("mentee", "mentor"), "import")),
        (ana, MemberConfirmed(city.stack.clock())),
        (ana, city.profile("mentee", "mentor", areas_wanted=(AreaWanted("python", 3),))),
    )
    entered(city)
    assert look(city, ana).body["why"] == "nobody"


def test_a_proposal_that_only_keeps_her_wish_for_no_contact_from_showing_takes_no_place_of_hers(
    city: City,
) -> None:
    ana = city.mentee(**everything())
    de, _ = speaking(city, "de", "fr")
    entered(city)
    city.introduced(ana, de)
    assert look(city, ana).body["why"] == "no_seat"
    city.hear((ana, MemberKeptApart((de,), (de,))))
    assert languages_found(city, ana) == ["fr"]


def test_she_is_told_why_there_is_nobody(city: City) -> None:
    ana = city.mentee(languages=("xx",))
    bos = city.people("mentor", 3)
    cycle = entered(city)
    lonely = look(city, ana).body
    kept = discovering.MENTORS_AT_ONCE == 0  # kept mentors do not say whom they keep away, so no count does
    english = {"code": "language", "people": 3, "name": "en", "value": None}
    assert (lonely["why"], lonely["changes"]) == ("nobody", [] if kept else [english])
    city.hear((ana, city.profile("mentee")))
    assert len(look(city, ana).body["items"]) == 3
    pair = city.introduced(ana, bos[0], programme=city.get(f"/cycles/{cycle}").body["programme"])
    full = look(city, ana).body
    assert (full["why"], full["items"]) == ("no_seat", [])
    for member in (ana, bos[0]):
        city.answer(pair, member, "decline")
    assert len(look(city, ana).body["items"]) == 2
    assert city.delete(f"/applications/{applied(city, ana)}", city.headers(ana)).status == 204
    assert look(city, ana).body["why"] == "withdrawn"


@pytest.mark.parametrize("by", ["her", "the mentor"])
def test_no_count_tells_that_somebody_is_kept_from_her(city: City, by: str) -> None:
    ana = city.mentee(languages=("xx",))
    bos = city.people("mentor", 4)
    entered(city)
    counted = {one["people"] for one in look(city, ana).body["changes"]}
    apart = (ana, bos[0]) if by == "her" else (bos[0], ana)
    city.hear((apart[0], MemberKeptApart((apart[1],), ())))
    told = {one["people"] for one in look(city, ana).body["changes"]}
    assert told == {people - 1 for people in counted}


def test_who_cannot_be_taken_as_she_is_reads_what_she_can_do(city: City) -> None:
    ana, _ = city.mentee(), city.mentor()
    eva = city.mentee(confirmed=False)
    entered(city, eligibility={"mentee": {"areas_any": ["cooking"]}})
    told = look(city, ana).body
    assert (told["why"], told["items"]) == ("in_the_way", [])
    assert [(one["code"], one["wanted"]) for one in told["in_the_way"]] == [("not_eligible", ["cooking"])]
    assert [one["code"] for one in look(city, eva).body["in_the_way"]] == ["not_confirmed"]
