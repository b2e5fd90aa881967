from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core import clock, cookies
from core.prepared import prepared
from delivery.queries.sending import stop_questions
from doors.held import page as held_page
from doors.staff import child as child_page
from doors.staff import class_list
from doors.staff.class_choice import chosen_class, class_tabs
from doors.staff.first_day import SEEN, SEEN_SECONDS, first_day
from doors.staff.first_hour import first_hour
from doors.staff.own_banners import banners_of
from doors.staff.own_banners import questions as banner_questions
from doors.staff.rail import keep_today_count
from doors.staff.today import (
    IN_SIGHT,
    IN_SIGHT_ON_THE_FIRST_DAY,
    day_words,
    lanes,
    work_of,
)
from guardians.clock.connection import away_with_talks, connection_from
from safeguarding import nobody
from safeguarding.reports.unattended import unattended_for
from schools.appointing.policies import offers_to
from schools.duty.queries import turn_questions
from schools.duty.work import own_lines
from schools.models import holds_on
from schools.policies import StaffRequest, second_step_is_missing, staff_required, viewer_of
from schools.requests import SchoolRequest, is_at_school
from schools.roles import Permission, Role
from schools.rollout.queries import begins_on, day_ahead
from students import queries as students
from students.opening import note_read
from students.policies import get_student_for, students_visible_to

FOUND_SHOWN = 8  # rows under the search field
FOUND_ON_PAGE = 100
SEES_CHILDREN = (Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)


@staff_required()
@require_safe
def signed_in(request: StaffRequest) -> HttpResponse:
    """Show a page after signing in again in a second window, while a page waits in the first."""
    return render(request, "account/signed_in.html")


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def held(request: StaffRequest) -> HttpResponse:
    return held_page(request, "doors/staff/held.html", "staff:today")


@require_safe
def today(request: HttpRequest) -> HttpResponseBase:
    """Show Today. A person without a post today is a stranger, unless an offer may bring them back."""
    user = request.user
    is_stranger = not second_step_is_missing(request) and viewer_of(request) is None
    if (
        user.is_authenticated
        and is_stranger
        and offers_to(user, clock.for_request(request)).exists()
    ):
        return redirect("staff:account")
    return _today(request)


@staff_required()
def _today(request: StaffRequest) -> HttpResponse:
    user, at = request.viewer.user, request.viewer.at
    # Of what the county is told: reports that only their author can handle, concerns that nobody can take.
    to_county: dict[str, list[Any]] = {
        "unattended_reports": unattended_for(user, at),
        "nobodys_concerns": nobody.concerns_for(user, at),
    }
    if not is_at_school(request) or not any(map(request.viewer.can, SEES_CHILDREN)):
        return _without_children(request, to_county)
    viewer = request.viewer
    zone = viewer.school.time_zone
    also = [
        *banner_questions(viewer.user, viewer.at),
        *turn_questions(viewer.user, viewer.at),
        *stop_questions(viewer.school),
    ]
    leads = viewer.can(Permission.STOP_SENDING)
    if leads:
        also.append(begins_on.question(school_id=viewer.school.pk, on=viewer.on))
    items = work_of(viewer.user, viewer.at, also)
    keep_today_count(viewer, len(items))
    school_id = viewer.school.pk
    talks = _talks_here(user=viewer.user, school_id=school_id, on=viewer.on)
    is_first_hour = leads and viewer.school.sending_started_at is None
    first = None if is_first_hour else first_day(request, viewer)
    in_sight = IN_SIGHT_ON_THE_FIRST_DAY if first else IN_SIGHT
    return render(
        request,
        "doors/staff/today.html",
        {
            "hour": first_hour(viewer) if is_first_hour else None,
            "first": first,
            **to_county,
            "day": day_words(viewer.on),
            "lanes": lanes(items, viewer.at, zone, request.GET.get("lane", ""), in_sight),
            "connection": connection_from(talks),
            "own_banners": banners_of(viewer.user, viewer.at),
            "begins_on": day_ahead(viewer.school, viewer.on) if leads else None,
            "duty": own_lines(viewer.user, viewer.at),
            # Lazy: only queried if nothing is waiting.
            "has_children": lambda: class_list.children_here(
                viewer.user, school_id, viewer.on
            ).exists(),
        },
    )


def _without_children(request: StaffRequest, to_county: dict[str, list[Any]]) -> HttpResponse:
    """Take somebody who sees no child at a school to their own first page."""
    viewer = request.viewer
    if any(to_county.values()):  # shown before the county's usual first page
        context = {
            **to_county,
            "agrees": Role.COUNTY_ADMIN in viewer.roles,
            "sees_county": viewer.can(Permission.VIEW_COUNTY),
        }
        return render(request, "doors/staff/unattended_reports.html", context)
    if Role.COUNTY_ADMIN in viewer.roles:
        return redirect("schools:agreeing")
    if viewer.can(Permission.VILLAGE_VISITS):
        return redirect("village:list")
    if viewer.can(Permission.VIEW_COUNTY):
        return redirect("dashboards:county")
    return render(request, "doors/staff/nothing_yet.html")


@staff_required()
@require_POST
def first_day_seen(request: StaffRequest) -> HttpResponse:
    """Close the first-day text for good."""
    response = redirect("staff:today")
    cookies.write(response, SEEN, str(request.user.pk), seconds=SEEN_SECONDS)
    return response


@staff_required()
@require_safe
def today_count(request: StaffRequest) -> HttpResponse:
    """Return the number of Today's rows, for a page that still shows an old number."""
    viewer = request.viewer
    count = len(work_of(viewer.user, viewer.at))
    keep_today_count(viewer, count)
    return render(request, "components/rail_count.html", {"count": count})


@prepared
def _talks_here(*, user, school_id, on) -> QuerySet[Any]:
    """Return the talks of `class_list.children_here`, without looking up the names of their classes."""
    here = students_visible_to(user, on).filter(holds_on(on, "enrolments__"), school_id=school_id)
    return away_with_talks(here, on)


@staff_required(*SEES_CHILDREN)
@require_safe
def children(request: SchoolRequest) -> HttpResponse:
    viewer, asked = request.viewer, request.GET
    text, only = asked.get("q", "").strip(), asked.get("only", "")
    lens = class_list.lens_called(asked.get("see", ""), viewer)
    classes = class_list.classes_seen(viewer, lens)
    own = {post.school_class_id for post in viewer.posts}
    chosen = None if text else chosen_class(classes, asked.get("class", ""), own)
    rows = class_list.rows_of(viewer, lens, chosen, text)
    see: dict[str, Any] = {"see": lens.key} if lens.key else {}
    base = see | ({"q": text} if text else {"class": chosen.pk} if chosen else {})
    meant = [row for row in rows if lens.questions.get(only, lens.questions[""])[1](row)]
    shown, folds = class_list.folded(lens, meant, is_asked=bool(text or only))
    kept: dict[str, Any] = {"only": only} if only else {}
    context = {
        "lens": lens,
        "rows": meant,
        "shown": shown,
        "folds": folds,
        "q": text,
        "only": only,
        "chosen": chosen,
        "class_tabs": class_tabs(classes, chosen, **see, **kept),
        "lens_tabs": class_list.lens_tabs(viewer, lens, chosen, text),
        "filter_tabs": class_list.question_tabs(lens, rows, only, base),
        "show_class": chosen is None,
        "can_edit": viewer.can(Permission.EDIT_CHILDREN),
        "class_query": f"?class={chosen.pk}" if chosen else "",
        "has_children": bool(rows) or bool(text) or bool(only),
        "count_words": ngettext("%(n)d child", "%(n)d children", len(rows)) % {"n": len(rows)},
    }
    if lens.key == class_list.NOTES:
        context |= class_list.beside_notes(viewer, rows)
        record_access(
            by=request.user,
            school_id=viewer.school.pk,
            student_ids=[row.pk for row in rows],
            what="class notes",
            ip=request.META.get("REMOTE_ADDR"),
        )
    return render(request, "doors/staff/children.html", context)


@staff_required(*SEES_CHILDREN)
@require_safe
def search(request: SchoolRequest) -> HttpResponse:
    """Show results under the search field of the rail (htmx).

    Without JavaScript, the children's page shows them.
    """
    viewer = request.viewer
    text = request.GET.get("q", "").strip()
    if not request.htmx:
        return redirect(f"{reverse('staff:children')}?{urlencode({'q': text})}")
    visible = students_visible_to(viewer.user, viewer.on).filter(
        school_id__in=[school.pk for school in viewer.schools]
    )
    found = students.search(visible, text, viewer.on)[: FOUND_SHOWN + 1]
    rows = list(found.values("pk", "name", "class_name")) if text else []  # type: ignore[misc]
    context = {
        "text": text,
        "rows": rows[:FOUND_SHOWN],
        "has_more": len(rows) > FOUND_SHOWN,
        "all_url": f"{reverse('staff:children')}?{urlencode({'q': text})}",
    }
    return render(request, "doors/staff/_found.html", context)


@staff_required(*SEES_CHILDREN)
@require_safe
def child(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student = get_student_for(viewer.user, student_id, viewer.on)
    note_read(request, student, "child")
    if request.htmx and request.htmx.target == "timeline-part":
        context = {"student": student} | child_page.timeline_alone(student, viewer, request.GET)
        return render(request, "doors/staff/_timeline.html", context)
    context = child_page.context(student, viewer, request.GET)
    return render(request, "doors/staff/child.html", context)


@staff_required(*SEES_CHILDREN)
@require_safe
def readers(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Show who opened this file in the last year."""
    viewer = request.viewer
    student = get_student_for(viewer.user, student_id, viewer.on)
    note_read(request, student, "readers")
    since_at = viewer.at - timedelta(days=365)
    rows = [
        {
            "name": reader.name,
            "times": reader.times,
            "last": child_page.local_moment(reader.last_at, viewer.at, student),
        }
        for reader in child_page.readers_for(student, viewer, since_at)
    ]
    context = {"student": student, "rows": rows, "title": _("Who has opened this file")}
    return render(request, "doors/staff/readers.html", context)


@staff_required()
@require_POST
def switch_school(request: StaffRequest, school_id: int) -> HttpResponse:
    """Switch to another school at which the viewer has a post."""
    viewer = request.viewer
    if school_id not in {school.pk for school in viewer.schools}:
        raise Http404
    request.session["school_id"] = school_id
    return _back(request)


@staff_required()
@require_POST
def switch_county(request: StaffRequest, county_id: int) -> HttpResponse:
    """Switch to another county whose pages the viewer's posts open."""
    held = request.viewer.counties_where(Permission.VIEW_COUNTY)
    if county_id not in {county.pk for county in held}:
        raise Http404
    request.session["county_id"] = county_id
    return _back(request)


def _back(request: StaffRequest) -> HttpResponse:
    """Return to the page `next`, if it is one of ours, or else to the first page."""
    back = request.POST.get("next", "/")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, {request.get_host()}, request.is_secure()
    )
    return redirect(back if is_ours else "/")
