"""Pages as PDF. Nothing is fetched from outside: a page may use our own static files and no others.

WeasyPrint needs Pango on the system, and a Chinese page needs a Chinese font. If either is missing,
`why_no_pdf` says so and the caller offers the browser's own printing.
"""

import base64
import functools
import io
import logging
import mimetypes
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pypdfium2
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

# An origin that leads nowhere: addresses on a page are resolved against it and then looked up as files.
BASE_URL = "https://static.invalid/"
# A drawing inside the page itself, for which nothing has to be fetched.
DRAWN = "data:image/svg+xml;base64,"
PROBE = (
    '<html lang="zh-Hans"><p style="font-family: Noto Sans CJK SC, sans-serif">家桥梦瑶</p></html>'
)
PDF = "application/pdf"
A3_ZOOM = 2**0.5  # A3 is two sheets of A4, with the same proportions
PICTURE_QUALITY = 88  # JPEG quality; text stays sharp


class RefusedAddress(ValueError):
    """Raised when a page requests something that is not one of our static files."""


def pdf_of(html: str, css: str = "", zoom: float = 1) -> bytes:
    """Return the whole page as PDF with its fonts embedded.

    `css` is added to its own styles, `zoom` enlarges everything including the paper (A3_ZOOM: from A4). Call
    it only if `why_no_pdf` is empty.
    """
    weasyprint = _weasyprint()
    page = weasyprint.HTML(string=html, base_url=BASE_URL, url_fetcher=static_only)
    return page.write_pdf(stylesheets=[weasyprint.CSS(string=css)] if css else None, zoom=zoom)


def picture_of(html: str, pixels: int, kind: Literal["JPEG", "PNG"] = "JPEG") -> bytes:
    """Return the first page as a picture, `pixels` wide: a JPEG for photos, a PNG for lines and text.

    Call it only if `why_no_pdf` is empty.
    """
    with pypdfium2.PdfDocument(pdf_of(html)) as paper:
        page = paper[0]
        drawn = page.render(scale=pixels / page.get_width()).to_pil().convert("RGB")
    out = io.BytesIO()
    drawn.save(out, kind, optimize=True, **({"quality": PICTURE_QUALITY} if kind == "JPEG" else {}))
    return out.getvalue()


def drawing_url(svg: str) -> str:
    """Return the drawing as the address of an image.

    Inside an image no script can run, whatever it contains.
    """
    return f"{DRAWN}{base64.b64encode(svg.encode()).decode()}"


def printed(page: str, name: str, zoom: float = 1) -> HttpResponse:
    """Return `page` as PDF, opened in the browser and saved as `name`.pdf; if this server cannot make one,
    return the page itself, which the browser prints.
    """
    if why_no_pdf():
        return HttpResponse(page)
    shown_as = content_disposition_header(False, f"{name}.pdf") or "inline"
    return HttpResponse(pdf_of(page, zoom=zoom), PDF, headers={"Content-Disposition": shown_as})


def why_no_pdf() -> str:
    """Return one sentence for the reader, or "" if PDFs can be made."""
    return {
        "": "",
        "pango": _("This server cannot make PDF files: Pango is not installed."),
        "font": _("This server cannot make PDF files: it has no Chinese font."),
    }[_lack()]


@functools.cache
def _lack() -> str:
    """Checked once in each process: what is missing does not appear while it runs."""
    try:
        weasyprint = _weasyprint()
    except OSError:
        return "pango"
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    page = weasyprint.HTML(string=PROBE, url_fetcher=static_only).render()
    page.write_pdf()
    return "font" if any(font.missing for font in page.fonts.values()) else ""


def _weasyprint() -> Any:
    """Import it only when needed: it loads Pango at once, and most processes never print."""
    import weasyprint

    return weasyprint


def static_only(url: str, *_args: object, **_kwargs: object) -> Any:
    """WeasyPrint's fetcher: return the bytes of one of our static files, or of a drawing in the page.

    Raise RefusedAddress for anything else, including what a drawing requests.
    """
    if url.startswith(DRAWN):
        drawing = base64.b64decode(url.removeprefix(DRAWN))
        return _weasyprint().urls.URLFetcherResponse(
            url, drawing, {"Content-Type": "image/svg+xml"}
        )
    parts = urlsplit(url)
    path, root = unquote(parts.path), urlsplit(settings.STATIC_URL).path
    if f"{parts.scheme}://{parts.netloc}/" != BASE_URL or not path.startswith(root):
        raise RefusedAddress(url)
    mime = mimetypes.guess_type(path)[0] or "application/octet-stream"
    body = _static_bytes(path.removeprefix(root))
    return _weasyprint().urls.URLFetcherResponse(url, body, {"Content-Type": mime})


def _static_bytes(name: str) -> bytes:
    """Return the collected file (with a hash in its name) or, in development, its source."""
    source = finders.find(name)
    if source:
        with open(str(source), "rb") as file:
            return file.read()
    if not staticfiles_storage.exists(name):
        raise RefusedAddress(name)
    with staticfiles_storage.open(name) as file:
        return file.read()
