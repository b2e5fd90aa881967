import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.days import short_day
from schools.policies import classes_visible_to, own_class_ids
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.policies import students_editable_by
from uploads.actions import key_of_form
from visits import actions, policies, presenters, queries
from visits.forms import MeetingForm
from visits.views import note_read, recording


@recording
@require_safe
def duties(request: SchoolRequest) -> HttpResponse:
    """Show the term's progress: names for the viewer's own class, figures by class for the school.

    Classes are in their usual order, never sorted by result, and no teacher is named: a record of care
    must not be used to judge teachers (rule of 2025, docs).
    """
    viewer = request.viewer
    presenters.ensure_duties(viewer)
    own = set(own_class_ids(viewer.user, viewer.on))
    progress = queries.progress_of(
        viewer.school, classes_visible_to(viewer.user, viewer.on), viewer.on, names_of=own
    )
    rows = progress.classes if progress else []
    totals = []
    if progress:
        totals = [
            (_("Home visits this term"), progress.total("visited"), progress.total("to_visit")),
            (_("Calls to parents this month"), progress.total("called"), progress.total("to_call")),
            (_("Carers' meetings this term"), progress.meetings_held, progress.meetings),
        ]
    care = _care(request)
    context = {
        "tabs": presenters.tabs("duties"),
        "care": presenters.care_words(care) if care.children else "",
        "progress": progress,
        "own": [row for row in rows if row.class_id in own],
        "sees_school": viewer.can(Permission.VIEW_ALL_CHILDREN),
        "totals": [{"label": label, "done": done, "total": total} for label, done, total in totals],
        "until": short_day(progress.term.ends_on, viewer.on) if progress else "",
    }
    return render(request, "visits/duties.html", context)


@recording
@require_safe
def special_care(request: SchoolRequest) -> HttpResponse:
    """Show which children in special care lack a plan, a review of it, or a visit.

    It is for those who may read that section of the children's files; only the files name the grounds.
    """
    overview, viewer = _care(request), request.viewer
    keys = [one.pk for one in overview.children]
    note_read(request, viewer.school.pk, keys, "special care")
    editable = students_editable_by(viewer.user, viewer.on).filter(pk__in=keys)
    context = {
        "tabs": presenters.tabs("duties"),
        "words": presenters.care_words(overview) if overview.children else "",
        "rows": presenters.care_rows(overview, set(editable.values_list("pk", flat=True))),
    }
    return render(request, "visits/special_care.html", context)


def _care(request: SchoolRequest) -> queries.CareOverview:
    viewer = request.viewer
    return queries.care_overview(viewer.user, viewer.school, viewer.on)


@recording
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: SchoolRequest, class_id: int) -> HttpResponse:
    """Record that the carers of the viewer's own class have met."""
    viewer = request.viewer
    school_class = policies.get_own_class(viewer.user, class_id, viewer.on)
    carers = queries.carers_of_class(school_class, viewer.on)
    form = MeetingForm(
        request.POST if request.method == "POST" else None,
        carers=carers,
        today=viewer.on,
        initial={"key": uuid.uuid4(), "held_on": viewer.on},
    )
    if not form.is_valid():
        came = set(form["came"].value() or [])
        context = {
            "school_class": school_class,
            "form": form,
            "carers": [
                {"row": row, "came": str(row.adult_id) in came, "value": str(row.adult_id)}
                for row in carers
            ],
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
        return render(request, "visits/meeting.html", context, status=status)
    data = form.cleaned_data
    actions.record_meeting(
        school_class=school_class,
        held_on=data["held_on"],
        came=[int(pk) for pk in data["came"]],  # type: ignore[misc]
        words=data["words"],
        key=key_of_form(data),
        by=viewer.user,
        at=viewer.at,
    )
    messages.success(request, _("Meeting saved."))
    return redirect("visits:duties")
