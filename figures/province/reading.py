"""The only reads behind a province's pages, from the hub's shared weeks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F, Max, Window

from figures import rules
from figures.models import SharedCounty, SharedFigure, SharedWeek
from figures.published import WEEKS_SHOWN, Figure, Published, Row, SchoolWeeks, Week, weeks_of
from figures.spans import IN_TROUBLE

SHARES, WHOLE = ("connected", "reached"), "away"
# For each school and week, the last edition: its spans of a figure, and of the children whom the figure is
# about.
_SPANS = """
WITH latest AS (
    SELECT DISTINCT ON (county_id, school_code, ends_on) id, county_id, ends_on
    FROM figures_sharedweek WHERE ends_on > %(after)s AND school_code <> ''
    ORDER BY county_id, school_code, ends_on, edition DESC
)
SELECT county_id, ends_on, figure.key, figure.low, figure.high, whole.low, whole.high
FROM latest
JOIN figures_sharedfigure figure ON figure.week_id = latest.id AND figure.low IS NOT NULL
 AND figure.key = ANY(%(keys)s)
JOIN figures_sharedfigure whole ON whole.week_id = latest.id AND whole.key = %(whole)s
 AND whole.low IS NOT NULL
"""
_SCHOOLS = """
WITH latest AS (
    SELECT DISTINCT ON (county_id, school_code, ends_on) *
    FROM figures_sharedweek WHERE school_code <> '' AND ends_on > %(after)s
    ORDER BY county_id, school_code, ends_on, edition DESC
), newest AS (SELECT county_id, max(ends_on) AS ends_on FROM latest GROUP BY 1
), numbered AS (
    SELECT county_id, school_code, is_used,
        row_number() OVER (PARTITION BY county_id, school_code ORDER BY ends_on DESC) AS number
    FROM latest
), unused AS (
    SELECT county_id, school_code FROM numbered
    WHERE is_used IS FALSE AND number <= %(unused_weeks)s
    GROUP BY 1, 2 HAVING count(*) = %(unused_weeks)s
)
SELECT county_id, ends_on, count(*),
    count(*) FILTER (WHERE has_counsellor IS FALSE),
    count(*) FILTER (WHERE unused.school_code IS NOT NULL OR sending = ANY(%(trouble)s))
FROM latest JOIN newest USING (county_id, ends_on)
LEFT JOIN unused USING (county_id, school_code) GROUP BY 1, 2
"""


@dataclass(frozen=True)
class CountyWeeks:
    """`until`: the last week received, of those shown.

    `spans`: share of children who talked, week by week; `reached`, `away`: of all schools together in the
    last week. `helped`: schools that stopped or do not send.
    """

    code: str
    name: str
    until: date | None
    spans: Sequence[rules.Span | None]
    reached: rules.Span | None
    away: rules.Span | None
    schools: int = 0
    without_counsellor: int = 0
    helped: int = 0


@dataclass(frozen=True)
class Province:
    """`days`: the Sundays of the weeks, the oldest first."""

    days: Sequence[date]
    counties: Sequence[CountyWeeks]


# County, week, figure → for each school its span, and that of the children whom the figure is about.
Spans = Mapping[tuple[str, date, str], Sequence[tuple[rules.Span, rules.Span]]]


def province() -> Province:
    """Return every county, sorted by code; four statements, for any number of them."""
    counties = list(SharedCounty.objects.order_by("pk"))
    last = SharedWeek.objects.aggregate(last=Max("ends_on"))["last"]
    if last is None:
        return Province(
            [], [CountyWeeks(one.pk, one.name, None, [], None, None) for one in counties]
        )
    asked = {
        "after": last - WEEKS_SHOWN * rules.WEEK,
        "keys": [*SHARES, WHOLE],
        "whole": WHOLE,
        "trouble": list(IN_TROUBLE),
        "unused_weeks": rules.UNUSED_WEEKS,
    }
    spans: dict[tuple[str, date, str], list[tuple[rules.Span, rules.Span]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, asked)
        for code, day, key, *ends in cursor.fetchall():
            spans[code, day, key].append(((ends[0], ends[1]), (ends[2], ends[3])))
        cursor.execute(_SCHOOLS, asked)
        schools = {code: counts for code, *counts in cursor.fetchall()}
    first = min((day for _code, day, _key in spans), default=last)
    days = rules.weeks_from(first, last)
    return Province(days, [_county(one, days, spans, schools.get(one.pk)) for one in counties])


def _county(
    one: SharedCounty, days: Sequence[date], spans: Spans, told: Sequence | None
) -> CountyWeeks:
    if told is None:
        return CountyWeeks(one.pk, one.name, None, [None for _day in days], None, None)
    until, schools, without_counsellor, helped = told
    connected, reached = SHARES
    wholes = [whole for _same, whole in spans.get((one.pk, until, WHOLE), ())]
    return CountyWeeks(
        one.pk,
        one.name,
        until,
        [rules.together(spans.get((one.pk, day, connected), ())) for day in days],
        rules.together(spans.get((one.pk, until, reached), ())),
        (sum(low for low, _high in wholes), sum(high for _low, high in wholes)) if wholes else None,
        schools,
        without_counsellor,
        helped,
    )


@dataclass(frozen=True)
class CountyLast:
    """The last week received of each school of a county; empty if nothing has been received."""

    code: str
    name: str
    until: date | None
    weeks: Sequence[Week]


def last_weeks() -> list[CountyLast]:
    """Return every county, sorted by code; three statements, for any number of them."""
    counties = list(SharedCounty.objects.order_by("pk"))
    newest = Window(Max("ends_on"), partition_by=F("county"))
    rows = SharedWeek.objects.exclude(school_code="").annotate(newest=newest)
    rows = rows.filter(newest=F("ends_on"))
    facts = Row._fields[:-2]
    latest: dict[tuple[str, str], Row] = {}
    for code, school, *values in rows.order_by("edition").values_list(
        "county", "school_code", *facts
    ):
        latest[code, school] = Row._make([*values, school, ""])
    figures: dict[object, dict[str, Figure]] = defaultdict(dict)
    wanted = SharedFigure.objects.filter(week__in=[row.pk for row in latest.values()])
    for week, *values in wanted.values_list("week", *Figure._fields):
        figures[week][values[0]] = Figure(*values)
    weeks: dict[str, list[Week]] = defaultdict(list)
    for (code, _school), row in latest.items():
        weeks[code].append(Week(row, figures[row.pk]))
    return [
        CountyLast(one.pk, one.name, max((week.row.ends_on for week in found), default=None), found)
        for one in counties
        for found in [weeks[one.pk]]
    ]


def of_school(county: SharedCounty, until: date | None, school: str) -> Published[SchoolWeeks]:
    """Return the weeks of the school, as figures.published.published does in its county."""
    rows = SharedWeek.objects.filter(county=county, school_code=school)
    return weeks_of(rows, SharedFigure.objects.all(), until)
