"""Makers for the tests of matching: a fresh chapter whose people's and sessions' events reach matching as their services announce them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

from services.matching.domain.intake import QUESTIONS
from services.matching.kinds import RELATIONSHIPS
from shared.envelope import Envelope
from shared.events import declared
from shared.events.profiles import (
    AreaOffered,
    AreaWanted,
    ChapterOpened,
    MemberConfirmed,
    MemberJoined,
    MemberProfileChanged,
)
from shared.events.sessions import SessionCancelled, SessionHeld, SessionScheduled
from shared.ids import new_id
from shared.inbox import Arrival, apply
from shared.service import Reaction
from tests.stack import Stack, raw_record

V1 = "/api/matching/v1"
Headers = dict[str, str]
Facts = list[tuple[str, Any]]


@dataclass(frozen=True)
class Reply:
    """What came back: the status, and the JSON it holds."""

    status: int
    body: Any
    text: str


@dataclass
class City:
    """A chapter of the test's own, with a coordinator."""

    stack: Stack
    time_zone: str = "Asia/Shanghai"
    chapter: str = field(default_factory=lambda: new_id("city").replace("_", "-"))
    staff_id: str = field(default_factory=lambda: new_id("mem"))
    seqs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hear((self.chapter, ChapterOpened("City", self.time_zone, ("en",), "cn")))
        self.hear(
            (self.staff_id, MemberJoined(("coordinator",), "operator")),
            (self.staff_id, MemberConfirmed(self.stack.clock())),
        )

    # -- what others announce ---------------------------------------------------------------------------------------

    def hear(self, *facts: tuple[str, Any]) -> None:
        """Events about these aggregates reach matching, in one batch, as its inbox applies them."""
        running = self.stack.running["matching"]
        reactions: dict[type[Any], Reaction] = {made.fact: made for made in running.service.reactions}
        arrivals = []
        for aggregate, fact in facts:
            seq = self.seqs[aggregate] = self.seqs.get(aggregate, 0) + 1
            made = declared(fact)
            envelope = Envelope(
                made.name, made.service, made.about, aggregate, seq, self.stack.clock(), self.chapter, b""
            )
            arrivals.append(Arrival(raw_record("test", seq, b""), aggregate, envelope, fact))
        running.room.store.transact(lambda tx: apply(tx, running.room, reactions, arrivals))

    def people(
        self, side: Any, number: int, *, capacity: int = 1, confirmed: bool = True, **profile: Any
    ) -> list[str]:
        """Members on one side who fit everybody on the other."""
        ids = [new_id("mem") for _ in range(number)]
        facts: Facts = []
        for id in ids:
            facts.append((id, MemberJoined((side,), "import")))
            if confirmed:
                facts.append((id, MemberConfirmed(self.stack.clock())))
            facts.append((id, self.profile(side, capacity=capacity, **profile)))
        self.hear(*facts)
        return ids

    def compass(self, member: str, route: str = "mentor", chosen: str | None = None) -> Reply:
        """The member answers the intake so that it leads there."""
        answers = {
            question.key: next(option.key for option in question.options if option.points_to == route)
            for question in QUESTIONS
        }
        body = {"answers": answers} | ({} if chosen is None else {"chosen": chosen})
        return self.post("/me/intake", body, self.headers(member))

    def mentee(self, **more: Any) -> str:
        return self.people("mentee", 1, **more)[0]

    def mentor(self, **more: Any) -> str:
        return self.people("mentor", 1, **more)[0]

    @staticmethod
    def profile(*roles: Any, **changes: Any) -> MemberProfileChanged:
        given: dict[str, Any] = {
            "roles": roles,
            "areas_offered": (AreaOffered("python", 10),) if "mentor" in roles else (),
            "areas_wanted": (AreaWanted("python", 3),) if "mentee" in roles else (),
            "wants_to_learn": (),
            "could_teach": (),
            "languages": ("en",),
            "hours": (10, 11),
            "capacity": 1,
        }
        return MemberProfileChanged(**(given | changes))

    def met(self, relationship: str) -> None:
        """Sessions says that the introduction was held."""
        pair = self.stack.running["matching"].room.store.reader().get(RELATIONSHIPS, relationship)
        held = SessionHeld(relationship, pair.mentee, pair.mentor, "introduction", "call", self.stack.clock())
        self.hear((new_id("ses"), held))

    def planned(self, relationship: str) -> str:
        """Sessions says that the two planned their introduction; returns the meeting's id."""
        meeting = new_id("ses")
        self.hear((meeting, SessionScheduled(**self._meeting(relationship), revision=0)))
        return meeting

    def called_off(self, relationship: str, meeting: str) -> None:
        """Sessions says that this meeting is off."""
        self.hear((meeting, SessionCancelled(**self._meeting(relationship), revision=1)))

    def _meeting(self, relationship: str) -> dict[str, Any]:
        pair = self.stack.running["matching"].room.store.reader().get(RELATIONSHIPS, relationship)
        return {
            "relationship": relationship,
            "mentee": pair.mentee,
            "mentor": pair.mentor,
            "purpose": "introduction",
            "mode": "call",
            "starts_at": self.stack.clock() + timedelta(days=1),
            "minutes": 30,
        }

    # -- who asks ---------------------------------------------------------------------------------------------------

    @property
    def staff(self) -> Headers:
        return self.stack.sign_in(self.staff_id, self.chapter, "coordinator")

    def headers(self, member: str, *roles: str) -> Headers:
        return self.stack.sign_in(member, self.chapter, *(roles or ("mentee", "mentor")))

    def ask(self, method: str, path: str, by: Headers | None = None, **kwargs: Any) -> Reply:
        """A request to matching, by the coordinator where nobody is named."""
        answer = self.stack.ask(method, V1 + path, self.staff if by is None else by, **kwargs)
        return Reply(answer.status_code, answer.get_json(silent=True), answer.get_data(as_text=True))

    def get(self, path: str, by: Headers | None = None) -> Reply:
        return self.ask("GET", path, by)

    def post(self, path: str, body: Any = None, by: Headers | None = None) -> Reply:
        return self.ask("POST", path, by, json={} if body is None else body)

    def patch(self, path: str, body: Any, by: Headers | None = None) -> Reply:
        return self.ask("PATCH", path, by, json=body)

    def delete(self, path: str, by: Headers | None = None) -> Reply:
        return self.ask("DELETE", path, by)

    def later(self, **by: float) -> None:
        """Time passes, and what falls due in matching is worked off."""
        self.stack.clock.advance(**by)
        while self.stack.running["matching"].timers.step():
            pass

    # -- what is there ----------------------------------------------------------------------------------------------

    def programme(self, **rules: Any) -> str:
        return made(self.post("/programmes", {"name": "Spring", "rules": rules}))

    def cycle(
        self, programme: str | None = None, *, opens_in_days: float = -1, closes_in_days: float = 7
    ) -> str:
        """A cycle that opens and closes so many days from now."""
        now = self.stack.clock().astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)
        body = {
            "programme": programme or self.programme(),
            "name": "Round one",
            "opens_local": (now + timedelta(days=opens_in_days)).isoformat(timespec="minutes"),
            "closes_local": (now + timedelta(days=closes_in_days)).isoformat(timespec="minutes"),
        }
        return made(self.post("/cycles", body))

    def introduced(self, mentee: str, mentor: str, **more: Any) -> str:
        """A coordinator's introduction of the two."""
        return made(
            self.post(
                "/introductions", {"mentee": mentee, "mentor": mentor, "reason": "You should meet."} | more
            )
        )

    def answer(self, relationship: str, member: str, says: str) -> Reply:
        return self.post(f"/relationships/{relationship}/answer", {"answer": says}, self.headers(member))

    def vote(self, relationship: str, member: str, says: str) -> Reply:
        return self.post(f"/relationships/{relationship}/vote", {"vote": says}, self.headers(member))

    def state(self, relationship: str) -> str:
        return str(self.get(f"/relationships/{relationship}").body["state"])

    def events(self, relationship: str) -> list[str]:
        """The types of what was announced about a relationship, in order."""
        rows = (
            self.stack.running["matching"].room.store.db["changes"].find({"events.aggregate": relationship})
        )
        events = [event for row in rows for event in row["events"] if event["aggregate"] == relationship]
        names = [(event["seq"], event["type"]) for event in events]
        assert [seq for seq, _ in sorted(names)] == list(range(1, len(names) + 1))
        return [type.removeprefix("cairn.relationship.").removesuffix(".v1") for _, type in sorted(names)]


@contextmanager
def a_city(stack: Stack) -> Iterator[City]:
    """A chapter for one test; nothing of it falls due in the tests after it, whose clock goes on from here."""
    city = City(stack)
    yield city
    stack.running["matching"].room.store.db["timers"].delete_many({"chapter": city.chapter})


@dataclass
class Couple:
    """A mentee and a mentor of a city, introduced by its coordinator."""

    city: City
    mentee: str
    mentor: str
    id: str

    def until_introduction(self) -> "Couple":
        """Both accept."""
        assert self.city.answer(self.id, self.mentee, "accept").status == 200
        assert self.city.answer(self.id, self.mentor, "accept").status == 200
        return self

    def until_voting(self) -> "Couple":
        """Both accept, and meet."""
        self.until_introduction()
        self.city.met(self.id)
        return self

    def until_trial(self) -> "Couple":
        """Both vote yes."""
        self.until_voting()
        for member in (self.mentee, self.mentor):
            assert self.city.vote(self.id, member, "yes").status == 200
        return self

    def until_active(self) -> "Couple":
        """The mentee writes a goal, and both renew."""
        self.until_trial()
        assert self.ask("goals", {"text": "Lead a team."}, self.mentee).status == 201
        self.renew()
        return self

    def until_completed(self) -> "Couple":
        """The first full term comes to its end."""
        self.until_active()
        self.city.later(days=91)
        self.city.later(days=14)
        self.city.later(days=77)
        assert self.city.state(self.id) == "completed"
        return self

    def renew(self) -> None:
        """Both say yes to a full term."""
        for member in (self.mentee, self.mentor):
            assert self.ask("renewal", {"renewal": "yes"}, member).status == 200

    def ask(self, what: str, body: Any = None, member: str | None = None) -> Reply:
        """A request about the relationship, by one of the two; by the coordinator where nobody is named."""
        by = None if member is None else self.city.headers(member)
        return self.city.post(f"/relationships/{self.id}/{what}", body, by)

    def seen_by(self, member: str) -> dict[str, Any]:
        """The relationship as one of the two sees it."""
        answer = self.city.get(f"/relationships/{self.id}", self.city.headers(member))
        assert answer.status == 200
        return dict(answer.body)


def a_couple(city: City, **terms: int) -> Couple:
    """Two new members, introduced."""
    mentee, mentor = city.mentee(), city.mentor()
    more = {"programme": city.programme(**terms)} if terms else {}
    return Couple(city, mentee, mentor, city.introduced(mentee, mentor, **more))


def made(answer: Reply) -> str:
    """The id of what was made."""
    assert answer.status == 201, answer.text
    return str(answer.body["id"])


def at_once(*asks: Callable[[], Reply]) -> list[Reply]:
    """The answers of requests that all start together, each in a thread of its own."""
    barrier = Barrier(len(asks))

    def ask(one: Callable[[], Reply]) -> Reply:
        barrier.wait(10)
        return one()

    with ThreadPoolExecutor(len(asks)) as pool:
        return [future.result(60) for future in [pool.submit(ask, one) for one in asks]]
