"""Staff pages: the list of notices, writing one, and its preview."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.meanwhile import WrittenMeanwhile
from core.requests import count_of
from notices import actions, policies, presenters
from notices.forms import NoticeForm, WhenForm
from notices.models import Notice
from notices.responses import serve_file
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

works_with_families = staff_required(Permission.WORK_CHECK_INS)
writes_notices = staff_required(Permission.WRITE_NOTICES)


@require_safe
@works_with_families
def notices(request: SchoolRequest) -> HttpResponse:
    context = presenters.listed(request.viewer, count_of(request.GET.get("skip")))
    return render(request, "notices/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@writes_notices
def new(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    form = _form(request)
    if request.method != "POST" or not form.is_valid():
        return _write(request, form)
    notice = actions.write(school=viewer.school, content=form.content, by=viewer.user, at=viewer.at)
    return redirect("notices:preview", notice.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@writes_notices
def edit(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    notice = policies.get_draft_of(viewer.user, pk, viewer.on)
    form = _form(request, notice)
    if request.method != "POST" or not form.is_valid():
        return _write(request, form, notice)
    try:
        is_changed = actions.change(
            notice=notice,
            content=form.content,
            instead_of=form.cleaned_data["instead_of"],
            by=viewer.user,
            at=viewer.at,
        )
    except WrittenMeanwhile as newer:
        form.ask_to_replace(newer, request.user)
        return _write(request, form, notice)
    if not is_changed:
        messages.error(request, _("It was sent in the meantime, so your changes were not saved."))
        return redirect("notices:board", pk)
    return redirect("notices:preview", pk)


def _form(request: SchoolRequest, notice: Notice | None = None) -> NoticeForm:
    viewer = request.viewer
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    classes = policies.classes_writable_by(viewer.user, viewer.on).filter(school=viewer.school)
    children = policies.children_to_pick_from(viewer.user, viewer.on)
    return NoticeForm(
        *data,
        classes=list(classes),
        children=list(children.filter(school=viewer.school)),
        whole_school=policies.may_write_to_school(viewer.user, viewer.school.pk, viewer.on),
        today=viewer.on,
        notice=notice,
        initial=presenters.initial(notice, viewer, request.GET.get("child", "")),
    )


def _write(request: SchoolRequest, form: NoticeForm, notice: Notice | None = None) -> HttpResponse:
    key = form.fresh_key if form.is_bound else notice.key if notice else uuid4()
    context = presenters.writing(
        form, policies.children_to_pick_from(request.viewer.user, request.viewer.on)
    )
    context |= {"form": form, "notice": notice, "key": key}
    return render(request, "notices/write.html", context, status=422 if form.is_bound else 200)


@require_safe
@writes_notices
def preview(request: SchoolRequest, pk: int) -> HttpResponse:
    notice = policies.get_notice_led_by(request.viewer.user, pk, request.viewer.on)
    if not notice.is_draft:
        return redirect("notices:board", pk)
    return _preview(request, notice)


def _preview(request: SchoolRequest, notice: Notice, form: WhenForm | None = None) -> HttpResponse:
    viewer = request.viewer
    shown = form or WhenForm(notice=notice, at=viewer.at)
    context: dict[str, Any] = presenters.preview(notice, viewer) | {"form": shown}
    return render(request, "notices/preview.html", context, status=422 if form else 200)


@require_POST
@writes_notices
def send(request: SchoolRequest, pk: int) -> HttpResponse:
    """Schedule a draft. A repeated POST sends it only once."""
    viewer = request.viewer
    notice = policies.get_notice_led_by(viewer.user, pk, viewer.on)
    if not notice.is_draft:
        return redirect("notices:board", pk)
    form = WhenForm(request.POST, notice=notice, at=viewer.at)
    if not form.is_valid():
        return _preview(request, notice, form)
    if not policies.audience_of(notice, viewer.on).exists():
        messages.error(request, _("Nobody would get it. Choose who gets it."))
        return redirect("notices:preview", pk)
    starts_at, seen = form.cleaned_data["moment"], request.POST.get("seen", "")
    if not actions.schedule(notice=notice, starts_at=starts_at, seen=seen, at=viewer.at):
        messages.error(
            request, _("A colleague has changed this page. Look at it again before you send it.")
        )
        return redirect("notices:preview", pk)
    return redirect("notices:board", pk)


@require_POST
@writes_notices
def take_back(request: SchoolRequest, pk: int) -> HttpResponse:
    notice = policies.get_notice_led_by(request.viewer.user, pk, request.viewer.on)
    if actions.take_back(notice=notice):
        told = (
            _("Stopped. Nothing was sent, and the other system cannot send it again.")
            if notice.sent_for
            else _("Nothing was sent. It is a draft again.")
        )
        messages.success(request, told)
        is_own = notice.author_id == request.viewer.user.pk
        return redirect("notices:preview", pk) if is_own else redirect("notices:list")
    messages.error(request, _("It was already sent. You can recall it."))
    return redirect("notices:board", pk)


@require_POST
@writes_notices
def discard(request: SchoolRequest, pk: int) -> HttpResponse:
    notice = policies.get_notice_led_by(request.viewer.user, pk, request.viewer.on)
    if notice.sent_for:
        messages.error(request, _("It stays here, so that the other system cannot send it again."))
        return redirect("notices:list")
    if not actions.discard(notice=notice):
        messages.error(request, _("It was already sent. You can recall it."))
        return redirect("notices:board", pk)
    messages.success(request, _("Draft deleted."))
    return redirect("notices:list")


@require_safe
@works_with_families
def file(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    return serve_file(policies.get_file_for(viewer.user, pk, viewer.on), request)
