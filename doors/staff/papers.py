"""What the pages for papers share: the children chosen in an address or a form, and the way back."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from core.requests import key_of
from schools.policies import Viewer
from schools.roles import Permission
from students.models import Student


def edits_whole_school(viewer: Viewer) -> bool:
    return viewer.can(Permission.EDIT_CHILDREN) and viewer.can(Permission.VIEW_ALL_CHILDREN)


def chosen_among(allowed: QuerySet[Student], wanted: Sequence[str]) -> list[Student]:
    """Return the children with these keys; 404 if one of them is not in `allowed`."""
    if not all(key_of(text) for text in wanted):
        raise Http404
    keys = {int(text) for text in wanted}
    found = list(allowed.filter(pk__in=keys).select_related("school").order_by("name_pinyin", "pk"))
    if len(found) != len(keys):
        raise Http404
    return found


def back_to_papers(request: HttpRequest, words: str) -> HttpResponse:
    messages.error(request, words)
    return redirect(papers_url(request))


def papers_url(request: HttpRequest) -> str:
    wanted = request.GET.get("class", "")
    url = reverse("staff:papers")
    return f"{url}?{urlencode({'class': wanted})}" if wanted.isascii() and wanted.isdigit() else url
