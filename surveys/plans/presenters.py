"""A plan as text: which classes, when, how many talks."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from math import ceil
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from schools.models import School, SchoolClass
from schools.policies import Viewer
from surveys import policies, queries, wording
from surveys.instruments import Instrument
from surveys.plans import rules
from surveys.plans.queries import plan_of, waiting
from surveys.rules import FOLLOW_UP_WEEKS, load_of


def offered(
    *,
    school: School,
    instrument: Instrument,
    choice: str,
    how: str,
    classes: Collection[SchoolClass],
    due_on: date,
    talks_per_week: int,
    at: datetime,
) -> dict[str, Any]:
    """Return what the page of a refused round offers instead."""
    plan = plan_of(
        school=school,
        choice=choice,
        how=how,
        classes=classes,
        due_on=due_on,
        talks_per_week=talks_per_week,
        at=at,
    )
    names = {one.pk: one.name for one in classes}

    def named(of: Sequence[rules.ClassLoad]) -> str:
        return class_names(names[one.class_id] for one in of)

    largest = max((one.children for one in plan.too_large), default=0)
    needed = ceil(load_of(instrument, largest, talks_per_week).talks / FOLLOW_UP_WEEKS)
    return {
        "parts": [
            {
                "opens_on": one.opens_on,
                "due_on": one.due_on,
                "classes": named(one.classes),
                "children": one.children,
                "talks": load_of(instrument, one.children, talks_per_week).talks,
            }
            for one in plan.parts
        ],
        "too_large": named(plan.too_large),
        "needed": needed,
        "too_late": named(plan.too_late),
    }


def class_names(names: Iterable[str]) -> str:
    return _(", ").join(names)


def planned_rows(viewer: Viewer) -> list[dict[str, Any]]:
    """Return the parts that wait at the viewer's school; two queries and those of the instruments."""
    rows = policies.planned_visible_to(viewer.user, viewer.on) & waiting()
    here = rows.filter(school=viewer.school).select_related("school")
    parts = list(here.prefetch_related("classes__grade"))
    choices = queries.choices_for(parts[0].school) if parts else []
    known = {one.instrument.key: one.instrument for one in choices}
    return [
        {
            "part": one,
            "name": wording.name_of(known[one.instrument_key])
            if one.instrument_key in known
            else one.instrument_key,
            "classes": class_names(
                each.name
                for each in sorted(
                    one.classes.all(), key=lambda each: (each.grade.number, each.number)
                )
            ),
            "how": one.get_how_display(),
            "is_due": one.opens_on <= viewer.on,
        }
        for one in parts
    ]


def due_words(count: int) -> str:
    return ngettext(
        "The next part of a planned survey is due.",
        "%(n)d parts of planned surveys are due.",
        count,
    ) % {"n": count}
