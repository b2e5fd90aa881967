"""Pages for the files of a case: one address to add a file, and one to open or remove it."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from counselling import secrecy
from counselling.attachments import actions
from counselling.attachments.forms import AttachmentForm
from counselling.case_pages.views import back_to, case_page
from counselling.cases import policies, presenters
from counselling.cases.policies import keeping, reading
from counselling.models import Attachment, Case
from schools.requests import SchoolRequest
from uploads.responses import part_of

FORMS = {
    Attachment.Kind.PHOTO: ("image/jpeg", "photo.jpg"),
    Attachment.Kind.DOCUMENT: ("application/pdf", "file.pdf"),
    Attachment.Kind.VOICE: ("audio/mp4", "recording.m4a"),
}


@keeping
@require_POST
def add(request: SchoolRequest, pk: int) -> HttpResponse:
    at = clock.for_request(request)
    case = policies.get_case_to_write(request.user, pk, at)
    form = AttachmentForm(request.POST, request.FILES, auto_id="file_%s")
    if form.is_valid():
        try:
            actions.add(case=case, by=request.user, at=at, **form.kept())
            return back_to(case, "files")
        except secrecy.NoKey:
            form.add_error("file", presenters.no_key_text())
    return case_page(request, case, 422, attachment_form=form)


@reading
@require_http_methods(["GET", "POST"])
def one(request: SchoolRequest, pk: int, attachment_id: uuid.UUID) -> HttpResponse:
    """GET opens the file for everybody who may read the case; POST removes it, for the owner only."""
    at = clock.for_request(request)
    if request.method == "GET":
        case = policies.get_case_for(request.user, pk, at)
        return _opened(request, _attachment(case, attachment_id))
    case = policies.get_case_to_write(request.user, pk, at)
    try:
        actions.remove(attachment=_attachment(case, attachment_id), by=request.user, at=at)
    except (secrecy.KeyMissing, secrecy.Tampered) as error:
        return case_page(request, case, 422, problem=presenters.unopened_text(error))
    return back_to(case, "files")


def _attachment(case: Case, pk: uuid.UUID) -> Attachment:
    rows = Attachment.objects.select_related("case", "content")
    return get_object_or_404(rows, pk=pk, case=case, removed_at=None)


def _opened(request: SchoolRequest, attachment: Attachment) -> HttpResponse:
    ip = request.META.get("REMOTE_ADDR")
    try:
        data = actions.open_file(attachment=attachment, by=request.user, ip=ip)
    except (secrecy.KeyMissing, secrecy.Tampered) as error:
        context = {"case": attachment.case, "trouble": presenters.unopened_text(error)}
        return render(request, "counselling/case_file.html", context, status=503)
    # Browsers store the file name in history and downloads, so the real name stays on the page.
    content_type, neutral = FORMS[Attachment.Kind(attachment.kind)]
    response = HttpResponse(data)
    if attachment.kind == Attachment.Kind.VOICE:  # players on iPhones request parts of a recording
        response = part_of(data, request.headers.get("Range", "")) or response
        response["Accept-Ranges"] = "bytes"
    response["Content-Type"] = content_type
    response["Content-Disposition"] = f'inline; filename="{neutral}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
