"""What keeps a browser safe: headers, cookies, templates without scripts of their own, forms of other sites."""

import re
from dataclasses import replace

import pytest

from services.web.app import make_web
from tests.browser.site import Person, Site


def test_every_page_forbids_what_is_not_ours(site: Site) -> None:
    for path in ("/", "/register", "/nowhere", "/static/cairn.css"):
        headers = site.client().get(path, buffered=True).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")


def test_no_template_styles_or_scripts_inline(site: Site) -> None:
    for template in site.web.jinja_env.list_templates():
        source = site.web.jinja_env.loader.get_source(site.web.jinja_env, template)[0]  # type: ignore[union-attr]
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe", source), template
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source)), template


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    set_cookie = site.client().get("/register").headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie


def test_behind_https_the_cookie_never_leaves_it(site: Site) -> None:
    web = make_web(
        replace(site.settings, mode="container", public_url="https://cairn.test", mailbox_url=""),
        site.stack.clock,
    )
    answer = web.test_client().get("/register", base_url="https://cairn.test")
    assert answer.headers["Set-Cookie"].startswith("__Host-cairn=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("mode", ["container", "production"])
def test_the_mailbox_exists_in_local_mode_only(site: Site, mode: str) -> None:
    assert site.client().get("/mailbox").status_code == 200
    elsewhere = make_web(replace(site.settings, mode=mode), site.stack.clock)  # type: ignore[arg-type]
    assert elsewhere.test_client().get("/mailbox").status_code == 404


def test_a_form_of_another_site_is_refused(site: Site, mentee: Person) -> None:
    client = site.client(mentee)
    forged = client.post("/me/details", data={"name": "Somebody else", "csrf_token": "forged"})
    assert forged.status_code == 400
    assert "Go back, reload the page" in forged.text
    assert site.api("GET", "/api/profiles/v1/me", person=mentee)["name"] == mentee.name
