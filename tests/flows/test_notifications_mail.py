"""What people are told by mail: through real events, a real mail server, and the passing of time by hand."""

from concurrent.futures import ThreadPoolExecutor

from services.notifications.mail.sender import send_mails
from shared.events import matching, profiles, sessions
from shared.ids import new_id
from tests.flows.notifications_scene import Scene

pytest_plugins = ["tests.flows.notifications_fixture"]


def test_an_unconfirmed_member_gets_the_confirmation_and_nothing_else(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, mail = scene.a_member(chapter, confirmed=False)
    bob, _ = scene.a_member(chapter, "Bob")
    scene.tell(chapter, ann, profiles.MemberConfirmationRequested(scene.a_link("tok-1"), scene.in_days(3)))
    scene.tell(chapter, new_id("rel"), scene.proposed(ann, bob))
    scene.quiet()

    (only,) = scene.catcher.to(mail)
    assert only.subject == "Please confirm your address"
    assert "http://cairn.test/confirm/tok-1" in only.text

    scene.tell(chapter, ann, profiles.MemberConfirmed(scene.stack.clock()))
    scene.quiet()
    assert scene.subjects(mail) == [
        "Please confirm your address",
        "A mentor for you: would you like to meet?",
    ]


def test_each_side_of_a_pair_is_told_its_story_once_and_in_order(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, bobs = scene.a_member(chapter, "Bob")
    rel, first, second, step = new_id("rel"), new_id("ses"), new_id("ses"), new_id("stp")
    pair = (rel, ann, bob)
    scene.tell(chapter, rel, scene.proposed(ann, bob))
    scene.tell(chapter, rel, scene.agreed(ann, bob))
    scene.tell(chapter, first, scene.a_session(sessions.SessionScheduled, *pair))
    scene.tell(chapter, first, scene.held(*pair))
    scene.tell(chapter, rel, scene.met(ann, bob))
    scene.tell(chapter, rel, scene.started(ann, bob))
    scene.tell(chapter, second, scene.a_session(sessions.SessionScheduled, *pair, purpose="regular"))
    scene.tell(chapter, second, scene.a_session(sessions.SessionMoved, *pair, purpose="regular", revision=1))
    scene.tell(chapter, second, scene.held(*pair, "regular"))
    scene.tell(chapter, step, sessions.StepAgreed(rel, second, ann, bob))
    scene.tell(chapter, step, sessions.StepClosed(rel, second, ann, bob, "done"))
    scene.tell(chapter, rel, matching.RelationshipEnded(ann, bob, "trial_not_renewed"))
    scene.quiet()

    both = [
        "You would both like to meet: plan your introduction",
        "Introduction with {}",
        "You have met: would you like to go on?",
        "You both said yes: your trial term begins",
        "Session with {}",
        "Changed: Session with {}",
    ]
    assert scene.subjects(anns) == [
        "A mentor for you: would you like to meet?",
        *(subject.format("Bob") for subject in both),
        "You have agreed on a step",
        "Your trial term has come to its end",
    ]
    assert scene.subjects(bobs) == [
        "A mentee for you: would you like to meet?",
        *(subject.format("Ann") for subject in both),
        "You said, Ann did",
        "Your trial term has come to its end",
    ]
    links = [caught.text.split("http://cairn.test")[1].split()[0] for caught in scene.catcher.to(anns)]
    assert links == [f"/proposals/{rel}", *[f"/relationships/{rel}"] * 8]


def test_a_story_is_told_in_order_though_its_sessions_are_heard_of_first(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    rel, first, second = new_id("rel"), new_id("ses"), new_id("ses")
    pair = (rel, ann, bob)
    scene.tell(chapter, rel, scene.proposed(ann, bob))
    scene.tell(chapter, rel, scene.agreed(ann, bob))
    scene.tell(chapter, first, scene.a_session(sessions.SessionScheduled, *pair))
    scene.tell(chapter, first, scene.held(*pair))
    scene.tell(chapter, rel, scene.met(ann, bob))
    scene.tell(chapter, rel, scene.started(ann, bob))
    scene.tell(chapter, second, scene.a_session(sessions.SessionScheduled, *pair, purpose="regular"))

    scene.quiet("sessions")
    scene.quiet("profiles")
    assert scene.subjects(anns) == []
    scene.quiet("matching")
    assert scene.subjects(anns) == [
        "A mentor for you: would you like to meet?",
        "You would both like to meet: plan your introduction",
        "Introduction with Bob",
        "You have met: would you like to go on?",
        "You both said yes: your trial term begins",
        "Session with Bob",
    ]


def test_the_vote_waits_for_the_session_that_it_follows_on(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    rel, first = new_id("rel"), new_id("ses")
    scene.tell(chapter, rel, scene.agreed(ann, bob))
    scene.tell(chapter, first, scene.a_session(sessions.SessionScheduled, rel, ann, bob))
    scene.tell(chapter, first, scene.held(rel, ann, bob))
    scene.tell(chapter, rel, scene.met(ann, bob), scene.started(ann, bob))
    scene.quiet("profiles", "matching")
    assert scene.subjects(anns) == ["You would both like to meet: plan your introduction"]
    scene.quiet("sessions")
    assert scene.subjects(anns)[1:] == [
        "Introduction with Bob",
        "You have met: would you like to go on?",
        "You both said yes: your trial term begins",
    ]


def test_a_mail_does_not_wait_for_ever_for_what_it_follows_on(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    session = scene.a_session(sessions.SessionScheduled, new_id("rel"), ann, "mem_unknown")
    scene.tell(chapter, new_id("ses"), session)
    scene.quiet()
    assert scene.subjects(anns) == []
    scene.stack.clock.advance(minutes=11)
    scene.quiet()
    assert scene.subjects(anns) == ["Introduction with your mentor"]


def test_what_was_held_for_an_unconfirmed_member_is_dropped_after_30_days(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, confirmed=False)
    bob, bobs = scene.a_member(chapter, "Bob")
    scene.tell(chapter, new_id("rel"), scene.proposed(ann, bob))
    scene.quiet()
    scene.stack.clock.advance(days=31)
    scene.tell(chapter, ann, profiles.MemberConfirmed(scene.stack.clock()))
    scene.quiet("matching")
    scene.quiet()
    assert scene.subjects(anns) == []
    assert len(scene.subjects(bobs)) == 1
    (mail,) = scene.mails_of(chapter, ann)
    assert (mail["state"], mail["reason"]) == ("withheld", "address_not_confirmed")


def test_a_mail_that_fails_for_now_holds_back_its_recipient_only(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, bobs = scene.a_member(chapter, "Bob")
    rel = new_id("rel")
    scene.catcher.answers[anns] = ["451 try later"] * 2
    scene.tell(chapter, rel, scene.proposed(ann, bob))
    scene.tell(chapter, rel, scene.agreed(ann, bob))
    scene.quiet()
    assert (len(scene.subjects(anns)), len(scene.subjects(bobs))) == (0, 2)

    scene.stack.clock.advance(seconds=31)
    scene.quiet()
    assert scene.subjects(anns) == []
    scene.stack.clock.advance(minutes=3)
    scene.quiet()
    assert scene.subjects(anns) == [
        "A mentor for you: would you like to meet?",
        "You would both like to meet: plan your introduction",
    ]


def test_a_refusal_for_good_fails_at_once_and_the_next_mail_goes_on(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    rel = new_id("rel")
    scene.catcher.answers[anns] = ["550 5.7.1 not from you <secret@people.test>"]
    scene.tell(chapter, rel, scene.proposed(ann, bob))
    scene.tell(chapter, rel, scene.agreed(ann, bob))
    scene.quiet()
    assert scene.subjects(anns) == ["You would both like to meet: plan your introduction"]
    latest, earlier = scene.mails_of(chapter, ann)
    assert (latest["template"], latest["state"]) == ("introduction_agreed", "sent")
    assert (earlier["template"], earlier["state"], earlier["reason"]) == (
        "proposal_of_mentor",
        "failed",
        "smtp_550",
    )


def test_nothing_is_lost_or_used_up_while_the_mail_server_is_away(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    scene.catcher.stop()
    try:
        scene.tell(chapter, new_id("rel"), scene.proposed(ann, bob))
        scene.quiet()
        for _ in range(3):
            scene.stack.clock.advance(hours=9)
            assert send_mails(scene.room) == 0
        rows = list(scene.room.store.db["mails"].find({"recipient": ann}))
        assert [(row["state"], row["attempts"]) for row in rows] == [("waiting", 0)]
    finally:
        scene.catcher.start()
    scene.stack.clock.advance(minutes=1)
    scene.quiet()
    assert len(scene.subjects(anns)) == 1


def test_a_mail_that_a_crash_left_unmarked_goes_out_again_as_the_same_message(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    scene.tell(chapter, ann, profiles.MemberSignInRequested(scene.a_link(), scene.in_days(1)))
    scene.publish()
    scene.stack.quiet(chores=False)
    rows = scene.room.store.db["mails"]
    before = rows.find_one({"recipient": ann})
    assert before is not None
    assert send_mails(scene.room) == 1
    # The process died after the server took it: the row is as before, under a lease of the dead one.
    rows.replace_one(
        {"_id": before["_id"]}, {**before, "holder": "hold_dead", "lease_until": scene.in_days(900)}
    )
    assert send_mails(scene.room) == 0
    rows.update_one({"_id": before["_id"]}, [{"$set": {"lease_until": "$$NOW"}}])
    assert send_mails(scene.room) == 1
    first, second = scene.catcher.to(anns)
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert str(first.message["Message-ID"]).endswith("@cairn.test>")


def test_two_senders_at_once_send_each_mail_once_and_in_order(scene: Scene) -> None:
    chapter = scene.a_chapter()
    people = [scene.a_member(chapter, f"Member {number}") for number in range(12)]
    rels = [new_id("rel") for _ in people[::2]]
    for rel, (ann, _), (bob, _) in zip(rels, people[::2], people[1::2], strict=True):
        scene.tell(chapter, rel, scene.proposed(ann, bob), scene.agreed(ann, bob))
        scene.tell(chapter, rel, matching.RelationshipDeclined(ann, bob, "lapsed"))
    scene.publish()
    scene.stack.quiet(chores=False)

    def send_all(_: int) -> None:
        while send_mails(scene.room):
            pass

    with ThreadPoolExecutor(4) as senders:
        list(senders.map(send_all, range(4)))
    scene.quiet()
    for number, (_, mail) in enumerate(people):
        assert scene.subjects(mail) == [
            "A mentee for you: would you like to meet?"
            if number % 2
            else "A mentor for you: would you like to meet?",
            "You would both like to meet: plan your introduction",
            "A proposal has come to its end",
        ]


def test_a_link_to_sign_in_does_not_wait_behind_a_pile_of_confirmations(scene: Scene) -> None:
    chapter = scene.a_chapter()
    for _ in range(60):
        member, _ = scene.a_member(chapter, confirmed=False)
        scene.tell(chapter, member, profiles.MemberConfirmationRequested(scene.a_link(), scene.in_days(3)))
    ann, anns = scene.a_member(chapter, "Ann")
    scene.tell(chapter, ann, profiles.MemberSignInRequested(scene.a_link("tok-2"), scene.in_days(1)))
    scene.publish()
    scene.stack.quiet(chores=False)
    assert 0 < send_mails(scene.room) < 60
    (link,) = scene.catcher.to(anns)
    assert "http://cairn.test/sign-in/tok-2" in link.text
    scene.quiet()


def test_a_link_that_has_expired_is_not_sent(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    scene.tell(chapter, ann, profiles.MemberSignInRequested(scene.a_link(), scene.in_days(0.01)))
    scene.publish()
    scene.stack.clock.advance(hours=1)
    scene.quiet()
    assert scene.subjects(anns) == []
    (mail,) = scene.mails_of(chapter, ann)
    assert (mail["state"], mail["reason"]) == ("withheld", "link_expired")


def test_who_has_confirmed_meanwhile_is_not_asked_to(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann", confirmed=False)
    scene.tell(chapter, ann, profiles.MemberConfirmationRequested(scene.a_link(), scene.in_days(1)))
    scene.tell(chapter, ann, profiles.MemberConfirmed(scene.stack.clock()))
    scene.quiet()
    assert scene.subjects(anns) == []
    (mail,) = scene.mails_of(chapter, ann)
    assert (mail["state"], mail["reason"]) == ("withheld", "already_confirmed")


def test_an_address_that_changes_gets_nothing_until_it_is_confirmed_in_turn(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    scene.tell(chapter, ann, scene.a_contact("Ann", "new." + anns))
    scene.tell(chapter, new_id("rel"), scene.proposed(ann, bob))
    scene.quiet()
    assert scene.subjects("new." + anns) == scene.subjects(anns) == []
    scene.tell(chapter, ann, profiles.MemberConfirmed(scene.stack.clock()))
    scene.quiet()
    assert len(scene.subjects("new." + anns)) == 1


def test_how_a_proposal_or_a_vote_ended_reads_the_same_for_both_and_for_every_cause(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, bobs = scene.a_member(chapter, "Bob")
    declined, lapsed, voted, met = new_id("rel"), new_id("rel"), new_id("rel"), new_id("ses")
    scene.tell(chapter, declined, matching.RelationshipDeclined(ann, bob, "declined"))
    scene.tell(chapter, lapsed, matching.RelationshipDeclined(ann, bob, "lapsed"))
    scene.tell(chapter, met, scene.held(voted, ann, bob))
    scene.tell(chapter, voted, matching.RelationshipNotStarted(ann, bob))
    scene.quiet()

    def read(mail: str, own: str, other: str) -> list[str]:
        return [caught.text.replace(own, "SELF").replace(other, "OTHER") for caught in scene.catcher.to(mail)]

    told = read(anns, "Ann", "Bob")
    assert told == read(bobs, "Bob", "Ann")
    assert len(told) == 3
    assert told[0] == told[1]


def test_a_step_that_was_let_go_is_told_to_nobody(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, bobs = scene.a_member(chapter, "Bob")
    rel, step = new_id("rel"), new_id("stp")
    scene.tell(chapter, rel, scene.agreed(ann, bob))
    scene.tell(chapter, step, sessions.StepAgreed(rel, "ses_1", ann, bob))
    scene.tell(chapter, step, sessions.StepClosed(rel, "ses_1", ann, bob, "let_go"))
    scene.quiet()
    assert scene.subjects(anns)[1:] == ["You have agreed on a step"]
    assert scene.subjects(bobs)[1:] == []


def test_a_mail_is_written_as_things_are_known_when_it_is_sent(scene: Scene) -> None:
    chapter = scene.a_chapter(locales=("zh-Hans", "en"))
    ann, anns = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    scene.catcher.answers[anns] = ["451 try later"]
    scene.tell(chapter, new_id("rel"), scene.proposed(ann, bob))
    scene.quiet()
    scene.tell(chapter, bob, scene.a_contact("王芳", "bob@people.test"))
    scene.stack.clock.advance(minutes=1)
    scene.quiet()
    (told,) = scene.catcher.to(anns)
    assert told.subject.startswith("为您推荐一位导师")
    assert "王芳" in told.text
    assert told.message["Content-Language"] == "zh-Hans"
