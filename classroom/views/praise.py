"""The praise log of a class."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.actions import record_access
from classroom.around import class_in_hand, observing
from classroom.policies import children_observable_by, observations_visible_to
from classroom.presenters import day_words, strength_words
from classroom.queries import praise_since
from classroom.rules import BACK_DAYS
from core.addresses import page_above
from core.requests import key_of
from schools.requests import SchoolRequest
from students.models import Student
from students.queries import in_class

PRAISE_DAYS = 28  # days of the praise log shown at first: four weeks of school


@observing
@require_safe
def praise(request: SchoolRequest) -> HttpResponse:
    """Show the praise log of a class, day by day, to read out, hang up or pass on."""
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
    events = [  # as shown by parts/components/timeline.html
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
