"""Calls reported by a machine: what the page calls "they have just talked"."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import CALLS, CALLS_TAKEN
from api.models import Scope
from api.repeats import ONCE, once
from api.v1.contacts.serializers import CallsIn, CallsOut
from api.views import ApiView
from calls.actions import take_reported
from calls.policies import children_to_ring
from calls.reported import Meant, ReportedCall, count_wrong_numbers, meant, problems_of


class Contacts(ApiView):
    scopes = {"POST": Scope.WRITE_CONTACTS}

    @extend_schema(
        tags=[cast(str, _("Calls"))],
        summary=_("Send calls between children and parents"),
        description=_(
            "A call of a minute or more counts for the week of the child, as if a teacher had "
            "written it down. Either the whole list is saved or nothing. The answer does not say "
            "why a call does not count."
        ),
        parameters=[ONCE],
        request=CallsIn,
        responses=CallsOut,
        examples=[CALLS, CALLS_TAKEN],
    )
    def post(self, request: Request) -> Response:
        return once(request, self.token, self.at, self._take, before=self._count_guesses)

    def _count_guesses(self) -> None:
        given = CallsIn(data=self.request.data)
        if given.is_valid():
            count_wrong_numbers(self._meant(given.reported()), self.at)

    def _meant(self, calls: list[ReportedCall]) -> list[Meant | None]:
        children = children_to_ring(self.caller.sees_as, self.on).filter(school=self.school)
        return meant(calls, children, self.school, self.on)

    def _take(self) -> tuple[int, dict[str, Any]]:
        given = CallsIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        calls = given.reported()
        found = self._meant(calls)
        self.refuse("calls", problems_of(calls, found, self.at))
        told = take_reported(found=[one for one in found if one], by=self.token.account, at=self.at)
        rows = [{"id": one.key, "result": result} for one, result in zip(calls, told, strict=True)]
        return 200, CallsOut({"calls": rows}).data
