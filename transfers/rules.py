"""The result of a family's answers, which parts go along, and until when somebody must have confirmed."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from privacy.rules import GIVEN, NO

ASKED, AGREED, REFUSED = "asked", "agreed", "refused"
ACCEPTED, DECLINED, ENDED = "accepted", "declined", "ended"
OPEN = (ASKED, AGREED, REFUSED)

NEEDED = ("basics",)  # parts without which there is no file
# Hours in which somebody at the new school confirms what protects the child. Our own figure: a night and a
# school day; until then the barriers of the sending school apply.
CONFIRM_HOURS = 24
# Days of the past that go along: attendance of a year, talks as far back as the weekly clock looks.
ATTENDANCE_DAYS, CONTACT_DAYS = 365, 90
# Days after the child's first day there until which the new school hears what the old one still learns.
FOLLOWED_DAYS = 7
# How many days before and after today the child may start there.
BACK_DAYS, AHEAD_DAYS = 14, 60


def standing(decisions: Iterable[str], *, pupil: str | None, asks_pupil: bool) -> str:
    """Return the state that follows from the latest answer of each adult who decides.

    One yes is enough, and a no outweighs it. `pupil`: the child's own latest answer. If the child is asked,
    its no outweighs every yes and its yes is needed. If it is not, because its birthday was corrected, an
    earlier no is a wish and stops nothing.
    """
    said = set(decisions)
    if said & set(NO) or (asks_pupil and pupil in NO):
        return REFUSED
    if GIVEN not in said or (asks_pupil and pupil != GIVEN):
        return ASKED
    return AGREED


def chosen(parts: Collection[str], order: Iterable[str]) -> list[str]:
    """Return the parts in the order of the page, including those that are needed."""
    return [part for part in order if part in NEEDED or part in parts]


def confirm_by(at: datetime) -> datetime:
    return at + timedelta(hours=CONFIRM_HOURS)
