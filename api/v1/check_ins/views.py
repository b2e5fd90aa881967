"""Check-ins of a class and calls of a day, for reading.

They contain nothing that a parent or child wrote, and no adult.
"""

from typing import cast

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import CHECK_INS, SLOTS
from api.models import Scope
from api.policies import children_of, classes_of
from api.v1.check_ins.serializers import STATES, CheckInsOut, SlotsOut
from api.views import ApiView
from calls.models import CallSlot
from calls.policies import holds_today
from calls.queries import slots_of_day
from core.requests import day_of, key_of
from guardians.rules import is_connected
from messaging import queries
from messaging.queries import Bridge
from schools.roles import Permission


class CheckIns(ApiView):
    scopes = {"GET": Scope.READ_CHECK_INS}
    people = (Permission.WORK_CHECK_INS,)  # as for the board
    takes = ("class",)

    @extend_schema(
        tags=[cast(str, _("Check-ins"))],
        summary=_("State of the weekly question for a class"),
        description=_(
            "Children with a parent away. What families answered in words, and that somebody asks for help,"
            " is for people alone."
        ),
        parameters=[
            OpenApiParameter("class", str, required=True, description=_("sourcedId of the class"))
        ],
        responses=CheckInsOut,
        examples=[CHECK_INS],
    )
    def get(self, request: Request) -> Response:
        pk = key_of(request.GET.get("class"))
        classes = classes_of(self.caller, self.on).filter(pk=pk) if pk else None
        if classes is None or not classes.exists():
            raise Http404
        board = queries.board(classes=classes, at=self.at)
        found = [child for row in board.rows for child in row.children]
        asked = [child.student_id for child in found]
        seen = set(
            children_of(self.caller, self.on).filter(pk__in=asked).values_list("pk", flat=True)
        )
        self.note_read(sorted(seen), "check-ins")
        rows = []
        for child in found:
            if child.student_id not in seen:
                continue
            state = child.bridge
            if state == Bridge.NEEDS_HELP and is_connected(child.days):
                state = Bridge.TALKED
            if state not in STATES:
                state = Bridge.WAITING
            rows.append({"student": child.student_id, "state": state, "days": child.days})
        return Response(CheckInsOut({"school_class": pk, "children": rows}).data)


class Calls(ApiView):
    scopes = {"GET": Scope.READ_CALLS}
    people = (Permission.WORK_CHECK_INS,)
    takes = ("day",)

    @extend_schema(
        tags=[cast(str, _("Calls"))],
        summary=_("The calls of a day at the school's phones"),
        description=_("Which child is at which phone and when, but not who they talk with."),
        parameters=[OpenApiParameter("day", str, required=True, description="2026-11-27")],
        responses=SlotsOut,
        examples=[SLOTS],
    )
    def get(self, request: Request) -> Response:
        day = day_of(request.GET.get("day"))
        if day is None:
            raise Http404
        rows = slots_of_day(self.caller.sees_as, self.school, day, self.on)
        # A call with somebody who no longer belongs to the child is not put through.
        rows = rows.filter(holds_today(self.on)).exclude(state=CallSlot.State.CANCELLED)
        self.note_read(sorted({row.student_id for row in rows}), "calls")
        return Response(SlotsOut({"day": day, "calls": rows}).data)
