"""The engine beside PyPI's mentor-match and matching: one market, one seat each, the same rules.

Both install a top-level package `matching`, so each runs in an environment of its own, made from its hashed list by uv and
removed again. Totals and blocking pairs of all of them are judged by `checking`.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from services.matching.engine.digests import digests, mixed
from tests.bench.matching.checking import Market, judge

HERE = Path(__file__).parent
WITHIN_S = 900.0
INSTALL_WITHIN_S = 300.0
TIE_BITS = 40

#: What was found by a kind of round of ours: its figures, pairs of rows, and prices.
Ours = Callable[[str], tuple[dict[str, Any], list[tuple[int, int]], Any]]


def compared(packed: bytes, folder: Path, seed: int, ours: Ours) -> dict[str, Any]:
    """The figures of all three."""
    here = Market(packed)
    weighed = [here.against(i) for i in range(len(here.ids["mentees"]))]
    best, pairs, prices = ours("welfare")
    if "seconds" not in best:
        return best
    verdict = judge(here, pairs, prices)
    line = {
        "seconds": best["seconds"],
        "load_seconds": best["load_seconds"],
        "total": verdict.total,
        "bound": verdict.bound,
        "gap": verdict.gap,
        "blocking_pairs": verdict.blocking_pairs,
        "wrong_pairs": verdict.wrong_pairs,
        "eligible_share": verdict.eligible_share,
    }
    environment = _environment(folder, "mentor_match")
    table = _run(environment, "by_mentor_match.py", _with_table(here, weighed))
    rules = _run(environment, "by_mentor_match.py", _with_people(here))
    theirs = _judged(here, table)
    line["mentor_match"] = theirs | {
        "seconds_with_rules": rules.get("seconds"),
        "same_by_rules": _same_total(here, rules, theirs),
    }
    if "seconds" in table:
        line["times_faster"] = round(table["seconds"] / best["seconds"], 1)
        line["of_their_total"] = round(verdict.total / theirs["total"], 6)
    stable = _run(_environment(folder, "matching"), "by_matching.py", _with_preferences(here, weighed, seed))
    line["matching"] = _judged(here, stable) | _against_stable(here, stable, ours)
    return line


def _environment(folder: Path, name: str) -> Path:
    """The Python of an environment that holds this rival and what it needs."""
    made = folder / f"rival_{name}"
    python = made / "bin" / "python"
    for command in (
        ("venv", "--quiet", "--python", sys.executable, str(made)),
        (
            "pip",
            "install",
            "--quiet",
            "--python",
            str(python),
            "--require-hashes",
            "-r",
            str(HERE / f"{name}.txt"),
        ),
    ):
        subprocess.run([sys.executable, "-m", "uv", *command], check=True, timeout=INSTALL_WITHIN_S)
    return python


def _run(python: Path, script: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a rival found; its own code is looked for first, so that nothing of ours stands in its way (-I)."""
    try:
        ran = subprocess.run(
            [str(python), "-I", str(HERE / script)],
            input=json.dumps(given), capture_output=True, text=True, check=True, timeout=WITHIN_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"not_available": f"not done after {WITHIN_S:.0f} s"}
    except subprocess.CalledProcessError as failed:
        return {"not_available": failed.stderr.strip().splitlines()[-1:]}
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


def _judged(here: Market, found: dict[str, Any]) -> dict[str, Any]:
    if "pairs" not in found:
        return found
    verdict = judge(here, _rows(here, found), np.zeros(len(here.ids["mentors"]), np.int64))
    return {
        "seconds": round(found["seconds"], 3),
        "total": verdict.total,
        "blocking_pairs": verdict.blocking_pairs,
        "wrong_pairs": verdict.wrong_pairs,
        "pairs": len(found["pairs"]),
    }


def _rows(here: Market, found: dict[str, Any]) -> list[tuple[int, int]]:
    mine, theirs = (
        {member: row for row, member in enumerate(here.ids[side])} for side in ("mentees", "mentors")
    )
    return [(mine[mentee], theirs[mentor]) for mentee, mentor in found["pairs"]]


def _same_total(here: Market, found: dict[str, Any], theirs: dict[str, Any]) -> bool | None:
    """Did the rules as functions come to the same as the table? That they are the same rules shows in it."""
    if "pairs" not in found or "total" not in theirs:
        return None
    judged = _judged(here, found)
    return bool(judged["total"] == theirs["total"] and judged["wrong_pairs"] == 0)


def _with_table(here: Market, weighed: list[Any]) -> dict[str, Any]:
    mentees, mentors = here.ids["mentees"], here.ids["mentors"]
    scores = [
        (mentees[i], mentors[j], 2 * u * v // (u + v))
        for i, columns in enumerate(weighed)
        for j, u, v in zip(*(column.tolist() for column in columns), strict=True)
    ]
    return {"mentee_ids": mentees, "mentor_ids": mentors, "scores": scores}


def _with_people(here: Market) -> dict[str, Any]:
    """People and rules as plain values, for who works out the scores itself."""
    open_ = [(int(one), int(other)) for one, other in np.argwhere(here.open)]
    least = here.rules.get("min_gap_years_by_area", {})
    usual = here.rules.get("min_gap_years", 1)
    people: dict[str, Any] = {side: _people(here, side) for side in ("mentees", "mentors")}
    people |= {"open": open_, "least_years": [least.get(area, usual) for area in here.areas]}
    ids = here.ids
    for i, one in enumerate(people["mentees"]):
        one["kept_from"] = [ids["mentors"][j] for j in here.stopped.get(i, ())]
    for side in ("mentees", "mentors"):
        for one in people[side]:
            one["years"] = list(one["years"].items())
            one["keen"] = list(one["keen"].items())
    return {"mentee_ids": ids["mentees"], "mentor_ids": ids["mentors"], "people": people}


def _people(here: Market, side: str) -> list[dict[str, Any]]:
    columns = {
        key.removeprefix(f"{side}/"): here.columns[key] for key in here.columns if key.startswith(side)
    }
    start, area = columns["areas/start"].tolist(), columns["areas/area"].tolist()
    years, keen = columns["areas/years"].tolist(), columns["areas/keen"].tolist()
    return [
        {
            "id": member,
            "able": bool(columns["barred"][row] == 0),
            "chapter": int(columns["chapter"][row]),
            "languages": _members(columns["languages"][row]),
            "hours": _members(columns["hours"][row]),
            "learns": _members(columns["wants_to_learn"][row]),
            "teaches": _members(columns["could_teach"][row]),
            "years": dict(
                zip(area[start[row] : start[row + 1]], years[start[row] : start[row + 1]], strict=True)
            ),
            "keen": dict(
                zip(area[start[row] : start[row + 1]], keen[start[row] : start[row + 1]], strict=True)
            ),
        }
        for row, member in enumerate(here.ids[side])
    ]


def _members(words: Any) -> list[int]:
    bits = np.unpackbits(words.view(np.uint8), bitorder="little")
    return [int(one) for one in np.flatnonzero(bits)]


def _with_preferences(here: Market, weighed: list[Any], seed: int) -> dict[str, Any]:
    """Lists without ties: by points, then by the tie that the engine breaks by."""
    mentees, mentors = here.ids["mentees"], here.ids["mentors"]
    mine, theirs = digests(tuple(mentees), "mentee", seed), digests(tuple(mentors), "mentor", seed)
    hers: dict[str, list[str]] = {}
    asked: dict[str, list[tuple[int, str]]] = {}
    for i, (cols, u, v) in enumerate(weighed):
        able = here.seats["mentors"][cols] > 0
        cols, u, v = cols[able], u[able], v[able]
        if not len(cols) or not here.seats["mentees"][i]:
            continue
        tie = (mixed(np.repeat(mine[i], len(cols)), theirs[cols]) >> np.uint64(64 - TIE_BITS)).astype(
            np.int64
        )
        hers[mentees[i]] = [mentors[j] for j in cols[np.argsort(-(u << TIE_BITS | tie))].tolist()]
        for j, key in zip(cols.tolist(), (v << TIE_BITS | tie).tolist(), strict=True):
            asked.setdefault(mentors[j], []).append((-key, mentees[i]))
    return {
        "mentees": hers,
        "mentors": {mentor: [mentee for _, mentee in sorted(those)] for mentor, those in asked.items()},
        "seats": {
            mentors[j]: int(here.seats["mentors"][j]) for j in range(len(mentors)) if mentors[j] in asked
        },
    }


def _against_stable(here: Market, found: dict[str, Any], ours: Ours) -> dict[str, Any]:
    """Mentees' best stable pairs are one set where nobody is indifferent: both must find it."""
    figures, pairs, _ = ours("stable")
    if "seconds" not in figures or "pairs" not in found:
        return {"ours": figures.get("not_available"), "identical": None}
    return {
        "our_seconds": figures["seconds"],
        "our_total": figures["total"],
        "identical": set(pairs) == set(_rows(here, found)),
    }
