"""The mentors of a market before one more mentee, so that their columns can be kept for many who look one after another.

Invariant: what it returns is `snapshot` of this mentee and those mentors, but for what a market of mentors alone does not hold: whom of
mentees they exclude, and which conflicts they have with mentees. Whoever shows somebody of it looks at that again.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from services.matching.engine.columns import fixed
from services.matching.engine.errors import EngineError
from services.matching.engine.gathering import Columns, Couples, Gathering, Names
from services.matching.engine.market import Snapshot, compiled
from services.matching.engine.people import Person


def facing(market: Snapshot, mentee: Person) -> Snapshot:
    """This mentee and the market's mentors; its own mentees are left out.

    Raises `EngineError` (bad_value) where no mentor is of her chapter: the market does not say then which are open to hers.
    """
    if mentee.chapter not in market.chapters:
        raise EngineError("bad_value", "nobody in this market is of her chapter", where=mentee.chapter)
    gathering = Gathering(market.rules)
    names = gathering.names
    _number(names.areas, market.areas)
    _number(names.languages, market.languages)
    _number(names.chapters, market.chapters)
    for numbered, known in zip(names.choices, market.choices, strict=True):
        _number(numbered, known)
    gathering.add(_as_known(market, mentee))
    met = (market.mentors.row_of(one) for one in frozenset(mentee.exclusions))
    columns = Columns(
        mentees=gathering.columns().mentees,
        mentors=market.mentors,
        excluded_by_mentee=_with_her(row for row in met if row is not None),
        excluded_by_mentor=_with_her(()),
        same_person=_with_her(row for row in (market.mentors.row_of(mentee.id),) if row is not None),
        conflicts=(),
    )
    return compiled(
        market.rules,
        columns,
        areas=market.areas,
        languages=market.languages,
        chapters=market.chapters,
        choices=market.choices,
    )


def _number(names: Names, known: Iterable[str]) -> None:
    for name in known:
        names.number(name)


def _as_known(market: Snapshot, mentee: Person) -> Person:
    """Without what no mentor names, which brings her nobody, and would number everything anew."""
    areas, languages = frozenset(market.areas), frozenset(market.languages)
    answers = {}
    for question, known in zip(market.rules.questions, market.choices, strict=True):
        answer = mentee.answers.get(question.key)
        if answer is not None:
            answers[question.key] = replace(answer, value=_known(answer.value, known))
    return replace(
        mentee,
        roles=("mentee",),
        areas_wanted={area: keen for area, keen in mentee.areas_wanted.items() if area in areas},
        areas_offered={area: years for area, years in mentee.areas_offered.items() if area in areas},
        wants_to_learn=areas & frozenset(mentee.wants_to_learn),
        could_teach=areas & frozenset(mentee.could_teach),
        languages=languages & frozenset(mentee.languages),
        answers=answers,
        exclusions=(),
        conflicts={},
    )


def _known(value: str | int | Collection[str], choices: Collection[str]) -> int | list[str]:
    if isinstance(value, int):
        return value
    return [one for one in ((value,) if isinstance(value, str) else value) if one in choices]


def _with_her(rows: Iterable[int]) -> Couples:
    """These mentors' rows beside her own, which is 0."""
    cols = np.array(sorted(rows), np.int32)
    return fixed(np.stack((np.zeros(len(cols), np.int32), cols), axis=1))
