"""One click, and no more of this kind: what mail programs send, what people see, and the way back."""

import html
import re
from urllib.parse import urlsplit

import pytest

from services.notifications.domain.preferences import OPTIONAL
from services.notifications.mail.words import Words
from services.notifications.unsubscription_api import category_names
from services.web.codes import CATEGORIES
from services.web.words import catalogue
from shared.events import profiles
from tests.flows.notifications_member import PAUSE, SHANGHAI, STEP, THANKS, Answer, Member

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
    assert ann.scene.stack.ask("HEAD", unsubscription(ann)).status_code == 200
    assert ann.settings()["categories"]["thanks"] == "mail"
    click(ann, unsubscription(ann))
    assert heading(ann.scene.stack.get(unsubscription(ann))) == "These mails are off"
    assert ann.settings()["categories"]["thanks"] == "off", "nor on"


def heading(page: Answer) -> str:
    assert page.mimetype == "text/html", page.text
    found = re.search("<h1>(.*?)</h1>", page.text)
    assert found is not None
    return html.unescape(found[1])


def press(ann: Member, page: Answer) -> Answer:
    """What a browser sends when she presses the page's one button."""
    form = re.search(r'<form method="post" action="(.*?)">\s*<button name="(\w+)" value="(\w+)">', page.text)
    assert form is not None, page.text
    return ann.scene.stack.ask("POST", html.unescape(form[1]), data={form[2]: form[3]})


def test_her_own_click_shows_what_is_off_the_way_back_and_all_settings(ann: Member) -> None:
    ann.thanked()
    ann.told()
    off = press(ann, ann.scene.stack.get(unsubscription(ann)))
    assert (off.status_code, heading(off)) == (200, "These mails are off")
    assert "<li>Thanks and certificates</li>" in off.text
    assert "Steps" not in off.text
    assert 'href="http://cairn.test/me/settings"' in off.text
    assert ann.settings()["categories"]["thanks"] == "off"
    on = press(ann, off)
    assert (on.status_code, heading(on)) == (200, "You get these mails again")
    assert ann.settings()["categories"]["thanks"] == "mail"
    assert heading(press(ann, on)) == "These mails are off"
    assert ann.settings()["categories"]["thanks"] == "off"


def test_the_way_back_leaves_alone_what_she_wishes_otherwise(ann: Member) -> None:
    ann.wants(digest="daily")
    ann.agreed_a_step()
    ann.thanked()
    ann.scene.quiet()
    ann.scene.stack.clock.advance(days=1)
    ann.told()
    off = press(ann, ann.scene.stack.get(unsubscription(ann)))
    ann.wants(categories={"steps": "chat", "goals": "off"})
    assert ann.scene.stack.ask("POST", unsubscription(ann), data={"then": "on"}).status_code == 200
    wished = ann.settings()["categories"]
    assert (wished["thanks"], wished["steps"], wished["goals"]) == ("mail", "chat", "off")
    assert heading(off) == "These mails are off"


def test_the_page_speaks_the_language_of_her_mails(ann: Member) -> None:
    ann.scene.tell(ann.chapter, ann.id, ann.scene.a_contact("Ann", ann.address, "zh-Hans"))
    ann.scene.quiet()
    ann.thanked()
    ann.scene.quiet()
    asked = ann.scene.stack.get(unsubscription(ann), {"Accept-Language": "en"})
    assert '<html lang="zh-Hans">' in asked.text
    assert heading(asked).startswith("不再接收这类邮件吗")
    off = press(ann, asked)
    assert heading(off) == "这类邮件已停止发送"
    assert "<li>感谢和证书</li>" in off.text


@pytest.mark.parametrize(
    ("language", "title"),
    [("de, zh-CN;q=0.8", "此链接无效"), ("en-GB", "This link does not work"), ("", None)],
)
def test_a_person_with_a_broken_link_sees_a_kind_page_in_her_browsers_language(
    ann: Member, language: str, title: str | None
) -> None:
    ann.thanked()
    ann.told()
    path = unsubscription(ann)
    cut = path[:-4]
    for broken in (cut, path.split("?")[0], path.split("?")[0] + "?token=" + "x" * 3_000):
        for method in ("GET", "POST"):
            page = ann.scene.stack.ask(method, broken, {"Accept-Language": language}, data={"then": "off"})
            assert (page.status_code, heading(page)) == (404, title or "This link does not work")
            assert "/me/settings" in page.text
            assert "<form" not in page.text
    assert ann.settings()["categories"]["thanks"] == "mail"


def test_what_others_put_behind_the_link_does_not_break_it(ann: Member) -> None:
    ann.thanked()
    ann.told()
    page = ann.scene.stack.get(unsubscription(ann) + "&utm_source=mail")
    assert heading(page) == "No more mails of this kind?"
    assert "utm_source" not in page.text


def test_who_has_left_is_told_so_kindly_and_her_mail_program_too(ann: Member) -> None:
    ann.thanked()
    ann.told()
    path = unsubscription(ann)
    ann.scene.tell(ann.chapter, ann.id, profiles.MemberErased())
    ann.scene.quiet()
    assert ann.scene.stack.get(path).status_code == 404
    assert heading(ann.scene.stack.ask("POST", path, data={"then": "off"})) == "This link does not work"
    assert click(ann, path).status_code == 200


def test_no_page_of_it_runs_or_fetches_anything(ann: Member) -> None:
    ann.thanked()
    ann.told()
    page = ann.scene.stack.get(unsubscription(ann))
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert not re.search("<script|<img|<link", page.text)


def test_the_kinds_are_called_as_on_the_page_of_settings() -> None:
    assert set(category_names(Words("en", SHANGHAI))) == set(OPTIONAL)
    for language, tag in (("en", "en"), ("zh_Hans", "zh-Hans")):
        texts = catalogue(tag)
        for category, name in category_names(Words(language, SHANGHAI)).items():
            assert name == texts.gettext(CATEGORIES[category])


def test_a_link_that_is_not_ours_switches_nothing_off(ann: Member) -> None:
    ann.thanked()
    ann.told()
    path = unsubscription(ann)
    start, signature = path.rsplit(".", 1)
    others = [
        f"{start}.{signature[::-1]}",
        path.replace("token=", "token=x"),
        path.split("?")[0] + "?token=x",
        path.split("?")[0] + "?token=%F0%9F%92%90.x",
    ]
    for other in others:
        assert click(ann, other).status_code == 404, other
    assert click(ann, path.split("?")[0]).status_code == 404
    assert click(ann, path.split("?")[0] + "?token=x.%00").status_code == 400
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
