"""My class: when staff last noted, praised or told the family about each child, and the praise log.

It shows figures of children, never of teachers.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.actions import record_access
from classroom.policies import children_observable_by, observations_visible_to
from classroom.presenters import ago, day_words, help_words, note_line, strength_words
from classroom.queries import (
    attention_of,
    correctable_by,
    praise_since,
    present_help,
    signals_of,
)
from classroom.rules import ATTENTION_DAYS, BACK_DAYS, GOOD_NEWS_DAYS, is_owed
from classroom.views.around import class_in_hand, observing
from core.addresses import page_above
from core.requests import key_of
from students.models import Student
from students.queries import in_class

LONG_LIST, ROWS_SHOWN = 12, 8  # experience.md, "Rules for long pages"
OWN_NOTES_SHOWN = 5
PRAISE_DAYS = 28  # days of the praise log that are shown at first: four weeks of school


@dataclass(frozen=True)
class Row:
    pk: int
    name: str
    seen: str
    praised: str
    told: str
    is_unseen: bool
    is_owed: bool
    facts: tuple[str, ...] = ()


@observing
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    viewer, only = request.viewer, request.GET.get("only", "")
    hand = class_in_hand(request, **({"only": only} if only else {}))
    children = Student.objects.none()
    if hand.chosen:
        reach = children_observable_by(viewer.user, viewer.on)
        children = in_class(reach, hand.chosen, viewer.on)
    found = attention_of(children)
    ids = [one["pk"] for one in found]
    facts, zone = signals_of(ids, viewer.on), viewer.school.time_zone
    rows = [
        Row(
            pk=one["pk"],
            name=one["name"],
            seen=ago(one["seen_at"], viewer.at, zone),
            praised=ago(one["praised_at"], viewer.at, zone),
            told=ago(one["told_at"], viewer.at, zone),
            is_unseen=is_owed(one["seen_at"], viewer.at, ATTENTION_DAYS),
            is_owed=is_owed(one["told_at"], viewer.at, GOOD_NEWS_DAYS),
            facts=tuple(facts.get(one["pk"], [])),
        )
        for one in found
    ]
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids=ids,
        what="my class",
        ip=request.META.get("REMOTE_ADDR"),
    )
    seen = observations_visible_to(viewer.user, viewer.on)
    own = correctable_by(seen, viewer.user, viewer.at)
    shown, others = _split([row for row in rows if FILTERS.get(only, FILTERS[""])(row)])
    context = {
        "chosen": hand.chosen,
        "class_tabs": hand.tabs,
        "class_query": hand.query,
        "rows": shown,
        "others": others,
        "all_count": len(rows),
        "only": only,
        "filter_tabs": _filter_tabs(rows, only, hand.chosen),
        "helped": [(row, help_words(row)) for row in present_help(ids, viewer.on)],
        "own_notes": [(note, note_line(note)) for note in own[:OWN_NOTES_SHOWN]],
    }
    return render(request, "classroom/index.html", context)


def _split(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Of a long list the children first who want attention; the others are folded away."""
    if len(rows) <= LONG_LIST:
        return rows, []
    first = [row for row in rows if row.is_unseen or row.is_owed or row.facts][:ROWS_SHOWN]
    first = first or rows[:ROWS_SHOWN]
    return first, [row for row in rows if row not in first]


FILTERS = {
    "": lambda row: True,
    "unseen": lambda row: row.is_unseen,
    "owed": lambda row: row.is_owed,
    "facts": lambda row: bool(row.facts),
}


def _filter_tabs(rows: list[Row], only: str, chosen) -> list[dict]:
    labels = {
        "": _("Everybody"),
        "unseen": _("No note for two weeks"),
        "owed": _("No good news for two weeks"),
        "facts": _("Absence and homework"),
    }
    place = {"class": chosen.pk} if chosen else {}
    return [
        {
            "url": "?" + urlencode(place | ({"only": key} if key else {})),
            "label": label,
            "count": sum(map(FILTERS[key], rows)),
            "is_current": key == only,
        }
        for key, label in labels.items()
    ]


@observing
@require_safe
def praise(request: HttpRequest) -> HttpResponse:
    """The praise log of a class, day by day: to be read out, hung up or passed on."""
    viewer = request.viewer
    days = min(key_of(request.GET.get("days")) or PRAISE_DAYS, BACK_DAYS)
    hand = class_in_hand(request)
    children = Student.objects.none()
    if hand.chosen:
        reach = children_observable_by(viewer.user, viewer.on)
        children = in_class(reach, hand.chosen, viewer.on)
    seen = observations_visible_to(viewer.user, viewer.on)
    rows = list(praise_since(seen, children, viewer.at - timedelta(days=days)))
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids={row.student_id for row in rows},
        what="praise log",
        ip=request.META.get("REMOTE_ADDR"),
    )
    zone, told = viewer.school.time_zone, _("the family knows")
    events = [  # what components/timeline_event.html shows
        {
            "at": day_words(row.happened_at, zone),
            "icon": "flower",
            "tone": "praise",
            "title": row.student.name,
            "url": page_above("child", row.student_id),
            "text": row.words,
            "by": list(
                filter(None, [row.written_by.name, row.place, told if row.tell_family else ""])
            ),
            "tags": [{"label": word, "tone": "strength"} for word in strength_words(row.strengths)],
        }
        for row in rows
    ]
    context = {
        "chosen": hand.chosen,
        "class_tabs": hand.tabs,
        "class_query": hand.query,
        "events": events,
        "since_words": ngettext("the last %(n)d day", "the last %(n)d days", days) % {"n": days},
        "earlier": days + PRAISE_DAYS if hand.chosen and days < BACK_DAYS else None,
    }
    return render(request, "classroom/praise.html", context)
