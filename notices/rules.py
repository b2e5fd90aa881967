"""When a child is settled, which children form a family, and what a PDF may contain. Pure."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# These limits are our own choice.
# seconds before the first message is sent; most mistakes are noticed in the first minute
GRACE_SECONDS = 60
AHEAD_DAYS = 60  # days; a notice for a later day is written later
DUE_AT_MOST_DAYS = 180  # days; the end of a term
FIRST_EXPIRES_DAYS = 3  # days; a weekend and one day more, as for a message in a conversation
AGAIN_EXPIRES_HOURS = 20  # hours; it ends before the next day's reminder could be sent
LINK_STANDS_DAYS = 30  # days after the deadline (or after sending) for which its link opens
FILES_AT_MOST = 5
PDF_BYTES = 5_000_000  # bytes; two minutes on a slow connection
# Names that mark a form, a script or an embedded file in a PDF; a plain document has none of them.
ACTIVE_IN_PDF = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
TODAY_DAYS_BEFORE = 1  # days before the deadline from which the sender's Today mentions the notice
TODAY_DAYS_AFTER = 7  # days after the deadline until which Today still mentions it


class PdfTrouble(StrEnum):
    TOO_LARGE = "too_large"
    NOT_A_PDF = "not_a_pdf"
    BROKEN = "broken"
    ACTIVE = "active"


def looks_like_pdf(data: bytes) -> bool:
    return data[:1024].lstrip().startswith(b"%PDF-")


def pdf_trouble(data: bytes) -> PdfTrouble | None:
    """Return what is wrong with an uploaded PDF; None if we may pass it on."""
    if len(data) > PDF_BYTES:
        return PdfTrouble.TOO_LARGE
    if not looks_like_pdf(data):
        return PdfTrouble.NOT_A_PDF
    if b"%%EOF" not in data[-2048:]:
        return PdfTrouble.BROKEN
    return PdfTrouble.ACTIVE if any(word in data for word in ACTIVE_IN_PDF) else None


def families(adults_of: Mapping[int, Collection[int]]) -> dict[int, int]:
    """Return each child's family number: the smallest id among children who share an adult."""
    root = {child: child for child in adults_of}

    def top(child: int) -> int:
        while root[child] != child:
            root[child] = root[root[child]]
            child = root[child]
        return child

    first: dict[int, int] = {}
    for child, adults in adults_of.items():
        for adult in adults:
            one, other = top(child), top(first.setdefault(adult, child))
            root[max(one, other)] = min(one, other)
    return {child: top(child) for child in adults_of}


def is_settled(
    *,
    wants_answer: bool,
    one_is_enough: bool,
    asked: Collection[int],
    done: Collection[int],
    is_refused: bool = False,
) -> bool:
    """Return whether we no longer wait for anybody in a child's family.

    `asked` are the adults whose answer we ask for; `done` are those who have read it, or answered if
    `wants_answer`. A single no settles it: if all must agree, another yes would change nothing.
    """
    if not wants_answer or one_is_enough or is_refused:
        return bool(done)
    return bool(done) and set(asked) <= set(done)


def closes_at(due_on: date | None, sent_at: datetime, time_zone: str) -> datetime:
    """Return when the links of a notice expire."""
    zone = ZoneInfo(time_zone)
    last = due_on or sent_at.astimezone(zone).date()
    last = max(last, sent_at.astimezone(zone).date())
    return datetime.combine(last + timedelta(days=LINK_STANDS_DAYS + 1), time(0), zone)


def is_spoken_of_today(due_on: date, on: date) -> bool:
    return -TODAY_DAYS_AFTER <= (due_on - on).days <= TODAY_DAYS_BEFORE
