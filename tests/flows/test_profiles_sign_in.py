"""Registering, confirming, signing in and out, through the real edge on a real database."""

import json
import threading

import pytest

from tests.flows.profiles_people import (
    V1,
    a_chapter,
    a_member,
    announced_about,
    get,
    member_document,
    post,
    register,
    secrets_mailed,
)
from tests.stack import Stack

JOINED = ["joined", "contact_changed", "profile_changed", "confirmation_requested"]


def test_registering_asks_for_exactly_one_confirmation_mail(stack: Stack) -> None:
    chapter = a_chapter(stack)

    answers = [register(stack, chapter, mail) for mail in ("anna@example.org", " ANNA@Example.org ")]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json == answers[1].json == {"status": "confirmation_sent"}
    assert announced_about(stack, chapter, "anna@example.org") == JOINED


def test_the_same_address_registered_many_times_at_once_is_one_member(stack: Stack) -> None:
    chapter = a_chapter(stack)
    answers: list[int] = []

    def knock() -> None:
        answers.append(register(stack, chapter, "anna@example.org").status_code)

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [202] * 8
    assert announced_about(stack, chapter, "anna@example.org") == JOINED


def test_an_address_in_two_chapters_is_two_members(stack: Stack) -> None:
    here, there = a_chapter(stack), a_chapter(stack, name="Zurich", time_zone="Europe/Zurich")

    register(stack, here, "anna@example.org")
    register(stack, there, "anna@example.org")

    one, other = (member_document(stack, chapter, "anna@example.org") for chapter in (here, there))
    assert one["_id"] != other["_id"]
    assert (one["time_zone"], other["time_zone"]) == ("Asia/Shanghai", "Europe/Zurich")


def test_the_confirmation_link_confirms_and_signs_in_once_and_repeats_harmlessly(stack: Stack) -> None:
    chapter = a_chapter(stack)
    register(stack, chapter, "anna@example.org")
    [secret] = secrets_mailed(stack, chapter, "anna@example.org")

    first, second = (post(stack, f"{V1}/confirmations", {"token": secret}) for _ in range(2))

    assert first.status_code == 200
    assert first.json["status"] == "confirmed"
    assert first.json["roles"] == ["mentee"]
    assert second.json == {"status": "already_confirmed"}
    assert announced_about(stack, chapter, "anna@example.org") == [*JOINED, "confirmed"]


def test_a_client_that_repeats_its_confirmation_gets_its_first_answer(stack: Stack) -> None:
    chapter = a_chapter(stack)
    register(stack, chapter, "anna@example.org")
    [secret] = secrets_mailed(stack, chapter, "anna@example.org")

    first, second = (
        post(stack, f"{V1}/confirmations", {"token": secret}, {"Idempotency-Key": "k1"}) for _ in range(2)
    )

    assert first.json == second.json
    assert post(stack, f"{V1}/tokens", {"session": second.json["session"]}).status_code == 200


def test_two_who_follow_the_link_at_once_get_one_session(stack: Stack) -> None:
    chapter = a_chapter(stack)
    register(stack, chapter, "anna@example.org")
    [secret] = secrets_mailed(stack, chapter, "anna@example.org")
    answers: list[str] = []

    def follow() -> None:
        answers.append(post(stack, f"{V1}/confirmations", {"token": secret}).json["status"])

    threads = [threading.Thread(target=follow) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["already_confirmed"] * 5 + ["confirmed"]


def test_a_link_that_has_expired_can_be_had_anew(stack: Stack) -> None:
    chapter = a_chapter(stack)
    register(stack, chapter, "anna@example.org")
    [old] = secrets_mailed(stack, chapter, "anna@example.org")
    stack.clock.advance(days=7)

    expired = post(stack, f"{V1}/confirmations", {"token": old})
    asked = post(stack, f"{V1}/confirmation-links", {"chapter": chapter, "mail": "anna@example.org"})
    new = secrets_mailed(stack, chapter, "anna@example.org")[-1]

    assert (expired.status_code, expired.json["code"]) == (409, "link_expired")
    assert asked.status_code == 202
    assert post(stack, f"{V1}/confirmations", {"token": new}).json["status"] == "confirmed"
    assert post(stack, f"{V1}/confirmations", {"token": old}).json == {"status": "already_confirmed"}


def test_an_unconfirmed_address_gets_one_confirmation_in_ten_minutes_however_it_is_asked_for(
    stack: Stack,
) -> None:
    chapter = a_chapter(stack)
    register(stack, chapter, "anna@example.org")
    body = {"chapter": chapter, "mail": "anna@example.org"}

    for path in ("confirmation-links", "sign-in-links"):
        post(stack, f"{V1}/{path}", body)
    assert len(secrets_mailed(stack, chapter, "anna@example.org")) == 1

    stack.clock.advance(minutes=10)
    for path in ("sign-in-links", "confirmation-links"):
        post(stack, f"{V1}/{path}", body)
    assert len(secrets_mailed(stack, chapter, "anna@example.org")) == 2


def test_a_link_fails_for_another_account(stack: Stack) -> None:
    chapter = a_chapter(stack)
    _, other = a_member(stack, chapter, "bea@example.org")
    register(stack, chapter, "anna@example.org")
    [secret] = secrets_mailed(stack, chapter, "anna@example.org")

    refused = post(stack, f"{V1}/confirmations", {"token": secret}, other)

    assert (refused.status_code, refused.json["code"]) == (403, "link_of_another_account")
    assert member_document(stack, chapter, "anna@example.org")["confirmed_at"] is None


def test_nothing_is_confirmed_by_get(stack: Stack) -> None:
    assert get(stack, f"{V1}/confirmations").status_code == 405
    assert get(stack, f"{V1}/sign-ins").status_code == 405


def test_a_secret_that_is_not_ours_opens_nothing(stack: Stack) -> None:
    chapter = a_chapter(stack)
    register(stack, chapter, "anna@example.org")
    [secret] = secrets_mailed(stack, chapter, "anna@example.org")
    changed = secret[:-1] + ("a" if secret[-1] != "a" else "b")

    for token, status in (
        (changed, 404),
        (secret.upper(), 404),
        ("x", 404),
        ("💐" * 50, 404),
        ("a\x00b", 422),
    ):
        assert post(stack, f"{V1}/confirmations", {"token": token}).status_code == status
        assert post(stack, f"{V1}/sign-ins", {"token": token}).status_code == status
    assert post(stack, f"{V1}/sign-ins", {"token": secret}).status_code == 404


def test_a_confirmed_member_signs_in_by_mail_once_per_link(stack: Stack) -> None:
    chapter = a_chapter(stack)
    member, _ = a_member(stack, chapter, "only.here@example.org", roles=["mentor"])

    assert post(stack, f"{V1}/sign-in-links", {"mail": "Only.Here@example.org"}).status_code == 202
    secret = secrets_mailed(stack, chapter, "only.here@example.org")[-1]
    begun, again = (post(stack, f"{V1}/sign-ins", {"token": secret}) for _ in range(2))
    token = post(stack, f"{V1}/tokens", {"session": begun.json["session"]}).json

    assert begun.json["member"] == member
    assert (again.status_code, again.json["code"]) == (409, "link_used")
    assert (token["member"], token["chapter"], token["roles"]) == (member, chapter, ["mentor"])
    mine = get(stack, f"{V1}/me", {"Authorization": f"Bearer {token['access_token']}"})
    assert mine.json["mail"] == "only.here@example.org"
    assert mine.json["now"] == stack.clock().isoformat()


def test_a_sign_in_link_expires_after_twenty_minutes(stack: Stack) -> None:
    chapter = a_chapter(stack)
    a_member(stack, chapter, "anna@example.org")
    post(stack, f"{V1}/sign-in-links", {"mail": "anna@example.org", "chapter": chapter})
    secret = secrets_mailed(stack, chapter, "anna@example.org")[-1]

    stack.clock.advance(minutes=20)

    refused = post(stack, f"{V1}/sign-ins", {"token": secret})
    assert (refused.status_code, refused.json["code"]) == (409, "link_expired")


@pytest.mark.parametrize("everywhere", [False, True])
def test_asking_for_a_sign_in_link_never_says_whether_the_address_is_known(
    stack: Stack, everywhere: bool
) -> None:
    chapter = a_chapter(stack)
    a_member(stack, chapter, "known.one@example.org")
    where = {} if everywhere else {"chapter": chapter}

    known, unknown = (
        post(stack, f"{V1}/sign-in-links", {"mail": mail, **where})
        for mail in ("known.one@example.org", "unknown.one@example.org")
    )

    assert known.status_code == 202
    assert (known.status_code, known.json) == (unknown.status_code, unknown.json)


def test_nobody_is_flooded_with_sign_in_mails(stack: Stack) -> None:
    chapter = a_chapter(stack)
    a_member(stack, chapter, "anna@example.org")

    for _ in range(8):
        post(stack, f"{V1}/sign-in-links", {"mail": "anna@example.org", "chapter": chapter})

    assert announced_about(stack, chapter, "anna@example.org").count("sign_in_requested") == 5


def test_without_a_chapter_each_chapter_sends_its_own_link(stack: Stack) -> None:
    chapters = [a_chapter(stack), a_chapter(stack)]
    for chapter in chapters:
        a_member(stack, chapter, "two.homes@example.org")

    post(stack, f"{V1}/sign-in-links", {"mail": "two.homes@example.org"})

    for chapter in chapters:
        secret = secrets_mailed(stack, chapter, "two.homes@example.org")[-1]
        assert post(stack, f"{V1}/sign-ins", {"token": secret}).json["chapter"] == chapter


def test_a_session_ends_when_she_signs_out_and_after_fourteen_days(stack: Stack) -> None:
    chapter = a_chapter(stack)
    register(stack, chapter, "anna@example.org")
    [secret] = secrets_mailed(stack, chapter, "anna@example.org")
    session = {"session": post(stack, f"{V1}/confirmations", {"token": secret}).json["session"]}
    post(stack, f"{V1}/sign-in-links", {"mail": "anna@example.org", "chapter": chapter})
    secret = secrets_mailed(stack, chapter, "anna@example.org")[-1]
    other = {"session": post(stack, f"{V1}/sign-ins", {"token": secret}).json["session"]}

    assert post(stack, f"{V1}/tokens", session).json["expires_in_s"] == 900
    assert [post(stack, f"{V1}/sign-outs", session).status_code for _ in range(2)] == [204, 204]
    ended = post(stack, f"{V1}/tokens", session)
    assert (ended.status_code, ended.json["code"]) == (401, "session_ended")

    assert post(stack, f"{V1}/tokens", other).status_code == 200
    stack.clock.advance(days=14)
    assert post(stack, f"{V1}/tokens", other).status_code == 401


def test_no_secret_is_kept_in_the_database(stack: Stack) -> None:
    chapter = a_chapter(stack)
    register(stack, chapter, "anna@example.org")
    [link] = secrets_mailed(stack, chapter, "anna@example.org")
    session = post(stack, f"{V1}/confirmations", {"token": link}, {"Idempotency-Key": "k"}).json["session"]

    kept = [
        json.dumps(document, default=str)
        for name in stack.running["profiles"].room.store.db.list_collection_names()
        for document in stack.running["profiles"].room.store.db[name].find()
    ]

    proofs = [secret[26:] for secret in (link, session)]
    assert not [text for text in kept for proof in proofs if proof in text]
    assert [text for text in kept if link[:26] in text], "the search looks where links are kept"


def test_the_published_keys_check_the_tokens(stack: Stack) -> None:
    published = get(stack, f"{V1}/jwks.json").json["keys"]

    assert [key["crv"] for key in published] == ["Ed25519"]
    assert not [key for key in published if "d" in key], "the private part"
