"""A child's months as a calendar: each day's talks by kind and person, and the weeks without any."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.days import month_of, short_day, week_day
from core.weeks import monday_of, sunday_of
from guardians.clock.queries import SENT_ICONS, MonthsOfContact, told_words
from guardians.clock.rules import CONFIRMED, Told
from guardians.models import Contact, Guardianship, SentHome
from guardians.presenters import called, minutes_words

MONTHS_SHOWN = 3
ICONS = {
    Contact.Kind.CALL: "phone",
    Contact.Kind.VIDEO: "video",
    Contact.Kind.VISIT: "people",
    Contact.Kind.TALK: "message",
}


@dataclass(frozen=True)
class Mark:
    """One talk in a day's cell: its icon, with whom, and who reported it."""

    icon: str
    kind: str
    who: str
    told: str
    is_both: bool


@dataclass(frozen=True)
class Day:
    on: date
    is_in_month: bool
    is_today: bool
    is_to_come: bool
    marks: Sequence[Mark]

    @property
    def label(self) -> str:
        return week_day(self.on)


@dataclass(frozen=True)
class Week:
    days: Sequence[Day]
    is_silent: bool


@dataclass(frozen=True)
class Month:
    title: str
    weeks: Sequence[Week]


@dataclass(frozen=True)
class SentLine:
    icon: str
    day: str
    text: str
    who: str


@dataclass(frozen=True)
class Span:
    """The months on the page, and the addresses of earlier and later ones."""

    first: date
    last: date
    earlier: str
    later: str


def span_of(text: str, today: date) -> Span:
    """Return the months to show.

    `text` is the last one, such as "2026-11"; this month if it is invalid or in the future.
    """
    this = today.replace(day=1)
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        asked = this
    last = min(asked, this) if 2000 < asked.year < 2100 else this
    first = _shifted(last, 1 - MONTHS_SHOWN)
    later = _shifted(last, MONTHS_SHOWN)
    return Span(
        first=first,
        last=last,
        earlier=f"{_shifted(first, -1):%Y-%m}" if first.year > 2000 else "",
        later=f"{min(later, this):%Y-%m}" if last < this else "",
    )


def _shifted(month: date, months: int) -> date:
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def read_from(span: Span) -> tuple[date, date]:
    """Return the first and last day for which contacts are needed: whole weeks, also at both ends."""
    first = monday_of(span.first)
    end = span.last.replace(day=monthrange(span.last.year, span.last.month)[1])
    return first, sunday_of(end)


def months(
    found: MonthsOfContact, span: Span, today: date, mark: Callable[[Contact], Mark | None]
) -> list[Month]:
    """Return the months, latest first.

    `mark` draws one contact, or returns None to hide it from this reader.
    """
    by_day: dict[date, list[Mark]] = defaultdict(list)
    for row in found.contacts:
        drawn = mark(row)
        if drawn:
            by_day[row.happened_on].append(drawn)
    starts = [_shifted(span.last, -n) for n in range(MONTHS_SHOWN)]
    return [_month(start, by_day, today) for start in starts]


def _month(start: date, by_day: dict[date, list[Mark]], today: date) -> Month:
    end = start.replace(day=monthrange(start.year, start.month)[1])
    monday = monday_of(start)
    weeks = []
    while monday <= end:
        dates = [monday + timedelta(days=n) for n in range(7)]
        days = [
            Day(
                on=on,
                is_in_month=start <= on <= end,
                is_today=on == today,
                is_to_come=on > today,
                marks=by_day.get(on, ()) if start <= on <= end else (),
            )
            for on in dates
        ]
        is_silent = dates[-1] < today and not any(by_day.get(on) for on in dates)
        weeks.append(Week(days=days, is_silent=is_silent))
        monday += timedelta(days=7)
    return Month(title=month_of(start), weeks=weeks)


def staff_mark(found: MonthsOfContact) -> Callable[[Contact], Mark]:
    """Mark each talk with the parent and the source."""

    def draw(row: Contact) -> Mark:
        held, told = found.held.get(row.adult_id), found.told[row.pk]
        return Mark(
            icon=ICONS[Contact.Kind(row.kind)],
            kind=kind_words(row),
            who=called(held) if held else _("a parent"),
            told=told_words(told, held),
            is_both=told in CONFIRMED,
        )

    return draw


def kind_words(row: Contact) -> str:
    kind = capfirst(str(row.get_kind_display()))
    return " ".join(filter(None, [kind, minutes_words(row.minutes)]))


def family_mark(
    found: MonthsOfContact, adult_ids: set[int], is_parent: bool
) -> Callable[[Contact], Mark | None]:
    """Return a function that draws talks for one adult of the family: a parent sees only their own.

    Others also see that there was a talk, but not with whom; a talk that only the parent away reported is
    left out. Nobody sees what the other side said.
    """

    def draw(row: Contact) -> Mark | None:
        told = found.told[row.pk]
        is_own = row.adult_id in adult_ids
        if not is_own and (is_parent or told is Told.AWAY):
            return None
        confirmed = is_own and told in CONFIRMED
        return Mark(
            icon=ICONS[Contact.Kind(row.kind)],
            kind=kind_words(row),
            who="",
            told=_("known at home too") if confirmed else "",
            is_both=confirmed,
        )

    return draw


def sent_lines(
    rows: Sequence[SentHome], held: dict[int, Guardianship], today: date, *, names: bool
) -> list[SentLine]:
    return [
        SentLine(
            icon=SENT_ICONS[SentHome.Kind(row.kind)],
            day=short_day(row.arrived_on, today),
            text=" ".join(filter(None, [capfirst(str(row.get_kind_display())), row.words])),
            who=called(held[row.adult_id]) if names and row.adult_id in held else "",
        )
        for row in rows
    ]


def week_heads() -> list[str]:
    """Return the column headings, Mon … Sun."""
    return [
        pgettext("weekday, one letter", "M"),
        pgettext("weekday, one letter", "T"),
        pgettext("weekday, one letter", "W"),
        pgettext("weekday, one letter", "Th"),
        pgettext("weekday, one letter", "F"),
        pgettext("weekday, one letter", "Sa"),
        pgettext("weekday, one letter", "Su"),
    ]
