"""The voice note with which a family added to its call for help."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from safeguarding import queries
from safeguarding.policies import get_concern_for
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.opening import note_read
from threads import actions as threads
from uploads.responses import serve


@staff_required(Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)
@require_safe
def voice(request: SchoolRequest, pk: int, reply_pk: int) -> HttpResponse:
    """Serve it to everybody who may read the concern: the family may have written to somebody else."""
    concern = get_concern_for(request.viewer.user, pk, request.viewer.on)
    upload = queries.voice_of(concern, reply_pk)
    if upload is None:
        raise Http404
    note_read(request, concern.student, "concern voice")
    viewer = request.viewer
    threads.note_reply_heard(reply_id=reply_pk, user=viewer.user, at=viewer.at)
    return serve(upload, request)
