"""A family reads and answers a notice, signed in or by the link of a message.

Opening a link records nothing (previews fetch links); a tap, or a page opened while signed in, does.
Tapping twice changes nothing. The pages work without script.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from delivery.behind_link import behind_link
from guardians.models import Adult
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from notices import actions, family_presenters, links, policies
from notices.forms import AnswerForm
from notices.links import Opened
from notices.responses import serve_file
from schools.queries import only_phone


@require_safe
@family_page
def notices(request: FamilyDoorRequest) -> HttpResponse:
    context = family_presenters.listed(request.adults, clock.for_request(request))
    return render(request, "notices/family/list.html", context)


def _opened(request: FamilyDoorRequest, pk: int) -> Opened:
    """Open the notice as the adult record at its school; an account may have several records."""
    on = timezone.localdate(clock.for_request(request))
    lines = policies.family_lines_of(pk, request.adults, on)
    notice = lines[0].notice
    adult: Adult = next(one for one in request.adults if one.school_id == notice.school_id)
    return Opened(notice, adult, lines)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def notice(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    opened, at = _opened(request, pk), clock.for_request(request)
    if request.method == "POST":
        return _say(request, opened, reverse("family_notices:notice", args=[pk]))
    if request.method == "GET":
        actions.note_seen(notice=opened.notice, adult=opened.adult, lines=opened.lines, at=at)
    return _page(request, opened)


@require_safe
@family_page
def file(request: FamilyDoorRequest, pk: int, file_pk: int) -> HttpResponse:
    opened = _opened(request, pk)
    return serve_file(policies.get_family_file(opened.notice.pk, file_pk), request)


def _over(request: HttpRequest, _token: str) -> HttpResponse:
    return render(
        request, "notices/family/expired.html", {"school_phone": only_phone()}, status=404
    )


link_required = behind_link(links.open_link, _over)


@require_http_methods(["GET", "HEAD", "POST"])
@link_required
def link(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    if request.method == "POST":
        return _say(request, opened, reverse("family_notices:link", args=[token]), token)
    return _page(request, opened, token=token)


@require_safe
@link_required
def link_file(request: HttpRequest, token: str, opened: Opened, file_pk: int) -> HttpResponse:
    return serve_file(policies.get_family_file(opened.notice.pk, file_pk), request)


def _say(request: HttpRequest, opened: Opened, back: str, token: str = "") -> HttpResponse:
    """Record that the family read, confirmed, signed or said no, and show the page again."""
    notice, at = opened.notice, clock.for_request(request)
    if notice.is_recalled:
        return redirect(back)
    lines = opened.lines
    if notice.wants_signature:
        lines = policies.signable(opened.adult, lines, timezone.localdate(at))
    if not notice.wants_answer or not lines:
        actions.note_seen(notice=notice, adult=opened.adult, lines=opened.lines, at=at)
        return redirect(back)
    form = AnswerForm(request.POST, notice=notice)
    if not form.is_valid():
        return _page(request, opened, form, token=token)
    signed_as = form.cleaned_data["signed_as"] or opened.adult.name
    actions.answer(
        notice=notice,
        adult=opened.adult,
        lines=lines,
        signed_as=signed_as if notice.wants_signature else "",
        is_refused=form.is_refused,
        words=form.cleaned_data["words"] if form.is_refused else "",
        at=at,
    )
    return redirect(back)


def _page(
    request: HttpRequest, opened: Opened, form: AnswerForm | None = None, token: str = ""
) -> HttpResponse:
    at = clock.for_request(request)
    context = family_presenters.page(opened, at, token) | {"form": form}
    template = "recalled.html" if opened.notice.is_recalled else "notice.html"
    return render(request, f"notices/family/{template}", context, status=422 if form else 200)
