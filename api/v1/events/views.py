"""Meetings of whole classes, and lessons that the school has released, for reading and without names."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import EVENTS, LESSONS
from api.models import Scope
from api.pages import CURSOR, PagedView
from api.v1.events.filters import EventFilters, LessonFilters
from api.v1.events.serializers import EventOut, EventsOut, LessonOut, LessonsOut
from core import languages
from learning.models import Lesson
from learning.queries import lessons_out
from meetings.models import Meeting
from meetings.policies import meetings_visible_to
from meetings.queries import classes_of
from schools.roles import Permission

TAG = cast(str, _("Events and lessons"))


class Events(PagedView):
    queryset, filterset_class = Meeting.objects.none(), EventFilters
    scopes = {"GET": Scope.READ_EVENTS}
    people = (Permission.HOLD_MEETINGS,)

    @extend_schema(
        tags=[TAG],
        summary=_("Meetings of the school"),
        description=_(
            "Meetings to which whole classes are invited, without talks with single families. No "
            "answers, and no names of those who came."
        ),
        parameters=[CURSOR],
        responses=EventsOut,
        examples=[EVENTS],
    )
    def get(self, request: Request) -> Response:
        rows = meetings_visible_to(self.caller.sees_as, self.on).filter(school=self.school)
        rows = rows.exclude(scope=Meeting.Scope.CHILDREN)
        page = self.page_of(rows, self._told)
        return Response({"events": page["rows"], "next": page["next"]})

    def _told(self, meetings: list[Meeting]) -> list[Any]:
        invited = classes_of([one.pk for one in meetings])
        return list(EventOut(meetings, many=True, context={"invited": invited}).data)


class Lessons(PagedView):
    queryset, filterset_class = Lesson.objects.none(), LessonFilters
    scopes = {"GET": Scope.READ_EVENTS}
    people = (Permission.WORK_CHECK_INS,)

    @extend_schema(
        tags=[TAG],
        summary=_("Lessons that the school lets out"),
        description=_("For families and for classes; never whom one was sent to or who read it."),
        parameters=[CURSOR],
        responses=LessonsOut,
        examples=[LESSONS],
    )
    def get(self, request: Request) -> Response:
        rows = lessons_out(self.school.pk).filter(place__isnull=False)
        page = self.page_of(rows, self._told)
        return Response({"lessons": page["rows"], "next": page["next"]})

    def _told(self, lessons: list[Lesson]) -> list[Any]:
        context = {"language": languages.active()}
        return list(LessonOut(lessons, many=True, context=context).data)
