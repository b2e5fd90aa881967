"""What each adult of a demo school would have received. None of it leaves this server."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.requests import key_of
from delivery.models import DemoPhoneMessage
from delivery.presenters import demo_phone as presenters
from delivery.queries import has_phone_page
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission


@require_safe
@staff_required(Permission.WORK_CHECK_INS, Permission.EDIT_SCHOOL)
def demo_phone(request: SchoolRequest) -> HttpResponse:
    """`?of=a7` shows adult 7's phone. htmx asks again with what it has `seen`: 204 where nothing is new."""
    school, at = request.viewer.school, request.viewer.at
    if not has_phone_page(school):
        raise Http404
    newest = DemoPhoneMessage.objects.filter(school=school).order_by("-pk")
    latest = newest.values_list("pk", flat=True).first() or 0
    if request.htmx and request.GET.get("seen") == str(latest):
        return HttpResponse(status=204)
    search = request.GET.get("q", "").strip()[:40]
    owners = presenters.owners(school, search)
    chosen = request.GET.get("of") or (owners[0].key if owners else "")
    received: list[DemoPhoneMessage] = []
    kind, number = chosen[:1], key_of(chosen[1:])
    if chosen == presenters.OF_TESTS:
        rows = newest.filter(adult=None, user=None)
        received = list(rows[: presenters.MESSAGES_SHOWN])
    elif kind in ("a", "u") and number is not None:  # a7: adult 7; u3: member of staff 3
        whose = {"adult_id" if kind == "a" else "user_id": number}
        rows = DemoPhoneMessage.objects.filter(school=school, **whose)
        rows = rows.select_related("adult", "user").order_by("-received_at", "-pk")
        received = list(rows[: presenters.MESSAGES_SHOWN])
    name = next((one.name for one in owners if one.key == chosen), None)
    if name is None:
        owner = (received[0].adult or received[0].user) if received else None
        name = str(owner) if owner else ""
    context = {
        "owners": owners,
        "chosen": chosen,
        "search": search,
        "name": name,
        "bubbles": presenters.bubbles(received, at, school.time_zone),
        "clock": presenters.clock(at, school.time_zone),
        "seen": latest,
    }
    return render(request, "delivery/demo_phone.html", context)
