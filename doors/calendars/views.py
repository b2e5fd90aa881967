"""The page with the address of a person's own calendar, for staff and families, and the file their phone
fetches.
"""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from calls import actions, feeds
from calls.models import CalendarFeed
from core import clock, walls
from core.calendar_file import Entry, calendar_file
from doors.calendars import entries
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from schools.policies import StaffRequest, staff_required

FAMILY, STAFF = CalendarFeed.Door.FAMILY, CalendarFeed.Door.STAFF


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def family_address(request: FamilyDoorRequest) -> HttpResponse:
    if request.method == "POST":
        _change(request, request.user, FAMILY)
        return redirect("family:calendar")
    context = _address(request, FAMILY, "family:calendar_file")
    return render(request, "doors/calendars/family.html", context)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def staff_address(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        if _change(request, request.user, STAFF):
            messages.success(request, _("The address no longer shows anything."))
        return redirect("staff:calendar")
    context = _address(request, STAFF, "staff:calendar_file")
    return render(request, "doors/calendars/staff.html", context)


@never_cache
@require_safe
@walls.every_school("a calendar's address says whose it is")
def family_file(request: HttpRequest, token: str) -> HttpResponse:
    return _file(request, token, FAMILY, entries.of_family)


@never_cache
@require_safe
@walls.every_school("a calendar's address says whose it is")
def staff_file(request: HttpRequest, token: str) -> HttpResponse:
    return _file(request, token, STAFF, entries.of_staff)


def _change(request: HttpRequest, user: User, door: CalendarFeed.Door) -> bool:
    """Renew the address, or end it. Return True if it was ended."""
    if request.POST.get("end"):
        actions.end_feed(user=user, door=door)
        return True
    actions.renew_feed(user=user, door=door, at=clock.for_request(request))
    return False


def _address(request: HttpRequest, door: CalendarFeed.Door, page: str) -> dict[str, str]:
    """Return `url` for copying, and `open_url`, the same address in a form that a phone opens in its
    calendar.
    """
    found = CalendarFeed.objects.filter(user=request.user.pk, door=door).first()
    if found is None:
        return {"url": ""}
    url = request.build_absolute_uri(reverse(page, args=[feeds.token_of(found)]))
    return {"url": url, "open_url": f"webcal:{url.partition(':')[2]}"}


def _file(
    request: HttpRequest,
    token: str,
    door: CalendarFeed.Door,
    entries_of: Callable[[User, datetime], list[Entry] | None],
) -> HttpResponse:
    """Return the calendar file. No sign-in is asked for: anyone who has the address may read it."""
    feed, at = feeds.feed_of(token, door), clock.for_request(request)
    if feed is None:
        raise Http404
    with translation.override(feed.user.language or None):
        found = entries_of(feed.user, at)
        if found is None:
            raise Http404
        body = calendar_file(found, host=request.get_host(), at=at, title=_("Jiaqiao"))
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")
