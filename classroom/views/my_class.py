"""My class: who was looked at, praised, told of, and when. Of children, never of teachers."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actions import record_access
from classroom.policies import children_observable_by, observations_visible_to
from classroom.presenters import ago, note_line
from classroom.queries import attention_of, correctable_by
from classroom.rules import ATTENTION_DAYS, GOOD_NEWS_DAYS, is_owed
from classroom.views.around import class_in_hand, observing
from students.models import Student
from students.queries import in_class

OWN_NOTES_SHOWN = 5


@dataclass(frozen=True)
class Row:
    pk: int
    name: str
    seen: str
    praised: str
    told: str
    is_unseen: bool
    is_owed: bool


@observing
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    viewer, only = request.viewer, request.GET.get("only", "")
    hand = class_in_hand(request, **({"only": only} if only else {}))
    children = Student.objects.none()
    if hand.chosen:
        reach = children_observable_by(viewer.user, viewer.on)
        children = in_class(reach, hand.chosen, viewer.on)
    rows = [_row(one, viewer.at, viewer.school.time_zone) for one in attention_of(children)]
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids=[row.pk for row in rows],
        what="my class",
        ip=request.META.get("REMOTE_ADDR"),
    )
    seen = observations_visible_to(viewer.user, viewer.on)
    own = correctable_by(seen, viewer.user, viewer.at)
    keep = FILTERS.get(only, FILTERS[""])
    context = {
        "chosen": hand.chosen,
        "class_tabs": hand.tabs,
        "class_query": hand.query,
        "rows": [row for row in rows if keep(row)],
        "all_count": len(rows),
        "only": only,
        "filter_tabs": _filter_tabs(rows, only, hand.chosen),
        "own_notes": [(note, note_line(note)) for note in own[:OWN_NOTES_SHOWN]],
    }
    return render(request, "classroom/index.html", context)


def _row(one: dict, at: datetime, zone: str) -> Row:
    return Row(
        pk=one["pk"],
        name=one["name"],
        seen=ago(one["seen_at"], at, zone),
        praised=ago(one["praised_at"], at, zone),
        told=ago(one["told_at"], at, zone),
        is_unseen=is_owed(one["seen_at"], at, ATTENTION_DAYS),
        is_owed=is_owed(one["told_at"], at, GOOD_NEWS_DAYS),
    )


FILTERS = {
    "": lambda row: True,
    "unseen": lambda row: row.is_unseen,
    "owed": lambda row: row.is_owed,
}


def _filter_tabs(rows: list[Row], only: str, chosen) -> list[dict]:
    labels = {
        "": _("Everybody"),
        "unseen": _("Nobody has looked for two weeks"),
        "owed": _("No good news for two weeks"),
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
