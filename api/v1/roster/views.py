"""Roster in: a list becomes a job.

Somebody at the school, or a system with the right to, then applies it.
"""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import APPLY, ROSTER, ROSTER_JOB, ROSTER_JOBS, ROSTER_PREVIEW
from api.edits import IF_MATCH, must_match
from api.models import Scope
from api.policies import jobs_of, may_import
from api.problems import Refused
from api.repeats import ONCE, once
from api.v1.roster.presenters import State, job, preview, version
from api.v1.roster.serializers import ApplyIn, JobOut, JobsOut, PreviewOut, RosterIn
from api.views import ApiView
from core.requests import key_of
from rosters import actions
from rosters.models import RosterImport
from rosters.queries import checked

TAG = cast(str, gettext_lazy("Send a roster"))
SHOWN = 20  # jobs in a list, the newest first
WAITING_MOST = 10  # jobs of one token that nobody has applied yet; each keeps its rows
WAITING = (State.UPLOADED, State.CHECKED, State.FAILED)


class Jobs(ApiView):
    scopes = {"GET": Scope.WRITE_ROSTER, "POST": Scope.WRITE_ROSTER}

    @extend_schema(
        operation_id="roster_jobs",
        tags=[TAG],
        summary=gettext_lazy("The jobs of this system"),
        description=gettext_lazy("The latest twenty."),
        responses=JobsOut,
        examples=[ROSTER_JOBS],
    )
    def get(self, request: Request) -> Response:
        rows = jobs_of(self.token, self.on).defer("content").order_by("-pk")[:SHOWN]
        return Response(JobsOut({"jobs": [job(row) for row in rows]}).data)

    @extend_schema(
        operation_id="roster_propose",
        tags=[TAG],
        summary=gettext_lazy("Propose changes of the roster"),
        description=gettext_lazy(
            "Children with their families, in the columns of the school's own sheet. Nothing changes yet: the"
            " job shows what would, on a page of the school as well. A child who is not in the list stays."
        ),
        parameters=[ONCE],
        request=RosterIn,
        responses=JobOut,
        examples=[ROSTER, ROSTER_JOB],
    )
    def post(self, request: Request) -> Response:
        return once(request, self.token, self.at, self._propose)

    def _propose(self) -> tuple[int, dict[str, Any]]:
        given = RosterIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        if not may_import(self.token, self.on):
            raise PermissionDenied
        if jobs_of(self.token, self.on).filter(state__in=WAITING).count() >= WAITING_MOST:
            words = _("%(n)d jobs of this system are waiting. Somebody at the school decides them.")
            raise Refused([("/rows", words % {"n": WAITING_MOST})])
        data = given.validated_data
        try:
            roster = actions.prepare_reported(
                school=self.school,
                rows=data["rows"],
                makes_classes=data["makes_classes"],
                file_name=f"API · {self.token.name}",
                by=self.token.account,
                at=self.at,
            )
        except actions.UnreadRows as error:
            words = _("This row does not describe a child.")
            raise Refused([(f"/rows/{row}/name", words) for row in error.rows]) from error
        return 200, JobOut(job(roster)).data


class JobView(ApiView):
    def job(self, *, to_change: bool = False) -> RosterImport:
        pk = key_of(self.kwargs["key"])
        rows = jobs_of(self.token, self.on).select_related("school")
        rows = rows.select_for_update(of=("self",)) if to_change else rows
        found = rows.filter(pk=pk).first() if pk is not None else None
        if found is None:
            raise Http404
        return found


class Job(JobView):
    scopes = {"GET": Scope.WRITE_ROSTER}

    @extend_schema(
        operation_id="roster_job",
        tags=[TAG],
        summary=gettext_lazy("What a job would change, or has changed"),
        description=gettext_lazy(
            "Errors by row and field. Data on record is never shown, only that it would change."
        ),
        responses=PreviewOut,
        examples=[ROSTER_PREVIEW],
    )
    def get(self, request: Request, key: str) -> Response:
        told = preview(self.job(), self.on)
        children = {row["student"] for row in told["rows"] if row["student"]}
        self.note_read(sorted(children), "roster job")
        return Response(PreviewOut(told).data, headers={"ETag": version(told)})


class Apply(JobView):
    scopes = {"POST": Scope.APPLY_ROSTER}

    @extend_schema(
        operation_id="roster_apply",
        tags=[TAG],
        summary=gettext_lazy("Apply a job"),
        description=gettext_lazy(
            "What the job shows happens within minutes. Somebody at the school can take it back like an"
            " imported file. A job that was applied already stays so. With the ETag of the job as If-Match"
            " nothing happens but what the job showed."
        ),
        parameters=[ONCE, IF_MATCH],
        request=ApplyIn,
        responses=JobOut,
        examples=[APPLY, ROSTER_JOB],
    )
    def post(self, request: Request, key: str) -> Response:
        return once(request, self.token, self.at, self._apply)

    def _apply(self) -> tuple[int, dict[str, Any]]:
        given = ApplyIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        roster = self.job(to_change=True)
        must_match(self.request, lambda: version(preview(roster, self.on)))
        if roster.state in WAITING and not given.validated_data["leaves_out"]:
            blocked = sum(row.is_blocked for row in checked(roster, self.on)[0].rows)
            if blocked:
                words = _("%(n)d rows cannot go in; the job says why.") % {"n": blocked}
                raise Refused([("/leaves_out", words)])
        actions.start(roster=roster, by=self.token.account, at=self.at)
        roster.refresh_from_db(fields=["state", "finished_at"])
        return 200, JobOut(job(roster)).data
