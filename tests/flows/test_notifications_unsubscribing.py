"""One click, and no more of this kind: what mail programs send, what people see, and the way back."""

from urllib.parse import urlsplit

from tests.flows.notifications_member import PAUSE, STEP, THANKS, Answer, Member

pytest_plugins = ["tests.flows.notifications_fixture"]


def unsubscription(ann: Member) -> str:
    """The path and query of one-click unsubscription in her last mail."""
    message = ann.scene.catcher.to(ann.address)[-1].message
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = urlsplit(str(message["List-Unsubscribe"]).replace("\r\n", "").strip("<> "))
    return f"{found.path}?{found.query}"


def click(ann: Member, path: str) -> Answer:
    """What a mail program sends (RFC 8058 section 3.2): a form, no cookie, no sign-in."""
    return ann.scene.stack.ask("POST", path, data={"List-Unsubscribe": "One-Click"})


def test_one_click_switches_this_kind_of_mail_off_and_a_second_does_no_harm(ann: Member) -> None:
    ann.thanked()
    ann.told()
    path = unsubscription(ann)
    for _ in range(2):
        answer = click(ann, path)
        assert (answer.status_code, answer.get_json()) == (200, {"status": "unsubscribed"})
    assert [name for name, how in ann.settings()["categories"].items() if how == "off"] == ["thanks"]
    ann.thanked()
    ann.agreed_a_step()
    assert ann.told() == [THANKS, STEP]


def test_who_only_opens_the_link_switches_nothing_off(ann: Member) -> None:
    ann.thanked()
    ann.told()
    page = ann.scene.stack.get(unsubscription(ann))
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert '<form method="post"' in page.text
    assert ann.scene.stack.ask("HEAD", unsubscription(ann)).status_code == 200
    assert ann.settings()["categories"]["thanks"] == "mail"


def test_a_link_that_is_not_ours_switches_nothing_off(ann: Member) -> None:
    ann.thanked()
    ann.told()
    path = unsubscription(ann)
    start, signature = path.rsplit(".", 1)
    others = [
        f"{start}.{signature[::-1]}",
        path.replace("token=", "token=x"),
        path.split("?")[0] + "?token=x",
        path.split("?")[0] + "?token=%F0%9F%92%90.%00",
    ]
    for other in others:
        assert click(ann, other).status_code == 404, other
    assert click(ann, path.split("?")[0]).status_code == 422
    assert ann.settings()["categories"]["thanks"] == "mail"


def test_what_is_essential_offers_no_unsubscription(ann: Member) -> None:
    ann.paused()
    assert ann.told() == [PAUSE]
    assert "List-Unsubscribe" not in ann.scene.catcher.to(ann.address)[0].message


def test_one_click_in_a_digest_switches_off_the_kinds_that_it_told_of(ann: Member) -> None:
    ann.wants(digest="daily")
    ann.agreed_a_step()
    ann.thanked()
    ann.scene.quiet()
    ann.scene.stack.clock.advance(days=1)
    ann.told()
    assert click(ann, unsubscription(ann)).status_code == 200
    off = {name for name, how in ann.settings()["categories"].items() if how == "off"}
    assert off == {"thanks", "steps"}
