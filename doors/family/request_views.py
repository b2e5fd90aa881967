"""What the school asks a family to do by a certain day, and the family's answer: done, will do, or cannot.

Words and photos are optional.
"""

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from classroom.actions import TooManyPhotos, answer_request
from classroom.models import FamilyRequest
from classroom.queries import open_requests
from core import clock
from core.days import near_day
from core.names import teacher_name
from doors.family.forms import RequestAnswerForm
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from uploads.responses import serve
from uploads.rules import PHOTO_BYTES


def _rows(request: FamilyDoorRequest) -> list[FamilyRequest]:
    """Return open requests first, then the others, each by due day."""
    today = timezone.localdate(clock.for_request(request))
    rows = open_requests([adult.pk for adult in request.adults], today)
    return sorted(rows, key=lambda row: (not row.is_open_for_family, row.due_on, row.pk))


@require_safe
@family_page
def requests(request: FamilyDoorRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: FamilyDoorRequest, form: RequestAnswerForm | None = None, pk: int = 0
) -> HttpResponse:
    today = timezone.localdate(clock.for_request(request))
    found, rows = _rows(request), []
    prefetch_related_objects(found, "photos")
    for row in found:
        days = (today - row.due_on).days
        is_late = row.is_open_for_family and days > 0
        if is_late:
            due = ngettext("It was due %(days)d day ago", "It was due %(days)d days ago", days)
            due %= {"days": days}
        else:
            due = _("By %(day)s") % {"day": near_day(row.due_on, today)}
        rows.append(
            {
                "pk": row.pk,
                "child": row.student.given_name,
                "words": row.words,
                "teacher": teacher_name(row.asked_by.surname),
                "due": due,
                "is_late": is_late,
                "answer": row.answer,
                "is_open": row.is_open_for_family,
                "photos": [one.pk for one in row.photos.all()],
                "answer_text": row.get_answer_display() if row.answer else "",
                "answer_words": row.answer_words,
                "form": form if row.pk == pk else None,
            }
        )
    context = {
        "rows": rows,
        "photo_bytes": PHOTO_BYTES,
        "school_phone": request.family_adult.school.phone,
    }
    return render(request, "family/requests.html", context, status=422 if form else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def answer(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    """Store an answer once, even if it is tapped or sent twice.

    A GET, as when somebody switches the language on a refused answer, leads back to the requests.
    """
    row = next((row for row in _rows(request) if row.pk == pk), None)
    if row is None:
        raise Http404
    if request.method != "POST":
        return redirect("family:requests")
    form = RequestAnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, pk)
    try:
        answer_request(
            request=row, at=clock.for_request(request), by=request.user, **form.cleaned_data
        )
    except TooManyPhotos:
        form.add_error("photo", _("There are enough photos here. The school has what you sent."))
        return _page(request, form, pk)
    messages.success(request, _("Thank you. The teacher sees your answer."))
    return redirect("family:requests")


@require_safe
@family_page
def photo(request: FamilyDoorRequest, pk: int, photo_pk: int) -> HttpResponse:
    """Serve a photo that this adult sent."""
    row = next((row for row in _rows(request) if row.pk == pk), None)
    found = row.photos.select_related("upload").filter(pk=photo_pk).first() if row else None
    if found is None:
        raise Http404
    return serve(found.upload, request)
