"""Hand over open work when a post ends or a child changes class."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doors.staff import class_leaving, leaving
from doors.staff.leaving_forms import LeavingForm, MovedForm, nobody_text
from schools.models import Post
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission, Role


@staff_required(Permission.EDIT_SCHOOL)
def end_post(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    rows = Post.objects.select_related("user", "school", "school_class")
    post = get_object_or_404(rows, pk=pk, school=viewer.school)
    if request.htmx:  # requested from a row of Today
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    opened = leaving.open_in_name(post, viewer.user, viewer.at)
    has_class = bool(opened) and post.school_class_id is not None
    proposed = class_leaving.new_teacher(post, viewer.on) if has_class else None
    initial = {"ends_on": post.ends_on or viewer.on}
    form = LeavingForm(
        request.POST if request.method == "POST" else None,
        instance=post,
        initial=initial,
        opened=opened,
        on=viewer.on,
        proposed=proposed,
    )
    given = _hand_over(request, form) if form.is_valid() else None
    if given is not None:
        messages.success(request, _said(given))
        return redirect("schools:staff")
    context = {"form": form, "post": post, "settings_tab": "schools:staff"}
    coming = Post.objects.filter(user=post.user_id, school=post.school_id, starts_on__gt=viewer.on)
    context["coming"] = coming.exclude(pk=post.pk).select_related("school_class")
    context["count"] = sum(one.count for one in opened)
    return render(
        request, "doors/staff/leaving.html", context, status=422 if form.is_bound else 200
    )


def _hand_over(request: SchoolRequest, form: LeavingForm) -> int | None:
    """Return the number of rows handed over; None if it was not possible, and the form then says why."""
    viewer = request.viewer
    try:
        return leaving.hand_over_all(
            post=form.instance,
            ends_on=form.cleaned_data.get("ends_on"),
            choices=form.choices,
            by=viewer.user,
            at=viewer.at,
            ip=request.META.get("REMOTE_ADDR"),
        )
    except leaving.NobodyMayTake as nobody:
        form.add_error(None, nobody_text(nobody.kind.label, nobody.count))
        return None


@staff_required(Permission.EDIT_SCHOOL)
def moved_work(request: SchoolRequest, pk: int) -> HttpResponse:
    """Hand over the open work about children who went to another class, while the post continues."""
    viewer = request.viewer
    rows = Post.objects.select_related("user", "school", "school_class")
    post = get_object_or_404(rows, pk=pk, school=viewer.school, role=Role.CLASS_TEACHER)
    if request.htmx:  # requested from a row of Today
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    opened = leaving.open_about_moved(post, viewer.user, viewer.at)
    form = MovedForm(request.POST or None, opened=opened)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            given = leaving.hand_over_moved(post=post, to=to, by=viewer.user, at=viewer.at)
        except leaving.NobodyMayTake as nobody:
            form.add_error(None, nobody_text(nobody.kind.label, nobody.count))
        else:
            messages.success(request, _said(given))
            return redirect("staff:today")
    context = {"form": form, "post": post, "opened": opened, "settings_tab": "schools:staff"}
    context["count"] = sum(one.count for one in opened)
    return render(request, "doors/staff/moved.html", context, status=422 if form.is_bound else 200)


def _said(given: int) -> str:
    if not given:
        return _("Saved.")
    said = ngettext(
        "Saved. %(n)d thing was handed over.",
        "Saved. %(n)d things were handed over.",
        given,
    )
    return said % {"n": given}
