"""Rows of Today for users who release lessons: the county has taken back one on which the school relied.

They stay for a week, or until the school decides about the lesson itself. A school that has read it itself
continues and gets no row; the page of the lesson says it.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import languages
from core.addresses import address
from core.prepared import Question, prepared
from learning.models import CountyReading, Lesson, LessonReading, LessonSent, PlannedLesson
from schools.models import School
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem

LATELY = timedelta(days=7)


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return the rows; one query, and three more if a county has taken something back lately."""
    keys = _schools_of(user, at)
    taken_back = _taken_back(school_ids=keys, since=at - LATELY) if keys else []
    said = {(row.county_id, row.digest): row for row in taken_back}
    if not said:
        return []
    # Sent or planned at schools that have not decided about the lesson themselves.
    digests = [row.digest for row in taken_back]
    own = LessonReading.objects.filter(school=OuterRef("school"), lesson=OuterRef("lesson"))
    sent, planned = [
        rows.filter(~Exists(own), school__in=keys, lesson__digest__in=digests).values_list(
            "school_id", "lesson_id"
        )
        for rows in (LessonSent.objects.all(), PlannedLesson.objects.all())
    ]
    used = sorted(sent.union(planned))
    schools = School.objects.in_bulk([school for school, _lesson in used])
    lessons = Lesson.objects.in_bulk([lesson for _school, lesson in used])
    items = []
    for school_id, lesson_id in used:
        lesson = lessons[lesson_id]
        row = said.get((schools[school_id].county_id, lesson.digest))
        if row:
            why = _("The county has taken this lesson back: %(reason)s")
            items.append(
                WorkItem(
                    key=f"county-lesson-{school_id}-{lesson.pk}",
                    lane=Lane.DUE,
                    student_id=0,
                    student_name=lesson.text(languages.active())["title"],
                    why=why % {"reason": row.reason},
                    since_at=row.at,
                    act_label=_("See the lesson"),
                    act_url=address("learning:lesson", lesson.pk),
                    act_opens=True,
                )
            )
    return items


def questions(user: User, at: datetime) -> list[Question]:
    """Return the first query of `work_for`, to be run together with others."""
    keys = _schools_of(user, at)
    return [_taken_back.question(school_ids=keys, since=at - LATELY)] if keys else []


def _schools_of(user: User, at: datetime) -> list[int]:
    return school_ids_where(user, Permission.RELEASE_LESSONS, timezone.localdate(at))


@prepared
def _taken_back(*, school_ids, since) -> QuerySet[CountyReading]:
    """Select the latest decisions of these schools' counties that take a lesson back."""
    later = CountyReading.objects.filter(
        county=OuterRef("county"), digest=OuterRef("digest"), pk__gt=OuterRef("pk")
    )
    counties = School.objects.filter(pk__in=school_ids).values("county_id")
    rows = CountyReading.objects.filter(county__in=counties, at__gte=since, is_out=False)
    return rows.filter(~Exists(later)).order_by("at", "pk")
