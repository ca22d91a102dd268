"""Numbers that people type."""

#: More than any of them has, and far fewer than `int` refuses to read.
DIGITS_MAX = 20


def whole_number(text: str, most: int, least: int = 0) -> bool:
    """Whether this is a whole number from `least` to `most`, that `int` reads."""
    return text.isdecimal() and len(text) <= DIGITS_MAX and least <= int(text) <= most
