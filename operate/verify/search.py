"""Looks for markers everywhere but where their readers look, and says where it looked and what it found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from operate.verify.asking import INTEGRATOR, CannotVerify
from operate.verify.markers import Planted
from operate.verify.pages import DOORS, Browser
from operate.verify.planting import Garden
from operate.verify.system import Place, Thing

#: Where what is personal, but not the pair's secret, has nothing to do.
IMPERSONAL = ("events", "logs", "metrics", "integrators", "another member", "another chapter", "nobody")
#: The mentor, who reads what is the pair's, but not what the mentee, who plants first, wrote for herself.
PARTNER = "the other of the pair"
STAFF = "staff"
#: Where a coordinator reads a report.
REPORTS = ("/api/profiles/v1/reports/", "/coordinator/reports/")
#: A certificate's page is for anybody who has its code, and says whose it is (R18).
CERTIFICATES, NAME = "/certificates/", "PATCH /api/profiles/v1/me /name"
MAX_FINDINGS = 200


@dataclass(slots=True)
class Looked:
    """One place: how many things there were, how many bytes, and what was found that should not be there."""

    place: str
    things: int = 0
    size_bytes: int = 0
    findings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what is wrong. `unplanted` are fields that nothing was planted in and that nobody declared public."""

    looked: list[Looked]
    unplanted: list[str]
    #: How many of the planted markers the two of the pair can read: without any, the search itself would see nothing.
    read_by_the_pair: int

    @property
    def confidential(self) -> bool:
        """Whether nothing was found where it should not be, and nothing was left out."""
        return (
            not self.unplanted
            and self.read_by_the_pair > 0
            and not any(place.findings for place in self.looked)
        )


def search(garden: Garden) -> Verdict:
    """Look everywhere."""
    pair = frozenset(garden.people[role].mail for role in ("mentee", "mentor"))
    own = {each.marker for role in ("mentee", "mentor") for each in _markers(garden, answers(garden, role))}
    apis = (
        Place(PARTNER, answers(garden, "mentor")),
        Place(f"{STAFF} APIs", answers(garden, STAFF)),
        Place("integrators' APIs", answers(garden, INTEGRATOR)),
        Place("another member", answers(garden, "stranger")),
        Place("another chapter", answers(garden, "staff elsewhere")),
        Place("nobody", answers(garden, "")),
    )
    looked = [_look(garden, place) for place in chain(apis, pages(garden), garden.system.places(pair))]
    return Verdict(looked, [str(each) for each in garden.missing()], len(own))


def pages(garden: Garden) -> Iterator[Place]:
    """The pages of everybody: the two first, since what they can open is opened by everybody else as well."""
    browsers = {
        role: Browser(garden.system)
        for role in ("mentee", "mentor", STAFF, "stranger", "staff elsewhere", "")
    }
    for role, browser in browsers.items():
        if role:
            browser.sign_in(garden, role)
    shown = [
        found for _, content in browsers["mentee"].look_around() for found in garden.markers.found(content)
    ]
    if not any(found and found.readers == "pair" for found in shown):
        raise CannotVerify(
            "the mentee's own pages show nothing of what she wrote: the search would see nothing"
        )
    yield Place(f"{PARTNER}, pages", browsers["mentor"].look_around())
    theirs = dict.fromkeys([*DOORS, *garden.addresses, *browsers["mentee"].seen, *browsers["mentor"].seen])
    for role, name in (
        (STAFF, STAFF),
        ("stranger", "another member"),
        ("staff elsewhere", "another chapter"),
        ("", "nobody"),
    ):
        yield Place(f"{name}, pages", browsers[role].look_around(theirs))


def _look(garden: Garden, place: Place) -> Looked:
    looked = Looked(place.name)
    for where, content in place.things:
        looked.things += 1
        looked.size_bytes += len(content)
        for found in garden.markers.found(content):
            if len(looked.findings) < MAX_FINDINGS and not _may_be_there(found, place.name, where):
                field_of = found.field if found else "a field (in base64, hexadecimal or cut short)"
                looked.findings.append(f"{where}: text of {field_of}")
    looked.findings = list(dict.fromkeys(looked.findings))
    return looked


def _may_be_there(found: Planted | None, place: str, where: str) -> bool:
    match found.readers if found else "pair":
        case "personal":
            on_certificate = found is not None and found.field == NAME and CERTIFICATES in where
            return on_certificate or not place.startswith(IMPERSONAL)
        case "report":
            return place.startswith(STAFF) and any(address in where for address in REPORTS)
        case "pair":
            return place.startswith(PARTNER)
        case _:
            return False


def _markers(garden: Garden, things: Iterable[Thing]) -> Iterator[Planted]:
    for _, content in things:
        yield from (found for found in garden.markers.found(content) if found is not None)


def answers(garden: Garden, by: str) -> Iterator[Thing]:
    """Everything that one of the people can read: each GET route of each service on each thing that its path can name."""
    token_of = {name: person.token for name, person in garden.people.items()}
    for spec in garden.specs.values():
        for path, operations in spec["paths"].items():
            if "get" not in operations:
                continue
            for named in dict.fromkeys(garden.paths(path)):
                asked = named
                if path.endswith("/cards"):  # the one read that needs a parameter
                    asked += f"?ids={','.join(garden.things['members'])}"
                reply = garden.system.ask("GET", asked, token=token_of.get(by))
                yield f"GET {asked} as {by or 'nobody'} ({reply.status})", reply.content
