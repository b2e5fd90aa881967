from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core import clock, walls
from core.phones import readable
from core.requests import is_of_this_machine
from schools.agreeing.policies import second_people
from schools.appointing.apart import NotApart
from schools.models import PasswordReset, Post
from schools.passwords import actions, policies, tokens
from schools.passwords.forms import FirstPasswordForm, NumberAndPasswordForm
from schools.policies import StaffRequest, edits_school, staff_required
from schools.requests import SchoolRequest, is_at_school
from schools.roles import Permission


@never_cache
@edits_school
def invitation(request: SchoolRequest, pk: int) -> HttpResponse:
    """Print a slip with which somebody sets their first password; a new slip makes the old one void."""
    school = request.viewer.school
    post = get_object_or_404(Post, pk=pk, school=school)
    if not policies.may_have_slip(post.user, school):
        return redirect("schools:new_password", pk=pk)
    context: dict[str, Any] = {"post": post, "settings_tab": "schools:staff"}
    if request.method == "POST":
        context["url"] = actions.make_slip(
            user=post.user, place=school, by=request.user, ip=_ip(request)
        )
        context["is_only_here"] = is_of_this_machine(context["url"])
    return render(request, "schools/invitation.html", context)


@never_cache
@staff_required(Permission.EDIT_SCHOOL, Permission.SECOND_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for somebody's new password, wait for the second person, and finally show the address."""
    if not is_at_school(request):
        raise Http404
    viewer = request.viewer
    post = policies.get_post_to_help(viewer.user, viewer.school, pk, viewer.on)
    context: dict[str, Any] = {"post": post}
    if request.method == "POST":
        context |= _act(request, post)
    reset = policies.open_resets(viewer.at).filter(user=post.user, asked_by=viewer.user).first()
    county_only = policies.needs_county(post.user, viewer.school, viewer.on)
    context |= {
        "reset": reset,
        "county_only": county_only,
        "second_people": second_people(
            viewer.school,
            viewer.on,
            without={viewer.user.pk, post.user_id},
            county_only=county_only,
        ),
    }
    if viewer.can(Permission.EDIT_SCHOOL):
        context["settings_tab"] = "schools:staff"
    return render(request, "schools/new_password.html", context)


def _act(request: SchoolRequest, post: Post) -> dict[str, str]:
    viewer, ip = request.viewer, _ip(request)
    mine = policies.open_resets(viewer.at).filter(user=post.user, asked_by=viewer.user).first()
    if mine is None:
        return _ask(request, post)
    if "withdraw" in request.POST:
        actions.stop(reset=mine, by=viewer.user, at=viewer.at, ip=ip)
    elif mine.agreed_at:
        return {"url": actions.make_reset_address(reset=mine, by=viewer.user, ip=ip)}
    return {}


def _ask(request: SchoolRequest, post: Post) -> dict[str, str]:
    viewer = request.viewer
    if not post.user.has_usable_password() or not post.user.is_active:
        messages.error(request, _("This account has no password."))
        return {}
    try:
        reset = actions.ask_reset(
            user=post.user,
            school=viewer.school,
            by=viewer.user,
            on=viewer.on,
            at=viewer.at,
            ip=_ip(request),
        )
    except actions.CannotBeAsked:
        messages.error(
            request, _("This account also works in another county. Only its owner can reset it.")
        )
        return {}
    if reset.asked_by_id != viewer.user.pk:
        messages.error(request, _("Somebody else has already asked for it."))
    return {}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("the address says whose password it is, and so the school")
def slip(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Show the page of an access slip: set the first password and contact details."""
    at, user = clock.for_request(request), User.objects.filter(pk=_pk(key)).first()
    offer = policies.offer_behind_slip(user, at) if user else None
    if user is None or not policies.may_open_slip(user, offer):
        return _over(request)
    if not tokens.SLIP.check_token(user, token):
        return _over(request)
    known = {"phone": readable(user.phone), "email": user.email}
    asks: dict[str, Any] = {"user": user, "initial": known, "needs_number": offer is not None}
    form = FirstPasswordForm(request.POST or None, **asks)
    if request.method == "GET":
        actions.open_slip(user=user, ip=_ip(request))
    if request.method == "POST" and form.is_valid():
        if _use(request, user, token, form):
            return _done(request)
        if offer is None or policies.offer_behind_slip(user, at) is None:
            return _over(request)
        if not form.errors:
            form.add_error("number", _("This number is wrong, or the address has expired."))
    context = {"form": form, "owner": user, "offer": offer}
    return render(request, "account/slip.html", context, status=422 if form.is_bound else 200)


def _use(request: HttpRequest, user: User, token: str, form: FirstPasswordForm) -> bool:
    said = form.cleaned_data
    try:
        return actions.use_slip(
            user=user,
            token=token,
            password=said["password1"],
            phone=said["phone"],
            email=said["email"],
            number=said.get("number", ""),
            at=clock.for_request(request),
            ip=_ip(request),
        )
    except NotApart:
        words = _("An officer of the county uses this phone or e-mail. Enter your own.")
        form.add_error("phone" if said["phone"] else "email", words)
    return False


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("the address says whose password it is, and so the school")
def reset(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Show the page of a reset that two people agreed to; it needs the number that the second
    person knows.
    """
    at = clock.for_request(request)
    found = PasswordReset.objects.filter(pk=_pk(key)).select_related("user", "school").first()
    if found is None or not actions.is_good(found, token, at):
        return _over(request)
    form = NumberAndPasswordForm(request.POST or None, user=found.user)
    if request.method == "POST" and form.is_valid():
        if actions.use_reset(
            reset=found,
            token=token,
            number=form.cleaned_data["number"],
            password=form.cleaned_data["password1"],
            at=at,
            ip=_ip(request),
        ):
            return _done(request)
        form.add_error("number", _("This number is wrong, or the address has expired."))
    context = {"form": form, "owner": found.user}
    return render(request, "account/reset.html", context, status=422 if form.is_bound else 200)


def _pk(key: str) -> int:
    try:
        return int(urlsafe_base64_decode(key)[:18])
    except ValueError:
        return 0


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "account/link_over.html", status=410)


def _done(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("The password is saved. Please sign in."))
    return redirect("account_login")


def _ip(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR")
