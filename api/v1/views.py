"""Our own addresses: figures without names, attendance in and out."""

from datetime import date
from typing import Any, cast

from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import (
    ATTENDANCE,
    ATTENDANCE_SAVED,
    ATTENDANCE_TOLD,
    DEFINITIONS_EXAMPLE,
    FIGURES,
)
from api.edits import HEADER as MATCH_HEADER
from api.edits import IF_MATCH, etag_of, must_match, wants_match
from api.models import Scope
from api.policies import children_of, children_with_marks, classes_with_register
from api.problems import Refused
from api.repeats import ONCE, once
from api.v1.serializers import (
    AttendanceIn,
    AttendanceOut,
    DefinitionsOut,
    FiguresOut,
    SavedOut,
)
from api.views import ApiView
from classroom.actions import lock_register, save_reported
from classroom.queries.attendance import marks_on, register_of
from classroom.reported import Classes, classes_then, problems_of
from classroom.rules import PRESENT
from core.requests import day_of, key_of
from figures.definitions import DEFINITIONS
from figures.published import published
from schools.models import SchoolClass
from schools.roles import Permission
from students.queries import in_class

# Names that a reader sees. drf-spectacular accepts lazy strings, but its types only allow str.
FIGURES_TAG, ATTENDANCE_TAG = cast(str, _("Figures")), cast(str, _("Attendance"))
# The figures of a school's published week, in this order; those about concerns are left out.
KEYS = (
    "pupils", "away", "connected", "reached", "visits", "overdue", "calls", "screened",
    "left_behind", "left_behind_unknown",
)  # fmt: skip


class Figures(ApiView):
    scopes = {"GET": Scope.READ_FIGURES}
    people = (Permission.VIEW_DASHBOARD,)

    @extend_schema(
        tags=[FIGURES_TAG],
        summary=_("The figures of the school, week by week"),
        description=_(
            "What the county may also know: the last twenty weeks, each published on the Monday "
            "after, with every figure as a span of at least ten children, so that comparing two "
            "answers reveals no more."
        ),
        responses=FiguresOut,
        examples=[FIGURES],
    )
    def get(self, request: Request) -> Response:
        board = published(self.school.county, school=self.school.pk)
        weeks = [week for one in board.schools for week in one.weeks if week]
        told = [
            {
                "ends_on": week.row.ends_on,
                "edition": week.row.edition,
                "why": week.row.why,
                "figures": [week.figures[key] for key in KEYS if key in week.figures],
            }
            for week in weeks
        ]
        return Response(FiguresOut({"school": self.school.code, "weeks": told}).data)


class Definitions(ApiView):
    scopes = {"GET": Scope.READ_FIGURES}
    people = (Permission.VIEW_DASHBOARD,)

    @extend_schema(
        tags=[FIGURES_TAG],
        summary=_("What each figure means"),
        description=_("In the words of the county's own page."),
        responses=DefinitionsOut,
        examples=[DEFINITIONS_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        return Response(DefinitionsOut({"definitions": [DEFINITIONS[key] for key in KEYS]}).data)


class Attendance(ApiView):
    scopes = {"GET": Scope.READ_ATTENDANCE, "POST": Scope.WRITE_ATTENDANCE}
    people = (Permission.OBSERVE,)  # as for the register
    takes = ("class", "day")

    @extend_schema(
        tags=[ATTENDANCE_TAG],
        summary=_("The attendance of a class on a day"),
        description=_("Without reasons: these may tell of the family."),
        parameters=[
            OpenApiParameter("class", str, required=True, description=_("sourcedId of the class")),
            OpenApiParameter("day", str, required=True, description="2026-11-27"),
        ],
        responses=AttendanceOut,
        examples=[ATTENDANCE_TOLD],
    )
    def get(self, request: Request) -> Response:
        pk, day = key_of(request.GET.get("class")), day_of(request.GET.get("day"))
        found = classes_with_register(self.caller, self.on).filter(pk=pk).first() if pk else None
        if found is None or day is None:
            raise Http404
        told, children = self._taken(found, day)
        self.note_read(children, "attendance")
        return Response(AttendanceOut(told).data, headers={"ETag": etag_of(told)})

    def _taken(self, found: SchoolClass, day: date) -> tuple[dict[str, Any], list[int]]:
        """Return the class's data of a day, and the children whom the caller may see."""
        register = register_of(found, day)
        children = list(in_class(children_with_marks(self.caller, self.on), found, day))
        marks = marks_on([child.pk for child in children], day) if register else {}
        unseen = register.unseen if register else []
        rows = [
            {"student": child.pk, "mark": marks.get(child.pk, PRESENT).kind}
            for child in children
            if child.pk not in unseen
        ]
        told = {
            "school_class": found.pk,
            "day": day,
            "taken_at": register.taken_at if register else None,
            "rows": rows if register else [],
        }
        return told, [child.pk for child in children]

    @extend_schema(
        tags=[ATTENDANCE_TAG],
        summary=_("Send attendance"),
        description=_(
            "Either everything is saved or nothing. The first list of a class and a day names "
            "every child of the class; after that single marks may be corrected. What a person "
            "wrote stays, and so does agreed leave."
        ),
        parameters=[ONCE, IF_MATCH],
        request=AttendanceIn,
        responses=SavedOut,
        examples=[ATTENDANCE, ATTENDANCE_SAVED],
    )
    def post(self, request: Request) -> Response:
        return once(request, self.token, self.at, self._save)

    def _save(self) -> tuple[int, dict[str, Any]]:
        given = AttendanceIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        marks, children = given.marks(), children_of(self.caller, self.on)
        classes = classes_then(marks, children)
        self.refuse("rows", problems_of(marks, classes, children, self.school, self.on))
        if wants_match(self.request):
            self._must_match(classes)
        merged = save_reported(marks=marks, classes=classes, by=self.token.account, at=self.at)
        told = {
            "received": len(marks),
            "changed": sum(len(one.changes) for one in merged),
            "kept": sum(len(one.by_others) + len(one.clashes) for one in merged),
        }
        return 200, SavedOut(told).data

    def _must_match(self, classes: Classes) -> None:
        """Compare If-Match with what GET returns: one class on one day, read under the lock of the action."""
        days = {(class_id, day) for (_student, day), class_id in classes.items()}
        if len(days) != 1:
            words = gettext("If-Match is for a list of one class on one day.")
            raise Refused([(MATCH_HEADER, words)])
        ((class_id, day),) = days
        found = lock_register(class_id, day)
        must_match(self.request, lambda: etag_of(self._taken(found, day)[0]))
