"""A child records a voice postcard, listens to it, sends it, and hears what the parents sent back."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from doors.pupil.forms import PostcardForm
from doors.pupil.presenters import pupil_page, tap_again
from guardians.models import Adult
from guardians.presenters import called, relation_word
from postcards import actions, policies, queries
from postcards.models import Postcard
from postcards.presenters import together
from postcards.rules import POSTCARD_SECONDS
from students.policies import pictures_are_fresh, pupil_required
from students.requests import PupilRequest
from uploads.responses import serve
from uploads.rules import VOICE_BYTES

EVERYBODY = "all"
SHOWN = 10  # postcards in each direction


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    adults: tuple[Adult, ...]


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: PupilRequest) -> HttpResponse:
    # A recording that has arrived is never refused because the pictures are stale.
    if request.method != "POST" and not pictures_are_fresh(request):
        return tap_again("postcard")
    at, pupil = clock.for_request(request), request.pupil
    # Mum, dad or both: parents who can be reached and are not blocked.
    held = list(policies.recipients_of(pupil, timezone.localdate(at)))
    choices = [Choice(str(row.adult_id), called(row), (row.adult,)) for row in held]
    if len(choices) > 1:
        names = together([choice.label for choice in choices])
        choices.append(Choice(EVERYBODY, names, tuple(row.adult for row in held)))
    if not choices or not policies.may_record(pupil, at):
        return redirect("pupil:home")
    if queries.is_enough_for_today(pupil, at):
        return pupil_page(request, "postcard", is_enough=True)
    if request.method != "POST":
        return _recorder(request, choices)
    pairs = [(choice.value, choice.label) for choice in choices]
    form = PostcardForm(request.POST, request.FILES, choices=pairs)
    if not form.is_valid():
        return _recorder(request, choices, form)
    to = next(choice for choice in choices if choice.value == form.cleaned_data["to"])
    key = form.cleaned_data["key"]
    file = form.cleaned_data["voice"]
    card = actions.send_to_family(student=pupil, adults=to.adults, file=file, key=key, at=at)
    return redirect("pupil:postcard_sent", card.key)


def _recorder(
    request: PupilRequest, choices: list[Choice], form: PostcardForm | None = None
) -> HttpResponse:
    chosen = form.data.get("to", "") if form else ""
    if len(choices) == 1:
        chosen = choices[0].value
    return pupil_page(
        request,
        "postcard",
        status=422 if form else 200,
        choices=choices,
        chosen=chosen,
        form=form,
        key=(form and form.fresh_key) or uuid4(),
        seconds=POSTCARD_SECONDS,
        most_bytes=VOICE_BYTES,
    )


@never_cache
@pupil_required
@require_safe
def sent(request: PupilRequest, key: UUID) -> HttpResponse:
    card = Postcard.objects.filter(student=request.pupil, key=key, withdrawn_at=None).first()
    if card is None:
        return redirect("pupil:home")
    names = queries.names_of(request.pupil, [copy.adult_id for copy in card.copies.all()])
    enough = queries.is_enough_for_today(request.pupil, clock.for_request(request))
    whom = together(list(names.values()))
    return pupil_page(request, "postcard_sent", card=card, whom=whom, may_send_more=not enough)


@never_cache
@pupil_required
@require_POST
def take_back(request: PupilRequest, key: UUID) -> HttpResponse:
    """Take a postcard back. Once somebody has heard it, this is no longer possible, and the page says so."""
    is_back = actions.take_back(student=request.pupil, key=key, at=clock.for_request(request))
    return redirect("pupil:home" if is_back else "pupil:postcards")


@never_cache
@pupil_required
@require_safe
def cards(request: PupilRequest) -> HttpResponse:
    if not pictures_are_fresh(request):
        return tap_again("postcards")
    pupil, on = request.pupil, timezone.localdate(clock.for_request(request))
    received = list(policies.cards_to_child(pupil, on)[:SHOWN])
    sent_cards = list(queries.sent_by_child(pupil, SHOWN))
    names = queries.names_of(
        pupil, [copy.adult_id for card in sent_cards for copy in card.copies.all()]
    )
    sent_rows = []
    for card in sent_cards:
        copies = list(card.copies.all())
        whom = together([names.get(copy.adult_id, "") for copy in copies])
        heard = together([names.get(copy.adult_id, "") for copy in copies if copy.heard_at])
        sent_rows.append(
            {
                "title": _("To %(whom)s") % {"whom": whom},
                "state": _("%(name)s has heard it") % {"name": heard} if heard else _("on its way"),
                "sent_at": card.sent_at,
                "key": card.key,
                "may_take_back": not heard and card.voice_id,
            }
        )
    at, parents = clock.for_request(request), policies.recipients_of(pupil, on)
    return pupil_page(
        request,
        "postcards",
        may_send=not sent_rows and policies.may_record(pupil, at) and bool(parents),
        received=[(card, relation_word(card.relation)) for card in received],
        sent=sent_rows,
    )


def _card(request: PupilRequest, pk: int) -> Postcard:
    on = timezone.localdate(clock.for_request(request))
    return policies.get_card_to_child(request.pupil, pk, on)


@never_cache
@pupil_required
@require_safe
def voice(request: PupilRequest, pk: int) -> HttpResponse:
    if not pictures_are_fresh(request):
        return tap_again("postcards")
    return serve(_card(request, pk).voice, request)


@never_cache
@pupil_required
@require_POST
def heard(request: PupilRequest, pk: int) -> HttpResponse:
    actions.note_heard_by_child(card=_card(request, pk), at=clock.for_request(request))
    return redirect("pupil:postcards")
