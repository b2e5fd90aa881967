"""Holidays as text, and the round table of the family's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, pi, sin

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.days import day_and_month, week_day
from guardians.models import Relation
from guardians.presenters import relation_word
from reunions import rules
from reunions.info import DEFAULT_SOURCE, DEFAULTS
from reunions.labels import BOLD, Label, width, within
from reunions.models import PROVINCES, InfoPage, ReunionPlan, Season, Topic
from reunions.queries import Seat, others_at_table
from reunions.rules import nights_until
from students.models import Student

CENTRE, RADIUS, BOWLS = (172, 140), 112, 62  # in units of the drawing (WIDTH × 304)
WIDTH, SEAT, RING = 340, 31, 47  # the radii leave a little space between words and line
SEAT_SIZES, RING_SIZES, NOTE_SIZE = (17, 15, 13, 12), (15, 13, 12), 14
RING_WORDS = 20  # below the centre, under the number


def season_title(season: Season) -> str:
    titles = {
        Season.Kind.WINTER: _("Home for the New Year"),
        Season.Kind.SUMMER: _("The summer together"),
        Season.Kind.NATIONAL: _("National Day together"),
    }
    return titles.get(Season.Kind(season.kind), _("The holidays together"))


def season_name(season: Season) -> str:
    """Return the name of a season, short enough for a tab: 春节 2027."""
    names = {
        Season.Kind.WINTER: _("Spring Festival"),
        Season.Kind.SUMMER: _("Summer holidays"),
        Season.Kind.NATIONAL: _("National Day"),
    }
    name = names.get(Season.Kind(season.kind), _("Another holiday"))
    return f"{name} {season.starts_on.year}"


FEAST_WORDS = {
    "little_new_year": lambda: _("Little New Year"),
    "eve": lambda: _("New Year's Eve"),
    "new_year": lambda: _("New Year's Day"),
    "lanterns": lambda: _("Lantern Festival"),
}


def feast_day(on: date) -> str:
    """Return 1月30日 小年; only the date if the day has no name."""
    feast = rules.feast_of(on)
    return f"{day_and_month(on)} {FEAST_WORDS[feast]()}" if feast else day_and_month(on)


@dataclass(frozen=True)
class Place:
    """One seat of the drawing. `state` is in (at home), set (coming) or wait (not settled).

    If the whole `label` does not fit into a seat, the seat shows its first character. A `note` that is
    too wide is shown only in the rows below.
    """

    label: str
    words: Label
    note: str
    state: str
    x: int
    y: int
    note_x: int
    note_y: int
    bowl_x: int
    bowl_y: int


def table(
    student: Student, season: Season, seats: Sequence[Seat], siblings: Sequence[str], on: date
) -> dict:
    days = max(0, ((season.feast_on or season.starts_on) - on).days)
    if season.feast_on:
        when = _("New Year's Eve: %(day)s") % {"day": week_day(season.feast_on)}
        days_words = ngettext("day to New Year's Eve", "days to New Year's Eve", days)
    else:
        span = {"first": day_and_month(season.starts_on), "last": day_and_month(season.ends_on)}
        when = _("Holidays: %(first)s to %(last)s") % span
        days_words = ngettext("day to the holidays", "days to the holidays", days)
    named = [(seat_word(relation), "", "in") for relation in others_at_table(student, on)]
    named += [(name, "", "in") for name in (student.given_name, *siblings)]
    named += [
        (seat_word(seat.relation), _note(seat), "set" if _is_set(seat) else "wait")
        for seat in seats
    ]
    return {
        "season": season,
        "title": season_title(season),
        "when": when,
        "days": days,
        "days_words": days_words,
        "ring": within(days_words, RING_SIZES, RING, RING_WORDS),
        "places": _around(named),
        "rows": [
            {
                "who": relation_word(seat.relation),
                "place": _("from %(place)s") % {"place": seat.place} if seat.place else "",
                "is_own": seat.is_own,
                "words": plan_words(plan) if seat.is_shown else _("ask each other"),
                "has_ticket": bool(plan and plan.has_ticket),
                "is_open": plan is None or plan.travel == ReunionPlan.Travel.OPEN,
                "is_untold": bool(seat.is_own and plan and plan.child_expects_on),
                "note": plan.words if plan and seat.is_own else "",
            }
            for seat, plan in ((seat, seat.plan if seat.is_shown else None) for seat in seats)
        ],
        "child_knows": _child_knows(student, seats, on),
    }


def seat_word(relation: str) -> str:
    """Return how somebody is called at the table: the short word, if the language has one."""
    short = {
        Relation.PATERNAL_GRANDMOTHER: pgettext("father's mother", "grandma"),
        Relation.PATERNAL_GRANDFATHER: pgettext("father's father", "grandpa"),
        Relation.MATERNAL_GRANDMOTHER: pgettext("mother's mother", "grandma"),
        Relation.MATERNAL_GRANDFATHER: pgettext("mother's father", "grandpa"),
    }
    return short.get(Relation(relation), relation_word(relation))


def _is_set(seat: Seat) -> bool:
    return bool(seat.is_shown and seat.plan and seat.plan.is_together and not seat.plan.is_off)


def _note(seat: Seat) -> str:
    if not _is_set(seat) or seat.plan is None:
        return "" if not seat.is_shown else _("not settled")
    if seat.plan.arrives_on and seat.plan.travel == ReunionPlan.Travel.COMES:
        return _("%(day)s, home") % {"day": day_and_month(seat.plan.arrives_on)}
    return ""


def in_seat(words: str) -> Label | None:
    return within(words, SEAT_SIZES, SEAT, letter=BOLD)


def _around(named: Sequence[tuple[str, str, str]]) -> list[Place]:
    """Return seats at equal distances, the first at the top."""
    places = []
    for index, (label, note, state) in enumerate(named):
        angle = 2 * pi * index / len(named) - pi / 2
        x, y = CENTRE[0] + RADIUS * cos(angle), CENTRE[1] + (RADIUS - 6) * sin(angle)
        words = in_seat(label) or in_seat(label[:1]) or Label(SEAT_SIZES[0], ())
        half = width(note, NOTE_SIZE) / 2
        note_x = min(max(x, half), WIDTH - half)
        bowl = round(CENTRE[0] + BOWLS * cos(angle)), round(CENTRE[1] + BOWLS * sin(angle))
        places.append(
            Place(
                label,
                words,
                note if half <= SEAT * 2 else "",
                state,
                round(x),
                round(y),
                round(note_x),
                round(y + 52),
                *bowl,
            )
        )
    return places


def plan_words(plan: ReunionPlan | None) -> str:
    """Return a plan as text: 1月30日到，2月14日走."""
    if plan is None or plan.travel == ReunionPlan.Travel.OPEN:
        return _("not settled yet")
    if plan.is_off:
        return _("did not happen this time")
    if plan.travel == ReunionPlan.Travel.NOT:
        return _("not coming this time")
    parts = []
    if plan.arrives_on:
        words = (
            _("arrives %(day)s")
            if plan.travel == ReunionPlan.Travel.COMES
            else _("the child travels there %(day)s")
        )
        parts.append(words % {"day": feast_day(plan.arrives_on)})
    if plan.leaves_on:
        words = (
            _("leaves %(day)s")
            if plan.travel == ReunionPlan.Travel.COMES
            else _("back %(day)s")
            if parts
            else _("child back %(day)s")
        )
        parts.append(words % {"day": feast_day(plan.leaves_on)})
    return _(", ").join(parts) or str(plan.get_travel_display())


def _child_knows(student: Student, seats: Sequence[Seat], on: date) -> str:
    """Return what the child knows.

    It is told only once there is a ticket: a broken promise hurts more than waiting.
    """
    coming = [
        (day, seat.relation)
        for seat in seats
        if seat.is_shown
        and seat.plan
        and not seat.plan.is_off
        # the same rule as on the pupil pages
        and (day := seat.plan.child_expects_on or seat.plan.told_day)
        and day > on
    ]
    if not coming:
        return ""
    arrives_on, relation = min(coming)
    nights = nights_until(arrives_on, on)
    words = ngettext(
        "%(n)d more night, then %(who)s is home", "%(n)d more nights, then %(who)s is home", nights
    )
    return words % {"n": nights, "who": relation_word(relation)}


def topic_page(topic: str, pages: dict[str, InfoPage], province: str) -> dict:
    """Return the school's page for the province, or the one for everywhere, or the default page."""
    page = pages.get(province) or pages.get("")
    body = page.body if page else str(DEFAULTS[Topic(topic)])
    chosen = province if province in pages else ""
    return {
        "title": str(Topic(topic).label),
        "topic": topic,
        "lines": [line for line in body.splitlines() if line.strip()],
        "source": page.source if page else str(DEFAULT_SOURCE),
        "checked_on": page.checked_on if page else None,
        "provinces": [
            {"code": code, "label": label, "is_chosen": code == chosen}
            for code, label in PROVINCES
            if code in pages or code == ""
        ],
    }
