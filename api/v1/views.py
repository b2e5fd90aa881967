"""Our own addresses: figures without names, attendance in and out."""

from typing import Any, cast

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import ATTENDANCE, ATTENDANCE_SAVED, FIGURES
from api.models import Scope
from api.policies import children_of, classes_of
from api.problems import Refused
from api.repeats import HEADER, once
from api.v1.serializers import (
    AttendanceIn,
    AttendanceOut,
    DefinitionsOut,
    FiguresOut,
    SavedOut,
)
from api.views import ApiView
from classroom.actions import save_reported
from classroom.queries.attendance import marks_on, register_of
from classroom.reported import classes_then, problems_of
from classroom.rules import PRESENT
from core.requests import day_of, key_of
from figures import anonymous
from figures.choice import Choice
from figures.definitions import definitions
from figures.school import dashboard
from students.policies import barred_ids
from students.queries import in_class
from surveys.rules import SHOWN_FROM

# Names that a reader sees: drf-spectacular takes them lazily, its types know only str.
FIGURES_TAG, ATTENDANCE_TAG = cast(str, _("Figures")), cast(str, _("Attendance"))
# Of concerns, or too small a group behind them (figures.anonymous).
NO_FIGURES = {"now", "open", "not_taken", "looked_for", "balance", "unreachable", "changes"}


class Figures(ApiView):
    scopes = {"GET": Scope.READ_FIGURES}

    @extend_schema(
        tags=[FIGURES_TAG],
        summary=_("The figures of the school"),
        description=_(
            "As of now, without names. What is too small to be shown is null, and so is what would reveal it."
        ),
        responses=FiguresOut,
        examples=[FIGURES],
    )
    def get(self, request: Request) -> Response:
        choice = Choice(without=tuple(barred_ids(self.token.made_by)))
        board = dashboard(self.school, self.at, self.on, choice)
        told = {
            "school": self.school.code,
            "on": self.on,
            "shown_from": SHOWN_FROM,
            "figures": anonymous.figures(board),
            "weeks": anonymous.weeks(board.trend),
        }
        return Response(FiguresOut(told).data)


class Definitions(ApiView):
    scopes = {"GET": Scope.READ_FIGURES}

    @extend_schema(
        tags=[FIGURES_TAG],
        summary=_("What each figure means"),
        description=_("In the words of the school's own page."),
        responses=DefinitionsOut,
    )
    def get(self, request: Request) -> Response:
        told = [one for one in definitions() if one.key not in NO_FIGURES]
        return Response(DefinitionsOut({"definitions": told}).data)


class Attendance(ApiView):
    scopes = {"GET": Scope.READ_ATTENDANCE, "POST": Scope.WRITE_ATTENDANCE}

    @extend_schema(
        tags=[ATTENDANCE_TAG],
        summary=_("The attendance of a class on a day"),
        description=_("Without reasons: these may tell of the family."),
        parameters=[
            OpenApiParameter("class", str, required=True, description=_("sourcedId of the class")),
            OpenApiParameter("day", str, required=True, description="2026-11-27"),
        ],
        responses=AttendanceOut,
    )
    def get(self, request: Request) -> Response:
        pk, day = key_of(request.GET.get("class")), day_of(request.GET.get("day"))
        found = classes_of(self.token, self.on).filter(pk=pk).first() if pk else None
        if found is None or day is None:
            raise Http404
        register = register_of(found, day)
        children = list(in_class(children_of(self.token, self.on), found, day))
        marks = marks_on([child.pk for child in children], day) if register else {}
        self.note_read([child.pk for child in children], "attendance")
        rows = [
            {"student": child.pk, "mark": marks.get(child.pk, PRESENT).kind} for child in children
        ]
        told = {
            "school_class": found.pk,
            "day": day,
            "taken_at": register.taken_at if register else None,
            "rows": rows if register else [],
        }
        return Response(AttendanceOut(told).data)

    @extend_schema(
        tags=[ATTENDANCE_TAG],
        summary=_("Attendance in"),
        description=_(
            "All of it is saved or nothing. The first list of a class and a day names every child of the"
            " class; after that single marks may be corrected. What a person wrote stays, and so does"
            " agreed leave."
        ),
        parameters=[
            OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True),
        ],
        request=AttendanceIn,
        responses=SavedOut,
        examples=[ATTENDANCE, ATTENDANCE_SAVED],
    )
    def post(self, request: Request) -> Response:
        return once(request, self.token, self.at, self._save)

    def _save(self) -> tuple[int, dict[str, Any]]:
        given = AttendanceIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        marks, children = given.marks(), children_of(self.token, self.on)
        classes = classes_then(marks, children)
        if found := problems_of(marks, classes, children, self.school, self.on):
            raise Refused(
                [
                    (f"/rows/{one.row}/{one.field}" if one.row is not None else "/rows", one.words)
                    for one in found
                ]
            )
        merged = save_reported(marks=marks, classes=classes, by=self.token.account, at=self.at)
        told = {
            "received": len(marks),
            "changed": sum(len(one.changes) for one in merged),
            "kept": sum(len(one.by_others) + len(one.clashes) for one in merged),
        }
        return 200, SavedOut(told).data
