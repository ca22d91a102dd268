"""Looks in cycles too large to weigh everybody at each: who is read anew, who is found later, who has to come again."""

import threading
from typing import Any

import pytest

from services.matching.commands import discovering, waiting
from shared.errors import Refused
from shared.events.profiles import MemberKeptApart
from tests.flows.matching_finding import (
    applied,
    entered,
    everything,
    languages_found,
    look,
    sharing_an_answer,
    speaking,
)
from tests.flows.matching_people import City

pytestmark = pytest.mark.usefixtures("read_anew_and_kept")


def test_where_the_best_are_kept_from_her_others_are_found(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovering, "READ_ANEW", 1)
    ana = city.mentee(**everything(hours=(10, 11, 12)))
    for mentor in speaking(city, "de", "fr", hours=(10, 11, 12)):
        city.hear((mentor, MemberKeptApart((ana,), ())))
    speaking(city, "it", hours=(10,))
    entered(city)
    assert languages_found(city, ana) == ["it"]


@pytest.mark.parametrize(("sensitive", "first"), [(False, ["fr"]), (True, ["de"])])
def test_an_answer_decides_whom_she_might_find_unless_it_is_sensitive(
    city: City, monkeypatch: pytest.MonkeyPatch, sensitive: bool, first: list[str]
) -> None:
    monkeypatch.setattr(discovering, "READ_ANEW", 1)
    monkeypatch.setattr(discovering, "FOUND_MOST", 1)
    ana, fr = sharing_an_answer(city, sensitive=sensitive)
    assert languages_found(city, ana) == first
    city.hear((fr, city.profile("mentor", languages=("en", "fr"), hours=(10,))))
    assert languages_found(city, ana) == ["de"]


def test_who_comes_later_is_found_once_the_mentors_are_read_again(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, _ = city.mentee(), city.mentor()
    cycle = entered(city)
    assert len(look(city, ana).body["items"]) == 1
    city.mentor()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    kept = discovering.MENTORS_AT_ONCE == 0
    assert len(look(city, ana).body["items"]) == (1 if kept else 2)
    monkeypatch.setattr(waiting, "KEPT_S", 0)
    assert len(look(city, ana).body["items"]) == 2


def test_too_many_to_look_through_is_said(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, _ = city.mentee(), city.mentor()
    entered(city)
    monkeypatch.setattr(waiting, "MENTORS_MOST", 0)
    answer = city.get(f"/applications/{applied(city, ana)}/mentors", city.headers(ana))
    assert (answer.status, answer.body["code"]) == (409, "too_large_to_look")


def test_nobody_waits_long_for_mentors_that_another_look_reads(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, _ = city.mentee(), city.mentor()
    entered(city)
    monkeypatch.setattr(discovering, "MENTORS_AT_ONCE", 0)
    mentors, over = waiting.Kept[Any](), threading.Event()
    monkeypatch.setattr(waiting, "_MENTORS", mentors)
    monkeypatch.setattr(waiting, "WAIT_S", 0.01)
    path = f"/applications/{applied(city, ana)}/mentors"
    with pytest.raises(Refused):
        mentors.get("another cycle", 0, lambda: over.wait(60))
    answer = city.get(path, city.headers(ana))
    assert (answer.status, answer.body["code"]) == (409, "look_again")
    over.set()
    monkeypatch.setattr(waiting, "WAIT_S", 60)
    assert len(look(city, ana).body["items"]) == 1
