"""Makers for the tests of sessions: a pair of a fresh chapter, whose relationship others announce through their real outbox and Kafka."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.call import Call
from shared.events import declared
from shared.events.matching import RelationshipIntroductionAgreed, RelationshipStarted
from shared.events.profiles import ChapterOpened, MemberContactChanged, MemberProfileChanged
from shared.ids import new_id
from shared.kinds import Kind
from tests.flows import profiles_people as people
from tests.stack import Stack

Headers = dict[str, str]
V1 = "/api/sessions/v1"
M1 = "/api/matching/v1"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Announcer:
    """What an event is about, as far as these tests need it."""

    id: str
    chapter: str


def announce(stack: Stack, chapter: str, about: str, *facts: Any) -> None:
    """These facts about one aggregate leave by the outbox of the service that announces them."""
    made = declared(facts[0])
    kind = Kind(made.about, f"announced_{made.about}s", Announcer)
    call = Call(id=new_id("call"), at=stack.clock(), chapter=chapter, asker="operator")
    stack.running[made.service].room.store.change(
        call, lambda tx: tx.save(kind, Announcer(about, chapter), *facts)
    )


class APair:
    """A mentee and a mentor of a fresh chapter (or of a given one), in their introduction."""

    def __init__(self, stack: Stack, chapter: str = "", mentee: str = "", **rules: int) -> None:
        self.stack = stack
        self.chapter = chapter or new_id("chapter")
        self.id, self.mentee, self.mentor = new_id("rel"), mentee or new_id("mem"), new_id("mem")
        self.told(RelationshipIntroductionAgreed(self.mentee, self.mentor, stack.clock() + 21 * DAY, **rules))

    @property
    def as_mentee(self) -> Headers:
        return self.stack.sign_in(self.mentee, self.chapter, "mentee")

    @property
    def as_mentor(self) -> Headers:
        return self.stack.sign_in(self.mentor, self.chapter, "mentor")

    @property
    def as_stranger(self) -> Headers:
        return self.stack.sign_in(new_id("mem"), self.chapter, "mentee", "mentor")

    @property
    def as_staff(self) -> Headers:
        return self.stack.sign_in(new_id("mem"), self.chapter, "coordinator")

    @property
    def elsewhere(self) -> Headers:
        return self.stack.sign_in(self.mentee, new_id("chapter"), "mentee", "mentor")

    def told(self, fact: Any) -> None:
        """An event of this relationship goes out, and everybody hears it."""
        announce(self.stack, self.chapter, self.id, fact)
        self.stack.quiet()

    def start(self) -> "APair":
        """Two yeses: the trial begins."""
        self.told(RelationshipStarted(self.mentee, self.mentor, self.stack.clock() + 42 * DAY))
        return self

    def ask(self, method: str, path: str, by: Headers, body: Any = None) -> Any:
        """A request to sessions."""
        asked = {} if body is None else {"json": body}
        return self.stack.ask(method, f"{V1}/{path}", by, **asked)

    def did(self, method: str, path: str, by: Headers, body: Any = None) -> Any:
        """A request that must succeed; its JSON."""
        answer = self.ask(method, path, by, body)
        assert answer.status_code < 300, f"{path}: {answer.get_data(as_text=True)}"
        return answer.get_json(silent=True)

    def plan(self, **more: Any) -> Any:
        """The mentee plans a call for tomorrow, or what is asked for instead."""
        body = {"starts_at": (self.stack.clock() + DAY).isoformat(), "mode": "call"} | more
        return self.ask("POST", f"pairs/{self.id}/sessions", self.as_mentee, body)

    def says(self, session: str, by: Headers, *, held: bool) -> Any:
        """One of the two says whether they met."""
        return self.ask("POST", f"sessions/{session}/attendance", by, {"held": held})

    def meet(self, **more: Any) -> str:
        """They write letters, and both say so; the session's id."""
        session: str = self.plan(mode="letters", **more).json["id"]
        for by in (self.as_mentee, self.as_mentor):
            assert self.says(session, by, held=True).status_code == 200
        self.stack.quiet()
        return session

    def seen(self, by: Headers | None = None) -> Any:
        """The pair as one of the two sees it."""
        return self.did("GET", f"pairs/{self.id}", by or self.as_mentee)

    def events(self, *types: str) -> list[str]:
        """What sessions announced about this relationship, of these types (without `cairn.` and the version), in order."""
        found = [
            event["type"].removeprefix("cairn.").removesuffix(".v1")
            for event in self.stack.announced("sessions")
            if self.id in event["data"]
        ]
        return [type for type in found if not types or type in types]

    def hours(self, *, mentee: tuple[int, ...], mentor: tuple[int, ...], zones: tuple[str, str]) -> None:
        """What both have said of their week, on the chapter's clock in Shanghai, and where each lives."""
        announce(
            self.stack, self.chapter, self.chapter, ChapterOpened("City", "Asia/Shanghai", ("en",), "cn")
        )
        room = self.stack.running["profiles"].room
        for member, hours, zone in ((self.mentee, mentee, zones[0]), (self.mentor, mentor, zones[1])):
            contact = room.seal(member, {"name": "Anna Łukasz 林", "mail": f"{member}@x.org", "locale": "en"})
            announce(
                self.stack,
                self.chapter,
                member,
                MemberContactChanged(contact, zone),
                MemberProfileChanged(("mentee", "mentor"), (), (), (), (), ("en",), hours, 1),
            )
        self.stack.quiet()


class AMatchedPair(APair):
    """Two people whom a coordinator introduced and who both said yes: nothing is announced but by the services themselves."""

    def __init__(self, stack: Stack, **rules: Any) -> None:
        self.stack, self.chapter = stack, people.a_chapter(stack)
        self.staff = people.a_coordinator(stack, self.chapter)
        self.mentee, _ = people.a_member(stack, self.chapter, "ana@example.org", roles=["mentee"])
        self.mentor, _ = people.a_member(stack, self.chapter, "bo@example.org", roles=["mentor"])
        self._matching("PATCH", "/api/profiles/v1/me", self.as_mentor, {"capacity": 1})
        stack.quiet()
        planned = self._matching("POST", f"{M1}/programmes", self.staff, {"name": "City", "rules": rules})
        self.programme = planned["id"]
        asked = {
            "mentee": self.mentee,
            "mentor": self.mentor,
            "reason": "You two.",
            "programme": self.programme,
        }
        self.id = self._matching("POST", f"{M1}/introductions", self.staff, asked)["id"]
        self._both("answer", {"answer": "accept"})
        self.meet()
        self._both("vote", {"vote": "yes"})

    def programme_changes(self, **rules: Any) -> None:
        """The coordinator changes the rules of the pair's programme."""
        self._matching("PATCH", f"{M1}/programmes/{self.programme}", self.staff, {"rules": rules})

    def state(self) -> str:
        """The relationship's state, as matching says it."""
        return str(self._matching("GET", f"{M1}/relationships/{self.id}", self.as_mentee)["state"])

    def _both(self, what: str, body: dict[str, str]) -> None:
        for by in (self.as_mentee, self.as_mentor):
            self._matching("POST", f"{M1}/relationships/{self.id}/{what}", by, body)
        self.stack.quiet()

    def _matching(self, method: str, path: str, by: Headers, body: Any = None) -> Any:
        answer = self.stack.ask(method, path, by, **({} if body is None else {"json": body}))
        assert answer.status_code < 300, f"{path}: {answer.get_data(as_text=True)}"
        return answer.get_json(silent=True)


def pairs_of_a_chapter(stack: Stack, number: int) -> list[APair]:
    """So many pairs of one fresh chapter, all in their trial."""
    first = APair(stack)
    pairs = [first, *(APair(stack, first.chapter) for _ in range(number - 1))]
    for pair in pairs:
        announce(
            stack,
            pair.chapter,
            pair.id,
            RelationshipStarted(pair.mentee, pair.mentor, stack.clock() + 42 * DAY),
        )
    stack.quiet()
    return pairs
