"""The single way in which sections of a file are shown, edited and saved.

Without script the form is a page of its own. With htmx it opens in place of the section, and inside a row of
Today (`inplace`) it answers in one sentence.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar, cast

from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.addresses import page_above
from core.meanwhile import AsksToReplace, WrittenMeanwhile
from schools.policies import StaffRequest
from students.models import Student
from students.presenters import FileSection

Form = TypeVar("Form", bound=BaseForm)


def edit_section(
    request: StaffRequest,
    *,
    section: Callable[[], FileSection],
    form: Form,
    save: Callable[[Form], object],
    back_url: str,
    saved_url: Callable[[], str] | None = None,
    note: str = "",
    whose: str = "",
    **context,
) -> HttpResponse:
    """Show the section (`?show`), show its form, or save it. `section` is read again after saving.

    `whose` names the owner of the file, for the page of its own. `saved_url` returns the page after saving,
    if it is known only then; inside the page too.
    """
    if request.method == "POST" and form.is_valid():
        try:
            save(form)
        except WrittenMeanwhile as newer:
            cast(AsksToReplace, form).ask_to_replace(newer, request.user)
        else:
            url = saved_url() if saved_url else back_url
            return _saved(request, section, url, bool(saved_url))
    if "show" in request.GET:
        return render(request, "students/section.html", {"section": section()}, using="parts")
    refused = form.is_bound
    shown = {
        "section": section(),
        "form": form,
        "note": note,
        "whose": whose,
        "back_url": back_url,
        "is_inplace": is_inplace(request),
        **context,
    }
    template = "_section_form.html" if is_fragment(request) else "section_page.html"
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else 200
    return render(request, f"students/{template}", shown, status=status)


def history_page(
    request: StaffRequest, section: FileSection, student: Student, **context
) -> HttpResponse:
    """Show earlier values of a section, in its place or as a page of its own."""
    template = "_history.html" if is_fragment(request) else "history_page.html"
    shown = {"section": section, "back_url": page_above("child", student.pk), "whose": student.name}
    return render(request, f"students/{template}", shown | context)


def is_fragment(request: StaffRequest) -> bool:
    return bool(request.htmx) and not request.htmx.boosted


def is_inplace(request: StaffRequest) -> bool:
    """Return whether the form is inside a row of Today."""
    target = request.htmx.target or ""
    return "inplace" in request.POST or target.startswith("inplace-")


def _saved(request: StaffRequest, section, back_url: str, is_elsewhere: bool) -> HttpResponse:
    if is_elsewhere and is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": back_url})
    if not is_fragment(request):
        return redirect(back_url)
    if is_inplace(request):
        return render(request, "components/say_bar.html", {"text": _("Written down.")})
    return render(request, "students/section.html", {"section": section()}, using="parts")
