"""Notes in: what the page calls a note about a child, told by a machine. None goes out."""

from typing import Any, cast

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import OBSERVATIONS, OBSERVATIONS_ADDED
from api.models import Scope
from api.problems import Refused
from api.repeats import ONCE, once
from api.v1.observations.serializers import ObservationsIn, ObservationsOut
from api.views import ApiView
from classroom.actions import take_reported_notes
from classroom.noted import problems_of
from classroom.policies import children_observable_by


class Observations(ApiView):
    scopes = {"POST": Scope.WRITE_OBSERVATIONS}

    @extend_schema(
        tags=[cast(str, _("Observations"))],
        summary=_("Notes about children in"),
        description=_(
            "Notes are added to the child's file under the token's name, for the staff who read such notes."
            " They do not count as somebody having looked at the child, open nothing and reach no family. The"
            " whole list is added, or nothing. No note can be read here."
        ),
        parameters=[ONCE],
        request=ObservationsIn,
        responses=ObservationsOut,
        examples=[OBSERVATIONS, OBSERVATIONS_ADDED],
    )
    def post(self, request: Request) -> Response:
        return once(request, self.token, self.at, self._add)

    def _add(self) -> tuple[int, dict[str, Any]]:
        given = ObservationsIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        rows = given.validated_data["observations"]
        children = children_observable_by(self.agreed_by, self.on).filter(school=self.school)
        found = given.notes(children.in_bulk({int(row["student"]) for row in rows}), self.school)
        words = gettext("No child of your school has this number.")
        strangers = [place for place, one in enumerate(found) if one is None]
        if strangers:
            raise Refused([(f"/observations/{place}/student", words) for place in strangers])
        notes = [one for one in found if one]
        self.refuse("observations", problems_of(notes, self.at))
        added = take_reported_notes(notes=notes, by=self.token.account, at=self.at)
        told = [
            {"id": row["id"], "result": "added" if is_new else "known"}
            for row, is_new in zip(rows, added, strict=True)
        ]
        return 200, ObservationsOut({"observations": told}).data
