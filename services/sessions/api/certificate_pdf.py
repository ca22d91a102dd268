"""A certificate as a PDF of one page, in the languages of `LOCALES`.

Chinese is set in a standard font (STSong-Light of Adobe's collection GB1), for which a reader of PDF takes the Chinese font that it has; it
is not embedded. Of the free Chinese fonts that the package registry has, reportlab cannot embed those with PostScript outlines, and the
others are variable fonts in packages many times the size of Cairn.
"""

import io
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

#: A reader's own fonts for Western names, one that comes with reportlab for the rest of the Latin script, a reader's own for Chinese.
LATIN, WIDER_LATIN, CHINESE = "Helvetica", "Vera", "STSong-Light"
WIDTH, HEIGHT = landscape(A4)
LOCALES = ("en", "zh-Hans")
#: As Chinese writes them.
COMMA, COLON = "\uff0c", "\uff1a"
ROLES_IN_CHINESE = {"mentee": "学员", "mentor": "导师"}
#: Size and height above the lower edge of each line, in points: title, opening, name, role, sessions, days, and three small ones.
LINES = ((32, 430), (16, 375), (30, 330), (16, 285), (16, 258), (16, 231), (11, 150), (11, 130), (11, 110))


@cache
def _glyphs() -> frozenset[int]:
    wider = TTFont(WIDER_LATIN, "Vera.ttf")
    pdfmetrics.registerFont(wider)
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    return frozenset(wider.face.charToGlyph)


def certificate_pdf(shown: dict[str, Any], address: str, *, locale: str) -> bytes:
    """What the certificate says, on one page in landscape, in a language of `LOCALES`; `address` is where its code is verified."""
    title, *body = (_in_chinese if locale == "zh-Hans" else _in_english)(shown)
    foot = _foot_in_chinese if locale == "zh-Hans" else _foot_in_english
    written = io.BytesIO()
    page = Canvas(written, pagesize=(WIDTH, HEIGHT), invariant=True, lang=locale)
    page.setTitle(title)
    page.setAuthor("Cairn")
    page.setLineWidth(1.5)
    page.rect(36, 36, WIDTH - 72, HEIGHT - 72)
    texts = (title, *body, *foot(shown, address))
    for (size, height), text in zip(LINES, texts, strict=True):
        _centred(page, text, size, height)
    page.save()
    return written.getvalue()


def _in_english(shown: dict[str, Any]) -> tuple[str, ...]:
    place = f" in {shown['chapter_name']}" if shown["chapter_name"] else ""
    turned = f", {shown['turned_round']} of them with the roles turned round" if shown["turned_round"] else ""
    number = shown["sessions_held"]
    return (
        "Certificate of mentoring",
        "This certifies that",
        shown["name"],
        f"took part as {shown['role']}{place}",
        f"in {number} session{'' if number == 1 else 's'} that took place{turned}",
        f"from {shown['first_on']} to {shown['last_on']}",
    )


def _foot_in_english(shown: dict[str, Any], address: str) -> tuple[str, ...]:
    return f"Issued on {shown['issued_on']}", f"Code {shown['code']}", f"Verify it at {address}"


def _in_chinese(shown: dict[str, Any]) -> tuple[str, ...]:
    turned = f"{COMMA}其中 {shown['turned_round']} 次互换角色" if shown["turned_round"] else ""
    return (
        "导师计划证书",
        "兹证明",
        shown["name"],
        f"以{ROLES_IN_CHINESE[shown['role']]}身份参加{shown['chapter_name']}导师计划",
        f"共进行 {shown['sessions_held']} 次会面{turned}",
        f"{_day(shown['first_on'])}至{_day(shown['last_on'])}",
    )


def _foot_in_chinese(shown: dict[str, Any], address: str) -> tuple[str, ...]:
    return (
        f"签发日期{COLON}{_day(shown['issued_on'])}",
        f"证书编号{COLON}{shown['code']}",
        f"验证网址{COLON}{address}",
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _centred(page: Canvas, text: str, size: int, height: int) -> None:
    runs = list(_runs(text))
    left = (WIDTH - sum(pdfmetrics.stringWidth(part, font, size) for font, part in runs)) / 2
    for font, part in runs:
        page.setFont(font, size)
        page.drawString(left, height, part)
        left += pdfmetrics.stringWidth(part, font, size)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """The text in parts that one font can write."""
    glyphs = _glyphs()

    def font(letter: str) -> str:
        if ord(letter) < 0x100:
            return LATIN
        return WIDER_LATIN if ord(letter) in glyphs else CHINESE

    for name, letters in groupby(text, key=font):
        yield name, "".join(letters)
