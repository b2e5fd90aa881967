"""What a county has published, in words and lines. This module counts nothing and reads nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.days import short_day
from figures import rules
from figures.county_lines import SchoolLines
from figures.definitions import DEFINITIONS
from figures.models import SharedCounty
from figures.published import Figure, Published, SchoolOverWeeks, SchoolWeeks, SharedSchool, Week
from figures.spans import IN_TROUBLE, Unit
from schools.models import County, School

NEW_WEEKS = 4  # weeks for which a school counts as one that has just begun
# A line that differs this much between its first and its last week is described in words: more than one step
# of most schools' scale. Percentage points, our own figure.
CHANGED_BY_POINTS = 10
LEDGER = ("pupils", "away", "left_behind", "left_behind_unknown")
CONCERNS = ("with_concern", "long_concern")
TABLE = (
    "connected", "reached", "visits", "overdue", "calls", "screened", "begun", "pulses", *CONCERNS,
)  # fmt: skip
WAITING = ("waiting", "waiting_long")
TAKEN = ("taken_running", "taken_closed", "taken_given_back", "taken_back")
# Part of the page → the definitions that it shows on demand.
PARTS = {
    "talked": ("connected", "away"),
    "short": ("counsellor", "pupils", "long_concern"),
    "access": ("access",),
    "help": ("counsellor", "in_queue", "sending", "used", "access"),
    "queue": (*WAITING, *TAKEN, "middle_wait", "in_queue"),
    "schools": (*(key for key in TABLE if key not in CONCERNS), "sending", "used"),
    "ledger": LEDGER,
    "concerns": CONCERNS,
}
LINES = ("connected", "reached", "visits", "calls", "screened")  # on a school's own page
SHARES = (*LINES, "begun", "pulses")
FIGURES = (*LINES, "with_concern")  # each with a page of its own, over several terms


@dataclass(frozen=True)
class Told:
    """A figure in words. A gap is named, never left empty."""

    words: str
    is_gap: bool = False


def told(figure: Figure | None) -> Told:
    if figure is None:
        return Told(_("not published"), is_gap=True)
    if figure.low is None:
        return Told(figure.get_gap_display(), is_gap=True)
    if figure.unit == Unit.DAYS:
        if figure.high is None:
            words = ngettext("longer than %(n)s day", "longer than %(n)s days", figure.low) % {
                "n": figure.low
            }
        elif figure.low == 0:
            words = ngettext("%(n)s day or less", "%(n)s days or less", figure.high) % {
                "n": figure.high
            }
        else:
            words = _("%(low)s to %(high)s days") % {"low": figure.low, "high": figure.high}
        return Told(words)
    if figure.unit == Unit.SHARE:
        return Told(share_words((figure.low, figure.high or 0)))
    return Told(count_words((figure.low, figure.high or 0)))


def count_words(span: rules.Span) -> str:
    return f"{span[0]}–{span[1]}" if span[0] else _("under %(n)s") % {"n": rules.BAND}


def share_words(span: rules.Span) -> str:
    low, high = span
    if low == 0:
        return _("under %(n)s%%") % {"n": high}
    if high == 100 and high - low > 1:
        return _("%(n)s%% or more") % {"n": low}
    if high - low <= 1:
        return f"{low}%"
    return f"{low}–{high}%"


def told_span(span: rules.Span | None, words: Callable[[rules.Span], str] = share_words) -> Told:
    return Told(words(span)) if span else Told(_("not known"), is_gap=True)


def meanings(parts: Sequence[str]) -> dict[str, list]:
    return {part: [DEFINITIONS[key] for key in PARTS[part]] for part in parts}


def county_url(county: County | SharedCounty) -> str:
    if isinstance(county, SharedCounty):
        return reverse("province:county", args=[county.pk])
    return reverse("dashboards:county")


def school_url(school: School | SharedSchool) -> str:
    if isinstance(school, SharedSchool):
        return reverse("province:school", args=[school.county, school.pk])
    return reverse("dashboards:county_school", args=[school.pk])


def page(
    county: County | SharedCounty,
    board: Published[SchoolLines],
    by_change: bool,
    today: date,
    until: date | None = None,
) -> dict[str, Any]:
    """Return the page. `until` is the earlier week that was asked for; links keep it."""
    schools = (
        sorted(board.schools, key=lambda one: -abs(one.change)) if by_change else board.schools
    )
    county_line = board.county_spans("connected")
    rows = {
        one.school.pk: row for row, one in enumerate(board.schools, start=1)
    }  # below the county
    last = [one for one in board.schools if one.last]
    without = [one for one in last if one.last and not one.last.row.has_counsellor]
    return {
        "county": county,
        "board": board,
        "day": board.days[-1] if board.days else None,
        "meanings": meanings(list(PARTS)),
        "share": share_words(county_line[-1]) if county_line and county_line[-1] else "",
        "line": county_line,
        "line_words": line_words(county_line),
        "shown": board.shown("connected"),
        "not_shown": len(board.schools) - board.shown("connected"),
        "cells": [cell(one, board.days, today, rows[one.school.pk]) for one in schools],
        "tabs": _orders(county_url(county), by_change, until),
        "without": [_without(one) for one in without],
        "pupils_without": sum_of(without, "pupils"),
        "helped": [one for one in map(_needs_help, last) if one],
        "access": access(last),
        "figures": figure_tabs(until=until),
        "is_demo": any(one.school.is_demo for one in board.schools),
        "ledger": _table(last, LEDGER),
        "ledger_sums": [sum_of(last, key) for key in LEDGER],
        "table": _table(last, TABLE),
        "weeks": [short_day(day, today) for day in board.days],
        "week_rows": [
            {"name": _("The county"), "cells": [told_span(span) for span in county_line]},
            *(
                {"name": one.school.name, "cells": [told(figure) for figure in one.connected]}
                for one in board.schools
            ),
        ],
        "corrected": corrections([one.last for one in last]),
        **_shared_queue(board.queue, last, today),
    }


def _shared_queue(
    week: Week | None, last: Sequence[SchoolOverWeeks], today: date
) -> dict[str, Any]:
    return {
        "waiting": _rows(week, WAITING),
        "taken": _rows(week, TAKEN),
        "middle_wait": told(week.figures.get("middle_wait") if week else None),
        "in_queue": [
            {"name": one.school.name, "words": queue_words(one, today)}
            for one in last
            if one.in_queue
        ],
        "queue_why": week.row.why if week else "",
    }


def corrections(weeks: Sequence[Week | None]) -> list[str]:
    """Return why figures of these weeks were corrected, each reason once."""
    return sorted({week.row.why for week in weeks if week and week.row.why})


def _orders(url: str, by_change: bool, until: date | None) -> list[dict[str, Any]]:
    by_name, changed = _asking(url, until=until), _asking(url, sort="change", until=until)
    return [
        {"url": f"{by_name}#schools", "label": _("By name"), "is_current": not by_change},
        {"url": f"{changed}#schools", "label": _("By change"), "is_current": by_change},
    ]


def _asking(url: str, **asked: object) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{url}?{query}" if query else url


def figure_tabs(current: str = "", until: date | None = None) -> list[dict[str, Any]]:
    """Return the overview, and each figure of all schools over several terms."""
    names = {key: str(DEFINITIONS[key].name) for key in FIGURES}
    names["with_concern"] = pgettext("figure of a county", "Open concerns")
    tabs = [("", _("Overview"), reverse("dashboards:county"))] + [
        (key, name, reverse("dashboards:county_figure", args=[key])) for key, name in names.items()
    ]
    return [
        {
            "label": label,
            "url": _asking(url, until=until),
            "is_current": key == current,
            "count": None,
        }
        for key, label, url in tabs
    ]


def queue_words(one: SchoolOverWeeks, today: date) -> str:
    """Return since when a school has taken part, as far back as weeks are shown."""
    weeks = one.in_queue
    if len(weeks) == len(one.known):
        return ngettext("for at least %(n)s week", "for at least %(n)s weeks", len(weeks)) % {
            "n": len(weeks)
        }
    return _("joined in the week ending %(day)s") % {"day": short_day(weeks[0].ends_on, today)}


def access(last: Sequence[SchoolOverWeeks]) -> dict[str, Any]:
    """Return at how many schools somebody has confirmed this term who has access, and where nobody has."""
    known = [one for one in last if one.last and one.last.row.access_confirmed is not None]
    missing = [one for one in known if one.last and not one.last.row.access_confirmed]
    return {
        "known": len(known),
        "confirmed": len(known) - len(missing),
        "missing": [
            {
                "name": one.school.name,
                "url": school_url(one.school),
            }
            for one in missing
        ],
    }


def cell(one: SchoolOverWeeks, days: Sequence[date], today: date, row: int) -> dict[str, Any]:
    """Return one school in the same form as all others: a line and the same few facts.

    `row`: where the table has the numbers of its line.
    """
    week, spans = one.last, one.spans("connected")
    figures = week.figures if week else {}
    facts = [
        (_("Homes visited"), told(figures.get("visits"))),
        (_("Visits overdue"), told(figures.get("overdue"))),
        (_("Can be reached"), told(figures.get("reached"))),
        (_("Screened this term"), told(figures.get("screened"))),
    ]
    return {
        "name": one.school.name,
        "url": school_url(one.school),
        "row": row,
        "share": told(figures.get("connected")),
        "spans": spans,
        "line_words": line_words(spans),
        "facts": facts,
        "counsellor": bool(week and week.row.has_counsellor),
        "sending": str(week.row.get_sending_display()) if week else "",
        "is_trouble": bool(week and week.row.sending in IN_TROUBLE),
        "says": _says(one, days, today),
    }


def _says(one: SchoolOverWeeks, days: Sequence[date], today: date) -> list[dict[str, Any]]:
    """Return what a reader should not overlook."""
    says: list[dict[str, Any]] = []
    if one.unused_weeks >= rules.UNUSED_WEEKS:
        words = ngettext(
            "Not used for %(n)s week: give them a call",
            "Not used for %(n)s weeks: give them a call",
            one.unused_weeks,
        )
        says.append({"words": words % {"n": one.unused_weeks}, "is_late": True})
    count = len(days) - days.index(one.known[0].ends_on)
    if count <= NEW_WEEKS and count < len(days):
        says.append({"words": _("Week %(n)s with Jiaqiao") % {"n": count}, "is_late": False})
    known = [day for day, span in zip(days, one.spans("connected"), strict=True) if span]
    if known:
        since = {"day": short_day(known[0], today)}
        if one.change <= -CHANGED_BY_POINTS:
            says.append({"words": _("Lower than on %(day)s") % since, "is_late": True})
        elif one.change >= CHANGED_BY_POINTS:
            says.append({"words": _("Higher than on %(day)s") % since, "is_late": False})
    if one.last and one.last.row.why:
        says.append(
            {"words": _("Corrected: %(why)s") % {"why": one.last.row.why}, "is_late": False}
        )
    return says


def line_words(
    spans: Sequence[rules.Span | None], say: Callable[[rules.Span], str] = share_words
) -> str:
    """Describe a line in one sentence, for readers who cannot see it. `say` puts a span into words."""
    known = [span for span in spans if span]
    if not known:
        return _("No week of which a share may be shown")
    words = {
        "n": len(spans),
        "first": say(known[0]),
        "last": say(known[-1]),
        "gaps": len(spans) - len(known),
    }
    if words["gaps"]:
        return _("%(n)s weeks, from %(first)s to %(last)s; %(gaps)s of them not shown") % words
    return _("%(n)s weeks, from %(first)s to %(last)s") % words


def _without(one: SchoolOverWeeks) -> dict[str, Any]:
    figures = one.last.figures if one.last else {}
    return {
        "name": one.school.name,
        "url": school_url(one.school),
        "pupils": told(figures.get("pupils")),
        "takes_part": bool(one.last and one.last.row.takes_part),
        "long": told(figures.get("long_concern")),
    }


def _needs_help(one: SchoolOverWeeks) -> dict[str, Any] | None:
    """Return a school that has not begun to send, cannot send, or has stopped using Jiaqiao; else None."""
    if one.last is None:
        return None
    why = []
    if one.unused_weeks >= rules.UNUSED_WEEKS:
        words = ngettext("not used for %(n)s week", "not used for %(n)s weeks", one.unused_weeks)
        why.append(words % {"n": one.unused_weeks})
    if one.last.row.sending in IN_TROUBLE:
        why.append(str(one.last.row.get_sending_display()))
    if not why:
        return None
    url = school_url(one.school)
    return {"name": one.school.name, "url": url, "why": _("; ").join(why)}


def _rows(week: Week | None, keys: Sequence[str]) -> list[dict[str, Any]]:
    figures = week.figures if week else {}
    return [{"label": DEFINITIONS[key].name, "told": told(figures.get(key))} for key in keys]


def _table(schools: Sequence[SchoolOverWeeks], keys: Sequence[str]) -> dict[str, Any]:
    rows = []
    for one in schools:
        cells = [told(one.last.figures.get(key)) for key in keys] if one.last else []
        url = school_url(one.school)
        rows.append(
            {"name": one.school.name, "url": url, "cells": cells, "why": why_nothing(cells)}
        )
    return {"heads": [DEFINITIONS[key].name for key in keys], "rows": rows}


def why_nothing(cells: Sequence[Told]) -> str:
    """Return what to say once instead of a row that would consist of dashes only."""
    if not all(cell.is_gap for cell in cells):
        return ""
    return _("; ").join(dict.fromkeys(cell.words for cell in cells))


def sum_of(schools: Sequence[SchoolOverWeeks], key: str) -> str:
    """Return the sum of what was published, which says no more than its parts."""
    return sum_of_weeks([one.last for one in schools if one.last], key)


def sum_of_weeks(weeks: Sequence[Week], key: str) -> str:
    found = [span for week in weeks if (span := week.span(key))]
    if not found:
        return _("not published")
    low, high = sum(span[0] for span in found), sum(span[1] for span in found)
    return f"{low}–{high}" if low else _("under %(n)s") % {"n": high + 1}


def school_page(one: SchoolWeeks, days: Sequence[date], today: date) -> dict[str, Any]:
    week = one.last
    figures = week.figures if week else {}
    lines = [
        {
            "name": DEFINITIONS[key].name,
            "told": told(figures.get(key)),
            "spans": one.spans(key),
            "words": line_words(one.spans(key)),
            "meaning": [DEFINITIONS[key]],
        }
        for key in LINES
    ]
    counts = [
        (DEFINITIONS[key].name, told(figures.get(key))) for key in (*LEDGER, "overdue", *CONCERNS)
    ]
    shown = (*LINES, "overdue")
    return {
        "name": one.school.name,  # "school" is the reader's own
        "day": days[-1],
        "week": week,
        "lines": lines,
        "counts": counts,
        "says": _says(one, days, today),
        "is_trouble": bool(week and week.row.sending in IN_TROUBLE),
        "meanings": meanings(["ledger", "concerns", "help"]),
        "heads": [DEFINITIONS[key].name for key in shown],
        "weeks": [
            {
                "day": short_day(day, today),
                "cells": [told(row.figures.get(key) if row else None) for key in shown],
                "why": row.row.why if row else "",
                "is_late": bool(row and row.row.is_late),
            }
            for day, row in reversed(list(zip(days, one.weeks, strict=True)))
        ],
    }
