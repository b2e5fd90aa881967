"""The holding tray: what nobody could place, given to its family or put aside."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from guardians.models import Adult, Guardianship
from guardians.phones import readable
from guardians.presenters import called
from schools.models import holds_on
from schools.policies import staff_required
from schools.roles import Permission
from students.policies import students_visible_to
from threads import actions, policies, presenters
from threads.forms import AssignForm
from threads.models import Landing
from uploads.responses import serve

works_with_families = staff_required(Permission.WORK_CHECK_INS)
ROWS, FOUND = 50, 12


@require_safe
@works_with_families
def tray(request: HttpRequest) -> HttpResponse:
    """`?for=` opens the search for whose words a row is; `q` looks for a name."""
    return _page(request)


def _page(request: HttpRequest, form: AssignForm | None = None, status: int = 200) -> HttpResponse:
    viewer = request.viewer
    mine = policies.tray_for(viewer.user, viewer.on).filter(school=viewer.school)
    rows = mine.filter(state=Landing.State.TRAY).select_related("incoming", "incoming__upload")
    chosen = request.GET.get("for", "")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:40]
    context = {
        "rows": [_row(request, one, chosen, query) for one in rows.order_by("at", "pk")[:ROWS]],
        "query": query,
        "form": form,
    }
    return render(request, "threads/tray.html", context, status=status)


def _row(request: HttpRequest, landing: Landing, chosen: str, query: str) -> dict:
    viewer, incoming = request.viewer, landing.incoming
    may_assign = landing.cause != Landing.Cause.BARRED
    is_open = chosen == str(landing.pk)
    return {
        "pk": landing.pk,
        "from": readable(incoming.address)
        if incoming.address.startswith("+")
        else incoming.address,
        "kind": incoming.get_address_kind_display(),
        "text": incoming.text,
        "upload": incoming.upload,
        "cause": landing.get_cause_display(),
        "is_barred": not may_assign,
        "when": presenters.when(incoming.received_at, viewer.at, viewer.school.time_zone),
        "is_open": is_open,
        "people": _people(request, landing, query if is_open else "") if may_assign else [],
    }


def _people(request: HttpRequest, landing: Landing, query: str) -> list[dict]:
    """Who has this number; for a search, who is called like this: only around children one may see."""
    viewer, address = request.viewer, landing.incoming.address
    rows = policies.who_may_have_written(landing.incoming, viewer.on)
    if query:
        children = students_visible_to(viewer.user, viewer.on).filter(
            Q(name__contains=query) | Q(name_pinyin__contains=query.lower())
        )
        rows = rows.filter(
            Q(name__contains=query) | Q(guardianships__student__in=children)
        ).distinct()
        rows = rows.filter(guardianships__student__in=students_visible_to(viewer.user, viewer.on))
    else:
        rows = rows.filter(contact_points__address=address)
    adults = list(rows.order_by("name_pinyin", "pk").distinct()[:FOUND])
    return [{"pk": one.pk, "name": one.name, "about": _about(one, viewer.on)} for one in adults]


def _about(adult: Adult, on) -> str:
    held = Guardianship.objects.filter(holds_on(on), adult=adult).select_related("student", "adult")
    words = [
        _("%(child)s's %(who)s") % {"child": row.student.name, "who": called(row)} for row in held
    ]
    return _(", ").join(words)


@require_POST
@works_with_families
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    landing = policies.get_landing_for(viewer.user, pk, viewer.on)
    adults = policies.who_may_have_written(landing.incoming, viewer.on)
    value = request.POST.get("adult", "")
    narrowed = (
        adults.filter(pk=int(value)) if value.isdecimal() and len(value) < 19 else adults.none()
    )
    form = AssignForm(request.POST, adults=narrowed)
    if not form.is_valid():
        messages.error(request, _("Choose whose words these are."))
        return redirect("threads:tray")
    adult = narrowed.get(pk=form.cleaned_data["adult"])
    message = actions.assign(landing=landing, adult=adult, by=viewer.user, at=viewer.at)
    if message is None:
        messages.error(request, _("Somebody has already dealt with this one."))
    else:
        _tell(request, pk, _("Given to %(name)s.") % {"name": adult.name})
    return redirect("threads:tray")


def _tell(request: HttpRequest, pk: int, words: str) -> None:
    messages.success(request, words, extra_tags=f"undo:{reverse('threads:back', args=[pk])}")


@require_POST
@works_with_families
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    landing = policies.get_landing_for(viewer.user, pk, viewer.on)
    if actions.dismiss(landing=landing, by=viewer.user, at=viewer.at):
        _tell(request, pk, _("Put aside."))
    return redirect("threads:tray")


@require_POST
@works_with_families
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo: only whoever decided takes it back, since the words now are another family's."""
    viewer = request.viewer
    landing = Landing.objects.filter(pk=pk, school=viewer.school, decided_by=viewer.user).first()
    if landing is None:
        policies.get_landing_for(viewer.user, pk, viewer.on)
        return redirect("threads:tray")
    if not actions.put_back(landing=landing, by=viewer.user, at=viewer.at):
        messages.error(request, _("It has been answered or read since, and stays where it is."))
    return redirect("threads:tray")


@require_safe
@works_with_families
def file(request: HttpRequest, pk: int) -> HttpResponse:
    landing = policies.get_landing_for(request.viewer.user, pk, request.viewer.on)
    if landing.state != Landing.State.TRAY or landing.incoming.upload is None:
        raise Http404
    return serve(landing.incoming.upload, request)
