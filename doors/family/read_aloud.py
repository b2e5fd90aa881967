"""Sentences that family pages can speak without the browser's own voice: a closed set of ours.

None of them contains a name, because any cache on the way may keep the sound.
"""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core import languages
from uploads import speaking
from uploads.responses import serve_voice
from uploads.rules import BadUpload

KEPT_SECONDS = 30 * 24 * 3600  # by the browser; the address changes when the sentence does

# Each is one or more sentences that are also written on the page.
SENTENCES: dict[str, tuple[str | Promise, ...]] = {
    "question": (_("Have you talked with your children this week?"),),
    "asked_about": (_("Have the children talked with mum or dad this week?"),),
    "talked": (_("We talked"), _("Phone or video")),
    "not_yet": (_("Not yet"), _("That is fine, we ask again")),
    "need_help": (_("I need help"), _("The school will get in touch with you")),
    "sounded": (_("How did they sound?"),),
    "fine": (_("That is fine"), _("We ask you again in a few days.")),
    "helped": (_("The school will reach you as soon as it can"),),
    "thanks": (_("Your answer has arrived."), _("You can close this page.")),
    "over": (
        _("This link no longer works"),
        _("The bridge still stands. A new link is all it takes."),
    ),
    "no_network": (_("No network right now"),),
}
# Used on pages that belong to no school, which therefore play no school's recording.
OF_NO_SCHOOL = ("over", "no_network")


def sentence(name: str) -> str:
    """Return the sentence in the active language, with a full stop after each part so that the voice
    pauses.
    """
    end = "\u3002" if languages.is_chinese() else ". "
    return "".join(part.rstrip("\u3002.\uff1f?") + end for part in parts_of(name))


def parts_of(name: str) -> list[str]:
    """Return the parts as they are spoken, without the places where a line may break."""
    return [str(part).replace("<wbr>", "") for part in SENTENCES[name]]


def fixed_sentences(language: str) -> dict[str, str]:
    """Return name → sentence as spoken, for the sentences that a school can record."""
    with translation.override(language):
        return {name: sentence(name) for name in SENTENCES if name not in OF_NO_SCHOOL}


def version(name: str) -> str:
    return hashlib.sha256(sentence(name).encode()).hexdigest()[:8]


@require_safe
def hear(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """Send the sentence as Opus or AAC, whichever the browser plays; 404 if the server has no voice."""
    if name not in SENTENCES or not speaking.can_speak(language):
        raise Http404
    with translation.override(language):
        words = sentence(name)
    try:
        spoken = speaking.spoken(words, language)
    except BadUpload:
        raise Http404 from None
    response = serve_voice(spoken.__getitem__, request)
    response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return response
