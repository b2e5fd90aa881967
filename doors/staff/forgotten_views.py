"""Reset a forgotten password without help: a code is sent to the phone or e-mail address that the owner
gave.

Answers never reveal whether an account exists, nor which contact details it has.
"""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import guessing, rate_limits
from core import clock, walls
from delivery import actions as messaging
from doors.staff.account_forms import CodeAndPasswordForm, ForgottenForm

ASK_KEY = "password_asked_with"  # session key: a code opens only where it was asked for


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("who signs in is looked up before anybody knows the school")
def ask(request: HttpRequest) -> HttpResponse:
    form = ForgottenForm(request.POST or None)
    if form.is_valid():
        username, at = form.cleaned_data["username"], clock.for_request(request)
        free_at = rate_limits.take(*guessing.reset_buckets(request, username), at=at)
        if free_at is None:
            messaging.queue_password_code(
                ask_key=UUID(request.session.setdefault(ASK_KEY, str(uuid4()))),
                username=username,
                means=form.cleaned_data["means"],
                at=at,
                ip=request.META.get("REMOTE_ADDR"),
            )
            again = CodeAndPasswordForm(initial={"username": username})
            return render(request, "account/password_code.html", {"form": again})
        time = {"time": rate_limits.time_of(free_at)}
        form.add_error(None, _("Too many tries. Try again at %(time)s.") % time)
    return render(
        request, "account/password_reset.html", {"form": form}, status=422 if form.is_bound else 200
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("who signs in is looked up before anybody knows the school")
def code(request: HttpRequest) -> HttpResponse:
    form = CodeAndPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if messaging.set_password_by_code(
            ask_key=UUID(request.session.get(ASK_KEY) or str(uuid4())),
            username=said["username"],
            given=said["code"],
            password=said["password1"],
            at=clock.for_request(request),
            ip=request.META.get("REMOTE_ADDR"),
        ):
            messages.success(request, _("The password is saved. Please sign in."))
            return redirect("account_login")
        form.add_error("code", _("This code is wrong or has expired."))
    return render(
        request, "account/password_code.html", {"form": form}, status=422 if form.is_bound else 200
    )
