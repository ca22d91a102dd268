"""The list of a chapter's members, as its coordinator pages through it."""

import pytest

from tests.browser.site import Person, Site
from tests.edges.web import main


@pytest.mark.parametrize("confirmed", ["", "?confirmed=true"], ids=["all", "confirmed"])
def test_past_the_last_member_nobody_is_further_and_a_link_leads_back(
    site: Site, coordinator: Person, confirmed: str
) -> None:
    client, members = site.client(coordinator), f"/coordinator/members{confirmed}"
    past = main(client.get(f"{members}{'&' if confirmed else '?'}after=zzz").text)
    assert "Nobody further here." in past
    assert "Nobody here." not in past
    assert f'<a href="{members}">To the beginning</a>' in past
    assert "To the beginning" not in main(client.get(members).text)


def test_a_list_without_anybody_says_so(site: Site, coordinator: Person) -> None:
    page = main(site.client(coordinator).get("/coordinator/members?confirmed=false").text)
    assert "Nobody here." in page
