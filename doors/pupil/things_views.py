"""Three things that a child wants mum or dad to ask, the answers, and how the call felt."""

from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calls.things import actions, policies, queries
from calls.things.forms import SENTENCES, ChooseThingsForm, FeltForm
from calls.things.models import ThreeThings
from core import clock
from doors.pupil.presenters import pupil_page, tap_again
from guardians.presenters import called, relation_word
from schools.policies import today_in
from students.policies import pictures_are_fresh, pupil_required
from students.requests import PupilRequest
from uploads.actions import key_of_form
from uploads.responses import serve


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def things(request: PupilRequest) -> HttpResponse:
    """Show the open things, or the pictures to choose from; `?new=1` always shows the pictures."""
    # Text that has arrived is never refused because the pictures are stale.
    if request.method != "POST" and not pictures_are_fresh(request):
        return tap_again("things")
    pupil, at = request.pupil, clock.for_request(request)
    parents = {row.adult_id: row for row in policies.parents_of(pupil, today_in(pupil.school, at))}
    if not parents:
        return redirect("pupil:home")
    names = [(adult_id, called(row)) for adult_id, row in parents.items()]
    if request.method != "POST":
        opened = queries.open_of(pupil, at)
        if opened and "new" not in request.GET:
            shown = [(row, relation_word(relation)) for row, relation in opened]
            felt = ThreeThings.Felt.choices
            return pupil_page(request, "things", opened=shown, felt=felt)
        return _choose(request, ChooseThingsForm(adults=names), names)
    form = ChooseThingsForm(request.POST, adults=names)
    if not form.is_valid():
        return _choose(request, form, names)
    said = form.cleaned_data
    actions.choose(
        student=pupil,
        adult=parents[said["to"]].adult,
        pictures=said["pictures"],
        sentences=said["sentences"],
        key=key_of_form(said),
        at=at,
    )
    return redirect("pupil:things")


def _choose(
    request: PupilRequest, form: ChooseThingsForm, names: list[tuple[int, str]]
) -> HttpResponse:
    chosen = form.data.get("to", "") or (str(names[0][0]) if len(names) == 1 else "")
    return pupil_page(
        request,
        "things_choose",
        status=422 if form.is_bound else 200,
        key=form.data.get("key") or uuid4(),
        names=[(str(adult_id), name) for adult_id, name in names],
        chosen=chosen,
        pictures=ThreeThings.Picture.choices,
        picked=form["pictures"].value() or [],
        sentences=[(name, form.data.get(name, "")) for name in SENTENCES],
        form_errors=[error for errors in form.errors.values() for error in errors],
    )


@never_cache
@pupil_required
@require_safe
def photo(request: PupilRequest, pk: int) -> HttpResponse:
    if not pictures_are_fresh(request):
        return tap_again("things")
    pupil, at = request.pupil, clock.for_request(request)
    on = today_in(pupil.school, at)
    return serve(policies.get_photo_to_child(pupil, pk, on, at), request)


@never_cache
@pupil_required
@require_POST
def felt(request: PupilRequest) -> HttpResponse:
    form = FeltForm(request.POST)
    if form.is_valid():
        said, at = form.cleaned_data, clock.for_request(request)
        actions.tell_felt(student=request.pupil, things_id=said["things"], felt=said["felt"], at=at)
        return pupil_page(request, "things_felt")
    return redirect("pupil:things")
