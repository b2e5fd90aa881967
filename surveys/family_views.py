"""A parent or carer answers questions behind the link of a message, one on a page, without script.

Opening the link records nothing (previews fetch links); each tap is saved. Children have forms of their own.
"""

from datetime import datetime
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from delivery.behind_link import behind_link
from schools.queries import only_phone
from surveys import actions, asking, links, shipped
from surveys.asked import Asked
from surveys.forms import AnswerForm
from surveys.links import Opened
from surveys.models import Edition
from surveys.presenters import family as presenters
from uploads import speaking
from uploads.responses import serve_voice
from uploads.rules import BadUpload

HEARD_SECONDS = 30 * 24 * 3600  # in the browser's cache; an edition's wording never changes


link_required = behind_link(
    links.open_link,
    lambda request, _token: render(
        request, "surveys/family/expired.html", {"school_phone": only_phone()}, status=404
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@link_required
def link(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Ask about the children whose form waits, one after the other; `child` and `item` name a question."""
    said = request.POST if request.method == "POST" else request.GET
    waiting = presenters.waiting(opened)
    form = next((one for one in waiting if str(one.student_id) == said.get("child")), None)
    at = clock.for_request(request)
    if form is None:
        context = presenters.start(opened, waiting, token, at)
        template = "start" if waiting else "done"
        return render(request, f"surveys/family/{template}.html", context)
    if request.method != "POST":
        return _ask(request, token, opened, form, said.get("item", ""), at)
    try:
        with transaction.atomic():  # an invalid answer must not begin a form
            seat = actions.take_form(round_=opened.round, asked=form, by=None, at=at)
            answer = asking.save(seat, AnswerForm(request.POST), at)
    except actions.Refused:
        words = _("Please tap one answer.")
        return _ask(request, token, opened, form, said.get("item", ""), at, words)
    following = asking.item_after(seat, answer.item, at)
    if following is not None:
        return redirect(_address(token, form, following.id))
    actions.finish(seat=seat, at=at)
    if not presenters.waiting(opened):
        actions.note_all_answered(round_=opened.round, adult=opened.adult, at=at)
    return redirect("family_surveys:link", token)


def _address(token: str, form: Asked, item_id: str) -> str:
    asked = urlencode({"child": form.student_id, "item": item_id})
    return f"{reverse('family_surveys:link', args=[token])}?{asked}"


def _ask(
    request: HttpRequest,
    token: str,
    opened: Opened,
    form: Asked,
    item_id: str,
    at: datetime,
    error: str = "",
) -> HttpResponse:
    seat = presenters.seat_of(opened, form)
    item = asking.item_wanted(seat, item_id, at)
    if item is None:  # every question was answered, but the form was not finished
        actions.finish(seat=seat, at=at)
        return redirect("family_surveys:link", token)
    context = asking.question(seat, item, at, lambda one: _address(token, form, one))
    context |= presenters.question(opened, form, token) | {"error": error}
    return render(request, "surveys/family/question.html", context, status=422 if error else 200)


@require_safe
def hear(request: HttpRequest, digest: str, language: str) -> HttpResponse:
    """Speak a question with its answers, or one answer (`option`), as Opus or AAC; 404 without a voice.

    An edition's wording names nobody, so any cache may keep it.
    """
    edition = Edition.objects.filter(digest=digest).first()
    # One of our own instruments can be heard before anybody at the school has answered it.
    instrument = edition.instrument if edition else shipped.by_digest().get(digest)
    item = instrument.item(request.GET.get("item", "")) if instrument else None
    if item is None or not speaking.can_speak(language):
        raise Http404
    words = asking.spoken_words(item, request.GET.get("option", ""), language)
    try:
        spoken = speaking.spoken(words, language) if words else None
    except BadUpload:
        spoken = None
    if spoken is None:
        raise Http404
    response = serve_voice(spoken.__getitem__, request)
    response["Cache-Control"] = f"public, max-age={HEARD_SECONDS}"
    return response
