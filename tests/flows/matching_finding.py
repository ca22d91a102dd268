"""A mentee who looks for mentors, in tests of flows: the cycle in which she waits, what she finds, and who is found."""

from typing import Any

from shared.events.profiles import Answer
from tests.flows.matching_people import City, Reply


def entered(city: City, **rules: Any) -> str:
    """A cycle in which everybody waits."""
    cycle = city.cycle(city.programme(**rules))
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).status == 200
    return cycle


def applied(city: City, member: str, role: str = "mentee") -> str:
    """The id of her application."""
    items = city.get("/me/applications", city.headers(member)).body["items"]
    return str(next(one["id"] for one in items if one["role"] == role))


def look(city: City, member: str) -> Reply:
    answer = city.get(f"/applications/{applied(city, member)}/mentors", city.headers(member, "mentee"))
    assert answer.status == 200, answer.text
    return answer


def languages_found(city: City, member: str) -> list[str]:
    """The mentors that she finds, told apart by the one language that each speaks beside English."""
    return [
        next(reason["key"] for reason in one["reasons"] if reason["key"] not in (None, "en", "faith"))
        for one in look(city, member).body["items"]
    ]


def speaking(city: City, *languages: str, **more: Any) -> list[str]:
    return [city.mentor(languages=("en", language), **more) for language in languages]


def everything(**more: Any) -> dict[str, Any]:
    return {"languages": ("en", "de", "fr", "it", "es"), **more}


def sharing_an_answer(city: City, *, sensitive: bool) -> tuple[str, str]:
    """A mentee, and the mentor who speaks "fr" and gave the answer that she gave; another, "de", has more hours in common with her."""
    asking = [{"key": "faith", "match": "same", "mentee": 50, "mentor": 50, "sensitive": sensitive}]
    given = (Answer("faith", "none"),)
    ana = city.mentee(**everything(answers=given))
    speaking(city, "de", hours=(10, 11))
    (fr,) = speaking(city, "fr", hours=(10,), answers=given)
    entered(city, matching={"questions": asking})
    return ana, fr
