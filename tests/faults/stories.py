"""The story of pairs, told through the edge while workers are real processes: each part waits until the services have heard of the last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.ids import new_id
from tests.faults.checked import CONFIRMATION_ASKED, Record, told
from tests.faults.processes import Site
from tests.flows.profiles_people import a_chapter, a_coordinator, a_member
from tests.mail import Mailbox
from tests.stack import NOON, wait_for

PROFILES, MATCHING, SESSIONS = "/api/profiles/v1", "/api/matching/v1", "/api/sessions/v1"
#: After a kill the group gives partitions away within 10 s, and a relay takes over within 15 s; the rest is for a busy machine.
HEARD_WITHIN_S = 90.0

#: What is told to each of a pair, in this order, and who (besides the confirmation of her address).
TOLD = {
    "mentee": (
        "cairn.relationship.proposed.v1",
        "cairn.relationship.introduction_agreed.v1",
        "cairn.session.scheduled.v1",
        "cairn.relationship.introduction_held.v1",
        "cairn.relationship.started.v1",
        "cairn.session.scheduled.v1",
        "cairn.step.agreed.v1",
    ),
    "mentor": (
        "cairn.relationship.proposed.v1",
        "cairn.relationship.introduction_agreed.v1",
        "cairn.session.scheduled.v1",
        "cairn.relationship.introduction_held.v1",
        "cairn.relationship.started.v1",
        "cairn.session.scheduled.v1",
    ),
}

STARTED = "cairn.relationship.started.v1"
#: Whoever has begun is asked, once, how she is and what became of her; these questions have an order of their own.
ASKED = ("cairn.pulse.due.v1", "cairn.outcome.due.v2")


@dataclass
class Couple:
    """A mentee and a mentor of one chapter, and the relationship between them once there is one."""

    site: Site
    staff: dict[str, str]
    ids: dict[str, str]
    headers: dict[str, dict[str, str]]
    addresses: dict[str, str]
    relationship: str = ""
    _capacity: int = 0

    def introduced(self) -> None:
        """The coordinator introduces them, and both accept."""
        body = {"mentee": self.ids["mentee"], "mentor": self.ids["mentor"], "reason": "They should meet."}

        def introduced() -> Any:
            answer = self._answer(f"{MATCHING}/introductions", body, self.staff)
            return answer if answer.status_code == 201 else None

        made = wait_for(introduced, HEARD_WITHIN_S, "matching's knowing both")
        self.relationship = made.get_json()["id"]

    def accepted(self) -> None:
        """Both accept to meet."""
        for role in ("mentee", "mentor"):
            self._did(f"{MATCHING}/relationships/{self.relationship}/answer", {"answer": "accept"}, role)

    def met(self) -> None:
        """Once sessions knows the pair, they meet."""
        self._at_stage("introduction")
        self._meet("mentee")

    def voted(self) -> None:
        """Once matching knows of the meeting, both say yes."""
        path = f"{MATCHING}/relationships/{self.relationship}"
        self._until(path, "state", "voting")
        for role in ("mentor", "mentee"):
            self._did(f"{path}/vote", {"vote": "yes"}, role)

    def worked(self) -> None:
        """Once the trial runs, they meet again and agree one step."""
        self._at_stage("running")
        session = self._meet("mentor")
        self._did(f"{SESSIONS}/sessions/{session}/steps", {"text": "Write to Ana"}, "mentee")

    def looks(self) -> None:
        """The mentee reads her profile."""
        answer = self.site.get(f"{PROFILES}/me", self.headers["mentee"])
        assert answer.status_code == 200, answer.get_data(as_text=True)

    def changes(self) -> None:
        """The mentor changes his profile, which is announced."""
        self._capacity = self._capacity % 5 + 1
        answer = self.site.patch(f"{PROFILES}/me", {"capacity": self._capacity}, self.headers["mentor"])
        assert answer.status_code == 200, answer.get_data(as_text=True)

    def _meet(self, by: str) -> str:
        session: str = self._did(f"{SESSIONS}/pairs/{self.relationship}/sessions", {"mode": "letters"}, by)[
            "id"
        ]
        for role in ("mentee", "mentor"):
            self._did(f"{SESSIONS}/sessions/{session}/attendance", {"held": True}, role)
        return session

    def _at_stage(self, stage: str) -> None:
        self._until(f"{SESSIONS}/pairs/{self.relationship}", "stage", stage)

    def _until(self, path: str, field: str, value: str) -> None:
        def so() -> bool:
            answer = self.site.get(path, self.headers["mentee"])
            return answer.status_code == 200 and answer.get_json()[field] == value

        wait_for(so, HEARD_WITHIN_S, f"{path} being {value}")

    def _did(self, path: str, body: Any, by: str) -> Any:
        answer = self._answer(path, body, self.headers[by])
        assert answer.status_code in (200, 201), f"{path}: {answer.get_data(as_text=True)}"
        return answer.get_json()

    def _answer(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        return self.site.post(path, body, headers | {"Idempotency-Key": new_id("key")})


#: The story in its order: each part is one step of each couple.
PARTS = (Couple.introduced, Couple.accepted, Couple.met, Couple.voted, Couple.worked)


def some_couples(site: Site, number: int) -> list[Couple]:
    """Couples of one new chapter, confirmed, with a coordinator."""
    chapter = a_chapter(site)
    staff = a_coordinator(site, chapter, f"mei.{new_id('x')[-8:]}@example.org")
    couples = []
    for _ in range(number):
        word = new_id("x")[-8:]
        addresses = {"mentee": f"ana.{word}@example.org", "mentor": f"bo.{word}@example.org"}
        members = {role: a_member(site, chapter, mail, roles=[role]) for role, mail in addresses.items()}
        couple = Couple(
            site,
            staff,
            {role: id for role, (id, _) in members.items()},
            {role: headers for role, (_, headers) in members.items()},
            addresses,
        )
        couple.changes()
        couples.append(couple)
    return couples


def caught(mails: Mailbox, couples: list[Couple]) -> dict[str, int]:
    """How often each Message-ID came, over all mails to these couples."""
    return {
        mail["message_id"]: mail["times_received"]
        for couple in couples
        for address in couple.addresses.values()
        for mail in mails.to(address)
    }


def mailed(site: Site, mails: Mailbox, couples: list[Couple], within_s: float = 90.0) -> None:
    """Wait until notifications has sent what it has to send, and the couples have been told the whole story."""
    expected = sum(len(types) + len(ASKED) for types in TOLD.values()) * len(couples)

    def all_sent() -> bool:
        rows = site.store("notifications")["mails"]
        return (
            rows.count_documents({"state": "waiting"}) == 0
            and len(caught(mails, couples)) >= expected
            and rows.count_documents({"state": "sent", "template": {"$nin": ["confirmation"]}}) >= expected
        )

    wait_for(all_sent, within_s, "every mail being sent")


def leases_over(site: Site) -> None:
    """Mails that a killed sender had taken can be taken again: their lease runs out after minutes, which are not waited for here."""
    rows = site.store("notifications")["mails"]
    rows.update_many({"state": "waiting", "holder": {"$gt": ""}}, {"$set": {"lease_until": NOON}})


def told_in_order(
    record: Record, mails: Mailbox, couples: list[Couple], story: Mapping[str, tuple[str, ...]] = TOLD
) -> None:
    """AssertionError where somebody was told something else than the story, or in another order."""
    of = told(record)
    for couple in couples:
        for role, types in story.items():
            news = [of[mail["message_id"]].type for mail in mails.to(couple.addresses[role])]
            of_the_pair = tuple(type for type in news if type not in (CONFIRMATION_ASKED, *ASKED))
            assert of_the_pair == types, f"{role}: {news}"
            asked = [type for type in news if type in ASKED]
            assert sorted(asked) == (sorted(ASKED) if STARTED in types else []), f"{role}: {news}"
