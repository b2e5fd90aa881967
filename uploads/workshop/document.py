"""A PDF as pictures of its pages: no script, form, link, attachment or hidden text gets through."""

import io
from typing import cast

import pypdfium2 as pdfium
from PIL import Image, ImageChops

from uploads import rules
from uploads.rules import Trouble
from uploads.workshop.outcome import Bad, Made

POINTS = 72  # of a PDF in an inch
GREY_APART = 12  # of 255: paper that has yellowed slightly counts as grey, a red stamp does not
QUALITIES = (75, 55, 35)


def make(data: bytes) -> Made:
    try:
        paper = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise Bad(Trouble.DOCUMENT_LOCKED if locked else Trouble.DOCUMENT_BROKEN) from None
    if not len(paper):
        raise Bad(Trouble.DOCUMENT_BROKEN)
    if len(paper) > rules.DOCUMENT_PAGES:
        raise Bad(Trouble.DOCUMENT_TOO_LONG)
    try:
        first, *others = [_drawn(page) for page in paper]
    except pdfium.PdfiumError:
        raise Bad(Trouble.DOCUMENT_BROKEN) from None
    dots = float(rules.DOCUMENT_DOTS)
    for quality in QUALITIES:
        out = io.BytesIO()
        first.save(
            out, "PDF", save_all=True, append_images=others, resolution=dots, quality=quality
        )
        if out.tell() <= rules.DOCUMENT_KEPT_BYTES:
            return Made({}, [("application/pdf", out.getvalue())])
    raise Bad(Trouble.DOCUMENT_TOO_LARGE)


def _drawn(page: pdfium.PdfPage) -> Image.Image:
    longest = max(page.get_size())
    if longest <= 0:
        raise Bad(Trouble.DOCUMENT_BROKEN)
    dots = min(
        rules.DOCUMENT_DOTS, rules.DOCUMENT_DOTS * rules.DOCUMENT_SIDE_INCHES * POINTS / longest
    )
    picture = page.render(scale=dots / POINTS).to_pil().convert("RGB")
    # Most scans are grey: a third of the bytes, and of the memory while twenty pages are processed.
    red, green, blue = picture.resize((64, 64)).split()
    apart = (ImageChops.difference(red, green), ImageChops.difference(green, blue))
    is_grey = all(cast(tuple[int, int], one.getextrema())[1] < GREY_APART for one in apart)
    return picture.convert("L") if is_grey else picture
