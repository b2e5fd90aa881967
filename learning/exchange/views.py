"""Staff pages: packs in and out, the school's own lessons; the county's library."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import languages
from core.downloads import download
from core.meanwhile import WrittenMeanwhile
from core.printing import drawing_url
from learning.exchange import actions, policies, presenters
from learning.exchange.archive import opened
from learning.exchange.forms import OwnLessonForm, PackForm
from learning.models import Lesson
from schools.models import County
from schools.policies import sets_up, staff_required
from schools.requests import CountyRequest, SchoolRequest
from schools.roles import Permission

lets_out = staff_required(Permission.RELEASE_LESSONS)


@require_http_methods(["GET", "HEAD", "POST"])
@lets_out
def packs(request: SchoolRequest) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    form = PackForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data["archive"]
        made = actions.look_at(school=school, found=found, by=viewer.user, at=viewer.at)
        return redirect("learning:pack", made.pk)
    context = {
        "form": form,
        "taken": presenters.taken(
            school, list(policies.packs_taken_at(school)), languages.active()
        ),
        "library": presenters.listed(policies.library_of(school.county), languages.active()),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "learning/exchange/packs.html", context, status=status)


@require_POST
@lets_out
def from_library(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    content = bytes(policies.get_from_library(school.county, pk).content)
    found, _faults = opened(content, is_ours=True)
    if found is None:
        messages.error(request, _("This pack can no longer be read. Tell the county."))
        return redirect("learning:packs")
    made = actions.look_at(school=school, found=found, by=viewer.user, at=viewer.at)
    return redirect("learning:pack", made.pk)


@require_safe
@lets_out
def pack(request: SchoolRequest, pk: int) -> HttpResponse:
    row = policies.get_pack_at(request.viewer.school, pk)
    found, _faults = opened(bytes(row.content), is_ours=True)
    if found is None:
        return redirect("learning:packs")
    context = presenters.looked_at(row, found, languages.active())
    return render(request, "learning/exchange/pack.html", context)


@require_POST
@lets_out
def take(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_pack_at(viewer.school, pk)
    new = actions.take(pack=row, by=viewer.user, at=viewer.at)
    words = ngettext(
        "Taken: %(n)d new lesson. Somebody has to read it before it can be sent.",
        "Taken: %(n)d new lessons. Somebody has to read them before they can be sent.",
        new,
    )
    messages.success(request, words % {"n": new})
    return redirect("learning:packs")


@require_POST
@lets_out
def drop(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    actions.drop(pack=policies.get_pack_at(viewer.school, pk), by=viewer.user, at=viewer.at)
    messages.success(request, _("Removed. Its lessons can no longer be sent or taught."))
    return redirect("learning:packs")


@require_safe
@lets_out
def export(request: SchoolRequest, pk: int) -> HttpResponse:
    row = policies.get_pack_at(request.viewer.school, pk)
    name = f"{row.words(languages.active())} {row.version}.zip"
    return download(actions.exported(row), "application/zip", name)


@require_http_methods(["GET", "HEAD", "POST"])
@lets_out
def write(request: SchoolRequest) -> HttpResponse:
    return _written(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@lets_out
def rewrite(request: SchoolRequest, pk: int) -> HttpResponse:
    return _written(request, policies.own_lesson(request.viewer.school, pk))


def _written(request: SchoolRequest, lesson: Lesson | None) -> HttpResponse:
    """Show and save the lesson in the editor.

    `preview` shows it as a family will see it and saves nothing.
    """
    viewer, drawings = request.viewer, policies.drawings()
    given = request.POST if request.method == "POST" else None
    initial = presenters.written(lesson, drawings) if lesson else {"audience": ["away", "home"]}
    form = OwnLessonForm(given, drawings=drawings, initial=initial | {"key": uuid4()})
    is_preview, newer = form.is_valid() and "preview" in request.POST, None
    if form.is_valid() and not is_preview:
        try:
            kept, faults = actions.keep_own(
                school=viewer.school,
                key=lesson.key if lesson else form.lesson_key,
                draft=form.draft,
                instead_of=form.cleaned_data["instead_of"],
                by=viewer.user,
                at=viewer.at,
            )
        except WrittenMeanwhile as clash:
            form.ask_to_replace(clash, viewer.user)
            newer = policies.own_lesson(viewer.school, int(clash.version))
        else:
            if kept:
                messages.success(
                    request, _("Saved. Somebody has to read it before it can be sent.")
                )
                return redirect("learning:lesson", kept.pk)
            form.add_error(None, [presenters.fault_words(one) for one in faults])
    context = {
        "form": form,
        "lesson": lesson,
        "newer": newer.texts["zh-hans"] if newer else None,
        "drawings": [(str(one.pk), drawing_url(one.picture), one) for one in drawings],
        "draft": form.draft if is_preview else None,
        "draft_url": drawing_url(form.draft.drawing) if is_preview else "",
    }
    status = 422 if given is not None and not is_preview else 200
    return render(request, "learning/exchange/write.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@sets_up
def library(request: CountyRequest, county: County) -> HttpResponse:
    viewer = request.viewer
    form = PackForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data["archive"]
        actions.put_into_library(county=county, found=found, by=viewer.user, at=viewer.at)
        messages.success(request, _("It is in the library. Schools can take it now."))
        return redirect("learning:library")
    rows = presenters.listed(policies.library_of(county), languages.active())
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "library": rows, "county": county}
    return render(request, "learning/exchange/library.html", context, status=status)


@require_POST
@sets_up
def library_remove(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    policies.get_from_library(county, pk).delete()
    messages.success(request, _("Removed from the library. Schools that have taken it keep it."))
    return redirect("learning:library")
