"""Duplicate records of a school's adults: compare them side by side, merge them, undo a merge."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import record_access
from guardians.duplicates import merging
from guardians.duplicates import pairs as duplicates
from guardians.duplicates.pairs import editable_adults
from guardians.models import Adult, Merge
from guardians.presenters import address_words, called, standing_words
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.policies import students_editable_by


@staff_required(Permission.EDIT_CHILDREN)
@require_safe
def duplicates_page(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    pairs = duplicates.suspected_pairs(
        viewer.school, editable_adults(request.user, viewer.school, viewer.on)
    )
    keys = [pk for pair in pairs for pk in (pair.first.pk, pair.second.pk)]
    records = duplicates.with_what_they_have(keys, viewer.on)
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids=sorted({tie.student_id for one in records.values() for tie in one.ties}),
        what="duplicates",
        ip=request.META.get("REMOTE_ADDR"),
    )
    merges = duplicates.recent_merges(viewer.school, viewer.at)
    context = {
        "pairs": [
            {
                "why": _("The same number, nearly the same name")
                if pair.shares_phone
                else _("The same name around one child"),
                "sides": [_side(records[one.pk]) for one in (pair.first, pair.second)],
                "first_id": pair.first.pk,
                "second_id": pair.second.pk,
            }
            for pair in pairs
        ],
        "merges": [one for one in merges if _may_undo(request, one)],
        "school": viewer.school,
    }
    return render(request, "guardians/duplicates.html", context)


def _side(known: duplicates.Known) -> dict:
    adult, place = known.adult, known.places[0] if known.places else None
    return {
        "pk": adult.pk,
        "name": adult.name,
        "ties": [f"{called(tie)}: {tie.student.name}" for tie in known.ties],
        "numbers": [address_words(point) for point in adult.contact_points.all()],
        "place": " ".join(filter(None, [place.place, place.work])) if place else "",
        "standing": standing_words(adult),
        "has_account": adult.user_id is not None,
    }


class Two(forms.Form):
    kept = forms.IntegerField(min_value=1, max_value=2**62)
    closed = forms.IntegerField(min_value=1, max_value=2**62)


def _two(request: SchoolRequest) -> tuple[Adult, Adult] | None:
    """Return the two records of the form; 404 unless this viewer may edit both.

    None, with an error message, if the form does not name two records.
    """
    viewer, form = request.viewer, Two(request.POST)
    if not form.is_valid() or form.cleaned_data["kept"] == form.cleaned_data["closed"]:
        messages.error(request, _("Nothing was chosen. Please choose on this page."))
        return None
    mine = editable_adults(request.user, viewer.school, viewer.on)
    return (
        get_object_or_404(mine, pk=form.cleaned_data["kept"]),
        get_object_or_404(mine, pk=form.cleaned_data["closed"]),
    )


@staff_required(Permission.EDIT_CHILDREN)
@require_POST
def merge(request: SchoolRequest) -> HttpResponse:
    if two := _two(request):
        kept, closed = two
        merging.merge(kept=kept, closed=closed, by=request.user, at=request.viewer.at)
        said = _("Merged: %(name)s. You can undo it on this page for thirty days.")
        messages.success(request, said % {"name": kept.name})
    return redirect("guardians:duplicates")


@staff_required(Permission.EDIT_CHILDREN)
@require_POST
def tell_apart(request: SchoolRequest) -> HttpResponse:
    if two := _two(request):
        first, second = two
        duplicates.tell_apart(first=first, second=second, by=request.user, at=request.viewer.at)
        messages.success(request, _("Saved: these are two people."))
    return redirect("guardians:duplicates")


def _may_undo(request: SchoolRequest, made: Merge) -> bool:
    mine = students_editable_by(request.user, request.viewer.on).values("pk")
    return not duplicates.children_of_merge(made).exclude(pk__in=mine).exists()


@staff_required(Permission.EDIT_CHILDREN)
@require_POST
def undo(request: SchoolRequest, merge_id: int) -> HttpResponse:
    viewer = request.viewer
    made = get_object_or_404(duplicates.recent_merges(viewer.school, viewer.at), pk=merge_id)
    if not _may_undo(request, made):
        raise Http404
    try:
        if merging.undo(merge=made, by=request.user, at=viewer.at):
            words = _("Undone. While they were one record it was blocked, so now both are blocked.")
            messages.warning(request, words)
        else:
            messages.success(request, _("Undone: two records again, as they were."))
    except merging.CannotUndo:
        messages.error(
            request,
            _("This can no longer be undone: something has been recorded in its place since."),
        )
    return redirect("guardians:duplicates")
