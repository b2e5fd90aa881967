"""Public pages that describe the API and hold no personal data."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.description.document import document
from api.description.presenters import page
from core import languages


@require_safe
def schema(request: HttpRequest) -> JsonResponse:
    response = JsonResponse(document(languages.active()))
    response["Content-Type"] = "application/vnd.oai.openapi+json;version=3.1"
    response["Vary"] = "Accept-Language"
    return response


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html", page(document(languages.active())))
