"""The pages as people see them: each person's browser follows every link from where she begins, and opens what others found as well.

Invariants:
1. No page is known by name: what links lead to is looked at, so that a new page is looked at too. Nothing is changed by looking.
2. What the two of a pair can open is opened by everybody else as well, by its address.
"""

import html
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from operate.verify.asking import CannotVerify, fresh_link
from operate.verify.planting import Garden
from operate.verify.system import Page, System, Thing

#: Where everybody's browser begins.
DOORS = ("/", "/me", "/coordinator")
#: The catcher of a local stack shows everybody's mail, which has its own place in the search; the rest is no page.
PASSED_BY = ("/mailbox", "/static/", "/api/")
MAX_PAGES = 600
MAX_REDIRECTIONS = 5
#: Pages of one address with different queries.
MAX_QUERIES = 20
LINK = re.compile(rb'href="(/[^"]*)"')
FORM = re.compile(rb"<form[^>]*>.*?</form>", re.DOTALL)
ASKS = re.compile(rb'method="get"')
FIELD = re.compile(rb'<(?:input|textarea|select)[^>]*name="([^"]+)"')
HIDDEN = re.compile(rb'name="(csrf_token|once)" value="([^"]+)"')
WORD = "A look"


@dataclass(slots=True)
class Browser:
    """One person's browser, with her cookie."""

    system: System
    cookie: str = ""
    #: The pages that it has seen, by address.
    seen: dict[str, Page] = field(default_factory=dict)

    def sign_in(self, garden: Garden, role: str) -> None:
        """By a link that is mailed to her, as a person does it."""
        door = f"/sign-in/{fresh_link(self.system, garden.people[role].mail)}"
        fields = {
            name.decode(): html.unescape(value.decode())
            for name, value in HIDDEN.findall(self.open(door).content)
        }
        entered = self._keep(self.system.browse(door, cookie=self.cookie, form=fields))
        if entered.status != 303:
            raise CannotVerify(f"{role} could not sign in to the pages: {entered.status}")

    def open(self, address: str) -> Page:
        """The page at an address, wherever it leads."""
        for _ in range(MAX_REDIRECTIONS):
            page = self._keep(self.system.browse(address, cookie=self.cookie))
            if not page.location:
                return page
            address = _address(page.location)
        raise CannotVerify(f"the page {address} leads round and round")

    def look_around(self, from_where: Iterable[str] = DOORS) -> Iterator[Thing]:
        """Every page that links lead to, each once."""
        waiting, queries = deque(from_where), dict[str, int]()
        known = set(waiting)
        while waiting:
            address = waiting.popleft()
            if len(self.seen) >= MAX_PAGES:
                raise CannotVerify(f"there are more than {MAX_PAGES} pages")
            page = self.seen[address] = self.open(address)
            yield f"{address} ({page.status})", page.content
            for link in _links(address, page.content):
                path = urlsplit(link).path
                if link not in known and queries.get(path, 0) < MAX_QUERIES:
                    known.add(link)
                    queries[path] = queries.get(path, 0) + 1
                    waiting.append(link)

    def _keep(self, page: Page) -> Page:
        self.cookie = page.cookie or self.cookie
        return page


def note_addresses(garden: Garden) -> None:
    """Remember where the two can go now: pages of a running pair are not linked once it is over."""
    for role in ("mentee", "mentor"):
        browser = Browser(garden.system)
        browser.sign_in(garden, role)
        for _ in browser.look_around():
            pass
        garden.addresses |= dict.fromkeys(browser.seen)


def _links(address: str, content: bytes) -> Iterator[str]:
    """What the page links to, and what its questions (forms that change nothing) lead to, answered with a word."""
    for found in LINK.findall(content):
        yield _address(html.unescape(found.decode()))
    for form in FORM.findall(content):
        if ASKS.search(form.split(b">", 1)[0]):
            answers = {name.decode(): WORD for name in FIELD.findall(form)}
            path, query = urlsplit(address).path, dict(parse_qsl(urlsplit(address).query))
            if not answers.keys() <= query.keys():
                yield f"{path}?{urlencode(query | answers)}"


def _address(link: str) -> str:
    """The path and query of a link to another page; the first page for what is none."""
    parts = urlsplit(link)
    address = parts.path + (f"?{parts.query}" if parts.query else "")
    return "/" if parts.path.startswith(PASSED_BY) else address
