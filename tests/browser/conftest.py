"""A real browser before the real product. Each test gets fresh chapters and people; the site and the browser are shared."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.site import Person, Site, running_site
from tests.parts import PartsAddresses

QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip
#: A window has no line for addresses here: the two pages that wait to suggest some there cost more than a page of ours.
NO_SUGGESTIONS = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
#: What Playwright itself turns off on Linux; a list of ours takes the place of its own.
OFF = ("AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable",
       "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding",
       "PreconnectToSearch", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect")  # fmt: skip
#: For a machine that is busy with other tests.
WAIT_MS = 30_000
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 850}
#: What axe calls them; lesser ones are advice.
GRAVE = ("serious", "critical")


@pytest.fixture(scope="session")
def site(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium here; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=program, args=[*QUIET, f"--disable-features={','.join(OFF + NO_SUGGESTIONS)}"]
        )
        yield running
        running.close()


@dataclass
class Window:
    """A person at a screen: her page, and what the browser complained about."""

    page: Page
    site: Site
    complaints: list[str]

    def go(self, path: str) -> None:
        """Open an address of the site."""
        self.page.goto(path if path.startswith("http") else self.site.url + path)

    def press(self, name: str) -> None:
        """Click a button or a link by its name, and let everything that follows take effect."""
        self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("link", name=name, exact=True)
        ).first.click()
        self.page.wait_for_load_state("load")
        self.site.stack.quiet()

    def shows(self, text: str) -> bool:
        """Whether the page says so."""
        return text in self.page.locator("main").inner_text()

    def check(self) -> None:
        """The page fits its screen, and nothing grave stands in the way of anybody."""
        self.page.wait_for_load_state("load")
        wide, screen = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= screen, f"{self.page.url} is {wide} px wide on a screen of {screen}"
        found = Axe().run(self.page).response["violations"]
        grave = [
            (one["id"], [node["html"][:120] for node in one["nodes"]])
            for one in found
            if one["impact"] in GRAVE
        ]
        assert grave == [], self.page.url
        assert self.complaints == []


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Callable[..., Window]]:
    """Opens a window, signed in as a person where one is given."""
    contexts: list[BrowserContext] = []

    def opened(
        person: Person | None = None, *, phone: bool = False, dark: bool = False, scripts: bool = True
    ) -> Window:
        context = browser.new_context(
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",  # what is looked at must not be between two colours
            java_script_enabled=scripts,
            locale="en-GB",
        )
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        found = Window(context.new_page(), site, [])
        found.page.on(
            "console", lambda said: found.complaints.append(said.text) if said.type == "error" else None
        )
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        if person:
            client = site.client(person)
            cookie = client.get_cookie("cairn")
            assert cookie is not None
            context.add_cookies([{"name": "cairn", "value": cookie.value, "url": site.url}])
        return found

    yield opened
    for context in contexts:
        context.close()
