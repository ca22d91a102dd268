"""Who is never to be paired with whom."""

from dataclasses import replace
from typing import Any

import pytest

from services.profiles.domain import apart
from services.profiles.domain.apart import BLOCK, Apart
from shared.errors import NotAllowed, NotThere, Refused
from shared.events.profiles import MemberKeptApart
from tests.rules.profiles.makers import NOON


def an_entry(**said: Any) -> Apart:
    """Anna says that Bo and she live together."""
    usual: dict[str, Any] = {
        "id": "apt_1",
        "chapter": "zurich",
        "member": "mem_anna",
        "other": "mem_bo",
        "kind": "household",
        "set_by": "self",
        "by": "mem_anna",
        "at": NOON,
    }
    return Apart(**usual | said)


def test_what_is_announced_names_each_once_in_one_order_without_kinds() -> None:
    there = [an_entry(id="apt_2", other="mem_zoe", kind=BLOCK), an_entry(id="apt_3", kind="investor")]
    assert apart.declare(an_entry(), there) == MemberKeptApart(("mem_bo", "mem_zoe"), ("mem_zoe",))


def test_saying_it_again_at_the_limit_is_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MAX_APART", 1)
    assert apart.declare(an_entry(), [an_entry()]) == MemberKeptApart(("mem_bo",), ())
    with pytest.raises(Refused, match="too_many"):
        apart.declare(an_entry(), [an_entry(id="apt_2")])


def test_nobody_is_kept_apart_from_herself() -> None:
    with pytest.raises(Refused, match="about_yourself"):
        apart.declare(an_entry(other="mem_anna"), [])


@pytest.mark.parametrize("set_by", ["self", "staff"])
def test_only_who_declared_it_takes_it_back(set_by: Any) -> None:
    entry = replace(an_entry(), set_by=set_by)
    about: Any = {"member": "mem_anna", "kinds": ("household",)}
    apart.refuse_taking_back(entry, **about, by_staff=set_by == "staff")
    with pytest.raises(NotAllowed, match="set_by_another"):
        apart.refuse_taking_back(entry, **about, by_staff=set_by != "staff")


@pytest.mark.parametrize("about", [{"member": "mem_bo"}, {"kinds": (BLOCK,)}])
def test_what_stands_elsewhere_is_not_there(about: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"member": "mem_anna", "kinds": ("household",), "by_staff": False}
    with pytest.raises(NotThere):
        apart.refuse_taking_back(an_entry(), **usual | about)
