"""Rounds of questions: their progress, without names, and answers for a study, under pseudonyms."""

from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404
from django.http.request import MediaType
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotAcceptable
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import PROGRESS, RESPONSES, ROUNDS
from api.models import Agreement, Scope
from api.pages import CURSOR, PagedView
from api.v1.surveys.filters import RoundFilters
from api.v1.surveys.serializers import BundleOut, ProgressOut, RoundOut, RoundsOut
from api.views import ApiView
from core import languages
from core.requests import key_of
from schools.roles import Permission
from surveys.files.fhir_out import R4, R5
from surveys.models import Round, Study
from surveys.policies import rounds_visible_to
from surveys.queries import progress_of
from surveys.rules import in_tens
from surveys.studies import fhir
from surveys.studies.queries import hand_out

TAG = cast(str, _("Surveys"))
FORMS_MOST = 100  # in one answer
VERSIONS = {"4.0": R4, "5.0": R5}  # requested as in FHIR, by a parameter of the media type
AFTER = "after"  # the parameter: after which pseudonym


class RoundsView(ApiView):
    scopes = {"GET": Scope.READ_SURVEYS}
    people = (Permission.VIEW_SURVEY_FIGURES,)

    def rounds(self) -> Any:
        """Return rounds visible to the colleague who agreed to this token, or to the person who asks."""
        seen = rounds_visible_to(self.agreed_by, self.on).filter(school=self.school)
        return seen.select_related("edition", "school")


class Rounds(RoundsView, PagedView):
    queryset, filterset_class = Round.objects.none(), RoundFilters

    @extend_schema(
        operation_id="survey_rounds",
        tags=[TAG],
        summary=_("Rounds of the school"),
        description=_("Which questions were put to which classes, and until when."),
        parameters=[CURSOR],
        responses=RoundsOut,
        examples=[ROUNDS],
    )
    def get(self, request: Request) -> Response:
        rows = self.rounds().prefetch_related("classes")
        page = self.page_of(
            rows, lambda found: [*RoundOut(found, many=True, context={"on": self.on}).data]
        )
        return Response({"rounds": page["rows"], "next": page["next"]})


class Progress(RoundsView):
    @extend_schema(
        operation_id="survey_progress",
        tags=[TAG],
        summary=_("How far a round is"),
        description=_(
            "Counts of the whole round are given in tens, so that comparing two answers reveals "
            "nothing about one child."
        ),
        responses=ProgressOut,
        examples=[PROGRESS],
    )
    def get(self, request: Request, key: str) -> Response:
        pk = key_of(key)
        found: Round | None = self.rounds().filter(pk=pk).first() if pk is not None else None
        if found is None:
            raise Http404
        progress = progress_of(found, self.at)
        told = {
            "id": found.pk,
            "asked": in_tens(sum(one.to_ask for one in progress)),
            "finished": in_tens(sum(one.finished for one in progress)),
        }
        return Response(ProgressOut(told).data)


class FhirJSON(JSONRenderer):
    media_type = "application/fhir+json"


class Responses(ApiView):
    scopes = {"GET": Scope.READ_RESPONSES}
    takes = (AFTER,)
    renderer_classes = [JSONRenderer, FhirJSON]

    @extend_schema(
        operation_id="survey_responses",
        tags=[TAG],
        summary=_("Answers for a study, as FHIR R4 or R5"),
        description=_(
            "A Bundle of QuestionnaireResponses of the one study for which a counsellor let this token read:"
            " of children whose family said yes to this recipient, and from 14 on the child as well. Under"
            " made-up names; without free words, without questions that may need an adult at once, and"
            " without sums in which these count. Nothing while the round goes on, and nothing where fewer"
            " than ten children agreed. R5 for Accept: application/fhir+json; fhirVersion=5.0."
        ),
        parameters=[OpenApiParameter(AFTER, str, description=_("As in `link` of the page before"))],
        responses=BundleOut,
        examples=[RESPONSES],
    )
    def get(self, request: Request) -> Response:
        asked = MediaType(request.accepted_media_type).params.get("fhirversion", "")
        if asked and asked not in VERSIONS:
            raise NotAcceptable
        agreement = cast(Agreement, self.agreement)
        study = cast(Study, agreement.study)
        page = hand_out(
            study,
            agreement.by,
            self.on,
            after=request.GET.get(AFTER, "")[: fhir.NAME_LENGTH],
            most=FORMS_MOST,
        )
        self.note_read(page.children, "study")
        next_url = ""
        if page.has_more:
            query = urlencode({AFTER: page.forms[-1].who})
            next_url = f"{settings.PUBLIC_URL}{reverse('api:survey_responses')}?{query}"
        told = fhir.bundle(
            study.round.edition.instrument,
            page.forms,
            study=str(study.key),
            ethics=study.ethics,
            language=languages.active(),
            next_url=next_url,
            at=self.at,
            version=VERSIONS.get(asked or "", R4),
        )
        media_type = request.accepted_renderer.media_type
        return Response(
            told, content_type=f"{media_type}; fhirVersion={asked}" if asked else media_type
        )
