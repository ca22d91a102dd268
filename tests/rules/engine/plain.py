"""The rules and scores read a second time, pair by pair in plain Python, and the best total by trying
everything.

Shares nothing with the engine but the values that go in. Only for small markets.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations

from services.matching.engine import Person, Question, Rules


def stops(mentee: Person, mentor: Person, rules: Rules) -> set[str]:
    """Codes of the hard rules that stand between the two; where none does, of the sides without a reason."""
    found = _stops_of_persons(mentee, mentor, rules) | _stops_of_programme(mentee, mentor, rules)
    if found:
        return found
    hidden = {question.key for question in rules.questions if question.sensitive}
    for side, points in zip(("mentee", "mentor"), scores(mentee, mentor, rules), strict=True):
        if not any(worth for name, worth in points.items() if name not in hidden):
            found.add(f"nothing_for_{side}")
    return found


def _stops_of_persons(mentee: Person, mentor: Person, rules: Rules) -> set[str]:
    found = set()
    if not (mentee.confirmed and mentor.confirmed):
        found.add("confirmed")
    if any(one.confirmed and one.route != "mentoring" for one in (mentee, mentor)):
        found.add("route")
    if mentee.id == mentor.id:
        found.add("same_person")
    if mentor.id in mentee.exclusions or mentee.id in mentor.exclusions:
        found.add("exclusion")
    for kind, groups in mentee.conflicts.items():
        if set(groups) & set(mentor.conflicts.get(kind, [])):
            found.add("conflict")
    asked = rules.cross_chapter == "both_consent"
    first = mentor.chapter in rules.chapter_consents.get(mentee.chapter, [])
    second = mentee.chapter in rules.chapter_consents.get(mentor.chapter, [])
    if mentee.chapter != mentor.chapter and not (asked and first and second):
        found.add("chapter")
    return found


def _stops_of_programme(mentee: Person, mentor: Person, rules: Rules) -> set[str]:
    stands = {
        "language": bool(set(mentee.languages) & set(mentor.languages)),
        "hour": len(set(mentee.hours) & set(mentor.hours)) >= rules.min_common_hours,
        "area": bool(mentee.areas_wanted.keys() & mentor.areas_offered.keys()),
        "ahead": bool(covered(mentee, mentor, rules)),
    }
    return {rule for rule, fulfilled in stands.items() if not fulfilled} - set(rules.switched_off)


def covered(mentee: Person, mentor: Person, rules: Rules) -> dict[str, int]:
    """The wanted areas in which the mentor is ahead by what the programme asks for, with the years."""
    ahead = {}
    for area in mentee.areas_wanted:
        if area in mentor.areas_offered:
            own = max(mentee.years.get(area, 0), mentee.areas_offered.get(area, 0))
            ahead[area] = mentor.areas_offered[area] - own
    if "ahead" in rules.switched_off:
        return ahead
    least = {area: rules.min_gap_years_by_area.get(area, rules.min_gap_years) for area in ahead}
    return {area: gap for area, gap in ahead.items() if gap >= least[area]}


def scores(mentee: Person, mentor: Person, rules: Rules) -> tuple[dict[str, int], dict[str, int]]:
    """Points by part for the mentee and for the mentor; programme questions under their own keys."""
    mine, theirs = rules.mentee_weights, rules.mentor_weights
    areas = covered(mentee, mentor, rules)
    wishes = sum(mentee.areas_wanted[area] for area in areas)
    hours = min(5, len(set(mentee.hours) & set(mentor.hours)))
    tongues = min(2, len(set(mentee.languages) & set(mentor.languages)))
    u = {
        "wants": mine.wants * wishes,
        "gap": mine.gap * min(10, max([0, *areas.values()])),
        "learns": mine.learns * min(5, len(set(mentee.wants_to_learn) & set(mentor.could_teach))),
        "hours": mine.hours * hours,
        "languages": mine.languages * tongues,
    }
    v = {
        "asked": theirs.asked * wishes,
        "likes": theirs.likes * len(areas.keys() & set(mentor.likes_to_teach)),
        "learns": theirs.learns * min(5, len(set(mentee.could_teach) & set(mentor.wants_to_learn))),
        "hours": theirs.hours * hours,
        "languages": theirs.languages * tongues,
    }
    for question in rules.questions:
        points = _question(question, mentee, mentor)
        u[question.key], v[question.key] = question.mentee * points, question.mentor * points
    return u, v


def _question(question: Question, mentee: Person, mentor: Person) -> int:
    both = [one.answers.get(question.key) for one in (mentee, mentor)]
    if any(answer is None or not answer.consented for answer in both):
        return 0
    mine, theirs = (answer.value for answer in both if answer is not None)
    if isinstance(mine, int) and isinstance(theirs, int):
        if question.match == "near":
            return max(0, question.reach - abs(mine - theirs))
        return 1 if theirs > mine else 0
    assert not isinstance(mine, int)
    assert not isinstance(theirs, int)
    sets = [{value} if isinstance(value, str) else set(value) for value in (mine, theirs)]
    return 1 if sets[0] & sets[1] else 0


def worths(people: Sequence[Person], rules: Rules) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(u, v, w) of every pair that nothing stops."""
    found = {}
    for mentee in people:
        for mentor in people:
            if "mentee" in mentee.roles and "mentor" in mentor.roles and not stops(mentee, mentor, rules):
                u, v = (sum(points.values()) for points in scores(mentee, mentor, rules))
                found[mentee.id, mentor.id] = (u, v, 2 * u * v // (u + v))
    return found


def seats(people: Sequence[Person], rules: Rules) -> tuple[dict[str, int], dict[str, int]]:
    able = [one for one in people if one.confirmed and one.route == "mentoring"]
    most = rules.proposals_per_mentee
    mentees = {one.id: min(one.mentee_seats, most) for one in able if "mentee" in one.roles}
    return mentees, {one.id: one.mentor_seats for one in able if "mentor" in one.roles}


def best_total(people: Sequence[Person], rules: Rules, floor: int = 0) -> int:
    """The largest sum of w that the seats allow, by trying every choice of every mentee."""
    worth = {pair: w for pair, (_, _, w) in worths(people, rules).items() if w >= floor}
    mentee_seats, mentor_seats = seats(people, rules)
    mentees, mentors = sorted(mentee_seats), sorted(mentor_seats)

    @cache
    def best(place: int, free: tuple[int, ...]) -> int:
        if place == len(mentees):
            return 0
        here = mentees[place]
        good = [j for j, mentor in enumerate(mentors) if free[j] and (here, mentor) in worth]
        totals = []
        for count in range(mentee_seats[here] + 1):
            for chosen in combinations(good, count):
                left = tuple(one - (j in chosen) for j, one in enumerate(free))
                totals.append(sum(worth[here, mentors[j]] for j in chosen) + best(place + 1, left))
        return max(totals)

    return best(0, tuple(mentor_seats[mentor] for mentor in mentors))


def blocking(
    worth: Mapping[tuple[str, str], tuple[int, int, int]],
    proposed: set[tuple[str, str]],
    mentee_seats: Mapping[str, int],
    mentor_seats: Mapping[str, int],
) -> int:
    """Eligible pairs that are not proposed though each has a free seat or would get more than from her
    weakest."""
    count = 0
    for (mentee, mentor), (u, v, _) in worth.items():
        if (mentee, mentor) in proposed:
            continue
        hers = [worth[pair][0] for pair in proposed if pair[0] == mentee]
        theirs = [worth[pair][1] for pair in proposed if pair[1] == mentor]
        mentee_would = len(hers) < mentee_seats[mentee] or (hers and u > min(hers))
        mentor_would = len(theirs) < mentor_seats[mentor] or (theirs and v > min(theirs))
        count += bool(mentee_would and mentor_would)
    return count
