"""Rows of Today for a class teacher: this week's lesson, and earlier ones not yet recorded as held or not."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import languages
from core.addresses import address
from core.prepared import Question
from learning.curriculum import presenters, queries, rules
from schools.policies import own_class_ids
from schools.worklist import Lane, WorkItem


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return the rows; one query, and only for class teachers."""
    on = timezone.localdate(at)
    own = own_class_ids(user, on)
    if not own:
        return []
    first, last = rules.asked_weeks(on)
    items = []
    for planned in queries.open_between(own, first, last):
        words = {
            "week": presenters.week_words(planned.week_on, on),
            "title": planned.lesson.text(languages.active())["title"],
        }
        is_over = planned.week_on < last
        zone = ZoneInfo(planned.school.time_zone)
        items.append(
            WorkItem(
                key=f"class-lesson-{planned.pk}",
                lane=Lane.DUE,
                student_id=0,
                student_name=planned.school_class.name,
                why=(
                    _("Lesson “%(title)s” (%(week)s): was it held?")
                    if is_over
                    else _("Lesson this week: “%(title)s”")
                )
                % words,
                since_at=datetime.combine(planned.week_on, time(7), zone),
                act_label=_("Say how it went") if is_over else _("See the sheet"),
                act_url=address("learning:planned", planned.pk),
                act_opens=True,
            )
        )
    return items


def questions(user: User, at: datetime) -> list[Question]:
    """Return the query behind `work_for`."""
    on = timezone.localdate(at)
    own = own_class_ids(user, on)
    return queries.open_questions(own, *rules.asked_weeks(on)) if own else []
