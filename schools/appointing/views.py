from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core import spoken_codes as numbers
from schools.agreeing.policies import second_people
from schools.appointing import actions, policies
from schools.forms import NOT_LOOKED_UP, SIGN_IN_REFUSED, PostForm
from schools.models import Post, PostOffer
from schools.passwords.policies import may_have_slip
from schools.requests import SchoolRequest
from schools.views import edits_school


@edits_school
def add_post(request: SchoolRequest) -> HttpResponse:
    school = request.viewer.school
    form = PostForm(request.POST or None, school=school, on=request.viewer.on)
    if request.method == "POST" and form.is_valid():
        given = _appoint(request, form)
        if isinstance(given, PostOffer):
            return redirect("schools:offer", pk=given.pk)
        if given and may_have_slip(given.user, school):
            return redirect("schools:invitation", pk=given.pk)
        if given:
            messages.success(request, _("Saved."))
            return redirect("schools:staff")
    context = {"form": form, "settings_tab": "schools:staff"}
    return render(request, "schools/post.html", context, status=422 if form.is_bound else 200)


def _appoint(request: SchoolRequest, form: PostForm) -> Post | PostOffer | None:
    """Appoint, or return None and put the reason into the form."""
    viewer = request.viewer
    try:
        with transaction.atomic():
            return actions.appoint(
                school=viewer.school,
                appointment=form.appointment(viewer.school),
                by=viewer.user,
                on=viewer.on,
                at=viewer.at,
                ip=request.META.get("REMOTE_ADDR"),
            )
    except actions.AlreadyOffered:
        form.add_error("role", _("This post has already been offered to this person."))
    except actions.NotLookedUp:
        form.add_error("record_checked_on", NOT_LOOKED_UP)
    except (actions.SignInTaken, IntegrityError):  # somebody else was faster
        form.add_error("username", SIGN_IN_REFUSED)
    return None


@edits_school
def offer(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show who still has to agree to a post, and the number with which the person accepts it; POST withdraws
    it.
    """
    viewer = request.viewer
    found = policies.get_offer(policies.offers_of_school(viewer.school, viewer.at), pk)
    if request.method == "POST":
        actions.close(
            offer=found,
            outcome=PostOffer.Outcome.WITHDRAWN,
            by=viewer.user,
            at=viewer.at,
            ip=request.META.get("REMOTE_ADDR"),
        )
        messages.success(request, _("Withdrawn."))
        return redirect("schools:staff")
    about = {found.asked_by_id, found.user_id}
    context = {
        "offer": found,
        "number": numbers.number_of(actions.NUMBER, found.salt),
        "second_people": second_people(viewer.school, viewer.on, without=about),
        "settings_tab": "schools:staff",
    }
    return render(request, "schools/offer.html", context)
