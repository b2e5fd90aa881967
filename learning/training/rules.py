"""Who is due for which training, and since when. Facts in, decisions out.

The law obliges every member of staff to report suspected harm at once (Minors Protection Law, Art. 11), and
schools to teach mental health. For neither training do we know of a national number of hours or years: twelve
months are our own figure, and a school sets its own.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

PROTECTION, SUPPORT = "protection", "support"  # Training.Kind; nobody is due for other kinds
COUNTS_MONTHS = {PROTECTION: 12, SUPPORT: 12}  # months for which a training counts
NOT_ASKED = 0  # months: this school does not ask for it
MONTHS_TO_CHOOSE = (NOT_ASKED, 6, 12, 24, 36)
# Whom a school asks for it: everybody, or those who teach classes and counsel.
TEACH_OR_COUNSEL = frozenset({"class_teacher", "counsellor"})


@dataclass(frozen=True)
class Due:
    kind: str
    since: date  # the day from which the last one no longer counts, or the first day at the school
    last: date | None


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day if the month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def is_asked(kind: str, roles: Collection[str]) -> bool:
    return kind == PROTECTION or bool(TEACH_OR_COUNSEL & set(roles))


def due(
    counts: Mapping[str, int],
    roles: Collection[str],
    began_on: date,
    last: Mapping[str, date],
    on: date,
) -> list[Due]:
    """Return what one member of staff is due for.

    `counts`: kind → months; `last`: kind → last day of the latest one.
    """
    found = []
    for kind, months in counts.items():
        if months == NOT_ASKED or not is_asked(kind, roles):
            continue
        had = last.get(kind)
        since = months_after(had, months) if had else began_on
        if since <= on:
            found.append(Due(kind, since, had))
    return found
