"""The holding tray: incoming messages without a certain sender, to assign to a family or put aside."""

from django.contrib import messages
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from core.phones import readable
from core.requests import key_of
from guardians.models import Adult
from guardians.presenters import called
from schools.policies import Viewer, staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to
from threads import actions, policies, presenters
from threads.forms import AssignForm
from threads.models import Routing
from uploads.responses import serve

works_with_families = staff_required(Permission.WORK_CHECK_INS)
ROWS, FOUND = 50, 12


@require_safe
@works_with_families
def tray(request: SchoolRequest) -> HttpResponse:
    """List the tray. `?for=` opens the search for the sender of a row; `q` looks for a name.

    The number of queries is the same for one row and for fifty.
    """
    viewer = request.viewer
    mine = policies.tray_for(viewer.user, viewer.on).filter(school=viewer.school)
    rows = mine.filter(state=Routing.State.TRAY).select_related("incoming__upload", "school")
    shown = list(rows.order_by("at", "pk")[:ROWS])
    query = request.GET.get("q", "").strip()[:40]
    chosen = request.GET.get("for", "")
    addresses = {row.incoming.address for row in shown}
    families = policies.families_of(presenters.school_id_of(viewer), viewer.on)
    on_record = families.filter(contact_points__address__in=addresses).annotate(
        address=F("contact_points__address")
    )
    people: dict[str, list[Adult]] = {}
    for adult in on_record.order_by("name_pinyin", "pk"):
        people.setdefault(adult.address, []).append(adult)
    found = _search(query, viewer) if query and chosen else []
    context = {
        "rows": [_row(one, chosen, people, found if query else None, viewer) for one in shown],
        "query": query,
    }
    return render(request, "threads/tray.html", context)


def _row(routing: Routing, chosen: str, people, found: list[Adult] | None, viewer: Viewer) -> dict:
    incoming = routing.incoming
    may_assign = routing.cause != Routing.Cause.BARRED
    is_open = chosen == str(routing.pk)
    adults = found if is_open and found is not None else people.get(incoming.address, [])
    is_number = incoming.address.startswith("+")
    return {
        "pk": routing.pk,
        "from": readable(incoming.address) if is_number else "",
        "kind": incoming.get_address_kind_display(),
        "text": incoming.text,
        "upload": incoming.upload,
        "cause": routing.get_cause_display(),
        "is_barred": not may_assign,
        "when": presenters.when(incoming.received_at, viewer.at, routing.school.time_zone),
        "is_open": is_open,
        "people": [_choice(one) for one in adults] if may_assign else [],
    }


def _search(query: str, viewer: Viewer) -> list[Adult]:
    """Find adults by their own or their child's name, only if the user may see the child."""
    children = students_visible_to(viewer.user, viewer.on)
    called_so = Q(name__contains=query) | Q(name_pinyin__contains=query.lower())
    rows = policies.families_of(presenters.school_id_of(viewer), viewer.on).filter(
        called_so | Q(guardianships__student__in=Student.objects.filter(called_so)),
        guardianships__student__in=children,
    )
    return list(rows.distinct().order_by("name_pinyin", "pk")[:FOUND])


def _choice(adult: Adult) -> dict:
    about = [
        pgettext("whose family", "%(child)s's %(who)s")
        % {"child": held.student.name, "who": called(held)}
        for held in adult.guardianships.all()
    ]
    return {"pk": adult.pk, "name": adult.name, "about": _(", ").join(about)}


@require_POST
@works_with_families
def assign(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    routing = policies.get_routing_for(viewer.user, pk, viewer.on)
    adults = policies.who_may_have_written(routing.incoming, viewer.on)
    narrowed = adults.filter(pk=key_of(request.POST.get("adult")) or 0)
    form = AssignForm(request.POST, adults=narrowed)
    if not form.is_valid():
        messages.error(request, _("Choose who sent this."))
        return redirect("threads:tray")
    adult = narrowed.get(pk=form.cleaned_data["adult"])
    message = actions.assign(routing=routing, adult=adult, by=viewer.user, at=viewer.at)
    if message is None:
        messages.error(request, _("Somebody has already dealt with this one."))
    else:
        _tell(request, pk, _("Given to %(name)s.") % {"name": adult.name})
    return redirect("threads:tray")


def _tell(request: HttpRequest, pk: int, words: str) -> None:
    messages.success(request, words, extra_tags=f"undo:{reverse('threads:back', args=[pk])}")


@require_POST
@works_with_families
def dismiss(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    routing = policies.get_routing_for(viewer.user, pk, viewer.on)
    if actions.dismiss(routing=routing, by=viewer.user, at=viewer.at):
        _tell(request, pk, _("Put aside."))
    return redirect("threads:tray")


@require_POST
@works_with_families
def back(request: SchoolRequest, pk: int) -> HttpResponse:
    """Undo the decision.

    Only the user who decided may, as the message may belong to another family by now.
    """
    viewer = request.viewer
    routing = Routing.objects.filter(pk=pk, school=viewer.school, decided_by=viewer.user).first()
    if routing is None:
        policies.get_routing_for(viewer.user, pk, viewer.on)
        return redirect("threads:tray")
    if not actions.put_back(routing=routing, by=viewer.user, at=viewer.at):
        messages.error(
            request, _("Somebody has answered or read it since, so it stays where it is.")
        )
    return redirect("threads:tray")


@require_safe
@works_with_families
def file(request: SchoolRequest, pk: int) -> HttpResponse:
    routing = policies.get_routing_for(request.viewer.user, pk, request.viewer.on)
    if routing.state != Routing.State.TRAY or routing.incoming.upload is None:
        raise Http404
    return serve(routing.incoming.upload, request)
