"""What would help somebody left over: counted again by making the change in her, and blind to what is private."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from services.matching.engine import EngineError, Person, Rules, explain, helps, snapshot, solve
from services.matching.engine.what_helps import CHANGES_A_CODE, CODES, Change, Draft, SeatHelp
from tests.rules.engine import plain
from tests.rules.engine.makers import (
    AREAS,
    CHAPTERS,
    HOURS,
    LANGUAGES,
    a_mentee,
    a_mentor,
    some_people,
    some_rules,
)

PUBLIC = {"chapter", "language", "hour", "area", "ahead"}
OTHER = {"mentee": "mentor", "mentor": "mentee"}


def _met(me: Person, side: str, people: list[Person], rules: Rules) -> set[str]:
    """Everybody seeking on the other side between whom and her no public rule stands."""
    able = [one for one in people if one.confirmed and one.route == "mentoring" and OTHER[side] in one.roles]
    others = [
        one
        for one in able
        if one.id != me.id and (one.mentor_seats if side == "mentee" else one.mentee_seats)
    ]
    pairs = {one.id: (me, one) if side == "mentee" else (one, me) for one in others}
    well = {"confirmed": True, "route": "mentoring"}
    return {
        other
        for other, (mentee, mentor) in pairs.items()
        if not PUBLIC & plain.stops(replace(mentee, **well), replace(mentor, **well), rules)  # type: ignore[arg-type]
    }


def _tried(me: Person, side: str, people: list[Person], rules: Rules) -> Iterator[Change]:
    """Every change, made in her or in the rules, with how many it opens."""
    before = _met(me, side, people, rules)

    def opened(changed: Person, by: Rules = rules) -> set[str]:
        return _met(changed, side, people, by) - before

    seats = min(me.mentee_seats, rules.proposals_per_mentee) if side == "mentee" else me.mentor_seats
    if not me.confirmed or me.route != "mentoring" or not seats:
        code = "confirmed" if not me.confirmed else "route" if me.route != "mentoring" else "no_seat"
        yield Change(code=code, people=len(before))
        return
    for name in LANGUAGES:
        yield Change(
            code="language", name=name, people=len(opened(replace(me, languages={*me.languages, name})))
        )
    for hour in HOURS:
        yield Change(code="hour", value=hour, people=len(opened(replace(me, hours={*me.hours, hour}))))
    listed = me.areas_wanted if side == "mentee" else me.areas_offered
    for area in set(AREAS) - listed.keys():
        years = max(me.years.get(area, 0), me.areas_offered.get(area, 0))
        wanting = replace(me, areas_wanted={**me.areas_wanted, area: 1})
        offering = replace(me, areas_offered={**me.areas_offered, area: years})
        yield Change(code="area", name=area, people=len(opened(wanting if side == "mentee" else offering)))
    for area in listed.keys() if rules.requires("ahead") else ():
        for asked in range(rules.gap_years(area) - 1, -1, -1):
            easier = replace(rules, min_gap_years_by_area={**rules.min_gap_years_by_area, area: asked})
            if len(found := opened(me, easier)) >= 3:
                yield Change(code="ahead", name=area, value=asked, people=len(found))
                break
    for chapter in set(CHAPTERS) - {me.chapter}:
        consents = {
            one: [*rules.chapter_consents.get(one, ()), other]
            for one, other in ((me.chapter, chapter), (chapter, me.chapter))
        }
        yield Change(
            code="chapter",
            name=chapter,
            people=len(
                opened(
                    me,
                    replace(
                        rules,
                        cross_chapter="both_consent",
                        chapter_consents={**rules.chapter_consents, **consents},
                    ),
                )
                & {one.id for one in people if one.chapter == chapter}
            ),
        )


def _best(changes: Iterator[Change]) -> tuple[Change, ...]:
    ordered = sorted(
        (one for one in changes if one.people >= 3),
        key=lambda one: (-one.people, CODES.index(one.code), one.name or "", one.value or 0),
    )
    codes = [one.code for one in ordered]
    return tuple(one for at, one in enumerate(ordered) if codes[:at].count(one.code) < CHANGES_A_CODE)


def _years(me: Person) -> Mapping[str, int]:
    return {area: max(me.years.get(area, 0), me.areas_offered.get(area, 0)) for area in AREAS}


def _sides(people: list[Person]) -> list[tuple[Person, str]]:
    return [(one, side) for one in people for side in ("mentee", "mentor") if side in one.roles]


def test_every_change_opens_as_many_as_when_it_is_made() -> None:
    codes: list[str] = []
    for seed in range(25):
        people, rules = some_people(seed, 16, 14), some_rules(seed)
        market = snapshot(people, rules)
        for me, side in _sides(people):
            told = helps(market, me.id, side, years=_years(me)).changes
            assert told == _best(_tried(me, side, people, rules)), (seed, me.id, side)
            codes += [one.code for one in told]
    assert {code: codes.count(code) > 5 for code in CODES} == dict.fromkeys(CODES, True)


def test_nobodys_exclusions_conflicts_or_answers_change_what_somebody_reads() -> None:
    read = 0
    for seed in range(25):
        people, rules = some_people(seed, 12, 10), some_rules(seed)
        without = [replace(one, exclusions=[], conflicts={}, answers={}) for one in people]
        apart = [
            replace(
                one,
                exclusions=[two.id for two in people if two.id != one.id],
                conflicts={"investor": ["all"]},
            )
            for one in people
        ]
        markets = [snapshot(some, rules) for some in (people, without, apart)]
        for me, side in _sides(people):
            first, *others = (helps(market, me.id, side, years=_years(me)).changes for market in markets)
            assert others == [first, first]
            read += len(first)
    assert read > 200


def test_two_people_are_too_few_to_be_counted() -> None:
    def told(mentors: int) -> tuple[Change, ...]:
        people = [a_mentor(f"mem_{place}", languages={"de"}) for place in range(mentors)]
        return helps(snapshot([a_mentee(), *people], Rules()), "mem_ada", "mentee").changes

    assert told(2) == ()
    assert told(3) == (Change(code="language", name="de", people=3),)


def test_coordinators_read_how_many_of_them_have_a_seat_left_in_a_draft() -> None:
    mentors = [a_mentor(f"mem_{place}", languages={"de"}, mentor_seats=2) for place in range(3)]
    market = snapshot([a_mentee(), *mentors], Rules())
    draft = Draft(taken=["mem_0", "mem_0", "mem_1", "mem_elsewhere"])
    assert helps(market, "mem_ada", "mentee", draft=draft).changes == (
        Change(code="language", name="de", people=3, free=2),
    )


def test_the_seats_that_would_help_a_mentee_are_those_nearest_to_being_hers() -> None:
    mentors = [a_mentor("mem_mo"), a_mentor("mem_nia", areas_offered={"python": 3}), a_mentor("mem_open")]
    people = [a_mentee(), *mentors, a_mentor("mem_other", languages={"de"})]
    market = snapshot(people, Rules())
    worth = {mentor: explain(market, "mem_ada", mentor).w for mentor in ("mem_mo", "mem_nia")}
    prices = {"mem_mo": worth["mem_mo"] + 7, "mem_nia": worth["mem_nia"], "mem_other": 1}
    assert helps(market, "mem_ada", "mentee", draft=Draft(prices=prices)).seats == (
        SeatHelp(mentor="mem_nia", w=worth["mem_nia"], points=worth["mem_nia"]),
        SeatHelp(mentor="mem_mo", w=worth["mem_mo"], points=worth["mem_mo"] + 7),
    )
    assert helps(market, "mem_ada", "mentee").seats == ()
    assert helps(market, "mem_other", "mentor", draft=Draft(prices=prices)).seats == ()


def test_one_more_seat_where_it_costs_what_the_pair_is_worth_adds_just_that() -> None:
    tried = 0
    for seed in range(30):
        people, rules = some_people(seed, 12, 5), some_rules(seed)
        market = snapshot(people, rules)
        drafted = solve(market)
        prices = {one.mentor: one.points for one in drafted.prices}
        waiting = [one.id for one in drafted.left_over if one.code == "seats" and one.side == "mentee"]
        for mentee in waiting:
            for seat in helps(market, mentee, "mentee", draft=Draft(prices=prices)).seats:
                more = [
                    replace(one, mentor_seats=one.mentor_seats + 1) if one.id == seat.mentor else one
                    for one in people
                ]
                assert solve(snapshot(more, rules)).report.total == drafted.report.total + seat.points
                assert seat.points >= seat.w == plain.worths(people, rules)[mentee, seat.mentor][2]
                tried += 1
    assert tried > 50


@pytest.mark.parametrize(
    ("member", "side", "code"), [("mem_x", "mentee", "unknown_person"), ("mem_ada", "both", "bad_value")]
)
def test_an_unknown_member_or_side_is_refused(member: str, side: str, code: str) -> None:
    with pytest.raises(EngineError) as refused:
        helps(snapshot([a_mentee()], Rules()), member, side)
    assert refused.value.code == code
