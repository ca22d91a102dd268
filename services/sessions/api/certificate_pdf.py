"""A certificate as a PDF of one page."""

import io
from collections.abc import Iterator
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


@cache
def _glyphs() -> frozenset[int]:
    wider = TTFont(WIDER_LATIN, "Vera.ttf")
    pdfmetrics.registerFont(wider)
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    return frozenset(wider.face.charToGlyph)


def certificate_pdf(shown: dict[str, Any], address: str) -> bytes:
    """What the certificate says, on one page in landscape; `address` is where its code is verified."""
    written = io.BytesIO()
    page = Canvas(written, pagesize=(WIDTH, HEIGHT), invariant=True)
    page.setTitle("Certificate of mentoring")
    page.setAuthor("Cairn")
    page.setLineWidth(1.5)
    page.rect(36, 36, WIDTH - 72, HEIGHT - 72)
    place = f" in {shown['chapter_name']}" if shown["chapter_name"] else ""
    turned = f", {shown['turned_round']} of them with the roles turned round" if shown["turned_round"] else ""
    lines = (
        (32, 430, "Certificate of mentoring"),
        (16, 375, "This certifies that"),
        (30, 330, shown["name"]),
        (16, 285, f"took part as {shown['role']}{place}"),
        (16, 258, f"in {shown['sessions_held']} sessions that took place{turned}"),
        (16, 231, f"from {shown['first_on']} to {shown['last_on']}"),
        (11, 150, f"Issued on {shown['issued_on']}"),
        (11, 130, f"Code {shown['code']}"),
        (11, 110, f"Verify it at {address}"),
    )
    for size, height, text in lines:
        _centred(page, text, size, height)
    page.save()
    return written.getvalue()


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
