"""One check-in behind one link: the question, one tap, a correction, thanks.

Opening records nothing, with GET or HEAD (previews fetch links). Every act carries the key that its
page was made with, so that a double tap, a reload or a replay counts once.
"""

from collections.abc import Callable
from functools import wraps
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from guardians.actions import dispute_address
from messaging import actions, policies, presenters, queries
from messaging.forms import AnswerForm, MoreForm
from messaging.policies import OpenAct


def act_required(view: Callable) -> Callable:
    """Entry by link. The view receives the open act, speaks the adult's language, is never stored."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        act = policies.open_act(token, clock.for_request(request))
        if act is None:
            return _no_longer(request, token)
        request.family_adult = act.adult
        with translation.override(act.adult.language):
            response = view(request, token, act)
        response.headers.setdefault("Content-Language", act.adult.language)
        return response

    return guarded


def _no_longer(request: HttpRequest, token: str = "") -> HttpResponse:
    """The same answer whatever was wrong with the link, so that it tells nothing."""
    return render(request, "family/link_expired.html", presenters.expired(token), status=404)


@never_cache
@require_safe
def cut_off(request: HttpRequest) -> HttpResponse:
    return _no_longer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@act_required
def check_in(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    if request.method != "POST":
        key = queries.last_answer_key(act.check_in) if act.is_answered else ""
        return _noted(request, token, act, key) if key else _question(request, token, act)
    form = AnswerForm(request.POST, lines=act.lines)
    if not form.is_valid():
        return _question(request, token, act, form)
    key, at = form.cleaned_data["key"], clock.for_request(request)
    if act.is_answered:
        return _noted(request, token, act, queries.last_answer_key(act.check_in))
    actions.answer(check_in=act.check_in, key=key, answers=form.answers, at=at)
    return _noted(request, token, policies.open_act(token, at) or act, key)


def _question(
    request: HttpRequest, token: str, act: OpenAct, form: AnswerForm | None = None
) -> HttpResponse:
    context = presenters.question(act, token, uuid4().hex, clock.for_request(request))
    errors = form.all_errors if form else []
    status = 422 if errors else 200
    return render(
        request, "family/check_in.html", {**context, "form_errors": errors}, status=status
    )


def _noted(
    request: HttpRequest, token: str, act: OpenAct, key: str, form: MoreForm | None = None
) -> HttpResponse:
    context = presenters.noted(act, token, key)
    if form is None:
        return render(request, "family/check_in_more.html", context)
    context |= {"form_errors": form.all_errors, "words": form.data.get("words", "")}
    return render(request, "family/check_in_more.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@act_required
def more(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    """How the child sounded and a word to the teacher; both may stay empty."""
    if request.method != "POST":
        return redirect("check_in:check_in", token)
    form = MoreForm(request.POST, lines=act.lines)
    if not form.is_valid():
        return _noted(request, token, act, queries.last_answer_key(act.check_in), form)
    actions.add_more(
        check_in=act.check_in,
        key=form.cleaned_data["key"],
        moods=form.moods,
        words=form.cleaned_data["words"],
        at=clock.for_request(request),
    )
    return redirect("check_in:done", token)


@require_POST
@act_required
def undo(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    """点错了: the correction is added, the question comes again."""
    at = clock.for_request(request)
    actions.undo(check_in=act.check_in, key=request.POST.get("key", ""), at=at)
    return redirect("check_in:check_in", token)


@require_safe
@act_required
def done(request: HttpRequest, token: str, act: OpenAct) -> HttpResponse:
    if not any(line.answer for line in act.lines):
        return redirect("check_in:check_in", token)
    context = presenters.thanks(act, queries.next_question_on(act.check_in))
    return render(request, "family/done.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    """ "I am not Chen Fang": nothing more goes to these addresses until staff have looked."""
    at = clock.for_request(request)
    act = policies.open_act(token, at, even_disputed=request.method == "POST")
    if act is None:
        return _no_longer(request, token)
    context = presenters.wrong_person(act, token, uuid4().hex)
    if request.method == "POST":
        for pk in queries.contact_points_written_to(act.check_in):
            dispute_address(contact_point_id=pk, at=at)
        context["recorded"] = True
    with translation.override(act.adult.language):
        return render(request, "family/wrong_person.html", context)


@never_cache
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """A new link, only ever to the registered address; the answer is the same for any token."""
    actions.queue_new_link(token=token, at=clock.for_request(request))
    return render(request, "family/link_sent.html")
