"""Settings: which other systems may read or write here."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.second_factor.asking import ask_again
from api.tokens import actions, policies, presenters
from api.tokens.forms import TokenForm
from schools.policies import edits_school
from schools.requests import SchoolRequest

TAB = {"settings_tab": "api:tokens"}


@require_safe
@edits_school
def tokens(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    rows = policies.tokens_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    context = TAB | presenters.groups(rows, viewer.on)
    return render(request, "api/tokens.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@edits_school
def new(request: SchoolRequest) -> HttpResponse:
    """Ask for the second step once more, then show the token this one time."""
    ask_again(request)
    viewer = request.viewer
    form = TokenForm(request.POST or None, initial={"key": uuid4()})
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "api/token_new.html", TAB | {"form": form}, status=status)
    given = form.cleaned_data
    wanted = actions.Wanted(given["name"], given["scopes"], given["days"], given["networks"])
    secret = actions.make(
        school=viewer.school,
        wanted=wanted,
        key=given["key"],
        by=viewer.user,
        on=viewer.on,
        at=viewer.at,
        ip=request.META.get("REMOTE_ADDR"),
    )
    if not secret:
        messages.error(request, _("This token was made already, and is shown only once."))
        return redirect("api:tokens")
    context = TAB | {"secret": secret, "wanted": wanted, "docs": reverse("api:docs")}
    return render(request, "api/token_made.html", context)


@require_POST
@edits_school
def end(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    token = policies.get_token_for(viewer.user, pk, viewer.on)
    ip = request.META.get("REMOTE_ADDR")
    actions.revoke(token=token, by=viewer.user, on=viewer.on, at=viewer.at, ip=ip)
    words = _("%(name)s no longer has access.") % {"name": token.name}
    messages.success(request, words)
    return redirect("api:tokens")
