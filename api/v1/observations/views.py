"""Notes about children: systems write them, and colleagues who may read them on the pages read them here."""

from typing import Any, cast

from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import NOTES, OBSERVATIONS, OBSERVATIONS_ADDED
from api.models import Scope
from api.pages import CURSOR, PagedView
from api.problems import Refused
from api.repeats import ONCE, once
from api.v1.observations.filters import NoteFilters
from api.v1.observations.serializers import NoteOut, NotesOut, ObservationsIn, ObservationsOut
from classroom.actions import take_reported_notes
from classroom.models import Observation
from classroom.noted import problems_of
from classroom.policies import children_observable_by, observations_visible_to
from core.requests import key_of
from schools.roles import Permission

TAG = cast(str, _("Observations"))


class Observations(PagedView):
    """No scope allows reading: what colleagues wrote about a child is for colleagues to read."""

    queryset, filterset_class = Observation.objects.none(), NoteFilters
    scopes = {"POST": Scope.WRITE_OBSERVATIONS}
    people = (Permission.OBSERVE,)

    @extend_schema(
        operation_id="observations_read",
        tags=[TAG],
        summary=_("Notes about a child"),
        description=_(
            "For a colleague who reads them on the child's page. Without photos and voices; what was taken"
            " back is left out."
        ),
        parameters=[CURSOR],
        responses=NotesOut,
        examples=[NOTES],
    )
    def get(self, request: Request) -> Response:
        pk = key_of(request.GET.get("student"))
        children = children_observable_by(self.caller.sees_as, self.on).filter(school=self.school)
        if pk is None or not children.filter(pk=pk).exists():
            raise Http404
        rows = observations_visible_to(self.caller.sees_as, self.on).filter(
            school=self.school, student=pk, retracted_at=None
        )
        page = self.page_of(
            rows.select_related("written_by"), lambda found: [*NoteOut(found, many=True).data]
        )
        self.note_read([pk], "observations")
        return Response({"observations": page["rows"], "next": page["next"]})

    @extend_schema(
        tags=[TAG],
        summary=_("Send notes about children"),
        description=_(
            "Notes are added to the child's file under the token's name, for the staff who read such notes."
            " They do not count as somebody having looked at the child, open nothing and reach no family. The"
            " whole list is added, or nothing. No system reads a note."
        ),
        parameters=[ONCE],
        filters=False,  # only for reading
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
