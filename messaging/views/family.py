"""One check-in behind one link: the question, one tap, a correction, thanks.

Opening records nothing, with GET or HEAD, because previews fetch links. Every act carries the key that was
made with its page, so that a double tap, a reload or a replay counts once.
"""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import rate_limits
from core import clock, offline, walls
from core.addresses import page_above
from core.languages import page_language
from core.sentences import in_a_row
from delivery import actions as delivery_actions
from delivery import queries
from delivery.behind_link import behind_link
from delivery.channels.wechat import taps as wechat_taps
from delivery.sign_in import limits
from guardians.actions import dispute_address
from guardians.requests import page_for
from messaging import actions, links
from messaging.family import acts
from messaging.family.acts import OpenAct
from messaging.forms import AnswerForm, MoreForm
from messaging.presenters import family as presenters


def _no_longer(request: HttpRequest, token: str = "") -> HttpResponse:
    """Return the same answer whatever is wrong with the link, so that it reveals nothing."""
    if offline.is_from_queue(request):
        return offline.over(presenters.came_too_late())
    return render(request, "family/link_expired.html", presenters.expired(token), status=404)


act_required = behind_link(acts.open_act, _no_longer, read_at=links.read_at)


@never_cache
@require_safe
def cut_off(request: HttpRequest) -> HttpResponse:
    return _no_longer(request)


@require_safe
def trial(request: HttpRequest) -> HttpResponse:
    """Show what a question looks like, for staff who test a channel: it has no child and saves nothing."""
    return render(request, "family/trial.html", {"is_answered": "answer" in request.GET})


@require_http_methods(["GET", "HEAD", "POST"])
@act_required
def check_in(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    if request.method != "POST":
        # A link accepts one answer; a second page changes nothing.
        return (_noted if act.is_answered else _question)(request, token, act)
    form = AnswerForm(request.POST, lines=act.lines)
    if act.is_answered:
        # A different answer, from another tab or one that waited on a phone, is not dropped silently.
        is_other = form.is_valid() and not act.has_taken(form.cleaned_data["key"], form.answers)
        if not offline.is_from_queue(request):
            return _noted(request, token, act, is_other=is_other)
        if is_other:
            return offline.conflict(presenters.stands_already())
        return offline.accepted(request, reverse("check_in:more", args=[token]))
    if not form.is_valid():
        return _question(request, token, act, form)
    at = clock.for_request(request)
    actions.answer(
        check_in=act.check_in,
        key=form.cleaned_data["key"],
        answers=form.answers,
        at=at,
        contact_point_id=act.contact_point_id,
    )
    now_stands = acts.open_act(token, at)
    if now_stands is None:
        return _no_longer(request, token)
    if offline.is_from_queue(request):
        return offline.accepted(request, reverse("check_in:more", args=[token]))
    return _noted(request, token, now_stands)


def _question(
    request: HttpRequest, token: str, act: OpenAct, form: AnswerForm | None = None
) -> HttpResponse:
    context = presenters.question(act, token, uuid4().hex, clock.for_request(request))
    context["form_errors"] = form.all_errors if form else []
    if form and offline.is_from_queue(request):
        return offline.refused(in_a_row(form.all_errors))
    status = 422 if form else 200
    response = render(request, "family/check_in.html", context, status=status)
    if not form:
        response["X-Keep"] = "1"  # family/sw.js may show it for some days without a network
    return response


def _noted(
    request: HttpRequest,
    token: str,
    act: OpenAct,
    form: MoreForm | None = None,
    *,
    is_other: bool = False,
) -> HttpResponse:
    """Show the recorded answer. `is_other`: this tap said something else, but the earlier one counts."""
    if form and offline.is_from_queue(request):
        return offline.refused(in_a_row(form.all_errors))
    if not any(line.answer for line in act.lines):
        return _question(request, token, act)
    context = presenters.noted(act, token, act.last_key, clock.for_request(request))
    context |= {"more_key": uuid4().hex, "is_other": is_other}
    if form is None:
        return render(request, "family/check_in_more.html", context)
    context |= {"form_errors": form.all_errors, "words": form.data.get("words", "")}
    return render(request, "family/check_in_more.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@act_required
def more(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    """Save how the child sounded and a written or spoken message to the teacher. Both may stay empty."""
    if request.method != "POST":
        return _noted(request, token, act)
    form = MoreForm(request.POST, request.FILES, lines=act.lines)
    if not form.is_valid():
        return _noted(request, token, act, form)
    actions.add_more(
        check_in=act.check_in,
        key=form.act_key,
        moods=form.moods,
        words=form.cleaned_data["words"],
        voice=form.cleaned_data["voice"],
        wants_call=form.cleaned_data["call"],
        at=clock.for_request(request),
    )
    return offline.accepted(request, reverse("check_in:done", args=[token]))


@require_POST
@act_required
def undo(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    """点错了: record the correction and ask the question again."""
    at = clock.for_request(request)
    actions.undo(check_in=act.check_in, key=request.POST.get("key", ""), at=at)
    return redirect("check_in:open", token)


@require_safe
@act_required
def done(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    if not any(line.answer for line in act.lines):
        return redirect("check_in:open", token)
    context = presenters.thanks(act, clock.for_request(request))
    if "micromessenger" in request.headers.get("User-Agent", "").lower():
        context |= presenters.next_tap(wechat_taps.ask_of(act.adult), token)
    elif queries.may_be_offered_screen(act.adult):
        context["screen_url"] = page_above("family_screen")
    return render(request, "family/done.html", context)


@require_safe
@act_required
def tapped(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    """Count the tap after WeChat, where the adult allowed one more message or did not; once for each tap."""
    delivery_actions.note_tap(
        adult=act.adult, told=request.GET.dict(), at=clock.for_request(request)
    )
    return redirect("check_in:done", token)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("a link says whose it is, and so the school")
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    """Record "I am not Chen Fang": we send nothing more to these addresses until staff have looked."""
    at = clock.for_request(request)
    act = acts.open_act(token, at, even_disputed=request.method == "POST")
    if act is None:
        return _no_longer(request, token)
    page_for(request, act.adult)
    context = presenters.wrong_person(act, token, uuid4().hex)
    if request.method == "POST":
        for pk in act.written_to:
            dispute_address(contact_point_id=pk, at=at)
        context["recorded"] = True
    with translation.override(page_language(request, act.adult.language)):
        return render(request, "family/wrong_person.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("a link says whose it is, and so the school")
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Send a new link, only ever to the registered address. The answer is the same for any token.

    A GET shows the answer once more and sends nothing.
    """
    if request.method != "POST":
        return render(request, "family/link_sent.html")
    address = acts.address_for_new_link(token)
    free_at = limits.ask(request, address or token)
    if free_at is not None:
        context = {"time": rate_limits.time_of(free_at)}
        return render(request, "family/too_often.html", context, status=429)
    if address:
        delivery_actions.queue_sign_in_link(phone=address, at=clock.for_request(request))
    return render(request, "family/link_sent.html")
