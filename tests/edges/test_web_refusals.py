"""Every code with which a service can refuse a person has a sentence of its own on the pages, in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import services
from services.web import words
from services.web.refusals import REFUSALS

ROOT = Path(services.__file__).parents[1]
#: What refuses: the exceptions, why a round failed, and the function that writes a problem document; which argument holds the code.
REFUSING = {"Refused": 0, "Fault": 0, "NotAllowed": 0, "TooManyRequests": 0, "problem": 1}
#: Codes that are made of a state, and the states.
MADE = {"session_": ("planned", "held", "missed", "disputed", "cancelled"),
        "import_": ("mapped", "checked", "running", "done", "failed")}  # fmt: skip
#: Codes that no page can meet, by where they come from, and why.
NOT_ON_PAGES = {
    "services/profiles/domain/imports.py chunk_not_due": "a worker's own step",
    "services/profiles/commands/chapters.py chapter_differs": "an operator's command",
    "services/web": "the gateway, before any page",
    "shared/http.py http_": "statuses that no service names",
}


def codes() -> Iterator[tuple[str, str]]:
    """Every code in the services' sources, with the file that answers it."""
    for file in sorted([*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]):
        place = str(file.relative_to(ROOT))
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name in REFUSING and len(node.args) > REFUSING[name]:
                yield from ((code, place) for code in _codes_in(node.args[REFUSING[name]]))


def _codes_in(argument: ast.expr) -> Iterator[str]:
    match argument:
        case ast.Constant(value=str(code)):
            yield code
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue()]):
            assert start in MADE, f"say in MADE which codes begin with {start}"
            yield from (start + state for state in MADE[start])


def on_pages() -> set[str]:
    """The codes that a page can be answered."""
    return {
        code
        for code, place in codes()
        if not any(f"{place} {code}".startswith(where) for where in NOT_ON_PAGES)
    }


def test_every_code_that_a_service_can_answer_has_a_sentence() -> None:
    found = on_pages()
    assert {"cold_asking", "relationship_paused", "no_place_left", "session_held", "not_found"} <= found
    assert found - set(REFUSALS) == set(), "write a sentence in services/web/refusals.py"


def test_no_sentence_is_kept_for_a_code_that_is_gone() -> None:
    by_status = {"not_json", "invalid", "too_large", "not_found", "try_again", "too_many", "method_not_allowed",
                 "unsupported_media_type"}  # fmt: skip
    assert set(REFUSALS) - {code for code, _ in codes()} - by_status == set()


@pytest.mark.parametrize("tag", words.LANGUAGES)
def test_a_refusal_is_a_sentence_in_every_language(tag: str) -> None:
    known = words.catalogue(tag)
    for code, text in REFUSALS.items():
        said = known.gettext(text)
        assert said.endswith((".", "?", "。", "？")), code  # noqa: RUF001 - Chinese has full-width punctuation of its own
        assert tag == words.SOURCE or said != text, code
