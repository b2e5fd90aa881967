"""Staff of the selected school: who holds which post, giving a post, and withdrawing an offer."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from core import spoken_codes as numbers
from schools import presenters, queries
from schools.agreeing.policies import second_people
from schools.appointing import actions, policies
from schools.appointing.forms import NOT_LOOKED_UP, SIGN_IN_REFUSED, DutyForm, PostForm
from schools.models import Post, PostOffer
from schools.passwords.actions import mend_phone
from schools.passwords.policies import may_have_slip
from schools.policies import edits_school
from schools.requests import SchoolRequest


@edits_school
def staff(request: SchoolRequest) -> HttpResponse:
    school, viewer = request.viewer.school, request.viewer
    context = {
        "posts": presenters.with_look_ups(queries.posts_at(school), viewer.on),
        "offers": policies.offers_of_school(school, viewer.at),
        "on": viewer.on,
        "settings_tab": "schools:staff",
    }
    return render(request, "schools/staff.html", context)


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


@edits_school
def reach(request: SchoolRequest, pk: int) -> HttpResponse:
    """Edit whether the holder of a post is notified first.

    The page says whether they can be reached, but not how: that is theirs. The school may correct a number
    that it entered for somebody who has never signed in.
    """
    post = get_object_or_404(Post, pk=pk, school=request.viewer.school)
    mends_phone = may_have_slip(post.user, request.viewer.school)
    on = request.viewer.on
    form = DutyForm(request.POST or None, instance=post, mends_phone=mends_phone, on=on)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            if "record_checked_on" in form.cleaned_data:
                looked_up = form.cleaned_data["record_checked_on"]
                school = request.viewer.school
                actions.note_look_up(user=post.user, school=school, checked_on=looked_up, on=on)
        is_mended = not mends_phone or mend_phone(
            user=post.user,
            school=request.viewer.school,
            phone=form.cleaned_data["phone"],
            by=request.user,
            ip=request.META.get("REMOTE_ADDR"),
        )
        if is_mended:
            messages.success(request, _("Saved."))
        else:
            said = _("%(name)s has signed in meanwhile: the number is theirs and stays as it is.")
            messages.warning(request, said % {"name": post.user.name})
        return redirect("schools:staff")
    context = {"form": form, "post": post, "settings_tab": "schools:staff"}
    status = 422 if form.is_bound else 200
    return render(request, "schools/reach.html", context, status=status)
