"""The demo phone's page: every message that adults of a demo school would have received. None of them leaves
this server.
"""

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.requests import key_of
from delivery.actions import calls
from delivery.channels import demo_call
from delivery.models import DemoPhoneMessage, VoiceCall
from delivery.presenters import demo_phone as presenters
from delivery.queries import has_phone_page
from delivery.queries.calls import ringing
from delivery.sentences.queries import voices_by_words
from delivery.voice import rules
from delivery.voice.rules import FIRST, SECOND
from schools.models import School
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads import speaking
from uploads.responses import serve, serve_voice
from uploads.rules import BadUpload


@require_safe
@staff_required(Permission.WORK_CHECK_INS, Permission.EDIT_SCHOOL)
def demo_phone(request: SchoolRequest) -> HttpResponse:
    """Show a phone: `?of=a7` is adult 7's, and `all` lists everybody's name beside it.

    htmx asks again with what it has `seen`: 204 if nothing is new.
    """
    school, at = request.viewer.school, request.viewer.at
    if not has_phone_page(school):
        raise Http404
    newest = DemoPhoneMessage.objects.filter(school=school).order_by("-pk")
    latest = f"{newest.values_list('pk', flat=True).first() or 0}-{presenters.calls_mark(school)}"
    if request.htmx and request.GET.get("seen") == latest:
        return HttpResponse(status=204)
    search = request.GET.get("q", "").strip()[:40]
    owners = presenters.owners(school, search)
    chosen = request.GET.get("of") or (owners[0].key if owners else "")
    received: list[DemoPhoneMessage] = []
    rung: list[VoiceCall] = []
    kind, number = chosen[:1], key_of(chosen[1:])
    if chosen == presenters.OF_TESTS:
        rows = newest.filter(adult=None, user=None)
        received = list(rows[: presenters.MESSAGES_SHOWN])
        rung = _calls(school, Q(adult=None, user=None))
    elif chosen == presenters.OF_SCHOOL:
        rung = _calls(school, presenters.rings_at_school(school))
    elif kind in ("a", "u") and number is not None:  # a7: adult 7; u3: member of staff 3
        whose = {"adult_id" if kind == "a" else "user_id": number}
        rows = DemoPhoneMessage.objects.filter(school=school, **whose)
        rows = rows.select_related("adult", "user").order_by("-received_at", "-pk")
        received = list(rows[: presenters.MESSAGES_SHOWN])
        rung = _calls(school, presenters.rings_phone_of(number) if kind == "a" else Q(**whose))
    names = {one.key: one.name for one in owners}
    call = ringing(rung)
    legs = {one.pk: presenters.leg_of(one, chosen) for one in rung}
    is_whole = bool(search) or request.GET.get("all") == "1"
    shown_owners = owners if is_whole else presenters.in_sight(owners, chosen)
    context = {
        "owners": shown_owners,
        "more": len(owners) - len(shown_owners),
        "is_whole": is_whole,
        "chosen": chosen,
        "search": search,
        "name": names[chosen] if chosen in names else presenters.name_of(school, kind, number),
        "bubbles": presenters.bubbles(received, rung, at, school.time_zone, legs),
        "call": call and presenters.shown_call(call, request.GET.get("heard", ""), legs[call.pk]),
        "clock": presenters.clock(at, school.time_zone),
        "seen": latest,
    }
    return render(request, "delivery/demo_phone.html", context)


def _calls(school: School, whose: Q) -> list[VoiceCall]:
    rows = VoiceCall.objects.filter(whose, school=school, channel=demo_call.KIND)
    rows = rows.select_related("adult", "user").prefetch_related("events")
    return list(rows.order_by("-pk")[: presenters.MESSAGES_SHOWN])


def _call(request: SchoolRequest, pk: int) -> VoiceCall:
    school = request.viewer.school
    if not has_phone_page(school):
        raise Http404
    return get_object_or_404(VoiceCall, school=school, channel=demo_call.KIND, pk=pk)


@require_POST
@staff_required(Permission.WORK_CHECK_INS, Permission.EDIT_SCHOOL)
def demo_call_act(request: SchoolRequest, pk: int) -> HttpResponse:
    """Pick up, hang up, or press a key of the ringing phone."""
    call, at = _call(request, pk), request.viewer.at
    act, leg = request.POST.get("act", ""), 0
    if call.first_address:
        leg = FIRST if request.POST.get("leg") == str(FIRST) else SECOND
    if act == "pick_up":
        calls.pick_up(call=call, at=at, leg=leg)
    elif act == "hang_up":
        calls.hang_up(call=call, at=at, leg=leg)
    else:
        calls.press(call=call, digit=request.POST.get("key", ""), at=at, leg=leg)
    of = f"a{call.adult_id}" if call.adult_id else presenters.OF_TESTS
    of = presenters.first_phone_of(call) if leg == FIRST else of
    of = f"u{call.user_id}" if call.user_id else of
    return redirect(f"{reverse('delivery:demo_phone')}?of={of}&heard={call.pk}#phone")


@require_safe
@never_cache
@staff_required(Permission.WORK_CHECK_INS, Permission.EDIT_SCHOOL)
def demo_call_voice(request: SchoolRequest, pk: int, step: str) -> HttpResponse:
    """Play one step of a demo call, with its recording if there is one; 404 if no voice can speak it."""
    call = _call(request, pk)
    leg = key_of(request.GET.get("leg")) or 1
    scripts = rules.scripts_of(call.script)
    script = scripts[min(leg, len(scripts)) - 1]
    said = next((one for one in script.steps if one.name == step), None)
    words, language = said.say if said else "", script.language
    if said and said.sound:
        own = voices_by_words(call.school_id, language).get(words)
        if own:
            return serve(own.recording, request)
    if not words or not speaking.can_speak(language):
        raise Http404
    try:
        return serve_voice(speaking.spoken_once(words, language).__getitem__, request)
    except BadUpload:
        raise Http404 from None
