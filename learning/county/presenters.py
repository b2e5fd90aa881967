"""The contexts of an officer's pages about lessons."""

from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core import languages
from learning import presenters
from learning.county import policies
from learning.models import CountyReading, Lesson
from learning.queries import readings_of_county
from schools.models import County
from schools.policies import Viewer


def listed(county: County, lessons: Sequence[Lesson], viewer: Viewer) -> list[dict[str, Any]]:
    """Return two parts: what is still to be read, and what the county releases; one query for all lessons."""
    readings = readings_of_county(county.pk, [one.digest for one in lessons])
    rows: list[dict[str, Any]] = [
        {
            "url": _url(one.digest),
            "text": one.text(languages.active()),
            "audience": presenters.audience_words(one),
            "mark": presenters.mark(readings.get(one.digest), viewer),
        }
        for one in lessons
    ]
    out = [row for row in rows if row["mark"]["is_out"]]
    parts = [
        {"title": _("Not read by the county"), "rows": [row for row in rows if row not in out]},
        {"title": _("Every school may send or teach it"), "rows": out},
    ]
    return [part for part in parts if part["rows"]]


def out_elsewhere(county: County, known: Collection[str]) -> list[dict[str, Any]]:
    """Return what the county releases that neither our packs nor this page has.

    These are lessons of packs in its library, and lessons that only schools have by now.
    """
    rows = policies.read_by(county).exclude(digest__in=known)
    latest: dict[str, CountyReading] = {row.digest: row for row in rows.order_by("at", "pk")}
    return [
        {"url": _url(row.digest), "title": row.title}
        for row in sorted(latest.values(), key=lambda row: row.title)
        if row.is_out
    ]


def _url(digest: str) -> str:
    return reverse("learning:county_lesson", args=[digest])


def shown(county: County, lesson: Lesson, viewer: Viewer) -> dict[str, Any]:
    reading = readings_of_county(county.pk, [lesson.digest]).get(lesson.digest)
    return presenters.words_of(lesson) | {
        "county": county,
        "reading": reading,
        "mark": presenters.mark(reading, viewer),
    }
