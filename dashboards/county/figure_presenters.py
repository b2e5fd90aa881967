"""One published figure of all schools over several terms, in words and lines.

Like dashboards.county.presenters, this module counts nothing.
"""

from collections.abc import Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _

from core.days import short_day
from dashboards.county.presenters import (
    Told,
    corrections,
    count_words,
    figure_tabs,
    line_words,
    school_url,
    share_words,
    told,
)
from figures import rules
from figures.definitions import DEFINITIONS
from figures.published import SharedSchool
from figures.terms import OverTerms, TermWeeks
from schools.models import School, Term

# What is shown beside the figure for each school.
BESIDE = {
    "connected": ("away",),
    "reached": ("away",),
    "visits": ("overdue",),
    "calls": (),
    "screened": ("pupils",),
    "with_concern": ("long_concern",),
}
IN_CHILDREN = ("with_concern",)  # numbers; the others are shares
Spans = Sequence[rules.Span | None]


def keys_of(key: str) -> tuple[str, ...]:
    return key, *BESIDE[key]


def page(key: str, seen: OverTerms, today: date, until: date | None) -> dict[str, Any]:
    """Return the page's context. `until` is the earlier week that was asked for."""
    definitions = [DEFINITIONS[one] for one in keys_of(key)]
    context = {
        "name": definitions[0].name,
        "definitions": definitions,
        "tabs": figure_tabs(key, until),
        "day": None,
    }
    if not seen.terms:  # nothing is published: the page says when the first week comes
        return context
    now, *before = seen.terms
    shown = [(term, line) for term in seen.terms if any(line := county_spans(key, seen, term))]
    lines = [line for _term, line in shown]
    place = len(now.days) - 1  # the place of this week in the term
    top = scale(lines)
    schools_top = scale([seen.spans(one, term, key) for one in seen.schools for term in seen.terms])
    return context | {
        "day": now.days[-1] if now.days else None,
        "week": place + 1,
        "is_number": key in IN_CHILDREN,
        "is_demo": any(one.is_demo for one in seen.schools),
        "terms": [
            {
                "label": term_label(term),
                "words": words_of(key, line[place] if place < len(line) else None),
                "spans": on_scale(key, line, top),
                "line_words": words_of_line(key, line),
            }
            for term, line in shown
        ],
        "sums": [
            _sum_row(seen, now, one) for one in BESIDE[key] if one in ("overdue", "long_concern")
        ],
        "places": seen.places,
        "top": top,
        "schools_top": schools_top,
        "weeks": [
            [words_of(key, span) for span in week] for week in zip_longest(*lines)
        ],  # the county's words in each term, week by week
        "cells": [
            _cell(key, seen, one, schools_top, before[0] if before else None) | {"row": row}
            for row, one in enumerate(seen.schools)
        ],
        "rows": [_row(key, seen, one) for one in seen.schools],
        "heads": [short_day(day, today) for day in now.days],
        "corrected": corrections(
            [seen.week(one, now.days[-1]) for one in seen.schools] if now.days else []
        ),
    }


def county_spans(key: str, seen: OverTerms, term: TermWeeks) -> list[rules.Span | None]:
    return (seen.county_sums if key in IN_CHILDREN else seen.county_shares)(term, key)


def term_label(term: TermWeeks) -> str:
    season = Term.Season(term.season).label
    return _("%(season)s %(year)s") % {"season": season, "year": term.starts_on.year}


def scale(lines: Sequence[Spans]) -> int:
    """Return the number at the top of all lines of a page: the highest, rounded up to a ten."""
    highest = max((span[1] for line in lines for span in line if span), default=0)
    return -(-highest // rules.BAND) * rules.BAND


def on_scale(key: str, line: Spans, top: int) -> list[rules.Span | None]:
    """Return numbers as percentages of the top, shares as they are."""
    if key not in IN_CHILDREN:
        return list(line)
    return [span and (span[0] * 100 // top, span[1] * 100 // top) for span in line]


def words_of(key: str, span: rules.Span | None) -> str:
    if span is None:
        return ""
    if key not in IN_CHILDREN:
        return share_words(span)
    return sum_words(span)


def sum_words(span: rules.Span) -> str:
    return count_words(span) if span[0] else _("under %(n)s") % {"n": span[1] + 1}


def words_of_line(key: str, line: Spans) -> str:
    return line_words(line, sum_words if key in IN_CHILDREN else share_words)


def _sum_row(seen: OverTerms, now: TermWeeks, key: str) -> dict[str, Any]:
    span = seen.county_sums(now, key)[-1] if now.days else None
    words = sum_words(span) if span else _("not known")
    return {"name": DEFINITIONS[key].name, "words": words}


def _cell(
    key: str, seen: OverTerms, school: School | SharedSchool, top: int, before: TermWeeks | None
) -> dict[str, Any]:
    """Return one school in the same form as all others.

    It has the school's line of this term, and what it had in the same week of the previous term.
    """
    now = seen.terms[0]
    spans = seen.spans(school, now, key)
    week = seen.week(school, now.days[-1]) if now.days else None
    figures = week.figures if week else {}
    place = len(now.days) - 1
    earlier = None
    if before and 0 <= place < len(before.days):
        earlier = seen.week(school, before.days[place])
    facts = [(DEFINITIONS[one].name, told(figures.get(one))) for one in BESIDE[key]]
    if earlier:
        facts.append((_("Same week last term"), told(earlier.figures.get(key))))
    return {
        "name": school.name,
        "url": school_url(school),
        "told": told(figures.get(key)),
        "spans": on_scale(key, spans, top),
        "line_words": words_of_line(key, spans),
        "facts": facts,
    }


def _row(key: str, seen: OverTerms, school: School | SharedSchool) -> dict[str, Any]:
    weeks = [seen.week(school, day) for day in seen.terms[0].days]
    cells: list[Told] = [told(week.figures.get(key) if week else None) for week in weeks]
    return {"name": school.name, "cells": cells}
