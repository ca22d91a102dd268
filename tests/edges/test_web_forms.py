"""Forms, over the real services: they act once, and say at its field what is wrong, too long or too large."""

import io
import re

import pytest

from tests.browser.site import Person, Site
from tests.edges.web import form, programme_fields, send


def test_a_double_click_acts_once(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    fields = form(client, "/coordinator/programmes/new") | programme_fields("Twice")
    first, second = (client.post("/coordinator/programmes/new", data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    named = [
        one["name"] for one in site.api("GET", "/api/matching/v1/programmes", person=coordinator)["items"]
    ]
    assert named.count("Twice") == 1


def test_what_is_wrong_stands_at_its_field_and_on_top(site: Site, coordinator: Person) -> None:
    page = send(
        site.client(),
        "/register",
        chapter=coordinator.chapter,
        name="www.cheap.example",
        mail="x@y.example",
        roles="mentee",
    )
    assert page.status_code == 422
    assert page.text.count("The name holds a link or an address") == 2
    assert re.search(
        r'<input id="name"[^>]*value="www.cheap.example"[^>]*aria-describedby="name-hint name-error" aria-invalid="true"',
        page.text,
    )
    assert '<a href="#name">' in page.text


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("/me/details", {"whole": "1", "name": "Mei Lin", "capacity": ""}),
        ("/me/details", {"whole": "1", "name": "Mei Lin", "offers-leadership": ""}),
        ("/coordinator/programmes/new", {"name": "Mentoring", "answer_days": ""}),
        ("/coordinator/programmes/new", {"name": "Mentoring", "outcome_months": ""}),
        ("/coordinator/crossings", {"seats": ""}),
    ],
)
def test_a_number_of_thousands_of_digits_is_refused_beside_its_field(
    site: Site, coordinator: Person, page: str, fields: dict[str, str]
) -> None:
    (empty,) = [name for name, value in fields.items() if not value]
    for start in ("", "000001"):
        answer = send(site.client(coordinator), page, **fields | {empty: start + "9" * 5_000})
        assert (answer.status_code, f'href="#{empty}"' in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("path", "limit_bytes"), [("/coordinator/import", 5 * 1024 * 1024), ("/register", 512 * 1024)]
)
def test_what_is_too_large_is_refused_in_plain_words(
    site: Site, coordinator: Person, path: str, limit_bytes: int
) -> None:
    answer = site.client(coordinator).post(
        path,
        input_stream=io.BytesIO(b"x"),
        environ_overrides={"CONTENT_LENGTH": str(limit_bytes + 128 * 1024)},
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status_code == 413
    assert "That is too large" in answer.text
    assert ("at most 5 MB" in answer.text) == (path == "/coordinator/import")


def test_a_file_that_is_no_sheet_is_refused_at_its_field(site: Site, coordinator: Person) -> None:
    answer = send(
        site.client(coordinator),
        "/coordinator/import",
        file=(io.BytesIO(b"\x00\x01\x02" * 100), "people.xlsx"),
    )
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'id="file-error"' in answer.text


def test_a_dry_run_says_what_became_of_every_row(site: Site, coordinator: Person) -> None:
    rows = [
        "Name,Mail,Role",
        "Ann Lee,ann@example.org,mentor",
        "Ann Lee,ann@example.org,mentee",
        "Bo Ek,,mentee",
    ]
    client, start = site.client(coordinator), "/coordinator/import"
    made = send(client, start, file=(io.BytesIO("\n".join(rows).encode()), "people.csv"))
    mapped = client.get(made.location).text
    assert "We have made guesses." in mapped
    fixed = {"role_from": "column"}
    assert send(client, f"{made.location}/mapping", made.location, **fixed).location == made.location
    figures = re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", client.get(made.location).text)
    assert figures == [
        ("people would be taken, of 3 rows", "1"),
        ("of them new: each gets one mail", "1"),
        ("in the chapter already", "0"),
        ("rows are put together with an earlier one of the same person", "1"),
        ("rows would be left out", "1"),
    ]
