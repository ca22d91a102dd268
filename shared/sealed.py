"""Requests of which nobody may know that they were made: an answer, a vote (R2)."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

View = TypeVar("View", bound=Callable[..., Any])

SEALED = "sealed"
_MARK = "cairn_sealed"


def sealed(view: View) -> View:
    """That this was asked, by whom and with what answer is nobody's to know: no log line, no route in metrics and spans."""
    setattr(view, _MARK, True)
    return view


def route() -> str:
    """The pattern of the route that answers, for logs, metrics and spans; one word for all that are sealed."""
    if request.url_rule is None:
        return "unknown"
    hidden = getattr(current_app.view_functions[request.url_rule.endpoint], _MARK, False)
    return SEALED if hidden else str(request.url_rule)
