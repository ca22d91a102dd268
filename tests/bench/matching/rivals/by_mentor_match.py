"""PyPI's mentor-match on one instance, in its own environment: JSON on standard input and output, nothing of Cairn.

`scores` is a table of mentee, mentor and joint score of the eligible pairs, so that its seconds hold none of our rules. Where `people` are
given instead, the same rules and scores are worked out by functions, as somebody who uses the library would.
"""

import json
import sys
import time
from typing import Any

from matching.mentee import Mentee  # type: ignore[import-not-found]
from matching.mentor import Mentor  # type: ignore[import-not-found]
from matching.process import process_data  # type: ignore[import-not-found]
from matching.rules.rule import Disqualify  # type: ignore[import-not-found]

SETS = ("languages", "hours", "learns", "teaches", "kept_from")


class Table:
    """A rule that looks a pair's score up."""

    def __init__(self, scores: dict[tuple[str, str], int]) -> None:
        self._scores = scores

    def apply(self, match: Any) -> int:
        return self._scores[match.mentee.email, match.mentor.email]

    def stops(self, match: Any) -> bool:
        return (match.mentee.email, match.mentor.email) not in self._scores


class Functions:
    """Rules and scores from what people said."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._people = {
            side: {one["id"]: _with_sets(one) for one in given[side]} for side in ("mentees", "mentors")
        }
        self._open = {(one, other) for one, other in given["open"]}
        self._least = given["least_years"]

    def _two(self, match: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._people["mentees"][match.mentee.email], self._people["mentors"][match.mentor.email]

    def _covered(self, mentee: dict[str, Any], mentor: dict[str, Any]) -> dict[str, int]:
        """Area -> years ahead, where that is enough."""
        gaps = {
            area: mentor["years"][area] - mentee["years"][area] for area in mentee["areas"] & mentor["areas"]
        }
        return {area: gap for area, gap in gaps.items() if gap >= self._least[area]}

    def stops(self, match: Any) -> bool:
        mentee, mentor = self._two(match)
        return (
            not (mentee["able"] and mentor["able"])
            or (mentee["chapter"], mentor["chapter"]) not in self._open
            or mentor["id"] in mentee["kept_from"]
            or not mentee["languages"] & mentor["languages"]
            or not mentee["hours"] & mentor["hours"]
            or not self._covered(mentee, mentor)
        )

    def apply(self, match: Any) -> int:
        mentee, mentor = self._two(match)
        areas = self._covered(mentee, mentor)
        wishes = 10 * sum(mentee["keen"][area] for area in areas)
        both = min(5, len(mentee["hours"] & mentor["hours"]))
        both += min(2, len(mentee["languages"] & mentor["languages"]))
        gap = min(10, max([0, *areas.values()]))
        u = wishes + gap + 5 * min(5, len(mentee["learns"] & mentor["teaches"])) + both
        liked = sum(mentor["keen"][area] for area in areas)
        v = wishes + 5 * liked + 8 * min(5, len(mentee["teaches"] & mentor["learns"])) + both
        return int(2 * u * v // (u + v))


def _with_sets(one: dict[str, Any]) -> dict[str, Any]:
    made = {key: set(value) if key in SETS else value for key, value in one.items()}
    years, keen = dict(one["years"]), dict(one["keen"])
    return made | {"years": years, "keen": keen, "areas": set(years)}


def main() -> None:
    """Read an instance, match it, say in how many seconds."""
    given = json.loads(sys.stdin.read())
    mentees = [Mentee(grade=1, email=one) for one in given["mentee_ids"]]
    mentors = [Mentor(grade=9, email=one) for one in given["mentor_ids"]]
    began_s = time.perf_counter()
    scores = {(mentee, mentor): w for mentee, mentor, w in given.get("scores", [])}
    rule = Table(scores) if scores else Functions(given["people"])
    # Rules are taken from the end of the list: who is stopped is found before a score is asked for.
    process_data(mentors, mentees, [[rule, Disqualify(rule.stops)]])
    seconds = time.perf_counter() - began_s
    pairs = [(mentee.email, mentor.email) for mentee in mentees for mentor in mentee.mentors]
    sys.stdout.write(json.dumps({"seconds": seconds, "pairs": pairs}))


if __name__ == "__main__":
    main()
