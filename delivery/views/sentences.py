"""Serves a recorded sentence to somebody who has not signed in. No sentence names anybody."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core import walls
from delivery.models import SentenceVoice
from delivery.sentences.queries import recording_named_by
from uploads.responses import serve

# The gateway or the phone that plays it may cache it, but no cache on the way: a speaker who withdraws is
# forgotten within this time. Another recording has another address.
KEPT_SECONDS = 30 * 24 * 3600


@require_safe
def sound(request: HttpRequest, token: str) -> HttpResponse:
    """Serve the sound. `?as=ogg` and `?as=m4a` name the format."""
    voice = _voice(recording_named_by(token))
    walls.narrow_to(voice.school_id)
    response = serve(voice.recording, request)
    response["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    return response


@walls.every_school("a signed address says the recording, and so the school")
def _voice(recording_id: int | None) -> SentenceVoice:
    rows = SentenceVoice.objects.select_related("recording")
    voice = rows.filter(recording=recording_id).first() if recording_id else None
    if voice is None:
        raise Http404
    return voice
