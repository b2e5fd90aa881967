"""Family pages about school life: text behind the link of a message, pictures only when signed in.

Opening a link records nothing (previews fetch links). The pages work without script.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from classroom.news import actions, links, presenters
from classroom.news.links import OpenedNews, OpenedWeek
from classroom.pictures import policies
from classroom.pictures.policies import Reader
from core import clock
from delivery.behind_link import behind_link
from guardians.policies import family_page, guardianships_of
from guardians.requests import FamilyDoorRequest
from schools.queries import only_phone
from uploads.responses import serve


def _over(request: HttpRequest, _token: str) -> HttpResponse:
    context = {"school_phone": only_phone()}
    return render(request, "classroom/family/over.html", context, status=404)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link(links.open_news, _over)
def news_link(request: HttpRequest, token: str, opened: OpenedNews) -> HttpResponse:
    if request.method == "POST":
        at = clock.for_request(request)
        actions.thank(adult=opened.adult, notes=opened.notes, at=at)
        return redirect("family_classroom:news_link", token)
    context = presenters.news(opened, clock.for_request(request))
    return render(request, "classroom/family/news.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link(links.open_week, _over)
def week_link(request: HttpRequest, token: str, opened: OpenedWeek) -> HttpResponse:
    at, adult = clock.for_request(request), opened.adult
    if request.method == "POST":
        actions.thank(adult=adult, week=opened.week, at=at)
        return redirect("family_classroom:week_link", token)
    # Text only: the person holding the link may not be the one allowed to see the children.
    pictures = policies.pictures_of_family(
        Reader(adult.user_id, [adult.pk]), timezone.localdate(at)
    ).filter(week=opened.week)
    context = presenters.week(opened.week, [adult], at)
    context |= {"token": token, "has_pictures": pictures.exists()}
    return render(request, "classroom/family/week.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def week(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    at, reader = clock.for_request(request), _reader(request)
    on = timezone.localdate(at)
    weeks = policies.weeks_of_family(reader.adult_ids, on)
    row = weeks.select_related("school", "school_class", "written_by").filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        # An account may have a record at several schools.
        adult = next(one for one in request.adults if one.school_id == row.school_id)
        actions.thank(adult=adult, week=row, at=at)
        return redirect("family_classroom:week", pk)
    pictures = policies.pictures_of_family(reader, on).filter(week=row).select_related("photo")
    context = presenters.week(row, list(request.adults), at) | {"pictures": list(pictures)}
    return render(request, "classroom/family/week.html", context)


@require_safe
@family_page
def pictures(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Show the pictures that came with good news about one child."""
    at, reader = clock.for_request(request), _reader(request)
    on = timezone.localdate(at)
    held = guardianships_of(reader.adult_ids, on).filter(student=student_id)
    tie = held.select_related("student").first()
    if tie is None:
        raise Http404
    rows = policies.pictures_of_family(reader, on).filter(note__student=student_id)
    context = presenters.pictures(tie.student, rows, at)
    return render(request, "classroom/family/pictures.html", context)


@require_safe
@family_page
def picture(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    on = timezone.localdate(clock.for_request(request))
    row = policies.get_picture_for_family(_reader(request), pk, on)
    return serve(row.photo, request)


def _reader(request: FamilyDoorRequest) -> Reader:
    return Reader(request.user.pk, [adult.pk for adult in request.adults])
