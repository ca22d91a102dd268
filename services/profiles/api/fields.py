"""The fields of requests that are more than a type: each takes what the rules take, and says what is wrong at its own pointer."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.profiles.domain import words
from services.profiles.domain.chapters import SLUG
from shared.errors import Refused

MAX_ID_CHARS = 80
MAX_AREA_CHARS = 60

_ID = re.compile(r"[a-z]{2,8}_[0-9a-z]{1,64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class _Ruled(fields.String):
    """A text that a rule cleans, or refuses."""

    def __init__(self, rule: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rule = rule

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self._rule(text)
        except Refused as refused:
            raise ValidationError(refused.detail) from refused


def name(**kwargs: Any) -> fields.Field[str]:
    """A person's name."""
    return _Ruled(words.person_name, metadata={"maxLength": words.MAX_NAME_CHARS}, **kwargs)


def mail(**kwargs: Any) -> fields.Field[str]:
    """A mail address."""
    return _Ruled(words.address, metadata={"format": "email", "maxLength": words.MAX_MAIL_CHARS}, **kwargs)


def locale(**kwargs: Any) -> fields.Field[str]:
    """A language tag."""
    return _Ruled(
        words.locale, metadata={"example": "zh-Hans", "maxLength": words.MAX_LOCALE_CHARS}, **kwargs
    )


def time_zone(**kwargs: Any) -> fields.Field[str]:
    """An IANA time zone."""
    return _Ruled(
        words.time_zone, metadata={"example": "Asia/Shanghai", "maxLength": words.MAX_ZONE_CHARS}, **kwargs
    )


def line(most_chars: int, **kwargs: Any) -> fields.Field[str]:
    """One line of plain text, possibly empty."""
    return _Ruled(lambda text: words.line(text, most_chars), metadata={"maxLength": most_chars}, **kwargs)


def text(most_chars: int, **kwargs: Any) -> fields.Field[str]:
    """Free text of one or more lines that says something."""
    return _Ruled(lambda said: words.text(said, most_chars), metadata={"maxLength": most_chars}, **kwargs)


def secret(**kwargs: Any) -> fields.Field[str]:
    """The secret of a link or a session, as it was told; whether it is one is seen later."""
    return fields.String(validate=validate.Length(1, 200), **kwargs)


def chapter(**kwargs: Any) -> fields.Field[str]:
    """A chapter's id."""
    return fields.String(validate=_shaped(SLUG, MAX_ID_CHARS, "a chapter's id"), **kwargs)


def area(**kwargs: Any) -> fields.Field[str]:
    """The slug of an area of expertise; programmes have lists of their own, so any slug may be one."""
    return fields.String(validate=_shaped(SLUG, MAX_AREA_CHARS, "an area"), **kwargs)


def language(**kwargs: Any) -> fields.Field[str]:
    """A language without script or region (BCP 47's primary subtag)."""
    return fields.String(validate=_shaped(_LANGUAGE, 3, "a language like en or zh"), **kwargs)


def id(**kwargs: Any) -> fields.Field[str]:
    """The id of anything that we made."""
    return fields.String(validate=_shaped(_ID, MAX_ID_CHARS, "an id"), **kwargs)


def different(inner: fields.Field[Any], most: int, *, least: int = 0, **kwargs: Any) -> fields.List[Any]:
    """A list of at least and at most so many values, each once."""
    return fields.List(inner, validate=[validate.Length(least, most), _once], **kwargs)


def _shaped(pattern: re.Pattern[str], most_chars: int, what: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if len(text) > most_chars or not pattern.fullmatch(text):
            raise ValidationError(f"This is not {what}.")

    return check


def _once(values: list[Any]) -> None:
    keys = [next(iter(value.values())) if isinstance(value, dict) else value for value in values]
    if len(set(keys)) != len(keys):
        raise ValidationError("Something stands here twice.")
