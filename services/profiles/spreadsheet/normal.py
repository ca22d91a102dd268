"""Text made comparable: one way to fold what people type, used for headings, areas, options and words alike."""

import re
import unicodedata
from functools import lru_cache

from services.profiles.spreadsheet.limits import MAX_SHOWN_CHARS

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_BREAKS = re.compile(r"[^\w+#&]+|_+")
_SPACES = re.compile(r"\s+")
_BLANKS = frozenset(
    ("", "-", "--", "---", "–", "—", "/", ".", "?", "n/a", "na", "n.a.", "null", "#", "tbd", "k.a.")  # noqa: RUF001
)


def tidy(text: str) -> str:
    """The text on one line, without invisible characters and doubled spaces. Wide letters stay wide."""
    return _SPACES.sub(" ", text.translate(_INVISIBLE)).strip()


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """Lower-case words between single spaces: no accents, no punctuation, wide letters made narrow.

    `fold("  Möchten Sie Mentor*in werden? ")` is `"mochten sie mentor in werden"`.
    """
    narrow = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFD", narrow) if not "\u0300" <= c <= "\u036f")
    return _BREAKS.sub(" ", unicodedata.normalize("NFC", bare)).strip()


def is_blank(text: str) -> bool:
    """Whether people mean "nothing" by it."""
    return tidy(text).casefold() in _BLANKS


def shown(text: str, limit: int = MAX_SHOWN_CHARS) -> str:
    """The text as typed, on one line, cut for display with an ellipsis."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def has_han(text: str) -> bool:
    """Whether there is a Chinese, Japanese or Korean character in it: such words stand without spaces."""
    return any(
        "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in text
    )
