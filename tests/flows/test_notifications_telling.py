"""What is told of a whole relationship: every event of the catalogue, through real events and a real mail server."""

from datetime import datetime
from typing import Any

from shared.events import matching, sessions
from shared.ids import new_id
from tests.flows.notifications_scene import Scene

pytest_plugins = ["tests.flows.notifications_fixture"]


class Pair:
    """A pair in its trial, of which everything so far was told."""

    def __init__(self, scene: Scene, **chapter: Any) -> None:
        self.scene = scene
        self.chapter = scene.a_chapter(**chapter)
        self.ann, self.anns = scene.a_member(self.chapter, "Ann")
        self.bob, self.bobs = scene.a_member(self.chapter, "Bob", roles=("mentor",))
        self.rel = new_id("rel")
        self.sides = (self.ann, self.bob)
        self.all = (self.rel, self.ann, self.bob)
        met = new_id("ses")
        self.tell(scene.agreed(*self.sides))
        scene.tell(self.chapter, met, scene.a_session(sessions.SessionScheduled, *self.all))
        scene.tell(self.chapter, met, scene.held(*self.all))
        self.tell(scene.met(*self.sides), scene.started(*self.sides))
        scene.quiet()
        self.forget()

    def tell(self, *facts: Any) -> None:
        self.scene.tell(self.chapter, self.rel, *facts)

    def forget(self) -> None:
        """Only what comes from here on counts."""
        self.scene.catcher.caught.clear()

    def told(self) -> tuple[list[str], list[str]]:
        """What both have been told since, in order."""
        self.scene.quiet()
        return self.scene.subjects(self.anns), self.scene.subjects(self.bobs)


def soon(scene: Scene) -> datetime:
    return scene.in_days(30)


def test_a_question_and_its_answer_are_announced_to_the_side_that_waits_for_them(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, bobs = scene.a_member(chapter, "Bob")
    rel = new_id("rel")
    scene.tell(chapter, rel, scene.proposed(ann, bob))
    scene.tell(chapter, rel, matching.RelationshipQuestionAsked(ann, bob, scene.in_days(7)))
    scene.tell(chapter, rel, matching.RelationshipQuestionAnswered(ann, bob, scene.in_days(7)))
    scene.quiet()
    assert scene.subjects(anns)[1:] == ["One question before you meet"]
    assert scene.subjects(bobs)[1:] == ["Your question was answered"]
    assert f"http://cairn.test/proposals/{rel}" in scene.catcher.to(anns)[1].text


def test_terms_pauses_reviews_and_the_completion_are_told_to_both(scene: Scene) -> None:
    pair = Pair(scene)
    pair.tell(matching.RelationshipRenewed(*pair.sides, 1, soon(scene), soon(scene)))
    pair.tell(matching.RelationshipPaused(*pair.sides, soon(scene)))
    pair.tell(matching.RelationshipResumed(*pair.sides, soon(scene)))
    pair.tell(matching.RelationshipReviewDue(*pair.sides, soon(scene)))
    pair.tell(matching.RelationshipReviewed(*pair.sides, soon(scene)))
    pair.tell(matching.RelationshipCompleted(*pair.sides, 1))
    both = [
        "You both go on: a new term begins",
        "A pause, without guilt",
        "The pause is over",
        "Half of your term is over: time to look back",
        "You made it: your relationship is complete",
    ]
    assert pair.told() == (both, both)
    assert "Would you like to be a mentor" in scene.catcher.to(pair.anns)[-1].text
    assert "Would you like to be a mentor" not in scene.catcher.to(pair.bobs)[-1].text


def test_an_end_reads_the_same_to_both_and_names_no_cause_but_its_class(scene: Scene) -> None:
    subjects: dict[str, str] = {}
    for reason in ("by_choice", "kept_apart", "member_left", "by_coordinator", "for_cause"):
        pair = Pair(scene)
        pair.tell(matching.RelationshipEnded(*pair.sides, reason))
        scene.quiet()
        (to_ann,), (to_bob,) = scene.catcher.to(pair.anns), scene.catcher.to(pair.bobs)
        assert to_ann.text.replace("Ann", "").replace("Bob", "") == to_bob.text.replace("Ann", "").replace(
            "Bob", ""
        )
        subjects[reason] = to_ann.subject
    early = "A relationship has come to its end"
    assert subjects["by_choice"] == subjects["kept_apart"] == subjects["member_left"] == early
    assert subjects["by_coordinator"] == subjects["for_cause"]


def test_a_silent_pair_is_nudged_then_asked_then_shown_to_the_coordinators_then_told_of_the_end(
    scene: Scene,
) -> None:
    pair = Pair(scene)
    _, meis = scene.a_member(pair.chapter, "Mei", roles=("coordinator",))
    _, others = scene.a_member(scene.a_chapter(), "Kim", roles=("coordinator",))
    clock = pair.rel.replace("rel_", "clk_")
    silent = (*pair.all, scene.stack.clock())
    scene.tell(pair.chapter, clock, sessions.ClockNudged(*silent))
    scene.tell(pair.chapter, clock, sessions.ClockAsked(*silent))
    pair.tell(matching.RelationshipQuiet(*pair.sides, scene.stack.clock()))
    scene.tell(pair.chapter, clock, sessions.ClockFlagged(*silent))
    scene.tell(pair.chapter, clock, sessions.ClockRanOut(*silent))
    pair.tell(matching.RelationshipEnded(*pair.sides, "silent"))

    scene.quiet("profiles", "matching")
    assert scene.subjects(pair.anns) == []  # the end waits until what came before it was told
    both = ["Time to meet again?", "Go on, pause, or end?", "Closed, after a quiet time"]
    assert pair.told() == (both, both)
    (to_mei,) = scene.catcher.to(meis)
    assert to_mei.subject == "A quiet pair in Riverside"
    assert "Ann" not in to_mei.text
    assert "Bob" not in to_mei.text
    assert scene.catcher.to(others) == []


def test_goals_are_told_to_the_other_side_once_and_comments_to_their_owner(scene: Scene) -> None:
    pair = Pair(scene)
    hers, his = new_id("gol"), new_id("gol")
    scene.tell(pair.chapter, hers, matching.GoalSet(*pair.all, "mentee", 1))
    scene.tell(pair.chapter, hers, matching.GoalSet(*pair.all, "mentee", 2))
    scene.tell(pair.chapter, his, matching.GoalSet(*pair.all, "mentor", 1))
    scene.tell(pair.chapter, hers, matching.GoalCommented(*pair.all, "mentee"))
    scene.tell(pair.chapter, his, matching.GoalCommented(*pair.all, "mentor"))
    assert pair.told() == (["A comment on your goal"], ["Ann has set a goal", "A comment on your goal"])


def test_what_did_not_happen_or_is_not_agreed_is_told_to_both_without_blame(scene: Scene) -> None:
    pair = Pair(scene)
    disputed, missed = new_id("ses"), new_id("ses")
    scene.tell(pair.chapter, disputed, sessions.SessionDisputed(*pair.all))
    scene.tell(pair.chapter, missed, sessions.SessionMissed(*pair.all))
    both = ["Did your session take place?", "A session did not take place"]
    assert pair.told() == (both, both)


def test_a_missed_session_is_not_told_before_it_was_planned(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    rel, session, first = new_id("rel"), new_id("ses"), new_id("ses")
    pair = (rel, ann, bob)
    scene.tell(chapter, rel, scene.agreed(ann, bob))
    scene.publish("matching")
    scene.tell(chapter, first, scene.held(*pair))
    scene.tell(chapter, rel, scene.met(ann, bob), scene.started(ann, bob))
    scene.tell(chapter, session, scene.a_session(sessions.SessionScheduled, *pair, purpose="regular"))
    scene.tell(chapter, session, sessions.SessionMissed(*pair))
    scene.quiet("profiles", "sessions")
    assert "A session did not take place" not in scene.subjects(anns)
    scene.quiet()
    assert scene.subjects(anns)[-2:] == ["Session with Bob", "A session did not take place"]


def test_thanks_questions_reminders_and_certificates_reach_the_one_they_are_for(scene: Scene) -> None:
    pair = Pair(scene)
    scene.tell(pair.chapter, new_id("stp"), sessions.StepReminderDue(*pair.all))
    scene.tell(pair.chapter, new_id("kud"), sessions.KudosGiven(pair.rel, pair.ann, pair.bob))
    pulse, outcome = new_id("pls"), new_id("out")
    scene.tell(pair.chapter, pulse, sessions.PulseDue(pair.rel, pair.bob, "start"))
    scene.tell(pair.chapter, outcome, sessions.OutcomeDue(pair.ann, "later", matched=False, months=6))
    scene.tell(pair.chapter, new_id("crt"), sessions.CertificateIssued(pair.rel, pair.ann, 4))
    assert pair.told() == (
        ["The reminder that you asked for", "What has become of it?", "Your certificate is ready"],
        ["Ann says thank you", "Three minutes for yourself"],
    )
    assert f"http://cairn.test/me/outcomes/{outcome}" in scene.catcher.to(pair.anns)[1].text.split()
    assert f"http://cairn.test/me/pulses/{pulse}" in scene.catcher.to(pair.bobs)[1].text.split()


def test_who_was_not_matched_is_told_kindly_why_and_that_she_keeps_her_place(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, anns = scene.a_member(chapter, "Ann")
    scene.tell(chapter, new_id("app"), matching.ApplicationNotMatched("cyc_1", ann, "mentee", "no_place"))
    scene.quiet()
    (mail,) = scene.catcher.to(anns)
    assert mail.subject == "No match for you in this round"
    assert "There were more people than places." in mail.text
    assert "Your application keeps its place." in mail.text


def test_everything_is_told_in_chinese_to_those_who_read_it(scene: Scene) -> None:
    pair = Pair(scene, locales=("zh-Hans", "en"))
    pair.tell(matching.RelationshipEnded(*pair.sides, "by_choice"))
    scene.tell(pair.chapter, new_id("kud"), sessions.KudosGiven(pair.rel, pair.ann, pair.bob))
    assert pair.told() == (
        ["一段导师关系已经结束"],
        ["一段导师关系已经结束", "Ann向您说谢谢"],
    )
